"""Mistakes made on purpose in the core, one at a time: does a test see each? For `make mutants`.

    python tests/mutate.py [FIRST LAST]

All mistakes of mutants.txt are compiled into one build, in build/mutants/, which makes that of
$W2V_MUTANT. Prints which tests see each; a mistake that none sees, and that is not marked as such
(~), is the exit status.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import sanitize

ROOT = Path(__file__).resolve().parent.parent
CORE = "test_core.py"
MOST_SECONDS = 900

# How a mistake is chosen, in each language: at the head of a file, and at its place.
HEADS = {
    ".py": 'import os as _os\nMUTANT = int(_os.environ.get("W2V_MUTANT", 0))\n',
    ".pyx": 'import os as _os\ncdef int MUTANT = int(_os.environ.get("W2V_MUTANT", 0))\n',
    ".c": (
        "#include <stdlib.h>\nstatic int MUTANT;\n"
        "__attribute__((constructor)) static void choose(void) {"
        ' const char *n = getenv("W2V_MUTANT"); MUTANT = n ? atoi(n) : 0; }\n'
    ),
}
CHOICES = {
    ".h": "(MUTANT == {n} ? ({wrong}) : ({right}))",
    "": "(({wrong}) if MUTANT == {n} else ({right}))",
}


def read_mutants():
    """Yield (number, whether it is to be seen, file, code before, right, wrong, behind, tests)."""
    text = (ROOT / "tests" / "mutants.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for n, line in enumerate(lines, 1):
        line = line.split(" # ")[0]
        file, code, *tests = (part.strip() for part in line.split(" | "))
        before, right, wrong, behind = re.fullmatch(r"(.*)«(.*) ⇒ (.*)»(.*)", code).groups()
        yield n, not file.startswith("~"), file.lstrip("~"), before, right, wrong, behind, tests


def pattern(code):
    return r"\s+".join(map(re.escape, re.split(r"↵| ", code))).replace(r"↵", r"\s+")


def planted():
    """Return the files with all mistakes in them, each chosen by its number: name to text."""
    changed = {}
    for n, _, file, before, right, wrong, behind, _ in read_mutants():
        name = f"w2v/{file}"
        text = changed.get(name) or (ROOT / name).read_text(encoding="utf-8")
        # Of several mistakes at one place the later stand inside the first.
        place = re.compile(f"({pattern(before)})({pattern(right)})({pattern(behind)})")
        found = place.search(text) or re.search(f"()({pattern(right)})()", text)
        assert found, (n, file, right)
        made = CHOICES.get(Path(file).suffix, CHOICES[""]).format(n=n, right=found[2], wrong=wrong)
        changed[name] = text[: found.start(2)] + made + text[found.end(2) :]
    for name, text in changed.items():
        if name.endswith((".py", ".pyx")):
            at = re.search(r"^(import|from) ", text, re.M).start()
            changed[name] = text[:at] + HEADS[Path(name).suffix] + text[at:]
    kernel = "w2v/core/kernel.c"
    return {**changed, kernel: HEADS[".c"] + (ROOT / kernel).read_text()}


def run(n, tests, folder):
    """Return the test that fails with a mistake, or "" when none does."""
    environment = {**os.environ, "W2V_MUTANT": str(n), "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header"]
    command += [f"tests/{name}" for name in tests]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return "no end"
    failed = re.search(rb"^FAILED (\S+)", done.stdout, re.M)
    return failed[1].decode().split("::")[-1] if failed else "crash" if done.returncode else ""


def main():
    folder = sanitize.build("mutants", planted())
    first, last = map(int, sys.argv[1:] or (1, 10**9))
    assert not run(0, [CORE], folder), "a test fails without any mistake"
    seen, missed = 0, []
    for n, is_seen, file, _, right, wrong, _, tests in read_mutants():
        if not first <= n <= last:
            continue
        by = run(n, " ".join(tests).split() or [CORE], folder)
        print(f"{n:3} {by or 'NOT SEEN':<60} {file}: {right} => {wrong}", flush=True)
        seen += bool(by)
        if not by and is_seen:
            missed.append(n)
    print(f"{seen} seen, {len(missed)} missed: {missed}")
    return len(missed)


if __name__ == "__main__":
    sys.exit(main())
