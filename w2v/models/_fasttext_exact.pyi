import numpy as np
from numpy.typing import NDArray

from .fasttext_exact import ExactSettings

def dictionary_order(kinds: NDArray[np.int8], counts: NDArray[np.int64]) -> NDArray[np.int64]: ...
def fill_as_one_thread(rows: NDArray[np.float32], seed: int) -> None: ...
def noise_slots(counts: NDArray[np.int64], n_slots: int) -> NDArray[np.int64]: ...
def huffman_paths(
    counts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]: ...

class Trainer:
    count: int
    is_nan: bool
    def __init__(
        self,
        tokens: NDArray[np.int32],
        n_words: int,
        line_end: int,
        offsets: NDArray[np.int64],
        parts: NDArray[np.int32],
        keep: NDArray[np.float32],
        targets: NDArray[np.int32],
        paths: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]],
        inputs: NDArray[np.float32],
        outputs: NDArray[np.float32],
        settings: ExactSettings,
        total: int,
    ) -> None: ...
    def train(self, n_lines: int) -> bool: ...
