"""Types that several modules name: what a path, a corpus, a key or a set of vectors may be."""

import os
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

AnyPath: TypeAlias = str | os.PathLike[str]

# What a corpus may be: a path, a glob pattern, "-", token lists, or a list of paths; strings, too,
# with a tokenizer; lists of ids or other hashables, arrays of ids (one, or values with offsets).
CorpusLike: TypeAlias = (
    AnyPath
    | Iterable[Iterable[Hashable] | os.PathLike[str]]
    | NDArray[np.integer[Any]]
    | tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]
)

Tokenizer: TypeAlias = Callable[[str], Iterable[str]]

# Given word (or id), count and min_count: 0, those of min_count; 1, discard it; 2, keep it.
TrimRule: TypeAlias = Callable[[Any, int, int], int]

# Vectors of any float dtype.
Floats: TypeAlias = NDArray[np.floating[Any]]

# One vector that a user gives, float (D,).
VectorLike: TypeAlias = NDArray[Any] | Sequence[float]

# A word, or a row; where the keys are ints, an int. (Other hashables are keys, too, of those who
# train on them; checkers are not told, since they would take everything for a key.)
Key: TypeAlias = str | int | np.integer[Any]

# What neighbours are asked of: a key or vector, with a weight or without, or many of them.
Weighted: TypeAlias = tuple[Key | VectorLike, float | np.floating[Any]]
Asked: TypeAlias = Key | NDArray[Any] | Weighted | Iterable[Key | VectorLike | Weighted]

# Many of them, to be answered one by one.
Queries: TypeAlias = Iterable[Key | VectorLike] | NDArray[Any]

# The words that may be answers, or may not: keys, or bool (V,).
Chosen: TypeAlias = Key | Iterable[Key] | NDArray[np.bool_]

# Keys, mostly words, with their scores, best first.
Found: TypeAlias = list[tuple[Any, float]]
