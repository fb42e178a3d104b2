"""The word2vec formats, text and binary, and GloVe's: word2vec text without a header.

Owns what stands before the rows, and the writing of both. V is the number of words, D the
dimensions.
"""

import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import MAX_DIMENSIONS, MAX_WORKERS, check_number, word_bytes
from ..shared.streams import UTF8_BOM, WRITE_BYTES
from ..shared.threads import Queue, run_threads, usable_cores
from . import _rows, strangers
from .ids import spelled
from .rows import count_numbers, fields_of
from .source import HEAD_BYTES, Source

# So many bytes of vectors hold a control character, but for one file in 10^10.
LEAST_BINARY_BYTES = 200

CONTROL_BYTES = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")

# Text of a block that one thread formats; the file takes the blocks in order.
BLOCK_BYTES = 4 << 20

# What a block was formatted into, which may have been too small, and the bytes it takes.
Formatted: TypeAlias = tuple[NDArray[np.uint8], int]

# More threads than this would wait for the file.
MOST_THREADS = 8


def read_head(
    source: Source, binary: bool | None, header: bool | None
) -> tuple[str, int | None, int]:
    """Return the kind of file, V (None without a header) and D, and skip the header."""
    if source.rest.startswith(UTF8_BOM):
        source.skip(len(UTF8_BOM))
    while not source.at_end and b"\n" not in source.rest and b"\0" not in source.rest:
        source.check_row_size()
        check_width(source, source.rest)
        source.look(2 * len(source.rest))
    line, newline, _ = source.rest.partition(b"\n")
    check_width(source, line)
    fields = line.split()
    is_header = len(fields) == 2 and all(f.isdigit() and len(f) < 19 for f in fields)
    if is_header if header is None else header:
        if not is_header:
            raise source.error(
                "not in the word2vec format: the first line is "
                f"{line[:40]!r}, where the numbers of words and dimensions are expected"
            )
        source.skip(len(line) + len(newline))
        V, D = map(int, fields)
        if D == 0:
            raise source.error("the header says 0 dimensions")
        if D > MAX_DIMENSIONS:
            raise source.error(
                f"the header promises {D:,} dimensions; {MAX_DIMENSIONS:,} is the most"
            )
        is_binary = looks_binary(source, V, D, binary)
        if binary is not None and binary != is_binary and V:
            is_what = "binary" if is_binary else "text"
            raise source.error(f"binary={binary}, but this is word2vec {is_what}; leave it out")
        return "word2vec binary" if is_binary else "word2vec text", V, D
    if not source.rest:
        raise source.error("the file is empty")
    D = count_numbers(line) and dimensions_of(source)
    if D == 0:
        what = strangers.what_may_be(source.rest)
        hint = what and f"; this looks like {what}"
        raise source.error(
            f"not a file of word vectors: the first line is {line[:40]!r}, where the numbers "
            f"of words and dimensions are expected, or a word and its vector{hint}"
        )
    if binary:
        raise source.error("binary=True, but this is text without a header; leave it out")
    return "GloVe", None, D


def check_width(source: Source, line: bytes) -> None:
    """Raise ValueError when a first line has too many fields, before they are looked at."""
    if line.count(b" ") + line.count(b"\t") > MAX_DIMENSIONS:
        raise source.error(
            f"no row of vectors: the first line has more than {MAX_DIMENSIONS:,} blanks, and so "
            "many dimensions are the most"
        )


def dimensions_of(source: Source) -> int:
    """Return D by the rows in the head of a file without header.

    Where words have blanks in them, one may end in a number ("Windows 10"), so the first row alone
    cannot tell: D is then what most rows have, or else the least.
    """
    lines = source.rest.split(b"\n")
    lines = [line for line in (lines if source.at_end else lines[:-1] or lines) if line.strip()]
    sizes = [count_numbers(line) for line in lines]
    if all(len(fields_of(line)) <= size + 1 for line, size in zip(lines, sizes, strict=True)):
        return sizes[0]
    most, n = Counter(sizes).most_common(1)[0]
    return most if 2 * n > len(sizes) else max(min(sizes), 1)


def looks_binary(source: Source, V: int, D: int, hint: bool | None) -> bool:
    """Whether the rows are binary; `hint` decides about what may be either."""
    source.look(HEAD_BYTES)
    line, newline, _ = source.rest.partition(b"\n")
    if newline or source.at_end:
        if not source.rest.strip() or count_numbers(line) == D:
            return False
    else:
        fields = fields_of(line)
        half = fields[len(fields) // 2 : -1]  # the last one may be cut
        if half and all(map(_rows.is_number, half)):
            return False
    if CONTROL_BYTES.search(source.rest):
        return True
    # Of a byte of a float32 one in nine is a control character.
    if len(source.rest) > LEAST_BINARY_BYTES:
        return False
    if hint is not None:
        return hint
    # Text that is damaged in its first row, or has decimal commas.
    if any(_rows.is_number(field.replace(b",", b".")) for field in fields_of(line)[1:]):
        return False
    data = np.frombuffer(source.rest, np.uint8)
    spans = np.empty((min(V, len(data) // (4 * D + 1)), 2), np.int64)
    n_rows, end = _rows.find_rows(data, len(data), 4 * D, spans)
    is_all = n_rows == V and not source.rest[end:].strip(b"\n")
    return n_rows > 0 and (is_all or not source.at_end)


def write_word2vec(
    file: IO[bytes],
    words: Iterable[Any],
    vectors: np.ndarray,
    binary: bool,
    decimals: int | None = None,
    *,
    header: tuple[int, int] | bool = True,
    prefix: str = "",
    workers: int | None = None,
    told: Callable[[int, int], None] | None = None,
) -> None:
    """Write words and vectors in the word2vec format of the C tools.

    Parameters
    ----------
    file : open for writing bytes.
    words : V str without tabs or line ends, blanks only inside and in text; any iterable. Ids are
        written in digits.
    vectors : float (V, D); written as float32.
    binary : little-endian float32 after each word; else text.
    decimals : 0 to 12 digits after the point in text, each number followed by a blank, as C's
        printf writes them (it uses 6); None: the fewest digits that read back as the same float32,
        no blank at the end.
    header : whether the first line says V and D; GloVe has none. A pair is written instead of them.
    prefix : written before each word.
    workers : threads that format text; all cores unless given.
    told : is called now and then with how many rows have been written, and of how many.

    Raises ValueError naming the word when it cannot stand in this format, before writing.
    """
    vectors = np.asarray(vectors)
    V, D = vectors.shape
    if decimals is not None:
        decimals = check_number("decimals", decimals, int, 0, _rows.MOST_DECIMALS)
    n_workers = usable_cores()
    if workers is not None:
        n_workers = check_number("workers", workers, int, 1, MAX_WORKERS)
    words = spelled(words)
    n_words = check_words(words, prefix, may_have_blanks=not binary)
    if n_words != V or D == 0:
        raise ValueError(f"vectors: shape {vectors.shape} does not fit {n_words} words")
    if header:
        file.write(b"%d %d\n" % (header if isinstance(header, tuple) else (V, D)))
    # The most that a row can take, so that a block is some megabytes.
    row_bytes = 4 * D + 2 if binary else (_rows.LONGEST_NUMBER + 1) * D + 2
    n_rows = max(1, BLOCK_BYTES // row_bytes)

    def format_rows(start: int, block: bytes, out: NDArray[np.uint8]) -> Formatted:
        rows = np.ascontiguousarray(vectors[start : start + n_rows], "<f4")
        room = len(block) + len(rows) * row_bytes
        if len(out) < room:
            out = np.empty(room, np.uint8)
        if binary:
            return out, _rows.join_rows(block, rows.view(np.uint8), out)
        places = -1 if decimals is None else decimals
        return out, _rows.format_rows(block, rows.astype(np.float32, copy=False), places, out)

    n_threads = min(n_workers, MOST_THREADS, -(-V // n_rows))

    def tell(n_blocks: int) -> None:
        if told is not None:
            told(min(n_blocks * n_rows, V), V)

    blocks = encoded(words, prefix, n_rows)
    write_blocks(file, blocks, format_rows, 1 if binary else n_threads, tell)


def write_blocks(
    file: IO[bytes],
    blocks: Iterator[tuple[int, bytes]],
    format_block: Callable[[int, bytes, NDArray[np.uint8]], Formatted],
    n_threads: int,
    tell: Callable[[int], None],
) -> None:
    """Format (start, words) blocks on several threads and write them in order.

    `tell` is called about ten times a second, and at the end, with how many have been written.
    """
    numbered, turn = Queue(enumerate(blocks)), threading.Condition()
    n_written = 0

    def work(_: int, stop: threading.Event) -> None:
        nonlocal n_written
        out: NDArray[np.uint8] = np.empty(0, np.uint8)
        for number, (start, block) in numbered:
            out, size = format_block(start, block, out)
            with turn:
                while n_written != number and not stop.is_set():
                    turn.wait(0.1)
                if stop.is_set():
                    return
                for at in range(0, size, WRITE_BYTES):
                    file.write(out.data[at : min(at + WRITE_BYTES, size)])
                n_written += 1
                turn.notify_all()

    run_threads(work, n_threads, lambda: tell(n_written))
    tell(n_written)


def encoded(words: Iterable[str], prefix: str, n: int) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of n words, a line feed after each, with the number of the first."""
    words, start = iter(words), 0
    while block := list(itertools.islice(words, n)):
        joined = prefix + f"\n{prefix}".join(block) + "\n"
        yield start, joined.encode("utf-8", "surrogateescape")
        start += len(block)


def check_words(words: Iterable[str], prefix: str = "", may_have_blanks: bool = False) -> int:
    """Return how many words there are.

    Raises ValueError naming the first that a row cannot hold. A word with blanks in it is read back
    from a row of text, unless it looks as if it ended in a number.
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
                check_word(word, may_have_blanks)
        n_words += len(block)
    return n_words


def check_word(word: str, may_have_blanks: bool = False) -> None:
    inner = word.strip(" ").replace(" ", "_") if may_have_blanks else word
    last = word.rsplit(" ", 1)[-1].encode("utf-8", "replace")
    ends_in_number = may_have_blanks and " " in word and _rows.is_number(last)
    if not word or len(inner) < len(word) or GAP.search(inner) or ends_in_number:
        raise ValueError(
            f"the word {word!r} has no place in the word2vec format, where a blank or a "
            "line end separates; rename it (blanks are often written as _) before saving"
        )
    word_bytes(word)


GAP = re.compile("[ \t\r\n]")
