"""What deterministic=True costs: its speed beside racing threads', and the quality of both.

    python bench/deterministic.py TEXT --analogies questions-words.txt --pairs wordsim353.tsv

Speeds are medians of one epoch over the ids, the ways alternating. Quality is of `--epochs` on two
threads, by several seeds: analogies in percent over the 30,000 most frequent words, word pairs by
Spearman's correlation times 100. Writes results/deterministic.json.
"""

import argparse
import statistics
from pathlib import Path

import common

import w2v

WAYS = {
    "racing, 2 threads": dict(workers=2),
    "deterministic, 1 thread": dict(workers=1, deterministic=True),
    "deterministic, 2 threads": dict(workers=2, deterministic=True),
}


def speeds(text: str, mode: str, repeats: int) -> dict:
    """Return words per second of each way, all runs."""
    base = w2v.Word2Vec(vector_size=100, epochs=1, **common.COMMON, **common.MODES[mode])
    ids = base.encode(Path(text))
    found: dict = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, options in WAYS.items():
            settings = {**common.COMMON, **common.MODES[mode], **options}
            model = w2v.Word2Vec(vector_size=100, epochs=1, **settings)
            model.vocabulary = base.vocabulary
            report = model.fit(ids, progress=False)
            found[way].append(round(report.words / report.seconds))
    return found


def qualities(options: argparse.Namespace, mode: str) -> dict:
    """Return analogies and pairs of racing and deterministic threads, by seed."""
    found: dict = {}
    for way in ("racing, 2 threads", "deterministic, 2 threads"):
        rows = []
        for seed in range(1, options.seeds + 1):
            settings = {**common.COMMON, **common.MODES[mode], **WAYS[way]}
            model = w2v.train(
                Path(options.text), vector_size=100, epochs=options.epochs, seed=seed,
                progress=False, **settings,
            )  # fmt: skip
            analogies = w2v.evaluate_analogies(model.wv, options.analogies, restrict_vocab=30_000)
            pairs = w2v.evaluate_pairs(model.wv, options.pairs)
            rows.append((100 * analogies.accuracy, 100 * pairs.spearman.statistic))
        found[way] = {
            name: dict(
                mean=round(statistics.mean(each), 2),
                spread=round(statistics.stdev(each), 2) if len(each) > 1 else None,
                runs=[round(one, 2) for one in each],
            )
            for name, each in zip(("analogies", "pairs"), zip(*rows, strict=True), strict=True)
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--analogies")
    parser.add_argument("--pairs")
    parser.add_argument("--modes", nargs="+", default=list(common.MODES))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    rows = []
    for mode in options.modes:
        runs = speeds(options.text, mode, options.repeats)
        racing, one, two = (common.median(runs[way]) for way in WAYS)
        row = dict(mode=mode, share=round(two / racing, 3), scaling=round(two / one, 3), runs=runs)
        print(
            f"{mode:13} {row['share']:.0%} of racing threads' speed, two threads "
            f"{row['scaling']:.2f} times one", flush=True,
        )  # fmt: skip
        if options.analogies and options.pairs:
            row["quality"] = qualities(options, mode)
            print(f"{'':13} {row['quality']}", flush=True)
        rows.append(row)
    common.save("deterministic", {"text": Path(options.text).name, "rows": rows})


if __name__ == "__main__":
    main()
