"""Files come back as they were written, damaged ones are errors, and nothing is half-written."""

import os
import stat

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors, files

WORDS = ["</s>", "naïve", "词向量", "🙂", "a\u00a0b", "x" * 500, "\udce9"]


@pytest.mark.parametrize("D", [1, 3, 100])
@pytest.mark.parametrize("binary", [False, True])
def test_vectors_read_back_as_they_were(tmp_path, random, D, binary):
    vectors = random.normal(size=(len(WORDS), D)).astype(np.float32)
    vectors[0] = [np.float32(10.0) ** -(i % 45) for i in range(D)]
    path = tmp_path / "vectors"
    KeyedVectors(WORDS, vectors).save_word2vec_format(path, binary=binary)
    for known in (binary, None):
        again = KeyedVectors.load_word2vec_format(path, known, unicode_errors="surrogateescape")
        assert again.index_to_key == WORDS
        assert again.vectors.tobytes() == vectors.tobytes()


def test_text_looks_as_c_writes_it(tmp_path):
    wv = KeyedVectors(["a", "b"], np.array([[0.5, -1e-9], [1234.5, 1 / 3]], np.float32))
    wv.save_word2vec_format(tmp_path / "c", decimals=6)
    assert (tmp_path / "c").read_bytes() == (
        b"2 2\na 0.500000 -0.000000 \nb 1234.500000 0.333333 \n"
    )
    wv.save_word2vec_format(tmp_path / "short")
    assert (tmp_path / "short").read_bytes() == b"2 2\na 0.5 -1e-09\nb 1234.5 0.33333334\n"
    assert w2v.load(tmp_path / "c").index_to_key == ["a", "b"]


@pytest.mark.parametrize("word", ["", "new york", "tab\tbed", "line\n"])
def test_words_that_the_format_cannot_hold_are_refused_before_writing(tmp_path, word):
    (tmp_path / "old").write_text("precious")
    with pytest.raises(ValueError, match="no place in the word2vec format"):
        KeyedVectors(["a", word], np.zeros((2, 2))).save_word2vec_format(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "precious"
    assert os.listdir(tmp_path) == ["old"]


@pytest.mark.parametrize("binary", [False, True])
def test_every_truncation_is_an_error_that_names_the_row(tmp_path, random, binary):
    path = tmp_path / "vectors"
    vectors = random.normal(size=(3, 4))
    KeyedVectors(["one", "two", "three"], vectors).save_word2vec_format(path, binary, decimals=6)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            again = KeyedVectors.load_word2vec_format(path, binary)
        except ValueError as error:
            assert "vectors'" in str(error)
        else:
            # Only the end of the last row may be missing: its line end, or digits of text.
            assert again.index_to_key == ["one", "two", "three"]
            np.testing.assert_allclose(again.vectors[:2], vectors[:2], atol=1e-6)
            assert length > len(whole) - (10 if not binary else 2)


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "not in the word2vec format"),
        (b"hello world\n", "not in the word2vec format"),
        (b"2\na 1\n", "not in the word2vec format"),
        (b"9999999999 300\na 1\n", "too many for"),
        (b"1 0\na\n", "0 dimensions"),
        (b"2 2\na 1 2\nb 1 x\n", "row 1 of 2, byte 10"),
        (b"2 2\na 1 2\nb 1 2 3\n", "row 1 of 2, byte 10: 3 numbers instead of 2"),
        (b"1 2\na 1 2\nb 1 2\n", "more data after row 1"),
        (b"1 2\na\xe9 1 2\n", "unicode_errors='replace'"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_where(tmp_path, data, message):
    (tmp_path / "vectors").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        w2v.load(tmp_path / "vectors")


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        w2v.load(tmp_path / "nowhere")


def test_replacing_leaves_the_old_file_when_writing_fails(tmp_path):
    (tmp_path / "old").write_text("precious")
    with pytest.raises(RuntimeError), files.replacing(tmp_path / "old") as file:
        file.write(b"half")
        raise RuntimeError
    assert (tmp_path / "old").read_text() == "precious"
    assert os.listdir(tmp_path) == ["old"]


def test_replacing_keeps_the_mode_and_follows_links(tmp_path):
    (tmp_path / "old").write_text("x")
    (tmp_path / "old").chmod(0o640)
    (tmp_path / "link").symlink_to("old")
    with files.replacing(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "old").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "old").stat().st_mode) == 0o640
    with files.replacing(os.devnull) as file:
        file.write(b"new")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize("path", ["nowhere/vectors", "."])
def test_a_path_that_cannot_be_written_fails_at_once(tmp_path, path):
    with (
        pytest.raises(OSError, match="output="),
        files.replacing(tmp_path / path, "output"),
    ):
        raise AssertionError("the block ran")
