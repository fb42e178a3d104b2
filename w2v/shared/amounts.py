"""Amounts as people write them: "90s", "10 min", "1.5h", "2 epochs", "50M words", "1.2 GB"."""

import re
from typing import Any

SECONDS = {
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("m", "min", "minute"), 60.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
    **dict.fromkeys(("d", "day"), 86_400.0),
}
MULTIPLES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}
BYTES = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3}


def sized(n_bytes: float) -> str:
    """Return a number of bytes in three digits and a unit.

    >>> sized(1_234_567_890), sized(45_600), sized(7)
    ('1.23 GB', '45.6 kB', '7 bytes')
    """
    for unit, size in BYTES.items():
        if n_bytes >= size:
            number = n_bytes / size
            return f"{number:,.{2 if number < 10 else 1 if number < 100 else 0}f} {unit}"
    return f"{n_bytes:.0f} bytes"


def parse_seconds(name: str, value: Any) -> float:
    """Return a duration in seconds; raises TypeError or ValueError naming the argument.

    >>> parse_seconds("time_budget", "1.5h"), parse_seconds("time_budget", 90)
    (5400.0, 90.0)
    """
    number, unit = split(value)
    if number is None or (unit and unit not in SECONDS):
        raise wrong(name, value, 'seconds, or text such as "90s", "10min" or "1.5h"')
    return positive(name, value, number * SECONDS.get(unit, 1.0))


def parse_interval(name: str, value: Any) -> tuple[float, str]:
    """Return how many "seconds", "words" or "epochs" an interval has.

    >>> parse_interval("checkpoint_every", "10 min")
    (600.0, 'seconds')
    >>> parse_interval("checkpoint_every", "50M words")
    (50000000.0, 'words')
    """
    number, unit = split(value)
    if number is not None and unit in ("", *SECONDS):
        return positive(name, value, number * SECONDS.get(unit, 1.0)), "seconds"
    if number is not None and unit == "epoch":
        return positive(name, value, number), "epochs"
    multiple = unit.removesuffix("word").strip() if unit.endswith("word") else None
    if number is None or multiple not in MULTIPLES:
        raise wrong(name, value, 'text such as "10min", "50M words" or "1 epoch"')
    return positive(name, value, number * MULTIPLES[multiple]), "words"


def split(value: Any) -> tuple[float | None, str]:
    """Split text into a number and a unit in the singular; None where it does not begin so."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value), ""
    found = (
        re.fullmatch(r"\s*([\d.,_]+)\s*([A-Za-z ]*?)\s*", value) if isinstance(value, str) else None
    )
    if found is None:
        return None, ""
    try:
        number = float(found[1].replace(",", "").replace("_", ""))
    except ValueError:
        return None, ""
    unit = found[2]
    return number, unit[:-1] if len(unit) > 1 and unit.endswith("s") else unit


def positive(name: str, value: Any, number: float) -> float:
    if not 0 < number < 1e15:
        raise ValueError(f"{name}={value!r}: more than 0, and less than 10**15, is expected")
    return number


def wrong(name: str, value: Any, expected: str) -> Exception:
    kind = ValueError if isinstance(value, str) else TypeError
    return kind(f"{name}={value!r}: {expected} is expected")
