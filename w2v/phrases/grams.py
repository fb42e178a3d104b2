"""Grams: the words of each phrase and its score, after changes that were made to them by hand, too.

Owns the table by which sentences are joined. A gram is the words of a phrase: the first,
connectors, the last.
"""

import numbers
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

# Methods that change a dict.
CHANGES = (
    "__delitem__", "__ior__", "__setitem__", "clear", "pop", "popitem", "setdefault", "update",
)  # fmt: skip


class Scores(dict[str, float]):
    """The score of each phrase by how it is spelled: a dict that counts its changes.

    >>> scores = Scores({"new_york": 1.5})
    >>> del scores["new_york"]
    >>> scores.n_changes
    1
    """

    n_changes = 0


def counting(method: Callable[..., Any]) -> Callable[..., Any]:
    def change(scores: Scores, *arguments: Any, **named: Any) -> Any:
        scores.n_changes += 1
        return method(scores, *arguments, **named)

    return change


for name in CHANGES:
    setattr(Scores, name, counting(getattr(dict, name)))


class Table(NamedTuple):
    """What is joined, made of scores and a threshold.

    Attributes
    ----------
    made_of : what tells whether it is out of date: n_changes of the scores, and the threshold.
    known : dict from gram to score, of all phrases.
    used : of those above the threshold.
    starts : the same for _pairs.join_tokens.
    """

    made_of: tuple[int, float]
    known: dict[tuple[str, ...], float]
    used: dict[tuple[str, ...], float]
    starts: dict[str, dict[Any, tuple[str, float]]]


def table_of(
    known: dict[tuple[str, ...], float], made_of: tuple[int, float], delimiter: str
) -> Table:
    """Return the table of phrases that are known; the threshold itself is no phrase's score."""
    threshold = made_of[1]
    used = {gram: score for gram, score in known.items() if score > threshold}
    starts: dict[str, dict[Any, tuple[str, float]]] = {}
    for gram, score in used.items():
        ends: Any = gram[1] if len(gram) == 2 else gram[1:]
        starts.setdefault(gram[0], {})[ends] = delimiter.join(gram), score
    return Table(made_of, known, used, starts)


def spelled(grams: Mapping[tuple[str, ...], float], delimiter: str) -> Scores:
    """Return the score of each phrase, joined; the first one's of those that are spelled alike."""
    scores: dict[str, float] = {}
    for gram, score in grams.items():
        scores.setdefault(delimiter.join(gram), score)
    return Scores(scores)


def unspelled(
    scores: Scores,
    known: Mapping[tuple[str, ...], float],
    delimiter: str,
    connectors: Collection[str],
) -> dict[tuple[str, ...], float]:
    """Return the score of each gram, of scores by spelling: those known, and all ways of others.

    gensim looks phrases up by their spelling, so that new_york_city is any words that make it:
    new york_city and new_york city, or new and city around a connector york.

    Raises TypeError or ValueError naming what is no phrase or no score.
    """
    ways: dict[str, list[tuple[str, ...]]] = {}
    for gram in known:
        ways.setdefault(delimiter.join(gram), []).append(gram)
    found: dict[tuple[str, ...], float] = {}
    for joined, score in scores.items():
        if not isinstance(joined, str) or not isinstance(score, numbers.Real):
            raise TypeError(
                f"phrasegrams[{joined!r}]={score!r}: a phrase is a string with {delimiter!r} "
                "between its words, its score a number"
            )
        grams = ways.get(joined) or [
            (first, *between, last)
            for first, between, last in splits(joined, delimiter, connectors)
            if first and last and first not in connectors and last not in connectors
        ]
        if not grams:
            raise ValueError(
                f"phrasegrams[{joined!r}]: these are no words with {delimiter!r} between them"
            )
        found.update(dict.fromkeys(grams, float(score)))
    return found


def splits(
    joined: str, delimiter: str, connectors: Collection[str]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield the ways to take a spelling for a word, connectors between, and another word.

    The words may be connectors themselves, or empty: no phrases, which are left to the caller, who
    can so count the steps.

    >>> list(splits("bank_of_england", "_", {"of"}))
    [('bank', (), 'of_england'), ('bank', ('of',), 'england'), ('bank_of', (), 'england')]
    """
    parts = joined.split(delimiter) if delimiter else list(joined)
    for i in range(1, len(parts)):
        for j in range(i, len(parts)):
            if i < j and parts[j - 1] not in connectors:
                break
            yield delimiter.join(parts[:i]), tuple(parts[i:j]), delimiter.join(parts[j:])
