"""NumPy archives of `words`, `vectors` and, where known, `counts`, written and read without pickle.

V is the number of words, D the dimensions.
"""

import contextlib
import math
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike

from ..shared import streams
from ..shared.types import AnyPath
from .ids import Ids, as_keys
from .stored import Stored, checked
from .words import encode

BLOCK_BYTES = 1 << 24

# How many bytes deflate can make of one (https://zlib.net/zlib_tech.html).
MAX_DEFLATE_RATIO = 1032

# What zipfile is known to raise for damaged archives, besides an error of its own.
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError)


def write_npz(
    path: AnyPath, words: Sequence[Any], vectors: np.ndarray, counts: np.ndarray | None = None
) -> None:
    """Write `words`, `vectors` and `counts` as .npz, which numpy.load reads without pickle.

    The words are an array of str; as it is as wide as its longest word it is deflated. Ids are one
    of int64.

    Raises TypeError naming a key that is neither str nor int; ValueError naming a word that ends
    with the character 0, which NumPy would drop.
    """
    words, width = as_keys(words), 1
    for word in () if isinstance(words, Ids) else words:
        encode(word)  # raises
        if word.endswith("\0"):
            raise ValueError(f"the word {word!r} ends with \\0, which NumPy drops; rename it")
        width = max(width, len(word))
    with streams.replacing(path, compress=False) as file, zipfile.ZipFile(file, "w") as archive:
        arrays = dict(vectors=vectors, counts=counts)
        if isinstance(words, Ids):
            arrays = dict(words=words.numbers, **arrays)
        else:
            write_npy(archive, "words", words, (len(words),), f"<U{width}", zipfile.ZIP_DEFLATED)
        for name, array in arrays.items():
            if array is not None:
                array = np.asarray(array)
                write_npy(archive, name, array, array.shape, array.dtype.newbyteorder("<"))


def write_npy(
    archive: zipfile.ZipFile,
    name: str,
    rows: Sequence[str] | np.ndarray,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    compression: int = zipfile.ZIP_STORED,
) -> None:
    """Write rows, an array or a sequence that makes one of this shape, a block at a time."""
    dtype = np.dtype(dtype)
    info = zipfile.ZipInfo(f"{name}.npy")
    info.compress_type = compression
    header = dict(descr=dtype.str, fortran_order=False, shape=tuple(shape))
    n_rows = max(1, BLOCK_BYTES // (dtype.itemsize * math.prod(shape[1:]) or 1))
    with archive.open(info, "w", force_zip64=True) as member:
        write_header: Any = np.lib.format.write_array_header_1_0
        write_header(member, header)
        for start in range(0, len(rows), n_rows):
            member.write(np.ascontiguousarray(rows[start : start + n_rows], dtype).tobytes())


def read_npz(path: AnyPath) -> Stored:
    """Read words (list of V str), vectors float (V, D) and counts int64 (V,) or None from .npz.

    `words` may be an array of str, of bytes in UTF-8, or of integers; `counts` may be missing.

    Raises FileNotFoundError; ValueError naming the file and what is wrong with it.
    """
    with open(path, "rb") as file:
        try:
            archive = zipfile.ZipFile(file)
            names = archive.namelist()
            if "words.npy" not in names and "settings.npy" in names:
                raise ValueError("Phrases.load reads what Phrases.save wrote")
            words: Sequence[Any] = read_words(archive)
            vectors, counts = read_npy(archive, "vectors", "f", 2), None
            if "counts.npy" in archive.namelist():
                counts = read_npy(archive, "counts", "iu", 1)
            words, vectors, counts = checked(words, vectors, counts)
            return Stored(words, vectors, counts, "npz")
        except (*DAMAGES, ValueError, OverflowError) as error:
            what = str(error) or type(error).__name__
            raise ValueError(f"{os.fspath(path)!r}: no .npz of words and vectors: {what}") from None


def read_words(archive: zipfile.ZipFile) -> Sequence[Any]:
    """Read the words or ids of an archive, a block of the array at a time."""
    words = []
    with open_npy(archive, "words", "USiu", 1) as (member, (V,), dtype, _):
        if dtype.kind in "iu":
            return Ids.of(read_npy(archive, "words", "iu", 1))
        n_words = max(1, BLOCK_BYTES // dtype.itemsize)
        for start in range(0, V, n_words):
            data = member.read(min(n_words, V - start) * dtype.itemsize)
            block = np.frombuffer(data, dtype)
            if dtype.kind == "U" and block.view(dtype.byteorder + "u4").max(initial=0) > 0x10FFFF:
                raise ValueError("words hold numbers that are no characters")
            words += block.tolist()
    if dtype.kind == "S":
        words = [word.decode("utf-8", "surrogateescape") for word in words]
    return words


def read_npy(archive: zipfile.ZipFile, name: str, kinds: str, ndim: int | None) -> np.ndarray:
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
def open_npy(
    archive: zipfile.ZipFile, name: str, kinds: str, ndim: int | None
) -> Iterator[tuple[IO[bytes], tuple[int, ...], np.dtype[Any], bool]]:
    """Open an array in an archive: its file, at the first item, shape, dtype and whether Fortran's.

    Raises ValueError when its dtype is none of these kinds, its shape has not `ndim` dimensions
    (None: any number), or its header promises other than the archive can hold, so that nothing is
    allocated for it.
    """
    info = archive.getinfo(f"{name}.npy")
    ratios = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: MAX_DEFLATE_RATIO}
    if info.compress_type not in ratios:
        raise ValueError(f"{name} is compressed, but not by deflate")
    assert archive.fp is not None  # it is open
    archive_bytes = os.fstat(archive.fp.fileno()).st_size
    if info.file_size > ratios[info.compress_type] * min(info.compress_size, archive_bytes):
        raise ValueError(f"{name} has {info.file_size:,} bytes, for which the file is too small")
    with archive.open(info) as member:
        shape, dtype, fortran = read_npy_head(member, info.file_size, name)
        if dtype.kind not in kinds:
            raise ValueError(f"{name} of dtype {dtype}")
        if ndim is not None and len(shape) != ndim:
            raise ValueError(f"{name} of shape {shape}")
        yield member, shape, dtype, fortran


def read_npy_head(
    file: IO[bytes], n_bytes: int, name: str
) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Read the head of an .npy array of n_bytes: its shape, dtype and whether it is Fortran's.

    Raises ValueError when it promises other than follows.
    """
    magic = file.read(8)
    head = file.read(int.from_bytes(file.read(2 if magic[6:7] == b"\1" else 4), "little"))
    found = [pattern.search(head) for pattern in NPY_FIELDS.values()]
    if magic[:6] != b"\x93NUMPY" or None in found:
        raise ValueError(f"{name} is no .npy array of numbers or str")
    descr, fortran, shape_text = (field[1].decode() for field in found if field)
    dtype, shape = np.dtype(descr), tuple(map(int, shape_text.replace(",", " ").split()))
    if math.prod(shape) * dtype.itemsize != n_bytes - file.tell():
        left = n_bytes - file.tell()
        raise ValueError(f"{name} of shape {shape} and dtype {dtype} in {left:,} bytes")
    return shape, dtype, fortran == "True"
