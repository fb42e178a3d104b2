"""Files of analogy questions and of word pairs with scores, in the layouts that are in use."""

import math
import os
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ..shared import paths, streams
from ..shared.types import AnyPath

# A path of a test, or its lines.
Test: TypeAlias = AnyPath | Iterable[str | bytes]

Question: TypeAlias = tuple[str, str, str, str]


def folded(word: str, case_insensitive: bool) -> str:
    return word.upper() if case_insensitive else word


def read_analogies(
    analogies: Test, case_insensitive: bool = False
) -> list[tuple[str, list[Question]]]:
    """Return the sections of an analogy test, each a name and its questions of four words.

    Raises ValueError naming a line that is not four words, and for a test without questions.

    >>> read_analogies([": family", "king queen man woman"])
    [('family', [('king', 'queen', 'man', 'woman')])]
    """
    sections: list[tuple[str, list[Question]]] = []
    for path, number, line in numbered_lines(analogies, "analogies"):
        if line.startswith(":"):
            sections.append((line.lstrip(": ").strip(), []))
            continue
        words = folded(line, case_insensitive).split()
        if not words or line.startswith(("#", "//")):
            continue
        if len(words) != 4:
            raise ValueError(
                f"analogies: {path}line {number}, {shown(line)}: {len(words)} words; a question "
                "has four, a section starts with ': name', a comment with #"
            )
        if not sections:
            sections.append(("", []))
        a, b, c, expected = words
        sections[-1][1].append((a, b, c, expected))
    if not any(questions for _, questions in sections):
        raise ValueError("analogies: no questions found; a line of four words is one")
    return sections


def is_analogies(path: AnyPath) -> bool:
    """Whether a file is of analogy questions; raises ValueError if it is not of word pairs either.

    >>> import pathlib
    >>> n = pathlib.Path("questions.txt").write_text("king queen man woman\\n")
    >>> is_analogies("questions.txt")
    True
    """
    try:
        read_analogies(path)
        return True
    except ValueError:
        read_pairs(path)
        return False


def numbered_lines(source: Test, argument: str) -> Iterator[tuple[str, int, str]]:
    """Yield (path, number, line) of a file, compressed or not, or of an iterable of lines.

    A line of an iterable may be the words in it.

    The path is quoted and ends in a blank; for an iterable it is empty.
    """
    if isinstance(source, (str, os.PathLike)):
        for path in paths.find_files(source, argument) or ():
            with streams.open_bytes(path) as file:
                text = decoded(file.read())
            for number, line in enumerate(text.split("\n"), 1):
                yield f"{path!r} ", number, line
        return
    if not isinstance(source, Iterable):
        raise TypeError(f"{argument}={source!r}: the path of a test, or its lines, are expected")
    blank = "\t" if argument == "pairs" else " "
    for number, given in enumerate(source, 1):
        line = given.decode("utf-8", "surrogateescape") if isinstance(given, bytes) else given
        if not isinstance(line, Iterable):
            raise TypeError(f"{argument}: line {number} is {line!r}; a string, or words, expected")
        # Words that are apart already: ("king", "queen", 8.5), or a question's four.
        yield "", number, line if isinstance(line, str) else blank.join(map(str, line))


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 or UTF-32 with a byte order mark."""
    for mark, encoding in streams.WIDE_BOMS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.removeprefix(streams.UTF8_BOM).decode("utf-8", "surrogateescape")


def shown(line: str) -> str:
    line = line.rstrip("\r\n")
    return repr(line if len(line) <= 80 else line[:80] + "...")


def read_pairs(pairs: Test, delimiter: str | None = None) -> list[tuple[str, str, float]]:
    """Return (word, word, score) of each line of a test.

    The words are the first two columns; the score is the first column after them that is a number
    in the second line: so SimLex-999, with a part of speech between, is read as it is, and of
    WordSim-353 the mean, not the judges. A first line without a number there is a heading; blank
    lines and those that start with # are passed over. Lemmas as MEN writes them, sun-n, lose the
    mark when every word has one.

    Raises ValueError naming a line that has no two words and score.

    >>> read_pairs(["word1,word2,mean", "cat,dog,7.5", "dog,car,2"])
    [('cat', 'dog', 7.5), ('dog', 'car', 2.0)]
    """
    if delimiter is not None and (not isinstance(delimiter, str) or not delimiter):
        raise ValueError(f"delimiter={delimiter!r}: what stands between columns is expected")
    rows = []
    for path, number, line in numbered_lines(pairs, "pairs"):
        if not line.strip() or line.startswith("#"):
            continue
        delimiter = delimiter or guess_delimiter(line)
        cells = [cell.strip() for cell in line.split(None if delimiter == " " else delimiter)]
        rows.append((f"{path}line {number}", line, cells))
    if not rows:
        raise ValueError("pairs: no pairs found; a line is two words and a score")
    # The second line decides: a heading may number its columns.
    cells = rows[min(1, len(rows) - 1)][2]
    column = next((i for i, cell in enumerate(cells) if i > 1 and is_number(cell)), 2)
    if len(rows) > 1 and not is_number(cell_of(rows[0], column)):
        del rows[0]
    found = []
    for row in rows:
        place, line, cells = row
        if not is_number(cell_of(row, column)):
            raise ValueError(
                f"pairs: {place}, {shown(line)}: two words and a number, separated by "
                f"{delimiter!r}, are expected; pass delimiter= if that is not what separates them"
            )
        found.append((cells[0], cells[1], float(cells[column])))
    mark = re.compile(r"(?<=.)-[a-z]$")
    if all(mark.search(a) and mark.search(b) for a, b, _ in found):
        return [(mark.sub("", a), mark.sub("", b), score) for a, b, score in found]
    return found


def guess_delimiter(line: str) -> str:
    return next((mark for mark in "\t;," if line.count(mark) > 1), " ")


def cell_of(row: tuple[str, str, list[str]], column: int) -> str:
    return row[2][column] if column < len(row[2]) else ""


def is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
