"""Keys: words, ids or other hashables, and the rows that they have.

Owns what a key is and how its row is found; the vectors in these rows are store.py's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..formats.ids import LEAST, MOST, Ids, is_id, too_large
from ..formats.words import WordRows, Words
from ..shared.types import Key

if TYPE_CHECKING:
    from typing_extensions import TypeIs


def several(keys: Iterable[Key]) -> Any:
    """Return keys as a list or array; raises TypeError for what is neither a key nor a list."""
    if not isinstance(keys, Iterable):
        raise TypeError(f"keys={keys!r}: a key, or a list of keys, is expected")
    return keys if isinstance(keys, np.ndarray) else list(keys)


class Keys:
    """V keys of one type; see KeyedVectors."""

    # index_to_key as our own code reads it; Words and Ids of a native file stay unread.
    words: Sequence[Any]

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, key: Key) -> bool:
        return self.has_index_for(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.words)

    @property
    def index_to_key(self) -> list[Any]:
        """The keys in vocabulary order, a list, to read and to write.

        A native file's keys, which all methods read where they are, become a list here, once.

        >>> kv.words[:2]
        ['man', 'woman']
        """
        if not isinstance(self.words, list):
            _ = self.key_to_index  # still that of the file, so that no dict is made
            self.words = list(self.words)
        return self.words

    @index_to_key.setter
    def index_to_key(self, words: Iterable[Any]) -> None:
        self.words = words if isinstance(words, (list, Words, Ids)) else list(words)

    @cached_property
    def key_to_index(self) -> Mapping[Any, int]:
        if isinstance(self.words, (Words, Ids)):
            return WordRows(self.words)
        index: dict[Any, int] = {}
        for i, word in enumerate(self.words):
            index.setdefault(word, i)
        return index

    @property
    def key_type(self) -> type | None:
        """What the keys are: str, int or the type of another hashable; None while there are none.

        >>> kv.key_type
        <class 'str'>
        """
        if not len(self.words):
            return None
        first = self.words[0]
        return str if isinstance(first, str) else int if is_id(first) else type(first)

    def is_key(self, item: object) -> "TypeIs[Key]":
        """Say whether an item is a key, known or not, or a row; else it is a vector, or many."""
        if isinstance(item, (str, int, np.integer)):
            return True
        kind = self.key_type
        return kind is not None and kind is not str and isinstance(item, kind)

    def find(self, key: Key) -> int:
        """Return a key's row, or -1.

        Where keys are words a number is a row, unless it is spelled like a word: then it is
        neither, and a KeyError. Where they are ints, a number is that key alone.
        """
        index: Mapping[Any, int] = self.key_to_index
        row = index.get(key, -1)
        # True and 1.0 are equal to 1.
        if type(key) not in (str, int) and self.key_type is int and not is_id(key):
            return -1
        if row < 0 and isinstance(key, (int, np.integer)) and 0 <= key < len(self):
            if self.key_type is not str:
                return -1
            if str(key) in index:
                raise KeyError(
                    f"{key} may be row {key} or the word '{key}', which is another row: write "
                    f"wv['{key}'] for the word, wv.vectors[{key}] for the row"
                )
            return int(key)
        return row

    def get_index(self, key: Key, default: int | None = None) -> int:
        """Return a key's row, or `default` when there is none and it is given.

        Raises KeyError when the word is unknown.

        >>> kv.get_index("king"), kv.get_index("stranger", default=-1)
        (2, -1)
        """
        row = self.find(key)
        if row >= 0:
            return row
        if default is not None:
            return default
        raise self.unknown(key)

    def unknown(self, key: Key) -> KeyError:
        """Return the error for a key that has no row."""
        kind = self.key_type
        if isinstance(key, (int, np.integer)) and kind in (str, None):
            return KeyError(f"row {key} is not among the {len(self):,} words")
        if kind is None:
            return KeyError(
                f"the word {key!r}: there are no words yet; a model has them once trained"
            )
        if not (is_id(key) if kind is int else isinstance(key, kind)):
            return KeyError(
                f"the key {key!r} is of type {type(key).__name__} where the keys are "
                f"{kind.__name__}; pass a key of that type"
            )
        what = "word" if kind is str else "id" if kind is int else "key"
        shown = int(key) if is_id(key) else key  # NumPy's, too, as a number
        return KeyError(f"the {what} {shown!r} is not in the vocabulary")

    def has_index_for(self, key: Key) -> bool:
        """Say whether a key has a row.

        >>> kv.has_index_for("king"), "stranger" in kv
        (True, False)
        """
        return self.find(key) >= 0

    def rows_of(self, keys: Iterable[Key]) -> NDArray[np.int64]:
        """Return the rows of keys, int64 (n,); raises KeyError naming the first unknown one."""
        given = several(keys)
        rows = self.places(given)
        if (rows < 0).any():
            self.get_index(given[int((rows < 0).argmax())])  # raises
        return rows

    def places(self, keys: Iterable[Key]) -> NDArray[np.int64]:
        """Return the rows of keys, int64 (n,), -1 for unknown ones; many ids at once."""
        given = several(keys)
        if isinstance(self.words, Ids):
            if isinstance(given, list) and set(map(type, given)) == {int}:
                given = np.array(given)
            if isinstance(given, np.ndarray) and given.dtype.kind == "i" and given.ndim == 1:
                return self.words.rows(given)
        return np.array([self.find(key) for key in given], np.int64)

    def places_of(self, keys: list[Any], replace: bool) -> tuple[dict[int, int], list[Any]]:
        """Return which place in `keys` each row that changes is to be taken from, and new words."""
        places: dict[int, int] = {}
        new: dict[Any, int] = {}
        kind = self.key_type
        for i, key in enumerate(keys):
            row = new.get(key, -1) if not isinstance(key, bool) else -1
            row = self.find(key) if row < 0 else row
            if row < 0:
                if kind is None:  # the first key that there is
                    kind = int if is_id(key) else str
                key = new_key(key, kind)
                row = new[key] = len(self) + len(new)
            if replace or (row >= len(self) and row not in places):
                places[row] = i
        return places, list(new)


def new_key(key: Any, kind: type) -> Any:
    """Return a key that is to be added as it is held; raises TypeError unless it is of this type.

    Raises ValueError for an id beyond int64.
    """
    if kind is int and is_id(key):
        if not LEAST <= key <= MOST:
            raise too_large(key, "keys")
        return int(key)
    if kind is int or not isinstance(key, kind):
        if kind is str and isinstance(key, (int, np.integer)):
            raise TypeError(f"keys: {key!r} is neither a word nor a row; write {str(key)!r}")
        raise TypeError(
            f"keys: {key!r} is of type {type(key).__name__} where the keys are {kind.__name__}; "
            "all keys have one type"
        )
    return key
