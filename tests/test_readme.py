"""README's Python and shell snippets run, line by line, on small files of the names they use."""

import ast
import gzip
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import w2v
import w2v.compat  # README names it
from w2v.formats.subwords import NgramRows, Subwords

PATH = Path(__file__).parents[1] / "README.md"
README = PATH.read_text(encoding="utf-8")

# Installing is for .ci/run to try; tests/test_bench.py starts the benchmarks.
NOT_HERE = ("python3 -m venv", "python bench/")

LINES = [
    "the king and the queen of the bank of england had breakfast with cereal in new york",
    "a man and a woman had dinner or lunch at the bank of england and not in new york",
    "kings and queens are men and women who like the new york of other men and women",
]
WORDS = sorted(set(" ".join(LINES).split()))
# Words that make those above rare enough for phrases.
OTHERS = " ".join(f"other{i}" for i in range(800))


def snippets(language):
    """Yield the snippets of a language, each with the line it begins on."""
    for found in re.finditer(rf"^```{language}\n(.*?)^```$", README, re.M | re.S):
        yield README[: found.start(1)].count("\n") + 1, found[1]


@pytest.fixture
def files(tmp_path, monkeypatch, random):
    """A folder of files named as in README, the current one."""
    monkeypatch.chdir(tmp_path)
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


def test_python_snippets_run_and_give_what_they_say(files):
    names = {}
    for line, snippet in snippets("python"):
        if "plot" in snippet and importlib.util.find_spec("matplotlib") is None:
            continue
        # Moved down to where it stands, so that a traceback shows README's line.
        exec(compile("\n" * (line - 1) + snippet, PATH, "exec"), names)
        for expression, answer in re.findall(r"^(\S.*?)  # (\[.*\])$", snippet, re.M):
            assert eval(expression, names) == ast.literal_eval(answer)
    assert len(names["wv"])


def test_pictures_that_are_shown_are_there_and_small():
    paths = [PATH.parent / path for path in re.findall(r"!\[[^]]*\]\((.*?)\)", README)]
    assert len(paths) == 2 and sum(path.stat().st_size for path in paths) < 150_000


def test_names_between_the_snippets_exist():
    wv = w2v.KeyedVectors(["a"], np.ones((1, 2), np.float32))
    owners = {"w2v": w2v, "wv": wv, "KeyedVectors": w2v.KeyedVectors}
    found = re.findall(r"`[^`\n]*?\b(w2v|wv|KeyedVectors)\.(\w+)", README)
    assert len(found) > 15
    for owner, name in found:
        assert hasattr(owners[owner], name)


@pytest.mark.skipif(os.name == "nt", reason="its shell is another")
def test_shell_snippets_run(files):
    # The commands of this environment, active or not.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    lines = "".join(snippet for _, snippet in snippets("sh")).splitlines()
    for line in lines:
        wanted = ["matplotlib"] if line.startswith("w2v plot") and " -o " in line else []
        wanted += ["bokeh", "openTSNE"] if line.startswith("w2v map") else []
        if not all(map(importlib.util.find_spec, wanted)):
            continue
        if not line.startswith(NOT_HERE):
            run = subprocess.run(
                ["sh", "-c", line],
                env={**os.environ, "PATH": path},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            assert run.returncode == 0, f"{line}\n{run.stderr}"
    assert Path("other-phrases.txt").read_text().count("bank_of_england") == 20
