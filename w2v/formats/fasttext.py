"""fastText's .bin files: the vector of each word, from its own row and those of its n-grams.

Owns the layout of such a file (fastText, fasttext.cc, dictionary.cc and densematrix.cc, versions 11
and 12) and knows nothing of other formats. V is the number of words, D the dimensions.
"""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..shared.threads import share_out
from . import _fasttext, _rows
from .stored import Raw

MAGIC = struct.pack("<i", 793712314)

# Magic number and version, 12 arguments of the training and one more, which is a double, then
# numbers of the dictionary.
HEADER = struct.Struct("<2i 12i d 3i 2q")


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

# Words that a thread takes at a time.
SHARE = 1000


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

    check(len(data) >= HEADER.size, f"it ends at byte {len(data)}, in its header")
    header = Header(*HEADER.unpack_from(data.data))
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
    n_found, end = _fasttext.find_entries(data, HEADER.size, spans, counts, kinds)
    check(n_found == n_entries, f"word {n_found} of {n_entries}, byte {end}: the file ends in it")
    check(not kinds[:V].any() and kinds[V:].all(), "damaged, for words and labels are mixed")
    end += 8 * max(header.pruneidx_size, 0)
    check(end + 17 <= len(data), f"it ends at byte {len(data)}, before its matrix")
    check(
        not data[end] and header.pruneidx_size <= 0,
        "a quantised model (.ftz), which has codes instead of vectors; use the .bin file",
    )
    n_rows, n_columns = struct.unpack_from("<2q", data.data, end + 1)
    matrix = end + 17
    # Supervised models of version 11 had no n-grams, whatever their header says.
    longest = 0 if header.version == 11 and header.model == SUPERVISED else header.maxn
    has_ngrams = longest > 0 and header.minn <= longest
    check(
        n_columns == D and n_rows == V + n_buckets and (n_buckets or not has_ngrams),
        f"byte {end + 1}: a matrix of {n_rows} x {n_columns} for {V} words, {n_buckets} buckets of "
        f"n-grams and {D} dimensions",
    )
    check(
        4 * n_rows * D <= len(data) - matrix,
        f"{n_rows} x {D} numbers are too many for {len(data)} bytes",
    )
    n_wanted = V if limit is None else min(V, limit)
    if has_ngrams:
        vectors: NDArray[np.float32] = np.empty((n_wanted, D), np.float32)

        def work(_: int, start: int) -> None:
            _fasttext.subword_means(
                data, spans, start, min(start + SHARE, n_wanted), matrix, V,
                n_buckets, header.minn, longest, vectors,
            )  # fmt: skip

        share_out(work, range(0, n_wanted, SHARE), min(workers, -(-n_wanted // SHARE)))
    else:
        vectors = np.array(np.frombuffer(data, "<f4", n_wanted * D, matrix), np.float32)
        vectors = vectors.reshape(n_wanted, D)
    words, raw = _rows.words_of(data, spans, n_wanted, is_utf8)
    return words, raw, vectors, counts[:n_wanted].copy()
