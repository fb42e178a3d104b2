"""Phrases that are known, joined: in sentences, and in texts whose words are numbered.

Owns FrozenPhrases and its file. How phrases are learned is in learning.py; what is done with each
token in _pairs.pyx.
"""

import itertools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import IO, Any, Protocol, overload

import numpy as np

from ..corpus import sources
from ..corpus.draft import Draft
from ..formats import strangers
from ..formats.gensim_files import is_pickle
from ..shared import paths, streams
from ..shared.checks import check_number, check_path, check_pickled, word_bytes
from ..shared.types import AnyPath, CorpusLike
from . import _pairs, gensim_phrases
from .grams import Scores, Table, spelled, table_of, unspelled

# The bytes of text that are written at once.
OUTPUT_BYTES = 1 << 20

# Where joined words rank among those first seen in the text: behind all of them.
JOINED_SIGHT = 1 << 62

FORMAT = "w2v phrases"

SETTINGS = ("min_count", "threshold", "delimiter", "scoring", "connector_words")


class Settings(Protocol):
    """The settings that Phrases and FrozenPhrases have."""

    @property
    def min_count(self) -> float: ...
    @property
    def threshold(self) -> float: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def scoring(self) -> str | Callable[..., float] | None: ...
    @property
    def connector_words(self) -> frozenset[str]: ...


class Learned(Settings, Protocol):
    """What FrozenPhrases are made of: Phrases."""

    @property
    def grams(self) -> dict[tuple[str, ...], float]: ...


def describe_settings(phrases: Settings) -> dict[str, Any]:
    """Return the settings in types that JSON has; a scoring function is None."""
    return {
        "min_count": phrases.min_count,
        "threshold": phrases.threshold,
        "delimiter": phrases.delimiter,
        "scoring": phrases.scoring if isinstance(phrases.scoring, str) else None,
        "connector_words": sorted(phrases.connector_words),
    }


class FrozenPhrases:
    """The phrases that were found, without what they were found from; joins them in sentences.

    Attributes
    ----------
    phrasegrams : dict from each phrase, joined, to its score, as in gensim. It may be changed, or
        another dict assigned.
    threshold : phrases of higher scores are joined, at first all. It may be changed.
    grams : dict from the words of such a phrase (the first, connectors, the last) to its score.
    delimiter, connector_words, min_count, scoring : as they were for Phrases.

    >>> import w2v
    >>> corpus = [["new", "york", "has", str(i)] for i in range(20)]
    >>> frozen = w2v.Phrases(corpus, threshold=1).freeze()
    >>> frozen[["in", "new", "york"]]
    ['in', 'new_york']
    >>> for sentence in frozen[iter(corpus[:2])]:
    ...     print(sentence)
    ['new_york', 'has', '0']
    ['new_york', 'has', '1']
    """

    def __init__(self, phrases_model: Learned):
        if not all(hasattr(phrases_model, name) for name in (*SETTINGS, "grams")):
            raise TypeError(f"phrases_model: Phrases are expected, not {phrases_model!r:.60}")
        self.delimiter: str = phrases_model.delimiter
        self.connector_words: frozenset[str] = phrases_model.connector_words
        self.min_count: float = phrases_model.min_count
        self.threshold: float = phrases_model.threshold
        self.scoring = phrases_model.scoring  # None: a function that was not saved
        known = phrases_model.grams
        self.scores = spelled(known, self.delimiter)
        self.table_made = table_of(known, (0, self.threshold), self.delimiter)

    @property
    def phrasegrams(self) -> dict[str, float]:
        """The score of each phrase, joined; changes are obeyed.

        >>> frozen.phrasegrams["in_new"] = 2.0
        >>> frozen.threshold = 1.7
        >>> frozen[["in", "new", "york", "has"]]
        ['in_new', 'york', 'has']
        """
        return self.scores

    @phrasegrams.setter
    def phrasegrams(self, scores: Mapping[str, float]) -> None:
        n_changes = self.scores.n_changes + 1
        self.scores = Scores(scores)
        self.scores.n_changes = n_changes

    @property
    def grams(self) -> dict[tuple[str, ...], float]:
        """The score of each phrase above the threshold, by its words.

        >>> frozen.grams
        {('new', 'york'): 1.6875, ('york', 'has'): 1.6875}
        """
        return self.table().used

    def table(self) -> Table:
        """Return what is joined by, made anew where `phrasegrams` or `threshold` were changed."""
        made, wanted = self.table_made, (self.scores.n_changes, self.threshold)
        if made.made_of != wanted:
            check_number("threshold", self.threshold)
            known = made.known
            if made.made_of[0] != wanted[0]:
                known = unspelled(self.scores, known, self.delimiter, self.connector_words)
            self.table_made = made = table_of(known, wanted, self.delimiter)
        return made

    def __setstate__(self, state: dict[str, Any]) -> None:
        check_pickled(self, state, "scores")
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"<FrozenPhrases: {len(self.grams):,} phrases>"

    def __len__(self) -> int:
        return len(self.grams)

    @overload
    def __getitem__(self, sentence: AnyPath) -> "Joined": ...
    @overload
    def __getitem__(  # type: ignore[overload-overlap]  # a str is an iterable of str
        self, sentence: list[str] | tuple[str, ...]
    ) -> list[str]: ...
    @overload
    def __getitem__(self, sentence: CorpusLike) -> "Joined": ...
    def __getitem__(self, sentence: CorpusLike) -> "list[str] | Joined":
        """Join the phrases of a sentence, greedily from the left.

        A list of str gives a list of str. An iterable of sentences, or a path (see w2v.train),
        gives an iterable that joins them one by one, as often as the source can be iterated.
        """
        if isinstance(sentence, (str, os.PathLike)):
            return Joined(self, paths.find_files(sentence, "sentence"))
        is_single, sentences = is_sentence(sentence)
        return self.join(sentences) if is_single else Joined(self, sentences)

    def join(self, tokens: Iterable[str]) -> list[str]:
        return _pairs.join_tokens(tokens, self.table().starts, self.connector_words)

    def analyze_sentence(self, sentence: Iterable[str]) -> Iterator[tuple[str, float | None]]:
        """Yield the tokens of a sentence, phrases joined, each with its score or None.

        >>> list(frozen.analyze_sentence(["in", "new", "york"]))
        [('in', None), ('new_york', 1.6875)]
        """
        scores: list[float | None] = []
        starts = self.table().starts
        tokens = _pairs.join_tokens(sentence, starts, self.connector_words, scores)
        yield from zip(tokens, scores, strict=True)

    def score_candidate(
        self, word_a: str, word_b: str, in_between: Iterable[str] = ()
    ) -> tuple[str, float] | tuple[None, None]:
        """Return a phrase, joined, and its score; two None for what is no phrase.

        >>> frozen.score_candidate("new", "york"), frozen.score_candidate("york", "new")
        (('new_york', 1.6875), (None, None))
        """
        gram = (word_a, *in_between, word_b)
        score = self.grams.get(gram)
        return (None, None) if score is None else (self.delimiter.join(gram), score)

    def find_phrases(self, sentences: CorpusLike) -> dict[str, float]:
        """Return the score of each phrase that occurs in the sentences (token lists, or a path).

        >>> frozen.find_phrases([["in", "new", "york"], ["york"]])
        {'new_york': 1.6875}
        """
        found = {}
        for sentence in sentences_of(sentences):
            for token, score in self.analyze_sentence(sentence):
                if score is not None:
                    found[token] = score
        return found

    def export_phrases(self) -> dict[str, float]:
        """Return the score of each phrase, joined, by falling score.

        >>> frozen.export_phrases()
        {'new_york': 1.6875, 'york_has': 1.6875}
        """
        found = spelled(self.grams, self.delimiter)
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def apply(self, draft: Draft, runs: _pairs.Runs | None = None, workers: int = 1) -> int:
        """Join the phrases in a numbered text; returns how often that was done.

        `runs` are those that the text's connectors are folded into, if they are.
        """
        lexicon = draft.unify(workers)
        if runs is None:
            runs = _pairs.Runs()
            fold(draft, runs, self.connector_words)
        sight, rows = JOINED_SIGHT + lexicon.n_words, []
        for rank, gram in enumerate(self.grams):
            first, *between, last = (lexicon.number_of(word_bytes(word)) for word in gram)
            run = runs.find(between) if min(first, last, *between) >= 0 else -1
            if run >= 0:
                joined = word_bytes(self.delimiter.join(gram))
                rows.append((first, run, last, lexicon.add(joined, 0, sight + rank) + 1))
        pairs, table = _pairs.PairMap(), np.array(rows, np.int64).reshape(-1, 4)
        pairs.put(*table.T)
        roles = np.zeros(lexicon.n_words, np.uint8)
        roles[table[:, 0]] = 1
        roles[table[:, 2]] |= 2
        return join_segments(draft, pairs, roles, runs)

    def save(self, path: AnyPath) -> None:
        """Write the phrases, their scores and the settings as JSON.

        >>> frozen.save("phrases.json")
        """
        save_phrases(path, [self])

    @classmethod
    def load(cls, path: AnyPath) -> "FrozenPhrases":
        """Read what save wrote; raises FileNotFoundError, or ValueError naming what is wrong.

        FrozenPhrases and Phrasers of gensim (3.8 to 4.4) open, too, without running anything in
        their pickle. What gensim joins to one spelling is joined here, however it is split.

        >>> frozen.save("phrases.json")
        >>> w2v.FrozenPhrases.load("phrases.json")
        <FrozenPhrases: 2 phrases>
        """
        path = check_path("path", path)
        if is_pickle(path):
            gensims: Any = gensim_phrases.load_frozen(path)
            return cls(gensims)
        passes = load_phrases(path)
        if len(passes) != 1:
            raise ValueError(
                f"{os.fspath(path)!r} holds {len(passes)} passes; w2v.phrases.load_phrases "
                "returns them all"
            )
        return passes[0]

    def as_dict(self) -> dict[str, Any]:
        """Return all of this in types that JSON has."""
        grams = [[score, *gram] for gram, score in self.table().known.items()]
        return {**describe_settings(self), "phrases": grams}

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> "FrozenPhrases":
        """Make the phrases of what as_dict returned; raises ValueError when it is not that."""
        try:
            grams = {tuple(gram): float(score) for score, *gram in found["phrases"]}
            if not all(len(gram) > 1 and set(map(type, gram)) == {str} for gram in grams):
                raise ValueError("a phrase is two or more words")
            settings = {name: found[name] for name in SETTINGS}
            settings["connector_words"] = connector_set(settings["connector_words"])
            if not isinstance(settings["delimiter"], str):
                raise ValueError("the delimiter is a string")
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"these are no saved phrases: {error!r}") from None
        learned: Any = SimpleNamespace(grams=grams, **settings)
        return cls(learned)


# Its name in gensim 3, still widely used.
Phraser = FrozenPhrases


class Joined:
    """The sentences of a source with their phrases joined, made while they are iterated."""

    def __init__(self, phrases: FrozenPhrases, source: Any):
        self.phrases, self.source = phrases, source

    def __iter__(self) -> Iterator[list[str]]:
        for sentence in sentences_of(self.source):
            yield self.phrases.join(sentence)


def sentences_of(source: Any) -> Iterator[list[str]]:
    """Yield the token lists of a source: paths, or an iterable of them."""
    files = paths.find_files(source, "sentences")
    if files is not None:
        source = (split_line(line) for line in sources.read_lines(files))
    for index, sentence in enumerate(sources.read_sentences(source, None)):
        if isinstance(sentence, (str, bytes)):
            raise TypeError(
                f"sentences: item {index} is a plain string ({sentence[:40]!r}) where a list of "
                "tokens is expected; split it first"
            )
        yield sentence


def split_line(line: str) -> list[str]:
    """Return the tokens of a line by the rules for files: blanks and tabs, no carriage returns."""
    return [token for token in re.split("[ \t]", line.replace("\r", "")) if token]


def is_sentence(tokens: Any) -> tuple[bool, Iterable[Any]]:
    """Tell a sentence from an iterable of sentences by its first item; returns it whole again."""
    if not isinstance(tokens, Iterable) or isinstance(tokens, bytes):
        raise TypeError(
            f"a {type(tokens).__name__} is neither a list of tokens nor an iterable of such lists"
        )
    iterator = iter(tokens)
    nothing = object()
    first = next(iterator, nothing)
    if iterator is tokens and first is not nothing:  # a generator: what was taken goes back
        tokens = itertools.chain([first], iterator)
    return first is nothing or isinstance(first, str), tokens


def connector_set(words: Any) -> frozenset[str]:
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise TypeError(f"connector_words={words!r}: a set of words is expected")
    connectors = frozenset(words)
    if strange := [word for word in connectors if not isinstance(word, str)]:
        raise TypeError(f"connector_words: {strange[0]!r} is no string")
    return connectors


def fold(draft: Draft, runs: _pairs.Runs, connector_words: frozenset[str]) -> None:
    """Replace the connectors in a numbered text, whose numbers are one lexicon's, by runs."""
    is_connector = np.zeros(draft.lexicon.n_words, np.uint8)
    known = [draft.lexicon.number_of(word_bytes(word)) for word in connector_words]
    is_connector[[number for number in known if number >= 0]] = True
    if is_connector.any():
        runs.restart()
        for ids in draft.segments():
            runs.fold(ids, is_connector)


def join_segments(draft: Draft, pairs: _pairs.PairMap, roles: np.ndarray, runs: _pairs.Runs) -> int:
    """Join pairs in a numbered text, and count its words anew; returns how often two were joined.

    See _pairs.join_pairs for `pairs`, `roles` and `runs`.
    """
    segments = draft.store.segments
    counts = np.zeros(draft.lexicon.n_words, np.int64)
    order = sorted(segments)
    still_open: np.ndarray = np.empty(0, np.int32)
    n_joined = 0
    for index in order:
        ids = segments[index]
        if len(still_open):  # the last words of a segment that ended inside a line
            ids = np.concatenate([still_open, ids])
        kept, start, n = _pairs.join_pairs(ids, pairs, roles, runs, index == order[-1])
        still_open = ids[start:].copy()
        segments[index] = ids[:kept]
        n_joined += n
        _pairs.count_words(segments[index], counts)
    draft.take_words(draft.lexicon)
    draft.counts = counts
    return n_joined


def write_text(
    draft: Draft, file: IO[bytes], on_progress: Callable[[int], None] | None = None
) -> None:
    """Write a numbered text: words with single blanks between them, a line a sentence.

    `on_progress` is called with the number of words written so far.
    """
    speller = _pairs.Speller(*draft.lexicon.spellings())
    out = output_buffer(speller)
    n_words = 0
    for ids in draft.segments():
        start = 0
        while start < len(ids):
            n_taken, n_bytes = speller.spell(ids[start:], out)
            file.write(out[:n_bytes].data)
            start += n_taken
        if on_progress is not None:
            n_words += int(np.count_nonzero(ids >= 0))
            on_progress(n_words)


def output_buffer(speller: _pairs.Speller) -> np.ndarray:
    return np.empty(OUTPUT_BYTES + speller.longest(), np.uint8)


def save_phrases(path: AnyPath, passes: list[FrozenPhrases]) -> None:
    """Write the phrases of some passes to one JSON file."""
    with streams.replacing(path, compress=False) as file:
        write_phrases(file, passes)


def write_phrases(file: IO[bytes], passes: list[FrozenPhrases]) -> None:
    found = {"format": FORMAT, "version": 1, "passes": [phrases.as_dict() for phrases in passes]}
    file.write(json.dumps(found, indent=0).encode())


def load_phrases(path: AnyPath) -> list[FrozenPhrases]:
    """Read the phrases of all passes from a file of save_phrases.

    Raises FileNotFoundError, or ValueError naming what is wrong with the file.

    >>> from w2v import Phrases
    >>> frozen = Phrases([["new", "york"]] * 20, threshold=0.1).freeze()
    >>> save_phrases("passes.json", [frozen, frozen])
    >>> load_phrases("passes.json")
    [<FrozenPhrases: 1 phrases>, <FrozenPhrases: 1 phrases>]
    """
    path = check_path("path", path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path!r}: no such file of phrases")
    try:
        with streams.open_bytes(path) as file:
            data = file.read()
        if what := strangers.what_is(data[: strangers.HEAD_BYTES]):
            raise ValueError(what)
        found = json.loads(data)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError("these are no saved phrases")
        if found.get("version") != 1:
            raise ValueError(f"version {found.get('version')!r} is newer than this package")
        return [FrozenPhrases.from_dict(each) for each in found["passes"]]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"{path!r}: these are no saved phrases, or damaged: {error}") from None
