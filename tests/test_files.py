"""What is written is what was meant, to the byte, and nothing is half-written."""

import math
import os
import pickle
import stat
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import w2v
from w2v import KeyedVectors, formats
from w2v.formats import word2vec
from w2v.shared import streams

WORDS = ["</s>", "naïve", "词向量", "🙂", "a\u00a0b", "x" * 500, "\udce9"]


@pytest.mark.parametrize("D", [1, 3, 100])
@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz", ".zst"])
def test_vectors_read_back_as_they_were(tmp_path, random, D, binary, suffix):
    if suffix == ".zst":
        streams.zstd("testing")
    vectors = random.normal(size=(len(WORDS), D)).astype(np.float32)
    vectors[0] = [np.float32(10.0) ** -(i % 45) for i in range(D)]
    path = tmp_path / f"vectors{suffix}"
    KeyedVectors(WORDS, vectors).save_word2vec_format(path, binary=binary)
    again = w2v.load(path, errors="surrogateescape")
    assert again.index_to_key == WORDS
    assert again.vectors.tobytes() == vectors.tobytes()
    magic = {"": b"7 ", ".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ", ".zst": b"\x28\xb5"}
    first = path.read_bytes()
    assert first.startswith(magic[suffix])
    KeyedVectors(WORDS, vectors).save_word2vec_format(path, binary=binary)
    assert path.read_bytes() == first  # no time, no name


def test_text_looks_as_c_writes_it(tmp_path):
    wv = KeyedVectors(["a", "b"], np.array([[0.5, -1e-9], [1234.5, 1 / 3]], np.float32))
    wv.save_word2vec_format(tmp_path / "c", decimals=6)
    assert (tmp_path / "c").read_bytes() == (
        b"2 2\na 0.500000 -0.000000 \nb 1234.500000 0.333333 \n"
    )
    wv.save_word2vec_format(tmp_path / "short")
    assert (tmp_path / "short").read_bytes() == b"2 2\na 0.5 -1e-09\nb 1234.5 0.33333334\n"


def test_binary_is_laid_out_as_c_writes_it(tmp_path):
    wv = KeyedVectors(["a", "é"], np.array([[1, 2], [3, 4]], np.float64))
    wv.save_word2vec_format(tmp_path / "c", binary=True)
    rows = [np.array(row, "<f4").tobytes() for row in ([1, 2], [3, 4])]
    assert (tmp_path / "c").read_bytes() == b"2 2\na %b\n\xc3\xa9 %b\n" % tuple(rows)


def numbers_written(tmp_path, values: np.ndarray, decimals=None) -> list[str]:
    path = tmp_path / "numbers"
    wv = KeyedVectors(["a"], values.reshape(1, -1))
    wv.save_word2vec_format(path, decimals=decimals, write_header=False)
    return path.read_text()[2:].rstrip(" \n").split(" ")


def bit_patterns(random, n: int) -> np.ndarray:
    """All kinds of float32: random bits, powers of two and their neighbours, usual weights."""
    powers = np.arange(256, dtype=np.uint32) << 23
    near = np.concatenate([powers[1:] - 1, powers, powers + 1, powers + 2])
    subnormal = np.arange(1, 200, dtype=np.uint32)
    bits = random.integers(0, 2**32, n, np.uint32)
    weights = random.normal(0, 0.3, n).astype(np.float32)
    short = (random.integers(-(10**6), 10**6, n) / 10.0 ** random.integers(0, 9, n)).astype("f4")
    return np.concatenate([near.view("f4"), subnormal.view("f4"), bits.view("f4"), weights, short])


def check_shortest(tmp_path, values: np.ndarray) -> None:
    """As NumPy's, which finds the digits by another algorithm; its layout differs by version."""
    texts = numbers_written(tmp_path, values)
    read = formats.read_rows(tmp_path / "numbers").vectors[0]
    finite = np.isfinite(values)
    assert read[finite].tobytes() == values[finite].tobytes()
    for text, value in zip(texts, values, strict=True):
        if math.isfinite(value):
            assert Decimal(text) == Decimal(str(value)), value.tobytes()
            assert text == repr(float(str(value)))
        else:
            assert text == f"{'-' * int(np.signbit(value))}{abs(value)}"


def test_shortest_numbers_are_those_of_numpy_in_pythons_layout(tmp_path, random):
    check_shortest(tmp_path, bit_patterns(random, 10_000))


@pytest.mark.slow
def test_ten_million_shortest_numbers_are_those_of_numpy(tmp_path, random):
    for _ in range(20):
        check_shortest(tmp_path, bit_patterns(random, 160_000))


@pytest.mark.parametrize("decimals", range(13))
def test_decimals_are_rounded_as_by_printf(tmp_path, random, decimals):
    halfway = np.arange(-2000, 2000, dtype=np.float32) / np.float32(2.0) ** (decimals + 1)
    values = np.concatenate([bit_patterns(random, 300), halfway])
    found = numbers_written(tmp_path, values, decimals)
    for text, value in zip(found, values.tolist(), strict=True):
        wanted = f"{value:.{decimals}f}"
        if math.isnan(value):
            wanted = "-nan" if math.copysign(1, value) < 0 else "nan"  # glibc shows the sign
        assert text == wanted


@settings(deadline=None, max_examples=60)
@given(
    words=st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_characters=" \t\r\n"), min_size=1, max_size=9
        ),
        min_size=1, max_size=8, unique=True,
    ),
    row=st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=9),
    binary=st.booleans(),
    decimals=st.none() | st.integers(0, 12),
)  # fmt: skip
def test_any_words_and_numbers_come_back(tmp_path_factory, words, row, binary, decimals):
    path = tmp_path_factory.getbasetemp() / "any"
    vectors = np.array([np.roll(row, i) for i in range(len(words))], np.float32)
    wv = KeyedVectors(words, vectors)
    wv.save_word2vec_format(path, binary=binary, decimals=decimals)
    again = KeyedVectors.load_word2vec_format(path, binary=binary)
    assert again.index_to_key == words
    if binary or decimals is None:
        assert again.vectors.tobytes() == vectors.tobytes()
    else:
        rounded = [[np.float32(f"{x:.{decimals}f}") for x in row] for row in vectors.tolist()]
        assert again.vectors.tobytes() == np.array(rounded, np.float32).tobytes()


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_blocks_of_threads_are_written_in_order(tmp_path, random, monkeypatch, workers):
    words, vectors = [f"w{i}" for i in range(3000)], random.normal(size=(3000, 2))
    rows = [f"{w} {x:.6f} {y:.6f} \n" for w, (x, y) in zip(words, vectors.astype("f4").tolist())]  # noqa: B905
    monkeypatch.setattr(word2vec, "BLOCK_BYTES", 1000)
    wv = KeyedVectors(words, np.asfortranarray(vectors))
    wv.save_word2vec_format(tmp_path / "text", decimals=6, workers=workers)
    assert (tmp_path / "text").read_text() == "3000 2\n" + "".join(rows)


def test_a_failing_write_ends_all_threads(random, monkeypatch):
    class Full:
        n_left = 3

        def write(self, data):
            self.n_left -= 1
            if not self.n_left:
                raise OSError("no space left")

    monkeypatch.setattr(word2vec, "BLOCK_BYTES", 1000)
    words = [f"w{i}" for i in range(3000)]
    with pytest.raises(OSError, match="no space left"):
        word2vec.write_word2vec(Full(), words, random.normal(size=(3000, 2)), False, workers=4)


def test_gensims_options(tmp_path):
    wv = KeyedVectors(["a", "b"], np.array([[1], [2]], np.float32), counts=[5, 3])
    path = tmp_path / "text"
    wv.save_word2vec_format(path, tmp_path / "vocab", total_vec=3, prefix="*")
    assert path.read_text() == "3 1\n*a 1.0\n*b 2.0\n"
    assert (tmp_path / "vocab").read_text() == "*a 5\n*b 3\n"
    KeyedVectors(["c"], [[3]]).save_word2vec_format(path, write_header=False, append=True)
    assert w2v.load(path).index_to_key == ["*a", "*b", "c"]
    with pytest.raises(ValueError, match=r"fvocab=.* no counts"):
        KeyedVectors(["c"], [[3]]).save_word2vec_format(path, tmp_path / "vocab")


def test_a_compressed_file_is_not_appended_to(tmp_path):
    path = tmp_path / "vectors.txt.gz"
    KeyedVectors(["a"], [[1]]).save_word2vec_format(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="append=True cannot add to a compressed file"):
        KeyedVectors(["b"], [[2]]).save_word2vec_format(path, append=True)
    assert path.read_bytes() == before


def test_no_words_make_a_file_that_reads_back(tmp_path):
    for binary in (False, True):
        KeyedVectors([], np.zeros((0, 4))).save_word2vec_format(tmp_path / "none", binary=binary)
        assert (tmp_path / "none").read_bytes() == b"0 4\n"
        assert w2v.load(tmp_path / "none").vectors.shape == (0, 4)


def test_vectors_that_were_pickled_and_prepared_are_written(tmp_path, random):
    wv = KeyedVectors(["a", "b"], random.normal(size=(2, 16)).astype(np.float32), [2, 1])
    again = pickle.loads(pickle.dumps(wv))
    again.prepare()
    for binary in (False, True):
        again.save_word2vec_format(tmp_path / "file", binary=binary)
        assert (w2v.load(tmp_path / "file").vectors == wv.vectors).all()
    for name in ("file.w2v", "file.npz"):
        again.save(tmp_path / name)
        assert (w2v.load(tmp_path / name).vectors == wv.vectors).all()


def test_what_cannot_be_written_is_refused_before_writing(tmp_path):
    wv = KeyedVectors(["a"], [[1.0]])
    with pytest.raises(ValueError, match="decimals=13 is out of range: from 0 to 12"):
        wv.save_word2vec_format(tmp_path / "file", decimals=13)
    with pytest.raises(ValueError, match="prefix='a b'"):
        wv.save_word2vec_format(tmp_path / "file", prefix="a b")
    with pytest.raises(ValueError, match=r"shape \(1, 0\)"):
        KeyedVectors(["a"], np.zeros((1, 0))).save_word2vec_format(tmp_path / "file")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "word", ["", " new", "york ", "windows 10", "tab\tbed", "line\n", "car\r", "\ud800"]
)
def test_words_that_the_format_cannot_hold_are_refused_before_writing(tmp_path, word):
    (tmp_path / "old").write_text("precious")
    with pytest.raises(ValueError, match=r"no place in the word2vec format|cannot be written"):
        KeyedVectors(["a", word], np.zeros((2, 2))).save_word2vec_format(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "precious"
    assert os.listdir(tmp_path) == ["old"]


def test_replacing_leaves_the_old_file_when_writing_fails(tmp_path):
    (tmp_path / "old").write_text("precious")
    with pytest.raises(RuntimeError), streams.replacing(tmp_path / "old") as file:
        file.write(b"half")
        raise RuntimeError
    assert (tmp_path / "old").read_text() == "precious"
    assert os.listdir(tmp_path) == ["old"]


def test_replacing_keeps_the_mode_and_follows_links(tmp_path):
    (tmp_path / "old").write_text("x")
    (tmp_path / "old").chmod(0o640)
    (tmp_path / "link").symlink_to("old")
    with streams.replacing(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "old").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "old").stat().st_mode) == 0o640
    with streams.replacing(os.devnull) as file:
        file.write(b"new")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize("path", ["nowhere/vectors", "."])
def test_a_path_that_cannot_be_written_fails_at_once(tmp_path, path):
    with (
        pytest.raises(OSError, match="output="),
        streams.replacing(tmp_path / path, "output"),
    ):
        raise AssertionError("the block ran")
