"""Vectors for others: .npz, Arrow and Parquet, the projector's TSV; gensim, pandas and PyTorch.

Owns what is neither the word2vec formats (files.py) nor the native one (native.py). Functions whose
first argument is `wv` or `cls` are methods of KeyedVectors; a package is imported by what needs it.
V is the number of words, D the dimensions.
"""

import contextlib
import importlib
import math
import os
import re
import zipfile
import zlib

import numpy as np

from ..shared import streams
from ..shared.optional import needed

BLOCK_BYTES = 1 << 24

# How many bytes deflate can make of one (https://zlib.net/zlib_tech.html).
MAX_DEFLATE_RATIO = 1032


def write_npz(path, words, vectors, counts=None) -> None:
    """Write `words`, `vectors` and `counts` as .npz, which numpy.load reads without pickle.

    The words are an array of str; as it is as wide as its longest word it is deflated.

    Raises ValueError naming a word that ends with the character 0, which NumPy would drop.
    """
    width = 1
    for word in words:
        if word.endswith("\0"):
            raise ValueError(f"the word {word!r} ends with \\0, which NumPy drops; rename it")
        width = max(width, len(word))
    with streams.replacing(path, compress=False) as file, zipfile.ZipFile(file, "w") as archive:
        write_npy(archive, "words", words, (len(words),), f"<U{width}", zipfile.ZIP_DEFLATED)
        for name, array in (("vectors", vectors), ("counts", counts)):
            if array is not None:
                array = np.asarray(array)
                write_npy(archive, name, array, array.shape, array.dtype.newbyteorder("<"))


def write_npy(archive, name: str, rows, shape, dtype, compression=zipfile.ZIP_STORED) -> None:
    """Write rows, an array or a sequence that makes one of this shape, a block at a time."""
    dtype = np.dtype(dtype)
    info = zipfile.ZipInfo(f"{name}.npy")
    info.compress_type = compression
    header = dict(descr=dtype.str, fortran_order=False, shape=tuple(shape))
    n_rows = max(1, BLOCK_BYTES // (dtype.itemsize * math.prod(shape[1:]) or 1))
    with archive.open(info, "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, header)
        for start in range(0, len(rows), n_rows):
            member.write(np.ascontiguousarray(rows[start : start + n_rows], dtype).tobytes())


def read_npz(path):
    """Read words (list of V str), vectors float (V, D) and counts int64 (V,) or None from .npz.

    `words` may be an array of str, or of bytes in UTF-8; `counts` may be missing.

    Raises FileNotFoundError; ValueError naming the file and what is wrong with it.
    """
    # What zipfile is known to raise for damaged archives, besides an error of its own.
    damages = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError)
    with open(path, "rb") as file:
        try:
            archive = zipfile.ZipFile(file)
            words, vectors, counts = read_words(archive), read_npy(archive, "vectors", "f", 2), None
            if "counts.npy" in archive.namelist():
                counts = read_npy(archive, "counts", "iu", 1)
            return checked(words, vectors, counts)
        except (*damages, ValueError, OverflowError) as error:
            what = str(error) or type(error).__name__
            raise ValueError(f"{os.fspath(path)!r}: no .npz of words and vectors: {what}") from None


def read_words(archive) -> list[str]:
    """Read the words of an archive, a block of the array at a time."""
    words = []
    with open_npy(archive, "words", "US", 1) as (member, (V,), dtype, _):
        n_words = max(1, BLOCK_BYTES // dtype.itemsize)
        for start in range(0, V, n_words):
            data = member.read(min(n_words, V - start) * dtype.itemsize)
            words += np.frombuffer(data, dtype).tolist()
    if dtype.kind == "S":
        words = [word.decode("utf-8", "surrogateescape") for word in words]
    return words


def read_npy(archive, name: str, kinds: str, ndim: int) -> np.ndarray:
    """Read an array of numbers from an archive; see open_npy."""
    with open_npy(archive, name, kinds, ndim) as (member, shape, dtype, fortran):
        array = np.empty(shape[::-1] if fortran else shape, dtype)
        flat = array.reshape(-1).view(np.uint8)
        for start in range(0, flat.size, BLOCK_BYTES):
            data = member.read(min(BLOCK_BYTES, flat.size - start))
            flat[start : start + BLOCK_BYTES] = np.frombuffer(data, np.uint8)
    array = array if dtype.isnative else array.astype(dtype.newbyteorder("="))
    return array.T if fortran else array


# The header of the .npy format is a Python dict; this much of it describes arrays of numbers, in
# sizes that every machine has, and of str.
NPY_FIELDS = {
    "descr": re.compile(rb"'descr': *'([<>|=]?(?:f[248]|[iu][1248]|[SU][1-9]\d{0,7}))'"),
    "fortran_order": re.compile(rb"'fortran_order': *(True|False)"),
    "shape": re.compile(rb"'shape': *\(([\d, ]{0,99})\)"),
}


@contextlib.contextmanager
def open_npy(archive, name: str, kinds: str, ndim: int):
    """Open an array in an archive: its file, at the first item, shape, dtype and whether Fortran's.

    Raises ValueError when its dtype is none of these kinds, its shape has not `ndim` dimensions, or
    its header promises other than the archive can hold, so that nothing is allocated for it.
    """
    info = archive.getinfo(f"{name}.npy")
    ratios = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: MAX_DEFLATE_RATIO}
    if info.compress_type not in ratios:
        raise ValueError(f"{name} is compressed, but not by deflate")
    archive_bytes = os.fstat(archive.fp.fileno()).st_size
    if info.file_size > ratios[info.compress_type] * min(info.compress_size, archive_bytes):
        raise ValueError(f"{name} has {info.file_size:,} bytes, for which the file is too small")
    with archive.open(info) as member:
        magic = member.read(8)
        head = member.read(int.from_bytes(member.read(2 if magic[6:7] == b"\1" else 4), "little"))
        found = [pattern.search(head) for pattern in NPY_FIELDS.values()]
        if magic[:6] != b"\x93NUMPY" or None in found:
            raise ValueError(f"{name} is no .npy array of numbers or str")
        descr, fortran, shape = (field[1].decode() for field in found)
        dtype, shape = np.dtype(descr), tuple(map(int, shape.replace(",", " ").split()))
        if dtype.kind not in kinds:
            raise ValueError(f"{name} of dtype {dtype}")
        n_bytes = info.file_size - member.tell()
        if len(shape) != ndim or math.prod(shape) * dtype.itemsize != n_bytes:
            raise ValueError(f"{name} of shape {shape} and dtype {dtype} in {n_bytes:,} bytes")
        yield member, shape, dtype, fortran == "True"


def checked(words: list, vectors: np.ndarray, counts=None):
    """Return words, vectors and counts int64 or None, as KeyedVectors takes them.

    Raises TypeError or ValueError naming what does not fit.
    """
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"the word {word!r} is of type {type(word).__name__}; str is expected")
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu":
        raise ValueError(
            f"vectors of shape {vectors.shape} and dtype {vectors.dtype}; numbers in the shape "
            "(words, dimensions) are expected"
        )
    if len(vectors) != len(words):
        raise ValueError(f"{len(vectors):,} vectors for {len(words):,} words")
    if counts is not None:
        counts = np.asarray(counts, np.int64)
        if counts.shape != (len(words),):
            raise ValueError(f"counts of shape {counts.shape} for {len(words):,} words")
    return words, vectors, counts


def to_arrow(wv):
    """Return a pyarrow.Table of the columns word, vector and, where known, count.

    `vector` is a fixed-size list and shares memory with `vectors`. Needs w2v[parquet].

    Raises ValueError naming a word that is not UTF-8, as Arrow's strings must be.
    """
    arrow = needed("pyarrow", "to_arrow", "'w2v[parquet]'")
    return arrow_table(arrow, wv.index_to_key, wv.frozen_vectors(), wv.counts)


def arrow_table(arrow, words, vectors, counts):
    words = list(words)
    try:
        columns = {"word": arrow.array(words, arrow.string())}
    except UnicodeEncodeError:
        word = next(word for word in words if re.search("[\ud800-\udfff]", word))
        raise ValueError(f"the word {word!r} is not UTF-8, as Arrow needs; rename it") from None
    numbers = arrow.array(np.ascontiguousarray(vectors).reshape(-1))
    columns["vector"] = arrow.FixedSizeListArray.from_arrays(numbers, vectors.shape[1])
    if counts is not None:
        columns["count"] = arrow.array(counts)
    return arrow.table(columns)


def from_arrow(cls, table):
    """Make KeyedVectors of a pyarrow.Table as to_arrow makes them.

    `vector` may be a list of any one length; in one chunk it shares memory, and is read-only.

    Raises ValueError or TypeError naming the column that is missing or not as expected.
    """
    return cls(*arrow_arrays(table))


def arrow_arrays(table):
    for name in ("word", "vector"):
        if name not in table.column_names:
            raise ValueError(f"no column {name!r} among {table.column_names}")
    words, lists, counts = table["word"].to_pylist(), table["vector"], None
    if not hasattr(lists.type, "value_type"):
        raise ValueError(f"the column 'vector' is of type {lists.type}; lists are expected")
    pieces = [rows_of(chunk) for chunk in lists.chunks if len(chunk)]
    if len({piece.shape[1] for piece in pieces}) > 1:
        raise ValueError("the column 'vector' holds lists of several lengths")
    if not pieces:
        D = getattr(lists.type, "list_size", 1)
        pieces = [np.empty((0, D), lists.type.value_type.to_pandas_dtype())]
    if "count" in table.column_names:
        counts = table["count"].to_numpy()
    return checked(words, pieces[0] if len(pieces) == 1 else np.concatenate(pieces), counts)


def rows_of(lists) -> np.ndarray:
    """Return lists of one length in Arrow as rows, (n, length), without a copy."""
    numbers = lists.flatten()
    if lists.null_count or numbers.null_count:
        raise ValueError("the column 'vector' has nulls")
    if not hasattr(lists.type, "list_size") and len(lists.value_lengths().unique()) > 1:
        raise ValueError("the column 'vector' holds lists of several lengths")
    if not len(numbers):
        raise ValueError("the column 'vector' holds empty lists")
    return numbers.to_numpy(zero_copy_only=False).reshape(len(lists), -1)


def write_parquet(path, words, vectors, counts=None) -> None:
    """Write the table of to_arrow as Parquet."""
    arrow = needed("pyarrow", f"{os.fspath(path)!r}", "'w2v[parquet]'")
    parquet = importlib.import_module("pyarrow.parquet")
    table = arrow_table(arrow, words, vectors, counts)
    with streams.replacing(path, compress=False) as file:
        # Vectors neither repeat nor compress.
        parquet.write_table(table, file, use_dictionary=False, compression="none")


def read_parquet(path):
    """Read words, vectors and counts, or None, from the columns word, vector and count.

    Raises FileNotFoundError; ValueError naming the file and what is wrong with it.
    """
    path = os.fspath(path)
    arrow = needed("pyarrow", repr(path), "'w2v[parquet]'")
    parquet = importlib.import_module("pyarrow.parquet")
    with open(path, "rb") as file:
        try:
            source = parquet.ParquetFile(file)
            names = [
                name for name in ("word", "vector", "count") if name in source.schema_arrow.names
            ]
            return arrow_arrays(source.read(names))
        except (arrow.ArrowException, ValueError, TypeError, OSError) as error:
            what = str(error).split("\n")[0]
            raise ValueError(f"{path!r}: no Parquet file of word vectors: {what}") from None


def projector_paths(prefix) -> list[str]:
    return [f"{os.fspath(prefix)}_{part}.tsv" for part in ("tensor", "metadata")]


def save_projector(wv, prefix) -> None:
    """Write PREFIX_tensor.tsv and PREFIX_metadata.tsv for https://projector.tensorflow.org.

    They are those of gensim's word2vec2tensor, except that a tab or line end in a word is written
    as \\t, \\n or \\r, and a word of nothing but blanks in quotes: each word has one line.
    """
    tensor, metadata = projector_paths(prefix)
    with streams.replacing(tensor, "prefix") as file:
        for row in wv.frozen_vectors():
            file.write("\t".join(row.astype(str)).encode() + b"\n")
    with streams.replacing(metadata, "prefix") as file:
        for word in wv.index_to_key:
            shown = re.sub("[\t\n\r]", lambda found: repr(found[0])[1:-1], word)
            shown = shown if shown.strip() else repr(shown)
            file.write(shown.encode("utf-8", "surrogateescape") + b"\n")


def to_gensim(wv):
    """Return gensim.models.KeyedVectors with these words and counts; its vectors share memory."""
    models = needed("gensim.models", "to_gensim", "gensim")
    made = models.KeyedVectors(wv.vector_size)
    made.index_to_key, made.key_to_index = list(wv.index_to_key), dict(wv.key_to_index)
    made.vectors = wv.vectors
    if wv.counts is not None:
        made.expandos["count"] = np.asarray(wv.counts)
    return made


def from_gensim(cls, vectors):
    """Make KeyedVectors of gensim's, or of a gensim model's; the vectors share memory.

    Counts come along, and also those gensim makes up when it reads files without any.
    """
    vectors = getattr(vectors, "wv", vectors)
    if not hasattr(vectors, "index_to_key"):
        raise TypeError(
            f"from_gensim: a {type(vectors).__name__} is given; gensim.models.KeyedVectors or a "
            "model of gensim 4 or later is expected"
        )
    return cls(*checked(vectors.index_to_key, vectors.vectors, vectors.expandos.get("count")))


def to_pandas(wv):
    """Return a pandas.DataFrame, a row for each word, the words as its index; it shares memory."""
    pandas = needed("pandas", "to_pandas", "pandas")
    # Of objects, because strings in Arrow cannot hold bytes outside UTF-8.
    index = pandas.Index(list(wv.index_to_key), dtype=object, name="word")
    return pandas.DataFrame(wv.vectors, index=index, copy=False)


def from_pandas(cls, frame):
    """Make KeyedVectors of a pandas.DataFrame whose index are words and whose columns numbers.

    Columns of one dtype in one block share memory, read-only where pandas says so.
    """
    return cls(*checked(frame.index.tolist(), frame.to_numpy()))


def to_torch(wv):
    """Return the vectors as a torch.Tensor (V, D), for torch.nn.Embedding.from_pretrained.

    It shares memory; read-only vectors, which PyTorch does not know, are copied.
    """
    torch = needed("torch", "to_torch", "torch")
    vectors = np.asarray(wv.vectors)
    return torch.from_numpy(vectors if vectors.flags.writeable else vectors.copy())


def from_torch(cls, words, weights):
    """Make KeyedVectors of words and a torch.Tensor (V, D) or torch.nn.Embedding.

    It shares memory with a tensor on the CPU; bfloat16, which NumPy does not know, becomes float32.
    """
    weights = getattr(weights, "weight", weights).detach().cpu()
    if "bfloat16" in str(weights.dtype):
        weights = weights.float()
    return cls(*checked(list(words), weights.numpy()))
