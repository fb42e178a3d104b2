"""Memory and space that weights will take, known before, and what would fit if they do not.

Owns how much that is and the error that says so; what is allocated is in weights.py and
building.py. V is the number of words, D the dimensions.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.vocabulary import Vocabulary
from ..shared.amounts import sized
from ..shared.memory import free_bytes
from .params import Params
from .weights import stride

# How much of what is free a remedy may take; training needs some for scratch, too.
USABLE_SHARE = 0.95


@dataclass(frozen=True)
class Need:
    """Matrices that are to be made: some in rows of `stride` floats, some in rows of D.

    `tables` is whether what training knows of each word comes with them.
    """

    params: Params
    padded: int
    plain: int = 0
    tables: bool = False
    n_ngrams: int = 0  # rows of n-grams besides, in each copy of the input matrix

    def bytes(self, V: int, D: int) -> int:
        floats = self.padded * stride(D) + self.plain * D
        n_bytes = V * (4 * floats + (self.table_bytes(V) if self.tables else 0))
        return n_bytes + 4 * self.n_ngrams * (stride(D) + (D if self.plain else 0))

    def table_bytes(self, V: int) -> int:
        """Return the bytes of a word in the tables, at least: keep, noise, Huffman codes."""
        params = self.params
        n_bytes = 4 * (params.sample > 0) + 8 * (params.negative > 0)
        # No code of V words has a mean length below log2(V).
        return n_bytes + (8 + 4 * max(V.bit_length() - 1, 0)) * params.hs

    def remedies(self, counts: NDArray[np.int64], free: float) -> list[str]:
        """Return which parameters, each alone, let the words of these counts fit."""
        V, D, found = len(counts), self.params.vector_size, []
        free *= USABLE_SHARE
        floats = (free - V * (self.table_bytes(V) if self.tables else 0)) / 4
        n_rows = max(V, 1) * (self.padded + self.plain)
        n_rows += self.n_ngrams * (1 + (self.plain > 0))
        widest = int(floats / n_rows) // _core.ROW_FLOATS * _core.ROW_FLOATS
        if 0 < widest < D:
            found.append(f"vector_size={widest}")
        most = int(free // (self.bytes(V, D) / max(V, 1)))
        ordered = np.sort(counts)[::-1]
        if most < V and ordered[most] < ordered[0]:
            found.append(f"min_count={ordered[most] + 1}")
        return found


def training_need(params: Params, has_copies: bool = False, n_ngrams: int = 0) -> Need:
    """Return what a training takes besides the weights that a model has.

    It `has_copies` where callbacks or checkpoints are shown the weights.
    """
    n = n_matrices(params)
    return Need(params, n, n if has_copies else 0, tables=True, n_ngrams=n_ngrams)


def n_matrices(params: Params) -> int:
    return 1 + (params.negative > 0) + params.hs


def model_bytes(params: Params, V: int, n_ngrams: int = 0) -> int:
    """Return the bytes of the matrices in a model's file, which words and counts add little to."""
    n_rows = n_matrices(params) * V + (n_ngrams + V if n_ngrams else 0)
    return n_rows * params.vector_size * 4


@contextlib.contextmanager
def room_for(need: Need, vocabulary: Vocabulary) -> Iterator[None]:
    """Let a block allocate what is needed.

    Raises MemoryError naming vector_size and what would fit: at once where more is needed than is
    free, or when the allocation fails.
    """
    V, D = len(vocabulary), need.params.vector_size
    n_bytes, free = need.bytes(V, D), free_bytes()
    told = f"vector_size={D}: {V:,} words need {sized(n_bytes)} of memory"
    if free is not None and n_bytes > free:
        # A vocabulary is made to be trained.
        whole = need if need.tables else training_need(need.params)
        fitting = " or ".join(whole.remedies(vocabulary.counts, free))
        fitting = f"{fitting} would fit" if fitting else "lower vector_size and raise min_count"
        raise MemoryError(f"{told}, and {sized(free)} are free; {fitting}")
    try:
        yield
    except MemoryError:
        raise MemoryError(
            f"{told}, which the system does not give; lower vector_size or raise min_count"
        ) from None
