"""Questions asked of vectors, against a few lines of NumPy, and against gensim."""

import copy
import warnings

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors
from w2v.vectors import search
from w2v.vectors.keyed import FORMER_NAMES
from w2v.vectors.neighbours import PACK_AFTER

METRICS = search.METRICS


@pytest.fixture
def wv(random):
    vectors = random.normal(size=(200, 12)).astype(np.float32)
    vectors[17] = 0
    vectors[30:33] = vectors[33]  # ties
    return KeyedVectors([f"w{i}" for i in range(200)], vectors)


def scores_of(wv, query, metric="cosine"):
    rows, query = wv.vectors.astype(float), np.asarray(query, float)
    if metric == "cosine":
        sizes = np.linalg.norm(rows, axis=1) * np.linalg.norm(query)
        return rows @ query / np.where(sizes, sizes, 1)
    order = {"euclidean": 2, "manhattan": 1, "chebyshev": np.inf}[metric]
    return np.linalg.norm(rows - query, order, axis=1)


def neighbours(wv, query, without, topn, metric="cosine"):
    """The obvious twin: all scores, sorted; equal ones in vocabulary order."""
    scores = scores_of(wv, query, metric)
    order = np.argsort((-scores if metric == "cosine" else scores).round(5), kind="stable")
    order = [i for i in order if i not in without]
    return [(f"w{i}", pytest.approx(scores[i], abs=1e-5)) for i in order[:topn]]


def unit(wv, key):
    return wv.get_vector(key, norm=True).astype(float)


@pytest.mark.parametrize("metric", METRICS)
def test_similarity_and_distance(wv, metric):
    scores = scores_of(wv, wv["w1"], metric)
    for word, row in [("w2", 2), ("w17", 17), (5, 5)]:
        assert wv.similarity("w1", word, metric) == pytest.approx(scores[row], abs=1e-6)
    distances = 1 - scores if metric == "cosine" else scores
    assert wv.distance("w1", "w2", metric) == pytest.approx(distances[2], abs=1e-6)
    np.testing.assert_allclose(wv.distances("w1", metric=metric), distances, atol=1e-5)
    np.testing.assert_allclose(wv.distances(wv["w1"], metric=metric), distances, atol=1e-5)
    found = wv.distances("w1", ["w9", 4, "w9"], metric)
    np.testing.assert_allclose(found, distances[[9, 4, 9]], atol=1e-5)
    assert wv.similarity("w30", "w31", metric) == (1 if metric == "cosine" else 0)
    assert wv.distance("w8", "w8", metric) == 0


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("topn", [0, 1, 10, 199, 500, np.uint8(3)])
def test_most_similar_equals_sorting_all_scores(wv, topn, metric):
    vector = np.arange(12.0)
    found = wv.similar_by_vector(vector, topn=topn, metric=metric)
    assert found == neighbours(wv, vector, set(), topn, metric)
    one = wv.most_similar("w5", topn=topn, metric=metric)
    assert one == neighbours(wv, wv["w5"], {5}, topn, metric)
    assert wv.similar_by_word("w5", topn, metric=metric) == one
    assert wv.similar_by_key(5, topn, metric=metric) == one
    found = wv.most_similar(["w1", ("w2", 0.5)], ["w3"], topn=topn, metric=metric)
    if metric == "cosine":
        query = unit(wv, 1) + 0.5 * unit(wv, 2) - unit(wv, 3)
    else:  # weights are made to add up to 1
        query = (wv["w1"] + 0.5 * wv["w2"] - wv["w3"]) / 0.5
    assert found == neighbours(wv, query, {1, 2, 3}, topn, metric)


def test_weights_in_negative_keep_their_sign_as_in_gensim(wv):
    found = wv.most_similar("w1", [("w2", -0.5)], topn=5)
    assert found == neighbours(wv, unit(wv, 1) - 0.5 * unit(wv, 2), {1, 2}, 5)


def test_vectors_given_are_weighted_as_they_are(wv):
    found = wv.most_similar(["w1", wv.vectors[2], (3 * wv.vectors[4], 0.5)], topn=5)
    query = unit(wv, 1) + wv["w2"] + 1.5 * wv["w4"]
    assert found == neighbours(wv, query, {1}, 5)
    assert wv.most_similar(wv.vectors[:2]) == neighbours(wv, wv["w0"] + wv["w1"], set(), 10)


def test_rows_pairs_and_single_items_are_understood(wv):
    assert wv.most_similar(5) == wv.most_similar([5]) == wv.most_similar("w5")
    assert wv.most_similar((5, 6)) == wv.most_similar(["w5", "w6"])
    assert wv.most_similar(("w5", 2.0)) == wv.most_similar("w5")
    assert wv.most_similar([(5, 1), ("w6", 0.5)]) == wv.most_similar(["w5", (6, 0.5)])
    assert wv.most_similar(("w5", "w6")) == wv.most_similar(["w5", "w6"])
    assert wv.similar_by_vector("w5") == wv.most_similar("w5")


def test_ties_come_in_vocabulary_order(wv):
    found = [word for word, _ in wv.similar_by_vector(wv.vectors[33], topn=4)]
    assert found == ["w30", "w31", "w32", "w33"]
    assert [word for word, _ in wv.similar_by_vector(wv.vectors[33], topn=2)] == ["w30", "w31"]


def test_topn_none_gives_all_scores(wv):
    cosines = wv.most_similar("w5", topn=None)
    assert cosines.shape == (200,) and cosines[5] == pytest.approx(1, abs=1e-6) and cosines[17] == 0
    some = wv.most_similar("w5", topn=None, clip_start=4, clip_end=9)
    np.testing.assert_array_equal(some, cosines[4:9])


@pytest.mark.parametrize("start, stop", [(0, None), (50, 90), (-30, None), (20, -150), (9, 9)])
def test_clipping_searches_a_slice(wv, start, stop):
    without = set(range(200)) - set(range(*slice(start, stop).indices(200))) | {5}
    found = wv.most_similar("w5", topn=20, clip_start=start, clip_end=stop)
    assert found == neighbours(wv, wv["w5"], without, 20)


def test_restrict_vocab_overrides_clipping(wv):
    expected = neighbours(wv, wv["w5"], {5, *range(8, 200)}, 10)
    assert wv.most_similar("w5", restrict_vocab=8, clip_start=50) == expected
    assert wv.similar_by_word("w5", 10, 8) == wv.similar_by_key("w5", 10, 8) == expected
    assert wv.similar_by_vector(wv["w5"], 1, 8)[0][0] == "w5"
    assert wv.neighbours(["w5"], restrict_vocab=8) == [expected]


@pytest.mark.parametrize("n", [1, 30])
def test_allowed_and_banned_words(wv, n):
    allowed = [f"w{i}" for i in range(0, 200, 3)]
    banned = ["w6", "w9", "never seen"]
    without = {i for i in range(200) if i % 3} | {6, 9, 5}
    expected = neighbours(wv, wv["w5"], without, 12)
    options = dict(topn=12, allowed=allowed, banned=banned)
    assert wv.most_similar("w5", **options) == wv.similar_by_word("w5", **options) == expected
    assert wv.neighbours(["w5"] * n, **options) == [expected] * n
    mask = np.array([i not in without for i in range(200)])
    assert wv.most_similar("w5", topn=12, allowed=mask) == expected
    assert wv.most_similar("w5", topn=12, banned=~mask) == expected
    assert wv.most_similar("w5", allowed=[]) == wv.most_similar("w5", allowed="w5") == []
    found = wv.most_similar_cosmul("w5", allowed=allowed, banned=banned, topn=12)
    assert [word for word, _ in found] == [word for word, _ in expected]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("topn", [0, 1, 10, 199, 500])
def test_neighbours_of_many_equal_those_of_each(wv, metric, topn):
    queries = ["w5", "w17", 33, "w5", *(f"w{i}" for i in range(20))]
    found = wv.neighbours(queries, topn, metric)
    assert found == [wv.most_similar(query, topn=topn, metric=metric) for query in queries]
    mixed = wv.neighbours(["w5", wv.vectors[6], 7], topn, metric)
    expected = wv.most_similar("w5", topn=topn, metric=metric)
    vector = wv.similar_by_vector(wv.vectors[6], topn, metric=metric)
    assert mixed == [expected, vector, wv.most_similar(7, topn=topn, metric=metric)]
    matrix = wv.neighbours(wv.vectors[:12], topn, metric)
    assert matrix == [wv.similar_by_vector(row, topn, metric=metric) for row in wv.vectors[:12]]
    rows, scores = wv.neighbours(queries, topn, metric, arrays=True)
    pairs = [
        [(f"w{row}", score) for row, score in zip(*answer, strict=True) if row >= 0]
        for answer in zip(rows.tolist(), scores.tolist(), strict=True)
    ]
    assert pairs == found and rows.shape == scores.shape == (24, min(topn, 200))


def test_no_queries_have_no_answers(wv):
    assert wv.neighbours([]) == [] and wv.neighbours(np.empty((0, 12))) == []


def test_prepared_vectors_give_the_same_answers(wv, random):
    words = [f"w{i}" for i in range(30)]
    before = wv.neighbours(words, 20), wv.most_similar(["w1"], ["w2"]), wv.similar_by_word("w30")
    if not wv.prepare():
        pytest.skip("this processor multiplies no 8-bit numbers")
    assert wv.panels(0, "cosine") is not None
    after = wv.neighbours(words, 20), wv.most_similar(["w1"], ["w2"]), wv.similar_by_word("w30")
    assert before == after
    assert wv.most_similar("w1", clip_start=40) == wv.most_similar(
        "w1", banned=[*words, *range(40)]
    )


def test_answers_are_never_those_of_vectors_that_have_changed(wv):
    def nearest():
        return wv.most_similar("w1", topn=1)[0][0], wv.neighbours(["w1"] * 20, 1)[3][0][0]

    wv.most_similar("w1")
    wv.fill_norms()
    wv.vectors[50] = 3 * wv.vectors[1]
    assert nearest() == ("w50", "w50")
    prepared = wv.prepare()
    if prepared:
        with pytest.raises(ValueError, match="read-only"):
            wv.vectors[40] = 0
    wv["w40"] = wv["w1"]  # drops the copy
    assert nearest() == ("w40", "w40")
    wv.prepare()
    wv.vectors.flags.writeable = True
    wv.vectors[20] = wv.vectors[1]
    assert nearest() == ("w20", "w20")
    wv.prepare()
    wv.vectors = wv.vectors.copy()
    wv.vectors[[20, 40, 50]], wv.vectors[150] = 0, wv.vectors[1]
    assert nearest() == ("w150", "w150")


def test_many_single_questions_make_the_copy_unasked_and_it_is_never_out_of_date(wv, tmp_path):
    def nearest():
        return wv.most_similar("w1", topn=1)[0][0]

    wv.save(tmp_path / "vectors")
    wv = KeyedVectors.load(tmp_path / "vectors")
    if search.pack(wv.frozen_vectors()) is None:
        pytest.skip("this processor multiplies no 8-bit numbers")
    first = wv.most_similar("w1")
    answers = [wv.most_similar("w1") for _ in range(2 * PACK_AFTER)]
    assert wv.packed is not None and answers == [first] * len(answers)
    wv["w40"] = wv["w1"]  # drops it; then it is made again
    assert wv.packed is None and {nearest() for _ in range(2 * PACK_AFTER)} == {"w40"}
    assert wv.packed is not None
    copied = copy.copy(wv)
    copied["w30"], copied["w40"] = wv["w1"], -wv["w1"]  # writes into the same array
    assert nearest() == "w30" and wv.packed is None
    wv = KeyedVectors.load(tmp_path / "vectors")
    [nearest() for _ in range(PACK_AFTER)]
    wv.vectors[20] = wv["w1"]
    assert nearest() == "w20" and wv.packed is None
    with pytest.raises(ValueError, match="read-only"):
        wv["w1"][0] = 0


def test_vectors_that_somebody_else_holds_are_not_copied_unasked(wv):
    array = wv.vectors
    wv = KeyedVectors(wv.index_to_key, array)
    [wv.most_similar("w1") for _ in range(2 * PACK_AFTER)]
    assert wv.packed is None
    array[60] = array[1]
    assert wv.most_similar("w1", topn=1)[0][0] == "w60"
    read_only = array.view()
    read_only.flags.writeable = False
    wv = KeyedVectors(wv.index_to_key, read_only)
    [wv.most_similar("w1") for _ in range(2 * PACK_AFTER)]
    assert wv.rows_read == 0
    array[60], array[70] = 0, array[1]
    assert wv.most_similar("w1", topn=1)[0][0] == "w70"


def test_questions_over_few_rows_do_not_pay_for_a_copy_of_all(random):
    wv = KeyedVectors(12)
    wv.add_vectors([f"w{i}" for i in range(200)], random.normal(size=(200, 12)))
    [wv.most_similar("w1", restrict_vocab=10) for _ in range(2 * PACK_AFTER)]
    [wv.neighbours(["w1", "w2"]) for _ in range(2 * PACK_AFTER)]
    [wv.most_similar("w1", metric="euclidean") for _ in range(2 * PACK_AFTER)]
    assert wv.packed is None
    [wv.most_similar("w1") for _ in range(PACK_AFTER)]
    assert wv.packed is not None


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_dtypes_stay_and_are_searched_in_float32(wv, dtype):
    other = KeyedVectors(wv.index_to_key, wv.vectors.astype(dtype))
    rough = KeyedVectors(wv.index_to_key, other.vectors.astype(np.float32))
    assert other["w1"].dtype == other.get_vector("w1", norm=True).dtype == dtype
    assert other.get_normed_vectors().dtype == dtype
    words = [f"w{i}" for i in range(30)]
    assert other.neighbours(words) == rough.neighbours(words)
    assert other.most_similar("w1") == rough.most_similar("w1")
    other["new"] = np.ones(12)
    assert other.vectors.dtype == dtype


def test_one_word_and_one_dimension():
    wv = KeyedVectors(["only"], [[2.0]])
    assert wv.most_similar("only") == [] and wv.neighbours(["only"]) == [[]]
    assert wv.similar_by_vector([-1.0]) == [("only", -1.0)]
    assert wv.rank("only", "only") == 1 and wv.doesnt_match(["only"]) == "only"


def cosmul(wv, positive, negative):
    cosines = {word: (1 + scores_of(wv, wv[word])) / 2 for word in positive + negative}
    top = np.prod([cosines[word] for word in positive], axis=0)
    return top / (np.prod([cosines[word] for word in negative], axis=0) + 1e-6 if negative else 1)


@pytest.mark.parametrize("negative", [[], ["w3"], ["w3", "w4"]])
def test_most_similar_cosmul(wv, negative):
    products = cosmul(wv, ["w1", "w2"], negative)
    asked = {int(word[1:]) for word in ["w1", "w2", *negative]}
    for topn, stop in [(0, 200), (5, 200), (500, 200), (5, 20)]:
        order = [i for i in np.argsort(-products[:stop].round(6), kind="stable") if i not in asked]
        found = wv.most_similar_cosmul(["w1", "w2"], negative, topn, stop)
        expected = [(f"w{i}", pytest.approx(products[i], rel=1e-4)) for i in order[:topn]]
        assert found == expected
    found = wv.most_similar_cosmul(["w1", "w2"], negative, None)
    np.testing.assert_allclose(found, products, rtol=1e-4)


def test_mean_vectors(wv):
    a, b = wv["w1"].astype(float), wv["w2"].astype(float)
    mean = wv.get_mean_vector(["w1", "unknown", 2], [1, 5, -3])
    np.testing.assert_allclose(mean, (unit(wv, 1) - 3 * unit(wv, 2)) / 4, atol=1e-6)
    mean = wv.get_mean_vector(["w1", "w2"], pre_normalize=False)
    np.testing.assert_allclose(mean, (a + b) / 2, atol=1e-6)
    mean = wv.get_mean_vector(["w1", b], post_normalize=True)
    total = unit(wv, 1) + b
    np.testing.assert_allclose(mean, total / np.linalg.norm(total), atol=1e-6)
    assert not wv.get_mean_vector(["unknown"]).any() and mean.dtype == np.float32
    with pytest.raises(KeyError, match="unknown"):
        wv.get_mean_vector(["w1", "unknown"], ignore_missing=False)


@pytest.mark.parametrize("metric", METRICS)
def test_n_similarity_compares_means(wv, metric):
    mean = wv.vectors[1:4].astype(float).mean(axis=0)
    other = KeyedVectors(["b"], [wv.vectors[7:9].astype(float).mean(axis=0)])
    expected = scores_of(other, mean, metric)[0]
    found = wv.n_similarity(["w1", "w2", "w3", "unknown"], ["w7", "w8"], metric)
    assert found == pytest.approx(expected, abs=1e-6)
    with pytest.raises(ValueError, match=r"ws2=.*none of these is in the vocabulary"):
        wv.n_similarity(["w1"], [])


def test_rank_by_centrality_and_doesnt_match(wv):
    for use_norm in (True, False):
        rows = np.array([unit(wv, i) if use_norm else wv[i] for i in range(5)], float)
        centre = rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
        order = np.argsort(-(rows @ centre))
        found = wv.rank_by_centrality([f"w{i}" for i in range(5)], use_norm)
        assert found == [(pytest.approx(rows[i] @ centre, abs=1e-6), f"w{i}") for i in order]
    words = [f"w{i}" for i in range(5)]
    assert wv.doesnt_match(words) == wv.rank_by_centrality(words)[-1][1]
    with pytest.warns(UserWarning, match="left out: 'odd', 'even'"):
        wv.rank_by_centrality(["w1", "odd", "w2", "even"])
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="none of these"):
        wv.doesnt_match(["odd"])


@pytest.mark.parametrize("metric", METRICS)
def test_closer_rank_and_the_nearest_of_some(wv, metric):
    distances = scores_of(wv, wv["w1"], metric) * (-1 if metric == "cosine" else 1)
    distances[1] = np.inf
    closer = [f"w{i}" for i in np.flatnonzero(distances < distances[2] - 1e-6)]
    assert wv.closer_than("w1", "w2", metric) == closer and wv.rank("w1", "w2", metric) > 1
    assert wv.rank("w1", "w2", metric) == len(closer) + 1
    assert wv.closer_than("w1", "w1", metric) == [] and wv.rank("w1", "w1", metric) == 1
    some = ["w40", "w41", "w42", "w43"]
    nearest = some[int(distances[40:44].argmin())]
    assert wv.most_similar_to_given("w1", some, metric) == nearest
    assert wv.most_similar_to_given("w1", ["w31", "w30"], metric) == "w31"
    with pytest.raises(ValueError, match="keys_list: it is empty"):
        wv.most_similar_to_given("w1", [])


def test_relative_cosine_similarity(wv):
    nearest = sorted(np.delete(scores_of(wv, wv["w1"]), 1))[-4:]
    expected = wv.similarity("w1", "w9") / sum(nearest)
    assert wv.relative_cosine_similarity("w1", "w9", topn=4) == pytest.approx(expected, rel=1e-5)


def test_cosine_similarities(wv):
    found = KeyedVectors.cosine_similarities(wv["w1"], wv.vectors)
    np.testing.assert_allclose(found, scores_of(wv, wv["w1"]), atol=1e-6)
    assert not KeyedVectors.cosine_similarities(np.zeros(12), wv.vectors).any()


def test_wmdistance_moves_words(wv):
    pytest.importorskip("scipy")
    for norm in (True, False):
        a, b, c = (unit(wv, i) if norm else wv[i].astype(float) for i in (1, 2, 3))
        # Half of w1 must go to w2, half to w3; and the same words cost nothing.
        expected = (np.linalg.norm(a - b) + np.linalg.norm(a - c)) / 2
        found = wv.wmdistance(["w1", "w1", "unknown"], ["w2", "w3"], norm)
        assert found == pytest.approx(expected, rel=1e-6)
        assert wv.wmdistance(["w1", "w2"], ["w2", "w1"], norm) == pytest.approx(0, abs=1e-9)
    assert wv.wmdistance(["unknown"], ["w1"]) == float("inf")


def test_vectors_for_all(wv):
    wv.set_vecattr("w3", "count", 4)
    some = wv.vectors_for_all(["w3", "unknown", "w1", "w3", 1, 2])
    assert some.index_to_key == ["w3", "w1", "w2"] and some.counts is None
    np.testing.assert_array_equal(some.vectors, wv.vectors[[3, 1, 2]])
    some["w3"] = np.zeros(12)
    assert wv["w3"].any()
    assert wv.vectors_for_all(iter(["w3"]), copy_vecattrs=True).counts.tolist() == [4]


def test_intersecting_takes_over_what_the_file_has(wv, tmp_path):
    path = tmp_path / "other.bin"
    KeyedVectors(["w4", "new", "w2"], np.arange(36.0).reshape(3, 12)).save_word2vec_format(
        path, binary=True
    )
    before = wv.vectors.copy()
    assert wv.intersect_word2vec_format(path, binary=True) == 2
    assert wv["w4"].tolist() == list(range(12)) and wv["w2"].tolist() == list(range(24, 36))
    assert "new" not in wv
    np.testing.assert_array_equal(np.delete(wv.vectors, [2, 4], 0), np.delete(before, [2, 4], 0))
    with pytest.raises(ValueError, match=r"lockf=2.0 is out of range: from 0 to 1"):
        wv.intersect_word2vec_format(path, lockf=2.0)
    with pytest.raises(ValueError, match="its vectors have 12 dimensions, these 3"):
        KeyedVectors(3).intersect_word2vec_format(path)


def test_an_indexer_is_asked_instead(wv):
    class Indexer:
        def most_similar(self, vector, topn):
            np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-6)
            return [(f"w{i}", 1 - i / 10) for i in range(topn)]

    assert wv.most_similar("w1", topn=2, indexer=Indexer()) == [("w0", 1.0), ("w2", 0.8)]
    with pytest.raises(ValueError, match="indexer: metric, allowed and banned do not reach it"):
        wv.most_similar("w1", indexer=Indexer(), banned=["w0"])


def test_bad_questions_are_errors(wv):
    for ask in (wv.most_similar, wv.most_similar_cosmul):
        with pytest.raises(ValueError, match="no words given"):
            ask()
        with pytest.raises(KeyError, match="'unknown' is not in the vocabulary"):
            ask("unknown")
        with pytest.raises(ValueError, match="topn=None scores all words"):
            ask("w1", topn=None, banned=["w2"])
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        wv.similar_by_vector([1, 2, 3])
    with pytest.raises(TypeError, match=r"topn=3\.0 is of type float; a whole number"):
        wv.most_similar("w1", topn=3.0)
    with pytest.raises(ValueError, match="metric='l2': there are cosine, euclidean"):
        wv.most_similar("w1", metric="l2")
    with pytest.raises(ValueError, match="metric='l2'"):
        wv.similarity("w1", "w2", "l2")
    with pytest.raises(ValueError, match="a weight has no meaning in 3CosMul"):
        wv.most_similar_cosmul([("w1", 2.0)])
    with pytest.raises(ValueError, match=r"\('w1', 'w2', 'w3'\): \(word or vector, weight\)"):
        wv.most_similar([("w1", "w2", "w3")])
    with pytest.raises(KeyError, match="'unknown'"):
        wv.most_similar("w1", allowed=["unknown"])
    with pytest.raises(ValueError, match=r"allowed: shape \(3,\) does not fit 200 words"):
        wv.most_similar("w1", allowed=np.ones(3, bool))
    with pytest.raises(TypeError, match="queries='w1': a list is expected"):
        wv.neighbours("w1")
    with pytest.raises(ValueError, match=r"queries: shape \(2, 3\) where \(n, 12\)"):
        wv.neighbours(np.ones((2, 3)))


def test_cosines_lie_between_minus_1_and_1(random):
    rows = random.normal(size=(100, 33)).astype(np.float32)
    vectors = np.concatenate([rows, rows * 3, rows * -7])
    wv = KeyedVectors([f"w{i}" for i in range(300)], vectors)
    # Rounding does leave that range.
    assert np.abs(search.scores(vectors, vectors)).max() > 1
    for row in range(100):
        key, vector = f"w{row}", vectors[row]
        cosines = [score for _, score in wv.similar_by_vector(vector, topn=300)]
        cosines += [score for _, score in wv.most_similar(key, topn=300)]
        cosines += [score for score, _ in wv.rank_by_centrality([key, f"w{row + 100}"])]
        cosines += [wv.similarity(key, row + 100), wv.similarity(key, row + 200)]
        cosines += [wv.n_similarity([key, "w1"], [row + 100, "w101"])]
        cosines += [*wv.most_similar(key, topn=None), *wv.cosine_similarities(vector, vectors)]
        cosines += [
            *(1 - wv.distances(key)),
            *wv.neighbours(vectors[row : row + 1], arrays=True)[1][0],
        ]
        assert np.abs(cosines).max() == 1
        assert wv.most_similar_cosmul(key, topn=None).min() >= 0
    places = [score for _, score in wv.neighbours(["w0"], topn=299)[0]]
    assert np.abs(places).max() <= 1


def test_words_with_nan_are_no_answers(wv):
    for row in (3, 60):
        wv.vectors[row] = np.nan
    rows = [row for row in range(200) if row not in (3, 60)]
    clean = KeyedVectors([f"w{row}" for row in rows], wv.vectors[rows])
    assert wv.most_similar("w1", topn=200) == clean.most_similar("w1", topn=200)
    for ask in ("most_similar_cosmul", "most_similar"):
        found = getattr(wv, ask)(["w1", "w2"], ["w5"], topn=200)
        assert found == getattr(clean, ask)(["w1", "w2"], ["w5"], topn=200), ask
    assert wv.closer_than("w1", "w17") == clean.closer_than("w1", "w17")
    assert wv.most_similar_to_given("w1", ["w3", "w2"]) == "w2"
    assert np.isnan(wv.distances("w1")).tolist() == [row in (3, 60) for row in range(200)]
    with pytest.raises(ValueError, match="words: 'w60' has a vector with NaN"):
        wv.doesnt_match(["w1", "w2", "w60"])
    with pytest.raises(ValueError, match="holds NaN"):
        wv.most_similar("w60")


def test_whole_numbers_are_asked_for_alike(wv, tmp_path):
    path = tmp_path / "vectors.txt"
    wv.save_word2vec_format(path)
    wv.save(tmp_path / "vectors.w2v")
    for name, ask in [
        ("topn", lambda n: wv.most_similar("w1", topn=n)),
        ("topn", lambda n: wv.most_similar_cosmul("w1", topn=n)),
        ("topn", lambda n: wv.neighbours(["w1"], topn=n)),
        ("restrict_vocab", lambda n: wv.most_similar("w1", restrict_vocab=n)),
        ("restrict_vocab", lambda n: wv.most_similar_cosmul("w1", restrict_vocab=n)),
        ("restrict_vocab", lambda n: wv.neighbours(["w1"], restrict_vocab=n)),
        ("restrict_vocab", lambda n: wv.evaluate_word_analogies(["w1 w2 w3 w4"], n)),
        ("clip_start", lambda n: wv.most_similar("w1", clip_start=n)),
        ("clip_end", lambda n: wv.most_similar("w1", clip_end=n)),
        ("limit", lambda n: w2v.load(path, limit=n)),
        ("limit", lambda n: w2v.load(tmp_path / "vectors.w2v", limit=n)),
        ("limit", lambda n: KeyedVectors.load_word2vec_format(path, limit=n)),
        ("workers", lambda n: KeyedVectors.load_word2vec_format(path, workers=n)),
        ("workers", lambda n: wv.save_word2vec_format(tmp_path / "other", workers=n)),
        ("decimals", lambda n: wv.save_word2vec_format(tmp_path / "other", decimals=n)),
        ("total_vec", lambda n: wv.save_word2vec_format(tmp_path / "other", total_vec=n)),
        ("vector_size", lambda n: KeyedVectors(vector_size=n)),
        ("count", lambda n: KeyedVectors(3, n)),
        ("n", lambda n: wv.classes(n)),
    ]:
        for n in (2, np.int16(2)):
            ask(n)
        for n in (2e0, np.float64(2), "2"):
            with pytest.raises(TypeError) as raised:
                ask(n)
            kind = type(n).__name__
            assert (
                str(raised.value) == f"{name}={n!r} is of type {kind}; a whole number is expected"
            )
    with pytest.raises(TypeError, match=r"vector_size=3\.0 is of type float"):
        KeyedVectors(3.0)
    for ask in (
        lambda n: wv.most_similar("w1", restrict_vocab=n),
        lambda n: w2v.load(path, limit=n),
    ):
        with pytest.raises(ValueError, match=r"=-1 is out of range: from \d up"):
            ask(-1)


@pytest.mark.parametrize("name", FORMER_NAMES)
def test_former_names_answer_with_their_replacement(wv, name):
    assert not hasattr(wv, name)
    with pytest.raises(AttributeError, match=f"KeyedVectors has no '{name}'; use "):
        getattr(wv, name)
    replacement = (
        FORMER_NAMES[name].replace("(", " ").replace(",", " ").replace(";", " ").split()[0]
    )
    exists = hasattr(wv, replacement)
    assert exists or replacement in ("nothing", "these", "evaluate_word_analogies")
    with pytest.raises(AttributeError, match="KeyedVectors has no attribute 'nonsense'"):
        _ = wv.nonsense


CALLS = """
most_similar("w1")
most_similar("w1", "w2", topn=5)
most_similar(["w1", "w2"], ["w3"], topn=None)
most_similar(["w1", ("w2", 0.5)], [("w3", -0.25), ("w4", 0.5)], topn=20)
most_similar([3, (4, 0.5)])
most_similar(v)
most_similar(X[:3], topn=7)
most_similar(["w1", v, (v, 0.3)], topn=7)
most_similar("w1", clip_start=50, clip_end=90)
most_similar("w1", clip_start=50, clip_end=90, topn=None)
most_similar("w1", clip_start=-50)
most_similar("w1", clip_end=-50)
most_similar("w1", restrict_vocab=30)
most_similar("w1", restrict_vocab=0)
most_similar("w1", topn=0)
most_similar("w1", topn=-3)
most_similar("w1", topn=np.uint8(4))
most_similar("w1", topn=1000)
similar_by_word("w1", topn=None)
similar_by_word("w1", 5, 100)
similar_by_key(1, 5, 100)
similar_by_vector(v)
similar_by_vector("w1")
similarity("w1", "w2")
distance("w1", 9)
distances("w1")
distances("w1", ["w3", "w9", 4])
distances(v, ["w3", "w9"])
n_similarity(["w1", "w2"], ["w3"])
n_similarity(["w1", "unknown"], ["w3", "w5"])
doesnt_match(["w1", "w2", "w3", "w4", "w8"])
doesnt_match(["w1", "w2", "w3", "w4", "unknown"])
rank_by_centrality(["w1", "w2", "w3", "w4"])
rank_by_centrality(["w1", "w2", "w3", "w4"], use_norm=False)
most_similar_cosmul("w1")
most_similar_cosmul("w1", "w2")
most_similar_cosmul(["w1", "w2"], ["w3"], topn=None)
most_similar_cosmul(["w1", "w2"], ["w3", "w4"], topn=20)
most_similar_to_given("w1", ["w3", "w4", "w8"])
closer_than("w1", "w2")
closer_than("w1", "w1")
rank("w1", "w2")
relative_cosine_similarity("w1", "w2")
relative_cosine_similarity("w1", "w2", topn=3)
get_mean_vector(["w1", "w2", "unknown"])
get_mean_vector(["w1", "w2", "unknown"], weights=[1, -2, 5])
get_mean_vector(["w1", v, 3], pre_normalize=False)
get_mean_vector(["w1", v, 3], post_normalize=True)
get_mean_vector(["unknown"])
get_vector("w1", norm=True)
get_normed_vectors()
get_index("unknown", -1)
get_index(3)
has_index_for("unknown")
cosine_similarities(v, X)
vectors_for_all(["w1", "unknown", "w3", "w1"]).index_to_key
vectors_for_all(["w1", "unknown", "w3", "w1"]).vectors
__contains__(300)
__getitem__(["w1", 3])
most_similar("unknown")
most_similar([])
most_similar(1000)
most_similar(-1)
most_similar("w1", topn=3.0)
doesnt_match(["unknown"])
get_mean_vector([])
get_mean_vector(["unknown"], ignore_missing=False)
get_mean_vector(["w1"], weights=[1, 2])
most_similar_to_given("w1", [])
get_index("unknown")
__getitem__("unknown")
most_similar_cosmul([])
distances("w1", ["unknown"])
""".strip().split("\n")


def flat(answer):
    """An answer as words and numbers in a row."""
    if isinstance(answer, np.ndarray):
        return [answer.shape, *answer.ravel().tolist()]
    if isinstance(answer, (list, tuple)):
        return [part for item in answer for part in flat(item)]
    return [answer]


def test_answers_are_those_of_gensim(random):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = pytest.importorskip("gensim.models")
    X = random.normal(size=(300, 20)).astype(np.float32)
    words, v = [f"w{i}" for i in range(300)], X[7]
    theirs, ours = models.KeyedVectors(20), KeyedVectors(words, X)
    theirs.add_vectors(words, X)
    for call in CALLS:
        answers = []
        for wv in (theirs, ours):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    answers.append(flat(eval(f"wv.{call}", dict(wv=wv, v=v, X=X, np=np))))
                except Exception as error:
                    answers.append([type(error).__name__])
        assert len(answers[0]) == len(answers[1]), call
        for their, our in zip(*answers, strict=True):
            is_number = isinstance(their, (float, np.floating))
            same = our == (pytest.approx(their, abs=1e-5, rel=1e-4) if is_number else their)
            assert same, (call, their, our)


@pytest.mark.parametrize("binary", [False, True])
def test_a_file_that_ends_early_is_an_error_of_values_and_of_ends(wv, binary, tmp_path):
    path = tmp_path / "vectors"
    wv.save_word2vec_format(path, binary=binary, total_vec=len(wv) + 1)
    for kind in (ValueError, EOFError):
        with pytest.raises(kind, match=r"the header promises 201|row 200 of 201"):
            KeyedVectors.load_word2vec_format(path, binary=binary, binary_chunk_size=100)
