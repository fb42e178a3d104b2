"""Vectors from counts without training: positive pointwise mutual information, and its SVD.

Owns these two formulas, of Levy, Goldberg and Dagan 2015 (https://aclanthology.org/Q15-1016), which
papers compare with GloVe and word2vec. V is the number of words.
"""

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import check_number
from ..shared.optional import needed
from ..vectors.keyed import KeyedVectors
from .glove import check_counts
from .matrix import Cooccurrence


def ppmi(counts: Cooccurrence, smoothing: float = 1.0, shift: float = 1.0) -> Cooccurrence:
    """Return positive pointwise mutual information in place of counts; pairs of 0 are left out.

    That is max(0, log(P(w, c) / (P(w) P(c))) - log shift), natural logarithms, of a word w and a
    context c, where P(c) is in proportion to the count of c ** smoothing.

    Parameters
    ----------
    smoothing : above 0; 0.75 is what word2vec does to its noise words. The matrix is symmetric only
        where it is 1.
    shift : 1 or more; stands for k noise words of word2vec.

    Raises TypeError or ValueError naming what cannot be worked with.

    >>> import w2v
    >>> counts = w2v.Cooccurrence.count([["a", "b"], ["c", "d"]] * 2, min_count=1)
    >>> round(w2v.ppmi(counts)["a", "b"], 6)  # log(1 / 4 / (1 / 4 * 1 / 4))
    1.386294
    """
    check_counts(counts)
    smoothing = check_number("smoothing", smoothing, float, 0, 10, above=True)
    shift = check_number("shift", shift, float, 1)
    V = len(counts)
    if counts.symmetric and smoothing == 1:
        sizes, columns, values = np.diff(counts.offsets), counts.columns, counts.values
    else:
        sizes = counts.row_sizes
        _, _, columns, values = next(counts.blocks(max(int(sizes.sum()), 1)))
    rows = np.repeat(np.arange(V, dtype=np.int32), sizes)
    of_words, of_contexts = sums_of(counts)
    weights = of_contexts**smoothing
    # In logarithms, which neither overflow nor vanish.
    information = np.log(values)
    with np.errstate(divide="ignore"):  # words without a neighbour are in no pair
        information -= np.log(of_words)[rows] + np.log(weights / weights.sum())[columns]
    information -= np.log(shift)
    kept = np.flatnonzero(information > 0)
    offsets = np.concatenate([[0], np.bincount(rows[kept], minlength=V).cumsum()])
    made = Cooccurrence(
        counts.vocabulary, offsets, columns[kept], information[kept],
        symmetric=counts.symmetric and smoothing == 1, window=counts.window,
        distance_weighting=counts.distance_weighting,
    )  # fmt: skip
    made.phrases, made.n_read = list(counts.phrases), counts.n_read
    return made


def sums_of(counts: Cooccurrence) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sums of the rows and of the columns of the whole matrix, float64 (V,)."""
    V, values = len(counts), counts.values
    rows = np.repeat(np.arange(V, dtype=np.int32), np.diff(counts.offsets))
    of_rows: NDArray[np.float64] = np.bincount(rows, values, V).astype(np.float64)
    of_columns: NDArray[np.float64] = np.bincount(counts.columns, values, V).astype(np.float64)
    if counts.symmetric:
        is_diagonal = rows == counts.columns
        of_rows += of_columns - np.bincount(rows[is_diagonal], values[is_diagonal], V)
        of_columns = of_rows
    return of_rows, of_columns


def svd_vectors(
    counts: Cooccurrence, vector_size: int = 100, exponent: float = 0.5, seed: int = 1
) -> KeyedVectors:
    """Return the vectors of a truncated singular value decomposition U S V', U S ** exponent.

    Parameters
    ----------
    counts : mostly what ppmi returns.
    vector_size : dimensions, below V, by falling singular value.
    exponent : 0.5 or 0 suit words better than 1, as Levy and others found.
    seed : of the vector that the search for them begins with.

    Needs SciPy. Raises TypeError or ValueError naming the argument.
    """
    check_counts(counts)
    V = len(counts)
    if V < 2:
        raise ValueError(f"counts: {V} word; two or more are needed")
    vector_size = check_number("vector_size", vector_size, int, 1, V - 1)
    exponent = check_number("exponent", exponent, float, 0, 10)
    linalg = needed("scipy.sparse.linalg", "svd_vectors", "scipy")
    start = np.random.Generator(np.random.PCG64(seed)).random(V) + 0.5
    left, sizes, _ = linalg.svds(counts.to_scipy(), vector_size, v0=start)
    order = np.argsort(-sizes, kind="stable")
    vectors = left[:, order] * sizes[order] ** exponent
    # Of the two signs of a column the one is taken with which its largest number is above 0.
    largest = np.abs(vectors).argmax(axis=0)
    vectors *= np.where(vectors[largest, np.arange(vector_size)] < 0, -1, 1)
    return KeyedVectors(
        counts.vocabulary.words, vectors.astype(np.float32), counts.vocabulary.counts, shared=False
    )
