"""Phrases from files of gensim's, 3.8 to 4.4.

Owns how a spelling, which is all that gensim keeps of a pair, is taken apart into words again. The
files themselves are read by formats/gensim_files.py.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..corpus import _text
from ..formats.gensim_files import read_object
from ..formats.pickled import Held, Name, plain
from ..shared.checks import word_bytes
from ..shared.types import AnyPath
from . import saving
from .grams import splits

SCORINGS = {"original_scorer": "default", "npmi_scorer": "npmi"}

# Characters of all ways to split spellings, times those of the spellings: damage beyond it.
MOST_WAYS = 100

LEARNED = ("Phrases",)
FROZEN = ("FrozenPhrases", "Phraser")


def read_phrases(path: AnyPath, kinds: tuple[str, ...]) -> Held:
    """Read an object of gensim's whose class is one of these; raises ValueError for others."""
    held = read_object(path)
    if held.kind not in kinds:
        doors = {"Phrases": "w2v.Phrases.load", **dict.fromkeys(FROZEN, "w2v.FrozenPhrases.load")}
        door = doors.get(held.kind, "w2v.load")
        raise ValueError(f"{os.fspath(path)!r}: gensim's {held.kind}: {door} reads it")
    return held


def text_of(value: Any) -> str:
    """Return a string that 3.8 keeps as bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if not isinstance(value, str):
        raise ValueError(f"a {type(value).__name__} stands where a word is expected")
    return value


def settings_of(held: Held) -> dict[str, Any]:
    """Return the settings of Phrases or FrozenPhrases under our names."""
    scoring = held.state.get("scoring", "default")
    if isinstance(scoring, Name):
        scoring = SCORINGS.get(scoring.kind.rpartition(".")[2])
    connectors = held.state.get("connector_words", held.state.get("common_terms", ()))
    settings = {name: plain(held.state.get(name)) for name in ("min_count", "threshold")}
    for name, value in settings.items():
        if type(value) not in (int, float):
            raise ValueError(f"{name} is no number")
    if scoring not in SCORINGS.values() or not isinstance(connectors, (frozenset, set, tuple)):
        raise ValueError("scoring or connector_words are not those of gensim")
    return dict(
        **settings,
        delimiter=text_of(held.state.get("delimiter", "_")),
        scoring=scoring,
        connector_words=frozenset(map(text_of, connectors)),
    )


def all_splits(
    spellings: Iterable[str], settings: dict[str, Any]
) -> Iterator[tuple[str, tuple[str, ...], str, str]]:
    """Yield the ways to take spellings for a word, connectors between, and another; and what of."""
    delimiter, connectors = settings["delimiter"], settings["connector_words"]
    left = 1_000_000
    for spelling in spellings:
        left += MOST_WAYS * len(spelling)
        for way in splits(spelling, delimiter, connectors):
            left -= len(spelling)
            if left < 0:
                raise ValueError(f"{spelling[:40]!r} can be split in too many ways")
            yield *way, spelling


def frozen_of(held: Held) -> dict[str, Any]:
    """Return `grams` and the settings of FrozenPhrases, as FrozenPhrases takes them.

    gensim 4 keeps spellings and joins whatever words give one; so each way to split it is a phrase.
    """
    settings = settings_of(held)
    found: dict[Any, Any] = held.get("phrasegrams", dict, {})
    grams: dict[tuple[str, ...], float] = {}
    spelled: dict[str, float] = {}
    for gram, score in found.items():
        score = score[-1] if isinstance(score, tuple) and score else score  # (count, score) of 3.x
        if type(score := plain(score)) not in (int, float):
            raise ValueError("the score of a phrase is no number")
        if isinstance(gram, tuple):
            if len(gram) < 2:
                raise ValueError("a phrase is two or more words")
            grams[tuple(map(text_of, gram))] = float(score)
        else:
            spelled[text_of(gram)] = float(score)
    for first, between, last, spelling in all_splits(spelled, settings):
        if first and last:
            grams[(first, *between, last)] = spelled[spelling]
    return dict(grams=grams, **settings)


def load_counted(
    make: Callable[..., Any], path: str, scoring: str | Callable[..., float] | None,
    workers: int | None,
) -> Any:  # fmt: skip
    """Return the Phrases of a file, made by `make`, which is the class; see Phrases.load."""
    held = read_phrases(path, LEARNED)
    try:
        settings = settings_of(held)
        arrays, progress = counted_of(held, settings)
        settings["scoring"] = scoring or settings["scoring"]
        phrases = make(**settings, max_vocab_size=progress["max_vocab_size"], workers=workers)
        saving.restore(phrases, arrays, progress)
    except (TypeError, *saving.DAMAGE) as error:
        raise ValueError(f"{path!r}, gensim's Phrases: {error}") from None
    return phrases


def load_frozen(path: str) -> SimpleNamespace:
    """Return what FrozenPhrases are made of; see FrozenPhrases.load."""
    held = read_phrases(path, FROZEN)
    try:
        return SimpleNamespace(**frozen_of(held))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path!r}, gensim's {held.kind}: {error}") from None


def counted_of(held: Held, settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the counts of Phrases and the rest, as saving.restore takes them.

    What can be taken apart into two words of the text is a pair, of the most frequent words if
    there are several ways; what stands in a pair, as new_york in new_york_times, or cannot be taken
    apart, is a word.
    """
    vocab: dict[Any, Any] = held.get("vocab", dict, {})
    counts = {text_of(word): plain(count) for word, count in vocab.items()}
    if not all(type(count) is int and 0 <= count < 2**62 for count in counts.values()):
        raise ValueError("a count is no whole number")
    pairs: dict[str, tuple[str, tuple[str, ...], str]] = {}
    best: dict[str, int] = {}
    for first, between, last, spelling in all_splits(counts, settings):
        count = min(counts.get(first, -1), counts.get(last, -1))
        if count >= counts[spelling] and count > best.get(spelling, -1):
            pairs[spelling], best[spelling] = (first, between, last), count
    connectors = settings["connector_words"]
    for word in {word for first, _, last in pairs.values() for word in (first, last)}:
        pairs.pop(word, None)
    words = [word for word in counts if word not in pairs]
    words += sorted(connectors - counts.keys())
    number = {word: i for i, word in enumerate(words)}
    runs: dict[tuple[str, ...], int] = {(): 0}
    tree = []
    rows = []
    for spelling, (first, between, last) in pairs.items():
        for n in range(1, len(between) + 1):
            if between[:n] not in runs:
                runs[between[:n]] = len(runs)
                tree.append((runs[between[: n - 1]], number[between[n - 1]]))
        rows.append((number[first], runs[between], number[last], counts[spelling]))
    firsts, places, seconds, n_pairs = np.array(rows, np.int64).reshape(-1, 4).T
    parents, last_words = np.array([(0, 0), *tree], np.int64).T
    lexicon = _text.Lexicon()
    for i, word in enumerate(words):
        lexicon.add(word_bytes(word), 0, i)
    arena, offsets = lexicon.spellings()
    arrays = dict(
        arena=arena[: offsets[-1]], offsets=offsets, sights=lexicon.first_sights(),
        word_counts=np.array([counts.get(word, 0) for word in words], np.int64),
        run_parents=parents, run_words=last_words,
        firsts=firsts, runs=places, seconds=seconds, counts=n_pairs,
    )  # fmt: skip
    start = {"corpus_word_count": 0, "min_reduce": 1, "max_vocab_size": 40_000_000}
    return arrays, {name: held.get(name, int, value) for name, value in start.items()}
