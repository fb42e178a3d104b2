"""Search through rows: every kernel against a few lines of NumPy."""

import itertools

import numpy as np
import pytest

from w2v.vectors import _search, kmeans, search, transport

KERNELS = _search.kernel_names()


@pytest.fixture(params=KERNELS)
def kernel(request, monkeypatch):
    monkeypatch.setenv("W2V_KERNEL", request.param)
    return request.param


@pytest.fixture
def small_blocks(monkeypatch):
    """Many blocks on four threads, whatever the machine."""
    monkeypatch.setattr(search, "LEAST_BLOCK_FLOATS", 1)
    monkeypatch.setattr(search, "MOST_BLOCK_FLOATS", 1)
    monkeypatch.setattr(search, "usable_cores", lambda: 4)


def twin(vectors, query, metric):
    """Scores in float64."""
    rows, query = np.asarray(vectors, float), np.asarray(query, float)
    if metric == "cosine":
        sizes = np.linalg.norm(rows, axis=1) * np.linalg.norm(query)
        return rows @ query / np.where(sizes, sizes, 1)
    order = {"euclidean": 2, "manhattan": 1, "chebyshev": np.inf}[metric]
    return np.linalg.norm(rows - query, order, axis=1)


def sorted_rows(scores, metric, topn, allowed=None):
    """Places of the best scores, equal ones in order."""
    order = np.argsort(-scores if metric == "cosine" else scores, kind="stable")
    return [row for row in order if allowed is None or allowed[row]][:topn]


def make_vectors(random, V, D):
    vectors = random.normal(size=(V, D)).astype(np.float32)
    vectors *= np.exp(random.normal(size=(V, 1)))
    vectors[:, 0] *= 4  # an outlying column
    vectors[V // 2] = 0
    vectors[V // 3 : V // 3 + 5] = vectors[0]  # ties
    return vectors


LAYOUTS = {
    "plain": lambda a: a,
    "float64": lambda a: a.astype(np.float64),
    "float16": lambda a: a.astype(np.float16),
    "integers": lambda a: (a * 10).astype(np.int8),
    "big-endian": lambda a: a.astype(">f4"),
    "columns": lambda a: np.asfortranarray(a),
    "padded rows": lambda a: np.pad(a, ((0, 0), (0, 3)))[:, : a.shape[1]],
    "every other column": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "last row first": lambda a: a[::-1],
    "unaligned": lambda a: np.frombuffer(b"x" + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_plain_rows_are_aligned_and_without_gaps(random, layout):
    vectors = LAYOUTS[layout](make_vectors(random, 9, 5))
    rows = search.plain(vectors)
    assert rows.dtype == np.float32 and rows.flags.aligned and rows.strides[1] == 4
    assert np.shares_memory(rows, vectors) == (layout in ("plain", "padded rows", "last row first"))
    np.testing.assert_array_equal(rows, vectors)


@pytest.mark.parametrize("metric", search.METRICS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_scores_equal_numpy(random, kernel, metric, layout):
    for V, D in [(1, 1), (5, 3), (70, 1), (40, 8), (33, 37), (10, 300)]:
        vectors = LAYOUTS[layout](make_vectors(random, V, D))
        queries = np.concatenate([vectors[:2], random.normal(size=(1, D))])
        found = search.scores(vectors, queries, metric)
        assert found.shape == (len(queries), V) and found.dtype == np.float32
        for query, scores in zip(queries, found, strict=True):
            np.testing.assert_allclose(
                scores, twin(vectors, query, metric), rtol=1e-5, atol=2e-6 * D
            )


@pytest.mark.parametrize("n", [1, 3, 8, 29])
@pytest.mark.parametrize("metric", search.METRICS)
def test_nearest_equals_sorting_all_scores(random, kernel, metric, n, small_blocks):
    for (V, D), topn in itertools.product([(1, 1), (90, 2), (200, 17), (65, 96)], [1, 7, 100, 500]):
        vectors = make_vectors(random, V, D)
        queries = vectors[random.integers(0, V, n)]
        queries[-1] = queries[0]
        rows, scores = search.nearest(vectors, queries, topn, metric)
        assert rows.shape == scores.shape == (n, min(topn, V))
        for i, expected in enumerate(search.scores(vectors, queries, metric)):
            best = sorted_rows(expected, metric, topn)
            assert rows[i].tolist() == best
            np.testing.assert_array_equal(scores[i], expected[best])  # to the last bit


@pytest.mark.parametrize("metric", search.METRICS)
def test_nearest_are_those_of_scikit_learn(random, metric):
    neighbors = pytest.importorskip("sklearn.neighbors")
    vectors, queries = random.normal(size=(500, 20)), random.normal(size=(12, 20))
    theirs = neighbors.NearestNeighbors(n_neighbors=9, metric=metric).fit(vectors)
    distances, expected = theirs.kneighbors(queries)
    rows, scores = search.nearest(vectors, queries, 9, metric)
    np.testing.assert_array_equal(rows, expected)
    found = 1 - scores if metric == "cosine" else scores
    np.testing.assert_allclose(found, distances, rtol=1e-5)


def test_the_filter_loses_nothing_where_scores_are_close(random, kernel):
    base = random.normal(size=(1, 50))
    vectors = (base + 1e-6 * random.normal(size=(500, 50))).astype(np.float32)
    vectors[::3] += (1e-3 * random.standard_cauchy(size=(167, 50))).astype(np.float32)
    rows, scores = search.nearest(vectors, vectors[:40], 9)
    expected = search.scores(vectors, vectors[:40])
    for i in range(40):
        assert rows[i].tolist() == sorted_rows(expected[i], "cosine", 9)
    assert len(set(scores.ravel().tolist())) > 3  # the scores differ, though little


def rounding_to_nothing():
    """50 and then numbers so small beside it that in 8 bits they are 0, though their sum counts."""
    return np.concatenate([[50.0], np.full(99, 0.19)])


def test_the_filter_knows_what_rounding_took_from_a_row(kernel):
    exact = np.zeros((200, 100))
    exact[:, 0], exact[:, 1:41] = 50, 50 / 127  # whole numbers in 8 bits, with cosine 0.032
    vectors = np.concatenate([exact, [rounding_to_nothing()] * 3])  # cosine 0.038
    query = np.concatenate([[0.0], np.ones(99)])
    rows, _ = search.nearest(vectors, np.array([query] * 10), 3)
    assert rows.tolist() == [[200, 201, 202]] * 10


def test_the_filter_knows_what_rounding_took_from_a_query(kernel):
    exact = np.zeros((200, 100))
    exact[:, 0], exact[:, 1] = 4, 127  # cosine 0.035
    vectors = np.concatenate([exact, [[0.0, *np.ones(99)]] * 3])  # cosine 0.038
    rows, _ = search.nearest(vectors, np.array([rounding_to_nothing()] * 10), 3)
    assert rows.tolist() == [[200, 201, 202]] * 10


def test_very_short_and_very_long_rows_have_right_cosines(random, kernel):
    vectors = make_vectors(random, 64, 20)
    sizes = 10.0 ** random.integers(-36, 37, 64)
    scaled = (vectors * sizes[:, np.newaxis]).astype(np.float32)
    expected = twin(scaled, scaled[1], "cosine")
    np.testing.assert_allclose(search.scores(scaled, scaled[1:2])[0], expected, atol=1e-5)
    rows, scores = search.nearest(scaled, scaled[np.full(20, 1)], 64)
    assert sorted(rows[0].tolist()) == list(range(64))
    assert (
        search.nearest(scaled, scaled[np.full(20, 1)], 5)[0].tolist() == [rows[0, :5].tolist()] * 20
    )
    np.testing.assert_allclose(scores[0], expected[rows[0]], atol=1e-5)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("n", [1, 20])
def test_only_allowed_rows_of_the_range_are_found(random, kernel, small_blocks, n, packed):
    vectors = make_vectors(random, 300, 12)
    panels = search.pack(vectors) if packed else None
    queries, within = vectors[:n], np.zeros(300, bool)
    scores = search.scores(vectors, queries)
    for start, stop in [(0, 300), (64, 300), (5, 250), (7, 7), (0, 1)]:
        for allowed in [random.random(300) < 0.2, np.zeros(300, bool), None]:
            within[:], within[start:stop] = False, True
            mask = within if allowed is None else within & allowed
            rows, _ = search.nearest(
                vectors, queries, 10, start=start, stop=stop, allowed=allowed, panels=panels
            )
            for i in range(n):
                assert rows[i].tolist() == sorted_rows(scores[i], "cosine", 10, mask)


@pytest.mark.parametrize("layout", ["plain", "float16"])
def test_packed_vectors_give_the_same_answers(random, kernel, small_blocks, layout):
    for V, D in [(1, 1), (33, 5), (200, 64), (1000, 20)]:
        vectors = LAYOUTS[layout](make_vectors(random, V, D))
        panels = search.pack(vectors)
        assert (panels is not None) == kernel.endswith("vnni")
        for n in (1, 2, 15):
            queries = random.normal(size=(n, D))
            plain, packed = (
                search.nearest(vectors, queries, 10, panels=given) for given in (None, panels)
            )
            np.testing.assert_array_equal(plain[0], packed[0])
            np.testing.assert_array_equal(plain[1], packed[1])


def test_more_queries_than_are_kept_at_once(random, monkeypatch):
    vectors = make_vectors(random, 100, 10)
    expected = search.nearest(vectors, vectors, 5)
    monkeypatch.setattr(search, "MOST_QUERIES", 7)
    found = search.nearest(vectors, vectors, 5)
    np.testing.assert_array_equal(found[0], expected[0])
    monkeypatch.setattr(search, "MOST_KEPT_BYTES", 1)
    np.testing.assert_array_equal(search.nearest(vectors, vectors, 5)[0], expected[0])


@pytest.mark.parametrize("metric", search.METRICS)
@pytest.mark.parametrize("n", [1, 10])
def test_rows_with_nan_or_infinities_are_nobodys_neighbours(random, kernel, metric, n):
    vectors = make_vectors(random, 50, 9)
    vectors[3, 8], vectors[7, 0], vectors[20] = np.nan, np.inf, -np.inf
    rows, scores = search.nearest(vectors, vectors[[1] * n], 50, metric)
    assert set(rows[0].tolist()) == set(range(50)) - {3, 7, 20} | {-1}
    assert (rows[0, -3:] == -1).all() and np.isinf(scores[0, -3:]).all()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("bad", [0, 3])
def test_an_error_in_any_block_is_raised(monkeypatch, bad, error):
    monkeypatch.setattr(search, "usable_cores", lambda: 4)
    done = []

    def work(_, start, stop):
        if start == bad:
            raise error(f"block {start}")
        done.append(start)

    with pytest.raises(error, match=f"block {bad}"):
        search.for_each_block(work, [(i, i + 1) for i in range(4)])
    search.for_each_block(lambda _, start, stop: done.append(start), [(7, 8), (8, 9), (9, 9)])
    assert {7, 8, 9} <= set(done) and bad not in done
    search.for_each_block(work, [])


def test_a_query_with_nan_is_an_error():
    with pytest.raises(ValueError, match="query 1 holds NaN"):
        search.nearest(np.ones((3, 2)), np.array([[1, 2], [np.nan, 1]]), 1)


def test_a_query_of_zeros_has_cosine_0_with_all(random, kernel):
    vectors = make_vectors(random, 40, 6)
    for n in (1, 12):
        rows, scores = search.nearest(vectors, np.zeros((n, 6)), 4)
        assert rows[0].tolist() == [0, 1, 2, 3] and not scores.any()


def test_no_rows_no_columns_no_queries(random):
    for shape, n in [((0, 4), 2), ((3, 0), 2), ((3, 4), 0)]:
        vectors = np.ones(shape, np.float32)
        rows, scores = search.nearest(vectors, np.ones((n, shape[1])), 5)
        assert rows.shape == scores.shape == (n, shape[0])
        assert search.scores(vectors, np.ones((n, shape[1]))).shape == (n, shape[0])


def test_vectors_in_a_read_only_mapped_file(random, tmp_path):
    vectors = make_vectors(random, 60, 11)
    np.save(tmp_path / "vectors.npy", vectors)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    found = search.nearest(mapped, vectors[:9], 5)
    np.testing.assert_array_equal(found[0], search.nearest(vectors, vectors[:9], 5)[0])


def test_wrong_names_are_errors(monkeypatch):
    with pytest.raises(ValueError, match="metric='cosinus': there are cosine, euclidean"):
        search.nearest(np.ones((2, 2)), np.ones((1, 2)), 1, "cosinus")
    monkeypatch.setenv("W2V_KERNEL", "mmx")
    with pytest.raises(ValueError, match=r"kernel='mmx': for queries this machine has .*baseline"):
        search.nearest(np.ones((2, 2)), np.ones((1, 2)), 1)


def test_best_sorts_and_leaves_out():
    values = np.array([1.0, 3, 2, 3, 0])
    assert search.best(values, 3).tolist() == [1, 3, 2]
    assert search.best(values, 3, [1]).tolist() == [3, 2, 0]
    assert search.best(values, 99, [1, 2]).tolist() == [3, 0, 4]
    assert search.best(values, 0).tolist() == search.best(values[:0], 3).tolist() == []


def test_classes_equal_a_plain_k_means(random):
    vectors = make_vectors(random, 200, 12)
    members = np.arange(200) % 7
    rows = vectors.astype(float)
    for _ in range(10):
        centres = np.array([rows[members == k].sum(0) / (sum(members == k) + 1) for k in range(7)])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        members = (rows @ centres.T).argmax(1)
    for exact in (False, True):
        np.testing.assert_array_equal(kmeans.classes(vectors, 7, exact), members)
    assert set(kmeans.classes(vectors, 300)) <= set(range(300))


@pytest.mark.parametrize("solver", ["ot", "scipy"])
def test_transport_cost_is_the_best_assignment(random, solver, monkeypatch):
    pytest.importorskip(solver)
    if solver == "scipy":
        monkeypatch.setitem(__import__("sys").modules, "ot", None)
    costs = random.random((5, 5))
    least = min(
        sum(costs[i, j] for i, j in enumerate(order)) / 5
        for order in itertools.permutations(range(5))
    )
    shares = np.full(5, 0.2)
    assert transport.transport_cost(shares, shares, costs) == pytest.approx(least)
    # Half of the only supply to each: there is no choice.
    found = transport.transport_cost(np.ones(1), np.array([0.5, 0.5]), np.array([[1.0, 3.0]]))
    assert found == pytest.approx(2)


def test_without_a_solver_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ot", None)
    monkeypatch.setitem(__import__("sys").modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match=r"pip install POT"):
        transport.transport_cost(np.ones(1), np.ones(1), np.ones((1, 1)))
