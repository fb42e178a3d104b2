"""The command `w2v glove`: its options, which are those of GloVeParams, and its summary."""

import argparse
import contextlib
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from .. import formats
from ..cooccurrence.glove import GloVe
from ..cooccurrence.matrix import Cooccurrence
from ..cooccurrence.training import GloVeParams, GloVeReport
from ..formats import word2vec
from ..shared import streams
from .console import (
    STDOUT,
    add_reading_options,
    check_paths,
    messages_beside,
    open_output,
    tokenizer_of,
)
from .train import add_options


def add_glove_command(commands: Any) -> None:
    about = "count which words of text files stand near each other, and train GloVe vectors"
    command = commands.add_parser(
        "glove",
        help=about,
        description=about + ". With FILEs, --cooccurrence and --vocab keep what was counted, in "
        "the formats of GloVe's own programs; without any, they are what to train on.",
    )
    command.add_argument(
        "corpus", nargs="*", metavar="FILE", help="text files, directories, globs, or - for stdin"
    )
    command.add_argument("-o", "--output", required=True, metavar="FILE", help="where to save")
    command.add_argument(
        "--format",
        choices=["text", "binary", "model"],
        help="of the output; by default the whole model, to be trained further, for names in .w2v "
        "or .safetensors, binary of word2vec for .bin, else text as GloVe's",
    )
    command.add_argument(
        "--header", action="store_true", help="begin text with the numbers of words and dimensions"
    )
    command.add_argument(
        "--unk", action="store_true", help="end text with <unk>, the mean of the 100 rarest words"
    )
    command.add_argument("--vocab", metavar="FILE", help="vocab.txt, written or read")
    command.add_argument(
        "--cooccurrence",
        metavar="FILE",
        help="cooccurrence.bin, written or read; names in .w2v are files of our own, for which no "
        "vocab.txt is needed",
    )
    add_reading_options(command)
    command.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_options(command, GloVeParams)
    command.set_defaults(run=run_glove)


def run_glove(options: argparse.Namespace) -> None:
    params = {each.name: getattr(options, each.name) for each in fields(GloVeParams)}
    model = GloVe(**params)
    corpus: list[Any] = [path if path == streams.STDIN else Path(path) for path in options.corpus]
    to = options.format or format_of(options.output)
    counts_are_native = formats.format_of(options.cooccurrence or "") == "native"
    check_options(options, to, counts_are_native)
    kept = (options.vocab, options.cooccurrence)
    if corpus:
        check_paths(corpus, output=options.output, vocab=kept[0], cooccurrence=kept[1])
    else:
        check_paths([], *kept, output=options.output)
    for name in ("output", *(("vocab", "cooccurrence") if corpus else ())):
        path = getattr(options, name)
        if path and path != STDOUT:
            streams.check_writable(path, name)
    messages = messages_beside(options.output)

    def say(line: str) -> None:
        if not options.quiet:
            print(line, file=messages)

    with contextlib.ExitStack() as stack:
        file = None if to == "model" else open_output(stack, options.output, "output")
        if corpus:
            counts = model.count(
                corpus, tokenizer=tokenizer_of(options), encoding=options.encoding,
                errors=options.errors,
            )  # fmt: skip
            keep(counts, options.vocab, options.cooccurrence, counts_are_native)
        else:
            counts = read(options.vocab, options.cooccurrence, counts_are_native)
        pairs = int(counts.row_sizes.sum())
        tokens = f"{counts.n_read:,} tokens; " if counts.n_read else ""
        say(f"{tokens}{len(counts):,} words in the vocabulary, {pairs:,} pairs of them")
        if options.output != STDOUT:
            n_bytes = 4 * len(counts) * model.params.vector_size * (4 if to == "model" else 1)
            streams.check_space({"output": (options.output, n_bytes)})
        model.build(counts)
        report = model.train(progress=False if options.quiet else None)
        say(summary(report))
        if file is None:
            model.save(options.output)
        elif to == "text":
            model.write_text(file, unknown=options.unk, header=options.header)
        else:
            word2vec.write_word2vec(file, model.wv.words, model.made(model.params.vectors), True)
    if os.path.isfile(options.output):
        say(f"{options.output}: {to}, {os.path.getsize(options.output):,} bytes")


def format_of(output: str) -> str:
    """Return what a name asks for: model, binary, or else text."""
    return {"native": "model", "binary": "binary"}.get(formats.format_of(output) or "", "text")


def check_options(options: argparse.Namespace, to: str, counts_are_native: bool) -> None:
    """Raise ValueError where options contradict each other."""
    if to == "model" and options.output == STDOUT:
        raise ValueError("output='-': a model needs a file; choose --format text or binary")
    for name in ("header", "unk"):
        if getattr(options, name) and to != "text":
            raise ValueError(f"--{name} is for text, and --format is {to}; leave it out")
    if STDOUT in (options.vocab, options.cooccurrence):
        raise ValueError("--vocab, --cooccurrence: these are files; - is for --output alone")
    if options.corpus:
        return
    if not options.cooccurrence:
        raise ValueError("corpus: name text files, or counts by --cooccurrence and --vocab")
    if options.phrases:
        raise ValueError(f"--phrases {options.phrases}: these are joined in text; name its FILEs")
    if counts_are_native == bool(options.vocab):
        raise ValueError(
            f"--cooccurrence {options.cooccurrence}: "
            + (
                "this holds its vocabulary; leave --vocab out"
                if counts_are_native
                else "it was counted with a vocab.txt; name it by --vocab"
            )
        )


def keep(counts: Cooccurrence, vocab: str | None, path: str | None, is_native: bool) -> None:
    """Write what was counted into the files named."""
    if vocab:
        counts.save_vocab(vocab)
    if path and is_native:
        counts.save(path)
    elif path:
        counts.save_glove_format(path)


def read(vocab: str | None, path: str, is_native: bool) -> Cooccurrence:
    for argument, name in (("cooccurrence", path), ("vocab", vocab)):
        if name and not os.path.isfile(os.path.expanduser(name)):
            raise FileNotFoundError(f"{argument}={name!r}: no such file")
    if is_native:
        return Cooccurrence.load(path)
    assert vocab is not None  # see check_options
    return Cooccurrence.load_glove_format(path, vocab)


def summary(report: GloVeReport) -> str:
    speed = report.records * report.iterations / max(report.seconds, 1e-9)
    return (
        f"Trained {report.iterations} iterations in {report.seconds:.1f} s: {speed:,.0f} records/s "
        f"on {report.workers} threads, kernel {report.kernel}; cost {report.costs[-1]:.6f}"
    )
