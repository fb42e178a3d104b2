"""gensim.downloader: opens what gensim downloaded before; nothing is downloaded here."""

import os
from typing import TYPE_CHECKING, Any, NoReturn

from ...corpus.readers import Text8Corpus
from ...vectors.keyed import load as load_vectors
from .. import lessons

BASE_DIR = os.environ.get("GENSIM_DATA_DIR", os.path.expanduser("~/gensim-data"))

URL = "https://github.com/piskvorky/gensim-data/releases/download"


def load(name: str, return_path: bool = False) -> Any:
    """Open vectors, or the corpus text8, that lie where gensim puts what it downloads.

    `return_path` returns the path of the file instead.

    Raises FileNotFoundError saying where the file can be had when there is none.

    >>> try:
    ...     load("glove-wiki-gigaword-50")
    ... except FileNotFoundError as error:
    ...     print(str(error)[:59])
    name='glove-wiki-gigaword-50': w2v downloads nothing, and t
    """
    path = os.path.join(BASE_DIR, name, f"{name}.gz")
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"name={name!r}: w2v downloads nothing, and there is no {path!r}; put the file there "
            f"that is at {URL}/{name}/{name}.gz, or open it with w2v.load(path)"
        )
    if return_path:
        return path
    return Text8Corpus(path) if name == "text8" else load_vectors(path)


def info(
    name: str | None = None, show_only_latest: bool = True, name_only: bool = False
) -> NoReturn:
    """Raise OSError: the list of what there is to download would have to be downloaded."""
    raise OSError(
        "w2v downloads nothing: the list is at https://github.com/piskvorky/gensim-data, and "
        "w2v.load(path) opens its files of vectors"
    )


if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
