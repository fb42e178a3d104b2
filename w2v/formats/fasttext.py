"""fastText's .bin files: the vector of each word, from its own row and those of its n-grams.

Owns the layout of such a file (fastText, fasttext.cc, dictionary.cc and densematrix.cc, versions 11
and 12, and files of 2016, which name no version) and knows nothing of other formats. V is the
number of words, D the dimensions.
"""

import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _rows, _subwords
from .stored import Raw
from .subwords import NgramRows, Spelling, Subwords

MAGIC = struct.pack("<i", 793712314)

# Magic number and version, 12 arguments of the training and one more, which is a double, then
# numbers of the dictionary.
HEADER = struct.Struct("<2i 12i d 3i 2q")

# That of 2016: no magic number and version before it, no pruned n-grams behind it. What follows is
# as in version 11, but that no byte says whether the matrix is quantised.
OLD_HEADER = struct.Struct("<12i d 3i q")


class Header(NamedTuple):
    """The fields by fastText's names (args.h, dictionary.h)."""

    magic: int
    version: int
    dim: int
    ws: int
    epoch: int
    minCount: int
    neg: int
    wordNgrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lrUpdateRate: int
    t: float
    size: int
    nwords: int
    nlabels: int
    ntokens: int
    pruneidx_size: int


SUPERVISED = 3  # Header.model


def read_header(data: Any) -> tuple[Header, int] | None:
    """Return the header that these bytes begin with and where it ends; None when there is none."""
    if bytes(data[:4]) == MAGIC:
        is_whole = len(data) >= HEADER.size
        return (Header(*HEADER.unpack_from(data)), HEADER.size) if is_whole else None
    if len(data) < OLD_HEADER.size:
        return None
    found = Header._make((0, 11, *OLD_HEADER.unpack_from(data), -1))
    # Text and binary files of vectors begin with a digit, which makes `dim` far larger than this.
    is_old = (
        0 < found.dim < 1 << 16
        and found.loss in (1, 2, 3)
        and found.model in (1, 2, 3)
        and min(found.ws, found.bucket, found.minn, found.nlabels, found.ntokens) >= 0
        and 0 < found.size == found.nwords + found.nlabels
    )
    return (found, OLD_HEADER.size) if is_old else None


def is_old(head: bytes) -> bool:
    """Whether a file that starts with these bytes is one of 2016."""
    return not head.startswith(MAGIC) and read_header(head) is not None


def read_rows(
    data: NDArray[np.uint8], path: str, limit: int | None, is_utf8: bool, workers: int
) -> tuple[list[str], Raw, NDArray[np.float32], NDArray[np.int64]]:
    """Return words, those not decoded, vectors and counts of a file's bytes.

    Parameters
    ----------
    data : uint8 (n,), the whole file.
    limit : words to read at most.

    Raises ValueError where the file is damaged, or not of this kind: quantised (.ftz).
    """

    def check(holds: object, message: str) -> None:
        if not holds:
            raise ValueError(f"{path!r}, a fastText file: {message}")

    found = read_header(data.data)
    check(found, f"it ends at byte {len(data)}, in its header")
    assert found is not None
    header, start = found
    V, D, n_buckets, n_entries = header.nwords, header.dim, header.bucket, header.size
    check(header.version in (11, 12), f"version {header.version}; 11 and 12 are known")
    check(
        D > 0
        and min(V, header.nlabels, n_buckets) >= 0
        and n_entries == V + header.nlabels
        and header.maxn < 256,
        f"damaged, for its header says {header}",
    )
    # An entry takes at least 10 bytes: an empty word, its count and kind.
    check(
        10 * n_entries <= len(data),
        f"the header promises {n_entries} words and labels, too many for {len(data)} bytes",
    )
    spans = np.empty((n_entries, 2), np.int64)
    counts = np.empty(n_entries, np.int64)
    kinds = np.empty(n_entries, np.int8)
    n_found, end = _subwords.find_entries(data, start, spans, counts, kinds)
    check(n_found == n_entries, f"word {n_found} of {n_entries}, byte {end}: the file ends in it")
    check(not kinds[:V].any() and kinds[V:].all(), "damaged, for words and labels are mixed")
    end += 8 * max(header.pruneidx_size, 0)
    n_flags = int(header.magic != 0)
    check(end + n_flags + 16 <= len(data), f"it ends at byte {len(data)}, before its matrix")
    check(
        not (n_flags and data[end]) and header.pruneidx_size <= 0,
        "a quantised model (.ftz), which has codes instead of vectors; use the .bin file",
    )
    end += n_flags
    n_rows, n_columns = struct.unpack_from("<2q", data.data, end)
    matrix = end + 16
    # Supervised models of version 11 had no n-grams, whatever their header says.
    longest = 0 if header.version == 11 and header.model == SUPERVISED else header.maxn
    has_ngrams = longest > 0 and header.minn <= longest
    check(
        n_columns == D and n_rows == V + n_buckets and (n_buckets or not has_ngrams),
        f"byte {end}: a matrix of {n_rows} x {n_columns} for {V} words, {n_buckets} buckets of "
        f"n-grams and {D} dimensions",
    )
    check(
        4 * n_rows * D <= len(data) - matrix,
        f"{n_rows} x {D} numbers are too many for {len(data)} bytes",
    )
    n_wanted = V if limit is None else min(V, limit)
    own = np.ndarray((n_wanted, D), "<f4", data, matrix)
    if has_ngrams:
        subwords = Subwords(header.minn, longest, n_buckets)
        rows = NgramRows(subwords, np.ndarray((n_buckets, D), "<f4", data, matrix + 4 * V * D))
        some = spans[:n_wanted]
        spelled = Spelling(data, some[:, 0], some.sum(axis=1))
        vectors: Any = rows.means(own, spelled, workers)
    else:
        vectors = np.array(own, np.float32)
    words, raw = _rows.words_of(data, spans, n_wanted, is_utf8)
    return words, raw, vectors, counts[:n_wanted].copy()
