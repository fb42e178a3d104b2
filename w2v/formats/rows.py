"""Rows of words and numbers, as text or binary, read in blocks; their layout is the C tool's.

Owns the reading of rows, whose loops are compiled (_rows.pyx); where they begin and how many there
are is word2vec.py's. V is the number of words, D the dimensions.
"""

import re
import threading
from typing import Any

import numpy as np

from ..shared.threads import run_threads
from . import _rows
from .source import BLOCK_BYTES, Source
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
) -> tuple[list[str], Raw, np.ndarray]:
    """Read rows of text; returns words, those not decoded, and vectors."""
    # A number takes at least 2 bytes: " 0".
    most = None if source.size is None else (source.size - source.position) // (2 * D)
    n_wanted = min(n for n in (V, limit, 1 << 62) if n is not None)
    if V is not None and most is not None and n_wanted > most:
        raise source.error(
            f"the header promises {V} x {D} numbers, too many for {source.size} bytes"
        )
    rows = Rows(D, dtype)
    parsed: dict[int, tuple[list[str], Raw]] = {}  # by a block's first row; words, not decoded
    damage: list[tuple[int, str]] = []
    reading = threading.Lock()
    n_seen, is_done = 0, False

    def next_block(
        buffer: bytearray,
    ) -> tuple[bytearray, int, int, int, int, np.ndarray] | None:
        """Return the next buffer, its size, place and first row, how many rows, room for them."""
        nonlocal n_seen, is_done
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
                source.check_row_size()
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
            spans = np.empty((n_rows + 1, 2), np.int64)
            out = room if dtype != np.float16 else np.empty(room.shape, np.float32)
            n_parsed = _rows.parse_rows(buffer, size, out, spans)
            if out is not room:
                room[:] = out
            if n_parsed < n_rows:
                at, length = spans[n_parsed].tolist()
                message = what_is_wrong(bytes(memoryview(buffer)[at : at + length]), D)
                damage.append((first + n_parsed, f"byte {start + at}: {message}"))
                return
            words, raw = _rows.words_of(buffer, spans, n_rows, is_utf8)
            parsed[first] = words, [(first + i, start + at, word) for i, at, word in raw]

    run_threads(work, n_threads if source.size is None or source.size > BLOCK_BYTES else 1)
    of_all = "" if V is None else f" of {V}"
    if damage:
        # Every block before one that is damaged has been parsed, whatever the number of threads.
        row, message = min(damage)
        raise source.error(f"row {row}{of_all}, {message}")
    if V is not None and (n_seen < n_wanted or (n_seen > V and limit is None)):
        raise source.error(f"the header promises {V} words, but {n_seen} rows follow it")
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
    if n_numbers >= D or n_numbers == len(fields) - 1:
        return f"{n_numbers} numbers instead of {D}"
    return f"{fields[-n_numbers - 1][:40]!r} is not a number"


def read_binary(
    source: Source, V: int, D: int, limit: int | None, dtype: np.dtype[Any], is_utf8: bool
) -> tuple[list[str], Raw, np.ndarray]:
    """Read binary rows; returns words, those not decoded, and vectors."""
    n_wanted = V if limit is None else min(V, limit)
    disk: np.dtype[Any] = np.dtype("<f4")
    if source.size is not None:
        n_bytes = source.size - source.position
        fits_half = V * (2 * D + 1) <= n_bytes < V * (4 * D + 1)
        if fits_half and dtype == np.float16:
            disk = np.dtype("<f2")
        elif n_wanted * (4 * D + 1) > n_bytes:
            hint = "; dtype=numpy.float16 reads it as 2-byte floats" if fits_half else ""
            raise source.error(
                f"the header promises {V} x {D} numbers, too many for {source.size} bytes{hint}"
            )
    row_bytes = disk.itemsize * D
    rows = Rows(D, dtype)
    words: list[str] = []
    raw: Raw = []
    n_seen, buffer, is_done = 0, bytearray(), False
    while not is_done:
        buffer, n = source.fill(buffer)
        spans = np.empty((n // (row_bytes + 1), 2), np.int64)
        n_rows, size = _rows.find_rows(buffer, n, row_bytes, spans)
        start, first = source.position, n_seen
        source.keep(buffer, n, size)
        n_seen += n_rows
        is_done = source.at_end or (limit is not None and n_seen >= n_wanted)
        n_rows = min(n_rows, n_wanted - first)
        if n_rows <= 0:
            continue  # the rest of the rows is only counted
        room = rows.take(n_rows, 0 if source.size is None else n_wanted)
        out = room if disk == dtype else np.empty(room.shape, disk)
        _rows.gather_rows(buffer, spans, out.view(np.uint8))
        if out is not room:
            room[:] = out
        more_words, more_raw = _rows.words_of(buffer, spans, n_rows, is_utf8)
        words += more_words
        raw += [(first + i, start + at, word) for i, at, word in more_raw]
    if n_seen < n_wanted:
        at = source.position + len(source.rest) - len(source.rest.lstrip(b"\n"))
        raise source.error(
            f"row {n_seen} of {V}, byte {at}: the file ends before its {D} numbers do"
        )
    n_left = len(source.rest.strip(b"\n"))
    if limit is None and (n_seen > V or n_left):
        left = f" and {n_left} bytes" if n_left else ""
        raise source.error(f"the header promises {V} words, but {n_seen} rows{left} follow it")
    return words, raw, rows.whole()
