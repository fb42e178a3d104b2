"""Fuzzers, for `make fuzz`: random texts, files and calls, each against an oracle.

Not a test: it runs for FUZZ_SECONDS (20), from another seed each time (FUZZ_SEED repeats one), and
prints how many cases each fuzzer had. A failure prints the seed and the case, and ends it.
"""

import os
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import reference

import w2v
from w2v.corpus.draft import encode
from w2v.vectors.question_files import read_analogies, read_pairs

PIECES = [b"tea", b"\xe8\x8c\xb6", b"\xff", b"\xc3", b" ", b"  ", b"\t", b"\n", b"\r\n", b"\r",
          b"\xc2\xa0", b"a" * 70, b"\xef\xbb\xbf", b"</s>", b"0.5", b"1e9"]  # fmt: skip
# What a user may meet: one line that says what is wrong.
OURS = (ValueError, TypeError, OSError, KeyError)


def pieces(random, most=60):
    return b"".join(PIECES[i] for i in random.integers(len(PIECES), size=random.integers(most)))


def mutated(random, data):
    """A file with some bytes changed, cut out or put in."""
    data = bytearray(data)
    for _ in range(random.integers(1, 4)):
        place, kind = int(random.integers(len(data) + 1)), random.integers(4)
        if kind == 0 and place < len(data):
            data[place] = random.integers(256)
        elif kind == 1:
            del data[place : place + int(random.integers(1, 30))]
        elif kind == 2:
            data[place:place] = pieces(random, 5)
        elif kind == 3:
            del data[place:]
    return bytes(data)


def text(random, folder):
    """Words, counts and ids of a text are those of the plain tokenizer."""
    data, path = pieces(random), folder / "text"
    path.write_bytes(data)
    wanted = [
        [token.decode("utf-8", "surrogateescape") for token in line]
        for line in reference.tokens(data)
    ]
    options = dict(workers=int(random.integers(1, 3)), errors="surrogateescape")
    try:
        vocabulary, ids = encode(path, **options)
    except ValueError:
        assert not any(wanted) or b"\0" in data, data
        return
    found, sentence = [], []
    for number in np.concatenate(ids.segments).tolist():
        if number >= 0:
            sentence.append(vocabulary.words[number])
        else:
            found.append(sentence)
            sentence = []
    assert found == [line for line in wanted if line], (data, found)


def ids(random, folder):
    """Sentences of ids give the same blocks from lists and from values and offsets."""
    sentences = [
        random.integers(-5, 2 ** random.integers(3, 62), random.integers(6)).tolist()
        for _ in range(random.integers(1, 8))
    ]
    if not any(sentences):
        return
    values = np.array([number for sentence in sentences for number in sentence], np.int64)
    offsets = np.cumsum([0, *map(len, sentences)])
    (one, ids_of), (other, same_ids) = encode(sentences), encode((values, offsets))
    assert list(one.words) == list(other.words), sentences
    assert np.concatenate(ids_of.segments).tolist() == np.concatenate(same_ids.segments).tolist()


def vectors(random, folder):
    """A mutated file of vectors is read, whole and sound, or refused in one line."""
    V, D = int(random.integers(1, 6)), int(random.integers(1, 5))
    words = [f"w{i}" if random.integers(2) else f"茶 {i}" for i in range(V)]
    kv = w2v.KeyedVectors(words, random.normal(size=(V, D)).astype("f4"), np.arange(V))
    name = ["v.w2v", "v.npz", "v.txt", "v.bin", "v.txt.gz"][random.integers(5)]
    path = folder / name
    if name in ("v.w2v", "v.npz"):
        kv.save(path)
    else:
        kv.save_word2vec_format(path, binary=name == "v.bin")
    whole = w2v.load(path)
    assert whole.index_to_key == words and (whole.vectors == kv.vectors).all(), name
    path.write_bytes(mutated(random, path.read_bytes()))
    found = w2v.load(path, mmap=None)
    assert len(found.index_to_key) == len(found.vectors)
    assert all(isinstance(word, (str, int)) for word in found.index_to_key)


def models(random, folder):
    """A mutated model opens or is refused in one line; what opens answers."""
    path = folder / "model.w2v"
    whole = folder / "whole.w2v"
    if not whole.exists():
        corpus = [["a", "b", "c", "d"]] * 20
        w2v.train(corpus, vector_size=4, min_count=1, hs=1, workers=1).save(whole)
    path.write_bytes(mutated(random, whole.read_bytes()))
    model = w2v.Word2Vec.load(path, mmap=None)
    if len(model.wv) > 1:
        model.wv.most_similar(model.wv.words[0])


def phrases(random, folder):
    """Mutated files of phrases, frozen or not, likewise."""
    learned = w2v.Phrases([["new", "york", "a"]] * 9, min_count=1, threshold=0.1)
    made = learned.freeze() if random.integers(2) else learned
    path = folder / "phrases"
    made.save(path)
    path.write_bytes(mutated(random, path.read_bytes()))
    type(made).load(path)[["new", "york", "tea"]]


def questions(random, folder):
    """Files of questions and pairs likewise."""
    path = folder / "questions"
    path.write_bytes(mutated(random, b": family\nking queen man woman\ntea\tmilk\t0.5\n"))
    (read_analogies if random.integers(2) else read_pairs)(path)


def keyed(random, folder):
    """Vectors that are added, replaced and sorted are those of a dict."""
    kv, twin = w2v.KeyedVectors(3), {}
    for _ in range(random.integers(1, 20)):
        words = [f"w{i}" for i in random.integers(8, size=random.integers(1, 4))]
        rows, replace = random.normal(size=(len(words), 3)).astype("f4"), bool(random.integers(2))
        kv.add_vectors(words, rows, replace=replace)
        for word, row in zip(words, rows, strict=True):
            if replace or word not in twin:
                twin[word] = row
    assert kv.index_to_key == list(twin)
    assert all((kv[word] == row).all() for word, row in twin.items())


FUZZERS = [text, ids, vectors, models, phrases, questions, keyed]


def main():
    seed = int(os.environ.get("FUZZ_SEED", time.time_ns() % 10**9))
    end = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", 20))
    counts = {fuzzer.__name__: [0, 0] for fuzzer in FUZZERS}
    warnings.simplefilter("ignore")
    n = 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            fuzzer = FUZZERS[n % len(FUZZERS)]
            counts[fuzzer.__name__][0] += 1
            try:
                fuzzer(np.random.default_rng([seed, n]), Path(folder))
            except OURS as error:
                assert "\n" not in str(error), error
                counts[fuzzer.__name__][1] += 1
            except BaseException:
                traceback.print_exc()
                sys.exit(f"{fuzzer.__name__}: case {n} of FUZZ_SEED={seed}")
            n += 1
    for name, (cases, refused) in counts.items():
        print(f"{name:<10} {cases:>8,} cases, {refused:,} refused")
    print(f"FUZZ_SEED={seed}")


if __name__ == "__main__":
    main()
