"""What a cluster costs in quality, and what it gains in time.

    python bench/cluster.py quality TEXT --held-out TEXT --analogies QUESTIONS --pairs PAIRS
    python bench/cluster.py speed TEXT

`quality` trains on one machine and on nodes in one process, with the same seeds: analogies in
percent over the 30,000 most frequent words, word pairs by Spearman's correlation times 100, the
loss of the held-out text, and that of its pairs of a context word and a centre in a band of ranks.
`speed` trains on one thread, and on a cluster of Ray with two nodes of one core on this machine,
alternating, and compares the seconds of training. Each writes its part of results/cluster.json.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

import common
import numpy as np

import w2v
from w2v.distributed import schedule
from w2v.models import node

BANDS = [0, 100, 1_000, 10_000, 10**9]  # ranks
EVERY = 5  # of so many centres of the held-out text, one


def windows_of(model, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Return centres, int (n,), and one word of the window of each."""
    random, ids, window = np.random.default_rng(0), model.vocabulary.ids, model.params.window
    centres, contexts = [], []
    for line in Path(path).read_text().splitlines():
        words = [ids[word] for word in line.split() if word in ids]
        for i in range(0, len(words), EVERY):
            near = words[max(i - window, 0) : i] + words[i + 1 : i + 1 + window]
            if near:
                centres.append(words[i])
                contexts.append(near[random.integers(len(near))])
    return np.array(centres), np.array(contexts)


def losses_by_band(model, path: str) -> list[float]:
    """Return the mean loss of pairs of a text whose centre is in each band of ranks."""
    centres, contexts = windows_of(model, path)
    hidden = model.wv.frozen_vectors()[contexts]
    losses = np.zeros(len(centres))
    if model.output_vectors is not None:
        weights = model.vocabulary.noise_weights(0.75)
        random = np.random.default_rng(1)
        noise = random.choice(len(weights), (len(centres), 5), p=weights / weights.sum())
        scores = np.einsum("nd,nd->n", hidden, model.output_vectors[centres])
        losses += np.logaddexp(0, -scores)
        for each in noise.T:
            losses += np.logaddexp(0, np.einsum("nd,nd->n", hidden, model.output_vectors[each]))
    else:
        offsets, steps = model.vocabulary.huffman_paths(0)
        lengths = np.diff(offsets)[centres]
        for depth in range(int(lengths.max())):
            on = np.flatnonzero(lengths > depth)
            step = steps[offsets[centres[on]] + depth]
            scores = np.einsum("nd,nd->n", hidden[on], model.node_vectors[step >> 1])
            losses[on] += np.logaddexp(0, -scores * (1 - 2 * (step & 1)))
    bands = np.digitize(centres, BANDS) - 1
    return [round(float(losses[bands == band].mean()), 4) for band in range(len(BANDS) - 1)]


def measure(task: dict) -> dict:
    """Train once, and return quality and what the report says of the cluster."""
    node.HASTE = task["haste"]
    schedule.LEVELS, schedule.ROUND_WORDS = task["levels"], task["round_words"]
    n = task["nodes"]
    cluster = w2v.Cluster("local", nodes=n, threads=task["threads"], merges=task["merges"])
    model = w2v.train(
        task["text"], vector_size=task["dimensions"], epochs=task["epochs"], seed=task["seed"],
        workers=task["threads"], cluster=cluster if n > 1 else None, progress=False,
        **common.COMMON, **common.MODES[task["mode"]],
    )  # fmt: skip
    report = model.report
    found = dict(
        loss=round(model.held_out_loss(task["held_out"]), 4),
        bands=losses_by_band(model, task["held_out"]),
        guarded=report.rows_guarded, rounds=report.rounds, sent=report.bytes_sent,
        seconds=round(report.seconds, 1),
    )  # fmt: skip
    if task["analogies"]:
        questions = w2v.evaluate_analogies(model.wv, task["analogies"], restrict_vocab=30_000)
        found["analogies"] = round(100 * questions.accuracy, 2)
    if task["pairs"]:
        pairs = w2v.evaluate_pairs(model.wv, task["pairs"])
        found["pairs"] = round(100 * pairs.spearman.statistic, 2)
    return found


def quality(options: argparse.Namespace) -> list[dict]:
    rows = []
    for mode in options.modes:
        for n in [1, *options.nodes]:
            runs = []
            for seed in options.seeds:
                task = dict(vars(options), mode=mode, nodes=n, seed=seed)
                runs.append(common.in_own_process(__file__, task))
                print(f"{mode:13} {n:3} nodes, seed {seed}: {runs[-1]}", flush=True)
            row = dict(mode=mode, nodes=n, runs=runs)
            for name in ("analogies", "pairs", "loss"):
                values = [run[name] for run in runs if name in run]
                if values:
                    row[name] = round(statistics.mean(values), 4)
            rows.append(row)
            print({name: value for name, value in row.items() if name != "runs"}, flush=True)
    return rows


def speed(options: argparse.Namespace) -> dict:
    """Return the seconds of training of one thread and of two nodes of Ray, all runs."""
    import ray
    from ray.cluster_utils import Cluster

    machines = Cluster(
        initialize_head=True, head_node_args=dict(num_cpus=0, include_dashboard=False)
    )
    for _ in range(2):
        machines.add_node(num_cpus=1, object_store_memory=400 << 20)
    ray.init(address=machines.address, log_to_driver=False)
    found: dict = {"one": [], "two": [], "rounds": []}
    usual = dict(
        vector_size=options.dimensions, sg=1, epochs=options.epochs, progress=False,
        **common.COMMON,
    )  # fmt: skip
    cluster = w2v.Cluster("ray", nodes=2, threads=1, merges=options.merges)
    for _ in range(options.repeats):
        found["one"].append(w2v.train(options.text, workers=1, **usual).report.seconds)
        report = w2v.train(options.text, cluster=cluster, **usual).report
        found["two"].append(report.seconds)
        found["rounds"].append(report.rounds)
        print({name: each[-1] for name, each in found.items()}, flush=True)
    ray.shutdown()
    machines.shutdown()
    found["speed_up"] = round(statistics.median(found["one"]) / statistics.median(found["two"]), 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["quality", "speed"])
    parser.add_argument("text")
    parser.add_argument("--held-out")
    parser.add_argument("--analogies")
    parser.add_argument("--pairs")
    parser.add_argument("--modes", nargs="+", default=["skip-gram NS"])
    parser.add_argument("--nodes", nargs="+", type=int, default=[2, 16])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--merges", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--haste", type=float, default=node.HASTE, help="0: sum; 1e9: Adasum")
    parser.add_argument("--levels", type=int, default=schedule.LEVELS)
    parser.add_argument("--round-words", type=float, default=schedule.ROUND_WORDS)
    parser.add_argument("--name", default="cluster", help="of the file in results/")
    options = parser.parse_args()
    if options.what == "quality" and not options.held_out:
        parser.error("--held-out: quality needs a text that is not trained on")
    found = quality(options) if options.what == "quality" else speed(options)
    path = common.RESULTS / f"{options.name}.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    settings = {name: value for name, value in vars(options).items() if name != "what"}
    before[options.what] = {"settings": settings, "found": found}
    before.pop("machine", None)
    common.save(options.name, before)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
