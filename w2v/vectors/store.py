"""Store: words with their vectors, and with attributes, growing and changing.

Owns the arrays of a KeyedVectors and keeps them of one length. Its keys are in keys.py, what is
asked of it is in neighbours.py, comparisons.py and keyed.py. V is the number of words, D the
dimensions.
"""

import numbers
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..formats.ids import as_keys
from ..formats.subwords import Parts
from ..shared.checks import MAX_DIMENSIONS, check_floats, check_number, check_pickled, float_dtype
from ..shared.html import table
from ..shared.types import Floats, Key, VectorLike
from . import search
from .keys import Keys, several


class Store(Keys):
    """Words and their vectors; see KeyedVectors, which adds the questions."""

    has_ngrams = False  # whether unknown words may have vectors; see SubwordVectors

    @property
    def parts(self) -> Parts | None:
        """What the vectors are made of, where words have n-grams."""
        return None

    @overload
    def __init__(
        self,
        words: Iterable[Any],
        vectors: ArrayLike,
        counts: ArrayLike | None = None,
        *,
        shared: bool = True,
    ): ...
    @overload
    def __init__(self, vector_size: int, /, count: int = 0, dtype: DTypeLike = np.float32): ...
    @overload
    def __init__(self, *, vector_size: int, count: int = 0, dtype: DTypeLike = np.float32): ...
    # By the names of both forms, which checkers cannot see.
    def __init__(  # type: ignore[misc]
        self, words: Any = None, vectors: Any = None, counts: Any = None, *,
        vector_size: Any = None, count: int = 0, dtype: DTypeLike = np.float32,
        shared: bool = True,
    ):  # fmt: skip
        room = None
        if isinstance(words, numbers.Real):  # gensim's form, its arguments in its order
            vector_size, words = words, None
            count, vectors = count if vectors is None else vectors, None
            dtype, counts = dtype if counts is None else counts, None
        if words is None:
            if vector_size is None:
                raise ValueError(
                    "vector_size=None: KeyedVectors takes words and vectors, or how many "
                    "dimensions, 1 or more, there will be"
                )
            vector_size = check_number("vector_size", vector_size, int, 1, MAX_DIMENSIONS)
            count = check_number("count", count, int, 0, 2**31 - 1)
            room = np.empty((count, vector_size), float_dtype("dtype", dtype))
            words, vectors, shared = [], room[:0], False
        self.words: Sequence[Any] = as_keys(words)
        self._vectors: Floats = check_floats("vectors", vectors)
        self.shared = shared  # whether somebody else can write into the vectors
        self.expandos: dict[str, NDArray[Any]] = {}
        self._locks: NDArray[np.float32] | None = None  # see vectors_lockf
        self.counts = counts
        # An array, and which `vectors` are its first rows; see open_for_writing.
        self.room = self._vectors if room is None else room, self._vectors
        # The vectors, their 8-bit copy and, if `prepare` made it, whether they were writeable.
        self.packed: tuple[Floats, NDArray[np.int32] | None, bool | None] | None = None
        self.rows_read = 0  # see panels
        shape = self._vectors.shape
        if len(shape) != 2 or shape[0] != len(self.words) or not 1 <= shape[1] <= MAX_DIMENSIONS:
            raise ValueError(
                f"vectors: shape {shape} does not fit {len(self.words)} words; (words, dimensions) "
                f"is expected, with 1 to {MAX_DIMENSIONS:,} dimensions"
            )

    def __copy__(self) -> "Store":
        """Return what shares the arrays, so that either may write where the other reads.

        Words and attributes are lists and dicts of its own: adding to one leaves the other alone.
        """
        self.shared = True
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.__dict__.pop("key_to_index", None)  # made anew from the words
        if isinstance(self.words, list):
            made.words = list(self.words)
        made.expandos = dict(self.expandos)
        made._locks = None if self._locks is None else self._locks.copy()
        return made

    def __setstate__(self, state: dict[str, Any]) -> None:
        check_pickled(self, state, "words")
        self.__dict__.update(state)

    # Look-up

    @property
    def vectors(self) -> Floats:
        """float (V, D), to read and to write; `frozen_vectors` is for those who only read.

        >>> kv.vectors.shape
        (5, 4)
        """
        self.shared = True
        return self._vectors

    @vectors.setter
    def vectors(self, vectors: Floats) -> None:
        self._vectors, self.shared = vectors, True

    def hold(self, vectors: Floats) -> None:
        """Take vectors, float (V, D), in place of those at hand; nobody else may write there."""
        self._vectors, self.shared = vectors, False
        self.room = vectors, vectors
        self.packed, self.rows_read = None, 0
        self.__dict__.pop("norms", None)

    def frozen_vectors(self) -> Floats:
        """Return `vectors` read-only, without a copy.

        >>> kv.frozen_vectors().flags.writeable
        False
        """
        view = self._vectors.view()
        view.flags.writeable = False
        return view

    @property
    def vectors_lockf(self) -> NDArray[np.float32]:
        """How far training may move each vector, float32 (V,), to be written into.

        A factor of its updates: 0 keeps a row as it is, bit for bit, 1 (what all have at first, and
        words that are added) lets it learn like all others. gensim's name.

        >>> kv.vectors_lockf[kv.get_index("king")] = 0
        >>> kv.vectors_lockf
        array([1., 1., 0., 1., 1.], dtype=float32)
        """
        locks = np.empty(0, np.float32) if self._locks is None else self._locks
        if len(locks) != len(self):
            self._locks = np.ones(len(self), np.float32)
            self._locks[: len(locks)] = locks[: len(self)]
            return self._locks
        return locks

    @vectors_lockf.setter
    def vectors_lockf(self, locks: ArrayLike) -> None:
        given = np.asarray(locks, np.float32)
        if given.shape not in ((1,), (), (len(self),)):
            raise ValueError(f"vectors_lockf: shape {given.shape} does not fit {len(self)} words")
        self._locks = np.array(np.broadcast_to(given, len(self)))

    def locks(self) -> NDArray[np.float32] | None:
        """Return vectors_lockf, or None where all are 1; raises ValueError out of their range."""
        if self._locks is None or (self._locks == 1).all():
            return None
        wrong = np.flatnonzero(~((self._locks >= 0) & (self._locks <= 1)))
        if len(wrong):
            row = int(wrong[0])
            raise ValueError(
                f"vectors_lockf: {self._locks[row]} for {self.words[row]!r} is out of "
                "range: from 0, which freezes a vector, to 1"
            )
        return self.vectors_lockf

    @property
    def vector_size(self) -> int:
        return int(self._vectors.shape[1])

    @property
    def counts(self) -> NDArray[Any] | None:
        return self.expandos.get("count")

    @counts.setter
    def counts(self, counts: ArrayLike | None) -> None:
        if counts is None:
            self.expandos.pop("count", None)
            return
        counts = np.asarray(counts)
        if counts.shape != (len(self),):
            raise ValueError(f"counts: shape {counts.shape} does not fit {len(self)} words")
        if counts.dtype.kind not in "biuf":
            raise TypeError(f"counts: an array of dtype {counts.dtype} where numbers are expected")
        self.expandos["count"] = counts

    def __repr__(self) -> str:
        return f"<KeyedVectors: {len(self):,} words x {self.vector_size} dimensions>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        first = ", ".join(str(self.words[row]) for row in range(min(10, len(self))))
        n_counted = None if self.counts is None else int(np.sum(self.counts))
        return table(
            type(self).__name__,
            [
                ("words", len(self)),
                ("dimensions", self.vector_size),
                ("vectors", f"{self._vectors.dtype}, {self._vectors.nbytes / 2**20:,.1f} MB"),
                ("counted", n_counted),
                ("first words", first or None),
            ],
        )

    def __getitem__(self, key: Key | Iterable[Key]) -> Floats:
        """Return a key's vector, float (D,), or those of a list of keys, (n, D)."""
        if self.is_key(key):
            return self.get_vector(key)
        return self.vectors_at(key)

    def found(self, keys: Iterable[Key]) -> tuple[NDArray[np.bool_], Floats]:
        """Return which of n keys have a vector, bool (n,), and the vectors of these, (m, D)."""
        rows = self.places(keys)
        known = rows >= 0
        return known, self._vectors[rows[known]]

    def vectors_at(self, keys: Iterable[Key]) -> Floats:
        """Return the vectors of keys, float (n, D); raises KeyError naming the first without."""
        given = several(keys)
        has, vectors = self.found(given)
        if not has.all():
            raise self.missing(given[int((~has).argmax())])
        return vectors

    def missing(self, key: Key) -> KeyError:
        """Return the error for a key that has no vector."""
        return self.unknown(key)

    def changed(self, rows: NDArray[np.int64]) -> None:
        """Hear that the vectors in these rows have other numbers than they had."""

    def get_vector(self, key: Key, norm: bool = False) -> Floats:
        """Return a key's vector, float (D,), read-only; with `norm` a copy of length 1.

        >>> kv.get_vector("king", norm=True)
        array([0.5, 0.5, 0.5, 0.5], dtype=float32)
        """
        row = self.get_index(key)
        if norm:
            return search.unit(self._vectors[row : row + 1], self._vectors.dtype)[0]
        vector = self._vectors[row]
        vector.flags.writeable = False
        return vector

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """Euclidean lengths, float32 (V,); 1 for a vector of zeros (gensim: 0).

        Computed when first asked for; call fill_norms(force=True) after writing into `vectors`. No
        method here relies on them.

        >>> kv.norms
        array([2., 2., 2., 2., 2.], dtype=float32)
        """
        lengths = search.lengths(self._vectors).astype(np.float32)
        lengths[lengths == 0] = 1
        return lengths

    def fill_norms(self, force: bool = False) -> None:
        """Compute `norms`, anew with `force`.

        >>> kv.vectors[0] = 0
        >>> kv.fill_norms(force=True)
        """
        if force:
            self.__dict__.pop("norms", None)
        _ = self.norms

    def get_normed_vectors(self) -> Floats:
        """Return a copy of the vectors scaled to length 1, float (V, D); zeros stay.

        >>> kv.get_normed_vectors()[2]
        array([0.5, 0.5, 0.5, 0.5], dtype=float32)
        """
        return search.unit(self._vectors, self._vectors.dtype)

    # Attributes

    def set_vecattr(self, key: Key, attr: str, val: Any) -> None:
        """Set an attribute of a key; where it is new all others have 0.

        An attribute is an array (V,) of int64, float64 or bool after the first value, else of
        objects. Raises TypeError when the value does not fit it.

        >>> kv.set_vecattr("king", "age", 70)
        >>> kv.expandos["age"]
        array([ 0,  0, 70,  0,  0])
        """
        row = self.get_index(key)
        if attr not in self.expandos:
            dtype = np.asarray(val).dtype
            self.expandos[attr] = np.zeros(len(self), dtype if dtype.kind in "biuf" else object)
        array = self.attribute(attr)
        if array.dtype != object and not np.can_cast(
            np.asarray(val).dtype, array.dtype, "same_kind"
        ):
            raise TypeError(f"val={val!r}: attribute {attr!r} is of type {array.dtype}")
        array[row] = val

    def attribute(self, name: str, dtype: DTypeLike = object) -> NDArray[Any]:
        """Return the array of an attribute, made of zeros where it is new, to be written to."""
        if name not in self.expandos:
            self.expandos[name] = np.zeros(len(self), dtype)
        elif not self.expandos[name].flags.writeable:
            self.expandos[name] = self.expandos[name].copy()
        return self.expandos[name]

    def get_vecattr(self, key: Key, attr: str) -> Any:
        """Return an attribute of a key; raises KeyError when there is none of that name.

        >>> print(kv.get_vecattr("king", "count"))
        30
        """
        row = self.get_index(key)
        if attr not in self.expandos:
            known = ", ".join(self.expandos) or "none"
            raise KeyError(f"attr={attr!r}: there is no such attribute; there are: {known}")
        return self.expandos[attr][row]

    # Changes

    def add_vector(self, key: Key, vector: VectorLike) -> int:
        """Add a word, or replace its vector, and return its row.

        >>> kv.add_vector("prince", [1, 1, 1, 0])
        5
        """
        vector = check_floats("vector", vector, self._vectors.dtype)
        self.add_vectors([key], vector[np.newaxis], replace=True)
        return self.get_index(key)

    def __setitem__(self, keys: Key | Iterable[Key], weights: ArrayLike) -> None:
        """Add words or replace their vectors: kv[word] = vector, kv[words] = vectors."""
        self.add_vectors(keys, weights, replace=True)

    def add_vectors(
        self,
        keys: Key | Iterable[Key],
        weights: ArrayLike,
        extras: Mapping[str, ArrayLike] | None = None,
        replace: bool = False,
    ) -> None:
        """Add words with their vectors; `replace` those of words that are there, or keep them.

        Parameters
        ----------
        keys : a word, or the row of one that is there, or a list of them; where keys are ints, an
            int, or a list of them. The first key of all says which they are.
        weights : float (D,), or (n, D). Kept in the dtype of `vectors`.
        extras : dict from attribute to array (n,); others are 0 for new words.

        Of a word that stands twice in `keys` the last vector counts with `replace`, else the first.
        A lazy word list becomes a list, read-only vectors a copy.

        >>> kv.add_vectors(["prince", "king"], [[1, 1, 1, 0], [0, 0, 0, 0]])
        >>> kv["prince"], kv["king"]  # kept, for want of replace=True
        (array([1., 1., 1., 0.], dtype=float32), array([1., 1., 1., 1.], dtype=float32))
        """
        single = self.is_key(keys)
        given: list[Any] = [keys] if self.is_key(keys) else list(keys)
        weights = check_floats("weights", weights, self._vectors.dtype)
        weights = weights[np.newaxis] if single and weights.ndim == 1 else weights
        expected = len(given), self.vector_size
        if weights.shape != expected and (given or weights.size):
            raise ValueError(f"weights: shape {weights.shape} where {expected} is expected")
        arrays = {name: np.asarray(values) for name, values in (extras or {}).items()}
        for name, values in arrays.items():
            if values.shape != (len(given),):
                raise ValueError(f"extras[{name!r}]: shape {values.shape}, not ({len(given)},)")
        places, new = self.places_of(given, replace)
        if not places:
            return
        rows, chosen = list(places), list(places.values())
        self.open_for_writing(len(self) + len(new))
        self.append_words(new)
        self._vectors[rows] = weights[chosen]
        self.changed(np.array(rows, np.int64))
        for name, values in arrays.items():
            self.attribute(name, values.dtype)[rows] = values[chosen]

    def append_words(self, words: list[Any]) -> None:
        """Append new words, with 0 for their attributes."""
        if not words:
            return
        index, known = self.key_to_index, self.words
        if not (isinstance(index, dict) and isinstance(known, list)):  # Words, Ids
            self.key_to_index = index = dict(index)
            self.words = known = known if isinstance(known, list) else list(known)
        index.update(zip(words, range(len(known), len(known) + len(words)), strict=True))
        known.extend(words)
        self.fit_attributes()

    def fit_attributes(self) -> None:
        """Make all attributes V long, filled up with 0."""
        for name, values in self.expandos.items():
            if len(values) != len(self):
                self.expandos[name] = np.zeros(len(self), values.dtype)
                self.expandos[name][: len(values)] = values[: len(self)]

    def open_for_writing(self, V: int) -> None:
        """Make `vectors` V rows that may be written to, in place where there is room."""
        packed, self.packed, self.rows_read = self.packed, None, 0
        self.__dict__.pop("norms", None)
        if packed is not None and packed[0] is self._vectors and packed[2]:
            self._vectors.flags.writeable = True
        if len(self._vectors) == V and self._vectors.flags.writeable:
            return
        base, view = self.room
        # A copy of this object has a copy of each of the two, which share nothing.
        is_room = view is self._vectors and (view is base or view.base is base)
        if not is_room or len(base) < V or not view.flags.writeable:
            # By doubling, so that adding one by one does not copy all the others each time.
            n = min(len(self._vectors), V)
            size = V if n in (0, V) else max(V, 2 * n)
            base = np.empty((size, self.vector_size), self._vectors.dtype)
            base[:n] = self._vectors[:n]
            self.shared = False
        self._vectors = base[:V]
        self.room = base, self._vectors

    def resize_vectors(self, seed: int = 0) -> None:
        """Fit `vectors` and attributes to index_to_key after words were appended to it.

        New rows are random, uniform in (-0.5, 0.5) / D (gensim: twice that).
        """
        seed = check_number("seed", seed, int, 0)
        old = len(self._vectors)
        self.__dict__.pop("key_to_index", None)
        self.open_for_writing(len(self))
        shape = max(len(self) - old, 0), self.vector_size
        random = np.random.default_rng(seed).random(shape, np.float32)
        self._vectors[old:] = (random - np.float32(0.5)) / np.float32(self.vector_size)
        self.changed(np.arange(old, len(self)))
        self.fit_attributes()

    def unit_normalize_all(self) -> None:
        """Scale all vectors to length 1 in place; zeros stay. Training cannot go on from there.

        >>> kv.unit_normalize_all()
        >>> kv["king"]
        array([0.5, 0.5, 0.5, 0.5], dtype=float32)
        """
        self.open_for_writing(len(self))
        for start, stop in search.blocks(*self._vectors.shape):
            rows = self._vectors[start:stop]
            rows[:] = search.unit(rows, rows.dtype)

    def sort_by_descending_frequency(self) -> None:
        """Sort the words by falling count; equal ones keep their order (gensim: turn it round).

        Raises ValueError when counts are not known.

        >>> kv.set_vecattr("queen", "count", 99)
        >>> kv.sort_by_descending_frequency()
        >>> kv.words[0]
        'queen'
        """
        if self.counts is None:
            raise ValueError(
                "counts are not known: set_vecattr(word, 'count', n) or kv.counts = ..."
            )
        order = np.argsort(-self.counts, kind="stable")
        self.open_for_writing(len(self))
        self._vectors[:] = self._vectors[order]
        if self._locks is not None:
            self._locks = self.vectors_lockf[order]
        rows: list[int] = order.tolist()
        self.words = [self.words[row] for row in rows]
        self.__dict__.pop("key_to_index", None)
        for name, values in self.expandos.items():
            self.expandos[name] = values[order]
