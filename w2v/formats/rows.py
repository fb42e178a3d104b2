"""Rows of words and numbers, as text or binary, read in blocks; their layout is the C tool's.

Owns the reading of rows, whose loops are compiled (_rows.pyx); where they begin and how many there
are is word2vec.py's. V is the number of words, D the dimensions.
"""

import re
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared.threads import run_threads
from . import _rows
from .source import BLOCK_BYTES, MOST_ROW_BYTES, EndsEarly, Source
from .stored import Raw


def fields_of(line: bytes) -> list[bytes]:
    """Return the fields of a row of text, the first b"" when it starts with a blank.

    >>> fields_of(b"king 0.5  -1 ")
    [b'king', b'0.5', b'-1']
    """
    return re.split(rb"[ \t\r\n]+", line.rstrip(b" \t\r\n"))


def count_numbers(line: bytes) -> int:
    """Return how many numbers end a row of text, not counting its first field, the word."""
    fields = fields_of(line)
    n = 0
    while n + 1 < len(fields) and _rows.is_number(fields[-n - 1]):
        n += 1
    return n


# A word longer than this is taken for damage, and a number.
MOST_WORD_BYTES = 1 << 16
MOST_NUMBER_BYTES = 1000

# What may stand in a word besides blanks; a word that has some is at most so long.
CONTROL = re.compile("[\0-\x1f\x7f]")
LONGEST_WITH_BLANKS = 1000
# Of fewer bytes of numbers too many look like a word.
ENOUGH_ROW_BYTES = 32

# GloVe's program writes this behind the words that its header counts.
UNCOUNTED_WORD = b"<unk>"

# A decimal comma in a number that follows a blank.
DECIMAL_COMMA = re.compile(rb"(?<=[ \t])([+-]?\d*),(?=\d+(?:[eE][+-]?\d+)?[ \t\r\n])")


class AmbiguousRowError(ValueError):
    """A row is too long by numbers, which may belong to its word: "Windows 10"."""


class Rows:
    """Room for rows whose number is not known before, in parts that grow as they come."""

    def __init__(self, D: int, dtype: np.dtype[Any]):
        self.parts: list[np.ndarray] = [np.empty((0, D), dtype)]
        self.n_used = 0  # of the last part

    def take(self, n: int, expected: int) -> np.ndarray:
        """Return room for the next n rows; of `expected` rows altogether."""
        if self.n_used + n > len(self.parts[-1]):
            self.parts[-1] = self.parts[-1][: self.n_used]
            n_before = sum(map(len, self.parts))
            room = max(n, n_before, expected - n_before)
            self.parts.append(np.empty((room, *self.parts[0].shape[1:]), self.parts[0].dtype))
            self.n_used = 0
        self.n_used += n
        return self.parts[-1][self.n_used - n : self.n_used]

    def whole(self) -> np.ndarray:
        """Return all rows as one array; nothing can be taken after that."""
        parts = [*self.parts[:-1], self.parts[-1][: self.n_used]]
        parts = [part for part in parts if len(part)] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        whole: np.ndarray = np.empty((sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype)
        self.parts, n = [], 0
        while parts:  # each is freed before the next is copied
            part = parts.pop(0)
            whole[n : n + len(part)] = part
            n += len(part)
        return whole


def read_text(
    source: Source,
    V: int | None,
    D: int,
    limit: int | None,
    dtype: np.dtype[Any],
    is_utf8: bool,
    n_threads: int,
    *,
    decimal: str = ".",
    may_end_in_number: bool = False,
    told: Callable[[int, int], None] | None = None,
) -> tuple[list[str], Raw, np.ndarray]:
    """Read rows of text; returns words, those not decoded, and vectors.

    A row of more than D numbers is an error, AmbiguousRowError unless `may_end_in_number`: then
    these belong to its word, provided that other words, too, have blanks in them. `told` hears
    now and then how many rows have been read, and of how many, 0 where nobody knows.
    """
    # A number takes at least 2 bytes: " 0".
    most = None if source.size is None else (source.size - source.position) // (2 * D)
    n_wanted = min(n for n in (V, limit, 1 << 62) if n is not None)
    if V is not None and most is not None and n_wanted > most:
        raise source.error(
            f"the header promises {V} x {D} numbers, too many for {source.size} bytes", EndsEarly
        )
    rows = Rows(D, dtype)
    parsed: dict[int, tuple[list[str], Raw]] = {}  # by a block's first row; words, not decoded
    damage: list[tuple[int, int, str, bool]] = []  # row, byte, what, whether it is too long
    reading = threading.Lock()
    n_seen, is_done = 0, False

    def next_block(
        buffer: bytearray,
    ) -> tuple[bytearray, int, int, int, int, np.ndarray] | None:
        """Return the next buffer, its size, place and first row, how many rows, room for them."""
        nonlocal n_seen, n_wanted, is_done
        while not is_done:
            buffer, n = source.fill(buffer)
            is_done = source.at_end
            if is_done and buffer[n - 1 : n] != b"\n":
                buffer[n] = 10
                n += 1
            n_rows, size = _rows.cut_rows(buffer, n)
            start, first = source.position, n_seen
            source.keep(buffer, n, size)
            n_seen += n_rows
            if not n_rows:
                source.check_row_size(min(MOST_NUMBER_BYTES * D + MOST_WORD_BYTES, MOST_ROW_BYTES))
            if (
                V is not None
                and n_wanted == V
                and first <= V < n_seen
                and (limit is None or limit > V)
            ):
                line = bytes(memoryview(buffer)[:size]).split(b"\n")[V - first]
                n_wanted += fields_of(line)[0] == UNCOUNTED_WORD
            n_rows = min(n_rows, n_wanted - first)
            if limit is not None and n_seen >= n_wanted:
                is_done = True
            if n_rows <= 0:
                continue  # the rest of the rows is only counted
            expected = n_wanted
            if V is None:
                expected = min(expected, n_rows * ((source.size or 0) // size + 1))
            room = rows.take(min(n_rows, size // (2 * D)), min(expected, most or n_rows))
            return buffer, size, start, first, n_rows, room
        return None

    def work(_: int, stop: threading.Event) -> None:
        buffer = bytearray()
        while not stop.is_set() and not damage:
            with reading:
                block = next_block(buffer)
            if block is None:
                return
            buffer, size, start, first, n_rows, room = block
            if decimal == ",":
                buffer[:size] = DECIMAL_COMMA.sub(rb"\1.", buffer[:size])
            spans = np.empty((n_rows + 1, 2), np.int64)
            out = room if dtype != np.float16 else np.empty(room.shape, np.float32)
            n_parsed = _rows.parse_rows(buffer, size, out, spans, may_end_in_number)
            if out is not room:
                room[:] = out
            if n_parsed < n_rows:
                at, length = spans[n_parsed].tolist()
                line = bytes(memoryview(buffer)[at : at + length])
                is_long = count_numbers(line) > D
                damage.append((first + n_parsed, start + at, what_is_wrong(line, D), is_long))
                return
            words, raw = _rows.words_of(buffer, spans, n_rows, is_utf8)
            parsed[first] = words, [(first + i, start + at, word) for i, at, word in raw]

    def tell() -> None:
        if told is not None:
            share = source.position / source.size if source.size else 0.0
            told(n_seen, round(n_seen / share) if V is None and share else min(n_wanted, V or 0))

    run_threads(work, n_threads if source.size is None or source.size > BLOCK_BYTES else 1, tell)
    of_all = "" if V is None else f" of {V}"
    if damage:
        # Every block before one that is damaged has been parsed, whatever the number of threads.
        row, at, message, is_long = min(damage)
        error = source.error(f"row {row}{of_all}, byte {at}: {message}")
        raise AmbiguousRowError(*error.args) if is_long and not may_end_in_number else error
    if V is not None and (n_seen < n_wanted or (n_seen > n_wanted and limit is None)):
        kind = EndsEarly if n_seen < n_wanted else ValueError
        raise source.error(f"the header promises {V} words, but {n_seen} rows follow it", kind)
    if V is not None and n_wanted > V:
        warnings.warn(
            f"{source.path!r}: the header promises {V} words, and one more, "
            f"{UNCOUNTED_WORD.decode()}, follows as in files of GloVe; it is taken, too",
            stacklevel=5,
        )
    if told is not None:
        told(n_seen, n_seen)
    words: list[str] = []
    raw: Raw = []
    for first in sorted(parsed):
        words += parsed[first][0]
        raw += parsed[first][1]
    return words, raw, rows.whole()


def what_is_wrong(line: bytes, D: int) -> str:
    """Say why a line is no row of D numbers."""
    fields, n_numbers = fields_of(line), count_numbers(line)
    if fields == [b""]:
        return "the line is empty"
    for mark in (b";", b","):
        if max(field.count(mark) for field in fields) >= max(D - 1, 1) and len(fields) <= 2:
            return f"{mark.decode()!r} separates the numbers, where blanks are expected"
    if n_numbers >= D or n_numbers == len(fields) - 1:
        return f"{n_numbers} numbers instead of {D}"
    # The numbers are the last D fields, if there are as many; else all but the first.
    start = max(len(fields) - D, 1)
    column = next(i for i in range(start, len(fields)) if not _rows.is_number(fields[i]))
    field = fields[column]
    hint = ""
    if _rows.is_number(field.replace(b",", b".")) and field.count(b",") == 1:
        hint = "; decimal=',' reads decimal commas"
    elif len(fields) <= 2 or field.strip(b",;[]()") != field or b":" in field:
        hint = "; blanks alone separate numbers in this format"
    return f"{field[:40]!r} is not a number (column {column - start + 1} of {D}){hint}"


def has_blanks(words: list[str]) -> bool:
    """Whether a word has a blank in it and does not end in a number."""
    fields = (word.split() for word in words if " " in word or "\t" in word)
    return any(
        len(parts) > 1 and not _rows.is_number(parts[-1].encode("utf-8", "replace"))
        for parts in fields
    )


def read_binary(
    source: Source,
    V: int,
    D: int,
    limit: int | None,
    dtype: np.dtype[Any],
    is_utf8: bool,
    told: Callable[[int, int], None] | None = None,
) -> tuple[list[str], Raw, np.ndarray]:
    """Read binary rows; returns words, those not decoded, and vectors. `told`: see read_text."""
    n_wanted = V if limit is None else min(V, limit)
    disk = disk_dtype(source, V, D, n_wanted, dtype)
    row_bytes, begin = disk.itemsize * D, source.position
    rows = Rows(D, dtype)
    words: list[str] = []
    raw: Raw = []
    n_seen = 0
    for buffer, start, spans, n_rows in binary_blocks(source, V, row_bytes, limit):
        first, n_seen = n_seen, n_seen + n_rows
        n_rows = min(n_rows, n_wanted - first)
        if n_rows <= 0:
            continue  # the rest of the rows is only counted
        room = rows.take(n_rows, 0 if source.size is None else n_wanted)
        out = room if disk == dtype else np.empty(room.shape, disk)
        _rows.gather_rows(buffer, spans, out.view(np.uint8))
        if out is not room:
            room[:] = out
        if told is not None:
            told(min(n_seen, n_wanted), n_wanted)
        more_words, more_raw = _rows.words_of(buffer, spans, n_rows, is_utf8)
        words += more_words
        raw += [(first + i, start + at, word) for i, at, word in more_raw]
    is_suspect = bool(raw) or has_control(words)
    odd = line_end_in_word(V, D, words, raw) if is_suspect else ""
    odd = odd or what_is_odd(source, V, D, n_seen, n_wanted, limit is None)
    is_suspect = is_suspect or bool(odd)
    if is_suspect and source.size is not None and row_bytes >= ENOUGH_ROW_BYTES:
        found = find_rows_with_blanks(source.path, begin, V, n_wanted, row_bytes)
        if found is not None:
            return gather(found, n_wanted, disk, D, dtype, is_utf8)
    if odd:
        raise source.error(odd, EndsEarly if n_seen < n_wanted else ValueError)
    return words, raw, rows.whole()


def disk_dtype(
    source: Source, V: int, D: int, n_wanted: int, dtype: np.dtype[Any]
) -> np.dtype[Any]:
    """Return the dtype of a binary file's numbers; raises ValueError when it is too short."""
    if source.size is None:
        return np.dtype("<f4")
    n_bytes = source.size - source.position
    # Few words have more bytes; a cut file of floats has so many, too.
    fits_half = V * (2 * D + 1) <= n_bytes < V * min(4 * D + 1, 2 * D + 40)
    n_half, n_whole = (count_wordlike(source.rest, size * D) if fits_half else 0 for size in (2, 4))
    if fits_half and n_half >= n_whole and dtype == np.float16:
        return np.dtype("<f2")
    if n_wanted * (4 * D + 1) > n_bytes:
        hint = "; dtype=numpy.float16 reads it as 2-byte floats" if n_half > n_whole else ""
        raise source.error(
            f"the header promises {V} x {D} numbers, too many for {source.size} bytes{hint}",
            EndsEarly,
        )
    return np.dtype("<f4")


def count_wordlike(data: bytes, row_bytes: int) -> int:
    """Return how many rows of so many bytes begin with a word, of those at the head of `data`."""
    n = at = 0
    while (end := data.find(b" ", at, at + LONGEST_WITH_BLANKS)) >= 0:
        if not is_wordlike(data[at:end].lstrip(b"\n")):
            break
        n, at = n + 1, end + 1 + row_bytes
    return n


def binary_blocks(
    source: Source, V: int, row_bytes: int, limit: int | None
) -> Iterator[tuple[bytearray, int, NDArray[np.int64], int]]:
    """Yield blocks of whole rows: bytes, place in the file, spans of the words, number of rows."""
    n_seen, buffer, is_done = 0, bytearray(), False
    while not is_done:
        buffer, n = source.fill(buffer)
        spans = np.empty((n // (row_bytes + 1), 2), np.int64)
        n_rows, size = _rows.find_rows(buffer, n, row_bytes, spans)
        start = source.position
        source.keep(buffer, n, size)
        n_seen += n_rows
        if not n_rows and not source.at_end and n > row_bytes + MOST_WORD_BYTES:
            raise source.error(
                f"row {n_seen} of {V}, byte {start}: no blank ends the word within "
                f"{MOST_WORD_BYTES:,} bytes"
            )
        is_done = source.at_end or (limit is not None and n_seen >= min(V, limit))
        yield buffer, start, spans, n_rows


def line_end_in_word(V: int, D: int, words: list[str], raw: Raw) -> str:
    """Say which word of a binary file has a line end in it, or nothing."""
    spelt = [*enumerate(words), *((row, word.decode("latin-1")) for row, _, word in raw)]
    for row, word in spelt:
        if "\n" in word:
            return (
                f"row {row} of {V}: a line end inside the word {word[:40]!r}: the rows do not "
                f"have {D} numbers, or a word before has a blank in it"
            )
    return ""


def what_is_odd(source: Source, V: int, D: int, n_seen: int, n_wanted: int, is_all: bool) -> str:
    """Say what does not fit in a binary file that was read, or nothing."""
    if n_seen < n_wanted:
        at = source.position + len(source.rest) - len(source.rest.lstrip(b"\n"))
        return f"row {n_seen} of {V}, byte {at}: the file ends before its {D} numbers do"
    n_left = len(source.rest.strip(b"\n"))
    if is_all and (n_seen > V or n_left):
        left = f" and {n_left} bytes" if n_left else ""
        return f"the header promises {V} words, but {n_seen} rows{left} follow it"
    return ""


def has_control(words: list[str]) -> bool:
    """Whether a control character stands in a word."""
    joined = "".join(words)
    return not joined.isprintable() and CONTROL.search(joined) is not None


def find_rows_with_blanks(
    path: str, begin: int, V: int, n_wanted: int, row_bytes: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Find rows whose words may have blanks in them, as gensim writes them: "New York".

    A word ends at the first blank after which the next row, too, begins with something like a word;
    where that is not the end of a row, bytes of numbers stand there, few of which are. A reading
    that does not use up the file is taken back, blank by blank. Returns the spans of the words,
    int64 (n_wanted, 2), and the bytes of the file from `begin` on, or None when there is none.
    """
    data: Any = np.memmap(path, np.uint8, "r", begin)
    view, n_taken_back = memoryview(data), 0
    rows: list[tuple[int, int]] = []
    choices = [ends_of_word(view, 0, row_bytes, V == 1)]
    while choices:
        found = next(choices[-1], None)
        if found is None:
            choices.pop()
            n_taken_back += 1
            if not rows or n_taken_back > 1000:
                return None
            rows.pop()
            continue
        rows.append(found)
        if len(rows) == V:
            spans = np.array(rows[:n_wanted], np.int64)
            spans[:, 1] -= spans[:, 0]
            return spans, data
        choices.append(ends_of_word(view, found[1] + 1 + row_bytes, row_bytes, len(rows) + 1 == V))
    return None


def ends_of_word(
    data: memoryview, at: int, row_bytes: int, is_last: bool
) -> Iterator[tuple[int, int]]:
    """Yield where a row's word begins and where the blank after it may stand."""
    head = bytes(data[at : at + LONGEST_WITH_BLANKS])
    start = len(head) - len(head.lstrip(b"\n"))
    end = head.find(b" ", start + 1)
    while end >= 0 and is_wordlike(head[start:end]):
        next_row = at + end + 1 + row_bytes
        following = bytes(data[next_row : next_row + LONGEST_WITH_BLANKS]).lstrip(b"\n")
        if is_last and next_row <= len(data) and not following:
            yield at + start, at + end
        if not is_last and is_wordlike(following.split(b" ")[0]):
            yield at + start, at + end
        end = head.find(b" ", end + 1)


def is_wordlike(word: bytes) -> bool:
    """Whether bytes are text without control characters."""
    try:
        return bool(word) and not CONTROL.search(word.decode())
    except UnicodeDecodeError:
        return False


def gather(
    found: tuple[np.ndarray, np.ndarray],
    n: int,
    disk: np.dtype[Any],
    D: int,
    dtype: np.dtype[Any],
    is_utf8: bool,
) -> tuple[list[str], Raw, np.ndarray]:
    """Return words, those not decoded, and vectors of the rows that were found."""
    spans, data = found
    vectors = np.empty((n, D), disk)
    _rows.gather_rows(data, spans, vectors.view(np.uint8))
    words, raw = _rows.words_of(data, spans, n, is_utf8)
    return words, raw, vectors.astype(dtype, copy=False)
