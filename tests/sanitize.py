"""The test suite on compiled code that sanitizers watch, for `make sanitize`; Linux and GCC.

    python tests/sanitize.py [address|thread] [--short] [pytest's arguments]

"address", the default, builds with AddressSanitizer, UndefinedBehaviorSanitizer and Cython's checks
of indexes: whatever is read or written outside of an array ends the tests. "thread" builds with
ThreadSanitizer, which finds what threads do to each other; tests/races.txt names what they may.
The build is in build/sanitize/, apart from the package's own. --short runs the tests of SHORT only.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"address": "address,undefined", "thread": "thread"}

# Every compiled module, on odd sizes and damaged files: the most code in a minute.
SHORT = {
    "address": [
        "test_core.py", "test_cooccurrence.py", "test_glove.py", "test_fasttext.py", "test_text.py",
        "test_readers.py", "test_similarity.py", "test_ids.py", "test_phrases.py", "test_tokens.py",
        "test_deterministic.py", "test_limits.py",
    ],
    "thread": ["test_races.py"],
}  # fmt: skip

# Tests that hold processes to so much memory, of which a sanitizer wants terabytes, or
# to times; and those of what this build is not: installed, typed, stripped.
UNFIT = (
    "test_install.py", "test_types.py", "test_notebooks.py", "test_downstream.py", "test_bench.py",
)  # fmt: skip


def build(kind: str, changed: Mapping[str, str] | None = None) -> Path:
    """Build a copy of the package under a sanitizer, if any; returns its folder.

    `changed` has the texts of files that are other ones there.
    """
    folder = ROOT / "build" / "sanitize" / kind
    for name in files_of_package():
        source, target = ROOT / name, folder / name
        data = (changed or {}).get(name, "").encode() or source.read_bytes()
        if not target.exists() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    environment = {**os.environ, "W2V_SANITIZE": KINDS.get(kind, "")}
    # Held back, since Cython tells of each index that it checks.
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-10_000:])
    return folder


def files_of_package() -> list[str]:
    """Return the names of all files that the build and the tests need."""
    names = [str(path.relative_to(ROOT)) for path in ROOT.glob("*.*") if path.is_file()]
    for folder in ("w2v", "tests", "bench"):
        names += [str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*.*")]
    left_out = (".so", ".pyc", ".pyd")
    return [name for name in names if not name.endswith(left_out) and (ROOT / name).is_file()]


def library(name: str) -> str:
    found = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, check=True)
    return found.stdout.decode().strip()


def environment(kind: str, folder: Path) -> dict[str, str]:
    """Return the environment in which Python finds the build, and loads the sanitizer first."""
    races = folder / "tests" / "races.txt"
    log = f"log_path={folder / 'report'}"  # pytest holds what is written to standard error
    names = {"address": ["libasan.so", "libubsan.so"], "thread": ["libtsan.so"]}[kind]
    return {
        **os.environ,
        "LD_PRELOAD": " ".join(map(library, names)),
        "PYTHONPATH": str(folder),
        # Each object of Python a piece of its own, so that what lies behind its end is watched.
        "PYTHONMALLOC": "malloc",
        # Python keeps memory until it ends. A file's lying sizes must end in an error, not here.
        "ASAN_OPTIONS": f"detect_leaks=0:allocator_may_return_null=1:{log}",
        "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:{log}",
        "TSAN_OPTIONS": f"suppressions={races}:exitcode=66:print_suppressions=1:{log}",
        "W2V_SANITIZED": kind,
    }


def main() -> int:
    arguments = sys.argv[1:]
    kind = arguments.pop(0) if arguments and arguments[0] in KINDS else "address"
    is_short = "--short" in arguments
    arguments = [argument for argument in arguments if argument != "--short"]
    folder = build(kind)
    tests = [f"tests/{name}" for name in SHORT[kind] if is_short or kind == "thread"]
    tests = [] if arguments and not arguments[0].startswith("-") else tests
    ignored = [f"--ignore=tests/{name}" for name in UNFIT]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:faulthandler",
        *ignored,
    ]
    # Where addresses are random over 32 bits, the sanitizers of GCC 12 find no room.
    command = ["setarch", "-R", *command]
    for path in folder.glob("report.*"):
        path.unlink()
    done = subprocess.run([*command, *tests, *arguments], cwd=folder, env=environment(kind, folder))
    reports = [path.read_text(errors="replace") for path in sorted(folder.glob("report.*"))]
    wrong = [text for text in reports if "WARNING: ThreadSanitizer" in text or kind != "thread"]
    print(*wrong, sep="\n", end="")
    if kind == "thread" and not done.returncode and not arguments:
        unmet = [each for each in race_names() if not any(each in text for text in reports)]
        if unmet:
            print(f"tests/races.txt has races that were not met: {', '.join(unmet)}")
            return 1
    return done.returncode or int(bool(wrong))


def race_names() -> list[str]:
    """Return the functions that races.txt names."""
    lines = (ROOT / "tests" / "races.txt").read_text().splitlines()
    return [line.removeprefix("race:") for line in lines if line.startswith("race:")]


if __name__ == "__main__":
    sys.exit(main())
