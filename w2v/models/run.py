"""One training run: epochs, chunks, threads, learning rate, progress.

Owns what happens between weights before and weights after. Which rows are updated is _core.pyx's;
what a model is besides its weights is word2vec.py's. V is the number of words, D the dimensions.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
from ..shared.logs import log
from ..shared.threads import Queue, run_threads
from .params import Params
from .progress import Progress, Report

# A chunk is what a thread trains on in one call of Worker.train: long enough that the time in
# Python does not matter, short enough that threads end at about the same time.
MAX_CHUNK_IDS = 100_000
MIN_CHUNK_IDS = 1_000
CHUNKS_PER_WORKER = 16

# Rows of each matrix that every thread has copies of; core/kernel.h says why, and
# bench/results/choices.md why so many.
PRIVATE_ROWS = 256
# Of the steps of an epoch one in STEPS_PER_MEASURED is measured, or about MEASURED_STEPS if that is
# more: the mean of so many losses is within a few thousandths of that of all.
MEASURED_STEPS = 20_000
STEPS_PER_MEASURED = 64
# Updates of a copied row that all other threads together may make before a thread sees them;
# core/kernel.h says why that is bounded, and by how much more it can be.
UNSEEN_UPDATES = 128


def stride(D: int) -> int:
    """Return how many floats a row of D takes in training: whole cache lines."""
    return -(-D // _core.ROW_FLOATS) * _core.ROW_FLOATS


def zeros(n: int, D: int) -> np.ndarray:
    """Return zeros in aligned rows, float32 (n, stride(D)), in memory that has been written to.

    Threads that were the first to write to a page lost an update now and then.
    """
    out = _core.aligned_zeros(n, stride(D))
    out.fill(0)
    return out


def padded(vectors: np.ndarray) -> np.ndarray:
    """Return a copy of float (n, D) in aligned rows, float32 (n, stride(D)), zeros behind."""
    n, D = vectors.shape
    out = _core.aligned_zeros(n, stride(D))
    out[:, :D] = vectors
    return out


# Input vectors, output vectors and nodes in padded rows: see Shared.
Rows: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.float32] | None]


@dataclass(frozen=True)
class Shared:
    """What all workers of a run share besides its Params; what _core.Worker takes.

    Vectors are rows of `stride` floats, a multiple of ROW_FLOATS, and training changes them in
    place. What lies beyond the D columns is zero before and after.
    """

    input_vectors: np.ndarray  # float32 (V, stride)
    output_vectors: np.ndarray | None  # float32 (V, stride); None: no negative sampling
    node_vectors: np.ndarray | None  # float32 (V - 1, stride); None: no hierarchical softmax
    keep: np.ndarray | None  # uint32 (V,); see keep_thresholds; None: no subsampling
    noise: np.ndarray | None  # alias table, uint64 (V,); exact: bounds, int64 (V,)
    paths: tuple[np.ndarray, np.ndarray] | None  # of Huffman codes: see Vocabulary.huffman_paths
    total_words: int  # of the whole run, by which the rate falls from start_alpha to end_alpha
    epoch_limit: int  # exact: an epoch ends when it has read more words than this
    count_ends: bool  # whether the end of a sentence counts as a word
    max_ids: int  # of a chunk
    n_copies: int  # rows of each matrix that each thread has copies of; see core/kernel.h
    merge_after: int  # uses of a copied row after which its copy is merged
    stop: np.ndarray  # int32 (1,); training ends at the next batch when it is not 0
    locks: np.ndarray | None = None  # float32 (V,), factors of the input rows' updates; None: 1
    measured_gap: int = 0  # the loss of one step of so many is computed; 0: of none


class Run:
    """One training run: some epochs over a corpus, on several threads.

    `epochs_before` are those of earlier runs, whose random draws were others; `compute_loss` and
    `locks` are as in Word2Vec and Shared.
    """

    def __init__(
        self,
        params: Params,
        vocabulary: Vocabulary,
        corpus: Corpus,
        epochs_before: int,
        inputs: NDArray[np.float32],
        outputs: NDArray[np.float32] | None,
        nodes: NDArray[np.float32] | None,
        locks: NDArray[np.float32] | None = None,
        compute_loss: bool | None = None,
    ):
        self.params, self.corpus, self.epochs = params, corpus, params.epochs
        self.epochs_before = epochs_before
        self.inputs = inputs
        self.stop = np.zeros(1, np.int32)
        self.seconds = 0.0
        self.random = 0  # exact: one stream through all epochs, from state 0 (the thread's number)
        self.total_words = self.epochs * (vocabulary.total if params.exact else corpus.n_words)
        if params.exact:
            self.segments = [np.concatenate(corpus.segments)]
            self.chunks = [(0, 0, len(self.segments[0]), 0)]
        else:
            self.segments = corpus.segments
            size = sum(map(len, self.segments)) // (params.n_workers * CHUNKS_PER_WORKER)
            size = min(max(size, MIN_CHUNK_IDS), MAX_CHUNK_IDS)
            self.chunks = corpus.chunks(size, vocabulary.has_mark)
        gap = measured_gap(compute_loss, corpus.n_words)
        # Each thread has a chunk of each epoch, so a toy corpus is trained the same every run.
        self.n_threads = min(params.n_workers, len(self.chunks))
        # A cache line for each thread, so that counting does not slow others down.
        self.counters = np.zeros((self.n_threads, 8), np.int64)
        self.losses = np.zeros((self.n_threads, 8))  # sums of the chunk at hand; see Worker
        self.tally = Tally(self.epochs, len(self.chunks), gap)
        # These come before the Huffman tree, which reuses the memory that they give back.
        keep = keep_thresholds(vocabulary, params)
        noise = paths = None
        if outputs is not None and params.exact:
            noise = vocabulary.c_noise_bounds(params.ns_exponent)
        elif outputs is not None:
            noise = vocabulary.noise_table(params.ns_exponent)
        if nodes is not None:
            paths = vocabulary.huffman_paths(_core.ROW_FLOATS)
        # One thread works on the shared rows themselves.
        merge_after = UNSEEN_UPDATES // (self.n_threads - 1) if self.n_threads > 1 else 0
        shared = Shared(
            input_vectors=inputs,
            output_vectors=outputs,
            node_vectors=nodes,
            keep=keep,
            noise=noise,
            paths=paths,
            total_words=self.total_words,
            epoch_limit=vocabulary.total,
            count_ends=vocabulary.has_mark,
            max_ids=max(stop - start for _, start, stop, _ in self.chunks),
            n_copies=PRIVATE_ROWS if merge_after > 1 else 0,
            merge_after=merge_after,
            stop=self.stop,
            locks=locks,
            measured_gap=gap,
        )
        self.workers = [
            _core.Worker(params, shared, counters, losses)
            for counters, losses in zip(self.counters, self.losses, strict=True)
        ]

    def train(
        self, show: Callable[[Progress], object] | None, rests: "Rests | None" = None
    ) -> Report:
        """Train all epochs; with `rests` all threads rest between them, while it is called."""
        if rests is None:
            self.train_epochs(range(self.epochs), show)
        else:
            for epoch in range(self.epochs):
                rests.begin_epoch()
                self.train_epochs(range(epoch, epoch + 1), show)
                rests.end_epoch(self.report(epoch + 1))
        return self.report(self.epochs)

    def train_epochs(self, epochs: range, show: Callable[[Progress], object] | None) -> None:
        queue = Queue(
            (epoch, number, chunk) for epoch in epochs for number, chunk in enumerate(self.chunks)
        )
        begin, before = time.perf_counter(), self.seconds

        def work(i: int, stop: threading.Event) -> None:
            for epoch, number, chunk in queue:
                if stop.is_set():
                    return
                self.train_chunk(i, epoch, number, chunk)
                if self.tally.add(epoch, self.losses[i]):
                    self.tell(epoch, before + time.perf_counter() - begin)

        def tick(finished: bool = False) -> None:
            self.check_weights(self.inputs if finished else self.inputs[:64])
            if show is not None:
                seconds = before + time.perf_counter() - begin
                show(self.progress(seconds, finished and epochs.stop == self.epochs))

        run_threads(work, self.n_threads, tick, self.end)
        self.seconds = before + time.perf_counter() - begin
        tick(finished=True)

    def train_chunk(
        self, i: int, epoch: int, number: int, chunk: tuple[int, int, int, int]
    ) -> None:
        """Train a chunk on thread i, whose `losses` are then those of the chunk."""
        segment, start, end, before = chunk
        ids = self.segments[segment][start:end]
        words_before = epoch * self.corpus.n_words + before
        self.losses[i] = 0
        if self.params.exact:
            self.random = self.workers[i].train(ids, self.random, words_before)
            return
        # Seeded by the place in the run, not by thread: random draws for a chunk do not depend on
        # which thread trains it, or when.
        random = _core.seed_of(self.params.seed_number, self.epochs_before + epoch, number)
        self.workers[i].train(ids, random, words_before)

    def report(self, epochs: int) -> Report:
        """Return what was done in so many epochs."""
        words, trained, sentences, pairs = self.counters.sum(axis=0)[:4].tolist()
        return Report(
            tokens_read=self.corpus.n_read,
            words=words,
            words_trained=trained,
            sentences=sentences,
            pairs=pairs,
            epochs=epochs,
            seconds=self.seconds,
            workers=self.n_threads,
            kernel=self.params.kernel_name,
            spooled_bytes=self.corpus.spooled_bytes,
            seed=self.params.seed_number,
            losses=self.tally.means(epochs),
        )

    def tell(self, epoch: int, seconds: float) -> None:
        """Log that an epoch has ended."""
        words = int(self.counters[:, 0].sum())
        log(
            "info", "epoch %d of %d: %s words/s so far, loss %.4f", epoch + 1, self.epochs,
            f"{words / max(seconds, 1e-9):,.0f}", self.tally.mean(epoch),
        )  # fmt: skip

    def end(self) -> None:
        """Let threads return soon; they look at it between batches, exact between sentences."""
        self.stop[0] = 1

    def progress(self, seconds: float, finished: bool) -> Progress:
        words = int(self.counters[:, 0].sum())
        start, end = self.params.start_alpha, self.params.end_alpha
        alpha = start + (end - start) * min(words / self.total_words, 1)
        return Progress(
            words, self.total_words, seconds, alpha, self.n_threads, finished,
            loss=self.tally.mean(self.tally.latest),
        )  # fmt: skip

    def check_weights(self, rows: np.ndarray) -> None:
        """Raise FloatingPointError if a weight is not finite; NaN soon reaches frequent words."""
        for start in range(0, len(rows), 4096):
            if not np.isfinite(rows[start : start + 4096]).all():
                raise FloatingPointError(
                    f"alpha={self.params.start_alpha}: training diverged (weights are no longer "
                    f"finite); try alpha={self.params.start_alpha / 4:g}"
                )


class Rests(Protocol):
    """What is done between the epochs of a run, while its threads rest."""

    def begin_epoch(self) -> None: ...

    def end_epoch(self, report: Report) -> None: ...


class Tally:
    """The losses of the epochs of a run, added up from those of their chunks in float64."""

    def __init__(self, epochs: int, n_chunks: int, gap: int):
        self.sums = np.zeros((epochs, 2))  # of an epoch: the losses, and of how many they are
        self.chunks_left = [n_chunks] * epochs
        self.gap = gap  # one step of so many is measured
        self.latest = 0  # epoch
        self.lock = threading.Lock()

    def add(self, epoch: int, losses: np.ndarray) -> bool:
        """Add the losses of a chunk; returns whether it was the last one of its epoch."""
        with self.lock:
            self.sums[epoch] += losses[:2]
            self.chunks_left[epoch] -= 1
            self.latest = max(self.latest, epoch)
            return self.chunks_left[epoch] == 0

    def mean(self, epoch: int) -> float:
        """Return the mean loss of an epoch; NaN where none was measured."""
        loss, n = self.sums[epoch].tolist()
        return loss / n if n else math.nan

    def means(self, epochs: int) -> list[float]:
        """Return the mean losses of the first epochs; none if none was measured."""
        return [self.mean(epoch) for epoch in range(epochs)] if self.sums[:, 1].any() else []

    @property
    def total(self) -> float:
        """The loss of all steps, estimated from those that were measured."""
        return float(self.sums[:, 0].sum()) * self.gap


def measured_gap(compute_loss: bool | None, n_words: int) -> int:
    """Return of how many steps one is measured, in an epoch of so many words; 0: none is."""
    if compute_loss is None:
        return min(max(n_words // MEASURED_STEPS, 1), STEPS_PER_MEASURED)
    return int(compute_loss)


def keep_thresholds(vocabulary: Vocabulary, params: Params) -> np.ndarray | None:
    """Return the largest draw that keeps each word, uint32 (V,); draws have 32 bits, exact 16."""
    if params.sample == 0:
        return None
    keep = vocabulary.keep_probabilities(params.sample).astype(np.float64)
    if params.exact:
        return np.floor(keep * 2**16).astype(np.uint32)
    return np.maximum(np.ceil(keep * 2**32) - 1, 0).astype(np.uint32)
