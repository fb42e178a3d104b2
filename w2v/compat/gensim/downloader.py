"""gensim.downloader, which is a lesson here: w2v downloads nothing."""

from typing import Any, NoReturn


def load(name: str, return_path: bool = False) -> NoReturn:
    """Say how to get vectors.

    >>> load("word2vec-google-news-300")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    NotImplementedError: w2v downloads nothing
    """
    raise NotImplementedError(
        f"{name!r}: w2v downloads nothing; fetch the file (from "
        "https://github.com/piskvorky/gensim-data/releases, say) and open it with w2v.load(path), "
        "which reads it as it is, compressed or not"
    )


def info(*names: Any, **options: Any) -> NoReturn:
    """Say how to get vectors.

    >>> info()  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    NotImplementedError: w2v downloads nothing
    """
    load("info")
