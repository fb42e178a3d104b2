"""Files of gensim 3.8 and 4 open as what they hold, and models go on on either side."""

import itertools
import pickle

import numpy as np
import pickles
import pytest

import w2v
from w2v.corpus import _tables

WORDS = ["tea", "naïve", "new york", "词", "milk"]
COUNTS = [9, 5, 5, 2, 2]


@pytest.fixture
def corpus(random):
    return [random.choice([f"w{i}" for i in range(30)], 6).tolist() for _ in range(200)]


@pytest.fixture
def rows(random):
    return random.normal(size=(2, 5, 3)).astype(np.float32)


def gensim_model(corpus, **params):
    models = pytest.importorskip("gensim.models")
    return models.Word2Vec(corpus, **{**dict(vector_size=12, min_count=1, workers=1), **params})


def assert_same(found, wanted):
    assert list(found.index_to_key) == wanted.index_to_key
    assert found.vectors.dtype == wanted.vectors.dtype and found.vectors.flags.aligned
    np.testing.assert_array_equal(found.vectors, wanted.vectors)
    assert found.counts.tolist() == wanted.expandos["count"].tolist()
    wanted.expandos.pop("count")
    for name, values in wanted.expandos.items():
        assert (
            list(map(list, found.expandos[name])) == list(map(list, values))
            if (values.dtype == object)
            else found.expandos[name].tolist() == values.tolist()
        )


# KeyedVectors


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
def test_vectors_of_gensim_4_open_with_all_attributes(tmp_path, corpus, protocol, suffix):
    theirs = gensim_model(corpus, hs=1).wv
    theirs.set_vecattr("w1", "age", 1.5)
    path = str(tmp_path / f"vectors{suffix}")
    theirs.save(path, pickle_protocol=protocol)
    found = w2v.load(path)
    assert found.vectors.flags.writeable and set(found.expandos) > {"age", "sample_int", "code"}
    assert w2v.load(path, limit=4).expandos["age"].tolist() == theirs.expandos["age"][:4].tolist()
    assert_same(found, theirs)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_arrays_beside_the_pickle_are_mapped_where_they_can_be(tmp_path, corpus, suffix):
    model = gensim_model(corpus)
    path = str(tmp_path / f"model{suffix}")
    model.save(path, sep_limit=100)
    wanted = model.wv.vectors.copy()
    for mmap in ("c", "r", None):
        found = w2v.KeyedVectors.load(path, mmap=mmap)
        np.testing.assert_array_equal(found.vectors, wanted)
        is_mapped = not suffix and mmap is not None
        assert type(found.vectors.base).__name__ == "mmap" or not is_mapped
        assert found.vectors.flags.writeable == (not is_mapped or mmap == "c")
        if found.vectors.flags.writeable:
            found.vectors[:] = 0  # which never reaches the file
    model = w2v.Word2Vec.load(path, mmap="r")
    model.train(corpus)
    assert (model.wv.vectors != wanted).any()
    np.testing.assert_array_equal(w2v.load(path).vectors, wanted)
    with pytest.raises(ValueError, match="mmap='w'"):
        w2v.load(path, mmap="w")


def test_what_was_mapped_when_gensim_saved_it_opens(tmp_path, corpus):
    model = gensim_model(corpus)
    model.save(str(tmp_path / "first"), sep_limit=100)
    mapped = type(model).load(str(tmp_path / "first"), mmap="r")
    mapped.save(str(tmp_path / "second"))
    assert_same(w2v.load(tmp_path / "second"), model.wv)


@pytest.mark.parametrize("bucket", [0, 70])
def test_words_of_fasttext_have_the_vectors_that_gensim_gives(tmp_path, bucket):
    models = pytest.importorskip("gensim.models")
    model = models.FastText([WORDS] * 20, vector_size=4, min_count=1, bucket=bucket, workers=1)
    model.save(str(tmp_path / "model"), sep_limit=100)
    model.wv.save(str(tmp_path / "vectors"))
    for name in ("model", "vectors"):
        found = w2v.KeyedVectors.load(tmp_path / name)
        assert found.index_to_key == model.wv.index_to_key
        np.testing.assert_allclose(found.vectors, model.wv.vectors, atol=1e-7)
        assert ("unheard-of" in found) == bool(bucket)
        if bucket:
            np.testing.assert_allclose(found["unheard-of"], model.wv["unheard-of"], atol=1e-7)


def test_vectors_of_gensim_3_8_open(tmp_path, rows):
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, COUNTS, *rows)
        whole = pickles.dump(tmp_path / "model", model)
        alone = pickles.dump(tmp_path / "vectors", model.wv)
    for path in (whole, alone):
        found = w2v.KeyedVectors.load(path)
        assert found.index_to_key == WORDS and found.counts.tolist() == COUNTS
        np.testing.assert_array_equal(found.vectors, rows[0])
        assert found.expandos["sample_int"].tolist() == [2**31] * 5
        assert found.most_similar("tea", topn=4)


# Models


def test_a_model_of_gensim_3_8_goes_on_training(tmp_path, rows):
    with pickles.stand_ins() as kinds:
        path = pickles.dump(tmp_path / "model", pickles.word2vec_3_8(kinds, WORDS, COUNTS, *rows))
    model = w2v.Word2Vec.load(path)
    wanted = dict(
        sg=1, alpha=0.03, min_alpha=0.001, window=3, epochs=4, workers=2, seed=7, min_count=2,
        sample=0.01, ns_exponent=0.5, vector_size=3, hs=0, negative=5, cbow_mean=1,
    )  # fmt: skip
    assert {name: getattr(model, name) for name in wanted} == wanted
    assert (model.train_count, model.corpus_count, model.corpus_total_words) == (2, 11, 99)
    assert model.total_train_time == 1.5 and model.totals["epochs"] == 8
    np.testing.assert_array_equal(model.syn1neg, rows[1])
    assert w2v.Word2Vec.load(path, workers=1, window=9).window == 9
    model.train([WORDS] * 200)
    assert (model.wv.vectors != rows[0]).all() and (model.syn1neg != rows[1]).all()


@pytest.mark.parametrize("sg", [0, 1])
def test_a_model_of_gensim_4_predicts_the_same_and_goes_on(tmp_path, corpus, sg):
    theirs = gensim_model(corpus, sg=sg, epochs=30)
    theirs.wv.vectors_lockf = np.ones(len(theirs.wv), np.float32)
    theirs.wv.vectors_lockf[2] = 0
    theirs.save(str(tmp_path / "model"))
    model = w2v.Word2Vec.load(tmp_path / "model")
    assert model.alpha == 0.025  # not ours, which is another for CBOW
    for context in (["w1", "w2"], ["w9"]):
        assert model.predict_output_word(context) == [
            (word, pytest.approx(share, rel=1e-4))
            for word, share in theirs.predict_output_word(context)
        ]
    frozen = model.wv.vectors[2].copy()
    model.train(corpus)
    assert (model.wv.vectors[2] == frozen).all() and (model.wv.vectors[3] != theirs.wv["w3"]).any()


def sure(vectors, nodes, points, codes, window, sentence, sg):
    """The log-likelihood of a sentence of ids, straight from the definition."""
    total = 0.0
    for i, word in enumerate(sentence):
        context = [sentence[j] for j in range(max(i - window, 0), i + window + 1)
                   if j != i and j < len(sentence)]  # fmt: skip
        inputs = vectors[context] if sg else [vectors[context].mean(axis=0)]
        for hidden in inputs:
            for node, code in zip(points[word], codes[word], strict=True):
                score = float(nodes[node].astype(float) @ hidden) * (1 - 2 * int(code))
                total -= np.log1p(np.exp(-score))
    return total


@pytest.mark.parametrize("sg", [0, 1])
def test_node_vectors_stay_in_the_tree_they_were_trained_in(tmp_path, corpus, sg):
    theirs = gensim_model(corpus, sg=sg, hs=1, negative=0, epochs=30)
    theirs.save(str(tmp_path / "model"))
    points, codes = (theirs.wv.expandos[name] for name in ("point", "code"))
    wanted = [
        sure(theirs.wv.vectors, theirs.syn1, points, codes, theirs.window,
             [theirs.wv.key_to_index[word] for word in sentence], sg)
        for sentence in corpus[:5]
    ]  # fmt: skip
    model = w2v.Word2Vec.load(tmp_path / "model")
    # Otherwise this would hold by chance.
    ours = _tables.huffman_paths(model.vocabulary.counts)[1]
    assert ours.tolist() != model.vocabulary.huffman_paths()[1].tolist()
    np.testing.assert_allclose(model.score(corpus[:5]), wanted, rtol=1e-5)
    model.save(tmp_path / "again.w2v")
    again = w2v.Word2Vec.load(tmp_path / "again.w2v")
    np.testing.assert_array_equal(again.score(corpus[:5]), model.score(corpus[:5]))
    with pytest.raises(ValueError, match="paths of the Huffman tree"):
        damaged = (tmp_path / "again.w2v").read_bytes().replace(b"path_steps", b"path_stepz")
        (tmp_path / "damaged.w2v").write_bytes(damaged)
        w2v.Word2Vec.load(tmp_path / "damaged.w2v")
    back = model.to_gensim()
    np.testing.assert_array_equal(back.score(corpus[:5]), theirs.score(corpus[:5]))
    before = again.score(corpus).sum()
    again.train(corpus, epochs=20)
    assert again.score(corpus).sum() > before
    again.build_vocab([["more"] * 9], update=True)  # of all counts, a tree of ours
    assert again.vocabulary.paths is None


def test_a_tree_of_gensim_3_8_is_taken_from_its_words(tmp_path, rows):
    offsets, steps = _tables.huffman_paths(np.array(COUNTS))
    paths = [steps[a:b].tolist() for a, b in itertools.pairwise(offsets)]
    paths[1], paths[2] = paths[2], paths[1]  # of equal counts
    trees = [([step >> 1 for step in path], [step & 1 for step in path]) for path in paths]
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(
            kinds, WORDS, COUNTS, *rows, trees=trees, hs=1, negative=0, syn1=rows[1]
        )
        pickles.dump(tmp_path / "model", model)
        trees[3] = ([4, 3, 99], [0, 1, 0])  # a node that there is not
        model = pickles.word2vec_3_8(
            kinds, WORDS, COUNTS, *rows, trees=trees, hs=1, negative=0, syn1=rows[1]
        )
        pickles.dump(tmp_path / "damaged", model)
    model = w2v.Word2Vec.load(tmp_path / "model")
    starts, steps = model.vocabulary.huffman_paths()
    assert [steps[a:b].tolist() for a, b in itertools.pairwise(starts)] == paths
    assert model.node_vectors.shape == (4, 3)
    with pytest.raises(ValueError, match="nodes that there are not"):
        w2v.Word2Vec.load(tmp_path / "damaged")


@pytest.mark.parametrize("params", [dict(), dict(sg=1, hs=1), dict(hs=1, negative=0)])
def test_a_model_goes_on_training_in_gensim(corpus, params):
    pytest.importorskip("gensim")
    params = {**params, "window": 4, "sample": 0.01, "epochs": 3, "ns_exponent": 0.5, "seed": 2**40}
    model = w2v.Word2Vec(corpus, vector_size=12, min_count=1, workers=1, **params)
    model.wv.vectors_lockf[1] = 0
    theirs = model.to_gensim()
    np.testing.assert_array_equal(theirs.wv.vectors, model.wv.vectors)
    assert theirs.wv.index_to_key == list(model.wv.index_to_key)
    for name in ("sg", "hs", "negative", "window", "sample", "epochs", "ns_exponent", "alpha",
                 "min_alpha", "min_count", "cbow_mean", "corpus_count"):  # fmt: skip
        assert getattr(theirs, name) == getattr(model, name), name
    # As gensim counts them itself, but for float32.
    own = gensim_model(corpus, sample=0.01, ns_exponent=0.5)
    for word in own.wv.index_to_key:
        mine, their = (wv.get_vecattr(word, "sample_int") for wv in (theirs.wv, own.wv))
        assert int(mine) == pytest.approx(int(their), rel=1e-5)
    for name, rows in (("syn1neg", model.syn1neg), ("syn1", model.syn1)):
        if rows is not None:
            np.testing.assert_array_equal(getattr(theirs, name)[: len(rows)], rows)
    before = model.wv.vectors.copy()
    theirs.train(corpus, total_examples=len(corpus), epochs=2)
    np.testing.assert_array_equal(model.wv.vectors, before)  # theirs are copies
    assert (theirs.wv.vectors[1] == before[1]).all() and (theirs.wv.vectors[2] != before[2]).any()


def test_what_gensim_cannot_have_is_an_error(corpus):
    with pytest.raises(ValueError, match="build_vocab"):
        w2v.Word2Vec().to_gensim()
    model = w2v.Word2Vec(corpus, vector_size=3, min_count=1, exact=True)
    with pytest.raises(ValueError, match="exact=True"):
        model.to_gensim()


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(syn1neg=None), "syn1neg.*is missing.*KeyedVectors.load"),
        (dict(window=0), "window=0"),
        (dict(window=[[]]), "window is a list"),
        (dict(hs=1), "syn1, which"),
        (dict(index2word=["tea"] * 5), "words stand twice"),
        (dict(index2word=["a", "b"]), "5 vectors for 2 words"),
        (dict(index2word=["a", "b", 3, "d", "e"]), "a word is of type int"),
        (dict(vectors=None), "words and no vectors"),
        (dict(vectors=np.zeros(5, np.float32)), r"vectors of shape \(5,\)"),
        (dict(vocab={}), "the counts of the words are missing"),
    ],
)
def test_a_damaged_model_says_what_is_missing(tmp_path, rows, change, message):
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, COUNTS, *rows)
        for part in (model, model.wv, model.trainables):
            part.__dict__.update(
                {name: value for name, value in change.items() if name in part.__dict__}
            )
        path = pickles.dump(tmp_path / "model", model)
    with pytest.raises(ValueError, match=f"model'.*{message}"):
        w2v.Word2Vec.load(path)


# Files beside the pickle


@pytest.fixture
def parted(tmp_path, rows):
    """A KeyedVectors whose vectors stand in a file of their own."""
    np.save(tmp_path / "kv.vectors.npy", rows[0])
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, COUNTS, *rows)
        del model.wv.vectors
        model.wv.__dict__["__numpys"] = ["vectors"]
        return pickles.dump(tmp_path / "kv", model.wv)


def test_a_missing_or_damaged_file_beside_is_named(parted, rows, allocating_at_most):
    assert w2v.load(parted).vectors.tolist() == rows[0].tolist()
    beside = parted.with_name("kv.vectors.npy")
    whole = beside.read_bytes()
    head = whole[:128].replace(b"(5, 3)", b"(1099511627776, 3)".ljust(6))[:128]
    for data in (whole[:-1], whole[:50], whole + b"a", b"", head):
        beside.write_bytes(data)
        with allocating_at_most(3_000_000), pytest.raises(ValueError, match=r"kv\.vectors\.npy"):
            w2v.load(parted)
    np.save(beside, np.array([print], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"no \.npy array of numbers"):
        w2v.load(parted)
    beside.unlink()
    with pytest.raises(FileNotFoundError, match=r"kv\.vectors\.npy'.*copy it there"):
        w2v.load(parted)


@pytest.mark.parametrize("name", ["../secret", "a/b", "", 3, "a\0b"])
def test_a_file_elsewhere_is_never_opened(tmp_path, rows, name):
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, COUNTS, *rows)
        model.__dict__["__numpys"] = [name]
        path = pickles.dump(tmp_path / "model", model)
    with pytest.raises(ValueError, match="no name of an attribute"):
        w2v.load(path)


def test_objects_that_hold_each_other_end(tmp_path, rows):
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, COUNTS, *rows)
        model.wv.again = model.wv.wv = model.wv
        for part in (model, model.wv):
            part.__dict__["__recursive_saveloads"] = ["wv", "again"]
        path = pickles.dump(tmp_path / "model", model)
    assert w2v.load(path).index_to_key == WORDS


# Phrases


@pytest.mark.parametrize(
    "settings",
    [
        dict(threshold=0.05),
        dict(threshold=0.01, scoring="npmi", connector_words=frozenset(["w1", "w2"])),
        dict(threshold=0.05, delimiter="~", connector_words=frozenset(["w0"])),
    ],
)
def test_phrases_of_gensim_4_join_as_they_did(tmp_path, random, settings):
    phrases = pytest.importorskip("gensim.models.phrases")
    corpus = [random.choice([f"w{i}" for i in range(12)], 8).tolist() for _ in range(300)]
    theirs = phrases.Phrases(corpus, min_count=2, **settings)
    theirs.save(str(tmp_path / "phrases"))
    theirs.freeze().save(str(tmp_path / "frozen.gz"))
    ours, frozen = w2v.Phrases.load(tmp_path / "phrases"), w2v.FrozenPhrases.load(
        tmp_path / "frozen.gz"
    )  # fmt: skip
    wanted = theirs.export_phrases()
    assert len(wanted) > 10 and frozen.export_phrases() == wanted
    assert ours.export_phrases() == {a: pytest.approx(score) for a, score in wanted.items()}
    assert ours.vocab == theirs.vocab
    for sentence in corpus:
        assert ours[sentence] == frozen[sentence] == theirs[sentence]
    theirs.add_vocab(corpus[:50])
    ours.add_vocab(corpus[:50])
    assert ours.vocab == theirs.vocab


def test_phrases_of_gensim_3_8_open(tmp_path):
    counts = {b"new": 20, b"york": 20, b"bank": 9, b"england": 9, b"tea": 30,
              b"new_york": 20, b"bank_of_england": 9, "caf\xe9".encode(): 3}  # fmt: skip
    with pickles.stand_ins() as kinds:
        settings = dict(min_count=2, threshold=0.1, delimiter=b"_", common_terms=frozenset([b"of"]),
                        scoring=kinds.original_scorer, is_input_bytes=False)  # fmt: skip
        learned = pickles.having(
            kinds.Phrases, vocab=counts, min_reduce=1, max_vocab_size=1000, corpus_word_count=92,
            progress_per=10000, **settings, **pickles.SAVED,
        )  # fmt: skip
        pickles.dump(tmp_path / "phrases", learned)
        for name, score in (("pairs", (20, 5.5)), ("scores", 5.5)):
            grams = {(b"new", b"york"): score, (b"bank", b"of", b"england"): score}
            frozen = pickles.having(kinds.Phraser, phrasegrams=grams, **settings, **pickles.SAVED)
            pickles.dump(tmp_path / name, frozen)
    text = ["the", "bank", "of", "england", "in", "new", "york", "has", "tea"]
    wanted = ["the", "bank_of_england", "in", "new_york", "has", "tea"]
    phrases = w2v.Phrases.load(tmp_path / "phrases")
    assert phrases[text] == wanted and phrases.connector_words == {"of"}
    # (n(ab) - min_count) / n(a) / n(b) * entries
    assert phrases.export_phrases()["new_york"] == pytest.approx((20 - 2) / 20 / 20 * 8)
    assert phrases.vocab["café"] == 3
    for name in ("pairs", "scores"):
        frozen = w2v.FrozenPhrases.load(tmp_path / name)
        assert frozen[text] == wanted
        assert frozen.export_phrases() == {"new_york": 5.5, "bank_of_england": 5.5}


def test_a_joined_word_that_stands_in_others_is_a_word(tmp_path):
    counts = {"new_york": 20, "times": 20, "new_york_times": 18, "new": 25, "york": 25, "tea": 10}
    with pickles.stand_ins() as kinds:
        learned = pickles.having(
            kinds.Phrases, vocab=counts, min_count=2, threshold=0.1, delimiter="_",
            scoring=kinds.original_scorer, connector_words=frozenset(), corpus_word_count=100,
        )  # fmt: skip
        path = pickles.dump(tmp_path / "phrases", learned)
    phrases = w2v.Phrases.load(path)
    assert phrases.vocab == counts
    assert list(phrases.grams) == [("new_york", "times")]


# Other kinds


def test_a_file_of_another_kind_says_what_it_is(tmp_path, rows):
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, COUNTS, *rows)
        for name, thing in dict(
            kv=model.wv, model=model, fasttext=pickles.having(kinds.FastText, wv=model.wv),
            phrases=pickles.having(kinds.Phrases), phraser=pickles.having(kinds.Phraser),
            lda=kinds.LdaModel(), dict={"tea": [1.0]},
        ).items():  # fmt: skip
            pickles.dump(tmp_path / name, thing)
    # PyTorch before its zip archives: a number first.
    (tmp_path / "torch").write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2))
    for load, name, message in (
        (w2v.Word2Vec.load, "kv", "gensim's Word2VecKeyedVectors, not a Word2Vec: KeyedVectors"),
        (w2v.Word2Vec.load, "fasttext", "gensim's FastText, not a Word2Vec: KeyedVectors.load"),
        (w2v.Word2Vec.load, "phraser", "gensim's Phraser, not a Word2Vec: Phrases.load"),
        (w2v.load, "phrases", "gensim's Phrases, which holds no words.*Phrases.load"),
        (w2v.Phrases.load, "phraser", "gensim's Phraser: w2v.FrozenPhrases.load reads it"),
        (w2v.FrozenPhrases.load, "phrases", "gensim's Phrases: w2v.Phrases.load reads it"),
        (w2v.FrozenPhrases.load, "model", "gensim's Word2Vec: w2v.load reads it"),
        (w2v.load, "lda", r"it asks for 'gensim\.models\.ldamodel\.LdaModel'"),
        (w2v.load, "dict", "a pickle of a dict; gensim's KeyedVectors.* are read"),
        (w2v.Word2Vec.load, "torch", "a pickle of a int"),
    ):
        with pytest.raises(ValueError, match=f"{name}'.*{message}"):
            load(tmp_path / name)
    with pytest.raises(ValueError, match=r"this is a pickle: w2v\.load"):
        w2v.KeyedVectors.load_word2vec_format(tmp_path / "kv")
