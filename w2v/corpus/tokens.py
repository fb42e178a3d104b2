"""Words of plain text: tokenize, for books and pages that nobody has split yet.

Owns what a word is there. Files of tokens are split at blanks by _text.pyx, which is many times as
fast.
"""

import functools
import re
import unicodedata


def tokenize(text: str, lowercase: bool = False) -> list[str]:
    """Return the words of a text, without punctuation, in any script that puts blanks between them.

    A word is a run of letters and digits, with the marks that go with them (vowel signs of
    Devanagari, Arabic points, accents that are characters of their own) and joiners; apostrophes,
    hyphens and underscores stay where letters stand on both sides. Scripts without blanks between
    words (Chinese, Japanese, Thai) are not cut: a run of them is one word, so use a tokenizer of
    that language for them. As `tokenizer=` of w2v.train it runs in Python, one line at a time.

    >>> tokenize("Moses said: the well-known fox's 3 cubs -- 'yes'.")
    ['Moses', 'said', 'the', 'well-known', "fox's", '3', 'cubs', 'yes']
    >>> tokenize("Ёлка СТОИТ.", lowercase=True)
    ['ёлка', 'стоит']
    """
    if not isinstance(text, str):
        raise TypeError(f"text: {type(text).__name__} where a string is expected")
    return word_pattern().findall(text.lower() if lowercase else text)


@functools.cache
def word_pattern() -> "re.Pattern[str]":
    """Return the pattern of a word; made when asked for, since Python has no class of marks."""
    marks = [
        code
        for code in range(0x20000)  # there are none above that a word needs
        if unicodedata.category(chr(code)).startswith("M")
    ]
    joiners = "\u200c\u200d"
    letter = "[^\\W_]"
    part = f"{letter}(?:{letter}|[{joiners}{ranges(marks)}])*"
    return re.compile(f"{part}(?:['\u2019_-]{part})*")


def ranges(codes: list[int]) -> str:
    """Return ascending code points as the ranges of a class of a regular expression.

    >>> ranges([0x61, 0x62, 0x63, 0x78])
    'a-cx-x'
    """
    firsts = [code for i, code in enumerate(codes) if not i or codes[i - 1] != code - 1]
    lasts = [code for i, code in enumerate(codes) if codes[i + 1 : i + 2] != [code + 1]]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(firsts, lasts, strict=True))
