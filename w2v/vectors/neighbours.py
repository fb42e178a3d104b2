"""Neighbours: the words nearest to words, and what is searched for them.

V is the number of words, D the dimensions.
"""

import numbers
from collections.abc import Collection
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..shared.checks import check_number
from ..shared.types import Asked, Chosen, Found, Key, Queries, VectorLike
from . import search
from .store import Store

# Single questions over all rows that cost about as much as making the 8-bit copy does.
PACK_AFTER = 16


class Neighbours(Store):
    """Words, their vectors, and the questions that are answered by a search; see KeyedVectors."""

    def get_mean_vector(
        self,
        keys: Asked,
        weights: ArrayLike | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> NDArray[np.float32]:
        """Return the weighted mean of vectors, float32 (D,): the sum over the weights' sizes.

        Parameters
        ----------
        keys : words, rows or vectors (D,).
        weights : float (n,); None: all 1.
        pre_normalize : scale the vectors of words and rows to length 1 first; vectors given as such
            are taken as they are.
        post_normalize : scale the mean to length 1.
        ignore_missing : pass over unknown keys, with their weights; else they are a KeyError.

        >>> kv.get_mean_vector(["king", "queen"])
        array([0.5, 0.5, 0. , 0.5], dtype=float32)
        """
        items = self.listed(keys)
        weights = np.ones(len(items)) if weights is None else np.asarray(weights, np.float64)
        if not items:
            raise ValueError("keys: no words given, so there is no mean")
        if weights.shape != (len(items),):
            raise ValueError(f"weights: shape {weights.shape} does not fit {len(items)} keys")
        if ignore_missing:
            known = [item in self if self.is_key(item) else True for item in items]
            items = [item for item, is_known in zip(items, known, strict=True) if is_known]
            weights = weights[known]
        if not items:
            return np.zeros(self.vector_size, np.float32)
        vectors = self.gather(items)
        if pre_normalize:
            named = [self.is_key(item) for item in items]
            vectors[named] = search.unit(vectors[named], np.float64)
        mean = weights @ vectors / (np.abs(weights).sum() or 1)
        return search.unit(mean[np.newaxis])[0] if post_normalize else mean.astype(np.float32)

    def listed(self, items: Any) -> list[Any]:
        """Return one query item, or a list of them, as a list."""
        if items is None:
            return []
        if self.is_key(items):
            return [items]
        if isinstance(items, np.ndarray) and items.ndim == 1 and items.dtype.kind == "f":
            return [items]
        if isinstance(items, tuple) and len(items) == 2 and not isinstance(items[1], str):
            # (3, 0.5) is a row with its weight, (3, 4) two rows.
            are_rows = all(isinstance(item, numbers.Integral) for item in items)
            return [items] if isinstance(items[1], numbers.Real) and not are_rows else list(items)
        return list(items)

    def is_weighted(self, item: Any) -> bool:
        """Whether an item is a pair (key or vector, weight); a tuple may be a key itself."""
        if not isinstance(item, tuple) or self.key_type is not tuple:
            return isinstance(item, tuple)
        return item not in self and len(item) == 2 and not isinstance(item[0], numbers.Real)

    def gather(self, items: list[Any]) -> NDArray[np.float64]:
        """Return the vectors of keys, or vectors themselves, float64 (n, D)."""
        out = np.empty((len(items), self.vector_size))
        for i, item in enumerate(items):
            if self.is_key(item):
                out[i] = self.get_vector(item)
                continue
            vector = np.asarray(item)
            if vector.shape != out[i].shape:
                raise ValueError(
                    f"a word, its row or a vector of shape {out[i].shape} is expected, not "
                    f"{type(item).__name__} of shape {vector.shape}"
                )
            out[i] = vector
        return out

    @overload
    def most_similar(
        self, positive: Asked | None = None, negative: Asked | None = None, topn: int = 10,
        clip_start: int = 0, clip_end: int | None = None, restrict_vocab: int | None = None,
        indexer: Any = None, *, metric: str = "cosine", allowed: Chosen | None = None,
        banned: Chosen | None = None,
    ) -> Found: ...  # fmt: skip
    @overload
    def most_similar(
        self, positive: Asked | None = None, negative: Asked | None = None, *, topn: None,
        clip_start: int = 0, clip_end: int | None = None, restrict_vocab: int | None = None,
        metric: str = "cosine",
    ) -> NDArray[np.float32]: ...  # fmt: skip
    def most_similar(
        self, positive: Asked | None = None, negative: Asked | None = None, topn: int | None = 10,
        clip_start: int = 0, clip_end: int | None = None, restrict_vocab: int | None = None,
        indexer: Any = None, *, metric: str = "cosine", allowed: Chosen | None = None,
        banned: Chosen | None = None,
    ) -> Found | NDArray[np.float32]:  # fmt: skip
        """Return the words nearest to the mean of `positive` less `negative`.

        Parameters
        ----------
        positive, negative : a key, a vector (D,), a pair (key or vector, weight), or a list of
            them; to ask about many at once see `neighbours`. Weights are 1 and -1 unless given; as
            in gensim a weight given in `negative` is used as it stands, sign and all. For the
            cosine the vectors of words are scaled to length 1 before they are weighted (3CosAdd:
            Mikolov, Yih, Zweig 2013, https://aclanthology.org/N13-1090), given ones taken as they
            are.
        topn : how many; None returns the scores of all words searched, float32 (V,).
        clip_start, clip_end : search these rows only, as in a slice.
        restrict_vocab : search so many rows from the first; overrides the two before.
        indexer : an approximate index with most_similar(vector, topn), as gensim's for Annoy.
        metric, allowed, banned : see the class.

        Returns a list of (word, score), nearest first. The words asked about are left out.

        >>> kv.most_similar("king", topn=2)
        [('man', 0.5), ('queen', 0.5)]
        >>> kv.most_similar("king", topn=1, metric="euclidean", banned=["man"])
        [('queen', 2.0)]
        >>> kv.most_similar("king", topn=None)[2:4]
        array([1. , 0.5], dtype=float32)
        """
        query, asked = self.query(positive, negative, metric)
        check_number("clip_start", clip_start, int)
        stop = len(self) if clip_end is None else check_number("clip_end", clip_end, int)
        start, stop, _ = slice(clip_start, stop or None).indices(len(self))
        if restrict_vocab:
            start, stop = 0, first_rows(restrict_vocab, len(self))
        stop = max(start, stop)
        mask = self.mask(allowed, banned)
        if topn is None:
            if mask is not None:
                raise ValueError("topn=None scores all words: allowed and banned do not go with it")
            scores = search.scores(self._vectors[start:stop], query[np.newaxis], metric)
            return search.bounded(scores, metric)[0]
        n: int = check_number("topn", topn, int)
        if n <= 0:
            return []
        if indexer is not None:
            if metric != "cosine" or mask is not None:
                raise ValueError(
                    "indexer: metric, allowed and banned do not reach it; leave one out"
                )
            found = indexer.most_similar(query, n + len(asked))
            without = {self.words[row] for row in asked}
            return [pair for pair in found if pair[0] not in without][:n]
        rows, scores = search.nearest(
            self._vectors, query[np.newaxis], n + len(asked), metric, start=start, stop=stop,
            allowed=mask, panels=self.panels(stop - start, metric),
        )  # fmt: skip
        pairs = self.pairs(rows[0], search.bounded(scores, metric)[0], asked)
        return pairs[:n]

    def pairs(self, rows: np.ndarray, scores: np.ndarray, without: Collection[int] = ()) -> Found:
        """Return (word, score) of rows, leaving out some rows and places that are empty."""
        words, places = self.words, list[int](rows.tolist())
        return [
            (words[row], score)
            for row, score in zip(places, scores.tolist(), strict=True)
            if row >= 0 and row not in without
        ]

    def query(
        self, positive: Asked | None, negative: Asked | None, metric: str = "cosine"
    ) -> tuple[np.ndarray, list[int]]:
        """Return the vector of a query, float (D,), and the rows of the words in it.

        By distance the weights are scaled to add up to 1 where their sum is above 0: the mean of
        some words, or king - man + woman, is then a point among them.
        """
        search.check_metric(metric)
        items: list[Any] = []
        weights: list[Any] = []
        for given, weight in ((self.listed(positive), 1.0), (self.listed(negative), -1.0)):
            for item in given:
                pair = item if self.is_weighted(item) else (item, weight)
                if len(pair) != 2 or not isinstance(pair[1], numbers.Real):
                    raise ValueError(f"{item!r}: (word or vector, weight) is expected")
                items.append(pair[0])
                weights.append(pair[1])
        if not items:
            raise ValueError("most_similar: no words given; pass positive=['word']")
        if metric == "cosine":
            point = self.get_mean_vector(items, weights, True, True, ignore_missing=False)
        else:
            total = sum(weights)
            point = weights @ self.gather(items) / (total if total > 0 else 1)
        keys = (item for item in items if self.is_key(item))
        # Unknown words that have vectors are no rows, so none of them is left out.
        return point, [row for row in map(self.find, keys) if row >= 0]

    def mask(self, allowed: Chosen | None, banned: Chosen | None) -> NDArray[np.bool_] | None:
        """Return which words may be answers, bool (V,), or None where all may."""
        if allowed is None and banned is None:
            return None
        out = np.ones(len(self), bool)
        if allowed is not None:
            out[:] = self.chosen(allowed, "allowed")
        if banned is not None:
            out &= ~self.chosen(banned, "banned")
        return out

    def chosen(self, keys: Chosen, argument: str) -> NDArray[np.bool_]:
        """Return bool (V,) from keys or from such an array."""
        if isinstance(keys, np.ndarray) and keys.dtype == bool:
            if keys.shape != (len(self),):
                raise ValueError(f"{argument}: shape {keys.shape} does not fit {len(self)} words")
            return keys
        out = np.zeros(len(self), bool)
        # An unknown word cannot be an answer, so to ban it is no mistake.
        found = (key for key in self.listed(keys) if argument == "allowed" or self.find(key) >= 0)
        out[self.rows_of(found)] = True
        return out

    @overload
    def neighbours(
        self, queries: Queries, topn: int = 10, metric: str = "cosine", *,
        allowed: Chosen | None = None, banned: Chosen | None = None,
        restrict_vocab: int | None = None, arrays: Literal[False] = False,
    ) -> list[Found]: ...  # fmt: skip
    @overload
    def neighbours(
        self, queries: Queries, topn: int = 10, metric: str = "cosine", *,
        allowed: Chosen | None = None, banned: Chosen | None = None,
        restrict_vocab: int | None = None, arrays: Literal[True],
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]: ...  # fmt: skip
    def neighbours(
        self, queries: Queries, topn: int = 10, metric: str = "cosine", *,
        allowed: Chosen | None = None, banned: Chosen | None = None,
        restrict_vocab: int | None = None, arrays: bool = False,
    ) -> list[Found] | tuple[NDArray[np.int64], NDArray[np.float32]]:  # fmt: skip
        """Return the words nearest to each of many words or vectors; one pass answers them all.

        Parameters
        ----------
        queries : a list of keys and vectors (D,), or an array of vectors (n, D). A word is not its
            own neighbour. Repeats are fine.
        topn : how many for each.
        restrict_vocab : search so many rows from the first.
        metric, allowed, banned : see the class.
        arrays : return rows int64 (n, k) and scores float32 (n, k) instead, k at most `topn`; row
            -1 where there are too few.

        Returns for each query a list of (word, score), nearest first.

        >>> kv.neighbours(["king", "woman"], topn=1)
        [[('man', 0.5)], [('man', 0.5)]]
        >>> rows, scores = kv.neighbours(["king", "woman"], topn=1, arrays=True)
        >>> rows.tolist()
        [[0], [0]]
        """
        own, vectors = self.query_rows(queries)
        topn = max(check_number("topn", topn, int), 0)
        stop = first_rows(restrict_vocab, len(self))
        alone = stop if len(vectors) == 1 else 0
        rows, scores = search.nearest(
            self._vectors, vectors, topn + 1, metric, stop=stop,
            allowed=self.mask(allowed, banned), panels=self.panels(alone, metric),
        )  # fmt: skip
        # Its own row goes behind all others, which keep their order, and falls off.
        order = np.argsort(rows == own[:, np.newaxis], axis=1, kind="stable")
        rows, scores = np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)
        rows[rows == own[:, np.newaxis]] = -1
        search.bounded(scores, metric)
        scores[rows == -1] = -np.inf if metric == "cosine" else np.inf
        rows, scores = rows[:, :topn], scores[:, :topn]
        if arrays:
            return rows, scores
        return [self.pairs(*found) for found in zip(rows, scores, strict=True)]

    def query_rows(self, queries: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return each query's own row, int (n,), or -2 for a vector, and its vector, (n, D)."""
        if self.is_key(queries):
            raise TypeError(f"queries={queries!r}: a list is expected; for one see most_similar")
        if isinstance(queries, np.ndarray) and queries.dtype.kind == "f":
            if queries.ndim != 2 or queries.shape[1] != self.vector_size:
                expected = f"(n, {self.vector_size})"
                raise ValueError(f"queries: shape {queries.shape} where {expected} is expected")
            return np.full(len(queries), -2), queries
        items = list(queries)
        own = np.array([self.find(item) if self.is_key(item) else -2 for item in items], np.int64)
        own[own < 0] = -2  # unknown words, too, of which `gather` knows those that have vectors
        if (own < 0).any() or not items:
            return own, self.gather(items)
        return own, self._vectors[own]

    def prepare(self) -> int:
        """Keep a copy of the vectors in 8-bit numbers, so that one query reads a quarter as much.

        It takes a little more than V x D bytes and answers exactly as before, by cosine several
        times as fast. `vectors` becomes read-only, since the copy would go out of date; methods
        that change vectors drop the copy. On processors without instructions for 8-bit numbers
        (AVX-512 VNNI or AVX-VNNI) nothing is kept, as nothing would become faster.

        Returns how many bytes the copy takes.

        >>> n_bytes = kv.prepare()
        >>> kv.vectors.flags.writeable and n_bytes > 0
        False
        """
        panels = search.pack(self._vectors)
        if panels is None:
            return 0
        was_writeable = bool(self._vectors.flags.writeable)
        self._vectors.flags.writeable = False
        self.packed = self._vectors, panels, was_writeable
        return panels.nbytes

    def panels(self, n_rows: int, metric: str) -> NDArray[np.int32] | None:
        """Return the vectors in 8-bit numbers, if there are any and they are not out of date.

        Makes them when single queries, of which one over `n_rows` rows comes now (0: many at
        once), have read as many rows as pays for that.
        """
        if self.packed is not None:
            vectors, _, prepared = self.packed
            frozen = prepared is not None and not vectors.flags.writeable
            if vectors is not self._vectors or (self.shared and not frozen):
                self.packed = None
        if self.packed is None and metric == "cosine" and not self.shared:
            self.rows_read += n_rows
            if self.rows_read >= PACK_AFTER * len(self):
                self.packed = self._vectors, search.pack(self._vectors), None
        return None if self.packed is None else self.packed[1]

    @overload
    def similar_by_key(
        self, key: Key, topn: int = 10, restrict_vocab: int | None = None, *,
        metric: str = "cosine", allowed: Chosen | None = None, banned: Chosen | None = None,
    ) -> Found: ...  # fmt: skip
    @overload
    def similar_by_key(
        self, key: Key, topn: None, restrict_vocab: int | None = None, *,
        metric: str = "cosine",
    ) -> NDArray[np.float32]: ...  # fmt: skip
    def similar_by_key(
        self, key: Key, topn: int | None = 10, restrict_vocab: int | None = None, *,
        metric: str = "cosine", allowed: Chosen | None = None, banned: Chosen | None = None,
    ) -> Found | NDArray[np.float32]:  # fmt: skip
        """Return the words nearest to a key; see most_similar.

        >>> kv.similar_by_key(2, topn=1)  # row 2, the king
        [('man', 0.5)]
        """
        return self.similar_by(key, topn, restrict_vocab, metric, allowed, banned)

    @overload
    def similar_by_word(
        self, word: Key, topn: int = 10, restrict_vocab: int | None = None, *,
        metric: str = "cosine", allowed: Chosen | None = None, banned: Chosen | None = None,
    ) -> Found: ...  # fmt: skip
    @overload
    def similar_by_word(
        self, word: Key, topn: None, restrict_vocab: int | None = None, *,
        metric: str = "cosine",
    ) -> NDArray[np.float32]: ...  # fmt: skip
    def similar_by_word(
        self, word: Key, topn: int | None = 10, restrict_vocab: int | None = None, *,
        metric: str = "cosine", allowed: Chosen | None = None, banned: Chosen | None = None,
    ) -> Found | NDArray[np.float32]:  # fmt: skip
        """Return the words nearest to `word`; see most_similar.

        >>> kv.similar_by_word("king", topn=1, allowed=["queen", "apple"])
        [('queen', 0.5)]
        """
        return self.similar_by(word, topn, restrict_vocab, metric, allowed, banned)

    @overload
    def similar_by_vector(
        self, vector: Key | VectorLike, topn: int = 10, restrict_vocab: int | None = None, *,
        metric: str = "cosine", allowed: Chosen | None = None, banned: Chosen | None = None,
    ) -> Found: ...  # fmt: skip
    @overload
    def similar_by_vector(
        self, vector: Key | VectorLike, topn: None, restrict_vocab: int | None = None, *,
        metric: str = "cosine",
    ) -> NDArray[np.float32]: ...  # fmt: skip
    def similar_by_vector(
        self, vector: Key | VectorLike, topn: int | None = 10, restrict_vocab: int | None = None, *,
        metric: str = "cosine", allowed: Chosen | None = None, banned: Chosen | None = None,
    ) -> Found | NDArray[np.float32]:  # fmt: skip
        """Return the words nearest to `vector`, float (D,); see most_similar.

        >>> kv.similar_by_vector([1, 1, 1, 1], topn=1)
        [('king', 1.0)]
        """
        item = vector if self.is_key(vector) else np.asarray(vector)
        return self.similar_by(item, topn, restrict_vocab, metric, allowed, banned)

    def similar_by(
        self, item: Any, topn: Any, restrict_vocab: int | None, metric: str,
        allowed: Chosen | None, banned: Chosen | None,
    ) -> Any:  # fmt: skip
        return self.most_similar(
            [item], topn=topn, restrict_vocab=restrict_vocab, metric=metric, allowed=allowed,
            banned=banned,
        )  # fmt: skip

    @overload
    def most_similar_cosmul(
        self, positive: Asked | None = None, negative: Asked | None = None, topn: int = 10,
        restrict_vocab: int | None = None, *, allowed: Chosen | None = None,
        banned: Chosen | None = None,
    ) -> Found: ...  # fmt: skip
    @overload
    def most_similar_cosmul(
        self, positive: Asked | None = None, negative: Asked | None = None, *, topn: None,
        restrict_vocab: int | None = None,
    ) -> NDArray[np.float32]: ...  # fmt: skip
    def most_similar_cosmul(
        self, positive: Asked | None = None, negative: Asked | None = None, topn: int | None = 10,
        restrict_vocab: int | None = None, *, allowed: Chosen | None = None,
        banned: Chosen | None = None,
    ) -> Found | NDArray[np.float32]:  # fmt: skip
        """Return the words that are near to each of `positive` and far from each of `negative`.

        The score is the product of the shifted cosines (1 + cos) / 2 of the former over that of the
        latter plus 1e-6 (3CosMul: Levy and Goldberg 2014, https://aclanthology.org/W14-1618).
        Arguments and results are those of most_similar, without weights. (gensim reads
        `restrict_vocab` here but searches all words, and does not scale vectors given as such.)

        >>> found = kv.most_similar_cosmul(positive=["king", "woman"], negative=["man"], topn=1)
        >>> [(word, round(score, 3)) for word, score in found]
        [('queen', 1.125)]
        """
        given = self.listed(positive), self.listed(negative)
        for item in given[0] + given[1]:
            if self.is_weighted(item):
                raise ValueError(f"{item!r}: a weight has no meaning in 3CosMul; leave it out")
        if not given[0]:
            raise ValueError("most_similar_cosmul: no words given; pass positive=['word']")
        _, asked = self.query(*given)
        vectors = self._vectors[: first_rows(restrict_vocab, len(self))]
        cosines = search.scores(vectors, self.gather(given[0] + given[1]))
        shifted = (1 + search.bounded(cosines)) / 2
        products: NDArray[np.float32] = shifted[: len(given[0])].prod(axis=0, dtype=np.float32)
        products /= shifted[len(given[0]) :].prod(axis=0) + np.float32(1e-6) if given[1] else 1
        mask = self.mask(allowed, banned)
        if topn is None:
            if mask is not None:
                raise ValueError("topn=None scores all words: allowed and banned do not go with it")
            return products
        if mask is not None:
            products[~mask[: len(products)]] = -np.inf
        products[np.isnan(products)] = -np.inf  # NaN in a row, which is nobody's neighbour
        found = search.best(products, check_number("topn", topn, int), asked)
        found = found[products[found] > -np.inf]
        return self.pairs(found, products[found])


def first_rows(restrict_vocab: int | None, V: int) -> int:
    """Return how many first rows of V are searched: `restrict_vocab`, or all for None or 0."""
    if restrict_vocab is None:
        return V
    n: int = check_number("restrict_vocab", restrict_vocab, int, 0)
    return min(n or V, V)
