"""GloVe from text file to vectors file, counting and training apart, against the C programs.

    python bench/glove.py TEXT [--c-glove FOLDER] [--iterations 25] [--threads 1 2]

Window 15, min count 5. Each run is in a process of its own, in turn; FOLDER holds vocab_count,
cooccur, shuffle and glove, built elsewhere. The records that both count are compared before any
time is reported, and the costs of every iteration are kept. Writes results/glove.json.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import common

PROGRAMS = ("vocab_count", "cooccur", "shuffle", "glove")


def run_w2v(task: dict) -> dict:
    """Count, train and write vectors, all in memory."""
    import w2v

    begin = time.perf_counter()
    counts = w2v.Cooccurrence.count(task["text"], workers=task["threads"])
    counted = time.perf_counter()
    model = w2v.GloVe(
        vector_size=task["dimensions"], iterations=task["iterations"], workers=task["threads"]
    )
    model.build(counts)
    report = model.train(progress=False)
    model.save_glove_format(task["output"], unknown=True)
    return dict(
        words=len(counts),
        tokens=counts.n_read,
        records=report.records,
        counting=counted - begin,
        training=report.seconds,
        job=time.perf_counter() - begin,
        costs=report.costs,
        megabytes=common.peak_megabytes(),
    )


def run_c(task: dict) -> dict:
    """Run the four programs as the demo script does, each timed."""
    folder, seconds, peaks = task["folder"], {}, 0.0
    name = {file: os.path.join(folder, file) for file in ("vocab", "records", "shuffled")}
    threads, save = str(task["threads"]), task["output"].removesuffix(".txt")
    options = {
        "vocab_count": ["-min-count", "5", "-verbose", "0"],
        "cooccur": [
            "-vocab-file", name["vocab"], "-window-size", "15", "-verbose", "0",
            "-overflow-file", os.path.join(folder, "overflow"),
        ],
        "shuffle": ["-verbose", "0", "-seed", "1", "-temp-file", os.path.join(folder, "temporary")],
        "glove": [
            "-input-file", name["shuffled"], "-vocab-file", name["vocab"], "-threads", threads,
            "-iter", str(task["iterations"]), "-vector-size", str(task["dimensions"]), "-seed", "1",
            "-save-file", save, "-verbose", "0",
        ],
    }  # fmt: skip
    pipes = {
        "vocab_count": (task["text"], name["vocab"]),
        "cooccur": (task["text"], name["records"]),
        "shuffle": (name["records"], name["shuffled"]),
        "glove": (os.devnull, os.devnull),
    }
    said = ""
    for program in PROGRAMS:
        begin = time.perf_counter()
        with open(pipes[program][0], "rb") as source, open(pipes[program][1], "wb") as target:
            run = subprocess.run(
                [os.path.join(task["c"], program), *options[program]],
                stdin=source, stdout=target, stderr=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
        said = run.stderr
        seconds[program] = time.perf_counter() - begin
        kibibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        peaks = max(peaks, kibibytes * (1 if sys.platform == "darwin" else 1024) / 1e6)
    with open(name["vocab"], "rb") as file:
        words = sum(1 for _ in file)
    return dict(
        words=words,
        records=os.path.getsize(name["records"]) // 16,
        counting=seconds["vocab_count"] + seconds["cooccur"],
        training=seconds["glove"],
        job=sum(seconds.values()),
        costs=[float(cost) for cost in re.findall(r"cost: ([\d.]+|nan)", said)],
        megabytes=peaks,  # of the largest of the four
    )


RUNS = {"w2v": run_w2v, "C GloVe": run_c}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--c-glove", metavar="FOLDER", help="with the four programs")
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--iterations", type=int, default=25)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--name", default="glove", help="of the file in results/")
    options = parser.parse_args()
    tools = ["w2v", *(["C GloVe"] if options.c_glove else [])]
    settings = [(tool, threads) for threads in options.threads for tool in tools]
    runs: dict = {setting: [] for setting in settings}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.repeats):
            for tool, threads in settings:
                task = dict(
                    tool=tool, threads=threads, text=options.text, folder=folder, c=options.c_glove,
                    dimensions=options.dimensions, iterations=options.iterations,
                    output=os.path.join(folder, f"{tool} vectors.txt"),
                )  # fmt: skip
                run = common.in_own_process(__file__, task)
                runs[tool, threads].append(run)
                print(f"{tool:8} {threads} threads: " + shown(run))
                first = runs[settings[0]][0]
                if (run["words"], run["records"]) != (first["words"], first["records"]):
                    raise SystemExit(f"{tool} counts {run['records']:,}, not {first['records']:,}")
    rows = [
        dict(
            tool=tool,
            threads=threads,
            words=found[0]["words"],
            records=found[0]["records"],
            **{
                f"{step}_seconds": common.median(run[step] for run in found)
                for step in ("counting", "training", "job")
            },
            records_per_second=common.median(
                run["records"] * options.iterations / run["training"] for run in found
            ),
            peak_megabytes=common.median(run["megabytes"] for run in found),
            costs=found[0]["costs"],
            runs=[{key: run[key] for key in ("counting", "training", "job")} for run in found],
        )
        for (tool, threads), found in runs.items()
    ]
    text = dict(name=os.path.basename(options.text), bytes=os.path.getsize(options.text))
    settings_of = {key: getattr(options, key) for key in ("dimensions", "iterations")}
    common.save(options.name, {"text": text, **settings_of, "rows": rows})


def shown(run: dict) -> str:
    return (
        f"counting {run['counting']:.2f} s, training {run['training']:.2f} s, job {run['job']:.2f} "
        f"s, cost {run['costs'][-1]:.6f}, {run['megabytes']:.0f} MB"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        task = json.loads(sys.argv[2])
        print(json.dumps(RUNS[task["tool"]](task)))
    else:
        main()
