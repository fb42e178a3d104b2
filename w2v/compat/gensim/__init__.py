"""gensim's modules with w2v's classes, for programs written for it.

Owns names alone: `from w2v.compat.gensim.models import Word2Vec` is w2v.Word2Vec. `install()` puts
them under the name gensim, for packages whose imports cannot be edited. What gensim has besides
word vectors is not here.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

__version__ = "4.4.0"  # of the gensim whose names these are

NAME = "gensim"

# What is asked of gensim most, besides word vectors.
ELSEWHERE = "w2v is about word vectors alone; keep gensim installed for the rest of it"


class Alias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds gensim and its modules here."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != NAME:
            return None
        if importlib.util.find_spec(f"w2v.compat.{fullname}") is None:
            raise ModuleNotFoundError(f"{fullname}: {ELSEWHERE}", name=fullname)
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = importlib.import_module(f"w2v.compat.{spec.name}")
        self.own_spec = module.__spec__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        module.__spec__ = self.own_spec  # which the import has replaced


ALIAS = Alias()


def install() -> None:
    """Let `import gensim` find w2v's classes from now on, with a warning that says so.

    importlib.metadata goes on telling what is installed: nothing, or the real gensim.

    Raises RuntimeError when the real gensim has been imported: its classes would be mixed with
    these.

    >>> import importlib
    >>> import warnings
    >>> import w2v
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     install()
    >>> importlib.import_module("gensim.models").Word2Vec is w2v.Word2Vec
    True
    >>> uninstall()
    """
    if NAME in sys.modules and sys.modules[NAME].__name__ == NAME:
        raise RuntimeError(
            "gensim is imported already: call w2v.compat.gensim.install() before anything does that"
        )
    if ALIAS not in sys.meta_path:
        sys.meta_path.insert(0, ALIAS)
        warnings.warn("`import gensim` is w2v.compat.gensim from now on", stacklevel=2)


def uninstall() -> None:
    """Let `import gensim` find what is installed again; what was imported stays as it is.

    >>> uninstall()
    """
    if ALIAS in sys.meta_path:
        sys.meta_path.remove(ALIAS)
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        if sys.modules[name].__name__ != name:
            del sys.modules[name]


if not TYPE_CHECKING:

    def __getattr__(name):
        try:  # gensim imports its modules itself
            return importlib.import_module(f".{name}", __name__)
        except ModuleNotFoundError:
            raise AttributeError(f"gensim.{name}: {ELSEWHERE}") from None
