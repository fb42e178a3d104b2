"""Bytes of files: opened, decompressed, compressed, and replaced whole or not at all.

Owns everything between a path and bytes. What the bytes mean is for corpus/ and formats/ to say.
"""

import bz2
import contextlib
import gzip
import importlib
import io
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from typing import BinaryIO

STDIN = "-"

UTF8_BOM = b"\xef\xbb\xbf"
WIDE_BOMS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}

# How much is handed to a file at once. For larger writes Linux (6.18, ext4) looks for larger
# pieces of memory, which more often takes long in a process that has just started.
WRITE_BYTES = 1 << 14


def zstd(purpose: str):
    """Return the module that reads and writes zstd: Python's own since 3.14, else its backport.

    Raises ModuleNotFoundError saying what is missing.
    """
    for module in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(module)
    raise ModuleNotFoundError(
        f"{purpose} zstd needs the backports.zstd package: pip install backports.zstd"
    )


# By how a compressed file begins.
OPENERS = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": lambda file: zstd(f"{file.name}: reading").open(file),
}

# Ends of names that ask for compression.
COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


@contextlib.contextmanager
def open_bytes(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input, for its bytes; decompressed when its first bytes say so."""
    with contextlib.ExitStack() as stack:
        if path == STDIN:
            file = getattr(sys.stdin, "buffer", None)
            if file is None:
                raise ValueError("corpus='-': this program has no standard input")
        else:
            file = stack.enter_context(open(path, "rb"))
        # Standard input may be any stream; peek is what BufferedReader offers.
        start = file.peek(8)[:8] if hasattr(file, "peek") else b""
        for magic, opener in OPENERS.items():
            if start.startswith(magic):
                file = stack.enter_context(opener(file))
        yield file


def size_of(file, path: str) -> int | None:
    """Return how many bytes an opened file has, None where that is not known before.

    It is not known of what is decompressed, of a pipe, or of standard input, of which some may
    have been read.
    """
    if isinstance(getattr(file, "raw", None), io.FileIO) and path != STDIN:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode):
            return status.st_size
    return None


def is_damage(error: Exception) -> bool:
    """Whether reading failed since a file is cut off, damaged or cannot be read further."""
    # The class of zstd's errors can be imported only where its module can.
    return (
        isinstance(error, (EOFError, OSError, zlib.error, lzma.LZMAError))
        or type(error).__name__ == "ZstdError"
    )


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
    import tempfile  # here, since few need it

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
        return zstd(f"{path!r}: writing").open(file, "wb")
    return contextlib.nullcontext(file)
