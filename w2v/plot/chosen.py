"""Chosen: the words that a picture shows, their vectors, and an order where like stands by like."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..vectors import search
from ..vectors.keyed import KeyedVectors
from ..vectors.spelling import check_words

# Of so many words an error says that they are wrong.
MOST_NAMED = 5


def keyed(wv: Any, argument: str = "wv") -> KeyedVectors:
    """Return KeyedVectors of what a picture is asked of; they share its memory.

    That is KeyedVectors, ours or gensim's, a model that has them, or a pair (words, vectors).

    >>> keyed((["tea", "milk"], np.eye(2)))
    <KeyedVectors: 2 words x 2 dimensions>
    """
    wv = getattr(wv, "wv", wv)
    if isinstance(wv, KeyedVectors):
        return wv
    words, vectors = getattr(wv, "index_to_key", None), getattr(wv, "vectors", None)
    counts = getattr(wv, "expandos", {}).get("count")
    if isinstance(wv, tuple) and len(wv) == 2:
        words, vectors = wv
    if words is None or vectors is None:
        raise TypeError(
            f"{argument}: a {type(wv).__name__} is given; KeyedVectors, a model that has them, or "
            "a pair (words, vectors) is expected"
        )
    vectors = np.asarray(vectors)
    if vectors.dtype.kind != "f":
        vectors = vectors.astype(np.float32)
    return KeyedVectors(list(words), vectors, counts)


def rows_of(kv: KeyedVectors, words: Iterable[Any], argument: str = "words") -> NDArray[np.int64]:
    """Return the rows of words, int64 (n,), n > 0.

    Raises TypeError for one word in place of a list; ValueError naming all unknown words.
    """
    if isinstance(words, (str, bytes)):
        raise TypeError(f"{argument}={words!r}: a list of words is expected, [{words!r}]")
    given = list(words)
    if not given:
        raise ValueError(f"{argument}=[]: there is nothing to draw; name some words")
    check_words(kv, given)
    return kv.rows_of(given)


def check_pair(pair: Any, argument: str, example: str) -> tuple[Any, Any]:
    """Return a pair of words; raises ValueError, showing an example, for anything else."""
    given: Any = pair if isinstance(pair, str) else list(pair)
    if isinstance(given, str) or len(given) != 2:
        raise ValueError(f"{argument}: {given!r} is no pair of words; a list of pairs is expected, "
                         f"such as [{example}]")  # fmt: skip
    return given[0], given[1]


def vectors_at(kv: KeyedVectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the vectors of rows, float32 (n, D): copies.

    Raises ValueError naming the words whose vectors hold NaN or infinite numbers.
    """
    vectors = kv.frozen_vectors()[rows].astype(np.float32)
    wrong = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(wrong):
        named = " ".join(spelling(kv.words[row]) for row in rows[wrong[:MOST_NAMED]].tolist())
        more = f" and {len(wrong) - MOST_NAMED:,} more" if len(wrong) > MOST_NAMED else ""
        raise ValueError(
            f"the vectors of {named}{more} hold NaN or infinite numbers, which cannot be drawn: "
            "leave these words out"
        )
    return vectors


def spelling(word: Any) -> str:
    """Return a key as a picture shows it: bytes that are no UTF-8 as U+FFFD, blanks as such."""
    return " ".join(str(word).encode("utf-8", "replace").decode().split("\n"))


def labels_of(kv: KeyedVectors, rows: NDArray[np.int64]) -> list[str]:
    return [spelling(kv.words[row]) for row in rows.tolist()]


def by_likeness(distances: np.ndarray) -> NDArray[np.int64]:
    """Return an order of n things in which like ones stand together, int64 (n,).

    `distances` is (n, n). The two nearest groups are joined until one is left, near being the mean
    of all distances between their members (average linkage), each time with those ends side by side
    that are nearest to each other.

    >>> places = np.array([0.0, 9.0, 1.0, 8.0])
    >>> by_likeness(abs(places - places[:, np.newaxis]))
    array([0, 2, 3, 1])
    """
    between = np.array(distances, np.float64)
    np.fill_diagonal(between, np.inf)
    groups = [[i] for i in range(len(between))]
    for _ in range(len(groups) - 1):
        a, b = sorted(divmod(int(between.argmin()), len(between)))
        first, second = groups[a], groups[b]
        turned = [(one, other) for one in (first, first[::-1]) for other in (second, second[::-1])]
        one, other = min(turned, key=lambda pair: distances[pair[0][-1], pair[1][0]])
        mean = len(first) * between[a] + len(second) * between[b]
        between[a] = between[:, a] = mean / (len(first) + len(second))
        between[a, a] = np.inf
        between[b] = between[:, b] = np.inf
        groups[a] = one + other
    return np.array(groups[0] if groups else [], np.int64)


def cosine_distances(vectors: np.ndarray) -> NDArray[np.float32]:
    """Return 1 - cosine of all rows with all rows, float32 (n, n)."""
    unit = search.unit(vectors)
    return 1 - unit @ unit.T
