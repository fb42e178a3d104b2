"""The test suite on compiled code that sanitizers watch, for `make sanitize`; Linux and GCC.

    python tests/sanitize.py [address|thread] [--short] [pytest's arguments]

"address", the default, builds with AddressSanitizer, UndefinedBehaviorSanitizer and Cython's checks
of indexes: whatever is read or written outside of an array ends the tests. "thread" builds with
ThreadSanitizer, which finds what threads do to each other; tests/races.txt names what they may.
The build is in build/sanitize/, apart from the package's own. --short runs the tests of SHORT only.
"""

import os
import shutil
import subprocess
import sys
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


def build(kind: str) -> Path:
    """Build a copy of the package under a sanitizer, where it is not; returns its folder."""
    folder = ROOT / "build" / "sanitize" / kind
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode().splitlines() if (ROOT / ".git").exists() else [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()
        and not path.is_relative_to(ROOT / "build") and path.suffix != ".so"
    ]  # fmt: skip
    for name in files:
        source, target = ROOT / name, folder / name
        if not source.is_file() or name.startswith("docs/"):
            continue
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            os.utime(target)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    subprocess.run(command, cwd=folder, env={**os.environ, "W2V_SANITIZE": KINDS[kind]}, check=True)
    return folder


def library(name: str) -> str:
    found = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, check=True)
    return found.stdout.decode().strip()


def environment(kind: str, folder: Path) -> dict[str, str]:
    """Return the environment in which Python finds the build, and loads the sanitizer first."""
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
        "TSAN_OPTIONS": f"suppressions={folder / 'tests' / 'races.txt'}:exitcode=66:{log}",
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
    reports = sorted(folder.glob("report.*"))
    for path in reports:
        print(path.read_text(errors="replace"))
    return done.returncode or int(bool(reports))


if __name__ == "__main__":
    sys.exit(main())
