"""One training run: epochs, chunks, threads, learning rate, progress.

Owns what happens between weights before and weights after. Which rows are updated is _core.pyx's;
what a model is besides its weights is word2vec.py's. V is the number of words, D the dimensions.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
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


class Run:
    """One training run: some epochs over a corpus, on several threads."""

    def __init__(
        self,
        params: Params,
        vocabulary: Vocabulary,
        corpus: Corpus,
        epochs: int,
        epochs_before: int,
        inputs: NDArray[np.float32],
        outputs: NDArray[np.float32] | None,
        nodes: NDArray[np.float32] | None,
    ):
        self.params, self.corpus, self.epochs = params, corpus, epochs
        self.epochs_before = epochs_before  # of earlier runs, whose random draws were others
        self.inputs = inputs
        self.stop = np.zeros(1, np.int32)
        # A cache line for each thread, so that counting does not slow others down.
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
        merge_after = UNSEEN_UPDATES // (params.n_workers - 1) if params.n_workers > 1 else 0
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
        )
        self.workers = [_core.Worker(params, shared, counters) for counters in self.counters]

    def train(self, show: Callable[[Progress], object] | None) -> Report:
        tasks = (
            (epoch, number, chunk)
            for epoch in range(self.epochs)
            for number, chunk in enumerate(self.chunks)
        )
        queue = Queue(tasks)
        begin = time.perf_counter()

        def work(i: int, stop: threading.Event) -> None:
            random = 0  # exact: one stream through all epochs, from state 0 (the thread's number)
            for epoch, number, (segment, start, end, before) in queue:
                if stop.is_set():
                    return
                if not self.params.exact:
                    # Seeded by the place in the run, not by thread: random draws for a chunk do
                    # not depend on which thread trains it, or when.
                    random = _core.seed_of(self.params.seed, self.epochs_before + epoch, number)
                random = self.workers[i].train(
                    self.segments[segment][start:end],
                    random,
                    epoch * self.corpus.n_words + before,
                )

        def tick(finished: bool = False) -> None:
            self.check_weights(self.inputs if finished else self.inputs[:64])
            if show is not None:
                show(self.progress(time.perf_counter() - begin, finished))

        run_threads(work, self.params.n_workers, tick, self.end)
        seconds = time.perf_counter() - begin
        tick(finished=True)
        words, trained, sentences, pairs = self.counters.sum(axis=0)[:4].tolist()
        return Report(
            tokens_read=self.corpus.n_read,
            words=words,
            words_trained=trained,
            sentences=sentences,
            pairs=pairs,
            epochs=self.epochs,
            seconds=seconds,
            workers=self.params.n_workers,
            kernel=self.params.kernel_name,
            spooled_bytes=self.corpus.spooled_bytes,
        )

    def end(self) -> None:
        """Let threads return soon; they look at it between batches, exact between sentences."""
        self.stop[0] = 1

    def progress(self, seconds: float, finished: bool) -> Progress:
        words = int(self.counters[:, 0].sum())
        start, end = self.params.start_alpha, self.params.end_alpha
        alpha = start + (end - start) * min(words / self.total_words, 1)
        return Progress(words, self.total_words, seconds, alpha, self.params.n_workers, finished)

    def check_weights(self, rows: np.ndarray) -> None:
        """Raise FloatingPointError if a weight is not finite; NaN soon reaches frequent words."""
        for start in range(0, len(rows), 4096):
            if not np.isfinite(rows[start : start + 4096]).all():
                raise FloatingPointError(
                    f"alpha={self.params.start_alpha}: training diverged (weights are no longer "
                    f"finite); try alpha={self.params.start_alpha / 4:g}"
                )


def keep_thresholds(vocabulary: Vocabulary, params: Params) -> np.ndarray | None:
    """Return the largest draw that keeps each word, uint32 (V,); draws have 32 bits, exact 16."""
    if params.sample == 0:
        return None
    keep = vocabulary.keep_probabilities(params.sample).astype(np.float64)
    if params.exact:
        return np.floor(keep * 2**16).astype(np.uint32)
    return np.maximum(np.ceil(keep * 2**32) - 1, 0).astype(np.uint32)
