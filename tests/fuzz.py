"""Fuzzers, for `make fuzz`: random texts, files, options and calls, each against an oracle.

    python tests/fuzz.py [NAME ...]         all fuzzers of fuzzers.py in turn, or those named
    python tests/fuzz.py --guided NAME      one that takes bytes, guided by coverage (needs atheris)

It runs for FUZZ_SECONDS (60), from another seed each time (FUZZ_SEED repeats one), and prints how
many cases each fuzzer had. A failure ends it, prints the seed and the case, and keeps the bytes
that made it in build/fuzz/NAME, as atheris keeps what reaches new lines; whatever is kept there is
begun with and mutated the next time. Memory is limited, so that a file that asks for much fails,
and so is the time of a case.
"""

import contextlib
import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

if sys.argv[1:2] == ["--guided"]:
    import atheris

    # What is imported here tells which of its lines are reached.
    with atheris.instrument_imports(include=["w2v.formats", "w2v.phrases", "w2v.vectors"]):
        import fuzzers
else:
    import fuzzers

KEPT = Path(__file__).resolve().parent.parent / "build" / "fuzz"
# More than any case needs, and less than a lying size asks for.
MOST_BYTES = 8 << 30
MOST_SECONDS = 30


def limit_memory():
    """Let allocations beyond MOST_BYTES fail; a sanitizer takes terabytes of addresses itself."""
    if "W2V_SANITIZED" in os.environ:
        return
    with contextlib.suppress(ImportError):  # Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def ring(number, frame):
    raise TimeoutError(f"it takes more than {MOST_SECONDS} s")


class Overdue:
    """A context that fails when it takes too long."""

    def __enter__(self):
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, ring)
            signal.alarm(MOST_SECONDS)

    def __exit__(self, *_):
        if hasattr(signal, "SIGALRM"):
            signal.alarm(0)


def run(fuzzer, random, folder):
    """Run a case; returns whether what it was given was refused, in one line."""
    try:
        with Overdue():
            fuzzer(random, folder)
        return False
    except TimeoutError:
        raise
    except fuzzers.REFUSALS as error:
        assert "\n" not in str(error), error
        return True


def guide(name):
    """Let atheris look for bytes that reach new lines of the readers; does not return."""
    kept = KEPT / name
    kept.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    reader = fuzzers.READERS[name]
    for number, seed in enumerate(reader.seeds(folder)):
        (kept / f"seed-{number}").write_bytes(seed)

    def one(data):
        with contextlib.suppress(*fuzzers.REFUSALS):
            reader.check(data, folder)

    seconds = os.environ.get("FUZZ_SECONDS", "60")
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-rss_limit_mb=4000", str(kept)], one)
    atheris.Fuzz()


def main():
    names = sys.argv[1:]
    warnings.simplefilter("ignore")
    if names[:1] == ["--guided"]:
        guide(names[1])
    chosen = [each for each in fuzzers.all_fuzzers(KEPT) if not names or each.__name__ in names]
    if not chosen:
        known = ", ".join(each.__name__ for each in fuzzers.all_fuzzers(KEPT))
        sys.exit(f"there is no fuzzer {' '.join(names)}; there are {known}")
    limit_memory()
    seed = int(os.environ.get("FUZZ_SEED", time.time_ns() % 10**9))
    begin = time.monotonic()
    end = begin + float(os.environ.get("FUZZ_SECONDS", 60))
    counts = {fuzzer.__name__: [0, 0, 0.0] for fuzzer in chosen}
    n = 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end or n < len(chosen):
            # The one that has had the least time.
            fuzzer = min(chosen, key=lambda each: counts[each.__name__][2])
            count, start = counts[fuzzer.__name__], time.monotonic()
            random = np.random.default_rng([seed, n])
            try:
                count[1] += run(fuzzer, random, Path(folder))
            except BaseException:
                traceback.print_exc()
                print(f"{fuzzer.__name__}: case {n} of FUZZ_SEED={seed}")
                keep_failure(fuzzer.__name__, Path(folder))
                sys.exit(1)
            count[0] += 1
            count[2] += time.monotonic() - start + 1e-6
            n += 1
    for name, (cases, refused, seconds) in counts.items():
        rate = f"{cases / seconds:8,.0f} a second" if cases else ""
        print(f"{name:<16} {cases:>8,} cases, {refused:>8,} refused, {rate}")
    print(f"{n:,} cases in {time.monotonic() - begin:.0f} s, FUZZ_SEED={seed}")


def keep_failure(name, folder):
    """Keep the bytes of a reader's case that failed."""
    given = folder / "given"
    if name in fuzzers.READERS and given.exists():
        (KEPT / name).mkdir(parents=True, exist_ok=True)
        path = KEPT / name / f"failed-{time.time_ns()}"
        path.write_bytes(given.read_bytes())
        print(f"its bytes: {path}")


if __name__ == "__main__":
    main()
