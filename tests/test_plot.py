"""Pictures show what they say: cells, bars, points and lines are the numbers of the vectors."""

import sys
import warnings
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

import w2v

pytest.importorskip("matplotlib")
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba

from w2v import plot
from w2v.plot import canvas

WORDS = ["king", "queen", "man", "woman", "apple", "pear", "Paris", "Rome"]


@pytest.fixture
def wv(random):
    vectors = random.normal(size=(8, 12)).astype(np.float32)
    return w2v.KeyedVectors(WORDS, vectors, counts=[800, 400, 200, 100, 50, 20, 10, 5])


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def shown(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# Heat maps


def test_a_row_of_a_heat_map_is_the_vector_of_its_word(wv):
    words = ["queen", "apple", "king"]
    ax = plot.heatmap(wv, words)
    image = ax.images[0]
    assert np.array_equal(image.get_array(), wv[words])
    assert ticks(ax.yaxis) == words
    assert list(image.get_extent()) == [-0.5, 11.5, 2.5, -0.5]
    assert image.norm.vmin == -image.norm.vmax
    assert np.isclose(image.norm.vmax, np.quantile(abs(wv[words]), 0.995))
    middle = image.cmap(image.norm(0.0))
    assert np.allclose(middle, ax.get_facecolor(), atol=0.02)
    blue, red = image.cmap(image.norm(-9.0)), image.cmap(image.norm(9.0))
    assert blue[2] > blue[0] and red[0] > red[2]


def test_differences_stand_below_the_words(wv):
    ax = plot.heatmap(wv, ["king", "man"], difference=[("king", "man"), ("queen", "woman")])
    cells = np.asarray(ax.images[0].get_array())
    assert np.allclose(cells[2:], [wv["king"] - wv["man"], wv["queen"] - wv["woman"]])
    assert ticks(ax.yaxis) == ["king", "man", "king - man", "queen - woman"]


def test_rows_and_columns_in_another_order_keep_their_names(wv):
    ax = plot.heatmap(wv, WORDS, cluster="both")
    cells, rows = np.asarray(ax.images[0].get_array()), ticks(ax.yaxis)
    assert sorted(rows) == sorted(WORDS) and rows != WORDS
    columns = [int(ax.xaxis.get_major_formatter()(j, 0)) for j in range(12)]
    assert sorted(columns) == list(range(12)) and columns != list(range(12))
    assert np.array_equal(cells, wv[rows][:, columns])
    only = plot.heatmap(wv, WORDS, cluster="columns")
    assert ticks(only.yaxis) == WORDS


def test_unit_shows_vectors_of_length_1(wv):
    ax = plot.heatmap(wv, ["king", "queen"], unit=True)
    assert np.allclose(ax.images[0].get_array(), unit(wv[["king", "queen"]]))


def test_matplotlibs_keywords_and_axes_are_obeyed(wv):
    figure, given = plt.subplots(figsize=(8, 8))
    ax = plot.heatmap(wv, WORDS, ax=given, vmax=2, cmap="PiYG", colorbar=False)
    assert ax is given and figure.axes == [given]
    assert (ax.images[0].norm.vmin, ax.images[0].norm.vmax) == (-2, 2)
    assert ax.images[0].cmap.name == "PiYG"
    with pytest.raises(AttributeError, match="nonsense"):
        plot.heatmap(wv, WORDS, nonsense=1)


@pytest.mark.parametrize("n, D", [(1, 1), (2, 1000), (200, 10)])
def test_names_of_words_are_as_high_as_their_rows_at_most(random, n, D):
    words = [f"word{i}" for i in range(n)]
    ax = plot.heatmap((words, random.normal(size=(n, D))), words)
    canvas.lay_out(ax)
    labels = ax.yaxis.get_ticklabels()
    assert len(labels) == n
    boxes = [label.get_window_extent() for label in labels]
    assert all(label.get_fontsize() >= 4 for label in labels)
    for above, below in pairwise(boxes):
        assert above.y0 >= below.y1 - 0.2 * below.height


def test_names_that_cannot_be_read_are_told(random):
    words = [f"word{i}" for i in range(300)]
    ax = plt.subplots(figsize=(4, 3))[1]
    with pytest.warns(UserWarning, match=r"^words: 300 of them have 0\.6 points .* pass ax="):
        plot.heatmap((words, random.normal(size=(300, 5))), words, ax=ax)
    assert ticks(ax.yaxis)[:2] == ["word0", "word10"]


def test_numbers_beyond_the_colours_are_told(wv):
    for vmax, extend in ((100, "neither"), (0.1, "both")):
        ax = plot.heatmap(wv, WORDS, vmax=vmax)
        assert ax.images[0].colorbar.extend == extend


# Words against words


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan", "chebyshev"])
def test_cells_are_the_scores_of_words(wv, metric):
    ax = plot.similarities(wv, WORDS[:5], metric)
    cells = np.asarray(ax.images[0].get_array())
    expected = [[wv.similarity(a, b, metric=metric) for b in WORDS[:5]] for a in WORDS[:5]]
    assert np.allclose(cells, expected, atol=1e-5)
    assert ticks(ax.xaxis) == ticks(ax.yaxis) == WORDS[:5]
    assert shown(ax) == [f"{value:.2f}" for value in cells.ravel()]


def test_scores_in_another_order_keep_their_names(wv):
    ax = plot.similarities(wv, WORDS, cluster=True)
    names = ticks(ax.yaxis)
    assert sorted(names) == sorted(WORDS) and names == ticks(ax.xaxis)
    expected = unit(wv[names]) @ unit(wv[names]).T
    assert np.allclose(ax.images[0].get_array(), expected, atol=1e-6)


def test_numbers_are_written_while_they_fit(random):
    words = [f"w{i}" for i in range(100)]
    pair = words, random.normal(size=(100, 4))
    assert not shown(plot.similarities(pair, words))
    assert len(shown(plot.similarities(pair, words[:10]))) == 100
    assert not shown(plot.similarities(pair, words[:10], annotate=False))


# Maps


def points(ax):
    return np.concatenate([each.get_offsets() for each in ax.collections])


def test_points_of_a_map_are_the_plane_of_an_svd_and_larger_for_frequent_words(wv):
    ax = plot.map(wv)
    u, s, _ = np.linalg.svd(unit(wv.vectors) - unit(wv.vectors).mean(axis=0), full_matrices=False)
    assert np.allclose(abs(points(ax)), abs(u[:, :2] * s[:2]), atol=1e-5)
    areas = ax.collections[0].get_sizes()
    assert (np.diff(areas) < 0).all()
    assert sorted(shown(ax)) == sorted(WORDS)
    assert ax.get_title(loc="right") == "8 words; PCA"


@pytest.mark.parametrize("n", [50, 120, 500])
def test_names_on_a_map_do_not_lie_on_each_other(random, n):
    words = [f"word{i}" for i in range(n)]
    ax = plot.map((words, random.normal(size=(n, 20))))
    canvas.lay_out(ax)
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == n if n <= 120 else 100 < len(boxes) < n
    told = ax.get_title(loc="right")
    assert told == (
        f"{n} words; PCA" if n <= 120 else f"{n} words, {len(boxes)} of them named; PCA"
    )
    shared = sum(
        max(min(a.x1, b.x1) - max(a.x0, b.x0), 0) * max(min(a.y1, b.y1) - max(a.y0, b.y0), 0)
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
    )
    assert shared <= 0.01 * sum(box.width * box.height for box in boxes)


def test_a_map_around_words_shows_their_neighbours_in_a_colour_each(wv):
    ax = plot.map(wv, around=["king", "Rome"], topn=2)
    near = {word for seed in ("king", "Rome") for word, _ in wv.most_similar(seed, topn=2)}
    assert set(shown(ax)) == near | {"king", "Rome"}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["king", "Rome"]
    bold = {text.get_text() for text in ax.texts if text.get_fontweight() == "bold"}
    assert bold == {"king", "Rome"}
    alone = plot.map(wv, around="king", topn=3)
    assert len(points(alone)) == 4 and alone.get_legend() is None


def test_groups_are_colours_with_a_legend_that_has_any_name(wv):
    groups = {"king": "_royal", "queen": "_royal", "man": "$x$"}
    ax = plot.map(wv, WORDS, groups=groups)
    assert [len(each.get_offsets()) for each in ax.collections] == [2, 1, 5]
    texts = ax.get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["_royal", "$x$", "other words"]
    assert not any(text.get_parse_math() for text in texts)
    again = plot.map(wv, WORDS[:3], groups=["a", "b", "a"])
    assert [len(each.get_offsets()) for each in again.collections] == [2, 1]


def test_clusters_are_found_and_named_by_their_first_words(random):
    groups = np.array([0, 1] * 10)
    vectors = np.eye(2, 8)[groups] * 9 + random.normal(size=(20, 8))
    ax = plot.map(([f"w{i}" for i in range(20)], vectors), clusters=2)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["w0, w2, w4", "w1, w3, w5"]


def test_labels_are_those_asked_for(wv):
    assert shown(plot.map(wv, WORDS, labels=3)) == WORDS[:3]
    assert shown(plot.map(wv, WORDS, labels=["Rome", "king"])) == ["king", "Rome"]
    assert shown(plot.map(wv, WORDS, labels=0)) == []


def test_more_groups_than_colours_are_told(random):
    pair = [f"w{i}" for i in range(21)], random.normal(size=(21, 4))
    with pytest.warns(UserWarning, match="^groups: there are 21, and 20 colours"):
        plot.map(pair, groups=list(range(21)))


def test_arrows_go_from_word_to_word_and_their_agreement_is_told():
    words = ["man", "king", "woman", "queen", "boy", "prince"]
    starts = np.eye(3, 4)[:, [3, 0, 1, 2]]
    vectors = np.empty((6, 4))
    vectors[::2], vectors[1::2] = starts, starts + np.eye(1, 4) / 2
    pairs = [("man", "king"), ("woman", "queen"), ("boy", "prince")]
    ax = plot.analogies((words, vectors), pairs)
    assert sorted(shown(ax)) == sorted(words)
    arrows = [(text.xyann, text.xy) for text in ax.texts if not text.get_text()]
    assert len(arrows) == 3 and all(end[0] > start[0] for start, end in arrows)
    offsets = np.diff(unit(vectors).reshape(3, 2, 4), axis=1)[:, 0]
    cosines = [
        offset @ rest / np.linalg.norm(offset) / np.linalg.norm(rest)
        for offset, rest in zip(offsets, offsets.sum(axis=0) - offsets, strict=True)
    ]
    told = f"3 pairs; cosine of an offset with the mean of the others {np.mean(cosines):.2f}"
    assert ax.get_title(loc="right") == told
    lengths = [np.hypot(*np.subtract(end, start)) for start, end in arrows]
    assert (lengths <= np.linalg.norm(offsets, axis=1) + 1e-9).all()


# Charts


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_bars_are_the_nearest_words(wv, metric):
    ax = plot.neighbours(wv, "king", 4, metric)
    expected = wv.most_similar("king", topn=4, metric=metric)
    assert ticks(ax.yaxis) == [word for word, _ in expected]
    assert np.allclose([bar.get_width() for bar in ax.patches], [score for _, score in expected])
    assert shown(ax) == [f"{score:.3f}" for _, score in expected]
    assert ax.yaxis_inverted()


def test_neighbours_may_be_those_of_several_words_or_of_a_vector(wv):
    ax = plot.neighbours(wv, ["king", "man"], 3)
    assert ticks(ax.yaxis) == [word for word, _ in wv.most_similar(["king", "man"], topn=3)]
    assert ax.get_xlabel() == "cosine with king + man"
    assert plot.neighbours(wv, wv["king"], 1).get_xlabel() == "cosine with the vector"


def test_neighbours_of_two_models_stand_side_by_side(wv, random):
    other = w2v.KeyedVectors([*WORDS[:6], "new"], random.normal(size=(7, 5)))
    ax = plot.compare(wv, other, "king", 3, names=("old", "new"))
    lists = [[word for word, _ in kv.most_similar("king", topn=3)] for kv in (wv, other)]
    shared = set(lists[0]) & set(lists[1])
    expected = []
    for words, kv in zip(lists, (other, wv), strict=True):
        for word in words:
            rank = kv.rank("king", word) if word in kv else "-"
            expected.append(word if word in shared else f"{word} ({rank})")
    assert shown(ax) == expected
    joined = [tuple(line.get_ydata()) for line in ax.lines]
    assert joined == [(lists[0].index(w), lists[1].index(w)) for w in lists[0] if w in shared]
    assert ticks(ax.xaxis) == ["in old", "in new"]


def trained(losses, **params):
    params = dict(epochs=len(losses), start_alpha=0.025, end_alpha=0.005, **params)
    return SimpleNamespace(losses=losses, params=SimpleNamespace(**params))


def test_losses_are_drawn_with_the_rate_beside_them():
    ax = plot.losses(trained([3.0, 2.5, 2.25, 2.0]))
    (line,) = ax.lines
    assert line.get_xydata().tolist() == [[1, 3.0], [2, 2.5], [3, 2.25], [4, 2.0]]
    (beside,) = (each for each in ax.figure.axes if each is not ax)
    assert np.allclose(beside.lines[0].get_ydata(), [0.0225, 0.0175, 0.0125, 0.0075])
    assert ax.get_legend() is None
    assert len(plot.losses(trained([3.0, 2.0]), rate=False).figure.axes) == 1


def test_several_models_are_named_by_what_differs():
    models = [trained([3.0, 2.0], window=5, sg=1), trained([2.5, 2.0], window=9, sg=1)]
    ax = plot.losses(models)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["1: window=5", "2: window=9"]
    ax = plot.losses({"_a": models[0], "b": models[1]})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["_a", "b"]
    assert [list(line.get_ydata()) for line in ax.lines] == [[3.0, 2.0], [2.5, 2.0]]


def test_a_trained_model_shows_its_own_losses():
    model = w2v.train([["tea", "and", "milk"]] * 60, vector_size=8, epochs=3, sample=0)
    assert list(plot.losses(model).lines[0].get_ydata()) == model.losses
    assert ticks(plot.heatmap(model, ["tea"]).yaxis) == ["tea"]


def test_a_model_trained_again_has_no_rate_that_is_known():
    model = trained([3.0, 2.0, 1.0])
    model.params.epochs = 2
    assert len(plot.losses(model).figure.axes) == 1


# What is asked for


def test_gensims_vectors_and_pairs_of_words_and_vectors_are_drawn_alike(wv):
    expected = np.asarray(plot.heatmap(wv, ["king", "pear"]).images[0].get_array())
    others = [(WORDS, wv.vectors.tolist()), SimpleNamespace(wv=wv)]
    others += [SimpleNamespace(index_to_key=WORDS, vectors=wv.vectors)]
    for other in others:
        cells = plot.heatmap(other, ["king", "pear"]).images[0].get_array()
        assert np.array_equal(cells, expected)
    ids = w2v.KeyedVectors([5, 900], wv.vectors[:2])
    assert ticks(plot.heatmap(ids, [900]).yaxis) == ["900"]


UNKNOWN = "^not among the 8 words: quen paris; did you mean queen, Paris\\?$"


@pytest.mark.parametrize(
    "draw, error, said",
    [
        (lambda wv: plot.heatmap(wv, ["quen", "paris", "king"]), ValueError, UNKNOWN),
        (lambda wv: plot.similarities(wv, ["quen", "paris"]), ValueError, UNKNOWN),
        (lambda wv: plot.map(wv, ["quen", "paris"]), ValueError, UNKNOWN),
        (lambda wv: plot.map(wv, around=["quen", "paris"]), ValueError, UNKNOWN),
        (lambda wv: plot.analogies(wv, [("quen", "paris")]), ValueError, UNKNOWN),
        (lambda wv: plot.neighbours(wv, ["quen", "paris"]), ValueError, UNKNOWN),
        (lambda wv: plot.compare(wv, wv, "quen"), ValueError, "^not among the 8 words: quen"),
        (lambda wv: plot.heatmap(wv, "king"), TypeError, r"^words='king': a list .*\['king'\]"),
        (lambda wv: plot.heatmap(wv, []), ValueError, r"^words=\[\]: there is nothing to draw"),
        (lambda wv: plot.heatmap(wv, WORDS, cluster="all"), ValueError, "^cluster='all': 'rows'"),
        (lambda wv: plot.heatmap(wv, WORDS, difference=[("a",)]), ValueError, "is no pair of"),
        (lambda wv: plot.heatmap(wv, WORDS, difference="ab"), ValueError, "'a' is no pair"),
        (lambda wv: plot.heatmap(3, ["king"]), TypeError, "^wv: a int is given; KeyedVectors"),
        (lambda wv: plot.similarities(wv, ["king"]), ValueError, "^words: 1 is given where two"),
        (lambda wv: plot.similarities(wv, WORDS, "dot"), ValueError, "^metric='dot': there are"),
        (lambda wv: plot.map(wv, ["king"]), ValueError, "^1 word x 12 dimensions: two words"),
        (lambda wv: plot.map(wv, WORDS, topn=3), ValueError, "^words, topn: .* leave one out"),
        (lambda wv: plot.map(wv, topn=0), ValueError, "^topn=0 is out of range"),
        (lambda wv: plot.map(wv, WORDS, groups=["a"]), ValueError, "^groups: 1 are given for 8"),
        (lambda wv: plot.map(wv, labels=["quen"]), ValueError, "^not among the 8 words: quen"),
        (lambda wv: plot.map(wv, WORDS[:3], labels=["pear"]), ValueError, "^labels: not on this"),
        (lambda wv: plot.map(wv, clusters=9), ValueError, "^clusters=9 is out of range"),
        (lambda wv: plot.analogies(wv, "ab"), TypeError, "^pairs='ab': a list of pairs"),
        (lambda wv: plot.analogies(wv, ["king", "man"]), ValueError, "^pairs: 'king' is no pair"),
        (lambda wv: plot.analogies(wv, [("man", "man")]), ValueError, "^pairs: their offsets"),
        (lambda wv: plot.neighbours(wv, "king", 0), ValueError, "^topn=0 is out of range"),
        (lambda wv: plot.losses(trained([])), ValueError, "train it with compute_loss=True$"),
        (lambda wv: plot.losses([]), ValueError, "there is none to draw"),
        (lambda wv: plot.losses(3), TypeError, "^models: a int is given"),
    ],
)
def test_mistakes_are_one_line_that_names_them(wv, draw, error, said):
    with pytest.raises(error, match=said) as caught:
        draw(wv)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "draw",
    [
        lambda wv: plot.heatmap(wv, WORDS),
        lambda wv: plot.similarities(wv, WORDS),
        lambda wv: plot.map(wv),
        lambda wv: plot.analogies(wv, [("king", "man")]),
        lambda wv: plot.neighbours(wv, "man"),
    ],
)
def test_words_whose_vectors_hold_nan_are_named(wv, draw):
    wv.vectors[2, 5] = np.nan
    with pytest.raises(ValueError, match=r"^the vectors of man hold NaN .* leave these words out$"):
        draw(wv)


def test_vectors_of_zeros_are_drawn():
    pair = ["nothing", "thing", "other"], np.array([[0, 0], [1, 2], [2, 1]])
    assert not plot.heatmap(pair, ["nothing"]).images[0].get_array().any()
    cells = plot.similarities(pair, ["nothing", "thing"]).images[0].get_array()
    assert np.allclose(cells, [[0, 0], [0, 1]])
    assert len(points(plot.map(pair))) == 3


def test_a_missing_matplotlib_is_told(wv, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for draw in (plot.heatmap, plot.similarities, plot.map):
        with pytest.raises(
            ModuleNotFoundError, match=r"^w2v\.plot needs .* pip install matplotlib"
        ):
            draw(wv, WORDS)


# Letters


def a_font_of(letters, name, path):
    """Write a font that has these letters, all of them squares."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    for point in ((0, 0), (0, 500), (500, 500), (500, 0)):
        (pen.lineTo if pen.points else pen.moveTo)(point)
    pen.closePath()
    glyphs = [".notdef", *(f"u{ord(letter):X}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):X}" for letter in letters})
    builder.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def fonts(monkeypatch):
    """The installed fonts, of which DejaVu alone is left; a test may add others."""
    from matplotlib.font_manager import fontManager

    dejavu = [entry for entry in fontManager.ttflist if entry.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", dejavu)
    canvas.fonts_with.cache_clear()
    yield fontManager
    canvas.fonts_with.cache_clear()


def test_words_are_shown_in_fonts_that_have_their_letters(fonts, tmp_path):
    words = ["cat", "кот", "王女", "ねこ"]
    a_font_of("王女", "Only Han", tmp_path / "han.ttf")
    a_font_of("ねこ", "Only Kana", tmp_path / "kana.ttf")
    for path in sorted(tmp_path.glob("*.ttf")):
        fonts.addfont(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plot.heatmap((words, np.eye(4)), words)
        ax.figure.savefig(tmp_path / "picture.png")
    families = ax.yaxis.get_ticklabels()[0].get_fontfamily()
    assert families[0] == "sans-serif" and set(families[1:]) == {"Only Han", "Only Kana"}


def test_scripts_that_no_font_has_are_named_once_each(fonts):
    words = ["王女", "cat", "ねこ", "🍞🥐", "ไทย"]
    with pytest.warns(UserWarning) as told:
        plot.map((words, np.eye(5)))
    (message,) = {str(warning.message) for warning in told}
    assert message.startswith(
        "no installed font has letters of Thai (ท ย ไ), Hiragana (こ ね), CJK (女 王), emoji and "
        "symbols (🍞 🥐), so boxes are drawn for them; install one"
    )


def test_dollars_are_no_formulas(tmp_path):
    words = ["$5", "$x_$", "a\\b", "_"]
    ax = plot.heatmap((words, np.eye(4)), words)
    other = plot.map((words, np.eye(4)))
    assert ticks(ax.yaxis) == words and sorted(shown(other)) == sorted(words)
    for each in (ax, other, plot.neighbours((words, np.eye(4)), "$x_$")):
        each.figure.savefig(tmp_path / "picture.png")


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_letters_and_colours_suit_light_and_dark_styles(wv, style):
    with plt.style.context(style):
        ax = plot.heatmap(wv, WORDS, difference=[("king", "man")])
        cmap = ax.images[0].cmap
        assert np.allclose(cmap(0.5), to_rgba(plt.rcParams["axes.facecolor"]), atol=0.02)
        strong = [sum(cmap(end)[:3]) for end in (0.0, 1.0)]
        middle = sum(cmap(0.5)[:3])
        assert min(abs(each - middle) for each in strong) > 1
        numbers = plot.similarities(wv, WORDS)
        image = numbers.images[0]
        for text in numbers.texts:
            x, y = (round(at) for at in text.get_position())
            cell = image.cmap(image.norm(image.get_array()[y, x]))
            assert abs(np.mean(cell[:3]) - np.mean(to_rgba(text.get_color())[:3])) > 0.3
