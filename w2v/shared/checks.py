"""Checks of what users pass: numbers in their ranges, words that have bytes."""

import math
import numbers
from typing import Any

# More make no sense, and a damaged file cannot ask for vectors of any size.
MAX_DIMENSIONS = 1_000_000


def check_number(
    name: str,
    value: Any,
    kind: type[int] | type[float] | None = None,
    low: float = -math.inf,
    high: float = math.inf,
    above: bool = False,
) -> Any:
    """Return a number from `low` (or only above it) to `high`, as `kind`: int, float, or as it is.

    Raises TypeError when it is none, or not whole where it must be; ValueError out of that range.
    """
    wanted: Any = numbers.Integral if kind is int else numbers.Real
    if not isinstance(value, wanted):
        what = "a whole number" if kind is int else "a number"
        raise TypeError(f"{name}={value!r} is of type {type(value).__name__}; {what} is expected")
    value = (kind or (int if isinstance(value, numbers.Integral) else float))(value)
    is_high_enough = value > low if above else value >= low
    if not (is_high_enough and value <= high and math.isfinite(value)):
        bounds = [] if low == -math.inf else [f"{'above' if above else 'from'} {low:,}"]
        bounds += [] if high == math.inf else [f"to {high:,}"] if bounds else [f"up to {high:,}"]
        wanted = " ".join(bounds) + (" up" if bounds and high == math.inf and not above else "")
        raise ValueError(f"{name}={value} is out of range: {wanted or 'a finite number'}")
    return value


def word_bytes(word: str) -> bytes:
    """Return the bytes of a word in UTF-8, surrogates being the bytes that they stand for.

    Raises ValueError naming a word that holds half a surrogate pair, which stands for no byte.
    """
    try:
        return word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ValueError(
            f"the word {word!r} has surrogates that stand for no bytes (half a surrogate pair): it "
            "cannot be written; repair or rename it"
        ) from None
