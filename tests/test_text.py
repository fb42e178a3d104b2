"""Bytes become the tokens that a byte-by-byte reading gives, wherever they come from."""

import bz2
import gzip
import io
import lzma
import sys
from itertools import chain

import numpy as np
import pytest
import reference

from w2v.corpus import draft, sources
from w2v.corpus._ids import SENTENCE_END
from w2v.corpus._text import Lexicon
from w2v.shared import streams


def read_back(source, **options):
    """Encode a source and decode it again: its sentences as lists of words."""
    vocabulary, ids = draft.encode(source, **options)
    sentences, sentence = [], []
    for number in np.concatenate(ids.segments):
        if number == SENTENCE_END:
            sentences.append(sentence)
            sentence = []
        else:
            sentence.append(vocabulary.words[number])
    return sentences + ([sentence] if sentence else [])


def decoded(sentences):
    return [[t.decode("utf-8", "surrogateescape") for t in s] for s in sentences if s]


def random_text(random, n):
    pieces = [b" ", b" ", b"\n", b"\t", b"\r", b"\r\n", b"a", b"b", b"word", b"12345678",
              b"123456789", b"0123456789abcdef", b"x" * 40, "é".encode(), "词向量".encode(),
              "🙂".encode(), "\u00a0".encode(), b"\x0b", b"\x0c", b"\xff", b"</s>"]  # fmt: skip
    return b"".join(pieces[i] for i in random.integers(len(pieces), size=n))


@pytest.mark.parametrize("block_bytes", [1, 7, 64, 1000, 1 << 22])
@pytest.mark.parametrize("workers", [1, 3])
def test_any_bytes_become_the_tokens_of_a_plain_reading(
    tmp_path, monkeypatch, random, block_bytes, workers
):
    monkeypatch.setattr(sources, "BLOCK_BYTES", block_bytes)
    for n in (1, 2, 5, 40, 3000):
        data = b"a" + random_text(random, n)
        (tmp_path / "text").write_bytes(data)
        wanted = decoded(reference.tokens(data))
        got = read_back(tmp_path / "text", workers=workers, errors="surrogateescape")
        if block_bytes >= 1 << 22:
            assert got == wanted
        else:
            # A line longer than a block comes in pieces; its words stay what they are.
            assert list(chain(*got)) == list(chain(*wanted))
            assert len(got) >= len(wanted)


@pytest.mark.parametrize("n_bytes", range(90, 112))
def test_exact_tokens_are_cut_as_in_c(n_bytes):
    data = b"a" + b"x" * n_bytes + b" b\0c " + "é".encode() * n_bytes + b"\r\n\n</s> end"
    assert exact_tokens(data) == reference.tokens_like_c(data)


def test_exact_reads_any_bytes_as_c_does(random):
    for n in (1, 3, 10, 100, 5000):
        for _ in range(20):
            data = random_text(random, n) + b"\0" * int(random.integers(2)) + random_text(random, n)
            assert exact_tokens(data) == reference.tokens_like_c(data)


def exact_tokens(data):
    lexicon, ids = Lexicon(True), np.empty(len(data), np.int32)
    n, _ = lexicon.encode(data, 0, ids)
    words = lexicon.words(np.arange(lexicon.n_words))
    words = [word.encode("utf-8", "surrogateescape") for word in words]
    return [b"</s>" if i == SENTENCE_END else words[i] for i in ids[:n]]


def test_a_lexicon_counts_like_a_dictionary(random):
    data = b"\n".join(b"%d" % n for n in random.zipf(1.3, 200_000))
    lexicon, ids = Lexicon(), np.empty(len(data), np.int32)
    assert lexicon.encode(data, 0, ids) == (399_999, 199_999)
    counts = {}
    for token in data.split(b"\n"):
        counts[token.decode()] = counts.get(token.decode(), 0) + 1
    assert len(counts) > 5000  # so that the tables had to grow
    words = lexicon.words(np.arange(lexicon.n_words))
    assert dict(zip(words, lexicon.counts().tolist(), strict=True)) == counts
    assert words == list(counts)  # numbered in the order of first sight


def test_words_that_differ_in_one_byte_are_told_apart(random):
    words = []
    for length in range(1, 60):
        word = bytes(random.integers(97, 123, length).tolist())
        words += [word] + [word[:i] + b"A" + word[i + 1 :] for i in range(length)]
    words = list(dict.fromkeys(words))
    data = b" ".join(words * 2) + b" "
    lexicon, ids = Lexicon(), np.empty(len(data), np.int32)
    n, n_ends = lexicon.encode(data, 0, ids)
    assert ids[:n].tolist() == 2 * list(range(len(words))) and n_ends == 0
    assert lexicon.words(np.arange(len(words))) == [word.decode() for word in words]
    assert [lexicon.number_of(word) for word in words] == list(range(len(words)))
    other = Lexicon()
    other.encode(b" ".join(words[::-1]) + b" ", 0, ids)
    assert other.absorb(lexicon).tolist() == list(range(len(words)))[::-1]
    assert set(other.counts().tolist()) == {3}


@pytest.mark.parametrize(
    "data, sentences",
    [
        (b"a b\nc", [["a", "b"], ["c"]]),
        (b"a b\r\nc\r\n", [["a", "b"], ["c"]]),
        (b"\xef\xbb\xbfa b\n", [["a", "b"]]),
        (b"\n\n a\t\tb \n\n\nc\n\n", [["a", "b"], ["c"]]),
        ("a\u00a0b c\n".encode(), [["a\u00a0b", "c"]]),
        ("词 向量\né 🙂\n".encode(), [["词", "向量"], ["é", "🙂"]]),
        (b"a b ", [["a", "b"]]),
        (b"x" * 100_000 + b" y", [["x" * 100_000, "y"]]),
    ],
)
def test_lines_ends_marks_and_blanks(tmp_path, data, sentences):
    (tmp_path / "text").write_bytes(data)
    assert read_back(tmp_path / "text") == sentences


def test_a_line_of_any_length_is_one_sentence(tmp_path):
    words = [str(i % 1000) for i in range(500_000)]
    (tmp_path / "text").write_text(" ".join(words))
    assert read_back(tmp_path / "text") == [words]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, "zstd"])
def test_compressed_files_are_undone_whatever_their_name(tmp_path, pack):
    if pack == "zstd":
        pack = streams.zstd("testing").compress
    (tmp_path / "text").write_bytes(pack(b"a b\n") + pack(b"c\n"))
    assert read_back(tmp_path / "text") == [["a", "b"], ["c"]]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, "zstd"])
def test_a_damaged_archive_is_an_error_that_names_it(tmp_path, pack, random):
    if pack == "zstd":
        pack = streams.zstd("testing").compress
    data = pack(random.bytes(10_000).hex().encode())
    (tmp_path / "text").write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"text' cannot be read to its end"):
        read_back(tmp_path / "text")


def test_many_files_globs_and_directories(tmp_path):
    (tmp_path / "sub").mkdir()
    for name, line in (("b.txt", "b"), ("a.txt", "a"), ("sub/c.txt", "c"), (".hidden", "h")):
        (tmp_path / name).write_text(line)  # no line ends: files must not run together
    a, b, c = ["a"], ["b"], ["c"]
    assert read_back(str(tmp_path)) == [a, b, c]
    assert read_back(tmp_path / "*.txt") == [a, b]
    assert read_back(str(tmp_path / "**" / "*.txt")) == [a, b, c]
    assert read_back([tmp_path / "sub" / "c.txt", str(tmp_path / "a.txt")]) == [c, a]


def test_standard_input(monkeypatch):
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"a b\nc")))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert read_back("-") == [["a", "b"], ["c"]]


def test_a_standard_input_that_does_not_wait_is_an_error(monkeypatch):
    class NothingYet(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            return None

    stdin = io.TextIOWrapper(io.BufferedReader(NothingYet()))
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(ValueError, match="corpus: '-' is non-blocking"):
        read_back("-")


def test_token_lists_of_every_kind():
    wanted = [["a", "new york"], ["b"]]
    for source in (wanted, iter(wanted), map(tuple, wanted), [iter(s) for s in wanted]):
        assert read_back(source) == wanted
    assert read_back([np.array(["a", "b"])]) == [["a", "b"]]


def test_a_tokenizer_splits_strings_and_lines(tmp_path):
    (tmp_path / "text").write_bytes(b"A-b\r\nc")
    assert read_back(tmp_path / "text", tokenizer=lambda s: s.split("-")) == [["A", "b"], ["c"]]
    assert read_back(["a b", "c"], tokenizer=str.split) == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    "source, error, message",
    [
        ("nowhere.txt", FileNotFoundError, "corpus='nowhere.txt': no such file"),
        ("a" * 5000, FileNotFoundError, "corpus='aaa"),
        (["a plain string"], TypeError, "sentence 0 is a plain string"),
        ([["a"], "b c"], TypeError, "sentence 1 is a plain string"),
        ([["a"], [b"b"]], TypeError, "sentence 1 holds the token b'b'"),
        ([["a", 7]], TypeError, "holds the token 7 of type int"),
        ([["a"], float("nan")], TypeError, "sentence 1 is nan"),
        ([["a", ["b"]]], TypeError, "of type list"),
        (None, TypeError, "NoneType is neither"),
        (12, TypeError, "int is neither"),
        (b"bytes", TypeError, "bytes is neither"),
        ([], ValueError, "corpus=list is empty"),
        ([[], []], ValueError, "corpus=list is empty"),
    ],
)
def test_what_is_no_corpus_is_an_error_that_says_why(source, error, message):
    with pytest.raises(error, match=message):
        draft.encode(source)


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "is empty"),
        (b" \n\r\n\t", "is empty"),
        (b"ab\0c", "byte 2 is NUL"),
        ("ab".encode("utf-16"), "is UTF-16"),
        ("ab".encode("utf-32"), "is UTF-32"),
        ("ab".encode("utf-16-le"), "is NUL"),
    ],
)
def test_a_file_that_is_no_text_is_an_error(tmp_path, data, message):
    (tmp_path / "text").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        draft.encode(tmp_path / "text")


def test_a_directory_without_files_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="holds no text files"):
        draft.encode(tmp_path)


def test_a_tokenizer_on_token_lists_is_an_error():
    with pytest.raises(TypeError, match="drop tokenizer="):
        draft.encode([["a", "b"]], tokenizer=str.split)
