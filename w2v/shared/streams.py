"""Bytes of files: opened, decompressed, compressed, and replaced whole or not at all.

Owns everything between a path and bytes. What the bytes mean is for corpus/ and formats/ to say.
"""

import bz2
import contextlib
import errno
import gzip
import importlib
import io
import lzma
import os
import shutil
import stat
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any, BinaryIO

from .amounts import sized
from .checks import check_path
from .types import AnyPath

STDIN = "-"

UTF8_BOM = b"\xef\xbb\xbf"
WIDE_BOMS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}

# What a file system says that takes no more.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# How much is handed to a file at once. For larger writes Linux (6.18, ext4) looks for larger
# pieces of memory, which more often takes long in a process that has just started.
WRITE_BYTES = 1 << 14
# How much is unpacked at once for who reads less.
UNPACKED_BYTES = 1 << 16


def zstd(purpose: str) -> ModuleType:
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
OPENERS: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": lambda file: zstd(f"{file.name}: reading").open(file),
}


def opener_of(start: bytes) -> Callable[[Any], Any] | None:
    """Return what opens a file that begins so, uncompressed; None where it is not compressed."""
    return next((OPENERS[magic] for magic in OPENERS if start.startswith(magic)), None)


# What is compressed may unpack to this many times its size: text makes 3 to 10, vectors of zeros a
# thousand, and a few kB that are made to fill a disk or memory more. $W2V_MOST_EXPANSION overrules.
MOST_EXPANSION = 250
# So much may come of anything.
ENOUGH_UNPACKED = 1 << 30


class Packed:
    """The bytes of a compressed file, counted as they are read."""

    def __init__(self, file: Any):
        self.file, self.name, self.n = file, getattr(file, "name", ""), 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.file.read(size)
        self.n += len(data)
        return data


class Unpacked(io.RawIOBase):
    """What comes of a compressed file; raises ValueError once that is too many times its size."""

    def __init__(self, file: Any, packed: Packed, path: str):
        self.file, self.packed, self.path, self.n = file, packed, path, 0
        given = os.environ.get("W2V_MOST_EXPANSION", MOST_EXPANSION)
        try:
            self.most = float(given)
        except ValueError:
            raise ValueError(f"W2V_MOST_EXPANSION={given!r}: a number is expected") from None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n: int = self.file.readinto(buffer)
        self.n += n
        if self.n > ENOUGH_UNPACKED and self.n > self.most * self.packed.n:
            raise ValueError(
                f"{self.path!r} unpacks to more than {self.most:,.0f} times its size "
                f"({sized(self.n)} so far); if that is as it should be, set W2V_MOST_EXPANSION to "
                "more in the environment"
            )
        return n


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
        opener = opener_of(start)
        if opener is not None:
            packed = Packed(file)
            unpacked = stack.enter_context(opener(packed))
            file = io.BufferedReader(Unpacked(unpacked, packed, path), UNPACKED_BYTES)
            stack.enter_context(file)
        try:
            yield file
        except Exception as error:
            # bz2 has no class of its own for damage, but its OSError has no number either.
            if opener is not None and is_damage(error) and getattr(error, "errno", None) is None:
                raise ValueError(f"{path!r} cannot be read to its end: {error}") from None
            raise


def size_of(file: BinaryIO, path: str) -> int | None:
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
def replacing(path: AnyPath, argument: str = "path", compress: bool = True) -> Iterator[BinaryIO]:
    """Open `path` for writing bytes; it appears whole when the block ends, or not at all.

    The bytes go to a temporary file beside it, which takes its place at the end, so a path that
    cannot be written fails here, at the beginning. Where no file can be made beside it or take its
    place (a file mounted into a container, a directory of others), the file itself is written at
    the end. A pipe or device is written directly. With `compress` a name that ends in .gz, .bz2,
    .xz or .zst is compressed.

    Raises OSError naming the argument, the path and the reason, and where what was written is kept
    when at the end it cannot be put in its place.

    >>> with replacing("text.gz") as file:
    ...     n_bytes = file.write(b"a cat")
    >>> with open_bytes("text.gz") as file:
    ...     file.read()
    b'a cat'
    """
    given = check_path(argument, path)
    check_writable(given, argument)
    mode = mode_of(given)
    if mode is not None and not stat.S_ISREG(mode):
        with open(given, "wb", WRITE_BYTES) as file, compressor(file, given, compress) as squeezed:
            yield squeezed
        return
    path = os.path.realpath(given)
    descriptor, temporary = open_temporary(path, argument, mode is not None)
    with os.fdopen(descriptor, "w+b", WRITE_BYTES) as file:
        try:
            with compressor(file, given, compress) as squeezed:
                yield squeezed
            file.flush()
            os.fsync(file.fileno())
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            with contextlib.suppress(OSError):
                file.close()  # writes what is left, of which the error would hide this one
            if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
                raise OSError(
                    error.errno, f"{error.strerror}; what was there before stays", given
                ) from None
            raise
        put_in_place(file, temporary, path, argument, mode)


def mode_of(path: str) -> int | None:
    """Return the mode of a file, None where there is none."""
    try:
        return os.stat(path).st_mode
    except OSError:
        return None


def open_temporary(path: str, argument: str, exists: bool) -> tuple[int, str]:
    """Open a temporary file beside `path`, or elsewhere if that exists and no other can be made."""
    folder, name = os.path.split(path)
    import tempfile  # here, since few need it

    # A name may have 255 bytes, and characters several, in the encoding of the file system.
    prefix = "." + os.fsencode(name)[:60].decode(sys.getfilesystemencoding(), "ignore") + "."
    try:
        return tempfile.mkstemp(prefix=prefix, dir=folder)
    except OSError as error:
        if exists:
            return tempfile.mkstemp(prefix="w2v-")
        raise type(error)(
            error.errno, f"{argument}={path!r}: cannot write there: {error.strerror}"
        ) from None


def put_in_place(
    file: BinaryIO, temporary: str, path: str, argument: str, mode: int | None
) -> None:
    """Let a temporary file, written and still open, take the place of `path`, or its content."""
    try:
        os.chmod(temporary, usual_mode() if mode is None else stat.S_IMODE(mode))
        if os.path.dirname(temporary) != os.path.dirname(path):
            raise OSError("it was written elsewhere, since no file can be made beside it")
        os.replace(temporary, path)
        return
    except OSError as error:
        reason = error
    try:
        if mode is None:
            raise reason
        file.seek(0)
        with open(path, "r+b") as target:
            shutil.copyfileobj(file, target)
            target.truncate()
            os.fsync(target.fileno())
    except OSError as error:
        raise OSError(
            f"{argument}={path!r}: what was written cannot be put there ({error.strerror or error})"
            f"; it is kept in {kept(file, temporary)!r}"
        ) from None
    with contextlib.suppress(OSError):
        os.unlink(temporary)


def kept(file: BinaryIO, temporary: str) -> str:
    """Return where the content of a temporary file is: itself, or a copy if it has vanished."""
    if os.path.exists(temporary):
        return temporary
    import tempfile  # here, since few need it

    descriptor, copy = tempfile.mkstemp(prefix="w2v-")
    file.seek(0)
    with os.fdopen(descriptor, "wb") as target:
        shutil.copyfileobj(file, target)
    return copy


def check_writable(path: AnyPath, argument: str = "path") -> None:
    """Raise OSError naming the argument and the path when no file can be written there."""
    path = check_path(argument, path)
    if os.path.isdir(path):
        raise IsADirectoryError(f"{argument}={path!r}: this is a directory; name a file in it")
    if os.path.exists(path):
        if not os.access(path, os.W_OK):
            raise PermissionError(f"{argument}={path!r}: no permission to overwrite it")
        return
    try:
        os.stat(path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # a name too long, a NUL in it, a file for a directory
        reason = getattr(error, "strerror", None) or error
        raise OSError(f"{argument}={path[:200]!r}: cannot write there: {reason}") from None
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{argument}={path!r}: there is no directory {folder!r}")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{argument}={path!r}: no permission to write in {folder!r}")


def check_space(files: Mapping[str, tuple[AnyPath, int]]) -> None:
    """Raise OSError when files of so many bytes do not fit where they are to be.

    `files` maps the argument that names a file to its path and its bytes. What is on one file
    system has to fit together; old files stay until new ones take their place.
    """
    wanted: dict[int, list[tuple[str, str, int]]] = {}
    for argument, (path, n_bytes) in files.items():
        given = check_path(argument, path)
        mode = mode_of(given)
        if mode is None or stat.S_ISREG(mode):
            folder = os.path.dirname(os.path.realpath(given))
            with contextlib.suppress(OSError):
                device = os.stat(folder).st_dev
                wanted.setdefault(device, []).append(
                    (f"{argument}={os.fspath(path)!r}", folder, n_bytes)
                )
    for together in wanted.values():
        names, folders, sizes = zip(*together, strict=True)
        try:
            free = shutil.disk_usage(folders[0]).free
        except OSError:
            continue
        if sum(sizes) > free:
            raise OSError(
                f"{', '.join(names)}: {sized(sum(sizes))} are needed there, and {sized(free)} are "
                "free"
            )


def usual_mode() -> int:
    """Return the mode a new file gets from the shell; mkstemp gives its own none."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def compressor(file: BinaryIO, path: str, compress: bool) -> AbstractContextManager[Any]:
    """Return a context of `file`, or of what compresses into it when the name of `path` asks."""
    suffix = os.path.splitext(path)[1] if compress else ""
    if suffix == ".gz":  # gzip's own level; no name or time, so that equal vectors are equal files
        return gzip.GzipFile("", "wb", 6, file, mtime=0)
    if suffix == ".bz2":
        return bz2.BZ2File(file, "wb")
    if suffix == ".xz":
        return lzma.LZMAFile(file, "wb")
    if suffix == ".zst":
        module = zstd(f"{path!r}: writing")
        # Without a checksum most changed bits would be read as data.
        return module.open(file, "wb", options={module.CompressionParameter.checksum_flag: 1})
    return contextlib.nullcontext(file)


def flush(stream: Any) -> None:
    """Flush a stream, which may be any object that writes."""
    getattr(stream, "flush", lambda: None)()


def is_terminal(stream: Any) -> bool:
    """Whether a stream, which may be absent, closed or any object that writes, is a terminal."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
