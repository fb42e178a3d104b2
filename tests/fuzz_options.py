"""The fuzzer of command lines: options of every command, with values that are well and not.

Options come from the parsers, so that a new command or option is tried by itself.
"""

import argparse
import contextlib
import io
import os
import sys
from unittest import mock

import bad_files

from w2v.cli import c_queries, main, word2phrase, word2vec

C_TOOLS = {
    word2vec.word2vec_main: ("word2vec", word2vec.WORD2VEC_OPTIONS),
    word2phrase.word2phrase_main: ("word2phrase", word2phrase.OPTIONS),
}
C_QUERIES = {
    c_queries.distance_main: "distance",
    c_queries.word_analogy_main: "word-analogy",
    c_queries.compute_accuracy_main: "compute-accuracy",
}

# What takes seconds, or is a program of others that tests of its own cover.
LEFT_OUT = {"demo", "map", "plot"}
VALUES = ["0", "1", "2", "3", "-1", "5", "7", "0.5", "1e-3", "nan", "inf", "-0.1", "1e9", "x", "",
          "99999999999999999999", "2147483648", "tea", "utf-8", "latin-1", "strict", "replace",
          "english", "cosine", "1s", "1 epoch", "baseline", "-"]  # fmt: skip
OUTPUTS = [
    "new.bin",
    "new.txt",
    "new.w2v",
    "new.npz",
    "new.txt.gz",
    "corpus.txt",
    "absent/x",
    "new",
]
# Of these only values that take no time and memory: a million dimensions are no mistake.
SMALL = {
    "vector_size", "size", "epochs", "iter", "iterations", "workers", "threads", "negative",
    "classes", "window", "passes", "phrases", "checkpoint_every", "time_budget",
}  # fmt: skip


def parsers():
    """Return the parsers of w2v's commands by name."""
    made = {}

    def keep(self, *arguments, **named):
        made[""] = self
        raise KeyboardInterrupt

    with (
        mock.patch.object(argparse.ArgumentParser, "parse_args", keep),
        contextlib.suppress(KeyboardInterrupt),
    ):
        main.w2v_main(["info", "x"])
    actions = [each for each in made[""]._actions if isinstance(each, argparse._SubParsersAction)]
    return {name: each for name, each in actions[0].choices.items() if name not in LEFT_OUT}


def pick(random, values):
    return values[int(random.integers(len(values)))]


def value_of(random, name, files):
    if name in SMALL:
        return pick(random, ["0", "1", "2", "3", "-1", "x", "5"])
    return pick(random, pick(random, [VALUES, VALUES, files, OUTPUTS]))


def line_of_w2v(random, files):
    name, parser = pick(random, sorted(parsers().items(), key=lambda item: item[0]))
    line, small = [name], []
    for action in parser._actions:
        dest = action.dest
        if dest == "help":
            continue
        if not action.option_strings:
            n = 1 if action.nargs is None else int(random.integers(1, 3))
            line += [pick(random, files if random.integers(4) else VALUES) for _ in range(n)]
        elif dest in ("output", "vector_size", "epochs", "iterations", "workers"):
            wanted = dict(output=pick(random, OUTPUTS)).get(dest, pick(random, ["1", "2", "3"]))
            small += [action.option_strings[-1], wanted]
        elif random.integers(8) == 0:
            line.append(pick(random, action.option_strings))
            if action.nargs is None:
                line.append(value_of(random, dest, files))
            elif action.nargs != 0:
                line += [value_of(random, dest, files)]
    return main.w2v_main, "w2v", line + small


def line_of_c(random, files):
    run = pick(random, list(C_TOOLS))
    name, options = C_TOOLS[run]
    line = ["-train", pick(random, files), "-output", pick(random, OUTPUTS)]
    line += ["-size", "3", "-iter", "1", "-threads", "2"] if name == "word2vec" else []
    for option, about in options.items():
        if option not in line and random.integers(8) == 0:
            small = about.name if about.name not in ("vector_size", "epochs", "workers") else "size"
            line += [option, value_of(random, small, files)]
    return run, name, line


def line_of_queries(random, files):
    run = pick(random, list(C_QUERIES))
    line = [pick(random, files) for _ in range(random.integers(1, 3))]
    return run, C_QUERIES[run], line + [pick(random, VALUES)] * int(random.integers(2))


def options(random, folder):
    """A command ends with 0, 1 or 2, what is wrong in one line; its output is whole or absent."""
    files = folder / "files"
    with contextlib.suppress(FileExistsError):
        files.mkdir()
        bad_files.write_all(files)
    names = sorted(path.name for path in files.iterdir() if path.is_file())
    before = {name: (files / name).read_bytes() for name in names}
    make = pick(random, [line_of_w2v, line_of_w2v, line_of_c, line_of_queries])
    run, name, line = make(random, [*names, "hollow", "absent"])
    err = io.StringIO()
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    asked = io.TextIOWrapper(io.BytesIO(b"tea\nking queen man\n\n\xff x\n"))
    before_folder = os.getcwd()
    os.chdir(files)
    try:
        with (
            mock.patch.object(sys, "stdin", asked),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                status = run(line)
            except SystemExit as ended:  # argparse
                assert ended.code in (0, 2), line
                return
    finally:
        os.chdir(before_folder)
    told = [each for each in err.getvalue().splitlines() if not each.startswith("epoch ")]
    assert status in (0, 1, 2), line
    assert "Traceback" not in err.getvalue(), (line, told)
    assert status == 0 or (told and told[-1].startswith(f"{name}: ")), (line, told)
    after = {path.name for path in files.iterdir()}
    assert not {each for each in after if each.startswith(".")}, (line, after)  # temporary ones
    changed = [each for each in names if (files / each).read_bytes() != before[each]]
    new = after - set(names) - {"hollow"}
    assert status == 0 or not new - {"new_tensor.tsv", "new_metadata.tsv"} or "-o" in line, line
    for each in changed:
        assert each in line, (line, each)
        (files / each).write_bytes(before[each])
    for each in new:
        if (files / each).is_file():
            (files / each).unlink()
    if status == 2:
        raise ValueError(told[-1])
