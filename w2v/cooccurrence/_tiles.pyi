from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

RECORD: np.dtype[Any]
ROW_FLOATS: int

def mapped_zeros(n: int, dtype: DTypeLike) -> NDArray[Any]: ...
def kernel_names() -> list[str]: ...
def count_tiles(
    offsets: NDArray[np.int64],
    columns: NDArray[np.int32],
    blocks: NDArray[np.int32],
    first: int,
    last: int,
    sizes: NDArray[np.int64],
) -> None: ...
def fill_tiles(
    offsets: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float64],
    blocks: NDArray[np.int32],
    bounds: NDArray[np.int64],
    first: int,
    last: int,
    free: NDArray[np.int64],
    x_max: float,
    alpha: float,
    records: NDArray[Any],
) -> None: ...
def shuffle(records: NDArray[Any], random: int) -> None: ...

class Trainer:
    row_bytes: int
    def __init__(
        self,
        D: int,
        records: NDArray[Any],
        words: NDArray[np.float32],
        contexts: NDArray[np.float32],
        rates: NDArray[np.float32],
        limits: NDArray[np.float32],
        kernel: str,
    ) -> None: ...
    def train(
        self,
        begin: int,
        end: int,
        first_word: int,
        first_context: int,
        swapped: bool,
        skips_diagonal: bool,
        is_far: bool,
    ) -> float: ...
