"""How long a native file takes to open, and what the first questions then take.

    python bench/native.py FOLDER [--words 3000000] [--dimensions 300] [--repeats 3]

Writes one file of random vectors into FOLDER and removes it at the end; each opening is in a
process of its own, with the file in the page cache (warm) or, where the system lets us, not (cold).
Checks that the answers are those of the arrays written. Writes results/native.json.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import common
import numpy as np

import w2v


def measure(task: dict) -> dict:
    """Open the file once and ask it; returns milliseconds of each step."""
    path, words = task["path"], task["words"]
    if task["cold"]:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    times, begin = {}, time.perf_counter()

    def lap(name: str) -> None:
        nonlocal begin
        times[name] = 1000 * (time.perf_counter() - begin)
        begin = time.perf_counter()

    wv = w2v.KeyedVectors.load(path)
    lap("open")
    vector = wv[f"word{words // 3}"]
    vector.sum()
    lap("first look-up")
    rows = np.random.default_rng(2).integers(0, words, 1000).tolist()
    keys = [f"word{row}" for row in rows]
    begin = time.perf_counter()
    found = [wv.get_index(key) for key in keys]
    lap("1,000 more")
    near = wv.most_similar(f"word{words // 3}", topn=3)
    lap("first most_similar")
    wv.most_similar(f"word{words // 4}", topn=3)
    lap("second most_similar")
    if found != rows or vector.tolist() != task["vector"] or len(near) != 3:
        raise SystemExit("the answers are not those of the arrays written")
    return {**times, "megabytes": common.peak_megabytes()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", type=int, default=3_000_000)
    parser.add_argument("--dimensions", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    random, path = np.random.default_rng(1), options.folder / "bench-native.w2v"
    vectors = random.random((options.words, options.dimensions), np.float32)
    wv = w2v.KeyedVectors([f"word{i}" for i in range(options.words)], vectors)
    begin = time.perf_counter()
    wv.save(path)
    save_seconds = time.perf_counter() - begin
    task = dict(path=str(path), words=options.words, vector=vectors[options.words // 3].tolist())
    size = path.stat().st_size
    del wv, vectors
    rows = []
    try:
        for cold in [True, False] if hasattr(os, "posix_fadvise") else [False]:
            runs = [
                common.in_own_process(__file__, {**task, "cold": cold})
                for _ in range(options.repeats)
            ]
            row = {name: common.median(run[name] for run in runs) for name in runs[0]}
            rows.append({"cache": "cold" if cold else "warm", **row, "runs": runs})
            print(rows[-1])
    finally:
        path.unlink()
    about = dict(words=options.words, dimensions=options.dimensions, bytes=size)
    common.save("native", {**about, "save_seconds": save_seconds, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
