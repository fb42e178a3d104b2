"""The shape of the house: imports go one way, examples in the documentation run, types are told."""

import ast
import doctest
import importlib.resources
import pkgutil
from pathlib import Path

import pytest

import w2v

FOLDER = Path(w2v.__file__).parent

# What the modules of each folder may import besides each other; see the map in README.md. "models"
# stands on the compiled core.
MAY_IMPORT = {
    "shared": set(),
    "formats": {"shared"},
    "corpus": {"formats", "shared"},
    "phrases": {"corpus", "formats", "shared"},
    "vectors": {"formats", "shared"},
    "models": {"_core", "corpus", "formats", "phrases", "shared", "vectors"},
    "cli": {"corpus", "formats", "models", "phrases", "shared", "vectors"},
}


def imported(path):
    """Yield what a module imports of the package, as paths below it: ("formats", "words")."""
    package = path.relative_to(FOLDER).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            base += tuple(node.module.split(".")) if node.module else ()
            yield from ((*base, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("w2v") for alias in node.names)


def test_imports_between_folders_go_one_way():
    for path in FOLDER.rglob("*.py"):
        room = path.relative_to(FOLDER).parts[0]
        if room in MAY_IMPORT:
            rooms = {target[0] for target in imported(path)} - {room}
            assert rooms <= MAY_IMPORT[room], path


def test_no_module_imports_itself_in_a_circle():
    def module_of(target):
        """Return the module that an imported name is or stands in, None for a compiled one."""
        for path in (FOLDER.joinpath(*target), FOLDER.joinpath(*target[:-1])):
            for module in (path.with_suffix(".py"), path / "__init__.py"):
                if module.is_file():
                    return module
            if any(path.parent.glob(f"{path.name}.*")):  # installed, it has no .pyx beside it
                return None
        raise AssertionError(f"nobody knows where {target} comes from")

    sources = [path for path in FOLDER.rglob("*.py") if path.name != "__main__.py"]
    waits = {path: {module_of(target) for target in imported(path)} - {None} for path in sources}
    while waits:
        free = {path for path, needs in waits.items() if not needs & set(waits)}
        assert free, f"these import each other: {sorted(map(str, waits))}"
        waits = {path: needs for path, needs in waits.items() if path not in free}


MODULES = [module.name for module in pkgutil.walk_packages([str(FOLDER)], "w2v.")]


@pytest.mark.parametrize("name", [name for name in MODULES if "__main__" not in name])
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    assert module.__doc__
    assert doctest.testmod(module).failed == 0


def test_the_package_says_that_it_is_typed():
    assert importlib.resources.files("w2v").joinpath("py.typed").is_file()


def test_compiled_modules_import_nothing_of_the_package():
    for path in FOLDER.rglob("*.pyx"):
        assert "from ." not in path.read_text() and "import w2v" not in path.read_text()
