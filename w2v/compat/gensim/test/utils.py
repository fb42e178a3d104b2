"""gensim.test.utils: the texts and temporary files that gensim's documentation begins with."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

from ... import lessons

# Titles of technical papers, without rare and common words (Deerwester et al. 1990, table 1).
common_texts = [
    ["human", "interface", "computer"],
    ["survey", "user", "computer", "system", "response", "time"],
    ["eps", "user", "interface", "system"],
    ["system", "human", "system", "eps"],
    ["user", "response", "time"],
    ["trees"],
    ["graph", "trees"],
    ["graph", "minors", "trees"],
    ["graph", "minors", "survey"],
]


def datapath(fname: str) -> NoReturn:
    """Raise FileNotFoundError: gensim's test files are not here."""
    raise FileNotFoundError(
        f"fname={fname!r}: gensim's test files are not here; pass a file of your own, or get it "
        f"from https://github.com/piskvorky/gensim/tree/develop/gensim/test/test_data"
    )


def get_tmpfile(suffix: str) -> str:
    """Return the path of a file that can be made, in a new temporary directory.

    >>> import os
    >>> os.path.basename(get_tmpfile("word2vec.model"))
    'word2vec.model'
    """
    return os.path.join(tempfile.mkdtemp(), suffix)


@contextlib.contextmanager
def temporary_file(name: str = "") -> Iterator[str]:
    """Give the path of a file that can be made in a temporary directory, which then is removed.

    >>> import os
    >>> with temporary_file("word2vec.model") as path:
    ...     os.path.isdir(os.path.dirname(path))
    True
    """
    with tempfile.TemporaryDirectory() as folder:
        yield os.path.join(folder, name)


if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
