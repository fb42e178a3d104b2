"""Native files come back as they were written, open without being read, and never deceive."""

import copy
import io
import json
import os
import pickle
import sys
import tarfile

import corpora
import numpy as np
import pytest

import w2v
from w2v import KeyedVectors, Word2Vec
from w2v.cli.main import w2v_main
from w2v.formats import _words, native
from w2v.formats.words import Words

WORDS = ["</s>", "naïve", "词向量", "🙂", "a b\n", "x" * 500, "\udce9", ""]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.w2v"


def some_vectors(random, V=8, D=3, dtype=np.float32):
    return random.normal(size=(V, D)).astype(dtype)


def parts(data):
    """The header and the tensors' bytes of a safetensors file."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    about = header.pop("__metadata__", {})
    return header, about, data[8 + length :]


def with_header(header, data=b""):
    """A file with this header, an object or its bytes."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + data


# What files hold


@pytest.mark.parametrize("mmap", ["c", "r", None])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("V, D", [(0, 3), (1, 1), (8, 1), (8, 3), (8, 300)])
def test_vectors_read_back_as_they_were(path, random, V, D, dtype, mmap):
    vectors, counts = some_vectors(random, V, D, dtype), np.arange(V)[::-1]
    KeyedVectors(WORDS[:V], vectors, counts).save(path)
    again = KeyedVectors.load(path, mmap=mmap)
    assert again.words == WORDS[:V] and isinstance(again.words, Words)
    assert again.vectors.dtype == dtype and again.vectors.tobytes() == vectors.tobytes()
    assert again.counts.dtype == np.int64 and again.counts.tolist() == counts.tolist()
    for i, word in enumerate(WORDS[:V]):
        assert again.key_to_index[word] == i
    again.save(path)  # over the file it is mapped from
    assert KeyedVectors.load(path).vectors.tobytes() == again.vectors.tobytes() == vectors.tobytes()
    assert w2v.load(path).index_to_key == WORDS[:V]


def test_words_of_a_file_are_a_list_for_whoever_asks_and_for_nobody_else(path, tmp_path):
    words = ["b", "c", "a", "\udcff"]
    KeyedVectors(words, np.eye(4, dtype=np.float32), [4, 3, 2, 1]).save(path)
    kv = KeyedVectors.load(path)
    # Nothing of ours makes the list, which would take seconds for millions of words.
    kv.most_similar("a"), kv.most_similar_cosmul("a"), kv.closer_than("a", "b"), list(kv)
    kv.evaluate_word_pairs(["a b 1", "a c 2"], delimiter=" "), kv.vectors_for_all(["a"])
    kv.save(tmp_path / "again.w2v"), kv.save_word2vec_format(tmp_path / "again.txt")
    assert isinstance(kv.words, Words) and isinstance(copy.copy(kv).words, Words)
    found = kv.index_to_key
    assert type(found) is list and found == words and found is kv.index_to_key
    assert json.loads(json.dumps(found)) == found.__add__([]) == found.copy()
    assert kv.key_to_index["a"] == 2 and kv["a"].tolist() == [0, 0, 1, 0]
    kv.add_vector("d", [1, 1, 1, 1])
    assert found == [*words, "d"] and kv.key_to_index["d"] == 4


def test_words_without_counts_and_words_that_stand_twice(path):
    KeyedVectors(["b", "a", "b"], np.eye(3, dtype=np.float32)).save(path)
    again = KeyedVectors.load(path)
    assert again.counts is None and again.index_to_key == ["b", "a", "b"]
    assert again["b"].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    "change",
    [
        lambda vectors: vectors[:, ::2],
        lambda vectors: np.asfortranarray(vectors),
        lambda vectors: vectors.astype(">f4"),
        lambda vectors: (vectors * 9).astype(np.int16),  # written as float32
        lambda vectors: vectors[::-1],
    ],
)
def test_arrays_of_any_layout_are_written(path, random, change, monkeypatch):
    monkeypatch.setattr(native, "BLOCK_BYTES", 50)
    vectors = change(some_vectors(random, D=6))
    KeyedVectors(WORDS, vectors, np.arange(8, dtype=np.uint8)).save(path)
    again = KeyedVectors.load(path)
    assert again.vectors.dtype == np.float32 and again.vectors.dtype.isnative
    np.testing.assert_array_equal(again.vectors, vectors)
    assert again.counts.tolist() == list(range(8))


@pytest.mark.parametrize("V, D", [(1, 1), (5, 3), (8, 100)])
def test_the_file_is_safetensors_without_holes_and_aligned(path, random, V, D):
    vectors = some_vectors(random, V, D)
    KeyedVectors(WORDS[:V], vectors, np.arange(V)).save(path)
    data = path.read_bytes()
    header, about, body = parts(data)
    assert about == {"w2v_format": "1", "w2v_version": w2v.__version__}
    end, seen = 0, {}
    for name, entry in header.items():
        begin, stop = entry["data_offsets"]
        dtype = {"F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "u1"}[entry["dtype"]]
        seen[name] = np.frombuffer(body[begin:stop], dtype).reshape(entry["shape"])
        assert begin == end and (len(data) - len(body) + begin) % seen[name].itemsize == 0
        end = stop
    assert end == len(body)
    assert (len(data) - len(body) + header["input_vectors"]["data_offsets"][0]) % 64 == 0
    np.testing.assert_array_equal(seen["input_vectors"], vectors)
    words, offsets = seen["word_bytes"].tobytes(), seen["word_offsets"]
    cut = [words[i:j].decode("utf-8", "surrogateescape") for i, j in zip(offsets, offsets[1:])]  # noqa: B905, RUF007
    assert cut == WORDS[:V] and seen["counts"].tolist() == list(range(V))


def test_the_safetensors_library_reads_and_writes_such_files(path, random):
    library = pytest.importorskip("safetensors.numpy")
    vectors = some_vectors(random)
    KeyedVectors(WORDS, vectors, np.arange(8)).save(path)
    tensors = library.load_file(path)
    words = {name for name in native.TENSORS if name.startswith("word_")}
    assert set(tensors) == {"input_vectors", "counts"} | words
    np.testing.assert_array_equal(tensors["input_vectors"], vectors)
    assert tensors["word_bytes"].tobytes() == "".join(WORDS).encode("utf-8", "surrogateescape")
    safetensors = pytest.importorskip("safetensors")
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata()["w2v_format"] == "1"
    del tensors["word_slots"], tensors["counts"]
    library.save_file(dict(tensors, others=np.zeros((2, 2), np.uint16)), path)
    again = KeyedVectors.load(path)
    assert again.index_to_key == WORDS and again.counts is None
    assert again.key_to_index["词向量"] == 2 and again.vectors.tobytes() == vectors.tobytes()


# How they are opened


def test_opening_reads_neither_words_nor_vectors(path, random, monkeypatch):
    KeyedVectors(WORDS, some_vectors(random), np.arange(8)).save(path)
    data = bytearray(path.read_bytes())
    header, _, body = parts(data)
    begin, stop = header["word_offsets"]["data_offsets"]
    start = len(data) - len(body)
    data[start + begin + 8 : start + stop - 8] = b"\xff" * (stop - begin - 16)
    path.write_bytes(data)
    for name in ("decode_words", "word_slots"):
        monkeypatch.setattr(_words, name, lambda *arguments: pytest.fail("words were read"))
    wv = KeyedVectors.load(path)
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"^'.*model.w2v': word_offsets: word 0 lies outside"):
        wv.words.tolist()


@pytest.mark.skipif(sys.platform != "linux", reason="needs files with holes")
@pytest.mark.skipif(sys.byteorder == "big", reason="files are turned there, in memory")
def test_files_larger_than_memory_open_at_once(path, allocating_at_most):
    V, D = 100_000_000, 300
    sizes = {"word_offsets": ("I64", [V + 1], 8), "input_vectors": ("F32", [V, D], 4),
             "word_slots": ("I32", [2 * V], 4), "word_bytes": ("U8", [0], 1)}  # fmt: skip
    header, end = {}, 0
    for name, (dtype, shape, size) in sizes.items():
        begin, end = end, end + size * int(np.prod(shape))
        header[name] = dict(dtype=dtype, shape=shape, data_offsets=[begin, end])
    head = json.dumps(header).encode()
    head += b" " * (-(8 + len(head)) % 64)
    with open(path, "wb") as file:
        file.write(with_header(head))
        file.truncate(8 + len(head) + end)
    with allocating_at_most(100_000):
        wv = KeyedVectors.load(path)
        assert len(wv) == V and wv.key_to_index[""] == 0 and wv.words[V - 1] == ""
        wv.vectors[-1] = 1
        assert wv.vectors[V - 1, D - 1] == 1


def test_vectors_may_be_written_into_and_the_file_stays(path, random):
    vectors = some_vectors(random)
    KeyedVectors(WORDS, vectors).save(path)
    before = path.read_bytes()
    for mmap in ("c", None):
        wv = KeyedVectors.load(path, mmap=mmap)
        wv.vectors[2] = 7
        assert wv["词向量"].tolist() == [7, 7, 7] and path.read_bytes() == before
    wv = KeyedVectors.load(path, mmap="r")
    with pytest.raises(ValueError, match="read-only"):
        wv.vectors[2] = 7
    assert wv.most_similar("naïve", topn=1) == KeyedVectors(WORDS, vectors).most_similar(
        "naïve", topn=1
    )
    with pytest.raises(ValueError, match=r"mmap='r\+': 'c' .* is expected"):
        KeyedVectors.load(path, mmap="r+")


def test_a_word_without_bytes_leaves_the_old_file(path):
    path.write_text("precious")
    with pytest.raises(ValueError, match="has surrogates"):
        KeyedVectors(["a", "\ud800"], np.zeros((2, 2))).save(path)
    assert path.read_text() == "precious" and os.listdir(path.parent) == ["model.w2v"]
    with pytest.raises(ValueError, match=r"vectors: shape \(1, 0\)"):
        KeyedVectors(["a"], np.zeros((1, 0))).save(path)
    with pytest.raises(OSError, match="path="):
        KeyedVectors(["a"], np.zeros((1, 1))).save(path / "below")


# Damage


def assert_one_line_of(error, path):
    assert str(error).startswith(repr(str(path))) and "\n" not in str(error)


def test_every_truncation_and_addition_is_an_error(path):
    model = w2v.train([["a", "naïve"]] * 9, vector_size=2, min_count=1, hs=1, workers=1)
    model.save(path)
    whole = path.read_bytes()
    for data in [whole[:length] for length in range(len(whole))] + [whole + b"\0"]:
        path.write_bytes(data)
        for load in (Word2Vec.load, native.read):
            with pytest.raises(ValueError) as raised:
                load(path)
            assert_one_line_of(raised.value, path)


def use(wv):
    """Do all that touches a file's words and vectors."""
    wv.words.tolist()
    for word in WORDS:
        wv.words.find(word)
    if len(wv) and np.isfinite(wv.vectors).all():
        with np.errstate(all="ignore"):
            wv.most_similar(np.ones(wv.vector_size), topn=2)


@pytest.mark.parametrize("where", ["length", "header", "anywhere"])
def test_mutated_files_are_errors_or_answers(path, random, where, allocating_at_most):
    model = w2v.train([WORDS] * 9, vector_size=2, min_count=1, hs=1, workers=1)
    model.save(path)
    whole = path.read_bytes()
    last = {"length": 8, "header": len(whole) - len(parts(whole)[2]), "anywhere": len(whole)}[where]
    pieces = [b"", b"9", b"-", b"[", b"]", b"{", b'"', b",", b"0", b"1e9", b"null", b"\xff", b"\0"]
    errors, n = 0, 2000
    with allocating_at_most(1_000_000):
        for _ in range(n):
            data = bytearray(whole)
            for _ in range(random.integers(1, 4)):
                i, length = random.integers(last), random.integers(3)
                data[i : i + length] = pieces[random.integers(len(pieces))]
            path.write_bytes(data)
            for load in (KeyedVectors.load, lambda path: Word2Vec.load(path).wv):
                try:
                    use(load(path))
                except ValueError as error:
                    errors += 1
                    assert_one_line_of(error, path)
    assert errors > n / 4


def entry(dtype="F32", shape=(1, 1), offsets=(0, 4)):
    return dict(dtype=dtype, shape=list(shape), data_offsets=list(offsets))


def whole_header(**changes):
    """The header of a file of the word a, with some entries changed; None leaves one out."""
    header = {
        "word_offsets": entry("I64", [2], [0, 16]),
        "input_vectors": entry("F32", [1, 1], [16, 20]),
        "word_slots": entry("I32", [1], [20, 24]),
        "word_bytes": entry("U8", [1], [24, 25]),
        **changes,
    }
    return {name: value for name, value in header.items() if value is not None}


BODY = np.array([0, 1], "<i8").tobytes() + np.array(2, "<f4").tobytes() + bytes(4) + b"a"


def padded(header):
    head = json.dumps(header).encode()
    return with_header(head + b" " * (-len(head) % 8), BODY)


def test_the_smallest_file_opens(path):
    path.write_bytes(padded(whole_header()))
    wv = KeyedVectors.load(path)
    assert wv.index_to_key == ["a"] and wv["a"] == [2]


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "none of the native"),
        (b"1234567", "none of the native"),
        (b"3 2\na 1 2\nb 1 2\n", "w2v.load knows the others"),
        (pickle.dumps(["gensim"]), "a pickle of a list; gensim"),
        ((2**63).to_bytes(8, "little") + b"{}", "none of the native"),
        ((10**8).to_bytes(8, "little") + b"{}", "a header of 100,000,000 bytes in a file of 10"),
        (with_header(b"{"), "cut off: a header of 1 bytes|none of the native"),
        (with_header(b"{ "), "not JSON"),
        (with_header(b'{"a": "\xff"}'), "not JSON"),
        (with_header(b'{"a":' + b"[" * 10**6), "not JSON"),
        (with_header(b'{"a":' * 10**5), "not JSON"),
        (with_header({}), "there is no tensor input_vectors"),
        (with_header({}, b"0"), "take 0 bytes and 1 are there"),
        (with_header({"__metadata__": {"w2v_format": 1}}), "maps strings to strings"),
        (with_header({"__metadata__": []}), "maps strings to strings"),
        (with_header({"__metadata__": {"w2v_format": "x"}}), "w2v_format='x' is no number"),
        (
            with_header({"__metadata__": {"w2v_format": "2", "w2v_version": "9.1"}}),
            r"version 2 of the native format by w2v 9\.1; .* up to 1: upgrade",
        ),
        (with_header({"x": None}), "the entry of 'x'"),
        (with_header({"x": entry(shape=[1] * 1000)}), "the entry of 'x'"),
        (with_header({"x": entry(shape=[-1, -1])}), "the entry of 'x'"),
        (with_header({"x": entry(shape=[True, 1])}), "the entry of 'x'"),
        (with_header({"x": entry(shape=[2**63])}), "the entry of 'x'"),
        (with_header({"x": entry(offsets=[4, 0])}), "the entry of 'x'"),
        (with_header({"x": entry(offsets=[0, 4, 8])}), "the entry of 'x'"),
        (with_header({"x\n" * 99: entry(offsets=[0, 4.0])}), r"the entry of 'x\\nx"),
        (with_header({"x": entry(offsets=[0, 2**62])}), r"'x' of shape \(1, 1\) and dtype F32"),
        (with_header({"x": entry(offsets=[4, 8])}), "'x' starts at 4; 0 is expected"),
        (with_header({"x": entry(), "y": entry()}, b"0123"), "'y' starts at 0; 4 is expected"),
        (padded(whole_header(word_slots=entry("I32", [2], [20, 28]))), "'word_bytes' starts at 24"),
        (padded(whole_header(word_slots=entry("F32", [1], [20, 24]))), "word_slots: dtype 'F32'"),
        (padded(whole_header(word_slots=entry("BF16", [2], [20, 24]))), "I32 is expected"),
        (padded(whole_header(word_slots=entry("I32", [1, 1], [20, 24]))), r"\(1, 1\); \(1,\)"),
        (padded(whole_header(input_vectors=entry("F32", [1], [16, 20]))), r"shape \(1,\); \(words"),
        (padded(whole_header(input_vectors=entry("F16", [2, 1], [16, 20]))), "2 rows, for which"),
        (padded(whole_header(input_vectors=entry("F16", [1, 2], [16, 20]), word_bytes=None)),
         "the tensors take 24 bytes and 25"),
        (padded(whole_header(word_slots=None, x=entry("I32", [1], [20, 24]), word_bytes=None,
                             y=entry("U8", [1], [24, 25]))), "there is no tensor word_bytes"),
        (padded(whole_header(word_offsets=entry("I64", [2], [0, 16]), word_slots=None,
                             word_bytes=entry("U8", [5], [20, 25]))), "0 to 1; 0 to 5, the number"),
        (padded(whole_header(input_vectors=entry("F32", [0, 10**15], [16, 16]), word_offsets=None,
                             x=entry("U8", [16], [0, 16]))), "'word_slots' starts at 20; 16 is"),
        (with_header({"word_offsets": entry("I64", [1], [0, 8]),
                      "word_bytes": entry("U8", [0], [8, 8]),
                      "input_vectors": entry("F32", [0, 10**15], [8, 8])}, bytes(8)),
         r"1 to 1,000,000 dimensions"),
        (with_header(json.dumps(whole_header()).encode().ljust(400) + b" ", BODY), "no multiple"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_an_error_that_says_what(path, data, message, allocating_at_most):
    path.write_bytes(data)
    with allocating_at_most(200_000 + 20 * len(data)):
        with pytest.raises(ValueError, match=message) as raised:
            KeyedVectors.load(path)
        assert_one_line_of(raised.value, path)


def test_a_missing_file_is_an_error(path):
    for load in (KeyedVectors.load, Word2Vec.load, w2v.load):
        with pytest.raises(FileNotFoundError):
            load(path)


# Models

MODES = {
    "sg-ns": dict(sg=1),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "cbow-ns": dict(sg=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
    "both": dict(sg=1, hs=1, negative=5),
    "exact": dict(sg=0, hs=1, negative=5, exact=True),
}


def weights(model):
    matrices = (model.wv.vectors, model.output_vectors, model.node_vectors)
    return [None if matrix is None else matrix.tobytes() for matrix in matrices]


@pytest.mark.parametrize("mmap", ["c", "r", None])
@pytest.mark.parametrize("mode", MODES)
def test_training_goes_on_as_if_the_model_had_never_left_memory(path, mode, mmap):
    corpus = corpora.topics(sentences=300)
    options = dict(MODES[mode], vector_size=20, epochs=2, seed=7, sample=0.01)
    model = w2v.train(corpus, **options, workers=1)
    model.save(path)
    before, data = weights(model), path.read_bytes()
    model.train(corpus[::-1], epochs=3)
    assert weights(model) != before
    again = Word2Vec.load(path, mmap=mmap)
    assert weights(again) == before and again.params == model.params
    assert again.vocabulary.words == model.vocabulary.words
    assert again.vocabulary.counts.tolist() == model.vocabulary.counts.tolist()
    assert again.vocabulary.has_mark == (mode == "exact") and again.totals["epochs"] == 2
    again.train(corpus[::-1], epochs=3)
    assert weights(again) == weights(model) and path.read_bytes() == data
    assert again.totals["epochs"] == model.totals["epochs"] == 5
    assert again.totals["words_trained"] == model.totals["words_trained"]
    again.save(path)
    assert KeyedVectors.load(path)["t0_1"].tobytes() == model.wv["t0_1"].tobytes()


def test_a_model_is_saved_before_and_after_its_first_training(path):
    model = Word2Vec(vector_size=4, workers=1)
    with pytest.raises(ValueError, match="nothing to save yet"):
        model.save(path)
    corpus = corpora.topics(sentences=100)
    model.build_vocab(corpus)
    model.save(path)
    again = Word2Vec.load(path)
    assert again.report is None and again.totals["epochs"] == 0
    assert again.output_vectors.shape == (84, 4) and not again.output_vectors.any()
    again.train(corpus)
    assert weights(again) == weights(w2v.train(corpus, vector_size=4, workers=1))
    again.save(path)
    assert Word2Vec.load(path).report == again.report


def test_a_model_file_says_how_it_was_made(path):
    model = w2v.train(corpora.topics(sentences=100), min_count=1, vector_size=4, seed=3, workers=2)
    model.save(path)
    _, about, _ = parts(path.read_bytes())
    assert about["w2v_format"] == "1" and json.loads(about["params"])["seed"] == 3
    report = json.loads(about["report"])
    assert report["kernel"] == model.params.kernel_name and report["tokens_read"] == 1000
    assert json.loads(about["totals"])["words"] == 5000


def test_parameters_can_change_when_a_model_is_loaded(path):
    corpus = corpora.topics(sentences=100)
    w2v.train(corpus, min_count=1, vector_size=4).save(path)
    assert Word2Vec.load(path, workers=2, alpha=0.01).params.alpha == 0.01
    again = Word2Vec.load(path, hs=1)
    again.train(corpus)
    assert again.node_vectors.shape == (95, 4)
    for params, error, message in [
        (dict(vector_size=5), ValueError, "vector_size=5 for vectors of 4 dim"),
        (dict(exact=True), ValueError, "exact=True needs a model of exact mode"),
        (dict(windw=2), TypeError, "did you mean window"),
        (dict(epochs=0), ValueError, "epochs=0 is out of range"),
    ]:
        with pytest.raises(error, match=message) as raised:
            Word2Vec.load(path, **params)
        assert_one_line_of(raised.value, path)


def test_a_kernel_that_this_machine_lacks_can_be_left_out(path):
    w2v.train(
        corpora.topics(sentences=100), min_count=1, vector_size=4, kernel=w2v.kernels()[-1]
    ).save(path)
    name = f'\\"kernel\\": \\"{w2v.kernels()[-1]}\\"'.encode()
    other = b'\\"kernel\\": \\"' + b"x" * len(w2v.kernels()[-1]) + b'\\"'
    assert name in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(name, other))
    with pytest.raises(ValueError, match=r"kernel='x+' is not available; .*kernel=None"):
        Word2Vec.load(path)
    assert Word2Vec.load(path, kernel=None).params.kernel is None
    assert len(KeyedVectors.load(path)) == 96


def test_vectors_are_no_model_and_a_model_no_npz(path):
    model = w2v.train(corpora.topics(sentences=100), min_count=1, vector_size=4)
    model.wv.save(path)
    with pytest.raises(ValueError, match=r"holds vectors only: open it with KeyedVectors\.load"):
        Word2Vec.load(path)
    with pytest.raises(ValueError, match=r"model\.wv\.save"):
        model.save(path.with_suffix(".npz"))


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("params", {"vector_size": 4, "epochs": "many"}, "epochs='many'"),
        ("params", [], "not a mapping"),
        ("has_mark", 1, "has_mark=1"),
        ("report", {"words": 1}, "missing"),
        ("totals", {}, "'epochs'"),
        ("totals", dict(epochs=[], words=0, words_trained=0, sentences=0, seconds=0), "damaged"),
    ],
)
def test_damaged_metadata_are_errors(path, name, value, message):
    model = w2v.train(corpora.topics(sentences=100), min_count=1, vector_size=4)
    model.save(path)
    header, about, body = parts(path.read_bytes())
    head = json.dumps({"__metadata__": {**about, name: json.dumps(value)}, **header}).encode()
    path.write_bytes(with_header(head + b" " * (-len(head) % 8), body))
    with pytest.raises((ValueError, TypeError), match=message) as raised:
        Word2Vec.load(path)
    assert_one_line_of(raised.value, path)
    assert len(KeyedVectors.load(path)) == 96


def test_negative_counts_are_an_error(path):
    model = w2v.train(corpora.topics(sentences=100), min_count=1, vector_size=4)
    model.vocabulary.counts[-1] = -1
    model.save(path)
    with pytest.raises(ValueError, match="below 0"):
        Word2Vec.load(path)


@pytest.mark.parametrize("dtype", ["f2", "f8"])
def test_a_model_with_vectors_of_another_dtype_is_saved(path, dtype):
    model = w2v.train([["a", "b", "c"]] * 9, vector_size=3, min_count=1, hs=1)
    model.wv.vectors = model.wv.vectors.astype(dtype)
    model.save(path)
    again = Word2Vec.load(path)
    assert weights(again) == weights(model) and again.wv.vectors.dtype == dtype
    assert again.wv.vectors.flags.aligned and again.node_vectors.flags.aligned
    again.train([["a", "b", "c"]])


def zipped(make):
    file = io.BytesIO()
    make(file)
    return file.getvalue()


def tar(file):
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("vectors.txt"))


def model_file(file):
    head = with_header({"__metadata__": {"params": "{}"}})
    file.write(head + b" " * 300)


PHRASES = w2v.Phrases([["new", "york"]] * 20, threshold=0.1)
STRANGERS = {
    "pickle": (pickle.dumps({"a": 1}), "a pickle"),
    "zip": (b"PK\x03\x04" + bytes(300), "zip"),
    "tar": (zipped(tar), "a tar archive: unpack it first"),
    "npy": (zipped(lambda file: np.save(file, np.eye(3))), "NumPy array: KeyedVectors"),
    "parquet": (b"PAR1" + bytes(300), "Parquet|pyarrow"),
    "native": (zipped(model_file), "a native file: w2v.load"),
    "JSON": (json.dumps(PHRASES.freeze().as_dict()).encode(), "JSON: FrozenPhrases.load"),
    "web page": (b"<!DOCTYPE html>\n<html>\n", "a web page"),
}
LOADERS = [Word2Vec.load, KeyedVectors.load, KeyedVectors.load_word2vec_format, w2v.load,
           w2v.Phrases.load, w2v.FrozenPhrases.load]  # fmt: skip
READS = {("native", loader) for loader in LOADERS[:2]} | {("native", w2v.load)}
READS |= {("JSON", w2v.FrozenPhrases.load), ("web page", w2v.FrozenPhrases.load)}


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__qualname__)
@pytest.mark.parametrize("kind", STRANGERS)
def test_what_a_loader_does_not_read_it_knows(tmp_path, kind, loader):
    data, door = STRANGERS[kind]
    if (kind, loader) in READS:
        return
    (tmp_path / "file").write_bytes(data)
    with pytest.raises((ValueError, ImportError), match=door) as raised:
        loader(tmp_path / "file")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "data, door",
    [
        (pickle.dumps({"a": 1}), "a pickle of a dict; gensim's"),
        (b"2 3\na 1 2 3\nb 1 2 3\n", "text: w2v.load"),
        (b"\x01\x02\x03" * 9, "or damaged: w2v.load"),
    ],
)
def test_what_is_not_native_says_which_door_is_right(tmp_path, data, door):
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(ValueError, match=door):
        Word2Vec.load(tmp_path / "file")


def test_each_kind_of_npz_says_which_door_is_right(tmp_path):
    PHRASES.save(tmp_path / "phrases.npz")
    KeyedVectors(["a"], np.eye(1)).save(tmp_path / "vectors.npz")
    for load in (w2v.load, KeyedVectors.load):
        with pytest.raises(ValueError, match=r"Phrases\.load reads what Phrases\.save wrote"):
            load(tmp_path / "phrases.npz")
    with pytest.raises(ValueError, match=r"w2v\.load reads vectors"):
        w2v.Phrases.load(tmp_path / "vectors.npz")


def test_words_that_look_like_other_files_are_read(tmp_path):
    for word in ("{", "<html>", "<hashtag>", '{"a"'):
        (tmp_path / "file").write_text(f"{word} 1 2\nb 3 4\n")
        assert w2v.load(tmp_path / "file").index_to_key == [word, "b"]


@pytest.mark.parametrize("text", [None, "{", "[" * 100_000])
def test_info_of_a_model_that_says_nothing_of_its_training(path, capsys, text):
    w2v.train([["a", "b"]] * 9, vector_size=3, min_count=1).save(path)
    arrays, metadata, words = native.read(path, None)
    changed = {name: value for name, value in metadata.items() if "totals" not in name}
    native.write(path, words, arrays, changed if text is None else {**changed, "totals": text})
    assert w2v_main(["info", str(path)]) == (0 if text is None else 2)
    shown, said = capsys.readouterr()
    assert (said.count("\n"), "totals" in shown + said) == (int(text is not None), True)


@pytest.mark.parametrize("is_writeable", [True, False])
def test_arrays_of_another_byte_order_are_turned(is_writeable):
    """What a big-endian machine does with all of a file; compiled code takes its own order."""
    array = np.arange(6, dtype=np.dtype("f4").newbyteorder("S")).reshape(2, 3)
    array.flags.writeable = is_writeable
    turned = native.native_order(array)
    assert turned.dtype == np.float32 and turned.dtype.isnative and (turned == array).all()
    assert turned.flags.writeable == is_writeable
    assert native.native_order(turned) is turned
