"""Classes of words by k-means, as the C tool makes them."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import check_number


def classes(vectors: np.ndarray, n: int, exact: bool = False) -> NDArray[np.int64]:
    """Return the class, 0 to n - 1, of each row by 10 rounds of k-means, int64 (V,).

    As word2vec.c, TrainModel: row i starts in class i mod n, centres are scaled to length 1, and a
    row goes to the centre with the largest dot product, the lowest class winning. With `exact` sums
    are made in C's order, for its bytes; it takes some ten times as long.

    >>> classes(np.array([[0, 1], [1, 0], [0, 2], [3, 0]]), 2)
    array([0, 1, 0, 1])
    """
    n = check_number("n", n, int, 1, 2**31 - 1)
    V, D = vectors.shape
    vectors = np.asarray(vectors, np.float32)
    members = np.arange(V) % n
    for _ in range(10):
        centres = np.zeros((n, D), np.float32)
        np.add.at(centres, members, vectors)
        sizes = np.bincount(members, minlength=n) + 1
        centres /= sizes[:, np.newaxis].astype(np.float32)
        squares = summed((centres[:, d] ** 2 for d in range(D)), (n,))
        with np.errstate(invalid="ignore"):  # an empty class: 0/0 is NaN, which never wins
            centres /= np.sqrt(squares)[:, np.newaxis]
        for start in range(0, V, 4096):
            rows = vectors[start : start + 4096]
            if exact:
                terms = (np.outer(rows[:, d], centres[:, d]) for d in range(D))
                products = summed(terms, (len(rows), n))
            else:
                products = rows @ centres.T
            # C starts from -10 and class 0, and no comparison with NaN is true.
            products = np.where(products > -10, products, np.float32(-10))
            members[start : start + 4096] = products.argmax(axis=1)
    return members


def summed(terms: Iterable[np.ndarray], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Add float32 terms one after another, in that order."""
    total = np.zeros(shape, np.float32)
    for term in terms:
        total += term
    return total
