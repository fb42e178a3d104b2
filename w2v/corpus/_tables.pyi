import numpy as np
from numpy.typing import NDArray

def alias_table(weights: NDArray[np.float64]) -> NDArray[np.uint64]: ...
def c_noise_bounds(
    counts: NDArray[np.int64], exponent: float, table_size: int
) -> NDArray[np.int64]: ...
def huffman_paths(
    counts: NDArray[np.int64], padding: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int32]]: ...
