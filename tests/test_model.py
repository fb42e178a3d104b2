"""Training as a user meets it: planted answers, exactly-once, repeatability, and bad input."""

import signal
import threading
import time

import corpora
import numpy as np
import pytest

import w2v
from w2v.models.attributes import FORMER_NAMES

MODES = {
    "sg-ns": dict(sg=1),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "cbow-ns": dict(sg=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
    "both": dict(sg=1, hs=1, negative=5),
}


def share_of_right_neighbours(wv):
    """How many of the five nearest words are of the same planted topic."""
    hits = [
        near.split("_")[0] == word.split("_")[0]
        for word in wv.index_to_key
        for near, _ in wv.most_similar(word, topn=5)
    ]
    return np.mean(hits)


@pytest.mark.parametrize("exact_or_workers", ["exact", 1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_planted_topics_are_recovered(mode, exact_or_workers):
    options = dict(MODES[mode], vector_size=16, epochs=5, sample=0, alpha=0.05)
    if exact_or_workers == "exact":
        options.update(exact=True)
    else:
        options.update(workers=exact_or_workers)
    model = w2v.train(corpora.topics(), **options)
    assert len(model.wv) == 96 + (exact_or_workers == "exact")
    assert share_of_right_neighbours(model.wv) > 0.97  # by chance: 0.12


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_sentence_is_trained_once_in_every_epoch(workers):
    """Seen in the weights themselves.

    Each pair of words has one sentence of its own, and the noise is always the word z. So the
    output vector of a word is moved once in each epoch, by half the rate times the input vector of
    its neighbour: how often it was trained can be read off.
    """
    n, epochs, alpha = 5000, 3, 0.01
    pairs = [[f"a{i}", f"b{i}"] for i in range(n)]
    corpus = pairs + [["z"]] * 2000
    model = w2v.Word2Vec(
        vector_size=20, min_count=1, sg=1, negative=1, window=1, sample=0, ns_exponent=10,
        alpha=alpha, min_alpha=alpha, epochs=epochs, workers=workers,
    )  # fmt: skip
    model.build_vocab(corpus)
    before = model.wv.vectors.copy()
    report = model.train(corpus)
    index = model.wv.key_to_index
    for one, other in (("a", "b"), ("b", "a")):
        trained = model.output_vectors[[index[f"{one}{i}"] for i in range(n)]]
        partner = before[[index[f"{other}{i}"] for i in range(n)]]
        times = (trained * partner).sum(1) / (partner**2).sum(1) / (alpha / 2)
        # A thread that loses its core between reading and writing a row undoes what another did
        # to it in the meantime. A chunk left out or trained twice would be 90 words or more.
        lost = np.count_nonzero(np.round(times) != epochs)
        assert lost <= (0 if workers == 1 else 10)
    assert (report.sentences, report.words) == (epochs * len(corpus), epochs * (2 * n + 2000))
    assert report.words_trained == report.words and report.workers == workers


@pytest.mark.parametrize("mode", MODES)
def test_one_thread_gives_the_same_bytes_every_run(mode):
    options = dict(MODES[mode], vector_size=20, epochs=2, workers=1)
    runs = [w2v.train(corpora.topics(), seed=seed, **options).wv.vectors for seed in (1, 1, 2)]
    assert runs[0].tobytes() == runs[1].tobytes() != runs[2].tobytes()


def test_paths_and_token_lists_train_alike(tmp_path):
    corpus = corpora.topics(sentences=500)
    (tmp_path / "text").write_text("\n".join(map(" ".join, corpus)))
    options = dict(vector_size=8, epochs=1, workers=1)
    wanted = w2v.train(corpus, **options).wv.vectors
    for source in ({"corpus_file": tmp_path / "text"}, {"sentences": iter(corpus)}):
        found = w2v.Word2Vec(**source, **options).wv.vectors
        np.testing.assert_array_equal(found, wanted)


def test_building_and_training_apart_is_the_same(random):
    corpus = corpora.topics(sentences=500)
    options = dict(vector_size=8, epochs=1, workers=1, hs=1)
    model = w2v.Word2Vec(**options)
    model.build_vocab(corpus)
    model.train(corpus)
    np.testing.assert_array_equal(model.wv.vectors, w2v.train(corpus, **options).wv.vectors)


def test_training_goes_on_from_the_weights_at_hand():
    corpus = corpora.topics()
    model = w2v.train(corpus, vector_size=16, epochs=1, alpha=0.005, sample=0, sg=1, workers=1)
    first, outputs = share_of_right_neighbours(model.wv), model.output_vectors.copy()
    report = model.train([*corpus, ["unheard", "t0_1"]], epochs=7)
    assert report.epochs == 7 and len(model.wv) == 96
    assert share_of_right_neighbours(model.wv) > max(first, 0.97)
    assert np.linalg.norm(model.output_vectors) > np.linalg.norm(outputs)


def test_pandas_columns_are_corpora():
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(corpora.topics(sentences=100))
    assert len(w2v.train(column, vector_size=4, epochs=1, min_count=1).wv) == 96
    with pytest.raises(TypeError, match="sentence 1 is nan"):
        w2v.train(pandas.Series([["a"], float("nan")]))


def test_divergence_is_an_error_and_names_a_rate():
    with pytest.raises(FloatingPointError, match=r"alpha=1.*diverged.*try alpha=0\.25"):
        w2v.train(
            [["a", "b", "c", "d"] * 50] * 1000, alpha=1, min_alpha=1, negative=20, sample=0, sg=1,
            window=50, shrink_windows=False, workers=1, epochs=50,
        )  # fmt: skip


def test_progress_is_reported_to_the_end():
    seen = []
    w2v.train(corpora.topics(), vector_size=8, epochs=2, progress=seen.append)
    assert seen[-1].finished and seen[-1].share == 1 and seen[-1].words == 60_000
    assert not any(now.finished for now in seen[:-1])


def test_an_exception_in_progress_stops_training_and_is_raised():
    def give_up(now):
        raise KeyboardInterrupt

    model = w2v.Word2Vec(vector_size=8, epochs=100_000)
    model.build_vocab(corpora.topics())
    with pytest.raises(KeyboardInterrupt):
        model.train(corpora.topics(), progress=give_up)
    assert np.isfinite(model.wv.vectors).all()


@pytest.mark.parametrize(
    "options, error, message",
    [
        (dict(vector_size=0), ValueError, "vector_size=0 is out of range: from 1 to"),
        (dict(window=0), ValueError, "window=0 is out"),
        (dict(epochs=0), ValueError, "epochs=0 is out"),
        (dict(workers=0), ValueError, "workers=0 is out"),
        (dict(workers=-2), ValueError, "workers=-2 is out"),
        (dict(negative=-1), ValueError, "negative=-1 is out"),
        (dict(sample=-1e-3), ValueError, "sample=-0.001 is out"),
        (dict(sample=2.0), ValueError, "sample=2.0 is out"),
        (dict(alpha=0), ValueError, "alpha=0.0 is out of range: above 0 to 1"),
        (dict(alpha=float("nan")), ValueError, "alpha=nan is out"),
        (dict(min_count=-1), ValueError, "min_count=-1 is out"),
        (dict(negative=0), ValueError, "negative=0 with hs=0 leaves nothing to train"),
        (dict(vector_size=10.5), TypeError, "vector_size=10.5 is of type float; a whole number"),
        (dict(window="5"), TypeError, "window='5' is of type str"),
        (dict(alpha="0.1"), TypeError, "alpha='0.1' is of type str; a number"),
        (dict(exact=True, workers=2), ValueError, "workers=2: exact runs on one thread"),
        (dict(size=10), TypeError, "size=10: this is vector_size since gensim 4"),
        (dict(windw=10), TypeError, "unknown parameter windw=10; did you mean window"),
        (dict(tokeniser=str), TypeError, "unknown parameter tokeniser=.*; did you mean tokenizer"),
    ],
)
def test_bad_parameters_are_named_with_their_value(options, error, message):
    with pytest.raises(error, match=message):
        w2v.train([["a", "b"]] * 10, **options)


def test_defaults_are_those_of_the_docstring():
    assert w2v.Params().start_alpha == 0.05 and w2v.Params(sg=1).start_alpha == 0.025
    assert "vector_size : int, default 100" in w2v.train.__doc__
    assert w2v.Params().n_workers >= 1 and w2v.Params().kernel_name == w2v.kernels()[0]


@pytest.mark.parametrize("name", FORMER_NAMES)
def test_former_names_answer_with_their_replacement(name):
    model = w2v.Word2Vec(
        [["cat", "sat"], ["mat"]], min_count=1, vector_size=4, workers=1, progress=False
    )
    with pytest.raises(AttributeError, match=f"Word2Vec has no '{name}'; use "):
        getattr(model, name)
    replacement = FORMER_NAMES[name].replace("(", " ").replace(",", " ").split()[0]
    value = model
    for part in replacement.split(".")[1:]:
        if not part.startswith("evaluate_"):
            value = getattr(value, part)
    with pytest.raises(TypeError, match=r"use model\.wv\['cat'\]"):
        model["cat"]
    with pytest.raises(TypeError, match=r"use 'cat' in model\.wv"):
        _ = "cat" in model
    assert not hasattr(model, "nonsense")


def test_a_model_without_a_corpus_has_vectors_without_words():
    model = w2v.Word2Vec(vector_size=7)
    assert isinstance(model.wv, w2v.KeyedVectors) and len(model.wv) == len(model.vocabulary) == 0
    assert model.wv.vector_size == 7 and "cat" not in model.wv
    with pytest.raises(KeyError, match="'cat': there are no words yet; a model has them once"):
        model.wv["cat"]
    with pytest.raises(ValueError, match="call build_vocab"):
        model.train([["cat"]])
    model.build_vocab([["cat"]] * 5)
    assert model.wv["cat"].shape == (7,)


def test_training_refuses_words_that_were_moved_or_added():
    model = w2v.Word2Vec(
        [["cat", "sat"], ["mat"]], min_count=1, vector_size=4, workers=1, progress=False
    )
    model.wv["new"] = [1, 2, 3, 4]
    with pytest.raises(ValueError, match="its words are no longer those of the vocabulary"):
        model.train([["cat"]])


@pytest.mark.parametrize(
    "sentences, sample", [([["a", "b"] * 10] * 400, 1e-12), ([["a"]] * 8000, 0)]
)
def test_training_nothing_is_told(sentences, sample):
    with pytest.warns(UserWarning, match="nothing was trained: no two of"):
        model = w2v.train(sentences, sample=sample, min_count=1, epochs=1, vector_size=4)
    assert model.report.pairs == 0


def test_pairs_are_counted_as_trained():
    sentences = [["a", "b", "c", "d", "e"]] * 100
    for options in (dict(sg=1), dict(sg=0), dict(sg=1, hs=1, negative=0), dict(exact=True)):
        model = w2v.train(
            sentences, sample=0, min_count=1, epochs=2, vector_size=4, window=2,
            shrink_windows=False, **options,
        )  # fmt: skip
        assert model.report.pairs == 2 * 100 * (2 + 3 + 4 + 3 + 2)


@pytest.mark.parametrize("V, negative, window", [(3, 45, 5), (30, 450, 5), (30, 5, 500)])
@pytest.mark.parametrize(
    "mode", [dict(sg=1), dict(sg=0), dict(sg=1, hs=1), dict(sg=1, shared_noise=False)]
)
def test_more_noise_than_words_is_as_stable_as_in_c(random, V, negative, window, mode):
    corpus = [[f"w{i}" for i in random.integers(V, size=30)] for _ in range(200)]
    options = dict(vector_size=16, negative=negative, window=window, min_count=1, sample=0)
    ours = w2v.train(corpus, workers=1, **options, **mode)
    mode = {name: value for name, value in mode.items() if name != "shared_noise"}
    theirs = w2v.train(corpus, exact=True, **options, **mode)
    assert np.abs(ours.wv.vectors).max() < 3 * np.abs(theirs.wv.vectors).max()


def test_building_the_vocabulary_again_begins_anew():
    first, second = [["a", "b"] * 5] * 50, [["c", "d"] * 5] * 50
    model = w2v.Word2Vec(first, min_count=1, vector_size=4, sample=0, workers=1)
    model.build_vocab(second)
    model.train(second)
    fresh = w2v.Word2Vec(second, min_count=1, vector_size=4, sample=0, workers=1)
    assert list(model.wv.index_to_key) == ["c", "d"] and model.totals["epochs"] == 5
    np.testing.assert_array_equal(model.wv.vectors, fresh.wv.vectors)


@pytest.mark.parametrize("options", [dict(workers=2), dict(workers=1), dict(exact=True)])
def test_vectors_do_not_change_after_an_interrupt(options):
    random = np.random.default_rng(1)
    corpus = [[f"w{i}" for i in random.zipf(1.3, 30) % 500] for _ in range(4000)]
    model = w2v.Word2Vec(min_count=1, vector_size=50, epochs=1000, sample=0, **options)
    model.build_vocab(corpus)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    seen = []
    with pytest.raises(KeyboardInterrupt):
        model.train(corpus, progress=lambda now: seen.append(now.finished))
    assert seen and not any(seen)  # it did not go on to the end first
    before = model.wv.vectors.copy()
    time.sleep(0.3)
    assert np.isfinite(before).all() and (model.wv.vectors == before).all()
    model.train(corpus[:10], epochs=1)


@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize(("n_words", "is_shared"), [(4_999, False), (5_000, True)])
def test_noise_words_are_shared_from_5000_words_on(sg, n_words, is_shared):
    corpus = [[f"w{word}" for word in range(start, n_words, 100)] for start in range(100)]
    usual = dict(vector_size=4, min_count=1, sg=sg, epochs=1, workers=1, sample=0, progress=False)
    found = [
        w2v.train(corpus, **usual, **options).wv.vectors.tobytes()
        for options in ({}, {"shared_noise": True}, {"shared_noise": False})
    ]
    assert found[1] != found[2] and found[0] == found[1 if is_shared else 2]
