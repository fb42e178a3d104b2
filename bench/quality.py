"""Quality at equal epochs, several seeds: this trainer on few and many threads, and gensim.

    python bench/quality.py TEXT --analogies questions-words.txt --pairs wordsim353.tsv

Both are judged by gensim's evaluation: analogies in percent over the 30,000 most frequent words,
word pairs by Spearman's correlation times 100. Writes results/quality.json: mean, standard
deviation and every run.
"""

import argparse
import json
import statistics
import sys

import common


def train(task: dict):
    """Return trained vectors as gensim's KeyedVectors."""
    options = dict(
        vector_size=task["dimensions"], epochs=task["epochs"], seed=task["seed"],
        workers=task["threads"], **common.COMMON, **common.MODES[task["mode"]],
    )  # fmt: skip
    if task["trainer"] == "gensim":
        from gensim.models import Word2Vec

        # Its iterable way: `corpus_file` lets the learning rate fall too slowly on several threads.
        from gensim.models.word2vec import LineSentence

        return Word2Vec(LineSentence(task["text"]), **options).wv
    import numpy as np
    from gensim.models import KeyedVectors

    import w2v

    found = w2v.train(task["text"], progress=False, **options).wv
    vectors = KeyedVectors(found.vector_size)
    vectors.add_vectors(found.index_to_key, np.ascontiguousarray(found.vectors))
    return vectors


def measure(task: dict) -> dict:
    vectors = train(task)
    analogies = vectors.evaluate_word_analogies(task["analogies"], restrict_vocab=30_000)[0]
    pairs = vectors.evaluate_word_pairs(task["pairs"])[1][0]
    return dict(analogies=100 * analogies, pairs=100 * pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--analogies", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--modes", nargs="+", default=["skip-gram NS", "CBOW NS"])
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2, 16])
    parser.add_argument("--gensim-threads", type=int, default=2, help="0: without gensim")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--name", default="quality", help="of the file in results/")
    options = parser.parse_args()
    rows = []
    for mode in options.modes:
        who = [("w2v", threads) for threads in options.threads]
        if options.gensim_threads:
            who.append(("gensim", options.gensim_threads))
        for trainer, threads in who:
            runs = []
            for seed in range(1, options.seeds + 1):
                task = dict(vars(options), mode=mode, trainer=trainer, threads=threads, seed=seed)
                runs.append(common.in_own_process(__file__, task))
                print(
                    f"{mode:13} {trainer:7} {threads:3} threads, seed {seed}: {runs[-1]}",
                    flush=True,
                )
            row = dict(mode=mode, trainer=trainer, threads=threads, runs=runs)
            for measure in ("analogies", "pairs"):
                values = [run[measure] for run in runs]
                row[measure] = round(statistics.mean(values), 2)
                if len(values) > 1:
                    row[f"{measure}_deviation"] = round(statistics.stdev(values), 2)
            rows.append(row)
            print(row, flush=True)
    common.save(options.name, {"epochs": options.epochs, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
