"""Bad input is told in one line, before work starts, and leaves all files as they were.

The rows are in bad_input.txt, the files that they name in bad_files.py; a new kind of mistake is a
new row there.
"""

import importlib.util
import io
import os
import re
import shlex
import sys
import warnings
from pathlib import Path

import bad_files
import numpy as np
import pytest
from commands import COMMANDS

import w2v


def read_rows():
    """Yield (input, package that it needs, words of the message)."""
    text = (Path(__file__).parent / "bad_input.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line, answer in zip(lines[::2], lines[1::2], strict=True):
        assert not line.startswith(" ") and answer.startswith("    "), line
        found = re.fullmatch(r"    (?:\[(\w+)\] )?(.*)", answer)
        yield line, found[1], found[2]


ROWS = list(read_rows())
OF_COMMANDS = [row for row in ROWS if row[0].split()[0] in COMMANDS]
OF_CALLS = [row for row in ROWS if row[0].split()[0] not in COMMANDS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bad_files.write_all(tmp_path_factory.mktemp("bad"))


@pytest.fixture(autouse=True)
def unchanged(folder, monkeypatch):
    """No row writes, changes or leaves a file, temporary ones included."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TMPDIR", str(folder))
    before = look(folder)
    yield
    after = look(folder)
    for path in after.keys() - before.keys():
        path.unlink()
    for path in before.keys() & after.keys():
        if before[path] != after[path]:
            path.write_bytes(before[path])
    assert after == before


def look(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def needing(package):
    if package and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")


def test_the_table_has_its_rows():
    assert len(OF_COMMANDS) >= 200 and len(OF_CALLS) >= 200
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("line, package, words", OF_COMMANDS, ids=[row[0] for row in OF_COMMANDS])
def test_commands_say_what_is_wrong_and_change_nothing(line, package, words, capsys, monkeypatch):
    needing(package)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    name, *arguments = shlex.split(line)
    try:
        status, is_usage = COMMANDS[name](arguments), False
    except SystemExit as ended:  # from argparse, which shows the usage before
        status, is_usage = ended.code, True
    told = capsys.readouterr().err.splitlines()
    told = [line for line in told if not line.startswith("epoch ")]
    assert status == 2
    assert told[-1].startswith((f"{name} ", f"{name}: ") if is_usage else f"{name}: ")
    assert words in told[-1]
    assert is_usage or len(told) == 1


@pytest.mark.parametrize("line, package, words", OF_CALLS, ids=[row[0] for row in OF_CALLS])
def test_calls_say_what_is_wrong_and_change_nothing(line, package, words):
    needing(package)
    kind, _, words = words.partition(": ")
    names = {"w2v": w2v, "np": np, "text": [["tea", "milk", "bread", "and"]] * 9}
    if package == "matplotlib":
        names["plot"] = w2v.plot
    for name, make in MADE.items():
        if re.search(rf"\b{name}\b", line):
            names[name] = make()
    with warnings.catch_warnings(), pytest.raises(Exception) as raised:
        warnings.simplefilter("ignore")
        eval(line, names)
    error = raised.value
    assert kind in [each.__name__ for each in type(error).__mro__]
    message = str(error.args[0] if isinstance(error, KeyError) else error)
    assert words.strip("\"'") in message and "\n" not in message


# What the rows of calls may name besides the package, NumPy and a text.
MADE = {
    "kv": lambda: w2v.load("vectors.bin"),
    "model": lambda: w2v.Word2Vec.load("model.w2v"),
    "counts": lambda: w2v.Cooccurrence.load("counts.w2v"),
    "blank": lambda: w2v.KeyedVectors(["a b", "7 8"], np.ones((2, 2))),
}


@pytest.mark.parametrize("name", ["vectors.w2v", "model.w2v", "run.w2v", "counts.w2v", "glove.w2v"])
def test_a_native_file_cut_anywhere_is_refused(folder, name):
    data, cut = (folder / name).read_bytes(), Path("cut-short.w2v")
    openers = [w2v.load, w2v.Word2Vec.load, w2v.Word2Vec.resume, w2v.GloVe.load]
    openers.append(w2v.Cooccurrence.load)
    for size in [*range(0, 200), *range(200, len(data), max(1, len(data) // 60))]:
        cut.write_bytes(data[:size])
        for opener in openers:
            with pytest.raises(ValueError):
                opener(cut)
    os.unlink(cut)
