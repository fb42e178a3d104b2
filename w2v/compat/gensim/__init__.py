"""gensim's names for word vectors: `from w2v.compat.gensim.models import Word2Vec`, and so on.

The modules are those of gensim 4 that users of word vectors import, and hold w2v's own classes
under gensim's names. What else gensim has is answered with where to find it. `install` lets
packages that import gensim themselves have these modules.

>>> from w2v.compat.gensim.models import KeyedVectors, Phrases, Word2Vec
>>> from w2v.compat.gensim.models.word2vec import LineSentence
>>> from w2v.compat.gensim.test.utils import common_texts
>>> Word2Vec(sentences=common_texts, vector_size=8, window=5, min_count=1, workers=4)
<Word2Vec: 12 words, 8 dimensions>
"""

import importlib
import pkgutil
import sys
import warnings
from typing import TYPE_CHECKING

from .. import lessons
from . import models, utils

# The release of gensim whose names these are: packages compare it with what they need.
__version__ = "4.4.0"

__all__ = ["__version__", "install", "models", "uninstall", "utils"]


def install() -> None:
    """Let `import gensim` mean this package in the whole program, with a warning that says so.

    For packages whose imports cannot be edited; call it before they are imported. It holds for this
    process alone. importlib.metadata.version("gensim") is answered, too, since packages ask there:
    by the version of gensim that is on the disk if there is one, else by `__version__`.

    Raises RuntimeError when gensim itself has been imported already.
    """
    if lessons.is_installed():
        return
    real = sys.modules.get("gensim")
    if real is not None:
        raise RuntimeError(
            f"gensim is imported already, from {getattr(real, '__file__', None)!r}: call "
            "w2v.compat.gensim.install() before anything imports it, first thing in the program"
        )
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    sys.modules.update((name.removeprefix("w2v.compat."), sys.modules[name]) for name in ours())
    warnings.warn(
        f"import gensim means w2v.compat.gensim from now on (names of gensim {__version__}); "
        "w2v.compat.gensim.uninstall() ends that",
        stacklevel=2,
    )


def uninstall() -> None:
    """Undo install: what is imported from now on is gensim itself, if there is one."""
    for name in ours():
        alias = name.removeprefix("w2v.compat.")
        if sys.modules.get(alias) is sys.modules[name]:
            del sys.modules[alias]


def ours() -> list[str]:
    """Return the names of the modules here that are imported."""
    return [name for name in sys.modules if f"{name}.".startswith(f"{__name__}.")]


sys.meta_path.append(lessons.AbsentModules)

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
