"""Files of a word and a number on each line: the C tools' vocabularies and classes."""

import os
import re
from collections.abc import Iterable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..shared import streams
from ..shared.checks import check_path
from ..shared.types import AnyPath
from .ids import spelled

# What the C tools call the end of a line; as a vocabulary's word 0 it counts the sentences.
SENTENCE_MARK = "</s>"


def read_vocabulary(
    path: AnyPath, exact: bool = False, argument: str = "read_vocab"
) -> tuple[list[str], NDArray[np.int64]]:
    """Read words and counts in the C format: `word count` on each line.

    With `exact` the file is read as the C tool does (word2vec.c, ReadVocab): nothing is checked, a
    missing count is 0, and a carriage return before the line feed makes a mark with count 0.

    `argument` is what errors call the path. Raises FileNotFoundError, or ValueError naming the file
    and line.
    """
    path = check_path(argument, path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{argument}={path!r}: no such vocabulary file")
    with streams.open_bytes(path) as file:
        data = file.read()
    pairs = scan_like_c(data) if exact else parse_lines(data, path, argument)
    words = [word.decode("utf-8", "surrogateescape") for word, _ in pairs]
    counts = [count for _, count in pairs]
    if not all(0 <= count < 2**63 for count in counts) or sum(counts) >= 2**63:
        raise ValueError(
            f"{argument}: {path!r}: the counts, or their sum, are beyond 2**63 or below 0"
        )
    return words, np.array(counts, np.int64)


def parse_lines(data: bytes, path: str, argument: str) -> list[tuple[bytes, int]]:
    pairs: list[tuple[bytes, int]] = []
    lines: dict[bytes, int] = {}
    for number, line in enumerate(data.removeprefix(streams.UTF8_BOM).split(b"\n"), 1):
        fields = BLANKS.split(line.strip(b" \t\r"))
        if fields == [b""]:
            continue
        shown = line[:60].decode("utf-8", "replace")
        where = f"{argument}: {path!r}, line {number} ({shown!r})"
        if len(fields) != 2 or not fields[0]:
            raise ValueError(f"{where}: expected a word, a blank and its count")
        if not fields[1].isdigit() or len(fields[1]) > 18:
            raise ValueError(f"{where}: the count is no whole number below 10**18")
        if fields[0] in lines:
            raise ValueError(f"{where}: this word stands on line {lines[fields[0]]} already")
        lines[fields[0]] = number
        pairs.append((fields[0], int(fields[1])))
    if not pairs:
        raise ValueError(f"{argument}: {path!r} holds no words")
    return pairs


# One token as ReadWord reads it; a line feed after it stays unread. No match: the end of the file.
BLANKS = re.compile(rb"[ \t]+")

# The blanks are matched once, by way of a group, and never given back: else many carriage returns
# would be tried again from each of them.
C_TOKEN = re.compile(rb"(?=([ \t\r]*))\1(?:\n|([^ \t\n]+)(?:[ \t]|(?=\n)))")

C_INTEGER = re.compile(rb"\s*([+-]?\d+)?")


def scan_like_c(data: bytes) -> list[tuple[bytes, int]]:
    """Repeat what ReadVocab does: a token, an integer as scanf reads it, then one more byte."""
    pairs, position = [], 0
    while token := C_TOKEN.match(data, position):
        integer = C_INTEGER.match(data, token.end())
        assert integer is not None  # it matches nothing, too
        word = SENTENCE_MARK.encode()
        if token[2] is not None:
            word = token[2].replace(b"\r", b"")[:98].split(b"\0")[0]
        pairs.append((word, int(integer[1] or 0)))
        position = integer.end() + (integer[1] is not None)
    return pairs


def write_numbers(file: IO[bytes], words: Iterable[Any], numbers: NDArray[np.integer]) -> None:
    """Write `word number` lines: the C tool's -classes and -save-vocab formats."""
    for word, number in zip(spelled(words), numbers.tolist(), strict=True):
        file.write(word.encode("utf-8", "surrogateescape") + b" %d\n" % number)
