"""The n-grams of words, their buckets and the means of their rows are those of fastText."""

import re

import numpy as np
import pytest

from w2v.formats.subwords import NgramRows, Spelling, Subwords

WORDS = [
    b"", b"x", b"cat", b"</s>", "naïve".encode(), "wörd".encode(), "слова".encode(),
    "词向量".encode(), "🙂x".encode(), b"\x80", b"\x80\x80a", b"a\xff\xfeb", b"\xe8\xaf",
    b"\xd0", b"<", b">", b"aaaaaaa", b"a" * 300,
]  # fmt: skip


def n_grams(word: bytes, min_n: int, max_n: int) -> list[bytes]:
    """The n-grams of <word>, character by character;
    a stray continuation byte joins the one before.
    """
    if word == b"</s>":
        return []
    characters = re.findall(rb"[^\x80-\xbf][\x80-\xbf]*", b"<" + word + b">", re.DOTALL)
    L = len(characters)
    return [
        b"".join(characters[i : i + n])
        for i in range(L)
        for n in range(max(min_n, 1), min(max_n, L - i) + 1)
        if not (n == 1 and i in (0, L - 1))
    ]


def signed_fnv_1a(data: bytes) -> int:
    value = 2166136261
    for byte in data:
        signed = byte - 256 if byte > 127 else byte
        value = ((value ^ (signed & 0xFFFFFFFF)) * 16777619) % 2**32
    return value


@pytest.mark.parametrize("min_n, max_n", [(3, 6), (1, 1), (1, 3), (0, 2), (2, 2), (5, 4), (0, 0)])
def test_n_grams_and_buckets_are_those_of_a_slow_twin(min_n, max_n):
    subwords = Subwords(min_n, max_n, 2_000_000)
    offsets, buckets = subwords.table(WORDS)
    wanted = [n_grams(word, min_n, max_n) for word in WORDS]
    assert np.diff(offsets).tolist() == [len(grams) for grams in wanted]
    assert buckets.tolist() == [signed_fnv_1a(g) % 2_000_000 for grams in wanted for g in grams]
    for word, grams in zip(WORDS, wanted, strict=True):
        # A continuation byte at the start of a word is of the character of the bracket.
        assert subwords.strings(word) == grams
        assert subwords.of(word).tolist() == [subwords.bucket_of(gram) for gram in grams]


def test_hashes_of_golden_words_are_those_of_fasttext():
    # Plain FNV-1a of ASCII has published values; beyond it bytes are sign-extended.
    whole = Subwords(3, 6, 2**31 - 1)
    assert signed_fnv_1a(b"foobar") == 0xBF9CF968
    assert whole.bucket_of(b"foobar") == 0xBF9CF968 % (2**31 - 1)
    assert whole.bucket_of("ö".encode()) == signed_fnv_1a("ö".encode()) % (2**31 - 1)


def float32_mean(rows: list) -> np.ndarray:
    total = np.zeros(len(rows[0]), np.float32)
    for row in rows:
        total = total + row
    return total * np.float32(1 / len(rows))


@pytest.mark.parametrize("counts_missing", [True, False])
def test_means_are_float32_sums_in_order_whatever_rows_are_kept(random, counts_missing):
    subwords = Subwords(2, 3, 50)
    full = random.normal(size=(50, 7)).astype(np.float32)
    own = random.normal(size=(len(WORDS), 7)).astype(np.float32)
    in_use = np.sort(random.choice(50, 30, replace=False)).astype(np.uint32)
    kept = NgramRows(subwords, full[in_use], in_use, counts_missing)
    holes = np.setdiff1d(np.arange(50), in_use)
    full[holes] = 0
    whole = NgramRows(subwords, full)
    # At an odd address, as in a mapped file.
    moved = np.ndarray((50, 7), "<f4", b"?" + full.tobytes(), 1)
    for known in (own, None):
        wanted = []
        for row, word in enumerate(WORDS):
            buckets = [b for b in subwords.of(word) if counts_missing or b not in holes]
            rows = [own[row]] * (known is not None) + [full[b] for b in buckets]
            wanted.append(float32_mean(rows) if rows else np.zeros(7))
        wanted = np.array(wanted, np.float32)
        assert kept.means(known, Spelling.of(WORDS)).tobytes() == wanted.tobytes()
        if counts_missing:
            for table in (kept, whole, NgramRows(subwords, moved)):
                for row, word in enumerate(WORDS):
                    vector, n = table.mean(None if known is None else own[row], word)
                    assert vector.tobytes() == wanted[row].tobytes()
                    assert n == len(subwords.of(word))
                for workers in (1, 3):
                    found = table.means(known, Spelling.of(WORDS), workers)
                    assert found.tobytes() == wanted.tobytes()
    np.testing.assert_array_equal(kept.full(), full)


def test_rows_that_do_not_fit_their_buckets_are_refused(random):
    with pytest.raises(ValueError, match=r"rows: 9 of them for 50 buckets"):
        NgramRows(Subwords(3, 6, 50), np.zeros((9, 2), np.float32))
    with pytest.raises(ValueError, match=r"buckets: 1 of them for 2 rows"):
        NgramRows(Subwords(3, 6, 50), np.zeros((2, 2), np.float32), np.zeros(1, np.uint32))
