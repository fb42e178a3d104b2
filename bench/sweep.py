"""Training speed away from the usual settings, against gensim: no cliff may hide there.

    python bench/sweep.py TEXT          # a few MB of text are enough

One thread, one epoch; dimensions, window and noise words vary one at a time around 100, 5 and 5,
each trainer in a process of its own, in turn. Writes results/sweep.json.

Why CBOW gains least with long rows: it passes over each output row twice a centre, for three
multiply-adds a float, so that caches set the pace, and gensim's BLAS waits for the same caches. A
text of 30 random words, whose rows all fit into L2, takes 505 ns a centre at 500 dimensions and 950
at 1,000 (Zen 5; hierarchical softmax 436 and 889), this benchmark's 3 MB of books 631 and 1,273
(769 and 1,572). From L1 it is 8.7 ns for 16 columns, so 270 and 550 ns. Not prefetching long rows,
prefetching them into L2, and updating a few outputs at a time while they are in L1 change this by
less than a tenth or for the worse. These are times of one centre a step; that negative sampling
trains two with the same noise words has since divided its own by 1.3 and 1.2.
"""

import argparse
import json
import os
import sys
import tempfile

import common
import peers

DIMENSIONS = (1, 17, 50, 128, 200, 500, 1000)
WINDOWS = (1, 2, 10, 20)
NEGATIVES = (1, 2, 10, 20)


def settings():
    """Yield a mode and what is unusual about it."""
    for mode, options in common.MODES.items():
        for value in DIMENSIONS:
            yield mode, dict(vector_size=value)
        for value in WINDOWS:
            yield mode, dict(window=value)
        for value in NEGATIVES if options["negative"] else ():
            yield mode, dict(negative=value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    rows = []
    for mode, unusual in settings():
        found: dict = {trainer: [] for trainer in ("w2v", "gensim")}
        for _ in range(options.repeats):
            for trainer, seconds in found.items():
                task = dict(
                    text=options.text, mode=mode, dimensions=100, threads=1, trainer=trainer,
                    unusual=unusual,
                )  # fmt: skip
                seconds.append(common.in_own_process(__file__, task)["train"])
        ours, gensim = (common.median(seconds) for seconds in found.values())
        rows.append(dict(mode=mode, **unusual, seconds=found, ratio=round(gensim / ours, 2)))
        print(f"{mode:13} {unusual!s:22} {gensim / ours:6.1f} x gensim", flush=True)
    common.save("sweep", {"megabytes": os.path.getsize(options.text) / 1e6, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        task = json.loads(sys.argv[2])
        train = peers.TRAINERS[task["trainer"]]
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(train(task, os.path.join(folder, "vectors.bin"))))
    else:
        main()
