"""Subwords: the character n-grams of words, their buckets, and vectors that are made of them.

Owns what an n-gram is, as fastText has it, and how a word's vector comes of its own row and those
of its n-grams (Bojanowski et al. 2017, https://arxiv.org/abs/1607.04606; the paper adds rows up,
the tool, and so every file, takes their mean). V is the number of words, D the dimensions, R that
of rows of n-grams.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import word_bytes
from ..shared.threads import share_out, usable_cores
from ..shared.types import Floats
from . import _subwords
from .words import Words

# Words that a thread takes at a time, and words or rows that are looked at in one step.
SHARE = 1000
MOST_NGRAMS = 256  # of nearly all words
BLOCK_WORDS = 1 << 16


@dataclass(frozen=True)
class Spelling:
    """The bytes of V words: word i is text[starts[i]:stops[i]].

    text : uint8, which may have other bytes between the words, as a mapped file has.
    starts, stops : int64 (V,).
    """

    text: NDArray[np.uint8]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    @classmethod
    def of(cls, words: Iterable[str] | Iterable[bytes]) -> "Spelling":
        """Return the bytes of words, which are str, in UTF-8 with surrogateescape, or bytes."""
        given: Any = words if isinstance(words, Words) else list(words)
        if not isinstance(given, Words) and given and isinstance(given[0], bytes):
            offsets = np.zeros(len(given) + 1, np.int64)
            np.cumsum(np.fromiter(map(len, given), np.int64, len(given)), out=offsets[1:])
            return cls(np.frombuffer(b"".join(given), np.uint8), offsets[:-1], offsets[1:])
        spelled = Words.of(given)
        return cls(spelled.word_bytes, spelled.offsets[:-1], spelled.offsets[1:])

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, i: int) -> bytes:
        return self.text[self.starts[i] : self.stops[i]].tobytes()

    def part(self, rows: slice | NDArray[np.int64]) -> "Spelling":
        """Return some of the words; the text is shared."""
        return Spelling(self.text, self.starts[rows], self.stops[rows])


@dataclass(frozen=True)
class Subwords:
    """Which n-grams words have: those of `min_n` to `max_n` characters of <word>, in `bucket` many.

    A character is a byte that is none of UTF-8's continuation bytes with those that follow it. A
    bracket alone is no n-gram; </s> has none. An n-gram is known by its bucket alone: its FNV-1a
    hash, in which bytes count as signed, modulo `bucket`. There are none at all where max_n is less
    than min_n or 1, or there is no bucket.

    >>> subwords = Subwords(min_n=3, max_n=4, bucket=100)
    >>> subwords.strings(b"cat")
    [b'<ca', b'<cat', b'cat', b'cat>', b'at>']
    >>> subwords.of(b"cat").tolist()
    [47, 73, 31, 95, 6]
    """

    min_n: int
    max_n: int
    bucket: int

    def __bool__(self) -> bool:
        """Whether words have n-grams."""
        return self.max_n >= max(self.min_n, 1) and self.bucket > 0

    def of(self, word: bytes) -> NDArray[np.uint32]:
        """Return the buckets of a word's n-grams, uint32 (n,), by start, then by length.

        Nothing is made distinct: a bucket that two n-grams fall in stands there twice.
        """
        return self.table([word])[1]

    def table(
        self, words: Iterable[str] | Iterable[bytes] | Spelling
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return offsets, int64 (V + 1,), and buckets, uint32: those of word i stand from offset i.

        >>> Subwords(3, 3, 100).table([b"cat", b"x"])
        (array([0, 3, 4]), array([47, 31,  6, 17], dtype=uint32))
        """
        offsets, buckets, _ = self.found(words)
        return offsets, buckets

    def strings(self, word: bytes) -> list[bytes]:
        """Return the n-grams themselves, in the order of `of`."""
        _, _, spans = self.found([word], with_spans=True)
        assert spans is not None
        text = b"<" + word + b">"
        return [text[start:stop] for start, stop in spans.tolist()]

    def bucket_of(self, ngram: bytes) -> int:
        """Return the bucket of any bytes, n-gram or not; there must be buckets.

        >>> Subwords(3, 6, 100).bucket_of(b"<ca")
        47
        """
        return _subwords.hash_of(ngram) % self.bucket

    def found(
        self, words: Iterable[str] | Iterable[bytes] | Spelling, with_spans: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64] | None]:
        """Return what `table` does, and where each n-gram stands in its <word>, int64 (n, 2)."""
        spelled = words if isinstance(words, Spelling) else Spelling.of(words)
        offsets = np.zeros(len(spelled) + 1, np.int64)
        arguments = spelled.text, spelled.starts, spelled.stops, self.min_n, self.max_n
        if self:
            _subwords.find_ngrams(*arguments, self.bucket, offsets, None, None)
        n = int(offsets[-1])
        buckets = np.empty(n, np.uint32)
        spans = np.empty((n, 2), np.int64) if with_spans else None
        if n:
            _subwords.find_ngrams(*arguments, self.bucket, offsets, buckets, spans)
        return offsets, buckets, spans


class NgramRows:
    """The rows of n-grams: of all buckets, or of those in use, all others being zeros.

    Attributes
    ----------
    subwords : which n-grams there are.
    rows : float32 (R, D), C order, at any address: they may be a mapped file.
    buckets : uint32 (R,), rising, of which bucket each row is; None: row i is that of bucket i.
    counts_missing : whether an n-gram without a row counts in a mean as one of zeros; it does not
        in models whose n-grams were pruned.

    >>> subwords = Subwords(3, 3, bucket=100)  # of <cat>: buckets 47, 31 and 6
    >>> rows = np.array([[3, 0], [0, 6]], np.float32)
    >>> ngrams = NgramRows(subwords, rows, np.array([6, 47], np.uint32))
    >>> ngrams.means(None, Spelling.of(["cat"]))
    array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        subwords: Subwords,
        rows: NDArray[np.float32],
        buckets: NDArray[np.uint32] | None = None,
        counts_missing: bool = True,
    ):
        if buckets is None and len(rows) != (subwords.bucket if subwords else len(rows)):
            raise ValueError(f"rows: {len(rows):,} of them for {subwords.bucket:,} buckets")
        if buckets is not None and len(buckets) != len(rows):
            raise ValueError(f"buckets: {len(buckets):,} of them for {len(rows):,} rows")
        self.subwords, self.buckets = subwords, buckets
        self.rows: NDArray[np.float32] = np.require(rows, "<f4", "C")
        self.row_bytes = bytes_of(self.rows)
        self.counts_missing = counts_missing

    @classmethod
    def none(cls, D: int) -> "NgramRows":
        """Return the rows of no n-grams."""
        return cls(Subwords(0, 0, 0), np.empty((0, D), np.float32))

    def told(self) -> str:
        """Return which n-grams there are, and how many rows, in a line."""
        subwords = self.subwords
        if not subwords:
            return "none"
        return (
            f"{subwords.min_n} to {subwords.max_n} characters, {len(self.rows):,} rows for "
            f"{subwords.bucket:,} buckets"
        )

    def places(self, buckets: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the row of each bucket, int64, -1 where it has none."""
        if self.buckets is None:
            return buckets.astype(np.int64)
        if not len(self.buckets):
            return np.full(len(buckets), -1, np.int64)
        found = np.searchsorted(self.buckets, buckets)
        found[found == len(self.buckets)] = 0
        return np.where(self.buckets[found] == buckets, found, -1)

    def mean(self, own: Floats | None, word: bytes) -> tuple[NDArray[np.float32], int]:
        """Return what `means` does for one word, float32 (D,), and how many n-grams counted.

        In microseconds; own : float32 (D,), or None.
        """
        out = np.empty(self.rows.shape[1], np.float32)
        subwords, n_room = self.subwords, MOST_NGRAMS
        while True:
            n = _subwords.write_mean(
                word, subwords.min_n, subwords.max_n, subwords.bucket,
                None if own is None else bytes_of(own), self.row_bytes, self.buckets,
                self.counts_missing, out, np.empty(n_room, np.uint32),
            )  # fmt: skip
            if n >= 0:
                return out, n
            n_room = -1 - n

    def means(
        self,
        own: Floats | None,
        words: Spelling,
        workers: int | None = None,
        dtype: type[np.floating] | np.dtype = np.float32,
    ) -> Floats:
        """Return the vectors of words, (V, D), to the bit as fastText gives them.

        Parameters
        ----------
        own : float32 (V, D), C order, at any address: the own rows of known words; None: of unknown
            ones, which have none. A word without any row at all has zeros.
        workers : threads; all cores unless given.
        dtype : of the vectors, which are float32 sums.
        """
        out: Floats = np.empty((len(words), self.rows.shape[1]), np.float32)
        own_bytes = None if own is None else bytes_of(own)
        row_bytes = 4 * out.shape[1]

        def work(_: int, start: int) -> None:
            stop = min(start + SHARE, len(words))
            offsets, buckets = self.subwords.table(words.part(slice(start, stop)))
            some = None if own_bytes is None else own_bytes[start * row_bytes : stop * row_bytes]
            _subwords.write_means(
                some, self.row_bytes, offsets, self.places(buckets), self.counts_missing,
                out[start:stop],
            )  # fmt: skip

        n_workers = usable_cores() if workers is None else workers
        share_out(work, range(0, len(words), SHARE), min(n_workers, -(-len(words) // SHARE)))
        return out.astype(dtype, copy=False)

    def counted(self, words: Spelling) -> NDArray[np.int64]:
        """Return how many n-grams of each word count in its mean, int64 (V,)."""
        offsets, buckets = self.subwords.table(words)
        if self.counts_missing:
            return np.diff(offsets)
        has_row = np.concatenate([[0], np.cumsum(self.places(buckets) >= 0)])
        return np.diff(has_row[offsets])

    def with_rows(self, rows: NDArray[np.float32]) -> "NgramRows":
        """Return other rows, float32 (R, D), of the same buckets."""
        return NgramRows(self.subwords, rows, self.buckets, self.counts_missing)

    def chosen(self, is_kept: NDArray[np.bool_]) -> "NgramRows":
        """Return some of the rows, bool (R,), copied; the other buckets have none from then on."""
        kept = np.flatnonzero(is_kept)
        buckets = kept.astype(np.uint32) if self.buckets is None else self.buckets[kept]
        return NgramRows(self.subwords, self.rows[kept], buckets, self.counts_missing)

    def used(self, words: Spelling) -> "NgramRows":
        """Return the rows of n-grams that some of these words have."""
        is_used = np.zeros(len(self.rows), bool)
        for start in range(0, len(words) if self.subwords else 0, BLOCK_WORDS):
            some = words.part(slice(start, start + BLOCK_WORDS))
            places = self.places(self.subwords.table(some)[1])
            is_used[places[places >= 0]] = True
        return self.chosen(is_used)

    def compact(self) -> "NgramRows":
        """Return the rows that are not zeros, which gives the same vectors; itself if it is so."""
        if self.buckets is not None or not self.counts_missing or not self.subwords:
            return self
        has_numbers = np.empty(len(self.rows), bool)
        for start in range(0, len(self.rows), BLOCK_WORDS):
            some = slice(start, start + BLOCK_WORDS)
            has_numbers[some] = self.rows[some].any(axis=1)
        return self if has_numbers.all() else self.chosen(has_numbers)

    def part(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the rows of the buckets start to stop, float32 (stop - start, D)."""
        if self.buckets is None:
            return self.rows[start:stop]
        first, last = np.searchsorted(self.buckets, (start, stop)).tolist()
        out = np.zeros((stop - start, self.rows.shape[1]), np.float32)
        out[self.buckets[first:last].astype(np.int64) - start] = self.rows[first:last]
        return out

    def full(self) -> NDArray[np.float32]:
        """Return the rows of all buckets, float32 (bucket, D): a copy where some have none."""
        return self.part(0, self.subwords.bucket)


class Parts(NamedTuple):
    """What the vectors of a file's words are made of.

    own : float32 (V, D), their own rows.
    ngrams : the rows of n-grams.
    raw : the bytes of words, by row, whose spelling was repaired or is in another encoding.
    """

    own: NDArray[np.float32]
    ngrams: NgramRows
    raw: Mapping[int, bytes] = MappingProxyType({})

    def spelled(self, words: Sequence[Any]) -> Spelling:
        """Return the bytes of words of these rows, as the file has them."""
        if not self.raw:
            return Spelling.of(words)
        return Spelling.of(
            [self.raw.get(row) or word_bytes(word) for row, word in enumerate(words)]
        )

    def composed(self, words: Sequence[Any], workers: int | None = None) -> Floats:
        """Return the vectors of all words, float32 (V, D)."""
        return self.ngrams.means(self.own, self.spelled(words), workers)

    def tensors(self) -> tuple[dict[str, np.ndarray | None], dict[str, str]]:
        """Return the tensors and metadata of a native file, without rows of zeros."""
        ngrams = self.ngrams.compact()
        subwords, buckets = ngrams.subwords, ngrams.buckets
        about = subwords.min_n, subwords.max_n, subwords.bucket, ngrams.counts_missing
        return {
            "own_vectors": self.own,
            "ngram_vectors": ngrams.rows,
            "ngram_buckets": None if buckets is None else buckets.view(np.int32),
        }, {"ngrams": json.dumps(about)}

    @classmethod
    def of_tensors(
        cls, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]
    ) -> "Parts | None":
        """Return what a native file holds of this, None where it has none.

        Raises ValueError where that is damaged.
        """
        if "ngrams" not in metadata:
            return None
        missing = [name for name in ("own_vectors", "ngram_vectors") if name not in arrays]
        min_n = max_n = bucket = counts_missing = 0
        try:
            min_n, max_n, bucket, counts_missing = json.loads(metadata["ngrams"])
            right = all(type(number) is int for number in (min_n, max_n, bucket))
            right = right and max(min_n, max_n) < 256 and min(min_n, max_n, bucket) >= 0
        except (TypeError, ValueError, RecursionError):
            right = False
        if missing or not right or bucket >= 2**31 or type(counts_missing) is not bool:
            what = f"there is no tensor {missing[0]}" if missing else metadata["ngrams"][:60]
            raise ValueError(f"damaged header: ngrams: {what}")
        buckets = arrays.get("ngram_buckets")
        if buckets is not None and not is_rising(buckets, bucket):
            raise ValueError(
                f"ngram_buckets: damaged; rising numbers below {bucket:,} are expected"
            )
        subwords = Subwords(min_n, max_n, bucket)
        known = None if buckets is None else buckets.view(np.uint32)
        rows = NgramRows(subwords, arrays["ngram_vectors"], known, counts_missing)
        return cls(arrays["own_vectors"], rows)


def is_rising(numbers: NDArray[np.int32], end: int) -> bool:
    """Whether these are different numbers from 0 to end - 1, in their order."""
    if not len(numbers):
        return True
    return bool(numbers[0] >= 0 and numbers[-1] < end and (np.diff(numbers) > 0).all())


def bytes_of(rows: Floats) -> NDArray[np.uint8]:
    """Return the bytes of float32 rows in C order, uint8 (4 n D,), without a copy."""
    rows = np.require(rows, "<f4", "C")
    return rows.reshape(-1).view(np.uint8)
