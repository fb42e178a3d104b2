"""Weights in training: rows of whole cache lines, and what all threads of a run share.

V is the number of words, D the dimensions.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .lanes import Lanes


def stride(D: int) -> int:
    """Return how many floats a row of D takes in training: whole cache lines."""
    return -(-D // _core.ROW_FLOATS) * _core.ROW_FLOATS


def zeros(n: int, D: int) -> np.ndarray:
    """Return zeros in aligned rows, float32 (n, stride(D)), in memory that has been written to.

    Threads that were the first to write to a page lost an update now and then.
    """
    out = _core.aligned_zeros(n, stride(D))
    out.fill(0)
    return out


def padded(vectors: np.ndarray) -> np.ndarray:
    """Return a copy of float (n, D) in aligned rows, float32 (n, stride(D)), zeros behind."""
    n, D = vectors.shape
    out = _core.aligned_zeros(n, stride(D))
    out[:, :D] = vectors
    return out


# Input vectors, output vectors and nodes in padded rows: see Shared.
Rows: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.float32] | None]


@dataclass(frozen=True)
class WordParts:
    """Of which input rows a word's vector is the mean, with subwords; see core/subwords.pxi."""

    offsets: np.ndarray  # int64 (V + 1,)
    rows: np.ndarray  # int32 (offsets[V],), of the words one after another, each with one or more
    first_hot: int = 0  # the rows from here on are used most; threads have copies of these
    overlap: float = 0.0  # by what share a word of the text moves another along, at most
    is_fleeting: bool = False  # whether words are composed anew for each step
    locks: np.ndarray | None = None  # float32, factors of the input rows' updates; None: 1


@dataclass(frozen=True)
class Shared:
    """What all workers of a run share besides its Params; what _core.Worker takes.

    Vectors are rows of `stride` floats, a multiple of ROW_FLOATS, and training changes them in
    place. What lies beyond the D columns is zero before and after.
    """

    input_vectors: np.ndarray  # float32 (V, stride), or the rows of `parts`
    output_vectors: np.ndarray | None  # float32 (V, stride); None: no negative sampling
    node_vectors: np.ndarray | None  # float32 (V - 1, stride); None: no hierarchical softmax
    keep: np.ndarray | None  # uint32 (V,); see keep_thresholds; None: no subsampling
    noise: np.ndarray | None  # alias table, uint64 (V,); exact: bounds, int64 (V,)
    paths: tuple[np.ndarray, np.ndarray] | None  # of Huffman codes: see Vocabulary.huffman_paths
    total_words: int  # of the whole run, by which the rate falls from start_alpha to end_alpha
    epoch_limit: int  # exact: an epoch ends when it has read more words than this
    count_ends: bool  # whether the end of a sentence counts as a word
    max_ids: int  # of a chunk
    n_copies: int  # rows of each matrix that each thread has copies of; see core/kernel.h
    merge_after: int  # uses of a copied row after which its copy is merged
    stop: np.ndarray  # int32 (1,); training ends at the next batch when it is not 0
    locks: np.ndarray | None = None  # float32 (V,), factors of the words' updates; None: 1
    is_training: bool = True  # False: the learning rate is 0, so that only losses come of it
    lanes: Lanes | None = None  # that train deterministically; None: threads race
    parts: WordParts | None = None  # None: each input row is that of a word
    measured_gap: int = 0  # the loss of one step of so many is computed; 0: of none
