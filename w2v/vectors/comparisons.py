"""Comparisons: how near words are to each other, which of several, and which is none of them.

V is the number of words, D the dimensions.
"""

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..shared.types import Asked, Key, VectorLike
from . import kmeans, search, transport
from .neighbours import Neighbours

# Of the keys that are given, so one of their type is returned.
SomeKey = TypeVar("SomeKey", str, int, np.integer)


class Comparisons(Neighbours):
    """Words, their vectors, and the questions about words that are given; see KeyedVectors."""

    def similarity(self, w1: Key, w2: Key, metric: str = "cosine") -> float:
        """Return the score of two keys; a cosine is -1 to 1, and 1 for a key with itself.

        >>> kv.similarity("king", "queen")
        0.5
        """
        first, second = self.gather([w1, w2])
        return compare(first, second, metric)

    def distance(self, w1: Key, w2: Key, metric: str = "cosine") -> float:
        """Return 1 - cosine, 0 to 2, or the distance by another metric.

        >>> kv.distance("king", "queen", metric="manhattan")
        2.0
        """
        score = self.similarity(w1, w2, metric)
        return 1 - score if metric == "cosine" else score

    def distances(
        self,
        word_or_vector: Key | VectorLike,
        other_words: Iterable[Key] | None = (),
        metric: str = "cosine",
    ) -> NDArray[np.float32]:
        """Return the distances from a key or vector to other keys, or to all, float32 (n,).

        >>> kv.distances("king", ["queen", "woman"])
        array([0.5, 1. ], dtype=float32)
        """
        others = [] if other_words is None else list(other_words)
        vectors = self.vectors_at(others) if others else self._vectors
        scores = search.scores(vectors, self.gather([word_or_vector]), metric)
        scores = search.bounded(scores, metric)[0]
        return 1 - scores if metric == "cosine" else scores

    def n_similarity(self, ws1: Asked, ws2: Asked, metric: str = "cosine") -> float:
        """Return the score of the means of two lists of keys, unknown words passed over.

        Raises ValueError when a list is empty or holds no known word (gensim: ZeroDivisionError,
        and 0).

        >>> round(kv.n_similarity(["king", "man"], ["queen", "woman"]), 3)
        0.333
        """
        means = []
        for name, keys in (("ws1", ws1), ("ws2", ws2)):
            if not any(key in self if self.is_key(key) else True for key in self.listed(keys)):
                raise ValueError(f"{name}={keys!r}: none of these is in the vocabulary")
            means.append(self.get_mean_vector(keys, pre_normalize=False))
        return compare(means[0], means[1], metric)

    def most_similar_to_given(
        self, key1: Key, keys_list: Sequence[SomeKey], metric: str = "cosine"
    ) -> SomeKey:
        """Return the one of `keys_list` that is nearest to `key1`, the first of equal ones.

        >>> kv.most_similar_to_given("king", ["apple", "woman", "queen"])
        'queen'
        """
        if not len(keys_list):
            raise ValueError("keys_list: it is empty, so none is nearest")
        distances = self.distances(key1, keys_list, metric)
        distances[np.isnan(distances)] = np.inf  # NaN in a vector, which is nobody's neighbour
        return keys_list[int(np.argmin(distances))]

    def closer_than(self, key1: Key, key2: Key, metric: str = "cosine") -> list[str]:
        """Return the words that are nearer to `key1` than `key2` is, in vocabulary order.

        >>> kv.closer_than("king", "woman")
        ['man', 'queen']
        """
        distances = self.distances(key1, metric=metric)
        limit = self.distances(key1, [key2], metric)
        closer: list[int] = np.flatnonzero(distances < limit).tolist()
        own = self.find(key1)
        return [self.words[row] for row in closer if row != own]

    def rank(self, key1: Key, key2: Key, metric: str = "cosine") -> int:
        """Return the place of `key2` among the neighbours of `key1`, 1 for the nearest.

        >>> kv.rank("king", "woman")
        3
        """
        return len(self.closer_than(key1, key2, metric)) + 1

    def relative_cosine_similarity(self, wa: Key, wb: Key, topn: int = 10) -> float:
        """Return the cosine of two words over the sum of those of the `topn` nearest to `wa`.

        Above 1 / topn they are more alike than most pairs (Leeuwenberg et al. 2016, equation 1,
        https://ufal.mff.cuni.cz/pbml/105/art-leeuwenberg-et-al.pdf).

        >>> kv.relative_cosine_similarity("king", "queen", topn=2)
        0.5
        """
        return self.similarity(wa, wb) / sum(cosine for _, cosine in self.similar_by_word(wa, topn))

    def rank_by_centrality(
        self, words: Iterable[SomeKey], use_norm: bool = True
    ) -> list[tuple[float, SomeKey]]:
        """Return (score, word), highest first: the product with the mean direction of all of them.

        With `use_norm` it is a cosine, else vectors count by their length. Unknown words are left
        out with a warning. Raises ValueError when no word is known.

        >>> [word for _, word in kv.rank_by_centrality(["apple", "queen", "king"])]
        ['king', 'queen', 'apple']
        """
        given: list[SomeKey] = self.listed(words)
        known = [word for word in given if word in self]
        if len(known) < len(given):
            missing = ", ".join(repr(word) for word in given if word not in self)
            warnings.warn(f"not in the vocabulary, so left out: {missing}", stacklevel=2)
        if not known:
            raise ValueError("words: none of these is in the vocabulary")
        vectors = self.gather(known)
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1)).tolist()
        if bad:
            raise ValueError(
                f"words: {known[bad[0]]!r} has a vector with NaN or infinite numbers; leave it out"
            )
        if use_norm:
            vectors = search.unit(vectors, np.float64)
        centre = self.get_mean_vector(list(vectors), post_normalize=True)
        scores = vectors @ centre
        if use_norm:
            scores = scores.clip(-1, 1)
        order = np.argsort(-scores, kind="stable")
        return [(float(scores[i]), known[i]) for i in order.tolist()]

    def doesnt_match(self, words: Iterable[SomeKey]) -> SomeKey:
        """Return the word that is farthest from the mean direction of all of them.

        >>> kv.doesnt_match(["king", "apple", "queen", "man"])
        'apple'
        """
        return self.rank_by_centrality(words)[-1][1]

    @staticmethod
    def cosine_similarities(vector_1: VectorLike, vectors_all: ArrayLike) -> NDArray[np.float32]:
        """Return the cosines of a vector, (D,), with others, (n, D); 0 for zeros (gensim: NaN).

        >>> kv.cosine_similarities([1, 0], [[2, 0], [0, 1]])
        array([1., 0.], dtype=float32)
        """
        scores = search.scores(np.asarray(vectors_all), np.asarray(vector_1)[np.newaxis])
        return search.bounded(scores)[0]

    def wmdistance(
        self, document1: Iterable[str], document2: Iterable[str], norm: bool = True
    ) -> float:
        """Return the Word Mover's Distance of two documents, lists of words (Kusner et al. 2015).

        Words outside the vocabulary are passed over; a document without others is infinitely far.
        With `norm` vectors are scaled to length 1. (gensim: infinite, too, where all words have the
        same vector; here that is 0.)

        Raises ImportError when neither POT nor SciPy is installed.
        """
        counts = [
            Counter(word for word in words if word in self) for words in (document1, document2)
        ]
        if not all(counts):
            return float("inf")
        supplies, demands = (np.array(list(count.values())) / count.total() for count in counts)
        vectors = [self.gather(list(count)) for count in counts]
        if norm:
            vectors = [search.unit(rows, np.float64) for rows in vectors]
        gaps = vectors[0][:, np.newaxis] - vectors[1]
        costs = np.sqrt(np.einsum("ijk,ijk->ij", gaps, gaps))
        return transport.transport_cost(supplies, demands, costs)

    def classes(self, n: int, exact: bool = False) -> NDArray[np.int64]:
        """Return the class, 0 to n - 1, of each word by k-means; see kmeans.classes.

        >>> kv.classes(2)
        array([0, 1, 0, 1, 0])
        """
        return kmeans.classes(self._vectors, n, exact)


def compare(first: np.ndarray, second: np.ndarray, metric: str) -> float:
    """Return the score of two vectors, (D,), in float64."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if search.check_metric(metric) == "cosine":
        # One root of both squares: a vector's cosine with itself is 1, not 1 but for rounding.
        size = np.sqrt((first @ first) * (second @ second))
        return float(np.clip(first @ second / size, -1, 1)) if size else 0.0
    gaps = np.abs(first - second)
    if metric == "euclidean":
        return float(np.sqrt(gaps @ gaps))
    return float(gaps.sum() if metric == "manhattan" else gaps.max(initial=0))
