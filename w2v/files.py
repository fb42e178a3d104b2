"""Bytes on disk, both directions: the word2vec formats, and writing that never leaves half a file.

Owns formats and knows arrays, not classes. V is the number of words, D the dimensions.
"""

import contextlib
import os
import re
import stat
import tempfile

import numpy as np

# How much of a file is looked at to tell text from binary.
HEAD_BYTES = 1 << 16


@contextlib.contextmanager
def replacing(path, argument: str = "path"):
    """Open `path` for writing bytes; it appears whole when the block ends, or not at all.

    The bytes go to a temporary file beside it, which takes its place at the end, so a path that
    cannot be written fails here, at the beginning. A pipe or device is written directly.

    Raises OSError naming the argument, the path and the reason.
    """
    path = os.path.realpath(os.path.expanduser(os.fspath(path)))
    try:
        mode = os.stat(path).st_mode
    except OSError:
        mode = None
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{argument}={path!r}: this is a directory; name a file in it")
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as file:
            yield file
        return
    if mode is not None and not os.access(path, os.W_OK):
        raise PermissionError(f"{argument}={path!r}: no permission to overwrite it")
    folder, name = os.path.split(path)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)
    except OSError as error:
        raise type(error)(f"{argument}={path!r}: cannot write there: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, usual_mode() if mode is None else stat.S_IMODE(mode))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def usual_mode() -> int:
    """Return the mode a new file gets from the shell; mkstemp gives its own none."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def write_word2vec(file, words, vectors: np.ndarray, binary: bool, decimals: int | None = None):
    """Write words and vectors in the word2vec format of the C tools.

    Parameters
    ----------
    file : open for writing bytes.
    words : V str without blanks or line ends.
    vectors : float (V, D); written as float32.
    binary : little-endian float32 after each word; else text.
    decimals : digits after the point in text, each followed by a blank, as C's printf writes them
        (it uses 6); None: the shortest that read back as the same float32, no blank at the end.

    Raises ValueError naming the word when it cannot stand in this format, before writing.
    """
    for word in words:
        if not word or BLANK.search(word):
            raise ValueError(
                f"the word {word!r} has no place in the word2vec format, where a blank or a line "
                "end separates; rename it (blanks are often written as _) before saving"
            )
    vectors = np.asarray(vectors)
    D = vectors.shape[1]
    file.write(b"%d %d\n" % (len(words), D))
    row_format = None if decimals is None else f"%.{decimals}f " * D
    for start in range(0, len(words), 1000):
        rows = np.asarray(vectors[start : start + 1000], "<f4")
        lines = []
        for word, row in zip(words[start : start + 1000], rows, strict=True):
            lines.append(word.encode("utf-8", "surrogateescape") + b" ")
            if binary:
                lines.append(row.tobytes())
            elif row_format:
                lines.append((row_format % tuple(row.tolist())).encode())
            else:
                lines.append(" ".join(map(str, row)).encode())
            lines.append(b"\n")
        file.write(b"".join(lines))


BLANK = re.compile("[ \t\n]")


def write_classes(file, words, classes) -> None:
    """Write `word class` lines, the C tool's -classes format."""
    for word, number in zip(words, classes.tolist(), strict=True):
        file.write(word.encode("utf-8", "surrogateescape") + b" %d\n" % number)


def read_word2vec(path, binary: bool | None = None, errors: str = "strict"):
    """Read words and vectors from a file in the word2vec format.

    Parameters
    ----------
    binary : None finds out.
    errors : what happens to words that are not UTF-8 (the C tools cut long words inside a
        character): "strict" raises, or any error handler of bytes.decode.

    Returns words (list of V str) and vectors (float32 (V, D)).

    Raises FileNotFoundError; ValueError naming the row and byte where the file is damaged.
    """
    path = os.fspath(path)
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        header = file.readline(100)
        fields = header.split()
        if len(fields) != 2 or not all(field.isdigit() for field in fields):
            raise ValueError(
                f"{path!r}: not in the word2vec format: the first line is {header[:40]!r}, where "
                "the numbers of words and dimensions are expected"
            )
        V, D = map(int, fields)
        if D == 0:
            raise ValueError(f"{path!r}: the header says 0 dimensions")
        # Each number takes at least 2 bytes: "0 ".
        if size < 2 * V * D:
            raise ValueError(
                f"{path!r}: the header promises {V} x {D} numbers, too many for {size} bytes"
            )
        if binary is None:
            binary = not looks_like_text(file.read(HEAD_BYTES), D)
            file.seek(len(header))
        read_rows = read_binary_rows if binary else read_text_rows
        vectors = np.empty((V, D), np.float32)
        words = read_rows(file, vectors, path)
    return decode_words(words, errors, path), vectors


def looks_like_text(head: bytes, D: int) -> bool:
    """Whether the first row is written in digits: a word and then numbers up to the line's end."""
    line, newline, _ = head.partition(b"\n")
    fields = line.split(b" ")[1:]
    if newline:
        fields = [field for field in fields if field.strip()]
        if len(fields) != D:
            return False
    else:
        fields = fields[:-1]  # the last one may be cut
    try:
        np.array(fields, dtype=np.float64)
    except ValueError:
        return False
    return bool(fields)


def read_binary_rows(file, vectors: np.ndarray, path: str) -> list[bytes]:
    V, D = vectors.shape
    words = []
    row_bytes = 4 * D
    data, offset = b"", 0
    for i in range(V):
        end = data.find(b" ", offset)
        while end < 0 or len(data) - end - 1 < row_bytes:
            more = file.read(max(1 << 22, row_bytes))
            if not more:
                raise ValueError(f"{path!r}: row {i} of {V} is cut off at byte {file.tell()}")
            data, offset = data[offset:] + more, 0
            end = data.find(b" ")
        words.append(data[offset:end].lstrip(b"\n"))
        vectors[i] = np.frombuffer(data, "<f4", D, end + 1)
        offset = end + 1 + row_bytes
    if (data[offset:] + file.read(1)).strip(b"\n"):
        raise ValueError(f"{path!r}: more data after row {V}, the last one the header promises")
    return words


def read_text_rows(file, vectors: np.ndarray, path: str) -> list[bytes]:
    V, D = vectors.shape
    words = []
    for i in range(V):
        start = file.tell()
        fields = file.readline().rstrip(b"\r\n").rstrip(b" ").split(b" ")
        try:
            if len(fields) != D + 1:
                raise ValueError(f"{len(fields) - 1} numbers instead of {D}")
            vectors[i] = np.array(fields[1:], np.float64)
        except ValueError as error:
            raise ValueError(f"{path!r}: row {i} of {V}, byte {start}: {error}") from None
        words.append(fields[0])
    if file.read(1 << 16).strip():
        raise ValueError(f"{path!r}: more data after row {V}, the last one the header promises")
    return words


def decode_words(words: list[bytes], errors: str, path: str) -> list[str]:
    out = []
    for i, word in enumerate(words):
        try:
            out.append(word.decode("utf-8", errors))
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path!r}: the word of row {i}, {word!r}, is not UTF-8 ({error.reason}); the C "
                "tools cut long words inside a character: pass unicode_errors='replace'"
            ) from None
    return out
