"""The command word2phrase: with -exact 1 the C tool's bytes, without it the same job mended.

The digests are of what the original word2phrase.c wrote, with -debug 0 and the arguments of each
case; Twin repeats that program step by step, and equalled it on thousands of random texts.
"""

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys

import corpora
import numpy as np
import pytest

import w2v
from w2v.cli import main
from w2v.cli.word2phrase import OPTIONS, word2phrase_main
from w2v.corpus import sources

CASES = {
    "phrase": (
        "plain",
        "-min-count 3 -threshold 2",
        "6668007febf084bb49e5c04e9b5a74ef3b99131a63f40082f43a9ac9a00f3e5c",
    ),
    "phrase-nasty": (
        "nasty",
        "-min-count 1 -threshold 5",
        "37ace723cb65e5135d7f729fd11aa14d75eec816976f358ac0707dbb4b5cd32d",
    ),
}
f32 = np.float32


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "plain").write_bytes(corpora.plain())
    (tmp_path / "nasty").write_bytes(corpora.nasty())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def word2phrase(line):
    return word2phrase_main(line.split())


@pytest.mark.parametrize("name", CASES)
def test_exact_mode_writes_the_bytes_of_c(folder, name):
    corpus, options, digest = CASES[name]
    assert word2phrase(f"-train {corpus} -output out -debug 0 -exact 1 {options}") == 0
    assert hashlib.sha256((folder / "out").read_bytes()).hexdigest() == digest


class Twin:
    """word2phrase.c, one token after another."""

    def __init__(self, data, min_count, threshold):
        tokens = list(self.tokens(data))
        counts, last = {b"</s>": 0}, b""
        for token in tokens:
            counts[token] = counts.get(token, 0) + 1
            if token != b"</s>":
                pair = (last + b"_" + token)[:59]
                counts[pair] = counts.get(pair, 0) + 1
                last = token
        self.n_words = sum(token != b"</s>" for token in tokens)
        (mark, n_marks), *entries = counts.items()
        entries.sort(key=lambda entry: -entry[1])
        self.known = {word: n for word, n in entries if n >= min_count}
        if min_count >= 1 and len(self.known) == len(entries) > 0:
            del self.known[entries[-1][0]]
        if n_marks >= min_count:
            self.known[mark] = n_marks
        self.shown = self.shrink([n_marks, *(n for _, n in entries), 0], min_count)
        with np.errstate(all="ignore"):
            self.output = b"".join(self.join(tokens, min_count, f32(threshold)))

    @staticmethod
    def tokens(data):
        word = b""
        for byte in data.replace(b"\r", b""):
            if byte not in b" \t\n":
                word += bytes([byte])
                continue
            if word:
                yield word[:58].split(b"\0")[0]
            word = b""
            if byte == 10:
                yield b"</s>"

    @staticmethod
    def shrink(counts, min_count):
        i, size = 1, len(counts)
        while i < size:
            size -= counts[i] < min_count
            i += 1
        return size - 1

    def join(self, tokens, min_count, threshold):
        last, was_known, b = b"", False, 0
        for token in tokens:
            pair, last = (last + b"_" + token)[:59], token
            if token == b"</s>":
                yield b"\n"
                continue
            a, b = b, self.known.get(token, b)
            are_known = was_known and token in self.known and pair in self.known
            was_known, score = token in self.known, f32(0)
            if are_known and a >= min_count and b >= min_count:
                score = f32(self.known[pair] - min_count) / f32(a) / f32(b) * f32(self.n_words)
            yield (b"_" if score > threshold else b" ") + token
            if score > threshold:
                b = 0


def odd_text(random, with_nul):
    """A text of few words, most of them made to be mistaken, cut or shared."""
    makers = [
        lambda: random.choice([b"a_b", b"_", b"_a", b"a_", b"a", b"b", b"a_b_a", b"b_a"]),
        lambda: random.choice([b"</s>", b"</s>_a", b"</s>_w0", b"_w0", b"w0_w1", b"w1_w0"]),
        lambda: b"x" * random.integers(25, 70) + random.choice([b"", b"y", b"_z"]),
        lambda: "é漢".encode() * random.integers(5, 20),
        lambda: bytes(random.integers(128, 256, 4).tolist()),
        lambda: random.choice([b"y\ry", b"\r", b"\x0b", b"\x01", b"\xa0"]),
        lambda: random.choice([b"\0", b"a\0b", b"\0q"]) if with_nul else b"w2",
        *[lambda: b"w%d" % random.integers(0, 9)] * 7,
    ]
    words = [makers[random.integers(len(makers))]() for _ in range(random.choice([2, 4, 9, 30]))]
    gaps = [*[b" "] * 14, b"\t", b"  ", b"\n", b"\n", b"\r\n", b"\n\n", b" \n", b"\r "]
    parts = []
    for _ in range(random.integers(0, 300)):
        parts += [words[min(random.integers(0, len(words), 2))], gaps[random.integers(len(gaps))]]
    return b"".join(parts[: len(parts) - random.integers(2)])


@pytest.mark.parametrize("with_nul", [False, True])
def test_exact_mode_repeats_every_quirk(folder, capsys, monkeypatch, random, with_nul):
    monkeypatch.setattr(sources, "BLOCK_BYTES", 256)
    monkeypatch.setattr(sources, "LONG_LINE_BLOCKS", 1)
    n_joined = 0
    for _ in range(150):
        data = odd_text(random, with_nul)
        min_count = int(random.choice([1, 1, 1, 2, 3, 5, 0, -1]))
        threshold = float(random.choice([0, 0.1, 0.5, 1, 2, 5, 100, -1]))
        (folder / "odd").write_bytes(data)
        options = f"-min-count {min_count} -threshold {threshold} -debug 1 -exact 1"
        assert word2phrase(f"-train odd -output out {options}") == 0
        twin = Twin(data, min_count, threshold)
        assert (folder / "out").read_bytes() == twin.output, (data, min_count, threshold)
        sizes = f"(unigrams + bigrams): {twin.shown}\nWords in train file: {twin.n_words}\n"
        start = "Starting training using file odd\n\nVocab size "
        assert capsys.readouterr().out == start + sizes
        n_joined += twin.output.count(b"_") - data.count(b"_")
    assert n_joined > 1000


@pytest.mark.parametrize(
    "line, wanted",
    [
        # w is the last entry: the pair a w, which it ends, is spelled like the word before it.
        ("a_w a a w", " a_w a a w"),
        ("a a_w a_w x a_w y a w", " a a_w a_w x a_w y a w"),
        # The pair w a comes after w, and is lost instead.
        ("a a_w a_w x a_w y a w a", " a a_w a_w x a_w y a_w a"),
        ("b w_a w_a b w_a w_a w_a w a", " b_w_a w_a b_w_a w_a_w_a w a"),
    ],
)
def test_the_last_entry_of_a_table_without_rare_ones_is_lost(folder, line, wanted):
    (folder / "odd").write_text(line + "\n")
    assert word2phrase("-train odd -output out -min-count 1 -threshold 0 -exact 1 -debug 0") == 0
    assert (folder / "out").read_text() == wanted + "\n"


def test_progress_is_printed_like_c(folder, capsys, random):
    words = [str(i) for i in random.integers(0, 1000, 250_000)]
    (folder / "long").write_text("\n".join(map(" ".join, zip(*[iter(words)] * 20, strict=True))))
    assert word2phrase("-train long -output out -exact 1") == 0
    out = capsys.readouterr().out
    shown = [line for line in re.split("[\r\n]", out) if line.startswith("Words processed")]
    assert [line.split()[2] for line in shown] == ["100K", "200K"]
    pairs = [len(set(itertools.pairwise(words[:n]))) for n in (100_000, 200_000)]
    sizes = [f"{(n + 1000 + 2) // 1000}K" for n in pairs]
    assert [line.split("size:")[1].strip() for line in shown] == sizes
    assert out.endswith("Words written: 100K\rWords written: 200K\r")


def test_without_exact_the_faults_are_mended(folder, capsys):
    long = "ä" * 70
    text = f"new york  a\tb\n\nnew york {long}\r\nq new york\nyork r new york"
    (folder / "text").write_bytes(text.encode())
    options = "-train text -output out -min-count 1 -threshold 1 -threads 2 -debug 1"
    assert word2phrase(options) == 0
    # No blank first, no pairs over lines (york new), long words whole, the last word kept.
    wanted = f"new_york a b\n\nnew_york {long}\nq new_york\nyork r new_york\n"
    assert (folder / "out").read_text() == wanted
    sizes = "\nVocab size (unigrams + bigrams): 14\nWords in train file: 14\n"
    assert sizes in capsys.readouterr().out
    (folder / "text").write_bytes(b"a b\nb\na\n" * 9 + b"a b")
    assert word2phrase("-train text -output out -min-count 1 -threshold 0 -debug 0") == 0
    assert (folder / "out").read_bytes() == b"a_b\nb\na\n" * 9 + b"a_b\n"


def test_text_goes_through_pipes(folder):
    script = "import sys; from w2v.cli.word2phrase import *; sys.exit(word2phrase_main())"
    options = "-train - -output - -min-count 1 -threshold 0"
    run = subprocess.run(
        [sys.executable, "-c", script, *options.split()],
        input=b"a b c\n" * 3,
        capture_output=True,
        check=True,
    )
    assert run.stdout == b"a_b c\n" * 3
    assert run.stderr.startswith(b"Starting training using file -\n")


BAD = {
    "-output out": "-train is missing",
    "-train plain": "-output is missing",
    "-train nowhere -output out": "-train 'nowhere': no such file",
    "-train empty -output out": "-train 'empty' is empty",
    "-train plain -output plain": "-output 'plain' is an input too",
    "-train plain -output no/out": "-output '",
    "-train plain -output out -min-count 0": "-min-count 0 is out of range",
    "-train plain -output out -min-count x": "-min-count 'x': a whole number is expected",
    "-train plain -output out -threshold -1": "-threshold -1.0 is out of range",
    "-train plain -output out -threshold nan": "-threshold nan is out of range",
    "-train plain -output out -threads 0": "-threads 0 is out of range",
    "-train plain -output out -min_count 3": "unknown option -min_count; did you mean -min-count?",
    "-train plain -output out -debug": "Argument missing for -debug",
    "-train plain -output out -output out": "-output is given twice",
    "-train plain -output out -exact 1 -threads 2": "-threads 2: exact runs on one thread",
}


@pytest.mark.parametrize("line", BAD)
def test_a_users_mistake_is_one_line_and_status_2_and_leaves_no_file(folder, capsys, line):
    (folder / "empty").write_text(" \n")
    before = sorted(os.listdir("."))
    assert word2phrase(line) == 2
    err = capsys.readouterr().err
    assert err.startswith("word2phrase: ") and err.count("\n") == 1 and BAD[line] in err
    assert sorted(os.listdir(".")) == before


def test_without_arguments_every_option_is_shown(capsys):
    assert word2phrase_main([]) == 0
    out, err = capsys.readouterr()
    assert all(f"{option} " in out for option in OPTIONS) and not err


# --- w2v phrases ---------------------------------------------------------------------------------


def w2v_phrases(line):
    return main.w2v_main(["phrases", *line.split()])


def phrase_lines():
    return ["the new york times of london says"] * 30 + ["a b c d e f g h"] * 3


def test_w2v_phrases_joins_in_passes_and_reports(folder, capsys):
    (folder / "text").write_text("\n".join(phrase_lines()))
    options = "--threshold 0.2 --passes 2 --connectors of,the --save found --json"
    assert w2v_phrases(f"text -o out {options}") == 0
    report = json.loads(capsys.readouterr().out)
    sentences = [line.split() for line in phrase_lines()]
    joined, sizes = sentences, []
    for _ in range(2):
        learned = w2v.Phrases(joined, threshold=0.2, connector_words=["of", "the"])
        joined, sizes = list(learned[joined]), [*sizes, len(learned.grams)]
    assert "the new_york_times_of_london says" in map(" ".join, joined)
    assert (folder / "out").read_text() == "\n".join(map(" ".join, joined)) + "\n"
    assert report["tokens_read"] == sum(map(len, sentences))
    assert report["tokens_written"] == sum(map(len, joined))
    assert [found["phrases"] for found in report["passes"]] == sizes
    assert [found["joined"] for found in report["passes"]] == [60, 30]
    assert w2v_phrases("text -o - --use found -q") == 0
    assert capsys.readouterr() == ((folder / "out").read_text(), "")
    assert w2v_phrases("text -o again --use found") == 0
    assert "pass 1: " in capsys.readouterr().out
    assert (folder / "again").read_bytes() == (folder / "out").read_bytes()


@pytest.mark.parametrize(
    "line, message",
    [
        ("plain -o plain", "output='plain' is an input too"),
        ("plain -o out --save out", "save='out' is the output too"),
        ("plain -o out --passes 0", "passes=0 is out of range"),
        ("plain -o out --passes 31", "passes=31 is out of range: from 1 to 30"),
        ("plain -o out --workers 4097", "workers=4097 is out of range: from 1 to 4,096"),
        ("plain -o out --threshold 0", "threshold=0.0 is out of range"),
        ("plain -o out --scoring pmi", "scoring='pmi'"),
        ("plain -o out --use nowhere", "nowhere"),
        ("plain -o out --use nasty", "nasty"),
        ("nowhere -o out", "no such file"),
    ],
)
def test_w2v_phrases_names_mistakes(folder, capsys, line, message):
    assert w2v_phrases(line) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
    assert sorted(os.listdir(".")) == ["nasty", "plain"]


def test_w2v_phrases_refuses_a_text_without_words(folder, capsys):
    (folder / "blank").write_text(" \n\n")
    assert w2v_phrases("blank -o out") == 2
    assert capsys.readouterr().err == "w2v: corpus='blank' holds no words\n"
    assert not os.path.exists("out")


def test_what_had_to_be_dropped_is_told(folder, capsys):
    assert w2v_phrases("plain -o out --max-vocab-size 20000") == 0
    assert "w2v: warning: max_vocab_size=20000: " in capsys.readouterr().err


def test_help_shows_the_live_defaults(capsys):
    with pytest.raises(SystemExit):
        main.w2v_main(["phrases", "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert "(default 40000000)" in out and "(default 10.0)" in out
