"""The examples run to their end, on texts that Python or small packages bring."""

import os
import subprocess
import sys
from pathlib import Path

import pages
import pytest

FOLDER = Path(__file__).parents[1] / "examples"
# python_docs.py is what others import.
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.name != "python_docs.py")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

pytestmark = pytest.mark.slow
if not SCRIPTS:
    pytest.skip("an installed package has no examples", allow_module_level=True)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_an_example_finds_what_it_says(path, tmp_path):
    for name in pages.imported(path.read_text(encoding="utf-8")):
        if name != "python_docs":
            pytest.importorskip(name.split(".")[0])
    # Its assertions say which way must be better.
    run = subprocess.run([sys.executable, path], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) > 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_from_top_to_bottom(path, monkeypatch):
    for name in ("nbclient", "ipykernel", "pandas", "sklearn", "matplotlib"):
        pytest.importorskip(name)
    import nbclient
    import nbformat

    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    # In this environment, whatever kernels are installed elsewhere.
    run = nbclient.NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": os.fspath(FOLDER)}},
    )
    run.execute()
    outputs = [output for cell in run.nb.cells for output in cell.get("outputs", [])]
    assert outputs and not any(output.output_type == "error" for output in outputs)
