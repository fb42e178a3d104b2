"""What pages of documentation show: their snippets, run on small files of the names they use."""

import ast
import doctest
import gzip
import importlib
import importlib.util
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v.formats.subwords import NgramRows, Subwords

# Installing is for .ci/run to try; other tests run benchmarks and examples.
NOT_HERE = ("python3 -m venv", "python bench/", "python examples/", "pip install", "jupyter")

# What snippets that hold a name need; they are passed over where it is missing.
NEEDS = {"plot": "matplotlib", "w2v.sklearn": "sklearn"}

LINES = [
    "the king and the queen of the bank of england had breakfast with cereal in new york",
    "a man and a woman had dinner or lunch at the bank of england and not in new york",
    "kings and queens are men and women who like the new york of other men and women",
]
WORDS = sorted(set(" ".join(LINES).split()))
# Words that make those above rare enough for phrases.
OTHERS = " ".join(f"other{i}" for i in range(800))


def snippets(path):
    """Yield a page's snippets: the line each begins on, its language and its text."""
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(python|pycon|sh)\n(.*?)^```$", text, re.M | re.S):
        yield text[: found.start(2)].count("\n") + 1, found[1], found[2]


def make_files(random):
    """Write the files that pages name into the current folder."""
    text = "\n".join(LINES * 10 + [OTHERS]) + "\n"
    for name in ("corpus.txt", "more.txt", "other.txt", "book.txt", "held-out.txt"):
        Path(name).write_text(text)
    Path("corpus.txt.gz").write_bytes(gzip.compress(text.encode()))
    Path("corpus-koi8.txt").write_text("да нет кот\n" * 100, encoding="koi8-r")
    rows = [(word, random.normal(size=300).astype("<f4")) for word in WORDS]
    with open("glove.840B.300d.txt", "w") as file:
        file.writelines(f"{word} {' '.join(map(str, row.tolist()))}\n" for word, row in rows)
    with gzip.open("GoogleNews-vectors-negative300.bin.gz", "wb") as file:
        file.write(b"%d 300\n" % len(rows))
        file.writelines(word.encode() + b" " + row.tobytes() for word, row in rows)
    ngrams = NgramRows(Subwords(3, 6, 500), random.normal(size=(500, 300)).astype(np.float32))
    own = np.array([row for _, row in rows])
    w2v.SubwordVectors(WORDS, own=own, ngrams=ngrams).save_fasttext_format("cc.de.300.bin")
    Path("questions-words.txt").write_text(
        ": family\nking queen man woman\nman woman king queen\n"
        ": gram8-plural\nking kings queen queens\nman men woman women\n"
    )
    pairs = "king queen 8.6\nman woman 8.3\nbreakfast lunch 7\nnew cereal 1\n"
    Path("wordsim353.tsv").write_text(pairs.replace(" ", "\t"))


def has(*packages):
    return all(importlib.util.find_spec(name.split(".")[0]) for name in packages)


def imported(snippet):
    for node in ast.walk(ast.parse(snippet)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def run(path):
    """Run what a page shows, as it stands, from the top down; returns the names of its Python.

    Where a package that is imported is missing, the rest of the page is skipped.
    """
    names = {}
    for line, language, text in snippets(path):
        if language == "sh":
            run_commands(text)
        elif language == "pycon":
            test = doctest.DocTestParser().get_doctest(text, names, path.name, str(path), line)
            assert doctest.DocTestRunner().run(test, clear_globs=False).failed == 0, path
            names = test.globs
        elif has(*(package for name, package in NEEDS.items() if name in text)):
            run_python(path, line, text, names)
    return names


def run_python(path, line, text, names):
    """Run a snippet; a comment that is a literal is what the expression before it must give."""
    for name in imported(text):
        if not has(name):
            pytest.skip(f"could not import {name!r}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other packages
            importlib.import_module(name)
    # Moved down to where it stands, so that a traceback shows the page's line.
    exec(compile("\n" * (line - 1) + text, path, "exec"), names)
    for expression, answer in re.findall(r"^(\S.*?)  # (.+)$", text, re.M):
        try:
            answer = ast.literal_eval(answer)
        except (SyntaxError, ValueError):
            continue
        assert eval(expression, names) == answer, expression


def run_commands(text):
    """Run commands, line by line, in this environment, active or not; not in Windows' shell."""
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for line in text.replace("\\\n", "").splitlines() if os.name != "nt" else []:
        wanted = ["matplotlib"] if line.startswith("w2v plot") and " -o " in line else []
        wanted += ["bokeh", "openTSNE"] if line.startswith("w2v map") else []
        if line.startswith(("#", *NOT_HERE)) or not has(*wanted):
            continue
        run = subprocess.run(
            ["sh", "-c", line],
            env={**os.environ, "PATH": folders},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, f"{line}\n{run.stderr}"
