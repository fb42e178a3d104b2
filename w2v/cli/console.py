"""How the commands meet the shell: outputs, questions at a prompt, mistakes, exit statuses.

Owns what is the same for all commands; what they do is in the other modules here.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ..shared import paths, streams

USER_ERRORS = (ValueError, TypeError, OSError, FloatingPointError, MemoryError, ImportError)


def guarded(
    command: str,
    run: Callable[[], None],
    options: dict[str, str] | None = None,
    interrupted: str = "no vectors were written",
) -> int:
    """Call run() and return the exit status: 0, or 2 with one line on standard error.

    `options` maps what the API calls a parameter to the command's option, for messages that start
    with it; `interrupted` says what Ctrl-C leaves (status 130).
    """
    try:
        run()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(f"\n{command}: interrupted; {interrupted}", file=sys.stderr)
        return 130
    except USER_ERRORS as error:
        message = str(error) or type(error).__name__
        if isinstance(error, OSError) and error.strerror and error.filename:
            message = f"{os.fsdecode(error.filename)!r}: {error.strerror}"
        for name, option in (options or {}).items():
            if message.startswith(name) and message[len(name) :][:1] in ("=", ":"):
                message = f"{option} {message[len(name) + 1 :].lstrip()}"
                break
        print(f"{command}: {' '.join(message.splitlines())}", file=sys.stderr)
        return 2
    return 0


def at_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def questions(prompt: str) -> Iterator[bytes]:
    """Yield each line of standard input, without its end, after showing `prompt` for it.

    At a terminal lines can be edited and recalled. Ends at the end of input.
    """
    out = sys.stdout.buffer
    if not at_terminal():
        while True:
            out.write(prompt.encode())
            out.flush()
            line = sys.stdin.buffer.readline()
            if not line:
                return
            yield line.removesuffix(b"\n")
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # input() edits and recalls lines with it
    while True:
        sys.stdout.flush()
        try:
            line = input(prompt)
        except EOFError:
            print()
            return
        yield line.encode("utf-8", "surrogateescape")


def open_output(stack: contextlib.ExitStack, path: str, argument: str) -> Any:
    """Open an output until the stack closes; None without a path."""
    return stack.enter_context(streams.replacing(path, argument)) if path else None


def check_paths(corpus: object, **outputs: str) -> None:
    """Raise ValueError when an output is one of the files read, or another output."""
    taken = {os.path.realpath(path): "an input" for path in paths.find_files(corpus) or ()}
    for argument, path in outputs.items():
        if not path:
            continue
        real = os.path.realpath(path)
        if real in taken:
            raise ValueError(f"{argument}={path!r} is {taken[real]} too; choose another name")
        if os.path.isfile(real) or not os.path.exists(real):  # /dev/null may be named often
            taken[real] = f"the {argument.replace('_', '-')}"


@contextlib.contextmanager
def tell_warnings(command: str) -> Iterator[None]:
    """Print the warnings of a block as lines on standard error, without Python's trimmings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        print(f"{command}: warning: {warning.message}", file=sys.stderr)
