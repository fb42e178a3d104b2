"""Words: a list of str kept as bytes, decoded only when asked for and found without a dict.

Owns the layout of words in native files (native.py) and the look-up in it. V is how many there are.

The bytes of all words stand one after another, in UTF-8 with surrogateescape, and V + 1 offsets say
where each begins. The hash table has any number of slots, each a row or -1 when it is empty. A word
is looked for from slot FNV-1a-64(bytes of the word) mod number of slots, slot by slot and round the
end, until its row or an empty slot is found; of equal words the first has a slot.
"""

import operator
from collections.abc import (
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import word_bytes
from . import _words

if TYPE_CHECKING:
    from .ids import Ids

# Words decoded at a time when all are asked for.
BLOCK_WORDS = 4096


class Words(Sequence[str]):
    """An immutable sequence of str that equals the list of its words; V of them.

    Words are checked when they are read, not before: a damaged file raises ValueError then.

    Attributes
    ----------
    word_bytes : uint8, all words one after another, UTF-8 with surrogateescape.
    offsets : int64 (V + 1,), where each word begins in `word_bytes`, and where the last one ends.
    slots : int32, the hash table described at the head of this file.
    source : what errors say was damaged, such as a file's name.

    >>> words = Words.of(["cat", "sat", "cat"])
    >>> words.find("sat"), words[0], words == ["cat", "sat", "cat"]
    (1, 'cat', True)
    """

    def __init__(
        self,
        word_bytes: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        slots: NDArray[np.int32],
        source: str = "words",
    ):
        self.word_bytes, self.offsets, self.slots = word_bytes, offsets, slots
        self.source = source

    @classmethod
    def of(cls, words: Iterable[str]) -> "Words":
        """Return words, any iterable of str, in this form; Words as they are.

        Raises TypeError or ValueError naming the word that is no str or has no bytes.
        """
        if isinstance(words, cls):
            return words
        words = list(words)
        try:
            encoded = list(map(str.encode, words))
        except (TypeError, UnicodeEncodeError):
            encoded = [encode(word) for word in words]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
        word_bytes = np.frombuffer(b"".join(encoded), np.uint8)
        return cls(word_bytes, offsets, _words.word_slots(word_bytes, offsets))

    def find(self, word: object) -> int:
        """Return the row of a word, the first one if it stands twice; -1 when it is unknown."""
        if not isinstance(word, str):
            return -1
        try:
            key = word.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return -1
        try:
            return _words.find_word(self.word_bytes, self.offsets, self.slots, key)
        except ValueError as error:
            raise ValueError(f"{self.source}: {error}") from None

    @property
    def n_different(self) -> int:
        """How many there are, each counted once."""
        return int(np.count_nonzero(self.slots >= 0))

    def decode(self, start: int, stop: int) -> list[str]:
        """Return words start to stop, 0 <= start <= stop <= V."""
        try:
            return _words.decode_words(self.word_bytes, self.offsets, start, stop)
        except ValueError as error:
            raise ValueError(f"{self.source}: {error}") from None

    def tolist(self) -> list[str]:
        """Return all words as a list."""
        return self.decode(0, len(self))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return one word, or a list of words for a slice."""
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step == 1:
                return self.decode(start, max(start, stop))
            return [self[i] for i in range(start, stop, step)]
        i = operator.index(index)
        if not -len(self) <= i < len(self):
            raise IndexError(f"row {i} of {len(self)} words")
        i %= len(self)
        return self.decode(i, i + 1)[0]

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), BLOCK_WORDS):
            yield from self.decode(start, min(start + BLOCK_WORDS, len(self)))

    def __contains__(self, word: object) -> bool:
        return self.find(word) >= 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Words):
            return np.array_equal(self.offsets, other.offsets) and np.array_equal(
                self.word_bytes, other.word_bytes
            )
        if not isinstance(other, list):
            return NotImplemented
        return len(self) == len(other) and all(map(operator.eq, self, other))

    def __repr__(self) -> str:
        if len(self) <= 6:
            return f"Words({self.tolist()})"
        shown = ", ".join(map(repr, self[:3]))
        return f"Words([{shown}, ..., {self[-1]!r}]: {len(self):,})"


class WordRows(Mapping[Any, int]):
    """The mapping from key to row that Words and Ids have: looking one up builds nothing.

    Going through all of them, as items() does, makes a dict once and keeps it.

    >>> rows = WordRows(Words.of(["cat", "sat"]))
    >>> rows["sat"], rows.get("mat", -1)
    (1, -1)
    """

    def __init__(self, words: "Words | Ids"):
        self.words = words

    @cached_property
    def all(self) -> dict[Any, int]:
        rows: dict[Any, int] = {}
        for i, word in enumerate(self.words):
            rows.setdefault(word, i)
        return rows

    def __getitem__(self, word: Any) -> int:
        i = self.words.find(word)
        if i < 0:
            raise KeyError(word)
        return i

    def __contains__(self, word: object) -> bool:
        return self.words.find(word) >= 0

    def __len__(self) -> int:
        return self.words.n_different

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all)

    def keys(self) -> KeysView[Any]:
        return self.all.keys()

    def values(self) -> ValuesView[int]:
        return self.all.values()

    def items(self) -> ItemsView[Any, int]:
        return self.all.items()

    def __repr__(self) -> str:
        return f"WordRows({self.words!r})"


def encode(word: str) -> bytes:
    """Return the bytes of a word; raises TypeError or ValueError when it has none."""
    if not isinstance(word, str):
        raise TypeError(
            f"the word {word!r} is of type {type(word).__name__}; str is expected (keys of other "
            "types than str and int live in memory alone: number them, or write them as str)"
        )
    try:
        return word.encode("utf-8")
    except UnicodeEncodeError:
        pass
    data = word_bytes(word)
    # Escaped bytes may make a character together, and then come back as that.
    if data.decode("utf-8", "surrogateescape") != word:
        raise ValueError(
            f"the word {word!r} has surrogates that stand for no bytes outside UTF-8; rename it"
        )
    return data
