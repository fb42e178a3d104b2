"""What kind a file of word vectors is, and its words and rows.

Owns reading of word2vec text and binary and of GloVe; the loops are compiled (_rows.pyx), and
fasttext.py knows fastText's model files. A file may be compressed or a pipe; it passes through in
blocks, and memory grows only as data arrives. V is the number of words, D the dimensions.
"""

import codecs
import os
import re
import threading
import warnings
from typing import NamedTuple

import numpy as np

from ..shared.streams import UTF8_BOM, WIDE_BOMS, is_damage, open_bytes, size_of
from ..shared.threads import run_threads, usable_cores
from . import _rows, fasttext
from ._rows import PADDING

# Large enough that what Python does for a block does not show, small enough for a core's cache.
BLOCK_BYTES = 1 << 20

# How much of a file is looked at to find out what it is.
HEAD_BYTES = 1 << 16

# A row of text longer than this is taken for damage; 20 million numbers fit.
MOST_ROW_BYTES = 1 << 28

# Handing out blocks takes about an eighth of the time that parsing them does.
MOST_THREADS = 8

# Files that are no vectors, by how they begin.
STRANGERS = {
    b"PK\x03\x04": "a zip archive: w2v.load reads those that are .npz",
    b"PAR1": "a Parquet file, which w2v.load reads",
    b"\x80": "a Python pickle, perhaps of gensim's save(): load it there and write it with "
    "save_word2vec_format",
    **{bom: f"{name}: convert it (iconv -f {name} -t UTF-8)" for bom, name in WIDE_BOMS.items()},
}

CONTROL_BYTES = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")


class Stored(NamedTuple):
    """What a file holds: V words, float (V, D), int64 (V,) or None, and what kind of file it is."""

    words: list[str]
    vectors: np.ndarray
    counts: np.ndarray | None
    kind: str


def read(
    path,
    *,
    errors: str = "replace",
    limit: int | None = None,
    dtype=np.float32,
    binary: bool | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
    workers: int | None = None,
    keep_repeats: bool = False,
) -> Stored:
    """Read words and vectors from a file, finding out what it is.

    Kinds: "word2vec text" and "word2vec binary" (C, gensim), "GloVe" (text without a header) and
    "fastText" (.bin; each vector the mean of the word's row and its n-grams', as fastText gives).
    Any of them may be compressed by gzip, bzip2, xz or zstd. In text, blanks or tabs separate, a
    word may itself contain them, and nothing else (no-break spaces, say) separates. Of a word that
    stands in several rows the first row is kept, with a warning, unless `keep_repeats`.

    Parameters
    ----------
    path : str or os.PathLike; "-" reads standard input.
    errors : what happens to words that are not in `encoding` (the C tools cut long words inside a
        character). "replace" repairs them with U+FFFD, different words staying different, and says
        in one warning how many; "strict" raises; "surrogateescape" keeps the bytes; any other error
        handler of bytes.decode.
    limit : rows to read at most; what comes after them is not looked at.
    dtype : float16, float32 or float64, of the vectors. Numbers in text are rounded to it correctly
        (to float16 by way of float32). A binary file that is half as large as its header demands
        is read as 2-byte floats when this is float16.
    binary, header : whether the file is binary and whether it has a header, for those who know;
        None finds out.
    encoding : of the words.
    workers : threads that parse text; all cores unless given. The outcome is the same for any.

    Raises FileNotFoundError; ValueError naming the row and byte where the file is damaged.
    """
    path = os.path.expanduser(os.fsdecode(path))
    dtype = np.dtype(dtype)
    if dtype not in (np.float16, np.float32, np.float64):
        raise ValueError(f"dtype={dtype}: float16, float32 or float64 is expected")
    if limit is not None and limit < 1:
        raise ValueError(f"limit={limit}: a whole number from 1 up is expected, or None for all")
    try:
        codecs.lookup_error(errors)
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
    except LookupError as error:
        raise ValueError(f"errors={errors!r}, encoding={encoding!r}: {error}") from None
    with open_bytes(path) as file:
        source = Source(file, path)
        kind, V, D = source.find_out(binary, header)
        counts = None
        if kind == "fastText":
            words, raw, vectors, counts = fasttext.read_rows(
                source.whole(), path, limit, is_utf8, workers or usable_cores()
            )
            vectors = vectors.astype(dtype, copy=False)
        elif kind == "word2vec binary":
            words, raw, vectors = read_binary(source, V, D, limit, dtype, is_utf8)
        else:
            n_threads = min(workers or usable_cores(), MOST_THREADS)
            words, raw, vectors = read_text(source, V, D, limit, dtype, is_utf8, n_threads)
    decode_raw(words, raw, errors, encoding, path)
    if keep_repeats:
        return Stored(words, vectors, counts, kind)
    return drop_repeated(words, vectors, counts, kind, path)


class Source:
    """The bytes of a file in order, decompressed.

    `rest` has been read from the file, but not been used; `position` is where it starts, and `size`
    where the file ends, None when that is not known before.
    """

    def __init__(self, file, path: str):
        self.file = file
        self.path = path
        self.rest = b""
        self.position = 0
        self.at_end = False  # nothing follows the rest
        self.size = size_of(file, path)

    def error(self, message: str) -> ValueError:
        return ValueError(f"{self.path!r}: {message}")

    def fill(self, buffer: bytearray, size: int = 0) -> tuple[bytearray, int]:
        """Put the rest and what follows it, `size` bytes or twice the rest, into `buffer`.

        Without `size` a block; no more is asked for than a plain file has.

        Returns the buffer, a new one when it was too small, and how many bytes it holds, PADDING
        bytes left free.
        """
        n = len(self.rest)
        size = size or BLOCK_BYTES
        if self.size is not None:
            size = min(size, self.size + 1)
        wanted = n if self.at_end else max(size, 2 * n)
        if len(buffer) < wanted + PADDING:
            buffer = bytearray(wanted + PADDING)
        buffer[:n] = self.rest
        with memoryview(buffer) as view:
            while n < wanted:
                try:
                    n_read = self.file.readinto(view[n:wanted])
                except Exception as error:
                    if not is_damage(error):
                        raise
                    raise self.unreadable(error) from None
                if not n_read:
                    self.at_end = True
                    break
                n += n_read
        return buffer, n

    def unreadable(self, error) -> ValueError:
        return self.error(f"cannot be read to its end: {error}")

    def keep(self, buffer: bytearray, n: int, used: int) -> None:
        """Keep for later what of the buffer's n bytes has not been used."""
        self.rest = bytes(memoryview(buffer)[used:n])
        self.position += used

    def skip(self, n: int) -> None:
        self.rest = self.rest[n:]
        self.position += n

    def look(self, size: int) -> None:
        """Read until the rest has `size` bytes or the file ends."""
        self.keep(*self.fill(bytearray(), size), 0)

    def whole(self) -> np.ndarray:
        """Return all bytes from the rest on, uint8 (n,); those of a plain file mapped."""
        if self.size is not None:
            return np.memmap(self.path, np.uint8, "r", self.position)
        while not self.at_end:
            self.look(2 * len(self.rest))
        return np.frombuffer(self.rest, np.uint8)

    def find_out(self, binary: bool | None, header: bool | None) -> tuple[str, int | None, int]:
        """Return the kind of file, V (None without a header) and D, and skip the header."""
        self.look(HEAD_BYTES)
        for start, what in STRANGERS.items():
            if self.rest.startswith(start):
                raise self.error(f"this is {what}")
        if self.rest.startswith(fasttext.MAGIC):
            if binary is False:
                raise self.error("binary=False, but this is a fastText .bin file; leave it out")
            return "fastText", None, 0
        if self.rest.startswith(UTF8_BOM):
            self.skip(len(UTF8_BOM))
        while not self.at_end and b"\n" not in self.rest and b"\0" not in self.rest:
            self.check_row_size()
            self.look(2 * len(self.rest))
        line, newline, _ = self.rest.partition(b"\n")
        fields = line.split()
        is_header = len(fields) == 2 and all(f.isdigit() and len(f) < 19 for f in fields)
        if is_header if header is None else header:
            if not is_header:
                raise self.error(
                    "not in the word2vec format: the first line is "
                    f"{line[:40]!r}, where the numbers of words and dimensions are expected"
                )
            self.skip(len(line) + len(newline))
            V, D = map(int, fields)
            if D == 0:
                raise self.error("the header says 0 dimensions")
            is_binary = self.looks_binary(V, D, binary)
            if binary is not None and binary != is_binary and V:
                is_what = "binary" if is_binary else "text"
                raise self.error(f"binary={binary}, but this is word2vec {is_what}; leave it out")
            return "word2vec binary" if is_binary else "word2vec text", V, D
        if not self.rest:
            raise self.error("the file is empty")
        D = count_numbers(line)
        if D == 0:
            raise self.error(
                f"not a file of word vectors: the first line is {line[:40]!r}, where the numbers "
                "of words and dimensions are expected, or a word and its vector"
            )
        if binary:
            raise self.error("binary=True, but this is text without a header; leave it out")
        return "GloVe", None, D

    def check_row_size(self) -> None:
        if len(self.rest) > MOST_ROW_BYTES:
            raise self.error(f"no row of vectors: no line end for {len(self.rest):,} bytes")

    def looks_binary(self, V: int, D: int, hint: bool | None) -> bool:
        """Whether the rows are binary; `hint` decides about what may be either."""
        self.look(HEAD_BYTES)
        line, newline, _ = self.rest.partition(b"\n")
        if newline or self.at_end:
            if not self.rest.strip() or count_numbers(line) == D:
                return False
        else:
            fields = fields_of(line)
            half = fields[len(fields) // 2 : -1]  # the last one may be cut
            if half and all(map(_rows.is_number, half)):
                return False
        if CONTROL_BYTES.search(self.rest):
            return True
        if hint is not None:
            return hint
        if any(map(_rows.is_number, fields_of(line)[1:])):
            return False  # text that is damaged in its first row
        data = np.frombuffer(self.rest, np.uint8)
        spans = np.empty((min(V, len(data) // (4 * D + 1)), 2), np.int64)
        n_rows, end = _rows.find_rows(data, len(data), 4 * D, spans)
        is_all = n_rows == V and not self.rest[end:].strip(b"\n")
        return n_rows > 0 and (is_all or not self.at_end)


def fields_of(line: bytes) -> list[bytes]:
    """Return the fields of a row of text, the first b"" when it starts with a blank."""
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

    def __init__(self, D: int, dtype: np.dtype):
        self.parts = [np.empty((0, D), dtype)]
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
        whole = np.empty((sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype)
        self.parts, n = [], 0
        while parts:  # each is freed before the next is copied
            part = parts.pop(0)
            whole[n : n + len(part)] = part
            n += len(part)
        return whole


def read_text(source: Source, V, D: int, limit, dtype, is_utf8: bool, n_threads: int):
    """Read rows of text; returns words, those not decoded, and vectors."""
    # A number takes at least 2 bytes: " 0".
    most = None if source.size is None else (source.size - source.position) // (2 * D)
    n_wanted = min(n for n in (V, limit, 1 << 62) if n is not None)
    if V is not None and most is not None and n_wanted > most:
        raise source.error(
            f"the header promises {V} x {D} numbers, too many for {source.size} bytes"
        )
    rows = Rows(D, dtype)
    parsed: dict[int, tuple[list, list]] = {}  # first row of a block -> words, those not decoded
    damage: list[tuple[int, str]] = []
    reading = threading.Lock()
    n_seen, is_done = 0, False

    def next_block(buffer):
        """Return the next buffer, its size and first row, and room for the rows of it."""
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

    def work(_, stop):
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
    words, raw = [], []
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


def read_binary(source: Source, V: int, D: int, limit, dtype, is_utf8: bool):
    """Read binary rows; returns words, those not decoded, and vectors."""
    n_wanted = V if limit is None else min(V, limit)
    disk = np.dtype("<f4")
    if source.size is not None:
        room = source.size - source.position
        fits_half = V * (2 * D + 1) <= room < V * (4 * D + 1)
        if fits_half and dtype == np.float16:
            disk = np.dtype("<f2")
        elif n_wanted * (4 * D + 1) > room:
            hint = "; dtype=numpy.float16 reads it as 2-byte floats" if fits_half else ""
            raise source.error(
                f"the header promises {V} x {D} numbers, too many for {source.size} bytes{hint}"
            )
    row_bytes = disk.itemsize * D
    rows = Rows(D, dtype)
    words, raw = [], []
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


def decode_raw(words: list[str], raw: list, errors: str, encoding: str, path: str) -> None:
    """Decode the words that are still bytes into their places; see `errors` of read()."""
    taken: set[str] = set()
    n_repaired = 0
    for row, at, word in raw:
        try:
            words[row] = word.decode(encoding)
            continue
        except UnicodeDecodeError as error:
            if errors == "strict":
                raise ValueError(
                    f"{path!r}: row {row}, byte {at}: the word {word!r} is not {encoding} "
                    f"({error.reason}); the C tools cut long words inside a character: 'replace' "
                    "for errors (unicode_errors) repairs them, 'surrogateescape' keeps the bytes"
                ) from None
        text = word.decode(encoding, errors)
        if errors == "replace":
            taken = taken or set(words)
            while text in taken:
                text += "\ufffd"
            taken.add(text)
            n_repaired += 1
            if n_repaired == 1:
                first = f"row {row}, byte {at}: {word!r} became {text!r}"
        words[row] = text
    if n_repaired:
        warnings.warn(
            f"{path!r}: {n_repaired} of {len(words)} words are not {encoding} and were repaired, "
            f"the first in {first} (errors='surrogateescape' keeps the bytes, 'strict' refuses)",
            stacklevel=4,
        )


def drop_repeated(words: list[str], vectors, counts, kind: str, path: str) -> Stored:
    """Keep the first row of each word."""
    if len(set(words)) == len(words):
        return Stored(words, vectors, counts, kind)
    rows: dict[str, int] = {}
    repeated = None
    for row, word in enumerate(words):
        if rows.setdefault(word, row) != row and repeated is None:
            repeated = f"{word!r} in rows {rows[word]} and {row}"
    warnings.warn(
        f"{path!r}: {len(words) - len(rows)} rows repeat words of earlier ones and are left out, "
        f"the first {repeated}",
        stacklevel=4,
    )
    kept = np.fromiter(rows.values(), np.int64, len(rows))
    return Stored(list(rows), vectors[kept], None if counts is None else counts[kept], kind)
