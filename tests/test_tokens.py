"""Words of plain text, in Python and in the commands."""

import re
import subprocess
import sys

import pytest

import w2v

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # with a joiner inside


@pytest.mark.parametrize(
    "text, words",
    [
        ("Moses, Moses. (Moses) \u201cMoses\u201d Moses!", ["Moses"] * 5),
        ("the fox\u2019s well-known don't -- 'quoted' e-", None),
        ("new_york _under 3.14 42", ["new_york", "under", "3", "14", "42"]),
        ("हिन्दी भाषा में, लिखा।", ["हिन्दी", "भाषा", "में", "लिखा"]),
        ("اَلْعَرَبِيَّةُ، لغة.", ["اَلْعَرَبِيَّةُ", "لغة"]),
        (PERSIAN, [PERSIAN]),
        ("cafe\u0301 naïve", ["cafe\u0301", "naïve"]),
        ("東京は日本。人口", ["東京は日本", "人口"]),
        ("ภาษาไทย ดี", ["ภาษาไทย", "ดี"]),
        ("🙂 … \u3000", []),
    ],
)
def test_words_are_letters_with_their_marks(text, words):
    if words is None:
        words = ["the", "fox\u2019s", "well-known", "don't", "quoted", "e"]
    assert w2v.tokenize(text) == words
    assert w2v.tokenize(text.upper(), lowercase=True) == w2v.tokenize(text.upper().lower())


def test_blanks_that_a_tokenizer_returns_are_no_words():
    """jieba.lcut returns the blanks between words, too."""
    model = w2v.train(
        ["a b  c"] * 9, tokenizer=lambda text: re.split("( )", text), min_count=1, vector_size=4
    )
    assert sorted(model.wv.index_to_key) == ["a", "b", "c"]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "w2v", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("Moses went. Moses, said Moses; MOSES went\n" * 50, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "options, words",
    [
        ([], {"Moses", "went.", "Moses,", "said", "Moses;", "MOSES", "went"}),
        (["--lowercase"], {"moses", "went.", "moses,", "said", "moses;", "went"}),
        (["--tokenizer", "words"], {"Moses", "went", "said", "MOSES"}),
        (["--tokenizer", "words", "--lowercase"], {"moses", "went", "said"}),
    ],
)
def test_plain_books_are_read_as_told(book, tmp_path, options, words):
    out = tmp_path / "v.txt"
    done = run("train", book, "-o", out, "--vector-size", 4, *options)
    assert done.returncode == 0, done.stderr
    assert set(w2v.load(out).index_to_key) == words
    done = run("phrases", book, "-o", tmp_path / "p.txt", "--threshold", 1e9, *options)
    assert done.returncode == 0, done.stderr
    assert set((tmp_path / "p.txt").read_text(encoding="utf-8").split()) == words


@pytest.mark.parametrize(
    "options, wanted",
    [
        (["--skip-gram"], dict(sg=1)),
        (["--cbow"], dict(sg=0)),
        (["--loss", "hs"], dict(hs=1, negative=0)),
        (["--skip-gram", "--loss", "ns"], dict(sg=1, hs=0, negative=5)),
    ],
)
def test_modes_have_readable_options(book, tmp_path, options, wanted):
    done = run("train", book, "-o", tmp_path / "m.w2v", "--vector-size", 4, *options)
    assert done.returncode == 0, done.stderr
    params = w2v.Word2Vec.load(tmp_path / "m.w2v").params
    assert {name: getattr(params, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "options, message",
    [
        (["--loss", "hs", "--negative", 3], "hs alone has no noise words"),
        (["--loss", "ns", "--hs", 1], "ns alone has no tree"),
        (["--loss", "ns", "--negative", 0], "ns alone has no tree, and noise words"),
    ],
)
def test_options_that_speak_of_both_losses_are_refused(book, tmp_path, options, message):
    done = run("train", book, "-o", tmp_path / "m.w2v", *options)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1


def test_help_has_no_python_in_it():
    for command in ("train", "phrases"):
        text = run(command, "--help").stdout
        assert "--lowercase" in text and "--tokenizer" in text
        assert not re.search(r"\bNone\b|\bTrue\b|\bFalse\b|w2v\.", text), text


def test_columns_of_wide_letters_are_aligned(tmp_path):
    words = ["東京", "ab", "日本語話者", "abcdefghij"]
    w2v.KeyedVectors(words, [[1, 0], [1, 0.1], [1, 0.2], [1, 0.3]]).save(tmp_path / "v.w2v")
    lines = run("similar", tmp_path / "v.w2v", "東京").stdout.splitlines()[1:]
    ends = {
        sum(2 if ord(letter) > 0x2E80 else 1 for letter in line[: line.index("0.9")])
        for line in lines
    }
    assert len(lines) == 3 and len(ends) == 1
