"""Params, Word2Vec and train(): weights, epochs, learning rate, threads, progress.

Owns a model in training. Which rows are updated is _core.pyx's; words and counts are vocab.py's.
V is the number of words, D the dimensions.
"""

import difflib
import json
import math
import numbers
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields

import numpy as np

from . import _core, native
from .corpus import Corpus, Draft, count_cores, encode, run_threads
from .joining import FrozenPhrases
from .phrases import detect
from .vectors import KeyedVectors
from .vocab import Vocabulary

# A chunk is what a thread trains on before it comes back for more: long enough that the return to
# Python does not show, short enough that threads end together.
MAX_CHUNK_IDS = 100_000
MIN_CHUNK_IDS = 1_000
CHUNKS_PER_WORKER = 16

# Rows of each matrix that every thread has copies of, and how many updates to a row all threads
# together may make unseen by each other; _kernel.h says why both.
PRIVATE_ROWS = 1024
UNSEEN_UPDATES = 256


def param(default, kind, meaning, low=None, high=None, open_low=False):
    """Declare a parameter: its type, what it means, and the range it must lie in."""
    metadata = dict(kind=kind, meaning=meaning, low=low, high=high, open_low=open_low)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Params:
    """The parameters of a model; names, meanings and defaults as in gensim 4 unless noted.

    Raises TypeError or ValueError naming the parameter, the value and the range it must lie in.
    """

    vector_size: int = param(100, int, "dimensions of the vectors", 1, 1_000_000)
    window: int = param(5, int, "words to each side of the centre that are context", 1, 2**31 - 1)
    min_count: int = param(5, int, "drop words that are rarer than this", 0, 2**62)
    max_final_vocab: int | None = param(
        None, int, "keep at most so many words, by raising min_count", 1, 2**30
    )
    sg: int = param(0, int, "1: skip-gram, 0: CBOW", 0, 1)
    hs: int = param(
        0, int, "1: hierarchical softmax, besides negative sampling unless that is 0", 0, 1
    )
    negative: int = param(5, int, "noise words for each centre; 0: no negative sampling", 0, 10_000)
    ns_exponent: float = param(0.75, float, "noise words are drawn by count ** this", -10, 10)
    alpha: float | None = param(
        None,
        float,
        "learning rate at the start; None: 0.025 for skip-gram, 0.05 for CBOW as in the C tool "
        "(gensim: 0.025 for both)",
        0,
        1,
        open_low=True,
    )
    min_alpha: float = param(
        0.0001, float, "learning rate at the end, falling in a straight line, at most alpha", 0, 1
    )
    sample: float = param(
        1e-3, float, "subsample words whose share of the corpus is above this; 0: none", 0, 1
    )
    epochs: int = param(5, int, "passes over the corpus", 1, 1_000_000)
    workers: int | None = param(
        None,
        int,
        "threads; None: all cores (gensim: 3). One gives the same bytes every run",
        1,
        4096,
    )
    seed: int = param(1, int, "of the first weights and all draws", 0, 2**63 - 1)
    cbow_mean: int = param(1, int, "1: CBOW takes the mean of the context, 0: the sum", 0, 1)
    shrink_windows: bool = param(
        True, bool, "whether a window's reach is drawn from 1 to window, or always window"
    )
    shared_noise: bool = param(
        True,
        bool,
        "whether skip-gram draws noise words once for all pairs of a window; False: for each pair "
        "as C and gensim do, at a quarter of the speed",
    )
    phrases: int = param(
        0,
        int,
        "passes of joining words that go together, new york to new_york, before the vocabulary is "
        "made; each learns from what the one before joined (w2v.Phrases with its defaults)",
        0,
        30,
    )
    kernel: str | None = param(
        None, str, "which of w2v.kernels() computes; None: $W2V_KERNEL or else the fastest"
    )
    exact: bool = param(
        False,
        bool,
        "the C tool's tokens, random stream, schedule and order of operations: its bytes, on one "
        "thread; the first word is </s>, which counts the lines",
    )

    def __post_init__(self):
        for parameter in fields(self):
            value = check(parameter.name, getattr(self, parameter.name), parameter)
            object.__setattr__(self, parameter.name, value)
        if not self.hs and not self.negative:
            raise ValueError("negative=0 with hs=0 leaves nothing to train: set one of them")
        if self.exact and self.workers not in (None, 1):
            raise ValueError(f"workers={self.workers}: exact runs on one thread; leave it out")
        if self.exact and self.kernel is not None:
            raise ValueError(f"kernel={self.kernel!r}: exact has a kernel of its own; leave it out")
        if self.exact and self.phrases:
            raise ValueError(
                f"phrases={self.phrases}: exact trains on the text as it is; run word2phrase first"
            )
        have = _core.kernel_names()
        if self.kernel_name not in (["exact"] if self.exact else have):
            source = "W2V_KERNEL" if self.kernel is None else "kernel"
            raise ValueError(
                f"{source}={self.kernel_name!r} is not available; this machine has "
                f"{', '.join(have)}"
            )

    @property
    def start_alpha(self) -> float:
        return self.alpha if self.alpha is not None else 0.025 if self.sg else 0.05

    @property
    def end_alpha(self) -> float:
        return min(self.min_alpha, self.start_alpha)

    @property
    def n_workers(self) -> int:
        return 1 if self.exact else self.workers or count_cores()

    @property
    def kernel_name(self) -> str:
        if self.exact:
            return "exact"
        return self.kernel or os.environ.get("W2V_KERNEL") or _core.kernel_names()[0]


def check(name: str, value, parameter):
    """Return `value` in the parameter's type; raises when it is of another or out of range."""
    kind, low, high = (parameter.metadata[key] for key in ("kind", "low", "high"))
    if value is None and parameter.default is None:
        return None
    if kind is bool:
        if isinstance(value, (bool, np.bool_)) or value in (0, 1):
            return bool(value)
        raise TypeError(f"{name}={value!r}: True or False is expected")
    if kind is str:
        if isinstance(value, str):
            return value
        raise TypeError(f"{name}={value!r}: a string is expected")
    wanted = numbers.Integral if kind is int else numbers.Real
    if not isinstance(value, wanted):
        what = "a whole number" if kind is int else "a number"
        raise TypeError(f"{name}={value!r} is of type {type(value).__name__}; {what} is expected")
    value = kind(value)
    too_low = value <= low if parameter.metadata["open_low"] else value < low
    if too_low or value > high or not math.isfinite(value):
        above = "above " if parameter.metadata["open_low"] else "from "
        raise ValueError(f"{name}={value} is out of range: {above}{low:,} to {high:,}")
    return value


@dataclass
class Progress:
    """How far training is; what a `progress` callable is given about ten times a second."""

    words: int  # trained or passed over so far, of all epochs
    total_words: int
    seconds: float  # since training began
    alpha: float  # learning rate now
    workers: int
    finished: bool  # this is the last one

    @property
    def share(self) -> float:
        return min(self.words / self.total_words, 1.0)

    @property
    def words_per_second(self) -> float:
        return self.words / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        return self.seconds * (1 / self.share - 1) if self.share else math.inf


@dataclass
class Report:
    """What a training run did."""

    tokens_read: int  # of the corpus, once
    words: int  # ids passed in all epochs, sentence marks included where they count
    words_trained: int  # of these, centre words that survived subsampling
    sentences: int  # in all epochs
    epochs: int
    seconds: float
    workers: int
    kernel: str
    spooled_bytes: int  # of ids kept in a temporary file instead of memory


class Word2Vec:
    """A word2vec model: vocabulary, weights, and the training of both.

    With `sentences` or `corpus_file` (as in gensim 4; see train for what they may be) the model is
    trained at once; else call build_vocab and train.

    Attributes
    ----------
    wv : KeyedVectors of the input vectors, which are what word2vec is after.
    vocabulary : Vocabulary.
    params : Params.
    output_vectors : float32 (V, D) of negative sampling, or None; C's syn1neg.
    node_vectors : float32 (V - 1, D) of the Huffman tree, or None; C's syn1.
    report : Report of the last training.
    totals : dict of what all trainings together did, named as in Report.
    phrases : list of FrozenPhrases, one a pass, that joined the corpus (with phrases=N); they are
        applied to what the model is trained on later, and can be to any other text.
    """

    def __init__(
        self, sentences=None, corpus_file=None, *, tokenizer=None, progress=None, **params
    ):
        self.params = make_params(params)
        self.vocabulary: Vocabulary | None = None
        self.wv: KeyedVectors | None = None
        self.output_vectors: np.ndarray | None = None
        self.node_vectors: np.ndarray | None = None
        self.report: Report | None = None
        self.totals = dict.fromkeys(("epochs", "words", "words_trained", "sentences", "seconds"), 0)
        self.phrases: list[FrozenPhrases] = []
        if sentences is not None and corpus_file is not None:
            raise ValueError("sentences and corpus_file are two names of the corpus; pass one")
        corpus = sentences if corpus_file is None else corpus_file
        if corpus is not None:
            self.fit(self.encode(corpus, tokenizer), progress=progress)

    def __repr__(self) -> str:
        size = f"{len(self.vocabulary):,} words" if self.vocabulary else "no vocabulary yet"
        return f"<Word2Vec: {size}, {self.params.vector_size} dimensions>"

    def __getattr__(self, name):
        if name in FORMER_NAMES:
            raise AttributeError(f"Word2Vec has no {name!r}; use {FORMER_NAMES[name]}")
        raise AttributeError(f"Word2Vec has no attribute {name!r}")

    def __getitem__(self, word):
        raise TypeError(f"a model holds no words itself; use model.wv[{word!r}]")

    def __contains__(self, word):
        raise TypeError(f"a model holds no words itself; use {word!r} in model.wv")

    def build_vocab(self, corpus, *, tokenizer=None) -> None:
        """Make the vocabulary from a corpus and give its words their first vectors."""
        self.encode(corpus, tokenizer)
        vectors = _core.move_rows(self.first_vectors(), self.params.vector_size)
        self.wv = KeyedVectors(self.vocabulary.words, vectors, self.vocabulary.counts)

    def train(self, corpus, *, tokenizer=None, epochs=None, progress=None) -> Report:
        """Train on a corpus against the vocabulary at hand, going on from the present weights.

        `epochs` None takes those of the parameters; the learning rate falls over this call as it
        did over the first. Words outside the vocabulary are passed over.
        """
        if self.vocabulary is None:
            raise ValueError("there is no vocabulary yet: call build_vocab(corpus) first")
        return self.fit(self.encode(corpus, tokenizer), epochs=epochs, progress=progress)

    def encode(self, corpus, tokenizer=None) -> Corpus:
        """Return the ids of a corpus; the vocabulary is made from it if there is none yet."""
        params = self.params
        self.vocabulary, ids = encode(
            corpus,
            vocabulary=self.vocabulary,
            tokenizer=tokenizer,
            min_count=params.min_count,
            max_final_vocab=params.max_final_vocab,
            workers=params.n_workers,
            mark=params.exact,  # C's word 0
            exact=params.exact,
            rework=self.join_phrases if params.phrases else None,
        )
        return ids

    def join_phrases(self, draft: Draft) -> None:
        """Join the phrases of a numbered corpus, learning them from it if there are none yet."""
        if self.vocabulary is None:
            self.phrases = detect(draft, self.params.phrases, self.params.n_workers)
            return
        for phrases in self.phrases:
            phrases.apply(draft, workers=self.params.n_workers)

    def fit(self, corpus: Corpus, *, epochs=None, progress=None) -> Report:
        """Train on an encoded corpus.

        The weights are written back even when training is interrupted, so that a model stopped
        with Ctrl-C can be used.

        Raises FloatingPointError when the weights grow beyond all bounds.
        """
        epochs = Params(epochs=self.params.epochs if epochs is None else epochs).epochs
        D, V = self.params.vector_size, len(self.vocabulary)
        if self.wv is not None and list(self.wv.index_to_key) != list(self.vocabulary.words):
            raise ValueError(
                "wv: its words are no longer those of the vocabulary, in that order (words were "
                "added or sorted), so training cannot go on; change a copy of wv instead"
            )
        inputs = self.first_vectors() if self.wv is None else padded(self.wv.vectors)
        outputs = nodes = None
        if self.params.negative:
            outputs = self.output_vectors
            outputs = _core.aligned_zeros(V, stride(D)) if outputs is None else padded(outputs)
        if self.params.hs:
            nodes = self.node_vectors
            nodes = _core.aligned_zeros(V - 1, stride(D)) if nodes is None else padded(nodes)
        run = Run(self.params, self.vocabulary, corpus, epochs, inputs, outputs, nodes)
        try:
            self.report = run.train(shower(progress))
            for name in self.totals:
                self.totals[name] += getattr(self.report, name)
        finally:
            self.wv = KeyedVectors(
                self.vocabulary.words, _core.move_rows(inputs, D), self.vocabulary.counts
            )
            self.output_vectors = None if outputs is None else _core.move_rows(outputs, D)
            self.node_vectors = None if nodes is None else _core.move_rows(nodes, D)
        return self.report

    def save(self, path) -> None:
        """Write the whole model to a native file: what load needs to go on training.

        These are the vectors, both output matrices, words and counts, parameters, `phrases`,
        `report` and `totals`. The random numbers of a training follow from its seed alone, so there is no other
        state. The file appears whole or not at all, and KeyedVectors.load opens it, too.

        Raises ValueError when there is nothing to save yet; OSError naming the path.
        """
        if self.wv is None:
            raise ValueError("there is nothing to save yet: call build_vocab(corpus) first")
        if os.fspath(path).lower().endswith((".npz", ".parquet")):
            raise ValueError(
                f"path={os.fspath(path)!r}: such a file holds vectors only; name the model's "
                "otherwise, or save its vectors with model.wv.save"
            )
        arrays = {
            "input_vectors": self.wv.vectors,
            "output_vectors": self.output_vectors,
            "node_vectors": self.node_vectors,
            "counts": self.vocabulary.counts,
        }
        about = {
            "params": asdict(self.params),
            "has_mark": self.vocabulary.has_mark,
            "report": self.report and asdict(self.report),
            "totals": self.totals,
            "phrases": [phrases.as_dict() for phrases in self.phrases],
        }
        metadata = {name: json.dumps(value) for name, value in about.items()}
        native.write(path, self.vocabulary.words, arrays, metadata)

    @classmethod
    def load(cls, path, mmap: str | None = "c", **params) -> "Word2Vec":
        """Open a model that save wrote; training it goes on as if it had never left memory.

        Parameters
        ----------
        mmap : whether the matrices are the file, mapped; see KeyedVectors.load. Training copies
            them first, so the file never changes.
        params : parameters to change, such as workers=8, or kernel=None on another machine.

        Raises FileNotFoundError; TypeError or ValueError naming the file and what is wrong with it,
        or the parameter.
        """
        arrays, metadata, words = native.read(path, mmap)
        path = os.fspath(path)
        if "params" not in metadata:
            raise ValueError(
                f"{path!r} holds vectors only: open it with KeyedVectors.load; models are what "
                "Word2Vec.save writes"
            )
        model = cls()
        try:
            has_mark = model.restore(metadata, params)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            kind = TypeError if params and isinstance(error, TypeError) else ValueError
            raise kind(
                f"{path!r}: {error}; parameters can be changed on the way, as in "
                "Word2Vec.load(path, kernel=None)"
            ) from None
        vectors, counts = arrays["input_vectors"], arrays.get("counts")
        if vectors.shape[1] != model.params.vector_size:
            raise ValueError(
                f"{path!r}: vector_size={model.params.vector_size} for vectors of "
                f"{vectors.shape[1]} dimensions; it cannot change"
            )
        if counts is None or not len(counts) or counts.min() < 0:
            raise ValueError(f"{path!r}: the counts of the words are missing or below 0")
        if model.params.exact and not has_mark:
            raise ValueError(f"{path!r}: exact=True needs a model of exact mode from the start")
        model.vocabulary = Vocabulary(words, counts, has_mark)
        model.wv = KeyedVectors(words, vectors, model.vocabulary.counts)
        model.output_vectors = arrays.get("output_vectors")
        model.node_vectors = arrays.get("node_vectors")
        return model

    def restore(self, metadata: dict[str, str], params: dict) -> bool:
        """Take over what the metadata say, but for these parameters; return `has_mark`."""
        stored, has_mark, report, totals, phrases = (
            json.loads(metadata[name])
            for name in ("params", "has_mark", "report", "totals", "phrases")
        )
        self.params = make_params({**stored, **params})
        self.report = report and Report(**report)
        self.phrases = [FrozenPhrases.from_dict(each) for each in phrases]
        self.totals = {name: totals[name] for name in self.totals}
        if type(has_mark) is not bool or not all(
            isinstance(total, (int, float)) for total in self.totals.values()
        ):
            raise ValueError(f"has_mark={has_mark!r}, totals={totals!r}: damaged")
        return has_mark

    def first_vectors(self) -> np.ndarray:
        """Return random input vectors in padded rows, uniform in (-0.5, 0.5) / D as in C."""
        D, V = self.params.vector_size, len(self.vocabulary)
        try:
            vectors = _core.aligned_zeros(V, stride(D))
        except MemoryError:
            raise MemoryError(
                f"vector_size={D}: {V:,} words need {4 * V * stride(D) / 1e9:,.1f} GB for each "
                "matrix; lower vector_size or raise min_count"
            ) from None
        if self.params.exact:
            _core.fill_like_c(vectors, D)
            return vectors
        random = np.random.default_rng(self.params.seed)
        for start in range(0, V, 4096):
            rows = vectors[start : start + 4096, :D]
            rows[:] = (random.random(rows.shape, np.float32) - np.float32(0.5)) / np.float32(D)
        return vectors


# Names that code written for gensim may pass, and what to write instead.
GENSIM_NAMES = {
    "size": "this is vector_size since gensim 4",
    "iter": "this is epochs since gensim 4",
    **dict.fromkeys(
        ("batch_words", "hashfxn", "null_word", "sorted_vocab", "max_vocab_size", "comment"),
        "there is nothing here that it would change; leave it out",
    ),
}


# Names that a model had in older versions of gensim, or has there still, and what to use instead.
FORMER_NAMES = {
    **{
        name: f"model.wv.{name}"
        for name in (
            "most_similar", "most_similar_cosmul", "similar_by_word", "similar_by_vector",
            "similarity", "n_similarity", "distance", "doesnt_match", "wmdistance",
            "evaluate_word_pairs", "save_word2vec_format",
        )
    },
    "accuracy": "model.wv.evaluate_word_analogies",
    "vocab": "model.wv.key_to_index, or model.wv.get_vecattr(word, 'count') for counts",
    "index2word": "model.wv.index_to_key",
    "syn0": "model.wv.vectors",
    "syn0norm": "model.wv.get_normed_vectors()",
    "init_sims": "nothing, or model.wv.unit_normalize_all() for replace=True",
    "syn1neg": "model.output_vectors",
    "syn1": "model.node_vectors",
    "size": "model.params.vector_size",
    "iter": "model.params.epochs",
}  # fmt: skip


def make_params(params: dict) -> Params:
    known = [parameter.name for parameter in fields(Params)]
    for name in params:
        if name in GENSIM_NAMES:
            raise TypeError(f"parameter {name}={params[name]!r}: {GENSIM_NAMES[name]}")
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
            raise TypeError(f"unknown parameter {name}={params[name]!r}; {hint}")
    return Params(**params)


def stride(D: int) -> int:
    """Return how many floats a row of D takes in training: whole cache lines."""
    return -(-D // _core.ROW_FLOATS) * _core.ROW_FLOATS


def padded(vectors: np.ndarray) -> np.ndarray:
    """Return a copy of float (n, D) in aligned rows, float32 (n, stride(D)), zeros behind."""
    n, D = vectors.shape
    out = _core.aligned_zeros(n, stride(D))
    out[:, :D] = vectors
    return out


class Run:
    """One training run: some epochs over a corpus, on several threads."""

    def __init__(self, params, vocabulary, corpus, epochs, inputs, outputs, nodes):
        self.params, self.corpus, self.epochs = params, corpus, epochs
        self.inputs = inputs
        self.stop = np.zeros(1, np.int32)
        # A cache line each, so that threads counting do not slow each other down.
        self.counters = np.zeros((params.n_workers, 8), np.int64)
        self.total_words = epochs * (vocabulary.total if params.exact else corpus.n_words)
        if params.exact:
            self.segments = [np.concatenate(corpus.segments)]
            self.chunks = [(0, 0, len(self.segments[0]), 0)]
        else:
            self.segments = corpus.segments
            size = sum(map(len, self.segments)) // (params.n_workers * CHUNKS_PER_WORKER)
            size = min(max(size, MIN_CHUNK_IDS), MAX_CHUNK_IDS)
            self.chunks = corpus.chunks(size, vocabulary.has_mark)
        noise = paths = None
        if outputs is not None and params.exact:
            noise = vocabulary.c_noise_bounds(params.ns_exponent)
        elif outputs is not None:
            noise = vocabulary.noise_table(params.ns_exponent)
        if nodes is not None:
            paths = vocabulary.huffman_paths()
        keep = keep_thresholds(vocabulary, params)
        # With one thread there is nobody to merge with.
        merge_after = UNSEEN_UPDATES // params.n_workers if params.n_workers > 1 else 0
        self.workers = [
            _core.Worker(
                params.kernel_name,
                input_vectors=inputs,
                output_vectors=outputs,
                node_vectors=nodes,
                vector_size=params.vector_size,
                window=params.window,
                negative=params.negative,
                sg=params.sg,
                cbow_mean=params.cbow_mean,
                shrink_windows=params.shrink_windows,
                shared_noise=params.shared_noise,
                exact=params.exact,
                count_ends=vocabulary.has_mark,
                keep=keep,
                noise=noise,
                paths=paths,
                start_alpha=params.start_alpha,
                end_alpha=params.end_alpha,
                total_words=self.total_words,
                epoch_limit=vocabulary.total,
                n_copies=PRIVATE_ROWS if merge_after > 1 else 0,
                merge_after=merge_after,
                max_ids=max(stop - start for _, start, stop, _ in self.chunks),
                counters=counters,
                stop=self.stop,
            )
            for counters in self.counters
        ]

    def train(self, show: Callable[[Progress], None] | None) -> Report:
        tasks = (
            (epoch, number, chunk)
            for epoch in range(self.epochs)
            for number, chunk in enumerate(self.chunks)
        )
        lock = threading.Lock()
        begin = time.perf_counter()

        def work(i, stop):
            random = 0  # exact: one stream through all epochs, from state 0 (the thread's number)
            while not stop.is_set():
                with lock:
                    task = next(tasks, None)
                if task is None:
                    return
                epoch, number, (segment, start, end, before) = task
                if not self.params.exact:
                    # By place in the run, not by thread: which thread trains a chunk, and when,
                    # does not change what is drawn for it.
                    random = seed_of(self.params.seed, epoch, number)
                random = self.workers[i].train(
                    self.segments[segment][start:end],
                    random,
                    epoch * self.corpus.n_words + before,
                )

        def tick(finished=False):
            self.check_weights(self.inputs if finished else self.inputs[:64])
            if show is not None:
                show(self.progress(time.perf_counter() - begin, finished))

        try:
            run_threads(work, self.params.n_workers, tick)
        finally:
            self.stop[0] = 1
        seconds = time.perf_counter() - begin
        tick(finished=True)
        words, trained, sentences = self.counters.sum(axis=0)[:3].tolist()
        return Report(
            tokens_read=self.corpus.n_read,
            words=words,
            words_trained=trained,
            sentences=sentences,
            epochs=self.epochs,
            seconds=seconds,
            workers=self.params.n_workers,
            kernel=self.params.kernel_name,
            spooled_bytes=self.corpus.spooled_bytes,
        )

    def progress(self, seconds: float, finished: bool) -> Progress:
        words = int(self.counters[:, 0].sum())
        start, end = self.params.start_alpha, self.params.end_alpha
        alpha = start + (end - start) * min(words / self.total_words, 1)
        return Progress(words, self.total_words, seconds, alpha, self.params.n_workers, finished)

    def check_weights(self, rows: np.ndarray) -> None:
        """Raise FloatingPointError if a weight is not finite; NaN soon reaches frequent words."""
        for start in range(0, len(rows), 4096):
            if not np.isfinite(rows[start : start + 4096]).all():
                self.stop[0] = 1
                raise FloatingPointError(
                    f"alpha={self.params.start_alpha}: training diverged (weights are no longer "
                    f"finite); try alpha={self.params.start_alpha / 4:g}"
                )


def keep_thresholds(vocabulary: Vocabulary, params: Params) -> np.ndarray | None:
    """Return the largest draw that keeps each word, uint32 (V,): of 32 bits, or 16 when exact."""
    if params.sample == 0:
        return None
    keep = vocabulary.keep_probabilities(params.sample).astype(np.float64)
    if params.exact:
        return np.floor(keep * 2**16).astype(np.uint32)
    return np.maximum(np.ceil(keep * 2**32) - 1, 0).astype(np.uint32)


def seed_of(*numbers: int) -> int:
    """Return 64 bits that depend on all the numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


def shower(progress) -> Callable[[Progress], None] | None:
    """Return what shows progress: the callable given, the line on standard error, or nothing."""
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    return throttled(show_line, sys.stderr) if progress is True else progress or None


def throttled(show: Callable[[Progress], None], stream) -> Callable[[Progress], None]:
    """Pass on what a terminal can show; to a file or pipe one line a second, and the last."""
    interval = 0.1 if stream.isatty() else 1.0
    last = -interval

    def maybe_show(now: Progress) -> None:
        nonlocal last
        if now.finished or now.seconds - last >= interval:
            last = now.seconds
            show(now)

    return maybe_show


def show_line(now: Progress) -> None:
    print(
        f"\r{now.share:6.1%}  {now.words_per_second:,.0f} words/s  alpha {now.alpha:.5f}  "
        f"{duration(now.seconds_left)} left  ",
        end="\n" if now.finished else "",
        file=sys.stderr,
        flush=True,
    )


def duration(seconds: float) -> str:
    """Return hours, minutes and seconds as 0:00:00."""
    if seconds > 100 * 86_400:
        return "?"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def train(
    corpus, *, tokenizer: Callable[[str], Iterable[str]] | None = None, progress=None, **params
) -> Word2Vec:
    """Train word vectors on a corpus and return the model; its vectors are in `.wv`.

    Parameters
    ----------
    corpus : a path, a glob pattern, a directory, "-" for standard input, or a list of such:
        UTF-8 text, a sentence a line, tokens separated by blanks or tabs; gzip, bzip2, xz and zstd
        are undone. Or an iterable of sentences, each a list of str; it is read once, so a
        generator will do. No sentence is dropped or cut short, however long.
    tokenizer : splits strings into tokens; the corpus is then an iterable of strings, or paths,
        whose lines are split by it.
    progress : True shows a line on standard error, False nothing, None shows it on a terminal;
        or a callable, given a Progress about ten times a second.
    PARAMS

    Raises FileNotFoundError, TypeError or ValueError, before any training, naming the argument,
    the value and the remedy; FloatingPointError when training diverges.

    >>> model = train([["bread", "and", "butter"]] * 100, vector_size=8, sg=1)
    >>> model.wv.index_to_key
    ['bread', 'and', 'butter']
    """
    return Word2Vec(corpus, tokenizer=tokenizer, progress=progress, **params)


def describe_params() -> str:
    """Return the parameters as docstring lines, each with its default."""
    return "\n    ".join(
        f"{parameter.name} : {parameter.metadata['kind'].__name__}, default "
        f"{parameter.default!r}. {parameter.metadata['meaning']}."
        for parameter in fields(Params)
    )


if train.__doc__:  # python -OO has none
    train.__doc__ = train.__doc__.replace("PARAMS", describe_params())
