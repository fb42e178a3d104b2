"""The options of the command fasttext: their defaults, their help, and what mistakes are told.

Owns their syntax, which is that of the tool: names and values in turn behind the command, flags
alone; numbers are read whole, where the tool reads as far as they go.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


class UsageError(ValueError):
    """A mistake for which the tool shows its help: the whole text for standard error."""


@dataclass(frozen=True)
class Option:
    """An option of the tool: what it holds at first, and what the help says of it."""

    default: Any
    meaning: str = ""


# In the order of the help; "" begins a part of it.
OPTIONS = {
    "input": Option("", "training file path"),
    "output": Option("", "output file path"),
    "verbose": Option(2, "verbosity level"),
    "minCount": Option(5, "minimal number of word occurences"),
    "minCountLabel": Option(0, "minimal number of label occurences"),
    "wordNgrams": Option(1, "max length of word ngram"),
    "bucket": Option(2_000_000, "number of buckets"),
    "minn": Option(3, "min length of char ngram"),
    "maxn": Option(6, "max length of char ngram"),
    "t": Option(1e-4, "sampling threshold"),
    "label": Option("__label__", "labels prefix"),
    "lr": Option(0.05, "learning rate"),
    "lrUpdateRate": Option(100, "change the rate of updates for the learning rate"),
    "dim": Option(100, "size of word vectors"),
    "ws": Option(5, "size of the context window"),
    "epoch": Option(5, "number of epochs"),
    "neg": Option(5, "number of negatives sampled"),
    "loss": Option("ns", "loss function {ns, hs, softmax, one-vs-all}"),
    "thread": Option(12, "number of threads (set to 1 to ensure reproducible results)"),
    "pretrainedVectors": Option("", "pretrained word vectors for supervised learning"),
    "saveOutput": Option(False, "whether output params should be saved"),
    "seed": Option(0, "random generator seed "),
    "cutoff": Option(0, "number of words and ngrams to retain"),
    "retrain": Option(False, "whether embeddings are finetuned if a cutoff is applied"),
    "qnorm": Option(False, "whether the norm is quantized separately"),
    "qout": Option(False, "whether the classifier is quantized"),
    "dsub": Option(2, "size of each sub-vector"),
    "exact": Option(0),  # ours, of which the tool's help knows nothing
}
AUTOTUNE = {
    "validation": "validation file to be used for evaluation",
    "metric": "metric objective {f1, f1:labelname} [f1]",
    "predictions": "number of predictions used for evaluation  [1]",
    "duration": "maximum duration in seconds [300]",
    "modelsize": "constraint model file size [] (empty = do not quantize)",
}
PARTS: tuple[tuple[str, list[str]], ...] = (
    ("The following arguments are mandatory:", ["input", "output"]),
    ("The following arguments are optional:", ["verbose"]),
    (
        "The following arguments for the dictionary are optional:",
        ["minCount", "minCountLabel", "wordNgrams", "bucket", "minn", "maxn", "t", "label"],
    ),
    (
        "The following arguments for training are optional:",
        ["lr", "lrUpdateRate", "dim", "ws", "epoch", "neg", "loss", "thread", "pretrainedVectors",
         "saveOutput", "seed"],
    ),
    ("The following arguments are for autotune:", []),
    (
        "The following arguments for quantization are optional:",
        ["cutoff", "retrain", "qnorm", "qout", "dsub"],
    ),
)  # fmt: skip
LOSSES = {name: name for name in ("hs", "ns", "softmax")} | dict.fromkeys(
    ("one-vs-all", "ova"), "one-vs-all"
)
# Of quantize alone.
QUANTIZE = ("cutoff", "retrain", "qnorm", "qout", "dsub")

# Least values that mean something.
LEAST = {
    **dict.fromkeys(("dim", "ws", "epoch", "thread"), 1),
    **dict.fromkeys(("minCount", "minCountLabel", "neg", "bucket", "minn", "maxn", "seed"), 0),
    "lrUpdateRate": 1,
}
MOST_INT = 2**31 - 1


def parse(arguments: list[str]) -> dict[str, Any]:
    """Return the value of every option, by its name without the dash.

    Floats that are given are rounded to float32, as the tool does: it takes its own defaults as
    doubles, so that to write a default out changes bytes.

    Raises UsageError with the tool's help; ValueError in one line.
    """
    values = {name: option.default for name, option in OPTIONS.items()}
    at = 0
    while at < len(arguments):
        given = arguments[at]
        name = given.removeprefix("-")
        if name == given:
            raise UsageError(f"Provided argument without a dash! Usage:\n{told(values)}")
        if name == "h":
            raise UsageError(f"Here is the help! Usage:\n{told(values)}")
        if name.startswith("autotune-") and name.removeprefix("autotune-") in AUTOTUNE:
            raise ValueError(f"{given}: classifiers are tuned by fastText itself; leave it out")
        if name not in OPTIONS:
            raise UsageError(f"Unknown argument: {given}\n{told(values)}")
        if OPTIONS[name].default is False:
            values[name] = True
            at += 1
            continue
        if at + 1 == len(arguments):
            raise UsageError(f"{given} is missing an argument\n{told(values)}")
        value = arguments[at + 1]
        if name == "loss":
            if value not in LOSSES:
                raise UsageError(f"Unknown loss: {value}\n{told(values)}")
            value = LOSSES[value]
        values[name] = number(given, value, OPTIONS[name].default)
        at += 2
    if not values["input"] or not values["output"]:
        raise UsageError(f"Empty input or output path.\n{told(values)}")
    check(values)
    return values


def number(name: str, value: str, default: Any) -> Any:
    """Return a value as what its default is; raises ValueError for what is no such number."""
    if isinstance(default, str):
        return value
    kind = type(default)
    what = "a whole number" if kind is int else "a number"
    try:
        found = kind(value)
    except ValueError:
        hint = "" if kind is float else "; fastText would read the digits that it begins with"
        raise ValueError(f"{name} {value!r}: {what} is expected{hint}") from None
    if kind is int:
        if not -MOST_INT - 1 <= found <= MOST_INT:
            raise ValueError(f"{name} {value}: out of range: up to {MOST_INT:,}")
        return found
    with np.errstate(over="ignore", under="ignore"):
        rounded = float(np.float32(found))
    if not np.isfinite(rounded) or (rounded == 0 and found != 0):
        raise ValueError(f"{name} {value}: out of the range of float32")
    return rounded


def check(values: dict[str, Any]) -> None:
    """Raise ValueError for values that make fastText crash or go wrong, or that nothing uses."""
    for name, least in LEAST.items():
        if values[name] < least:
            raise ValueError(f"-{name} {values[name]}: from {least} up is expected")
    if values["wordNgrams"] <= 1 and values["maxn"] == 0:
        values["bucket"] = 0  # as the tool has it
    if values["maxn"] > 0 and values["minn"] > values["maxn"]:
        raise ValueError(
            f"-minn {values['minn']}: above -maxn {values['maxn']}, so there would be no n-grams; "
            "-maxn 0 is for that"
        )
    if values["maxn"] > 0 and values["bucket"] == 0:
        raise ValueError("-bucket 0: n-grams need buckets; -maxn 0 trains without n-grams")
    if values["maxn"] > 255:
        raise ValueError(f"-maxn {values['maxn']}: up to 255 is expected")
    for name in ("lr", "t"):
        if values[name] < 0:
            raise ValueError(f"-{name} {values[name]:g}: from 0 up is expected")
    used = [name for name in QUANTIZE if values[name] != OPTIONS[name].default]
    if used:
        raise ValueError(f"-{used[0]}: of quantize, which fastText itself has; leave it out")
    if values["exact"] not in (0, 1):
        raise ValueError(f"-exact {values['exact']}: 0 or 1 is expected")


def told(values: dict[str, Any]) -> str:
    """Return the help, with the values at hand, as the tool prints it."""
    lines = []
    for title, names in PARTS:
        lines += ["", title]
        for name in names:
            line = f"  -{name:<18} {OPTIONS[name].meaning}"
            mandatory = name in ("input", "output")
            lines.append(line if mandatory else f"{line} [{shown(values[name])}]")
        if not names:
            lines += [f"  -autotune-{name:<21} {meaning}" for name, meaning in AUTOTUNE.items()]
    return "\n".join(lines) + "\n"


def shown(value: Any) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else format(value, "g" if isinstance(value, float) else "")
    )
