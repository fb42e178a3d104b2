"""deterministic=True: the same bytes on any number of threads, by a scheme that a twin repeats."""

import hashlib

import numpy as np
import pytest

import w2v
from w2v.corpus.ids import SENTENCE_END, Corpus
from w2v.corpus.vocabulary import Vocabulary
from w2v.models import lanes, run, weights

V = 400
MODES = {
    "sg-ns": dict(sg=1, negative=5),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "sg-both": dict(sg=1, hs=1, negative=3),
    "sg-per-pair": dict(sg=1, shared_noise=False),
    "cbow-ns": dict(sg=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
    "cbow-per-window": dict(sg=0, shared_noise=False),
}


@pytest.fixture(scope="module")
def corpus():
    random = np.random.default_rng(7)
    shares = 1 / (30 + np.arange(V))
    ids = random.choice(V, 60_000, p=shares / shares.sum())
    return [ids[i : i + 20] for i in range(0, len(ids), 20)]


@pytest.fixture(autouse=True)
def many_cores(monkeypatch):
    monkeypatch.setattr(run, "usable_cores", lambda: 16)


def digest(model):
    found = hashlib.sha256()
    for each in (model.wv.vectors, model.output_vectors, model.node_vectors):
        found.update(b"-" if each is None else each.tobytes())
    return found.hexdigest(), model.losses


def train(corpus, **options):
    usual = dict(vector_size=24, min_count=1, epochs=2, deterministic=True, shared_noise=True)
    return w2v.train(corpus, **{**usual, **options})


@pytest.mark.parametrize("mode", MODES)
def test_bytes_and_losses_do_not_depend_on_threads(mode, corpus):
    models = [train(corpus, workers=n, **MODES[mode]) for n in (1, 2, 3, 8, 16)]
    assert models[0].report.workers == 1 and models[-1].report.workers > 2
    assert {str(digest(model)) for model in models} == {str(digest(models[0]))}
    assert digest(train(corpus, workers=1, seed=2, **MODES[mode])) != digest(models[0])


@pytest.mark.parametrize(
    "options",
    [
        dict(sample=1e-4), dict(sample=0, window=30, sg=1), dict(window=60), dict(cbow_mean=0),
        dict(shrink_windows=False, sg=1), dict(vector_size=1), dict(negative=25, sg=1),
        dict(compute_loss=True), dict(kernel="baseline"),
    ],
    ids=str,
)  # fmt: skip
def test_whatever_else_is_asked_for(options, corpus):
    assert len({str(digest(train(corpus, workers=n, **options))) for n in (1, 2, 8)}) == 1


def test_with_phrases_frozen_rows_and_callbacks(corpus):
    text = [[f"w{word % 50}" for word in sentence] for sentence in corpus]
    assert len({str(digest(train(text, workers=n, phrases=1))) for n in (1, 3)}) == 1

    def frozen(n, **options):
        model = w2v.Word2Vec(vector_size=24, min_count=1, deterministic=True, workers=n)
        model.build_vocab(corpus)
        model.wv.vectors_lockf[:100] = 0
        before = model.wv.vectors[:100].tobytes()
        model.train(corpus, epochs=2, **options)
        assert model.wv.vectors[:100].tobytes() == before
        return str(digest(model))

    assert frozen(1) == frozen(3) == frozen(2, callbacks=[w2v.Callback()])


def test_all_is_trained_that_racing_threads_train(corpus):
    racing, not_racing = (
        train(corpus, workers=1, sample=0, deterministic=each) for each in (False, True)
    )
    counts = [
        (r.words, r.words_trained, r.sentences, r.epochs)
        for r in (racing.report, not_racing.report)
    ]
    assert counts[0] == counts[1]
    assert not_racing.losses[-1] == pytest.approx(racing.losses[-1], rel=0.02)


def test_one_lane_is_one_thread():
    few = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 100  # each word is a hot one
    one = w2v.train(few, vector_size=8, workers=1, deterministic=True)
    assert digest(one) == digest(w2v.train(few, vector_size=8, workers=1))
    more = [[f"w{i % 3}" for i in range(20)]] * 500  # which racing threads would share out
    usual = dict(vector_size=8, sample=0, negative=15, alpha=0.01)
    models = [w2v.train(more, workers=n, deterministic=True, **usual) for n in (1, 8)]
    assert lanes.share_out(models[0].params, models[0].vocabulary).n == 1
    assert models[1].report.workers == 1 and digest(models[0]) == digest(models[1])
    assert w2v.train(more, workers=8, **usual).report.workers == 8


def made_run(mode, steps, top_level, monkeypatch, n_threads=3):
    """A run of lanes that train one chunk each in a round."""
    random = np.random.default_rng(3)
    n_lanes, n_chunks, size = 3, 12, 60
    ids = random.integers(0, V, n_chunks * size).astype(np.int32)
    ids[9::10] = SENTENCE_END
    counts = np.sort(np.bincount(ids[ids >= 0], minlength=V) + 1)[::-1]
    vocabulary = Vocabulary([f"w{i}" for i in range(V)], counts)
    n = int((ids >= 0).sum())
    corpus = Corpus([ids], n_kept=n, n_words=n, n_sentences=len(ids) // 10, n_read=n)
    levels = [random.integers(0, top_level + 1, V).astype(np.uint8) for _ in range(3)]
    made = lanes.Lanes(n_lanes, steps, top_level, -1, levels)
    monkeypatch.setattr(run, "share_out", lambda *_: made)
    monkeypatch.setattr(run, "MIN_CHUNK_IDS", size)
    monkeypatch.setattr(run, "MAX_LANE_CHUNK_IDS", size)
    params = w2v.Params(
        vector_size=10, sample=1e-2, epochs=1, workers=n_threads, deterministic=True, **MODES[mode]
    )
    inputs = weights.padded(random.normal(0, 0.3, (V, 10)))
    outputs = weights.padded(random.normal(0, 0.3, (V, 10))) if params.negative else None
    nodes = weights.padded(random.normal(0, 0.3, (V - 1, 10))) if params.hs else None
    return run.Run(params, vocabulary, corpus, 0, (inputs, outputs, nodes)), levels


@pytest.mark.parametrize("top_level", [0, 1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_lanes_train_apart_and_are_added_up_in_their_order(mode, top_level, monkeypatch):
    """The twin trains whole copies of all matrices, one a lane, by workers that know no lanes."""
    made, levels = made_run(mode, 10**4, top_level, monkeypatch)
    shared = [None if each is None else each.copy() for each in made.rows]
    own = [[None if each is None else each.copy() for each in shared] for _ in range(3)]
    plain = dict(made.params.__dict__, deterministic=False, workers=1)
    for round_, first in enumerate(range(0, len(made.chunks), 3), 1):
        for lane in range(3):
            alone = run.Run(w2v.Params(**plain), made.vocabulary, made.corpus, 0, own[lane])
            _, start, stop, before = made.chunks[first + lane]
            alone.workers[0].train(made.segments[0][start:stop], made.seed_of(first + lane), before)
        level = min((round_ & -round_).bit_length() - 1, top_level)
        if first + 3 == len(made.chunks):
            level = top_level
        for number, matrix in enumerate(shared):
            if matrix is None:
                continue
            due = levels[number][: len(matrix)] <= level
            before = matrix[due]
            changed = [(own[lane][number][due] != before).any(axis=1) for lane in range(3)]
            now = before.copy()
            for lane in range(3):
                now -= before - own[lane][number][due]
            for lane in range(3):  # a row that only one lane has is that lane's
                single = changed[lane] & (sum(each.astype(int) for each in changed) == 1)
                now[single] = own[lane][number][due][single]
            matrix[due] = now
            for lane in range(3):
                own[lane][number][due] = now
    made.train(None)
    for found, wanted in zip(made.rows, shared, strict=True):
        if wanted is not None:
            np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("steps", [1, 3, 17])
@pytest.mark.parametrize("mode", ["sg-ns", "sg-per-pair", "cbow-ns", "cbow-hs"])
def test_stretches_of_any_length_give_the_same_bytes_on_any_threads(mode, steps, monkeypatch):
    """Steps that are planned ahead, batches and chunks end anywhere in a stretch."""
    found = []
    for n_threads in (1, 3):
        for serial in (-1, 9):
            made, _ = made_run(mode, steps, 2, monkeypatch, n_threads)
            object.__setattr__(made.lanes, "serial_level", serial)
            report = made.train(None)
            assert report.words == made.corpus.n_words
            found.append([None if each is None else each.tobytes() for each in made.rows])
    assert all(each == found[0] for each in found)


def test_rounds_are_bounded_by_what_lanes_may_not_see():
    """No row is updated more often between two merges than racing threads may leave unseen."""
    counts = np.sort(1e6 / (1 + np.arange(5000)))[::-1].astype(np.int64) + 1
    vocabulary = Vocabulary([f"w{i}" for i in range(5000)], counts)
    for options in (dict(sg=1), dict(), dict(sg=1, hs=1), dict(window=40), dict(sample=0)):
        params = w2v.Params(**options)
        made = lanes.share_out(params, vocabulary)
        words = made.n * made.steps
        for number, uses in enumerate(lanes.uses_per_word(params, vocabulary)):
            unseen = uses * words * 2.0 ** made.levels[number]
            bound = 48 * 6 / (1 + params.negative) if number < 2 and params.negative else 128
            assert unseen.max() <= bound * 1.001 or made.n == 1 or made.steps == 1


def test_it_excludes_what_follows_the_clock():
    with pytest.raises(ValueError, match="time_budget='1s': the rate would follow the clock"):
        w2v.train([["a", "b"]] * 9, min_count=1, deterministic=True, time_budget="1s")
