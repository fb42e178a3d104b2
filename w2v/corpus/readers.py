"""gensim's readers of text: files as iterables of token lists, which training reads as files.

Owns LineSentence and its kin, and when their files may be read by the threads of draft.py in their
place. White space is what str.split takes for it: more than the blanks and tabs of files that are
passed by name.
"""

import io
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..shared import paths
from ..shared.checks import check_number
from ..shared.types import AnyPath
from .sources import read_lines, read_pieces

# Where gensim cuts sentences, since it trains no longer ones.
MAX_SENTENCE_LENGTH = 10_000

# Changes a block of text in its place before its tokens are numbered, uint8 (n,).
Edit: TypeAlias = Callable[[NDArray[np.uint8]], None]


class Reader:
    """An iterable of the token lists of files, as often as is asked."""

    def __init__(self, max_sentence_length: int | None, limit: int | None = None):
        if max_sentence_length is not None:
            check_number("max_sentence_length", max_sentence_length, int, 0, above=True)
        if limit is not None:
            check_number("limit", limit, int, 0)
        self.max_sentence_length, self.limit = max_sentence_length, limit

    def __iter__(self) -> Iterator[list[str]]:
        return self.read()

    def files(self) -> list[str] | None:
        """Return the files that are read, None if it is none that has a name."""
        raise NotImplementedError

    def read(self, encoding: str = "utf-8", errors: str | None = None) -> Iterator[list[str]]:
        """Yield the token lists; see draft.encode for `encoding` and `errors`."""
        raise NotImplementedError

    def is_plain(self) -> bool:
        """Whether all is to be read, and cut at most where gensim must."""
        longest = self.max_sentence_length or MAX_SENTENCE_LENGTH
        return self.limit is None and longest >= MAX_SENTENCE_LENGTH


class LineSentence(Reader):
    """The sentences of a file, one a line, its tokens separated by any white space.

    Iterated it yields what gensim's does. Passed to Word2Vec, train, build_vocab or Phrases, the
    file is read by their own threads, many times as fast: the tokens are the same, and no sentence
    is cut. `limit`, a `max_sentence_length` below 10,000, open files and classes that have an
    __iter__ of their own are obeyed at the speed of iterating.

    Parameters
    ----------
    source : a path, or a file that is open, as text or bytes, and that can be rewound. Compressed
        files are read as anywhere in w2v; directories and glob patterns, too.
    max_sentence_length : tokens after which a longer line is cut, from 1 up; None: nowhere.
    limit : how many lines of each file are read, from 0 up; None: all.

    Files are UTF-8, or what `encoding` says where the reader is passed; what is not, is treated as
    `errors` says there (see w2v.train), while gensim stops at the first such byte.

    Raises TypeError or ValueError naming an argument; FileNotFoundError when it is iterated.

    >>> import pathlib
    >>> import w2v
    >>> n_written = pathlib.Path("lines.txt").write_text("tea and milk\\nbread and butter\\n" * 50)
    >>> sentences = w2v.LineSentence("lines.txt", limit=2)
    >>> list(sentences)
    [['tea', 'and', 'milk'], ['bread', 'and', 'butter']]
    >>> w2v.train(w2v.LineSentence("lines.txt"), vector_size=8)
    <Word2Vec: 5 words, 8 dimensions>
    """

    def __init__(
        self,
        source: Any,
        max_sentence_length: int | None = MAX_SENTENCE_LENGTH,
        limit: int | None = None,
    ) -> None:
        super().__init__(max_sentence_length, limit)
        if not isinstance(source, (str, os.PathLike)) and not hasattr(source, "seek"):
            raise TypeError(
                f"source is of type {type(source).__name__}; a path or an open file is expected "
                "(token lists are a corpus themselves)"
            )
        self.source = source

    def files(self) -> list[str] | None:
        if not isinstance(self.source, (str, os.PathLike)):
            return None
        return paths.find_files(self.source, "source")

    def read(self, encoding: str = "utf-8", errors: str | None = None) -> Iterator[list[str]]:
        files = self.files()
        if files is None:
            opened = pieces_of(self.source, encoding, errors)
            yield from sentences_in(opened, self.max_sentence_length, self.limit)
            return
        for file in files:
            pieces = read_pieces([file], encoding, errors)
            yield from sentences_in(pieces, self.max_sentence_length, self.limit)


class PathLineSentences(LineSentence):
    """The sentences of all files in a directory, one a line; see LineSentence.

    Files are read in the order of their names. A directory inside is refused, where gensim stops
    when it comes to it: directories passed by name are read at any depth.

    `input_files` are the files that were there when it was made.

    >>> import pathlib
    >>> import w2v
    >>> pathlib.Path("texts").mkdir()
    >>> n_written = pathlib.Path("texts/b.txt").write_text("bread and butter")
    >>> n_written = pathlib.Path("texts/a.txt").write_text("tea and milk")
    >>> list(w2v.PathLineSentences("texts"))
    [['tea', 'and', 'milk'], ['bread', 'and', 'butter']]
    """

    def __init__(
        self,
        source: AnyPath,
        max_sentence_length: int | None = MAX_SENTENCE_LENGTH,
        limit: int | None = None,
    ) -> None:
        super().__init__(source, max_sentence_length, limit)
        path = os.path.expanduser(os.fspath(source))
        self.input_files: list[str] = []
        if not os.path.isdir(path):
            self.input_files = super().files() or []
            return
        for file in within(path):
            if os.path.isdir(file):
                raise ValueError(
                    f"source={path!r}: {file!r} is a directory, too; pass the path itself, without "
                    "PathLineSentences, to read files at any depth"
                )
            self.input_files.append(file)
        if not self.input_files:
            raise ValueError(f"source={path!r}: this directory holds no files")

    def files(self) -> list[str]:
        return self.input_files


class Text8Corpus(Reader):
    """A file as one stream of tokens whatever its lines, such as text8, cut into long sentences.

    Iterated it yields what gensim's does. Passed to Word2Vec, train, build_vocab or Phrases, the
    file is read by their own threads; the stream is then cut only where a block of text ends, every
    hundred thousand tokens or so, unless `max_sentence_length` is below 10,000.

    Parameters
    ----------
    fname : path.
    max_sentence_length : tokens of each sentence but the last, from 1 up.

    Raises as LineSentence does.

    >>> import pathlib
    >>> import w2v
    >>> n_written = pathlib.Path("stream.txt").write_text("tea and milk\\nbread and butter")
    >>> list(w2v.Text8Corpus("stream.txt", max_sentence_length=4))
    [['tea', 'and', 'milk', 'bread'], ['and', 'butter']]
    """

    def __init__(self, fname: AnyPath, max_sentence_length: int = MAX_SENTENCE_LENGTH) -> None:
        super().__init__(max_sentence_length)
        self.fname = fname

    def files(self) -> list[str]:
        return paths.find_files(os.fspath(self.fname), "fname") or []

    def read(self, encoding: str = "utf-8", errors: str | None = None) -> Iterator[list[str]]:
        lines = read_lines(self.files(), encoding, errors)
        tokens = itertools.chain.from_iterable(line.split() for line in lines)
        while sentence := list(itertools.islice(tokens, self.max_sentence_length)):
            yield sentence


class BrownCorpus(Reader):
    """The sentences of the Brown corpus, each token with the first two letters of its tag.

    `dirname` is the directory of its files, read in the order of their names. Tokens are in lower
    case; those whose tag does not begin with letters, punctuation, are left out.

    >>> import pathlib
    >>> import w2v
    >>> pathlib.Path("brown").mkdir()
    >>> n_written = pathlib.Path("brown/ca01").write_text("The/at jury/nn-tl said/vbd ./.")
    >>> list(w2v.BrownCorpus("brown"))
    [['the/at', 'jury/nn', 'said/vb']]
    """

    def __init__(self, dirname: AnyPath) -> None:
        super().__init__(None)
        self.dirname = dirname

    def is_plain(self) -> bool:
        return False

    def files(self) -> list[str]:
        folder = os.path.expanduser(os.fspath(self.dirname))
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"dirname={folder!r}: there is no such directory")
        return [path for path in within(folder) if os.path.isfile(path)]

    def read(self, encoding: str = "utf-8", errors: str | None = None) -> Iterator[list[str]]:
        for line in read_lines(self.files(), encoding, errors):
            pairs = [token.split("/") for token in line.split()]
            tagged = [
                f"{pair[0].lower()}/{pair[1][:2]}"
                for pair in pairs
                if len(pair) == 2 and pair[1][:2].isalpha()
            ]
            if tagged:
                yield tagged


def is_untouched(corpus: object) -> bool:
    """Whether a corpus is a reader, and no class made from one that yields what it likes."""
    return isinstance(corpus, Reader) and type(corpus).__iter__ is Reader.__iter__


def plan(corpus: Any) -> tuple[list[str] | None, Edit | None]:
    """Return the files to be read in place of a reader, and how; two None for any other corpus."""
    files = corpus.files() if is_untouched(corpus) and corpus.is_plain() else None
    if files is None:
        return None, None
    return files, blank_out_lines if isinstance(corpus, Text8Corpus) else blank_out


def within(folder: str) -> list[str]:
    """Return what a directory holds, in the order of its names."""
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def sentences_in(
    pieces: Iterator[tuple[str, bool]], longest: int | None, limit: int | None
) -> Iterator[list[str]]:
    """Yield the tokens of lines that come in pieces, up to `longest` at a time."""
    tokens: list[str] = []
    n_lines = 0
    while n_lines != limit and (piece := next(pieces, None)) is not None:
        text, is_end = piece
        tokens += text.split()
        size = longest or max(len(tokens), 1)
        n_whole = len(tokens)
        if not is_end:
            n_whole = n_whole // size * size if longest else 0
        for start in range(0, n_whole, size):
            yield tokens[start : min(start + size, n_whole)]
        del tokens[:n_whole]
        n_lines += is_end


def pieces_of(file: Any, encoding: str, errors: str | None) -> Iterator[tuple[str, bool]]:
    """Yield the lines of an open file, from its beginning, as sources.read_pieces does."""
    try:
        file.seek(0)
    except io.UnsupportedOperation:
        raise ValueError(
            f"source={file!r}: it cannot be rewound; pass a path, or token lists themselves"
        ) from None
    for number, line in enumerate(file, 1):
        if isinstance(line, str):
            yield line, True
            continue
        try:
            yield line.decode(encoding, errors or "strict"), True
        except UnicodeDecodeError as error:
            raise ValueError(
                f"source={file!r}, line {number:,}: {error}; pass its path, or encoding= or errors="
            ) from None


def blank_out_lines(text: NDArray[np.uint8]) -> None:
    """Put blanks in the place of all white space of str.split, in place."""
    blank_out(text)
    text[(text == ord("\n")) | (text == ord("\r"))] = ord(" ")


def blank_out(text: NDArray[np.uint8]) -> None:
    """Put blanks in the place of all white space of str.split but line ends, in place.

    Characters of two and three bytes become as many blanks. Bytes that begin a character stand
    nowhere else in UTF-8, so that none is found inside another.
    """
    # Subtracted from bytes, what is smaller wraps around.
    text[(text - 0x0B < 2) | (text - 0x1C < 4)] = ord(" ")
    if len(text) < 2 or text.max() < 0x80:
        return
    at = np.flatnonzero(text[:-1] == 0xC2)  # U+0085, U+00A0
    at = at[(text[at + 1] == 0x85) | (text[at + 1] == 0xA0)]
    text[at] = text[at + 1] = ord(" ")
    at = np.flatnonzero(text[:-2] - 0xE1 < 3)
    first, second, third = text[at], text[at + 1], text[at + 2]
    is_blank = (first == 0xE1) & (second == 0x9A) & (third == 0x80)  # U+1680
    is_general = (first == 0xE2) & (second == 0x80)
    is_blank |= is_general & (third - 0x80 < 11)  # U+2000 to U+200A
    is_blank |= is_general & np.isin(third, [0xA8, 0xA9, 0xAF])  # U+2028, U+2029, U+202F
    is_blank |= (first == 0xE2) & (second == 0x81) & (third == 0x9F)  # U+205F
    is_blank |= (first == 0xE3) & (second == 0x80) & (third == 0x80)  # U+3000
    at = at[is_blank]
    text[at] = text[at + 1] = text[at + 2] = ord(" ")
