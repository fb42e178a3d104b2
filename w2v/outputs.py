"""What all commands do about the files they write, and about warnings.

Owns the checks before any work; how a file appears whole or not at all is in files.py.
"""

import contextlib
import os
import sys
import warnings

from . import files, text


def open_output(stack: contextlib.ExitStack, path: str, argument: str):
    return stack.enter_context(files.replacing(path, argument)) if path else None


def check_paths(corpus, **outputs: str) -> None:
    """Raise ValueError when an output is one of the files read, or another output."""
    taken = {os.path.realpath(path): "an input" for path in text.find_files(corpus) or ()}
    for argument, path in outputs.items():
        if not path:
            continue
        real = os.path.realpath(path)
        if real in taken:
            raise ValueError(f"{argument}={path!r} is {taken[real]} too; choose another name")
        if os.path.isfile(real) or not os.path.exists(real):  # /dev/null may be named often
            taken[real] = f"the {argument.replace('_', '-')}"


@contextlib.contextmanager
def tell_warnings(command: str):
    """Print the warnings of a block as lines on standard error, without Python's trimmings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        print(f"{command}: warning: {warning.message}", file=sys.stderr)
