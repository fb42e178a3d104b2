"""Words in two dimensions: places, orders and the rule for labels, all of it numbers."""

import numpy as np
import pytest

from w2v.plot import chosen, flat, labels


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("n, D", [(40, 7), (5, 30), (2, 2), (3, 300)])
def test_pca_is_the_plane_of_an_svd(random, n, D):
    vectors = random.normal(size=(n, D)) + 1
    places = flat.flatten(vectors, "pca").places
    centred = unit(vectors) - unit(vectors).mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(abs(places), abs(u[:, :2] * s[:2]), atol=1e-9)
    told = flat.flatten(vectors, "pca").axes[0]
    assert told == f"component 1 ({s[0] ** 2 / (s**2).sum():.1%} of variance)"


def test_pca_has_the_same_signs_whatever_the_order_of_words(random):
    vectors = random.normal(size=(30, 6))
    places, order = flat.pca(vectors)[0], random.permutation(30)
    assert np.allclose(flat.pca(vectors[order])[0], places[order])


@pytest.mark.parametrize("method, package", [("tsne", "openTSNE"), ("umap", "umap")])
def test_the_same_seed_gives_the_same_places_where_like_words_are_neighbours(
    random, method, package
):
    pytest.importorskip(package)
    groups = np.repeat(np.arange(3), 20)
    vectors = random.normal(size=(3, 12))[groups] * 4 + random.normal(size=(60, 12))
    places, again = (flat.flatten(vectors, method, seed=7).places for _ in range(2))
    assert np.array_equal(places, again)
    distances = np.linalg.norm(places[:, np.newaxis] - places, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (groups[distances.argmin(axis=1)] == groups).all()


def test_neighbours_are_those_of_all_cosines_with_each_word_its_own_first(random):
    vectors = unit(random.normal(size=(50, 6)))
    vectors[7] = vectors[3]
    rows, distances = flat.neighbours(vectors, 5)
    assert (rows[:, 0] == np.arange(50)).all() and not distances[:, 0].any()
    exact = np.linalg.norm(vectors[:, np.newaxis] - vectors, axis=2)
    assert np.allclose(distances, np.sort(exact, axis=1)[:, :5], atol=1e-3)
    assert all(len(set(near)) == 5 for near in rows.tolist())


def test_arrows_of_an_exact_analogy_are_equal_and_point_to_the_right(random):
    offset, starts = random.normal(size=9), random.normal(size=(4, 9))
    a, b = flat.analogy_plane(starts, starts + offset)
    assert np.allclose(b - a, [np.linalg.norm(offset), 0])
    assert np.allclose(flat.agreement(np.tile(offset, (4, 1))), 1)


def test_the_plane_of_an_analogy_keeps_what_offsets_have_in_common(random):
    starts, ends = random.normal(size=(2, 6, 10))
    a, b = flat.analogy_plane(starts, ends)
    mean = (ends - starts).mean(axis=0)
    along = (ends - starts) @ mean / np.linalg.norm(mean)
    assert np.allclose((b - a)[:, 0], along)
    # No direction at right angles shows more of the words.
    rest = np.concatenate([starts, ends])
    rest = rest - rest.mean(axis=0)
    rest -= np.outer(rest @ mean, mean) / (mean @ mean)
    shown = np.concatenate([a, b])[:, 1]
    assert np.isclose(np.linalg.norm(shown), np.linalg.svd(rest, compute_uv=False)[0])


def test_one_pair_lies_on_the_axis(random):
    a, b = flat.analogy_plane(*random.normal(size=(2, 1, 20)))
    assert a[0, 1] == b[0, 1] == 0 and np.isnan(flat.agreement(b - a)).all()


def test_offsets_without_anything_in_common_do_not_seem_to_agree(random):
    offsets = random.normal(size=(10, 5000))
    with_all = offsets @ offsets.mean(axis=0)
    with_all /= np.linalg.norm(offsets, axis=1) * np.linalg.norm(offsets.mean(axis=0))
    assert with_all.mean() > 0.3
    assert abs(flat.agreement(offsets).mean()) < 0.02


@pytest.mark.parametrize(
    "vectors, method, said",
    [
        (np.ones((1, 5)), "pca", "1 word x 5 dimensions: two words or more in two dimensions"),
        (np.eye(4)[:, :1], "pca", "4 words x 1 dimension: two words"),
        (np.ones((4, 3)), "pca", "the vectors of all 4 words point to one place"),
        (np.zeros((4, 3)), "tsne", "the vectors of all 4 words point to one place"),
        (np.eye(4), "tsne", "method='tsne': 4 words are given where 5 are needed; use 'pca'"),
        (np.eye(4), "mds", "method='mds': there are pca, tsne, umap"),
    ],
)
def test_what_makes_no_map_is_refused(vectors, method, said):
    with pytest.raises(ValueError, match="^" + said):
        flat.flatten(vectors, method)


@pytest.mark.parametrize("method, install", [("tsne", "openTSNE"), ("umap", "umap-learn")])
def test_packages_that_are_missing_are_named(monkeypatch, method, install):
    for name in ("openTSNE", "umap"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=f"^method='{method}' needs .* {install}$"):
        flat.flatten(np.eye(6), method)


def test_like_things_stand_together(random):
    groups = random.permutation(np.repeat(np.arange(5), 8))
    vectors = random.normal(size=(5, 20))[groups] * 3 + random.normal(size=(40, 20))
    order = chosen.by_likeness(chosen.cosine_distances(vectors))
    assert sorted(order) == list(range(40))
    assert np.count_nonzero(np.diff(groups[order])) == 4


def test_an_order_by_likeness_is_as_good_as_that_of_scipy(random):
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    distances = chosen.cosine_distances(random.normal(size=(80, 10))).astype(float)
    np.fill_diagonal(distances, 0)

    def steps(order):
        return distances[order[:-1], order[1:]].mean()

    upper = distances[np.triu_indices(80, 1)]
    theirs = hierarchy.leaves_list(hierarchy.linkage(upper, "average"))
    assert steps(chosen.by_likeness(distances)) < steps(theirs)


def boxes_of(middles, sizes):
    return np.hstack([middles - sizes / 2, middles + sizes / 2])


def brute_overlap(boxes):
    """Return the shared area of all pairs over the area of all."""
    shared = 0.0
    for i, (a, b, c, d) in enumerate(boxes):
        for e, f, g, h in boxes[i + 1 :]:
            shared += max(min(c, g) - max(a, e), 0) * max(min(d, h) - max(b, f), 0)
    return shared / sum((c - a) * (d - b) for a, b, c, d in boxes)


@pytest.mark.parametrize("n, share", [(20, 0.0), (100, 0.0), (250, 0.02)])
def test_all_labels_have_a_place_and_hardly_cover_each_other(random, n, share):
    points = random.normal(size=(n, 2)) * (120, 90) + (400, 300)
    sizes = np.stack([random.uniform(15, 60, n), np.full(n, 11)], axis=1)
    middles = labels.place(points, sizes, np.full(n, 3.0), (0, 0, 800, 600), True)
    boxes = boxes_of(middles, sizes)
    assert brute_overlap(boxes) <= share
    assert np.isclose(labels.covered_share(boxes), brute_overlap(boxes))


def test_labels_without_room_are_left_out_and_the_others_cover_nothing(random):
    points = random.normal(size=(600, 2)) * (120, 90) + (400, 300)
    sizes = np.tile([45.0, 11.0], (600, 1))
    sizes[::7] = 0
    middles = labels.place(points, sizes, np.full(600, 3.0), (0, 0, 800, 600), False)
    shown = ~np.isnan(middles[:, 0])
    assert 100 < shown.sum() < 500 and not shown[::7].any()
    assert shown[1], "the first has room"
    boxes = boxes_of(middles[shown], sizes[shown])
    assert brute_overlap(boxes) == 0
    assert boxes.min() >= 0 and boxes[:, 2].max() <= 800 and boxes[:, 3].max() <= 600


def test_labels_keep_off_points_and_lines():
    point, size = np.array([[100.0, 100.0]]), np.array([[40.0, 10.0]])
    right = labels.place(point, size, np.ones(1), (0, 0, 200, 200), True)
    assert right[0, 0] > 100
    line = np.stack([np.linspace(100, 200, 30), np.full(30, 100.0)], axis=1)
    left = labels.place(point, size, np.ones(1), (0, 0, 200, 200), True, None, line)
    assert left[0, 0] < 100
    asked = labels.place(point, size, np.ones(1), (0, 0, 200, 200), True, np.array([True]))
    assert asked[0, 0] < 100
