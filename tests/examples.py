"""The examples in the documentation: those of docstrings, and README's blocks of Python."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import w2v

FOLDER = Path(w2v.__file__).parent
MODULES = [module.name for module in pkgutil.walk_packages([str(FOLDER)], "w2v.")]
MODULES = ["w2v", *(name for name in MODULES if "__main__" not in name)]

PUBLIC_CLASSES = [
    value for value in map(vars(w2v).get, w2v.__all__) if inspect.isclass(value) and value.__doc__
]
PUBLIC_CLASSES.sort(key=lambda kind: len(kind.__mro__))  # base classes first


def examples_of(docstring):
    return doctest.DocTestParser().get_examples(inspect.cleandoc(docstring or ""))


def docstrings(name):
    """Yield each docstring of a module with its name, and the class that it is a method's of."""
    module = importlib.import_module(name)
    yield name, module.__doc__, None
    for key, value in vars(module).items():
        # doctest's finder passes over decorated functions and cached properties.
        if getattr(value, "__module__", None) == name and callable(value):
            yield f"{name}.{key}", value.__doc__, None
            for method, member in vars(value).items() if inspect.isclass(value) else ():
                if not method.startswith("__") and not inspect.isclass(member):
                    member = getattr(member, "__func__", member)
                    yield f"{name}.{key}.{method}", member.__doc__, value


def docstring_tests(name):
    """Return a module's docstrings that have examples, as doctest's tests.

    The examples of a public class's methods, inherited ones included, go on from its own.
    """
    tests, module = [], importlib.import_module(name)
    for place, docstring, owner in docstrings(name):
        found = examples_of(docstring if isinstance(docstring, str) else "")
        if found and owner is not None:
            public = next((each for each in PUBLIC_CLASSES if owner in each.__mro__), None)
            found = examples_of(public and public.__doc__) + found
        if found:
            globs = dict(vars(module))
            tests.append(doctest.DocTest(found, globs, place, module.__file__, 0, docstring))
    return tests


def readme_blocks(path):
    """Return README's blocks of Python."""
    return re.findall(r"^```python\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
