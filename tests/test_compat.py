"""Programs written for gensim, through w2v.compat.gensim: names, texts, and whole programs.

The programs make the calls that users' packages make, in their order, written anew; those packages
themselves are run by test_downstream.py.
"""

import functools
import gzip
import importlib
import io
import pathlib
import pickle
import subprocess
import sys
import textwrap

import corpora
import numpy as np
import pickles
import pytest

import w2v
from w2v.compat import gensim as compat
from w2v.compat.gensim import downloader
from w2v.compat.gensim.models import KeyedVectors, Phrases, Word2Vec
from w2v.compat.gensim.models.callbacks import CallbackAny2Vec
from w2v.compat.gensim.models.word2vec import LineSentence
from w2v.compat.gensim.scripts.glove2word2vec import glove2word2vec
from w2v.compat.gensim.scripts.word2vec2tensor import word2vec2tensor
from w2v.compat.gensim.test.utils import common_texts, datapath, get_tmpfile
from w2v.compat.gensim.utils import deaccent, simple_preprocess, tokenize

CORPUS = corpora.topics(sentences=300)


def same(one, other):
    return one.wv.index_to_key == other.wv.index_to_key and (
        one.wv.vectors.tobytes() == other.wv.vectors.tobytes()
    )


# Names


def test_the_modules_of_gensim_have_our_classes():
    names = {
        "models": ("Word2Vec", "KeyedVectors", "Phrases"),
        "models.word2vec": (
            "Word2Vec",
            "LineSentence",
            "PathLineSentences",
            "Text8Corpus",
            "BrownCorpus",
        ),
        "models.phrases": ("Phrases", "Phraser", "FrozenPhrases", "ENGLISH_CONNECTOR_WORDS"),
        "models.callbacks": ("CallbackAny2Vec",),
        "models.keyedvectors": ("KeyedVectors",),
        "models.fasttext": ("FastText", "Word2Vec", "KeyedVectors"),
    }
    for module, classes in names.items():
        for name in classes:
            found = getattr(importlib.import_module(f"w2v.compat.gensim.{module}"), name)
            assert found is getattr(w2v, name)
    for name in ("Word2VecKeyedVectors", "EuclideanKeyedVectors"):
        assert getattr(compat.models.keyedvectors, name) is w2v.KeyedVectors
    assert compat.models.word2vec.FAST_VERSION > -1


@pytest.mark.parametrize(
    "name, hint",
    [
        ("corpora", "use gensim itself"),
        ("corpora.Dictionary", "use gensim itself"),
        ("models.LdaModel", "use gensim itself"),
        ("models.word2vec.Heapitem", "use gensim itself"),
        ("models.Doc2Vec", "use gensim itself for it"),
        ("models.fasttext.ft_ngram_hashes", "use gensim itself for it"),
        ("models.keyedvectors.Vocab", "wv.key_to_index"),
    ],
)
def test_what_is_not_here_says_so(name, hint):
    folder, _, last = name.rpartition(".")
    module = f"w2v.compat.gensim.{folder}".rstrip(".")
    message = f"is not in w2v.compat.gensim, which is about word vectors alone: {hint}"
    for program in (f"from {module} import {last}", f"import {module}.{last}"):
        with pytest.raises(ImportError, match=message):
            exec(program, {})
    with pytest.raises(AttributeError, match=message):
        functools.reduce(getattr, name.split("."), compat)
    assert not hasattr(compat, "nonsense")


def test_what_would_be_downloaded_is_opened_where_gensim_left_it(tmp_path, monkeypatch):
    monkeypatch.setattr(downloader, "BASE_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"'tiny-2': w2v downloads nothing, .*w2v\.load"):
        downloader.load("tiny-2")
    for name, text in {"tiny-2": b"2 2\ntea 1 2\nmilk 3 4\n", "text8": b"tea and milk"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.gz").write_bytes(gzip.compress(text))
    assert downloader.load("tiny-2")["milk"].tolist() == [3, 4]
    assert list(downloader.load("text8")) == [["tea", "and", "milk"]]
    assert downloader.load("tiny-2", return_path=True) == str(tmp_path / "tiny-2/tiny-2.gz")
    with pytest.raises(FileNotFoundError, match=r"'lee\.cor': gensim's test files are not here"):
        datapath("lee.cor")


def test_files_of_vectors_are_turned_into_others(tmp_path):
    glove, vectors = tmp_path / "glove.txt", tmp_path / "vectors.txt"
    glove.write_text("tea 1 2\nmilk 0.1 -4\n")
    assert glove2word2vec(glove, vectors) == (2, 2)
    assert vectors.read_text() == "2 2\ntea 1.0 2.0\nmilk 0.1 -4.0\n"
    word2vec2tensor(vectors, tmp_path / "shown")
    assert (tmp_path / "shown_metadata.tsv").read_text() == "tea\nmilk\n"
    assert (tmp_path / "shown_tensor.tsv").read_text() == "1.0\t2.0\n0.1\t-4.0\n"


def run(program):
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", textwrap.dedent(program)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_gensim_can_be_w2v_on_request_and_loudly():
    done = run(
        """
        import sys, w2v, w2v.compat.gensim
        assert not any(name.startswith("gensim") for name in sys.modules)
        w2v.compat.gensim.install()
        import gensim, gensim.utils
        from gensim.models.word2vec import Word2Vec, LineSentence
        assert Word2Vec is w2v.Word2Vec and LineSentence is w2v.LineSentence
        assert gensim.models is w2v.compat.gensim.models and gensim.__version__ == "4.4.0"
        assert gensim.utils is w2v.compat.gensim.utils
        for missing in ("import gensim.corpora", "from gensim.models import LdaModel"):
            try:
                exec(missing)
            except ImportError as error:
                print(error)
        w2v.compat.gensim.uninstall()
        assert not any(name.startswith("gensim") for name in sys.modules)
        """
    )
    assert done.returncode == 0, done.stderr
    assert "UserWarning: import gensim means w2v.compat.gensim from now on" in done.stderr
    for name, line in zip(("corpora", "models.LdaModel"), done.stdout.splitlines(), strict=True):
        assert line.startswith(f"gensim.{name} is not in w2v.compat.gensim")
        assert line.endswith("call w2v.compat.gensim.uninstall() first")


def test_the_version_of_gensim_is_known_where_packages_ask_for_it():
    done = run(
        """
        import importlib.metadata as metadata
        import w2v.compat.gensim

        real = metadata.MetadataPathFinder.find_distributions
        metadata.MetadataPathFinder.find_distributions = lambda context: (
            each for each in real(context) if each.metadata["Name"] != "gensim"
        )
        for switch in (w2v.compat.gensim.uninstall, w2v.compat.gensim.install):
            switch()
            try:
                print(metadata.version("gensim"), metadata.metadata("gensim")["Summary"])
            except metadata.PackageNotFoundError as error:
                print(error.name)
        print([each for each in metadata.distributions() if each.metadata["Name"] == "gensim"])
        """
    )
    wanted = ["gensim", "4.4.0 the names of w2v.compat.gensim", "[]"]
    assert done.stdout.splitlines() == wanted, done.stderr


def test_a_gensim_that_was_imported_is_not_replaced():
    done = run(
        """
        import sys, types, w2v.compat.gensim
        sys.modules["gensim"] = types.ModuleType("gensim")
        w2v.compat.gensim.install()
        """
    )
    assert "RuntimeError: gensim is imported already, from None: call" in done.stderr


class Installed(pickle.Unpickler):
    """Finds classes as pickle does after install()."""

    def find_class(self, module, name):
        return super().find_class(module.replace("gensim.", "w2v.compat.gensim."), name)


def test_what_gensim_pickled_is_refused_by_pickle_with_what_opens_it():
    with pickles.stand_ins() as kinds:
        each = (kinds.Word2Vec, kinds.Word2VecKeyedVectors, kinds.Phrases, kinds.Phraser)
        written = [pickle.dumps(pickles.having(kind, vectors=[1], wv=1)) for kind in each]
    for data in written:
        with pytest.raises(ValueError, match=r"pickled by gensim, .* KeyedVectors\.load\(path\)"):
            Installed(io.BytesIO(data)).load()


def test_real_models_of_gensim_are_refused_by_pickle_and_opened_by_load(tmp_path):
    models = pytest.importorskip("gensim.models")
    model = models.Word2Vec(common_texts, vector_size=4, min_count=1, workers=1)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    with open(tmp_path / "model.pkl", "rb") as file, pytest.raises(ValueError, match="by gensim"):
        Installed(file).load()
    opened = Word2Vec.load(tmp_path / "model.pkl")
    assert (opened.wv["human"] == model.wv["human"]).all()


def test_what_is_ours_can_be_pickled():
    model = Word2Vec(common_texts, vector_size=4, min_count=1, workers=1)
    phrases = Phrases(common_texts, min_count=1, threshold=0.1)
    opened = pickle.loads(pickle.dumps([model, model.wv, phrases, phrases.freeze()]))
    assert same(opened[0], model) and opened[0].epochs == model.epochs
    assert (opened[1]["human"] == model.wv["human"]).all()
    assert opened[2].grams == opened[3].grams == phrases.grams


def test_importing_w2v_imports_no_compat():
    done = run(
        "import sys, w2v; print([name for name in sys.modules if name.startswith('w2v.compat')])"
    )
    assert done.stdout == "[]\n"


# Texts

TEXTS = [
    "The quick brown fox's 3 tails, well-known: über café naïve.",
    "Ёлка стоит; 5 шаров. ЁЖ",
    "東京は日本の首都です。人口1400万人",
    "हिन्दी भाषा में लिखा गया।",
    "_under_score a bb ccc " + "x" * 15 + " " + "y" * 16,
    "",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("deacc", [False, True])
def test_preprocessing_is_gensims(text, deacc):
    utils = pytest.importorskip("gensim.utils")
    assert simple_preprocess(text, deacc=deacc) == utils.simple_preprocess(text, deacc=deacc)
    assert list(tokenize(text, lowercase=True)) == list(utils.tokenize(text, lowercase=True))
    assert deaccent(text) == utils.deaccent(text)


def test_preprocessing_takes_letters_in_lower_case():
    assert simple_preprocess("The QUICK fox's 3 a über") == ["the", "quick", "fox", "über"]
    assert simple_preprocess(b"caf\xc3\xa9", deacc=True) == ["cafe"]
    assert simple_preprocess("ab abc abcdef", min_len=3, max_len=5) == ["abc"]


# Programs


def walks(n=60, length=20):
    """Random walks on two rings that share no node, as strings."""
    random, found = np.random.default_rng(1), []
    for start in range(n):
        ring, node, walk = start % 2, int(random.integers(10)), []
        for _ in range(length):
            walk.append(str(ring * 10 + node))
            node = (node + random.choice([-1, 1])) % 10
        found.append(walk)
    return found


def test_a_graph_embedder_fits_and_writes_its_edges(tmp_path):
    """node2vec and pecanpy: one call, with parameters of the caller; vectors of edges saved."""

    def fit(**skip_gram_params):
        skip_gram_params.setdefault("vector_size", 16)
        skip_gram_params["sg"] = 1
        return Word2Vec(walks() * 10, **skip_gram_params)

    model = fit(window=5, min_count=0, workers=1, batch_words=4, hs=0, seed=3, sample=0, epochs=5)
    near = [name for name, _ in model.wv.most_similar("3", topn=5)]
    assert all(int(name) < 10 for name in near)
    edges = KeyedVectors(vector_size=model.wv.vector_size)
    pairs = [("1", "2"), ("2", "3")]
    edges.add_vectors([str(pair) for pair in pairs], [model.wv[a] * model.wv[b] for a, b in pairs])
    edges.save_word2vec_format(tmp_path / "edges.txt")
    opened = KeyedVectors.load_word2vec_format(tmp_path / "edges.txt")
    np.testing.assert_array_equal(opened["('1', '2')"], model.wv["1"] * model.wv["2"])


def test_an_item_recommender_retrains_with_new_items():
    """LibRecommender's Item2Vec: a corpus object, training, more items, training again."""

    class ItemCorpus:
        def __init__(self, baskets):
            self.baskets = baskets

        def __iter__(self):
            for basket in self.baskets:
                yield list(map(str, basket))

    random = np.random.default_rng(2)
    first = ItemCorpus(random.integers(0, 30, (200, 8)).tolist())
    second = ItemCorpus(random.integers(20, 40, (200, 8)).tolist())
    model = Word2Vec(vector_size=8, window=10000, sg=1, hs=0, negative=5, seed=1, min_count=1,
                     workers=1, sorted_vocab=0)  # fmt: skip
    model.build_vocab(first, update=False)
    model.train(first, total_examples=model.corpus_count, epochs=3, compute_loss=False)
    before = model.wv["3"].copy()
    model.build_vocab(second, update=True)
    assert (model.wv["3"] == before).all() and "39" in model.wv
    model.train(second, total_examples=model.corpus_count, epochs=3)
    table = np.array([model.wv.get_vector(str(i)) for i in range(40)])
    assert np.isfinite(table).all() and (table[30:] != 0).all()


def test_an_rdf_embedder_fits_updates_and_transforms():
    """pyRDF2Vec: build_vocab(update=is_update), train with counts of the model, vectors by name."""
    model = Word2Vec(vector_size=10, workers=1, min_count=0, negative=5, seed=1)
    for is_update, texts in ((False, walks()), (True, [["new:a", "new:b", "1"]] * 30)):
        model.build_vocab(texts, update=is_update)
        model.train(texts, total_examples=model.corpus_count, epochs=model.epochs)
        assert all(token in model.wv for token in texts[0])
    vectors = [model.wv.get_vector(entity) for entity in ("1", "new:a")]
    assert np.shape(vectors) == (2, 10)


def test_a_spectrum_embedder_trains_with_a_callback_of_progress(tmp_path, capsys):
    """spec2vec: rates by start_alpha and min_alpha, a callback that counts and saves."""

    class TrainingProgressLogger(CallbackAny2Vec):
        def __init__(self, num_of_epochs):
            self.epoch, self.num_of_epochs, self.loss = 0, num_of_epochs, 0

        def on_epoch_end(self, model):
            loss = model.get_latest_training_loss()
            self.epoch += 1
            print(f"Epoch {self.epoch} of {self.num_of_epochs}: change {loss - self.loss:.2f}")
            self.loss = loss
            if self.epoch == 2:
                model.save(str(tmp_path / f"iter_{self.epoch}.model"))

    documents = [[f"peak@{int(word[1])}.{word[3:]}" for word in line] for line in CORPUS]
    logger = TrainingProgressLogger(3)
    model = Word2Vec(documents, callbacks=[logger], sg=0, negative=5, vector_size=12, window=500,
                     min_count=1, workers=1, epochs=3, compute_loss=True, alpha=0.025,
                     min_alpha=0.0025, seed=321)  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all(float(line.split()[-1]) > 0 for line in lines)
    saved = Word2Vec.load(str(tmp_path / "iter_2.model"))
    assert saved.wv.key_to_index == model.wv.key_to_index and len(saved.losses) == 2


def test_a_text_explorer_builds_counts_and_trains_in_steps():
    """scattertext: a vocabulary first, then training with its own number of epochs."""
    model = Word2Vec(vector_size=12, alpha=0.025, window=5, min_count=5, max_vocab_size=None,
                     sample=0, seed=1, workers=1, min_alpha=0.0001, sg=1, hs=1, negative=0,
                     cbow_mean=0, epochs=1, null_word=0, trim_rule=None)  # fmt: skip
    sentences = [list(line) for line in corpora.topics(sentences=1500)]
    model.build_vocab(sentences)
    for _ in range(4):
        model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
    near = model.wv.most_similar("t3_1", topn=5)
    assert all(word.startswith("t3_") for word, _ in near) and model.train_count == 4


def test_the_steps_of_gensims_own_tutorial(tmp_path):
    """Train, look, save, load, train on, score pairs, keep the vectors alone."""
    model = Word2Vec(sentences=common_texts, vector_size=20, window=5, min_count=1, workers=4)
    for index, word in enumerate(model.wv.index_to_key):
        assert model.wv.key_to_index[word] == index
        if index == 5:
            break
    model.save(str(tmp_path / "word2vec.model"))
    model = Word2Vec.load(str(tmp_path / "word2vec.model"))
    model.train([["hello", "world"]], total_examples=1, epochs=1)
    assert "hello" not in model.wv and model.wv["computer"].shape == (20,)
    assert len(model.wv.most_similar("computer", topn=10)) == 10
    model.wv.save(str(tmp_path / "word2vec.wordvectors"))
    wv = KeyedVectors.load(str(tmp_path / "word2vec.wordvectors"), mmap="r")
    assert (wv["computer"] == model.wv["computer"]).all()
    more = [["advanced", "users", "computer"]] * 2
    model.build_vocab(more, update=True)
    model.train(more, total_examples=model.corpus_count, epochs=model.epochs)
    assert "advanced" in model.wv
    loss_model = Word2Vec(common_texts, min_count=1, compute_loss=True, hs=0, sg=1, seed=42)
    assert loss_model.get_latest_training_loss() > 0
    assert get_tmpfile("model").endswith("model")


def test_the_usual_notebook_joins_phrases_and_trains(tmp_path):
    """Phrases learned, frozen and applied; build_vocab and train as every notebook has them."""
    texts = [["new", "york", *line[:5]] for line in CORPUS]
    phrases = Phrases(texts, min_count=30, progress_per=10000, threshold=1)
    bigram = compat.models.phrases.Phraser(phrases)
    sentences = bigram[texts]
    w2v_model = Word2Vec(min_count=20, window=2, vector_size=30, sample=6e-5, alpha=0.03,
                         min_alpha=0.0007, negative=20, workers=1)  # fmt: skip
    w2v_model.build_vocab(sentences, progress_per=10000)
    w2v_model.train(sentences, total_examples=w2v_model.corpus_count, epochs=3, report_delay=1)
    w2v_model.wv.fill_norms()
    assert "new_york" in w2v_model.wv and "york" not in w2v_model.wv
    LineSentence(pathlib.Path(tmp_path))  # opened when it is iterated, as in gensim
