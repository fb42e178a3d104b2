"""A long run, for `make soak`: does memory stay flat, and do results stay what they were?

For SOAK_SECONDS (3600) it trains, counts, reads, searches, saves and opens in one process, under
changing modes, threads and sizes. Each minute it prints how much memory it has, and trains the same
model again, whose bytes must be those of the first minute. Memory may grow by MOST_GROWTH after the
first tenth of the time, by when every kind of work has been done.
"""

import gc
import hashlib
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import w2v

MOST_GROWTH = 24 << 20  # bytes: the allocator's own


def resident():
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def corpus_of(random, n):
    return [[f"w{i}" for i in random.zipf(1.3, 20) % 3000] for _ in range(n)]


def digest(corpus):
    """The bytes of a model, its neighbours, GloVe's vectors and phrases, in one number."""
    found = hashlib.sha256()
    options = dict(vector_size=32, min_count=1, progress=False)
    model = w2v.train(corpus, workers=2, deterministic=True, hs=1, epochs=1, **options)
    found.update(model.wv.vectors.tobytes())
    found.update(repr(model.wv.neighbours(model.wv.words[:20], topn=5)).encode())
    found.update(w2v.glove(corpus, iterations=2, **options).wv.vectors.tobytes())
    found.update(repr(sorted(w2v.Phrases(corpus, threshold=1).export_phrases().items())).encode())
    return found.hexdigest()


def work(random, folder):
    corpus = corpus_of(random, int(random.integers(10, 3000)))
    model = w2v.train(
        corpus, vector_size=int(random.integers(1, 200)), min_count=1, epochs=1, progress=False,
        sg=int(random.integers(2)), hs=int(random.integers(2)), workers=int(random.integers(1, 9)),
        deterministic=bool(random.integers(2)), shared_noise=bool(random.integers(2)),
        seed=int(random.integers(2**31)),
    )  # fmt: skip
    assert np.isfinite(model.wv.vectors).all()
    model.save(folder / "m.w2v")
    again = w2v.Word2Vec.load(folder / "m.w2v")
    again.train(corpus[:50], epochs=1, progress=False)
    again.wv.save_word2vec_format(folder / "v.txt.gz")
    w2v.load(folder / "v.txt.gz").most_similar(model.wv.words[0])
    (folder / "text").write_text("\n".join(map(" ".join, corpus)))
    w2v.glove(folder / "text", min_count=1, vector_size=8, iterations=1, progress=False)
    w2v.Phrases(folder / "text", threshold=1)[["w1", "w2"]]
    try:
        w2v.load(folder / "text")
    except ValueError:
        return
    raise AssertionError("text was taken for vectors")


def main():
    warnings.simplefilter("ignore")
    seconds = float(os.environ.get("SOAK_SECONDS", 3600))
    random, corpus = np.random.default_rng(1), corpus_of(np.random.default_rng(2), 2000)
    wanted, begin, told, n, settled = digest(corpus), time.monotonic(), 0.0, 0, None
    print(f"begin: {resident() / 1e6:.1f} MB, {wanted[:16]}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        while (now := time.monotonic() - begin) < seconds:
            work(random, Path(folder))
            n += 1
            if now - told > min(60, seconds / 20):
                told = now
                assert digest(corpus) == wanted, "results have changed"
                size = resident()
                settled = size if settled is None and now > seconds / 10 else settled
                print(f"{now:6.0f} s, {n:,} rounds: {size / 1e6:.1f} MB", flush=True)
    assert digest(corpus) == wanted, "results have changed"
    grown = resident() - (settled or resident())
    print(f"end: {n:,} rounds, {resident() / 1e6:.1f} MB, {grown / 1e6:+.1f} since it settled")
    if grown > MOST_GROWTH:
        sys.exit("memory has grown")


if __name__ == "__main__":
    main()
