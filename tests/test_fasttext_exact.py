"""Exact mode against the bytes of fastText 0.9.2: one thread, built with plain IEEE floats."""

import hashlib
import itertools
import struct

import golden_texts
import numpy as np
import pytest

from w2v.models import _fasttext_exact
from w2v.models.fasttext_exact import LOSSES, ExactSettings, train_exact

SMALL = dict(dim=10, bucket=500)
# The command takes these through a float where they are given.
FLOAT_T, FLOAT_001, FLOAT_LR = (float(np.float32(given)) for given in ("1e-4", "0.01", "0.05"))

# The text, the settings, and the SHA-256 of the .bin that `fasttext skipgram|cbow -thread 1` wrote.
GOLDEN = {
    "sg": ("plain", dict(SMALL, min_count=2, epoch=2)),
    "cbow": ("plain", dict(SMALL, model="cbow", min_count=2, epoch=2)),
    "sg-hs": ("plain", dict(SMALL, min_count=2, epoch=2, loss="hs")),
    "cbow-hs": ("plain", dict(SMALL, model="cbow", min_count=2, epoch=1, loss="hs")),
    "sg-softmax": ("plain", dict(SMALL, min_count=2, epoch=1, loss="softmax")),
    "sg-words": ("plain", dict(dim=10, min_count=2, epoch=2, max_n=0)),
    "sg-t": ("plain", dict(SMALL, min_count=2, epoch=2, t=FLOAT_T)),
    "sg-lr": ("plain", dict(SMALL, min_count=2, epoch=2, lr=FLOAT_LR)),
    "sg-seed": ("plain", dict(SMALL, min_count=2, epoch=1, seed=7)),
    "sg-16": ("plain", dict(SMALL, dim=16, min_count=2, epoch=1, neg=3, ws=2)),
    "sg-output": ("plain", dict(SMALL, min_count=20, epoch=1)),
    "nasty-sg": ("nasty", dict(SMALL, min_count=1, epoch=2, min_n=1, max_n=3, t=FLOAT_001)),
    "nasty-cbow": (
        "nasty",
        dict(SMALL, model="cbow", min_count=2, epoch=3, min_n=2, max_n=4, t=FLOAT_001,
             lr_update_rate=10),
    ),
    "sg-pretrained": ("plain", dict(SMALL, min_count=5, epoch=1)),
}  # fmt: skip
DIGESTS = {
    "sg": "bd9e5948f688a21eb9a77f1c584283c2072869fa3c90e5d98299ab6512b65df6",
    "cbow": "721f6255a064324f07c29bf4bb809a8c2e4abe23ae75d015659607b45f6af1da",
    "sg-hs": "7445081c96d38bf29a11751fa76e60ef7175895c7e6add44540cb1c6439b0f59",
    "cbow-hs": "dda15a9fe0a4a53b4554e2ad796882abcc3efe2286ef5c874cd24dacdb527985",
    "sg-softmax": "f5fb474a2ece8cb0888918d36804ba944d5cd0a3f54e55616e7f1cb1a691146e",
    "sg-words": "801264349fbf0586069c845fcee174d120b18d26307143e3a329b82a1ca3065b",
    "sg-t": "eecac2c72906b3a276798023d3e67f113d4f3377f4fd0d15e7264e106e4acb08",
    "sg-lr": "3d8125b4a0f723773ddedbefef5ca904adb145fb994efd436d99a819c13178c5",
    "sg-seed": "44f64c9bb75975390513888c9a77855d0328f34fe47639cbe293be15c666df95",
    "sg-16": "ab6aad96121395bbae10c188c523a2965fd88c80beec94699f70565fd99354d4",
    "sg-output": "0f47c9f8d7a99e4ee93247b35e237dd1c3f5f26c7911006d65e1d2e7f7ccb1b2",
    "nasty-sg": "6c0c60f57b0f52f367a9cc8877786d8d2e36d52f678b9134005b17e23f92b2a3",
    "nasty-cbow": "927c883e4881a4e83644e6fcf31e17976df804c4a7c961edebd16ec31217fb65",
    "sg-pretrained": "1afb108f114558df08b38d80e4e7bd23d7c749a8763b17dcac0496ce9ba6eef7",
}


def bin_of(model):
    """The bytes of a .bin of version 12."""
    s, V = model.settings, model.n_words
    kind = 1 if s.is_cbow else 2
    out = [
        struct.pack(
            "<14i d 3i 2q", 793712314, 12, s.dim, s.ws, s.epoch, s.min_count, s.neg, 1,
            LOSSES[s.loss], kind, model.subwords.bucket, s.min_n, s.max_n, s.lr_update_rate, s.t,
            len(model.entries), V, len(model.entries) - V, model.n_tokens, -1,
        )
    ]  # fmt: skip
    for i, (entry, count) in enumerate(zip(model.entries, model.counts, strict=True)):
        out.append(entry + b"\0" + struct.pack("<qb", count, i >= V))
    for matrix in (model.inputs, model.outputs):
        out.append(struct.pack("<b2q", 0, *matrix.shape) + matrix.astype("<f4").tobytes())
    return b"".join(out)


def vec_of(model):
    """The bytes of a .vec: composed vectors in five digits."""
    offsets, buckets = model.subwords.table(model.entries[: model.n_words])
    lines = [f"{model.n_words} {model.settings.dim}".encode()]
    for i in range(model.n_words):
        total = model.inputs[i].copy()
        for bucket in buckets[offsets[i] : offsets[i + 1]]:
            total += model.inputs[model.n_words + bucket]
        total *= np.float32(1 / (1 + offsets[i + 1] - offsets[i]))
        lines.append(model.entries[i] + b" " + b"".join(b"%.5g " % x for x in total.tolist()))
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize("case", GOLDEN)
def test_training_gives_the_bytes_of_fasttext(case, tmp_path):
    text, settings = GOLDEN[case]
    path, pretrained = tmp_path / "text", None
    path.write_bytes(getattr(golden_texts, text)())
    if case == "sg-pretrained":
        pretrained = tmp_path / "sg.vec"
        pretrained.write_bytes(vec_of(train_exact(path, ExactSettings(**GOLDEN["sg"][1]))))
    model = train_exact(path, ExactSettings(**settings), pretrained)
    assert hashlib.sha256(bin_of(model)).hexdigest() == DIGESTS[case]


def test_the_dictionary_is_in_the_order_of_an_unstable_sort():
    """Against a sort of the slow kind; ties of 16 entries or fewer stay as they were."""
    random = np.random.default_rng(1)
    for n in (0, 1, 2, 15, 16, 17, 100, 5000):
        kinds, counts = random.integers(0, 2, n, np.int8), random.integers(1, 9, n)
        order = _fasttext_exact.dictionary_order(kinds, counts)
        assert sorted(order.tolist()) == list(range(n))
        keys = [(kinds[i], -counts[i]) for i in order]
        assert all(a <= b for a, b in itertools.pairwise(keys))
        if n <= 16:
            assert order.tolist() == sorted(range(n), key=lambda i: (kinds[i], -counts[i]))
