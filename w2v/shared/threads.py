"""Threads that share a job: the one place where they are started, watched and stopped.

Owns no job: corpus.py, readers.py, files.py, training.py and others pass theirs in.
"""

import os
import threading
from collections.abc import Callable


def usable_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def run_threads(work: Callable, n_threads: int, tick: Callable[[], None] | None = None) -> None:
    """Call work(i, stop) on `n_threads` threads and wait, calling `tick` about ten times a second.

    `stop` is an Event that is set when another thread has failed or the user interrupts; the first
    exception is raised here, after all threads have ended.
    """
    stop = threading.Event()
    errors: list[BaseException] = []

    def guarded(i):
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
