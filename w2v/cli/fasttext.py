"""The command fasttext, a drop-in for unsupervised work: it trains, prints and asks word vectors.

Owns which commands there are, and training; queries are fasttext_queries.py's, options
fasttext_options.py's. Exit statuses are the tool's: 1 for every mistake, in place of an abort, too.
"""

import math
import os
import sys
import time
from typing import Any

from ..formats import fasttext as files
from ..formats.fasttext import LOSSES, MODELS, Model
from ..formats.subwords import NgramRows
from ..models import fasttext_files
from ..models.fasttext import FastText
from ..models.fasttext_exact import ExactModel, ExactSettings, train_exact
from ..shared import streams
from ..shared.progress import Progress
from . import fasttext_options, fasttext_queries
from .c_options import is_answered
from .console import guarded

USAGE = """usage: fasttext <command> <args>

The commands supported by fasttext are:

  supervised              train a supervised classifier
  quantize                quantize a model to reduce the memory usage
  test                    evaluate a supervised classifier
  test-label              print labels with precision and recall scores
  predict                 predict most likely labels
  predict-prob            predict most likely labels with probabilities
  skipgram                train a skipgram model
  cbow                    train a cbow model
  print-word-vectors      print word vectors given a trained model
  print-sentence-vectors  print sentence vectors given a trained model
  print-ngrams            print ngrams given a trained model and word
  nn                      query for nearest neighbors
  analogies               query for analogies
  dump                    dump arguments,dictionary,input/output vectors

"""
TRAINED = ("skipgram", "cbow")
ABSENT = ("supervised", "quantize", "test", "test-label", "predict", "predict-prob")

# Options by what the settings of exact mode call them.
EXACT = {
    "lr": "lr", "dim": "dim", "ws": "ws", "epoch": "epoch", "minCount": "min_count",
    "minCountLabel": "min_count_label", "neg": "neg", "bucket": "bucket", "minn": "min_n",
    "maxn": "max_n", "lrUpdateRate": "lr_update_rate", "t": "t", "label": "label", "seed": "seed",
}  # fmt: skip
# Those that stand in the header of a .bin under their own names.
STORED = (
    "dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "bucket", "minn", "maxn",
    "lrUpdateRate", "t",
)  # fmt: skip
SHOWN_EVERY = 0.1  # seconds between two lines of progress


def fasttext_main(arguments: list[str] | None = None) -> int:
    """Run the `fasttext` command; returns its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    command = given[0] if given else ""
    if given[:1] == ["--version"] and is_answered("fasttext", USAGE, given):
        return 0
    usage: str | None = None
    if command in fasttext_queries.N_ARGUMENTS:
        usage = fasttext_queries.usage_of(command, given[1:])
    elif command not in (*TRAINED, *ABSENT):
        usage = USAGE
    if usage is not None:
        to_stdout = command in fasttext_queries.TO_STDOUT
        print(usage, end="", file=sys.stdout if to_stdout else sys.stderr)
        return 1
    helps: list[str] = []
    names = {name: f"-{option}" for option, name in [*EXACT.items(), *fasttext_files.NAMES.items()]}
    status = guarded("fasttext", lambda: run(command, given[1:], helps), names)
    for text in helps:
        print(text, end="", file=sys.stderr)
    return 1 if status == 2 or helps else status


def run(command: str, arguments: list[str], helps: list[str]) -> None:
    """Do what is asked; where the tool shows its help this goes into `helps`."""
    if command in ABSENT:
        raise ValueError(
            f"{command}: this fasttext has word vectors alone; classifiers are trained, asked and "
            "made smaller by fastText itself, https://github.com/facebookresearch/fastText"
        )
    if command in fasttext_queries.N_ARGUMENTS:
        fasttext_queries.run(command, arguments)
        return
    try:
        options = fasttext_options.parse(arguments)
    except fasttext_options.UsageError as error:
        helps.append(str(error))
        return
    check_paths(options)
    if options["exact"]:
        model = exactly_trained(command, options)
    else:
        meter = Meter(options)
        model = fasttext_files.trained(
            FastText, options["input"], options | {"model": command}, meter.progress, meter.counted
        )
    files.write_model(options["output"] + ".bin", model)
    words = [model.spelled[row] for row in range(model.header.nwords)]
    vectors = model.ngrams.means(model.own, model.spelled.part(slice(len(words))))
    files.write_text(options["output"] + ".vec", words, vectors)
    if options["saveOutput"]:
        assert model.outputs is not None
        files.write_text(options["output"] + ".output", words, model.outputs)


def check_paths(options: dict[str, Any]) -> None:
    """Raise ValueError, in the words of the tool, where a file cannot be read or written."""
    path = options["input"]
    if path == streams.STDIN:
        raise ValueError("Cannot use stdin for training!")
    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        raise ValueError(f"{path} cannot be opened for training!")
    pretrained = options["pretrainedVectors"]
    if pretrained and not os.path.isfile(pretrained):
        raise ValueError(f"{pretrained} cannot be opened for loading!")
    for suffix in (".bin", ".vec", ".output")[: 3 if options["saveOutput"] else 2]:
        output = options["output"] + suffix
        if os.path.exists(output) and os.path.samefile(path, output):
            raise ValueError(f"-output {options['output']}: {output} is the input, too")
        try:
            streams.check_writable(output, "-output")
        except OSError:
            raise ValueError(f"{output} cannot be opened for saving.") from None


class Meter:
    """The lines of progress that the tool writes on standard error."""

    def __init__(self, options: dict[str, Any]):
        self.lr, self.verbose = options["lr"], options["verbose"]
        self.started = self.shown = time.monotonic()
        self.has_counted = False

    def progress(self, now: Progress) -> None:
        loss = None if math.isnan(now.loss) else now.loss
        self.show(now.share, now.words, now.finished, now.workers, loss)

    def counted(self, n_tokens: int, n_words: int, n_labels: int = 0) -> None:
        """Show what was read, once."""
        if self.verbose > 0 and not self.has_counted:
            self.has_counted = True
            print(f"\rRead {n_tokens // 1_000_000}M words", file=sys.stderr)
            print(f"Number of words:  {n_words}", file=sys.stderr)
            print(f"Number of labels: {n_labels}", file=sys.stderr)

    def show(
        self,
        share: float,
        words: float,
        is_end: bool = False,
        threads: int = 1,
        loss: float | None = None,
    ) -> None:
        """Show how far it is: the share that is done, how many words that is, the mean loss."""
        now = time.monotonic()
        if self.verbose < (1 if is_end else 2) or (not is_end and now - self.shown < SHOWN_EVERY):
            return
        self.shown, seconds = now, max(now - self.started, 1e-9)
        left = int(seconds * (1 - share) / share) if share else 0
        print(
            f"\rProgress: {min(share, 1):6.1%} words/sec/thread: {words / seconds / threads:7.0f} "
            f"lr: {max(self.lr * (1 - share), 0):9.6f} "
            f"{'' if loss is None else f'avg.loss: {loss:9.6f} '}"
            f"ETA: {left // 3600:3d}h{left // 60 % 60:2d}m{left % 60:2d}s",
            end="\n" if is_end else "",
            file=sys.stderr,
            flush=True,
        )


def exactly_trained(command: str, options: dict[str, Any]) -> Model:
    """Train to the bytes of release 0.9.2 on one thread."""
    loss: str = options["loss"]
    settings = ExactSettings(
        model=command,
        loss={"one-vs-all": "ova"}.get(loss, loss),
        **{name: options[option] for option, name in EXACT.items()},
    )
    meter = Meter(options)

    def show(model: ExactModel, share: float, is_end: bool = False) -> None:
        meter.counted(model.n_tokens, model.n_words, len(model.entries) - model.n_words)
        meter.show(share, share * settings.epoch * model.n_tokens, is_end)

    pretrained = options["pretrainedVectors"] or None
    trained = train_exact(options["input"], settings, pretrained, show)
    show(trained, 1, is_end=True)
    return model_of(command, options, trained)


def model_of(command: str, options: dict[str, Any], trained: ExactModel) -> Model:
    V, n_entries = trained.n_words, len(trained.entries)
    return files.made_model(
        trained.entries,
        trained.counts,
        trained.inputs[:V],
        NgramRows(trained.subwords, trained.inputs[V:]),
        trained.outputs,
        **{name: options[name] for name in STORED},
        loss=LOSSES[options["loss"]],
        model=MODELS["sg" if command == "skipgram" else command],
        size=n_entries,
        nlabels=n_entries - V,
        ntokens=trained.n_tokens,
    )
