"""What fuzz.py runs: readers of bytes, and functions of random numbers, each with an oracle.

A new reader is a row in READERS: the bytes it begins with and a check of bytes. A new fuzzer is a
function of (random, folder) in FUZZERS. Each raises AssertionError where an oracle says otherwise,
and one of REFUSALS, with one line, where what it was given is refused.
"""

import bz2
import collections
import contextlib
import gzip
import io
import itertools
import lzma
import math
import pickle
from typing import NamedTuple

import bad_files
import fuzz_options
import numpy as np
import reference
import test_fasttext

import w2v
from w2v import _core
from w2v.corpus.draft import encode
from w2v.formats import gensim_files, native, vocabulary
from w2v.shared.streams import open_bytes, zstd
from w2v.vectors import _search
from w2v.vectors.question_files import read_analogies, read_pairs

# What a user may meet: one line that says what is wrong.
REFUSALS = (ValueError, TypeError, OSError, KeyError, FloatingPointError)

PIECES = [b"tea", b"\xe8\x8c\xb6", b"\xff", b"\xc3", b" ", b"  ", b"\t", b"\n", b"\r\n", b"\r",
          b"\xc2\xa0", b"a" * 70, b"\xef\xbb\xbf", b"</s>", b"0.5", b"1e9", b"-1", b"nan", b"\0",
          b"9" * 19, b"\xff" * 8, b"\0" * 8, b"[", b"{", b'"', b"\x7f\xff\xff\xff", b"</s> 1\n",
          b"\x80\x02", b"1,5", b"inf", b"1e-50"]  # fmt: skip


def pieces(random, most=60, n=None):
    n = n or len(PIECES)
    return b"".join(PIECES[i] for i in random.integers(n, size=random.integers(most)))


def mutated(random, data):
    """A file with some bytes changed, cut out, put in, repeated or made a number at the edge."""
    data = bytearray(data)
    for _ in range(random.integers(1, 4)):
        place, kind = int(random.integers(len(data) + 1)), random.integers(6)
        if kind == 0 and place < len(data):
            data[place] = random.integers(256)
        elif kind == 1:
            del data[place : place + int(random.integers(1, 30))]
        elif kind == 2:
            data[place:place] = pieces(random, 5)
        elif kind == 3:
            del data[place:]
        elif kind == 4:
            data[place:place] = data[place : place + int(random.integers(1, 200))]
        else:
            edge = [0, 1, -1, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, 2**40][random.integers(8)]
            size = [4, 8][random.integers(2)]
            data[place : place + size] = (edge % 2 ** (8 * size)).to_bytes(size, "little")
    return bytes(data)


# Readers of bytes


class Reader(NamedTuple):
    names: tuple[str, ...]  # files of bad_files.write_all that are begun with
    check: object  # check(bytes, folder)

    def seeds(self, folder):
        with contextlib.suppress(FileExistsError):
            (folder / "files").mkdir()
            bad_files.write_all(folder / "files")
        return [(folder / "files" / name).read_bytes() for name in self.names]


def given(data, folder, name="given"):
    path = folder / name
    path.write_bytes(data)
    return path


def check_sound(kv):
    words, vectors = list(kv.index_to_key), np.array(kv.frozen_vectors())
    assert len(words) == len(vectors) and vectors.ndim == 2
    assert all(isinstance(word, (str, int)) for word in words)
    if len(words) > 1 and np.isfinite(vectors).all():
        kv.most_similar(words[0], topn=2)
    return words, vectors


def check_vectors(data, folder):
    """What opens is whole and sound, and the same after it is saved and opened again."""
    words, vectors = check_sound(w2v.load(given(data, folder), mmap=None))
    if len(set(words)) == len(words):
        kv = w2v.KeyedVectors(words, vectors)
        kv.save(folder / "again.w2v")
        again = w2v.load(folder / "again.w2v")
        assert again.index_to_key == words
        assert np.array_equal(again.vectors, kv.vectors, equal_nan=True)


def check_text(data, folder):
    """Where a few lines of Python read rows of text without doubt, the same comes of them."""
    check_vectors(data, folder)
    kv, rows = w2v.load(folder / "given", mmap=None), data.split(b"\n")
    head = rows[0].split()
    if len(head) != 2 or not all(field.isdigit() for field in head):
        return
    plain = {}
    for row in rows[1 : 1 + int(head[0])]:
        fields = row.strip(b" ").split(b" ")
        try:
            numbers = [np.float32(field.decode()) for field in fields[1:]]
            word = fields[0].decode()
        except (ValueError, UnicodeDecodeError):
            return
        if len(numbers) != int(head[1]) or b"\t" in row or b"\r" in row or b"_" in row:
            return
        plain.setdefault(word, numbers)
    assert list(plain) == kv.index_to_key
    assert np.array_equal(np.array(list(plain.values())), kv.vectors, equal_nan=True)


def check_model(data, folder):
    model = w2v.Word2Vec.load(given(data, folder), mmap=None)
    check_sound(model.wv)
    if len(model.wv) < 50 and model.wv.vector_size < 50 and np.isfinite(model.wv.vectors).all():
        model.train([[str(word) for word in model.wv.words[:5]]] * 3, epochs=1, progress=False)
        assert len(model.wv.vectors) == len(model.vocabulary)


def check_checkpoint(data, folder):
    model = w2v.Word2Vec.resume(
        given(data, folder), folder / "files" / "corpus.txt", changed_corpus=True, progress=False
    )
    check_sound(model.wv)
    assert model.report.epochs <= model.params.epochs


def check_native(data, folder):
    """The arrays have the bytes that the header says."""
    arrays, _, words = native.read(given(data, folder), None)
    assert sum(array.nbytes for array in arrays.values()) <= len(data)
    list(words)


def check_glove(data, folder):
    model = w2v.GloVe.load(given(data, folder))
    check_sound(model.wv)


def check_counts(data, folder):
    counts = w2v.Cooccurrence.load(given(data, folder), mmap=None)
    if len(counts) < 50:
        sizes = [part for _, part, _, _ in counts.blocks()]
        assert sum(map(np.sum, sizes)) == counts.row_sizes.sum()
        made = w2v.GloVe(cooccurrence=counts, vector_size=2, iterations=1)
        assert np.isfinite(made.costs).all()


def check_records(data, folder):
    """GloVe's records are taken where each is sound and stands once, and only then."""
    files = folder / "files"
    V = len((files / "vocab.txt").read_text().splitlines())
    is_whole = len(data) % 16 == 0 and len(data) > 0
    records = np.frombuffer(data[: len(data) // 16 * 16], "<i4,<i4,<f8").tolist()
    is_sound = is_whole and all(
        1 <= i <= V and 1 <= j <= V and 0 < value < math.inf for i, j, value in records
    )
    is_sound = is_sound and len({record[:2] for record in records}) == len(records)
    try:
        counts = w2v.Cooccurrence.load_glove_format(given(data, folder), files / "vocab.txt")
    except ValueError:
        assert not is_sound or data[:2] in (b"\x1f\x8b", b"BZ"), data
        raise
    assert is_sound
    words = counts.vocabulary.words
    for i, j, value in records[:20]:
        assert counts[words[i - 1], words[j - 1]] == value


def check_pickle(data, folder):
    """What both read is what pickle itself reads, where the names in it are harmless to it."""
    found = gensim_files.read_object(given(data, folder), None)
    if b"c" not in data and b"\x93" not in data:
        assert found == pickle.loads(data)


def check_phrases(data, folder):
    w2v.Phrases.load(given(data, folder))[["new", "york", "tea"]]


def check_frozen(data, folder):
    frozen = w2v.FrozenPhrases.load(given(data, folder))
    frozen[["new", "york", "tea"]]
    frozen.save(folder / "again.json")
    assert w2v.FrozenPhrases.load(folder / "again.json").phrasegrams == frozen.phrasegrams


def check_questions(data, folder):
    sections = read_analogies(given(data, folder))
    assert all(len(question) == 4 for _, asked in sections for question in asked)
    # That many lines have four words.
    if data.isascii() and not data.startswith((b"\x1f\x8b", b"BZ")):
        lines = [
            line for line in data.decode().split("\n") if not line.startswith((":", "#", "//"))
        ]
        assert sum(len(asked) for _, asked in sections) == sum(bool(each.split()) for each in lines)


def check_pairs(data, folder):
    assert all(math.isfinite(score) for _, _, score in read_pairs(given(data, folder)))


def check_vocabulary(data, folder):
    """Words and counts are those of a plain split, and exact reads the same of what is well."""
    path = given(data, folder)
    words, counts = vocabulary.read_vocabulary(path)
    if not data.startswith((b"\xef\xbb\xbf", b"\x1f\x8b", b"BZ")):
        plain = [
            line.strip(b" \t\r").replace(b"\t", b" ").split(b" ") for line in data.split(b"\n")
        ]
        plain = [(fields[0], int(fields[-1])) for fields in plain if fields != [b""]]
        assert [word.encode("utf-8", "surrogateescape") for word in words] == [w for w, _ in plain]
        assert counts.tolist() == [count for _, count in plain]


def check_compressed(data, folder):
    """What Python's own decompressors read whole is read, or refused with one line."""
    path = given(data, folder)
    with open_bytes(str(path)) as file:
        found = file.read()
    for module in (gzip, bz2, lzma):
        with contextlib.suppress(Exception):
            assert found == module.open(io.BytesIO(data)).read()


READERS = {
    "text_vectors": Reader(("vectors.txt", "ragged.txt", "comma.txt", "head-only.txt"), check_text),
    "binary_vectors": Reader(("vectors.bin", "many-words.bin"), check_vectors),
    "npz": Reader(("vectors.npz",), check_vectors),
    "native_vectors": Reader(("vectors.w2v",), check_vectors),
    "native": Reader(("model.w2v", "run.w2v", "glove.w2v", "overlapping.w2v"), check_native),
    "fasttext_bin": Reader(("model.fasttext", "huge.fasttext", "bucketless.fasttext"),
                           check_vectors),
    "model": Reader(("model.w2v",), check_model),
    "checkpoint": Reader(("run.w2v",), check_checkpoint),
    "glove_model": Reader(("glove.w2v",), check_glove),
    "counts": Reader(("counts.w2v",), check_counts),
    "records": Reader(("cooccurrence.bin", "twice.records"), check_records),
    "gensim_pickle": Reader(("evil.pickle", "plain.pickle", "gensim.pickle"), check_pickle),
    "gensim_vectors": Reader(("gensim.pickle",), check_vectors),
    "phrases": Reader(("phrases.npz",), check_phrases),
    "frozen_phrases": Reader(("phrases.json",), check_frozen),
    "questions": Reader(("questions.txt",), check_questions),
    "pairs": Reader(("pairs.txt",), check_pairs),
    "vocabulary": Reader(("vocab.txt", "bad-vocab.txt"), check_vocabulary),
    "compressed": Reader(("corpus.gz", "corpus.xz", "corpus.bz2", "corpus.zst"), check_compressed),
}  # fmt: skip


def fuzzer_of(name, kept):
    """A fuzzer of a reader: mutates its seeds, and what is kept of runs before."""
    reader = READERS[name]
    pool = [path.read_bytes() for path in sorted((kept / name).glob("*"))]

    def fuzzer(random, folder):
        seeds = reader.seeds(folder) + pool
        data = seeds[random.integers(len(seeds))]
        reader.check(mutated(random, data) if random.integers(20) else data, folder)

    fuzzer.__name__ = name
    return fuzzer


# Functions of random numbers


def text(random, folder):
    """Words, counts and ids of a text are those of the plain tokenizer, compressed or not."""
    data = pieces(random, n=16)
    pack = [bytes, gzip.compress, bz2.compress, lzma.compress, zstd("tests:").compress]
    path = given(pack[random.integers(len(pack))](data), folder, "text")
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
    counted = collections.Counter(itertools.chain.from_iterable(wanted))
    assert dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == counted


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


def written(random, folder):
    """Words and vectors of any kind come back from every format as they were."""
    V, D = int(random.integers(1, 6)), int(random.integers(1, 40))
    words = [f"w{i}" if random.integers(2) else f"茶{i}é\udcff" for i in range(V)]
    bits = random.integers(0, 2**32, (V, D), np.uint32).view(np.float32)
    rows = np.where(np.isfinite(bits), bits, np.float32(0.1))
    kv = w2v.KeyedVectors(words, rows, np.arange(V))
    name = ["v.w2v", "v.npz", "v.txt", "v.bin", "v.txt.gz", "v.bin.zst"][random.integers(6)]
    if ".w2v" in name or ".npz" in name:
        kv.save(folder / name)
    else:
        kv.save_word2vec_format(folder / name, binary=".bin" in name)
    found = w2v.load(folder / name, errors="surrogateescape")
    assert found.index_to_key == words, name
    assert (found.vectors.view(np.uint32) == rows.view(np.uint32)).all(), name


def fasttext_words(random, folder):
    """Vectors of a .bin are the means of a word's row and those of its n-grams."""
    words = list(dict.fromkeys(
        "".join("aäß茶🙂<>1"[i] for i in random.integers(8, size=random.integers(1, 6)))
        for _ in range(random.integers(1, 6))
    ))  # fmt: skip
    D, n_buckets = int(random.integers(1, 20)), int(random.integers(1, 50))
    shortest = int(random.integers(1, 4))
    longest = shortest + int(random.integers(3))
    matrix = random.normal(size=(len(words) + n_buckets, D)).astype(np.float32)
    data = test_fasttext.model_of(matrix, words, shortest=shortest, longest=longest)
    found = w2v.load(given(data, folder, "m.bin"))
    for row, word in enumerate(words):
        text = f"<{word}>"
        grams = [
            text[i : i + n]
            for i in range(len(text))
            for n in range(shortest, longest + 1)
            # One letter at either end is none, be it the bracket or not.
            if i + n <= len(text) and not (n == 1 and i in (0, len(text) - 1))
        ]
        rows = [row, *(len(words) + test_fasttext.fnv_1a(gram) % n_buckets for gram in grams)]
        np.testing.assert_allclose(found[word], matrix[rows].mean(axis=0), atol=1e-5)


def keyed(random, folder):
    """Vectors that are added, replaced and asked for are a dict's, neighbours brute force's."""
    D = int(random.integers(1, 40))
    kv, twin = w2v.KeyedVectors(D), {}
    for _ in range(random.integers(1, 20)):
        words = [f"w{i}" for i in random.integers(30, size=random.integers(1, 9))]
        rows, replace = random.normal(size=(len(words), D)).astype("f4"), bool(random.integers(2))
        kv.add_vectors(words, rows, replace=replace)
        for word, row in zip(words, rows, strict=True):
            if replace or word not in twin:
                twin[word] = row
    assert kv.index_to_key == list(twin)
    assert all((kv[word] == row).all() for word, row in twin.items())
    if random.integers(2):
        kv.prepare()
    word, topn = list(twin)[random.integers(len(twin))], int(random.integers(1, 40))
    rows = np.array(list(twin.values()), np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = dict(zip(twin, rows @ rows[kv.get_index(word)], strict=True))
    del cosines[word]
    found = kv.most_similar(word, topn=topn)
    best = sorted(cosines.values(), reverse=True)[:topn]
    np.testing.assert_allclose([score for _, score in found], best, atol=1e-5)
    np.testing.assert_allclose([cosines[name] for name, _ in found], best, atol=1e-5)


def steps(random, folder):
    """A step of every kernel is that of float64, whatever the sizes."""
    D, m, n = (int(random.integers(1, most)) for most in (70, 65, 65))
    stride = -(-D // 16) * 16
    kernel = w2v.kernels()[random.integers(len(w2v.kernels()))]
    inputs, outputs = _core.aligned_zeros(m, stride), _core.aligned_zeros(n, stride)
    inputs[:, :D] = random.normal(size=(m, D)) / math.sqrt(D)
    outputs[:, :D] = random.normal(size=(n, D)) / math.sqrt(D)
    wanted_in, wanted_out = inputs.astype(np.float64), outputs.astype(np.float64)
    labels = random.integers(0, 2, n).astype(np.float32)
    order, places = random.permutation(m), random.permutation(n)
    wanted = reference.block_step(wanted_in, order, wanted_out, places, labels, 0.05)
    found = _core.block_step(kernel, inputs, order, outputs, places, labels, 0.05)
    np.testing.assert_allclose(inputs, wanted_in, atol=5e-6)
    np.testing.assert_allclose(outputs, wanted_out, atol=5e-6)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def searches(random, folder):
    """Scores of every kernel and metric are those of float64."""
    V, D, n = (int(random.integers(1, most)) for most in (60, 70, 20))
    kernel = _search.kernel_names()[random.integers(len(_search.kernel_names()))]
    metric = _search.METRICS[random.integers(len(_search.METRICS))]
    rows, queries = (random.normal(size=(k, D)).astype(np.float32) for k in (V, n))
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    scores = np.empty((n, V), np.float32)
    _search.score(queries, rows, metric, scores, kernel)
    order = {"euclidean": 2, "manhattan": 1, "chebyshev": np.inf}
    if metric == "cosine":
        wanted = queries @ (rows / np.linalg.norm(rows, axis=1, keepdims=True)).T.astype(float)
    else:
        wanted = -np.linalg.norm(queries[:, None].astype(float) - rows[None], order[metric], axis=2)
    np.testing.assert_allclose(scores, wanted, rtol=1e-5, atol=2e-5)
    topn = int(random.integers(1, V + 3))
    search = _search.Search(queries, topn, metric, bool(random.integers(2)), kernel)
    search.scan(rows, 0)
    found = np.sort(search.found()[0], axis=1)[:, ::-1]  # they come as heaps
    best = np.sort(scores, axis=1)[:, ::-1][:, :topn]
    np.testing.assert_allclose(found[:, : best.shape[1]], best, rtol=1e-5, atol=1e-6)


def counting(random, folder):
    """Pairs are those of two loops, whatever the threads and memory; GloVe's cost is float64's."""
    corpus = [
        [f"w{i}" for i in random.integers(9, size=random.integers(1, 30))]
        for _ in range(random.integers(1, 9))
    ]
    window, symmetric = int(random.integers(1, 12)), bool(random.integers(2))
    weighted = bool(random.integers(2))
    counts = w2v.Cooccurrence.count(
        corpus, window, symmetric, weighted, min_count=1, workers=int(random.integers(1, 4)),
        memory_limit=1 << 20,
    )  # fmt: skip
    plain = collections.Counter()
    for line in corpus:
        for i, word in enumerate(line):
            for j in range(max(0, i - window), i):
                weight = 1 / (i - j) if weighted else 1
                plain[line[j], word] += weight
                if symmetric:
                    plain[word, line[j]] += weight
    for pair, value in plain.items():
        assert math.isclose(counts[pair], value, rel_tol=1e-9), (pair, corpus)
    assert counts.row_sizes.sum() == len(plain)


def trainings(random, folder):
    """On any number of threads deterministic training gives the same bytes, finite ones."""
    vocabulary = int(random.integers(1, 40))
    corpus = [
        [f"w{i}" for i in random.integers(vocabulary, size=random.integers(1, 60))]
        for _ in range(random.integers(1, 200))
    ]
    mode = [dict(hs=1, negative=0), dict(), dict(hs=1), dict(negative=int(random.integers(1, 99)))]
    options = dict(
        vector_size=int(random.integers(1, 50)), window=int(random.integers(1, 90)), min_count=1,
        sg=int(random.integers(2)), seed=int(random.integers(2**31)), deterministic=True,
        shared_noise=bool(random.integers(2)), sample=float(random.choice([0, 1e-3])), epochs=2,
        kernel=w2v.kernels()[random.integers(len(w2v.kernels()))], progress=False,
        **mode[random.integers(len(mode))],
    )  # fmt: skip
    one, more = (w2v.train(corpus, workers=n, **options) for n in (1, int(random.integers(2, 5))))
    assert np.isfinite(one.wv.vectors).all()
    assert one.wv.vectors.tobytes() == more.wv.vectors.tobytes(), options


def phrases_of_text(random, folder):
    """Scores of phrases are the formula of Mikolov et al. 2013, from counts of two loops."""
    corpus = [
        [f"w{i}" for i in random.integers(6, size=random.integers(1, 20))]
        for _ in range(random.integers(1, 30))
    ]
    words = collections.Counter(itertools.chain.from_iterable(corpus))
    pairs = collections.Counter(pair for line in corpus for pair in itertools.pairwise(line))
    found = w2v.Phrases(corpus, min_count=1, threshold=0.01).export_phrases()
    n_entries = len(words) + len(pairs)
    for (a, b), n in pairs.items():
        score = (n - 1) / words[a] / words[b] * n_entries
        assert math.isclose(found.get(f"{a}_{b}", 0), score if score > 0.01 else 0, abs_tol=1e-9)


FUZZERS = [
    text, ids, written, fasttext_words, keyed, steps, searches, counting, trainings,
    phrases_of_text, fuzz_options.options,
]  # fmt: skip


def all_fuzzers(kept):
    return [*FUZZERS, *(fuzzer_of(name, kept) for name in READERS)]
