"""Cost against the size of the text and of the vocabulary.

    python bench/scale.py FOLDER [--sizes 10 100 1000] [--vocabularies 20000 200000 2000000]

Texts are made in FOLDER (about 1.5 GB, removed at the end): tokens drawn from Zipf's law over as
many words as asked for, 20 to a line. Skip-gram NS, 100 dimensions, one epoch, each run in a
process of its own. Writes results/scale.json: seconds to encode and to train, and the peak memory.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import common
import numpy as np

BLOCK = 1_000_000  # tokens drawn at a time


def write_text(path: Path, n_tokens: int, V: int) -> None:
    """Write tokens of a vocabulary of V words, frequencies falling as 1 / (rank + 2.7)."""
    random = np.random.default_rng(1)
    bounds = np.cumsum(1 / (np.arange(V) + 2.7))
    bounds /= bounds[-1]
    words = np.array([spelling(i) for i in range(V)], object)
    with open(path, "w") as file:
        for start in range(0, n_tokens, BLOCK):
            n = min(BLOCK, n_tokens - start)
            tokens = words[np.searchsorted(bounds, random.random(n))]
            lines = (" ".join(tokens[i : i + 20]) for i in range(0, n, 20))
            file.write("\n".join(lines) + "\n")


def spelling(i: int) -> str:
    """Return a word for a rank, the shorter the more frequent, as in language."""
    word = ""
    i += 26
    while i:
        i, letter = divmod(i, 26)
        word += chr(97 + letter)
    return word


def measure(task: dict) -> dict:
    import w2v

    model = w2v.Word2Vec(sg=1, epochs=1, min_count=1, sample=1e-3, workers=task["threads"])
    begin = time.perf_counter()
    ids = model.encode(task["text"])
    encoded = time.perf_counter() - begin
    report = model.fit(ids, progress=False)
    return {
        "tokens": report.tokens_read,
        "words_trained": report.words_trained,
        "vocabulary": len(model.vocabulary),
        "encode_seconds": round(encoded, 3),
        "train_seconds": round(report.seconds, 3),
        "peak_megabytes": round(common.peak_megabytes()),
        "spooled_bytes": report.spooled_bytes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10, 100, 1000], help="in MB")
    parser.add_argument("--vocabularies", nargs="+", type=int, default=[20_000, 200_000, 2_000_000])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    # 200,000 words of Zipf's law take about 4.2 bytes each, with the blank.
    texts = [(size * 238_000, 200_000) for size in options.sizes]
    texts += [(20_000_000, V) for V in options.vocabularies]
    rows = []
    for n_tokens, V in texts:
        path = options.folder / "scale.txt"
        write_text(path, n_tokens, V)
        task = dict(text=str(path), threads=options.threads)
        found = common.in_own_process(__file__, task)
        rows.append(dict(megabytes=round(path.stat().st_size / 1e6, 1), **found))
        path.unlink()
        print(rows[-1], flush=True)
    common.save("scale", {"threads": options.threads, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
