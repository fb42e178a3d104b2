from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8] | bytes | bytearray | memoryview

def find_ngrams(
    text: Bytes,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    min_n: int,
    max_n: int,
    bucket: int,
    offsets: NDArray[np.int64],
    buckets: NDArray[np.uint32] | None,
    spans: NDArray[np.int64] | None,
) -> None: ...
def hash_of(ngram: Bytes) -> int: ...
def write_means(
    own: Bytes | None,
    ngrams: Bytes,
    offsets: NDArray[np.int64],
    rows: NDArray[np.int64],
    counts_missing: bool,
    out: NDArray[np.float32],
) -> None: ...
def write_mean(
    word: Bytes,
    min_n: int,
    max_n: int,
    bucket: int,
    own: Bytes | None,
    ngrams: Bytes,
    kept: NDArray[np.uint32] | None,
    counts_missing: bool,
    out: NDArray[np.float32],
    room: NDArray[np.uint32],
) -> int: ...
def find_entries(
    data: Bytes,
    start: int,
    spans: NDArray[np.int64],
    counts: NDArray[np.int64],
    kinds: NDArray[np.int8],
) -> tuple[int, int]: ...
