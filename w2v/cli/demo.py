"""The demonstration: English prose that every Python installation carries, and what is learnt.

Owns where that prose is found and how it is cut into sentences. Modules are parsed, not imported.
"""

import ast
import re
import sysconfig
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..models.word2vec import Word2Vec
from ..shared import streams

# Of the standard library's folders: what holds little prose, or is not the library's.
SKIPPED = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "ensurepip"}

# Small corpora want small vectors, every word that stands three times, and many passes.
PARAMS: dict[str, Any] = dict(
    sg=1, vector_size=100, window=5, negative=10, min_count=3, epochs=30, alpha=0.05
)

SHOWN = ("string", "integer", "directory", "socket", "exception", "first", "widget", "write")


def read_prose() -> Iterator[list[str]]:
    """Yield the sentences of the standard library's documentation as lower-case words.

    The docstrings are read from the library's source files, the language reference from pydoc.
    """
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        if not SKIPPED.intersection(path.relative_to(library).parts):
            for text in docstrings(path):
                yield from sentences(text)
    try:
        from pydoc_data.topics import topics
    except ImportError:  # some distributions package it apart
        return
    for text in topics.values():
        yield from sentences(text)


def docstrings(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in other people's files
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield ast.get_docstring(node) or ""


def sentences(text: str) -> Iterator[list[str]]:
    for sentence in re.split(r"\n\s*\n|[.:;?!]\s", text):
        words = re.findall(r"[a-z]+(?:_[a-z]+)*", sentence.lower())
        if len(words) > 2:
            yield words


def save_prose(path: str) -> None:
    """Write the prose as a text file, a sentence a line, to train on by other commands."""
    n_sentences = n_words = 0
    with streams.replacing(path, "text") as file:
        for words in read_prose():
            file.write(" ".join(words).encode() + b"\n")
            n_sentences, n_words = n_sentences + 1, n_words + len(words)
    print(f"{n_words:,} words in {n_sentences:,} sentences: {path}")


def run(words: list[str]) -> None:
    """Train on the prose, showing progress, and print neighbours.

    Raises ValueError naming the words asked for that the prose does not have.
    """
    print("Reading the documentation of Python's standard library ...", flush=True)
    prose = list(read_prose())
    print(f"{sum(map(len, prose)):,} words in {len(prose):,} sentences. Training:", flush=True)
    begin = time.perf_counter()
    model = Word2Vec(prose, progress=True, **PARAMS)
    print(
        f"{len(model.wv):,} word vectors of {model.wv.vector_size} dimensions in "
        f"{time.perf_counter() - begin:.1f} s. Nearest neighbours:\n"
    )
    known = [word for word in words or SHOWN if word in model.wv]
    for word in known:
        near = ", ".join(
            f"{near} {cosine:.2f}" for near, cosine in model.wv.most_similar(word, topn=6)
        )
        print(f"  {word:<10} {near}")
    if missing := [word for word in words if word not in known]:
        raise ValueError(f"words={' '.join(missing)}: not among the {len(model.wv):,} words here")
    print(
        "\nNow with a book of your own: w2v train FILE -o vectors.bin --tokenizer words --lowercase"
    )
