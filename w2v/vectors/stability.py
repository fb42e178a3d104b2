"""Stability: how far several trainings find the same neighbours, word by word and by frequency.

Which words are compared and asked is decided in runs.py. R is the number of runs, m the number of
words that are asked, k the number of their neighbours that are looked at.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared.columns import columns, padded
from ..shared.types import Found
from .alignment import Run, check_alike, vectors_of
from .runs import WIDEST_WORD, Selection, compared, in_common, nearest, table
from .store import Store


@dataclass(frozen=True)
class Band:
    """The words whose counts are from `low` to `high`: how many were asked, and their mean."""

    low: int
    high: int
    words: int
    stability: float


@dataclass(frozen=True)
class Stability:
    """What `stability` found of R runs.

    Attributes
    ----------
    words : the m words that were asked for their neighbours, in the first run's order.
    stabilities : float64 (m,), of each: the share of its neighbours that two runs have in common,
        0 to 1, the mean over all pairs of runs.
    pairs : float64 (R, R), the mean over words for each two runs; 1 on the diagonal.
    n_shared, n_compared : how many words all runs have, and how many of these were compared.
    neighbours : k, how many nearest words were looked at.
    seed : what the words were drawn with.
    bands : the words by their counts in the first run that knows them, a band for each power of 10;
        empty where none does.
    least : (word, stability) of the least stable words, the least first.
    """

    words: list[Any]
    stabilities: NDArray[np.float64]
    pairs: NDArray[np.float64]
    n_shared: int
    n_compared: int
    neighbours: int
    seed: int
    bands: list[Band]
    least: Found

    @property
    def mean(self) -> float:
        """The mean of `stabilities`."""
        return float(self.stabilities.mean())

    def __repr__(self) -> str:
        return (
            f"<Stability: {len(self.pairs)} runs, {len(self.words):,} words, {self.mean:.1%} of "
            f"{self.neighbours} neighbours in common>"
        )

    def __str__(self) -> str:
        R = len(self.pairs)
        shares = [(self.pairs[pair], pair) for pair in itertools.combinations(range(R), 2)]
        ends = [
            f"{what} {share:.1%} (runs {i + 1} and {j + 1})"
            for what, (share, (i, j)) in (("least", min(shares)), ("most", max(shares)))
        ]
        return "\n".join(
            [
                f"{self.n_shared:,} words in all {R} runs",
                *compared(self.n_compared, self.n_shared, len(self.words), self.seed),
                f"in common  {self.mean:6.1%}  of the {self.neighbours} nearest words of two runs",
                *([f"           {', '.join(ends)}"] if R > 2 else []),
                *band_lines(self.bands),
                *least_lines(self.least),
            ]
        )


def band_lines(bands: Sequence[Band]) -> list[str]:
    names = [f"{band.low:,} to {band.high:,}" for band in bands]
    width = max(map(len, names), default=0)
    rows = [
        f"{name:>{width}}  {band.words:8,}  {band.stability:9.1%}"
        for name, band in zip(names, bands, strict=True)
    ]
    return ["", f"{'count':>{width}}  {'words':>8}  in common", *rows] if rows else []


def least_lines(least: Found) -> list[str]:
    if not least:
        return []
    title = "least stable"
    width = max(len(title), *(min(columns(str(word)), WIDEST_WORD) for word, _ in least))
    rows = [f"{padded(str(word), width)}  {share:9.1%}" for word, share in least]
    return ["", f"{title:<{width}}  in common", *rows]


def stability(
    runs: Iterable[Run],
    *,
    topn: int = 10,
    neighbours: int = 10,
    restrict_vocab: int | None = None,
    sample: int | None = 10_000,
    seed: int = 1,
) -> Stability:
    """Tell how stable neighbours are over trainings, those of one text with several seeds, say.

    The stability of a word is the share of its nearest words, by cosine, that two runs have in
    common (Wendlandt et al. 2018, https://arxiv.org/abs/1804.09692). What is said of a word by its
    neighbours should not rest on one training where it is low (Antoniak and Mimno 2018,
    https://aclanthology.org/Q18-1008). Runs may differ in dimensions.

    Parameters
    ----------
    runs : two or more KeyedVectors, or models that have them.
    topn : how many of the least stable words are told; of equal ones those that stand first.
    neighbours, restrict_vocab, sample, seed : see compare; the first run stands for `a`.

    Raises TypeError; ValueError where fewer than two words are shared, or one has a vector with
    NaN.

    >>> import w2v
    >>> lines = [["tea", "with", "milk"], ["bread", "with", "butter"], ["milk", "or", "tea"]] * 50
    >>> models = [w2v.train(lines, vector_size=4, seed=seed, workers=1) for seed in (1, 2, 3)]
    >>> found = w2v.stability(models, neighbours=3)
    >>> found.pairs.shape, [(band.low, band.high, band.words) for band in found.bands]
    ((3, 3), [(10, 99, 3), (100, 999, 3)])
    >>> w2v.stability([models[0], models[0].wv]).mean
    1.0
    """
    selection = Selection(topn, neighbours, restrict_vocab, sample, seed)
    named = [(f"runs[{i}]", vectors_of(run, f"runs[{i}]")) for i, run in enumerate(runs)]
    if len(named) < 2:
        raise ValueError(f"runs: {len(named)} given; two or more are needed")
    check_alike(named)
    rows, n_shared = selection.rows(named)
    compared_words = [named[0][1].words[row] for row in rows[0].tolist()]
    n = len(compared_words)
    drawn, k = selection.draw(n), selection.k(n)
    near = [
        nearest(table(run, compared_words, some), drawn, k)
        for (_, run), some in zip(named, rows, strict=True)
    ]
    pairs, total = np.eye(len(near)), np.zeros(len(drawn))
    for i, j in itertools.combinations(range(len(near)), 2):
        shares = in_common(near[i], near[j])
        pairs[i, j] = pairs[j, i] = shares.mean()
        total += shares
    words = [compared_words[i] for i in drawn.tolist()]
    stabilities = total / (len(near) * (len(near) - 1) // 2)
    least: list[int] = np.argsort(stabilities, kind="stable")[: selection.topn].tolist()
    return Stability(
        words,
        stabilities,
        pairs,
        n_shared,
        n,
        k,
        selection.seed,
        bands_of(counts_of([run for _, run in named], rows[:, drawn]), stabilities),
        [(words[i], float(stabilities[i])) for i in least],
    )


def counts_of(runs: Sequence[Store], rows: NDArray[np.int64]) -> NDArray[Any] | None:
    """Return the counts of the words in these rows, (m,), by the first run that knows them."""
    known = ((run.counts, some) for run, some in zip(runs, rows, strict=True))
    return next((counts[some] for counts, some in known if counts is not None), None)


def bands_of(counts: NDArray[Any] | None, stabilities: NDArray[np.float64]) -> list[Band]:
    """Return the bands of counts, a power of 10 each, that have words.

    >>> bands_of(np.array([9, 10, 99, 1000]), np.array([0.0, 0.5, 1.0, 1.0]))[1]
    Band(low=10, high=99, words=2, stability=0.75)
    """
    if counts is None:
        return []
    powers = [0, *(10**i for i in range(1, 19))]
    places = np.digitize(counts, powers)
    return [
        Band(
            powers[place - 1],
            powers[place] - 1,
            int((places == place).sum()),
            float(stabilities[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    ]
