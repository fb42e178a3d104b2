"""Vocabulary: words, counts, and all that follows from counts.

Owns which words are kept, their order, their file format, and the keep probabilities, noise
distribution and Huffman codes. It does not read corpora (corpus.py). V is the number of words.
"""

import os
import re
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from . import _vocab
from .shared import streams
from .words import Words

# What the C tools call the end of a line; as a vocabulary's word 0 it counts the sentences.
SENTENCE_MARK = "</s>"

# Slots of the noise table of word2vec.c.
C_NOISE_SLOTS = 100_000_000


class Vocabulary:
    """The words of a model with their counts; a word's id is its place.

    Attributes
    ----------
    words : V str without repeats, a list, or Words of a native file.
    counts : int64 (V,).
    has_mark : whether word 0 is the sentence mark, as in the C tools: it counts sentence ends, is
        never subsampled, and never stands in a window.
    """

    def __init__(self, words: Iterable[str], counts, has_mark: bool = False):
        self.words = words if isinstance(words, Words) else list(words)
        self.counts = np.ascontiguousarray(counts, np.int64)
        self.has_mark = has_mark
        if self.counts.shape != (len(self.words),):
            raise ValueError(f"{len(self.words)} words with counts of shape {self.counts.shape}")

    def __len__(self):
        return len(self.words)

    @property
    def total(self) -> int:
        """The number of tokens, sentence marks included where they are counted."""
        return int(self.counts.sum())

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each word; the first one of a word that stands twice, as `exact` may read."""
        ids: dict[str, int] = {}
        for i, word in enumerate(self.words):
            ids.setdefault(word, i)
        return ids

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
        """Return the alias table of the noise distribution; see _vocab.alias_table."""
        return _vocab.alias_table(self.noise_weights(exponent))

    def c_noise_bounds(self, exponent: float) -> np.ndarray:
        """Return the bounds of the C tool's noise table; see _vocab.c_noise_bounds."""
        return _vocab.c_noise_bounds(self.counts, exponent, C_NOISE_SLOTS)

    def huffman_paths(self, padding: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return offsets and steps of the Huffman codes; see _vocab.huffman_paths."""
        return _vocab.huffman_paths(self.counts, padding)

    def lines(self) -> bytes:
        """Return the vocabulary in the C format: a line `word count` for each word, in order."""
        return b"".join(
            b"%s %d\n" % (word.encode("utf-8", "surrogateescape"), count)
            for word, count in zip(self.words, self.counts.tolist(), strict=True)
        )


def choose_words(
    counts: np.ndarray,
    first_sights: np.ndarray,
    min_count: int,
    max_final_vocab: int | None = None,
) -> np.ndarray:
    """Return which words to keep, int64, by falling count; equal counts by first sight.

    `max_final_vocab` raises `min_count` to the least value that leaves at most so many words.
    """
    kept = np.flatnonzero(counts >= min_count)
    kept = kept[np.lexsort((first_sights[kept], -counts[kept]))]
    if max_final_vocab is not None and max_final_vocab < len(kept):
        kept = kept[counts[kept] > counts[kept[max_final_vocab]]]
    return kept


def load_vocabulary(path, min_count: int = 1, exact: bool = False) -> Vocabulary:
    """Read a vocabulary in the C format, sort it by count, and drop words below `min_count`.

    The first word is the sentence mark when it is </s>, or whatever it is with `exact`; it stays
    first. With `exact` nothing is checked, as in the C tool.

    Raises FileNotFoundError, or ValueError naming the file and line, or that no word is left.
    """
    words, counts = read_vocabulary(path, exact)
    has_mark = exact or words[0] == SENTENCE_MARK
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


def read_vocabulary(path, exact: bool = False) -> tuple[list[str], np.ndarray]:
    """Read words and counts in the C format: `word count` on each line.

    With `exact` the file is read as the C tool does (word2vec.c, ReadVocab): nothing is checked, a
    missing count is 0, and a carriage return before the line feed makes a mark with count 0.

    Raises FileNotFoundError, or ValueError naming the file and line.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f"read_vocab={os.fspath(path)!r}: no such vocabulary file")
    with streams.open_bytes(os.fspath(path)) as file:
        data = file.read()
    pairs = scan_like_c(data) if exact else parse_lines(data, os.fspath(path))
    words = [word.decode("utf-8", "surrogateescape") for word, _ in pairs]
    return words, np.array([count for _, count in pairs], np.int64)


def parse_lines(data: bytes, path: str) -> list[tuple[bytes, int]]:
    pairs, lines = [], {}
    for number, line in enumerate(data.removeprefix(streams.UTF8_BOM).split(b"\n"), 1):
        fields = line.removesuffix(b"\r").split(b" ")
        if fields == [b""]:
            continue
        shown = line[:60].decode("utf-8", "replace")
        where = f"read_vocab: {path!r}, line {number} ({shown!r})"
        if len(fields) != 2 or not fields[0]:
            raise ValueError(f"{where}: expected a word, one blank and its count")
        if not fields[1].isdigit() or len(fields[1]) > 18:
            raise ValueError(f"{where}: the count is not a whole number")
        if fields[0] in lines:
            raise ValueError(f"{where}: this word stands on line {lines[fields[0]]} already")
        lines[fields[0]] = number
        pairs.append((fields[0], int(fields[1])))
    if not pairs:
        raise ValueError(f"read_vocab: {path!r} holds no words")
    return pairs


# One token as ReadWord reads it; a line feed after it stays unread. No match: the end of the file.
C_TOKEN = re.compile(rb"[ \t\r]*(?:\n|([^ \t\n]+)(?:[ \t]|(?=\n)))")
C_INTEGER = re.compile(rb"\s*([+-]?\d+)?")


def scan_like_c(data: bytes) -> list[tuple[bytes, int]]:
    """Repeat what ReadVocab does: a token, an integer as scanf reads it, then one more byte."""
    pairs, position = [], 0
    while token := C_TOKEN.match(data, position):
        integer = C_INTEGER.match(data, token.end())
        word = SENTENCE_MARK.encode()
        if token[1] is not None:
            word = token[1].replace(b"\r", b"")[:98].split(b"\0")[0]
        pairs.append((word, int(integer[1] or 0)))
        position = integer.end() + (integer[1] is not None)
    return pairs
