"""Queries of vectors, this package's and gensim's in turn: one word, and 1,000 words.

    python bench/queries.py [--words 200000] [--dimensions 300]

Random vectors, so that nothing but their size matters. Each measurement runs in a process of its
own, the two packages in turn, and answers are compared with NumPy. One word is asked for "at
first", before KeyedVectors has made its 8-bit copy, and afterwards. Writes results/queries.json.
"""

import argparse
import json
import statistics
import sys
import time

import common
import numpy as np


def make_vectors(task: dict) -> tuple[list[str], np.ndarray]:
    vectors = np.random.default_rng(1).standard_normal((task["words"], task["dimensions"]), "f4")
    return [f"w{i}" for i in range(len(vectors))], vectors


def open_w2v(task: dict):
    import w2v

    return w2v.KeyedVectors(*make_vectors(task), shared=False)


def open_gensim(task: dict):
    from gensim.models import KeyedVectors

    words, vectors = make_vectors(task)
    out = KeyedVectors(task["dimensions"], len(words))
    out.index_to_key, out.vectors = words, vectors
    out.key_to_index = {word: i for i, word in enumerate(words)}
    out.fill_norms()
    return out


def vectors_of(wv) -> np.ndarray:
    """Return the vectors, to read only."""
    return wv.frozen_vectors() if hasattr(wv, "frozen_vectors") else wv.vectors


def check(wv, asked: list[str], answers: list) -> None:
    """Compare with all cosines in float64; equal to 1e-5, in the same order."""
    vectors = vectors_of(wv)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for word, answer in list(zip(asked, answers, strict=True))[:20]:
        row = wv.key_to_index[word]
        cosines = unit @ unit[row].astype(np.float64)
        cosines[row] = -2
        best = np.argsort(-cosines)[: len(answer)]
        assert [pair[0] for pair in answer] == [f"w{i}" for i in best], word
        np.testing.assert_allclose([pair[1] for pair in answer], cosines[best], atol=1e-5)


def seconds_of(ask, times: int) -> list[float]:
    """Time ask(i) for i from 0."""
    found = []
    for i in range(times):
        begin = time.perf_counter()
        ask(i)
        found.append(time.perf_counter() - begin)
    return found


def one_word_at_first(wv, task: dict) -> list[float]:
    from w2v.vectors.neighbours import PACK_AFTER

    words, answers = [f"w{i}" for i in range(PACK_AFTER - 1)], []
    found = seconds_of(lambda i: answers.append(wv.most_similar(words[i])), len(words))
    check(wv, words, answers)
    return found


def one_word(wv, task: dict) -> list[float]:
    words = [f"w{i}" for i in range(0, len(wv), max(len(wv) // 50, 1))]
    check(wv, words, [wv.most_similar(word) for word in words])
    return seconds_of(lambda i: wv.most_similar(words[i % len(words)]), 100)


def many_words(wv, task: dict) -> list[float]:
    words = [f"w{i}" for i in range(min(1000, len(wv)))]
    if task["package"] == "gensim":  # it answers one at a time
        check(wv, words[:20], [wv.most_similar(word) for word in words[:20]])
        return seconds_of(lambda _: [wv.most_similar(word) for word in words], 1)
    check(wv, words, wv.neighbours(words))
    return seconds_of(lambda _: wv.neighbours(words), 5)


PACKAGES = {"w2v": open_w2v, "gensim": open_gensim}
QUESTIONS = {
    "one word, at first": one_word_at_first,
    "one word": one_word,
    "1,000 words": many_words,
}


def measure(task: dict) -> dict:
    wv = PACKAGES[task["package"]](task)
    return {"seconds": statistics.median(QUESTIONS[task["question"]](wv, task))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--dimensions", type=int, default=300)
    parser.add_argument("--questions", nargs="+", default=list(QUESTIONS), choices=QUESTIONS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--name", default="queries", help="of the file in results/")
    options = parser.parse_args()
    runs: dict = {(question, who): [] for question in options.questions for who in PACKAGES}
    for _ in range(options.repeats):
        for question, package in runs:
            task = dict(vars(options), question=question, package=package)
            found = common.in_own_process(__file__, task)["seconds"]
            runs[question, package].append(found)
            print(f"{question:18} {package:7} {1000 * found:10.2f} ms", flush=True)
    rows = []
    for (question, package), found in runs.items():
        seconds = common.median(found)
        ratio = common.median(runs[question, "gensim"]) / seconds
        rows.append(
            dict(
                question=question,
                package=package,
                seconds=seconds,
                times_gensim=round(ratio, 2),
                runs=[float(f"{value:.5g}") for value in found],
            )
        )
        print(f"{question:18} {package:7} {ratio:6.2f} x gensim")
    sizes = {"words": options.words, "dimensions": options.dimensions}
    common.save(options.name, {**sizes, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
