from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Run: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]

def mapped_zeros(n: int, dtype: DTypeLike) -> NDArray[Any]: ...
def tally(ids: NDArray[np.int32], counts: NDArray[np.int64]) -> None: ...
def find_places(
    ids: NDArray[np.int32],
    start: int,
    stop: int,
    free: NDArray[np.int64],
    places: NDArray[np.uint32],
) -> None: ...

class RowCounter:
    columns: NDArray[np.int32]
    sums: NDArray[np.int64]
    def __init__(self, V: int, weights: NDArray[np.int64], symmetric: bool, room: int) -> None: ...
    def count(
        self,
        ids: NDArray[np.int32],
        places: NDArray[np.uint32],
        starts: NDArray[np.int64],
        first: int,
        last: int,
        sizes: NDArray[np.int64],
    ) -> int: ...
    def merge(self, runs: list[Run], first: int, last: int, sizes: NDArray[np.int64]) -> int: ...

def as_floats(sums: NDArray[np.int64], unit: int) -> NDArray[np.float64]: ...
def mirror(
    offsets: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float64],
    taken: NDArray[np.int64],
    starts: NDArray[np.int64],
    first: int,
    last: int,
    out_columns: NDArray[np.int32],
    out_values: NDArray[np.float64],
) -> None: ...
def check_rows(offsets: NDArray[np.int64], columns: NDArray[np.int32], symmetric: bool) -> int: ...
