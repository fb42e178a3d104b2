"""Runs: what two trainings agree on, word by word.

Owns which of the shared words are compared and asked, what two trainings have in common, and how it
reads. The rotation of one onto the other is alignment.py's, more than two are stability.py's. n is
the number of words that are compared, m of those that are drawn from them, k the number of
neighbours that are looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import check_number
from ..shared.columns import columns, fitting, padded
from ..shared.types import Found
from .alignment import (
    Run,
    check_alike,
    check_dimensions,
    check_finite,
    cosines_of,
    shared_rows,
    vectors_of,
)
from .neighbours import Neighbours
from .store import Store

LINE = 80  # columns of what is printed
WIDEST_WORD = 24  # columns of a word beside others; a wider one moves its own line


@dataclass(frozen=True)
class Moved:
    """A word whose vectors differ: their cosine, and its nearest words in both trainings."""

    word: Any
    cosine: float
    before: Found
    after: Found


@dataclass(frozen=True)
class Comparison:
    """What `compare` found of two trainings.

    Attributes
    ----------
    words : the n words that were compared, in the first one's order.
    n_shared : how many both have.
    only_first, only_second : the words that the other does not have.
    cosines : float64 (n,), of each word's two vectors, the first ones rotated.
    by_chance : the mean cosine of the same vectors where each word is given the place of another,
        drawn with `seed`, and they are rotated to lie as near to those as can be: what few words in
        many dimensions, or a direction that all vectors have in common, bring about by themselves.
    drawn : int64 (m,), rising, which of `words` were asked for their neighbours.
    kept : float64 (m,), the share of these words' neighbours that are the same in both, 0 to 1.
    neighbours : k, how many neighbours that is.
    seed : what the words were drawn with.
    moved : the words of the least cosines, the least first.
    """

    words: list[Any]
    n_shared: int
    only_first: list[Any]
    only_second: list[Any]
    cosines: NDArray[np.float64]
    by_chance: float
    drawn: NDArray[np.int64]
    kept: NDArray[np.float64]
    neighbours: int
    seed: int
    moved: list[Moved]

    @property
    def mean_cosine(self) -> float:
        """The mean of `cosines`."""
        return float(self.cosines.mean())

    @property
    def kept_neighbours(self) -> float:
        """The mean of `kept`."""
        return float(self.kept.mean())

    def __repr__(self) -> str:
        return (
            f"<Comparison: {len(self.words):,} words, mean cosine {self.mean_cosine:.3f}, "
            f"{self.kept_neighbours:.1%} of {self.neighbours} neighbours kept>"
        )

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.n_shared:,} words in both, {len(self.only_first):,} only in the first, "
                f"{len(self.only_second):,} only in the second",
                *compared(len(self.words), self.n_shared, len(self.drawn), self.seed),
                f"mean cosine      {self.mean_cosine:6.3f}  ({self.by_chance:.3f} with "
                "words shuffled)",
                f"neighbours kept  {self.kept_neighbours:6.1%}  of the {self.neighbours} nearest",
                *moved_lines(self.moved),
            ]
        )


def compared(n: int, n_shared: int, m: int, seed: int) -> list[str]:
    """Return the lines that say which of the shared words were asked, if not all were."""
    some = [f"the first {n:,} of these are compared"] if n < n_shared else []
    return some + ([f"neighbours of {m:,} words, drawn with seed {seed}"] if m < n else [])


def moved_lines(moved: Sequence[Moved]) -> list[str]:
    """Return the table of the words that moved, two lines each, if there are any."""
    if not moved:
        return []
    title = "moved most"
    width = max(len(title), *(min(columns(str(each.word)), WIDEST_WORD) for each in moved))
    lines = ["", f"{title:<{width}}  cosine  nearest in the first, and in the second"]
    for each in moved:
        head = f"{padded(str(each.word), width)}  {each.cosine:6.3f}  "
        for found in (each.before, each.after):
            near = fitting((str(word) for word, _ in found), LINE - columns(head))
            lines.append(f"{head}{near}".rstrip())
            head = " " * columns(head)
    return lines


def compare(
    a: Run,
    b: Run,
    *,
    topn: int = 10,
    neighbours: int = 10,
    restrict_vocab: int | None = None,
    sample: int | None = 10_000,
    seed: int = 1,
    align: bool = True,
) -> Comparison:
    """Compare two trainings: how far they agree, and which words they place in other company.

    Two seeds of one text say how much is chance; two texts, of two times or authors, which words
    differ in use (Hamilton et al. 2016, https://arxiv.org/abs/1605.09096), as far as these differ
    by more than two seeds do. The vectors of `a` are rotated onto those of `b`, over the words that
    are compared, as KeyedVectors.align_to does it. Neighbours need no rotation: words are asked for
    their nearest words by cosine, among those that are compared, in both.

    Parameters
    ----------
    a, b : KeyedVectors, or models that have them.
    topn : how many of the words that moved most are told with their neighbours.
    neighbours : how many nearest words are looked at.
    restrict_vocab : compare so many shared words alone, the first ones in `a`, where the frequent
        ones stand; None or 0: all.
    sample : ask so many words for neighbours, drawn with `seed`; None or 0: all.
    align : False: no rotation; for vectors that are in one space, the one training having gone on
        from the other, or rotated already (`align_to` with anchors).

    Raises TypeError; ValueError where dimensions differ, fewer than two words are shared, or one
    has a vector with NaN.

    >>> import w2v
    >>> lines = [["tea", "with", "milk"], ["bread", "with", "butter"], ["milk", "or", "tea"]] * 50
    >>> first, second = (w2v.train(lines, vector_size=4, seed=seed, workers=1) for seed in (1, 2))
    >>> found = w2v.compare(first, second, neighbours=3)
    >>> found.n_shared, found.only_first, len(found.moved), found.kept.shape
    (6, [], 6, (6,))
    >>> round(w2v.compare(first, first.wv).mean_cosine, 6)
    1.0
    """
    selection = Selection(topn, neighbours, restrict_vocab, sample, seed)
    first, second = vectors_of(a, "a"), vectors_of(b, "b")
    named = [("a", first), ("b", second)]
    check_alike(named)
    check_dimensions("b", second, first)
    rows, n_shared = selection.rows(named)
    words = [first.words[row] for row in rows[0].tolist()]
    both = first._vectors, second._vectors
    cosines = cosines_of(*both, rows, align)
    shuffled = np.stack([rows[0], np.random.default_rng(selection.seed).permutation(rows[1])])
    tables = [table(run, words, some) for (_, run), some in zip(named, rows, strict=True)]
    drawn, k = selection.draw(len(words)), selection.k(len(words))
    near = [nearest(each, drawn, k) for each in tables]
    least = np.argsort(cosines, kind="stable")[: selection.topn].tolist()
    asked = [words[i] for i in least]
    before, after = (each.neighbours(asked, k) for each in tables)
    return Comparison(
        words,
        n_shared,
        lacking(first, second),
        lacking(second, first),
        cosines,
        float(cosines_of(*both, shuffled, align).mean()),
        drawn,
        in_common(*near),
        k,
        selection.seed,
        [
            Moved(words[i], float(cosines[i]), *each)
            for i, *each in zip(least, before, after, strict=True)
        ],
    )


def lacking(run: Store, other: Store) -> list[Any]:
    """Return the words of a run that another does not have, each once."""
    words = list(run.words)
    return list(dict.fromkeys(words[i] for i in np.flatnonzero(other.places(words) < 0).tolist()))


class Selection:
    """How many words are told, compared and asked; checked before anything is computed."""

    def __init__(
        self,
        topn: int,
        neighbours: int,
        restrict_vocab: int | None,
        sample: int | None,
        seed: int,
    ):
        self.topn: int = check_number("topn", topn, int, 0)
        self.neighbours: int = check_number("neighbours", neighbours, int, 1)
        self.most: int = 0 if restrict_vocab is None else restrict_vocab
        check_number("restrict_vocab", self.most, int, 0)
        self.sample: int = 0 if sample is None else check_number("sample", sample, int, 0)
        self.seed: int = check_number("seed", seed, int, 0)

    def rows(self, named: Sequence[tuple[str, Store]]) -> tuple[NDArray[np.int64], int]:
        """Return the rows of the words to compare, int64 (runs, n), and how many words are shared.

        Raises ValueError where they are fewer than two, or one of them has a vector with NaN.
        """
        rows = shared_rows([run for _, run in named])
        n_shared = rows.shape[1]
        rows = rows[:, : self.most or n_shared]
        if rows.shape[1] < 2:
            raise ValueError(
                f"there are {n_shared} words that all have, {rows.shape[1]} of them to compare; "
                "two or more are needed"
            )
        for (name, run), some in zip(named, rows, strict=True):
            check_finite(name, run, some)
        return rows, n_shared

    def draw(self, n: int) -> NDArray[np.int64]:
        """Return which of n words are asked, int64 (m,), rising."""
        if not 0 < self.sample < n:
            return np.arange(n)
        return np.sort(np.random.default_rng(self.seed).choice(n, self.sample, replace=False))

    def k(self, n: int) -> int:
        """Return how many neighbours each of n words has to look at."""
        return min(self.neighbours, n - 1)


def table(run: Store, words: list[Any], rows: NDArray[np.int64]) -> Neighbours:
    """Return some words of a run with their vectors, in this order: equal scores stand in it."""
    is_whole = np.array_equal(rows, np.arange(len(run)))  # then without a copy
    return Neighbours(words, run._vectors if is_whole else run._vectors[rows], shared=False)


def nearest(table: Neighbours, drawn: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Return the rows of the k words nearest to each one that is drawn, int64 (m, k)."""
    asked = [table.words[i] for i in drawn.tolist()]
    return table.neighbours(asked, k, arrays=True)[0]


def in_common(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of each row's entries that two tables have in common, float64 (m,).

    No entry may stand twice in a row.

    >>> in_common(np.array([[1, 2], [3, 4]]), np.array([[2, 1], [5, 3]]))
    array([1. , 0.5])
    """
    both = np.sort(np.concatenate([first, second], axis=1), axis=1)
    return (both[:, 1:] == both[:, :-1]).sum(axis=1) / first.shape[1]
