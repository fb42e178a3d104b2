"""What every benchmark shares: the machine, modes, own processes, and where results go."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"

# The modes that are compared, by the names the tables use.
MODES = {
    "skip-gram NS": dict(sg=1, hs=0, negative=5),
    "CBOW NS": dict(sg=0, hs=0, negative=5),
    "skip-gram HS": dict(sg=1, hs=1, negative=0),
    "CBOW HS": dict(sg=0, hs=1, negative=0),
}
COMMON = dict(window=5, sample=1e-3, min_count=5)


def machine() -> dict:
    """Describe where the figures come from: processor, compiler, commit, versions."""
    cpu = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        kinds = [line for line in lines if line.startswith(("cpu family", "model\t"))][:2]
        cpu += f" ({', '.join(' '.join(kind.replace(':', '').split()) for kind in kinds)})"
    except (OSError, StopIteration, IndexError):
        pass
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "compiler": first_line("cc", "--version"),
        "commit": first_line("git", "-C", str(FOLDER), "describe", "--always", "--dirty"),
        "versions": {name: version(name) for name in ("numpy", "cython", "gensim", "fasttext")},
        "command": " ".join(arg.rsplit("/", 1)[-1] for arg in sys.argv),
        "date": time.strftime("%Y-%m-%d"),
    }


def first_line(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]
    except OSError:
        return ""


def version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def in_own_process(script: str, task: dict) -> dict:
    """Run `script --one TASK` and return the JSON it prints last."""
    run = subprocess.run(
        [sys.executable, script, "--one", json.dumps(task)], capture_output=True, text=True
    )
    if run.returncode:
        raise SystemExit(f"{task}\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def peak_megabytes() -> float:
    """Return the largest resident size of this process so far."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def median(values) -> float:
    return float(f"{statistics.median(values):.5g}")


def save(name: str, results: dict) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **results}, indent=1) + "\n")
    print(f"wrote {path}")
