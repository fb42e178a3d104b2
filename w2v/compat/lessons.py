"""What Python is told about gensim's names: where those are that are not here, and the version.

Owns the answers of modules below compat/gensim to names that they do not have.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from importlib.metadata import Distribution

FOLDER = "w2v.compat.gensim"

# What to use in place of names that programs with word vectors may ask for; modules in lower case.
HINTS = {
    "similarities": "most_similar needs no index, and gensim itself compares documents",
    "open": "Python's open, or gzip.open, reads what it read",
    "smart_open": "Python's open, or gzip.open, reads what it read",
    "SaveLoad": "models and vectors have save and load themselves",
    "Vocab": "wv.key_to_index and wv.get_vecattr(word, 'count') have what it had",
}


def lesson(name: str) -> str:
    """Return what to do about a name that is not here, such as "models.LdaModel".

    >>> lesson("models.LdaModel")[:58]
    'gensim.models.LdaModel is not in w2v.compat.gensim, which '
    """
    last = name.rpartition(".")[2]
    hint = HINTS.get(last, "use gensim itself for it, which may be installed beside w2v")
    if last not in HINTS and is_installed():
        hint += "; call w2v.compat.gensim.uninstall() first"
    return f"gensim.{name} is not in w2v.compat.gensim, which is about word vectors alone: {hint}"


def is_installed() -> bool:
    """Whether w2v.compat.gensim is what the name gensim means in this program."""
    return "gensim" in sys.modules and sys.modules["gensim"] is sys.modules.get(FOLDER)


def refuser(module: str) -> Callable[[str], NoReturn]:
    """Return a module's __getattr__, which raises AttributeError with a lesson.

    `from module import name` would hide its message, but Python looks for a module of that name
    first where there may be some, so that AbsentModules answers: every module here is a package.
    """
    vars(sys.modules[module]).setdefault("__path__", [])

    def answer(name: str) -> NoReturn:
        if name.startswith("__"):  # Python's own questions
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise AttributeError(lesson(f"{module}.{name}".removeprefix(f"{FOLDER}.")))

    return answer


class AbsentModules:
    """The last of those whom Python asks for a module: those of gensim that nobody found."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for folder in (FOLDER, "gensim") if is_installed() else (FOLDER,):
            below = name.removeprefix(f"{folder}.")
            if below != name and not below.rpartition(".")[2].startswith("__"):
                raise ModuleNotFoundError(lesson(below))  # one with a name= would not be shown
        return None

    @staticmethod
    def find_distributions(context: Any = None) -> Iterator["Distribution"]:
        """Yield what importlib.metadata is to know of gensim, when it is asked for that alone.

        What pip has installed answers first; lists of all that is installed are left as they are.
        """
        if is_installed() and context is not None and context.name == "gensim":
            from .metadata import Names  # here, since few ask

            yield Names(sys.modules[FOLDER].__version__)
