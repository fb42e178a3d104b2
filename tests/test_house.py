"""The shape of the house: imports go one way, examples in the documentation run, types are told."""

import ast
import doctest
import importlib.resources
import pkgutil
from pathlib import Path

import pytest

import w2v

# What each module may import of the package; see the map in README.md.
MAY_IMPORT = {
    "text": set(),
    "threads": set(),
    # What is read may be compressed, and text.py knows how to open that.
    "fasttext": {"_files", "threads"},
    "readers": {"_files", "fasttext", "text", "threads"},
    "files": {"_files", "readers", "threads"},
    "words": {"_vocab"},
    "exchange": {"files"},
    "native": {"__version__", "_vocab", "exchange", "files", "words"},
    "vocab": {"_vocab", "text", "words"},
    "corpus": {"_text", "text", "threads", "vocab"},
    "similarity": {"_similarity", "threads"},
    "store": {"similarity", "words"},
    "correlation": set(),
    "evaluation": {"correlation", "text"},
    "vectors": {"evaluation", "exchange", "files", "native", "similarity", "store", "vocab"},
    "joining": {"_phrases", "corpus", "files", "text", "threads"},
    "phrases": {"_phrases", "_text", "corpus", "files", "joining", "threads"},
    "params": {"_core", "threads"},
    "training": {"_core", "params", "threads", "vocab"},
    "model": {"_core", "corpus", "joining", "native", "params", "phrases", "training"}
    | {"vectors", "vocab"},
    "console": {"files", "text"},
    "companions": {"console", "evaluation", "vectors"},
    "cli_queries": {"console", "evaluation", "exchange", "files", "native", "vectors"},
    "cli_phrases": {"console", "corpus", "joining", "phrases", "text"},
    "demo": {"model"},
    "cli": {"__version__", "cli_phrases", "cli_queries", "console"}
    | {"corpus", "demo", "files", "model", "params", "training", "vocab"},
    "word2phrase": {"__version__", "_phrases", "_text", "cli", "console"}
    | {"corpus", "joining", "phrases", "vocab"},
    "__init__": {"_core", "evaluation", "joining", "model", "params", "phrases", "vectors"},
    "__main__": {"cli"},
}
FOLDER = Path(w2v.__file__).parent


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from [node.module] if node.module else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("w2v") for alias in node.names)


def test_imports_go_one_way():
    sources = {path.stem: path for path in FOLDER.glob("*.py")}
    assert set(sources) == set(MAY_IMPORT)
    for name, path in sources.items():
        assert set(imported(path)) <= MAY_IMPORT[name], name


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules([str(FOLDER)])])
def test_examples_in_docstrings_run(name):
    if name == "__main__":
        return
    module = importlib.import_module(f"w2v.{name}")
    assert module.__doc__
    assert doctest.testmod(module).failed == 0


def test_the_package_says_that_it_is_typed():
    assert importlib.resources.files("w2v").joinpath("py.typed").is_file()


def test_compiled_modules_import_nothing_of_the_package():
    for path in [*FOLDER.rglob("*.pyx"), *FOLDER.rglob("*.pxi")]:
        assert "from ." not in path.read_text() and "import w2v" not in path.read_text()
