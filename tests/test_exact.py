"""Exact mode gives the C tool's bytes.

The digests are of what the original word2vec.c wrote (every epoch trained, compiled without fused
multiply-add), with -train CORPUS -output OUT -debug 0 and the arguments of each case.
"""

import hashlib

import corpora
import pytest

import w2v
from w2v.cli.word2vec import word2vec_main

CASES = {
    "sg-ns": (
        "plain",
        "-cbow 0 -size 20 -window 5 -negative 5 -hs 0 -sample 1e-3 -iter 2 -min-count 1 -binary 1",
        "75f2d808e4645e29c471606b1352c2ad4b8dff2493f14145001ee87ed399c624",
    ),
    "cbow-ns": (
        "plain",
        "-cbow 1 -size 20 -window 5 -negative 5 -hs 0 -sample 1e-3 -iter 2 -min-count 1 -binary 1",
        "90384d5494c8644ac1e7a843027c64f8105ac5bcb15e1ca33a80837961d2c2b6",
    ),
    "sg-hs": (
        "plain",
        "-cbow 0 -size 20 -window 5 -negative 0 -hs 1 -sample 1e-3 -iter 2 -min-count 1 -binary 1",
        "21fd4ecb893ba486d4c18607241f2fea110029ec6101bcc9986651b8b1595f69",
    ),
    "cbow-hs": (
        "plain",
        "-cbow 1 -size 20 -window 5 -negative 0 -hs 1 -sample 1e-3 -iter 2 -min-count 1 -binary 1",
        "c0aef86b99b2af128e3f4780f453bebb2cc7ae1a81ff567dbac449ff432e8bbb",
    ),
    "sg-ns-text": (
        "plain",
        "-cbow 0 -size 8 -window 3 -negative 5 -hs 0 -sample 0 -iter 1 -min-count 3 -binary 0",
        "d0bd845fabe5269d7cd3778510949c422b6e9e9c37387eb1db6b3e931759d8ca",
    ),
    "cbow-both": (
        "plain",
        "-cbow 1 -size 16 -window 8 -negative 3 -hs 1 -sample 1e-4 -iter 3 -min-count 5 -binary 1"
        " -alpha 0.04",
        "17f471583f42bebbc3f10333018421e733baa776c365e9ee3ffff850f207c6a1",
    ),
    "defaults": (
        "plain",
        "",
        "039b63d7a0323d1bf9e790de5cc3c31516282ca0805cad0172608eb1dc7e366f",
    ),
    "nasty-sg-ns": (
        "nasty",
        "-cbow 0 -size 12 -iter 2 -min-count 1 -sample 0 -binary 1",
        "52e3dfa8eb34b4208b09b269c4e5a30e743639f73926b14441d928078e3fc352",
    ),
    "nasty-cbow-hs": (
        "nasty",
        "-cbow 1 -size 12 -iter 2 -min-count 2 -hs 1 -negative 0 -binary 0",
        "823994765ff3f55e764cbee0d6332520a689382e301e7f796ebe2f54fe16a349",
    ),
    "classes": (
        "plain",
        "-cbow 1 -size 20 -iter 2 -min-count 1 -classes 15",
        "4cad66edb9dd6a93a3cf119bec2644bf9d0ddbc99eb6655d86004f7cf9858f49",
    ),
    "vocab-read": (
        "plain",
        "-read-vocab VOCAB -cbow 0 -size 10 -iter 1 -binary 1",
        "6a1683468debe5fb602bc0b2dc609fac58c77194278ea2ce6eda1f1c61b1f9ea",
    ),
}
VOCAB_SHA256 = "616236256efbd6b66d9736e92a0f259a78851087423e3979243e032eb693366b"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exact")
    (folder / "plain").write_bytes(corpora.plain())
    (folder / "nasty").write_bytes(corpora.nasty())
    options = ["-train", folder / "plain", "-save-vocab", folder / "vocab", "-min-count", "4"]
    assert word2vec(*options) == 0
    return folder


def word2vec(*options):
    return word2vec_main([*map(str, options), "-debug", "0", "-exact", "1"])


def test_corpora_are_those_of_the_golden_outputs():
    assert sha256(corpora.plain()) == corpora.PLAIN_SHA256
    assert sha256(corpora.nasty()) == corpora.NASTY_SHA256


@pytest.mark.parametrize("name", CASES)
def test_exact_mode_writes_the_bytes_of_c(folder, name):
    corpus, options, digest = CASES[name]
    options = options.replace("VOCAB", str(folder / "vocab")).split()
    output = folder / f"{name}.out"
    assert word2vec("-train", folder / corpus, "-output", output, "-threads", 1, *options) == 0
    assert sha256(output.read_bytes()) == digest


def test_exact_mode_gives_the_bytes_of_c_in_python_too(folder):
    model = w2v.train(
        folder / "plain", sg=1, vector_size=20, epochs=2, min_count=1, exact=True, progress=False
    )
    model.wv.save_word2vec_format(folder / "python.out", binary=True)
    assert sha256((folder / "python.out").read_bytes()) == CASES["sg-ns"][2]


def test_saved_vocabulary_has_the_bytes_of_c(folder):
    assert sha256((folder / "vocab").read_bytes()) == VOCAB_SHA256
