"""What a file of vectors holds: words, vectors and counts, made sound.

V is the number of words, D the dimensions.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..shared.encodings import MOST_BROKEN_SHARE, guess_encoding
from .ids import Ids, as_keys
from .subwords import Parts

# Words that are not decoded: row, place of the first byte in the file, bytes.
Raw: TypeAlias = list[tuple[int, int, bytes]]

# So few broken words are damage, whatever their share.
FEW_WORDS = 4


class Stored(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    words : V str: a list, or Words of a native file; or Ids.
    vectors : float (V, D).
    counts : int64 (V,), or None where they are not known.
    kind : what kind of file it is, for people.
    metadata : what a native file says besides.
    attributes : other attributes of words, each an array (V,), which gensim's files may have.
    parts : what the vectors are made of, where words have n-grams and the file has their rows.
    """

    words: Sequence[Any]
    vectors: np.ndarray
    counts: NDArray[np.int64] | None
    kind: str
    metadata: Mapping[str, str] = MappingProxyType({})
    attributes: Mapping[str, np.ndarray] = MappingProxyType({})
    parts: Parts | None = None

    def first(self, limit: int | None) -> "Stored":
        """Return the first rows alone; all for None."""
        if limit is None:
            return self
        return self._replace(
            words=self.words[:limit],
            vectors=self.vectors[:limit],
            counts=None if self.counts is None else self.counts[:limit],
            attributes={name: array[:limit] for name, array in self.attributes.items()},
            parts=self.parts and self.parts._replace(own=self.parts.own[:limit]),
        )


def decode_raw(words: list[str], raw: Raw, errors: str | None, encoding: str, path: str) -> None:
    """Decode the words that are still bytes into their places; see `errors` of read_rows."""
    broken = []
    for row, at, word in raw:
        try:
            words[row] = word.decode(encoding)
        except UnicodeDecodeError as error:
            broken.append((row, at, word, error))
    if not broken:
        return
    if errors is None:
        refuse_other_encoding(broken, len(words), encoding, path)
        errors = "replace"
    if errors == "strict":
        row, at, word, damage = broken[0]
        raise ValueError(
            f"{path!r}: row {row}, byte {at}: the word {word!r} is not {encoding} "
            f"({damage.reason}); the C tools cut long words inside a character: 'replace' "
            "for errors (unicode_errors) repairs them, 'surrogateescape' keeps the bytes"
        )
    for row, _, word, _ in broken:
        words[row] = word.decode(encoding, errors)
    if errors == "replace":
        tell_apart(words, [row for row, *_ in broken])
        row, at, word, _ = broken[0]
        warnings.warn(
            f"{path!r}: {len(broken)} of {len(words)} words are not {encoding} and were repaired, "
            f"the first in row {row}, byte {at}: {word!r} became {words[row]!r} "
            "(errors='surrogateescape' keeps the bytes, 'strict' refuses)",
            stacklevel=4,
        )


def refuse_other_encoding(broken: list, V: int, encoding: str, path: str) -> None:
    """Raise ValueError when so many words are broken that all are in another encoding.

    Words that only end inside a character are not: the C tools cut long ones so.
    """
    spoilt = [item for item in broken if "unexpected end" not in item[3].reason]
    if len(spoilt) > max(MOST_BROKEN_SHARE * V, FEW_WORDS):
        row, at, word, _ = spoilt[0]
        likely = guess_encoding(b" ".join(word for _, _, word, _ in spoilt))
        raise ValueError(
            f"{path!r}: row {row}, byte {at}: {len(spoilt):,} of {V:,} words such as {word!r} are "
            f"not {encoding}; they look like {likely}: pass encoding={likely!r}, or "
            "errors='replace' to go on"
        )


def tell_apart(words: list[str], rows: list[int]) -> None:
    """Let repaired words differ from all others, by one U+FFFD more and, if need be, a number."""
    repaired = set(rows)
    taken = {word for row, word in enumerate(words) if row not in repaired}
    n_alike: dict[str, int] = {}
    for row in rows:
        word = text = words[row]
        while text in taken:
            n = n_alike[word] = n_alike.get(word, 0) + 1
            text = f"{word}\ufffd{n if n > 1 else ''}"
        words[row] = text
        taken.add(text)


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
    words: Iterable[Any], vectors: np.ndarray, counts: ArrayLike | None = None
) -> tuple[Sequence[Any], np.ndarray, NDArray[np.int64] | None]:
    """Return words or ids, vectors and counts int64 or None, as KeyedVectors takes them.

    Raises TypeError or ValueError naming what does not fit.
    """
    words = as_keys(words)
    for word in () if isinstance(words, Ids) else words:
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
