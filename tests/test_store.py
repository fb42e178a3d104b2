"""Words with their vectors: look-up, attributes, and growing, against a plain dict."""

import copy
import pickle

import numpy as np
import pytest

from w2v import KeyedVectors
from w2v.formats.words import Words


@pytest.fixture(params=[list, tuple, Words.of])
def wv(random, request):
    vectors = random.normal(size=(200, 12)).astype(np.float32)
    return KeyedVectors(request.param([f"w{i}" for i in range(200)]), vectors)


def test_look_up(wv):
    assert len(wv) == 200 and "w3" in wv and "v3" not in wv and wv.vector_size == 12
    np.testing.assert_array_equal(wv["w3"], wv.vectors[3])
    np.testing.assert_array_equal(wv[["w3", "w1", 7]], wv.vectors[[3, 1, 7]])
    assert wv[[]].shape == (0, 12)
    assert np.linalg.norm(wv.get_vector("w3", norm=True)) == pytest.approx(1)
    assert wv.key_to_index["w9"] == 9 and wv.index_to_key[9] == "w9"
    assert len(wv.key_to_index) == 200 and "w9" in wv.key_to_index and 9 not in wv.key_to_index
    assert list(wv) == list(wv.key_to_index) == [f"w{i}" for i in range(200)]
    with pytest.raises(KeyError, match="the word 'no' is not in the vocabulary"):
        wv["no"]


def test_a_row_is_a_key_where_no_word_is(wv):
    np.testing.assert_array_equal(wv[5], wv["w5"])
    assert wv.get_index(np.int64(5)) == 5 and 199 in wv and wv.has_index_for("w0")
    assert 200 not in wv and -1 not in wv and not wv.has_index_for("5")
    assert wv.get_index(200, -1) == wv.get_index("no", -1) == -1 and wv.get_index("no", 7) == 7
    for key in (200, -1):
        with pytest.raises(KeyError, match=f"row {key} is not among the 200 words"):
            wv[key]


def test_of_a_word_that_stands_twice_the_first_is_found():
    wv = KeyedVectors(["a", "b", "a"], np.eye(3))
    assert wv.get_index("a") == 0 and wv.index_to_key[2] == "a"


def test_norms_and_normed_vectors(wv):
    wv.vectors[3] = 0
    lengths = np.linalg.norm(wv.vectors, axis=1)
    expected = wv.vectors / np.where(lengths, lengths, 1)[:, np.newaxis]
    np.testing.assert_allclose(wv.get_normed_vectors(), expected, atol=1e-6)
    np.testing.assert_allclose(wv.norms, np.where(lengths, lengths, 1), rtol=1e-6)
    wv.vectors[5] *= 2
    np.testing.assert_allclose(wv.norms[5], lengths[5], rtol=1e-6)  # as documented
    wv.fill_norms(force=True)
    np.testing.assert_allclose(wv.norms[5], 2 * lengths[5], rtol=1e-6)
    wv.unit_normalize_all()
    np.testing.assert_allclose(wv.vectors, expected, atol=1e-6)
    np.testing.assert_allclose(np.delete(wv.norms, 3), 1, rtol=1e-6)


def test_both_ways_to_make_one():
    for wv in (KeyedVectors(3), KeyedVectors(vector_size=3), KeyedVectors(3, 5)):
        assert len(wv) == 0 and wv.vectors.shape == (0, 3) and wv.vectors.dtype == np.float32
    assert KeyedVectors(3, 5, np.float64).vectors.dtype == np.float64
    assert KeyedVectors(vector_size=3, count=5, dtype=np.float16).vectors.dtype == np.float16
    wv = KeyedVectors(["a", "b"], [[1.0, 2.0], [3.0, 4.0]], [9, 8])
    assert wv.counts.tolist() == [9, 8] and wv.get_vecattr("b", "count") == 8
    with pytest.raises(ValueError, match="does not fit 1 words"):
        KeyedVectors(["a"], np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"counts: shape \(1,\) does not fit 2 words"):
        KeyedVectors(["a", "b"], np.zeros((2, 3)), [1])
    with pytest.raises(ValueError, match="vector_size=None: KeyedVectors takes words and vectors"):
        KeyedVectors()


def test_count_is_room_for_vectors():
    wv = KeyedVectors(3, count=2)
    wv.add_vector("a", [1, 2, 3])
    first = wv.vectors
    wv.add_vector("b", [4, 5, 6])
    assert np.shares_memory(first, wv.vectors)
    wv.add_vector("c", [7, 8, 9])
    assert not np.shares_memory(first, wv.vectors)
    np.testing.assert_array_equal(wv.vectors, np.arange(1, 10).reshape(3, 3))


def test_adding_equals_a_dict(wv, random):
    expected = dict(zip(wv.index_to_key, wv.vectors.copy(), strict=True))
    for _ in range(40):
        keys = [f"w{i}" for i in random.integers(0, 400, 7)]
        weights, replace = random.normal(size=(7, 12)), bool(random.integers(2))
        wv.add_vectors(keys, weights, replace=replace)
        for key, vector in zip(keys, weights.astype(np.float32), strict=True):
            if replace or key not in expected:
                expected[key] = vector
        assert list(expected) == list(wv.index_to_key)
    assert wv.vectors.dtype == np.float32
    for row, (key, vector) in enumerate(expected.items()):
        assert wv.get_index(key) == row
        np.testing.assert_array_equal(wv[key], vector)


def test_of_repeats_among_the_added_the_first_or_the_last_counts():
    for replace, expected in [(False, 1), (True, 3)]:
        wv = KeyedVectors(1)
        wv.add_vectors(["a", "a", "b", "a"], [[1], [2], [9], [3]], replace=replace)
        assert wv.index_to_key == ["a", "b"] and wv["a"] == expected and wv["b"] == 9


def test_replacing_a_vector_adds_no_word(wv):
    words = wv.index_to_key
    wv["w7"] = wv["w8"] + 1
    np.testing.assert_array_equal(wv["w7"], wv["w8"] + 1)
    assert wv.index_to_key is words and len(wv) == 200


def test_set_item_replaces_and_adds(wv):
    wv["new"] = np.arange(12)
    wv[["w3", "newer"]] = np.ones((2, 12))
    wv[5] = np.zeros(12)
    assert len(wv) == 202 and wv["new"][11] == 11 and wv["w3"].all() and wv["newer"].all()
    assert not wv["w5"].any()
    assert wv.add_vector("newest", np.ones(12)) == 202


def test_adding_leaves_what_it_was_made_of_alone():
    given = np.ones((2, 3), np.float32)
    given.flags.writeable = False
    words = ["a", "b"]
    wv = KeyedVectors(words, given)
    wv["a"] = [0, 0, 0]
    wv["c"] = [2, 2, 2]
    assert given.all() and words == ["a", "b"] and not wv["a"].any() and len(wv) == 3


def test_a_slice_of_the_vectors_is_not_taken_for_their_room():
    wv = KeyedVectors(2)
    for i in range(6):
        wv[f"w{i}"] = [i, i]
    wv.index_to_key, wv.vectors = wv.index_to_key[2:], wv.vectors[2:]
    wv.resize_vectors()
    wv["x"] = [9, 9]
    assert wv.vectors[:, 0].tolist() == [2, 3, 4, 5, 9] and wv.get_index("w5") == 3


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda wv: pickle.loads(pickle.dumps(wv))])
def test_a_copy_stands_on_its_own(copied):
    wv = KeyedVectors(2, count=9)
    wv.add_vectors(["a", "b"], np.ones((2, 2)))
    wv.prepare()
    other = copied(wv)
    other.vectors[0] = 5
    other["c"] = [7, 7]
    assert other.vectors[:, 0].tolist() == [5, 1, 7] and wv["a"].tolist() == [1, 1]
    assert "c" not in wv and other.most_similar("a", topn=1) == [("b", pytest.approx(1))]


def test_bad_additions_are_errors(wv):
    with pytest.raises(ValueError, match=r"weights: shape \(1, 3\) where \(1, 12\) is expected"):
        wv["new"] = [1, 2, 3]
    with pytest.raises(ValueError, match=r"weights: shape \(1, 12\) where \(2, 12\)"):
        wv.add_vectors(["a", "b"], np.ones((1, 12)))
    with pytest.raises(ValueError, match=r"extras\['count'\]: shape \(3,\), not \(2,\)"):
        wv.add_vectors(["a", "b"], np.ones((2, 12)), extras={"count": [1, 2, 3]})
    with pytest.raises(TypeError, match="300 is neither a word nor a row; write '300'"):
        wv[300] = np.ones(12)
    assert len(wv) == 200 and len(wv.vectors) == 200


def test_attributes(wv):
    assert wv.counts is None
    with pytest.raises(KeyError, match="attr='count': there is no such attribute"):
        wv.get_vecattr("w1", "count")
    wv.set_vecattr("w1", "count", 5)
    wv.set_vecattr("w2", "weight", 0.5)
    wv.set_vecattr("w3", "tag", "noun")
    assert wv.counts.dtype == np.int64 and wv.counts.sum() == wv.get_vecattr("w1", "count") == 5
    assert wv.get_vecattr("w2", "weight") == 0.5 and wv.get_vecattr("w1", "weight") == 0
    assert wv.get_vecattr("w3", "tag") == "noun" and set(wv.expandos) == {"count", "weight", "tag"}
    with pytest.raises(TypeError, match=r"val=0.5: attribute 'count' is of type int64"):
        wv.set_vecattr("w1", "count", 0.5)
    wv.add_vectors(
        ["w1", "x", "y"], np.ones((3, 12)), extras={"count": [7, 8, 9], "new": [1, 2, 3]}
    )
    assert [wv.get_vecattr(key, "count") for key in ("w1", "x", "y")] == [5, 8, 9]
    assert wv.get_vecattr("x", "new") == 2 and wv.get_vecattr("w1", "new") == 0
    assert wv.get_vecattr("y", "weight") == 0 and len(wv.expandos["tag"]) == 202


def test_sorting_by_frequency(wv):
    before = dict(zip(wv.index_to_key, wv.vectors.copy(), strict=True))
    with pytest.raises(ValueError, match="counts are not known"):
        wv.sort_by_descending_frequency()
    counts = np.array([i % 7 for i in range(200)])
    counts.flags.writeable = False
    wv.counts = counts
    wv.set_vecattr("w6", "mark", 1)
    wv.sort_by_descending_frequency()
    assert list(wv.index_to_key)[:3] == ["w6", "w13", "w20"] and wv.get_vecattr("w6", "mark") == 1
    assert (np.diff(wv.counts) <= 0).all()
    for row, word in enumerate(wv.index_to_key):
        assert wv.get_index(word) == row and wv.counts[row] == int(word[1:]) % 7
        np.testing.assert_array_equal(wv[word], before[word])


def test_resizing_gives_new_words_small_random_vectors(random):
    wv = KeyedVectors(["a"], np.ones((1, 50), np.float32), [3])
    wv.index_to_key += ["b", "c"]
    wv.resize_vectors(seed=4)
    assert wv.get_index("c") == 2 and wv["a"].all() and wv.counts.tolist() == [3, 0, 0]
    assert 0 < np.abs(wv.vectors[1:]).max() <= 0.01 and (wv["b"] != wv["c"]).all()
    again = KeyedVectors(["a", "b", "c"], np.ones((3, 50), np.float32))
    again.vectors = again.vectors[:1]
    again.resize_vectors(seed=4)
    np.testing.assert_array_equal(again.vectors, wv.vectors)
    wv.index_to_key = wv.index_to_key[:2]
    wv.resize_vectors()
    assert wv.vectors.shape == (2, 50) and "c" not in wv and wv.counts.tolist() == [3, 0]


def test_copies_grow_apart():
    wv = KeyedVectors(["a", "b"], np.eye(2), counts=[2, 1])
    other = copy.copy(wv)
    other["c"] = [1, 1]
    other.set_vecattr("a", "mark", 1)
    assert len(wv) == 2 and "c" not in wv and wv.index_to_key == ["a", "b"]
    assert "mark" not in wv.expandos and wv["b"].tolist() == [0, 1]
    assert other.index_to_key == ["a", "b", "c"] and other.counts.tolist() == [2, 1, 0]


def test_a_number_that_is_spelled_like_a_word_is_neither():
    wv = KeyedVectors([str(i) for i in (7, 3, 150, 1)], np.eye(4))
    assert wv["150"].tolist() == wv[2].tolist() == [0, 0, 1, 0]
    for ask in (wv.__getitem__, wv.__contains__, wv.most_similar, wv.get_index):
        for number in (1, np.int64(3)):
            with pytest.raises(KeyError, match=f"may be row {number} or"):
                ask(number)
