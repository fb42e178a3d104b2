"""Strangers: what a file is that a reader does not read, and which door is right for it."""

from ..shared.streams import OPENERS, WIDE_BOMS

# By how files begin that hold no text.
BEGINNINGS = {
    b"PK\x03\x04": "a zip archive: w2v.load reads .npz of vectors, Phrases.load what Phrases.save "
    "wrote, neither from a pipe nor compressed",
    b"PAR1": "a Parquet file: w2v.load reads it, neither from a pipe nor compressed",
    b"\x80": "a pickle: w2v.load and Word2Vec.load read those of gensim's save()",
    b"\x93NUMPY": "a NumPy array: KeyedVectors(words, numpy.load(path)) takes vectors",
    b"\x89HDF": "an HDF5 file: KeyedVectors(words, vectors) takes what is in it",
    **{bom: f"{name}: convert it (iconv -f {name} -t UTF-8)" for bom, name in WIDE_BOMS.items()},
}
NATIVE = (
    "a native file: w2v.load reads its vectors, Word2Vec.load a model, neither from a pipe nor "
    "compressed"
)

# Of text, which may have such words at its beginning, too.
TEXTS = {
    b"{": "JSON: FrozenPhrases.load reads phrases",
    **dict.fromkeys(
        (b"<!doctype", b"<html", b"<?xml"), "a web page or XML, perhaps of a failed download"
    ),
}

# Where tar says that it is tar.
TAR_PLACE, TAR_MARK = 257, b"ustar"

# So many bytes tell all of these.
HEAD_BYTES = TAR_PLACE + len(TAR_MARK)


def what_is(head: bytes) -> str:
    """Say what a file of no text is, by its first bytes, and who reads it; "" if that is not known.

    >>> what_is(b"PAR1....")
    'a Parquet file: w2v.load reads it, neither from a pipe nor compressed'
    """
    for start, what in BEGINNINGS.items():
        if head.startswith(start):
            return what
    if head[TAR_PLACE:HEAD_BYTES] == TAR_MARK:
        return "a tar archive: unpack it first"
    if head.startswith(tuple(OPENERS)):
        return "compressed: w2v.load reads word2vec text and binary so"
    # The length of the header, which is below 4 GB, and the header, JSON.
    return NATIVE if head[4:10] == b'\0\0\0\0{"' else ""


def what_may_be(head: bytes) -> str:
    """Say the same of any file that could not be read."""
    texts = (what for start, what in TEXTS.items() if head[:20].lower().startswith(start))
    return what_is(head) or next(texts, "")
