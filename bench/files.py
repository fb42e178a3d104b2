"""Loading and saving word2vec files, this package and gensim in turn.

    python bench/files.py [--words 200000] [--dimensions 300] [--repeats 3] [--jobs ...]

Seconds to save vectors as text (the fewest digits that read back the same, as gensim writes) and
binary, and to load both, each in a process of its own, on one thread and on all cores. A file that
is loaded is in the page cache; one that is saved is new, and counts as saved when it is on disk,
whoever wrote it. Every load is compared with the vectors, and so is every file that was saved, by
this package's reader. Writes results/files.json; --jobs and --repeats let it be run in pieces,
which are added to the results there.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import common
import numpy as np

JOBS = ("save text", "load text", "save binary", "load binary")


def make_vectors(V: int, D: int) -> tuple[list[str], np.ndarray]:
    """Return words of 4 to 9 letters and vectors as training leaves them: normal, about 0.3."""
    random = np.random.default_rng(1)
    vectors = random.normal(0, 0.3, (V, D)).astype(np.float32)
    letters = random.integers(ord("a"), ord("z") + 1, (V, 4), np.uint8)
    words = [bytes(row).decode() + str(i % 100_000) for i, row in enumerate(letters)]
    return list(dict.fromkeys(words)), vectors[: len(dict.fromkeys(words))]


def keyed_vectors(who: str, words, vectors):
    """Return the vectors as the object whose methods are timed, and its class."""
    if who == "w2v":
        from w2v import KeyedVectors

        return KeyedVectors, KeyedVectors(words, vectors)
    from gensim.models import KeyedVectors

    wv = KeyedVectors(vectors.shape[1])
    wv.add_vectors(words, vectors)
    return KeyedVectors, wv


def run(task: dict) -> dict:
    """Do one job and check its outcome; returns the seconds and the size of the file."""
    words, vectors = make_vectors(task["words"], task["dimensions"])
    action, form = task["job"].split()
    cls, wv = keyed_vectors(task["who"], words, vectors)
    threads = dict(workers=task["threads"]) if task["who"] == "w2v" else {}
    path, binary = task["path"], form == "binary"
    if action == "save":
        begin = time.perf_counter()
        wv.save_word2vec_format(path, binary=binary, **threads)
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
        seconds = time.perf_counter() - begin
        from w2v import formats

        again = formats.read_rows(path)
        assert again.words == words and again.vectors.tobytes() == vectors.tobytes()
    else:
        Path(path).read_bytes()  # into the page cache
        begin = time.perf_counter()
        again = cls.load_word2vec_format(path, binary=binary, **threads)
        seconds = time.perf_counter() - begin
        assert list(again.index_to_key) == words
        assert again.vectors.tobytes() == vectors.tobytes()
    return dict(seconds=round(seconds, 4), megabytes=round(os.path.getsize(path) / 1e6, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--dimensions", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--jobs", nargs="+", default=JOBS, choices=JOBS)
    parser.add_argument("--who", nargs="+", default=["w2v", "gensim"], choices=["w2v", "gensim"])
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the files are put")
    parser.add_argument("--name", default="files", help="of the file in results/")
    options = parser.parse_args()
    setting = dict(words=options.words, dimensions=options.dimensions)
    path = common.RESULTS / f"{options.name}.json"
    known = json.loads(path.read_text())["rows"] if path.exists() else []
    runs = {(row["job"], row["who"], row["threads"]): row for row in known}
    contenders = [("w2v", 1)] if "w2v" in options.who else []
    if contenders and os.cpu_count() > 1:
        contenders.append(("w2v", os.cpu_count()))
    contenders += [("gensim", 1)] if "gensim" in options.who else []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for job in options.jobs:
            action, form = job.split()
            if action == "load":  # what is loaded is a file of gensim's layout
                make_file(Path(folder) / form, setting, form)
            for _ in range(options.repeats):
                for who, threads in contenders:
                    if threads > 1 and form == "binary":
                        continue  # reads and writes on one thread
                    name = form if action == "load" else "saved"
                    task = dict(**setting, job=job, who=who, threads=threads)
                    found = common.in_own_process(__file__, dict(task, path=f"{folder}/{name}"))
                    Path(folder, "saved").unlink(missing_ok=True)
                    row = runs.setdefault((job, who, threads), dict(**task, runs=[]))
                    row["megabytes"] = found["megabytes"]
                    row["runs"].append(found["seconds"])
                    row["seconds"] = common.median(row["runs"])
                    print(f"{job:12} {who:7} {threads:3} {found['seconds']:9.3f} s", flush=True)
    for (job, who, threads), row in runs.items():
        gensim = runs.get((job, "gensim", 1))
        if who == "w2v" and gensim:
            row["times_gensim"] = float(f"{gensim['seconds'] / row['seconds']:.3g}")
            print(f"{job:12} {threads} threads: {row['times_gensim']:6.1f} x gensim")
    common.save(options.name, {"rows": list(runs.values())})


def make_file(path: Path, setting: dict, form: str) -> None:
    """Write a file to load by plain Python, in gensim's layout: no line feed after binary rows."""
    if path.exists():
        return
    words, vectors = make_vectors(**{"V": setting["words"], "D": setting["dimensions"]})
    with open(path, "wb") as file:
        file.write(b"%d %d\n" % vectors.shape)
        if form == "binary":
            for word, row in zip(words, vectors, strict=True):
                file.write(word.encode() + b" " + row.tobytes())
        else:
            from w2v.formats import word2vec

            word2vec.write_word2vec(file, words, vectors, False, header=False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(run(json.loads(sys.argv[2]))))
    else:
        main()
