"""fastText's own queries, to the bit: what its command prints and its Python module returns.

Words are bytes here, and one that has no row at all has zeros. Sums are in float32 and in
fastText's order; fast products find the few rows for which that is needed. V is the number of
words, D the dimensions.
"""

from collections.abc import Collection
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..formats.fasttext import Model
from . import search

# What parts words for the tool: C's white space, NUL too when it reads a corpus.
BLANKS = b" \n\r\t\v\f\0"
END_OF_LINE = b"</s>"

# float32 rounds by this share of a number at most; see Queries.rounding.
FLOAT32_ROUNDING = 2.0**-24

Answers = list[tuple[float, bytes]]


def tokens_of(text: bytes) -> list[bytes]:
    """Return the tokens of a text: runs of bytes other than BLANKS, and </s> where a line ends.

    >>> tokens_of(b"a b" + bytes([10, 10]) + b"c")
    [b'a', b'b', b'</s>', b'</s>', b'c']
    """
    lines = text.split(b"\n")
    tokens: list[bytes] = []
    for number, line in enumerate(lines):
        tokens += line.translate(TO_BLANKS).split()
        if number + 1 < len(lines):
            tokens.append(END_OF_LINE)
    return tokens


TO_BLANKS = bytes.maketrans(BLANKS, b" " * len(BLANKS))


class Queries:
    """What is asked of a model, an unsupervised one, as the tool answers it."""

    def __init__(self, model: Model):
        self.model = model
        self.V = model.header.nwords
        self.D = model.header.dim

    @cached_property
    def words(self) -> list[bytes]:
        return [self.model.spelled[row] for row in range(self.V)]

    @cached_property
    def rows(self) -> dict[bytes, int]:
        return {word: row for row, word in enumerate(self.words)}

    def vector(self, word: bytes) -> NDArray[np.float32]:
        """Return the vector of a word, float32 (D,); zeros where it has no row."""
        row = self.rows.get(word)
        return self.model.ngrams.mean(None if row is None else self.model.own[row], word)[0]

    def input_row(self, number: int) -> NDArray[np.float32]:
        """Return row 0 <= number < V + buckets of the input matrix, float32 (D,)."""
        if number < self.V:
            return np.array(self.model.own[number])
        return self.model.ngrams.part(number - self.V, number - self.V + 1)[0]

    def subwords(self, word: bytes) -> list[tuple[bytes, int]]:
        """Return the word itself, if it is known, and its n-grams, each with its row."""
        subwords = self.model.ngrams.subwords
        found = [(word, self.rows[word])] if word in self.rows else []
        if not subwords:
            return found
        buckets = subwords.of(word)
        rows = buckets.astype(np.int64)
        if not self.model.ngrams.counts_missing:  # pruned: only those that have rows
            rows = self.model.ngrams.places(buckets)
        pairs = zip(subwords.strings(word), (self.V + rows).tolist(), strict=True)
        return found + [(ngram, row) for ngram, row in pairs if row >= self.V]

    def sentence(self, words: list[bytes]) -> NDArray[np.float32]:
        """Return the mean of the unit vectors of words, float32 (D,), zeros left out."""
        total = np.zeros(self.D, np.float32)
        n = 0
        for word in words:
            vector = self.vector(word)
            if (length := norm(vector)) > 0:
                total += vector * np.float32(1.0 / float(length))
                n += 1
        return total * np.float32(1.0 / n) if n else total

    @cached_property
    def units(self) -> NDArray[np.float32]:
        """The words' vectors divided by their lengths, float32 (V, D); zeros stay."""
        units = np.array(
            self.model.ngrams.means(self.model.own, self.model.spelled.part(slice(self.V)))
        )
        for start, stop in search.blocks(self.V, self.D):
            some = units[start:stop]
            lengths = np.sqrt(search.dots_in_order(some, some)).astype(np.float64)
            lengths[lengths == 0] = 1
            some *= (1.0 / lengths).astype(np.float32)[:, np.newaxis]
        return units

    def nearest(self, query: NDArray[np.float32], k: int, without: Collection[bytes]) -> Answers:
        """Return the k words nearest to a vector, float32 (D,), with their scores, best first.

        The score is the product with the word's unit vector, over the length of the query.
        """
        length = norm(query)
        length = np.float32(1) if abs(length) < 1e-8 else length
        rough = self.units @ query
        is_asked = np.zeros(self.V, bool)
        is_asked[[self.rows[word] for word in without if word in self.rows]] = True
        rough[is_asked] = -np.inf
        k = min(k, self.V - int(is_asked.sum()))
        if k <= 0:
            return []
        least = np.partition(rough, -k)[-k]
        # Both products are that near to the true one: Higham, Accuracy and Stability of Numerical
        # Algorithms, section 3.1, for any order of sums.
        gap = 4.04 * self.D * FLOAT32_ROUNDING * float(length)
        rows = np.flatnonzero((rough >= least - gap) & ~is_asked)
        scores = search.dots_in_order(self.units[rows], query) / length
        best = np.argsort(-scores, kind="stable")[: k + 1]
        if (np.diff(scores[best]) == 0).any():
            scores = search.dots_in_order(self.units, query) / length
            rows = np.flatnonzero(~is_asked)
            best = heap_order(scores[rows], k)
            scores = scores[rows]
        return [(float(scores[i]), self.words[rows[i]]) for i in best[:k].tolist()]

    def neighbours(self, word: bytes, k: int) -> Answers:
        """Return the k words nearest to a word, known or not, with their scores."""
        return self.nearest(self.vector(word), k, [word])

    def analogies(self, words: list[bytes], k: int) -> Answers:
        """Return the k words nearest to a - b + c, each of length 1, of words a, b and c."""
        query = np.zeros(self.D, np.float32)
        for word, sign in zip(words, (1.0, -1.0, 1.0), strict=True):
            vector = self.vector(word)
            query += vector * np.float32(sign / (float(norm(vector)) + 1e-8))
        return self.nearest(query, k, words)


def norm(vector: NDArray[np.float32]) -> np.float32:
    """Return the length of a vector, float32 (D,), summed in its order."""
    return np.sqrt(search.dots_in_order(vector[np.newaxis], vector)[0])


def heap_order(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the places of the k largest scores, best first, equal ones as a heap leaves them.

    The tool puts all words through a heap of k, in the order of their rows, by GNU's push_heap,
    pop_heap and sort_heap.
    """
    heap: list[tuple[float, int]] = []
    for place, score in enumerate(scores.tolist()):
        if len(heap) == k and score < heap[0][0]:
            continue
        heap.append((score, place))
        sift_up(heap, len(heap) - 1, heap[-1])
        if len(heap) > k:
            pop(heap, len(heap))
            heap.pop()
    for n in range(len(heap), 1, -1):
        pop(heap, n)
    return np.array([place for _, place in heap], np.int64)


def sift_up(heap: list[tuple[float, int]], hole: int, item: tuple[float, int]) -> None:
    """Put an item where it belongs on the way from a hole to the root, the least score above."""
    while hole and heap[(hole - 1) // 2][0] > item[0]:
        heap[hole] = heap[(hole - 1) // 2]
        hole = (hole - 1) // 2
    heap[hole] = item


def pop(heap: list[tuple[float, int]], n: int) -> None:
    """Move the root of the first n items to the last of their places, the others being a heap."""
    item, heap[n - 1] = heap[n - 1], heap[0]
    hole, n = 0, n - 1
    while 2 * hole + 2 < n:
        child = 2 * hole + 2
        child -= heap[child][0] > heap[child - 1][0]
        heap[hole], hole = heap[child], child
    if 2 * hole + 1 < n:
        heap[hole], hole = heap[2 * hole + 1], 2 * hole + 1
    if n:
        sift_up(heap, hole, item)
