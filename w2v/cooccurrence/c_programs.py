"""The bytes of GloVe's own programs: their tokens, their vocabulary, their sums.

Owns what is done otherwise than in counting.py, for count(exact=True): tokens are cut as
vocab_count cuts them, and doubles are added in the order of the text, on one thread, slowly. So
do the original programs as long as all pairs fit into their table, which for vocabularies below
3,200 words is always so; they count the very first record twice then.
"""

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..corpus.vocabulary import Vocabulary
from ..shared import streams
from ..shared.checks import NoWords
from .files import glove_order

# What they keep of a token.
TOKEN_BYTES = 999
CHUNK_TOKENS = 1 << 16


def read_lines(files: list[str]) -> Iterator[list[bytes]]:
    """Yield the tokens of each line as GloVe's programs read them.

    Blank and tab separate, a carriage return is dropped wherever it stands, a NUL ends what is
    kept. Raises ValueError at the token <unk>, which they refuse.
    """
    for path in files:
        with streams.open_bytes(path) as file:
            for line in file:
                tokens = re.split(rb"[ \t]+", line.removesuffix(b"\n").replace(b"\r", b""))
                tokens = [cut(token).split(b"\0")[0] for token in tokens if token]
                if b"<unk>" in tokens:
                    raise ValueError(
                        f"corpus={path!r} has the token <unk>, which GloVe's programs refuse; "
                        "rename it, or leave exact out"
                    )
                yield tokens


def cut(token: bytes) -> bytes:
    """Cut a long token as they do: not inside a character of UTF-8, which is left out."""
    if len(token) <= TOKEN_BYTES:
        return token
    end = TOKEN_BYTES
    while end and token[end] & 0xC0 == 0x80:
        end -= 1
    return token[:end]


def count_words(lines: Iterator[list[bytes]], min_count: int) -> bytes:
    """Return what vocab_count writes."""
    counts = Counter(token for line in lines for token in line)
    words = list(counts)
    order = glove_order(words, np.array([counts[word] for word in words], np.int64))
    kept = [words[row] for row in order if counts[words[row]] >= min_count]
    if not kept:
        raise NoWords(f"min_count={min_count} leaves 0 of {len(words):,} words; lower it")
    return b"".join(b"%s %d\n" % (word, counts[word]) for word in kept)


def count_rows(
    lines: Iterator[list[bytes]],
    vocabulary: Vocabulary,
    window: int,
    symmetric: bool,
    distance_weighting: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return offsets, columns and values of all rows; see counting.count_rows."""
    ids = {word.encode("utf-8", "surrogateescape"): i for word, i in vocabulary.ids.items()}
    V = len(vocabulary)
    keys, sums = np.empty(0, np.int64), np.empty(0)
    for text, line in chunks(lines, ids):
        some, weights = pairs_of(text, line, V, window, symmetric, distance_weighting)
        merged = np.union1d(keys, some)
        more = np.zeros(len(merged))
        more[np.searchsorted(merged, keys)] = sums
        keys, sums = merged, more
        np.add.at(sums, np.searchsorted(keys, some), weights)  # one after another, in order
    if len(sums):
        sums[0] *= 2
    offsets = np.searchsorted(keys, np.arange(V + 1) * V).astype(np.int64)
    return offsets, (keys % V).astype(np.int32), sums


def chunks(
    lines: Iterator[list[bytes]], ids: dict[bytes, int]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the ids of some lines, and the number of the line of each id."""
    text: list[int] = []
    numbers: list[int] = []
    for number, tokens in enumerate(lines):
        known = [ids[token] for token in tokens if token in ids]
        text += known
        numbers += [number] * len(known)
        if len(text) >= CHUNK_TOKENS:
            yield np.array(text), np.array(numbers)
            text, numbers = [], []
    if text:
        yield np.array(text), np.array(numbers)


def pairs_of(
    text: NDArray[np.int64],
    lines: NDArray[np.int64],
    V: int,
    window: int,
    symmetric: bool,
    distance_weighting: bool,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return pairs, as row * V + column, and their weights, in the order in which C adds them."""
    distances = np.arange(1, window + 1)
    places = np.arange(len(text))[:, None] - distances
    is_near = (places >= 0) & (lines[places] == lines[:, None])
    left, right = text[places], np.broadcast_to(text[:, None], places.shape)
    pairs = [left * V + right] + ([right * V + left] if symmetric else [])
    weights = 1 / distances if distance_weighting else np.ones(window)
    shape = (*places.shape, len(pairs))
    weighted = np.broadcast_to(weights[:, None], shape)
    return np.stack(pairs, axis=-1)[is_near].ravel(), weighted[is_near].ravel()
