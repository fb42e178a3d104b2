"""Vectors in other packages' indexes, frames and layers: the answers and rows are ours."""

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors

WORDS = [f"word{i}" for i in range(60)]


@pytest.fixture
def wv(random):
    vectors = random.normal(size=(60, 8)).astype(np.float32)
    return KeyedVectors(WORDS, vectors, counts=np.arange(60, 0, -1))


@pytest.fixture
def nodes(wv):
    """The same vectors, of ids that are no rows."""
    return KeyedVectors(np.arange(5000, 5060).tolist(), wv.vectors)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan", "chebyshev"])
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4"])
def test_faiss_finds_the_neighbours_that_we_find(wv, metric, dtype):
    pytest.importorskip("faiss")
    index = KeyedVectors(WORDS, wv.vectors.astype(dtype)).to_faiss(metric=metric)
    query = wv.get_vector("word3", norm=metric == "cosine")[np.newaxis]
    scores, rows = index.search(query, 6)
    wanted = wv.most_similar("word3", topn=5, metric=metric)
    assert [WORDS[row] for row in rows[0]] == ["word3", *(word for word, _ in wanted)]
    found = scores[0, 1:] ** (0.5 if metric == "euclidean" else 1)
    np.testing.assert_allclose(found, [score for _, score in wanted], rtol=1e-5)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_usearch_finds_the_neighbours_that_we_find(wv, metric):
    pytest.importorskip("usearch")
    found = wv.to_usearch(metric=metric).search(wv["word3"], 6, exact=True)
    wanted = wv.most_similar("word3", topn=5, metric=metric)
    assert [WORDS[row] for row in found.keys] == ["word3", *(word for word, _ in wanted)]
    scores = 1 - found.distances if metric == "cosine" else np.sqrt(found.distances)
    np.testing.assert_allclose(scores[1:], [score for _, score in wanted], rtol=1e-4)


def test_labels_are_ids_where_keys_are(nodes):
    wanted = [5003, *(node for node, _ in nodes.most_similar(5003, topn=4))]
    pytest.importorskip("faiss")
    for kind in ("Flat", "HNSW16", "IVF1,Flat"):  # the last is trained
        _, labels = nodes.to_faiss(kind).search(nodes.get_vector(5003, norm=True)[np.newaxis], 5)
        assert labels[0].tolist() == wanted
    pytest.importorskip("usearch")
    assert nodes.to_usearch(dtype="f16").search(nodes[5003], 5).keys.tolist() == wanted


def test_what_indexes_do_not_have_is_an_error(wv):
    pytest.importorskip("faiss")
    with pytest.raises(ValueError, match="metric='dot': there are cosine, euclidean, manhattan"):
        wv.to_faiss(metric="dot")
    with pytest.raises(ValueError, match=r"kind='Flt': .*could not parse"):
        wv.to_faiss("Flt")
    pytest.importorskip("usearch")
    with pytest.raises(ValueError, match="metric='manhattan': there are cosine, euclidean"):
        wv.to_usearch(metric="manhattan")
    with pytest.raises(ValueError, match="the id -7: keys of usearch are 0 or more"):
        KeyedVectors([-7, 3], np.ones((2, 2))).to_usearch()


def test_an_embedding_layer_has_the_rows_that_are_asked_for(wv):
    torch = pytest.importorskip("torch")
    whole = wv.to_embedding()
    assert not whole.weight.requires_grad
    assert whole(torch.tensor(wv.get_index("word3"))).tolist() == wv["word3"].tolist()
    whole.weight[5] = 7
    assert wv["word5"].tolist() == [7] * 8  # memory is shared
    some = wv.to_embedding(["<pad>", "word9", "word2"], freeze=False, padding_idx=0)
    assert some.weight.requires_grad and some.padding_idx == 0
    wanted = np.stack([np.zeros(8), wv["word9"], wv["word2"]]).astype(np.float32)
    np.testing.assert_array_equal(some.weight.detach().numpy(), wanted)
    some(torch.tensor([0, 1])).sum().backward()
    assert some.weight.grad[0].tolist() == [0] * 8 and some.weight.grad[1].tolist() == [1] * 8


def test_polars_shares_memory_and_reads_back(wv, nodes):
    polars = pytest.importorskip("polars")
    frame = wv.to_polars()
    assert frame.columns == ["word", "vector", "count"] and frame["word"].to_list() == WORDS
    assert frame["vector"].dtype == polars.Array(polars.Float32, 8)
    assert np.shares_memory(frame["vector"].to_numpy(), wv.vectors)
    for given in (frame, frame.with_columns(frame["vector"].arr.to_list())):
        again = KeyedVectors.from_polars(given)
        assert again.index_to_key == WORDS and again.counts.tolist() == wv.counts.tolist()
        np.testing.assert_array_equal(again.vectors, wv.vectors)
    numbered = nodes.to_polars()
    assert numbered["word"].dtype == polars.Int64
    again = KeyedVectors.from_polars(numbered)
    assert again.key_type is int and (again[5042] == nodes[5042]).all() and again.counts is None


def test_pandas_keeps_ids(nodes):
    pytest.importorskip("pandas")
    frame = nodes.to_pandas()
    assert frame.index.dtype == np.int64 and (frame.loc[5042].to_numpy() == nodes[5042]).all()
    again = KeyedVectors.from_pandas(frame.loc[[5042, 5001]])
    assert again.index_to_key == [5042, 5001] and (again[5001] == nodes[5001]).all()


def test_frames_of_others_are_refused_by_name(wv):
    polars = pytest.importorskip("polars")
    for columns, message in (
        ({"word": ["a"]}, "no column 'vector' among"),
        ({"word": ["a", "b"], "vector": [[1.0], [1.0, 2.0]]}, "lists of several lengths"),
        ({"word": ["a", "b"], "vector": [[1.0], None]}, "nulls"),
        ({"word": ["a"], "vector": [1.0]}, "numbers in the shape"),
    ):
        with pytest.raises(ValueError, match=message):
            KeyedVectors.from_polars(polars.DataFrame(columns))
    with pytest.raises(ValueError, match=r"the word '\\udce9' is not UTF-8, as polars needs"):
        KeyedVectors(["a", "\udce9"], np.zeros((2, 2))).to_polars()


@pytest.mark.parametrize(
    "call, install",
    [
        (lambda wv: wv.to_faiss(), "to_faiss needs the faiss package: pip install faiss-cpu"),
        (lambda wv: wv.to_usearch(), "to_usearch needs the usearch package: pip install usearch"),
        (lambda wv: wv.to_polars(), "to_polars needs the polars package: pip install polars"),
        (lambda wv: wv.to_embedding(), "to_embedding needs the torch package: pip install torch"),
    ],
)
def test_a_missing_package_is_named(wv, monkeypatch, call, install):
    def refuse(name):
        raise ImportError(name)

    monkeypatch.setattr(w2v.shared.optional.importlib, "import_module", refuse)
    with pytest.raises(ModuleNotFoundError, match=install):
        call(wv)
