"""Files of vectors: which formats there are, what a file is, who reads it and who writes it.

Owns these decisions, here alone; every format has a module of its own. V is the number of words, D
the dimensions.
"""

import codecs
import functools
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..shared.checks import MAX_WORKERS, check_number, check_path, float_dtype
from ..shared.encodings import check_coding
from ..shared.progress import Show, of_rows
from ..shared.streams import COMPRESSED_SUFFIXES, STDIN, open_bytes, replacing
from ..shared.threads import usable_cores
from ..shared.types import AnyPath
from . import (
    arrow,
    fasttext,
    gensim_files,
    native,
    npz,
    projector,
    rows,
    strangers,
    word2vec,
)  # fmt: skip
from .source import HEAD_BYTES, Source
from .stored import Stored, decode_raw, drop_repeated
from .subwords import Parts

# What the end of a file's name says about how it is written.
SUFFIXES = {
    ".bin": "binary",
    ".txt": "text",
    ".vec": "text",
    ".w2v": "native",
    ".safetensors": "native",
    ".npz": "npz",
    ".parquet": "parquet",
}

# Those that hold arrays, and of a file's bytes no words before them.
ARRAY_WRITERS: dict[str, Callable[..., None]] = {
    "npz": npz.write_npz,
    "parquet": arrow.write_parquet,
}
NAMES = (*dict.fromkeys(SUFFIXES.values()), "fasttext", "projector")

# Those that keep what vectors of words with n-grams are made of, too.
PART_WRITERS: dict[str, Callable[..., None]] = {
    "native": native.write_vectors,
    "fasttext": fasttext.write_vectors,
}

# Readers of whole files, by how these begin; native files begin with a number.
ARRAY_READERS = {b"PK\x03\x04": npz.read_npz, b"PAR1": arrow.read_parquet}

# Handing out blocks takes about an eighth of the time that parsing them does.
MOST_THREADS = 8


def format_of(path: AnyPath) -> str | None:
    """Return the format that a name asks for; .gz and the like say only that it is compressed.

    >>> format_of("vectors.txt.gz"), format_of("model.w2v"), format_of("vectors")
    ('text', 'native', None)
    """
    name, suffix = os.path.splitext(os.fspath(path).lower())
    return SUFFIXES.get(os.path.splitext(name)[1] if suffix in COMPRESSED_SUFFIXES else suffix)


def write(
    path: AnyPath,
    words: Sequence[Any],
    vectors: np.ndarray,
    counts: np.ndarray | None = None,
    *,
    to: str,
    decimals: int | None = None,
    parts: Parts | None = None,
    progress: Show = None,
) -> None:
    """Write words, or ids, and vectors in the format `to`, one of NAMES; see its module.

    `parts` are what vectors are made of; of PART_WRITERS alone. `progress` shows how far it is, as
    in w2v.train; of a job longer than a second unless it is a callable. Nothing is shown of .npz
    and Parquet, which NumPy and pyarrow write.

    Raises TypeError naming a key that is neither str nor int; ValueError naming a word that the
    format cannot hold; both before writing. OSError naming the path.
    """
    told = of_rows(progress, "saving")
    if to in PART_WRITERS:
        PART_WRITERS[to](path, words, vectors, counts, parts, told)
    elif to in ARRAY_WRITERS:
        ARRAY_WRITERS[to](path, words, vectors, counts)
    elif to == "projector":
        projector.write_projector(path, words, vectors, told)
    else:
        with replacing(path) as file:
            word2vec.write_word2vec(file, words, vectors, to == "binary", decimals, told=told)


def paths_of(path: AnyPath, to: str) -> list[str]:
    """Return the files that write makes."""
    return projector.projector_paths(path) if to == "projector" else [os.fspath(path)]


def is_array_file(head: bytes) -> bool:
    """Whether read_arrays reads files that start with these bytes, 9 or more."""
    return native.is_native(head) or head.startswith(tuple(ARRAY_READERS))


def read(
    path: AnyPath,
    *,
    errors: str | None = None,
    limit: int | None = None,
    dtype: DTypeLike | None = None,
    encoding: str = "utf-8",
    keep_repeats: bool = False,
    decimal: str = ".",
    mmap: str | None = "c",
    progress: Show = None,
    compose: bool = True,
) -> Stored:
    """Read a file of vectors, finding out what it is: see read_arrays and read_rows.

    Parameters
    ----------
    errors, encoding, keep_repeats, decimal, compose, progress : see read_rows.
    limit : rows to read at most.
    mmap : see read_arrays.
    dtype : of the vectors; None: as the file has them, float32 where it holds decimals.

    Raises FileNotFoundError; ValueError naming what is wrong with the file, and where.
    """
    path = check_path("path", path)
    dtype = dtype if dtype is None else float_dtype("dtype", dtype)
    if limit is not None:
        limit = check_number("limit", limit, int, 1)
    if os.path.isfile(path):
        with open(path, "rb") as file:
            head = file.read(16)
        if is_array_file(head) or gensim_files.is_pickle(path):
            found = read_arrays(path, mmap).first(limit)
            return found._replace(vectors=np.asarray(found.vectors, dtype))
    return read_rows(
        path,
        errors=errors,
        limit=limit,
        dtype=dtype or np.float32,
        encoding=encoding,
        keep_repeats=keep_repeats,
        decimal=decimal,
        progress=progress,
        compose=compose,
        mmap=mmap,
    )


def read_arrays(path: AnyPath, mmap: str | None = "c") -> Stored:
    """Read a native, .npz or Parquet file, or one of gensim's; its content says which it is.

    Native files, and arrays that stand beside gensim's, are mapped as `mmap` says, see native.read;
    the others are read.

    Raises FileNotFoundError; ValueError naming the file and what is wrong with it.
    """
    path = check_path("path", path)
    with open(path, "rb") as file:
        head = file.read(strangers.HEAD_BYTES)
    for magic, reader in ARRAY_READERS.items():
        if head.startswith(magic):
            return reader(path)
    if not native.is_native(head):
        if gensim_files.is_pickle(path):
            return gensim_files.read_vectors(path, mmap)
        what = strangers.what_may_be(head)
        what = what and f", but {what}"
        what = what or "; w2v.load knows the others"
        raise ValueError(
            f"{os.fspath(path)!r}: none of the native, .npz, Parquet and gensim's formats{what}"
        )
    return native.read_vectors(path, mmap)


def read_rows(
    path: AnyPath,
    *,
    errors: str | None = None,
    limit: int | None = None,
    dtype: DTypeLike = np.float32,
    binary: bool | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
    workers: int | None = None,
    keep_repeats: bool = False,
    decimal: str = ".",
    progress: Show = None,
    compose: bool = True,
    mmap: str | None = "c",
) -> Stored:
    """Read words and vectors from a file, finding out what it is.

    Kinds: "word2vec text" and "word2vec binary" (C, gensim), "GloVe" (text without a header) and
    "fastText" (.bin; each vector the mean of the word's row and its n-grams', as fastText gives).
    Any of them may be compressed by gzip, bzip2, xz or zstd. In text, blanks or tabs separate, a
    word may itself contain them, and nothing else (no-break spaces, say) separates. Of a word that
    stands in several rows the first row is kept, with a warning, unless `keep_repeats`.

    Parameters
    ----------
    path : str or os.PathLike; "-" reads standard input.
    errors : what happens to words that are not in `encoding` (the C tools cut long words inside a
        character). "replace" repairs them with U+FFFD, different words staying different, and says
        in one warning how many; "strict" raises; "surrogateescape" keeps the bytes; any other error
        handler of bytes.decode. None: as "replace", unless more than 1 % of the words are broken
        elsewhere than at their end, which is an error that names the likely encoding.
    limit : rows to read at most; what comes after them is not looked at.
    dtype : float16, float32 or float64, of the vectors. Numbers in text are rounded to it correctly
        (to float16 by way of float32). A binary file that is half as large as its header demands
        is read as 2-byte floats when this is float16.
    binary, header : whether the file is binary and whether it has a header, for those who know;
        None finds out.
    encoding : of the words.
    decimal : "," for text whose numbers have decimal commas.
    workers : threads that parse text; all cores unless given. The outcome is the same for any.
    progress : what shows how far it is, as in w2v.train; of a job longer than a second, unless it
        is a callable, which is given a Progress of what="loading".
    compose : False leaves the vectors of words with n-grams to be made of the `parts`, which a
        plain file has mapped: `vectors` are then the words' own rows.
    mmap : of a plain file with such parts, see native.read; "r" and "c" map it, None reads it.

    Raises FileNotFoundError; ValueError naming the row and byte where the file is damaged.
    """
    path = check_path("path", path)
    dtype = float_dtype("dtype", dtype)
    if limit is not None:
        limit = check_number("limit", limit, int, 1)
    n_workers = usable_cores()
    if workers is not None:
        n_workers = check_number("workers", workers, int, 1, MAX_WORKERS)
    check_coding(encoding, errors)
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    if mmap not in ("c", "r", None):
        raise ValueError(f"mmap={mmap!r}: 'c', 'r' or None is expected")
    if decimal not in (".", ","):
        raise ValueError(f"decimal={decimal!r}: '.' or ',' is expected")
    told = of_rows(progress, "loading")
    read_text = functools.partial(
        rows.read_text, limit=limit, dtype=dtype, is_utf8=is_utf8, decimal=decimal,
        n_threads=min(n_workers, MOST_THREADS), told=told,
    )  # fmt: skip
    with open_bytes(path) as file:
        source = Source(file, path)
        kind, V, D = find_out(source, binary, header)
        counts, model = None, None
        if kind == "fastText":
            model = fasttext.open_model(source.whole(mmap), path, limit, is_utf8)
            words, raw, vectors = model.words, model.raw, model.own
            counts = model.counts[: len(words)].copy()
        elif kind == "word2vec binary":
            assert V is not None  # such a file has a header
            words, raw, vectors = rows.read_binary(source, V, D, limit, dtype, is_utf8, told)
        else:
            try:
                words, raw, vectors = read_text(source, V, D)
            except rows.AmbiguousRowError as error:
                if path == STDIN:
                    raise ValueError(*error.args) from None
                with open_bytes(path) as again:
                    source = Source(again, path)
                    find_out(source, binary, header)
                    words, raw, vectors = read_text(source, V, D, may_end_in_number=True)
                if not rows.has_blanks(words):
                    raise ValueError(*error.args) from None
    decode_raw(words, raw, errors, encoding, path)
    parts = None
    if model is not None:
        if unused := model.unused():
            warnings.warn(f"{path!r}: {unused}", stacklevel=3)
        parts = Parts(model.own, model.ngrams, {row: word for row, _, word in raw})
        is_unlike = len(set(words)) < len(words) and not keep_repeats
        if compose or is_unlike or dtype != np.float32:
            vectors = parts.composed(words, n_workers).astype(dtype, copy=False)
        if not is_unlike:
            return Stored(words, vectors, counts, kind, parts=parts)
    if keep_repeats:
        return Stored(words, vectors, counts, kind)
    return drop_repeated(words, vectors, counts, kind, path)


def find_out(
    source: Source, binary: bool | None, header: bool | None
) -> tuple[str, int | None, int]:
    """Return the kind of a file of rows, V (None without a header) and D, and skip the header."""
    source.look(HEAD_BYTES)
    if what := strangers.what_is(source.rest):
        raise source.error(f"this is {what}")
    if source.rest.startswith(fasttext.MAGIC) or fasttext.is_old(source.rest):
        if binary is False:
            raise source.error("binary=False, but this is a fastText .bin file; leave it out")
        return "fastText", None, 0
    return word2vec.read_head(source, binary, header)
