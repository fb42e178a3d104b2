"""Threads that share a job: the one place where they are started, watched and stopped."""

import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")

TICK_SECONDS = 0.1
# For threads that a second interrupt finds waiting, for a pipe say.
GIVE_UP_SECONDS = 2.0


def usable_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def run_threads(
    work: Callable[[int, threading.Event], None],
    n_threads: int,
    tick: Callable[[], None] | None = None,
    end: Callable[[], None] | None = None,
) -> None:
    """Call work(i, stop) on `n_threads` threads and wait, calling `tick` about ten times a second.

    `stop` is an Event that is set when another thread has failed or the user interrupts, and `end`
    is called then; the first exception is raised here, after all threads have ended.
    """
    stop, crew = threading.Event(), Crew(n_threads)
    errors: list[BaseException] = []

    def fail(error: BaseException) -> None:
        errors.append(error)
        stop.set()
        if end is not None:
            end()

    def guarded(i: int) -> None:
        if not crew.begin():
            return
        try:
            work(i, stop)
        except BaseException as error:
            fail(error)
        finally:
            crew.end()

    try:
        for i in range(n_threads):
            start(threading.Thread(target=guarded, args=(i,), daemon=True), i, n_threads)
        while not crew.wait(TICK_SECONDS):
            if tick is not None:
                tick()
    except BaseException as error:
        try:
            fail(error)
        finally:
            crew.wait_whatever_comes()
    if errors:
        raise next((e for e in errors if isinstance(e, KeyboardInterrupt)), errors[0])


class Crew:
    """Threads that are counted, to be waited for, by themselves as they begin and end.

    An interrupt may strike between any two steps of the thread that starts and waits for them, so
    nothing is counted there. Thread.join will not do: up to Python 3.12 one that is interrupted may
    take its thread for ended while that still runs, and writes.
    """

    def __init__(self, n: int):
        self.n = n  # threads that are going to begin
        self.n_begun = self.n_ended = 0
        self.is_closed = False  # no other thread may begin
        self.lock = threading.Lock()
        self.news = threading.Semaphore(0)

    def begin(self) -> bool:
        """Count a thread that begins; False: it comes too late, and nobody waits for it."""
        with self.lock:
            self.n_begun += not self.is_closed
            return not self.is_closed

    def end(self) -> None:
        with self.lock:
            self.n_ended += 1
        self.news.release()

    def has_ended(self) -> bool:
        return self.n_ended == (self.n_begun if self.is_closed else self.n)

    def wait(self, seconds: float) -> bool:
        """Wait for threads, at most so long for the next; returns whether all have ended."""
        if not self.has_ended():
            self.news.acquire(timeout=seconds)
        return self.has_ended()

    def wait_whatever_comes(self) -> None:
        """Wait for those that have begun; a second interrupt gives up those that wait for input."""
        for patience in (math.inf, GIVE_UP_SECONDS):
            try:
                with self.lock:
                    self.is_closed = True
                begin = time.monotonic()
                while not self.wait(TICK_SECONDS):
                    if time.monotonic() - begin > patience:
                        return
                return
            except KeyboardInterrupt:
                continue


class Queue(Generic[Item]):
    """An iterator from which threads take items, each item once and in order."""

    def __init__(self, items: Iterable[Item]):
        self.items, self.lock = iter(items), threading.Lock()

    def __iter__(self) -> "Queue[Item]":
        return self

    def __next__(self) -> Item:
        with self.lock:
            return next(self.items)


def share_out(work: Callable[[int, Item], None], items: Iterable[Item], n_threads: int) -> None:
    """Call work(i, item) for each item on `n_threads` threads, i being the number of the thread.

    Items are begun in order. The first exception ends all threads and is raised. The calling thread
    works, too: waking another one takes a tenth of the time of a short query.

    >>> squares = [0] * 5
    >>> share_out(lambda thread, i: squares.__setitem__(i, i * i), range(5), 2)
    >>> squares
    [0, 1, 4, 9, 16]
    """
    queue = Queue(items)
    errors: list[BaseException] = []

    def run(i: int) -> None:
        try:
            for item in queue:
                if errors:
                    return
                work(i, item)
        except BaseException as error:
            errors.append(error)

    crew = Crew(max(n_threads - 1, 0))

    def helped(i: int) -> None:
        if crew.begin():
            run(i)
            crew.end()

    try:
        for i in range(1, n_threads):
            start(threading.Thread(target=helped, args=(i,), daemon=True), i, n_threads)
        run(0)
        while not crew.wait(TICK_SECONDS):
            pass
    except BaseException as error:
        errors.insert(0, error)
        crew.wait_whatever_comes()
    if errors:
        raise errors[0]


def start(thread: threading.Thread, number: int, n_threads: int) -> None:
    """Start a thread; raises OSError when the system gives no more."""
    try:
        thread.start()
    except RuntimeError as error:
        raise OSError(
            f"workers={n_threads}: the system starts only {number} threads ({error}); lower it"
        ) from None
