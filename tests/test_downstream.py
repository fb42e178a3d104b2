"""Packages that import gensim run unchanged on w2v.compat.gensim.install(), where they are there.

The extra `downstream` has them; they hold NumPy below 2, so an environment of their own is best.
"""

import importlib.util
import subprocess
import sys
import textwrap

import pytest

PROGRAMS = {
    "node2vec": """
        import networkx
        from node2vec import Node2Vec
        from node2vec.edges import HadamardEmbedder

        cliques = networkx.disjoint_union(networkx.complete_graph(8), networkx.complete_graph(8))
        walker = Node2Vec(cliques, dimensions=16, walk_length=20, num_walks=40, seed=1, quiet=True)
        model = walker.fit(window=5, min_count=1, batch_words=4)
        assert type(model) is w2v.Word2Vec and model.vector_size == 16
        for node in range(16):
            found = {int(name) for name, _ in model.wv.most_similar(str(node), topn=5)}
            assert {each // 8 for each in found} == {node // 8}, (node, found)
        embedder = HadamardEmbedder(keyed_vectors=model.wv, quiet=True)
        edges = embedder.as_keyed_vectors()
        assert type(edges) is w2v.KeyedVectors and len(edges) == 136
        assert (edges["('1', '2')"] == embedder["1", "2"]).all()
        edges.save_word2vec_format("edges.txt")
        """,
    "pecanpy": """
        import pathlib
        from pecanpy import pecanpy

        pairs = [(a, b) for s in (0, 8) for a in range(s, s + 8) for b in range(s, s + 8) if a < b]
        pathlib.Path("graph.edg").write_text("".join(f"{a}\\t{b}\\n" for a, b in pairs))
        graph = pecanpy.SparseOTF(p=1, q=0.5, workers=1, random_state=1)
        graph.read_edg("graph.edg", weighted=False, directed=False)
        vectors = graph.embed(dim=16, num_walks=40, walk_length=20, window_size=5, epochs=2)
        assert vectors.shape == (16, 16)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        nearest = np.argsort(unit @ unit.T - 2 * np.eye(16), axis=1)[:, -5:]
        cliques = np.array([int(node) // 8 for node in graph.nodes])
        assert (cliques[nearest] == cliques[:, None]).all()
        """,
    "wefe": """
        from gensim.models import Word2Vec
        from wefe.metrics import WEAT
        from wefe.query import Query
        from wefe.word_embedding_model import WordEmbeddingModel

        kinds = [["he", "man", "work", "office"], ["she", "woman", "home", "kitchen"]]
        random = np.random.default_rng(1)
        corpus = [random.choice(kinds[i % 2], size=8).tolist() for i in range(2000)]
        wv = Word2Vec(corpus, vector_size=16, sample=0, min_count=1, workers=1).wv
        model = WordEmbeddingModel(wv, "planted")
        targets, attributes = [each[:2] for each in kinds], [each[2:] for each in kinds]
        told = WEAT().run_query(Query(targets, attributes), model)
        assert told["weat"] > 1, told
        model.normalize()
        np.testing.assert_allclose(np.linalg.norm(wv["he"]), 1, rtol=1e-5)
        model.update("he", np.ones(16, np.float32))
        assert (wv["he"] == 1).all() and "he" in model
        """,
}


@pytest.mark.slow
@pytest.mark.parametrize("package", PROGRAMS)
def test_packages_run_unchanged(package, tmp_path):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    start = "import numpy as np, w2v\nfrom w2v.compat import gensim\ngensim.install()\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", start + textwrap.dedent(PROGRAMS[package])],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
