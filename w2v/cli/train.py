"""The command `w2v train`: its options, which are those of Params, and its summary."""

import argparse
import contextlib
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from .. import formats
from ..formats import word2vec
from ..models.params import Params
from ..models.progress import Report
from ..models.word2vec import Word2Vec
from ..shared import streams
from .console import (
    STDOUT,
    add_reading_options,
    check_paths,
    messages_beside,
    open_output,
    tokenizer_of,
)


def add_train_command(commands: Any) -> None:
    about = "train word vectors on text files and save them in the word2vec format"
    command = commands.add_parser("train", help=about, description=about)
    command.add_argument(
        "corpus", nargs="+", metavar="FILE", help="text files, directories, globs, or - for stdin"
    )
    command.add_argument("-o", "--output", required=True, metavar="FILE", help="where to save")
    command.add_argument(
        "--format",
        choices=["binary", "text", "model"],
        help="of the output; by default text for names in .txt or .vec, the whole model, to be "
        "trained further, in .w2v or .safetensors, else binary",
    )
    add_reading_options(command)
    command.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    for parameter in fields(Params):
        if parameter.name == "exact":  # the word2vec command's; see there
            continue
        kind, meaning = parameter.metadata["kind"], plain(parameter.metadata["meaning"])
        default: Any = parameter.default
        if kind is bool:
            default = "yes" if default else "no"
        shown = "" if default is None else f" (default {default})"
        syntax = dict(action=argparse.BooleanOptionalAction) if kind is bool else dict(type=kind)
        command.add_argument(
            "--" + parameter.name.replace("_", "-"),
            default=parameter.default,
            help=(meaning + shown).replace("%", "%%"),
            **({} if kind is bool else dict(metavar={int: "N", float: "X", str: "NAME"}[kind])),
            **syntax,
        )
    for option, value in (("--skip-gram", 1), ("--cbow", 0)):
        command.add_argument(
            option, dest="sg", action="store_const", const=value, help=f"the same as --sg {value}"
        )
    command.add_argument(
        "--loss",
        choices=["ns", "hs"],
        help="negative sampling alone, or hierarchical softmax alone: --hs 1 --negative 0",
    )
    command.set_defaults(run=run_train)


def plain(meaning: str) -> str:
    """Return what a parameter means without the Python in it."""
    for python, words in (
        ("; None draws one, which `seed` then is", ""),
        ("which of w2v.kernels() computes; None:", "the kernel that computes; by default"),
        (" (w2v.Phrases with its defaults)", ""),
        ("None:", "by default"),
        ("False:", "without it"),
    ):
        meaning = meaning.replace(python, words)
    return meaning


def run_train(options: argparse.Namespace) -> None:
    params = {
        parameter.name: getattr(options, parameter.name)
        for parameter in fields(Params)
        if parameter.name != "exact"
    }
    params.update(loss_params(options))
    model = Word2Vec(**params)
    paths = [Path(path) for path in options.corpus]
    check_paths(paths, output=options.output)
    named = formats.format_of(options.output) or ""
    to = options.format or {"text": "text", "native": "model"}.get(named, "binary")
    messages = messages_beside(options.output)

    def say(line: str) -> None:
        if not options.quiet:
            print(line, file=messages)

    if to == "model" and options.output == STDOUT:
        raise ValueError("output='-': a model needs a file; choose --format binary or text")
    if options.output != STDOUT:
        streams.check_writable(options.output, "output")
    with contextlib.ExitStack() as stack:
        file = None if to == "model" else open_output(stack, options.output, "output")
        ids = model.encode(paths, tokenizer_of(options), options.encoding, options.errors)
        say(f"{ids.n_read:,} tokens; {len(model.vocabulary):,} words in the vocabulary")
        check_output_space(options.output, model, 1 + (to == "model"))
        report = model.fit(ids, progress=False if options.quiet else None)
        say(summary(report))
        if file is None:
            model.save(options.output)
        else:
            words, vectors = model.wv.words, model.wv.frozen_vectors()
            word2vec.write_word2vec(file, words, vectors, to == "binary")
    if os.path.isfile(options.output):
        say(f"{options.output}: {to}, {os.path.getsize(options.output):,} bytes")


def loss_params(options: argparse.Namespace) -> dict[str, int]:
    """Return what --loss stands for; raises ValueError when another option says otherwise."""
    usual = Params().negative
    if options.loss is None:
        return {}
    if options.loss == "hs" and options.negative not in (0, usual):
        raise ValueError(
            f"--loss hs --negative {options.negative}: hs alone has no noise words; for both "
            "losses leave --loss out and pass --hs 1"
        )
    if options.loss == "ns" and (options.hs or not options.negative):
        raise ValueError(
            f"--loss ns --hs {options.hs} --negative {options.negative}: ns alone has no tree, and "
            "noise words; for both losses leave --loss out"
        )
    return {"hs": 0} if options.loss == "ns" else {"hs": 1, "negative": 0}


def check_output_space(output: str, model: Word2Vec, n_matrices: int = 1) -> None:
    """Raise OSError, before training, when the vectors will not fit where they are to be saved."""
    if output and output != STDOUT:
        n_bytes = 4 * len(model.vocabulary) * model.params.vector_size * n_matrices
        streams.check_space(output, n_bytes, "output")


def summary(report: Report) -> str:
    return (
        f"Trained {report.epochs} epochs, {report.words:,} words in {report.seconds:.1f} s: "
        f"{report.words / max(report.seconds, 1e-9):,.0f} words/s on {report.workers} "
        f"threads, kernel {report.kernel}"
    )
