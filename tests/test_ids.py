"""Ids train and answer as the words that spell them would, in every form and through every file."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import w2v
from w2v import KeyedVectors, Word2Vec
from w2v.cli import c_queries, main
from w2v.corpus import arrays, draft
from w2v.formats.ids import LEAST, MOST, Ids

OPTIONS = dict(vector_size=8, workers=1, min_count=2, epochs=2, sample=1e-2, seed=1)


def walks(low=0, n=300, length=12, seed=5):
    """Walks within two rings of 20 ids, from `low` up."""
    random = np.random.default_rng(seed)
    for _ in range(n):
        ring, place = random.integers(2), random.integers(20)
        steps = np.cumsum(random.integers(1, 3, random.integers(2, length)))
        yield (low + 20 * ring + (place + steps) % 20).tolist()


SENTENCES = list(walks())


def padded(sentences):
    array = np.full((len(sentences), max(map(len, sentences))), -1)
    for row, ids in enumerate(sentences):
        array[row, : len(ids)] = ids
    return array


def csr(sentences, dtype=np.int64):
    offsets = np.cumsum([0, *map(len, sentences)])
    return np.array([i for ids in sentences for i in ids], dtype), offsets


def pandas_arrow(sentences):
    pandas, arrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    return pandas.Series(sentences, dtype=pandas.ArrowDtype(arrow.list_(arrow.int64())))


def sliced_chunks(sentences):
    arrow = pytest.importorskip("pyarrow")
    whole = arrow.array([[99, 98], *sentences, [97]])
    return arrow.chunked_array([whole[1:100], whole[100:-1].cast(arrow.large_list(arrow.int64()))
                                .cast(arrow.list_(arrow.int64()))])  # fmt: skip


FORMS = {
    "lists": lambda sentences: sentences,
    "generator": iter,
    "generators": lambda sentences: map(iter, sentences),
    "numpy ints": lambda sentences: [list(np.array(ids, np.int16)) for ids in sentences],
    "1-D arrays": lambda sentences: [np.array(ids, np.int32) for ids in sentences],
    "arrays and lists": lambda sentences: [
        ids if i % 2 else np.array(ids, np.uint8) for i, ids in enumerate(sentences)
    ],
    "2-D array": padded,
    "2-D int32 of Fortran": lambda sentences: np.asfortranarray(padded(sentences), np.int32),
    "values and offsets": csr,
    "uint64 values": lambda sentences: csr(sentences, np.uint64),
    "Arrow": lambda sentences: pytest.importorskip("pyarrow").array(sentences),
    "Arrow in slices": sliced_chunks,
    "pandas": lambda sentences: pytest.importorskip("pandas").Series(sentences),
    "pandas of arrays": lambda sentences: pytest.importorskip("pandas").Series(
        [np.array(ids) for ids in sentences]
    ),
    "pandas in Arrow": pandas_arrow,
    "polars": lambda sentences: pytest.importorskip("polars").Series(sentences),
}


@pytest.fixture(scope="module")
def of_words():
    return w2v.train([[str(i) for i in ids] for ids in SENTENCES], **OPTIONS)


@pytest.fixture(scope="module")
def of_ids():
    return w2v.train(SENTENCES, **OPTIONS)


@pytest.mark.parametrize("form", FORMS)
def test_ids_of_any_form_train_as_their_digits_do(form, of_words):
    model = w2v.train(FORMS[form](SENTENCES), **OPTIONS)
    assert model.wv.index_to_key == [int(word) for word in of_words.wv.index_to_key]
    assert np.array_equal(model.wv.counts, of_words.wv.counts)
    assert np.array_equal(model.wv.vectors, of_words.wv.vectors)
    assert model.corpus_count == len(SENTENCES) == of_words.corpus_count
    assert model.report.words == of_words.report.words


def test_ids_are_the_keys_of_all_questions(of_ids, of_words):
    wv, words = of_ids.wv, of_words.wv

    def same(answer, spelled):
        return answer == [(int(word), score) for word, score in spelled]

    assert same(wv.most_similar(15), words.most_similar("15"))
    assert same(wv.most_similar(np.int32(15)), words.most_similar("15"))
    assert same(wv.most_similar([3, 4], [(5, 0.5)]), words.most_similar(["3", "4"], [("5", 0.5)]))
    assert same(
        wv.most_similar(15, allowed=[1, 2, 3], banned=[2]),
        words.most_similar("15", allowed=["1", "2", "3"], banned=["2"]),
    )
    assert same(wv.most_similar_cosmul([3], [4]), words.most_similar_cosmul(["3"], ["4"]))
    assert same(wv.neighbours(np.array([7, 9]))[1], words.neighbours(["7", "9"])[1])
    assert wv.similarity(3, 5) == words.similarity("3", "5")
    assert wv.doesnt_match([1, 2, 30]) == int(words.doesnt_match(["1", "2", "30"]))
    assert wv.rank(3, 5) == words.rank("3", "5")
    assert np.array_equal(wv[[3, 5]], words[["3", "5"]])
    assert np.array_equal(wv[np.array([3, 5])], words[["3", "5"]])
    assert wv.key_to_index[15] == words.key_to_index["15"] != 15
    assert list(wv.key_to_index.items()) == [(int(w), i) for w, i in words.key_to_index.items()]
    assert all(type(key) is int for key in [*wv.index_to_key, wv.index_to_key[0], *wv])
    assert of_ids.predict_output_word([3, 4])[0][0] == int(
        of_words.predict_output_word(["3", "4"])[0][0]
    )
    pairs = ["3 5 0.9", "3 30 0.1", "7 8 0.8"]
    assert wv.evaluate_word_pairs(pairs, delimiter=" ") == words.evaluate_word_pairs(
        pairs, delimiter=" "
    )


def test_rings_are_found_apart():
    model = w2v.train(padded(list(walks(n=2000))), vector_size=16, workers=1, sample=0, seed=1)
    for i in range(40):
        assert all(near // 20 == i // 20 for near, _ in model.wv.most_similar(i, topn=5))


def test_unknown_ids_and_keys_of_other_types_are_told(of_ids):
    assert 1000 not in of_ids.wv and "3" not in of_ids.wv and True not in of_ids.wv
    with pytest.raises(KeyError, match="the id 1000 is not in the vocabulary"):
        of_ids.wv[1000]
    with pytest.raises(KeyError, match="the id 1000 is not"):
        of_ids.wv[np.array([3, 1000])]
    with pytest.raises(KeyError, match="'3' is of type str where the keys are int"):
        of_ids.wv["3"]
    with pytest.raises(KeyError, match="True is of type bool"):
        of_ids.wv[True]
    for keys in (2**70, [3, 2**70], np.array([3, 2**64 - 1], np.uint64)):
        with pytest.raises(KeyError, match="is not in the vocabulary"):
            of_ids.wv[keys]
    with pytest.raises(KeyError, match="True is of type bool"):
        of_ids.wv[[3, True]]


@pytest.mark.parametrize(
    "corpus, error, message",
    [
        ([[1, 2], [3, "a"]], TypeError, "sentence 1 holds the token 'a' of type str among ids"),
        ([["a"], ["b", 3]], TypeError, "sentence 1 holds the token 3 of type int; tokens must be"),
        ([[1, True]], TypeError, "token True of type bool among ids"),
        ([[True, 1]], TypeError, "token True of type bool"),
        ([[1, 1.0]], TypeError, "token 1.0 of type float among ids"),
        ([[0.5]], TypeError, "token 0.5 of type float"),
        ([[], [None]], TypeError, "sentence 1 holds the token None"),
        ([[2**63]], ValueError, "the id 9223372036854775808 is beyond int64"),
        ([[(1, 2)], ["a"]], TypeError, "the token 'a' of type str; tokens must be tuple"),
        ([[(1, 2), ([],)]], TypeError, "tokens must be hashable"),
        ([np.ones(3), np.ones(3)], TypeError, "token .*1.0.* of type float64"),
        ([np.arange(3), np.ones(3)], TypeError, "sentence 1: an array of dtype float64"),
        ([np.arange(3), np.ones((3, 3), int)], ValueError, r"sentence 1 is an array of shape \(3"),
        (np.ones((3, 3)), TypeError, "dtype float64 where whole numbers"),
        (np.ones((3, 3), bool), TypeError, "dtype bool where whole numbers"),
        ([1, 2, 3], TypeError, r"sentence 0 is 1 of type int .* pass a list of sentences, \[\["),
        (np.arange(5), ValueError, r"an array of shape \(5,\); \(sentences, length\)"),
        (np.array([[1, 2], [3, -2]]), ValueError, "row 1, column 1: -2"),
        (np.array([[1, -1, 2]]), ValueError, "row 0, column 1: -1; .* nothing but -1 behind"),
        (np.full((1, 1), 2**64 - 1, np.uint64), ValueError, "18446744073709551615 is beyond"),
        ((np.arange(5), np.array([0, 3])), ValueError, r"offsets \(0 to 3\) do not rise from 0 to"),
        ((np.arange(5), np.array([0, 4, 3, 5])), ValueError, "do not rise from 0 to 5"),
        (np.empty((0, 3), int), ValueError, "is empty: it holds no words"),
        (np.full((2, 2), -1), ValueError, "is empty: it holds no words"),
    ],
)
def test_what_no_ids_can_be_is_refused(corpus, error, message):
    with pytest.raises(error, match=message):
        w2v.train(corpus, min_count=1)


def test_lists_with_nulls_are_refused():
    arrow = pytest.importorskip("pyarrow")
    for lists in ([[1, None]], [[1], None]):
        with pytest.raises(ValueError, match="with nulls"):
            w2v.train(arrow.array(lists), min_count=1)
    with pytest.raises(TypeError, match="dtype float64"):
        w2v.train(arrow.array([[1.5]]), min_count=1)


def test_what_takes_words_alone_refuses_ids(tmp_path, of_ids):
    with pytest.raises(TypeError, match="exact=True takes words alone"):
        w2v.train([[1, 2]], exact=True, min_count=1)
    with pytest.raises(TypeError, match="phrases takes words alone"):
        w2v.train(np.array([[1, 2]]), phrases=1, min_count=1)
    with pytest.raises(TypeError, match="phrases takes words alone"):
        w2v.Phrases([[1, 2]])
    (tmp_path / "text").write_text("1 2 3\n")
    with pytest.raises(TypeError, match="tokens are str where the keys of the vocabulary are int"):
        of_ids.train(tmp_path / "text")
    with pytest.raises(TypeError, match="tokens are int where the keys of the vocabulary are str"):
        w2v.train([["1", "2"]] * 5, **OPTIONS).train([[1, 2]])


IDS = st.one_of(
    st.integers(0, 40),
    st.integers(0, 200_000),
    st.integers(-5, 5).map(lambda i: i << 40),
    st.sampled_from([LEAST, LEAST + 1, -1, MOST - 1, MOST]),
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    sentences=st.lists(st.lists(IDS, max_size=6), max_size=30),
    known=st.none() | st.lists(IDS, min_size=1, max_size=9, unique=True),
    size=st.integers(1, 20),
)
def test_ids_are_numbered_as_by_a_dict(sentences, known, size):
    numbers = {id: i for i, id in enumerate(known or [])}
    counts = [0] * len(numbers)
    expected = []
    for ids in sentences:
        for id in ids:
            if known is None and id not in numbers:
                numbers[id] = len(counts)
                counts.append(0)
            number = numbers.get(id, -2)
            expected.append(number)
            if number >= 0:
                counts[number] += 1
        expected.append(-1)
    for blocks in (
        arrays.read_lists(iter(sentences), size),
        arrays.read_arrays(csr(sentences), size),
    ):
        lexicon = draft._ids.IdLexicon(np.array(known or [], np.int64), known is not None)
        found = [lexicon.encode(values, ends).tolist() for values, ends in blocks]
        assert list(itertools.chain(*found)) == expected
        assert [array.tolist() for array in lexicon.numbered()] == [list(numbers), counts]


def test_blocks_end_with_sentences():
    values, offsets = csr(SENTENCES)
    for blocks in (
        arrays.read_arrays((values, offsets), 50),
        arrays.read_lists(iter(SENTENCES), 50),
    ):
        blocks = list(blocks)
        assert len(blocks) > 20
        assert all(len(block) == ends[-1] for block, ends in blocks)
        assert all(50 <= len(block) + len(ends) < 50 + 13 for block, ends in blocks[:-1])
        assert np.array_equal(np.concatenate([block for block, _ in blocks]), values)


@pytest.mark.parametrize("base", [0, -40, 2**62])
def test_files_give_ids_back(tmp_path, base):
    model = w2v.train(list(walks(base)), **OPTIONS)
    wv = model.wv
    names = ["v.w2v", "v.npz"]
    try:
        import pyarrow  # noqa: F401

        names.append("v.parquet")
    except ImportError:
        pass
    for name in names:
        wv.save(tmp_path / name)
        for back in (w2v.load(tmp_path / name), KeyedVectors.load(tmp_path / name)):
            assert back.index_to_key == list(wv.index_to_key)
            assert back.key_type is int
            assert np.array_equal(back.vectors, wv.vectors) and np.array_equal(
                back.counts, wv.counts
            )
            assert np.array_equal(back[base + 3], wv[base + 3]) and base + 99 not in back
    assert np.load(tmp_path / "v.npz")["words"].dtype == np.int64
    for binary in (False, True):
        wv.save_word2vec_format(tmp_path / "v", fvocab=tmp_path / "counts", binary=binary)
        words = KeyedVectors.load_word2vec_format(tmp_path / "v", fvocab=tmp_path / "counts")
        assert words.index_to_key == list(map(str, wv.index_to_key))
        assert np.array_equal(words.counts, wv.counts)
        back = w2v.load(tmp_path / "v", keys=int)
        assert back.index_to_key == list(wv.index_to_key)
        assert np.array_equal(back[base + 3], wv[base + 3])
    wv.save_projector(tmp_path / "p")
    assert (tmp_path / "p_metadata.tsv").read_text().split() == list(map(str, wv.index_to_key))


def test_commands_take_ids_in_digits(tmp_path, capsys, of_ids, of_words):
    of_ids.wv.save(tmp_path / "ids.w2v")
    of_words.wv.save(tmp_path / "words.w2v")
    assert w2v.load(tmp_path / "ids.w2v", keys=str).index_to_key == of_words.wv.index_to_key
    told = []
    for name in ("ids", "words"):
        path = str(tmp_path / f"{name}.w2v")
        main.w2v_main(["similar", path, "15"])
        main.w2v_main(["info", path])
        main.w2v_main(["convert", path, str(tmp_path / "out.npz")])
        units = c_queries.Units(path)
        lines = capsys.readouterr().out.replace(path, "").splitlines()
        told.append(([line for line in lines if "bytes" not in line], units.words))
    assert "15" in told[0][0] and b"15" in told[0][1]
    assert told[0] == told[1]


def test_counts_of_ids_make_a_vocabulary():
    model = Word2Vec(vector_size=4, min_count=2)
    asked = []

    def rule(key, count, least):
        asked.append((key, count))
        return 2 if key == 7 else 0

    model.build_vocab_from_freq({5: 10, 9: 30, 7: 1, 8: 1}, trim_rule=rule)
    assert model.wv.index_to_key == [9, 5, 7] and model.wv.key_type is int
    assert asked == [(5, 10), (9, 30), (7, 1), (8, 1)]
    for mixed in ({"a": 9, 5: 9}, {5: 9, "a": 9}):
        with pytest.raises(TypeError, match="all keys have one type"):
            Word2Vec(vector_size=4, min_count=2).build_vocab_from_freq(mixed)


def test_words_that_are_no_ids_are_not_made_ids(tmp_path):
    for odd in ("a", "1.5", "01", "1_0", "٣"):
        KeyedVectors(["7", odd], np.eye(2, dtype=np.float32)).save_word2vec_format(tmp_path / "v")
        with pytest.raises(ValueError, match="keys=int: row 1 is the word"):
            w2v.load(tmp_path / "v", keys=int)
    with pytest.raises(ValueError, match="keys=<class 'float'>"):
        w2v.load(tmp_path / "v", keys=float)


def test_a_model_of_ids_goes_on_from_its_file(tmp_path):
    straight = w2v.train(SENTENCES, **OPTIONS)
    straight.save(tmp_path / "model.w2v")
    opened = Word2Vec.load(tmp_path / "model.w2v")
    assert isinstance(opened.wv.words, Ids)
    for model in (straight, opened):
        model.train(csr(SENTENCES))
        model.build_vocab([[500, 501, 3]] * 3, update=True)
        model.train([[500, 501, 3]] * 9, epochs=1)
    assert opened.wv.index_to_key == list(straight.wv.index_to_key)
    assert opened.wv.index_to_key[-2:] == [500, 501]
    assert np.array_equal(opened.wv.vectors, straight.wv.vectors)
    opened.save(tmp_path / "again.w2v")
    assert np.array_equal(w2v.load(tmp_path / "again.w2v")[501], opened.wv[501])


def test_a_native_file_of_ids_says_so_and_shows_damage(tmp_path):
    path = tmp_path / "v.w2v"
    KeyedVectors([30, 10, 20], np.eye(3, dtype=np.float32)).save(path)
    data = bytearray(path.read_bytes())
    head = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert head["__metadata__"]["keys"] == "ids"
    assert head["ids"]["dtype"] == head["id_order"]["dtype"] == "I64"
    pytest.importorskip("safetensors")
    from safetensors.numpy import load_file

    assert load_file(path)["ids"].tolist() == [30, 10, 20]
    start = 8 + int.from_bytes(data[:8], "little") + head["id_order"]["data_offsets"][0]
    data[start : start + 24] = np.array([9, 9, 9]).tobytes()
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"v.w2v.*id_order is damaged"):
        w2v.load(path)[10]


def test_other_hashables_train_and_answer_in_memory(tmp_path, of_words):
    pairs = [[(i % 7, i) for i in ids] for ids in SENTENCES]
    model = w2v.train(pairs, **OPTIONS)
    assert np.array_equal(model.wv.vectors, of_words.wv.vectors)
    assert model.wv.index_to_key == [
        (int(word) % 7, int(word)) for word in of_words.wv.index_to_key
    ]
    key = (1, 15)
    assert key in model.wv and (2, 15) not in model.wv
    assert model.wv.most_similar(key)[0] == ((near := model.wv.most_similar([key])[0])[0], near[1])
    assert np.array_equal(model.wv[[key, (2, 2)]], of_words.wv[["15", "2"]])
    assert model.wv.most_similar([(key, 2.0)])[0][1] == pytest.approx(near[1])
    with pytest.raises(KeyError, match="3 is of type int where the keys are tuple"):
        model.wv[3]
    for name in ("m.w2v", "m.npz", "m.parquet", "m.txt"):
        if name.endswith("parquet"):
            pytest.importorskip("pyarrow")
        save = model.wv.save_word2vec_format if name.endswith("txt") else model.wv.save
        with pytest.raises(TypeError, match=r"of type tuple; str is expected .*number them"):
            save(tmp_path / name)
        assert not list(tmp_path.iterdir())


def test_vectors_of_ids_grow_and_change():
    wv = KeyedVectors([5, 9], np.eye(2, dtype=np.float32))
    assert wv.key_type is int and 0 not in wv and 5 in wv
    assert wv.add_vector(7, [1, 1]) == 2 and wv.index_to_key == [5, 9, 7]
    wv[np.int64(9)] = [3, 4]
    wv[[2**40, -1]] = [[1, 2], [3, 4]]
    assert wv[9].tolist() == [3, 4] and wv[-1].tolist() == [3, 4] and len(wv) == 5
    assert all(type(key) is int for key in wv.index_to_key)
    assert wv.add_vector(1, [0, 0]) == 5 and True not in wv and 1.0 not in wv and "1" not in wv
    assert wv.vectors_for_all([7, 1000, 5]).index_to_key == [7, 5]
    for key, message in (("a", "'a' is of type str"), (True, "True is of type bool"), (0.5, "0.5")):
        with pytest.raises(TypeError, match=message):
            wv.add_vectors([key], [[1, 2]])
    with pytest.raises(ValueError, match="beyond int64"):
        wv.add_vector(2**63, [1, 2])
    empty = KeyedVectors(vector_size=2)
    empty.add_vector(300, [1, 2])
    assert empty.key_type is int and empty[300].tolist() == [1, 2]
    with pytest.raises(TypeError, match="the key 'a' is of type str among ids"):
        KeyedVectors([1, "a"], np.eye(2))


def test_vectors_for_keeps_order_repeats_and_places():
    vectors = np.array([[1, 2], [3, 4]])
    for wv, keys in (
        (KeyedVectors([2, 0], vectors), [0, 1, 2, 0]),
        (KeyedVectors(["c", "a"], vectors), ["a", "b", "c", "a"]),
        (KeyedVectors([(2,), (0,)], vectors), [(0,), (1,), (2,), (0,)]),
    ):
        table = wv.vectors_for(keys)
        assert table.dtype == np.float32 and table.flags.writeable
        assert table.tolist() == [[3, 4], [0, 0], [1, 2], [3, 4]]
        assert wv.vectors_for(keys, missing=[7, 8])[1].tolist() == [7, 8]
        with pytest.raises(KeyError):
            wv.vectors_for(keys, missing=None)
        with pytest.raises(ValueError, match=r"missing: shape \(3,\)"):
            wv.vectors_for(keys, missing=np.ones(3))
    wv = KeyedVectors([2, 0], vectors)
    assert wv.vectors_for(3).tolist() == wv.vectors_for(np.arange(3)).tolist()
    assert wv.vectors_for(3).tolist() == [[3, 4], [0, 0], [1, 2]]
    assert wv.vectors_for([]).shape == (0, 2)


def test_ids_of_other_packages_stay_ids(of_ids):
    wv = of_ids.wv
    pandas = pytest.importorskip("pandas")
    frame = wv.to_pandas()
    assert frame.index.dtype == np.int64
    assert KeyedVectors.from_pandas(frame).index_to_key == list(wv.index_to_key)
    assert isinstance(frame, pandas.DataFrame)
    pytest.importorskip("pyarrow")
    assert KeyedVectors.from_arrow(wv.to_arrow()).index_to_key == list(wv.index_to_key)


def test_equal_ids_have_the_row_of_the_first():
    ids = Ids.of([4, -9, 4, MOST, LEAST, -9])
    assert [ids.find(i) for i in (4, -9, MOST, LEAST, 5)] == [0, 1, 3, 4, -1]
    assert ids.rows([4, 5, -9]).tolist() == [0, -1, 1]
    assert Ids.of(np.arange(5000) % 7).rows(range(7)).tolist() == list(range(7))
    assert ids.n_different == 4 and Ids.of([]).find(3) == -1
