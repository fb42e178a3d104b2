import numpy as np
from numpy.typing import NDArray

# Scales and cells of a change.
Delta = tuple[NDArray[np.float32], NDArray[np.int8]]

def pack(
    rows: NDArray[np.float32],
    base: NDArray[np.float32],
    D: int,
    scales: NDArray[np.float32],
    cells: NDArray[np.int8],
) -> None: ...
def merge(
    deltas: list[Delta],
    base: NDArray[np.float32],
    D: int,
    shares: NDArray[np.float32],
    scales: NDArray[np.float32],
    cells: NDArray[np.int8],
) -> int: ...
def apply(
    rows: NDArray[np.float32],
    base: NDArray[np.float32],
    D: int,
    merged: Delta,
    own: Delta | None,
) -> None: ...
