"""Questions asked of vectors, against a few lines of NumPy."""

import numpy as np
import pytest

from w2v import KeyedVectors


@pytest.fixture
def wv(random):
    vectors = random.normal(size=(200, 12)).astype(np.float32)
    vectors[17] = 0
    vectors[30:33] = vectors[33]  # ties
    return KeyedVectors([f"w{i}" for i in range(200)], vectors)


def neighbours(wv, query, without, topn):
    """The obvious twin: all cosines, sorted; equal ones in vocabulary order."""
    lengths = np.linalg.norm(wv.vectors.astype(float), axis=1)
    cosines = wv.vectors @ (query / np.linalg.norm(query)) / np.where(lengths, lengths, 1)
    order = [i for i in np.argsort(-cosines.round(5), kind="stable") if i not in without]
    return [(f"w{i}", pytest.approx(cosines[i], abs=1e-5)) for i in order[:topn]]


def test_look_up(wv):
    assert len(wv) == 200 and "w3" in wv and "v3" not in wv and wv.vector_size == 12
    np.testing.assert_array_equal(wv["w3"], wv.vectors[3])
    np.testing.assert_array_equal(wv[["w3", "w1"]], wv.vectors[[3, 1]])
    assert np.linalg.norm(wv.get_vector("w3", norm=True)) == pytest.approx(1)
    assert wv.key_to_index["w9"] == 9 and wv.index_to_key[9] == "w9"
    with pytest.raises(KeyError, match="the word 'no' is not in the vocabulary"):
        wv["no"]


def test_similarity_is_the_cosine(wv):
    a, b = wv["w1"], wv["w2"]
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert wv.similarity("w1", "w2") == pytest.approx(cosine, abs=1e-6)
    assert wv.distance("w1", "w2") == pytest.approx(1 - cosine, abs=1e-6)
    assert wv.similarity("w17", "w2") == 0


@pytest.mark.parametrize("topn", [0, 1, 10, 199, 500])
def test_most_similar_equals_sorting_all_cosines(wv, topn):
    unit = wv.vectors / wv.norms[:, None]
    assert wv.most_similar("w5", topn=topn) == neighbours(wv, unit[5], {5}, topn)
    found = wv.most_similar(["w1", ("w2", 0.5)], ["w3"], topn=topn)
    assert found == neighbours(wv, unit[1] + 0.5 * unit[2] - unit[3], {1, 2, 3}, topn)
    vector = np.arange(12.0)
    assert wv.similar_by_vector(vector, topn=topn) == neighbours(wv, vector, set(), topn)


def test_ties_come_in_vocabulary_order(wv):
    found = [word for word, _ in wv.similar_by_vector(wv.vectors[33], topn=4)]
    assert found == ["w30", "w31", "w32", "w33"]
    assert [word for word, _ in wv.similar_by_vector(wv.vectors[33], topn=2)] == ["w30", "w31"]


def test_topn_none_gives_all_cosines(wv):
    cosines = wv.most_similar("w5", topn=None)
    assert cosines.shape == (200,) and cosines[5] == pytest.approx(1, abs=1e-6) and cosines[17] == 0


def test_bad_queries_are_errors(wv):
    with pytest.raises(ValueError, match="no words given"):
        wv.most_similar()
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        wv.similar_by_vector([1, 2, 3])
    with pytest.raises(ValueError, match="does not fit 1 words"):
        KeyedVectors(["a"], np.zeros((2, 3)))


def test_classes_equal_a_plain_k_means(wv):
    members = np.arange(200) % 7
    vectors = wv.vectors.astype(float)
    for _ in range(10):
        centres = np.array(
            [vectors[members == k].sum(0) / (sum(members == k) + 1) for k in range(7)]
        )
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        members = (vectors @ centres.T).argmax(1)
    for exact in (False, True):
        np.testing.assert_array_equal(wv.classes(7, exact), members)


def test_more_classes_than_words_leaves_some_empty(wv):
    assert set(wv.classes(300)) <= set(range(300))
