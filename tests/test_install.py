"""What stands between the package and its first use: what importing it costs and says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import w2v

# Modules of Python that take about a millisecond or more, and that few programs need from w2v.
SELDOM_NEEDED = """
    argparse asyncio csv decimal difflib email http logging matplotlib multiprocessing pickle random
    socket ssl statistics subprocess tempfile unittest xml
"""


def loaded_by(statement):
    """Return the names of the modules that a new interpreter holds after a statement."""
    program = [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"]
    run = subprocess.run(program, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_loads_no_module_that_few_programs_need():
    ours = loaded_by("import w2v") - loaded_by("import numpy")
    assert "w2v.vectors.keyed" in ours and not {"w2v.plot", "w2v.sklearn"} & ours
    assert sorted(ours & set(SELDOM_NEEDED.split())) == []


def test_pictures_are_found_where_they_are_asked_for_and_matplotlib_when_one_is_drawn():
    assert "w2v.plot.maps" in (loaded := loaded_by("import w2v; w2v.plot.map"))
    assert "matplotlib" not in loaded


def test_a_clone_without_compiled_modules_says_what_to_type(tmp_path):
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(Path(w2v.__file__).parent, tmp_path / "w2v", ignore=ignored)
    # Without the site module no editable install lends its compiled modules.
    run = subprocess.run(
        [sys.executable, "-S", "-c", "import w2v"],
        env={**os.environ, "PYTHONPATH": str(Path(np.__file__).parents[1])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    said = run.stderr.splitlines()[-1]
    assert said.startswith(f"ImportError: {tmp_path / 'w2v'} is the source of w2v, without")
    assert f"type pip install -e {tmp_path}{os.sep}, or" in said
