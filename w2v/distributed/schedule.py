"""Which rows are merged when, between which nodes, and how many bytes that sends.

Owns numbers alone: the rows of the matrices come in the order of their frequency, from 0 on. A row
of D numbers travels as D bytes and a float of 4.
"""

import math
from dataclasses import dataclass

# Rows of level 0, 1, 2 ... are merged after each round, each second, each fourth ...; of level 0
# are V / 2^LEVELS rows, of each further one as many as of those before together. By Zipf's law all
# rows then have about as many unseen updates when they are merged (pWord2Vec, Ji et al. 2016,
# arXiv:1604.04661, merges by such levels, too). bench/results/cluster.json has other numbers.
LEVELS = 7
# Of N nodes each trains ROUND_WORDS / N^3 words in a round, at least: shorter ones take longer to
# merge than to train, and the more nodes, the more is unseen meanwhile. But there are log2(N)
# levels in any case, however short the text.
ROUND_WORDS = 3_200_000


@dataclass(frozen=True)
class Schedule:
    """The merges of a run.

    `sizes` are the rows of its matrices, `merges` how often all of them are merged in an epoch.
    """

    n_nodes: int
    sizes: tuple[int, ...]
    D: int
    merges: int
    epochs: int
    levels: int

    @classmethod
    def of(
        cls, n_nodes: int, sizes: tuple[int, ...], D: int, merges: int, epochs: int, n_words: int
    ) -> "Schedule":
        """Return the schedule of a run whose epochs have so many words.

        >>> schedule = Schedule.of(16, (50_000, 50_000), 100, 4, 5, 10_000_000)
        >>> schedule.levels, schedule.rounds, schedule.rows(50_000, 1), schedule.rows(50_000, 128)
        (7, 2560, 391, 50000)
        """
        most = n_words * n_nodes**2 / (merges * ROUND_WORDS)
        levels = max(int(math.log2(max(most, 1))), int(math.log2(n_nodes)))
        return cls(n_nodes, sizes, D, merges, epochs, min(levels, LEVELS))

    @property
    def rounds_per_merge(self) -> int:
        """Rounds from a merge of all rows to the next."""
        return 1 << self.levels

    @property
    def rounds_per_epoch(self) -> int:
        return self.merges << self.levels

    @property
    def rounds(self) -> int:
        return self.epochs * self.rounds_per_epoch

    def level(self, k: int) -> int:
        """Return up to which level rows are merged after round k = 1, 2, ..."""
        return min((k & -k).bit_length() - 1, self.levels)

    def is_full(self, k: int) -> bool:
        return k % self.rounds_per_merge == 0

    def rows(self, size: int, k: int) -> int:
        """Return how many rows of a matrix of `size` are merged after round k, from 0 on."""
        return -(-size >> (self.levels - self.level(k)))

    def bounds(self, size: int, k: int, node: int) -> tuple[int, int]:
        """Return which of these rows a node merges: from, to."""
        n = self.rows(size, k)
        return n * node // self.n_nodes, n * (node + 1) // self.n_nodes

    def sent_bytes(self, merges: int | None = None) -> int:
        """Return the bytes that all nodes send in so many merges of all rows, None: in the run.

        For each row merged a node sends what it changed to the node that merges it, which sends
        what became of it to all others: 2 (N - 1) rows, of N nodes together.

        >>> Schedule(2, (100,), 10, 1, 1, 0).sent_bytes()
        2800
        """
        n = self.epochs * self.merges if merges is None else merges
        rows = sum(
            self.rows(size, k) for size in self.sizes for k in range(1, self.rounds_per_merge + 1)
        )
        return n * rows * 2 * (self.n_nodes - 1) * (self.D + 4)
