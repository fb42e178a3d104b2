"""What a file of vectors holds: words, vectors and counts, made sound.

V is the number of words, D the dimensions.
"""

import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Words that are not decoded: row, place of the first byte in the file, bytes.
Raw: TypeAlias = list[tuple[int, int, bytes]]


class Stored(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    words : V str: a list, or Words of a native file.
    vectors : float (V, D).
    counts : int64 (V,), or None where they are not known.
    kind : what kind of file it is, for people.
    metadata : what a native file says besides.
    """

    words: Sequence[str]
    vectors: np.ndarray
    counts: NDArray[np.int64] | None
    kind: str
    metadata: Mapping[str, str] = MappingProxyType({})


def decode_raw(words: list[str], raw: Raw, errors: str, encoding: str, path: str) -> None:
    """Decode the words that are still bytes into their places; see `errors` of read()."""
    taken: set[str] = set()
    n_repaired, first = 0, ""
    for row, at, word in raw:
        try:
            words[row] = word.decode(encoding)
            continue
        except UnicodeDecodeError as error:
            if errors == "strict":
                raise ValueError(
                    f"{path!r}: row {row}, byte {at}: the word {word!r} is not {encoding} "
                    f"({error.reason}); the C tools cut long words inside a character: 'replace' "
                    "for errors (unicode_errors) repairs them, 'surrogateescape' keeps the bytes"
                ) from None
        text = word.decode(encoding, errors)
        if errors == "replace":
            taken = taken or set(words)
            while text in taken:
                text += "\ufffd"
            taken.add(text)
            n_repaired += 1
            if n_repaired == 1:
                first = f"row {row}, byte {at}: {word!r} became {text!r}"
        words[row] = text
    if n_repaired:
        warnings.warn(
            f"{path!r}: {n_repaired} of {len(words)} words are not {encoding} and were repaired, "
            f"the first in {first} (errors='surrogateescape' keeps the bytes, 'strict' refuses)",
            stacklevel=4,
        )


def drop_repeated(
    words: list[str],
    vectors: np.ndarray,
    counts: NDArray[np.int64] | None,
    kind: str,
    path: str,
) -> Stored:
    """Keep the first row of each word."""
    if len(set(words)) == len(words):
        return Stored(words, vectors, counts, kind)
    rows: dict[str, int] = {}
    repeated = None
    for row, word in enumerate(words):
        if rows.setdefault(word, row) != row and repeated is None:
            repeated = f"{word!r} in rows {rows[word]} and {row}"
    warnings.warn(
        f"{path!r}: {len(words) - len(rows)} rows repeat words of earlier ones and are left out, "
        f"the first {repeated}",
        stacklevel=4,
    )
    kept = np.fromiter(rows.values(), np.int64, len(rows))
    return Stored(list(rows), vectors[kept], None if counts is None else counts[kept], kind)


def checked(
    words: list[str], vectors: np.ndarray, counts: ArrayLike | None = None
) -> tuple[list[str], np.ndarray, NDArray[np.int64] | None]:
    """Return words, vectors and counts int64 or None, as KeyedVectors takes them.

    Raises TypeError or ValueError naming what does not fit.
    """
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"the word {word!r} is of type {type(word).__name__}; str is expected")
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu":
        raise ValueError(
            f"vectors of shape {vectors.shape} and dtype {vectors.dtype}; numbers in the shape "
            "(words, dimensions) are expected"
        )
    if len(vectors) != len(words):
        raise ValueError(f"{len(vectors):,} vectors for {len(words):,} words")
    if counts is not None:
        counts = np.asarray(counts, np.int64)
        if counts.shape != (len(words),):
            raise ValueError(f"counts of shape {counts.shape} for {len(words):,} words")
    return words, vectors, counts
