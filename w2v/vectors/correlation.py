"""Correlation of two series of numbers, and how likely it is by chance; SciPy is not needed."""

import itertools
import math
from typing import NamedTuple

import numpy as np


class Correlation(NamedTuple):
    """A correlation, -1 to 1, and how likely one as far from 0 is by chance (two-sided)."""

    statistic: float
    pvalue: float


def pearson(x: np.ndarray, y: np.ndarray) -> Correlation:
    """Return Pearson's correlation of x and y, (n,); NaN when one of them is constant.

    >>> pearson(np.array([1.0, 2, 3, 5]), np.array([1.0, 2, 3, 5])).statistic
    1.0
    """
    if x.min() == x.max() or y.min() == y.max():
        return Correlation(math.nan, math.nan)
    x, y = x - x.mean(), y - y.mean()
    r = float(x @ y) / math.sqrt((x @ x) * (y @ y))  # exactly 1 where x is y
    r = max(-1.0, min(1.0, r))
    return Correlation(r, chance(r, len(x)))


def spearman(x: np.ndarray, y: np.ndarray) -> Correlation:
    """Return Spearman's correlation of x and y, (n,): Pearson's of their ranks.

    >>> spearman(np.array([1.0, 2, 3, 50]), np.array([1.0, 2, 3, 4])).statistic
    1.0
    """
    return pearson(ranks(x), ranks(y))


def ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1; equal values share the mean of theirs.

    >>> ranks(np.array([30, 10, 10, 20]))
    array([4. , 1.5, 1.5, 3. ])
    """
    _, places, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    return (last - (sizes - 1) / 2)[places]


def chance(r: float, n: int) -> float:
    """Return how likely independent normal samples of size n correlate by |r| or more.

    t = r sqrt((n - 2) / (1 - r^2)) has Student's distribution with n - 2 degrees of freedom, so
    this is the incomplete beta function I(1 - r^2; (n - 2) / 2, 1 / 2).
    """
    if n == 2:
        return 1.0
    return incomplete_beta((1 - r) * (1 + r), (n - 2) / 2, 0.5)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I(x; a, b), 0 <= x <= 1, a, b > 0.

    By its power series of positive terms, https://dlmf.nist.gov/8.17.E8.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the other tail needs fewer terms
        return 1 - incomplete_beta(1 - x, b, a)
    term = total = 1.0
    for n in itertools.count():
        term *= x * (a + b + n) / (a + 1 + n)
        total += term
        if term < 1e-17 * total:
            break
    factor = a * math.log(x) + b * math.log1p(-x)
    factor += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(factor + math.log(total)) / a
