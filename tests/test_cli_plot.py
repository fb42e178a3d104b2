"""The command w2v plot: the same numbers in a terminal's characters and colours as in pictures."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import w2v
from w2v.cli import drawing, main
from w2v.plot import charts, matrices

WORDS = ["king", "queen", "man", "女王", "$x$"]


@pytest.fixture
def wv(random):
    return w2v.KeyedVectors(WORDS, random.normal(size=(5, 20)).astype(np.float32))


@pytest.fixture
def run(wv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    wv.save("vectors.w2v")

    def run(line):
        status = main.w2v_main(["plot", *line.split()])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def read_cells(line, label):
    """Return the colours of a line's cells, and what stands there without them, behind a label."""
    rest = line[line.index(label) + len(label) + 1 :]
    found, left = [], ""
    for codes, text in re.findall(r"\x1b\[([\d;]*)m([^\x1b]*)\x1b\[0m", rest):
        parts = [int(code) for code in codes.split(";")]
        ground = {}
        while parts:
            n = 3 if parts[1] == 2 else 1
            ground[parts[0]], parts = tuple(parts[2 : 2 + n]), parts[2 + n :]
        halves = [ground[38], ground.get(48)] if text == drawing.LEFT_HALF else [ground[48]]
        found += [colour for colour in halves if colour is not None]
        left += text
    return found, left


def levels(values, low, high, n):
    return np.round(np.clip((values - low) / (high - low), 0, 1) * (n - 1)).astype(int)


def test_characters_stand_for_the_numbers_of_the_vectors(wv):
    heat = matrices.heat_of(wv, WORDS[:3], difference=[("king", "man")])
    lines = list(drawing.cells(heat, drawing.Terminal(width=31)))
    labels = ["king", "queen", "man", "king - man"]
    rows = [line for line in lines if line.strip().startswith(tuple(labels))]
    assert len(lines) == 7 and len(rows) == 4
    shown = [row[11:] for row in rows]
    expected = levels(heat.values, -heat.limit, heat.limit, 7)
    assert [[drawing.SIGNED.index(mark) for mark in row] for row in shown] == expected.tolist()
    assert lines[5].split() == ["0", "10"] and lines[6].endswith("component of a vector")


def test_what_does_not_fit_is_continued_below(wv):
    heat = matrices.heat_of(wv, WORDS[:2], cluster="columns")
    lines = list(drawing.cells(heat, drawing.Terminal(width=20)))
    kings = [line[6:] for line in lines if line.strip().startswith("king")]
    assert [len(part) for part in kings] == [14, 6]
    expected = levels(heat.values[0], -heat.limit, heat.limit, 7)
    assert [drawing.SIGNED.index(mark) for mark in "".join(kings)] == expected.tolist()
    assert lines[2].split() == [heat.columns[0], heat.columns[10]]


@pytest.mark.parametrize("width, n", [(80, 20), (20, 14), (12, 12)])
def test_24_bit_colours_are_blue_below_0_and_red_above_and_stronger_away_from_it(wv, width, n):
    heat = matrices.heat_of(wv, WORDS[:1])
    lines = list(drawing.cells(heat, drawing.Terminal("24-bit", width, True)))
    found = [read_cells(line, "king")[0] for line in lines if line.strip().startswith("king")]
    colours = np.array([colour for part in found for colour in part])
    assert len(colours) == len(heat.values[0])
    values = heat.values[0]
    clear = abs(values) > 0.15 * heat.limit
    assert ((colours[:, 0] > colours[:, 2]) == (values > 0))[clear].all()
    light = colours.sum(axis=1)
    for side in (values > 0, values < 0):
        assert (np.diff(light[side][np.argsort(abs(values[side]))]) >= 0).all()


def test_256_colours_have_an_order_too(wv):
    heat = matrices.heat_of(wv, WORDS[:1])
    (line, *_) = drawing.cells(heat, drawing.Terminal("256", 80, True))
    colours, _ = read_cells(line, "king")
    expected = levels(heat.values[0], -heat.limit, heat.limit, 13)
    assert colours == [(drawing.ON_DARK_256[level],) for level in expected]


def test_every_colour_of_256_is_its_own_nearest():
    for code in range(16, 256):
        colour = drawing.rgb_of_256(code)
        assert drawing.rgb_of_256(drawing.nearest_of_256(colour)) == colour


@pytest.mark.parametrize("metric", ["cosine", "manhattan"])
@pytest.mark.parametrize("colours", ["none", "24-bit"])
def test_words_against_words_are_numbers_aligned_even_below_wide_letters(wv, metric, colours):
    matrix = matrices.similarity_of(wv, WORDS, metric)
    head, *rows, what = drawing.numbers(matrix, drawing.Terminal(colours, 80, True))
    assert head.split() == WORDS and what.strip() == matrix.what
    plain = [re.sub(r"\x1b\[[\d;]*m", "", row) for row in rows]
    assert len({sum(1 + (letter in "女王") for letter in row) for row in plain}) == 1
    numbers = [[float(text) for text in row.split()[1:]] for row in plain]
    assert np.allclose(numbers, matrix.values, atol=0.00501)


def test_words_against_many_words_are_numbered_and_then_only_coloured(random):
    words = [f"longerword{i}" for i in range(30)]
    pair = words, random.normal(size=(30, 5))
    head, first, *_ = drawing.numbers(matrices.similarity_of(pair, words[:10]), drawing.Terminal())
    assert head.split() == [str(i) for i in range(1, 11)]
    assert first.split()[:3] == ["1", "longerword0", "1.00"]
    matrix = matrices.similarity_of(pair, words)
    first, *_ = drawing.numbers(matrix, drawing.Terminal())
    assert first.startswith("  1 longerword0 ##") and len(first) == 16 + 2 * 30


@pytest.mark.parametrize("is_utf8", [True, False])
def test_bars_are_as_long_as_their_scores(is_utf8):
    found = [("queen", 0.8), ("女王", 0.61), ("man", 0.1), ("$x$", -0.4)]
    lines = list(drawing.bars(found, drawing.Terminal(width=60, is_utf8=is_utf8)))
    assert [(line.split()[0], float(line.split()[-1])) for line in lines] == found
    lengths = [line.count("█") + line.count("#") for line in lines]
    lengths = [
        length + sum(drawing.EIGHTHS.index(x) / 8 for x in line if x in drawing.EIGHTHS[1:-1])
        for length, line in zip(lengths, lines, strict=True)
    ]
    assert lengths[0] == 60 - len("queen") - 10 and lengths[3] == 0
    expected = [lengths[0] * max(score, 0) / 0.8 for _, score in found]
    assert np.allclose(lengths, expected, atol=1 / 8 if is_utf8 else 0.5)


@pytest.mark.parametrize(
    "environment, colours",
    [
        (dict(TERM="xterm"), "none"),
        (dict(TERM="xterm-256color"), "256"),
        (dict(TERM="xterm-256color", COLORTERM="truecolor"), "24-bit"),
        (dict(TERM="xterm-direct"), "24-bit"),
        (dict(TERM="dumb", COLORTERM="truecolor"), "none"),
        (dict(TERM="xterm-256color", COLORTERM="24bit", NO_COLOR="1"), "none"),
        (dict(TERM="xterm-256color", NO_COLOR=""), "256"),
        ({}, "none"),
    ],
)
def test_colours_are_those_the_terminal_has_and_the_user_wants(environment, colours):
    terminal = SimpleNamespace(isatty=lambda: True, encoding="utf-8")
    assert drawing.terminal_of(terminal, environment).colours == colours
    pipe = SimpleNamespace(isatty=lambda: False, encoding="ascii")
    found = drawing.terminal_of(pipe, environment)
    assert (found.colours, found.is_utf8) == ("none", False)


@pytest.mark.parametrize("line", ["heatmap", "similarities", "neighbours"])
def test_without_a_file_pictures_are_drawn_in_the_terminal_without_matplotlib(
    run, wv, monkeypatch, line
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    status, out, err = run(f"{line} vectors.w2v king queen")
    drawn = {
        "heatmap": lambda t: drawing.cells(matrices.heat_of(wv, ["king", "queen"]), t),
        "similarities": lambda t: drawing.numbers(matrices.similarity_of(wv, WORDS[:2]), t),
        "neighbours": lambda t: [
            text
            for word in WORDS[:2]
            for text in (word, *drawing.bars(charts.nearest(wv, word)[1], t))
        ],
    }
    lines = drawn[line](drawing.terminal_of(sys.stdout))
    assert (status, out.splitlines(), err) == (0, list(lines), "")


def test_losses_of_models_are_told_in_the_terminal(run):
    model = w2v.train([["tea", "and", "milk"]] * 60, vector_size=4, epochs=3, sample=0)
    model.save("model.w2v")
    status, out, _ = run("losses model.w2v")
    assert status == 0
    name, *lines = out.splitlines()
    assert name == "model.w2v"
    told = [float(line.split()[-1]) for line in lines]
    assert np.allclose(told, model.losses, atol=5.1e-5)


MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "html": b"<!doctype html>"}


@pytest.mark.parametrize("kind", MAGIC)
@pytest.mark.parametrize(
    "line",
    ["heatmap vectors.w2v king queen --difference king man --dark",
     "similarities vectors.w2v king queen man --cluster", "map vectors.w2v --clusters 2",
     "analogies vectors.w2v king queen man $x$", "neighbours vectors.w2v king man -n 3"],
)  # fmt: skip
def test_pictures_are_of_the_kind_that_the_name_says_and_the_same_every_time(
    run, tmp_path, line, kind
):
    pytest.importorskip("matplotlib")
    contents = []
    for _ in range(2):
        status, out, err = run(f"{line} -o picture.{kind}")
        assert (status, err.replace("w2v: warning: no installed font", "")[:1]) in [
            (0, ""),
            (0, " "),
        ]
        contents.append((tmp_path / f"picture.{kind}").read_bytes())
        assert out == f"picture.{kind}: {len(contents[0]):,} bytes\n"
    assert contents[0].startswith(MAGIC[kind]) and contents[0] == contents[1]
    if kind == "html":
        page = contents[0].decode()
        assert page.count("<svg") == page.count("</svg>") == 1 and "<script" not in page
        assert not re.search(r"(src|href)=.http", page)


@pytest.mark.parametrize(
    "line, said",
    [
        (
            "heatmap vectors.w2v wonder quen",
            "not among the 5 words: wonder quen; did you mean queen?",
        ),
        ("heatmap vectors.w2v king -o a.doc", "-o 'a.doc': its name does not say what kind of"),
        ("heatmap vectors.w2v king -o -", "-o '-': its name does not say what kind of"),
        ("map vectors.w2v", "-o: this picture needs a file to be drawn to, -o picture.png say"),
        ("analogies vectors.w2v king -o a.png", "'king': analogies are drawn of pairs of words"),
        ("map vectors.w2v king queen --topn 3 -o a.png", "words, topn: a map shows these words"),
        ("heatmap none.w2v king -o /none/a.png", "output='/none/a.png': there is no directory"),
        ("heatmap a.png king -o a.png", "output='a.png' is the input too; choose another"),
        ("heatmap vectors.w2v king -o a.png --dpi 1", "--dpi=1 is out of range: from 10"),
        ("losses vectors.w2v", "'vectors.w2v' holds vectors only"),
    ],
)
def test_mistakes_are_one_line_and_leave_no_file(run, tmp_path, line, said):
    if "-o" in line:
        pytest.importorskip("matplotlib")
    status, out, err = run(line)
    assert (status, out) == (2, "") and err.startswith(f"w2v: {said}") and err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.w2v"]


def test_a_file_is_asked_to_be_drawn_by_matplotlib_which_may_be_missing(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, _, err = run("heatmap vectors.w2v king -o a.png")
    assert (status, err) == (
        2,
        "w2v: w2v.plot needs the matplotlib package: pip install matplotlib\n",
    )
