"""The command `w2v compare`: what two trainings, or more, agree on."""

import argparse
import json
import os
from typing import Any

from ..shared.types import Found
from ..vectors import runs, stability
from .console import message_of
from .queries import load


def add_compare_command(commands: Any) -> None:
    """Add the command to those of argparse's `commands`."""
    about = "tell how far trainings agree, and which words they place elsewhere"
    command = commands.add_parser(
        "compare",
        help=about,
        description=f"{about.capitalize()}. Of two files: the mean cosine of words after a "
        "rotation, the share of nearest words that both have, and the words that moved most. Of "
        "more, such as several seeds of one text: how stable nearest words are, by frequency too, "
        "and the least stable words.",
    )
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="files of vectors, in any format w2v reads"
    )
    defaults: dict[str, Any] = runs.compare.__kwdefaults__ or {}
    for name, meaning in {
        "topn": "words shown: those that moved most, or are the least stable",
        "neighbours": "nearest words looked at",
        "restrict-vocab": "compare so many first words that all files have; 0: all",
        "sample": "ask so many words for neighbours, drawn at random; 0: all",
        "seed": "of drawing them",
    }.items():
        command.add_argument(
            *(["-n"] if name == "topn" else []),
            f"--{name}",
            type=int,
            default=defaults[name.replace("-", "_")] or 0,
            metavar="N",
            help=f"{meaning} (default %(default)s)",
        )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run_compare)


def run_compare(options: argparse.Namespace) -> None:
    """Print the comparison of two files, or the stability of more; see `w2v compare --help`."""
    paths: list[str] = options.files
    names = ("topn", "neighbours", "restrict_vocab", "sample", "seed")
    asked = {name: getattr(options, name) for name in names}
    runs.Selection(**asked)  # complains before files are read
    if len(paths) < 2:
        raise ValueError(f"{paths[0]!r}: one file alone; name two or more to compare")
    for path in paths:
        os.stat(path)  # before the first of them is read, which takes longer
    vectors = [load(path, keys=str) for path in paths]
    try:
        if len(paths) == 2:
            show_comparison(options, runs.compare(vectors[0], vectors[1], **asked))
        else:
            show_stability(options, stability.stability(vectors, **asked))
    except ValueError as error:
        arguments = ["a", "b"] if len(paths) == 2 else [f"runs[{i}]" for i in range(len(paths))]
        files = {name: f"{path!r}:" for name, path in zip(arguments, paths, strict=True)}
        raise ValueError(message_of(error, files)) from None


def show_comparison(options: argparse.Namespace, found: runs.Comparison) -> None:
    if not options.json:
        print("first   {}\nsecond  {}\n".format(*options.files))
        print(found)
        return
    facts = dict(
        files=options.files,
        shared=found.n_shared,
        only=[len(found.only_first), len(found.only_second)],
        compared=len(found.words),
        mean_cosine=round(found.mean_cosine, 6),
        shuffled_cosine=round(found.by_chance, 6),
        kept_neighbours=round(found.kept_neighbours, 6),
        neighbours=found.neighbours,
        asked=len(found.drawn),
        seed=found.seed,
        moved=[
            dict(
                word=each.word,
                cosine=round(each.cosine, 6),
                before=as_dicts(each.before, "similarity"),
                after=as_dicts(each.after, "similarity"),
            )
            for each in found.moved
        ],
    )
    print(json.dumps(facts, indent=1))


def show_stability(options: argparse.Namespace, found: stability.Stability) -> None:
    if not options.json:
        for i, path in enumerate(options.files, 1):
            print(f"run {i:<3} {path}")
        print(f"\n{found}")
        return
    facts = dict(
        files=options.files,
        shared=found.n_shared,
        compared=found.n_compared,
        stability=round(found.mean, 6),
        pairs=found.pairs.round(6).tolist(),
        neighbours=found.neighbours,
        asked=len(found.words),
        seed=found.seed,
        bands=[{**vars(band), "stability": round(band.stability, 6)} for band in found.bands],
        least_stable=as_dicts(found.least, "stability"),
    )
    print(json.dumps(facts, indent=1))


def as_dicts(found: Found, score: str) -> list[dict[str, Any]]:
    return [{"word": word, score: round(value, 6)} for word, value in found]
