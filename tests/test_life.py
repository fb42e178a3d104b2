"""The life of a model, as programs written for gensim lead it: built, watched, changed, grown.

What a call has to do is said by these tests; bench/ and test_peers.py compare with gensim itself.
"""

import logging
import pickle

import corpora
import numpy as np
import pytest

import w2v
from w2v.formats import native
from w2v.models.saving import KEPT, STATE

CORPUS = corpora.topics(sentences=400)
PLAIN = dict(vector_size=12, workers=1, min_count=1, epochs=2)
MODES = {
    "sg-ns": dict(sg=1),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "cbow-ns": dict(sg=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
    "sg-per-pair": dict(sg=1, shared_noise=False),
}


def weights(model):
    return [
        None if each is None else each.tobytes()
        for each in (model.wv.vectors, model.output_vectors, model.node_vectors)
    ]


# Arguments and attributes


def test_arguments_come_in_gensims_order():
    model = w2v.Word2Vec(
        CORPUS, None, 10, 0.03, 4, 2, 1000, 0.01, 7, 1, 0.001, 1, 1, 3, 0.5, 0, hash, 2, 0, None,
        1, 9999, True, (), "comment", 50, False,
    )  # fmt: skip
    wanted = w2v.Params(
        vector_size=10, alpha=0.03, window=4, min_count=2, sample=0.01, seed=7, workers=1,
        min_alpha=0.001, sg=1, hs=1, negative=3, ns_exponent=0.5, cbow_mean=0, epochs=2,
        max_final_vocab=50, shrink_windows=False,
    )  # fmt: skip
    assert model.params == wanted
    assert len(model.losses) == 2 and len(model.wv) <= 50
    with pytest.raises(TypeError, match="vector_size=5 is given by position, too"):
        w2v.Word2Vec(None, None, 10, vector_size=5)
    with pytest.raises(TypeError, match=r"28 arguments by position; there are 27 at most"):
        w2v.Word2Vec(*[None] * 28)


def test_what_changes_nothing_is_taken_with_a_line_in_the_log(caplog):
    caplog.set_level(logging.DEBUG, "w2v")
    model = w2v.Word2Vec(batch_words=5, hashfxn=len, null_word=1, sorted_vocab=0, comment="x")
    lines = [each for each in caplog.records if each.levelno == logging.DEBUG]
    assert len(lines) == 1 and "batch_words=5" in lines[0].message
    assert model.params == w2v.Params()


@pytest.mark.parametrize(
    "name, value",
    [
        ("epochs", 4), ("alpha", 0.01), ("min_alpha", 0.02), ("window", 2), ("negative", 2),
        ("sample", 0), ("ns_exponent", 0), ("cbow_mean", 0), ("seed", 9), ("sg", 1), ("hs", 1),
        ("shrink_windows", False), ("shared_noise", True), ("min_count", 42),
        ("max_final_vocab", 9), ("vector_size", 20), ("kernel", "baseline"),
    ],
)  # fmt: skip
def test_a_changed_attribute_is_obeyed_as_if_it_had_been_an_argument(name, value):
    changed, direct = w2v.Word2Vec(**PLAIN), w2v.Word2Vec(**{**PLAIN, name: value})
    assert getattr(changed, name) != getattr(direct, name) == value
    setattr(changed, name, value)
    assert getattr(changed, name) == value
    for model in (changed, direct):
        model.build_vocab(CORPUS)
        model.train(CORPUS)
    assert weights(changed) == weights(direct) != weights(w2v.Word2Vec(CORPUS, **PLAIN))


def test_a_rate_lowered_by_hand_is_the_rate_of_the_call():
    """The loop of old tutorials: alpha falls from call to call, and is constant in each."""
    model = w2v.Word2Vec(**PLAIN)
    model.build_vocab(CORPUS)
    twin = pickle.loads(pickle.dumps(model))
    for _ in range(3):
        model.train(CORPUS, total_examples=model.corpus_count, epochs=1)
        model.alpha -= 0.01
        model.min_alpha = model.alpha
    for start, end in ((0.05, 0.0001), (0.04, 0.04), (0.03, 0.03)):
        twin.train(CORPUS, epochs=1, start_alpha=start, end_alpha=end)
    assert weights(model) == weights(twin) and model.alpha == pytest.approx(0.02)
    assert twin.alpha == 0.05  # start_alpha is of one call


def test_attributes_that_there_are_not_cannot_be_set():
    model = w2v.Word2Vec()
    with pytest.raises(AttributeError, match="no attribute 'epoch'; did you mean epochs"):
        model.epoch = 5
    with pytest.raises(AttributeError, match="no attribute 'xyzzy'; help"):
        model.xyzzy = 5
    with pytest.raises(ValueError, match="window=0 is out of range"):
        model.window = 0

    class Mine(w2v.Word2Vec):
        pass

    mine = Mine(**PLAIN)
    mine.xyzzy = 5
    assert mine.xyzzy == 5 and type(Mine.load).__name__ == "method"


def test_the_width_of_vectors_cannot_change():
    model = w2v.Word2Vec(CORPUS, **PLAIN)
    with pytest.raises(
        ValueError, match="vector_size=5: this model has vectors with vector_size=12"
    ):
        model.vector_size = 5


def test_gensims_names_of_what_was_counted():
    model = w2v.Word2Vec(CORPUS, hs=1, **PLAIN)
    assert model.corpus_count == len(CORPUS) and model.corpus_total_words == 4000
    assert model.layer1_size == 12 and model.train_count == 1
    assert model.syn1neg is model.output_vectors
    assert model.syn1.shape == (96, 12) and (model.syn1[:95] == model.node_vectors).all()
    model.syn1 = model.syn1 + 1
    assert model.node_vectors.shape == (95, 12) and (model.syn1[:95] == model.node_vectors).all()
    assert model.total_train_time == model.report.seconds
    table = model.cum_table
    shares = np.diff(np.concatenate([[0], table.astype(float)])) / (2**31 - 1)
    counts = model.wv.counts**0.75
    np.testing.assert_allclose(shares, counts / counts.sum(), atol=1e-8)
    trained, read = model.report
    assert (trained, read) == (model.report.words_trained, model.report.words)
    model.syn1neg = np.ones_like(model.syn1neg)
    model.train(CORPUS, epochs=1)
    assert model.output_vectors.mean() > 0.5


def test_no_seed_draws_one_and_tells_it():
    models = [w2v.Word2Vec(CORPUS, seed=None, **PLAIN) for _ in range(2)]
    assert models[0].seed != models[1].seed and models[0].report.seed == models[0].seed
    again = w2v.Word2Vec(CORPUS, seed=models[0].seed, **PLAIN)
    assert weights(again) == weights(models[0]) != weights(models[1])


def test_a_wrong_count_is_told_and_a_right_one_is_not(caplog):
    model = w2v.Word2Vec(CORPUS, **PLAIN)
    model.train(CORPUS, total_examples=model.corpus_count, total_words=4000, epochs=1)
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]
    model.train(CORPUS, total_examples=3, epochs=1)
    assert "total_examples=3: the corpus has 400 sentences" in caplog.text


def test_the_log_has_vocabulary_epochs_and_end(caplog):
    caplog.set_level(logging.INFO, "w2v")
    w2v.Word2Vec(CORPUS, **PLAIN)
    text = [each.getMessage() for each in caplog.records]
    assert text[0].startswith("vocabulary: 96 words, 96 of them new; 4,000 of 4,000 tokens in 400")
    assert [line.split(":")[0] for line in text[1:]] == [
        "training", "epoch 1 of 2", "epoch 2 of 2", "trained",
    ]  # fmt: skip
    assert "words/s" in text[2] and "loss" in text[2]


@pytest.mark.parametrize("call", ["build_vocab", "train", "scan_vocab"])
def test_one_corpus_is_taken_under_one_name(call):
    model = w2v.Word2Vec(**PLAIN)
    model.build_vocab(CORPUS)
    for arguments in ({}, dict(corpus_iterable=CORPUS, corpus_file="x")):
        with pytest.raises(TypeError, match="two names of the corpus; pass one"):
            getattr(model, call)(**arguments)
    with pytest.raises(TypeError, match=r"sentences=.*: this is corpus_iterable since gensim 4"):
        model.train(sentences=[["a"]])


def test_a_corpus_without_words_is_an_error_of_values_and_of_the_moment():
    used = (sentence for sentence in CORPUS)
    model = w2v.Word2Vec(**PLAIN)
    with pytest.raises(RuntimeError, match="call build_vocab"):
        model.train(CORPUS)
    model.build_vocab(used)
    for kind in (RuntimeError, ValueError):
        with pytest.raises(kind, match="holds no words; a generator that was read before is"):
            model.train(used)


def test_output_vectors_are_there_once_there_are_words(caplog):
    model = w2v.Word2Vec(hs=1, **PLAIN)
    model.build_vocab(CORPUS)
    assert model.syn1neg.shape == (96, 12) and model.node_vectors.shape == (95, 12)
    assert not model.syn1neg.any() and not model.node_vectors.any()
    model.train(CORPUS)
    assert "hs=1 with negative=5 trains both losses" in caplog.text


# Words


def test_a_rule_keeps_and_discards_words():
    corpus = [["often", "never", "rare"], ["often", "never"], ["often", "never"]]
    rules = {"never": 1, "rare": 2}
    asked = []

    def rule(word, count, min_count):
        asked.append((word, count, min_count))
        return rules.get(word, 0)

    model = w2v.Word2Vec(corpus, vector_size=4, min_count=2, trim_rule=rule)
    assert model.wv.index_to_key == ["often", "rare"]
    assert sorted(asked) == [("never", 3, 2), ("often", 3, 2), ("rare", 1, 2)]
    model = w2v.Word2Vec(vector_size=4, min_count=2)
    model.build_vocab(corpus, trim_rule=rule, keep_raw_vocab=True)
    assert model.wv.index_to_key == ["often", "rare"]
    assert model.raw_vocab == {"often": 3, "never": 3, "rare": 1}
    model.build_vocab_from_freq({"often": 3, "never": 9, "rare": 1}, trim_rule=rule)
    assert model.wv.index_to_key == ["often", "rare"]
    with pytest.raises(ValueError, match="trim_rule: it answered 'no' to 'often'"):
        model.build_vocab(corpus, trim_rule=lambda *_: "no")


def test_counts_make_the_vocabulary_that_the_text_makes():
    text, counted = w2v.Word2Vec(**PLAIN), w2v.Word2Vec(**PLAIN)
    text.build_vocab(CORPUS, keep_raw_vocab=True)
    counted.build_vocab_from_freq(text.raw_vocab, corpus_count=400)
    assert counted.wv.index_to_key == text.wv.index_to_key and counted.corpus_count == 400
    for model in (text, counted):
        model.train(CORPUS)
    assert weights(text) == weights(counted)
    with pytest.raises(ValueError, match=r"word_freq\['a'\]=-1 is out of range"):
        counted.build_vocab_from_freq({"a": -1})


def test_scanning_counts_all_words():
    model = w2v.Word2Vec(min_count=100)
    assert model.scan_vocab([["a", "b"], ["a"], []]) == (3, 3)
    assert model.raw_vocab == {"a": 2, "b": 1}


def test_counts_are_limited_as_texts_are():
    counts = {word: 9 - i for i, word in enumerate("abcdef")}
    for exact in (False, True):
        text = w2v.Word2Vec(min_count=1, max_final_vocab=3, exact=exact, vector_size=4)
        text.build_vocab([[word] * n for word, n in counts.items()])
        assert text.wv.index_to_key[exact:] == ["a", "b", "c"]
    counted = w2v.Word2Vec(min_count=1, max_final_vocab=3, vector_size=4)
    counted.build_vocab_from_freq(counts)
    assert counted.wv.index_to_key == ["a", "b", "c"]


@pytest.mark.parametrize("mode", MODES)
def test_new_words_leave_the_old_ones_as_they_are(mode):
    model = w2v.Word2Vec(CORPUS, **PLAIN, **MODES[mode])
    wv, words = model.wv, list(model.wv.index_to_key)
    old, counts = wv.vectors.copy(), wv.counts.copy()
    outputs = None if model.syn1neg is None else model.syn1neg.copy()
    model.build_vocab([["new", "t0_1", "newer"], ["new"]] * 3, update=True)
    assert model.wv is wv and wv.index_to_key == [*words, "new", "newer"]
    assert wv.vectors[:96].tobytes() == old.tobytes()
    assert (np.abs(wv.vectors[96:]) < 2 / 12).all() and (wv.vectors[96:] != 0).all()
    gained = wv.counts[:96] - counts
    assert gained[wv.key_to_index["t0_1"]] == 3 == gained.sum()
    assert wv.counts[96:].tolist() == [6, 3] and wv.get_vecattr("new", "count") == 6
    if outputs is not None:
        assert model.syn1neg[:96].tobytes() == outputs.tobytes() and not model.syn1neg[96:].any()
    model.train([["new", "newer"]] * 200)
    assert (wv["new"] != 0).all() and wv.similarity("new", "newer") > wv.similarity("new", "t0_1")


def test_new_words_are_chosen_by_their_own_counts():
    model = w2v.Word2Vec(CORPUS, **{**PLAIN, "min_count": 5})
    more = [["seldom"]] * 4 + [["often"]] * 5 + [["t0_1"]]
    model.build_vocab(more, update=True)
    assert model.wv.index_to_key[96:] == ["often"]
    model.max_final_vocab = 98
    model.build_vocab([["a"]] * 9 + [["b"]] * 8, update=True)
    assert model.wv.index_to_key[97:] == ["a"]
    exact = w2v.Word2Vec(CORPUS, exact=True, vector_size=4)
    with pytest.raises(ValueError, match=r"update=True: exact=True"):
        exact.build_vocab(more, update=True)


def test_words_learn_in_any_order_of_loading_and_growing(tmp_path):
    path, more = tmp_path / "model.w2v", [["new", "t0_1"]] * 50
    kept = w2v.Word2Vec(CORPUS, **PLAIN)
    kept.save(path)
    opened = w2v.Word2Vec.load(path)
    for model in (kept, opened):
        model.build_vocab(more, update=True)
        model.train(more)
    assert weights(kept) == weights(opened) and opened.train_count == 2
    opened.save(path)
    opened = w2v.Word2Vec.load(path)
    assert weights(kept) == weights(opened)
    assert opened.wv.index_to_key == kept.wv.index_to_key and opened.losses == kept.losses


@pytest.mark.parametrize("how", ["vectors", "file"])
def test_words_begin_with_vectors_that_are_given(how, tmp_path):
    given = w2v.KeyedVectors(["t0_1", "stranger", "t0_2"], np.eye(3, 12, dtype=np.float32))
    init = given
    if how == "file":
        init = tmp_path / "vectors.txt"
        given.save_word2vec_format(init)
    model, plain = w2v.Word2Vec(**PLAIN), w2v.Word2Vec(**PLAIN)
    model.build_vocab(CORPUS, init=init)
    plain.build_vocab(CORPUS)
    rows = [model.wv.key_to_index[word] for word in ("t0_1", "t0_2")]
    assert model.wv.vectors[rows].tobytes() == given.vectors[[0, 2]].tobytes()
    others = np.delete(np.arange(96), rows)
    assert model.wv.vectors[others].tobytes() == plain.wv.vectors[others].tobytes()
    assert weights(w2v.train(CORPUS, init=init, **PLAIN)) != weights(w2v.train(CORPUS, **PLAIN))
    with pytest.raises(ValueError, match="init: its vectors have 12 dimensions; pass vector_size"):
        w2v.train(CORPUS, init=given, vector_size=5)
    with pytest.raises(ValueError, match="init: it has none of the words"):
        w2v.train([["x", "y"]] * 9, init=given, vector_size=12)


def test_new_words_need_no_vectors_to_begin_with():
    given = w2v.KeyedVectors(["t0_1", "new"], np.eye(2, 12, dtype=np.float32))
    model = w2v.Word2Vec(CORPUS, init=given, **PLAIN)
    model.build_vocab([["other"]], update=True)
    model.build_vocab([["new", "newest"]], update=True)
    assert (model.wv["new"] == given["new"]).all() and "newest" in model.wv


@pytest.mark.parametrize(
    "fail",
    [
        lambda model: model.build_vocab("nowhere.txt"),
        lambda model: model.build_vocab([["rare"]]),
        lambda model: model.build_vocab([["x"]] * 9, init="nowhere.txt", update=True),
        lambda model: model.build_vocab_from_freq({"a": -1}),
        lambda model: model.build_vocab_from_freq({"a": 1}, update=False),
        lambda model: model.reset_from(None),
    ],
)
def test_a_vocabulary_that_cannot_be_built_leaves_the_model_as_it_was(fail):
    model = w2v.Word2Vec(CORPUS, **{**PLAIN, "min_count": 5})
    before, wv = weights(model), model.wv
    with pytest.raises((ValueError, OSError, AttributeError)):
        fail(model)
    assert weights(model) == before and model.wv is wv and len(model.vocabulary) == 96
    model.train(CORPUS)
    assert model.train_count == 2 and weights(model) != before


# Frozen rows


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_frozen_rows_keep_their_bits(mode, workers):
    model = w2v.Word2Vec(CORPUS, **{**PLAIN, "workers": workers}, **MODES[mode])
    frozen = [model.wv.key_to_index[word] for word in ("t0_1", "t1_1", "t2_2")]
    model.wv.vectors[frozen[0], 0] = -0.0
    before = model.wv.vectors.copy()
    model.wv.vectors_lockf[frozen] = 0
    model.train(CORPUS, epochs=3)
    assert model.wv.vectors[frozen].tobytes() == before[frozen].tobytes()
    others = np.delete(np.arange(96), frozen)
    assert (model.wv.vectors[others] != before[others]).any(axis=1).all()


def test_rows_that_are_not_locked_train_as_without_locks():
    free, locked = w2v.Word2Vec(CORPUS, **PLAIN), w2v.Word2Vec(CORPUS, **PLAIN)
    locked.wv.vectors_lockf = np.ones(1)
    for model in (free, locked):
        model.train(CORPUS)
    assert weights(free) == weights(locked)


def test_vectors_taken_over_are_frozen_unless_told_otherwise(tmp_path):
    path = tmp_path / "given.txt"
    given = np.eye(2, 12, dtype=np.float32)
    w2v.KeyedVectors(["t0_1", "stranger"], given).save_word2vec_format(path)
    model = w2v.Word2Vec(**PLAIN)
    model.build_vocab(CORPUS)
    model.wv.intersect_word2vec_format(path)
    model.train(CORPUS)
    assert (model.wv["t0_1"] == given[0]).all() and "stranger" not in model.wv
    model.wv.intersect_word2vec_format(path, lockf=1.0)
    model.train(CORPUS)
    assert (model.wv["t0_1"] != given[0]).any()


def test_locks_go_with_their_words(tmp_path):
    model = w2v.Word2Vec(CORPUS, **PLAIN)
    model.wv.vectors_lockf[3] = 0.5
    model.save(tmp_path / "model.w2v")
    model = w2v.Word2Vec.load(tmp_path / "model.w2v")
    assert model.wv.vectors_lockf[3] == 0.5 and model.wv.vectors_lockf.sum() == 95.5
    model.build_vocab([["new"]], update=True)
    assert model.wv.vectors_lockf[3] == 0.5 and model.wv.vectors_lockf[96] == 1
    kv = pickle.loads(pickle.dumps(model.wv))
    word = kv.index_to_key[3]
    kv.set_vecattr(word, "count", 10**6)
    kv.sort_by_descending_frequency()
    assert kv.get_index(word) == 0 and kv.vectors_lockf[0] == 0.5 and kv.vectors_lockf[3] == 1
    for wrong in (-1, 2, np.nan):
        model.wv.vectors_lockf[0] = wrong
        with pytest.raises(ValueError, match=r"vectors_lockf: .* is out of range"):
            model.train(CORPUS)
    with pytest.raises(ValueError, match=r"vectors_lockf: shape \(3,\) does not fit 97 words"):
        model.wv.vectors_lockf = np.ones(3)


# Callbacks and losses


class Recorder:
    """A callback that is not made from ours, and has not all methods."""

    def __init__(self):
        self.seen = []

    def on_train_begin(self, model):
        self.seen.append(("begin", model.wv.vectors.copy()))

    def on_epoch_end(self, model):
        assert np.isfinite(model.wv.most_similar("t0_1", topn=1)[0][1])
        self.seen.append(("epoch", model.wv.vectors.copy(), model.totals["epochs"]))

    def on_train_end(self, model):
        self.seen.append(("end", model.wv.vectors.copy()))


@pytest.mark.parametrize("mode", MODES)
def test_callbacks_see_the_weights_of_their_moment(mode):
    recorder = Recorder()
    options = {**PLAIN, **MODES[mode], "epochs": 3}
    model = w2v.Word2Vec(CORPUS, callbacks=[recorder], **options)
    assert [each[0] for each in recorder.seen] == ["begin", "epoch", "epoch", "epoch", "end"]
    assert [each[2] for each in recorder.seen[1:4]] == [1, 2, 3]
    plain = w2v.Word2Vec(CORPUS, **options)
    assert weights(model) == weights(plain)  # watching changes nothing
    assert recorder.seen[-1][1].tobytes() == recorder.seen[3][1].tobytes() == weights(model)[0]
    # The rate of the first epochs is that of the run, so its weights are not those of a short run;
    # a constant rate makes them so.
    steady = dict(options, alpha=0.02, min_alpha=0.02)
    recorder = Recorder()
    w2v.Word2Vec(CORPUS, callbacks=[recorder], **steady)
    short = w2v.Word2Vec(CORPUS, **{**steady, "epochs": 2})
    assert recorder.seen[2][1].tobytes() == weights(short)[0]


def test_models_saved_between_epochs_go_on_as_if_nothing_had_been(tmp_path):
    class Saver(w2v.Callback):
        def on_epoch_end(self, model):
            model.save(tmp_path / f"{model.totals['epochs']:.0f}.w2v")

    options = dict(PLAIN, epochs=3, alpha=0.02, min_alpha=0.02)
    model = w2v.Word2Vec(CORPUS, callbacks=[Saver()], **options)
    opened = w2v.Word2Vec.load(tmp_path / "2.w2v")
    assert opened.losses == model.losses[:2]
    opened.train(CORPUS, epochs=1)
    assert weights(opened) == weights(model) and opened.losses == model.losses


def test_what_callbacks_write_into_vectors_is_trained_on():
    class Nudge(w2v.Callback):
        def on_epoch_end(self, model):
            model.wv.vectors[:] = 1

    options = dict(PLAIN, epochs=2, alpha=1e-6, min_alpha=1e-6)
    model = w2v.Word2Vec(CORPUS, callbacks=[Nudge()], **options)
    assert (model.wv.vectors == 1).all()
    model.train(CORPUS, callbacks=[])
    assert abs(model.wv.vectors - 1).max() < 0.01


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_of_a_callback_leaves_a_usable_model(workers):
    class Enough(Exception):
        pass

    class Stop(w2v.Callback):
        ended = False

        def on_epoch_end(self, model):
            if model.totals["epochs"] == 2:
                raise Enough

        def on_train_end(self, model):
            self.ended = True

    stop = Stop()
    model = w2v.Word2Vec(**{**PLAIN, "epochs": 9, "workers": workers})
    model.build_vocab(CORPUS)
    with pytest.raises(Enough):
        model.train(CORPUS, callbacks=[stop])
    assert not stop.ended and len(model.losses) == 2 == model.totals["epochs"]
    assert np.isfinite(model.wv.vectors).all()
    model.train(CORPUS, epochs=1)
    assert len(model.losses) == 3


def test_what_is_no_callback_is_refused_before_work_starts():
    for wrong in (w2v.Callback, print, 5):
        with pytest.raises(TypeError, match=r"callbacks: .* has none of on_train_begin, "):
            w2v.Word2Vec(CORPUS, callbacks=[wrong])
    with pytest.raises(TypeError, match="a list of Callback objects is expected"):
        w2v.Word2Vec(CORPUS, callbacks=w2v.Callback())


def test_the_running_loss_is_the_sum_that_gensims_programs_subtract():
    sums, pairs = [], []

    class Watch(w2v.Callback):
        def on_epoch_end(self, model):
            sums.append(model.get_latest_training_loss())
            pairs.append(model.report.pairs)

    model = w2v.Word2Vec(CORPUS, sg=1, compute_loss=True, callbacks=[Watch()], **PLAIN)
    assert sums == sorted(sums) and sums[-1] == model.running_training_loss
    np.testing.assert_allclose(np.diff([0, *sums]) / np.diff([0, *pairs]), model.losses)
    assert model.losses[1] < model.losses[0] < 6 * np.log(2) * 1.01  # at first all scores are 0


@pytest.mark.parametrize("compute_loss, n", [(True, 2), (None, 2), (False, 0)])
def test_the_loss_is_computed_as_told(compute_loss, n):
    model = w2v.Word2Vec(CORPUS, compute_loss=compute_loss, **PLAIN)
    assert len(model.losses) == len(model.report.losses) == n
    assert (model.running_training_loss > 0) == bool(n)
    model.train(CORPUS, compute_loss=not n)
    assert len(model.losses) == 2


# Predictions


def test_the_likeliest_centre_is_of_the_topic_of_its_context():
    model = w2v.Word2Vec(corpora.topics(), vector_size=16, sample=0, epochs=8, alpha=0.1, workers=1)
    found = model.predict_output_word(["t3_1", "t3_2", "unheard"], topn=5)
    assert all(word.startswith("t3_") for word, _ in found)
    everything = model.predict_output_word(["t3_1", "t3_2"], topn=1000)
    assert found == everything[:5] and sum(p for _, p in everything) == pytest.approx(1)
    hidden = (model.wv["t3_1"] + model.wv["t3_2"]) / 2
    shares = np.exp(model.syn1neg @ hidden)
    assert everything[0][1] == pytest.approx(shares.max() / shares.sum(), rel=1e-5)
    assert model.predict_output_word(["unheard"]) is None
    with pytest.raises(RuntimeError, match="train with negative=5"):
        w2v.Word2Vec(CORPUS, hs=1, negative=0, **PLAIN).predict_output_word(["t0_1"])


@pytest.mark.parametrize("sg", [0, 1])
def test_hierarchical_softmax_scores_sentences_by_probabilities_that_add_up(sg):
    """For a window of two words the likelihoods of all second words make a distribution."""
    model = w2v.Word2Vec(CORPUS, hs=1, negative=0, sg=sg, **PLAIN)
    words = model.wv.index_to_key
    offsets, steps = model.vocabulary.huffman_paths()

    def log_p(centre, context):
        path = steps[offsets[centre] : offsets[centre + 1]]
        scores = model.node_vectors[path >> 1] @ model.wv.vectors[context]
        return -np.logaddexp(0, np.where(path & 1, scores, -scores)).sum()

    assert np.exp([log_p(i, 0) for i in range(96)]).sum() == pytest.approx(1)
    found = model.score([[words[0], words[5]], ["unheard"], [words[7], "unheard", words[0]]])
    wanted = [log_p(0, 5) + log_p(5, 0), 0, log_p(7, 0) + log_p(0, 7)]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    with pytest.raises(RuntimeError, match="train with hs=1"):
        w2v.Word2Vec(CORPUS, **PLAIN).score([["t0_1"]])


def test_a_model_takes_over_the_words_of_another():
    other, fresh = w2v.Word2Vec(CORPUS, **PLAIN), w2v.Word2Vec(**PLAIN)
    fresh.reset_from(other)
    assert fresh.wv.index_to_key == other.wv.index_to_key and fresh.corpus_count == 400
    fresh.train(CORPUS)
    assert weights(fresh) == weights(other)


def test_memory_is_estimated_as_it_is_taken():
    model = w2v.Word2Vec(CORPUS, hs=1, **{**PLAIN, "vector_size": 16})
    told = model.estimate_memory()
    assert told["vectors"] == model.wv.vectors.nbytes == told["syn1neg"] == told["syn1"]
    assert told["total"] == sum(told[name] for name in ("vocab", "vectors", "syn1neg", "syn1"))
    assert w2v.Word2Vec().estimate_memory(10**6)["total"] > 8 * 10**8


@pytest.mark.parametrize("name", [*KEPT, *STATE])
def test_models_without_what_they_need_are_named(name, tmp_path):
    model = w2v.Word2Vec(CORPUS, **PLAIN)
    model.save(tmp_path / "m")
    arrays, metadata, words = native.read(tmp_path / "m", None)
    kept = {key: value for key, value in metadata.items() if not key.startswith("w2v_")}
    del kept[name]
    native.write(tmp_path / "less", words, arrays, kept)
    with pytest.raises(ValueError, match="holds vectors only|have no " + name):
        w2v.Word2Vec.load(tmp_path / "less")
    if name not in ("report", "params"):
        native.write(tmp_path / "odd", words, arrays, {**kept, name: '"five"'})
        with pytest.raises(ValueError, match="odd"):
            w2v.Word2Vec.load(tmp_path / "odd")
