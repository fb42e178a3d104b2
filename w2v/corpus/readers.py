"""Corpora by gensim's names: token lists when they are iterated, files when they are trained on.

Owns these classes and what they are taken for; files are read by sources.py. Handed over untouched
they cost what their files cost: these are split at blanks and tabs, and no line is cut.
"""

import itertools
from collections.abc import Iterator
from typing import IO, Any

from ..shared.paths import find_files
from ..shared.types import AnyPath
from .sources import read_lines

# gensim's name for the longest sentence that its training takes; here any length is trained.
MAX_WORDS_IN_BATCH = 10_000


class LineSentence:
    """Sentences of a text file, one a line, its tokens apart by white space.

    Parameters
    ----------
    source : a path, compressed or not, or an open file, which is read from its beginning.
    max_sentence_length : tokens after which a longer line is cut.
    limit : lines to read at most; None: all.

    As a corpus to train on, an object of this class without `limit` stands for its file: tokens are
    then apart by blanks and tabs alone (as in C, so that a no-break space stays in its word), and
    no line is cut.

    >>> import pathlib, w2v
    >>> made = pathlib.Path("text.txt").write_text("tea and milk\\n\\nbread and butter\\n")
    >>> list(w2v.LineSentence("text.txt", max_sentence_length=2))
    [['tea', 'and'], ['milk'], ['bread', 'and'], ['butter']]
    """

    def __init__(
        self,
        source: AnyPath | IO[Any],
        max_sentence_length: int = MAX_WORDS_IN_BATCH,
        limit: int | None = None,
    ):
        self.source, self.max_sentence_length, self.limit = source, max_sentence_length, limit

    def files(self) -> Any:
        """Return what stands for this corpus when all of it is trained on."""
        return None if self.limit is not None or hasattr(self.source, "read") else self.source

    def __iter__(self) -> Iterator[list[str]]:
        for lines in self.texts():
            for line in itertools.islice(lines, self.limit):
                tokens = line.split()
                for start in range(0, len(tokens), self.max_sentence_length):
                    yield tokens[start : start + self.max_sentence_length]

    def texts(self) -> Iterator[Iterator[str]]:
        """Yield the lines of each file."""
        source: Any = self.source
        if hasattr(source, "read"):
            source.seek(0)
            yield (
                line if isinstance(line, str) else line.decode("utf-8", "replace")
                for line in source
            )
            return
        for file in find_files(self.source, "source") or ():
            yield read_lines([file])


class PathLineSentences(LineSentence):
    """Sentences of the files of a directory, as LineSentence has those of one; `limit` is of each.

    Files are read in sorted order, at any depth (gensim: at the first), hidden ones left out.

    >>> import pathlib, w2v
    >>> pathlib.Path("texts").mkdir()
    >>> made = pathlib.Path("texts/a.txt").write_text("tea and milk\\n")
    >>> list(w2v.PathLineSentences("texts"))
    [['tea', 'and', 'milk']]
    """


class Text8Corpus(LineSentence):
    """Tokens of a file without sentences, such as text8, in pieces of `max_sentence_length`.

    As a corpus to train on it stands for its file, as LineSentence does; lines end sentences there.

    >>> import pathlib, w2v
    >>> made = pathlib.Path("text8").write_text("tea and milk and bread")
    >>> list(w2v.Text8Corpus("text8", max_sentence_length=3))
    [['tea', 'and', 'milk'], ['and', 'bread']]
    """

    def __init__(self, fname: AnyPath, max_sentence_length: int = MAX_WORDS_IN_BATCH):
        super().__init__(fname, max_sentence_length)

    def __iter__(self) -> Iterator[list[str]]:
        tokens = (token for lines in self.texts() for line in lines for token in line.split())
        while piece := list(itertools.islice(tokens, self.max_sentence_length)):
            yield piece


class BrownCorpus:
    """Sentences of the Brown corpus: a directory of files whose tokens are word/tag.

    Tokens are the word in lower case and two letters of the tag; punctuation is left out.

    >>> import pathlib, w2v
    >>> pathlib.Path("brown").mkdir()
    >>> made = pathlib.Path("brown/ca01").write_text("The/at jury/nn said/vbd ./.\\n")
    >>> list(w2v.BrownCorpus("brown"))
    [['the/at', 'jury/nn', 'said/vb']]
    """

    def __init__(self, dirname: AnyPath):
        self.dirname = dirname

    def __iter__(self) -> Iterator[list[str]]:
        for line in read_lines(find_files(self.dirname, "dirname") or []):
            pairs = [token.split("/") for token in line.split() if token.count("/") == 1]
            tokens = [f"{word.lower()}/{tag[:2]}" for word, tag in pairs if tag[:2].isalpha()]
            if tokens:
                yield tokens


def as_files(corpus: Any) -> Any:
    """Return the files that stand for a corpus of these classes; any other corpus as it is.

    Classes made from them have an iterator of their own, perhaps, which is then what counts.
    """
    if type(corpus) in (LineSentence, PathLineSentences, Text8Corpus):
        files = corpus.files()
        return corpus if files is None else files
    return corpus
