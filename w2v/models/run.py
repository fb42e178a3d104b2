"""One training run: epochs, chunks, threads, learning rate, and the places where it may rest.

Owns what happens between weights before and weights after. Which rows are updated is _core.pyx's;
what a model is besides its weights is word2vec.py's. V is the number of words, D the dimensions.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from .. import _core
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
from ..shared import threads
from ..shared.logs import log
from ..shared.memory import peak_bytes
from ..shared.progress import Progress
from ..shared.threads import run_threads, usable_cores
from .lanes import share_out
from .params import Params
from .report import Report
from .subwords import PartRows
from .tally import Tally, measured_gap
from .weights import Rows, Shared

# A chunk is what a thread trains on in one call of Worker.train: long enough that the time in
# Python does not matter, short enough that threads end at about the same time.
MAX_CHUNK_IDS = 100_000
MIN_CHUNK_IDS = 1_000
CHUNKS_PER_WORKER = 16
# Of lanes: they end a leg within a chunk of each other, so chunks are short and legs are long.
MAX_LANE_CHUNK_IDS = 20_000
CHUNKS_PER_LEG = 64  # of each lane; the places where deterministic training may rest

# Rows of each matrix that every thread has copies of; core/kernel.h says why, and
# bench/results/choices.md why so many.
PRIVATE_ROWS = 256
# Updates of a copied row that all other threads together may make before a thread sees them;
# core/kernel.h says why that is bounded, and by how much more it can be.
UNSEEN_UPDATES = 128

# Healthy weights are far below; larger ones only grow until they are no longer finite.
MAX_WEIGHT = 1000.0
WATCHED_ROWS = 16  # the most frequent words have what is wrong with others soon


class Run:
    """One training run: some epochs over a corpus, on several threads.

    `epochs_before` are those of earlier runs, whose random draws were others; `compute_loss` and
    `locks` are as in Word2Vec and Shared. `deadline` is a time.monotonic() at which it ends, with
    the learning rate falling accordingly. `state` is what an equal run returned from `state`: it is
    gone on with. Without `is_training` weights stay, and all losses are measured. With `parts` the
    input rows are theirs, and deterministic training has one lane. Every `round_ids` all threads
    can rest at the end of a chunk.
    """

    def __init__(
        self,
        params: Params,
        vocabulary: Vocabulary,
        corpus: Corpus,
        epochs_before: int,
        rows: Rows,
        locks: np.ndarray | None = None,
        compute_loss: bool | None = None,
        deadline: float | None = None,
        state: dict[str, Any] | None = None,
        is_training: bool = True,
        parts: PartRows | None = None,
        round_ids: int | None = None,
    ):
        self.params, self.vocabulary, self.corpus = params, vocabulary, corpus
        self.epochs, self.epochs_before, self.rows = params.epochs, epochs_before, rows
        self.deadline, self.round_ids = deadline, round_ids
        self.seconds = self.cpu_seconds = 0.0
        self.random = 0  # exact: one stream through all epochs, from state 0 (the thread's number)
        self.stop = np.zeros(1, np.int32)
        self.stopped = ""  # why it ended early
        self.is_training, self.parts = is_training, parts
        self.lanes = None
        self.total_words = self.epochs * (vocabulary.total if params.exact else corpus.n_words)
        if params.deterministic and not params.exact and parts is None:
            lanes = share_out(params, vocabulary)
            self.lanes = lanes if lanes.n > 1 else None
        self.segments, self.chunks = self.cut()
        # Each thread has a chunk of each epoch, so a toy corpus is trained the same every run.
        self.n_threads = n_workers = min(params.n_workers, len(self.chunks))
        if self.lanes is not None:
            n_workers, self.n_threads = self.lanes.n, min(self.n_threads, self.lanes.n)
            self.n_threads = min(self.n_threads, usable_cores())  # more would only wait
        elif params.exact or params.deterministic:
            self.n_threads = n_workers = 1
        # A cache line for each thread, so that counting does not slow others down.
        self.counters = np.zeros((n_workers, 8), np.int64)
        self.losses = np.zeros((n_workers, 8))  # sums of the chunk at hand; see Worker
        self.compute_loss = compute_loss
        gap = measured_gap(compute_loss, corpus.n_words) if is_training else 1
        self.chunk_losses = np.zeros((0 if is_training else len(self.chunks), 2))
        self.tally = Tally(self.epochs, len(self.chunks), gap)
        shared = self.share(locks, gap)
        decided = replace(params, shared_noise=params.shares_noise(len(vocabulary)))
        self.workers = [
            _core.Worker(decided, shared, counters, losses)
            for counters, losses in zip(self.counters, self.losses, strict=True)
        ]
        if self.lanes is not None:
            self.crew = _core.Crew(self.workers, self.lanes, self.n_threads, self.stop)
        self.position = 0  # chunks of all epochs that were begun
        self.is_pausing = False  # threads are to rest at the end of their chunks
        self.lock = threading.Lock()
        if state is not None:
            self.restore(state)

    def cut(self) -> tuple[list[np.ndarray], list[tuple[int, int, int, int]]]:
        """Return the segments of the corpus and the chunks they are cut into; see Corpus.chunks."""
        if self.params.exact:
            segments = [np.concatenate(self.corpus.segments)]
            return segments, self.corpus.exact_chunks(segments[0], MAX_CHUNK_IDS)
        n, most = self.params.n_workers, MAX_CHUNK_IDS
        if self.params.deterministic or not self.is_training:  # whatever the number of threads
            n, most = 1, MAX_LANE_CHUNK_IDS
        if self.lanes is not None:
            n = self.lanes.n
        size = sum(map(len, self.corpus.segments)) // (n * CHUNKS_PER_WORKER)
        size = min(max(size, MIN_CHUNK_IDS), most)
        if self.round_ids is not None:
            size = min(size, max(self.round_ids // n, 1))
        return self.corpus.segments, self.corpus.chunks(size, self.vocabulary.has_mark)

    def share(self, locks: np.ndarray | None, gap: int) -> Shared:
        """Return what the workers share."""
        params, vocabulary = self.params, self.vocabulary
        inputs, outputs, nodes = self.rows
        # These come before the Huffman tree, which reuses the memory that they give back.
        keep = keep_thresholds(vocabulary, params)
        noise = paths = None
        if outputs is not None and params.exact:
            noise = vocabulary.c_noise_bounds(params.ns_exponent)
        elif outputs is not None:
            noise = vocabulary.noise_table(params.ns_exponent)
        if nodes is not None:
            paths = vocabulary.huffman_paths(_core.ROW_FLOATS)
        # One thread works on the shared rows themselves, and lanes have copies of their own.
        parts = None
        if self.parts is not None:
            parts = self.parts.shared_out(params, self.n_threads, locks)
        is_racing = self.n_threads > 1 and self.lanes is None
        merge_after = UNSEEN_UPDATES // (self.n_threads - 1) if is_racing else 0
        return Shared(
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
            parts=parts,
            lanes=self.lanes,
            is_training=self.is_training,
            measured_gap=gap,
        )

    def train(
        self, show: Callable[[Progress], object] | None, rests: "Rests | None" = None
    ) -> Report:
        """Train all epochs; threads rest between them, and when it is due, while `rests` acts."""
        n = len(self.chunks)
        self.begin, self.words_at_begin = time.monotonic(), self.words
        while self.position < self.epochs * n and not self.stopped:
            if rests is not None and self.position % n == 0:
                rests.begin_epoch()
            self.train_leg(show, rests)
            if rests is not None:
                self.stopped = self.stopped or rests.rest(self.position % n == 0) or ""
        return self.report()

    def train_leg(self, show: Callable[[Progress], object] | None, rests: "Rests | None") -> None:
        """Train until a rest is due: the end of all epochs or, with `rests`, of one, or sooner."""
        n = len(self.chunks)
        epoch = self.position // n
        end = (epoch + 1 if rests is not None or self.lanes is not None else self.epochs) * n
        begin, cpu_begin = time.perf_counter(), time.process_time()
        before, cpu_before = self.seconds, self.cpu_seconds

        def work(i: int, stop: threading.Event) -> None:
            while not stop.is_set() and (number := self.take(end)) is not None:
                self.train_chunk(i, number)
                self.is_pausing |= rests is not None and rests.is_due(self.words)

        def train_lanes(i: int, stop: threading.Event) -> None:
            self.crew.train(i)

        def tick(finished: bool = False) -> None:
            self.seconds = before + time.perf_counter() - begin
            self.cpu_seconds = cpu_before + time.process_time() - cpu_begin
            self.check_weights(None if finished else WATCHED_ROWS)
            if self.deadline is not None and time.monotonic() > self.deadline and not finished:
                self.stopped = "time_budget is used up"
                self.end()
            if show is not None:
                show(self.progress(self.stopped != "" or (finished and end == self.epochs * n)))

        self.is_pausing = False
        if self.lanes is None:
            run_threads(work, self.n_threads, tick, self.end)
        else:
            end = min(self.position + self.lanes.n * CHUNKS_PER_LEG, end)
            self.begin_lanes(range(self.position, end))
            run_threads(train_lanes, self.n_threads, tick, self.end)
            self.end_lanes(epoch, end)
        tick(finished=True)

    def train_to(self, end: int) -> None:
        """Train the chunks of an epoch up to `end`, for somebody who watches over it himself."""
        begin, cpu_begin = time.perf_counter(), time.process_time()
        if self.lanes is None:
            threads.share_out(self.train_chunk, range(self.position, end), self.n_threads)
            self.position = end
        while self.lanes is not None and self.position < end:
            epoch = self.position // len(self.chunks)
            leg_end = min(self.position + self.lanes.n * CHUNKS_PER_LEG, end)
            self.begin_lanes(range(self.position, leg_end))
            lanes = range(self.n_threads)
            threads.share_out(lambda _, i: self.crew.train(i), lanes, self.n_threads)
            self.end_lanes(epoch, leg_end)
        self.seconds += time.perf_counter() - begin
        self.cpu_seconds += time.process_time() - cpu_begin

    def measure(self) -> float:
        """Return the mean loss of one epoch, added up in the order of the text."""
        self.train_leg(None, None)
        loss, n = self.chunk_losses.sum(axis=0).tolist()
        return loss / n if n else math.nan

    def take(self, end: int) -> int | None:
        """Return the number of the chunk that a thread trains next, None for it to rest."""
        with self.lock:
            if self.is_pausing or self.position >= end or self.stop[0]:
                return None
            self.position += 1
            return self.position - 1

    def train_chunk(self, i: int, number: int) -> None:
        """Train a chunk on thread i."""
        epoch, place = divmod(number, len(self.chunks))
        segment, start, end, _ = self.chunks[place]
        ids = self.segments[segment][start:end]
        self.losses[i] = 0
        if self.params.exact:
            self.random = self.workers[i].train_exact(ids, self.random, place > 0)
        else:
            total = 0.0 if self.deadline is None else self.reachable_words()
            self.workers[i].train(ids, self.seed_of(number), self.words_before(number), total)
        if not self.is_training:
            self.chunk_losses[place] = self.losses[i, :2]
        elif self.tally.add(epoch, self.losses[i]):
            self.tell(epoch)
        if not np.isfinite(self.losses[i, 0]):
            raise self.divergence()

    def begin_lanes(self, numbers: range) -> None:
        """Give the lanes their chunks of a leg."""
        ids = []
        for number in numbers:
            segment, start, end, _ = self.chunks[number % len(self.chunks)]
            ids.append(self.segments[segment][start:end])
        self.losses[:] = 0
        seeds, words = [self.seed_of(n) for n in numbers], [self.words_before(n) for n in numbers]
        self.crew.begin(ids, seeds, words)

    def end_lanes(self, epoch: int, end: int) -> None:
        """Count a leg as done."""
        n_done, self.position = end - self.position, end
        # Added up in the order of the lanes, on which sums of floats depend.
        if self.tally.add(epoch, self.losses.sum(axis=0), n_done):
            self.tell(epoch)

    def seed_of(self, number: int) -> int:
        """Return the random state that a chunk begins with.

        It follows from the place in the run, so draws do not depend on which thread trains it.
        """
        epoch, place = divmod(number, len(self.chunks))
        return _core.seed_of(self.params.seed_number, self.epochs_before + epoch, place)

    def words_before(self, number: int) -> int:
        """Return how many words of all epochs stand before a chunk."""
        epoch, place = divmod(number, len(self.chunks))
        return epoch * self.corpus.n_words + self.chunks[place][3]

    def reachable_words(self) -> float:
        """Return how many words will be trained until the deadline, at the speed so far."""
        now, words = time.monotonic(), self.words
        assert self.deadline is not None
        spent, left = now - self.begin, max(self.deadline - now, 0.0)
        n = words - self.words_at_begin
        return min(words + n * left / max(spent, 1e-3), self.total_words) if n else self.total_words

    # What is told of it

    @property
    def words(self) -> int:
        return int(self.counters[:, 0].sum())

    def report(self, interrupted: bool = False) -> Report:
        """Return what has been done."""
        words, trained, sentences, pairs, marks = self.counters.sum(axis=0)[:5].tolist()
        epochs = -(-self.position // len(self.chunks))
        return Report(
            tokens_read=self.corpus.n_read,
            tokens_known=self.corpus.n_kept,
            words=words,
            words_trained=trained,
            marks=marks,
            sentences=sentences,
            pairs=pairs,
            epochs=epochs,
            seconds=self.seconds,
            cpu_seconds=self.cpu_seconds,
            reading_seconds=self.corpus.seconds,
            reading_cpu_seconds=self.corpus.cpu_seconds,
            peak_bytes=peak_bytes(),
            workers=self.n_threads,
            kernel=self.params.kernel_name,
            spooled_bytes=self.corpus.spooled_bytes,
            seed=self.params.seed_number,
            losses=self.tally.means(epochs),
            interrupted=interrupted,
            stopped=self.stopped,
            vocabulary=len(self.vocabulary),
            corpus_digest=self.corpus.digest,
            vocabulary_digest=self.vocabulary.digest,
            settings=self.params.differences(),
        )

    def tell(self, epoch: int) -> None:
        """Log that an epoch has ended."""
        log(
            "info", "epoch %d of %d: %s words/s so far, loss %.4f", epoch + 1, self.epochs,
            f"{self.words / max(self.seconds, 1e-9):,.0f}", self.tally.mean(epoch),
        )  # fmt: skip

    def progress(self, finished: bool) -> Progress:
        words, total = self.words, self.total_words
        if self.deadline is not None:
            total = max(int(self.reachable_words()), words)
        start, end = self.params.start_alpha, self.params.end_alpha
        return Progress(
            words, total, self.seconds, start + (end - start) * min(words / total, 1),
            self.n_threads, finished, loss=self.tally.mean(self.tally.latest),
            epoch=min(self.position // len(self.chunks) + 1, self.epochs), epochs=self.epochs,
        )  # fmt: skip

    def end(self) -> None:
        """Let threads return soon; they look at it after each step."""
        self.stop[0] = 1

    def check_weights(self, n: int | None) -> None:
        """Raise FloatingPointError if weights are not finite, or far too large.

        Looks at n rows of each matrix, those of the most frequent words and nodes; None: at all.
        """
        limit = math.inf if self.params.exact else MAX_WEIGHT
        inputs, outputs, nodes = self.rows
        inputs = inputs[-len(self.vocabulary) :] if n is not None else inputs  # after n-grams
        for rows in (inputs, outputs, None if nodes is None else nodes[::-1]):
            for start in range(0, 0 if rows is None else len(rows[:n]), 4096):
                assert rows is not None
                if not np.abs(rows[:n][start : start + 4096]).max(initial=0) < limit:
                    raise self.divergence()

    def divergence(self) -> FloatingPointError:
        return FloatingPointError(
            f"alpha={self.params.start_alpha}: training diverged after {self.words:,} of "
            f"{self.total_words:,} words (weights or loss grew beyond all bounds); try "
            f"alpha={self.params.start_alpha / 4:g}"
        )

    # Its state at a rest

    def state(self) -> dict[str, Any]:
        """Return what, besides the weights, an equal run goes on from; JSON takes it."""
        return {
            "position": self.position,
            "chunks": len(self.chunks),
            "random": self.random,
            "counters": self.counters.tolist(),
            "workers": [list(worker.state()) for worker in self.workers],
            "sums": self.tally.sums[: self.tally.latest + 1].tolist(),
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state, of another corpus from the same share of the run."""
        self.position, self.random = state["position"], state["random"]
        if state["chunks"] != len(self.chunks):
            self.position = round(self.position * len(self.chunks) / state["chunks"])
        counters = np.array(state["counters"], np.int64)
        if len(state["workers"]) == len(self.workers):
            self.counters[:] = counters
            for worker, each in zip(self.workers, state["workers"], strict=True):
                worker.restore(each)
        else:
            self.counters[0] = counters.sum(axis=0)
        self.tally.go_on(np.array(state["sums"]), self.position)
        self.seconds, self.cpu_seconds = state["seconds"], state["cpu_seconds"]


class Rests(Protocol):
    """What is done while the threads of a run rest."""

    def is_due(self, words: int) -> bool:
        """Whether a rest is wanted now, after so many words of training."""
        ...

    def begin_epoch(self) -> None: ...

    def rest(self, epoch_ended: bool) -> str | None:
        """Act; returns why training is to end, if it is."""
        ...


def keep_thresholds(vocabulary: Vocabulary, params: Params) -> np.ndarray | None:
    """Return the largest draw that keeps each word, uint32 (V,); draws have 32 bits, exact 16."""
    if params.sample == 0:
        return None
    keep = vocabulary.keep_probabilities(params.sample).astype(np.float64)
    if params.exact:
        return np.floor(keep * 2**16).astype(np.uint32)
    return np.maximum(np.ceil(keep * 2**32) - 1, 0).astype(np.uint32)
