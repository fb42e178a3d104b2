"""Corpora of integer ids: arrays, values with offsets, list columns and lists, as blocks of ids.

Owns what forms such a corpus may have, and the kind of tokens that any other has; the ids get their
numbers in draft.py.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..formats.ids import LEAST, MOST, as_int64, is_id, too_large
from ..shared.optional import needed
from . import _ids
from .sources import is_table

# Some sentences: ids, int64 (n,), and the place after each sentence in them, int64, rising.
Block: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

# The same in whatever integers it came, with offsets, (sentences + 1,), instead of ends.
Pieces: TypeAlias = tuple[NDArray[Any], NDArray[np.int64]]

# About the entries, ids and sentence ends, of one block.
BLOCK_IDS = 1 << 20

# What fills the rows of a 2-D array behind their sentences.
PADDING = -1


def read_arrays(corpus: Any, size: int = BLOCK_IDS) -> Iterator[Block] | None:
    """Return the blocks of a corpus that is arrays as a whole, or None when it is none.

    Such are an integer array (n, length), a sentence a row, up to its first -1; a tuple of two
    integer arrays (values, offsets), sentence i being values[offsets[i] : offsets[i + 1]]; and list
    columns of Arrow, pandas and polars that are in Arrow's memory. No token becomes an object.

    Raises TypeError or ValueError naming what no corpus can be.

    >>> [(values, ends)] = read_arrays(np.array([[7, 8], [9, -1]])) or []
    >>> print(values, ends)
    [7 8 9] [2 3]
    """
    if isinstance(corpus, tuple) and len(corpus) == 2 and all(map(is_number_array, corpus)):
        values, offsets = map(np.asarray, corpus)
        offsets = check_offsets(offsets, len(values))
        return cut([(values, offsets)], size)
    if (chunks := list_chunks(corpus)) is not None:
        return cut(map(list_arrays, chunks), size)
    if not hasattr(corpus, "__array__") or is_table(corpus):
        return None
    array = np.asarray(corpus)
    if array.dtype.kind not in "biufc" or array.ndim == 0:
        return None
    if array.ndim != 2:
        raise ValueError(
            f"corpus: an array of shape {array.shape}; (sentences, length) is expected, a tuple "
            "(values, offsets), or a list of 1-D arrays"
        )
    if array.dtype.kind not in "iu":
        as_int64(array, "corpus")  # raises
    return cut_rows(array, size)


def is_number_array(item: Any) -> bool:
    return hasattr(item, "__array__") and np.ndim(item) == 1 and np.asarray(item).dtype.kind in "iu"


def check_offsets(offsets: NDArray[Any], n: int) -> NDArray[np.int64]:
    """Return offsets as int64; raises ValueError when they do not rise from 0 to n."""
    offsets = as_int64(offsets, "corpus: offsets")
    rise = len(offsets) and offsets[0] == 0 and offsets[-1] == n
    if not rise or (offsets[1:] < offsets[:-1]).any():
        shown = f"{offsets[0]} to {offsets[-1]}" if len(offsets) else "none"
        raise ValueError(
            f"corpus: a tuple of two arrays is (values, offsets), and the offsets ({shown}) do not "
            f"rise from 0 to {n}, the number of values; pass two sentences as a list"
        )
    return offsets


def cut(pieces: Iterable[Pieces], size: int) -> Iterator[Block]:
    """Yield blocks of `size` entries, or a sentence more, of pieces: values with offsets.

    Where pieces end makes no difference, so training does not depend on it.
    """
    held: list[Block] = []
    room = size
    for values, offsets in pieces:
        entries = offsets + np.arange(len(offsets))  # a sentence end is one, too
        first, n = 0, len(offsets) - 1
        while first < n:
            last = min(int(np.searchsorted(entries, entries[first] + room)), n)
            start, stop = int(offsets[first]), int(offsets[last])
            ids = as_int64(values[start:stop], "corpus")
            held.append((ids, offsets[first + 1 : last + 1] - start))
            room -= int(entries[last] - entries[first])
            if room <= 0:
                yield joined(held)
                held, room = [], size
            first = last
    if held:
        yield joined(held)


def joined(blocks: list[Block]) -> Block:
    """Return one block of several, which is a copy, or the only one."""
    if len(blocks) == 1:
        return blocks[0]
    starts = np.cumsum([0, *(len(values) for values, _ in blocks)])
    ends = [ends + start for (_, ends), start in zip(blocks, starts[:-1], strict=True)]
    return np.concatenate([values for values, _ in blocks]), np.concatenate(ends)


def cut_rows(array: NDArray[Any], size: int) -> Iterator[Block]:
    """Yield blocks of the rows of an array (n, length), each up to its padding.

    Raises ValueError naming a row that goes on behind padding, or holds another negative number.
    """
    n_rows = -(-size // (array.shape[1] + 1))
    columns = np.arange(array.shape[1])
    for first in range(0, len(array), n_rows):
        block = as_int64(array[first : first + n_rows], "corpus")
        ids = block != PADDING
        lengths = ids.sum(axis=1)
        wrong = (ids != (columns < lengths[:, np.newaxis])) | (block < PADDING)
        if wrong.any():
            row, column = (int(place) for place in np.argwhere(wrong)[0])
            raise ValueError(
                f"corpus: row {first + row}, column {column}: {block[row, column]}; a row of an "
                "array holds ids from 0 up, and nothing but -1 behind them; pass other ids as "
                "(values, offsets)"
            )
        yield block[ids], np.cumsum(lengths)


def list_chunks(corpus: Any) -> list[Any] | None:
    """Return the arrays in which Arrow holds a column of lists of numbers; None when it is none."""
    column = corpus
    dtype: Any = getattr(column, "dtype", None)
    if hasattr(column, "to_arrow") and getattr(dtype, "inner", None) is not None:  # polars
        if not dtype.inner.is_numeric():
            return None
        needed("pyarrow", f"corpus: a column of {dtype}", "pyarrow")
        column = column.to_arrow()
    elif hasattr(dtype, "pyarrow_dtype"):  # pandas
        column = column.array.__arrow_array__()
    item = getattr(getattr(column, "type", None), "value_type", None)
    if item is None or not hasattr(column, "null_count") or not is_numeric(item):
        return None
    return list(getattr(column, "chunks", [column]))


def is_numeric(arrow_type: Any) -> bool:
    return str(arrow_type).startswith(("int", "uint", "float", "double", "halffloat", "bool"))


def list_arrays(lists: Any) -> Pieces:
    """Return the values and offsets of an Arrow array of lists, views of its memory if possible."""
    if lists.null_count or lists.flatten().null_count:
        raise ValueError("corpus: a list column with nulls; drop missing values first")
    values = lists.flatten().to_numpy(zero_copy_only=False)
    if hasattr(lists.type, "list_size"):
        offsets = np.arange(len(lists) + 1) * lists.type.list_size
    else:
        offsets = lists.offsets.to_numpy().astype(np.int64)
        offsets -= offsets[0] if len(offsets) else 0
    as_int64(values[:0], "corpus")  # raises
    return values, offsets


def read_lists(sentences: Iterator[Any], size: int = BLOCK_IDS) -> Iterator[Block]:
    """Yield blocks of sentences that are lists of int, or 1-D integer arrays."""
    n = 0
    while True:
        values, ends = _ids.gather_ids(sentences, size, n, sentence_ids, token_id)
        if not len(ends):
            return
        n += len(ends)
        yield values, ends


def sentence_ids(array: NDArray[Any], index: int) -> NDArray[np.int64]:
    """Return the ids of a sentence that is an array; raises TypeError or ValueError."""
    if array.ndim != 1:
        raise ValueError(
            f"corpus: sentence {index} is an array of shape {array.shape}; 1-D is expected"
        )
    if array.dtype == object or not array.size:
        return np.array([token_id(token, index) for token in array.tolist()], np.int64)
    return as_int64(array, f"corpus: sentence {index}")


def token_id(token: Any, index: int) -> int:
    """Return a token as int; raises TypeError when it is none, ValueError beyond int64."""
    if not is_id(token):
        raise TypeError(
            f"corpus: sentence {index} holds the token {token!r} of type {type(token).__name__} "
            "among ids, which are int; all tokens have one type: convert them with int() or str()"
        )
    if not LEAST <= token <= MOST:
        raise too_large(token, f"corpus: sentence {index}")
    return int(token)


def kind_of(sentences: Iterator[Any]) -> tuple[type, Iterator[Any]]:
    """Return the type of the first token, int of all whole numbers, and the sentences again.

    Raises TypeError naming a sentence that is none, or a first token that no key can be.
    """
    taken: list[Any] = []
    kind: type = str
    for sentence in sentences:
        given = sentence
        if not hasattr(sentence, "__array__"):
            given = sentence = _ids.as_tokens(sentence, len(taken))
        else:
            sentence = np.asarray(sentence)[:1]
        taken.append(given)
        if len(sentence):
            kind = key_kind(sentence[0], len(taken) - 1)
            break
    return kind, itertools.chain(taken, sentences)


def key_kind(token: Any, index: int) -> type:
    """Return str, int or the type of another hashable, whose equals are of that type."""
    if isinstance(token, str):
        return str
    if is_id(token):
        return int
    if token is None or isinstance(token, (bool, float, complex, np.generic, np.ndarray)):
        raise TypeError(
            f"corpus: sentence {index} holds the token {token!r} of type {type(token).__name__}; "
            "tokens must be str, int or another hashable type that is no number: convert them "
            "with str() or int()"
        )
    return type(token)
