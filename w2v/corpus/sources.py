"""Where words come from: files, directories, globs, compressed files, standard input, iterables.

Owns everything between what a user calls a corpus and either blocks of bytes or token lists. It
does not count or number words (draft.py, _text.pyx), and it never holds a corpus in memory.
"""

import codecs
import contextlib
import itertools
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..shared.encodings import MOST_BROKEN_SHARE, guess_encoding
from ..shared.paths import shortened
from ..shared.streams import STDIN, UTF8_BOM, WIDE_BOMS, is_damage, open_bytes
from ..shared.types import Tokenizer
from . import _text
from .parts import Part

# Large enough that what Python does for a block does not show.
BLOCK_BYTES = 1 << 18

# A line is cut, at a blank, when it is longer than so many blocks.
LONG_LINE_BLOCKS = 16

# Of a column of Arrow's, objects of Python at a time.
ARROW_VALUES = 4096

# Of a file's beginning, to be judged by before the rest is read.
ENOUGH_BYTES = 1 << 16

# Names of columns that are likely to hold text.
TEXT_COLUMNS = ("text", "sentence", "token", "word", "review", "content", "body", "document")

LINE_END = re.compile(b"\r*\n|\r")


class BlockReader:
    """Reads files one after another in blocks of about BLOCK_BYTES, each cut after a line.

    A line of more than LONG_LINE_BLOCKS is cut after a blank. A byte order mark is left out and
    the last line of each file gets its line feed, so that files do not run into each other. With
    `raw` the bytes are passed on untouched. What is in another encoding comes as UTF-8.

    Attributes
    ----------
    n_checked, n_broken : about how many tokens the beginnings of the files have, and how many of
        these are not UTF-8.
    """

    def __init__(
        self,
        files: list[str],
        raw: bool = False,
        encoding: str = "utf-8",
        errors: str | None = None,
    ):
        self.paths = iter(files)
        self.raw = raw
        self.encoding, self.errors = encoding, errors
        self.decoder: codecs.IncrementalDecoder | None = None
        self.n_checked = self.n_broken = 0
        self.opened = contextlib.ExitStack()
        self.file: Any = None  # binary, with readinto
        self.path = ""
        self.position = 0  # of the next byte to be read
        self.rest: bytes | bytearray = b""  # read, but not handed out: the beginning of a line

    def read(self, buffer: bytearray) -> int:
        """Put the next block into `buffer`, which grows as it must; returns its length, at last 0.

        Raises ValueError naming the file when it is not text (NUL bytes, UTF-16) or damaged.
        """
        length = 0
        while length < max(BLOCK_BYTES // 2, 1) and self.has_file():  # small files share a block
            length = self.read_piece(buffer, length)
        return length

    def close(self) -> None:
        self.opened.close()
        self.file = None

    def has_file(self) -> bool:
        if self.file is None:
            self.path = next(self.paths, "")
            if self.path:
                part = self.path if isinstance(self.path, Part) else None
                self.file = self.opened.enter_context(
                    part.open() if part else open_bytes(self.path)
                )
                self.position = part.start if part else 0
                if not is_utf8(self.encoding):
                    make = codecs.getincrementaldecoder(self.encoding)
                    self.decoder = make(self.errors or "strict")
        return self.file is not None

    def read_piece(self, buffer: bytearray, start: int) -> int:
        """Read on into `buffer` from `start`; returns where the last whole line ends."""
        end = start + len(self.rest)
        buffer[start:end] = self.rest
        while True:
            # A word or line longer than a block: reading as much again keeps the cost linear.
            length = self.read_some(buffer, end, max(BLOCK_BYTES, end - start))
            if not length:
                return self.end_file(buffer, start, end)
            cut = buffer.rfind(b"\n", end, end + length) + 1
            end += length
            if not cut and not self.raw:  # a line end of its own only if no line feed can follow
                cut = buffer.rfind(b"\r", start, end - 1) + 1
            if not cut and end - start >= LONG_LINE_BLOCKS * BLOCK_BYTES:
                cut = max(buffer.rfind(b" ", start, end), buffer.rfind(b"\t", start, end)) + 1
            if cut:
                self.rest = buffer[cut:end]
                return cut

    def end_file(self, buffer: bytearray, start: int, end: int) -> int:
        self.close()
        self.rest = b""
        if end > start and not self.raw:
            buffer[end : end + 1] = b"\n"
            end += 1
        return end

    def read_some(self, buffer: bytearray, start: int, size: int) -> int:
        """Read up to `size` bytes into `buffer` from `start`; returns how many are to be used."""
        length = self.read_bytes(buffer, start, size)
        while self.position == 0 and 0 < length < 4:  # a byte order mark comes whole
            more = self.read_bytes(buffer, start + length, 4 - length)
            if not more:
                break
            length += more
        position, self.position = self.position, self.position + length
        if self.decoder is not None:
            return self.decode_some(buffer, start, length, position)
        if not self.raw:
            check_text(buffer, start, start + length, self.path, position)
            if position == 0 and self.errors in (None, "strict"):
                self.look_at(buffer[start : start + length])
            if position == 0 and buffer.startswith(UTF8_BOM, start, start + length):
                del buffer[start : start + len(UTF8_BOM)]
                length -= len(UTF8_BOM)
                return length or self.read_some(buffer, start, size)
        return length

    def read_bytes(self, buffer: bytearray, start: int, size: int) -> int:
        """Read up to `size` bytes into `buffer` from `start`; returns how many came."""
        buffer.extend(bytes(max(start + size - len(buffer), 0)))
        try:
            with memoryview(buffer)[start : start + size] as room:
                length: int | None = self.file.readinto(room)
        except Exception as error:
            if not is_damage(error):
                raise
            raise ValueError(f"corpus: {self.path!r} cannot be read to its end: {error}") from None
        if length is None:
            raise ValueError(
                f"corpus: {self.path!r} is non-blocking, so where it ends cannot be known; pass a "
                "file, or a pipe that waits"
            )
        return length

    def decode_some(self, buffer: bytearray, start: int, length: int, position: int) -> int:
        """Put what was read into UTF-8, in its place; returns its length, 0 at the end alone."""
        assert self.decoder is not None
        try:
            text = self.decoder.decode(buffer[start : start + length], not length)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"corpus: {self.path!r}, near byte {position + error.start}: no {self.encoding} "
                f"({error.reason}); name the encoding it is in, or errors='replace' to go on"
            ) from None
        if not length:
            self.decoder = None
        data = text.removeprefix("\ufeff" if position == 0 else "").encode("utf-8", "replace")
        buffer[start : start + len(data)] = data
        if length and not data:  # a character that is not whole yet
            return self.read_some(buffer, start, BLOCK_BYTES)
        return len(data)

    def look_at(self, data: bytearray) -> None:
        """Count the tokens of a file's beginning that are not UTF-8.

        Raises ValueError when they are so many of so many that the file is in another encoding.
        """
        self.n_checked += data.count(b" ") + data.count(b"\n")
        if _text.utf8_until(data) >= len(data) - 3:  # the last character may be cut
            return
        tokens = data.split()
        n_broken = sum(_text.utf8_until(token) < len(token) for token in tokens[:-1])
        self.n_broken += n_broken
        if len(data) >= ENOUGH_BYTES:
            judge_broken([self.path], n_broken, len(tokens))


def is_utf8(encoding: str) -> bool:
    """Whether an encoding, which there is, is UTF-8; see encodings.check_coding."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def not_utf8(files: list[str], n_broken: int, n_tokens: int) -> ValueError:
    """Return the error about a corpus in another encoding, which says where and in which."""
    where, line, encoding = "corpus", b"", "cp1252"
    for path in files:
        if path == STDIN:
            where = "corpus='-'"
        elif damage := find_damage(path):
            byte, number, line, sample = damage
            where = f"corpus: {path!r}, line {number:,}, byte {byte:,} ({line!r})"
            encoding = guess_encoding(sample)
            break
    return ValueError(
        f"{where}: {n_broken:,} of {n_tokens:,} tokens are not UTF-8; the text looks like "
        f"{encoding}: pass encoding={encoding!r} (--encoding {encoding}), or errors='replace' "
        "to go on"
    )


def find_damage(path: str) -> tuple[int, int, bytes, bytes] | None:
    """Return byte, line, some of that line and a sample of the file where it stops to be UTF-8."""
    with open_bytes(path) as file:
        rest, position, n_lines = b"", 0, 1
        while True:
            chunk = file.read(BLOCK_BYTES)
            data = rest + chunk
            at = _text.utf8_until(data)
            # The last character may be cut, unless the file ends.
            if at < len(data) - (3 if chunk else 0):
                start = data.rfind(b"\n", 0, at) + 1
                line = data[max(start, at - 20) : at + 20].split(b"\n")[0]
                n_lines += data.count(b"\n", 0, at)
                return position + at, n_lines, line, data[start:] + file.read(BLOCK_BYTES)
            if not chunk:
                return None
            position, n_lines = position + at, n_lines + data.count(b"\n", 0, at)
            rest = data[at:]


def check_text(data: bytearray, start: int, stop: int, path: str, position: int) -> None:
    """Raise ValueError when data[start:stop], `position` bytes into the file, is no UTF-8 text."""
    if position == 0:
        for bom, encoding in WIDE_BOMS.items():
            if data.startswith(bom, start, stop):
                raise ValueError(
                    f"corpus: {path!r} is {encoding}; convert it first: "
                    f"iconv -f {encoding} -t UTF-8 {path} > utf8.txt"
                )
    nul = data.find(b"\0", start, stop)
    if nul >= 0:
        raise ValueError(
            f"corpus: {path!r} is not text: byte {position + nul - start} is NUL (a binary file, "
            "or UTF-16 without a byte order mark?); UTF-8 text is expected"
        )


def read_sentences(corpus: Any, tokenizer: Tokenizer | None) -> Iterator[Any]:
    """Return an iterator over the token lists of a corpus that is no file, each as it was given.

    With a `tokenizer` the corpus consists of strings, each a sentence to be split by it.

    Raises TypeError when the corpus is not an iterable, or is a string.

    >>> list(read_sentences(["A cat", "a mat"], lambda text: text.lower().split()))
    [['a', 'cat'], ['a', 'mat']]
    """
    if is_table(corpus) or isinstance(corpus, Mapping):
        raise TypeError(f"corpus: {table_hint(corpus)}")
    try:
        sentences = None if isinstance(corpus, (str, bytes, bytearray)) else values_of(corpus)
    except TypeError:
        sentences = None
    if sentences is None:
        raise TypeError(
            f"corpus: {type(corpus).__name__} is neither a path nor an iterable of token lists"
        )
    return sentences if tokenizer is None else tokenize(sentences, tokenizer)


def values_of(corpus: Any) -> Iterator[Any]:
    """Return an iterator over a corpus: over Arrow's columns one of Python's objects.

    Arrow's own, scalars, are neither strings nor lists. Some become objects at a time.
    """
    if not all(hasattr(corpus, name) for name in ("to_pylist", "slice", "null_count")):
        return iter(corpus)
    starts = range(0, len(corpus), ARROW_VALUES)
    pieces = (corpus.slice(start, ARROW_VALUES).to_pylist() for start in starts)
    return itertools.chain.from_iterable(pieces)


def is_table(corpus: object) -> bool:
    """Whether an object has named columns: pandas, polars, Arrow and Hugging Face's tables do."""
    names = getattr(corpus, "columns", getattr(corpus, "column_names", None))
    return names is not None and not callable(names)


def table_hint(corpus: Any) -> str:
    """Say which part of a table or mapping to pass as a corpus."""
    names = getattr(corpus, "columns", getattr(corpus, "column_names", None))
    if isinstance(names, Iterable) and not isinstance(names, (str, Mapping)):
        # Arrow's `columns` are the columns themselves.
        names = [name for name in names if isinstance(name, str)] or corpus.column_names
        what, some = "a table with the columns", list(names)
    else:
        what, some = "a mapping with the keys", list(corpus)
    likely = [name for name in some if any(mark in str(name).lower() for mark in TEXT_COLUMNS)]
    example = repr((likely or some or ["text"])[0])
    return (
        f"{type(corpus).__name__} is {what} {', '.join(map(repr, some[:5]))}; pass one of them, as "
        f"in corpus[{example}], with tokenizer=str.split if it holds strings"
    )


def tokenize(texts: Iterable[str], tokenizer: Tokenizer) -> Iterator[list[str]]:
    for index, text in enumerate(texts):
        if isinstance(text, Mapping):
            raise TypeError(f"corpus: item {index}: {table_hint(text)}")
        if not isinstance(text, str):
            raise TypeError(
                f"corpus: item {index} is of type {type(text).__name__}; tokenizer= splits strings "
                "(drop tokenizer= if the items are lists of tokens already)"
            )
        tokens = tokenizer(text)
        if isinstance(tokens, (str, bytes, Mapping)) or not isinstance(tokens, Iterable):
            raise TypeError(
                f"tokenizer: it made {shortened(repr(tokens))} of type {type(tokens).__name__} of "
                f"item {index} where a list of tokens is expected; pass one that splits, such as "
                "str.split, lambda text: text.lower().split(), or your_tokenizer.tokenize"
            )
        # Blanks that a tokenizer returns, as jieba.lcut does, are no words.
        yield [token for token in tokens if not isinstance(token, str) or token.strip()]


def read_lines(
    files: list[str], encoding: str = "utf-8", errors: str | None = None
) -> Iterator[str]:
    """Yield the lines of the files without their ends; see encode for `encoding` and `errors`.

    A line of more than LONG_LINE_BLOCKS comes in several.
    """
    return (piece for piece, _ in read_pieces(files, encoding, errors))


def read_pieces(
    files: list[str], encoding: str = "utf-8", errors: str | None = None
) -> Iterator[tuple[str, bool]]:
    """Yield what read_lines does, and whether the line ends there."""
    buffer, n_repaired = bytearray(), 0
    with contextlib.closing(BlockReader(files, False, encoding, errors)) as reader:
        while length := reader.read(buffer):
            lines = LINE_END.split(buffer[:length])
            rest = lines.pop()  # empty, unless a line was cut
            for i, line in enumerate([*lines, rest] if rest else lines):
                try:
                    text = line.decode("utf-8", errors or "strict")
                except UnicodeDecodeError:
                    if errors is not None:
                        raise not_utf8(files, 1, reader.n_checked) from None
                    n_repaired += 1
                    text = line.decode("utf-8", "replace")
                yield text, i < len(lines)
    if n_repaired:
        judge_broken(files, reader.n_broken, reader.n_checked)
        warn_repaired(f"{n_repaired:,} lines")


def judge_broken(files: list[str], n_broken: int, n_tokens: int) -> None:
    """Raise ValueError when so many of the tokens are not UTF-8 that the corpus is not."""
    if n_broken > MOST_BROKEN_SHARE * n_tokens:
        raise not_utf8(files, n_broken, n_tokens)


def warn_repaired(what: str) -> None:
    warnings.warn(
        f"corpus: {what} hold bytes that are not UTF-8, which became U+FFFD "
        "(errors='surrogateescape' keeps them, 'strict' refuses them)",
        stacklevel=2,
    )
