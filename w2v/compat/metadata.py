"""What Python's package metadata says of gensim while its name means w2v.compat.gensim.

node2vec, among others, asks for the version there and not in gensim.__version__.
"""

import importlib.metadata
from os import PathLike
from pathlib import Path


class Names(importlib.metadata.Distribution):
    """A distribution of names alone: it has a version, and no files.

    >>> Names("4.4.0").metadata["Name"], Names("4.4.0").version, Names("4.4.0").files
    ('gensim', '4.4.0', None)
    """

    def __init__(self, version: str):
        self.told = version

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return (
            f"Metadata-Version: 2.1\nName: gensim\nVersion: {self.told}\n"
            "Summary: the names of w2v.compat.gensim\n"
        )

    def locate_file(self, path: str | PathLike[str]) -> Path:
        return Path(path)
