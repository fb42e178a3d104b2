"""Where words come from: files, directories, globs, compressed files, standard input, iterables.

Owns everything between what a user calls a corpus and either blocks of bytes or token lists. It
does not count or number words (corpus.py, _text.pyx), and it never holds a corpus in memory.
"""

import bz2
import contextlib
import glob
import gzip
import io
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

STDIN = "-"

# Large enough that what Python does for a block does not show.
BLOCK_BYTES = 1 << 20

# A line is cut, at a blank, when it is longer than so many blocks.
LONG_LINE_BLOCKS = 4

COMPRESSED = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": lambda file: open_zstd(file),
}
DECOMPRESSION_ERRORS = (EOFError, OSError, zlib.error, lzma.LZMAError)
UTF8_BOM = b"\xef\xbb\xbf"
WIDE_BOMS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def find_files(corpus, argument: str = "corpus") -> list[str] | None:
    """Return the files that `corpus` names, or None when it is no path, glob or list of them.

    A string or os.PathLike is a file, a directory (its files at any depth, hidden ones left out, in
    sorted order), a glob pattern (sorted) or "-" for standard input. A list or tuple of such is
    their concatenation; a list of strings of which none names a file is not taken for paths.

    Raises FileNotFoundError or ValueError when a path does not exist or a directory has no files.
    """
    if isinstance(corpus, (str, os.PathLike)):
        return expand_path(os.fspath(corpus), argument)
    if not isinstance(corpus, (list, tuple)) or not corpus:
        return None
    if not all(isinstance(item, (str, os.PathLike)) for item in corpus):
        return None
    texts = [item for item in corpus if isinstance(item, str)]
    if len(texts) == len(corpus) and not any(looks_like_path(text) for text in texts):
        return None
    return [file for item in corpus for file in expand_path(os.fspath(item), argument)]


def looks_like_path(text: str) -> bool:
    try:
        return text == STDIN or os.path.exists(text) or bool(has_magic(text) and glob.glob(text))
    except (ValueError, OSError):  # an embedded NUL; a name too long
        return False


def has_magic(text: str) -> bool:
    return any(mark in text for mark in "*?[")


def expand_path(path, argument: str) -> list[str]:
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if path == STDIN:
        return [STDIN]
    if "\0" in path or not path:
        raise FileNotFoundError(f"{argument}={path[:60]!r}: not the name of a file")
    path = os.path.expanduser(path)
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        files = sorted(glob.glob(path, recursive=True)) if has_magic(path) else []
        files = [file for file in files if os.path.isfile(file)]
        if not files:
            raise FileNotFoundError(
                f"{argument}={shortened(path)}: no such file or directory, and no file matches it "
                "as a pattern (text itself is passed as lists of tokens, or with tokenizer=)"
            ) from None
    except OSError as error:
        raise FileNotFoundError(f"{argument}={shortened(path)}: {error.strerror}") from None
    else:
        files = files_below(path, argument) if stat.S_ISDIR(mode) else [path]
    for file in files:
        if not os.access(file, os.R_OK):
            raise PermissionError(f"{argument}={file!r}: no permission to read it")
    return files


def shortened(text: str) -> str:
    return repr(text if len(text) <= 200 else text[:200] + "...")


def files_below(directory: str, argument: str) -> list[str]:
    files = []
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [os.path.join(folder, name) for name in sorted(names) if not name.startswith(".")]
    files = [file for file in files if os.path.isfile(file)]
    if not files:
        raise ValueError(f"{argument}={directory!r}: this directory holds no text files")
    return files


@contextlib.contextmanager
def open_text(path: str) -> Iterator[BinaryIO]:
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
        for magic, opener in COMPRESSED.items():
            if start.startswith(magic):
                file = stack.enter_context(opener(file))
        yield file


def open_zstd(file):
    try:
        from compression import zstd
    except ImportError:
        try:
            import zstandard
        except ImportError:
            raise ModuleNotFoundError(
                f"{file.name}: reading zstd needs the zstandard package: pip install 'w2v[zstd]'"
            ) from None
        return io.BufferedReader(ZstdReader(file, zstandard.ZstdDecompressor()))
    return zstd.open(file)


class ZstdReader(io.RawIOBase):
    """Decompresses zstd frames; the package's own reader takes a file that is cut off for whole."""

    # A few bytes can stand for 128 KB (a run), so little is decompressed at once.
    STEP_BYTES = 4096

    def __init__(self, file, decompressor):
        self.file = file
        self.decompressor = decompressor
        self.frame = None  # the one that has begun and not ended
        self.held = memoryview(b"")  # decompressed and not read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self.held:
            data = self.file.read(self.STEP_BYTES)
            if not data and self.frame is not None:
                raise EOFError("the compressed file is cut off")
            if not data:
                return 0
            parts = []
            while data:
                self.frame = self.frame or self.decompressor.decompressobj()
                parts.append(self.frame.decompress(data))
                data = b""
                if self.frame.eof:
                    data, self.frame = self.frame.unused_data, None
            self.held = memoryview(b"".join(parts))
        n = min(len(buffer), len(self.held))
        buffer[:n], self.held = self.held[:n], self.held[n:]
        return n


def read_blocks(files: list[str], size: int = BLOCK_BYTES, raw: bool = False) -> Iterator[bytes]:
    """Yield the bytes of the files in blocks of about `size`, cut after a line.

    A line of more than LONG_LINE_BLOCKS is cut after a blank. A byte order mark is left out and
    the last line of each file gets its line feed, so that files do not run into each other. With
    `raw` the bytes are passed on untouched.

    Raises ValueError naming the file when it is not text (NUL bytes, UTF-16) or damaged.
    """
    held: list[bytes] = []  # small files share a block
    for path in files:
        with open_text(path) as file:
            for block in cut_blocks(file, path, size, raw):
                held.append(block)
                if sum(map(len, held)) >= size // 2:
                    yield b"".join(held)
                    held = []
    if held:
        yield b"".join(held)


def cut_blocks(file, path: str, size: int, raw: bool) -> Iterator[bytes]:
    rest = b""
    position = 0  # of the next byte to be read
    # A word or line longer than a block: reading as much again keeps the cost linear.
    while data := read_some(file, path, max(size, len(rest))):
        start, position = position, position + len(data)
        if not raw:
            check_text(data, path, start)
            if start == 0:
                data = data.removeprefix(UTF8_BOM)
        cut = data.rfind(b"\n") + 1
        if cut:
            yield rest + data[:cut]
            rest = data[cut:]
            continue
        rest += data
        if len(rest) >= LONG_LINE_BLOCKS * size:
            cut = max(rest.rfind(b" "), rest.rfind(b"\t")) + 1
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
    if rest:
        yield rest if raw else rest + b"\n"


def read_some(file, path: str, size: int) -> bytes:
    try:
        return file.read(size)
    except DECOMPRESSION_ERRORS as error:
        raise ValueError(f"corpus: {path!r} cannot be read to its end: {error}") from None
    except Exception as error:
        # The zstd libraries have error classes of their own, importable only where installed.
        if type(error).__name__ != "ZstdError":
            raise
        raise ValueError(f"corpus: {path!r} cannot be read to its end: {error}") from None


def check_text(data: bytes, path: str, position: int) -> None:
    """Raise ValueError when these bytes, `position` bytes into the file, cannot be UTF-8 text."""
    if position == 0:
        for bom, encoding in WIDE_BOMS.items():
            if data.startswith(bom):
                raise ValueError(
                    f"corpus: {path!r} is {encoding}; convert it first: "
                    f"iconv -f {encoding} -t UTF-8 {path} > utf8.txt"
                )
    nul = data.find(b"\0")
    if nul >= 0:
        raise ValueError(
            f"corpus: {path!r} is not text: byte {position + nul} is NUL (a binary file, or UTF-16 "
            "without a byte order mark?); UTF-8 text is expected"
        )


def read_sentences(corpus, tokenizer: Callable[[str], Iterable[str]] | None) -> Iterator:
    """Return an iterator over the token lists of a corpus that is no file, each as it was given.

    With a `tokenizer` the corpus consists of strings, each a sentence to be split by it.

    Raises TypeError when the corpus is not an iterable, or is a string.
    """
    if isinstance(corpus, (str, bytes, bytearray)) or not isinstance(corpus, Iterable):
        raise TypeError(
            f"corpus: {type(corpus).__name__} is neither a path nor an iterable of token lists"
        )
    return iter(corpus) if tokenizer is None else tokenize(corpus, tokenizer)


def tokenize(texts: Iterable[str], tokenizer: Callable[[str], Iterable[str]]) -> Iterator[list]:
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"corpus: item {index} is of type {type(text).__name__}; tokenizer= splits strings "
                "(drop tokenizer= if the items are lists of tokens already)"
            )
        yield list(tokenizer(text))


def read_lines(files: list[str]) -> Iterator[str]:
    """Yield the lines of the files without their ends; what is not UTF-8 becomes surrogates."""
    for block in read_blocks(files):
        for line in block.removesuffix(b"\n").split(b"\n"):
            yield line.decode("utf-8", "surrogateescape").removesuffix("\r")
