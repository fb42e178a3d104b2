"""Threads that share a job: the one place where they are started, watched and stopped."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


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
) -> None:
    """Call work(i, stop) on `n_threads` threads and wait, calling `tick` about ten times a second.

    `stop` is an Event that is set when another thread has failed or the user interrupts; the first
    exception is raised here, after all threads have ended.
    """
    stop = threading.Event()
    errors: list[BaseException] = []

    def guarded(i: int) -> None:
        try:
            work(i, stop)
        except BaseException as error:
            errors.append(error)
            stop.set()

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(n_threads)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.1)
                if tick is not None:
                    tick()
    except BaseException as error:
        errors.insert(0, error)
        stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    if errors:
        raise errors[0]


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

    threads = [threading.Thread(target=run, args=(i,)) for i in range(1, n_threads)]
    for thread in threads:
        thread.start()
    run(0)
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
