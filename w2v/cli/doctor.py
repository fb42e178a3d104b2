"""The command `w2v doctor`: what a report of a fault needs to say of this machine, and a trial.

Owns what is asked of Python, the system and the packages; nothing is sent anywhere.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .. import _core
from ..cooccurrence import _tiles
from ..models.training import train
from ..models.word2vec import Word2Vec
from ..shared import VERSION
from ..shared.amounts import sized
from ..shared.memory import free_bytes
from ..shared.threads import usable_cores
from ..vectors import _search

# Extras of those who work on w2v itself.
FOR_DEVELOPERS = {
    "bench", "dev", "docs", "downstream", "examples", "lint", "test", "test-all", "test-cluster",
    "types",
}  # fmt: skip

# Packages without an extra that vectors come from or go to, and the bar of progress.
BESIDES = ("gensim", "pandas", "polars", "torch", "jax", "safetensors", "datasets", "tqdm")


def add_doctor_command(commands: Any) -> None:
    """Add the command to those of argparse's `commands`."""
    about = "tell what a report of a fault needs: versions, kernels, memory, packages, a trial"
    command = commands.add_parser(
        "doctor",
        help=about,
        description=f"{about.capitalize()}. Each kernel trains on a few words, and a model is "
        "saved and opened. Nothing is sent anywhere.",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run_doctor)


def run_doctor(options: argparse.Namespace) -> None:
    """Print what there is and whether it works; raises ValueError when it does not."""
    found = examine()
    print(json.dumps(found, indent=1) if options.json else "\n".join(lines(found)))
    failed = [name for name, outcome in found["trials"].items() if outcome != "works"]
    if failed:
        raise ValueError(f"these do not work here: {', '.join(failed)}; please report the above")


def examine() -> dict[str, dict[str, Any]]:
    """Return what is found, by part and name."""
    free = free_bytes()
    return dict(
        w2v=dict(
            version=VERSION,
            folder=str(Path(_core.__file__).parent),
            kernels=" ".join(_core.kernel_names()),
            kernels_of_queries=" ".join(_search.kernel_names()),
            kernels_of_glove=" ".join(_tiles.kernel_names()),
            W2V_KERNEL=os.environ.get("W2V_KERNEL"),
        ),
        python=dict(
            version=sys.version.split(" (")[0],
            implementation=platform.python_implementation(),
            program=sys.executable,
            GIL=gil(),
            numpy=np.__version__,
        ),
        system=dict(
            name=platform.platform(),
            C_library=" ".join(platform.libc_ver()).strip() or None,
            processor=processor(),
            byte_order=sys.byteorder,
            cores=f"{usable_cores()} of {os.cpu_count()} may be used",
            free_memory=None if free is None else sized(free),
            free_for_temporary_files=sized(shutil.disk_usage(tempfile.gettempdir()).free),
        ),
        extras=extras(),
        packages={name: version(name) for name in BESIDES if version(name)},
        trials=trials(),
    )


def lines(found: dict[str, dict[str, Any]]) -> list[str]:
    """Return what examine found as lines; what is not known is left out."""
    shown = []
    for part, facts in found.items():
        told = {name.replace("_", " "): fact for name, fact in facts.items() if fact is not None}
        width = max((len(name) for name in told), default=0)
        shown += [part, *(f"  {name:<{width}}  {fact}" for name, fact in told.items())]
    return shown


def gil() -> str:
    """Say whether threads of Python run side by side."""
    is_on = getattr(sys, "_is_gil_enabled", lambda: True)()
    if not is_on:
        return "off, as this Python is free-threaded"
    import sysconfig

    is_free = sysconfig.get_config_var("Py_GIL_DISABLED")
    return "on again in a free-threaded Python: by PYTHON_GIL, or a module" if is_free else "on"


def processor() -> str:
    """Return what the system calls the processor."""
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:  # no Linux
        found = None
    return f"{platform.machine()}, {found[1] if found else platform.processor()}"


def version(package: str) -> str | None:
    """Return the version of a package that is installed, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def extras() -> dict[str, str]:
    """Return for each extra what is installed of it, and what is too old or missing."""
    try:
        required = importlib.metadata.requires("w2v") or []
    except importlib.metadata.PackageNotFoundError:
        return {"not known": "w2v is not installed, but lies where Python was started"}
    told: dict[str, list[str]] = {}
    for line in required:
        package, least, extra, below = parsed(line)
        if extra is None or extra in FOR_DEVELOPERS:
            continue
        if below is not None and sys.version_info[:2] >= below:
            told.setdefault(extra, []).append("part of this Python")
            continue
        have = version(package)
        if have is None:
            state = f"no {package}: pip install 'w2v[{extra}]'"
        elif least is not None and numbers(have) < numbers(least):
            state = f"{package} {have}, where {least} is needed: pip install -U {package}"
        else:
            state = f"{package} {have}"
        told.setdefault(extra, []).append(state)
    return {extra: ", ".join(states) for extra, states in sorted(told.items())}


def parsed(line: str) -> tuple[str, str | None, str | None, tuple[int, int] | None]:
    """Return package, least version, extra, and the Python below which it is needed, of a line.

    Written as our pyproject.toml writes them, of which this is no more than it takes.

    >>> parsed('matplotlib>=3.7; extra == "plot"')
    ('matplotlib', '3.7', 'plot', None)
    >>> parsed("backports.zstd; python_version < '3.14' and extra == 'zstd'")
    ('backports.zstd', None, 'zstd', (3, 14))
    """
    name, _, marker = line.partition(";")
    package, _, least = name.strip().partition(">=")
    extra = re.search(r"extra == ['\"]([^'\"]+)", marker)
    below = re.search(r"python_version < ['\"](\d+)\.(\d+)", marker)
    python = (int(below[1]), int(below[2])) if below else None
    return package.strip(), least.strip() or None, extra[1] if extra else None, python


def numbers(text: str) -> list[int]:
    """Return the numbers that a version begins with.

    >>> numbers("3.10.1") > numbers("3.7")
    True
    """
    found = re.match(r"\d+(\.\d+)*", text)
    return list(map(int, found[0].split("."))) if found else []


def trials() -> dict[str, str]:
    """Return for each kernel, and for files, whether they work."""
    corpus = [["tea", "milk", "cup"], ["oar", "boat", "sail"]] * 200
    tried = {f"training, {name}": try_kernel(corpus, name) for name in _core.kernel_names()}
    tried["saving and opening"] = try_file(corpus)
    return tried


def try_kernel(corpus: list[list[str]], kernel: str) -> str:
    """Train with a kernel, and look whether words of one context are nearer than of two."""
    try:
        wv = train(corpus, vector_size=16, sg=1, sample=0, epochs=10, workers=1, kernel=kernel).wv
        near, far = wv.similarity("tea", "milk"), wv.similarity("tea", "boat")
    except Exception as error:  # whatever it is, the rest is to be told, too
        return f"{type(error).__name__}: {error}"
    return "works" if near > far else f"wrong vectors: {near:.3f} is not above {far:.3f}"


def try_file(corpus: list[list[str]]) -> str:
    try:
        with tempfile.TemporaryDirectory() as folder:
            model = train(corpus, vector_size=16, epochs=1, workers=1)
            model.save(Path(folder, "model.w2v"))
            again = Word2Vec.load(Path(folder, "model.w2v"), mmap=None)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    same = again.wv.vectors.tobytes() == model.wv.vectors.tobytes()
    return "works" if same else "other vectors were opened than saved"
