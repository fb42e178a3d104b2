"""Where words come from: files, directories, globs, compressed files, standard input, iterables.

Owns everything between what a user calls a corpus and either blocks of bytes or token lists. It
does not count or number words (draft.py, _text.pyx), and it never holds a corpus in memory.
"""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from ..shared.streams import UTF8_BOM, WIDE_BOMS, is_damage, open_bytes
from ..shared.types import Tokenizer

# Large enough that what Python does for a block does not show.
BLOCK_BYTES = 1 << 18

# A line is cut, at a blank, when it is longer than so many blocks.
LONG_LINE_BLOCKS = 16


class BlockReader:
    """Reads files one after another in blocks of about BLOCK_BYTES, each cut after a line.

    A line of more than LONG_LINE_BLOCKS is cut after a blank. A byte order mark is left out and
    the last line of each file gets its line feed, so that files do not run into each other. With
    `raw` the bytes are passed on untouched.
    """

    def __init__(self, files: list[str], raw: bool = False):
        self.paths = iter(files)
        self.raw = raw
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
                self.file = self.opened.enter_context(open_bytes(self.path))
                self.position = 0
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
        position, self.position = self.position, self.position + length
        if not self.raw:
            check_text(buffer, start, start + length, self.path, position)
            if position == 0 and buffer.startswith(UTF8_BOM, start, start + length):
                del buffer[start : start + len(UTF8_BOM)]
                length -= len(UTF8_BOM)
        return length


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
    if isinstance(corpus, (str, bytes, bytearray)) or not isinstance(corpus, Iterable):
        raise TypeError(
            f"corpus: {type(corpus).__name__} is neither a path nor an iterable of token lists"
        )
    return iter(corpus) if tokenizer is None else tokenize(corpus, tokenizer)


def tokenize(texts: Iterable[str], tokenizer: Tokenizer) -> Iterator[list[str]]:
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"corpus: item {index} is of type {type(text).__name__}; tokenizer= splits strings "
                "(drop tokenizer= if the items are lists of tokens already)"
            )
        yield list(tokenizer(text))


def read_lines(files: list[str]) -> Iterator[str]:
    """Yield the lines of the files without their ends; what is not UTF-8 becomes surrogates."""
    buffer = bytearray()
    with contextlib.closing(BlockReader(files)) as reader:
        while length := reader.read(buffer):
            for line in buffer[:length].removesuffix(b"\n").split(b"\n"):
                yield line.decode("utf-8", "surrogateescape").removesuffix("\r")
