"""Types that several modules name: what a path, a corpus, a key or a set of vectors may be."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

AnyPath: TypeAlias = str | os.PathLike[str]

# What a corpus may be: a path, a glob pattern, "-", token lists, or a list of paths; strings, too,
# with a tokenizer.
CorpusLike: TypeAlias = AnyPath | Iterable[Iterable[str] | os.PathLike[str]]

Tokenizer: TypeAlias = Callable[[str], Iterable[str]]

# Vectors of any float dtype.
Floats: TypeAlias = NDArray[np.floating[Any]]

# One vector that a user gives, float (D,).
VectorLike: TypeAlias = NDArray[Any] | Sequence[float]

# A word, or a row.
Key: TypeAlias = str | int | np.integer[Any]
