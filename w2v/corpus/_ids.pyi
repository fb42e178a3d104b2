from collections.abc import Callable, Iterable, Iterator, Sequence
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
    sentences: Iterator[Iterable[Any]],
    numbers: dict[Any, int],
    frozen: bool,
    limit: int,
    first: int,
    kind: type = ...,
) -> tuple[NDArray[np.int32], int]: ...
def as_tokens(sentence: Any, index: int) -> Sequence[Any]: ...

class IdLexicon:
    def __init__(self, known: NDArray[np.int64], frozen: bool) -> None: ...
    def encode(self, values: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int32]: ...
    def numbered(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...

def gather_ids(
    sentences: Iterator[Any],
    limit: int,
    first: int,
    as_array: Callable[[NDArray[Any], int], NDArray[np.int64]],
    as_int: Callable[[Any, int], int],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
