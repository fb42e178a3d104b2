from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8] | bytes | bytearray | memoryview

def find_entries(
    data: Bytes,
    start: int,
    spans: NDArray[np.int64],
    counts: NDArray[np.int64],
    kinds: NDArray[np.int8],
) -> tuple[int, int]: ...
def subword_means(
    data: Bytes,
    spans: NDArray[np.int64],
    begin: int,
    end: int,
    matrix: int,
    n_words: int,
    n_buckets: int,
    shortest: int,
    longest: int,
    out: NDArray[np.float32],
) -> None: ...
