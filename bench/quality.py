"""Quality against gensim at equal settings, over texts, small vocabularies and graphs.

    python bench/quality.py TEXT --analogies questions-words.txt --pairs wordsim353.tsv

Both trainers have the same learning rate (but for the settings called defaults), window, noise
words and epochs; gensim trains on one thread. A setting is settled by seeds: where our mean is
below gensim's by more than two standard errors of the difference it is marked. The whole matrix
takes days of one core; each setting is written as it ends to results/quality.json, and replaces
only itself there, so that --only and --quick do it in parts.
"""

import argparse
import json
import re
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import common
import planted

MODES = {
    **common.MODES,
    "skip-gram HS + NS": dict(sg=1, hs=1, negative=5),
    "CBOW HS + NS": dict(sg=0, hs=1, negative=5),
}
NOISE = ["skip-gram NS", "CBOW NS"]
PATHS = ["skip-gram HS", "CBOW HS"]


def settings() -> dict[str, dict]:
    """Return all settings by name; those of `quick` take ten minutes together."""
    found: dict[str, dict] = {}

    def add(name: str, mode: str, corpus: tuple, *, quick: bool = False, **options) -> None:
        found[f"{name}, {mode}"] = dict(mode=mode, corpus=corpus, quick=quick, **options)

    for mode in MODES:
        add("6 MB, 5 epochs", mode, ("text", 6), epochs=5, quick=mode in common.MODES)
        for megabytes, epochs in ((6, 15), (30, 1), (30, 15), (100, 5)):
            add(f"{megabytes} MB, {epochs} epochs", mode, ("text", megabytes), epochs=epochs)
    for mode in [*NOISE, *PATHS]:
        for threads in (2, 16, 64):
            add(f"30 MB, {threads} threads", mode, ("text", 30), epochs=3, threads=threads)
        for window in (2, 10, 15):
            add(f"30 MB, window {window}", mode, ("text", 30), epochs=3, window=window)
        for size in (50, 300):
            add(f"30 MB, {size} dimensions", mode, ("text", 30), epochs=3, vector_size=size)
    for mode in NOISE:
        for negative in (2, 15):
            add(f"30 MB, negative {negative}", mode, ("text", 30), epochs=3, negative=negative)
        add("30 MB, defaults", mode, ("text", 30), epochs=5, alpha=None)
    for mode in MODES:
        small = dict(min_count=1, sample=0)
        for size, epochs in ((30, 20), (300, 10), (3000, 5)):
            quick = size < 3000 and mode in common.MODES
            about = dict(epochs=epochs, vector_size=50, **small)
            add(f"{size} words", mode, ("topics", size), quick=quick, **about)
        for kind, size, epochs in (("karate", 34, 20), ("grid", 20, 5), ("communities", 2400, 5)):
            quick = kind != "communities" and mode in common.MODES
            about = dict(epochs=epochs, vector_size=64, **small)
            add(f"graph {kind}", mode, (kind, size), quick=quick, **about)
    for mode in NOISE:
        small = dict(min_count=1, sample=0, vector_size=50)
        add("300 words, window 500", mode, ("topics", 300), epochs=5, window=500, **small)
        add("30 words, negative 50", mode, ("topics", 30), epochs=20, negative=50, **small)
    return found


def train(task: dict, corpus):
    """Return words and vectors, trained by one of the two on a path or a list of sentences."""
    options = dict(
        vector_size=100, window=5, min_count=5, sample=1e-3, alpha=0.025, seed=task["seed"],
        workers=task.get("threads", 1), **MODES[task["mode"]],
    )  # fmt: skip
    options |= {name: task[name] for name in options if name in task}
    options["epochs"] = task["epochs"]
    if options["alpha"] is None:
        del options["alpha"]
    if task["trainer"] == "gensim":
        from gensim.models import Word2Vec

        # Its iterable way: `corpus_file` lets the learning rate fall too slowly on several threads.
        from gensim.models.word2vec import LineSentence

        sentences = LineSentence(corpus) if isinstance(corpus, str) else corpus
        found = Word2Vec(sentences, **options | {"workers": 1}).wv
    else:
        import w2v

        found = w2v.train(corpus, progress=False, compute_loss=False, **options).wv
    return found.index_to_key, found.vectors


def measure(task: dict) -> dict:
    """Train once and judge the vectors, both trainers' by the same code; in percent."""
    import numpy as np

    import w2v

    kind, size = task["corpus"]
    if kind == "text":
        words, vectors = train(task, task["text"])
        kv = w2v.KeyedVectors(words, np.ascontiguousarray(vectors))
        analogies = w2v.evaluate_analogies(kv, task["analogies"], restrict_vocab=30_000)
        pairs = w2v.evaluate_pairs(kv, task["pairs"])
        return dict(analogies=100 * analogies.accuracy, pairs=100 * pairs.spearman.statistic)
    sentences, groups = planted.corpus(kind, size)
    words, vectors = train(task, sentences)
    # In an order of their own: which words are known to the classifier is then the same for both.
    order = np.argsort(words)
    of_words, vectors = np.array([groups[words[row]] for row in order]), vectors[order]
    return dict(
        classified=planted.share_classified(vectors, of_words),
        near=planted.share_near(vectors, of_words),
    )


def compared(runs: dict[str, list[dict]]) -> dict:
    """Return for each measure both means and deviations, the difference and its standard error."""
    found = {}
    for name in runs["w2v"][0]:
        ours, theirs = ([run[name] for run in runs[who]] for who in ("w2v", "gensim"))
        error = sum(statistics.variance(each) / len(each) for each in (ours, theirs)) ** 0.5
        difference = statistics.mean(ours) - statistics.mean(theirs)
        found[name] = dict(
            w2v=round(statistics.mean(ours), 2),
            w2v_deviation=round(statistics.stdev(ours), 2),
            gensim=round(statistics.mean(theirs), 2),
            gensim_deviation=round(statistics.stdev(theirs), 2),
            difference=round(difference, 2),
            error=round(error, 2),
            below=difference < -2 * error,
        )
    return found


def cut(text: str, megabytes: int, folder: Path) -> str:
    """Return the path of the first so many megabytes of a text, up to a line end."""
    path = folder / f"{megabytes}.txt"
    if not path.exists():
        with open(text, "rb") as file:
            start = file.read(megabytes * 10**6)
        path.write_bytes(start[: start.rfind(b"\n") + 1])
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", nargs="?", help="none: only what needs none")
    parser.add_argument("--analogies")
    parser.add_argument("--pairs")
    parser.add_argument("--only", default="", help="settings whose names this expression finds")
    parser.add_argument("--quick", action="store_true", help="the settings of ten minutes")
    parser.add_argument("--seeds", type=int, default=4, help="twice as many of small corpora")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--name", default="quality", help="of the file in results/")
    parser.add_argument("--list", action="store_true", help="print the settings alone")
    options = parser.parse_args()
    chosen = {
        name: setting
        for name, setting in settings().items()
        if re.search(options.only, name)
        and (setting["quick"] or not options.quick)
        and (options.text or setting["corpus"][0] != "text")
    }
    if options.list:
        print(*chosen, sep="\n")
        return
    has_text = any(setting["corpus"][0] == "text" for setting in chosen.values())
    if has_text and not (options.analogies and options.pairs):
        parser.error("a text is judged by --analogies and --pairs")
    path = common.RESULTS / f"{options.name}.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else {}
    folder = Path("/tmp") / "w2v-quality"
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, setting in chosen.items():
            runs = run_all(options, setting, folder, pool)
            rows[name] = dict(commit=common.machine()["commit"], **compared(runs), runs=runs)
            for what, row in compared(runs).items():
                print(f"{name:38} {what:10} {shown(row)}", flush=True)
            common.save(options.name, {"rows": rows})


def run_all(
    options: argparse.Namespace, setting: dict, folder: Path, pool: ThreadPoolExecutor
) -> dict[str, list[dict]]:
    """Train with all seeds by both; returns the measures of each."""
    kind, size = setting["corpus"]
    task = dict(setting, analogies=options.analogies, pairs=options.pairs)
    if kind == "text":
        task["text"] = cut(options.text, size, folder)
    seeds = range(1, 1 + options.seeds * (2 if kind != "text" else 1))
    tasks = [dict(task, trainer=who, seed=seed) for who in ("w2v", "gensim") for seed in seeds]
    found = list(pool.map(lambda task: common.in_own_process(__file__, task), tasks))
    return {"w2v": found[: len(seeds)], "gensim": found[len(seeds) :]}


def shown(row: dict) -> str:
    mark = "  BELOW" if row["below"] else ""
    return (
        f"{row['w2v']:6.2f} +-{row['w2v_deviation']:.2f}  gensim {row['gensim']:6.2f} "
        f"+-{row['gensim_deviation']:.2f}  {row['difference']:+.2f} +-{row['error']:.2f}{mark}"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
