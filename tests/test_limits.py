"""The limits that README states: of memory, sizes, counts, threads and processes."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import threading
import warnings

import bad_files
import numpy as np
import pytest
from test_core import assert_equal_to_twin, make_pair

import w2v
from w2v.corpus.draft import encode
from w2v.corpus.vocabulary import Vocabulary
from w2v.shared import streams

SMALL = dict(vector_size=4, min_count=1, progress=False)
TEXT = [["tea", "milk", "bread"], ["king", "queen"], ["man", "woman", "tea"]] * 20
# A sanitizer has memory of its own, and threads that no fork copies.
SANITIZED = "W2V_SANITIZED" in os.environ


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bad_files.write_all(tmp_path_factory.mktemp("limits"))


# Memory


PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": streams.zstd("tests:").compress,
}


@pytest.mark.parametrize("kind", PACKERS)
def test_what_unpacks_to_too_many_times_its_size_is_refused(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "ENOUGH_UNPACKED", 1 << 16)
    text = b"tea milk\n" * 100_000
    (tmp_path / "text").write_bytes(PACKERS[kind](text))
    (tmp_path / "vectors").write_bytes(PACKERS[kind](b"20000 50\n" + b"tea" + b" 0" * 500_000))
    monkeypatch.setenv("W2V_MOST_EXPANSION", "90")
    for read in (
        lambda: w2v.train(tmp_path / "text", **SMALL),
        lambda: w2v.load(tmp_path / "vectors"),
        lambda: w2v.Cooccurrence.count(tmp_path / "text", vocabulary=tmp_path / "vectors"),
    ):
        with pytest.raises(ValueError, match=r"unpacks to more than 90 times its size.*W2V_MOST_"):
            read()
    monkeypatch.setenv("W2V_MOST_EXPANSION", "1e9")
    assert w2v.train(tmp_path / "text", epochs=1, **SMALL).report.words == 200_000
    monkeypatch.setenv("W2V_MOST_EXPANSION", "some")
    with pytest.raises(ValueError, match="W2V_MOST_EXPANSION='some': a number is expected"):
        w2v.train(tmp_path / "text", **SMALL)


def test_text_and_vectors_that_people_have_are_far_below_that_limit(random):
    words = [f"w{i}" for i in random.zipf(1.3, 100_000) % 5000]
    text = " ".join(words).encode()
    for pack in PACKERS.values():
        assert len(text) < streams.MOST_EXPANSION / 10 * len(pack(text))


def test_no_header_makes_a_reader_allocate_more_than_a_few_times_the_file(
    folder, allocating_at_most
):
    w2v.load(folder / "vectors.bin")  # what is imported and made once
    names = ("cut", "huge", "lying", "many", "wide", "long", "deep", "overlapping", "later", "elf")
    for path in folder.iterdir():
        if path.name.startswith(names):
            with allocating_at_most(16 << 20), pytest.raises(ValueError):
                w2v.load(path)


def test_a_word_and_a_line_are_as_long_as_they_are(tmp_path, allocating_at_most):
    word = b"x" * 3_000_000
    (tmp_path / "word").write_bytes(b"tea " + word + b" milk tea\n" + word + b"\n")
    vocabulary, _ = encode(tmp_path / "word")
    assert sorted(map(len, vocabulary.words)) == [3, 4, 3_000_000]
    (tmp_path / "line").write_bytes(b"tea milk " * 2_000_000)
    with allocating_at_most(60 << 20):
        report = w2v.train(tmp_path / "line", epochs=1, workers=1, **SMALL).report
    assert report.words == 4_000_000


# Sizes


@pytest.mark.parametrize("V, D", [(1, 1), (1, 300), (2, 1), (2, 4096), (40, 4096), (40, 1)])
@pytest.mark.parametrize("mode", [dict(sg=1), dict(sg=0, hs=1, negative=0)], ids=["sg", "cbow-hs"])
def test_the_smallest_and_the_widest_train_answer_and_come_back(V, D, mode, tmp_path, random):
    corpus = [[f"w{i}" for i in random.integers(V, size=12)] for _ in range(30)]
    model = w2v.train(corpus, vector_size=D, min_count=1, sample=0, progress=False, **mode)
    assert np.isfinite(model.wv.vectors).all() and model.wv.vectors.shape == (V, D)
    assert len(model.wv.most_similar("w0", topn=5)) == min(V - 1, 5)
    for name in ("m.w2v", "v.bin", "v.txt", "v.npz"):
        path = tmp_path / name
        if name == "m.w2v":
            model.save(path)
        elif name == "v.npz":
            model.wv.save(path)
        else:
            model.wv.save_word2vec_format(path, binary=name == "v.bin")
        assert np.array_equal(w2v.load(path).vectors, model.wv.vectors)


@pytest.mark.slow
def test_five_million_words_open_at_once_and_are_found(tmp_path):
    V = 5_000_000
    kv = w2v.KeyedVectors([f"w{i}" for i in range(V)], np.ones((V, 2), np.float32))
    kv.vectors[V - 1] = [1, -1]
    kv.save(tmp_path / "v.w2v")
    again = w2v.load(tmp_path / "v.w2v")
    assert again.get_index("w4999999") == V - 1 and again.most_similar([[1.0, -1.0]], topn=1)


# Counts beyond 32 bits


def test_counts_beyond_2_to_the_31_are_kept_and_weigh(tmp_path):
    model = w2v.Word2Vec(vector_size=4, min_count=1, hs=1, progress=False)
    model.build_vocab_from_freq({"tea": 2**40, "milk": 2**33, "bread": 5})
    assert model.vocabulary.counts.tolist() == [2**40, 2**33, 5]
    model.train([["tea", "milk", "bread"]] * 5, epochs=1)
    model.save(tmp_path / "m.w2v")
    assert w2v.load(tmp_path / "m.w2v").counts.tolist() == [2**40, 2**33, 5]
    (tmp_path / "vocab").write_text("tea 9000000000\nmilk 5000000000\n")
    counts = w2v.Cooccurrence.count(TEXT, vocabulary=tmp_path / "vocab")
    assert counts.vocabulary.total == 14_000_000_000
    keep = Vocabulary(["a", "b"], np.array([2**40, 2**10])).keep_probabilities(1e-3)
    assert 0 < keep[0] < 0.1 and keep[1] == 1


@pytest.mark.parametrize("words_before", [0, 2**31, 5 * 10**9, 10**10 - 500])
def test_the_schedule_of_ten_billion_words_is_that_of_the_twin(words_before, random):
    """The rate is told by 64-bit counts of words."""
    ids = np.append(random.integers(0, 50, 400), -1).astype(np.int32)
    pair = make_pair(random, 8, sg=1, negative=3, total_words=10**10)
    pair[0].train(ids, 3, words_before)
    pair[1].train(ids, 3, words_before)
    assert_equal_to_twin(pair, 8)


# Threads and processes


def test_more_threads_than_sentences_train_as_one_does():
    corpus = [["tea", "milk", "bread", "tea"]] * 3
    one = w2v.train(corpus, workers=1, **SMALL)
    assert np.array_equal(one.wv.vectors, w2v.train(corpus, workers=64, **SMALL).wv.vectors)
    many = w2v.glove(corpus, workers=64, vector_size=4, min_count=1, progress=False)
    few = w2v.glove(corpus, workers=1, vector_size=4, min_count=1, progress=False)
    assert np.array_equal(few.wv.vectors, many.wv.vectors)


def test_trainings_in_several_threads_give_what_each_gives_alone():
    seeds, found = range(4), {}
    alone = [w2v.train(TEXT, seed=seed, workers=1, **SMALL).wv.vectors for seed in seeds]

    def work(seed):
        found[seed] = w2v.train(TEXT, seed=seed, workers=1, **SMALL).wv.vectors

    threads = [threading.Thread(target=work, args=[seed]) for seed in seeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[seed], alone[seed]) for seed in seeds)


PROGRAM = """
import multiprocessing, sys, threading, warnings
import w2v
corpus = [["tea", "milk", "bread"], ["king", "queen"], ["man", "woman", "tea"]] * 20
def digest(seed):
    options = dict(vector_size=4, min_count=1, progress=False, workers=2, deterministic=True)
    model = w2v.train(corpus, seed=seed, **options)
    found = model.wv.most_similar("tea", topn=2)
    return sum(model.wv.vectors.view("u4").ravel().tolist())
"""


def run(program, **environment):
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def test_the_seed_of_hashes_changes_nothing():
    program = PROGRAM + "print(digest(1))"
    assert run(program, PYTHONHASHSEED="0") == run(program, PYTHONHASHSEED="4321")


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_processes_that_are_forked_or_spawned_train(method, tmp_path):
    if SANITIZED and method == "fork":
        pytest.skip("a sanitizer has threads that no fork copies")
    (tmp_path / "jobs.py").write_text(PROGRAM)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import jobs, multiprocessing\n"
        "if __name__ == '__main__':\n"
        "    wanted = [jobs.digest(1), jobs.digest(2)]\n"  # threads have been used before the fork
        f"    with multiprocessing.get_context({method!r}).Pool(2) as pool:\n"
        "        assert pool.map(jobs.digest, [1, 2]) == wanted\n"
    )
    (tmp_path / "main.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_program_ends_while_it_trains():
    """A daemon thread is in compiled code, without the GIL, when the interpreter shuts down."""
    program = PROGRAM + (
        "import time\n"
        "big = corpus * 3000\n"
        "def train(): w2v.train(big, vector_size=50, min_count=1, epochs=1000, progress=False)\n"
        "threading.Thread(target=train, daemon=True).start()\n"
        "time.sleep(1.5)\n"
        "print('over')\n"
    )
    assert run(program) == "over"


# Paths


@pytest.mark.parametrize(
    "name", ["a b", "naïve 茶", "x" * 240, "-dash", "new\nline", "\udcff", "é'\""]
)
def test_files_may_have_any_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kv = w2v.KeyedVectors(["tea"], np.ones((1, 2)))
    for path in (name + ".w2v", tmp_path / (name + ".txt")):
        try:
            kv.save(path) if str(path).endswith("w2v") else kv.save_word2vec_format(path)
        except OSError as error:
            pytest.skip(f"this file system has no such names: {error}")
        assert w2v.load(path).index_to_key == ["tea"]
    # What is said of it is one line, whatever the name.
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError) as raised:
        w2v.load(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_standard_input_is_held_to_the_same_limit(monkeypatch):
    monkeypatch.setattr(streams, "ENOUGH_UNPACKED", 1 << 16)
    packed = gzip.compress(b"tea " * 10**6)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(packed))))
    with pytest.raises(ValueError, match="unpacks to more than 250 times"):
        w2v.train("-", **SMALL)
