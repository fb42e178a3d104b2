"""Drawing: numbers as colours, or characters, in the lines of a terminal.

Owns how a terminal shows numbers; which numbers is plot/'s.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..plot.canvas import ON_DARK, ON_LIGHT
from ..plot.matrices import Matrix
from ..shared.columns import columns
from ..shared.streams import is_terminal
from ..shared.types import Found

# Without colours: from far below 0 over a blank to far above; and from the least to the largest.
SIGNED, UNSIGNED = "=-. +*#", "#*+-. "
# What is in the middle, as a map's background is, and colours of distances, the nearest first.
MIDDLES = {True: "#f5f5f5", False: "#1c1c1e"}
DISTANCES = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
BAR = "#4aa3df"
# The eighths of a column that bars end in.
EIGHTHS = " ▏▎▍▌▋▊▉"
LEFT_HALF = "▌"
PLAIN = "\x1b[0m"
# The same of xterm's 256 colours, whose nearest to mixed ones would be now grey, now brown.
ON_LIGHT_256 = (18, 25, 32, 75, 117, 153, 255, 224, 217, 210, 167, 124, 52)
ON_DARK_256 = (153, 117, 75, 32, 25, 18, 234, 52, 88, 124, 160, 203, 216)
DISTANCES_256 = (227, 149, 71, 37, 31, 61, 54)
# The levels of red, green and blue of xterm's 256 colours; beside them there are 24 greys.
CUBE = np.array([0, 95, 135, 175, 215, 255])
GREYS = 8 + 10 * np.arange(24)
# Least columns for cells or bars, however long words are.
LEAST_ROOM = 12


@dataclass(frozen=True)
class Terminal:
    """What a terminal can show."""

    colours: str = "none"  # "24-bit", "256", or "none": characters stand for numbers
    width: int = 80  # columns
    is_utf8: bool = False  # takes blocks
    is_light: bool = False  # its background

    def paint(self, text: str, behind: Any = None, letters: Any = None) -> str:
        """Return a text with a colour (red, green, blue) behind it, or of its letters."""
        codes = []
        for kind, colour in ((48, behind), (38, letters)):
            if colour is not None and self.colours != "none":
                is_full = self.colours == "24-bit"
                codes.append(
                    f"{kind};2;{colour[0]};{colour[1]};{colour[2]}"
                    if is_full
                    else f"{kind};5;{nearest_of_256(colour)}"
                )
        return f"\x1b[{';'.join(codes)}m{text}{PLAIN}" if codes else text


def terminal_of(stream: Any, environment: Mapping[str, str] = os.environ) -> Terminal:
    """Return what the terminal behind a stream can show; files and pipes have no colours.

    NO_COLOR (https://no-color.org) turns colours off, COLUMNS says how wide it is.
    """
    kind, more = environment.get("TERM", ""), environment.get("COLORTERM", "")
    colours = "none"
    if is_terminal(stream) and not environment.get("NO_COLOR") and kind != "dumb":
        if (
            more in ("truecolor", "24bit")
            or kind.endswith("-direct")
            or "WT_SESSION" in environment
        ):
            colours = "24-bit"
        elif "256color" in kind:
            colours = "256"
    try:
        (LEFT_HALF + EIGHTHS).encode(getattr(stream, "encoding", None) or "ascii")
        is_utf8 = True
    except (UnicodeEncodeError, LookupError):
        is_utf8 = False
    # "15;0" is white on black, as rxvt and others tell.
    is_light = environment.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    return Terminal(colours, shutil.get_terminal_size().columns, is_utf8, is_light)


def nearest_of_256(colour: Any) -> int:
    """Return the number of the nearest of xterm's 256 colours.

    >>> nearest_of_256((255, 0, 0)), nearest_of_256((130, 130, 130))
    (196, 244)
    """
    wanted = np.asarray(colour)
    levels = abs(CUBE - wanted[:, np.newaxis]).argmin(axis=1)
    grey = int(abs(GREYS - wanted.mean()).argmin())
    if ((CUBE[levels] - wanted) ** 2).sum() <= ((GREYS[grey] - wanted) ** 2).sum():
        return int(16 + levels @ (36, 6, 1))
    return 232 + grey


def rgb_of_256(n: int) -> tuple[int, ...]:
    """Return red, green and blue of one of xterm's 256 colours, 16 or higher."""
    if n >= 232:
        return (int(GREYS[n - 232]),) * 3
    return tuple(CUBE[[(n - 16) // 36, (n - 16) // 6 % 6, (n - 16) % 6]].tolist())


def rgb(hexadecimal: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(hexadecimal.removeprefix("#")))


def colours_of(matrix: Matrix, terminal: Terminal) -> np.ndarray:
    """Return the colour of each cell, int (n, columns, 3)."""
    if terminal.colours == "256":
        signed = ON_LIGHT_256 if terminal.is_light else ON_DARK_256
        table = np.array([rgb_of_256(n) for n in (signed if is_signed(matrix) else DISTANCES_256)])
        return table[(shares(matrix) * (len(table) - 1)).round().astype(int)]
    names = ON_LIGHT if terminal.is_light else ON_DARK
    middle = MIDDLES[terminal.is_light]
    anchors = [middle if name is None else name for name in names]
    if not is_signed(matrix):
        anchors = list(DISTANCES)
    shades = np.array([rgb(anchor) for anchor in anchors])
    places = shares(matrix) * (len(shades) - 1)
    mixed = [np.interp(places, range(len(shades)), channel) for channel in shades.T]
    return np.stack(mixed, axis=-1).round().astype(int)


def is_signed(matrix: Matrix) -> bool:
    return matrix.low == -matrix.limit


def shares(matrix: Matrix) -> np.ndarray:
    """Return where numbers are between the ends of the colours, 0 to 1."""
    values = np.asarray(matrix.values, np.float64)
    return np.clip((values - matrix.low) / (matrix.limit - matrix.low), 0, 1)


def characters_of(matrix: Matrix) -> list[list[str]]:
    """Return the character of each cell."""
    shown = SIGNED if is_signed(matrix) else UNSIGNED
    levels = (shares(matrix) * (len(shown) - 1)).round().astype(int)
    return [[shown[level] for level in row] for row in levels.tolist()]


def cells(matrix: Matrix, terminal: Terminal) -> Iterator[str]:
    """Yield the lines of a heat map, and what its colours mean.

    Where it has more columns than the terminal, it is continued below.
    """
    room = max(terminal.width - label_width(matrix.labels) - 1, LEAST_ROOM)
    n = len(matrix.columns)
    in_halves = terminal.colours != "none" and terminal.is_utf8 and n > room
    at_once = min(n, 2 * room if in_halves else room)
    wide = 1 if in_halves else max(room // n, 1)
    rows = painted(matrix, terminal, wide, in_halves)
    scale = 2 if in_halves else 1
    shown, margin = -(-at_once * wide // scale), " " * label_width(matrix.labels)
    for first in range(0, n, at_once):
        for i, label in enumerate(matrix.labels):
            if i == matrix.n_words:
                yield f"{margin} {'-' * shown}"
            yield padded(label, matrix.labels) + " " + rows(i, first, min(first + at_once, n))
        names = matrix.columns[first : first + at_once : scale]
        yield f"{margin} {ruler(names, wide)}"
    yield f"{margin} {key(matrix, terminal)}"


def painted(matrix: Matrix, terminal: Terminal, wide: int, in_halves: bool) -> Any:
    """Return a function that draws the cells of a row, from a column to another."""
    if terminal.colours == "none":
        marks = characters_of(matrix)
        return lambda i, first, last: "".join(mark * wide for mark in marks[i][first:last])
    colours = colours_of(matrix, terminal).tolist()

    def row(i: int, first: int, last: int) -> str:
        own = colours[i][first:last]
        if not in_halves:
            return "".join(terminal.paint(" " * wide, colour) for colour in own)
        pairs = zip(own[::2], own[1::2] + [None] * (len(own) % 2), strict=True)
        return "".join(terminal.paint(LEFT_HALF, right, left) for left, right in pairs)

    return row


def ruler(names: Sequence[str], wide: int) -> str:
    """Return names of columns, each at its column, as many as there is room for."""
    line, step = "", max(10 // wide, 1)
    for i in range(0, len(names), step):
        if len(line) < i * wide or not i:
            line = line.ljust(i * wide) + names[i]
    return line


def key(matrix: Matrix, terminal: Terminal) -> str:
    """Return the line that says what colours or characters mean."""
    ends = np.linspace(
        matrix.low, matrix.limit, 24 if terminal.colours != "none" else 0, dtype=np.float32
    )
    if len(ends):
        one = Matrix(ends[np.newaxis], [""], [], 1, "", matrix.limit, matrix.low)
        scale = "".join(terminal.paint(" ", colour) for colour in colours_of(one, terminal)[0])
    else:
        scale = f"[{SIGNED if is_signed(matrix) else UNSIGNED}]"
    return f"{matrix.low:.2f} {scale} {matrix.limit:.2f}  {matrix.what}"


def numbers(matrix: Matrix, terminal: Terminal) -> Iterator[str]:
    """Yield the lines of words against words: numbers where they fit, or else a heat map."""
    n = len(matrix.labels)
    names = matrix.columns
    wide = max(6, label_width(names) + 2)
    if label_width(matrix.labels) + 1 + n * wide > terminal.width:
        # By their numbers, which stand before the words, too.
        names = [str(i + 1) for i in range(n)]
        labels = [f"{i + 1} {label}" for i, label in enumerate(matrix.labels)]
        wide = 6
        matrix = Matrix(matrix.values, labels, names, n, matrix.what, matrix.limit, matrix.low)
    if label_width(matrix.labels) + 1 + n * wide > terminal.width:
        yield from cells(matrix, terminal)
        return
    yield " " * (label_width(matrix.labels) + 1) + "".join(
        " " * (wide - 1 - columns(name)) + name + " " for name in names
    )
    colours = colours_of(matrix, terminal).tolist()
    for label, row, behind in zip(matrix.labels, matrix.values.tolist(), colours, strict=True):
        texts = [f"{value:{wide - 1}.2f} " for value in row]
        yield (
            padded(label, matrix.labels)
            + " "
            + "".join(
                terminal.paint(text, colour, on(colour))
                for text, colour in zip(texts, behind, strict=True)
            )
        )
    yield f"{' ' * label_width(matrix.labels)} {matrix.what}"


def on(colour: Sequence[int]) -> tuple[int, int, int]:
    """Return black or white, which is read better on a colour."""
    is_dark = np.dot(colour, (0.2126, 0.7152, 0.0722)) < 115
    return (255, 255, 255) if is_dark else (0, 0, 0)


def bars(found: Found, terminal: Terminal) -> Iterator[str]:
    """Yield the lines of words with bars as long as their scores; none for those below 0."""
    labels, scores = [str(word) for word, _ in found], [score for _, score in found]
    longest = max((*scores, 0.0)) or 1.0
    room = max(terminal.width - label_width(labels) - 10, LEAST_ROOM)
    for label, score in zip(labels, scores, strict=True):
        eighths = round(max(score, 0) / longest * room * 8)
        bar = "#" * round(eighths / 8)
        if terminal.is_utf8:
            bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
        yield f"{padded(label, labels)} {terminal.paint(bar, None, rgb(BAR))} {score:.4f}"


def label_width(labels: Sequence[str]) -> int:
    return max((columns(label) for label in labels), default=0)


def padded(label: str, labels: Sequence[str]) -> str:
    """Return a label with blanks before it, so that all of them end in one column."""
    return " " * (label_width(labels) - columns(label)) + label
