"""Vocabulary: words, counts, and all that follows from counts.

Owns which words are kept, their order, their file format, and the keep probabilities, noise
distribution and Huffman codes. It does not read corpora (draft.py). V is the number of words.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..formats.ids import as_keys, check_one_type
from ..formats.vocabulary import SENTENCE_MARK, read_vocabulary
from ..shared.types import AnyPath, TrimRule
from . import _tables

# Slots of the noise table of word2vec.c.
C_NOISE_SLOTS = 100_000_000


class Vocabulary:
    """The words of a model with their counts; a word's id is its place.

    Attributes
    ----------
    words : V keys without repeats, a list of str or another hashable, Words of a native file, or
        Ids of integers.
    counts : int64 (V,).
    paths : offsets int64 (V + 1,) and steps int32 of the Huffman codes, see _tables.huffman_paths,
        where node vectors belong to a tree that breaks ties otherwise than ours (gensim's); None:
        ours.
    has_mark : whether word 0 is the sentence mark, as in the C tools: it counts sentence ends, is
        never subsampled, and never stands in a window.

    >>> vocabulary = Vocabulary(["the", "cat"], [90, 10])
    >>> vocabulary.total, vocabulary.ids["cat"]
    (100, 1)
    >>> vocabulary.keep_probabilities(0.1)
    array([0.44444445, 1.        ], dtype=float32)
    """

    def __init__(
        self,
        words: Iterable[Any],
        counts: ArrayLike,
        has_mark: bool = False,
        paths: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None,
    ):
        self.words: Sequence[Any] = as_keys(words)
        if isinstance(self.words, list):
            check_one_type(self.words)
        self.counts: NDArray[np.int64] = np.ascontiguousarray(counts, np.int64)
        self.has_mark, self.paths = has_mark, paths
        if self.counts.shape != (len(self.words),):
            raise ValueError(f"{len(self.words)} words with counts of shape {self.counts.shape}")
        if paths is not None:
            check_paths(*paths, len(self.words))

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def digest(self) -> str:
        """A digest of words and counts, in hexadecimal digits."""
        words = "\0".join(map(str, self.words)).encode("utf-8", "surrogatepass")
        found = hashlib.blake2b(words, digest_size=8)
        found.update(np.ascontiguousarray(self.counts, "<i8").data)
        return found.hexdigest()

    @property
    def total(self) -> int:
        """The number of tokens, sentence marks included where they are counted."""
        return int(self.counts.sum())

    @cached_property
    def ids(self) -> dict[Any, int]:
        """The id of each word; the first one of a word that stands twice, as `exact` may read."""
        ids: dict[Any, int] = {}
        for i, word in enumerate(self.words):
            ids.setdefault(word, i)
        return ids

    def with_more(
        self, counts: NDArray[np.int64], new_words: list[Any], new_counts: NDArray[np.int64]
    ) -> "Vocabulary":
        """Return a vocabulary with `counts`, (V,), added to these and new words behind them."""
        return Vocabulary(
            [*self.words, *new_words],
            np.concatenate([self.counts + counts, new_counts]),
            self.has_mark,
        )

    def keep_probabilities(self, sample: float) -> np.ndarray:
        """Return the probability of each word to survive subsampling, float32 (V,), at most 1.

        (sqrt(c / (s N)) + 1) s N / c with count c, total N and threshold s: the formula and the
        mixture of float and double are those of word2vec.c, TrainModelThread; the paper (Mikolov
        et al. 2013, arXiv:1310.4546, equation 5) has sqrt(s N / c). The sentence mark has 1.
        """
        if sample <= 0:
            return np.ones(len(self), np.float32)
        threshold = np.float32(sample) * np.float32(self.total)
        counts = np.maximum(self.counts, 1)
        root = np.sqrt((counts.astype(np.float32) / threshold).astype(np.float64))
        keep = ((root + 1) * np.float64(threshold) / counts).astype(np.float32)
        if self.has_mark:
            keep[0] = 1
        return np.minimum(keep, np.float32(1))

    def noise_weights(self, exponent: float) -> np.ndarray:
        """Return counts ** exponent, float64 (V,); the sentence mark is never noise."""
        weights = np.maximum(self.counts, 1).astype(np.float64) ** exponent
        if self.has_mark:
            weights[0] = 0
        return weights

    def noise_table(self, exponent: float) -> np.ndarray:
        """Return the alias table of the noise distribution; see _tables.alias_table."""
        return _tables.alias_table(self.noise_weights(exponent))

    def c_noise_bounds(self, exponent: float) -> np.ndarray:
        """Return the bounds of the C tool's noise table; see _tables.c_noise_bounds."""
        return _tables.c_noise_bounds(self.counts, exponent, C_NOISE_SLOTS)

    def huffman_paths(self, padding: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return offsets and steps of the Huffman codes; see _tables.huffman_paths."""
        if self.paths is None:
            return _tables.huffman_paths(self.counts, padding)
        offsets, steps = self.paths
        return offsets, np.concatenate([steps, np.zeros(padding, np.int32)])


def check_paths(offsets: NDArray[np.int64], steps: NDArray[np.int32], V: int) -> None:
    """Raise ValueError unless these are paths of V words, which compiled code relies on."""
    if offsets.shape != (V + 1,) or offsets[0] or offsets[-1] != len(steps):
        raise ValueError(f"paths of the Huffman tree: offsets of shape {offsets.shape}, damaged")
    if V and (np.diff(offsets).min() < 0 or (steps < 0).any() or (steps >> 1 >= V - 1).any()):
        raise ValueError("paths of the Huffman tree lead to nodes that there are not")


# What a trim_rule may answer of a word: gensim's RULE_DISCARD and RULE_KEEP, besides 0.
DISCARD, KEEP = 1, 2


def apply_rule(
    rule: TrimRule,
    words_of: Callable[[NDArray[np.int64]], list[Any]],
    counts: NDArray[np.int64],
    min_count: int,
) -> NDArray[np.int8]:
    """Return what a rule says of each word that has a count, int8 (n,), 0 for the others."""
    rules = np.zeros(len(counts), np.int8)
    asked = np.flatnonzero(counts)
    for i, word, count in zip(asked, words_of(asked), counts[asked].tolist(), strict=True):
        answer = rule(word, count, min_count)
        if answer not in (0, DISCARD, KEEP):
            raise ValueError(
                f"trim_rule: it answered {answer!r} to {word!r}; 0 (as min_count says), "
                f"{DISCARD} (discard it) or {KEEP} (keep it) is expected"
            )
        rules[i] = answer
    return rules


def choose_words(
    counts: np.ndarray,
    first_sights: np.ndarray,
    min_count: int,
    max_final_vocab: int | None = None,
    rules: NDArray[np.int8] | None = None,
) -> np.ndarray:
    """Return which words to keep, int64, by falling count; equal counts by first sight.

    `max_final_vocab` raises `min_count` to the least value that leaves at most so many words.
    `rules` of apply_rule go before both.

    >>> choose_words(np.array([1, 7, 9, 7]), np.array([0, 20, 30, 10]), min_count=2)
    array([2, 3, 1])
    """
    rules = np.zeros(len(counts), np.int8) if rules is None else rules
    kept = np.flatnonzero(((counts >= min_count) & (rules != DISCARD)) | (rules == KEEP))
    kept = kept[np.lexsort((first_sights[kept], -counts[kept]))]
    if max_final_vocab is not None and max_final_vocab < len(kept):
        kept = kept[(counts[kept] > counts[kept[max_final_vocab]]) | (rules[kept] == KEEP)]
    return kept


def choose_new(
    words_of: Callable[[NDArray[np.int64]], list[Any]],
    counts: NDArray[np.int64],
    first_sights: NDArray[np.int64],
    n_known: int,
    min_count: int,
    max_final_vocab: int | None,
    trim_rule: TrimRule | None,
) -> NDArray[np.int64]:
    """Return which words to keep behind the first `n_known`, which stay; see choose_words."""
    candidates = counts.copy()
    candidates[:n_known] = 0
    if max_final_vocab is not None:
        max_final_vocab = max(max_final_vocab - n_known, 0)
    rules = None if trim_rule is None else apply_rule(trim_rule, words_of, candidates, min_count)
    return choose_words(candidates, first_sights, max(min_count, 1), max_final_vocab, rules)


def load_vocabulary(path: AnyPath, min_count: int = 1, exact: bool = False) -> Vocabulary:
    """Read a vocabulary in the C format, sort it by count, and drop words below `min_count`.

    The first word is the sentence mark when it is </s>, or whatever it is with `exact`; it stays
    first. With `exact` nothing is checked, as in the C tool.

    Raises FileNotFoundError, or ValueError naming the file and line, or that no word is left.
    """
    words, counts = read_vocabulary(path, exact)
    has_mark = exact or words[0] == SENTENCE_MARK
    if not counts.any():
        raise ValueError(f"read_vocab: {os.fspath(path)!r}: all counts are 0")
    start = int(has_mark)
    order = choose_words(counts[start:], np.arange(len(counts) - start), min_count) + start
    if not len(order):
        top = ", ".join(f"{words[i]!r} {counts[i]:,}x" for i in np.argsort(-counts)[:3])
        raise ValueError(
            f"min_count={min_count} leaves 0 of the {len(words):,} words in {os.fspath(path)!r} "
            f"(most frequent: {top}); lower it"
        )
    order = np.concatenate([np.arange(start), order])
    return Vocabulary([words[i] for i in order], counts[order], has_mark)
