"""What merging private rows costs a thread of many: a simulation of up to 64 threads on two.

    python bench/merging.py TEXT

T threads merge a copied row after UNSEEN_UPDATES / (T - 1) uses of it. Here two threads do so as
often as each of T would, which is what grows with T; that more cores share the memory is left out.
Writes results/merging.json: words per second of two threads, and as a share of what they reach as
two.
"""

import argparse

import common

import w2v
from w2v.models import run

THREADS = (2, 4, 8, 16, 32, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    usual = run.UNSEEN_UPDATES
    rows = []
    for mode, settings in common.MODES.items():
        model = w2v.Word2Vec(epochs=1, workers=2, **common.COMMON, **settings)
        ids = model.encode(options.text)
        runs: dict = {threads: [] for threads in THREADS}
        for _ in range(options.repeats):
            for threads, found in runs.items():
                run.UNSEEN_UPDATES = usual // (threads - 1)
                report = model.fit(ids, progress=False)
                found.append(round(report.tokens_read / report.seconds))
        first = common.median(runs[THREADS[0]])
        for threads, found in runs.items():
            share = round(common.median(found) / first, 3)
            rows.append(dict(mode=mode, as_of=threads, share=share, runs=found))
            print(
                f"{mode:13} merging as {threads:2} threads do: {share:.2f} of the speed", flush=True
            )
    common.save("merging", {"unseen_updates": usual, "rows": rows})


if __name__ == "__main__":
    main()
