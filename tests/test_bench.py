"""The benchmarks start: what they import of the package exists, and README calls them right."""

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SHARED = ("common", "planted")  # by the others
ROOT = Path(__file__).parents[1]
SCRIPTS = sorted(path.stem for path in (ROOT / "bench").glob("*.py") if path.stem not in SHARED)


@cache
def help_of(script):
    program = [sys.executable, ROOT / "bench" / f"{script}.py", "--help"]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_starts(script):
    assert f"usage: {script}.py" in help_of(script)


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_a_benchmark_imports_later_exists(script):
    for node in ast.walk(ast.parse((ROOT / "bench" / f"{script}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "w2v":
            if node.module == "w2v.sklearn":
                pytest.importorskip("sklearn")
            for alias in node.names:
                if not hasattr(importlib.import_module(node.module), alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")


def test_readme_names_options_that_benchmarks_have():
    lines = re.findall(r"^python bench/(\w+)\.py(.*)$", (ROOT / "README.md").read_text(), re.M)
    assert len(lines) > 5
    for script, arguments in lines:
        for option in re.findall(r"--[\w-]+", arguments.split("#")[0]):
            assert option in help_of(script)
