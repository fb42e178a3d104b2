"""fastText's .bin files give the vectors that fastText gives."""

import gzip
import random as plain_random
import struct
import tracemalloc
import warnings

import numpy as np
import pytest

import w2v
from w2v import formats
from w2v.formats import fasttext
from w2v.formats.subwords import NgramRows

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


def load(path):
    """Load without a warning of what is not used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return w2v.load(path)


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
        with pytest.warns(UserWarning, match=r"its labels \(1\), which have no vectors"):
            stored = formats.read_rows(save(tmp_path / "model.bin", packed), workers=workers)
        assert stored.kind == "fastText" and stored.words == WORDS
        assert stored.counts.tolist() == [100, 99, 98, 97, 96, 95, 94]
        np.testing.assert_allclose(stored.vectors, wanted, atol=1e-6)
    with pytest.warns(UserWarning, match="labels"):
        few = formats.read_rows(tmp_path / "model.bin", limit=3, dtype=np.float64)
    assert few.words == WORDS[:3] and few.vectors.dtype == np.float64
    np.testing.assert_allclose(few.vectors, wanted[:3], atol=1e-6)


def test_old_supervised_models_have_no_n_grams(tmp_path, random):
    matrix = random.normal(size=(len(WORDS) + 50, 5)).astype(np.float32)
    path = save(tmp_path / "model.bin", model_of(matrix, version=11, model=3))
    with pytest.warns(UserWarning, match="a supervised model, whose labels and classifier are not"):
        wv = w2v.load(path)
    assert wv.vectors.tobytes() == matrix[: len(WORDS)].tobytes()


@pytest.mark.parametrize("model, labels", [(2, []), (3, ["__label__a"])])
def test_files_of_2016_which_name_no_version_are_read(tmp_path, random, model, labels):
    matrix = random.normal(size=(len(WORDS) + 50, 5)).astype(np.float32)
    new = model_of(matrix, version=11, model=model, labels=labels)
    wanted = load(save(tmp_path / "new.bin", new))
    # Without magic number and version, without the pruned n-grams, and no byte before the matrix.
    start = struct.calcsize("<2i12id3iq")
    middle = new.index(struct.pack("<b2q", 0, *matrix.shape))
    end = middle + 1 + 16 + matrix.nbytes
    old = new[8:start] + new[start + 8 : middle] + new[middle + 1 : end]
    for packed in (old, gzip.compress(old)):
        found = load(save(tmp_path / "old.bin", packed))
        assert found.words == WORDS
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
        (dict(quantised=1), "its matrix: .* codes for 5 dimensions"),
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


@pytest.mark.parametrize("version, labels", [(11, []), (12, ["__label__a", "__label__b"])])
def test_a_file_is_written_byte_for_byte_as_it_was_read(tmp_path, random, version, labels):
    words = [*WORDS[:-1], "x" * 300]
    matrix = random.normal(size=(len(words) + 5000, 3)).astype(np.float32)
    data = model_of(matrix, words=words, labels=labels, version=version)
    data = data[:-29] + struct.pack("<b2q", 0, len(words), 3) + bytes(range(12)) * len(words)
    for packed in (data, gzip.compress(data)):
        model = fasttext.read_model(save(tmp_path / "model.bin", packed))
        assert model.words == words and model.labels() == [label.encode() for label in labels]
        assert model.outputs.tobytes() == bytes(range(12)) * len(words)
        ngrams = model.ngrams
        few = NgramRows(ngrams.subwords, ngrams.rows.copy())
        few.rows[:4090] = few.rows[4100:4990] = 0
        for kept in (ngrams, few.compact()):
            fasttext.write_model(tmp_path / "again.bin", model._replace(ngrams=kept))
            written = (tmp_path / "again.bin").read_bytes()
            if kept is ngrams:
                assert written == data
        rows = data.index(matrix.tobytes()) + 12 * len(words)
        assert len(few.compact().rows) == 20
        assert written == data[:rows] + few.rows.tobytes() + data[rows + few.rows.nbytes :]


def test_a_word_with_nul_is_refused_before_writing(tmp_path):
    ngrams = NgramRows.none(2)
    one = np.ones((1, 2), np.float32)
    model = fasttext.made_model([b"a\0b"], np.ones(1, np.int64), one, ngrams, one)
    with pytest.raises(ValueError, match=r"the word b'a\\x00b', row 0: NUL ends a word"):
        fasttext.write_model(tmp_path / "x.bin", model)
    assert not (tmp_path / "x.bin").exists()


def test_a_plain_file_is_mapped_and_nothing_of_it_copied(tmp_path, random):
    matrix = random.normal(size=(len(WORDS) + 50, 5)).astype(np.float32)
    wv = w2v.load(save(tmp_path / "model.bin", model_of(matrix)))
    assert not wv.is_composed
    for rows in (wv.vectors_vocab, wv.ngrams.rows):
        base = rows
        while not isinstance(base, np.memmap):
            base = base.base
    assert wv["unheard-of"].shape == (5,) and not wv.is_composed
    assert wv.ngrams.rows.tobytes() == matrix[len(WORDS) :].tobytes()
    wv.vectors_vocab[0] = 1  # this process's copy alone
    wv.adjust_vectors()
    assert wv[WORDS[0]].tolist() == [1] * 5  # </s>
    assert (tmp_path / "model.bin").read_bytes() == model_of(matrix)
    with pytest.raises(ValueError, match="read-only"):
        w2v.load(tmp_path / "model.bin", mmap="r").vectors_vocab[0] = 1
    in_memory = w2v.load(tmp_path / "model.bin", mmap=None)
    (tmp_path / "model.bin").write_bytes(b"")
    assert in_memory.vectors_vocab.tobytes() == matrix[: len(WORDS)].tobytes()
    with pytest.raises(ValueError, match="mmap='x'"):
        w2v.load(tmp_path / "model.bin", mmap="x")


def quantised(random, n: int, D: int, size: int, with_norms: bool):
    """The bytes of n rows of codes, and the rows that they stand for."""
    n_parts = -(-D // size)
    codes = random.integers(0, 256, (n, n_parts), dtype=np.uint8)
    parts = [
        random.normal(size=(256, min(size, D - j * size))).astype("<f4") for j in range(n_parts)
    ]
    rows = np.concatenate([part[codes[:, j]] for j, part in enumerate(parts)], axis=1)
    data = struct.pack("<b2qi", with_norms, n, D, codes.size) + codes.tobytes()
    data += struct.pack("<4i", D, n_parts, size, parts[-1].shape[1])
    data += b"".join(part.tobytes() for part in parts)
    if with_norms:
        norms, lengths = (
            random.integers(0, 256, n, dtype=np.uint8),
            random.normal(size=256).astype("<f4"),
        )
        data += norms.tobytes() + struct.pack("<4i", 1, 1, 1, 1) + lengths.tobytes()
        rows = rows * lengths[norms][:, np.newaxis]
    return data, rows


@pytest.mark.parametrize("n_pruned", [None, 0, 9])
@pytest.mark.parametrize("size, with_norms", [(2, False), (3, True)])
def test_rows_of_quantised_files_are_those_of_their_codes(
    tmp_path, random, n_pruned, size, with_norms
):
    n = 40 if n_pruned is None else n_pruned
    codes, rows = quantised(random, len(WORDS) + n, 5, size, with_norms)
    plain = model_of(np.zeros((len(WORDS) + 40, 5)), labels=["__label__a"], model=3)
    head = plain[: plain.index(struct.pack("<b2q", 0, len(WORDS) + 40, 5))]
    pruned = np.array([random.permutation(40)[:n], random.permutation(n)], "<i4").T
    at = struct.calcsize("<2i12id3iq")
    if n_pruned is not None:
        head = head[:at] + struct.pack("<q", n) + head[at + 8 :] + pruned.tobytes()
    data = head + b"\1" + codes + struct.pack("<b2q", 0, 1, 5) + bytes(20)
    row_of = {j: j for j in range(40)} if n_pruned is None else dict(pruned.tolist())
    with pytest.warns(
        UserWarning, match="its rows are quantised.*; a supervised model, whose labels"
    ):
        wv = w2v.load(save(tmp_path / "model.ftz", data))
    for word in [*WORDS, "wörds"]:
        places = [row_of.get(fnv_1a(gram) % 40) for gram in n_grams(word, 2, 4)]
        wanted = [rows[len(WORDS) + place] for place in places if place is not None]
        wanted += [rows[WORDS.index(word)]] if word in WORDS else []
        if wanted:
            np.testing.assert_allclose(wv[word], np.mean(wanted, axis=0), atol=1e-5)
        else:
            assert word not in wv
    for length in range(at, len(data) - 37, 101):
        with pytest.raises(ValueError, match=r"model\.ftz', a fastText file: "):
            w2v.load(save(tmp_path / "model.ftz", data[:length]))


def test_heads_that_promise_too_much_allocate_nothing(tmp_path, random):
    """Every number of a header and of a matrix, made huge, is an error or changes no size."""
    for data in (model_of(random.normal(size=(30, 5))), b""):
        if not data:
            codes, _ = quantised(random, len(WORDS) + 23, 5, 2, True)
            data = model_of(random.normal(size=(30, 5)))
            middle = data.index(struct.pack("<b2q", 0, 30, 5))
            data = data[:middle] + b"\1" + codes
        middle = data.index(struct.pack("<2q", 30, 5)) - 1
        for at in [*range(4, 92), *range(middle, middle + 60)]:
            for value in (0x7FFFFFFF, -1, 0):
                lying = bytearray(data)
                lying[at : at + 4] = struct.pack("<i", value)
                tracemalloc.start()
                try:
                    load(save(tmp_path / "model.bin", bytes(lying)))
                except ValueError as error:
                    assert "\n" not in str(error)
                finally:
                    _, most = tracemalloc.get_traced_memory()
                    tracemalloc.stop()
                assert most < 20e6, (at, value)


def test_peers_read_what_is_written_and_give_the_same_vectors(tmp_path):
    fasttext_module = pytest.importorskip("fasttext")
    (tmp_path / "text.txt").write_text("the naïve wörd cat sat 🙂x слова\n" * 30, encoding="utf-8")
    theirs = fasttext_module.train_unsupervised(
        str(tmp_path / "text.txt"), dim=6, bucket=300, minCount=1, epoch=1, thread=1, verbose=0
    )
    theirs.save_model(str(tmp_path / "theirs.bin"))
    model = fasttext.read_model(tmp_path / "theirs.bin")
    fasttext.write_model(tmp_path / "ours.bin", model._replace(ngrams=model.ngrams.compact()))
    assert (tmp_path / "ours.bin").read_bytes() == (tmp_path / "theirs.bin").read_bytes()
    wv = w2v.load(tmp_path / "ours.bin")
    assert wv.words == theirs.words
    assert wv.vectors_ngrams.tobytes() == theirs.get_input_matrix()[len(wv) :].tobytes()
    assert model.outputs.tobytes() == theirs.get_output_matrix().tobytes()
    for word in [*wv.words, "unheard-of", "сло", "🙂🙂", "ab"]:
        assert wv[word].tobytes() == theirs.get_word_vector(word).tobytes()
        if word != "</s>":
            ngrams = theirs.get_subwords(word)[0]
            assert wv.subwords_of(word) == ngrams[word in wv.key_to_index :]
    sentence = "the unheard-of cat"
    assert wv.get_sentence_vector(sentence.split()).tobytes() == (
        theirs.get_sentence_vector(sentence).tobytes()
    )
    gensim = pytest.importorskip("gensim.models.fasttext")
    again = gensim.load_facebook_vectors(str(tmp_path / "ours.bin"))
    np.testing.assert_allclose(again["unheard-of"], wv["unheard-of"], atol=1e-7)


def test_quantised_files_of_the_peer_give_its_vectors(tmp_path):
    fasttext_module = pytest.importorskip("fasttext")
    lines = "".join(f"__label__{n % 3} the wörd n{n} cat sat слова{n}\n" for n in range(800))
    (tmp_path / "text.txt").write_text(lines, encoding="utf-8")
    for options in (dict(), dict(cutoff=500), dict(qnorm=True, dsub=3)):
        theirs = fasttext_module.train_supervised(
            str(tmp_path / "text.txt"),
            dim=8,
            bucket=400,
            minn=2,
            maxn=4,
            epoch=1,
            thread=1,
            verbose=0,
        )
        theirs.quantize(str(tmp_path / "text.txt"), verbose=0, **options)
        theirs.save_model(str(tmp_path / "m.ftz"))
        wv = load(tmp_path / "m.ftz")
        assert wv.words == theirs.words
        for word in [*wv.words[:50], "unheard-of", "слов"]:
            assert wv[word].tobytes() == theirs.get_word_vector(word).tobytes()
