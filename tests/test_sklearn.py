"""The estimators of scikit-learn: what they return, and that scikit-learn's checks pass."""

import pickle
import warnings

import numpy as np
import pytest

import w2v

pytest.importorskip("sklearn", "1.6")

from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

from w2v.sklearn import Coverage, Word2VecEncoder, Word2VecVectorizer

SMALL = dict(vector_size=8, min_count=1, workers=1, epochs=2)
WORDS = ["a", "b", "c", "d"]


@pytest.fixture
def wv(random):
    vectors = random.normal(size=(4, 6)).astype(np.float32)
    return w2v.KeyedVectors(WORDS, vectors, counts=[60, 30, 9, 1])


@pytest.fixture
def documents(random):
    return [random.choice([*WORDS, "x"], size=n).tolist() for n in random.integers(3, 20, 50)]


def known(document):
    return [token for token in document if token in WORDS]


def test_the_mean_is_that_of_the_known_words(wv, documents):
    found = Word2VecVectorizer(vectors=wv).fit_transform(documents)
    wanted = [np.mean([wv[token] for token in known(document)], axis=0) for document in documents]
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("n_components", [0, 1, 2, 9])
def test_sif_is_the_papers_formula(wv, documents, counted, n_components):
    tokens = [token for document in documents for token in known(document)]
    p = {word: tokens.count(word) / len(tokens) for word in WORDS}
    if counted:
        p = dict(zip(WORDS, [0.6, 0.3, 0.09, 0.01], strict=True))
    else:
        wv.counts = None
    means = np.array(
        [
            np.mean([0.01 / (0.01 + p[token]) * wv[token] for token in known(document)], axis=0)
            for document in documents
        ]
    )
    n = min(n_components, 4)  # four words span no more
    axes = TruncatedSVD(n, algorithm="arpack", random_state=0).fit(means).components_ if n else []
    wanted = means - sum(means @ np.outer(axis, axis) for axis in axes)
    vectorizer = Word2VecVectorizer(
        vectors=wv, pooling="sif", sif_a=0.01, sif_components=n_components
    )
    np.testing.assert_allclose(vectorizer.fit_transform(documents), wanted, atol=1e-5)
    np.testing.assert_allclose(vectorizer.transform(documents[:3]), wanted[:3], atol=1e-5)


def test_unknown_words_are_counted_and_documents_without_others_told(wv):
    vectorizer = Word2VecVectorizer(vectors=wv).fit([["a"], ["b", "x"]])
    assert vectorizer.coverage_ == Coverage(tokens=3, unknown=1, documents=2, empty=0)
    with pytest.warns(UserWarning, match="2 of 3 documents have no word with a vector"):
        rows = vectorizer.transform([["x", "y"], [], ["c", "x"]])
    assert not rows[:2].any() and (rows[2] == wv["c"]).all()
    assert vectorizer.coverage([["x", "y"], [], ["c", "x"]]) == Coverage(4, 3, 3, 2)


def test_strings_are_split_into_words_or_by_the_tokenizer():
    documents = ["Tea, MILK!", "tea milk"] * 20
    rows = Word2VecVectorizer(**SMALL).fit_transform(documents)
    assert (rows[0] == rows[1]).all()
    split = Word2VecVectorizer(**SMALL, tokenizer=str.split).fit(documents)
    assert set(split.wv_.words) == {"Tea,", "MILK!", "tea", "milk"}


def test_vectors_are_those_of_train(tmp_path):
    documents = [["tea", "milk"], ["bread", "butter", "tea"]] * 30
    model = w2v.train(documents, sg=1, **SMALL)
    model.save(tmp_path / "model.w2v")
    wanted = Word2VecVectorizer(sg=1, **SMALL).fit_transform(documents)
    for vectors in (model, model.wv, tmp_path / "model.w2v", str(tmp_path / "model.w2v")):
        assert (Word2VecVectorizer(vectors=vectors).fit_transform(documents) == wanted).all()


def test_ids_are_tokens(random):
    walks = [row for row in random.integers(0, 9, (60, 12))]
    vectorizer = Word2VecVectorizer(**SMALL).fit(walks)
    wanted = vectorizer.wv_.vectors_for(walks[0]).mean(axis=0)
    np.testing.assert_allclose(vectorizer.transform(walks[:1])[0], wanted, atol=1e-6)
    assert (vectorizer.transform([walks[0].tolist()]) == vectorizer.transform(walks[:1])).all()


def test_phrases_of_training_are_joined_in_what_is_transformed():
    documents = ["new york has tea"] * 60 + [f"tea w{i % 50} w{i % 40} x{i}" for i in range(900)]
    vectorizer = Word2VecVectorizer(**SMALL, phrases=1).fit(documents)
    assert "new_york" in vectorizer.wv_ and "york" not in vectorizer.wv_
    assert (vectorizer.transform(["New York"])[0] == vectorizer.wv_["new_york"]).all()


TOPICS = [["tea", "milk", "cup", "sugar"], ["oar", "boat", "sail", "river"]]


def labelled(random, n=80):
    labels = random.integers(0, 2, n)
    return [" ".join(random.choice(TOPICS[label], 8)) for label in labels], labels


def test_a_search_over_a_pipeline_finds_what_is_there_to_find(random):
    documents, labels = labelled(random)
    pipeline = make_pipeline(Word2VecVectorizer(**SMALL, sg=1), LogisticRegression(C=1e4))
    grid = {"word2vecvectorizer__pooling": ["mean", "sif"], "word2vecvectorizer__window": [2, 4]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(documents[:60], labels[:60])
    assert len(search.cv_results_["params"]) == 4
    assert search.score(documents[60:], labels[60:]) == 1
    again = pickle.loads(pickle.dumps(search))
    assert (again.predict(documents) == search.predict(documents)).all()


def test_copies_share_what_they_are_given_and_forget_what_they_learned(wv, documents):
    vectorizer = Word2VecVectorizer(vectors=wv, pooling="sif", sif_a=1e-4).fit(documents)
    vectorizer.set_output(transform="pandas")
    made = clone(vectorizer)
    assert made.vectors is wv and made.get_params() == vectorizer.get_params()
    assert not hasattr(made, "wv_")
    pytest.importorskip("pandas")
    assert made.fit_transform(documents).columns[-1] == "word2vecvectorizer5"


def test_output_has_the_form_that_is_set(wv, documents):
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(documents, index=range(100, 150))
    for form in ("pandas", "polars"):
        pytest.importorskip(form)
        made = Word2VecVectorizer(vectors=wv).set_output(transform=form).fit(column)
        frame = made.transform(column)
        assert list(frame.columns) == made.get_feature_names_out().tolist()
    table = pandas.DataFrame({"text": ["a b", "c"], "node": ["d", "a"]})
    both = make_column_transformer(
        (Word2VecVectorizer(vectors=wv), "text"), (Word2VecEncoder(vectors=wv), ["node"])
    ).set_output(transform="pandas")
    found = both.fit_transform(table)
    assert found.columns[6] == "word2vecencoder__node_0" and found.shape == (2, 12)
    assert (found.iloc[0, 6:].to_numpy() == wv["d"]).all()


@pytest.mark.parametrize(
    "change, documents, error, message",
    [
        (dict(pooling="max"), ["a"], ValueError, "pooling='max': mean or sif"),
        (dict(sif_a=0), ["a"], ValueError, r"sif_a=0\.0 is out of range: above 0"),
        (dict(sif_components=-1), ["a"], ValueError, "sif_components=-1 is out of range"),
        (dict(window=9), ["a"], ValueError, "window=9: nothing is trained with vectors="),
        (dict(vectors=[1]), ["a"], TypeError, "vectors=list: KeyedVectors, a model or a path"),
        ({}, "a b", ValueError, "documents: of type str; an iterable of strings"),
        ({}, ["a", None], TypeError, "documents: item 1 is of type NoneType"),
        (dict(vectors=None, vector_size=0), ["a"], ValueError, "vector_size=0 is out of range"),
        (dict(vectors=None), [], ValueError, "corpus=list is empty"),
    ],
)
def test_mistakes_are_named_when_it_is_fitted(wv, change, documents, error, message):
    vectorizer = Word2VecVectorizer(**{"vectors": wv, **change})  # constructors check nothing
    with pytest.raises(error, match=message):
        vectorizer.fit(documents)


def test_misspelt_parameters_are_refused():
    with pytest.raises(TypeError, match="did you mean vector_size"):
        Word2VecVectorizer(vectr_size=5)
    with pytest.raises(ValueError, match="Invalid parameter 'vectr_size'"):
        Word2VecVectorizer().set_params(vectr_size=5)
    table = pytest.importorskip("pandas").DataFrame({"text": ["a"]})
    with pytest.raises(TypeError, match=r"documents: .* pass one of them, as in table\['text'\]"):
        Word2VecVectorizer().fit(table)


# Keys


def test_keys_become_their_vectors_side_by_side(wv):
    edges = [["a", "b"], ["c", "x"]]
    encoder = Word2VecEncoder(vectors=wv).fit(edges)
    wanted = [np.r_[wv["a"], wv["b"]], np.r_[wv["c"], np.zeros(6)]]
    for given in (edges, np.array(edges), np.array(edges, dtype=object)):
        np.testing.assert_array_equal(encoder.transform(given), wanted)
    assert encoder.get_feature_names_out().tolist() == [
        *(f"x0_{d}" for d in range(6)), *(f"x1_{d}" for d in range(6)),
    ]  # fmt: skip
    one = Word2VecEncoder(vectors=wv, unknown="mean").fit(["a"])
    np.testing.assert_allclose(one.transform(["x"])[0], wv.vectors.mean(axis=0), atol=1e-6)


def test_nodes_are_numbers_and_walks_are_trained_on(random):
    walks = (np.arange(20)[:, np.newaxis] + random.integers(-1, 2, (20, 30)).cumsum(axis=1)) % 20
    encoder = Word2VecEncoder(corpus=walks, sg=1, **SMALL)
    model = w2v.train(walks, sg=1, **SMALL)
    nodes = np.arange(20)
    assert (encoder.fit_transform(nodes) == model.wv.vectors_for(nodes)).all()
    assert clone(encoder).corpus is walks
    assert pickle.loads(pickle.dumps(encoder)).transform([3]).tolist() == [model.wv[3].tolist()]


def test_what_an_encoder_cannot_take_is_named(wv):
    for change, keys, error, message in (
        (dict(corpus=[["a"]]), ["a"], ValueError, "corpus and vectors: pass one of them"),
        (dict(vectors=None), ["a"], ValueError, "corpus and vectors: pass one of them"),
        (dict(unknown="drop"), ["a"], ValueError, "unknown='drop': zeros, mean, error"),
        ({}, "a", ValueError, "keys: of type str"),
        ({}, np.zeros((1, 1, 1)), ValueError, r"keys: an array of shape \(1, 1, 1\)"),
    ):
        with pytest.raises(error, match=message):
            Word2VecEncoder(**{"vectors": wv, **change}).fit(keys)
    encoder = Word2VecEncoder(vectors=wv, unknown="error").fit(["a"])
    with pytest.raises(KeyError, match="'x' is not in the vocabulary"):
        encoder.transform(["x"])
    with pytest.raises(ValueError, match="keys: 2 columns where fit had 1"):
        encoder.transform([["a", "b"]])
    with pytest.raises(ValueError, match="input_features: 2 names for 1 columns"):
        encoder.get_feature_names_out(["one", "two"])


# scikit-learn's own checks


class OfNumbers(Word2VecVectorizer):
    """Takes what scikit-learn's checks pass, tables of numbers, a row for a document of words.

    With text alone scikit-learn tries one of its checks, and skips all the others.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.string = True, False
        tags.no_validation = False
        return tags

    def fit(self, X, y=None):
        return super().fit(self.spelled(X, True), y)

    def fit_transform(self, X, y=None):
        return super().fit_transform(self.spelled(X, True), y)

    def transform(self, X):
        if hasattr(self, "wv_"):
            X = self.spelled(X, False)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".* documents have no word")
            return super().transform(X)

    def spelled(self, X, is_first):
        rows = validate_data(self, X, reset=is_first, ensure_min_features=1)
        return [[f"{i}is{value:.0f}" for i, value in enumerate(row)] for row in rows.tolist()]


@pytest.mark.parametrize("pooling", ["mean", "sif"])
def test_scikit_learns_checks_pass(pooling):
    results = check_estimator(OfNumbers(pooling=pooling, **SMALL), on_skip=None, on_fail=None)
    assert len(results) > 40
    assert [each for each in results if each["status"] == "failed"] == []


def test_text_is_what_scikit_learn_is_told_they_take():
    for estimator in (Word2VecVectorizer(), Word2VecEncoder()):
        with pytest.warns(match="Can't test estimator"):
            check_estimator(estimator, on_skip=None)
