"""Trainings compared: a rotation onto another's axes, kept neighbours, stability, `w2v compare`."""

import json
import math

import numpy as np
import pytest

import w2v
from w2v.cli import main
from w2v.shared.columns import columns
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


def kept(first, second, k):
    """The share of the k nearest that each row has in both, by sorting all cosines."""
    near = []
    for vectors in (units(first), units(second)):
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -2)
        near.append(np.argsort(-cosines, axis=1, kind="stable")[:, :k])
    return np.array([len(set(a) & set(b)) / k for a, b in zip(*near, strict=True)])


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
    compare, stability = w2v.compare, w2v.stability
    return {
        "other: its vectors have 3 dimensions, those of the first 8": lambda: a.align_to(narrow),
        "b: its vectors have 3 dimensions": lambda: compare(a, narrow),
        "other: 'w6' has a vector with NaN": lambda: a.align_to(broken),
        "self: 'w6' has a vector with NaN": lambda: broken.align_to(a),
        "a: 'w6' has a vector with NaN": lambda: compare(broken, a),
        r"runs\[2\]: 'w6' has a vector": lambda: stability([a, a, broken]),
        "words: there are no anchors": lambda: a.align_to(strangers),
        "words=0 is out of range": lambda: a.align_to(a, words=0),
        "words='king': a list of words": lambda: a.align_to(a, words="king"),
        "the word 'zebra' is not in": lambda: a.align_to(a, words=["w1", "zebra"]),
        "words: 'own' is not in the vocabulary of the other": lambda: a.align_to(
            w2v.KeyedVectors(words_of(5), a.vectors[:5]), words=["w1", "own"]
        ),
        "there are 0 words that all have": lambda: compare(a, strangers),
        "there are 61 words that all have, 1 of them": lambda: compare(a, a, restrict_vocab=1),
        "other: its keys are of type int where": lambda: a.align_to(ids),
        r"runs\[1\]: its keys are of type int": lambda: stability([a, ids]),
        "b: KeyedVectors or a model is expected, not str": lambda: compare(a, "b.w2v"),
        r"runs\[0\]: KeyedVectors or a model is expected, not str": lambda: stability(a),
        "runs: 1 given; two or more": lambda: stability([a]),
        "neighbours=0 is out of range": lambda: compare(a, a, neighbours=0),
        "topn=-1 is out of range": lambda: stability([a, a], topn=-1),
        "restrict_vocab=-4": lambda: compare(a, a, restrict_vocab=-4),
        "sample=2.5 is of type float": lambda: compare(a, a, sample=2.5),
        "seed=-1 is out of range": lambda: stability([a, a], seed=-1),
    }


def test_mistakes_name_the_argument_and_the_word(related):
    for message, call in bad_calls(related[0]).items():
        with pytest.raises((ValueError, TypeError, KeyError), match=message):
            call()


# Two trainings


def test_a_comparison_is_that_of_brute_force(related):
    a, b, A, B = related
    found = w2v.compare(a, b, topn=4, neighbours=5)
    assert found.words == words_of(60) and found.n_shared == 60
    assert (found.only_first, found.only_second) == (["own"], ["other"])
    cosines = np.einsum("ij,ij->i", units(A) @ best_rotation(units(A), units(B)), units(B))
    np.testing.assert_allclose(found.cosines, cosines, atol=1e-6)
    assert found.mean_cosine == pytest.approx(cosines.mean())
    np.testing.assert_allclose(found.kept, kept(A, B, 5), atol=1e-12)
    assert found.kept_neighbours == pytest.approx(kept(A, B, 5).mean())
    assert 0.2 < found.kept_neighbours < 0.9  # or the comparison would prove little
    order = np.argsort(cosines)[:4]
    assert [each.word for each in found.moved] == [f"w{i}" for i in order]
    for each in found.moved:
        assert each.cosine == pytest.approx(cosines[int(each.word[1:])])
        assert each.before == a.most_similar(each.word, topn=5, banned=["own"])
        assert each.after == b.most_similar(each.word, topn=5, banned=["other"])


def test_first_words_alone_are_compared_where_that_is_asked(related):
    a, b, A, B = related
    found = w2v.compare(a, b, restrict_vocab=25, neighbours=40)
    assert (found.words, found.n_shared, found.neighbours) == (words_of(25), 60, 24)
    turn = best_rotation(units(A[:25]), units(B[:25]))
    cosines = np.einsum("ij,ij->i", units(A[:25]) @ turn, units(B[:25]))
    np.testing.assert_allclose(found.cosines, cosines, atol=1e-6)
    assert (found.kept == 1).all()  # all the others are neighbours
    assert "the first 25 of these are compared" in str(found)


def test_drawn_words_are_the_same_with_a_seed_and_get_what_all_get(related):
    a, b, *_ = related
    whole = w2v.compare(a, b, neighbours=5)
    some = w2v.compare(a, b, neighbours=5, sample=20, seed=7)
    assert len(set(some.drawn.tolist())) == 20 and (np.diff(some.drawn) > 0).all()
    assert some.kept.tolist() == whole.kept[some.drawn].tolist()
    assert w2v.compare(a, b, sample=20, seed=7).drawn.tolist() == some.drawn.tolist()
    assert w2v.compare(a, b, sample=20, seed=8).drawn.tolist() != some.drawn.tolist()
    assert "neighbours of 20 words, drawn with seed 7" in str(some) and "drawn" not in str(whole)
    stable = w2v.stability([a, b], neighbours=5, sample=20, seed=7)
    assert stable.words == [whole.words[i] for i in some.drawn]
    assert stable.stabilities.tolist() == some.kept.tolist()


def test_a_training_agrees_with_itself_in_any_order_and_on_any_axes(random):
    vectors = random.normal(size=(50, D)).astype(np.float32)
    vectors[10:15], vectors[20] = vectors[9], 0  # ties, which must not count as moves
    order, signs = random.permutation(50), np.array([1, -1] * (D // 2), np.float32)
    a = w2v.KeyedVectors(words_of(50), vectors)
    b = w2v.KeyedVectors([f"w{i}" for i in order], vectors[order][:, ::-1] * signs)
    found = w2v.compare(a, b, neighbours=3)
    assert found.cosines[20] == 0 and np.delete(found.cosines, 20).min() > 1 - 1e-9
    assert found.by_chance < 0.8
    assert w2v.stability([a, w2v.KeyedVectors(b.words, vectors[order]), a], neighbours=3).mean == 1


def test_shuffled_words_tell_what_a_rotation_makes_of_chance(random):
    n = 2000
    a, b = (w2v.KeyedVectors(words_of(n), random.normal(size=(n, 40))) for _ in range(2))
    found = w2v.compare(a, b, sample=10)
    # The mean singular value of A^T B, whose entries have the variance n / D**2 (quarter circle).
    expected = 8 / (3 * math.pi) * math.sqrt(40 / n)
    assert found.by_chance == pytest.approx(expected, rel=0.05)
    assert found.mean_cosine == pytest.approx(expected, rel=0.05)
    shifted = [w2v.KeyedVectors(words_of(n), each.vectors + 4) for each in (a, b)]
    assert w2v.compare(*shifted, sample=10).by_chance > 0.9


def test_vectors_of_one_space_are_compared_as_they_are(related):
    a, b, A, B = related
    found = w2v.compare(a, b, align=False)
    cosines = np.einsum("ij,ij->i", units(A), units(B))
    np.testing.assert_allclose(found.cosines, cosines, atol=1e-6)
    again = w2v.compare(a.align_to(b), b, align=False)
    np.testing.assert_allclose(again.cosines, w2v.compare(a, b).cosines, atol=1e-6)
    assert abs(found.by_chance) < 0.2


def test_models_files_and_ids_are_compared_too(tmp_path):
    lines = [[i, i + 1, i + 2] for i in range(100, 120)] * 20
    models = [w2v.train(lines, vector_size=D, seed=seed, workers=1, min_count=1) for seed in (1, 2)]
    found = w2v.compare(*models)
    assert sorted(found.words) == list(range(100, 122))
    for i, model in enumerate(models):
        model.save(tmp_path / f"{i}.w2v")
    loaded = [w2v.load(tmp_path / f"{i}.w2v") for i in range(2)]
    assert str(w2v.compare(*loaded)) == str(found)
    assert loaded[0].align_to(models[1]).key_type is int
    spelt = [w2v.load(tmp_path / f"{i}.w2v", keys=str) for i in range(2)]
    assert str(w2v.compare(*spelt)) == str(found)


def test_a_repeated_word_counts_once_by_its_first_row(random):
    vectors = random.normal(size=(14, 3))
    twice = w2v.KeyedVectors(["x", *words_of(10), "x", "own", "own"], vectors)
    once = w2v.KeyedVectors([*words_of(10), "x"], np.vstack([vectors[1:11], vectors[0]]))
    for pair in ((twice, once), (once, twice)):
        found = w2v.compare(*pair, neighbours=3)
        assert (found.n_shared, found.kept_neighbours) == (11, 1)
        assert found.mean_cosine == pytest.approx(1)
        assert sorted([found.only_first, found.only_second]) == [[], ["own"]]


# What is printed


def shown_width(text):
    return max(columns(line) for line in text.splitlines())


def test_a_printed_comparison_fits_80_columns_and_is_aligned(random):
    words = [f"{name}{i}" for i in range(12) for name in ("tea", "茶茶", "très" + "é" * 15, "چای")]
    a, b = (w2v.KeyedVectors(words, random.normal(size=(48, D))) for _ in range(2))
    text = str(w2v.compare(a, b, topn=40))
    assert 70 < shown_width(text) <= 80
    head, *rows = text.split("\n\n")[1].splitlines()
    at = head.index("nearest")
    starts = set()
    for row in rows:
        place = next(i for i in range(len(row)) if columns(row[:i]) == at)
        starts.add((row[place - 2 : place], row[place] != " "))
    assert len(rows) == 80 and starts == {("  ", True)}
    assert "\n\n" not in str(w2v.compare(a, b, topn=0))


def test_a_word_that_is_too_long_for_a_line_is_shown_whole(random):
    words = ["x" * 90, *words_of(20)]
    a, b = (w2v.KeyedVectors(words, random.normal(size=(21, D))) for _ in range(2))
    lines = str(w2v.compare(a, b, topn=30)).splitlines()
    assert sum("x" * 90 in line for line in lines) >= 1
    assert repr(w2v.compare(a, b)).count("\n") == repr(w2v.stability([a, b])).count("\n") == 0


# More than two


def test_stability_is_that_of_brute_force_by_word_pair_and_band(random):
    A = random.normal(size=(60, D))
    noisy = [A[:, :4], A @ orthogonal(random) + 0.3 * random.normal(size=A.shape), A]
    counts = np.array([5000, 999, 100, 99, *[10] * 36, *[0] * 20])
    runs = [w2v.KeyedVectors(words_of(60), each) for each in noisy]  # the first has 4 dimensions
    runs[1].counts, runs[2].counts = counts, counts[::-1]
    found = w2v.stability(runs, neighbours=5, topn=60)
    pairs = {(i, j): kept(noisy[i], noisy[j], 5) for i, j in ((0, 1), (0, 2), (1, 2))}
    by_word = np.mean(list(pairs.values()), axis=0)
    np.testing.assert_allclose(found.stabilities, by_word, atol=1e-12)
    assert found.mean == pytest.approx(by_word.mean()) and 0.1 < found.mean < 0.9
    for (i, j), shares in pairs.items():
        assert found.pairs[i, j] == found.pairs[j, i] == pytest.approx(shares.mean())
    assert (found.pairs.diagonal() == 1).all()
    bands = [(0, 9, slice(40, 60)), (10, 99, slice(3, 40)), (100, 999, slice(1, 3))]
    bands.append((1000, 9999, slice(0, 1)))
    for band, (low, high, some) in zip(found.bands, bands, strict=True):
        assert (band.low, band.high, band.words) == (low, high, len(by_word[some]))
        assert band.stability == pytest.approx(by_word[some].mean())
    order = np.argsort(found.stabilities, kind="stable")
    assert found.least == [(f"w{i}", found.stabilities[i]) for i in order]
    some = w2v.stability(runs, neighbours=5, sample=30).bands
    assert sum(band.words for band in some) == 30 and len(some) > 1
    assert shown_width(str(found)) <= 80 and "(runs 1 and" in str(found)


def test_stability_without_counts_has_no_bands(random):
    runs = [w2v.KeyedVectors(words_of(9), random.normal(size=(9, 3))) for _ in range(2)]
    found = w2v.stability(runs)
    assert found.bands == [] and "count" not in str(found) and "(runs" not in str(found)


# The command


@pytest.fixture
def folder(tmp_path, monkeypatch, related):
    monkeypatch.chdir(tmp_path)
    a, b, *_ = related
    a.save("a.w2v")
    b.save_word2vec_format("b.txt")
    w2v.KeyedVectors(a.words, a.vectors[:, ::-1], counts=range(61)).save("c.npz")
    w2v.KeyedVectors(a.words, a.vectors[:, :3]).save_word2vec_format("narrow.bin", binary=True)
    (tmp_path / "damaged.bin").write_bytes(b"9 9\nw1 ")
    return tmp_path


def test_the_command_prints_the_comparison_of_two_files(folder, capsys, related):
    a, b, *_ = related
    assert main.w2v_main(["compare", "a.w2v", "b.txt", "-n", "3", "--neighbours", "4"]) == 0
    out, err = capsys.readouterr()
    expected = w2v.compare(a, b, topn=3, neighbours=4)
    assert (out, err) == (f"first   a.w2v\nsecond  b.txt\n\n{expected}\n", "")
    options = "--topn 1 --restrict-vocab 40 --sample 9 --seed 3 --json"
    assert main.w2v_main(f"compare a.w2v b.txt {options}".split()) == 0
    facts = json.loads(capsys.readouterr().out)
    expected = w2v.compare(a, b, topn=1, restrict_vocab=40, sample=9, seed=3)
    (moved,) = facts.pop("moved")
    assert facts == {
        "files": ["a.w2v", "b.txt"], "shared": 60, "only": [1, 1], "compared": 40,
        "mean_cosine": round(expected.mean_cosine, 6),
        "shuffled_cosine": round(expected.by_chance, 6),
        "kept_neighbours": round(expected.kept_neighbours, 6),
        "neighbours": 10, "asked": 9, "seed": 3,
    }  # fmt: skip
    assert moved["word"] == expected.moved[0].word
    assert [each["word"] for each in moved["after"]] == [
        word for word, _ in expected.moved[0].after
    ]


def test_the_command_prints_the_stability_of_more_files(folder, capsys):
    files = ["a.w2v", "b.txt", "c.npz"]
    assert main.w2v_main(["compare", *files]) == 0
    expected = w2v.stability([w2v.load(path) for path in files])
    out = capsys.readouterr().out
    assert out == f"run 1   a.w2v\nrun 2   b.txt\nrun 3   c.npz\n\n{expected}\n"
    assert main.w2v_main(["compare", *files, "--json", "--topn", "2"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["stability"] == round(expected.mean, 6) and len(facts["least_stable"]) == 2
    assert [band["words"] for band in facts["bands"]] == [9, 51]
    np.testing.assert_allclose(facts["pairs"], expected.pairs, atol=1e-6)


@pytest.mark.parametrize(
    "line, message",
    [
        ("a.w2v", "'a.w2v': one file alone; name two or more"),
        ("damaged.bin nowhere", "'nowhere': No such file"),
        ("a.w2v damaged.bin", "'damaged.bin'"),
        ("a.w2v narrow.bin", "'narrow.bin': its vectors have 3 dimensions, those of the first 8"),
        ("nowhere b.txt --topn -1", "topn=-1 is out of range"),
        ("a.w2v b.txt --restrict-vocab 1", "there are 60 words that all have, 1 of them"),
    ],
)
def test_mistakes_of_the_command_are_one_line(folder, capsys, line, message):
    assert main.w2v_main(["compare", *line.split()]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"w2v: {message}") and err.count("\n") == 1
