from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

SENTENCE_END: int
UNKNOWN: int

def mapped_zeros(n: int, dtype: DTypeLike) -> NDArray[Any]: ...
def renumbering(numbers: ArrayLike, end: int = -1) -> NDArray[np.int32]: ...
def renumber(
    ids: NDArray[np.int32], table: NDArray[np.int32], keep_empty: bool
) -> tuple[int, int]: ...
def trim_memory() -> None: ...
def encode_sentences(
    sentences: Iterator[Iterable[str]],
    numbers: dict[str, int],
    frozen: bool,
    limit: int,
    first: int,
) -> tuple[NDArray[np.int32], int]: ...
