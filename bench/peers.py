"""This trainer and others in turn: gensim, fastText where it is installed, any C word2vec.

    python bench/peers.py TEXT [--c-word2vec PATH] [--dimensions 100 300] [--threads 1 2]

Raw words of the text per second of training (gensim: `corpus_file`, its fastest way), and seconds
of the whole job from text file to vectors file; one epoch, each run in a process of its own, the
trainers in turn. The C tool and fastText have no epoch's time of their own, so for them the time of
counting is measured apart and subtracted. Writes results/peers.json.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time

import common


def common_options(task: dict) -> dict:
    """Return the parameters that w2v and gensim call the same; `unusual` ones override."""
    usual = dict(vector_size=task["dimensions"], workers=task["threads"], epochs=1)
    return {**common.COMMON, **common.MODES[task["mode"]], **usual, **task.get("unusual", {})}


def run_w2v(task: dict, output: str) -> dict:
    import w2v

    begin = time.perf_counter()
    model = w2v.train(task["text"], progress=False, **common_options(task))
    model.wv.save_word2vec_format(output, binary=True)
    return dict(train=model.report.seconds, job=time.perf_counter() - begin)


def run_gensim(task: dict, output: str) -> dict:
    from gensim.models import Word2Vec

    begin = time.perf_counter()
    model = Word2Vec(**common_options(task))
    model.build_vocab(corpus_file=task["text"])
    trained = time.perf_counter()
    model.train(
        corpus_file=task["text"], total_words=model.corpus_total_words,
        total_examples=model.corpus_count, epochs=1,
    )  # fmt: skip
    trained = time.perf_counter() - trained
    model.wv.save_word2vec_format(output, binary=True)
    return dict(train=trained, job=time.perf_counter() - begin)


def run_fasttext(task: dict, output: str) -> dict:
    import fasttext

    mode = common.MODES[task["mode"]]
    options = dict(
        model="skipgram" if mode["sg"] else "cbow", loss="hs" if mode["hs"] else "ns", neg=5,
        dim=task["dimensions"], ws=5, minCount=5, t=1e-3, maxn=0, thread=task["threads"], verbose=0,
    )  # fmt: skip
    times = []
    for epochs in (1, 2):
        begin = time.perf_counter()
        fasttext.train_unsupervised(task["text"], epoch=epochs, **options)
        times.append(time.perf_counter() - begin)
    return dict(train=times[1] - times[0], job=times[0])


def run_c(task: dict, output: str) -> dict:
    mode = common.MODES[task["mode"]]
    count = [task["c"], "-train", task["text"], "-debug", "0"]
    train = [
        "-output", output, "-cbow", 1 - mode["sg"], "-hs", mode["hs"],
        "-negative", mode["negative"],
        "-size", task["dimensions"], "-threads", task["threads"], "-iter", 1, "-binary", 1,
    ]  # fmt: skip
    times = []
    for command in (count, count + list(map(str, train))):
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begin)
    return dict(train=times[1] - times[0], job=times[1])


TRAINERS = {"w2v": run_w2v, "gensim": run_gensim, "fastText": run_fasttext, "C word2vec": run_c}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--c-word2vec", metavar="PATH")
    parser.add_argument("--modes", nargs="+", default=list(common.MODES), choices=common.MODES)
    parser.add_argument("--dimensions", nargs="+", type=int, default=[100, 300])
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--name", default="peers", help="of the file in results/")
    options = parser.parse_args()
    trainers = ["w2v", "gensim"]
    if importlib.util.find_spec("fasttext"):
        trainers.append("fastText")
    if options.c_word2vec:
        trainers.append("C word2vec")
    with open(options.text, "rb") as file:
        words = sum(len(line.split()) for line in file)
    settings = [
        (mode, D, threads, trainer)
        for mode in options.modes
        for D in options.dimensions
        for threads in options.threads
        for trainer in trainers
    ]
    runs: dict = {setting: [] for setting in settings}
    for _ in range(options.repeats):
        for mode, D, threads, trainer in settings:
            task = dict(
                text=options.text, mode=mode, dimensions=D, threads=threads, trainer=trainer,
                c=options.c_word2vec,
            )  # fmt: skip
            run = common.in_own_process(__file__, task)
            runs[mode, D, threads, trainer].append(run)
            speed, job = words / run["train"], run["job"]
            print(f"{mode:13} {D:4} {threads:3} {trainer:11} {speed:12,.0f} words/s {job:7.2f} s")
    rows = [
        dict(
            mode=mode,
            dimensions=D,
            threads=threads,
            trainer=trainer,
            words_per_second=common.median(words / run["train"] for run in found),
            job_seconds=common.median(run["job"] for run in found),
            runs=[{key: round(value, 3) for key, value in run.items()} for run in found],
        )
        for (mode, D, threads, trainer), found in runs.items()
    ]
    common.save(options.name, {"words": words, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        task = json.loads(sys.argv[2])
        with tempfile.TemporaryDirectory() as folder:
            output = os.path.join(folder, "vectors.bin")
            print(json.dumps(TRAINERS[task["trainer"]](task, output)))
    else:
        main()
