"""Estimates: how long a training will take, how much memory and space, before it is begun.

Owns what follows from a sample of the corpus and from a moment of the real training on it. V is the
number of words, D the dimensions; N tokens are the corpus, n of them the sample.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.ids import Corpus, memory_limit
from ..corpus.sampling import Sample, sampled
from ..corpus.vocabulary import Vocabulary
from ..formats.ids import Ids
from ..shared.amounts import parse_seconds, sized
from ..shared.memory import free_bytes
from ..shared.progress import Show, duration
from ..shared.types import AnyPath, CorpusLike, Tokenizer, TrimRule
from .arguments import EstimateArguments, takes
from .building import WORD_BYTES
from .callbacks import Callbacks, check_callbacks
from .foresight import model_bytes, training_need
from .params import Params
from .report import Report
from .run import Run
from .weights import stride
from .word2vec import Word2Vec

LINE = 80  # columns of what is printed

TRIAL_SECONDS = 0.5
# Of the matrices in the trial, at most: far more than caches have.
TRIAL_BYTES = 1 << 30
# Of a word while text is read, in the table of each thread.
READING_BYTES = 64
# Words seen so often in a sample may well be seen there by chance.
BY_CHANCE = 2
# Seconds from which on they are told in days.
FOREVER = 100 * 86_400


@dataclass(frozen=True)
class Estimate:
    """What a training will take; what `estimate` returns.

    Bytes and times are guesses but for what follows from the parameters and, where the sample is
    the whole corpus, from its counts.

    Attributes
    ----------
    tokens : N, of the corpus; of the sample alone where `is_bounded` is False.
    sampled_tokens : n.
    is_whole : whether the sample is the whole corpus, so that tokens and words are counted.
    is_bounded : whether the size of the corpus is known: not of iterators, and others that have no
        length, which go on behind the sample.
    is_used_up : whether the corpus is an iterator, whose first tokens are gone now.
    vocabulary : V.
    growth : the exponent of Heaps' law in the sample.
    words : of an epoch, as the learning rate counts them: tokens of the vocabulary, mostly.
    words_per_second, reading_seconds, training_seconds, epochs, workers, kernel : as in a Report.
    weight_bytes, id_bytes, word_bytes : of matrices and their tables in training, of ids that stay
        in memory, and of words; for the latter counts what is more, to read or to train them.
    spooled_bytes, spool : of ids in a temporary file, and the folder that it is in.
    free_bytes : memory that is free now, None where it is not known.
    model_bytes, vectors_bytes : of the files of the model, and of its vectors in word2vec's binary
        format.
    remedies : which parameters, each alone, would let it fit into the memory that is free; none
        where it fits anyway.

    >>> import w2v
    >>> needs = w2v.estimate([["bread", "and", "butter"]] * 100, vector_size=8, sg=1)
    >>> needs.tokens, needs.vocabulary, needs.vectors_bytes
    (300, 3, 120)
    """

    tokens: int
    sampled_tokens: int
    is_whole: bool
    is_bounded: bool
    is_used_up: bool
    vocabulary: int
    min_count: int
    growth: float
    words: int
    epochs: int
    words_per_second: float
    workers: int
    kernel: str
    reading_seconds: float
    training_seconds: float
    weight_bytes: int
    id_bytes: int
    word_bytes: int
    spooled_bytes: int
    spool: str
    free_bytes: int | None
    model_bytes: int
    vectors_bytes: int
    remedies: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Of reading and training."""
        return self.reading_seconds + self.training_seconds

    @property
    def memory_bytes(self) -> int:
        """What it takes, besides what this process has: weights, ids and words."""
        return self.weight_bytes + self.id_bytes + self.word_bytes

    @property
    def fits(self) -> bool | None:
        """Whether that is free; None where it is not known."""
        return None if self.free_bytes is None else self.memory_bytes <= self.free_bytes

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, what follows from other numbers, too; JSON takes it."""
        derived = {name: getattr(self, name) for name in ("seconds", "memory_bytes", "fits")}
        return {**asdict(self), "remedies": list(self.remedies), **derived}

    def __repr__(self) -> str:
        return f"<Estimate: about {short(self.seconds)}, {sized(self.memory_bytes)} of memory>"

    def __str__(self) -> str:
        import textwrap  # here, since few need it

        return "\n".join(
            textwrap.fill(text, LINE, initial_indent=f"{name:<12}", subsequent_indent=" " * 12)
            for name, text in self.lines()
        )

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what people read: a name and a text for each line."""
        about = "" if self.is_whole else "about "
        tokens = f"{about}{self.tokens:,}" if self.is_bounded else f"{self.tokens:,} or more"
        if not self.is_bounded:
            tokens += "; how long the corpus is cannot be known, so all below is of these alone"
        elif not self.is_whole:
            tokens += f", from a sample of {self.sampled_tokens:,}"
        yield "tokens", tokens
        if self.is_used_up:
            yield "", "the corpus was an iterator; these are used up, make it anew to train"
        words = f"{about}{self.vocabulary:,} words, min_count={self.min_count}"
        if not self.is_whole and self.is_bounded:
            words += f"; grown by Heaps' law, (N / n)^{self.growth:.2f}"
        yield "vocabulary", words
        yield (
            "time",
            f"about {short(self.seconds)}: reading {short(self.reading_seconds)}, training "
            f"{short(self.training_seconds)} ({self.epochs} epochs of {about}{self.words:,} words, "
            f"{self.words_per_second:,.0f} words/s on {self.workers} threads, kernel "
            f"{self.kernel})",
        )
        yield (
            "memory",
            f"about {sized(self.memory_bytes)}: weights {sized(self.weight_bytes)}, ids "
            f"{sized(self.id_bytes)}, words {sized(self.word_bytes)}",
        )
        if self.spooled_bytes:
            yield "", f"and {sized(self.spooled_bytes)} of ids in a temporary file in {self.spool}"
        if self.free_bytes is not None:
            yield "", f"{sized(self.free_bytes)} are free: {self.verdict()}"
        yield (
            "files",
            f"model {sized(self.model_bytes)}, vectors in word2vec's binary format "
            f"{sized(self.vectors_bytes)}",
        )

    def verdict(self) -> str:
        """Say whether it fits, and what would."""
        if self.fits:
            return "it fits"
        if not self.remedies:
            return "it does not fit"
        return f"it does not fit; {' or '.join(self.remedies)} would"


def short(seconds: float) -> str:
    """Return seconds, or hours, minutes and seconds."""
    if seconds >= FOREVER:
        return f"{seconds / 86_400:,.0f} days"
    return f"{seconds:.1f} s" if seconds < 100 else duration(seconds)


@takes(EstimateArguments)
def estimate(
    corpus: CorpusLike,
    *,
    tokenizer: Tokenizer | None = None,
    encoding: str = "utf-8",
    errors: str | None = None,
    trim_rule: TrimRule | None = None,
    init: Any = None,
    compute_loss: bool | None = None,
    callbacks: Callbacks = (),
    checkpoint: AnyPath | None = None,
    checkpoint_every: Any = None,
    time_budget: Any = None,
    cluster: Any = None,
    progress: Show = None,
    **params: Any,
) -> Estimate:
    """Tell how long a training will take, how much memory and space, and whether it fits.

    Takes what train takes, and about a second. Files are read in several places, compressed ones
    from their beginning, 16 MB in all; lists of sentences in several places, other iterables from
    their beginning, 3,000,000 tokens. A sample that is all of the corpus tells tokens and
    vocabulary as they are. Of a larger corpus the vocabulary is estimated, by Heaps' law: where V_t
    words have t tokens or more of the n in the sample, V_t (N t / (n m))^b have m = min_count or
    more of N. Here t is m n / N, but 3 at least, since many words are seen once or twice by chance,
    and m at most; 2^b is how many times as many words all of the sample has as half of
    it. Speed is that of half a second of the training asked for, on all its threads, on the sample
    and rows for the whole vocabulary. What else runs on the machine, or does not while it is
    estimated, makes the difference.

    Parameters
    ----------
    ARGUMENTS

    `init`, `checkpoint_every` and `progress` change nothing here. Raises what train raises about
    arguments and the corpus; ValueError for standard input and pipes, which it would use up.

    >>> import w2v
    >>> needs = w2v.estimate([["bread", "and", "butter"]] * 100, vector_size=8, sg=1)
    >>> needs.seconds > 0, needs.is_whole
    (True, True)
    """
    import tempfile  # here, since few need it

    if cluster is not None:
        raise ValueError(f"cluster={cluster!r}: estimates are of one machine; leave it out")
    settings = Params(**params)
    has_copies = bool(check_callbacks(callbacks)) or checkpoint is not None
    budget = None if time_budget is None else parse_seconds("time_budget", time_budget)
    with sampled(corpus, tokenizer, encoding, errors) as sample:
        usual = {} if sample.is_whole else dict(min_count=1, max_final_vocab=None)
        model = Word2Vec(**{**params, **usual})
        ids = model.encode(sample.corpus, tokenizer, encoding, errors, trim_rule=trim_rule)
    whole = Whole(settings, sample, model.vocabulary, ids)
    report = whole.try_out(compute_loss)
    tokens, V = round(ids.n_read * whole.scale), len(whole.counts)
    words = round(whole.ids.n_words * whole.scale)
    need, free = training_need(settings, has_copies), free_bytes()
    all_ids = 4 * round((ids.n_read + ids.n_read_sentences) * whole.scale)
    id_bytes = min(all_ids, memory_limit())
    word_bytes = max(V * WORD_BYTES, whole.reading_bytes() - need.bytes(V, settings.vector_size))
    weight_bytes = need.bytes(V, settings.vector_size)
    reading = whole.reading_seconds()
    training = settings.epochs * words / report.words_per_second
    if budget is not None:
        training = min(training, max(budget - reading, 0.0))
    remedies: list[str] = []
    if free is not None and weight_bytes + id_bytes + word_bytes > free:
        remedies = need.remedies(whole.counts, max(free - id_bytes - word_bytes, 0))
    letters = whole.letters()
    return Estimate(
        tokens=tokens,
        sampled_tokens=ids.n_read,
        is_whole=sample.is_whole,
        is_bounded=sample.scale is not None,
        is_used_up=sample.is_used_up,
        vocabulary=V,
        min_count=settings.min_count,
        growth=whole.growth,
        words=words,
        epochs=settings.epochs,
        words_per_second=report.words_per_second,
        workers=report.workers,
        kernel=report.kernel,
        reading_seconds=reading,
        training_seconds=training,
        weight_bytes=weight_bytes,
        id_bytes=id_bytes,
        word_bytes=word_bytes,
        spooled_bytes=all_ids - id_bytes,
        spool=tempfile.gettempdir(),
        free_bytes=free,
        # Counts, and where words begin and are found, which for ids is as much.
        model_bytes=model_bytes(settings, V) + V * 24 + letters,
        vectors_bytes=len(f"{V} {settings.vector_size}\n")
        + V * (4 * settings.vector_size + 2)
        + letters,
        remedies=tuple(remedies),
    )


class Whole:
    """A whole corpus as its sample lets expect it.

    `vocabulary` and `ids` are the sample's, of all its words unless it is the whole itself.

    Attributes
    ----------
    counts : int64 (V,), falling, the words expected of the whole; the first one is the mark where
        there is one.
    kept : how many words of the sample are among them.
    rare : where those begin that the sample has the least of. They stand for all that it has none
        of: the words not seen have together about the share of those seen once (Good 1953,
        Biometrika 40).
    """

    def __init__(self, params: Params, sample: Sample, vocabulary: Vocabulary, ids: Corpus):
        self.params, self.sample, self.vocabulary = params, sample, vocabulary
        self.scale = 1.0 if sample.scale is None else sample.scale
        self.read, self.mark = ids, int(vocabulary.has_mark)
        seen = np.concatenate([segment[segment >= 0] for segment in ids.segments])
        self.growth = growth_of(seen, sample.ends)
        self.counts, self.kept, self.rare = vocabulary.counts, len(vocabulary), len(vocabulary)
        if not sample.is_whole:
            self.expect(vocabulary.counts)
        self.ids = self.renumbered(ids)

    def expect(self, counts: NDArray[np.int64]) -> None:
        """Find which words of the sample are to be kept, and how many others there will be."""
        m, words = max(self.params.min_count, 1), counts[self.mark :]
        least = min(max(round(m / self.scale), 1), m)
        self.kept = self.mark + int(np.count_nonzero(words >= least))
        if self.kept == self.mark:
            raise ValueError(
                f"min_count={m} leaves 0 of {len(words):,} words of a sample; lower it"
            )
        t = min(max(least, BY_CHANCE + 1), m)
        V = round(np.count_nonzero(words >= t) * (self.scale * t / m) ** self.growth)
        V = max(min(V, self.params.max_final_vocab or V), 1)
        self.kept = min(self.kept, V + self.mark)
        kept = counts[: self.kept]
        self.rare = self.mark + int(np.count_nonzero(kept[self.mark :] > kept[-1]))
        n_rare = V + self.mark - self.rare
        share = kept[-1] * (self.kept - self.rare) * self.scale / n_rare
        self.counts = np.full(V + self.mark, max(round(share), 1), np.int64)
        self.counts[: self.rare] = np.round(kept[: self.rare] * self.scale)

    def renumbered(self, ids: Corpus) -> Corpus:
        """Return the sample with the words that are kept, drawn among those they stand for."""
        random = np.random.default_rng(0)
        segments = []
        for segment in ids.segments:
            segment = segment[segment < self.kept]
            is_rare = segment >= self.rare
            segment[is_rare] = random.integers(
                self.rare, max(len(self.counts), self.rare + 1), is_rare.sum()
            )
            segments.append(segment)
        n_kept = sum(int(np.count_nonzero(each >= 0)) for each in segments)
        n_words = n_kept + (ids.n_sentences if self.mark else 0)
        return replace(ids, segments=segments, n_kept=n_kept, n_words=n_words)

    def try_out(self, compute_loss: bool | None) -> Report:
        """Train for a moment, and return the report."""
        params = self.params
        free = free_bytes()
        room = TRIAL_BYTES if free is None else min(TRIAL_BYTES, free // 4)
        row = training_need(params).padded * stride(params.vector_size) * 4
        n = min(len(self.counts), max(room // row, 1 + self.mark))
        segments = [each[each < n] for each in self.ids.segments]
        segments = [each for each in segments if len(each)]
        n_kept = sum(int(np.count_nonzero(each >= 0)) for each in segments)
        n_words = n_kept + self.ids.n_words - self.ids.n_kept
        ids = replace(self.ids, segments=segments, n_kept=n_kept, n_words=n_words)
        model = Word2Vec()
        model.params = params
        model.vocabulary = Vocabulary(Ids.of(np.arange(n)), self.counts[:n], bool(self.mark))
        rows = model.padded_rows(params)
        deadline = time.monotonic() + TRIAL_SECONDS
        return Run(
            params, model.vocabulary, ids, 0, rows, compute_loss=compute_loss, deadline=deadline
        ).train(None)

    def reading_seconds(self) -> float:
        """Return how long reading the whole will take."""
        numbering, taking = self.read.seconds, self.sample.seconds
        # Where there are several threads one of them unpacks while others number.
        seconds = max(numbering, taking) if self.params.n_workers > 1 else numbering + taking
        return seconds * self.scale

    def reading_bytes(self) -> int:
        """Return about how much the words take while they are read, in the tables of threads."""
        n = len(self.vocabulary) * self.scale**self.growth
        return round(READING_BYTES * n * self.params.n_workers ** (1 - min(self.growth, 1.0)))

    def letters(self) -> int:
        """Return about how many bytes the spellings of all words have together."""
        lengths = np.array(
            [
                len(str(word).encode("utf-8", "surrogateescape"))
                for word in self.vocabulary.words[: self.kept]
            ]
        )
        rare = lengths[self.rare :]
        n_rare = len(self.counts) - self.rare
        return int(lengths[: self.rare].sum() + (rare.mean() * n_rare if len(rare) else 0))


def growth_of(seen: NDArray[np.int32], ends: Sequence[float]) -> float:
    """Return b: twice as many tokens have 2^b times as many words.

    `seen` are the ids of a sample from several places, which end at these shares of it; half of it
    is every second place. (Heaps 1978, Information Retrieval, section 7.5: V = K n^b.)

    >>> growth_of(np.array([0, 1, 0, 2, 0, 3, 0, 4]), [0.5, 1])
    0.7369655941662062
    """
    parts = np.split(seen, np.round(np.array(ends) * len(seen)).astype(np.int64))
    half = np.concatenate(parts[: len(ends) : 2])
    n, n_half = (int(np.count_nonzero(np.bincount(each))) for each in (seen, half))
    if not n_half or len(seen) == len(half):
        return 0.0
    return min(math.log(n / n_half) / math.log(len(seen) / len(half)), 1.0)
