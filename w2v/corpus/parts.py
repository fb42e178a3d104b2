"""Files cut into blocks of lines, for several machines that each read some of them.

Owns where files are cut; what reads a part of one is sources.py's.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from ..shared.streams import open_bytes, opener_of

# As far a line may go on before it is cut at a blank; see sources.LONG_LINE_BLOCKS.
LONG_LINE_BYTES = 1 << 22
PIECE_BYTES = 1 << 16


class Part(str):
    """The path of a file, of which the bytes from `start` to `stop` are meant.

    `size` is that of the whole file.
    """

    start: int
    stop: int
    size: int

    @classmethod
    def of(cls, path: str, start: int, stop: int, size: int) -> "Part":
        part = cls(path)
        part.start, part.stop, part.size = start, stop, size
        return part

    @contextlib.contextmanager
    def open(self) -> Iterator[Any]:
        """Open it for its bytes; a whole file is decompressed when its first bytes say so.

        Raises ValueError when the file has not the size that it was cut by.
        """
        size = os.path.getsize(self)
        if size != self.size:
            raise ValueError(
                f"corpus: {str(self)!r} has {size:,} bytes here and {self.size:,} where the "
                "cluster was started; let all machines read the same file"
            )
        if self.stop - self.start == size:
            with open_bytes(str(self)) as file:
                yield file
            return
        with open(self, "rb") as file:
            yield Span(file, self.start, self.stop)


class Span:
    """The bytes of an open file from `start` to `stop`."""

    def __init__(self, file: Any, start: int, stop: int):
        self.file, self.left = file, stop - start
        file.seek(start)

    def readinto(self, room: memoryview) -> int:
        n: int = self.file.readinto(room[: self.left]) if self.left else 0
        self.left -= n
        return n


def cut_files(files: list[str], n: int, may_cut: bool = True) -> list[list[Part]]:
    """Cut files into n blocks of about as many bytes, in order; some may be empty.

    Files are cut after a line, or after a blank in a line of megabytes. Those that are compressed,
    or may not be cut, stay whole, and so do all when there is one block.

    >>> import pathlib
    >>> n_written = pathlib.Path("lines.txt").write_text("tea and milk\\n" * 4)
    >>> [[(part.start, part.stop) for part in block] for block in cut_files(["lines.txt"], 2)]
    [[(0, 26)], [(26, 52)]]
    """
    sizes = [os.path.getsize(file) for file in files]
    bounds = [sum(sizes) * k // n for k in range(n + 1)]
    blocks: list[list[Part]] = [[] for _ in range(n)]
    begin, block = 0, 0
    for file, size in zip(files, sizes, strict=True):
        whole = n == 1 or not may_cut or is_compressed(file)
        start = 0
        while start < size:
            # A whole file is of the block that its middle lies in.
            place = begin + (size // 2 if whole else start)
            while block < n - 1 and place >= bounds[block + 1]:
                block += 1
            stop = size if whole else line_end(file, bounds[block + 1] - begin, size)
            blocks[block].append(Part.of(file, start, stop, size))
            start = stop
        begin += size
    return blocks


def is_compressed(path: str) -> bool:
    with open(path, "rb") as file:
        return opener_of(file.read(8)) is not None


def line_end(path: str, place: int, size: int) -> int:
    """Return the end of the line that holds the byte before a place."""
    if place >= size:
        return size
    position, blank = place - 1, 0
    with open(path, "rb") as file:
        file.seek(position)
        while piece := file.read(PIECE_BYTES):
            if b"\n" in piece:
                return position + piece.index(b"\n") + 1
            if not blank and b" " in piece:
                blank = position + piece.index(b" ") + 1
            position += len(piece)
            if blank and position - place > LONG_LINE_BYTES:
                return blank
    return size
