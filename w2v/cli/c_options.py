"""Options as the C tools have them: -name value, each at most once.

Owns their syntax and what is told of a mistake in them.
"""

import difflib
import sys
from dataclasses import dataclass
from typing import Any

from ..shared import VERSION


@dataclass(frozen=True)
class Option:
    """An option of the C tool: its type, what the API calls it, its default and its meaning."""

    kind: type
    name: str
    default: object
    meaning: str


def describe(options: dict[str, Option]) -> str:
    """Return a line for each option, with its default."""
    return "\n".join(
        f"  {name:<11} {option.kind.__name__:<6} {option.meaning}"
        + ("" if option.default in (None, "") else f" (default {option.default})")
        for name, option in options.items()
    )


def is_answered(command: str, usage: str, arguments: list[str]) -> bool:
    """Print the usage where it is asked for, or nothing is, or the version; say whether it was."""
    if arguments[:1] == ["--version"]:
        print(f"{command} (w2v {VERSION})")
    elif not arguments or arguments[0] in ("-h", "-help", "--help"):
        print(usage, end="")
    else:
        return False
    return True


def parse_like_c(arguments: list[str], options: dict[str, Option]) -> dict:
    """Return the value of every option, by the names of the API.

    Raises ValueError for an option that is unknown, repeated, without a value, or not a number.
    """
    lenient = "--lenient" in arguments
    arguments = [argument for argument in arguments if argument != "--lenient"]
    values: dict = {}
    position = 0
    while position < len(arguments):
        name = arguments[position]
        if name not in options:
            complain(unknown_option(name, options), lenient)
            position += 1
            continue
        if position + 1 == len(arguments):
            raise ValueError(f"Argument missing for {name}: {options[name].meaning}")
        if name in values:
            complain(f"{name} is given twice; the C tool takes the first", lenient)
        else:
            values[name] = parse_value(name, arguments[position + 1], options[name].kind)
        position += 2
    return {option.name: values.get(name, option.default) for name, option in options.items()}


def complain(message: str, lenient: bool) -> None:
    if not lenient:
        raise ValueError(message)
    print(f"warning: {message}", file=sys.stderr)


def unknown_option(name: str, options: dict[str, Option]) -> str:
    close = difflib.get_close_matches(name.lower().replace("_", "-"), options, 1, 0.5)
    if not name.startswith("-"):
        return f"{name!r} follows no option; every value needs one, as in -train {name}"
    hint = (
        f"; did you mean {close[0]}?" if close else "; run the command without arguments for a list"
    )
    return f"unknown option {name}{hint}"


def parse_value(name: str, value: str, kind: type) -> Any:
    try:
        return kind(value)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name} {value!r}: {what} is expected") from None
