"""The command `w2v` and its subcommands."""

import argparse
import difflib
import sys

from ..shared import VERSION
from . import demo
from .compare import add_compare_command
from .completion import add_completion_command
from .console import guarded
from .doctor import add_doctor_command
from .estimate import add_estimate_command
from .glove import add_glove_command
from .map import add_map_command
from .phrases import add_phrases_command
from .plot import add_plot_command
from .queries import add_query_commands
from .train import add_train_command


def w2v_main(arguments: list[str] | None = None) -> int:
    """Run the `w2v` command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="w2v", description="Word vectors from text, as fast as a CPU can make them."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_train_command(commands)
    add_estimate_command(commands)
    add_glove_command(commands)
    add_query_commands(commands)
    add_compare_command(commands)
    add_phrases_command(commands)
    add_plot_command(commands)
    add_map_command(commands)
    about = "train on the Python documentation that this machine has, and show neighbours"
    command = commands.add_parser("demo", help=about, description=about)
    command.add_argument("words", nargs="*", help="show the neighbours of these words instead")
    command.add_argument(
        "--text", metavar="FILE", help="only write what it trains on there, a sentence a line"
    )
    command.set_defaults(
        run=lambda options: (
            demo.save_prose(options.text) if options.text else demo.run(options.words)
        )
    )
    add_doctor_command(commands)
    add_completion_command(commands, parser)
    for each in (parser, *commands.choices.values()):
        each.add_argument("--version", action="version", version=f"w2v {VERSION}")
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
