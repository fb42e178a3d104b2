"""GloVe's own files: vocab.txt and cooccurrence.bin, read and written byte for byte.

Owns their layout and GloVe's order of words. A record has 16 bytes: the ranks of two words, int32
from 1, and how often they stand near each other, float64; little-endian, without a header.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.vocabulary import Vocabulary
from ..formats.ids import spelled
from ..formats.vocabulary import write_numbers
from ..shared import streams
from ..shared.checks import check_path, word_bytes
from ..shared.types import AnyPath

RECORD = np.dtype([("word", "<i4"), ("context", "<i4"), ("value", "<f8")])

# C compares words as signed chars, with a 0 at their end: non-ASCII letters come before ASCII.
SIGNED = bytes(byte ^ 0x80 for byte in range(256))


def glove_order(words: Iterable[str | bytes], counts: NDArray[np.int64]) -> list[int]:
    """Return the rows of words in the order of vocab_count: by falling count, then by bytes.

    >>> glove_order(["b", "ab", "a", "a\\u00e9"], np.array([1, 1, 1, 1]))
    [3, 2, 1, 0]
    """
    spellings = [word if isinstance(word, bytes) else word_bytes(word) for word in words]
    keys = [(spelling + b"\0").translate(SIGNED) for spelling in spellings]
    falling = (-counts).tolist()
    return sorted(range(len(keys)), key=lambda row: (falling[row], keys[row]))


def write_vocabulary(path: AnyPath, vocabulary: Vocabulary, text: bytes | None = None) -> None:
    """Write vocab.txt: `word count` lines, or the text given.

    Raises ValueError naming a word with a blank in it.
    """
    for word in spelled(vocabulary.words) if text is None else ():
        if not word or any(blank in word for blank in " \t\n"):
            raise ValueError(f"the word {word!r} has no place in vocab.txt, where blanks separate")
    with streams.replacing(path, "vocab") as file:
        if text is None:
            write_numbers(file, vocabulary.words, vocabulary.counts)
        else:
            file.write(text)


def read_bytes(path: AnyPath) -> bytes:
    with streams.open_bytes(check_path("path", path)) as file:
        return file.read()


def scan_vocabulary(text: bytes) -> Vocabulary:
    """Return what GloVe's programs make of vocab.txt, which they read by scanf("%s %lld").

    Any white space parts words there, so one with a vertical tab in it is two, of which the first
    has no count (0). Raises ValueError when there are no words, or a count is no int64.
    """
    fields, words, counts, i = text.split(), [], [], 0
    while i < len(fields):
        has_count = i + 1 < len(fields) and fields[i + 1].isdigit()
        words.append(fields[i].decode("utf-8", "surrogateescape"))
        counts.append(int(fields[i + 1]) if has_count else 0)
        i += 1 + has_count
    if not any(counts):
        raise ValueError("vocab: it has no words with counts: `word count` lines are expected")
    if max(counts) >= 2**63:
        raise ValueError(f"vocab: {words[counts.index(max(counts))]!r}: its count is beyond 2**63")
    return Vocabulary(words, counts)


def write_records(
    path: AnyPath,
    blocks: Iterator[tuple[int, NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]],
    n: int,
    argument: str = "path",
) -> None:
    """Write cooccurrence.bin: `n` records, in blocks of rows: the first row, sizes, entries.

    Raises OSError naming the path, beforehand where there is too little room.
    """
    streams.check_space({argument: (path, n * RECORD.itemsize)})
    with streams.replacing(path, argument) as file:
        for first, sizes, columns, values in blocks:
            records = np.empty(len(columns), RECORD)
            records["word"] = np.repeat(np.arange(first + 1, first + 1 + len(sizes)), sizes)
            records["context"] = columns
            records["context"] += 1
            records["value"] = values
            file.write(records.data)


def read_records(path: AnyPath, V: int) -> NDArray[Any]:
    """Return the records of cooccurrence.bin, checked, in the order of the file.

    Raises FileNotFoundError; ValueError naming the file, the record and what is wrong with it.
    """
    path = check_path("path", path)
    with streams.open_bytes(path) as file:
        if streams.size_of(file, path) is None:
            data = np.frombuffer(file.read(), np.uint8)
        else:
            data = np.fromfile(file, np.uint8)
    if len(data) % RECORD.itemsize or not len(data):
        raise ValueError(
            f"{path!r}: {len(data):,} bytes; records of {RECORD.itemsize} bytes are expected: cut "
            "off, or not what cooccur writes"
        )
    records = data.view(RECORD)
    for name in ("word", "context"):
        ranks = records[name]
        wrong = np.flatnonzero((ranks < 1) | (ranks > V))
        if len(wrong):
            swapped = records[name].byteswap()
            is_foreign = bool(((swapped >= 1) & (swapped <= V)).all())
            raise ValueError(
                f"{path!r}: record {wrong[0]:,} names word {ranks[wrong[0]]:,} of {V:,}; "
                + (
                    "it was written on a machine of the other byte order"
                    if is_foreign
                    else "the vocabulary is another one, or the file is damaged"
                )
            )
    wrong = np.flatnonzero(~((records["value"] > 0) & np.isfinite(records["value"])))
    if len(wrong):
        value = records["value"][wrong[0]]
        raise ValueError(f"{path!r}: record {wrong[0]:,} counts {value}; above 0 is expected")
    return records


def as_rows(
    records: NDArray[Any], V: int, path: str
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return offsets, columns and values of all rows from records in any order.

    Raises ValueError naming a pair that stands twice.
    """
    keys = (records["word"].astype(np.int64) - 1) * V + (records["context"] - 1)
    if len(keys) and not (keys[1:] > keys[:-1]).all():
        order = np.argsort(keys, kind="stable")
        keys, records = keys[order], records[order]
        twice = np.flatnonzero(keys[1:] == keys[:-1])
        if len(twice):
            word, context, _ = records[twice[0]]
            raise ValueError(f"{path!r}: the pair of words {word} and {context} stands twice")
    offsets = np.searchsorted(keys, np.arange(V + 1) * V).astype(np.int64)
    return offsets, records["context"] - np.int32(1), np.array(records["value"], np.float64)


def lower_half(
    offsets: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]] | None:
    """Return the rows up to the diagonal, None where the matrix is not symmetric to the bit."""
    V = len(offsets) - 1
    rows = np.repeat(np.arange(V, dtype=np.int32), np.diff(offsets))
    lower, upper = np.flatnonzero(columns < rows), np.flatnonzero(columns > rows)
    if len(lower) != len(upper):
        return None
    upper = upper[np.argsort(columns[upper], kind="stable")]  # then by row, as they were
    is_same = (
        np.array_equal(rows[lower], columns[upper])
        and np.array_equal(columns[lower], rows[upper])
        and np.array_equal(values[lower], values[upper])
    )
    if not is_same:
        return None
    kept = np.flatnonzero(columns <= rows)
    sizes = np.bincount(rows[kept], minlength=V)
    return np.concatenate([[0], sizes.cumsum()]), columns[kept], values[kept]
