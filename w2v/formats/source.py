"""The bytes of a file in order, decompressed, in blocks: what all readers of rows read from.

A file may be compressed or a pipe; memory grows only as data arrives.
"""

from typing import Any

import numpy as np

from ..shared.streams import is_damage, size_of
from ._rows import PADDING

# Large enough that what Python does for a block does not show, small enough for a core's cache.
BLOCK_BYTES = 1 << 20

# How much of a file is looked at to find out what it is.
HEAD_BYTES = 1 << 16

# A row of text longer than this is taken for damage; a million numbers fit.
MOST_ROW_BYTES = 1 << 25


class EndsEarly(ValueError, EOFError):
    """A file ends before what its header promises; an EOFError, too, which gensim raises."""


class Source:
    """The bytes of a file in order, decompressed.

    `rest` has been read from the file, but not been used; `position` is where it starts, and `size`
    where the file ends, None when that is not known before.
    """

    def __init__(self, file: Any, path: str):
        self.file = file
        self.path = path
        self.rest = b""
        self.position = 0
        self.at_end = False  # nothing follows the rest
        self.size = size_of(file, path)

    def error(self, message: str, kind: type[ValueError] = ValueError) -> ValueError:
        return kind(f"{self.path!r}: {message}")

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

    def unreadable(self, error: Exception) -> ValueError:
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

    def whole(self, mmap: str | None = "r") -> np.ndarray:
        """Return all bytes from the rest on, uint8 (n,); those of a plain file mapped, or read."""
        if self.size is not None and mmap is not None:
            return np.memmap(self.path, np.uint8, "c" if mmap == "c" else "r", self.position)
        while not self.at_end:
            self.look(2 * len(self.rest))
        return np.frombuffer(self.rest, np.uint8)

    def check_row_size(self, most: int = MOST_ROW_BYTES) -> None:
        if len(self.rest) > most:
            raise self.error(f"no row of vectors: no line end for {len(self.rest):,} bytes")
