"""What the package stands on, and that it reaches for nothing else: no network, no pickle."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import w2v

PACKAGE = Path(w2v.__file__).parent
ROOT = Path(__file__).parent.parent

# Run anything that these bring, and a file from a stranger may run it.
FORBIDDEN = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "socket", "urllib", "http",
             "requests", "ftplib", "ssl", "xmlrpc", "ctypes"}  # fmt: skip


def test_no_module_imports_what_runs_code_of_files_or_reaches_the_network():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile", "__import__"), path
                continue
            else:
                continue
            assert not {name.split(".")[0] for name in names} & FORBIDDEN, (path, names)


def test_a_whole_life_asks_the_system_for_no_network_program_or_pickle(tmp_path):
    program = """
import sys
import numpy as np  # which has pickles of its own
seen = []
words = ("socket.", "urllib.", "subprocess.", "os.system", "pickle.", "ftplib.", "ctypes.")
sys.addaudithook(lambda event, _: event.startswith(words) and seen.append(event))
import w2v
corpus = [["tea", "milk", "bread"], ["king", "queen", "tea"]] * 30
model = w2v.train(corpus, vector_size=4, min_count=1, phrases=1, progress=False)
model.save("m.w2v")
w2v.Word2Vec.load("m.w2v").wv.most_similar("tea")
model.wv.save("v.npz")
model.wv.save_word2vec_format("v.txt.gz")
w2v.load("v.npz"), w2v.load("v.txt.gz")
w2v.glove(corpus, vector_size=4, min_count=1, progress=False)
assert not seen, seen
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="no pyproject.toml is there")
def test_every_dependency_has_a_reason():
    """NumPy alone at run time; of each other package CONTRIBUTING says what it is for."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^dependencies = \["numpy[^",]*"\]$', project, re.M)
    extras = project.split("[project.optional-dependencies]")[1].split("[project.scripts]")[0]
    listed = re.sub(r"#.*", "", extras)
    names = {re.split(r"[\[<>=; ]", each)[0] for each in re.findall(r'"([^"]+)"', listed)}
    reasons = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([\w.-]+)`", reasons))
    assert not {name for name in names if name not in told and name not in ("w2v", "3.14")}


def test_building_asks_for_these_packages_alone():
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("no pyproject.toml is there")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = re.search(r"^requires = \[(.*)\]$", project, re.M)[1]
    assert {re.split(r"[>=]", each.strip(' "'))[0] for each in wanted.split(",")} == {
        "setuptools", "cython",
    }  # fmt: skip
