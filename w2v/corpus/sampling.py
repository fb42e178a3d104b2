"""A sample of a corpus: so much of it as is read in a moment, from several places where it can be.

Owns what is taken and how much larger the whole is; what follows from that is for models to say.
"""

import contextlib
import io
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..shared.paths import find_files
from ..shared.streams import STDIN, is_damage, opener_of
from ..shared.types import Tokenizer
from . import arrays, readers, sources

# Of files that are read from several places, and of iterables; about as much text.
SAMPLE_BYTES = 1 << 24
SAMPLE_TOKENS = 3_000_000
PLACES = 16
# Of more files some are read, at even distances.
MOST_FILES = 64
# How far behind a place the end of its line is looked for; else a blank will do.
LINE_BYTES = 1 << 16
SIP_BYTES = 1 << 12


@dataclass(frozen=True)
class Sample:
    """What was taken of a corpus.

    `scale` is how many times the whole corpus is as large: 1 where this is all of it, None where
    nobody knows. `ends` is the share of the sample's tokens up to the end of each place that it is
    from, rising to 1; what is from one place counts as two halves. `seconds` is how long reading or
    unpacking took, before tokens were numbered. `is_used_up`: whether the corpus begins behind the
    sample now, since it was an iterator.
    """

    corpus: Any
    scale: float | None = 1.0
    ends: tuple[float, ...] = (0.5, 1.0)
    seconds: float = 0.0
    is_used_up: bool = False

    @property
    def is_whole(self) -> bool:
        return self.scale == 1.0


@contextlib.contextmanager
def sampled(
    corpus: Any, tokenizer: Tokenizer | None, encoding: str, errors: str | None
) -> Iterator[Sample]:
    """Give a sample of what draft.encode takes as a source; files of it vanish after the block.

    Raises ValueError where a corpus can be read once, and is no iterable that would say so itself,
    and what finding files raises.
    """
    import tempfile  # here, since few need it

    files, _ = readers.plan(corpus) if tokenizer is None else (None, None)
    is_reader = files is not None
    if files is None:
        files = find_files(corpus, may_be_texts=tokenizer is not None)
    if files is None:
        yield sample_of_iterable(corpus, tokenizer, encoding, errors)
        return
    with tempfile.TemporaryDirectory(prefix="w2v-") as folder:
        sample, names = sample_of_files(files, encoding, folder)
        if sample.is_whole:
            sample = Sample(corpus)
        elif is_reader:
            kind = readers.Text8Corpus if isinstance(corpus, readers.Text8Corpus) else None
            sample = Sample(
                (kind or readers.LineSentence)(os.path.join(folder, "*")),
                sample.scale, sample.ends, sample.seconds,
            )  # fmt: skip
        try:
            yield sample
        except ValueError as error:  # with the name of a file of ours in it
            told = str(error)
            for name, path in names.items():
                told = told.replace(repr(name), f"a sample of {path!r}").replace(name, path)
            if told == str(error):
                raise
            raise ValueError(told) from None


def sample_of_files(files: list[str], encoding: str, folder: str) -> tuple[Sample, dict[str, str]]:
    """Write samples of files into a folder; returns what they are of, by their names, too."""
    for path in files:
        if path == STDIN or not stat.S_ISREG(os.stat(path).st_mode):
            raise ValueError(
                f"corpus={path!r} can be read once, and an estimate would use it up; save it to a "
                "file"
            )
    sizes = [os.path.getsize(path) for path in files]
    chosen = files[:: -(-len(files) // MOST_FILES)]
    known = sum(map(os.path.getsize, chosen))
    names, lengths, text_bytes, taken_bytes, seconds = {}, [], 0.0, 0, 0.0
    for number, path in enumerate(chosen):
        size = os.path.getsize(path)
        begin = time.perf_counter()
        pieces, whole = read_places(path, SAMPLE_BYTES * size // max(known, 1), encoding)
        seconds += time.perf_counter() - begin
        name = os.path.join(folder, f"{number:02}")
        with open(name, "wb") as file:
            file.writelines(pieces)
        names[name] = path
        text_bytes += whole
        lengths += [piece.count(b" ") + piece.count(b"\n") for piece in pieces]
        taken_bytes += sum(map(len, pieces))
    scale = text_bytes / max(taken_bytes, 1) * sum(sizes) / max(known, 1)
    # Line ends are added where a file has none at its end.
    if len(chosen) == len(files) and text_bytes <= taken_bytes:
        scale = 1.0
    return Sample(sorted(names), scale, shares(lengths), seconds), names


def shares(lengths: list[int]) -> tuple[float, ...]:
    """Return what Sample.ends is of places of these lengths."""
    if len(lengths) < 2:
        return Sample.ends
    ends = np.cumsum(lengths)
    return tuple((ends / max(ends[-1], 1)).tolist())


def read_places(path: str, n_bytes: int, encoding: str) -> tuple[list[bytes], float]:
    """Return pieces of a file, of `n_bytes` together, and how many bytes its whole text has.

    What is compressed, or in an encoding whose line ends are no line feeds, is read from its
    beginning; the size of what comes behind is taken from what was unpacked.
    """
    size = os.path.getsize(path)
    try:
        has_line_feeds = "\n".encode(encoding) == b"\n"
    except LookupError:
        has_line_feeds = True  # who reads it complains
    cut = whole_lines if has_line_feeds else whole_characters
    with open(path, "rb") as file:
        opener = opener_of(file.peek(8)[:8])
        if opener is not None:
            try:
                with opener(Sips(file)) as unpacked:
                    data = unpacked.read(n_bytes)
                    position, has_more = file.tell(), bool(unpacked.read(1))
            except Exception as error:
                if not is_damage(error):
                    raise
                raise ValueError(f"corpus: {path!r} cannot be read to its end: {error}") from None
            if not has_more:
                return [data], len(data)
            return [cut(data)], len(data) * size / position
        if size <= n_bytes:
            return [file.read()], size
        if not has_line_feeds:
            return [cut(file.read(n_bytes))], size
        places = max(PLACES * n_bytes // SAMPLE_BYTES, 1)
        pieces = []
        for i in range(places):
            file.seek(size * i // places)
            piece = file.read(n_bytes // places)
            begin = piece.find(b"\n", 0, LINE_BYTES) + 1 or piece.find(b" ") + 1
            pieces.append(whole_lines(piece[begin if i else 0 :]))
        return pieces, size


class Sips(io.RawIOBase):
    """A file that is read a little at a time, so that its position tells what was unpacked."""

    def __init__(self, file: Any):
        self.file, self.name = file, file.name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n: int = self.file.readinto(memoryview(buffer)[:SIP_BYTES])
        return n


def whole_lines(data: bytes) -> bytes:
    """Return the whole lines of a piece of text, or what ends with a blank if the last is long."""
    end = data.rfind(b"\n", max(len(data) - LINE_BYTES, 0)) + 1 or data.rfind(b" ") + 1
    return data[: end or len(data)].removesuffix(b"\n") + b"\n"


def whole_characters(data: bytes) -> bytes:
    """Return text in UTF-16 or UTF-32 without half a character at its end."""
    return data[: len(data) // 4 * 4]


def sample_of_iterable(
    corpus: Any, tokenizer: Tokenizer | None, encoding: str, errors: str | None
) -> Sample:
    """Return a sample of a corpus that is no files: its first sentences, of a list all over it."""
    if tokenizer is None and (blocks := arrays.read_arrays(corpus)) is not None:
        return sample_of_blocks(corpus, blocks)
    most = SAMPLE_TOKENS if tokenizer is None else SAMPLE_BYTES  # a string counts letters
    if isinstance(corpus, (list, tuple)):
        with contextlib.suppress(TypeError):  # of sentences that have no length
            return sample_of_list(corpus, [len(sentence) for sentence in corpus], most)
    if isinstance(corpus, readers.Reader) and readers.is_untouched(corpus):
        items: Iterator[Any] = corpus.read(encoding, errors)
    else:
        items = sources.read_sentences(corpus, None)
    begin, taken, n = time.perf_counter(), [], 0
    for item in items:
        taken.append(item if hasattr(item, "__len__") or not hasattr(item, "__iter__") else [*item])
        n += len(taken[-1]) if hasattr(taken[-1], "__len__") else 0
        if n >= most:
            break
    seconds = time.perf_counter() - begin
    is_used_up = items is corpus
    if next(items, None) is None:
        return Sample(taken, seconds=seconds, is_used_up=is_used_up)
    sized: Any = corpus
    scale = len(sized) / len(taken) if hasattr(corpus, "__len__") else None
    return Sample(taken, scale, seconds=seconds, is_used_up=is_used_up)


def sample_of_list(corpus: Any, lengths: list[int], most: int) -> Sample:
    """Return sentences of a list or tuple, from several places, about as long as `most`."""
    ends = np.cumsum(lengths)
    if not len(ends) or ends[-1] <= most:
        return Sample(corpus)
    total, taken, taken_lengths = int(ends[-1]), [], []
    for i in range(PLACES):
        start = total * i // PLACES
        first, last = np.searchsorted(ends, [start, start + most // PLACES], "right")
        last = max(last, first + 1)
        taken += corpus[first:last]
        taken_lengths.append(sum(lengths[first:last]))
    return Sample(taken, total / sum(taken_lengths), shares(taken_lengths))


def sample_of_blocks(corpus: Any, blocks: Iterator[arrays.Block]) -> Sample:
    """Return the first blocks of ids in arrays, all of which are counted."""
    taken: list[arrays.Block] = []
    n = n_taken = 0
    for values, ends in blocks:
        n += len(values)
        if n_taken < SAMPLE_TOKENS:
            taken.append((values, ends))
            n_taken += len(values)
    if n == n_taken:
        return Sample(corpus)
    values, ends = arrays.joined(taken)
    return Sample((values, np.concatenate([[0], ends])), n / n_taken)
