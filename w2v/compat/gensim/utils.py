"""gensim.utils: what programs about word vectors use of it, written anew."""

import re
import unicodedata
from collections.abc import Iterator

# What a trim_rule answers; see w2v.Word2Vec.
RULE_DEFAULT, RULE_DISCARD, RULE_KEEP = 0, 1, 2

LETTERS = re.compile(r"[^\W\d]+")  # and underscores


def to_unicode(text: str | bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """Return a text as str.

    >>> to_unicode(b"tea")
    'tea'
    """
    return text if isinstance(text, str) else text.decode(encoding, errors)


def to_utf8(text: str | bytes, errors: str = "strict", encoding: str = "utf8") -> bytes:
    """Return a text as bytes in UTF-8.

    >>> to_utf8("tea")
    b'tea'
    """
    return to_unicode(text, encoding, errors).encode("utf8")


any2unicode, any2utf8 = to_unicode, to_utf8


def deaccent(text: str | bytes) -> str:
    """Return a text without the accents of its letters.

    >>> deaccent("café")
    'cafe'
    """
    apart = unicodedata.normalize("NFD", to_unicode(text))
    kept = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", kept)


def tokenize(
    text: str | bytes,
    lowercase: bool = False,
    deacc: bool = False,
    encoding: str = "utf8",
    errors: str = "strict",
    to_lower: bool = False,
    lower: bool = False,
) -> Iterator[str]:
    """Yield the runs of letters of a text; digits and punctuation stand between them.

    >>> list(tokenize("Tea, and 2 more cups.", lowercase=True))
    ['tea', 'and', 'more', 'cups']
    """
    text = to_unicode(text, encoding, errors)
    if lowercase or to_lower or lower:
        text = text.lower()
    yield from LETTERS.findall(deaccent(text) if deacc else text)


def simple_tokenize(text: str) -> Iterator[str]:
    """Yield the runs of letters of a text.

    >>> list(simple_tokenize("Tea, 2 cups"))
    ['Tea', 'cups']
    """
    yield from LETTERS.findall(text)


def simple_preprocess(
    doc: str | bytes, deacc: bool = False, min_len: int = 2, max_len: int = 15
) -> list[str]:
    """Return the runs of letters of a text, in lower case, that are neither short nor long.

    >>> simple_preprocess("A cup of Tea, and 2 more.")
    ['cup', 'of', 'tea', 'and', 'more']
    """
    tokens = tokenize(doc, lowercase=True, deacc=deacc, errors="ignore")
    return [
        token for token in tokens if min_len <= len(token) <= max_len and not token.startswith("_")
    ]
