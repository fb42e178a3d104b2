"""A corpus as numbers: int32 ids with sentence ends between them, in memory or in a mapped file.

Owns where the ids are kept and the chunks of them that training threads take.
"""

import functools
import hashlib
import os
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from ..shared.memory import free_bytes
from ..shared.threads import share_out, usable_cores
from . import _ids
from ._ids import SENTENCE_END

# Segments in memory share arrays of up to so many ids. Those not yet used take no memory; those
# that are dropped later, with rare words or by joining phrases, go on taking theirs.
SLAB_IDS = 1 << 24


@dataclass
class Corpus:
    """Ids of a whole corpus.

    Attributes
    ----------
    segments : list of int32 arrays in text order, each a run of ids with SENTENCE_END after each
        sentence. A line longer than a block of text (megabytes) comes in several sentences.
    n_kept : tokens that are words of the vocabulary.
    n_words : words of an epoch as the learning rate counts them: ids, and sentence ends too when
        the vocabulary has the mark.
    n_sentences : sentences that hold at least one word of the vocabulary (with exact: all).
    n_read : tokens read, words outside the vocabulary included.
    n_read_sentences : sentences read, empty ones and those without such words included.
    spooled_bytes : how much of the ids lies in a temporary file instead of memory.
    seconds, cpu_seconds : how long it took to read.
    source : where it was read from, for a run that is to be gone on with: "paths", absolute, or
        None if it was no file; "encoding", "errors", and whether there was a "tokenizer".
    """

    segments: list[np.ndarray]
    n_kept: int
    n_words: int
    n_sentences: int
    n_read: int
    n_read_sentences: int = 0
    spooled_bytes: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    source: dict[str, Any] = field(default_factory=dict)

    @functools.cached_property
    def digest(self) -> str:
        """A digest of the ids and of the places where segments begin, in hexadecimal digits."""
        parts = [b""] * len(self.segments)

        def digest(_: int, number: int) -> None:
            parts[number] = hashlib.blake2b(self.segments[number].data, digest_size=16).digest()

        share_out(digest, range(len(parts)), min(usable_cores(), len(parts)))
        return hashlib.blake2b(b"".join(parts), digest_size=8).hexdigest()

    def chunks(self, size: int, has_mark: bool) -> list[tuple[int, int, int, int]]:
        """Cut the corpus into chunks of at most `size` entries, at sentence ends where possible.

        A sentence longer than that is cut into pieces; the windows at a cut lose their far side.
        Returns tuples (segment, start, stop, words before the chunk).

        >>> ids = Corpus([np.array([0, 1, -1, 2, -1, 0, -1], np.int32)], 4, 4, 3, 4)
        >>> ids.chunks(5, has_mark=False)
        [(0, 0, 5, 0), (0, 5, 7, 3)]
        """
        chunks, before = [], 0
        for number, segment in enumerate(self.segments):
            ends = np.flatnonzero(segment == SENTENCE_END) + 1
            start = 0
            while start < len(segment):
                stop = min(start + size, len(segment))
                last = np.searchsorted(ends, stop, "right")
                first = np.searchsorted(ends, start, "right")
                if stop < len(segment) and last > first:
                    stop = int(ends[last - 1])
                    n_ends = last - first
                else:
                    n_ends = np.searchsorted(ends, stop, "right") - first
                chunks.append((number, start, stop, before))
                before += stop - start - (0 if has_mark else int(n_ends))
                start = stop
        return chunks

    def exact_chunks(self, ids: np.ndarray, size: int) -> list[tuple[int, int, int, int]]:
        """Cut one segment after sentence ends, at least `size` entries apart; as chunks does.

        Words before a chunk are not counted: the C tool counts them as it goes.
        """
        ends = np.flatnonzero(ids == SENTENCE_END) + 1
        chunks, start = [], 0
        while start < len(ids):
            place = np.searchsorted(ends, start + size)
            stop = int(ends[place]) if place < len(ends) else len(ids)
            chunks.append((0, start, stop, 0))
            start = stop
        return chunks


@dataclass
class SegmentStore:
    """Keeps segments in memory up to `limit_bytes` and puts the rest into an unnamed file."""

    limit_bytes: int
    segments: dict[int, np.ndarray] = field(default_factory=dict)
    room: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))  # of the last slab
    held_bytes: int = 0
    spooled_bytes: int = 0
    file: IO[bytes] | None = None

    def put(self, index: int, ids: np.ndarray) -> None:
        if self.held_bytes + ids.nbytes <= self.limit_bytes or not ids.size:
            self.held_bytes += ids.nbytes
            self.segments[index] = self.take(len(ids))
            self.segments[index][:] = ids
            return
        if self.file is None:
            import tempfile  # here, since few need it

            self.file = tempfile.TemporaryFile(prefix="w2v-")
        offset = self.spooled_bytes
        ids.tofile(self.file)
        self.spooled_bytes += ids.nbytes
        self.segments[index] = np.memmap(self.file, np.int32, "r+", offset, ids.shape)

    def take(self, n: int) -> np.ndarray:
        if n > len(self.room):
            # As many again as there are, so that a small corpus does not take a huge page.
            size = max(n, min(self.held_bytes // 4, SLAB_IDS))
            self.room = _ids.mapped_zeros(size, np.int32)
        taken, self.room = self.room[:n], self.room[n:]
        return taken


def memory_limit() -> int:
    """Return how many bytes of ids may stay in memory.

    That is a quarter of the machine's, but half of what is free at most, in a container, too.
    """
    free = free_bytes()
    try:
        quarter = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4
    except (AttributeError, ValueError, OSError):
        quarter = 4 << 30
    return quarter if free is None else min(quarter, free // 2)
