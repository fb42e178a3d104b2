"""Rows of training with subwords: those of n-grams in use, those of words, and which make a word.

Owns where each row is in the input matrix, and how long words stay composed; core/subwords.pxi says
what for. V is the number of words, D the dimensions, R that of n-grams in use.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..corpus.vocabulary import Vocabulary
from ..formats.subwords import Spelling, Subwords
from ..shared.logs import log
from .lanes import windows_per_word
from .params import Params
from .weights import WordParts

# Updates of the parts of a word by others that are composed while it is, in updates of all parts;
# see core/kernel.h for what too many of them do, and bench/results/choices.md for the number.
MOST_UNSEEN = 128


class PartRows:
    """Which rows of the input matrix a word is made of: R rows of n-grams, then V of words.

    Attributes
    ----------
    buckets : uint32 (R,), rising: those of the n-grams of all words, and others that are `kept`.
    parts : WordParts; in the places that training has, see `swap`.
    """

    def __init__(
        self,
        params: Params,
        subwords: Subwords,
        vocabulary: Vocabulary,
        spelled: Spelling,
        kept: NDArray[np.uint32],
        n_hot: int,
    ):
        V = len(vocabulary)
        offsets, found = subwords.table(spelled)
        self.buckets: NDArray[np.uint32] = np.union1d(found, kept)
        R = len(self.buckets)
        # The row of its own before those of its n-grams.
        rows = np.empty(len(found) + V, np.int32)
        firsts = offsets[:-1] + np.arange(V)
        is_own = np.zeros(len(rows), bool)
        is_own[firsts] = True
        rows[firsts] = np.arange(R, R + V)
        rows[~is_own] = np.searchsorted(self.buckets, found)
        offsets = offsets + np.arange(V + 1)
        uses = uses_of_rows(params, vocabulary, offsets, rows, R + V)
        self.choose_hot(uses, R, n_hot)
        places = np.arange(R + V, dtype=np.int32)
        places[self.movers], places[self.vacant] = self.vacant, self.movers
        overlap = overlap_of(uses, offsets, rows)
        self.parts = WordParts(offsets, places[rows], R - self.n_hot_ngrams, overlap)

    def choose_hot(self, uses: NDArray[np.float64], R: int, n_hot: int) -> None:
        """Let the n-grams among the rows that are used most stand last, before the first words."""
        n_hot = min(n_hot, len(uses))
        hot = np.argpartition(-uses, n_hot - 1)[:n_hot] if n_hot else np.empty(0, np.int64)
        hot = np.sort(hot[hot < R])
        self.n_hot_ngrams = len(hot)
        last = np.arange(R - len(hot), R)
        self.movers, self.vacant = np.setdiff1d(hot, last), np.setdiff1d(last, hot)

    def swap(self, rows: NDArray[np.float32]) -> None:
        """Bring rows of n-grams from the order of buckets into that of training, or back."""
        moved = rows[self.movers]
        rows[self.movers] = rows[self.vacant]
        rows[self.vacant] = moved

    def shared_out(
        self, params: Params, n_threads: int, locks: NDArray[np.float32] | None
    ) -> WordParts:
        """Return what so many threads train, with the locks of words as those of their parts."""
        composed = n_threads * (2 * params.window + 1)
        unseen = composed * self.parts.overlap * windows_per_word(params)
        is_fleeting = unseen > MOST_UNSEEN
        if is_fleeting:
            log(
                "info", "words share so many n-grams (one moves others by %.0f %%) that they are "
                "composed for each step, which is slower", 100 * self.parts.overlap,
            )  # fmt: skip
        part_locks = None
        if locks is not None:
            part_locks = np.ones(len(self.buckets) + len(locks), np.float32)
            lengths = np.diff(self.parts.offsets)
            np.minimum.at(part_locks, self.parts.rows, np.repeat(locks, lengths))
        return replace(self.parts, is_fleeting=is_fleeting, locks=part_locks)


def uses_of_rows(
    params: Params,
    vocabulary: Vocabulary,
    offsets: NDArray[np.int64],
    rows: NDArray[np.int32],
    n_rows: int,
) -> NDArray[np.float64]:
    """Return how often each row is a part of a word that is trained, float64 (n_rows,)."""
    kept = vocabulary.counts * vocabulary.keep_probabilities(params.sample).astype(np.float64)
    share = kept / max(kept.sum(), 1e-300)
    uses: NDArray[np.float64] = np.zeros(n_rows)
    uses += np.bincount(rows, np.repeat(share, np.diff(offsets)), n_rows)
    return uses


def overlap_of(
    uses: NDArray[np.float64], offsets: NDArray[np.int64], rows: NDArray[np.int32]
) -> float:
    """Return by what share another word of the text moves a word along with itself, at most."""
    lengths = np.diff(offsets)
    sums = np.add.reduceat(uses[rows], offsets[:-1])
    return float((sums / lengths).max())
