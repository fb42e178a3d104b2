"""SubwordVectors: words with their vectors, and a vector for any other word that has n-grams.

What n-grams are, and how vectors are made of their rows, is formats/subwords.py's. V is the number
of words, D the dimensions, R that of rows of n-grams.
"""

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import formats
from ..formats.subwords import NgramRows, Parts, Spelling
from ..shared.checks import word_bytes
from ..shared.types import AnyPath, Floats, Key
from . import search
from .alignment import rotated
from .keyed import KeyedVectors, load


class SubwordVectors(KeyedVectors):
    """KeyedVectors that make vectors for unknown words, of their character n-grams, as fastText.

    A word may stand wherever KeyedVectors take one, known or not: its vector is the mean of its own
    row, if it is known, and of the rows of its n-grams, to the bit as fastText computes it. A word
    that is unknown and has no n-gram, such as "", is a KeyError. `in` says whether a word has a
    vector; `has_index_for` and key_to_index know the vocabulary alone, as in gensim, and so do
    neighbours: these are always known words.

    SubwordVectors(words, vectors, counts, own=..., ngrams=...) holds what it is given; without
    `vectors` these are made of the rows when they are first asked for. w2v.load makes them of
    fastText's files, whose rows stay where they are, and of those that `save` writes.

    Attributes
    ----------
    vectors : float32 (V, D), of the words: what is made of the rows, and what is asked. Writing
        into it changes answers about known words alone; adjust_vectors makes it anew.
    vectors_vocab : float32 (V, D), the own rows.
    ngrams : NgramRows: `rows` float32 (R, D), `buckets` uint32 (R,), or None for all of them.
    raw : the bytes of words, by row, whose spelling was repaired.

    >>> import numpy as np
    >>> import w2v
    >>> from w2v.formats.subwords import NgramRows, Subwords
    >>> own = np.array([[1, 2], [3, -4]], np.float32)
    >>> ngrams = NgramRows(Subwords(3, 3, 100), np.eye(100, 2, dtype=np.float32))
    >>> wv = w2v.SubwordVectors(["cat", "dog"], own=own, ngrams=ngrams, counts=[5, 4])
    >>> wv["cat"]
    array([0.25, 0.5 ], dtype=float32)
    >>> wv["cats"].shape, "cats" in wv, wv.has_index_for("cats"), "" in wv
    ((2,), True, False, False)
    """

    has_ngrams = True

    def __init__(
        self,
        words: Any = None,
        vectors: Any = None,
        counts: ArrayLike | None = None,
        *,
        own: NDArray[np.float32] | None = None,
        ngrams: NgramRows | None = None,
        raw: Mapping[int, bytes] | None = None,
        is_composed: bool = True,
        shared: bool = True,
        **options: Any,
    ):
        rows: Any = own if vectors is None else vectors
        super().__init__(words, rows, counts, shared=shared, **options)
        self.vectors_vocab: NDArray[np.float32] = self._vectors if own is None else own
        self.ngrams = NgramRows.none(self._vectors.shape[1]) if ngrams is None else ngrams
        self.raw = dict(raw or {})
        shapes = self.vectors_vocab.shape, self.ngrams.rows.shape[1:]
        if shapes != (self._vectors.shape, self._vectors.shape[1:]):
            raise ValueError(
                f"own, ngrams: rows of shape {shapes[0]} and {self.ngrams.rows.shape} for "
                f"{len(self)} words of {self._vectors.shape[1]} dimensions"
            )
        if own is not None and (vectors is None or not is_composed):
            del self._vectors  # to be made when asked for

    @cached_property
    def _vectors(self) -> Floats:  # type: ignore[override]
        vectors = self.parts.composed(self.words)
        self.room, self.packed, self.shared = (vectors, vectors), None, False
        return vectors

    @property
    def is_composed(self) -> bool:
        """Whether `vectors` are made; till then few words are looked up without making all.

        >>> w2v.SubwordVectors(["cat"], own=own[:1], ngrams=ngrams).is_composed
        False
        """
        return "_vectors" in self.__dict__

    @property
    def parts(self) -> Parts:
        """What the vectors are made of."""
        return Parts(self.vectors_vocab, self.ngrams, self.raw)

    @property
    def vector_size(self) -> int:
        return int(self.vectors_vocab.shape[1])

    @property
    def min_n(self) -> int:
        return self.ngrams.subwords.min_n

    @property
    def max_n(self) -> int:
        return self.ngrams.subwords.max_n

    @property
    def bucket(self) -> int:
        return self.ngrams.subwords.bucket

    @property
    def vectors_ngrams(self) -> NDArray[np.float32]:
        """The rows of all buckets, float32 (bucket, D), gensim's name; to be read only.

        A copy, which may be far larger than ngrams.rows, where not all buckets have rows.

        >>> wv.vectors_ngrams.shape
        (100, 2)
        """
        view = self.ngrams.full().view()
        view.flags.writeable = False
        return view

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: {len(self):,} words x {self.vector_size} dimensions, n-grams "
            f"of {self.min_n} to {self.max_n} characters in {self.bucket:,} buckets>"
        )

    # Look-up

    def __contains__(self, key: Key) -> bool:
        return self.find(key) >= 0 or (
            is_spelled(key) and bool(self.ngrams.mean(None, self.spelling(key))[1])
        )

    def spelling(self, key: Key) -> bytes:
        """Return the bytes of a word, known or not, as the file has them.

        >>> wv.spelling("cat")
        b'cat'
        """
        row = self.find(key)
        if row in self.raw:
            return self.raw[row]
        word: Any = self.words[row] if row >= 0 else key
        return word_bytes(word)

    def counted(self, keys: list[Any]) -> NDArray[np.int64]:
        """Return how many n-grams each of these has that count, int64 (n,); 0 for no words."""
        out = np.zeros(len(keys), np.int64)
        asked = [i for i, key in enumerate(keys) if is_spelled(key)]
        if asked and self.ngrams.subwords:
            out[asked] = self.ngrams.counted(Spelling.of([word_bytes(keys[i]) for i in asked]))
        return out

    def subwords_of(self, key: Key) -> list[str]:
        """Return the n-grams of a word, known or not, in the order in which they are added.

        >>> wv.subwords_of("cat")
        ['<ca', 'cat', 'at>']
        """
        if not self.ngrams.subwords:
            return []
        found = self.ngrams.subwords.strings(self.spelling(key))
        return [ngram.decode("utf-8", "surrogateescape") for ngram in found]

    def get_vector(self, key: Key, norm: bool = False) -> Floats:
        """Return a word's vector, float (D,), read-only; with `norm` a copy of length 1.

        >>> wv.get_vector("dog")
        array([ 0.75, -1.  ], dtype=float32)
        """
        if self.is_composed and self.find(key) >= 0:
            return super().get_vector(key, norm)
        row = self.find(key)
        if row < 0 and not is_spelled(key):
            raise self.missing(key)
        own = None if row < 0 else self.vectors_vocab[row]
        vector: Floats
        vector, n = self.ngrams.mean(own, self.spelling(key))
        if row < 0 and not n:
            raise self.missing(key)
        if self.is_composed:
            vector = vector.astype(self._vectors.dtype, copy=False)
        if norm:
            return search.unit(vector[np.newaxis], vector.dtype)[0]
        vector.flags.writeable = False
        return vector

    def found(self, keys: Any) -> tuple[NDArray[np.bool_], Floats]:
        given = keys if isinstance(keys, np.ndarray) else list(keys)
        rows = self.places(given)
        known = rows >= 0
        has = known.copy()
        dtype = self._vectors.dtype if self.is_composed else np.dtype(np.float32)
        out: Floats = np.zeros((len(rows), self.vector_size), dtype)
        if self.is_composed:
            out[known] = self._vectors[rows[known]]
        elif known.any():
            spelled = Spelling.of([self.spelling(int(row)) for row in rows[known]])
            out[known] = self.ngrams.means(self.vectors_vocab[rows[known]], spelled)
        unknown = np.flatnonzero(~known)
        asked = unknown[self.counted([given[i] for i in unknown.tolist()]) > 0]
        if len(asked):
            spelled = Spelling.of([word_bytes(str(given[i])) for i in asked.tolist()])
            out[asked] = self.ngrams.means(None, spelled)
        has[asked] = True
        return has, out[has]

    def missing(self, key: Key) -> KeyError:
        if not isinstance(key, str) or not self.ngrams.subwords:
            return self.unknown(key)
        return KeyError(
            f"the word {key!r} is not in the vocabulary and has no n-grams of {self.min_n} to "
            f"{self.max_n} characters that a vector could be made of"
        )

    def get_sentence_vector(self, words: Iterable[Key]) -> NDArray[np.float32]:
        """Return the mean of the unit vectors of a sentence's words, float32 (D,), as fastText.

        Words whose vector is zeros, or that have none, are passed over; zeros where none is left.

        >>> wv.get_sentence_vector(["dog", "dog", ""])
        array([ 0.6, -0.8], dtype=float32)
        """
        _, vectors = self.found(words)
        vectors = vectors.astype(np.float32)
        # Sums in float32, number by number, as fastText has them.
        squares = np.add.accumulate(vectors * vectors, axis=1)[:, -1:]
        lengths = np.sqrt(squares)
        used = (lengths > 0)[:, 0]
        if not used.any():
            return np.zeros(self.vector_size, np.float32)
        units = vectors[used] * (1.0 / lengths[used].astype(np.float64)).astype(np.float32)
        total = np.add.accumulate(units, axis=0)[-1]
        return np.asarray(total * np.float32(1.0 / used.sum()), np.float32)

    def vectors_for_all(
        self, keys: Iterable[Key], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> KeyedVectors:
        """Return the vectors of `keys`, each once, unknown words too with `allow_inference`.

        `copy_vecattrs` copies attributes, which are 0 for unknown words.

        >>> wv.vectors_for_all(["dog", "cats", ""]).index_to_key
        ['dog', 'cats']
        """
        given = list(dict.fromkeys(keys))
        has, vectors = self.found(given)
        rows = self.places(given)
        if not allow_inference:
            vectors, has = vectors[rows[has] >= 0], rows >= 0
        chosen = np.flatnonzero(has).tolist()
        words = [self.words[rows[i]] if rows[i] >= 0 else given[i] for i in chosen]
        out = KeyedVectors(words, vectors, shared=False)
        if copy_vecattrs:
            places = rows[chosen]
            for name, values in self.expandos.items():
                out.expandos[name] = np.zeros(len(words), values.dtype)
                out.expandos[name][places >= 0] = values[places[places >= 0]]
        return out

    # Changes

    def adjust_vectors(self) -> None:
        """Make `vectors` anew of vectors_vocab and the rows of n-grams, as these are now.

        >>> wv.vectors_vocab[0] = 4
        >>> wv.adjust_vectors()
        >>> wv["cat"]
        array([1., 1.], dtype=float32)
        """
        self.__dict__.pop("_vectors", None)
        self.__dict__.pop("norms", None)
        self.packed, self.rows_read = None, 0

    def keep_used_ngrams(self) -> None:
        """Forget the rows of n-grams that no word of the vocabulary has.

        These are as the training began, zeros or random numbers, and count as zeros from then on;
        files become far smaller. Vectors of unknown words change where they were not zeros.

        >>> wv.keep_used_ngrams()
        >>> wv.ngrams.rows.shape
        (6, 2)
        """
        self.ngrams = self.ngrams.used(self.parts.spelled(self.words))

    def open_for_writing(self, V: int) -> None:
        super().open_for_writing(V)
        if len(self.vectors_vocab) != V:
            own = np.zeros((V, self.vector_size), np.float32)
            n = min(V, len(self.vectors_vocab))
            own[:n] = self.vectors_vocab[:n]
            self.vectors_vocab = own

    def changed(self, rows: NDArray[np.int64]) -> None:
        """Give own rows what makes the vectors in these rows, but for rounding, their means."""
        spelled = Spelling.of([self.spelling(int(row)) for row in rows])
        n = self.ngrams.counted(spelled)[:, np.newaxis]
        sums = self.ngrams.means(None, spelled).astype(np.float64) * n
        if not self.vectors_vocab.flags.writeable:
            self.vectors_vocab = self.vectors_vocab.copy()
        self.vectors_vocab[rows] = self._vectors[rows] * (n + 1.0) - sums

    def sort_by_descending_frequency(self) -> None:
        """Sort the words by falling count; see KeyedVectors.

        >>> wv.sort_by_descending_frequency()
        >>> wv.words[0]
        'cat'
        """
        order = None if self.counts is None else np.argsort(-self.counts, kind="stable")
        super().sort_by_descending_frequency()
        self.vectors_vocab = self.vectors_vocab[order]
        places = enumerate([] if order is None else order.tolist())
        self.raw = {i: self.raw[row] for i, row in places if row in self.raw}

    @classmethod
    def load(cls, path: AnyPath, mmap: str | None = "c") -> "SubwordVectors":
        """Open a file that has rows of n-grams, of any kind that w2v.load knows.

        Raises FileNotFoundError; ValueError naming what is wrong with it, or that it has none.

        >>> wv.save("vectors.w2v")
        >>> w2v.SubwordVectors.load("vectors.w2v")["cats"].shape
        (2,)
        """
        found = load(path, mmap=mmap)
        if not isinstance(found, cls):
            raise ValueError(
                f"{os.fspath(path)!r}: it has no rows of n-grams; w2v.load opens its vectors"
            )
        return found

    def save_fasttext_format(self, path: AnyPath) -> None:
        """Write a .bin file of fastText, with zeros for n-grams without rows and for outputs.

        Raises ValueError naming a word that holds NUL; OSError naming the path.

        >>> wv.save_fasttext_format("vectors.bin")
        >>> w2v.load("vectors.bin")["cats"].tolist() == wv["cats"].tolist()
        True
        """
        formats.write(path, self.words, self._vectors, self.counts, to="fasttext", parts=self.parts)

    def turned(self, turn: NDArray[np.float64]) -> "SubwordVectors":
        rows = rotated(self.ngrams.rows, turn).astype(np.float32, copy=False)
        own = rotated(self.vectors_vocab, turn).astype(np.float32, copy=False)
        vectors = rotated(self._vectors, turn)
        ngrams = self.ngrams.with_rows(rows)
        return type(self)(self.words, vectors, own=own, ngrams=ngrams, raw=self.raw, shared=False)


KeyedVectors.of_ngrams = SubwordVectors


def is_spelled(key: object) -> bool:
    """Whether a key is a word, and one that has bytes."""
    try:
        return isinstance(key, str) and word_bytes(key) is not None
    except ValueError:
        return False
