"""gensim.utils: text to tokens, strings and bytes, and what a trim_rule may answer."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...corpus.vocabulary import DISCARD, KEEP
from ...shared import streams
from ...shared.checks import word_bytes
from ...shared.types import AnyPath
from .. import lessons

RULE_DEFAULT, RULE_DISCARD, RULE_KEEP = 0, DISCARD, KEEP

# Letters of any script, marks that Python's \w takes for such, and the underscore; no digits.
ALPHABETIC = re.compile(r"[^\W\d]+")


def simple_preprocess(
    doc: str | bytes, deacc: bool = False, min_len: int = 2, max_len: int = 15
) -> list[str]:
    """Return the words of a text in lower case, those that are too short or too long left out.

    Parameters
    ----------
    doc : text, or its bytes in UTF-8.
    deacc : take the accents off, see deaccent.
    min_len, max_len : characters of a word, both included. Words that begin with _ are left out.

    >>> simple_preprocess("A Señor ate 4 croissants.", deacc=True)
    ['senor', 'ate', 'croissants']
    """
    return [
        token
        for token in tokenize(doc, lower=True, deacc=deacc, errors="ignore")
        if min_len <= len(token) <= max_len and not token.startswith("_")
    ]


def tokenize(
    text: str | bytes,
    lowercase: bool = False,
    deacc: bool = False,
    encoding: str = "utf8",
    errors: str = "strict",
    to_lower: bool = False,
    lower: bool = False,
) -> Iterator[str]:
    """Yield the words of a text: runs of letters, without digits and punctuation.

    `lowercase`, `to_lower` and `lower` are one; `deacc` takes the accents off; `encoding` and
    `errors` say how bytes are decoded.

    >>> list(tokenize("Don't tokenize 2 times!", lower=True))
    ['don', 't', 'tokenize', 'times']
    """
    text = to_unicode(text, encoding, errors)
    if lowercase or to_lower or lower:
        text = text.lower()
    return simple_tokenize(deaccent(text) if deacc else text)


def simple_tokenize(text: str) -> Iterator[str]:
    """Yield the runs of letters in a text.

    >>> list(simple_tokenize("It's 9."))
    ['It', 's']
    """
    return (found[0] for found in ALPHABETIC.finditer(text))


def deaccent(text: str | bytes) -> str:
    """Return the text without accents and other marks that do not take room of their own.

    >>> deaccent("Šéf chomutovských komunistů")
    'Sef chomutovskych komunistu'
    """
    parted = unicodedata.normalize("NFD", to_unicode(text))
    kept = "".join(character for character in parted if unicodedata.category(character) != "Mn")
    return unicodedata.normalize("NFC", kept)


def to_unicode(text: str | bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """Return a text as str, decoded if it is bytes.

    >>> to_unicode(b"caf\\xc3\\xa9")
    'café'
    """
    return text if isinstance(text, str) else str(text, encoding, errors)


def to_utf8(text: str | bytes, errors: str = "strict", encoding: str = "utf8") -> bytes:
    """Return a text as bytes in UTF-8; bytes are those of another `encoding`.

    >>> to_utf8("café")
    b'caf\\xc3\\xa9'
    """
    return to_unicode(text, encoding, errors).encode("utf8")


any2unicode, any2utf8 = to_unicode, to_utf8


def call_on_class_only(*given: object, **named: object) -> None:
    """Raise AttributeError; gensim's pickles of models name this, so that pickle looks for it."""
    raise AttributeError("call load of the class: Word2Vec.load(path)")


def save_as_line_sentence(corpus: Iterable[Iterable[str]], filename: AnyPath) -> None:
    """Write token lists as a text, a sentence a line, that LineSentence and corpus_file read.

    >>> from w2v.compat.gensim.models.word2vec import LineSentence
    >>> save_as_line_sentence([["tea", "and", "milk"]], "lines.txt")
    >>> list(LineSentence("lines.txt"))
    [['tea', 'and', 'milk']]
    """
    with streams.replacing(filename, "filename") as file:
        for sentence in corpus:
            file.write(word_bytes(" ".join(sentence)) + b"\n")


if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
