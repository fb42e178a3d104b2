"""Subwords: this trainer, fastText and gensim in turn, in pairs; speed, memory, file, quality.

    python bench/subwords.py TEXT [--threads 1 2] [--analogies questions-words.txt --pairs FILE]

Words of the text per second of training with n-grams of 3 to 6 characters in 2,000,000 buckets;
each run in a process of its own, the trainers in turn, so that ratios are of neighbours in time.
fastText has no time of training alone, so an epoch more is measured, and subtracted; of gensim
it is that of `train`. The peak is that of the whole process. With evaluation files, also quality
after `--epochs`. It is not called fasttext.py, which would hide the module. Writes
results/subwords.json.
"""

import argparse
import importlib.util
import json
import os
import sys
import tempfile
import time

import common

MODES = {"skip-gram": 1, "CBOW": 0}
# What fastText does unless told otherwise.
USUAL = dict(window=5, min_count=5, alpha=0.05, sample=1e-4, ns_exponent=0.5, negative=5)


def run_w2v(task: dict, folder: str) -> dict:
    import w2v

    model = w2v.FastText(
        task["text"], sg=MODES[task["mode"]], vector_size=task["dimensions"],
        workers=task["threads"], epochs=task["epochs"], seed=task["seed"], progress=False, **USUAL,
    )  # fmt: skip
    path = os.path.join(folder, "model.w2v")
    peak = common.peak_megabytes()
    model.wv.save(path)
    begin = time.perf_counter()
    opened = w2v.load(path)
    opened["unheard-of"]
    opening = time.perf_counter() - begin
    return dict(
        words_per_second=model.report.words / model.report.seconds,
        words_per_cpu_second=model.report.words / model.report.cpu_seconds,
        peak_mb=peak, file_mb=os.path.getsize(path) / 1e6, opening_seconds=opening,
        **quality(model.wv.index_to_key, model.wv.vectors, task),
    )  # fmt: skip


def run_fasttext(task: dict, folder: str) -> dict:
    import fasttext

    words, times, cpu_times = count_words(task["text"]), [], []
    for epochs in (task["epochs"], task["epochs"] + 1):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        model = fasttext.train_unsupervised(
            task["text"], model="skipgram" if MODES[task["mode"]] else "cbow",
            dim=task["dimensions"], epoch=epochs, thread=task["threads"], verbose=0,
        )  # fmt: skip
        times.append(time.perf_counter() - begin)
        cpu_times.append(time.process_time() - cpu_begin)
        if len(times) == 1:
            peak = common.peak_megabytes()
            found = quality(model.words, [model.get_word_vector(w) for w in model.words], task)
    path = os.path.join(folder, "model.bin")
    model.save_model(path)
    begin = time.perf_counter()
    fasttext.load_model(path).get_word_vector("unheard-of")
    opening = time.perf_counter() - begin
    return dict(
        words_per_second=words / (times[1] - times[0]),
        words_per_cpu_second=words / (cpu_times[1] - cpu_times[0]),
        peak_mb=peak, file_mb=os.path.getsize(path) / 1e6, opening_seconds=opening, **found,
    )  # fmt: skip


def run_gensim(task: dict, folder: str) -> dict:
    from gensim.models import FastText

    model = FastText(
        sg=MODES[task["mode"]], vector_size=task["dimensions"], workers=task["threads"],
        seed=task["seed"], **USUAL,
    )  # fmt: skip
    model.build_vocab(corpus_file=task["text"])
    begin, cpu_begin = time.perf_counter(), time.process_time()
    model.train(
        corpus_file=task["text"], total_words=model.corpus_total_words,
        total_examples=model.corpus_count, epochs=task["epochs"],
    )  # fmt: skip
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu_begin
    words = model.corpus_total_words * task["epochs"]
    return dict(
        words_per_second=words / seconds, words_per_cpu_second=words / cpu,
        peak_mb=common.peak_megabytes(), **quality(model.wv.index_to_key, model.wv.vectors, task),
    )  # fmt: skip


TRAINERS = {"w2v": run_w2v, "fastText": run_fasttext, "gensim": run_gensim}


def count_words(text: str) -> int:
    with open(text, "rb") as file:
        return sum(len(line.split()) for line in file)


def quality(words, vectors, task: dict) -> dict:
    """Return analogies in percent over 30,000 words, and Spearman's correlation times 100."""
    import numpy as np

    import w2v

    kv = w2v.KeyedVectors(list(words), np.asarray(vectors, np.float32))
    found = {}
    if task["analogies"]:
        found["analogies"] = 100 * kv.evaluate_word_analogies(task["analogies"], 30_000)[0]
    if task["pairs"]:
        found["pairs"] = 100 * kv.evaluate_word_pairs(task["pairs"])[1][0]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--trainers", nargs="+", default=list(TRAINERS), choices=TRAINERS)
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=MODES)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="each with a seed of its own")
    parser.add_argument("--analogies")
    parser.add_argument("--pairs")
    parser.add_argument("--name", default="subwords", help="of the file in results/")
    options = parser.parse_args()
    trainers = [
        name for name in options.trainers
        if name == "w2v" or importlib.util.find_spec(name.lower())
    ]  # fmt: skip
    runs: dict = {}
    for repeat in range(options.repeats):
        for mode in options.modes:
            for threads in options.threads:
                for trainer in trainers:
                    task = dict(
                        text=options.text, trainer=trainer, mode=mode, threads=threads,
                        dimensions=options.dimensions, epochs=options.epochs, seed=repeat + 1,
                        analogies=options.analogies, pairs=options.pairs,
                    )  # fmt: skip
                    run = common.in_own_process(__file__, task)
                    runs.setdefault((mode, threads, trainer), []).append(run)
                    print(mode, threads, trainer, {name: round(run[name], 3) for name in run})
    rows = [
        dict(
            mode=mode, threads=threads, trainer=trainer,
            **{name: common.median(run[name] for run in found) for name in found[0]},
            times_as_fast=common.median(
                own["words_per_second"] / run["words_per_second"]
                for own, run in zip(runs[mode, threads, "w2v"], found, strict=True)
            ) if "w2v" in trainers else None,
            runs=found,
        )
        for (mode, threads, trainer), found in runs.items()
    ]  # fmt: skip
    common.save(options.name, {"dimensions": options.dimensions, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        task = json.loads(sys.argv[2])
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(TRAINERS[task["trainer"]](task, folder)))
    else:
        main()
