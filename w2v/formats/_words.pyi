import numpy as np
from numpy.typing import NDArray

def word_slots(word_bytes: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]: ...
def find_word(
    word_bytes: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int32],
    word: bytes,
) -> int: ...
def decode_words(
    word_bytes: NDArray[np.uint8], offsets: NDArray[np.int64], start: int, stop: int
) -> list[str]: ...
