"""Bytes on disk: the word2vec formats, and writing that never leaves half a file.

Owns what is written; readers.py owns what is read, and `read` is found here, too. Knows arrays, not
classes. V is the number of words, D the dimensions.
"""

import bz2
import contextlib
import gzip
import itertools
import lzma
import os
import re
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator

import numpy as np

from . import _files
from .readers import Stored, read
from .threads import run_threads, usable_cores

__all__ = ["Stored", "read", "replacing", "write_numbers", "write_word2vec"]

# Text of a block that one thread formats; the file takes the blocks in order.
BLOCK_BYTES = 4 << 20

# How much is handed to the file at once. For larger writes Linux (6.18, ext4) looks for larger
# pieces of memory, which more often takes long in a process that has just started.
WRITE_BYTES = 1 << 14

# More threads than this would wait for the file.
MOST_THREADS = 8


@contextlib.contextmanager
def replacing(path, argument: str = "path", compress: bool = True):
    """Open `path` for writing bytes; it appears whole when the block ends, or not at all.

    The bytes go to a temporary file beside it, which takes its place at the end, so a path that
    cannot be written fails here, at the beginning. A pipe or device is written directly. With
    `compress` a name that ends in .gz, .bz2, .xz or .zst is compressed.

    Raises OSError naming the argument, the path and the reason.
    """
    given = os.path.expanduser(os.fspath(path))
    path = os.path.realpath(given)
    try:
        mode = os.stat(path).st_mode
    except OSError:
        mode = None
    check_writable(path, argument)
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb", WRITE_BYTES) as file, compressor(file, given, compress) as squeezed:
            yield squeezed
        return
    folder, name = os.path.split(path)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)
    except OSError as error:
        raise type(error)(f"{argument}={path!r}: cannot write there: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb", WRITE_BYTES) as file:
            with compressor(file, given, compress) as squeezed:
                yield squeezed
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, usual_mode() if mode is None else stat.S_IMODE(mode))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def check_writable(path, argument: str = "path") -> None:
    """Raise OSError naming the argument and the path when no file can be written there."""
    path = os.path.expanduser(os.fspath(path))
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        raise IsADirectoryError(f"{argument}={path!r}: this is a directory; name a file in it")
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise PermissionError(f"{argument}={path!r}: no permission to overwrite it")
    if os.path.exists(path) and not os.path.isfile(path):
        return  # a pipe or device is written directly
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{argument}={path!r}: there is no directory {folder!r}")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{argument}={path!r}: no permission to write in {folder!r}")


def usual_mode() -> int:
    """Return the mode a new file gets from the shell; mkstemp gives its own none."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


# Ends of names that ask for compression.
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


def compressor(file, path: str, compress: bool):
    """Return a context of `file`, or of what compresses into it when the name of `path` asks."""
    suffix = os.path.splitext(path)[1] if compress else ""
    if suffix == ".gz":  # gzip's own level; no name or time, so that equal vectors are equal files
        return gzip.GzipFile("", "wb", 6, file, mtime=0)
    if suffix == ".bz2":
        return bz2.BZ2File(file, "wb")
    if suffix == ".xz":
        return lzma.LZMAFile(file, "wb")
    if suffix == ".zst":
        return zstd_writer(file, path)
    return contextlib.nullcontext(file)


def zstd_writer(file, path: str):
    try:
        from compression import zstd
    except ImportError:
        try:
            import zstandard
        except ImportError:
            raise ModuleNotFoundError(
                f"{path!r}: writing zstd needs the zstandard package: pip install 'w2v[zstd]'"
            ) from None
        return zstandard.ZstdCompressor().stream_writer(file, closefd=False)
    return zstd.open(file, "wb")


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
    if decimals is not None and not 0 <= decimals <= _files.MOST_DECIMALS:
        raise ValueError(
            f"decimals={decimals}: 0 to {_files.MOST_DECIMALS}, or None for as many as it takes to "
            "read the same float32 back"
        )
    n_words = check_words(words, prefix)
    if n_words != V or D == 0:
        raise ValueError(f"vectors: shape {vectors.shape} does not fit {n_words} words")
    if header:
        file.write(b"%d %d\n" % ((V, D) if header is True else header))
    # The most that a row can take, so that a block is some megabytes.
    row_bytes = 4 * D + 2 if binary else (_files.LONGEST_NUMBER + 1) * D + 2
    n_rows = max(1, BLOCK_BYTES // row_bytes)

    def format_rows(start: int, block: bytes, out: np.ndarray):
        rows = np.ascontiguousarray(vectors[start : start + n_rows], "<f4")
        room = len(block) + len(rows) * row_bytes
        if len(out) < room:
            out = np.empty(room, np.uint8)
        if binary:
            return out, _files.join_rows(block, rows.view(np.uint8), out)
        places = -1 if decimals is None else decimals
        return out, _files.format_rows(block, rows.astype(np.float32, copy=False), places, out)

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


def write_numbers(file, words, numbers) -> None:
    """Write `word number` lines: the C tool's -classes and -save-vocab formats."""
    for word, number in zip(words, numbers.tolist(), strict=True):
        file.write(word.encode("utf-8", "surrogateescape") + b" %d\n" % number)
