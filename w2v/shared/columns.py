"""Text in columns of a terminal, which wide letters take two of, and marks none."""

import unicodedata
from collections.abc import Iterable


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for wide letters, none for marks."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    marks = sum(unicodedata.category(letter) in ("Mn", "Me", "Cf") for letter in text)
    return len(text) + wide - marks


def padded(text: str, width: int) -> str:
    """Return the text with blanks up to `width` columns; a wider one as it is.

    >>> padded("茶", 4)
    '茶  '
    """
    return text + " " * (width - columns(text))


def fitting(words: Iterable[str], width: int) -> str:
    """Return the first words, with commas, that fit into `width` columns, one of them at least.

    >>> fitting(["tea", "milk", "sugar"], 12)
    'tea, milk'
    """
    line = ""
    for word in words:
        longer = f"{line}, {word}" if line else word
        if line and columns(longer) > width:
            break
        line = longer
    return line
