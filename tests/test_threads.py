"""Threads that share a job are waited for, wherever an interrupt strikes."""

import os
import sys
import sysconfig
import threading

import pytest

import w2v
from w2v.shared import threads


def run(work, n_threads):
    threads.run_threads(lambda i, stop: work(i, stop.is_set), n_threads)


def share(work, n_threads):
    """The same with a list of items, during each of which nobody else fails."""
    threads.share_out(lambda i, item: work(i, lambda: False), range(n_threads), n_threads)


@pytest.mark.parametrize("ways", [run, share])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("begins", [False, True], ids=["before it begins", "after"])
def test_an_interrupt_while_threads_are_started(monkeypatch, ways, at, begins):
    """It strikes just before or after the thread begins, when none of our steps has followed."""
    is_running, may_end, n_started = threading.Event(), threading.Event(), [0]
    begun, ended = [], []

    def work(i, is_stopped):
        begun.append(i)
        is_running.set()
        may_end.wait(10)
        ended.append(i)

    def start(thread, number, n_threads):
        n_started[0] += 1
        if n_started[0] <= at:
            thread.start()
            return
        if begins:
            thread.start()
            is_running.wait(10)
        threading.Timer(0.05, may_end.set).start()
        raise KeyboardInterrupt

    monkeypatch.setattr(threads, "start", start)
    with pytest.raises(KeyboardInterrupt):
        ways(work, 4)
    assert sorted(begun) == sorted(ended)
    assert n_started[0] == at + 1


def test_a_thread_that_comes_too_late_does_nothing(monkeypatch):
    late, done = [], []

    def start(thread, number, n_threads):
        late.append(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(threads, "start", start)
    for ways in (run, share):
        with pytest.raises(KeyboardInterrupt):
            ways(lambda i, is_stopped: done.append(i), 2)
    for thread in late:
        thread.start()
        thread.join()
    assert len(late) == 2 and done == []


@pytest.mark.parametrize("n", [0, 1, 3])
def test_all_items_are_done_whatever_the_number_of_threads(n):
    done = []
    threads.share_out(lambda i, item: done.append(item), range(50), n)
    assert sorted(done) == list(range(50))
    threads.run_threads(lambda i, stop: done.append(i), n)
    assert len(done) == 50 + n


def test_programs_train_and_ask_in_threads_of_their_own():
    """On a free-threaded Python side by side, and its GIL stays off."""
    corpus = [["tea", "milk", "cup"], ["oar", "boat", "sail"]] * 100
    settings = dict(vector_size=8, sample=0, workers=1, epochs=2)
    wanted = w2v.train(corpus, **settings).wv
    shared = w2v.train(corpus, **settings).wv
    found, asked = [None] * 8, [None] * 8

    def train(i):
        found[i] = w2v.train(corpus, **settings).wv.vectors
        asked[i] = [shared.most_similar(word, topn=3) for word in wanted.index_to_key * 20]

    crew = [threading.Thread(target=train, args=(i,)) for i in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    answers = [wanted.most_similar(word, topn=3) for word in wanted.index_to_key * 20]
    for vectors, each in zip(found, asked, strict=True):
        assert (vectors == wanted.vectors).all() and each == answers
    if sysconfig.get_config_var("Py_GIL_DISABLED") and os.environ.get("PYTHON_GIL") != "1":
        assert not sys._is_gil_enabled()
