"""Records in tiles, and the order in which threads train them, the same for any number of them.

Owns which words are a block, and which tile is trained when; loops and arithmetic are _tiles.pyx's.
V is the number of words, P of blocks, n of records, which are the entries of the whole matrix.

Blocks of words have about as many records each. The records of a block of words with a block of
contexts are a tile; tiles in different rows and columns share no vector, and are trained at the
same time. Each vector sees its tiles in the order of the iteration, whoever trains them: no two
threads ever write to the same one, and the bytes do not depend on how many there are.

A tile trained at once would teach its words more about each other than the rest of the text allows,
which shows in the cost of the first iterations. So an iteration is several sweeps over all tiles,
each with another part of their records.
"""

import heapq
import math
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..shared.threads import share_out
from ._tiles import RECORD, Trainer, count_tiles, fill_tiles, mapped_zeros, shuffle
from .matrix import Cooccurrence

# So many threads have work at a time; more blocks would make tiles too small to be worth a call.
MOST_BLOCKS = 32
# Records of a tile below which there are fewer blocks.
FEWEST_RECORDS = 1 << 16
# Sweeps of the first iteration; each has half as many as the one before, but not fewer than the
# last. With these the cost is within 0.4 % of that of records in random order (48.8 million of
# them, 100 dimensions), in each of the first ten iterations; always 8: 8 % off in the first.
MOST_SWEEPS, FEWEST_SWEEPS = 64, 8
# What a record's numbers can count.
MOST_BLOCK_WORDS = 1 << 16
# Rows of a tile beyond which they are fetched ahead, in bytes: what is sure to fit into that cache.
NEAR_BYTES = 1 << 19


class Tiles:
    """The records of a matrix of counts, in tiles; of a symmetric one each pair is stored once.

    Attributes
    ----------
    bounds : int64 (P + 1,), the first word of each block.
    first : the same, as a list of int.
    ends : list of P * P + 1 int, the first record of each tile, row after row of them.
    records : RECORD.
    n : how many records an iteration has, both halves counted.
    """

    def __init__(self, counts: Cooccurrence, x_max: float, alpha: float, seed: int, n_threads: int):
        self.symmetric = counts.symmetric
        sizes = counts.row_sizes
        self.n = int(sizes.sum())
        if not self.symmetric:
            sizes = sizes + np.bincount(counts.columns, minlength=len(sizes))
        self.bounds = block_bounds(sizes, self.n)
        self.P = P = len(self.bounds) - 1
        blocks = np.repeat(np.arange(P, dtype=np.int32), np.diff(self.bounds))
        rows, columns, values = counts.offsets, counts.columns, counts.values
        ends = self.bounds.tolist()
        by_tile = np.zeros((P, P), np.int64)

        def count(_: int, a: int) -> None:
            count_tiles(rows, columns, blocks, ends[a], ends[a + 1], by_tile[a])

        share_out(count, range(P), n_threads)
        starts = np.concatenate([[0], by_tile.ravel().cumsum()])
        self.ends, self.first = starts.tolist(), ends
        self.records: NDArray[np.void] = mapped_zeros(
            max(int(starts[-1]), 1) * RECORD.itemsize, np.uint8
        ).view(RECORD)
        free = starts[:-1].reshape(P, P).copy()

        def fill(_: int, a: int) -> None:
            fill_tiles(
                rows, columns, values, blocks, self.bounds, ends[a], ends[a + 1], free[a],
                x_max, alpha, self.records,
            )  # fmt: skip
            for b in range(P):
                begin, end = self.part(a, b)
                shuffle(self.records[begin:end], _core.seed_of(seed, a, b))

        share_out(fill, range(P), n_threads)

    def part(self, a: int, b: int, part: int = 0, n_parts: int = 1) -> tuple[int, int]:
        """Return which records are a part of those stored of words of block a and contexts of b."""
        begin, end = self.ends[a * self.P + b], self.ends[a * self.P + b + 1]
        n = end - begin
        return begin + n * part // n_parts, begin + n * (part + 1) // n_parts

    def train(self, trainer: Trainer, a: int, b: int, part: int, n_parts: int) -> float:
        """Train a part of the tile of words of block a and contexts of block b; returns the cost.

        `trainer` has these records. Those of a symmetric matrix serve two tiles.
        """
        first_word, first_context = self.first[a], self.first[b]
        n_rows = self.first[a + 1] - first_word + self.first[b + 1] - first_context
        is_far = n_rows * trainer.row_bytes > NEAR_BYTES
        cost = 0.0
        if not self.symmetric or b <= a:
            some = self.part(a, b, part, n_parts)
            cost = trainer.train(*some, first_word, first_context, False, False, is_far)
        if self.symmetric and a <= b:
            some = self.part(b, a, part, n_parts)
            cost += trainer.train(*some, first_word, first_context, True, a == b, is_far)
        return cost


def block_bounds(sizes: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the first word of each block, int64 (P + 1,), of words with so many records.

    >>> block_bounds(np.array([9, 1, 1, 1, 4, 4]) * 80_000, 1_600_000).tolist()
    [0, 1, 2, 5, 6]
    """
    P = max(min(math.isqrt(n // FEWEST_RECORDS), MOST_BLOCKS, len(sizes)), 1)
    ends = sizes.cumsum()
    shares = ends[-1] * np.arange(1, P) / P
    cuts = np.searchsorted(ends, shares) + 1
    wide = np.arange(0, len(sizes), MOST_BLOCK_WORDS)
    bounds: NDArray[np.int64] = np.unique(np.concatenate([wide, cuts, [0, len(sizes)]]))
    return bounds


def sweeps_of(iteration: int) -> int:
    """Return how many sweeps an iteration has, the first one being 0.

    >>> [sweeps_of(iteration) for iteration in range(5)]
    [64, 32, 16, 8, 8]
    """
    return max(MOST_SWEEPS >> min(iteration, 62), FEWEST_SWEEPS)


def shifts_of(P: int, seed: int, iteration: int) -> list[int]:
    """Return the rounds of an iteration, see Schedule: in each sweep all shifts, shuffled."""
    random = np.random.Generator(np.random.PCG64(_core.seed_of(seed, iteration)))
    return [int(r) for _ in range(sweeps_of(iteration)) for r in random.permutation(P)]


class Schedule:
    """The tiles of an iteration in rounds, handed out as soon as both their sides are free.

    In round r the words of block a meet the contexts of block a + shifts[r], modulo P, so that each
    block has one tile in each round. A tile waits for those of the round before that share a side
    with it, and for no other, so nothing but these rounds decides what a vector has seen before.
    """

    def __init__(self, P: int, shifts: Sequence[int]):
        self.P, self.shifts = P, shifts
        self.rows_done, self.columns_done = [0] * P, [0] * P
        self.ready = [(0, a) for a in range(P)]
        self.n_left = P * len(shifts)  # not handed out yet
        self.news = threading.Condition()
        self.is_closed = False

    def take(self) -> tuple[int, int, int] | None:
        """Return a round and its tile, None when no more are to be trained; may wait for one."""
        with self.news:
            while not self.ready and self.n_left and not self.is_closed:
                self.news.wait()
            if not self.n_left or self.is_closed:
                return None
            self.n_left -= 1
            if not self.n_left:
                self.news.notify_all()
            number, a = heapq.heappop(self.ready)
            return number, a, (a + self.shifts[number]) % self.P

    def finish(self, number: int, a: int, b: int) -> None:
        """Hand out the tiles that waited for this one."""
        with self.news:
            self.rows_done[a] += 1
            self.columns_done[b] += 1
            number += 1
            if number == len(self.shifts):
                return
            for row in {a, (b - self.shifts[number]) % self.P}:
                column = (row + self.shifts[number]) % self.P
                if self.rows_done[row] == self.columns_done[column] == number:
                    heapq.heappush(self.ready, (number, row))
                    self.news.notify()

    def close(self) -> None:
        """Let threads that wait end."""
        with self.news:
            self.is_closed = True
            self.news.notify_all()
