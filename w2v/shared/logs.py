"""The log, named w2v: what building and training do, for programs that set up Python's logging."""

from typing import Any, Literal


def log(level: Literal["debug", "info", "warning"], message: str, *values: Any) -> None:
    """Write a message with its values, as logging takes them, to the log."""
    import logging  # here, since programs that train nothing do not need it

    getattr(logging.getLogger("w2v"), level)(message, *values)
