"""Bytes on disk: the word2vec formats, and writing that never leaves half a file.

Owns what is written; readers.py owns what is read, and `read` is found here, too. Knows arrays, not
classes. V is the number of words, D the dimensions.
"""

import itertools
import re
import threading
from collections.abc import Callable, Iterator

import numpy as np

from ..shared.streams import WRITE_BYTES
from ..shared.threads import run_threads, usable_cores
from . import _rows
from .source import Stored, read

__all__ = ["Stored", "read", "write_word2vec"]

# Text of a block that one thread formats; the file takes the blocks in order.
BLOCK_BYTES = 4 << 20

# More threads than this would wait for the file.
MOST_THREADS = 8


def write_word2vec(
    file,
    words,
    vectors: np.ndarray,
    binary: bool,
    decimals: int | None = None,
    *,
    header: tuple[int, int] | bool = True,
    prefix: str = "",
    workers: int | None = None,
) -> None:
    """Write words and vectors in the word2vec format of the C tools.

    Parameters
    ----------
    file : open for writing bytes.
    words : V str without blanks, tabs or line ends; any iterable that can be gone through twice.
    vectors : float (V, D); written as float32.
    binary : little-endian float32 after each word; else text.
    decimals : 0 to 12 digits after the point in text, each number followed by a blank, as C's
        printf writes them (it uses 6); None: the fewest digits that read back as the same float32,
        no blank at the end.
    header : whether the first line says V and D; GloVe has none. A pair is written instead of them.
    prefix : written before each word.
    workers : threads that format text; all cores unless given.

    Raises ValueError naming the word when it cannot stand in this format, before writing.
    """
    vectors = np.asarray(vectors)
    V, D = vectors.shape
    if decimals is not None and not 0 <= decimals <= _rows.MOST_DECIMALS:
        raise ValueError(
            f"decimals={decimals}: 0 to {_rows.MOST_DECIMALS}, or None for as many as it takes to "
            "read the same float32 back"
        )
    n_words = check_words(words, prefix)
    if n_words != V or D == 0:
        raise ValueError(f"vectors: shape {vectors.shape} does not fit {n_words} words")
    if header:
        file.write(b"%d %d\n" % ((V, D) if header is True else header))
    # The most that a row can take, so that a block is some megabytes.
    row_bytes = 4 * D + 2 if binary else (_rows.LONGEST_NUMBER + 1) * D + 2
    n_rows = max(1, BLOCK_BYTES // row_bytes)

    def format_rows(start: int, block: bytes, out: np.ndarray):
        rows = np.ascontiguousarray(vectors[start : start + n_rows], "<f4")
        room = len(block) + len(rows) * row_bytes
        if len(out) < room:
            out = np.empty(room, np.uint8)
        if binary:
            return out, _rows.join_rows(block, rows.view(np.uint8), out)
        places = -1 if decimals is None else decimals
        return out, _rows.format_rows(block, rows.astype(np.float32, copy=False), places, out)

    n_threads = min(workers or usable_cores(), MOST_THREADS, -(-V // n_rows))
    write_blocks(file, encoded(words, prefix, n_rows), format_rows, 1 if binary else n_threads)


def write_blocks(file, blocks: Iterator, format_block: Callable, n_threads: int) -> None:
    """Format (start, words) blocks on several threads and write them in order."""
    taking, turn = threading.Lock(), threading.Condition()
    order = itertools.count()
    n_written = 0

    def work(_, stop):
        nonlocal n_written
        out = np.empty(0, np.uint8)
        while not stop.is_set():
            with taking:
                start, block = next(blocks, (None, None))
                number = next(order)
            if block is None:
                return
            out, size = format_block(start, block, out)
            with turn:
                while n_written != number:
                    turn.wait(0.1)
                    if stop.is_set():
                        return
                for at in range(0, size, WRITE_BYTES):
                    file.write(memoryview(out)[at : min(at + WRITE_BYTES, size)])
                n_written += 1
                turn.notify_all()

    run_threads(work, n_threads)


def encoded(words, prefix: str, n: int) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of n words, a line feed after each, with the number of the first."""
    words, start = iter(words), 0
    while block := list(itertools.islice(words, n)):
        joined = prefix + f"\n{prefix}".join(block) + "\n"
        yield start, joined.encode("utf-8", "surrogateescape")
        start += len(block)


def check_words(words, prefix: str = "") -> int:
    """Return how many words there are.

    Raises ValueError naming the first that a row of text cannot hold.
    """
    if GAP.search(prefix):
        raise ValueError(f"prefix={prefix!r}: a blank or a line end separates in this format")
    words, n_words = iter(words), 0
    while block := list(itertools.islice(words, 10_000)):
        joined = "\n".join(block)
        bad = joined.count("\n") >= len(block) or any(gap in joined for gap in " \t\r")
        try:
            joined.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            bad = True
        if bad or not all(block):
            for word in block:
                check_word(word)
        n_words += len(block)
    return n_words


def check_word(word: str) -> None:
    if not word or GAP.search(word):
        raise ValueError(
            f"the word {word!r} has no place in the word2vec format, where a blank or a "
            "line end separates; rename it (blanks are often written as _) before saving"
        )
    try:
        word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ValueError(f"the word {word!r} cannot be written: {error.reason}") from None


GAP = re.compile("[ \t\r\n]")
