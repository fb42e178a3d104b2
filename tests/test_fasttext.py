"""fastText's .bin files give the vectors that fastText gives."""

import gzip
import random as plain_random
import struct

import numpy as np
import pytest

import w2v
from w2v import formats

WORDS = ["</s>", "naïve", "词向量", "🙂x", "a", "the", "wörd"]


def n_grams(word: str, shortest: int, longest: int) -> list[str]:
    """Character n-grams of <word>, but for the brackets alone; fastText's computeSubwords."""
    if word == "</s>":
        return []
    text = f"<{word}>"
    return [
        text[i : i + n]
        for i in range(len(text))
        for n in range(shortest, longest + 1)
        if i + n <= len(text) and text[i : i + n] not in ("<", ">")
    ]


def fnv_1a(text: str) -> int:
    hashed = 2166136261
    for byte in text.encode():
        signed = byte - 256 if byte > 127 else byte  # as fastText has it
        hashed = ((hashed ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return hashed


def model_of(
    matrix, words=WORDS, labels=(), shortest=2, longest=4, quantised=0, version=12, model=2
):
    """The bytes of a model file, field by field."""
    D, n_buckets = matrix.shape[1], len(matrix) - len(words)
    arguments = [D, 5, 1, 1, 5, 1, 2, model, n_buckets, shortest, longest, 100]
    data = struct.pack("<2i12id", 793712314, version, *arguments, 1e-4)
    data += struct.pack("<3i2q", len(words) + len(labels), len(words), len(labels), 999, -1)
    for number, word in enumerate([*words, *labels]):
        data += word.encode() + struct.pack("<bqb", 0, 100 - number, number >= len(words))
    data += struct.pack("<b2q", quantised, *matrix.shape) + matrix.astype("<f4").tobytes()
    return data + struct.pack("<b2q", 0, 1, D) + bytes(4 * D)


def save(path, data: bytes):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("shortest, longest", [(3, 6), (1, 2), (2, 2), (0, 0), (4, 3)])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_vector_is_the_mean_of_the_words_row_and_its_n_grams(
    tmp_path, random, monkeypatch, shortest, longest, workers
):
    monkeypatch.setattr("w2v.formats.subwords.SHARE", 2)
    matrix = random.normal(size=(len(WORDS) + 50, 5)).astype(np.float32)
    data = model_of(matrix, labels=["__label__a"], shortest=shortest, longest=longest)
    wanted = []
    for row, word in enumerate(WORDS):
        grams = n_grams(word, max(shortest, 1), longest) if longest else []
        rows = [row, *(len(WORDS) + fnv_1a(gram) % 50 for gram in grams)]
        wanted.append(matrix[rows].astype(float).mean(axis=0))
    for packed in (data, gzip.compress(data)):
        stored = formats.read_rows(save(tmp_path / "model.bin", packed), workers=workers)
        assert stored.kind == "fastText" and stored.words == WORDS
        assert stored.counts.tolist() == [100, 99, 98, 97, 96, 95, 94]
        np.testing.assert_allclose(stored.vectors, wanted, atol=1e-6)
    few = formats.read_rows(tmp_path / "model.bin", limit=3, dtype=np.float64)
    assert few.words == WORDS[:3] and few.vectors.dtype == np.float64
    np.testing.assert_allclose(few.vectors, wanted[:3], atol=1e-6)


def test_old_supervised_models_have_no_n_grams(tmp_path, random):
    matrix = random.normal(size=(len(WORDS) + 50, 5)).astype(np.float32)
    path = save(tmp_path / "model.bin", model_of(matrix, version=11, model=3))
    assert w2v.load(path).vectors.tobytes() == matrix[: len(WORDS)].tobytes()


@pytest.mark.parametrize("model, labels", [(2, []), (3, ["__label__a"])])
def test_files_of_2016_which_name_no_version_are_read(tmp_path, random, model, labels):
    matrix = random.normal(size=(len(WORDS) + 50, 5)).astype(np.float32)
    new = model_of(matrix, version=11, model=model, labels=labels)
    wanted = w2v.load(save(tmp_path / "new.bin", new))
    # Without magic number and version, without the pruned n-grams, and no byte before the matrix.
    start = struct.calcsize("<2i12id3iq")
    middle = new.index(struct.pack("<b2q", 0, *matrix.shape))
    end = middle + 1 + 16 + matrix.nbytes
    old = new[8:start] + new[start + 8 : middle] + new[middle + 1 : end]
    for packed in (old, gzip.compress(old)):
        found = formats.read_rows(save(tmp_path / "old.bin", packed))
        assert found.kind == "fastText" and found.words == WORDS
        assert found.vectors.tobytes() == wanted.vectors.tobytes()
        assert found.counts.tolist() == wanted.counts.tolist()
    for length in range(100, len(old)):
        with pytest.raises(ValueError, match=r"old\.bin', a fastText file"):
            w2v.load(save(tmp_path / "old.bin", old[:length]))


def test_gensims_model_files_are_read(tmp_path):
    gensim = pytest.importorskip("gensim.models.fasttext")
    model = gensim.FastText([WORDS] * 20, vector_size=6, min_count=1, epochs=1, bucket=300)
    gensim.save_facebook_model(model, str(tmp_path / "model.bin"))
    theirs = gensim.load_facebook_vectors(str(tmp_path / "model.bin"))
    wv = w2v.load(tmp_path / "model.bin")
    assert wv.index_to_key == theirs.index_to_key
    for word in WORDS[1:]:  # gensim gives </s> n-grams, fastText does not
        np.testing.assert_allclose(wv[word], theirs[word], atol=1e-6)


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(quantised=1), "quantised"),
        (dict(version=10), "version 10"),
        (dict(longest=10**6), "damaged, for its header says"),
        (dict(words=[*WORDS[:-1], "a" * 100]), None),
    ],
)
def test_other_files_of_fasttext_are_errors_that_say_what_they_are(
    tmp_path, random, change, message
):
    path = save(tmp_path / "model", model_of(random.normal(size=(30, 5)), **change))
    if message is None:
        assert len(w2v.load(path)) == len(WORDS)
        return
    with pytest.raises(ValueError, match=message):
        w2v.load(path)


def test_every_truncation_is_an_error_or_a_correct_answer(tmp_path, random):
    matrix = random.normal(size=(len(WORDS) + 9, 3)).astype(np.float32)
    data = model_of(matrix)
    whole = formats.read_rows(save(tmp_path / "model", data))
    for length in range(len(data)):
        path = save(tmp_path / "model", data[:length])
        if length < len(data) - 29:  # the output matrix is not read
            with pytest.raises(ValueError, match="model'"):
                formats.read_rows(path)
        else:
            assert formats.read_rows(path).vectors.tobytes() == whole.vectors.tobytes()


def test_no_mutation_of_a_file_does_more_than_raise(tmp_path, random):
    choose, n_errors = plain_random.Random(5), 0
    data = model_of(random.normal(size=(len(WORDS) + 9, 3)))
    for _ in range(1500):
        changed = bytearray(data)
        for _ in range(choose.randrange(1, 4)):
            changed[choose.randrange(4, 300)] = choose.randrange(256)
        try:
            stored = formats.read_rows(
                save(tmp_path / "model", bytes(changed)), errors="surrogateescape"
            )
        except ValueError:
            n_errors += 1
        else:
            assert stored.vectors.shape == (len(stored.words), 3)
    assert 150 < n_errors < 1500
