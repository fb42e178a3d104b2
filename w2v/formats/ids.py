"""Ids: integers as the keys of vectors, where others have words.

Owns their look-up and their spelling as words; native.py keeps them. V is how many there are. A key
is a word, an int from -2^63 to 2^63 - 1, or, in memory alone, any other hashable.
"""

import operator
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .words import Words, encode

if TYPE_CHECKING:
    from typing_extensions import TypeIs

LEAST, MOST = -(2**63), 2**63 - 1


class Ids(Sequence[int]):
    """An immutable sequence of int that equals the list of its ids; V of them.

    Attributes
    ----------
    numbers : int64 (V,), the ids.
    order : int64 (V,), the rows by rising id, of equal ones by row; made when first asked for.
    source : what errors say was damaged, such as a file's name.

    >>> ids = Ids.of([150, 7, 150])
    >>> ids.find(7), ids[0], ids == [150, 7, 150]
    (1, 150, True)
    """

    def __init__(
        self,
        numbers: NDArray[np.int64],
        order: NDArray[np.int64] | None = None,
        source: str = "ids",
    ):
        self.numbers, self.source = numbers, source
        if order is not None:
            self.__dict__["order"] = order

    @classmethod
    def of(cls, ids: Iterable[Any]) -> "Ids":
        """Return ids, an integer array or ints, in this form; Ids as they are.

        Raises TypeError or ValueError naming the one that is no int, or beyond int64.
        """
        if isinstance(ids, cls):
            return ids
        if isinstance(ids, np.ndarray):
            return cls(as_int64(ids, "ids"))
        ids = list(ids)
        for number in ids:
            if not is_id(number):
                raise TypeError(
                    f"the key {number!r} is of type {type(number).__name__} among ids, which are "
                    "int; all keys have one type"
                )
            if not LEAST <= number <= MOST:
                raise too_large(number, "ids")
        return cls(np.array(ids, np.int64))

    @cached_property
    def order(self) -> NDArray[np.int64]:
        return np.argsort(self.numbers, kind="stable")

    def rows(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Return the row of each of many ids, int64 (n,), the first of equal ones; -1: unknown."""
        wanted = np.asarray(ids, np.int64)
        if not len(self):
            return np.full(wanted.shape, -1)
        try:
            places = np.searchsorted(self.numbers, wanted, sorter=self.order)
            rows = self.order[np.minimum(places, len(self) - 1)]
            return np.where(self.numbers[rows] == wanted, rows, -1)
        except (ValueError, IndexError):
            raise ValueError(f"{self.source}: id_order is damaged: it holds no rows") from None

    def find(self, key: object) -> int:
        """Return the row of an id, the first one if it stands twice; -1 when it is unknown."""
        if not is_id(key) or not LEAST <= key <= MOST:
            return -1
        return int(self.rows([int(key)])[0])

    @cached_property
    def n_different(self) -> int:
        """How many there are, each counted once."""
        return len(self) - int((np.diff(self.numbers[self.order]) == 0).sum())

    def tolist(self) -> list[int]:
        """Return all ids as a list."""
        made: list[int] = self.numbers.tolist()
        return made

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        """Return one id, or a list of ids for a slice."""
        if isinstance(index, slice):
            some: list[int] = self.numbers[index].tolist()
            return some
        return int(self.numbers[operator.index(index)])

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def __contains__(self, key: object) -> bool:
        return self.find(key) >= 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Ids):
            return np.array_equal(self.numbers, other.numbers)
        return self.tolist() == other if isinstance(other, list) else NotImplemented

    def __repr__(self) -> str:
        if len(self) <= 6:
            return f"Ids({self.tolist()})"
        return f"Ids([{', '.join(map(str, self[:3]))}, ..., {self[-1]}]: {len(self):,})"


def is_id(key: object) -> "TypeIs[int | np.integer[Any]]":
    """Whether a key is an int, NumPy's included; True and False are none."""
    return isinstance(key, (int, np.integer)) and not isinstance(key, bool)


def as_int64(ids: NDArray[Any], argument: str) -> NDArray[np.int64]:
    """Return an array of whole numbers as int64, contiguous.

    Raises TypeError for other dtypes; ValueError naming an id beyond int64.
    """
    if ids.dtype.kind not in "iu":
        raise TypeError(
            f"{argument}: an array of dtype {ids.dtype} where whole numbers are expected: convert "
            "it with array.astype(numpy.int64), if that is what they are"
        )
    if ids.dtype == np.uint64 and ids.size and ids.max() > MOST:
        raise too_large(ids.max(), argument)
    return np.ascontiguousarray(ids, np.int64)


def too_large(number: object, argument: str) -> ValueError:
    return ValueError(
        f"{argument}: the id {number} is beyond int64 ({LEAST} to {MOST}); pass such ids as str"
    )


def as_keys(keys: Iterable[Any]) -> Sequence[Any]:
    """Return keys as a model holds them: Words and Ids as they are, ints as Ids, others as a list.

    Raises TypeError or ValueError naming what is no int among ints.

    >>> as_keys([5, 9]), as_keys(["a", "b"])
    (Ids([5, 9]), ['a', 'b'])
    """
    if isinstance(keys, (Words, Ids)):
        return keys
    if isinstance(keys, np.ndarray) and keys.dtype.kind in "iu":
        return Ids.of(keys)
    keys = list(keys)
    return Ids.of(keys) if keys and is_id(keys[0]) else keys


def check_one_type(keys: list[Any]) -> None:
    """Raise TypeError naming a key of another type than the first; subclasses of str are str."""
    types = set(map(type, keys))
    if len(types) > 1 and not all(issubclass(each, str) for each in types):
        other = next(key for key in keys if type(key) is not type(keys[0]))
        raise TypeError(
            f"the key {other!r} is of type {type(other).__name__} where the first one is "
            f"{type(keys[0]).__name__}; all keys have one type: convert them with str() or int()"
        )


def spelled(keys: Iterable[Any]) -> Sequence[str]:
    """Return keys as the words of a text: ids in digits. It can be gone through many times.

    Raises TypeError when the keys are of another type than str and int.
    """
    keys = as_keys(keys)
    if isinstance(keys, Ids):
        return list(map(str, keys))
    if isinstance(keys, list) and keys and not isinstance(keys[0], str):
        encode(keys[0])  # raises
    return keys


def parsed(words: Sequence[Any], source: str) -> Ids:
    """Return the ids that words spell in digits; raises ValueError naming one that is no number."""
    if isinstance(words, Ids):
        return words
    numbers = []
    for row, word in enumerate(words):
        try:
            number = int(word)
        except ValueError:
            number = None
        if number is None or str(number) != word:
            raise ValueError(
                f"{source}: keys=int: row {row} is the word {word!r}, which is no int; leave keys "
                "out to have words"
            )
        numbers.append(number)
    return Ids.of(numbers)
