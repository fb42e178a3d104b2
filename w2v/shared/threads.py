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
    stop, ended = threading.Event(), Countdown()
    errors: list[BaseException] = []

    def fail(error: BaseException) -> None:
        errors.append(error)
        stop.set()
        if end is not None:
            end()

    def guarded(i: int) -> None:
        try:
            work(i, stop)
        except BaseException as error:
            fail(error)
        finally:
            ended.one()

    try:
        for i in range(n_threads):
            start(threading.Thread(target=guarded, args=(i,), daemon=True), i, n_threads)
            ended.n += 1
        while not ended.wait(TICK_SECONDS):
            if tick is not None:
                tick()
    except BaseException as error:
        fail(error)
        ended.wait_whatever_comes()
    if errors:
        raise next((e for e in errors if isinstance(e, KeyboardInterrupt)), errors[0])


class Countdown:
    """How many threads have ended, to be waited for.

    Thread.join will not do: up to Python 3.12 one that is interrupted may take its thread for ended
    while that still runs, and writes.
    """

    def __init__(self) -> None:
        self.n = 0  # threads that were started
        self.tokens = threading.Semaphore(0)
        self.n_ended = 0

    def one(self) -> None:
        self.tokens.release()

    def wait(self, seconds: float) -> bool:
        """Wait for threads, at most so long for the next; returns whether all have ended."""
        if self.n_ended < self.n and self.tokens.acquire(timeout=seconds):
            self.n_ended += 1
        return self.n_ended == self.n

    def wait_whatever_comes(self) -> None:
        """Wait for all threads; a second interrupt gives up those that wait for input."""
        for patience in (math.inf, GIVE_UP_SECONDS):
            begin = time.monotonic()
            try:
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

    ended = Countdown()

    def helped(i: int) -> None:
        run(i)
        ended.one()

    for i in range(1, n_threads):
        try:
            start(threading.Thread(target=helped, args=(i,), daemon=True), i, n_threads)
            ended.n += 1
        except BaseException as error:
            errors.append(error)
            break
    run(0)
    try:
        while not ended.wait(TICK_SECONDS):
            pass
    except BaseException as error:
        errors.insert(0, error)
        ended.wait_whatever_comes()
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
