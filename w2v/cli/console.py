"""How the commands meet the shell: outputs, questions at a prompt, mistakes, exit statuses.

Owns what is the same for all commands; what they do is in the other modules here.
"""

import argparse
import contextlib
import functools
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, TextIO

from ..corpus.tokens import tokenize
from ..shared import paths, streams
from ..shared.types import Tokenizer

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
    with usable_streams():
        try:
            with ending_signals():
                run()
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader of our output has gone; Python would complain when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except KeyboardInterrupt as error:
            told = getattr(error, "told", interrupted)
            print(f"\n{command}: interrupted; {told}", file=sys.stderr)
            return 128 + getattr(error, "number", signal.SIGINT)
        except USER_ERRORS as error:
            print(f"{command}: {message_of(error, options or {})}", file=sys.stderr)
            return 2
    return 0


def message_of(error: BaseException, options: dict[str, str]) -> str:
    """Return what to print of a user's mistake, in one line, by the names of the command."""
    message = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        message = error.strerror
        if error.filename:
            message = f"{os.fsdecode(error.filename)!r}: {error.strerror}"
    for name, option in options.items():
        if message.startswith(name) and message[len(name) :][:1] in ("=", ":"):
            message = f"{option} {message[len(name) + 1 :].lstrip()}"
            break
    return " ".join(message.splitlines())


class Ended(KeyboardInterrupt):
    """Another signal asked the program to end; what Ctrl-C cleans up is cleaned up."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def ending_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end a block as Ctrl-C does, so that no temporary file is left."""

    def end(number: int, frame: object) -> None:
        raise Ended(number)

    numbers = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    changed = {}
    if threading.current_thread() is threading.main_thread():
        for number in numbers:
            # nohup has SIGHUP ignored, and other programs may have handlers of their own.
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                changed[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in changed.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def usable_streams() -> Iterator[None]:
    """Let standard output and error take whatever is printed in a block.

    Characters that they cannot hold are escaped, where they are closed nothing is shown, and they
    may be any objects that write.
    """
    with contextlib.ExitStack() as stack:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is None or getattr(stream, "closed", False):
                nowhere = stack.enter_context(open(os.devnull, "w"))
                stack.callback(setattr, sys, name, stream)
                setattr(sys, name, nowhere)
            elif not hasattr(stream, "flush"):
                stack.callback(setattr, sys, name, stream)
                setattr(sys, name, SimpleNamespace(write=stream.write, flush=lambda: None))
            elif hasattr(stream, "reconfigure") and not can_hold_all(stream):
                stack.callback(stream.reconfigure, errors=stream.errors)
                stream.reconfigure(errors="backslashreplace")
        yield


def can_hold_all(stream: Any) -> bool:
    """Whether a text stream takes every character, and bytes that are none as surrogates.

    In the locale C errors are "surrogateescape", which is of no help to ASCII.
    """
    return stream.errors == "surrogateescape" and stream.encoding.lower() == "utf-8"


def typed(argument: str) -> str:
    """Return an argument of a command as UTF-8, as words are, whatever the locale took it for."""
    try:
        return os.fsencode(argument).decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # not from a shell
        return argument


def at_terminal() -> bool:
    return streams.is_terminal(sys.stdin)


def standard_input() -> Any:
    """Return the bytes of standard input; raises ValueError when there is none."""
    if getattr(sys.stdin, "closed", True):
        raise ValueError("there is no standard input to read from")
    return sys.stdin.buffer


def standard_output() -> Any:
    """Return standard output for bytes; raises ValueError when there is none."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        raise ValueError("standard output takes no bytes in this program; name a file")
    return buffer


def questions(prompt: str) -> Iterator[bytes]:
    """Yield each line of standard input, without its end, after showing `prompt` for it.

    At a terminal lines can be edited and recalled. Ends at the end of input.
    """
    out = standard_output()
    if not at_terminal():
        while True:
            out.write(prompt.encode())
            out.flush()
            line = standard_input().readline()
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


STDOUT = "-"


def open_output(stack: contextlib.ExitStack, path: str, argument: str) -> Any:
    """Open what a command writes: a file that appears whole, standard output for -, or None."""
    if path == STDOUT:
        return standard_output()
    return stack.enter_context(streams.replacing(path, argument)) if path else None


def messages_beside(*outputs: str) -> TextIO:
    """Return where messages go: standard output, unless that is one of the outputs."""
    real = [os.path.realpath(output) for output in outputs]
    is_taken = STDOUT in outputs or any(
        path in ("/dev/stdout", "/dev/fd/1") or os.path.basename(path).startswith("pipe:")
        for path in (*outputs, *real)
    )
    return sys.stderr if is_taken else sys.stdout


def check_paths(corpus: object, *inputs: str | None, **outputs: str | None) -> None:
    """Raise ValueError when an output is one of the files read, or another output.

    `corpus` may be a directory, a pattern or a list; `inputs` are other files that are read.
    """
    taken = [(path, "an input") for path in paths.find_files(corpus) or ()]
    taken += [(path, "the input") for path in inputs if path]
    for argument, path in outputs.items():
        if not path or path == STDOUT:
            continue
        for other, what in taken:
            if is_same(path, other):
                raise ValueError(f"{argument}={path!r} is {what} too; choose another name")
        if os.path.isfile(path) or not os.path.exists(path):  # /dev/null may be named often
            taken.append((path, f"the {argument.replace('_', '-')}"))


def is_same(path: str, other: str) -> bool:
    """Whether two paths are one file, through links of any kind."""
    path, other = os.path.expanduser(path), os.path.expanduser(other)
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False


@contextlib.contextmanager
def tell_warnings(command: str) -> Iterator[None]:
    """Print the warnings of a block as lines on standard error, without Python's trimmings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        print(f"{command}: warning: {warning.message}", file=sys.stderr)


def add_reading_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say how text files are read; see tokenizer_of."""
    command.add_argument(
        "--tokenizer",
        choices=["blanks", "words"],
        default="blanks",
        help="how lines are split: at blanks and tabs (the default), or into words without "
        "punctuation, for plain books; scripts without blanks between words are not cut",
    )
    command.add_argument(
        "--lowercase",
        action="store_true",
        help="read the text in lower case; this and words are read on one thread, slower",
    )
    command.add_argument(
        "--encoding", default="utf-8", metavar="NAME", help="of the files (default utf-8)"
    )
    command.add_argument(
        "--errors",
        metavar="NAME",
        help="what to do with bytes that are not in that encoding: strict, replace, ignore, "
        "surrogateescape (default: repair a few, refuse more)",
    )


def tokenizer_of(options: argparse.Namespace) -> Tokenizer | None:
    """Return what splits the lines of a text, or None for its tokens as they are."""
    lowercase = options.lowercase
    if options.tokenizer == "words":
        return functools.partial(tokenize, lowercase=lowercase)
    return (lambda line: line.lower().split()) if lowercase else None
