"""Vectors go to other packages and formats and come back, without a copy where that is possible."""

import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors
from w2v.formats import npz as exchange
from w2v.shared import optional

WORDS = ["</s>", "naïve", "词向量", "🙂", "a b", "x" * 50]


@pytest.fixture
def wv(random):
    return KeyedVectors(WORDS, random.normal(size=(6, 4)).astype(np.float32), np.arange(6)[::-1])


def assert_same(found, wanted, counts=True):
    assert found.index_to_key == wanted.index_to_key
    assert found.vectors.dtype == wanted.vectors.dtype
    np.testing.assert_array_equal(found.vectors, wanted.vectors)
    if counts:
        assert found.counts.dtype == np.int64 and found.counts.tolist() == wanted.counts.tolist()


# NumPy


def test_the_array_given_is_kept(wv):
    assert KeyedVectors(WORDS, wv.vectors).vectors is wv.vectors


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("V, D", [(0, 3), (1, 1), (6, 5)])
def test_npz_reads_back_and_numpy_reads_it_without_pickle(tmp_path, random, V, D, dtype):
    path = tmp_path / "vectors.NPZ"
    words = [*WORDS[:5], "\udce9"][:V]
    wanted = KeyedVectors(words, random.normal(size=(V, D)).astype(dtype), np.arange(V))
    wanted.save(path)
    assert_same(KeyedVectors.load(path), wanted)
    assert_same(w2v.load(path), wanted)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["words"].tolist() == words and arrays["counts"].tolist() == list(range(V))
        assert arrays["vectors"].tobytes() == wanted.vectors.tobytes()
    KeyedVectors(words, wanted.vectors).save(path)
    assert KeyedVectors.load(path).counts is None


def test_npz_of_others_is_read(tmp_path, wv):
    path = tmp_path / "vectors.npz"
    for save in (np.savez, np.savez_compressed):
        save(path, words=WORDS, vectors=np.asfortranarray(wv.vectors), counts=wv.counts)
        assert_same(KeyedVectors.load(path), wv)
    save(path, words=np.char.encode(WORDS, "utf-8"), vectors=wv.vectors[::-1], extra=[1])
    assert KeyedVectors.load(path)["</s>"].tolist() == wv.vectors[-1].tolist()
    save(path, words=np.array(WORDS).astype(">U50"), vectors=wv.vectors.astype(">f4"))
    assert KeyedVectors.load(path)["naïve"].tolist() == wv["naïve"].tolist()


def test_a_long_word_takes_no_memory_for_the_others(tmp_path, allocating_at_most, monkeypatch):
    words = [*map(str, range(3000)), "x" * 10_000]  # 120 MB as an array of str
    wanted = KeyedVectors(words, np.zeros((3001, 1), np.float32))
    monkeypatch.setattr(exchange, "BLOCK_BYTES", 1 << 20)
    with allocating_at_most(20_000_000):
        wanted.save(tmp_path / "vectors.npz")
        assert KeyedVectors.load(tmp_path / "vectors.npz").index_to_key == words


def npz(path, wv, change=lambda data: data, compression=zipfile.ZIP_STORED, **arrays):
    """Write an archive of arrays, the bytes of each changed."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, array in {"words": np.array(WORDS), "vectors": wv.vectors, **arrays}.items():
            file = io.BytesIO()
            np.save(file, array, allow_pickle=True)
            archive.writestr(f"{name}.npy", change(file.getvalue()))


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(words=np.array(WORDS, object)), "words is no .npy"),
        (dict(words=np.array(["a", "b"])), "6 vectors for 2 words"),
        (dict(words=np.array([["a", "b"]])), r"words of shape \(1, 2\)"),
        (dict(words=np.arange(6) / 2), "words of dtype float64"),
        (dict(vectors=np.zeros(6)), r"vectors of shape \(6,\)"),
        (dict(vectors=np.zeros((6, 1), complex)), "vectors is no .npy"),
        (dict(counts=np.zeros(5, int)), r"counts of shape \(5,\) for 6 words"),
        (dict(compression=zipfile.ZIP_BZIP2), "not by deflate"),
        (
            dict(change=lambda data: data.replace(b"(6, 4), ", b"(66, 44)")),
            r"\(66, 44\) .* in 96",
        ),
        (dict(change=lambda data: data.replace(b"(6, 4), ", b"(6, -4),")), "vectors is no .npy"),
        (dict(change=lambda data: data.replace(b"<f4", b"<f9")), "vectors is no .npy"),
        (dict(change=lambda data: data.replace(b"<f4", b"f16")), "vectors is no .npy"),
        (dict(change=lambda data: data[:-1]), "words of shape .* bytes"),
        (dict(change=lambda data: b""), "words is no .npy"),
        (dict(change=lambda data: data.replace(b"NUMPY", b"PYTHO")), "words is no .npy"),
    ],
)
def test_a_damaged_npz_is_an_error_that_names_it(tmp_path, wv, options, message):
    path = tmp_path / "vectors.npz"
    npz(path, wv, **options)
    with pytest.raises(ValueError, match=message) as raised:
        KeyedVectors.load(path)
    assert str(raised.value).startswith(repr(str(path))) and "\n" not in str(raised.value)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_npz_that_promises_gigabytes_allocates_nothing(
    tmp_path, wv, compression, allocating_at_most
):
    path = tmp_path / "vectors.npz"
    n_rows, promised = 2**27, 128 + 2**31
    shape = b"(%d, 4), }" % n_rows
    npz(path, wv, lambda data: data.replace(b"(6, 4), }".ljust(len(shape)), shape), compression)
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)  # of vectors, in the directory
    assert data[entry + 46 :].startswith(b"vectors.npy")
    sizes = [promised] * 2 if compression == zipfile.ZIP_STORED else [200, promised]
    data[entry + 20 : entry + 28] = np.array(sizes, "<u4").tobytes()
    path.write_bytes(data)
    with (
        allocating_at_most(2_000_000),
        pytest.raises(ValueError, match=r"vectors has 2,147,483,776 bytes, for which the file"),
    ):
        KeyedVectors.load(path)


def test_mutated_and_cut_npz_are_errors_or_answers(tmp_path, wv, random, allocating_at_most):
    path = tmp_path / "vectors.npz"
    wv.save(path)
    whole = path.read_bytes()
    cases = [whole[:length] for length in range(len(whole))]
    for _ in range(1000):
        data = bytearray(whole)
        for i in random.integers(len(whole), size=random.integers(1, 4)):
            data[i] = random.integers(256) if random.integers(2) else data[i] ^ 1
        cases.append(bytes(data))
    errors = 0
    with allocating_at_most(2_000_000):
        for data in cases:
            path.write_bytes(data)
            try:
                KeyedVectors.load(path)
            except ValueError as error:
                errors += 1
                assert str(error).startswith(repr(str(path)))
    assert errors > len(cases) / 2


def test_words_that_numpy_would_change_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"'a\\x00' ends with"):
        KeyedVectors(["a\0"], np.zeros((1, 1))).save(tmp_path / "vectors.npz")
    assert not list(tmp_path.iterdir())


# Arrow and Parquet


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("V", [0, 1, 6])
def test_parquet_and_arrow_read_back(tmp_path, random, V, dtype):
    arrow = pytest.importorskip("pyarrow")
    wanted = KeyedVectors(
        WORDS[:V], random.normal(size=(V, 3)).astype(dtype), np.arange(V, dtype=np.int64)
    )
    path = tmp_path / "vectors.parquet"
    wanted.save(path)
    assert_same(KeyedVectors.load(path), wanted)
    assert_same(w2v.load(path), wanted)
    table = wanted.to_arrow()
    assert table.column_names == ["word", "vector", "count"]
    assert table.schema.field("word").type == arrow.string()
    again = KeyedVectors.from_arrow(table)
    assert_same(again, wanted)
    assert not V or np.shares_memory(again.vectors, wanted.vectors)
    assert KeyedVectors.from_arrow(table.drop_columns(["count"])).counts is None


def test_arrow_of_others_is_read(wv):
    arrow = pytest.importorskip("pyarrow")
    lists = arrow.table({"word": WORDS, "vector": wv.vectors.tolist(), "more": [0] * 6})
    found = KeyedVectors.from_arrow(lists)
    np.testing.assert_array_equal(found.vectors, wv.vectors.astype(np.float64))
    pieces = arrow.concat_tables([wv.to_arrow()[:2], wv.to_arrow()[2:]])
    assert pieces["vector"].num_chunks == 2
    assert_same(KeyedVectors.from_arrow(pieces), wv)
    assert_same(KeyedVectors.from_arrow(wv.to_arrow().slice(1, 3)),
                KeyedVectors(WORDS[1:4], wv.vectors[1:4], wv.counts[1:4]))  # fmt: skip


@pytest.mark.parametrize(
    "columns, error, message",
    [
        (dict(word=["a"]), ValueError, "no column 'vector' among"),
        (dict(word=["a"], vector=[1.0]), ValueError, "lists are expected"),
        (dict(word=["a", "b"], vector=[[1.0], [1.0, 2.0]]), ValueError, "of several lengths"),
        (dict(word=["a", "b"], vector=[[1.0], None]), ValueError, "nulls"),
        (dict(word=["a"], vector=[[None]]), ValueError, "nulls"),
        (dict(word=["a"], vector=[[]]), ValueError, "empty lists"),
        (dict(word=["a"], vector=[["x"]]), ValueError, "numbers in the shape"),
        (dict(word=[None], vector=[[1.0]]), TypeError, "the word None"),
        (dict(word=[1.5], vector=[[1.0]]), TypeError, "the word 1.5 is of type float"),
        (dict(word=[1, None], vector=[[1.0], [2.0]]), TypeError, "the key None .* among ids"),
    ],
)
def test_other_tables_are_errors(tmp_path, columns, error, message):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    with pytest.raises(error, match=message):
        KeyedVectors.from_arrow(arrow.table(columns))
    parquet.write_table(arrow.table(columns), tmp_path / "table")
    with pytest.raises(ValueError, match=f"/table': no Parquet file of word vectors: .*{message}"):
        KeyedVectors.load(tmp_path / "table")


def test_damaged_parquet_is_an_error(tmp_path, wv):
    pytest.importorskip("pyarrow")
    path = tmp_path / "vectors.parquet"
    wv.save(path)
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], b"PAR1", whole[:-9] + b"\xff" * 5 + b"PAR1"):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r"vectors\.parquet': no Parquet file") as raised:
            KeyedVectors.load(path)
        assert "\n" not in str(raised.value)


def test_words_outside_utf8_are_refused_by_arrow(wv):
    pytest.importorskip("pyarrow")
    with pytest.raises(ValueError, match=r"the word '\\udce9' is not UTF-8"):
        KeyedVectors(["a", "\udce9"], np.zeros((2, 2))).to_arrow()


# gensim, pandas, PyTorch


def test_gensim_shares_memory_both_ways(wv):
    pytest.importorskip("gensim")
    theirs = wv.to_gensim()
    assert np.shares_memory(theirs.vectors, wv.vectors)
    assert theirs.most_similar("naïve", topn=3) == [
        (word, pytest.approx(cosine, abs=1e-6)) for word, cosine in wv.most_similar("naïve", topn=3)
    ]
    assert theirs.get_vecattr("</s>", "count") == 5
    theirs.add_vectors(["new"], np.ones((1, 4), np.float32))
    assert len(theirs) == 7 and len(wv) == 6
    again = KeyedVectors.from_gensim(wv.to_gensim())
    assert_same(again, wv)
    assert np.shares_memory(again.vectors, wv.vectors)


def test_gensim_models_are_taken():
    models = pytest.importorskip("gensim.models")
    model = models.Word2Vec([["a", "b", "b"]] * 20, vector_size=3, min_count=1, workers=1)
    wv = KeyedVectors.from_gensim(model)
    assert wv.index_to_key == ["b", "a"] and wv.counts.tolist() == [40, 20]
    assert np.shares_memory(wv.vectors, model.wv.vectors)
    with pytest.raises(TypeError, match="a list is given; gensim"):
        KeyedVectors.from_gensim(["a"])


def test_pandas_shares_memory_both_ways(wv):
    pandas = pytest.importorskip("pandas")
    frame = wv.to_pandas()
    assert np.shares_memory(frame.to_numpy(), wv.vectors) and frame.index.name == "word"
    assert frame.loc["naïve"].tolist() == wv["naïve"].tolist() and frame.shape == (6, 4)
    again = KeyedVectors.from_pandas(frame)
    assert_same(again, wv, counts=False)
    assert np.shares_memory(again.vectors, wv.vectors)
    mixed = pandas.DataFrame({"x": [1, 2], "y": [0.5, 0.25]}, index=["a", "b"])
    assert KeyedVectors.from_pandas(mixed)["b"].tolist() == [2, 0.25]
    with pytest.raises(TypeError, match=r"the word 0\.5 is of type float"):
        KeyedVectors.from_pandas(pandas.DataFrame({"x": [1]}, index=[0.5]))
    with pytest.raises(ValueError, match="numbers in the shape"):
        KeyedVectors.from_pandas(pandas.DataFrame({"x": ["one"]}, index=["a"]))


def test_torch_shares_memory_both_ways(wv):
    torch = pytest.importorskip("torch")
    tensor = wv.to_torch()
    embedding = torch.nn.Embedding.from_pretrained(tensor)
    again = KeyedVectors.from_torch(WORDS, embedding)
    tensor[1] = 7
    assert wv["naïve"].tolist() == again["naïve"].tolist() == [7] * 4
    assert embedding(torch.tensor(wv.get_index("naïve"))).tolist() == [7] * 4
    assert_same(KeyedVectors.from_torch(iter(WORDS), tensor), wv, counts=False)
    trainable = torch.nn.Embedding(6, 4, dtype=torch.bfloat16)
    assert KeyedVectors.from_torch(WORDS, trainable).vectors.dtype == np.float32
    wv.vectors.flags.writeable = False
    copy = wv.to_torch()
    copy[0] = 1
    assert not np.shares_memory(copy.numpy(), wv.vectors)
    with pytest.raises(ValueError, match="6 vectors for 2 words"):
        KeyedVectors.from_torch(["a", "b"], tensor)


@pytest.mark.parametrize(
    "call, install",
    [
        (
            lambda wv, path: wv.to_arrow(),
            r"to_arrow needs the pyarrow package: pip install pyarrow",
        ),
        (
            lambda wv, path: wv.save(path),
            r"needs the pyarrow package: pip install pyarrow",
        ),
        (lambda wv, path: wv.to_gensim(), "to_gensim needs the gensim package: pip install gensim"),
        (lambda wv, path: wv.to_pandas(), "to_pandas needs the pandas package"),
        (lambda wv, path: wv.to_torch(), "to_torch needs the torch package"),
    ],
)
def test_a_missing_package_is_named_with_how_to_get_it(tmp_path, wv, monkeypatch, call, install):
    monkeypatch.setattr(optional.importlib, "import_module", refuse)
    with pytest.raises(ModuleNotFoundError, match=install):
        call(wv, tmp_path / "x.parquet")
    assert not list(tmp_path.iterdir())


def refuse(name):
    raise ImportError(name)


def test_importing_w2v_imports_none_of_them(tmp_path):
    code = "import sys, w2v; print({'torch', 'gensim', 'pandas', 'pyarrow'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    # Not in the checkout, whose w2v may not be the one installed.
    found = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path)
    assert found.stdout.split() == [b"set()"]


# The projector


def test_the_projector_gets_the_files_of_gensim(tmp_path, wv):
    script = pytest.importorskip("gensim.scripts.word2vec2tensor")
    wv = KeyedVectors([word.replace(" ", "_") for word in WORDS], wv.vectors)
    wv.save_projector(tmp_path / "ours")
    wv.save_word2vec_format(tmp_path / "vectors.txt")
    script.word2vec2tensor(str(tmp_path / "vectors.txt"), str(tmp_path / "theirs"))
    for name in ("tensor", "metadata"):
        ours = (tmp_path / f"ours_{name}.tsv").read_text()
        assert ours.split() == (tmp_path / f"theirs_{name}.tsv").read_text().split()


def test_the_projector_has_a_line_for_each_word(tmp_path):
    words = ["a", "tab\tbed", "line\r\nend", "", "  ", "back\\slash", "\udce9"]
    KeyedVectors(words, np.arange(14, dtype=np.float32).reshape(7, 2) / 10).save_projector(
        tmp_path / "p"
    )
    assert (tmp_path / "p_metadata.tsv").read_bytes().split(b"\n") == [
        b"a", b"tab\\tbed", b"line\\r\\nend", b"''", b"'  '", b"back\\slash", b"\xe9", b"",
    ]  # fmt: skip
    lines = (tmp_path / "p_tensor.tsv").read_text().split("\n")
    assert lines[:2] == ["0.0\t0.1", "0.2\t0.3"] and len(lines) == 8
    with pytest.raises(OSError, match="prefix="):
        KeyedVectors(["a"], np.zeros((1, 1))).save_projector(tmp_path / "nowhere" / "p")
