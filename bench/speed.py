"""Training speed by mode, dimensions, threads and kernel; first that the answer is right.

    python bench/speed.py TEXT [--dimensions 100 300] [--threads 1 2] [--kernels avx512 avx2]

Raw words of the text per second of training, one epoch, each run in a process of its own, the
settings in turn so that a machine's moods hit all alike. Writes results/speed.json.
"""

import argparse
import json
import sys

import common
import numpy as np

import w2v
from w2v import _core
from w2v.corpus import draft


def check_kernel(name: str) -> None:
    """Exit unless block steps equal the float64 twin of the tests."""
    sys.path.insert(0, str(common.FOLDER.parent / "tests"))
    import reference

    random = np.random.default_rng(1)
    for m, n, D in ((1, 6, 112), (6, 6, 112), (7, 13, 304), (64, 21, 16)):
        inputs, outputs = (_core.aligned_zeros(rows, D) for rows in (m, n))
        inputs[:], outputs[:] = random.normal(0, 0.2, (m, D)), random.normal(0, 0.2, (n, D))
        labels = random.integers(0, 2, n)
        wanted_in, wanted_out = inputs.astype(float), outputs.astype(float)
        rows = np.arange(m), np.arange(n)
        reference.block_step(wanted_in, rows[0], wanted_out, rows[1], labels, 0.05)
        _core.block_step(name, inputs, rows[0], outputs, rows[1], labels.astype("f"), 0.05)
        error = max(abs(inputs - wanted_in).max(), abs(outputs - wanted_out).max())
        if error > 1e-5:
            raise SystemExit(f"kernel {name} is wrong by {error} for m={m} n={n} D={D}")


def measure(task: dict) -> dict:
    """Train once; returns words per second and the process's peak memory."""
    text = task.pop("text")
    model = w2v.Word2Vec(epochs=1, **common.COMMON, **task)
    ids = model.encode(text)
    report = model.fit(ids, progress=False)
    return {
        "words_per_second": report.tokens_read / report.seconds,
        "megabytes": common.peak_megabytes(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--modes", nargs="+", default=list(common.MODES), choices=common.MODES)
    parser.add_argument("--dimensions", nargs="+", type=int, default=[100, 300])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--kernels", nargs="+", default=w2v.kernels()[:1])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--name", default="speed", help="of the file in results/")
    options = parser.parse_args()
    for kernel in options.kernels:
        check_kernel(kernel)
    settings = [
        (mode, D, threads, kernel)
        for mode in options.modes
        for D in options.dimensions
        for threads in options.threads
        for kernel in options.kernels
    ]
    runs: dict = {setting: [] for setting in settings}
    for _ in range(options.repeats):
        for mode, D, threads, kernel in settings:
            task = dict(text=options.text, vector_size=D, workers=threads, kernel=kernel)
            run = common.in_own_process(__file__, {**task, **common.MODES[mode]})
            runs[mode, D, threads, kernel].append(run)
            print(f"{mode:13} {D:4} {threads:3} {kernel:9} {run['words_per_second']:12,.0f}")
    rows = [
        dict(
            mode=mode,
            dimensions=D,
            threads=threads,
            kernel=kernel,
            words_per_second=common.median(run["words_per_second"] for run in found),
            megabytes=common.median(run["megabytes"] for run in found),
            runs=[round(run["words_per_second"]) for run in found],
        )
        for (mode, D, threads, kernel), found in runs.items()
    ]
    vocabulary, ids = draft.encode(options.text, min_count=common.COMMON["min_count"])
    common.save(options.name, {"words": ids.n_read, "vocabulary": len(vocabulary), "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
