"""Phrases: pairs of words that stand together more often than chance, joined into one word.

Owns the scores and what is learned from a text. What is done with the phrases found is in
joining.py; the counting of each token in _pairs.pyx; the numbers of words in corpus/draft.py.
"""

import json
import math
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from ..corpus import _text
from ..corpus.draft import Draft
from ..formats.gensim_files import is_pickle
from ..shared import streams
from ..shared.checks import MAX_WORKERS, check_number, check_path, check_pickled, explains
from ..shared.threads import run_threads, usable_cores
from ..shared.types import AnyPath, CorpusLike, Tokenizer
from . import _pairs, gensim_phrases, saving
from .joining import FORMAT, SETTINGS, FrozenPhrases, Joined, connector_set, describe_settings, fold
from .scores import SCORERS


@dataclass
class Chosen:
    """The pairs that are phrases, by falling score: numbers of words and runs, scores."""

    firsts: np.ndarray
    runs: np.ndarray
    seconds: np.ndarray
    scores: np.ndarray


# Names that code written for gensim may pass, and what to write instead.
GENSIM_NAMES = {
    "common_terms": "this is connector_words since gensim 4",
}


class Phrases:
    """Counts the words and pairs of a text and tells which pairs are phrases.

    Names and meanings are gensim 4's, with these differences: sentences may be files; a pair is two
    words, not a spelling, so that the token `a_b` of a text is not counted with the pair a, b; and
    what is not frozen yet finds the same phrases as what is.

    Parameters
    ----------
    sentences : as the corpus of w2v.train: token lists, or paths, whose lines are sentences. No
        pair reaches over the end of one. None: call add_vocab.
    min_count : the default and npmi scores ignore pairs that are rarer; above 0.
    threshold : the score above which a pair is a phrase.
    max_vocab_size : how many different words and pairs may be counted, at 18 to 37 bytes a pair.
        Beyond it, checked after each segment of about a million tokens, the pairs seen once are
        dropped, then those seen twice, and so on, with a warning. Words are never dropped.
    delimiter : stands between the words of a phrase.
    scoring : "default" (original_scorer), "npmi", "word2phrase" (the C tool's; its usual threshold
        is 100), or a function of original_scorer's arguments, given by name for one pair a call.
    connector_words : words such as ENGLISH_CONNECTOR_WORDS, any number of which may stand inside a
        phrase, never at its ends; they have no weight in the score and are not counted.
    progress_per : taken as gensim takes it; progress does not depend on it.
    tokenizer, encoding, errors : how strings or files are read; see w2v.train.
    workers : threads that read and count; None: all cores. The outcome does not depend on them.

    Raises TypeError, ValueError or FileNotFoundError naming the argument, the value and the remedy.

    >>> import w2v
    >>> corpus = [["new", "york", "has", str(i)] for i in range(20)]
    >>> phrases = w2v.Phrases(corpus, threshold=1)
    >>> phrases
    <Phrases: 45 words and pairs of 80 tokens, min_count=5, threshold=1>
    >>> phrases[["in", "new", "york"]]
    ['in', 'new_york']
    """

    @explains(GENSIM_NAMES)
    def __init__(
        self,
        sentences: CorpusLike | None = None,
        min_count: float = 5,
        threshold: float = 10.0,
        max_vocab_size: int = 40_000_000,
        delimiter: str = "_",
        progress_per: int | None = None,
        scoring: str | Callable[..., float] = "default",
        connector_words: Iterable[str] = frozenset(),
        *,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        workers: int | None = None,
    ) -> None:
        self.min_count: float = check_number("min_count", min_count, None, 0, 2**62, above=True)
        self.threshold: float = check_number("threshold", threshold)
        self.max_vocab_size: int = check_number(
            "max_vocab_size", max_vocab_size, int, 0, 2**62, above=True
        )
        self.delimiter = delimiter
        self.scoring = scoring
        self.connector_words = connector_set(connector_words)
        self.n_workers = usable_cores()
        if workers is not None:
            self.n_workers = check_number("workers", workers, int, 1, MAX_WORKERS)
        self.check_settings()
        self.counting = threading.Lock()
        self.corpus_word_count = 0  # tokens, connectors included
        self.min_reduce = 1  # pairs counted less often than this may be missing
        self.lexicon: _text.Lexicon | None = None
        self.word_counts: np.ndarray = np.zeros(0, np.int64)  # by the numbers of the lexicon
        self.runs = _pairs.Runs()
        self.tables = [_pairs.PairMap(i, self.n_workers) for i in range(self.n_workers)]
        self.frozen: tuple[tuple[Any, ...], FrozenPhrases] | None = None
        if sentences is not None:
            self.add_vocab(sentences, tokenizer=tokenizer, encoding=encoding, errors=errors)

    def check_settings(self) -> None:
        if not isinstance(self.delimiter, str):
            raise TypeError(f"delimiter={self.delimiter!r}: a string is expected")
        if callable(self.scoring):
            return
        if self.scoring not in SCORERS:
            raise ValueError(
                f"scoring={self.scoring!r}: {', '.join(SCORERS)} or a function is expected"
            )
        low = {"default": "above 0", "npmi": "from -1 to 1", "word2phrase": "from 0 up"}
        is_good = {
            "default": self.threshold > 0,
            "npmi": -1 <= self.threshold <= 1,
            "word2phrase": self.threshold >= 0,
        }
        if not is_good[self.scoring]:
            raise ValueError(
                f"threshold={self.threshold} is out of range for scoring={self.scoring!r}: "
                f"{low[self.scoring]}"
            )

    def __repr__(self) -> str:
        return (
            f"<Phrases: {self.len_vocab:,} words and pairs of {self.corpus_word_count:,} tokens, "
            f"min_count={self.min_count:g}, threshold={self.threshold:g}>"
        )

    @property
    def n_words(self) -> int:
        """The number of different words, connectors left out."""
        return int(np.count_nonzero(self.word_counts))

    @property
    def n_pairs(self) -> int:
        """The number of different pairs."""
        return sum(table.n_pairs for table in self.tables)

    @property
    def len_vocab(self) -> int:
        """The number of different words and pairs."""
        return self.n_words + self.n_pairs

    def count_frequent(self) -> int:
        """Return how many different words and pairs occur at least `min_count` times.

        >>> phrases.count_frequent()
        5
        """
        least = math.ceil(self.min_count)
        return int(np.count_nonzero(self.word_counts >= least)) + len(self.entries(least)[0])

    @property
    def vocab(self) -> dict[str, int]:
        """The count of each word and each pair, spelled with the delimiter: a dict made anew.

        It takes some 200 bytes an entry. Pairs and words that are spelled alike are added up.

        >>> phrases.vocab["new"], phrases.vocab["new_york"]
        (20, 20)
        """
        words = self.all_words()
        word_counts: list[int] = self.word_counts.tolist()
        counts = {word: n for word, n in zip(words, word_counts, strict=True) if n}
        for first, run, second, count in zip(*(x.tolist() for x in self.entries()), strict=True):
            between = [words[i] for i in self.runs.words(run)]
            spelled = self.delimiter.join([words[first], *between, words[second]])
            counts[spelled] = counts.get(spelled, 0) + count
        return counts

    def all_words(self) -> list[str]:
        return self.lexicon.words(np.arange(len(self.word_counts))) if self.lexicon else []

    def add_vocab(
        self,
        sentences: CorpusLike,
        *,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
    ) -> None:
        """Count another text, too.

        >>> phrases.add_vocab([["of", "new", "york"]])
        >>> phrases.corpus_word_count
        83
        """
        with self.counting:  # the lexicon and the tables bear one text at a time
            draft = Draft([], False, lambda n_read: None, self.lexicon)
            draft.number(
                sentences, tokenizer, self.n_workers, False,
                encoding=encoding, errors=errors, mark_cuts=False,
            )  # fmt: skip
            self.learn(draft)

    def learn(self, draft: Draft, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Count the words and pairs of a numbered text, whose connectors are folded into runs.

        `on_progress` is called with the numbers of tokens and of different words and pairs so far.
        """
        self.lexicon, self.frozen = draft.unify(self.n_workers), None
        if self.lexicon.n_words > self.max_vocab_size:
            raise ValueError(
                f"max_vocab_size={self.max_vocab_size}: there are {self.lexicon.n_words:,} "
                "different words alone; raise it"
            )
        new = np.zeros(self.lexicon.n_words - len(self.word_counts), np.int64)
        self.word_counts = np.concatenate([self.word_counts, new])
        fold(draft, self.runs, self.connector_words)
        for table in self.tables:
            table.restart()
        n_dropped = 0
        for ids in draft.segments():
            self.corpus_word_count += _pairs.count_words(ids, self.word_counts)
            self.count_pairs(ids)
            n_dropped += self.drop_rare()
            if on_progress is not None:
                on_progress(self.corpus_word_count, self.len_vocab)
        if n_dropped:
            warnings.warn(
                f"max_vocab_size={self.max_vocab_size}: {n_dropped:,} pairs were dropped when they "
                f"had been seen less than {self.min_reduce} times; raise it if there is memory (at "
                "most 37 bytes a pair)",
                stacklevel=3,
            )

    def count_pairs(self, ids: np.ndarray) -> None:
        run_threads(lambda i, stop: self.tables[i].count(ids), len(self.tables))

    def drop_rare(self) -> int:
        """Drop rare pairs until the bound is kept; returns how many."""
        before = self.n_pairs
        while self.len_vocab > self.max_vocab_size:
            for table in self.tables:
                table.drop_rare(self.min_reduce)
            self.min_reduce += 1
        return before - self.n_pairs

    def entries(self, least: int = 1) -> list[np.ndarray]:
        """Return firsts, runs, seconds and counts of the pairs counted at least so often."""
        tables = [table.entries(least) for table in self.tables]
        return [np.concatenate(arrays) for arrays in zip(*tables, strict=True)]

    def choose(self) -> Chosen:
        """Score the pairs and return those above the threshold."""
        least = 1
        if isinstance(self.scoring, str):
            # What is rarer has no score above the threshold.
            is_npmi = self.scoring == "npmi"
            least = math.ceil(self.min_count) if is_npmi else math.floor(self.min_count) + 1
        firsts, runs, seconds, counts = self.entries(least)
        scores = self.scores(self.word_counts[firsts], self.word_counts[seconds], counts)
        kept = np.flatnonzero(scores > self.threshold)
        firsts, runs, seconds, scores = firsts[kept], runs[kept], seconds[kept], scores[kept]
        sights = self.lexicon.first_sights() if self.lexicon else np.zeros(0, np.int64)
        # The order of first sights, unlike that of numbers, does not depend on threads.
        order = np.lexsort((sights[seconds], runs, sights[firsts], -scores))
        return Chosen(firsts[order], runs[order], seconds[order], scores[order])

    def scores(
        self, worda_counts: np.ndarray, wordb_counts: np.ndarray, bigram_counts: np.ndarray
    ) -> np.ndarray:
        common: dict[str, Any] = dict(
            len_vocab=self.len_vocab,
            min_count=self.min_count,
            corpus_word_count=self.corpus_word_count,
        )
        if isinstance(self.scoring, str):
            return SCORERS[self.scoring](worda_counts, wordb_counts, bigram_counts, **common)
        counts = worda_counts, wordb_counts, bigram_counts
        triples = zip(*(array.tolist() for array in counts), strict=True)
        return np.array(
            [
                self.scoring(worda_count=a, wordb_count=b, bigram_count=ab, **common)
                for a, b, ab in triples
            ],
            np.float64,
        )

    @property
    def grams(self) -> dict[tuple[str, ...], float]:
        """The score of each phrase, by its words: the first, connectors, the last.

        >>> phrases.grams
        {('new', 'york'): 1.6875, ('york', 'has'): 1.6875}
        """
        chosen = self.choose()
        lexicon = self.lexicon or _text.Lexicon()
        between = {
            run: lexicon.words(np.array(self.runs.words(run), np.int64))
            for run in set(chosen.runs.tolist())
        }
        words = [lexicon.words(ids.astype(np.int64)) for ids in (chosen.firsts, chosen.seconds)]
        return {
            (first, *between[run], second): score
            for first, second, run, score in zip(
                *words, chosen.runs.tolist(), chosen.scores.tolist(), strict=True
            )
        }

    def freeze(self) -> "FrozenPhrases":
        """Return the phrases alone, without the counts, to be changed at will.

        >>> phrases.freeze()
        <FrozenPhrases: 2 phrases>
        """
        return FrozenPhrases(self.current())

    def current(self) -> "FrozenPhrases":
        """Return the phrases by which sentences are joined."""
        # Settings may be changed between calls, as gensim's users do.
        settings = (self.min_count, self.threshold, self.scoring, self.delimiter)
        if self.frozen is None or self.frozen[0] != settings:
            self.check_settings()
            self.frozen = settings, FrozenPhrases(self)
        return self.frozen[1]

    @overload
    def __getitem__(self, sentence: AnyPath) -> Joined: ...
    @overload
    def __getitem__(  # type: ignore[overload-overlap]  # a str is an iterable of str
        self, sentence: list[str] | tuple[str, ...]
    ) -> list[str]: ...
    @overload
    def __getitem__(self, sentence: CorpusLike) -> Joined: ...
    def __getitem__(self, sentence: CorpusLike) -> list[str] | Joined:
        """Join the phrases of a sentence, or of each of many; see FrozenPhrases."""
        return self.current()[sentence]

    def analyze_sentence(self, sentence: Iterable[str]) -> Iterator[tuple[str, float | None]]:
        """Yield the tokens of a sentence, phrases joined, each with its score or None.

        >>> list(phrases.analyze_sentence(["in", "new", "york"]))
        [('in', None), ('new_york', 1.6875)]
        """
        return self.current().analyze_sentence(sentence)

    def score_candidate(
        self, word_a: str, word_b: str, in_between: Iterable[str] = ()
    ) -> tuple[str, float] | tuple[None, None]:
        """Return a phrase, joined, and its score; two None for what is no phrase.

        >>> phrases.score_candidate("new", "york")
        ('new_york', 1.6875)
        """
        return self.current().score_candidate(word_a, word_b, in_between)

    def find_phrases(self, sentences: CorpusLike) -> dict[str, float]:
        """Return the score of each phrase that occurs in the sentences.

        >>> phrases.find_phrases([["in", "new", "york"], ["york"]])
        {'new_york': 1.6875}
        """
        return self.current().find_phrases(sentences)

    def export_phrases(self) -> dict[str, float]:
        """Return the score of each phrase, joined, by falling score.

        >>> phrases.export_phrases()
        {'new_york': 1.6875, 'york_has': 1.6875}
        """
        return self.current().export_phrases()

    def save(self, path: AnyPath) -> None:
        """Write all counts and settings to a NumPy .npz file, from which counting can go on.

        A scoring function is not saved: pass it to load.

        >>> phrases.save("counts.npz")
        """
        settings = {
            "format": FORMAT,
            "version": 1,
            **describe_settings(self),
            **saving.progress_of(self),
        }
        with streams.replacing(path, compress=False) as file:
            settings_bytes = np.frombuffer(json.dumps(settings).encode(), np.uint8)
            np.savez(file, settings=settings_bytes, **saving.counts_of(self))

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle, copy and deepcopy keep: the settings and all counts."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        return dict(
            settings=settings, progress=saving.progress_of(self), counted=saving.counts_of(self)
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        check_pickled(self, state, "settings")
        self.__init__(**state["settings"])  # type: ignore[misc]
        saving.restore(self, state["counted"], state["progress"])

    @classmethod
    def load(
        cls,
        path: AnyPath,
        scoring: str | Callable[..., float] | None = None,
        workers: int | None = None,
    ) -> "Phrases":
        """Read what save wrote; `scoring` replaces the scoring that was saved.

        Phrases of gensim (3.8 to 4.4) open, too, without running anything in their pickle. gensim
        keeps a pair by its spelling, which is taken apart into words that were counted.

        Raises FileNotFoundError, or ValueError when the file is not one of these.

        >>> phrases.save("counts.npz")
        >>> w2v.Phrases.load("counts.npz")
        <Phrases: 45 words and pairs of 80 tokens, min_count=5, threshold=1>
        """
        path = check_path("path", path)
        if is_pickle(path):
            return gensim_phrases.load_counted(cls, path, scoring, workers)
        try:
            arrays = saving.read_arrays(path)
            settings = json.loads(arrays["settings"].tobytes())
            if (settings["format"], settings["version"]) != (FORMAT, 1):
                raise ValueError("another format or version")
            if scoring is None and settings["scoring"] is None:
                raise TypeError(f"{path!r} was saved with a scoring function; pass it as scoring=")
            given = {name: settings[name] for name in (*SETTINGS, "max_vocab_size")}
            given["scoring"] = scoring or settings["scoring"]
            phrases = cls(**given, workers=workers)
            saving.restore(phrases, arrays, settings)
        except saving.DAMAGE as error:
            raise ValueError(f"{path!r} is not what Phrases.save writes: {error}") from None
        return phrases


def detect(
    draft: Draft,
    passes: int,
    workers: int,
    on_pass: Callable[[Phrases, int], None] | None = None,
    **settings: Any,
) -> list[FrozenPhrases]:
    """Learn phrases from a numbered text and join them in it, again and again.

    Each pass may join what the one before joined, so each can double the length of phrases.
    `settings` are those of Phrases; `on_pass` is called after each pass with what was learned and
    how often words were joined. Returns the phrases of each pass.
    """
    found = []
    for _ in range(passes):
        phrases = Phrases(workers=workers, **settings)
        phrases.learn(draft)
        found.append(phrases.current())
        n_joined = found[-1].apply(draft, phrases.runs)
        if on_pass is not None:
            on_pass(phrases, n_joined)
    return found
