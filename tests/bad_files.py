"""A folder of files that are well, and of all kinds of damaged ones, for tests and fuzzers.

Owns what stands in them; what the package says of them is tests/test_bad_input.py's.
"""

import bz2
import gzip
import json
import lzma
import pickle
import struct

import numpy as np
import pickles

import w2v
from w2v.shared.streams import zstd

WORDS = ["tea", "milk", "bread", "butter", "man", "woman", "king", "queen", "茶", "naïve"]
TEXT = "tea and milk with bread and butter for the king and the queen\na man a woman 茶 naïve\n" * 9


class Harmful:
    def __reduce__(self):
        return print, ("this must not run",)


def native(header, data=b""):
    """The bytes of a native file with this header, JSON or not."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + data


def fasttext(V=2, D=4, buckets=0, minn=0, maxn=0, words=b"tea\0", version=12, quantised=0, rows=2):
    """The bytes of a fastText .bin file, its header saying what it is told to say."""
    arguments = (D, 5, 1, 1, 5, 1, 2, 2, buckets, minn, maxn, 100)
    data = struct.pack("<2i12id", 793712314, version, *arguments, 1e-4)
    data += struct.pack("<3i2q", V, V, 0, 9, -1)
    data += b"".join(b"w%d\0" % i + struct.pack("<qb", 9 - i, 0) for i in range(min(V, 9)))
    data += struct.pack("<b2q", quantised, rows, D) + bytes(16 * rows)
    return data + struct.pack("<b2q", 0, 1, 4) + bytes(16)


def entry(dtype, shape, start, stop):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def write_well(folder):
    """Write a text and what can be made of it."""
    (folder / "corpus.txt").write_text(TEXT)
    (folder / "other.txt").write_text(TEXT[::-1])
    random = np.random.default_rng(7)
    kv = w2v.KeyedVectors(WORDS, random.normal(size=(len(WORDS), 4)).astype("f4"), np.arange(10))
    kv.save_word2vec_format(folder / "vectors.bin", binary=True)
    for name in ("vectors.txt", "vectors.txt.gz"):
        kv.save_word2vec_format(folder / name)
    for name in ("vectors.w2v", "vectors.npz"):
        kv.save(folder / name)
    model = w2v.Word2Vec(min_count=1, vector_size=4, workers=1, epochs=2, hs=1)
    path = folder / "run.w2v"
    model.checkpoint, model.checkpoint_every = path, "1 epoch"
    model.build_vocab(folder / "corpus.txt")
    model.train(folder / "corpus.txt", total_examples=model.corpus_count, epochs=2)
    model.save(folder / "model.w2v")
    counts = w2v.Cooccurrence.count(folder / "corpus.txt", window=3, min_count=1)
    counts.save(folder / "counts.w2v")
    counts.save_glove_format(folder / "cooccurrence.bin", folder / "vocab.txt")
    w2v.GloVe(cooccurrence=counts, vector_size=4, iterations=1).save(folder / "glove.w2v")
    phrases = w2v.Phrases([["new", "york", "a"]] * 9, min_count=1, threshold=0.1)
    phrases.save(folder / "phrases.npz")
    phrases.freeze().save(folder / "phrases.json")
    (folder / "questions.txt").write_text(": family\nking queen man woman\n")
    (folder / "pairs.txt").write_text("tea\tmilk\t7.5\nking\tqueen\t8\nman\twoman\t8.5\n")
    (folder / "model.fasttext").write_bytes(fasttext())
    with pickles.stand_ins() as kinds:
        made = pickles.having(
            kinds.Word2VecKeyedVectors, vectors=kv.vectors, index2word=WORDS, vector_size=4,
            vocab={w: pickles.having(kinds.Vocab, count=9, index=i) for i, w in enumerate(WORDS)},
            **pickles.SAVED,
        )  # fmt: skip
        pickles.dump(folder / "gensim.pickle", made)
    (folder / "plain.pickle").write_bytes(pickle.dumps({"a": [1, "b", (2.5, None)], "d": {}}, 2))


def write_bad(folder):
    """Write what is damaged, lies, or is something else."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    text = files["corpus.txt"]
    records = files["cooccurrence.bin"]
    packed = {"gz": gzip.compress(text), "xz": lzma.compress(text), "bz2": bz2.compress(text)}
    packed["zst"] = zstd("tests:").compress(text)
    rotten = bytearray(packed["gz"])
    rotten[len(rotten) // 2] ^= 0x55
    counts = bytearray(files["counts.w2v"])
    length = 8 + struct.unpack_from("<Q", counts)[0]
    start = json.loads(counts[8:length])["pair_values"]["data_offsets"][0]
    counts[length + start : length + start + 8] = struct.pack("<d", np.nan)
    vectors = {"input_vectors": entry("F32", [1, 1], 0, 4), "word_bytes": entry("U8", [1], 4, 5)}
    bad = {
        "empty": b"",
        "blanks.txt": b" \t \n\n  \r\n",
        "latin1.txt": "für die Königin\n".encode("latin-1") * 99,
        "utf16.txt": text.decode().encode("utf-16"),
        "numbers.bin": np.random.default_rng(1).bytes(4000),
        "elf": b"\x7fELF\2\1\1" + bytes(100),
        "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
        **{f"corpus.{kind}": data for kind, data in packed.items()},
        **{f"cut.{kind}": data[: len(data) // 2] for kind, data in packed.items()},
        "rotten.gz": bytes(rotten),
        **{f"cut.{kind}": files[f"vectors.{kind}"][:-60] for kind in ("bin", "txt", "w2v", "npz")},
        "rotten.txt.gz": files["vectors.txt.gz"][:-30] + bytes(30),
        "head-only.txt": b"10 4\n",
        "zero-dimensions.txt": b"1 0\ntea\n",
        "many-words.txt": b"999999999999 4\ntea 1 2 3 4\n",
        "many-words.bin": b"999999999999 4\ntea " + bytes(16),
        "wide.txt": b"1 99999999999\ntea 1 2 3 4\n",
        "ragged.txt": b"2 3\ntea 1 2 3\nmilk 1 2\n",
        "comma.txt": b"2 2\ntea 1,5 2,5\nmilk 1,5 3,5\n",
        "strangers.txt": b"2 4\nxx 1 2 3 4\nyy 1 2 3 4\n",
        "evil.pickle": pickle.dumps(Harmful(), 2),
        "cut.pickle": pickle.dumps({"a": [1] * 99}, 2)[:-9],
        "cut.fasttext": files["model.fasttext"][:70],
        "huge.fasttext": fasttext(V=2**31 - 1),
        "quantized.fasttext": fasttext(quantised=1),
        "bucketless.fasttext": fasttext(minn=3, maxn=6),
        "lying.fasttext": fasttext(D=2**30),
        "long-header.w2v": struct.pack("<Q", 10**7) + b"{" + bytes(99),
        "deep.w2v": native(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        "list.w2v": native(b"{}[]"),
        "overlapping.w2v": native({**vectors, "word_offsets": entry("I64", [2], 0, 16)}, bytes(21)),
        "later.w2v": native({"__metadata__": {"w2v_format": "99", "w2v_version": "9.0"}}),
        "wordless.w2v": native({"input_vectors": entry("F32", [1, 1], 0, 4)}, bytes(4)),
        "nan-counts.w2v": bytes(counts),
        "cut.records": records[:-3],
        "swapped.records": np.frombuffer(records, "i4").byteswap().tobytes(),
        "beyond.records": struct.pack("<iid", 1, 99, 1.0),
        "nan.records": struct.pack("<iid", 1, 1, np.nan),
        "twice.records": struct.pack("<iid", 1, 1, 1.0) * 2,
        "bad-vocab.txt": b"tea 5\nmilk many\n",
        "negative-vocab.txt": b"</s> 1\ntea -5\nmilk 3\n",
        "great-vocab.txt": b"</s> 1\ntea 99999999999999999999\n",
        "deep.json": b"[" * 200_000,
        "list.json": b"[1, 2]",
        "nan-pairs.txt": b"tea\tmilk\tnan\n",
        "short-questions.txt": b": family\nking queen man\n",
    }
    for name, data in bad.items():
        (folder / name).write_bytes(data)
    (folder / "hollow").mkdir()


def write_all(folder):
    write_well(folder)
    write_bad(folder)
    return folder
