"""The command `w2v` and its subcommands."""

import argparse
import difflib
import sys

from ..shared import VERSION
from . import demo
from .console import guarded
from .glove import add_glove_command
from .phrases import add_phrases_command
from .queries import add_query_commands
from .train import add_train_command


def w2v_main(arguments: list[str] | None = None) -> int:
    """Run the `w2v` command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="w2v", description="Word vectors from text, as fast as a CPU can make them."
    )
    parser.add_argument("--version", action="version", version=f"w2v {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_train_command(commands)
    add_glove_command(commands)
    add_query_commands(commands)
    add_phrases_command(commands)
    about = "train on the Python documentation that this machine has, and show neighbours"
    command = commands.add_parser("demo", help=about, description=about)
    command.add_argument("words", nargs="*", help="show the neighbours of these words instead")
    command.set_defaults(run=lambda options: demo.run(options.words))
    given = sys.argv[1:] if arguments is None else arguments
    if given and not given[0].startswith("-") and given[0] not in commands.choices:
        close = difflib.get_close_matches(given[0], commands.choices, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(commands.choices)}"
        print(f"w2v: no command {given[0]!r}; {hint}", file=sys.stderr)
        return 2
    options = parser.parse_args(given)
    if "run" not in options:
        parser.print_help()
        return 0
    return guarded("w2v", lambda: options.run(options))
