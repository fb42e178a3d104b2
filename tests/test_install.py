"""What stands between the package and its first use: what importing it costs and says."""

import subprocess
import sys

# Modules of Python that take about a millisecond or more, and that few programs need from w2v.
SELDOM_NEEDED = """
    argparse asyncio csv decimal difflib email http inspect logging multiprocessing pickle random
    socket ssl statistics subprocess tempfile unittest urllib xml
"""


def loaded_by(statement):
    """Return the names of the modules that a new interpreter holds after a statement."""
    program = [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"]
    run = subprocess.run(program, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_loads_no_module_that_few_programs_need():
    ours = loaded_by("import w2v") - loaded_by("import numpy")
    assert "w2v.vectors.keyed" in ours
    assert not ours & set(SELDOM_NEEDED.split())
