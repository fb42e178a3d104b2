"""Quality against one parameter at a time: what docs/parameters.md advises rests on this.

    python bench/parameters.py TEXT --analogies questions-words.txt --pairs wordsim353.tsv

All else is as by default, on one thread. Analogies in percent over the 30,000 most frequent words,
word pairs by Spearman's correlation times 100. Writes results/parameters.json: means, standard
deviations and every run; no times. Without TEXT, only the table of docs/parameters.md is made anew.
"""

import argparse
import collections
import json
import re
import statistics

import common

import w2v

VALUES = {
    "vector_size": [25, 50, 200, 300, 500],
    "window": [1, 2, 3, 10, 15],
    "epochs": [1, 2, 10, 20],
    "negative": [1, 2, 10, 20],
    "sample": [0, 1e-2, 1e-4, 1e-5],
    "min_count": [1, 2, 10, 50],
    "ns_exponent": [0, 0.5, 1],
    "alpha": [0.0125, 0.025, 0.05, 0.1],
    "shared_noise": [False],
}


def measure(options, **params) -> dict:
    """Return the scores of one training, and how many words it has."""
    wv = w2v.train(options.text, workers=1, progress=False, **params).wv
    analogies = w2v.evaluate_analogies(wv, options.analogies, restrict_vocab=30_000)
    pairs = w2v.evaluate_pairs(wv, options.pairs)
    return dict(
        analogies=round(100 * analogies.accuracy, 2),
        pairs=round(100 * pairs.spearman.statistic, 2),
        words=len(wv),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", nargs="?")
    parser.add_argument("--analogies")
    parser.add_argument("--pairs")
    parser.add_argument("--modes", nargs="+", default=["skip-gram NS", "CBOW NS"])
    parser.add_argument("--parameters", nargs="+", default=list(VALUES), choices=list(VALUES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--name", default="parameters", help="of the file in results/")
    options = parser.parse_args()
    if options.text:
        measure_all(options)
    write_table()


def measure_all(options) -> None:
    settings = [{}, *({name: value} for name in options.parameters for value in VALUES[name])]
    rows = []
    for mode in options.modes:
        for setting in settings:
            params = common.MODES[mode] | setting
            runs = [measure(options, seed=seed, **params) for seed in range(1, options.seeds + 1)]
            row = dict(mode=mode, setting=setting, words=runs[0]["words"], runs=runs)
            for score in ("analogies", "pairs"):
                values = [run[score] for run in runs]
                row[score] = round(statistics.mean(values), 2)
                if len(values) > 1:
                    row[f"{score}_deviation"] = round(statistics.stdev(values), 2)
            rows.append(row)
            print(mode, setting, {key: row[key] for key in row if key != "runs"}, flush=True)
            common.save(options.name, {"text": options.text.rsplit("/", 1)[-1], "rows": rows})


def write_table() -> None:
    """Write the table of docs/parameters.md from the results, of the modes that are complete."""
    rows = json.loads((common.RESULTS / "parameters.json").read_text())["rows"]
    n_rows = collections.Counter(row["mode"] for row in rows)
    modes = [mode for mode, n in n_rows.items() if n == max(n_rows.values())]
    found: dict[str, dict[str, dict]] = {}
    for row in rows:
        name = ", ".join(f"`{key}={value}`" for key, value in row["setting"].items())
        found.setdefault(name or "the defaults", {})[row["mode"]] = row
    lines = ["| | " + " | ".join(f"{mode}: analogies | word pairs" for mode in modes) + " |"]
    lines.append("| --- |" + " --- | --- |" * len(modes))
    for name, by_mode in found.items():
        cells = [
            f"{by_mode[mode][score]:.1f} +- {by_mode[mode][f'{score}_deviation']:.1f}"
            if mode in by_mode
            else ""
            for mode in modes
            for score in ("analogies", "pairs")
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    page = common.FOLDER.parent / "docs" / "parameters.md"
    marked = r"(<!-- parameters: .*? -->\n).*?(<!-- end -->)"
    table = "\n".join(lines)
    text = page.read_text(encoding="utf-8")
    text = re.sub(marked, lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text, flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
