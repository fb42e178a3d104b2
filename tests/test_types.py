"""Types: signatures are what is declared once, stubs what compiled modules have, and both are true.

mypy and pyright (the extra `types`) check the package, the documentation's examples, and mistakes.
"""

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import fields
from pathlib import Path

import examples
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
            # Nobody imports _views but Cython, whose memory views it has.
            if path.suffix in suffixes and not path.name.startswith("_views.")
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
        (w2v.estimate, arguments.EstimateArguments),
        (w2v.Word2Vec, arguments.ModelArguments),
        (w2v.Word2Vec.load, arguments.LoadArguments),
    ],
)
def test_signatures_are_those_of_params(function, declared):
    shown = dict(inspect.signature(function).parameters)
    names, order = [param.name for param in fields(w2v.Params)], ()
    if declared is arguments.ModelArguments:
        order = arguments.GENSIM_ORDER
        assert list(shown)[: len(order)] == list(order)
    found = [name for name in shown if name in names and name not in order]
    assert found == [name for name in names if name not in order]
    for param in fields(w2v.Params):
        each = shown.pop(param.name)
        kind = each.POSITIONAL_OR_KEYWORD if param.name in order else each.KEYWORD_ONLY
        assert (each.annotation, each.kind) == (param.type, kind)
        told = param.default
        if declared is arguments.LoadArguments:
            assert repr(each.default) == "<as saved>"
        else:
            assert each.default == told
            assert f"{param.name} : {param.metadata['kind'].__name__}, default {told!r}. " in (
                function.__doc__
            )
    for name, (_, default) in written(function).items():
        assert shown[name].default == default


ROOT = FOLDER.parent
IS_CHECKOUT = (ROOT / "pyproject.toml").is_file()

# Each line that is marked is to be reported, and no other one.
MISTAKES = """
import w2v

kv = w2v.KeyedVectors(100)
model = w2v.Word2Vec(sentences="corpus.txt", tokenizer=str.split, progress=False, workers=1)
model = w2v.train(corpus=[["a", "b"]], vector_size=8, alpha=None)
w2v.train("corpus.txt", vectr_size=1)  # wrong
w2v.train("corpus.txt", vector_size="100")  # wrong
w2v.train("corpus.txt", 100)  # wrong
w2v.train(5)  # wrong
w2v.Word2Vec(vectr_size=1)  # wrong
w2v.Word2Vec(tokeniser=str.split)  # wrong
w2v.Word2Vec.load("model.w2v", worker=8)  # wrong
w2v.Params(vectr_size=1)  # wrong
w2v.Params(100)  # wrong
w2v.Phrases("corpus.txt", treshold=1)  # wrong
w2v.Phrases("corpus.txt", threshold="1")  # wrong
w2v.FrozenPhrases.load(1)  # wrong
model.train("corpus.txt", epoch=2)  # wrong
model.nonsense  # wrong
model["king"]  # wrong
"king" in model  # wrong
model.params.vectr_size  # wrong
model.params.vector_size = 5  # wrong
model.wv.nonsense  # wrong
kv.nonsense  # wrong
kv.syn0  # wrong
kv["king"].nonsense  # wrong
kv.most_similar("king", topm=3)  # wrong
kv.similar_by_word("king", metrc="euclidean")  # wrong
kv.neighbours(["king"], array=True)  # wrong
kv.similarity("king")  # wrong
kv.save()  # wrong
w2v.KeyedVectors(["king"], [[1.0]], count=5)  # wrong
w2v.load("vectors.bin", limt=1)  # wrong
w2v.evaluate_analogies(kv, "questions-words.txt", methd="3CosMul")  # wrong
w2v.evaluate_analogies(kv, "questions-words.txt").accurcy  # wrong
w2v.evaluate_analogies("vectors.bin", "questions-words.txt")  # wrong
w2v.evaluate_pairs(kv, "wordsim353.tsv").spearmn  # wrong
w2v.kernels(1)  # wrong
w2v.nonsense  # wrong
word: str = kv.similarity("king", "queen")  # wrong
pairs: list[tuple[str, float]] = kv.most_similar("king", topn=None)  # wrong
"""

ANSWERS = """
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

import w2v

model = w2v.train("corpus.txt")
kv = model.wv
phrases = w2v.Phrases("corpus.txt")
assert_type(model, w2v.Word2Vec)
assert_type(w2v.Word2Vec(), w2v.Word2Vec)
assert_type(w2v.Word2Vec.load("model.w2v", workers=2), w2v.Word2Vec)
assert_type(kv, w2v.KeyedVectors)
assert_type(w2v.load("vectors.bin"), w2v.KeyedVectors)
assert_type(w2v.KeyedVectors.load("vectors.w2v"), w2v.KeyedVectors)
assert_type(kv.most_similar("king", topn=3), list[tuple[Any, float]])
assert_type(kv.most_similar("king", topn=None), NDArray[np.float32])
assert_type(kv.similar_by_vector(kv["king"]), list[tuple[Any, float]])
assert_type(kv.neighbours(["king", 3]), list[list[tuple[Any, float]]])
assert_type(
    kv.neighbours(["king"], arrays=True), tuple[NDArray[np.int64], NDArray[np.float32]]
)
assert_type(kv.doesnt_match(["king", "breakfast"]), str)
assert_type(kv.similarity("king", "queen"), float)
assert_type(kv.get_mean_vector(["king"]), NDArray[np.float32])
assert_type(kv.vectors_for([3, 5]), NDArray[np.float32])
w2v.train([[1, 2], [3]])
w2v.train([np.array([1, 2])])
w2v.train([[(1, 2), (3, 4)]])
w2v.train(np.array([[1, 2], [3, -1]]))
w2v.train((np.array([1, 2, 3]), np.array([0, 2, 3])))
assert_type(kv.norms, NDArray[np.float32])
assert_type(phrases[["new", "york"]], list[str])
for sentence in phrases["corpus.txt"]:
    assert_type(sentence, list[str])
for sentence in phrases[[["new", "york"], ["york"]]]:
    assert_type(sentence, list[str])
assert_type(w2v.evaluate_pairs(kv, "wordsim353.tsv").spearman.statistic, float)
"""


def readme_blocks():
    """Return README's code as one program; its blocks go on from each other."""
    return "\n".join(examples.readme_blocks(ROOT / "README.md"))


def docstring_blocks(name):
    """Return a module's examples as a program of functions, None when it has none."""
    tests = examples.docstring_tests(name)
    code = f"import numpy as np\n\nfrom {name} import *\n"
    for i, test in enumerate(tests):
        body = "".join(example.source for example in test.examples)
        code += f"\n\ndef example_{i}() -> None:  # {test.name}\n{textwrap.indent(body, '    ')}"
    return code if tests else None


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A folder of programs: README's, docstrings', answers, and mistakes."""
    folder = tmp_path_factory.mktemp("programs")
    texts = {"mistakes": MISTAKES, "answers": ANSWERS}
    if IS_CHECKOUT:
        texts["readme"] = readme_blocks()
    texts |= {name.replace(".", "_"): docstring_blocks(name) for name in examples.MODULES}
    for name, text in texts.items():
        if text is not None:
            (folder / f"program_{name}.py").write_text(text)
    assert len(list(folder.iterdir())) > 20
    return folder


def run(*command, folder, **environment):
    """Run a checker and return what it prints; it exits with 1 when it reports anything."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=folder, capture_output=True, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def pyright(folder, *options):
    """Return (path, line, message) of each error that pyright reports."""
    pytest.importorskip("pyright", reason="pyright is not installed: pip install '.[types]'")
    out = run("pyright", "--outputjson", "--pythonpath", sys.executable, *options,
              folder=folder)  # fmt: skip
    return [
        (Path(each["file"]), each["range"]["start"]["line"] + 1, each["message"])
        for each in json.loads(out)["generalDiagnostics"]
        if each["severity"] == "error"
    ]


def mypy(folder, cache, *options, path=""):
    """Return (path, line, message) of each error that mypy reports."""
    pytest.importorskip("mypy", reason="mypy is not installed: pip install '.[types]'")
    out = run("mypy", "--no-error-summary", "--no-pretty", "--cache-dir", cache, *options,
              folder=folder, MYPYPATH=path)  # fmt: skip
    found = re.findall(r"^(.+?\.pyi?):(\d+): error: (.*)$", out, re.MULTILINE)
    assert found or not out.strip(), out
    return [(folder / file, int(line), message) for file, line, message in found]


@pytest.fixture(scope="module", params=["mypy", "pyright"])
def reported(request, programs):
    """What a checker reports of the programs."""
    is_installed = "site-packages" in ROOT.parts
    if request.param == "mypy":
        cache = request.config.cache.mkdir("mypy")
        config = programs / "mypy.ini"
        untyped = "[mypy-sklearn.*]\nignore_missing_imports = True\n"
        config.write_text(f"[mypy]\nstrict = True\nfollow_imports = silent\n{untyped}")
        path = "" if is_installed else str(ROOT)
        return mypy(programs, cache, "--config-file", config, ".", path=path)
    config = dict(typeCheckingMode="standard", extraPaths=[] if is_installed else [str(ROOT)])
    (programs / "pyrightconfig.json").write_text(json.dumps(config))
    return pyright(programs)


def test_examples_and_answers_have_the_types_that_are_told(reported):
    assert [each for each in reported if each[0].name != "program_mistakes.py"] == []


def test_each_mistake_is_reported(reported):
    lines = {line for path, line, _ in reported if path.name == "program_mistakes.py"}
    wrong = {i for i, line in enumerate(MISTAKES.split("\n"), 1) if line.endswith("# wrong")}
    assert lines == wrong


@pytest.mark.skipif(not IS_CHECKOUT, reason="an installed package has no pyproject.toml")
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_package_has_no_error_of_types(checker, request):
    if checker == "mypy":
        assert mypy(ROOT, request.config.cache.mkdir("mypy-package")) == []
    else:
        assert pyright(ROOT) == []


def test_what_is_public_is_annotated():
    for name in w2v.__all__:
        value = getattr(w2v, name)
        members = vars(value).items() if inspect.isclass(value) else [(name, value)]
        for key, member in members:
            member = getattr(member, "__func__", member)
            if not callable(member) or key.startswith("__") or inspect.isclass(member):
                continue
            if type(member).__name__ == "cython_function_or_method":
                continue  # these have a stub
            signature = inspect.signature(member)
            told = [each.annotation for each in signature.parameters.values()]
            is_method = member is not value and not isinstance(vars(value)[key], staticmethod)
            assert inspect.Parameter.empty not in told[is_method:], (name, key)
            assert signature.return_annotation is not inspect.Signature.empty, (name, key)
