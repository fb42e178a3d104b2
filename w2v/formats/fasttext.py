"""fastText's .bin and .ftz files: words, their own rows, those of n-grams and of the output.

Owns the layout of such a file (fastText, fasttext.cc, dictionary.cc and densematrix.cc, versions 11
and 12, and files of 2016, which name no version) and knows nothing of other formats. What vectors
are made of the rows is subwords.py's. V is the number of words, D the dimensions.
"""

import codecs
import math
import os
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..shared import streams
from ..shared.checks import MAX_DIMENSIONS
from ..shared.types import AnyPath, Floats
from . import _rows, _subwords, ids
from .source import HEAD_BYTES, Source
from .stored import Raw
from .subwords import NgramRows, Parts, Spelling, Subwords, is_rising

MAGIC_NUMBER = 793712314
MAGIC = struct.pack("<i", MAGIC_NUMBER)

# Magic number and version, 12 arguments of the training and one more, which is a double, then
# numbers of the dictionary.
HEADER = struct.Struct("<2i 12i d 3i 2q")

# That of 2016: no magic number and version before it, no pruned n-grams behind it. What follows is
# as in version 11, but that no byte says whether the matrix is quantised.
OLD_HEADER = struct.Struct("<12i d 3i q")


class Header(NamedTuple):
    """The fields by fastText's names (args.h, dictionary.h)."""

    magic: int
    version: int
    dim: int
    ws: int
    epoch: int
    minCount: int
    neg: int
    wordNgrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lrUpdateRate: int
    t: float
    size: int
    nwords: int
    nlabels: int
    ntokens: int
    pruneidx_size: int


# The names of Header.loss and Header.model in the tool.
LOSSES = {"hs": 1, "ns": 2, "softmax": 3, "one-vs-all": 4}
MODELS = {"cbow": 1, "sg": 2, "sup": 3}
SUPERVISED = MODELS["sup"]

ENTRY = struct.Struct("<bq?")  # behind each word
CENTROIDS = 256  # of each part of a quantised row
MOST_PART = 256  # numbers of such a part; the tool's default is 2
BLOCK_ROWS = 4096  # written at a time


class Model(NamedTuple):
    """What a file holds; arrays are parts of its bytes, mapped where it is.

    Attributes
    ----------
    header : its fields.
    words, raw : the words that are wanted, and those not decoded; see _rows.words_of.
    spelled : the bytes of all nwords + nlabels entries.
    counts : int64, of all entries.
    own : float32 (V, D), the own rows of the words that are wanted.
    ngrams : the rows of n-grams; where words have none, rows that nothing here uses.
    outputs : float32 (rows, D), of words, or labels in supervised models; None: not asked for.
    is_quantised : whether rows were made of codes.
    """

    header: Header
    words: list[str]
    raw: Raw
    spelled: Spelling
    counts: NDArray[np.int64]
    own: NDArray[np.float32]
    ngrams: NgramRows
    outputs: NDArray[np.float32] | None
    is_quantised: bool

    def labels(self) -> list[bytes]:
        return [self.spelled[i] for i in range(self.header.nwords, len(self.spelled))]

    def unused(self) -> str:
        """Say what of the file is of no use to who looks up words; "" where there is nothing."""
        said = ["its rows are quantised, near those that were trained"] if self.is_quantised else []
        if self.header.model == SUPERVISED:
            said.append("a supervised model, whose labels and classifier are not used")
        elif self.header.nlabels:
            said.append(
                f"its labels ({self.header.nlabels:,}), which have no vectors, are not used"
            )
        return "; ".join(said)


def read_header(data: Any) -> tuple[Header, int] | None:
    """Return the header that these bytes begin with and where it ends; None when there is none."""
    if bytes(data[:4]) == MAGIC:
        is_whole = len(data) >= HEADER.size
        return (Header(*HEADER.unpack_from(data)), HEADER.size) if is_whole else None
    if len(data) < OLD_HEADER.size:
        return None
    found = Header._make((0, 11, *OLD_HEADER.unpack_from(data), -1))
    # Text and binary files of vectors begin with a digit, which makes `dim` far larger than this.
    is_old = (
        0 < found.dim < 1 << 16
        and found.loss in (1, 2, 3)
        and found.model in (1, 2, 3)
        and min(found.ws, found.bucket, found.minn, found.nlabels, found.ntokens) >= 0
        and 0 < found.size == found.nwords + found.nlabels
    )
    return (found, OLD_HEADER.size) if is_old else None


def is_old(head: bytes) -> bool:
    """Whether a file that starts with these bytes is one of 2016."""
    return not head.startswith(MAGIC) and read_header(head) is not None


class Reader:
    """The bytes of a file, uint8 (n,), from one place on; what does not fit is a ValueError."""

    def __init__(self, data: NDArray[np.uint8], path: str):
        self.data, self.path, self.at = data, path, 0

    def check(self, holds: object, message: str) -> None:
        if not holds:
            raise ValueError(f"{self.path!r}, a fastText file: {message}")

    def numbers(self, form: str, what: str) -> tuple[Any, ...]:
        """Return numbers, as struct has them, and go on behind them."""
        size = struct.calcsize(form)
        self.check(
            self.at + size <= len(self.data), f"it ends at byte {len(self.data)}, before {what}"
        )
        found = struct.unpack_from(form, self.data.data, self.at)
        self.at += size
        return found

    def array(self, dtype: str, shape: tuple[int, ...], what: str) -> np.ndarray:
        """Return an array of the bytes from here on, without a copy, and go on behind it."""
        n_bytes = np.dtype(dtype).itemsize * math.prod(shape)
        size, n = len(self.data), " x ".join(map(str, shape))
        self.check(
            min(shape) >= 0 and n_bytes <= size - self.at,
            f"{what}: {n} numbers are too many for {size} bytes",
        )
        found: np.ndarray = np.ndarray(shape, dtype, self.data, self.at)
        self.at += n_bytes
        return found

    def header(self) -> Header:
        found = read_header(self.data.data)
        self.check(found, f"it ends at byte {len(self.data)}, in its header")
        assert found is not None
        header, self.at = found
        self.check(header.version in (11, 12), f"version {header.version}; 11 and 12 are known")
        self.check(
            0 < header.dim <= MAX_DIMENSIONS
            and min(header.nwords, header.nlabels, header.bucket) >= 0
            and header.size == header.nwords + header.nlabels
            and header.maxn < 256,
            f"damaged, for its header says {header.dim} dimensions, {header.size} entries, "
            f"{header.nwords} words, {header.nlabels} labels, {header.bucket} buckets and n-grams "
            f"of {header.maxn} characters",
        )
        return header

    def entries(self, header: Header) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return start and length of each word and label, int64 (n, 2), and their counts."""
        n, V, data = header.size, header.nwords, self.data
        # An entry takes at least 10 bytes: an empty word, its count and kind.
        self.check(
            10 * n <= len(data),
            f"the header promises {n} words and labels, too many for {len(data)} bytes",
        )
        spans, counts, kinds = (
            np.empty((n, 2), np.int64),
            np.empty(n, np.int64),
            np.empty(n, np.int8),
        )
        n_found, self.at = _subwords.find_entries(data, self.at, spans, counts, kinds)
        self.check(n_found == n, f"word {n_found} of {n}, byte {self.at}: the file ends in it")
        self.check(
            not kinds[:V].any() and kinds[V:].all(), "damaged, for words and labels are mixed"
        )
        return spans, counts

    def matrix(self, header: Header, what: str) -> tuple[NDArray[np.float32], bool]:
        """Return the rows that follow, float32 (n, D), and whether they were quantised."""
        is_quantised = bool(self.numbers("<?", what)[0]) if header.magic else False
        if is_quantised:
            return self.quantised(header.dim, what), True
        n, D = self.numbers("<2q", what)
        self.check(header.dim == D, f"{what}: rows of {D} numbers for {header.dim} dimensions")
        return self.array("<f4", (n, D), what), False

    def quantised(self, D: int, what: str) -> NDArray[np.float32]:
        """Return rows made of codes: of each part of a row the centroid, times its row's norm."""
        has_norms, n, n_columns, n_codes = self.numbers("<?2qi", what)
        self.check(n_columns == D and n >= 0, f"{what}: {n} x {n_columns} codes for {D} dimensions")
        codes = self.array("u1", (n_codes,), what)
        parts = self.centroids(D, what)
        self.check(n_codes == n * len(parts), f"{what}: {n_codes} codes for {n} rows")
        rows: NDArray[np.float32] = np.empty((n, D), np.float32)
        for j, (start, part) in enumerate(parts):
            rows[:, start : start + part.shape[1]] = part[codes[j :: len(parts)]]
        if has_norms:
            norms = self.array("u1", (n,), what)
            [(_, lengths)] = self.centroids(1, what)
            rows *= lengths[norms]
        return rows

    def centroids(self, D: int, what: str) -> list[tuple[int, NDArray[np.float32]]]:
        """Return where each part of a row begins, and its centroids, float32 (256, length)."""
        dim, n_parts, size, last = self.numbers("<4i", what)
        # So few numbers a code, that codes cannot ask for rows of any size.
        self.check(
            dim == D and 0 < size <= MOST_PART and n_parts == -(-D // size)
            and last == D - (n_parts - 1) * size,
            f"{what}: {n_parts} parts of {size} for {dim} of {D} dimensions",
        )  # fmt: skip
        table = self.array("<f4", (CENTROIDS * D,), what)
        starts = range(0, D, size)
        return [
            (
                start,
                table[CENTROIDS * start :][: CENTROIDS * min(size, D - start)].reshape(
                    CENTROIDS, -1
                ),
            )
            for start in starts
        ]


def open_model(
    data: NDArray[np.uint8], path: str, limit: int | None = None, is_utf8: bool = True,
    with_outputs: bool = False,
) -> Model:  # fmt: skip
    """Return what a file of these bytes holds, copying nothing of a size.

    Parameters
    ----------
    data : uint8 (n,), the whole file.
    limit : words wanted at most.
    with_outputs : whether the output matrix must be there.

    Raises ValueError where the file is damaged.
    """
    reader = Reader(data, path)
    header = reader.header()
    V, D = header.nwords, header.dim
    spans, counts = reader.entries(header)
    pruned: NDArray[np.int32] | None = None
    if header.pruneidx_size >= 0 and header.magic:
        pruned = reader.array("<i4", (header.pruneidx_size, 2), "its pruned n-grams")
    rows, is_quantised = reader.matrix(header, "its matrix")
    reader.check(is_quantised or pruned is None, "damaged: pruned n-grams, and no codes")
    # Supervised models of version 11 had no n-grams, whatever their header says.
    longest = 0 if header.version == 11 and header.model == SUPERVISED else header.maxn
    subwords = Subwords(
        max(header.minn, 0), longest, header.bucket if pruned is None or len(pruned) else 0
    )
    n_buckets = header.bucket if pruned is None else len(pruned)
    reader.check(
        len(rows) == V + n_buckets and (header.bucket or longest < max(header.minn, 1)),
        f"byte {reader.at}: a matrix of {len(rows)} x {D} for {V} words, {n_buckets} buckets of "
        f"n-grams and {D} dimensions",
    )
    outputs = None
    if with_outputs:
        outputs, _ = reader.matrix(header, "its output matrix")
    n_wanted = V if limit is None else min(V, limit)
    words, raw = _rows.words_of(data, spans, n_wanted, is_utf8)
    return Model(
        header, words, raw, Spelling(data, spans[:, 0], spans.sum(axis=1)), counts,
        rows[:n_wanted], ngram_rows(reader, subwords, rows[V:], pruned), outputs, is_quantised,
    )  # fmt: skip


def ngram_rows(
    reader: Reader, subwords: Subwords, rows: NDArray[np.float32], pruned: NDArray[np.int32] | None
) -> NgramRows:
    """Return the rows of n-grams; of pruned ones those that were left, by their old buckets."""
    if pruned is None or not len(pruned):
        return NgramRows(subwords, rows)
    order = np.argsort(pruned[:, 0], kind="stable")
    buckets, places = pruned[order, 0], pruned[order, 1]
    reader.check(
        is_rising(buckets, subwords.bucket) and places.min() >= 0 and places.max() < len(rows),
        "damaged, for its pruned n-grams are none of its rows",
    )  # fmt: skip
    return NgramRows(subwords, rows[places], buckets.astype(np.uint32), counts_missing=False)


def read_model(path: AnyPath, encoding: str = "utf-8") -> Model:
    """Open a file with all that it holds, its rows mapped; it may be compressed, and is then read.

    Words are not decoded in other encodings than UTF-8.

    Raises FileNotFoundError; ValueError naming what is wrong with it.
    """
    path = os.path.expanduser(os.fspath(path))
    with streams.open_bytes(path) as file:
        source = Source(file, path)
        source.look(HEAD_BYTES)
        if not source.rest.startswith(MAGIC) and not is_old(source.rest):
            raise ValueError(f"{path!r}: no .bin or .ftz file of fastText; w2v.load reads others")
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
        return open_model(source.whole(), path, is_utf8=is_utf8, with_outputs=True)


def write_model(
    path: AnyPath, model: Model, told: Callable[[int, int], None] | None = None
) -> None:
    """Write a .bin file, which appears whole or not at all, with zeros for n-grams without rows.

    A file of 2016 becomes one of version 11. `told` is called now and then with how many words have
    been written, and of how many; a word counts as written as its share of all rows is.

    Raises ValueError for a quantised model, and naming a word that holds NUL, which ends words
    there, both before writing; OSError naming the path.
    """
    header, own, outputs = model.header._replace(magic=MAGIC_NUMBER), model.own, model.outputs
    if model.is_quantised or outputs is None:
        raise ValueError("a quantised model: its rows were near the trained ones, and stay so")
    spelled = [model.spelled[i] for i in range(len(model.spelled))]
    for i, word in enumerate(spelled):
        if b"\0" in word:
            raise ValueError(f"the word {word!r}, row {i}: NUL ends a word in a fastText file")
    assert len(spelled) == header.size == len(model.counts) and len(own) == header.nwords
    D, n_rows = header.dim, len(own) + header.bucket
    assert own.shape[1] == outputs.shape[1] == model.ngrams.rows.shape[1] == D
    with streams.replacing(path) as file:
        file.write(HEADER.pack(*header))
        for i, (word, count) in enumerate(zip(spelled, model.counts.tolist(), strict=True)):
            file.write(word + ENTRY.pack(0, count, i >= header.nwords))
        file.write(struct.pack("<?2q", False, n_rows, D))
        write_rows(file, own)
        for start in range(0, header.bucket, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, header.bucket)
            write_rows(file, model.ngrams.part(start, stop))
            if told is not None:
                V = len(own)
                told(V * (V + stop) // (n_rows + len(outputs)), V)
        file.write(struct.pack("<?2q", False, len(outputs), D))
        write_rows(file, outputs)
    if told is not None:
        told(len(own), len(own))


def write_vectors(
    path: AnyPath,
    words: Sequence[Any],
    vectors: Floats,
    counts: NDArray[np.int64] | None = None,
    parts: Parts | None = None,
    told: Callable[[int, int], None] | None = None,
) -> None:
    """Write a .bin file of vectors, whose output matrix is zeros, with n-grams if there are parts.

    Words without counts have 1. Raises ValueError naming a word that holds NUL.
    """
    parts = parts or Parts(np.asarray(vectors, np.float32), NgramRows.none(vectors.shape[1]))
    counts = np.ones(len(words), np.int64) if counts is None else np.asarray(counts, np.int64)
    outputs = np.broadcast_to(np.zeros(1, np.float32), parts.own.shape)
    spelled = parts.spelled(ids.spelled(words))
    write_model(path, made_model(spelled, counts, parts.own, parts.ngrams, outputs), told)


def write_text(path: AnyPath, words: Iterable[bytes], rows: Floats) -> None:
    """Write a .vec file as the tool does: 5 digits, a blank behind each number."""
    V, D = rows.shape
    with streams.replacing(path) as file:
        file.write(b"%d %d\n" % (V, D))
        for word, row in zip(words, rows, strict=True):
            file.write(word + b" " + numbers(row) + b"\n")


def numbers(row: Floats) -> bytes:
    """Return numbers as the tool shows a vector: 5 digits, a blank behind each."""
    return b"%.5g " * len(row) % tuple(row.tolist())


def write_rows(file: IO[bytes], rows: Floats) -> None:
    for start in range(0, len(rows), BLOCK_ROWS):
        file.write(np.ascontiguousarray(rows[start : start + BLOCK_ROWS], "<f4").data)


def made_model(
    spelled: Iterable[bytes] | Spelling,
    counts: NDArray[np.int64],
    own: NDArray[np.float32],
    ngrams: NgramRows,
    outputs: NDArray[np.float32],
    **fields: Any,
) -> Model:
    """Return a model of words alone; fields of the header that are not given are as the tool's.

    Parameters
    ----------
    spelled : the bytes of V words. counts : int64 (V,). own, outputs : float32 (V, D).
    """
    subwords, nwords = ngrams.subwords, len(own)
    known: dict[str, Any] = dict(
        magic=MAGIC_NUMBER, version=12, dim=own.shape[1], ws=5, epoch=5, minCount=1, neg=5,
        wordNgrams=1, loss=LOSSES["ns"], model=MODELS["sg"], bucket=subwords.bucket,
        minn=subwords.min_n, maxn=subwords.max_n, lrUpdateRate=100, t=1e-4, size=nwords,
        nwords=nwords, nlabels=0, ntokens=int(counts.sum()), pruneidx_size=-1,
    )  # fmt: skip
    spelling = spelled if isinstance(spelled, Spelling) else Spelling.of(spelled)
    header = Header(**known | fields)
    return Model(header, [], [], spelling, counts, own, ngrams, outputs, False)
