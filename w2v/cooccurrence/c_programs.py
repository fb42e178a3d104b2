"""The bytes of GloVe's own programs: their tokens, their vocabulary, their sums.

Owns what is done otherwise than in counting.py, for count(exact=True): tokens are cut as
vocab_count cuts them, and doubles are added in the order in which cooccur adds them, on one thread,
slowly: pairs of frequent words in a table, others in files that are merged in the end.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..corpus.vocabulary import Vocabulary
from ..shared import streams
from ..shared.checks import NoWords
from .files import glove_order

# What they keep of a token.
TOKEN_BYTES = 999
CHUNK_TOKENS = 1 << 16

# Pairs, as row * V + column in rising order, and their sums: what cooccur has in one file.
Sums: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]


class Table(NamedTuple):
    """Which pairs cooccur adds up in memory, and after how many others it writes a file."""

    max_product: int
    overflow_length: int

    @classmethod
    def of_memory(cls, gigabytes: float = 3.0) -> "Table":
        """Return what its option -memory leads to, 3.0 unless given."""
        n_records = 0.85 * gigabytes * 2**30 / 16
        n = 1e5
        while abs(n_records - n * (math.log(n) + 0.1544313298)) > 1e-3:
            n = n_records / (math.log(n) + 0.1544313298)
        return cls(int(n), int(n_records) // 6)


def read_lines(files: list[str]) -> Iterator[list[bytes]]:
    """Yield the tokens of each line as GloVe's programs read them.

    Blank and tab separate, a carriage return is dropped wherever it stands, a NUL ends what is
    kept. Raises ValueError at the token <unk>, which they refuse.
    """
    for path in files:
        with streams.open_bytes(path) as file:
            for line in file:
                tokens = re.split(rb"[ \t]+", line.removesuffix(b"\n").replace(b"\r", b""))
                tokens = [cut(token).split(b"\0")[0] for token in tokens if token]
                if b"<unk>" in tokens:
                    raise ValueError(
                        f"corpus={path!r} has the token <unk>, which GloVe's programs refuse; "
                        "rename it, or leave exact out"
                    )
                yield tokens


def cut(token: bytes) -> bytes:
    """Cut a long token as they do: not inside a character of UTF-8, which is left out."""
    if len(token) <= TOKEN_BYTES:
        return token
    end = TOKEN_BYTES
    while end and token[end] & 0xC0 == 0x80:
        end -= 1
    return token[:end]


def count_words(lines: Iterator[list[bytes]], min_count: int) -> bytes:
    """Return what vocab_count writes."""
    counts = Counter(token for line in lines for token in line)
    words = list(counts)
    order = glove_order(words, np.array([counts[word] for word in words], np.int64))
    kept = [words[row] for row in order if counts[words[row]] >= min_count]
    if not kept:
        raise NoWords(f"min_count={min_count} leaves 0 of {len(words):,} words; lower it")
    return b"".join(b"%s %d\n" % (word, counts[word]) for word in kept)


def count_rows(
    lines: Iterator[list[bytes]],
    vocabulary: Vocabulary,
    window: int,
    symmetric: bool,
    distance_weighting: bool,
    table: Table,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return offsets, columns and values of all rows; see counting.count_rows."""
    ids = {word.encode("utf-8", "surrogateescape"): i for word, i in vocabulary.ids.items()}
    V = len(vocabulary)
    dense = np.empty(0, np.int64), np.empty(0)
    buffer, written = Buffer(table.overflow_length - window), list[Sums]()
    for text, line in chunks(lines, ids):
        some, weights, at = pairs_of(text, line, V, window, symmetric, distance_weighting)
        ranks = text[at] + 1  # of the later word of each pair, whichever stands first
        others = some // V + some % V + 2 - ranks
        is_dense = others < table.max_product // ranks
        dense = added(dense, some[is_dense], weights[is_dense])
        written += buffer.take(some[~is_dense], weights[~is_dense], at[~is_dense])
    keys, sums = merged([dense, *written, buffer.sums()])
    offsets = np.searchsorted(keys, np.arange(V + 1) * V).astype(np.int64)
    return offsets, (keys % V).astype(np.int32), sums


def added(sums: Sums, keys: NDArray[np.int64], weights: NDArray[np.float64]) -> Sums:
    """Return sums with more pairs added, one after another, in order."""
    all_keys = np.union1d(sums[0], keys)
    values = np.zeros(len(all_keys))
    values[np.searchsorted(all_keys, sums[0])] = sums[1]
    np.add.at(values, np.searchsorted(all_keys, keys), weights)
    return all_keys, values


class Buffer:
    """Pairs in the order of the text, written to a file when there are `length` at a new word."""

    def __init__(self, length: int):
        self.length, self.n = length, 0
        self.parts: list[Sums] = []

    def take(
        self, keys: NDArray[np.int64], weights: NDArray[np.float64], at: NDArray[np.int64]
    ) -> Iterator[Sums]:
        """Take pairs of words at these rising places, and yield what is written meanwhile."""
        begin = 0
        while self.n + len(keys) - begin >= self.length:
            last = at[begin + max(self.length - self.n, 1) - 1]
            end = int(np.searchsorted(at, last, "right"))
            self.parts.append((keys[begin:end], weights[begin:end]))
            yield self.sums()
            self.parts, self.n, begin = [], 0, end
            if begin == len(keys):
                return
        self.parts.append((keys[begin:], weights[begin:]))
        self.n += len(keys) - begin

    def sums(self) -> Sums:
        keys = np.concatenate([np.empty(0, np.int64), *(part[0] for part in self.parts)])
        weights = np.concatenate([np.empty(0), *(part[1] for part in self.parts)])
        return added((keys[:0], weights[:0]), keys, weights)


def merged(files: list[Sums]) -> Sums:
    """Return the sums of all files, in the order in which cooccur adds them.

    Where its last file is empty it takes the first pair of the one before a second time.
    """
    if not len(files[-1][0]):
        files[-1] = files[-2][0][:1], files[-2][1][:1]
    if len(files) == 2:
        return added(files[0], *files[1])
    heap, readers = Heap(), [zip(*map(np.ndarray.tolist, sums), strict=True) for sums in files]
    for number, reader in enumerate(readers):
        heap.push(next(reader, None), number)
    keys: list[int] = []
    sums: list[float] = []
    while heap.items:
        key, value, number = heap.pop()
        if keys and keys[-1] == key:
            sums[-1] += value
        else:
            keys.append(key)
            sums.append(value)
        heap.push(next(readers[number], None), number)
    return np.array(keys, np.int64), np.array(sums)


class Heap:
    """The pairs that come next in each file, as cooccur holds them: of equal ones which is first
    depends on every step here, so that heapq would not do."""

    def __init__(self) -> None:
        self.items: list[tuple[int, float, int]] = []

    def push(self, pair: tuple[int, float] | None, number: int) -> None:
        if pair is None:
            return
        items = self.items
        items.append((*pair, number))
        place = len(items) - 1
        while place and items[(place - 1) // 2][0] > items[place][0]:
            above = (place - 1) // 2
            items[above], items[place] = items[place], items[above]
            place = above

    def pop(self) -> tuple[int, float, int]:
        items = self.items
        top, last = items[0], items.pop()
        if items:
            items[0] = last
        place, below = 0, 1
        while below < len(items):
            # Of two equal ones the right one rises.
            below += below + 1 < len(items) and items[below + 1][0] <= items[below][0]
            if items[place][0] <= items[below][0]:
                break
            items[place], items[below] = items[below], items[place]
            place, below = below, 2 * below + 1
        return top


def chunks(
    lines: Iterator[list[bytes]], ids: dict[bytes, int]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the ids of some lines, and the number of the line of each id."""
    text: list[int] = []
    numbers: list[int] = []
    for number, tokens in enumerate(lines):
        known = [ids[token] for token in tokens if token in ids]
        text += known
        numbers += [number] * len(known)
        if len(text) >= CHUNK_TOKENS:
            yield np.array(text), np.array(numbers)
            text, numbers = [], []
    if text:
        yield np.array(text), np.array(numbers)


def pairs_of(
    text: NDArray[np.int64],
    lines: NDArray[np.int64],
    V: int,
    window: int,
    symmetric: bool,
    distance_weighting: bool,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return pairs, as row * V + column, their weights and the place of the later word of each.

    They are in the order in which C adds them.
    """
    distances = np.arange(1, window + 1)
    places = np.arange(len(text))[:, None] - distances
    is_near = (places >= 0) & (lines[np.maximum(places, 0)] == lines[:, None])
    left, right = text[np.maximum(places, 0)], np.broadcast_to(text[:, None], places.shape)
    pairs = [left * V + right] + ([right * V + left] if symmetric else [])
    weights = 1 / distances if distance_weighting else np.ones(window)
    shape = (*places.shape, len(pairs))
    weighted = np.broadcast_to(weights[:, None], shape)
    at = np.broadcast_to(np.arange(len(text))[:, None, None], shape)
    keys = np.stack(pairs, axis=-1)[is_near].ravel()
    return keys, weighted[is_near].ravel(), at[is_near].ravel()
