"""What is read is what the file says, whatever its kind; damage is an error that says where."""

import bz2
import gzip
import io
import lzma
import math
import random as plain_random
import tracemalloc
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors, formats
from w2v.formats import _rows, source
from w2v.shared import streams

WORDS = ["</s>", "naïve", "词向量", "🙂", "a\u00a0b", "c\u2028", "x" * 500, "\udce9", "7", "nan"]


def save(path, data: bytes):
    path.write_bytes(data)
    return path


def text_of(words, vectors, header=True, gap=" ", end="\n", decimals=None) -> bytes:
    """The obvious twin of the writer: Python's own formatting."""
    lines = [f"{len(words)} {vectors.shape[1]}"] if header else []
    for word, row in zip(words, vectors, strict=True):
        numbers = [repr(x) if decimals is None else f"{x:.{decimals}f}" for x in row.tolist()]
        lines.append(gap.join([word, *numbers]))
    return (end.join(lines) + end).encode("utf-8", "surrogateescape")


def binary_of(words, vectors, end=b"\n", dtype="<f4") -> bytes:
    rows = [
        word.encode("utf-8", "surrogateescape") + b" " + row.astype(dtype).tobytes() + end
        for word, row in zip(words, vectors, strict=True)
    ]
    return b"%d %d\n" % vectors.shape + b"".join(rows)


def vectors_for(random, V, D):
    vectors = random.normal(size=(V, D)).astype(np.float32)
    special = [0, -0.0, math.inf, -math.inf, 1e-45, 3.4028235e38, 1e-4, 16777216, 1e16]
    count = min(len(special), vectors.size)
    vectors.flat[:count] = np.array(special, np.float32)[:count]
    return vectors


def check(stored, words, vectors, kind=None):
    assert stored.words == words
    assert stored.vectors.dtype == vectors.dtype and stored.vectors.shape == vectors.shape
    assert stored.vectors.tobytes() == vectors.tobytes()
    assert kind is None or stored.kind == kind


# ---- what a file is, and its rows ----


@pytest.mark.parametrize("D", [1, 2, 3, 100])
@pytest.mark.parametrize("V", [1, 2, len(WORDS)])
def test_every_kind_is_found_out_and_read_back(tmp_path, random, V, D):
    words, vectors = WORDS[:V], vectors_for(random, V, D)
    layouts = {
        "text": text_of(words, vectors),
        "tabs": text_of(words, vectors, gap="\t"),
        "wide gaps": text_of(words, vectors, gap=" \t "),
        "trailing blank": text_of(words, vectors, end=" \n"),
        "windows": text_of(words, vectors, end="\r\n"),
        "byte order mark": b"\xef\xbb\xbf" + text_of(words, vectors),
        "no final newline": text_of(words, vectors)[:-1],
        "empty lines at the end": text_of(words, vectors) + b"\n \r\n\n",
    }
    for name, data in layouts.items():
        stored = formats.read_rows(save(tmp_path / name, data), errors="surrogateescape")
        check(stored, words, vectors, "word2vec text")
    if not (D == 1 and words[-1] == "7"):
        for name in ("\n", " \n", "\r\n"):
            data = text_of(words, vectors, header=False, end=name)
            stored = formats.read_rows(save(tmp_path / "glove", data), errors="surrogateescape")
            check(stored, words, vectors, "GloVe")
    for end in (b"\n", b""):  # the C tool's layout and gensim's
        data = binary_of(words, vectors, end)
        stored = formats.read_rows(save(tmp_path / "binary", data), errors="surrogateescape")
        check(stored, words, vectors, "word2vec binary")


@pytest.mark.parametrize("block", [1, 64, 1000])
@pytest.mark.parametrize("workers", [1, 3])
def test_the_outcome_depends_on_neither_blocks_nor_threads(
    tmp_path, random, monkeypatch, block, workers
):
    monkeypatch.setattr(source, "BLOCK_BYTES", block)
    monkeypatch.setattr(source, "HEAD_BYTES", 8)
    words, vectors = [f"w{i}" for i in range(300)], vectors_for(random, 300, 3)
    for kind, data in (
        ("word2vec text", text_of(words, vectors)),
        ("GloVe", text_of(words, vectors, header=False) + b"\n" * 200),
        ("word2vec binary", binary_of(words, vectors)),
    ):
        for packed in (data, gzip.compress(data)):
            path = save(tmp_path / "file", packed)
            check(formats.read_rows(path, workers=workers), words, vectors, kind)
            check(formats.read_rows(path, workers=workers, limit=7), words[:7], vectors[:7], kind)
    damaged = text_of(words, vectors).replace(b"w17 ", b"w17 x").replace(b"w200 ", b"w200 1 2 ")
    with pytest.raises(ValueError, match="row 17 of 300, byte"):
        formats.read_rows(save(tmp_path / "file", damaged), workers=workers)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, "zstd"])
def test_compressed_files_of_every_kind(tmp_path, random, pack):
    if pack == "zstd":
        pack = streams.zstd("testing").compress
    words, vectors = [f"w{i}" for i in range(50)], vectors_for(random, 50, 20)
    for kind, data in (
        ("word2vec text", text_of(words, vectors)),
        ("GloVe", text_of(words, vectors, header=False)),
        ("word2vec binary", binary_of(words, vectors)),
    ):
        packed = pack(data)
        check(formats.read_rows(save(tmp_path / "file", packed)), words, vectors, kind)
        for length in (len(packed) - 1, len(packed) // 2, 20):
            with pytest.raises(ValueError, match=r"file': .*(cannot be read to its end|is empty)"):
                formats.read_rows(save(tmp_path / "file", packed[:length]))


def test_standard_input_is_read(tmp_path, monkeypatch):
    data = save(tmp_path / "file", b"2 1\na 1\nb 2\n")
    with open(data) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert w2v.load("-").index_to_key == ["a", "b"]


def test_words_with_blanks_are_told_from_rows_that_are_too_long(tmp_path):
    data = b". . . 0.1 0.2\nat name@domain.com 1 2\nnew\tyork 3 4\n 5 6\n  c 7 8\n"
    stored = formats.read_rows(save(tmp_path / "glove", data))
    assert stored.words == [". . .", "at name@domain.com", "new\tyork", "", "c"]
    assert stored.vectors.tolist() == [
        [np.float32(0.1), np.float32(0.2)], [1, 2], [3, 4], [5, 6], [7, 8],
    ]  # fmt: skip
    with pytest.raises(ValueError, match="row 1, byte 7: 3 numbers instead of 2"):
        formats.read_rows(save(tmp_path / "glove", b"a 1 2 \nb 1 2 3\n"))


def test_no_vectors_at_all(tmp_path):
    for binary in (None, False, True):
        stored = formats.read_rows(save(tmp_path / "empty", b"0 5\n"), binary=binary)
        assert stored.words == [] and stored.vectors.shape == (0, 5)


def test_a_first_row_that_looks_like_a_header_is_a_row_for_those_who_say_so(tmp_path):
    path = save(tmp_path / "glove", b"5 7\n6 8\n")
    with pytest.raises(ValueError, match="promises 5 x 7 numbers"):
        w2v.load(path)
    wv = KeyedVectors.load_word2vec_format(path, no_header=True)
    assert wv.index_to_key == ["5", "6"] and wv.vectors.tolist() == [[7], [8]]


def test_float16_on_disk_is_read_for_those_who_say_so(tmp_path, random):
    words, vectors = WORDS[:4], random.normal(size=(4, 6)).astype(np.float16)
    for end in (b"\n", b""):
        path = save(tmp_path / "half", binary_of(words, vectors, end, "<f2"))
        check(formats.read_rows(path, dtype=np.float16), words, vectors)
        with pytest.raises(ValueError, match=r"dtype=numpy\.float16 reads it as 2-byte"):
            formats.read_rows(path)
    path = save(tmp_path / "whole", binary_of(words, vectors))
    check(formats.read_rows(path, dtype=np.float16), words, vectors)
    path = save(tmp_path / "text", text_of(words, vectors))
    check(formats.read_rows(path, dtype=np.float16), words, vectors)


def test_dtype_and_limit_are_checked(tmp_path, random):
    vectors = random.normal(size=(3, 2))
    path = save(tmp_path / "text", text_of(["a", "b", "c"], vectors))
    check(formats.read_rows(path, dtype=np.float64), ["a", "b", "c"], vectors)
    check(formats.read_rows(path, limit=9), ["a", "b", "c"], vectors.astype(np.float32))
    for bad in (dict(dtype=int), dict(limit=0), dict(errors="shout"), dict(encoding="klingon")):
        with pytest.raises(ValueError, match=f"{next(iter(bad))}="):
            formats.read_rows(path, **bad)


# ---- numbers ----


def nearest_float32(text: str) -> float:
    """The float32 nearest to a decimal, ties to even, by exact fractions."""
    exact = abs(Fraction(Decimal(text)))
    if exact == 0:
        return 0.0
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    exponent -= exact < Fraction(2) ** exponent
    unit = Fraction(2) ** max(exponent - 23, -149)
    whole, rest = divmod(exact, unit)
    whole += rest * 2 > unit or (rest * 2 == unit and whole % 2)
    return math.inf if whole * unit >= 2**128 else float(whole * unit)


def numerals(seed: int, n: int):
    """Decimals of all lengths, with many halfway between two float32, or next to that."""
    choose = plain_random.Random(seed)
    for _ in range(n):
        value = np.uint32(choose.randrange(2**31 - 2**24)).view(np.float32)
        above = np.nextafter(value, np.float32(np.inf))
        halfway = (Decimal(float(value)) + Decimal(float(above))) / 2
        digits = "".join(choose.choices("0123456789", k=choose.randrange(1, 40)))
        point = choose.randrange(len(digits) + 1)
        yield choose.choice(
            [
                f"{float(value):.{choose.randrange(25)}e}",
                f"{halfway}",
                f"{halfway * (1 + Decimal(10) ** -choose.randrange(15, 27))}",
                f"{halfway * (1 - Decimal(10) ** -choose.randrange(15, 27))}",
                f"{digits[:point]}.{digits[point:]}",
                f"0.{'0' * choose.randrange(60)}{digits}E{choose.randrange(-50, 60):+d}",
                f"{digits}e{choose.randrange(-90, 60)}",
            ]
        )


def check_numerals(tmp_path, texts):
    lines = "".join(f"w{i} {text} -{text}\n" for i, text in enumerate(texts))
    path = save(tmp_path / "numbers", f"{len(texts)} 2\n{lines}".encode())
    wanted = np.array([nearest_float32(text) for text in texts], np.float32)
    found = formats.read_rows(path).vectors
    wrong = [text for text, a, b in zip(texts, wanted, found[:, 0], strict=True) if a != b]
    assert not wrong[:5]
    assert found[:, 1].tobytes() == (-wanted).tobytes()
    doubles = formats.read_rows(path, dtype=np.float64).vectors[:, 0]
    assert doubles.tobytes() == np.array(list(map(float, texts))).tobytes()


def test_every_number_becomes_the_nearest_float32(tmp_path):
    texts = list(numerals(1, 4000))
    texts += ["0", "-0".lstrip("-"), "1e4000", "1e-4000", "5.", ".5", "0e7", "1e38"]
    texts += ["3.4028235677973366e38", "3.4028235677973365e38", "7.006492321624085e-46"]
    texts += ["7.0064923216240854e-46", "7.0064923216240853e-46", "9" * 400, "0." + "0" * 400 + "1"]
    check_numerals(tmp_path, texts)


@pytest.mark.slow
def test_a_million_numbers_become_the_nearest_float32(tmp_path):
    check_numerals(tmp_path, list(numerals(2, 1_000_000)))


def test_not_a_number_and_infinity_are_numbers(tmp_path):
    path = save(tmp_path / "text", b"1 8\na nan -nan NaN inf -inf Infinity +INF -1e99999999999\n")
    found = formats.read_rows(path).vectors[0]
    assert np.isnan(found[:3]).all()
    assert found[3:].tolist() == [math.inf, -math.inf, math.inf, math.inf, -math.inf]


@pytest.mark.parametrize(
    "number", ["x", "1x", "1e", "1e+", "-", "+", ".", "-.", "1..2", "1.2.3", "--1", "0x1p3", "1_0",
               "1,5", "nano", "in", "infi", "1\u00a0", "\u0661", "1\0", "\0"],
)  # fmt: skip
def test_what_is_no_number_is_an_error(tmp_path, number):
    data = f"2 2\na 1 2\nb {number} 2\n".encode()
    with pytest.raises(ValueError, match=r"row 1 of 2, byte 10: .* is not a number"):
        formats.read_rows(save(tmp_path / "text", data), binary=False)


# ---- words ----


def test_broken_words_are_repaired_with_one_warning_and_stay_different(tmp_path):
    words = [b"caf\xc3", b"caf\xc3\xa9", b"caf\xe9", b"\xff"]
    rows = b"".join(word + b" %d\n" % i for i, word in enumerate(words))
    path = save(tmp_path / "text", b"4 1\n" + rows)
    repaired = ["caf\ufffd", "café", "caf\ufffd\ufffd", "\ufffd"]
    with pytest.warns(UserWarning, match=r"3 of 4 words .* first in row 0, byte 4: b'caf") as seen:
        assert w2v.load(path).index_to_key == repaired
    assert len(seen) == 1
    with pytest.raises(ValueError, match=r"row 0, byte 4: the word b'caf.xc3' is not utf-8"):
        w2v.load(path, errors="strict")
    kept = w2v.load(path, errors="surrogateescape").index_to_key
    assert [word.encode("utf-8", "surrogateescape") for word in kept] == words
    latin = KeyedVectors.load_word2vec_format(path, encoding="latin-1", unicode_errors="strict")
    assert latin.index_to_key == [word.decode("latin-1") for word in words]
    binary = b"4 1\n" + b"".join(word + b" \0\0\0\0" for word in words)
    with pytest.warns(UserWarning, match="3 of 4 words"):
        assert w2v.load(save(tmp_path / "binary", binary)).index_to_key == repaired


def test_of_repeated_words_the_first_row_is_kept_with_one_warning(tmp_path):
    path = save(tmp_path / "text", b"5 1\na 1\nb 2\na 3\nb 4\na 5\n")
    with pytest.warns(UserWarning, match="3 rows repeat .* first 'a' in rows 0 and 2") as seen:
        wv = w2v.load(path)
    assert len(seen) == 1
    assert wv.index_to_key == ["a", "b"] and wv.vectors.tolist() == [[1], [2]]


def test_counts_come_from_a_vocabulary_file(tmp_path):
    path = save(tmp_path / "text", b"3 1\na 1\nb 2\nc 3\n")
    vocabulary = save(tmp_path / "vocab", b"c 5\na 9\n")
    wv = KeyedVectors.load_word2vec_format(path, vocabulary)
    assert wv.counts.tolist() == [9, 0, 5]


# ---- damage ----


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "the file is empty"),
        (b"\n", "not a file of word vectors"),
        (b"hello world\n", "not a file of word vectors: the first line is b'hello world'"),
        (b"2\na 1\n", "not a file of word vectors"),
        (b"9999999999 300\na 1\n", "promises 9999999999 x 300 numbers, too many for 19 bytes"),
        (b"1 0\na\n", "0 dimensions"),
        (b"2 2\na 1 2\nb 1 x\n", "row 1 of 2, byte 10: b'x' is not a number"),
        (b"2 2\na 1 2\nb 1 2 3\n", "row 1 of 2, byte 10: 3 numbers instead of 2"),
        (b"2 2\na 1 2\nb 1\n", "row 1 of 2, byte 10: 1 numbers instead of 2"),
        (b"2 2\na 1 2\n1.5 1\n", "row 1 of 2, byte 10: 1 numbers instead of 2"),
        (b"3 2\na 1 2\n\nb 1 2\n", "row 1 of 3, byte 10: the line is empty"),
        (b"1 2\na 1 2\nb 1 2\n", "promises 1 words, but 2 rows follow"),
        (b"3 2\na 1 2\nb 1 2\n", "promises 3 words, but 2 rows follow"),
        (b"a 1 2\nb 1\n", "row 1, byte 6: 1 numbers instead of 2"),
        (b"2 1\na \0\0\0\0\nb \0\0\0", "row 1 of 2, byte 11: the file ends"),
        (b"1 1\na \0\0\0\0\nb \0\0\0\0\n", "promises 1 words, but 2 rows follow"),
        (b"1 1\na \0\0\0\0\nb \0", "promises 1 words, but 1 rows and 3 bytes follow"),
        (b"PK\x03\x04...", "no .npz of words and vectors: File is not a zip file"),
        (b"\x80\x04\x95", "a pickle, byte 3: the file ends"),
        ("2 1\na 1\nb 2\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_where(tmp_path, data, message):
    with pytest.raises(ValueError, match=message):
        w2v.load(save(tmp_path / "vectors", data))
    if data[:2] not in (b"", b"PK", b"\x80\x04", b"\xff\xfe", b"99"):
        with pytest.raises(ValueError, match=message):
            w2v.load(save(tmp_path / "packed", gzip.compress(data)))


@pytest.mark.parametrize("binary", [False, True])
def test_a_wrong_binary_is_an_error_that_says_what_the_file_is(tmp_path, random, binary):
    make = text_of if binary else binary_of
    path = save(tmp_path / "file", make(WORDS[:3], vectors_for(random, 3, 5)))
    what = "text" if binary else "binary"
    with pytest.raises(ValueError, match=f"binary={binary}, but this is word2vec {what}"):
        KeyedVectors.load_word2vec_format(path, binary=binary)
    with pytest.raises(ValueError, match="binary=True, but this is text without a header"):
        KeyedVectors.load_word2vec_format(save(tmp_path / "glove", b"a 1 2\n"), binary=True)
    with pytest.raises(ValueError, match="binary files have a header"):
        KeyedVectors.load_word2vec_format(path, binary=True, no_header=True)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        w2v.load(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["text", "decimals", "GloVe", "binary", "gensim's binary"])
def test_every_truncation_is_an_error_or_a_correct_answer(tmp_path, random, kind):
    words, vectors = ["one", "two", "thr\u00e9e"], random.normal(size=(3, 4)).astype(np.float32)
    decimals = 6 if kind == "decimals" else None
    if "binary" in kind:
        whole = binary_of(words, vectors, b"" if "gensim" in kind else b"\n")
    else:
        whole = text_of(words, vectors, kind != "GloVe", decimals=decimals)
    vectors = formats.read_rows(save(tmp_path / "vectors", whole)).vectors
    last_number = len(whole) - whole.rindex(b" ") - 1
    n_errors = 0
    for length in range(len(whole)):
        try:
            stored = formats.read_rows(save(tmp_path / "vectors", whole[:length]))
        except ValueError as error:
            assert "vectors'" in str(error)
            n_errors += 1
            continue
        if "binary" in kind:
            assert whole[length:] == b"\n"
        elif kind != "GloVe":
            assert len(whole) - length <= last_number  # the last number may be cut
        else:
            # Without a header only rows of unequal length can tell.
            lengths = {len(line.split()) for line in whole[:length].splitlines()}
            assert len(lengths) == 1
        n_rows = len(stored.words) - 1
        assert stored.words[:n_rows] == words[:n_rows]
        assert kind == "GloVe" or stored.vectors[:2].tobytes() == vectors[:2].tobytes()
    assert n_errors > len(whole) // 2


def mutated(choose, data: bytes) -> bytes:
    """Return `data` with a few bytes changed, left out, repeated, or inserted."""
    out = bytearray(data)
    for _ in range(choose.randrange(1, 4)):
        at = choose.randrange(len(out) + 1)
        kind = choose.randrange(5)
        if kind == 0 and at < len(out):
            out[at] = choose.randrange(256)
        elif kind == 1:
            del out[at : at + choose.randrange(1, 9)]
        elif kind == 2:
            out[at:at] = out[at : at + choose.randrange(1, 40)]
        elif kind == 3:
            out[at:at] = choose.choice(
                [b"\n", b" ", b"9" * 12, b"-", b"\0", b"\xff\xff", b"e9", b"\r"]
            )
        elif len(out) > 20:
            del out[at:]
    return bytes(out)


def valid_files(random) -> list[bytes]:
    words, vectors = ["one", "two", "thr\u00e9e", ". ."], vectors_for(random, 4, 5)
    many = [f"w{i}" for i in range(30)]
    plain = [
        text_of(words, vectors),
        text_of(words, vectors, header=False),
        text_of(many, vectors_for(random, 30, 2), decimals=6, gap="\t", end="\r\n"),
        binary_of(words[:3], vectors[:3]),
        binary_of(many, vectors_for(random, 30, 1), b""),
    ]
    packed = [gzip.compress(plain[0]), bz2.compress(plain[1]), lzma.compress(plain[3])]
    return plain + packed


@pytest.mark.parametrize("share", [0.3, 0.5, 0.505, 0.51, 0.55, 0.6, 0.9])
def test_a_file_of_floats_that_is_cut_is_not_taken_for_halves(tmp_path, random, share):
    words = [f"w{i}" for i in range(300)]
    data = binary_of(words, vectors_for(random, 300, 50))
    path = save(tmp_path / "cut", data[: int(len(data) * share)])
    for dtype in (np.float32, np.float16):
        with pytest.raises(ValueError, match=r"too many for \d+ bytes$"):
            w2v.load(path, dtype=dtype)


@pytest.mark.parametrize("gap", [b" ", b"\t"])
def test_a_line_of_endless_numbers_is_no_row(tmp_path, allocating_at_most, gap):
    path = save(tmp_path / "numbers", (b"1" + gap) * 8_000_000)
    with allocating_at_most(8 << 20), pytest.raises(ValueError, match="more than 1,000,000 blanks"):
        w2v.load(path)  # before the rest is read


@pytest.mark.parametrize(
    "n_cases, piped",
    [
        (15_000, True),
        (3_000, False),
        pytest.param(500_000, True, marks=pytest.mark.slow),
        pytest.param(100_000, False, marks=pytest.mark.slow),
    ],
)
def test_no_mutation_of_a_file_does_more_than_raise(tmp_path, random, monkeypatch, n_cases, piped):
    """Vectors or ValueError, and memory in proportion to the file."""
    choose, outcomes = plain_random.Random(n_cases), [0, 0]
    originals = valid_files(random)
    path = tmp_path / "vectors"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in range(n_cases):
            data = mutated(choose, originals[case % len(originals)])
            if piped:
                stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)))
                monkeypatch.setattr("sys.stdin", stdin)
            else:
                path.write_bytes(data)
            traced = case % 100 < len(originals)
            if traced:
                tracemalloc.start()
            try:
                stored = formats.read_rows("-" if piped else path, workers=1)
            except ValueError:
                outcomes[0] += 1
            else:
                outcomes[1] += 1
                assert len(stored.words) == len(stored.vectors)
            if traced:
                _, peak = tracemalloc.get_traced_memory()
                tracemalloc.stop()
                # Blocks are 1 MB and are doubled; decompressors have tables of their own.
                assert peak < (1 << 24) + 100 * len(data)
    assert min(outcomes) > n_cases / 20


@pytest.mark.parametrize("packed", [False, True])
def test_memory_is_not_taken_on_the_word_of_a_header(tmp_path, packed):
    for header in (b"999999999 1", b"1 999999999", b"99999 99999"):
        for rows in (b"a 1 2 3\n" * 1000, b"a \0\0\0\0\n" * 1000, b"a " + bytes(100_000)):
            data = header + b"\n" + rows
            path = save(tmp_path / "file", gzip.compress(data) if packed else data)
            tracemalloc.start()
            with pytest.raises(ValueError, match=r"promises|row \d+ of"):
                formats.read_rows(path)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < (1 << 24)


def test_rows_that_are_too_short_are_not_written():
    data = b"a 1 2 3\nb 4 5\n"
    out, spans = np.zeros((2, 3), np.float32), np.zeros((3, 2), np.int64)
    padded = data + bytes(_rows.PADDING)
    assert _rows.parse_rows(padded, len(data), out[:1], spans) == 1
    assert spans.tolist()[1] == [8, 5]
    assert out.tolist() == [[1, 2, 3], [0, 0, 0]]  # there was no room for the second


# ---- against gensim ----


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_and_this_package_read_each_others_files(tmp_path, random, binary):
    gensim = pytest.importorskip("gensim.models.keyedvectors")
    words = ["</s>", "naïve", "词向量", "🙂", "a\u00a0b", "x" * 500, "7", "nan"]
    for V, D in ((8, 1), (1, 1), (1, 7), (8, 100)):
        vectors = vectors_for(random, V, D)
        theirs = gensim.KeyedVectors(D)
        theirs.add_vectors(words[:V], vectors)
        theirs.save_word2vec_format(tmp_path / "theirs", binary=binary)
        check(formats.read_rows(tmp_path / "theirs"), words[:V], vectors)
        ours = KeyedVectors(words[:V], vectors)
        for decimals in (None, 6):
            ours.save_word2vec_format(tmp_path / "ours", binary=binary, decimals=decimals)
            again = formats.read_rows(tmp_path / "ours").vectors
            if binary or D > 1 or decimals is None:
                loaded = gensim.KeyedVectors.load_word2vec_format(tmp_path / "ours", binary=binary)
                assert loaded.index_to_key == words[:V]
                assert loaded.vectors.tobytes() == again.tobytes()
            assert (binary or decimals is None) <= (again.tobytes() == vectors.tobytes())


@pytest.mark.slow
@pytest.mark.parametrize("binary", [False, True])
def test_a_million_words_of_one_dimension(tmp_path, random, binary):
    words = [f"w{i}" for i in range(1_000_000)]
    vectors = random.normal(size=(1_000_000, 1)).astype(np.float32)
    KeyedVectors(words, vectors).save_word2vec_format(tmp_path / "file", binary=binary)
    check(formats.read_rows(tmp_path / "file"), words, vectors)


NAMES = [b"Leonardo da Vinci 0.1 0.2 0.3\n", b"Windows 10 0.4 0.5 0.6\n"]


@pytest.mark.parametrize("header", [b"2 3\n", b""])
@pytest.mark.parametrize("lines", [NAMES, NAMES[::-1]])
def test_words_with_blanks_may_end_in_numbers_where_others_have_blanks(tmp_path, header, lines):
    wv = w2v.load(save(tmp_path / "names", header + b"".join(lines)))
    assert sorted(wv.index_to_key) == ["Leonardo da Vinci", "Windows 10"]
    np.testing.assert_array_equal(wv["Windows 10"], np.array([0.4, 0.5, 0.6], "f"))
    with pytest.raises(ValueError, match="row 0 of 2, byte 4: 4 numbers instead of 3"):
        w2v.load(save(tmp_path / "names", b"2 3\n" + NAMES[1] + b"the 0.1 0.2 0.3\n"))


def test_numbers_that_are_none_are_named_and_never_taken_for_binary(tmp_path):
    values = [b" ".join(b"0.%06d" % (i * j % 10**6) for j in range(50)) for i in range(2000)]

    def load(change, **options):
        rows = b"".join(b"w%d " % i + change(value) + b"\n" for i, value in enumerate(values))
        return w2v.load(save(tmp_path / "file", b"2000 50\n" + rows), **options)

    def commas(value):
        return value.replace(b".", b",")

    wanted = load(lambda value: value).vectors
    for limit in (None, 100):
        with pytest.raises(ValueError, match=r"row 0 .*'0,000000' is not a number \(column 1 of"):
            load(commas, limit=limit)
        assert (load(commas, limit=limit, decimal=",").vectors == wanted[:limit]).all()
        for change, message in {
            "semicolons": (lambda value: value.replace(b" ", b";"), "';' separates"),
            "commas": (lambda value: value.replace(b" ", b","), "',' separates"),
            "pairs": (lambda value: value.replace(b" ", b" 1:"), "b'1:0.* is not a number"),
            "brackets": (lambda value: b"[" + value + b"]", "blanks alone separate"),
        }.values():
            with pytest.raises(ValueError, match=message):
                load(change, limit=limit)


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("D", [8, 25, 100])
def test_binary_rows_of_words_with_blanks_do_not_shift(tmp_path, random, D, end):
    words = ["the", "New York", "a", "San Francisco Bay", *(f"w{i}" for i in range(300))]
    vectors = random.normal(size=(len(words), D)).astype("<f4")
    rows = [w.encode() + b" " + v.tobytes() + end for w, v in zip(words, vectors, strict=True)]
    data = b"%d %d\n" % (len(words), D) + b"".join(rows)
    for limit in (None, 3, 100):
        wv = w2v.load(save(tmp_path / "file", data), limit=limit)
        assert wv.index_to_key == words[:limit]
        assert wv.vectors.tobytes() == vectors[:limit].tobytes()
    for n in (1 + len(end), 20):
        with pytest.raises(ValueError, match=r"row \d+ of|promises"):
            w2v.load(save(tmp_path / "file", data[:-n]), errors="surrogateescape")
    wv = w2v.load(save(tmp_path / "file", data))
    wv.save_word2vec_format(tmp_path / "text")
    again = w2v.load(tmp_path / "text")
    assert again.index_to_key == words and again.vectors.tobytes() == vectors.tobytes()
    with pytest.raises(ValueError, match="'New York' has no place"):
        wv.save_word2vec_format(tmp_path / "binary", binary=True)


@pytest.mark.parametrize("word", [b"x" * 200_000, b"word " + bytes(16) + b"y" * 200_000])
def test_a_word_without_end_is_an_error_not_memory(tmp_path, word, allocating_at_most):
    path = save(tmp_path / "file", gzip.compress(b"3 4\n" + word + bytes(50_000_000)))
    with (
        allocating_at_most(20_000_000),
        pytest.raises(ValueError, match=r"no (blank ends|line end)"),
    ):
        w2v.load(path)


def test_a_vocabulary_file_may_have_tabs_and_broken_words(tmp_path):
    rows = b"3 1\na 1\ncaf\xe9 2\nb 3\n"
    (tmp_path / "vocab").write_bytes(b"a\t5\ncaf\xe9  4\n b 3 \n")
    path = save(tmp_path / "file", rows)
    with pytest.warns(UserWarning, match="1 of 3 words"):
        wv = KeyedVectors.load_word2vec_format(path, tmp_path / "vocab")
    assert wv.counts.tolist() == [5, 4, 3]
    wv = KeyedVectors.load_word2vec_format(path, tmp_path / "vocab", encoding="latin-1")
    assert wv.index_to_key == ["a", "café", "b"] and wv.counts.tolist() == [5, 4, 3]
