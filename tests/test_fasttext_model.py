"""FastText, the model: what it promises beyond Word2Vec, and what of Word2Vec it keeps."""

import dataclasses

import numpy as np
import pytest

import w2v
from w2v.formats.subwords import Subwords
from w2v.models.subwords import PartRows

STEMS = ["walk", "talk", "jump", "paint", "climb", "sing"]
ENDINGS = ["", "s", "ed", "ing", "er"]


def corpus(random, n=1500):
    """Sentences of one stem, whose words are its forms, with fillers."""
    lines = []
    for _ in range(n):
        stem = STEMS[random.integers(len(STEMS))]
        words = [stem + ENDINGS[random.integers(len(ENDINGS))] for _ in range(5)]
        lines.append([*words, f"filler{random.integers(30)}"])
    return lines


def small(**params):
    given = dict(vector_size=16, workers=1, sample=0, window=3, epochs=3, bucket=5000, min_count=1)
    return given | params


@pytest.fixture
def lines(random):
    return corpus(random)


MODES = {
    "sg-ns": dict(sg=1),
    "cbow-ns": dict(sg=0),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
}


@pytest.mark.parametrize("mode", MODES)
def test_unknown_forms_of_a_word_are_near_it(mode, lines):
    model = w2v.FastText(lines, **small(epochs=10, **MODES[mode]))
    assert "walkings" not in model.wv.key_to_index
    near = [model.wv.similarity("walkings", stem + "ing") for stem in STEMS]
    assert np.argmax(near) == 0


def test_vectors_are_means_of_own_rows_and_those_of_ngrams(lines):
    model = w2v.FastText(lines, **small())
    wv, subwords = model.wv, Subwords(3, 6, 5000)
    for word in ("walked", "filler3"):
        buckets = subwords.of(word.encode())
        rows = wv.vectors_ngrams[buckets].astype(np.float64).sum(axis=0)
        own = wv.vectors_vocab[wv.key_to_index[word]]
        np.testing.assert_allclose(wv[word], (rows + own) / (len(buckets) + 1), atol=1e-6)
    assert (np.diff(wv.ngrams.buckets.astype(int)) > 0).all()
    assert len(wv.ngrams.rows) < 600  # those that occur, not all buckets


def test_train_with_subwords_is_a_fasttext_with_its_defaults(lines):
    one = w2v.train(lines, subwords=True, sg=1, vector_size=8, workers=1, max_n=4)
    other = w2v.FastText(
        lines, sg=1, vector_size=8, workers=1, max_n=4, alpha=0.05, sample=1e-4, ns_exponent=0.5
    )
    assert isinstance(one, w2v.FastText)
    np.testing.assert_array_equal(one.wv.vectors, other.wv.vectors)
    with pytest.raises(TypeError, match=r"max_n=4: this is for subwords=True"):
        w2v.train(lines, max_n=4)


def test_a_model_without_ngrams_has_the_vectors_of_word2vec(lines):
    """Each word has one part; only the order in which copies of a word see each other differs."""
    given = dict(vector_size=16, workers=1, min_count=1, sample=0, window=1, sg=1, epochs=1)
    same = dict(alpha=0.05, ns_exponent=0.5)
    plain = w2v.Word2Vec([line[:2] for line in lines], **given, **same)
    made = w2v.FastText([line[:2] for line in lines], max_n=0, **given)
    np.testing.assert_allclose(made.wv.vectors, plain.wv.vectors, atol=0.02)


@pytest.mark.parametrize("params", [{}, dict(deterministic=True, workers=4)])
def test_training_repeats_itself_and_goes_on_after_loading(params, lines, tmp_path):
    def made():
        return w2v.FastText(lines, **small(**params))

    model = made()
    assert model.wv.vectors.tobytes() == made().wv.vectors.tobytes()
    model.save(tmp_path / "model.w2v")
    again = w2v.FastText.load(tmp_path / "model.w2v")
    assert again.wv["walkings"].tobytes() == model.wv["walkings"].tobytes()
    for each in (model, again):
        each.train(lines)
    assert again.wv.vectors.tobytes() == model.wv.vectors.tobytes()
    assert again.output_vectors.tobytes() == model.output_vectors.tobytes()


def test_models_are_opened_by_their_own_class(lines, tmp_path):
    w2v.FastText(lines, **small()).save(tmp_path / "subwords.w2v")
    w2v.Word2Vec(lines, vector_size=8).save(tmp_path / "words.w2v")
    with pytest.raises(ValueError, match=r"a model of FastText; open it with FastText\.load"):
        w2v.Word2Vec.load(tmp_path / "subwords.w2v")
    with pytest.raises(ValueError, match=r"a model of Word2Vec; open it with Word2Vec\.load"):
        w2v.FastText.load(tmp_path / "words.w2v")


def test_new_words_leave_what_was_learned_and_begin_with_their_ngrams(lines):
    model = w2v.FastText(lines, **small())
    before, unknown = {word: model.wv[word].copy() for word in model.wv.key_to_index}, len(model.wv)
    model.build_vocab([["walkable", "zzz"]] * 3, update=True)
    for word, vector in before.items():
        assert model.wv[word].tobytes() == vector.tobytes()
    assert model.wv.key_to_index["walkable"] >= unknown
    assert model.output_vectors.shape == model.wv.vectors.shape
    model.train([["walkable", "walked", "zzz"]] * 200)
    assert model.wv["walkable"].tobytes() != before["walked"].tobytes()
    assert not np.array_equal(model.wv["walked"], before["walked"])


@pytest.mark.parametrize("mode", MODES)
def test_frozen_words_keep_their_vectors_to_the_bit(mode, lines):
    model = w2v.FastText(lines, **small(epochs=1, **MODES[mode]))
    frozen = ["walked", "filler3"]
    before = {word: model.wv[word].copy() for word in [*frozen, "jumps"]}
    model.wv.vectors_lockf[[model.wv.key_to_index[word] for word in frozen]] = 0
    model.train(lines)
    for word in frozen:
        assert model.wv[word].tobytes() == before[word].tobytes()
    assert not np.array_equal(model.wv["jumps"], before["jumps"])


def test_words_begin_with_the_vectors_given(lines, random):
    given = w2v.KeyedVectors(["walked", "other"], random.normal(size=(2, 16)).astype(np.float32))
    model = w2v.FastText(**small(init=given))
    model.build_vocab(lines)
    np.testing.assert_allclose(model.wv["walked"], given["walked"], atol=1e-5)


def test_callbacks_see_the_vectors_and_can_change_them(lines):
    class Reset(w2v.Callback):
        def on_epoch_end(self, model):
            seen.append(model.wv["walkings"].copy())
            model.wv.vectors_vocab[:] = 0
            model.wv.ngrams.rows[:] = 0

    seen = []
    model = w2v.FastText(lines, **small(epochs=2, callbacks=[Reset()]))
    assert len(seen) == 2 and np.abs(seen[0]).max() > 0
    assert np.abs(model.wv.vectors).max() == 0 and len(model.losses) == 2


def test_a_checkpoint_goes_on_to_the_same_bytes(lines, tmp_path):
    class Stop(w2v.Callback):
        def on_epoch_end(self, model):
            model.stop_training = model.report.epochs == 1

    given = small(epochs=3, checkpoint=tmp_path / "run.w2v", checkpoint_every="1 epoch")
    whole = w2v.FastText(lines, **given)
    w2v.FastText(lines, **given, callbacks=[Stop()])
    resumed = w2v.train(lines, subwords=True, resume=tmp_path / "run.w2v")
    assert isinstance(resumed, w2v.FastText)
    assert resumed.wv.vectors.tobytes() == whole.wv.vectors.tobytes()
    assert resumed.losses == whole.losses


def test_the_loss_falls_and_that_of_other_text_is_measured(lines):
    model = w2v.FastText(lines, **small(epochs=5, sg=1))
    assert model.losses[-1] < model.losses[0]
    rows = model.wv.ngrams.rows.copy()
    assert 0 < model.held_out_loss(lines[:100]) < 4.2
    np.testing.assert_array_equal(model.wv.ngrams.rows, rows)


def test_rows_used_most_stand_together_and_come_back_to_their_places(lines):
    model = w2v.FastText(**small())
    model.build_vocab(lines)
    spelled = model.wv.parts.spelled(model.vocabulary.words)
    table = PartRows(
        model.params, model.subwords, model.vocabulary, spelled, np.array([7], np.uint32), 64
    )
    R = len(table.buckets)
    rows = np.arange(R + len(model.vocabulary), dtype=np.float32)[:, np.newaxis]
    swapped = rows.copy()
    table.swap(swapped)
    assert 7 in table.buckets and table.movers.size
    offsets, buckets = model.subwords.table(model.vocabulary.words)
    for i in range(len(model.vocabulary)):
        parts = table.parts.rows[table.parts.offsets[i] : table.parts.offsets[i + 1]]
        wanted = np.searchsorted(table.buckets, buckets[offsets[i] : offsets[i + 1]])
        assert swapped[parts, 0].tolist() == [R + i, *wanted]
    uses = np.bincount(table.parts.rows, minlength=R)
    assert uses[table.parts.first_hot : R].min() >= 1
    table.swap(swapped)
    np.testing.assert_array_equal(swapped, rows)


@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize("workers", [2, 16])
def test_threads_learn_what_one_does(sg, workers, lines):
    """Copies of rows are merged: on 16 threads, of a vocabulary whose words all share n-grams."""
    model = w2v.FastText(lines * 12, **small(sg=sg, workers=workers, epochs=3))
    assert np.abs(model.wv.vectors).max() < 10
    near = [model.wv.similarity("walkings", stem + "ing") for stem in STEMS]
    assert np.argmax(near) == 0


@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize(
    "line", [["a", "b"] * 20, ["gene1", "gene2", "gene3"] * 10, ["one", "word", "one"] * 9]
)
def test_texts_of_few_words_stay_finite(line, sg):
    model = w2v.FastText([line] * 3000, vector_size=16, sg=sg, workers=4, sample=0, min_count=1)
    assert np.abs(model.wv.vectors).max() < 60  # Word2Vec: up to 24


def test_names_that_share_most_ngrams_stay_finite(random):
    """In a window of 10 each of some 20 words would move all others by two thirds."""
    names = [f"ENSG0000{i}" for i in range(100, 300)]
    text = [list(random.permutation(names)) for _ in range(200)]
    model = w2v.FastText(text, vector_size=16, sg=1, window=10, workers=1, sample=0)
    assert model.wv.vectors.std() < 1


def test_mistakes_are_told(lines, tmp_path):
    for params, told in {
        "min_n": (dict(min_n=7), r"min_n=7 is above max_n=6"),
        "bucket": (dict(bucket=0), r"bucket=0 with max_n=6"),
        "high": (dict(max_n=300), r"max_n=300"),
    }.values():
        with pytest.raises(ValueError, match=told):
            w2v.FastText(lines, **params)
    with pytest.raises(TypeError, match=r"bukket"):
        w2v.FastText(lines, bukket=3)
    with pytest.raises(TypeError, match=r"parts of words that are str, not int; use Word2Vec"):
        w2v.FastText([[1, 2, 3]] * 50, vector_size=4)
    model = w2v.FastText(lines, **small())
    with pytest.raises(ValueError, match=r"bucket=7: this model has vectors with bucket=5000"):
        model.bucket = 7
    with pytest.raises(TypeError, match=r"to_gensim"):
        model.to_gensim()
    with pytest.raises(TypeError, match=r"exact=True trains on the bytes of a file"):
        w2v.FastText(lines, exact=True)
    path = tmp_path / "text"
    path.write_text("\n".join(" ".join(line) for line in lines))
    with pytest.raises(ValueError, match=r"cbow_mean=0: exact=True has no such thing"):
        w2v.FastText(path, exact=True, cbow_mean=0)
    exact = w2v.FastText(path, exact=True, vector_size=10, epochs=1, bucket=500)
    with pytest.raises(ValueError, match=r"exact=True trains when the model is made"):
        exact.train(lines)


@pytest.mark.parametrize("mode", MODES)
def test_exact_models_are_what_the_tool_trains(mode, lines, tmp_path):
    """The module of 0.9.3 gives the bytes of 0.9.2 where its table is of fresh pages."""
    fasttext = pytest.importorskip("fasttext")
    path = tmp_path / "text"
    path.write_text("\n".join(" ".join(line) for line in lines[:200]) + "\n")
    made = w2v.FastText(path, exact=True, vector_size=10, epochs=1, **MODES[mode])
    theirs = fasttext.train_unsupervised(
        str(path), dim=10, epoch=1, thread=1, verbose=0,
        model="skipgram" if made.sg else "cbow", loss="hs" if made.hs else "ns",
    )  # fmt: skip
    assert made.wv.index_to_key == theirs.words
    for word in ("walked", "walkings", "</s>"):
        np.testing.assert_array_equal(made.wv[word], theirs.get_word_vector(word))


def test_estimates_of_memory_know_ngrams(lines):
    model = w2v.FastText(**small())
    model.build_vocab(lines)
    memory = model.estimate_memory()
    assert memory["ngrams"] == len(model.wv.ngrams.rows) * 16 * 4
    assert memory["total"] == sum(size for name, size in memory.items() if name != "total")
    assert dataclasses.asdict(model.params)["bucket"] == 5000
