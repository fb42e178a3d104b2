"""Digests of what training on one thread computes and of what each format writes.

    python bench/digests.py TEXT > before.json      # then change something, and
    python bench/digests.py TEXT --check before.json

Whoever moves code without changing what it does shows so by this. It asks the public names alone,
so that it runs against older commits, too. TEXT of some megabytes is enough.
"""

import argparse
import contextlib
import hashlib
import io
import json
import tempfile
from pathlib import Path

import numpy as np

import w2v
from w2v import Phrases

MODES = {
    "skip-gram NS": dict(sg=1),
    "skip-gram NS pairs": dict(sg=1, shared_noise=False),
    "CBOW NS": dict(),
    "CBOW NS alone": dict(shared_noise=False),
    "skip-gram HS": dict(sg=1, hs=1, negative=0),
    "CBOW HS": dict(hs=1, negative=0),
    "both losses": dict(sg=1, hs=1, negative=3),
    "sum, whole windows": dict(cbow_mean=0, shrink_windows=False, window=3),
    "wide windows": dict(sg=1, window=40, negative=2),
    "phrases": dict(sg=1, phrases=2),
}


def digest(*parts) -> str:
    return hashlib.sha256(b"".join(bytes(part) for part in parts)).hexdigest()[:16]


def training(text: str):
    for name, params in MODES.items():
        for kernel in w2v.kernels():
            for D in (100, 25):
                model = w2v.train(
                    text,
                    kernel=kernel,
                    workers=1,
                    epochs=1,
                    vector_size=D,
                    progress=False,
                    **params,
                )
                parts = [model.wv.vectors, model.output_vectors, model.node_vectors]
                parts = [np.ascontiguousarray(part) for part in parts if part is not None]
                yield f"{name}, {kernel}, {D}", digest(*parts)
    for name in ("skip-gram NS", "CBOW NS", "skip-gram HS", "CBOW HS"):
        model = w2v.train(text, exact=True, epochs=1, vector_size=40, progress=False, **MODES[name])
        yield f"{name}, exact", digest(np.ascontiguousarray(model.wv.vectors))


def files(text: str, folder: Path):
    model = w2v.train(text, workers=1, epochs=1, vector_size=30, hs=1, progress=False)
    wv = model.wv
    writers = {
        "model.w2v": model.save,
        "vectors.w2v": wv.save,
        "vectors.npz": wv.save,
        "vectors.bin": lambda path: wv.save_word2vec_format(path, binary=True),
        "vectors.txt": wv.save_word2vec_format,
        "decimals.txt": lambda path: wv.save_word2vec_format(path, decimals=6),
        "glove.txt": lambda path: wv.save_word2vec_format(path, write_header=False),
        "vectors.txt.gz": wv.save_word2vec_format,
        "vectors.txt.bz2": wv.save_word2vec_format,
        "vectors.txt.xz": wv.save_word2vec_format,
    }
    for name, write in writers.items():
        write(folder / name)
        yield f"writes {name}", digest(without_times((folder / name).read_bytes()))
        if name != "decimals.txt":
            kv = w2v.load(folder / name)
            words = "\n".join(kv.index_to_key).encode()
            yield f"reads {name}", digest(words, np.ascontiguousarray(kv.vectors))
    wv.save_projector(folder / "projector")
    for path in sorted(folder.glob("projector*")):
        yield f"writes {path.name}", digest(path.read_bytes())
    phrases = Phrases(text, threshold=5)
    phrases.freeze().save(folder / "phrases.json")
    yield "writes phrases.json", digest((folder / "phrases.json").read_bytes())
    queries = list(wv.index_to_key)[:200]
    yield "answers", digest(json.dumps(wv.neighbours(queries, topn=10), default=str).encode())


def without_times(data: bytes) -> bytes:
    """Leave out the seconds that a model's file tells, and the times of an archive's members."""
    if data[:2] == b"PK":
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        return b"".join(loaded[name].tobytes() for name in sorted(loaded.files))
    size = int.from_bytes(data[:8], "little")
    with contextlib.suppress(ValueError, AttributeError):
        header = json.loads(data[8 : 8 + size])
        header["__metadata__"].pop("report", None)
        header["__metadata__"].pop("totals", None)
        for tensor in header.values():
            tensor.pop("data_offsets", None)
        return json.dumps(header, sort_keys=True).encode() + data[8 + size :]
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("text")
    parser.add_argument("--check", metavar="FILE", help="compare with what this printed before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {**dict(training(options.text)), **dict(files(options.text, Path(folder)))}
    if not options.check:
        print(json.dumps(found, indent=1))
        return
    before = json.loads(Path(options.check).read_text())
    changed = [name for name in before if found.get(name) != before[name]]
    print(f"{len(before) - len(changed)} of {len(before)} digests are the same")
    raise SystemExit("changed: " + "; ".join(changed) if changed else 0)


if __name__ == "__main__":
    main()
