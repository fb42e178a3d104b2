"""README's Python and shell snippets run, line by line, on small files of the names they use."""

import os
import re
from pathlib import Path

import numpy as np
import pages
import pytest

import w2v
import w2v.compat  # README names it

ROOT = Path(__file__).parents[1]
PATHS = [ROOT / "README.md", ROOT / "README.zh.md"]
READMES = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)


@pytest.fixture
def files(tmp_path, monkeypatch, random):
    """A folder of files named as in README, the current one."""
    monkeypatch.chdir(tmp_path)
    pages.make_files(random)


@READMES
def test_snippets_run_and_give_what_they_say(path, files):
    assert len(pages.run(path)["wv"])
    if path.name == "README.md" and os.name != "nt":
        assert Path("other-phrases.txt").read_text().count("bank_of_england") == 20


@READMES
def test_pictures_that_are_shown_are_there_and_small(path):
    shown = re.findall(r"!\[[^]]*\]\((.*?)\)", path.read_text(encoding="utf-8"))
    paths = [path.parent / picture for picture in shown]
    assert paths and sum(picture.stat().st_size for picture in paths) < 150_000


@READMES
def test_names_between_the_snippets_exist(path):
    wv = w2v.KeyedVectors(["a"], np.ones((1, 2), np.float32))
    owners = {"w2v": w2v, "wv": wv, "KeyedVectors": w2v.KeyedVectors}
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"`[^`\n]*?\b(w2v|wv|KeyedVectors)\.(\w+)", text)
    assert len(found) >= 5
    for owner, name in found:
        # Imported when it is asked for, which fails without the package that it is for.
        assert name == "sklearn" or hasattr(owners[owner], name)
