"""Co-occurrences counted: a text in blocks, the rows of a block on all cores, the blocks added up.

Owns the order of the work and where counts are kept, in memory or in a temporary file; the loops
are _counting.pyx's. V is the number of words, n the number of entries.

Every number is a whole multiple of a unit, so that nothing depends on the order of additions: any
number of threads and any memory give the same bytes.
"""

import math
import os
import threading
from collections.abc import Callable, Iterator
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..corpus.ids import Corpus
from ..corpus.ids import memory_limit as quarter_of_memory
from ..shared import streams
from ..shared.logs import log
from ..shared.threads import share_out
from ._counting import RowCounter, as_floats, find_places, mapped_zeros, tally

# Rows that were counted: offsets int64 (V + 1,), columns int32 and sums int64 (n,).
Run: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]

# Bytes of an entry: a column and a sum.
ENTRY_BYTES = 12
# Bytes of a token of a block: its id, and its place among those of its word.
TOKEN_BYTES = 8
# Entries of a task, unless one row has more: they stay in the caches.
MOST_ROOM = 1 << 16
# Additions of a task, if there are enough.
LEAST_TASK = 1 << 16
# Tasks of a thread, so that threads end at about the same time.
TASKS_PER_THREAD = 16
# Threads that list places have a count of each word; more of them would wait for memory.
MOST_LISTERS = 8
LEAST_BLOCK_TOKENS, MOST_BLOCK_TOKENS = 1 << 12, 1 << 31
LEAST_LIMIT = 1 << 20


def count_rows(
    corpus: Corpus,
    V: int,
    window: int,
    symmetric: bool,
    distance_weighting: bool,
    n_threads: int,
    limit: int | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Count how often words stand near each other; returns offsets, columns and values of rows.

    Parameters
    ----------
    corpus : ids below V, the windows of which end where its sentences do.
    window, symmetric, distance_weighting : see Cooccurrence.count.
    limit : bytes of counts and of the text at work that may be in memory; None: a quarter of the
        machine's memory. More goes to temporary files. Each thread has V sums besides.

    Returns offsets int64 (V + 1,), columns int32 (n,) and values float64 (n,); symmetric rows go up
    to the diagonal. Raises OSError when the disk has too little room.
    """
    unit, weights = weigh(window, distance_weighting, most_frequent(corpus, V))
    store = Store(quarter_of_memory() if limit is None else limit)
    job = Job(V, weights, symmetric, n_threads)
    with store:
        runs = []
        # Of a block there are at most so many entries, besides the text itself.
        size = store.limit // 2 // (TOKEN_BYTES + ENTRY_BYTES * window)
        for ids, first, last in blocks(corpus, window, size):
            runs.append(job.count(ids, first, last, store))
        offsets, columns, sums = runs[0] if len(runs) == 1 else job.merge(runs, store)
        return offsets, columns, as_floats(sums, unit)


def most_frequent(corpus: Corpus, V: int) -> int:
    """Return how often the most frequent word occurs, which bounds all sums."""
    counts = np.zeros(V, np.int64)
    for segment in corpus.segments:
        tally(segment, counts)
    return int(counts.max(initial=1))


def weigh(window: int, distance_weighting: bool, most: int) -> tuple[int, NDArray[np.int64]]:
    """Return the unit of sums, and what a pair at each distance adds in it, int64 (window + 1,).

    The unit is divisible by all distances, as long as the sums of the most frequent word, which
    occurs `most` times, stay below 2^63: for windows up to 22 or so. Beyond that it is a power of
    two, and weights are rounded to a multiple of 1 / unit.
    """
    distances = np.arange(1, window + 1)
    if not distance_weighting:
        return 1, np.ones(window + 1, np.int64)
    room = 2**62 // (2 * most * math.ceil(float((1 / distances).sum())))
    unit = 1
    for distance in range(1, window + 1):
        unit = math.lcm(unit, distance)
        if unit > room:
            unit = 1 << (room.bit_length() - 1)
            break
    if unit < window:
        raise ValueError(f"window={window}: too wide for words that occur {most:,} times; lower it")
    return unit, np.array([0, *((2 * unit + d) // (2 * d) for d in distances.tolist())], np.int64)


def blocks(corpus: Corpus, window: int, size: int) -> Iterator[tuple[NDArray[np.int32], int, int]]:
    """Yield the text in blocks of about `size` ids, and which ids of a block are its own.

    Around these stand those of the neighbouring blocks that are in their windows, and a sentence
    end at each end.
    """
    segments, n_ids = corpus.segments, sum(map(len, corpus.segments))
    starts = np.cumsum([0, *map(len, segments)]).tolist()
    size = max(min(size, MOST_BLOCK_TOKENS), LEAST_BLOCK_TOKENS)

    def copy(begin: int, end: int, out: NDArray[np.int32]) -> None:
        at = int(np.searchsorted(starts, begin, "right")) - 1
        while begin < end:
            part = segments[at][begin - starts[at] : end - starts[at]]
            out[: len(part)] = part
            out, begin, at = out[len(part) :], begin + len(part), at + 1

    for first in range(0, n_ids, size):
        last = min(first + size, n_ids)
        before, after = max(first - window, 0), min(last + window, n_ids)
        ids = mapped_zeros(after - before + 2, np.int32)
        ids[0] = ids[-1] = -1
        copy(before, after, ids[1:-1])
        yield ids, first - before + 1, last - before + 1


class Job:
    """Rows of V columns, counted or merged by threads, each of which has a RowCounter."""

    def __init__(self, V: int, weights: NDArray[np.int64], symmetric: bool, n_threads: int):
        self.V, self.weights, self.symmetric, self.n_threads = V, weights, symmetric, n_threads
        self.counters: list[RowCounter] = []

    def count(self, ids: NDArray[np.int32], first: int, last: int, store: "Store") -> Run:
        """Count a block: that many entries of `ids`, whose windows may reach beyond them."""
        starts, places = self.places(ids, first, last)
        words_near = np.diff(starts) * 2 * (len(self.weights) - 1)

        def work(counter: RowCounter, task: tuple[int, int], sizes: NDArray[np.int64]) -> int:
            return counter.count(ids, places, starts, *task, sizes)

        return self.share(work, words_near, store, store.limit // 2)

    def merge(self, runs: list[Run], store: "Store") -> Run:
        """Add up runs, which are dropped."""
        entries = np.zeros(self.V, np.int64)
        for offsets, _, _ in runs:
            entries += np.diff(offsets)
        n = int(entries.sum())
        fits = store.files is None and store.held_bytes + n * ENTRY_BYTES <= store.limit
        if not fits:
            store.check_space(n)

        def work(counter: RowCounter, task: tuple[int, int], sizes: NDArray[np.int64]) -> int:
            return counter.merge(runs, *task, sizes)

        return self.share(work, entries, store, store.limit if fits else 0)

    def places(
        self, ids: NDArray[np.int32], first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return where each word stands in a part of a text; see RowCounter.count."""
        n_listers = min(self.n_threads, MOST_LISTERS)
        bounds = np.linspace(first, last, n_listers + 1).astype(np.int64).tolist()
        counts = np.zeros((n_listers, self.V), np.int64)

        def count(_: int, i: int) -> None:
            tally(ids[bounds[i] : bounds[i + 1]], counts[i])

        share_out(count, range(n_listers), n_listers)
        starts = np.concatenate([[0], counts.sum(axis=0).cumsum()])
        free = starts[:-1] + counts.cumsum(axis=0) - counts
        places = mapped_zeros(max(int(starts[-1]), 1), np.uint32)

        def find(_: int, i: int) -> None:
            find_places(ids, bounds[i], bounds[i + 1], free[i], places)

        share_out(find, range(n_listers), n_listers)
        return starts, places

    def share(
        self,
        work: Callable[[RowCounter, tuple[int, int], NDArray[np.int64]], int],
        sources: NDArray[np.int64],
        store: "Store",
        limit: int,
    ) -> Run:
        """Let threads work on rows, each made from so many additions; see Parts for `limit`."""
        # No row has more entries than additions, or columns.
        most = np.minimum(sources, np.arange(1, self.V + 1) if self.symmetric else self.V)
        n_tasks = TASKS_PER_THREAD * self.n_threads
        tasks = tasks_of(
            [most, sources], [MOST_ROOM, max(int(sources.sum()) // n_tasks, LEAST_TASK)]
        )
        room = max(max(int(most[first:last].sum()) for first, last in tasks), 1)
        if not self.counters or len(self.counters[0].columns) < room:
            self.counters = [
                RowCounter(self.V, self.weights, self.symmetric, room)
                for _ in range(self.n_threads)
            ]
        parts = Parts(self.V, store, limit, int(most.sum()))

        def run(i: int, task: tuple[int, tuple[int, int]]) -> None:
            k, rows = task
            n = work(self.counters[i], rows, parts.sizes)
            parts.put(k, self.counters[i].columns[:n], self.counters[i].sums[:n])

        share_out(run, enumerate(tasks), self.n_threads)
        return parts.whole()


def tasks_of(loads: list[NDArray[np.int64]], limits: list[int]) -> list[tuple[int, int]]:
    """Cut rows into tasks within each limit of a load, or of one row: its first and its end.

    >>> tasks_of([np.array([9, 1, 1, 1])], [2])
    [(0, 1), (1, 3), (3, 4)]
    """
    tasks, first = [], 0
    sums = [np.concatenate([[0], load.cumsum()]) for load in loads]
    while first < len(loads[0]):
        ends = [
            int(np.searchsorted(ends, ends[first] + limit, "right")) - 1
            for ends, limit in zip(sums, limits, strict=True)
        ]
        tasks.append((first, max(min(ends), first + 1)))
        first = tasks[-1][1]
    return tasks


class Store:
    """Where runs are kept: in memory up to half of a limit, then in temporary files."""

    def __init__(self, limit: int):
        self.limit = limit
        self.held_bytes = 0
        self.n_spilled = 0
        self.files: tuple[IO[bytes], IO[bytes]] | None = None  # columns, sums

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *error: object) -> None:
        for file in self.files or ():
            file.close()  # what is mapped stays
        if self.n_spilled:
            log("info", "%s counts went to temporary files", f"{self.n_spilled:,}")

    def hold(self, n: int, limit: int) -> bool:
        """Whether so many entries may be kept in memory; if so, they are counted."""
        if self.held_bytes + n * ENTRY_BYTES > limit:
            return False
        self.held_bytes += n * ENTRY_BYTES
        return True

    def check_space(self, n: int) -> None:
        """Raise OSError when so many entries do not fit on the disk."""
        import tempfile  # here, since few need it

        folder = tempfile.gettempdir()
        streams.check_space({"TMPDIR": (os.path.join(folder, "w2v-counts"), n * ENTRY_BYTES)})

    def spill(self, columns: NDArray[np.int32], sums: NDArray[np.int64]) -> None:
        """Write entries behind those that are in the files."""
        import tempfile

        if self.files is None:
            self.files = (
                tempfile.TemporaryFile(prefix="w2v-"),
                tempfile.TemporaryFile(prefix="w2v-"),
            )
        try:
            self.files[0].write(columns.data)
            self.files[1].write(sums.data)
        except OSError as error:
            raise OSError(
                error.errno,
                f"TMPDIR={tempfile.gettempdir()!r}: counts cannot be written there: "
                f"{error.strerror}; free some space, or set TMPDIR to another folder",
            ) from None
        self.n_spilled += len(columns)

    def map(self, start: int, n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return entries of the files, mapped."""
        if not n:
            return np.empty(0, np.int32), np.empty(0, np.int64)
        assert self.files is not None
        for file in self.files:
            file.flush()
        return (
            np.memmap(self.files[0], np.int32, "r+", 4 * start, n),
            np.memmap(self.files[1], np.int64, "r+", 8 * start, n),
        )


class Parts:
    """The parts of a run, put together in order as threads finish them.

    With a limit of 0 they go to the files at once; else to memory, and then to the files if they
    are beyond the limit.
    """

    def __init__(self, V: int, store: Store, limit: int, most: int):
        self.sizes = np.zeros(V, np.int64)
        self.store, self.limit = store, limit
        self.start = store.n_spilled
        self.waiting: dict[int, tuple[NDArray[np.int32], NDArray[np.int64]]] = {}
        self.next, self.n = 0, 0  # the part that comes next, and how many entries came before
        self.lock = threading.Lock()
        if limit:  # what is not written to takes no memory
            self.columns = mapped_zeros(max(most, 1), np.int32)
            self.sums = mapped_zeros(max(most, 1), np.int64)

    def put(self, k: int, columns: NDArray[np.int32], sums: NDArray[np.int64]) -> None:
        """Take part k, whose arrays will be used for another one."""
        with self.lock:
            if k != self.next:
                self.waiting[k] = columns.copy(), sums.copy()
                return
            self.append(columns, sums)
            while self.next in self.waiting:
                self.append(*self.waiting.pop(self.next))

    def append(self, columns: NDArray[np.int32], sums: NDArray[np.int64]) -> None:
        begin, self.next, self.n = self.n, self.next + 1, self.n + len(columns)
        if self.limit:
            self.columns[begin : self.n], self.sums[begin : self.n] = columns, sums
        else:
            self.store.spill(columns, sums)

    def whole(self) -> Run:
        """Return the run."""
        offsets = np.concatenate([[0], self.sizes.cumsum()])
        if self.limit and self.store.hold(self.n, self.limit):
            return offsets, self.columns[: self.n], self.sums[: self.n]
        if self.limit:
            self.store.check_space(self.n)
            self.store.spill(self.columns[: self.n], self.sums[: self.n])
        return offsets, *self.store.map(self.start, self.n)
