"""The shape of the house: imports go one way, examples in the documentation run, types are told."""

import ast
import doctest
import importlib.resources
import inspect
from pathlib import Path

import examples
import pytest

import w2v

FOLDER = Path(w2v.__file__).parent

# What the modules of each folder may import besides each other; see the map in README.md. "models"
# stands on the compiled core.
MAY_IMPORT = {
    "shared": set(),
    "formats": {"shared"},
    "corpus": {"formats", "shared"},
    "phrases": {"corpus", "formats", "shared"},
    "vectors": {"formats", "shared"},
    "cooccurrence": {"_core", "corpus", "formats", "models", "phrases", "shared", "vectors"},
    "distributed": {"shared"},
    "models": {"_core", "corpus", "distributed", "formats", "phrases", "shared", "vectors"},
    "plot": {"formats", "shared", "vectors"},
    "cli": {
        "_core",
        "cooccurrence",
        "corpus",
        "formats",
        "models",
        "phrases",
        "plot",
        "shared",
        "vectors",
    },
    "compat": {"corpus", "formats", "models", "phrases", "shared", "vectors"},
}


def imported(path):
    """Yield what a module imports of the package, as paths below it: ("formats", "words").

    What only type checkers import is left out.
    """
    package = path.relative_to(FOLDER).parent.parts
    body = [
        node
        for node in ast.parse(path.read_text()).body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    for node in ast.walk(ast.Module(body, [])):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            base += tuple(node.module.split(".")) if node.module else ()
            yield from ((*base, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("w2v") for alias in node.names)


def test_imports_between_folders_go_one_way():
    for path in FOLDER.rglob("*.py"):
        room = path.relative_to(FOLDER).parts[0]
        if room in MAY_IMPORT:
            rooms = {target[0] for target in imported(path)} - {room}
            assert rooms <= MAY_IMPORT[room], path


def test_no_module_imports_itself_in_a_circle():
    def module_of(target):
        """Return the module that an imported name is or stands in, None for a compiled one."""
        for path in (FOLDER.joinpath(*target), FOLDER.joinpath(*target[:-1])):
            if path.with_suffix(".pyi").is_file():  # which wheels have, too
                return None
            for module in (path.with_suffix(".py"), path / "__init__.py"):
                if module.is_file():
                    return module
        raise AssertionError(f"nobody knows where {target} comes from")

    sources = [path for path in FOLDER.rglob("*.py") if path.name != "__main__.py"]
    waits = {path: {module_of(target) for target in imported(path)} - {None} for path in sources}
    while waits:
        free = {path for path, needs in waits.items() if not needs & set(waits)}
        assert free, f"these import each other: {sorted(map(str, waits))}"
        waits = {path: needs for path, needs in waits.items() if path not in free}


@pytest.mark.parametrize("name", examples.MODULES)
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name.startswith("w2v.plot"):
        pytest.importorskip("bokeh" if name == "w2v.plot.pages" else "matplotlib")
    assert importlib.import_module(name).__doc__
    for test in examples.docstring_tests(name):
        assert doctest.DocTestRunner().run(test).failed == 0, test.name
        assert "+SKIP" not in test.docstring, test.name


# Methods of public classes that are no questions of users: what these stand on, and conversions to
# packages that are not always there.
OF_KEYED_VECTORS = {
    "append_words", "attribute", "changed", "chosen", "counts", "find", "fit_attributes", "found",
    "from_arrow", "from_gensim", "from_pandas", "from_polars", "from_torch", "gather", "has_ngrams",
    "hold", "is_key", "is_weighted", "key_to_index", "listed", "locks", "mask", "missing",
    "of_ngrams", "open_for_writing", "pairs", "panels", "parts", "places", "places_of", "query",
    "query_rows", "resize_vectors", "rows_of", "similar_by", "to_arrow", "to_embedding", "to_faiss",
    "to_gensim", "to_pandas", "to_polars", "to_torch", "to_usearch", "turned", "unknown",
    "vector_size", "vectors_at", "wmdistance",
}  # fmt: skip
OF_MODELS = {
    *(name for name in vars(w2v.models.attributes.Attributes) if not name.startswith("_")),
    "begin_vocabulary", "check_words", "count", "encode", "first_vectors", "fit", "fit_on",
    "forget", "give_outputs", "give_vectors", "hold_rows", "hold_vectors", "join_phrases", "learn",
    "log_likelihood", "padded_inputs", "padded_rows", "prepare_parts", "restore", "set_up",
    "take_file", "take_gensim", "to_gensim", "watched", "write",
}  # fmt: skip
WITHOUT_EXAMPLES = {
    "KeyedVectors": OF_KEYED_VECTORS,
    "SubwordVectors": {*OF_KEYED_VECTORS, "bucket", "counted", "max_n", "min_n"},
    "Word2Vec": OF_MODELS,
    "FastText": {
        *OF_MODELS, "begin_with", "bucket", "estimate_memory", "exact_settings", "fill_known",
        "hold_exact", "max_n", "min_n", "subwords", "unlike_fasttext",
    },
    "Estimate": {"as_dict", "fits", "lines", "memory_bytes", "seconds", "verdict"},
    "Cluster": {"is_shared", "is_writer"},
    "EarlyStopping": {"best_epoch", *w2v.models.callbacks.MOMENTS},
    "Evaluate": {"evaluate", *w2v.models.callbacks.MOMENTS},
    "Report": {
        "as_dict", "cluster_line", "from_dict", "lines", "of_nothing", "save", "tokens_unknown",
        "words_per_second", "words_subsampled",
    },
    "Phrases": {
        "all_words", "check_settings", "choose", "count_pairs", "current", "drop_rare", "entries",
        "learn", "len_vocab", "n_pairs", "n_words", "scores",
    },
    "FrozenPhrases": {"apply", "as_dict", "from_dict", "join", "table"},
    "Cooccurrence": {"blocks", "count_exactly", "has_diagonal", "row_sizes", "to_scipy"},
    "GloVe": {
        "context_biases", "context_vectors", "made", "take_counts", "word_biases", "word_vectors",
        "write_text", "wv",
    },
    "Params": {"end_alpha", "kernel_name", "n_workers", "seed_number", "start_alpha"},
    "Callback": set(w2v.models.callbacks.MOMENTS),
    "BrownCorpus": {"files", "is_plain", "read"},
    "LineSentence": {"files", "is_plain", "read"},
    "PathLineSentences": {"files", "is_plain", "read"},
    "Text8Corpus": {"files", "is_plain", "read"},
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in w2v.__all__ if callable(getattr(w2v, name))])
def test_what_is_public_has_an_example(name):
    value = getattr(w2v, name)
    # An example of what needs another package would fail where that is missing.
    assert examples.examples_of(value.__doc__) or name == "svd_vectors", name
    if not inspect.isclass(value):
        return
    fields = getattr(value, "__dataclass_fields__", {})
    methods = {name for name in dir(value) if not name.startswith("_")} - set(fields)
    without = WITHOUT_EXAMPLES.get(value.__name__, set())
    assert without <= methods
    for method in methods - without:
        assert examples.examples_of(inspect.getdoc(getattr(value, method))), (name, method)


def test_the_package_says_that_it_is_typed():
    assert importlib.resources.files("w2v").joinpath("py.typed").is_file()


def test_compiled_modules_import_nothing_of_the_package():
    for path in [*FOLDER.rglob("*.pyx"), *FOLDER.rglob("*.pxi")]:
        assert "from ." not in path.read_text() and "import w2v" not in path.read_text()
