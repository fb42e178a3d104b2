from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

ROW_FLOATS: int

def kernel_names() -> list[str]: ...

class Worker:
    def __init__(
        self,
        params: Any,
        shared: Any,
        counters: NDArray[np.int64],
        losses: NDArray[np.float64],
    ) -> None: ...
    def train(self, ids: NDArray[np.int32], random: int, words_before: float) -> int: ...

def aligned_zeros(n_rows: int, n_columns: int, dtype: DTypeLike = ...) -> NDArray[Any]: ...
def fill_randomly(vectors: NDArray[np.float32], D: int, random: int, exact: bool) -> None: ...
def seed_of(*numbers: int) -> int: ...
def move_rows(vectors: NDArray[np.float32], D: int) -> NDArray[np.float32]: ...
def survivors(worker: Worker, ids: NDArray[np.int32], random: int) -> NDArray[np.int32]: ...
def noise_words(worker: Worker, n: int, random: int) -> NDArray[np.int64]: ...
def merge_counts(
    worker: Worker,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]: ...
def block_step(
    kernel: str,
    inputs: NDArray[np.float32],
    input_rows: NDArray[np.int64],
    outputs: NDArray[np.float32],
    output_rows: NDArray[np.int64],
    labels: ArrayLike,
    alpha: float,
    input_counts: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> float: ...
