"""The command `w2v estimate`: what a training will take."""

import argparse
import json
from pathlib import Path
from typing import Any

from ..models.estimates import estimate
from .console import add_reading_options, tokenizer_of
from .train import add_parameter_options, params_of


def add_estimate_command(commands: Any) -> None:
    """Add the command to those of argparse's `commands`."""
    about = "tell how long a training will take, how much memory and space, and whether it fits"
    command = commands.add_parser(
        "estimate",
        help=about,
        description=f"{about.capitalize()}. It takes about a second: up to 16 MB of the text are "
        "read in several places (of compressed files, at their beginning), and half a second of "
        "the training asked for is tried on them.",
    )
    command.add_argument(
        "corpus", nargs="+", metavar="FILE", help="text files, directories or globs"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    add_reading_options(command)
    add_parameter_options(command)
    command.set_defaults(run=run_estimate)


def run_estimate(options: argparse.Namespace) -> None:
    """Print what training with these options will take; see `w2v estimate --help`."""
    found = estimate(
        list(map(Path, options.corpus)),
        tokenizer=tokenizer_of(options),
        encoding=options.encoding,
        errors=options.errors,
        **params_of(options),
    )
    print(json.dumps(found.as_dict(), indent=1) if options.json else found)
