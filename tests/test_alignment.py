"""Trainings compared: the rotation of one onto the axes of another."""

import numpy as np
import pytest

import w2v
from w2v.vectors import search

D = 8


def orthogonal(random, D=D):
    return np.linalg.qr(random.normal(size=(D, D)))[0]


def words_of(n):
    return [f"w{i}" for i in range(n)]


def units(vectors):
    vectors = np.asarray(vectors, np.float64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def best_rotation(A, B):
    """The polar factor of A^T B by eigenvalues, without a singular value decomposition."""
    M = A.T @ B
    values, directions = np.linalg.eigh(M.T @ M)
    return M @ (directions / np.sqrt(values)) @ directions.T


@pytest.fixture
def related(random):
    """Two trainings of 60 words that agree in part, in other orders, each with words of its own."""
    A = random.normal(size=(60, D)).astype(np.float32)
    B = (A @ orthogonal(random) + 0.5 * random.normal(size=A.shape)).astype(np.float32)
    order = random.permutation(60)
    a = w2v.KeyedVectors(["own", *words_of(60)], np.vstack([np.ones(D, np.float32), A]))
    b = w2v.KeyedVectors([f"w{i}" for i in order] + ["other"], np.vstack([B[order], np.ones(D)]))
    return a, b, A.astype(np.float64), B.astype(np.float64)


# The rotation


def test_a_planted_rotation_is_found_whatever_the_order_of_the_words(random):
    vectors, turn = random.normal(size=(300, D)).astype(np.float32), orthogonal(random)
    for planted in (turn, turn * np.array([-1] + [1] * (D - 1))):  # and its mirror image
        order = random.permutation(300)[:250]
        other = (vectors.astype(np.float64) @ planted).astype(np.float32)[order]
        a = w2v.KeyedVectors(words_of(300), vectors)
        b = w2v.KeyedVectors([f"w{i}" for i in order], other)
        found = a.align_to(b)
        assert found.words == a.words and found.vectors.dtype == np.float32
        np.testing.assert_allclose(found.vectors, vectors @ planted, atol=1e-5)


@pytest.mark.parametrize("normalize", [True, False])
def test_the_rotation_is_the_nearest_one_that_there_is(related, normalize):
    a, b, A, B = related
    found = a.align_to(b, normalize=normalize)
    if normalize:
        A, B = units(A), units(B)
    turn = np.linalg.lstsq(a.vectors, found.vectors.astype(np.float64), rcond=None)[0]
    np.testing.assert_allclose(turn.T @ turn, np.eye(D), atol=1e-5)
    # The distance is least where this is symmetric and has no negative eigenvalue.
    products = (A @ turn).T @ B
    np.testing.assert_allclose(products, products.T, atol=1e-4 * np.abs(products).max())
    assert np.linalg.eigvalsh(products).min() > 0


@pytest.mark.parametrize("normalize", [True, False])
def test_the_rotation_is_scipys(related, normalize):
    linalg = pytest.importorskip("scipy.linalg")
    a, b, A, B = related
    turn = linalg.orthogonal_procrustes(*((units(A), units(B)) if normalize else (A, B)))[0]
    found = a.align_to(b, normalize=normalize).vectors
    np.testing.assert_allclose(found, a.vectors @ turn, atol=1e-5)


def test_anchors_alone_decide_where_they_are_named(random, related):
    a, b, A, B = related
    some = random.permutation(60)[:20]
    turn = best_rotation(units(A[some]), units(B[some]))
    found = a.align_to(b, words=[f"w{i}" for i in [*some, *some[:5]]])  # repeats change nothing
    np.testing.assert_allclose(found.vectors, a.vectors @ turn, atol=1e-4)
    turn = best_rotation(units(A[:30]), units(B[:30]))
    np.testing.assert_allclose(a.align_to(b, words=30).vectors, a.vectors @ turn, atol=1e-4)
    assert not np.allclose(found.vectors, a.align_to(b).vectors, atol=1e-2)


def test_aligning_keeps_cosines_and_leaves_both_as_they_were(related):
    a, b, *_ = related
    a.counts = np.arange(61)
    before = a.vectors.tobytes(), b.vectors.tobytes(), list(a.words)
    found = a.align_to(b)
    shares = units(found.vectors) @ units(found.vectors).T - units(a.vectors) @ units(a.vectors).T
    assert np.abs(shares).max() < 1e-6
    found.set_vecattr("w1", "count", 99)
    found["new"] = np.ones(D)
    assert (a.vectors.tobytes(), b.vectors.tobytes(), a.words) == before
    assert a.counts.tolist() == list(range(61)) and found.counts[3] == 3


def test_blocks_add_up_and_take_little_memory(random, monkeypatch, allocating_at_most):
    V = 20_000
    vectors = random.normal(size=(2, V, D)).astype(np.float32)
    a, b = (w2v.KeyedVectors(words_of(V), each) for each in vectors)
    a.key_to_index, b.key_to_index  # noqa: B018, made beforehand
    whole = a.align_to(b).vectors
    monkeypatch.setattr(search, "LEAST_BLOCK_FLOATS", 1)
    monkeypatch.setattr(search, "MOST_BLOCK_FLOATS", 1000 * D)
    # The result, rows of the words (in turn those that all have), and lists of words.
    with allocating_at_most(V * (4 * D + 6 * 8 + 3 * 8) + 500_000):
        found = a.align_to(b)
    np.testing.assert_allclose(found.vectors, whole, atol=1e-6)


def test_float64_stays_and_half_floats_become_float32(random):
    vectors, turn = random.normal(size=(30, D)), orthogonal(random)
    a, b = (w2v.KeyedVectors(words_of(30), each) for each in (vectors, vectors @ turn))
    np.testing.assert_allclose(a.align_to(b).vectors, vectors @ turn, rtol=0, atol=1e-13)
    half = w2v.KeyedVectors(words_of(30), vectors.astype(np.float16))
    assert half.align_to(b).vectors.dtype == np.float32


def test_a_word_that_the_anchors_do_not_place_is_an_error(random):
    vectors = random.normal(size=(30, D))
    vectors[:20, 5:] = 0
    a, b = (w2v.KeyedVectors(words_of(30), vectors @ turn) for turn in (np.eye(D), np.eye(D)[::-1]))
    with pytest.raises(ValueError, match="20 anchors leave 3 of 8 directions open, in which 'w20'"):
        a.align_to(b, words=20)
    flat = w2v.KeyedVectors(words_of(20), vectors[:20])
    np.testing.assert_allclose(flat.align_to(b).vectors, b.vectors[:20], atol=1e-12)


def test_rows_without_direction_stay_what_they_are(random):
    vectors = random.normal(size=(40, D)).astype(np.float32)
    vectors[3], vectors[35], vectors[36] = 0, np.nan, np.inf
    a, b = (w2v.KeyedVectors(words_of(40), vectors) for _ in range(2))
    found = a.align_to(b, words=30).vectors
    assert not found[3].any() and not np.isfinite(found[35:37]).any()
    np.testing.assert_allclose(found[:30], vectors[:30], atol=1e-5)


def bad_calls(a):
    narrow = w2v.KeyedVectors(a.words, a.vectors[:, :3])
    broken = w2v.KeyedVectors(a.words, a.vectors.copy())
    broken.vectors[7, 2] = np.nan
    ids = w2v.KeyedVectors(range(len(a)), a.vectors)
    strangers = w2v.KeyedVectors([f"x{i}" for i in range(len(a))], a.vectors)
    return {
        "other: its vectors have 3 dimensions, those of the first 8": lambda: a.align_to(narrow),
        "other: 'w6' has a vector with NaN": lambda: a.align_to(broken),
        "self: 'w6' has a vector with NaN": lambda: broken.align_to(a),
        "words: there are no anchors": lambda: a.align_to(strangers),
        "words=0 is out of range": lambda: a.align_to(a, words=0),
        "words='king': a list of words": lambda: a.align_to(a, words="king"),
        "the word 'zebra' is not in": lambda: a.align_to(a, words=["w1", "zebra"]),
        "words: 'own' is not in the vocabulary of the other": lambda: a.align_to(
            w2v.KeyedVectors(words_of(5), a.vectors[:5]), words=["w1", "own"]
        ),
        "other: its keys are of type int where": lambda: a.align_to(ids),
    }


def test_mistakes_name_the_argument_and_the_word(related):
    for message, call in bad_calls(related[0]).items():
        with pytest.raises((ValueError, TypeError, KeyError), match=message):
            call()
