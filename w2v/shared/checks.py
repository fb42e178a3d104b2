"""Checks of what users pass: names of arguments, numbers in ranges, words that have bytes."""

import functools
import inspect
import math
import numbers
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

P = ParamSpec("P")
Result = TypeVar("Result")

# More make no sense, and a damaged file cannot ask for vectors of any size.
MAX_DIMENSIONS = 1_000_000
MAX_WORKERS = 4096
# Passes of joining words, each of which can double the length of phrases.
MAX_PASSES = 30


class NoWords(ValueError, RuntimeError):
    """There are no words to train; a RuntimeError, too, since gensim raises that.

    `n_read` is how many tokens there were that are no words of the vocabulary.
    """

    def __init__(self, message: str, n_read: int = 0):
        super().__init__(message)
        self.n_read = n_read


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

    >>> check_number("window", 5, int, 1, 100)
    5
    >>> check_number("window", 0, int, 1, 100)
    Traceback (most recent call last):
    ValueError: window=0 is out of range: from 1 to 100
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


def check_path(name: str, path: Any) -> str:
    """Return the path of a file as a string, ~ expanded; raises for what is none.

    >>> check_path("path", 5)
    Traceback (most recent call last):
    TypeError: path=5: the path of a file is expected
    """
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"{name}={path!r}: the path of a file is expected")
    found = os.path.expanduser(os.fsdecode(path))
    if "\0" in found or not found:
        raise FileNotFoundError(f"{name}={found[:60]!r}: not the name of a file")
    return found


def check_callable(name: str, value: Any, what: str) -> None:
    """Raise TypeError unless a value, which may be None, can be called; `what` says how."""
    if value is not None and not callable(value):
        raise TypeError(f"{name}={value!r}: {what} is expected")


def check_flag(name: str, value: Any) -> None:
    """Raise TypeError unless a value is None, or true or false."""
    if value is not None and not isinstance(value, (bool, np.bool_)) and value not in (0, 1):
        raise TypeError(f"{name}={value!r}: True, False or None is expected")


def check_floats(name: str, values: ArrayLike, dtype: DTypeLike | None = None) -> np.ndarray:
    """Return an array of floats; whole numbers, and what is to be of `dtype`, are converted.

    Raises TypeError where there are other things than numbers.

    >>> check_floats("vectors", [[1, 2]])
    array([[1., 2.]], dtype=float32)
    """
    try:
        array = np.asarray(values, dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: numbers are expected ({error})") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: an array of dtype {array.dtype} where numbers are expected")
    return array if array.dtype.kind == "f" else array.astype(np.float32)


def float_dtype(name: str, dtype: Any) -> np.dtype[Any]:
    """Return a dtype that vectors may have; raises ValueError for others."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        found = np.dtype(object)
    if found not in (np.float16, np.float32, np.float64):
        raise ValueError(f"{name}={dtype!r}: float16, float32 or float64 is expected")
    return found


def refusing(
    function: Callable[..., Any], known: Collection[str], former: Mapping[str, str]
) -> Callable[..., Any]:
    """Return the function with an error for keywords that are not `known`; see unexpected."""

    @functools.wraps(function)
    def checked(*given: Any, **named: Any) -> Any:
        for name in named:
            if name not in known:
                raise unexpected(name, named[name], known, former)
        return function(*given, **named)

    return checked


def explains(former: Mapping[str, str]) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Decorate a function that answers to keywords it does not have; see unexpected."""
    return lambda function: refusing(function, inspect.signature(function).parameters, former)


def unexpected(
    name: str, value: object, known: Iterable[str], former: Mapping[str, str]
) -> TypeError:
    """Return the error for an argument that there is none of: what is written instead.

    `former` says that of names in code written for gensim; else it is the nearest of `known`.

    >>> unexpected("treshold", 9, ["threshold", "delimiter"], {})
    TypeError('unknown parameter treshold=9; did you mean threshold?')
    """
    if name in former:
        return TypeError(f"parameter {name}={value!r}: {former[name]}")
    import difflib  # seldom needed

    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return TypeError(f"unknown parameter {name}={value!r}; {hint}")


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


def check_pickled(made: object, state: Mapping[str, Any], mark: str) -> None:
    """Raise ValueError unless what pickle gives an object of ours is ours, which has `mark`.

    While gensim means w2v.compat.gensim, pickle takes our classes for those that gensim pickled.
    """
    if mark not in state:
        raise ValueError(
            f"this {type(made).__name__} was pickled by gensim, whose files are opened by load in "
            "place of pickle: Word2Vec.load(path), KeyedVectors.load(path), Phrases.load(path)"
        )
