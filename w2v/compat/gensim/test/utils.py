"""gensim.test.utils: common_texts, and names of temporary files."""

import os
import tempfile
from typing import NoReturn

# The titles of nine papers (Deerwester et al. 1990, table 2), without rare and common words.
common_texts = [
    line.split()
    for line in (
        "human interface computer",
        "survey user computer system response time",
        "eps user interface system",
        "system human system eps",
        "user response time",
        "trees",
        "graph trees",
        "graph minors trees",
        "graph minors survey",
    )
]


def get_tmpfile(suffix: str) -> str:
    """Return a path that ends in `suffix`, in the folder of temporary files.

    >>> get_tmpfile("model.w2v").endswith("model.w2v")
    True
    """
    return os.path.join(tempfile.mkdtemp(), suffix)


def datapath(fname: str) -> NoReturn:
    """Say that gensim's files of tests are gensim's.

    >>> datapath("lee_background.cor")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    FileNotFoundError: of gensim
    """
    raise FileNotFoundError(
        f"fname={fname!r}: this is a file of gensim's tests; pass the path of a text of yours"
    )
