"""Co-occurrences: counted as a twin counts, kept, and GloVe's own files to the byte.

The digests are of what GloVe's vocab_count and cooccur wrote, with the options of each case.
"""

import hashlib
import os
import shutil
import tempfile
from collections import defaultdict
from fractions import Fraction

import golden_texts
import numpy as np
import pytest

import w2v
from w2v.cooccurrence import c_programs, counting
from w2v.corpus.vocabulary import Vocabulary

CASES = {  # text, arguments, digests of vocab.txt and cooccurrence.bin
    "symmetric": (
        "plain", dict(window=5, min_count=2),
        "5fc0b7b6d32c1008f1760427724c53bf8839750c8a48817ed811f6076d1dec02",
        "7618e579239e6bf38b5aa432b416ed8b4ee1b2da1413281a668d492efbeab51b",
    ),
    "left only": (
        "plain", dict(window=5, min_count=2, symmetric=False),
        "5fc0b7b6d32c1008f1760427724c53bf8839750c8a48817ed811f6076d1dec02",
        "935f191290afa23f7c7dbbd001349f6791e202701b8bc241095c9f1212b17e28",
    ),
    "flat": (
        "plain", dict(window=3, min_count=2, distance_weighting=False),
        "5fc0b7b6d32c1008f1760427724c53bf8839750c8a48817ed811f6076d1dec02",
        "a2d4620779f722438ca84ac3c490de463782ad595d0bcee7437d9b01c5abdad0",
    ),
    "files": (
        "plain", dict(window=5, min_count=2, max_product=2000, overflow_length=5000),
        "5fc0b7b6d32c1008f1760427724c53bf8839750c8a48817ed811f6076d1dec02",
        "b16c514b0b9f3b2046b67b10b041e3ff962aaaf753f3e4aa81f6a189703e1914",
    ),
    "nasty": (
        "nasty", dict(window=15, min_count=1),
        "6e152b295365af59b0cf9b70062bd2ba9412170c21e61f095062ca4f1fc503cf",
        "f34d6d1b1e95cd1f1cdc55c5d8835716221375a0563ea7875a231bfda5ea9255",
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "plain").write_bytes(golden_texts.plain())
    (tmp_path / "nasty").write_bytes(golden_texts.nasty())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def twin(sentences, words, window, symmetric, weighting):
    """The definition, in fractions: {(row, column): sum} of the whole matrix."""
    ids, sums = {word: i for i, word in enumerate(words)}, defaultdict(Fraction)
    for sentence in sentences:
        text = [ids[word] for word in sentence if word in ids]
        for place, word in enumerate(text):
            for distance, left in enumerate(text[max(place - window, 0) : place][::-1], 1):
                weight = Fraction(1, distance) if weighting else 1
                sums[left, word] += weight
                if symmetric:
                    sums[word, left] += weight
    return sums


def whole(counts):
    """The same from an object under test, as floats."""
    return {
        (first + row, int(column)): value
        for first, sizes, columns, values in counts.blocks(50)
        for row, column, value in zip(
            np.repeat(np.arange(len(sizes)), sizes), columns, values, strict=True
        )
    }


def some_sentences(random, n=60, V=40):
    return [
        [f"w{word}" for word in (V * random.random(size=random.integers(0, 40)) ** 2).astype(int)]
        for _ in range(n)
    ]


def arrays(counts):
    return counts.offsets.tobytes(), counts.columns.tobytes(), counts.values.tobytes()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("chunk", [1 << 16, 500])
def test_exact_mode_writes_the_bytes_of_glove(folder, name, chunk, monkeypatch):
    text, arguments, vocabulary, records = CASES[name]
    monkeypatch.setattr(c_programs, "CHUNK_TOKENS", chunk)
    counts = w2v.Cooccurrence.count(text, exact=True, **arguments)
    counts.save_glove_format("records", "vocab")
    assert digest(folder / "vocab") == vocabulary
    assert digest(folder / "records") == records


def test_exact_mode_counts_texts_shorter_than_the_window(folder):
    (folder / "short").write_text("a b a\n")
    counts = w2v.Cooccurrence.count("short", exact=True, min_count=1, window=15)
    assert (counts["a", "a"], counts["a", "b"]) == (2 * (1 / 2 + 1 / 2), 2.0)


def test_a_table_for_exact_mode_alone_is_refused_elsewhere(folder):
    with pytest.raises(ValueError, match="exact=True alone takes these; leave them out"):
        w2v.Cooccurrence.count("plain", max_product=10)
    with pytest.raises(ValueError, match="overflow_length=3 is out of range: from 6 up"):
        w2v.Cooccurrence.count("plain", exact=True, window=5, overflow_length=3)


def test_exact_mode_reads_a_vocabulary_as_glove_does(folder):
    _, _, vocabulary, records = CASES["nasty"]
    w2v.Cooccurrence.count("nasty", exact=True, min_count=1).save_glove_format("other", "vocab")
    counts = w2v.Cooccurrence.count("nasty", exact=True, vocabulary="vocab", window=15)
    counts.save_glove_format("records", "again")
    assert digest(folder / "again") == vocabulary and digest(folder / "records") == records
    (folder / "unk").write_text("a <unk> b\n")
    with pytest.raises(ValueError, match="'unk' has the token <unk>"):
        w2v.Cooccurrence.count("unk", exact=True)
    with pytest.raises(TypeError, match=r"exact=True.*pass the path"):
        w2v.Cooccurrence.count([["a", "b"]], exact=True)


def test_flat_counts_are_glove_s_without_exact_mode(folder):
    text, arguments, vocabulary, _ = CASES["flat"]
    w2v.Cooccurrence.count(text, exact=True, **arguments).save_glove_format("exact")
    w2v.Cooccurrence.count(text, **arguments).save_glove_format("records", "vocab")
    exact, ours = (np.fromfile(name, "<i4,<i4,<f8") for name in ("exact", "records"))
    exact["f2"][0] /= 2  # which GloVe counts twice
    assert digest(folder / "vocab") == vocabulary
    assert ours.tobytes() == exact.tobytes()


@pytest.mark.parametrize("window", [1, 4, 15, 30])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("weighting", [True, False])
def test_counting_equals_the_twin(random, window, symmetric, weighting):
    sentences = some_sentences(random)
    counts = w2v.Cooccurrence.count(sentences, window, symmetric, weighting, min_count=3)
    expected = twin(sentences, counts.vocabulary.words, window, symmetric, weighting)
    found = whole(counts)
    assert set(found) == {pair for pair, value in expected.items() if value}
    for pair, value in expected.items():
        assert found[pair] == (float(value) if window < 23 else pytest.approx(float(value), 1e-9))
        assert counts[tuple(counts.vocabulary.words[i] for i in pair)] == found[pair]


def test_neither_threads_nor_memory_change_a_bit(random, monkeypatch):
    # More rows than a summary of marks has bits, so that rows are found by marks and by scans.
    sentences = some_sentences(random, 2000, 9000)
    expected = arrays(w2v.Cooccurrence.count(sentences, min_count=1, workers=1))
    assert arrays(w2v.Cooccurrence.count(sentences, min_count=1, workers=3)) == expected
    monkeypatch.setattr(counting, "LEAST_TASK", 64)  # tasks end in another order than they begin
    spilled = []
    spill = counting.Store.spill
    monkeypatch.setattr(
        counting.Store, "spill", lambda self, *a: (spilled.append(len(a[0])), spill(self, *a))
    )
    for workers in (1, 2, 3, 8):
        counts = w2v.Cooccurrence.count(
            sentences, min_count=1, workers=workers, memory_limit=1 << 20
        )
        assert arrays(counts) == expected
        assert spilled
        spilled.clear()


def test_a_line_longer_than_a_block_of_text_is_counted_whole(tmp_path, random):
    words = [f"w{word}" for word in random.integers(9, size=700_000)]
    (tmp_path / "text").write_text(" ".join(words))
    counts = w2v.Cooccurrence.count(tmp_path / "text", 2, distance_weighting=False)
    assert counts.values.sum() * 2 - sum(counts[w, w] for w in counts.vocabulary.words) == (
        2 * (len(words) - 1 + len(words) - 2)
    )


def test_sums_beyond_2_53_are_divided_to_the_last_bit_but_one():
    for value in (0, 7, 2**53 - 1, 2**53 + 1, 2**62 + 12345):
        found = counting.as_floats(np.array([value]), 360360)
        assert found[0] == pytest.approx(float(Fraction(value, 360360)), rel=3e-16)


def test_the_unit_is_exact_as_long_as_sums_fit():
    unit, weights = counting.weigh(15, True, 10**9)
    assert unit == 360360 and (weights[1:] * np.arange(1, 16) == unit).all()
    unit, weights = counting.weigh(60, True, 10**9)
    assert unit & (unit - 1) == 0 and 2 * 10**9 * int(weights.sum()) < 2**63
    with pytest.raises(ValueError, match="window=10000: too wide for words"):
        counting.weigh(10_000, True, 10**17)


def test_words_of_equal_counts_are_in_glove_s_order():
    counts = w2v.Cooccurrence.count([["b", "a", "é", "ab"], ["c", "c"]], min_count=1)
    assert counts.vocabulary.words == ["c", "é", "a", "ab", "b"]
    assert counts["a", "ab"] == 0.5 and counts["ab", "é"] == 1


def test_ids_and_phrases_are_counted(random):
    walks = random.integers(5, size=(50, 8))
    by_ids = w2v.Cooccurrence.count(walks, 3)
    by_words = w2v.Cooccurrence.count([[str(i) for i in walk] for walk in walks], 3)
    assert by_ids[0, 1] == by_words["0", "1"] > 0
    sentences = [["new", "york", *words] for words in some_sentences(random)]
    counts = w2v.Cooccurrence.count(sentences, phrases=1)
    assert counts["new_york", "w0"] > 0 and len(counts.phrases) == 1
    known = w2v.Cooccurrence.count(sentences, vocabulary=Vocabulary(["york", "new"], [9, 9]))
    assert known.vocabulary.words == ["york", "new"] and known["new", "york"] == len(sentences)


def test_what_is_saved_comes_back(tmp_path, random):
    counts = w2v.Cooccurrence.count(some_sentences(random), 7, phrases=1)
    counts.save(tmp_path / "counts.w2v")
    again = w2v.Cooccurrence.load(tmp_path / "counts.w2v")
    assert arrays(again) == arrays(counts)
    assert list(again.vocabulary.words) == counts.vocabulary.words
    assert (again.window, again.symmetric, again.n_read) == (7, True, counts.n_read)
    with pytest.raises(ValueError, match="co-occurrences, no vectors"):
        w2v.load(tmp_path / "counts.w2v")
    w2v.KeyedVectors(["a"], np.ones((1, 2))).save(tmp_path / "vectors.w2v")
    with pytest.raises(ValueError, match=r"vectors, no co-occurrences: w2v\.load"):
        w2v.Cooccurrence.load(tmp_path / "vectors.w2v")


@pytest.mark.parametrize("symmetric", [True, False])
def test_glove_s_files_come_back_byte_for_byte_even_shuffled(tmp_path, random, symmetric):
    records, vocab = tmp_path / "cooccurrence.bin", tmp_path / "vocab.txt"
    counts = w2v.Cooccurrence.count(some_sentences(random), 4, symmetric)
    counts.save_glove_format(records, vocab)
    before = records.read_bytes(), vocab.read_bytes()
    random.shuffle(shuffled := np.fromfile(records, "V16"))
    shuffled.tofile(tmp_path / "shuffled")
    again = w2v.Cooccurrence.load_glove_format(tmp_path / "shuffled", vocab)
    assert arrays(again) == arrays(counts) and again.symmetric == symmetric
    again.save_glove_format(records, vocab)
    assert (records.read_bytes(), vocab.read_bytes()) == before


def test_to_scipy_is_the_whole_matrix(random):
    pytest.importorskip("scipy.sparse")
    for symmetric in (True, False):
        counts = w2v.Cooccurrence.count(some_sentences(random), 4, symmetric, min_count=1)
        matrix = counts.to_scipy()
        assert matrix.has_canonical_format
        found = {(int(i), int(j)): v for (i, j), v in matrix.todok().items()}
        assert found == whole(counts)
        assert matrix.nnz == counts.row_sizes.sum()


BAD_RECORDS = {
    "cut off": (b"\0" * 17, "17 bytes; records of 16"),
    "empty": (b"", "0 bytes"),
    "id": (np.array((1, 4, 1.0), "<i4,<i4,<f8").tobytes(), "record 0 names word 4 of 3; the voc"),
    "foreign": (np.array((1, 2, 1.0), ">i4,>i4,>f8").tobytes(), "of the other byte order"),
    "zero": (np.array((1, 2, 0.0), "<i4,<i4,<f8").tobytes(), r"record 0 counts 0\.0"),
    "nan": (np.array((1, 2, np.nan), "<i4,<i4,<f8").tobytes(), "record 0 counts nan"),
    "twice": (np.array((1, 2, 1.0), "<i4,<i4,<f8").tobytes() * 2, "words 1 and 2 stands twice"),
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_damaged_records_are_named(tmp_path, name):
    data, message = BAD_RECORDS[name]
    (tmp_path / "records").write_bytes(data)
    (tmp_path / "vocab").write_text("a 3\nb 2\nc 1\n")
    with pytest.raises(ValueError, match=message):
        w2v.Cooccurrence.load_glove_format(tmp_path / "records", tmp_path / "vocab")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(window=0), "window=0 is out of range"),
        (dict(window=2.5), "window=2.5"),
        (dict(memory_limit=1000), "memory_limit=1000"),
        (dict(workers=0), "workers=0"),
        (dict(min_count=9), "min_count=9 leaves 0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        w2v.Cooccurrence.count([["a", "b"]], **arguments)
    with pytest.raises(ValueError, match="holds no words"):
        w2v.Cooccurrence.count([])


def test_a_full_disk_is_told_before_and_while_spilling(random, monkeypatch, tmp_path):
    sentences = some_sentences(random, 2000, 9000)
    count = lambda: w2v.Cooccurrence.count(sentences, min_count=1, memory_limit=1 << 20)  # noqa: E731
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(OSError, match=r"TMPDIR=.* are needed there"):
        count()
    monkeypatch.undo()
    if not os.path.exists("/dev/full"):
        return
    full = lambda prefix: open("/dev/full", "wb", 0)  # noqa: E731
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(OSError, match="counts cannot be written there: No space left"):
        count()


def test_damaged_rows_are_refused():
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    for offsets, columns in (([0, 1, 2], [1, 0]), ([0, 0, 2], [1, 1]), ([0, 2, 1], [0, 0])):
        with pytest.raises(ValueError, match="row"):
            w2v.Cooccurrence(
                vocabulary, np.array(offsets), np.array(columns, np.int32), np.ones(2),
                symmetric=True,
            )  # fmt: skip


def dense(counts):
    matrix = np.zeros((len(counts), len(counts)))
    for pair, value in whole(counts).items():
        matrix[pair] = value
    return matrix


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("smoothing, shift", [(1, 1), (0.75, 1), (1, 3)])
def test_ppmi_is_the_formula(random, symmetric, smoothing, shift):
    counts = w2v.Cooccurrence.count(some_sentences(random), 4, symmetric, min_count=1)
    x = dense(counts)
    words, contexts = x.sum(axis=1) / x.sum(), x.sum(axis=0) ** smoothing
    with np.errstate(divide="ignore", invalid="ignore"):
        pmi = np.log(x / x.sum() / np.outer(words, contexts / contexts.sum()))
    expected = np.maximum(np.nan_to_num(pmi, neginf=0) - np.log(shift) * (x > 0), 0)
    found = w2v.ppmi(counts, smoothing, shift)
    np.testing.assert_allclose(dense(found), expected, atol=1e-12)
    assert found.symmetric == (symmetric and smoothing == 1)
    assert (found.values > 0).all() and len(found.values) < len(counts.values) * 2
    with pytest.raises(ValueError, match="smoothing=0"):
        w2v.ppmi(counts, smoothing=0)
    with pytest.raises(ValueError, match=r"shift=0\.5"):
        w2v.ppmi(counts, shift=0.5)


def test_svd_vectors_are_those_of_the_dense_matrix(random):
    pytest.importorskip("scipy.sparse")
    information = w2v.ppmi(w2v.Cooccurrence.count(some_sentences(random), 4, min_count=1))
    left, sizes, _ = np.linalg.svd(dense(information))
    for exponent in (0, 0.5, 1):
        found = w2v.svd_vectors(information, 5, exponent)
        expected = left[:, :5] * sizes[:5] ** exponent
        signs = np.sign((found.vectors * expected).sum(axis=0))
        np.testing.assert_allclose(found.vectors * signs, expected, atol=1e-5)
        assert (found.vectors.max(axis=0) >= -found.vectors.min(axis=0)).all()
    assert found.index_to_key == information.vocabulary.words
    again = w2v.svd_vectors(information, 5, exponent)
    np.testing.assert_array_equal(again.vectors, found.vectors)
    with pytest.raises(ValueError, match="vector_size=500"):
        w2v.svd_vectors(information, 500)
    with pytest.raises(TypeError, match=r"w2v\.Cooccurrence is expected"):
        w2v.svd_vectors(np.eye(3))
