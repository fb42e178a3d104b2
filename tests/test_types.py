"""Types: signatures are what is declared once, and stubs what compiled modules have."""

import ast
import importlib
import inspect
from dataclasses import fields
from pathlib import Path

import pytest

import w2v
from w2v.models import arguments

FOLDER = Path(w2v.__file__).parent
STUBS = sorted(FOLDER.rglob("*.pyi"))


def declared(body):
    """Return the names that statements of a stub declare, with the nodes that do."""
    names = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names[node.name] = node
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) != "TypeAlias":
            names[node.target.id] = node
    return names


def own(namespace, module):
    """Return the names of a compiled module, or of a class in it, but for what it imports."""
    return {
        name: value
        for name, value in vars(namespace).items()
        if not inspect.ismodule(value)
        and not name.startswith("__")
        and getattr(value, "__module__", module) == module
    }


def parameters(arguments):
    """Return the kind and default, if it is told, of each parameter in a stub."""
    kinds = inspect.Parameter
    plain = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(plain) - len(arguments.defaults)) + arguments.defaults
    found = [
        (arg.arg, kinds.POSITIONAL_OR_KEYWORD, default)
        for arg, default in zip(plain, defaults, strict=True)
    ]
    found += [(arg.arg, kinds.VAR_POSITIONAL, None) for arg in [arguments.vararg] if arg]
    found += [
        (arg.arg, kinds.KEYWORD_ONLY, default)
        for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return found + [(arg.arg, kinds.VAR_KEYWORD, None) for arg in [arguments.kwarg] if arg]


def assert_same_parameters(node, function):
    stub = parameters(node.args)
    real = inspect.signature(function).parameters.values()
    assert [entry[:2] for entry in stub] == [(each.name, each.kind) for each in real], node.name
    for (name, _, default), each in zip(stub, real, strict=True):
        assert (default is None) == (each.default is each.empty), (node.name, name)
        if default is not None and ast.unparse(default) != "...":
            assert ast.literal_eval(default) == each.default, (node.name, name)


def assert_same_constructor(node, made):
    """Compare by what the constructor refuses: a compiled __init__ does not tell its signature."""
    stub = parameters(node.args)[1:]
    if any(kind is inspect.Parameter.VAR_KEYWORD for _, kind, _ in stub):
        return
    names = [name for name, _, _ in stub]
    with pytest.raises(TypeError, match=rf"(takes|at most|exactly) {len(names)} positional"):
        made(*range(len(names) + 1))
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        made(**dict.fromkeys(names), nonsense=None)


def test_every_compiled_module_has_a_stub():
    compiled = {path.with_suffix("") for path in FOLDER.rglob("*.pyx")}
    if not compiled:  # an installed wheel
        suffixes = (".so", ".pyd")
        compiled = {
            path.with_name(path.name.split(".")[0])
            for path in FOLDER.rglob("*")
            if path.suffix in suffixes
        }
    assert compiled == {path.with_suffix("") for path in STUBS}


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.stem)
def test_stubs_declare_what_compiled_modules_have(path):
    dotted = ".".join(["w2v", *path.relative_to(FOLDER).with_suffix("").parts])
    stub = declared(ast.parse(path.read_text()).body)
    real = own(importlib.import_module(dotted), dotted)
    assert stub.keys() == real.keys()
    for name, node in stub.items():
        if isinstance(node, ast.FunctionDef):
            assert_same_parameters(node, real[name])
        elif isinstance(node, ast.ClassDef):
            methods, owned = declared(node.body), vars(real[name])
            assert methods.keys() - {"__init__"} == own(real[name], dotted).keys()
            assert_same_constructor(methods["__init__"], real[name])
            for key in methods.keys() - {"__init__"}:
                if not inspect.isgetsetdescriptor(owned[key]):
                    assert_same_parameters(methods[key], owned[key])


def written(function):
    """Return the kind and default of each parameter that a function's own source has."""
    function = getattr(function, "__init__" if inspect.isclass(function) else "__func__", function)
    function, kinds = inspect.unwrap(function), inspect.Parameter
    code, n = function.__code__, function.__code__.co_argcount
    names = code.co_varnames[: n + code.co_kwonlyargcount]
    given = function.__defaults__ or ()
    defaults = dict(zip(names[n - len(given) :], given, strict=False))
    defaults |= function.__kwdefaults__ or {}
    return {
        name: (
            kinds.POSITIONAL_OR_KEYWORD if i < n else kinds.KEYWORD_ONLY,
            defaults.get(name, kinds.empty),
        )
        for i, name in enumerate(names)
        if name not in ("self", "cls")
    }


@pytest.mark.parametrize(
    "function, declared",
    [
        (w2v.train, arguments.TrainArguments),
        (w2v.Word2Vec, arguments.ModelArguments),
        (w2v.Word2Vec.load, arguments.LoadArguments),
    ],
)
def test_signatures_are_those_of_params(function, declared):
    shown = dict(inspect.signature(function).parameters)
    names = [param.name for param in fields(w2v.Params)]
    assert [name for name in shown if name in names] == names
    for param in fields(w2v.Params):
        each = shown.pop(param.name)
        assert (each.annotation, each.kind) == (param.type, each.KEYWORD_ONLY)
        told = param.default
        if declared is arguments.LoadArguments:
            assert repr(each.default) == "<as saved>"
        else:
            assert each.default == told
            assert f"{param.name} : {param.metadata['kind'].__name__}, default {told!r}. " in (
                function.__doc__
            )
    assert {name: (each.kind, each.default) for name, each in shown.items()} == written(function)
