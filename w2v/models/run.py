"""One training run: epochs, chunks, threads, learning rate, progress.

Owns what happens between weights before and weights after. Which rows are updated is _core.pyx's;
what a model is besides its weights is model.py's. V is the number of words, D the dimensions.
"""

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
from ..shared.threads import run_threads
from .params import Params
from .progress import Progress, Report

# A chunk is what a thread trains on before it comes back for more: long enough that the return to
# Python does not show, short enough that threads end together.
MAX_CHUNK_IDS = 100_000
MIN_CHUNK_IDS = 1_000
CHUNKS_PER_WORKER = 16

# Rows of each matrix that every thread has copies of, and how many updates to a row all the other
# threads together may make unseen by it; _kernel.h says why both, and how far the latter may be
# exceeded. On two threads, twice as many rows make training 1 to 3 % slower (each is kept as it was
# when last merged, too, so caches have less room), half as many slow hierarchical softmax by 1 to
# 4 %. On 64 cores the next 256 rows would be 7 % of the noise words, beside 62 % without copies
# anyway.
PRIVATE_ROWS = 256
UNSEEN_UPDATES = 128


def stride(D: int) -> int:
    """Return how many floats a row of D takes in training: whole cache lines."""
    return -(-D // _core.ROW_FLOATS) * _core.ROW_FLOATS


def zeros(n: int, D: int) -> np.ndarray:
    """Return aligned rows as `padded` does, all zero, in memory that has been written.

    Where threads were the first to write a page, they lost an update now and then.
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
        self.epochs_before = epochs_before  # of earlier runs; these draw other numbers
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
        # Before the Huffman tree, which is built in the memory that this gives back.
        keep = keep_thresholds(vocabulary, params)
        noise = paths = None
        if outputs is not None and params.exact:
            noise = vocabulary.c_noise_bounds(params.ns_exponent)
        elif outputs is not None:
            noise = vocabulary.noise_table(params.ns_exponent)
        if nodes is not None:
            paths = vocabulary.huffman_paths(_core.ROW_FLOATS)
        # With one thread there is nobody to merge with.
        merge_after = UNSEEN_UPDATES // (params.n_workers - 1) if params.n_workers > 1 else 0
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

    def train(self, show: Callable[[Progress], object] | None) -> Report:
        tasks = (
            (epoch, number, chunk)
            for epoch in range(self.epochs)
            for number, chunk in enumerate(self.chunks)
        )
        lock = threading.Lock()
        begin = time.perf_counter()

        def work(i: int, stop: threading.Event) -> None:
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
