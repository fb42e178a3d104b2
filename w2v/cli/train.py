"""The command `w2v train`: its options, which are those of Params, and its summary."""

import argparse
import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from .. import formats
from ..corpus.ids import Corpus
from ..formats import word2vec
from ..models.checkpoints import Story
from ..models.clusters import Cluster
from ..models.fasttext import FastText
from ..models.foresight import model_bytes
from ..models.params import Params, SubwordParams
from ..models.report import Report
from ..models.watching import evaluating
from ..models.word2vec import Word2Vec
from ..shared import streams
from ..shared.progress import Show, reading, shower
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
        "corpus", nargs="*", metavar="FILE", help="text files, directories, globs, or - for stdin"
    )
    command.add_argument("-o", "--output", metavar="FILE", help="where to save")
    command.add_argument(
        "--format",
        choices=["binary", "text", "model", "fasttext"],
        help="of the output; by default text for names in .txt or .vec, the whole model, to be "
        "trained further, in .w2v or .safetensors, else binary; fasttext is a .bin of that tool",
    )
    add_reading_options(command)
    command.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_parameter_options(command)
    add_subword_options(command)
    for option, meta, meaning in (
        ("--checkpoint", "FILE", "write a model there while training rests, to go on from"),
        ("--checkpoint-every", "TIME", "how often: 10min (the default), 50M words, 1 epoch"),
        ("--resume", "FILE", "go on with the run of this checkpoint, with its parameters"),
        ("--time-budget", "TIME", "end in time, 10m say, the learning rate falling accordingly"),
        ("--report", "FILE", "write what was done there, as JSON"),
    ):
        command.add_argument(option, metavar=meta, help=meaning)
    command.add_argument(
        "--changed-corpus", action="store_true",
        help="with --resume: go on even if the text is another one now",
    )  # fmt: skip
    add_cluster_options(command)
    command.add_argument(
        "--evaluate", nargs="+", default=[], metavar="TEST",
        help="after each epoch, evaluate with these files of word pairs or analogy questions",
    )  # fmt: skip
    command.set_defaults(run=run_train)


def add_cluster_options(command: argparse.ArgumentParser) -> None:
    """Add the options that are a Cluster, but for its threads, which are --workers."""
    command.add_argument(
        "--cluster", choices=["ray", "mpi", "local"],
        help="train on several machines, which all have the files: in Ray's actors, in the ranks "
        "that mpiexec starts, or, to try it, in this process",
    )  # fmt: skip
    command.add_argument("--nodes", type=int, metavar="N", help="of the cluster; by default all")
    command.add_argument(
        "--merges", type=int, metavar="N", help="of all rows, in an epoch (default 4)"
    )
    command.add_argument(
        "--speeds", metavar="X,X,...",
        help="of the nodes beside each other, or: measure; each gets text accordingly",
    )  # fmt: skip


def cluster_of(options: argparse.Namespace) -> Cluster | None:
    """Return the cluster that the options of add_cluster_options say.

    Where several processes run this command, only one of them has an output afterwards.
    """
    given = {name: getattr(options, name) for name in ("nodes", "merges", "speeds")}
    given = {name: value for name, value in given.items() if value is not None}
    if options.cluster is None:
        for name, value in given.items():
            raise ValueError(f"--{name} {value}: this is for --cluster; pass it, too")
        return None
    if given.get("speeds", "measure") != "measure":
        try:
            given["speeds"] = list(map(float, given["speeds"].split(",")))
        except ValueError:
            raise ValueError(
                f"--speeds {options.speeds}: numbers with commas between, or measure, are expected"
            ) from None
    cluster = Cluster(options.cluster, **given)
    if not cluster.is_writer:
        options.output, options.format, options.quiet = os.devnull, "binary", True
        options.report = None
    return cluster


def add_parameter_options(command: argparse.ArgumentParser) -> None:
    """Add the options that are Params, and short ways to say some; see params_of."""
    add_options(command, Params)
    for option, value in (("--skip-gram", 1), ("--cbow", 0)):
        command.add_argument(
            option, dest="sg", action="store_const", const=value, help=f"the same as --sg {value}"
        )
    command.add_argument(
        "--loss",
        choices=["ns", "hs"],
        help="negative sampling alone, or hierarchical softmax alone: --hs 1 --negative 0",
    )


OF_SUBWORDS = ("min_n", "max_n", "bucket")


def add_subword_options(command: argparse.ArgumentParser) -> None:
    """Add the options of training with subwords; see params_of for those that it changes."""
    usual = SubwordParams()
    command.add_argument(
        "--subwords",
        action="store_true",
        help="make words of n-grams, so that unknown ones have vectors, too, as fastText; then "
        f"--sample is {usual.sample:g} and --ns-exponent {usual.ns_exponent:g} unless given. Names "
        "in .w2v keep the n-grams, or --format fasttext",
    )
    for parameter in fields(SubwordParams):
        if parameter.name in OF_SUBWORDS:
            command.add_argument(
                "--" + parameter.name.replace("_", "-"),
                type=int,
                metavar="N",
                help=f"with --subwords: {parameter.metadata['meaning']} (default "
                f"{parameter.default})",
            )
    # None where nothing is said, so that they can be the other model's.
    command.set_defaults(sample=None, ns_exponent=None)


def add_options(command: argparse.ArgumentParser, parameters: Any) -> None:
    """Add the fields of a class of parameters as options, by their names."""
    for parameter in fields(parameters):
        if parameter.name == "exact":  # the word2vec command's; see there
            continue
        kind, meaning = parameter.metadata["kind"], plain(parameter.metadata["meaning"])
        default: Any = parameter.default
        if kind is bool and default is not None:
            default = "yes" if default else "no"
        shown = "" if default is None else f" (default {default})"
        syntax: dict[str, Any] = dict(action=argparse.BooleanOptionalAction)
        if kind is not bool:
            syntax = dict(type=kind, metavar={int: "N", float: "X", str: "NAME"}[kind])
        command.add_argument(
            "--" + parameter.name.replace("_", "-"),
            default=parameter.default,
            help=(meaning + shown).replace("%", "%%"),
            **syntax,
        )


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
    if options.resume:
        resume(options)
        return
    if options.changed_corpus:
        raise ValueError("--changed-corpus: this is for --resume; leave it out")
    params = params_of(options)
    if not options.corpus:
        raise ValueError("FILE: name a text to train on, or --resume a checkpoint")
    cluster = cluster_of(options)
    to = format_of(options)
    model = FastText(**params) if options.subwords else Word2Vec(**params)
    paths = [Path(path) for path in options.corpus]
    check_paths(paths, output=options.output, checkpoint=options.checkpoint, report=options.report)
    model.callbacks = list(map(evaluating, options.evaluate))
    model.checkpoint, model.checkpoint_every = options.checkpoint, options.checkpoint_every
    model.time_budget = options.time_budget
    watched = model.watched(time.monotonic())
    wanted: Show = not options.quiet
    show = shower(wanted)
    text = paths, tokenizer_of(options), options.encoding, options.errors
    with opened(options, to) as output:

        def begin(ids: Corpus) -> None:
            V = len(model.vocabulary)
            output.say(f"{ids.n_read:,} tokens; {V:,} words in the vocabulary")
            check_output_space(options.output, model.params, V, to, options.checkpoint)
            output.model = model

        told = dict(progress=show or False, **watched)
        if cluster is not None:
            model.fit_on(cluster, *text, begin=begin, say=output.say, **told)
            return
        ids = model.encode(*text, on_progress=reading(show))
        begin(ids)
        model.fit(ids, **told)


def resume(options: argparse.Namespace) -> None:
    """Go on with a run from its checkpoint, whose parameters are taken, not others."""
    cluster = cluster_of(options)
    to = format_of(options)
    paths = list(map(Path, options.corpus))
    check_paths(paths, options.resume, output=options.output, report=options.report)
    story = Story(options.resume)
    options.subwords = isinstance(story.params, SubwordParams)
    check_parameters(options, story)
    with opened(options, to) as output:
        checkpoint = options.checkpoint or options.resume
        check_output_space(options.output, story.params, story.n_words, to, checkpoint)
        try:
            kind = FastText if options.subwords else Word2Vec
            output.model = kind.resume(
                options.resume,
                paths or None,
                tokenizer=tokenizer_of(options),
                changed_corpus=options.changed_corpus,
                callbacks=list(map(evaluating, options.evaluate)),
                checkpoint=options.checkpoint,
                checkpoint_every=options.checkpoint_every,
                time_budget=options.time_budget,
                cluster=cluster,
                progress=not options.quiet,
            )
        except KeyboardInterrupt as error:
            output.model = getattr(error, "model", None)
            raise


def check_parameters(options: argparse.Namespace, story: Story) -> None:
    """Raise ValueError when parameters are given that are not those of a checkpoint's run."""
    usual = dict(asdict(type(story.params)()), encoding="utf-8", errors=None)
    own = dict(asdict(story.params), **story.corpus)
    given = dict(params_of(options), encoding=options.encoding, errors=options.errors)
    for name, value in given.items():
        if value not in (usual[name], own[name]):
            raise ValueError(
                f"--{name.replace('_', '-')} {value}: with --resume this is {own[name]} as in "
                f"{options.resume!r}; leave it out"
            )


def format_of(options: argparse.Namespace) -> str:
    """Return what the output is to be: text, binary or model."""
    if not options.output:
        raise ValueError("--output: name the file that vectors are saved in")
    for name in ("checkpoint", "report"):
        if getattr(options, name) == STDOUT:
            raise ValueError(f"--{name} -: this is a file; - is for --output alone")
    named = formats.format_of(options.output) or ""
    to: str = options.format or {"text": "text", "native": "model"}.get(named, "binary")
    if to in ("model", "fasttext") and options.output == STDOUT:
        raise ValueError("output='-': a model needs a file; choose --format binary or text")
    if to == "fasttext" and not (options.subwords or options.resume):
        raise ValueError("--format fasttext: this is for --subwords; w2v convert writes one of any")
    return to


@contextlib.contextmanager
def opened(options: argparse.Namespace, to: str) -> Iterator["Output"]:
    """Open the output of training; it appears whole when the block ends, or is interrupted."""
    if options.output != STDOUT:
        streams.check_writable(options.output, "output")
    if options.report:
        streams.check_writable(options.report, "report")
    interrupted = None
    with contextlib.ExitStack() as stack:
        is_model = to in ("model", "fasttext")
        file = None if is_model else open_output(stack, options.output, "output")
        output = Output(options, to, file)
        try:
            yield output
        except KeyboardInterrupt as error:
            if output.model is None:  # nothing is trained yet
                raise
            interrupted = error
        output.write()
    if os.path.isfile(options.output):
        output.say(f"{options.output}: {to}, {os.path.getsize(options.output):,} bytes")
    if interrupted is not None:
        interrupted.told = output.how_to_go_on()  # type: ignore[attr-defined]
        raise interrupted


class Output:
    """What `w2v train` writes and says: vectors or the model, the report, and a summary."""

    def __init__(self, options: argparse.Namespace, to: str, file: Any):
        self.options, self.to, self.file = options, to, file
        self.messages = messages_beside(options.output)
        self.model: Word2Vec | None = None

    def say(self, line: str) -> None:
        if not self.options.quiet:
            print(line, file=self.messages)

    def write(self) -> None:
        model = self.model
        assert model is not None and model.report is not None
        self.say(summary(model.report))
        if self.to == "fasttext":
            assert isinstance(model, FastText)  # see format_of
            model.save_fasttext_format(self.options.output)
        elif self.file is None:
            model.save(self.options.output)
        else:
            words, vectors = model.wv.words, model.wv.frozen_vectors()
            word2vec.write_word2vec(self.file, words, vectors, self.to == "binary")
        if self.options.report:
            model.report.save(self.options.report)

    def how_to_go_on(self) -> str:
        """Say what an interrupt has left."""
        checkpoint = self.options.checkpoint or self.options.resume
        output = self.options.output
        left = f"{output!r} has what was trained so far"
        if checkpoint and os.path.exists(checkpoint):
            return f"{left}; w2v train --resume {checkpoint} -o {output} goes on"
        return f"{left}; with --checkpoint a run can be gone on with"


def params_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the options of add_parameter_options say, and those of subwords, if they are."""
    kind = SubwordParams if getattr(options, "subwords", False) else Params
    for name in OF_SUBWORDS if kind is Params else ():
        if (value := getattr(options, name, None)) is not None:
            raise ValueError(f"--{name.replace('_', '-')} {value}: this is for --subwords")
    params: dict[str, Any] = {}
    for parameter in fields(kind):
        if parameter.name != "exact":
            given = getattr(options, parameter.name)
            params[parameter.name] = parameter.default if given is None else given
    return params | loss_params(options)


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


def check_output_space(
    output: str, params: Params, V: int, to: str = "vectors", checkpoint: str | None = None
) -> None:
    """Raise OSError, before training, when V words will not fit where they are to be saved."""
    files = {}
    if output and output != STDOUT:
        n_bytes = model_bytes(params, V) if to == "model" else 4 * V * params.vector_size
        files["output"] = output, n_bytes
    if checkpoint:
        files["checkpoint"] = checkpoint, model_bytes(params, V)
    streams.check_space(files)


def summary(report: Report) -> str:
    return (
        f"Trained {report.epochs} epochs, {report.words:,} words in {report.seconds:.1f} s: "
        f"{report.words / max(report.seconds, 1e-9):,.0f} words/s on {report.workers} "
        f"threads, kernel {report.kernel}"
    )
