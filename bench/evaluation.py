"""Analogies: this package against gensim, and compute-accuracy against the C tool's.

    python bench/evaluation.py TEXT --analogies questions-words.txt [--c-compute-accuracy PATH]

Seconds for all questions over the most frequent words, with vectors trained for one epoch on TEXT,
the programs in turn; the same answers first, then time. compute-accuracy is timed as a process that
reads the vectors file, and its output compared byte for byte. Writes results/evaluation.json.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import common

import w2v

COMPUTE_ACCURACY = "from w2v.cli.c_queries import *; raise SystemExit(compute_accuracy_main())"


def timed(run: Callable) -> tuple[float, object]:
    begin = time.perf_counter()
    found = run()
    return time.perf_counter() - begin, found


def in_turn(programs: dict[str, Callable], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each run; all programs must answer the same."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(repeats):
        answers = []
        for name, run in programs.items():
            taken, answer = timed(run)
            seconds[name].append(round(taken, 4))
            answers.append(answer)
            print(f"  {name:18} {taken:8.3f} s", flush=True)
        if any(answer != answers[0] for answer in answers):
            raise SystemExit(f"{' and '.join(programs)} answer differently")
    return seconds


def row(what: str, D: int, seconds: dict[str, list[float]], peer: str) -> dict:
    medians = {name: common.median(runs) for name, runs in seconds.items()}
    ratio = round(medians[peer] / medians["w2v"], 1)
    print(f"{what}, {D} dimensions: {ratio} times as fast as {peer}")
    return dict(what=what, dimensions=D, seconds=medians, times_as_fast=ratio, runs=seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--analogies", required=True)
    parser.add_argument("--c-compute-accuracy", metavar="PATH")
    parser.add_argument("--dimensions", type=int, nargs="+", default=[100, 300])
    parser.add_argument("--restrict-vocab", type=int, default=30_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--c-repeats", type=int, default=2, help="the C tool takes its time")
    options = parser.parse_args()
    from gensim.models import KeyedVectors

    rows = []
    V, rules = options.restrict_vocab, (options.analogies, options.restrict_vocab)
    for D in options.dimensions:
        ours = w2v.train(
            options.text, sg=1, vector_size=D, epochs=1, progress=False, **common.COMMON
        ).wv
        theirs = KeyedVectors(D)
        theirs.add_vectors(ours.index_to_key, ours.vectors)
        programs = {
            "w2v": lambda kv=ours: kv.evaluate_word_analogies(*rules),
            "gensim": lambda kv=theirs: kv.evaluate_word_analogies(*rules),
        }
        seconds = in_turn(programs, options.repeats)
        rows.append(row(f"all analogies over {V:,} words", D, seconds, "gensim"))
        if options.c_compute_accuracy:
            rows.append(against_c(options, ours, D))
    found = w2v.evaluate_analogies(ours, options.analogies, restrict_vocab=V).total
    common.save("evaluation", {"questions": vars(found), "rows": rows})


def against_c(options: argparse.Namespace, kv, D: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vectors.bin")
        kv.save_word2vec_format(path, binary=True)

        def run(*command: str) -> bytes:
            with open(options.analogies, "rb") as questions:
                arguments = [*command, path, str(options.restrict_vocab)]
                return subprocess.run(
                    arguments, stdin=questions, capture_output=True, check=True
                ).stdout

        programs = {
            "w2v": lambda: run(sys.executable, "-c", COMPUTE_ACCURACY),
            "C": lambda: run(options.c_compute_accuracy),
        }
        seconds = in_turn(programs, options.c_repeats)
    return row(f"compute-accuracy, {options.restrict_vocab:,} words", D, seconds, "C")


if __name__ == "__main__":
    main()
