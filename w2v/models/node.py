"""A node of a cluster: a machine's share of the corpus, its weights, and what it does in a round.

Owns what one of the nodes does when it is told to; who tells it is cluster_run.py, on what machine
it lives engines.py. V is the number of words, D the dimensions.
"""

import itertools
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus._ids import SENTENCE_END, UNKNOWN
from ..corpus._text import Lexicon
from ..corpus.draft import Draft
from ..corpus.ids import Corpus, SegmentStore, memory_limit
from ..corpus.parts import Part
from ..corpus.vocabulary import Vocabulary, choose_words
from ..distributed import _merge
from ..distributed.schedule import Schedule
from ..shared.threads import share_out, usable_cores
from .lanes import windows_per_word
from .params import Params
from .run import CHUNKS_PER_LEG, Run
from .weights import Rows, padded, zeros

T = TypeVar("T")

# How fast a row goes from where the sum of all changes is right to where Adasum is: its unseen
# pairs on all nodes, times the learning rate, times this. Three times as much costs analogies
# (bench/results/cluster.json); with a third of it 16 nodes diverged on a text of 96 words.
HASTE = 0.1
TRIAL_SECONDS = 0.3
# Numbers that a thread merges, at least.
PIECE = 1 << 17
# First sights of words are below this on each node, and are ordered by node, then by place.
SIGHTS = 1 << 50


@dataclass(frozen=True)
class Task:
    """A run, as all nodes are told of it."""

    params: Params
    schedule: Schedule
    n_words: int  # of an epoch, on all nodes
    epochs_before: int
    compute_loss: bool | None


class Node:
    """One of n nodes of a cluster; rank 0, 1, ... has the text in this order."""

    def __init__(self, n: int, threads: int | None, encoding: str, errors: str | None, rank: int):
        self.n, self.rank = n, rank
        self.threads = threads or usable_cores()
        self.encoding, self.errors = encoding, errors
        self.drafts: dict[int, Draft] = {}
        self.blocks: dict[int, Corpus] = {}  # of the text, by their numbers
        self.lexicon: Lexicon | None = None
        self.run: Run | None = None
        self.kept: dict[int, Any] = {}  # merges of all rows done -> rows of two nodes
        self.seconds = {"merging": 0.0, "reading": 0.0, "reading_cpu": 0.0}
        self.sent_bytes = self.n_guarded = 0

    # Text and vocabulary

    def read(self, blocks: dict[int, list[Part]]) -> tuple[int, int]:
        """Number the words of blocks that are not here yet; returns tokens and sentences of all."""
        begin, cpu_begin = time.perf_counter(), time.process_time()
        self.blocks = {number: each for number, each in self.blocks.items() if number in blocks}
        for number, parts in sorted(blocks.items()):
            if number in self.blocks or number in self.drafts:
                continue
            draft = Draft([], False, lambda n_read: None, self.lexicon)
            draft.store = SegmentStore(memory_limit() // len(blocks))
            draft.number_files([*parts], self.threads, False, self.encoding, self.errors)
            self.drafts[number], self.lexicon = draft, draft.lexicon
        self.seconds["reading"] += time.perf_counter() - begin
        self.seconds["reading_cpu"] += time.process_time() - cpu_begin
        drafts = self.drafts.values()
        return sum(draft.n_read for draft in drafts), sum(draft.n_ends for draft in drafts)

    def words(self) -> list[tuple[bytes, NDArray[np.int64], NDArray[np.int64]]]:
        """Return the words that each node is to add up: spellings, counts and first sights."""
        assert self.lexicon is not None
        arena, offsets = self.lexicon.spellings()
        counts, sights = self.lexicon.counts(), self.lexicon.first_sights()
        spelled = arena[: offsets[-1]].tobytes()
        places = offsets.tolist()
        words = [spelled[a:b] for a, b in itertools.pairwise(places)]
        owners = np.fromiter((zlib.crc32(word) % self.n for word in words), np.int64, len(words))
        owners[counts == 0] = -1  # spellings that were repaired
        order = np.argsort(owners, kind="stable")
        ends = np.searchsorted(owners[order], np.arange(self.n + 1)).tolist()
        parts = []
        for node in range(self.n):
            chosen = order[ends[node] : ends[node + 1]]
            text = b" ".join(words[i] for i in chosen)
            parts.append((text, counts[chosen], sights[chosen] + self.rank * SIGHTS))
        return parts

    def add_up(
        self, min_count: int, *parts: tuple[bytes, NDArray[np.int64], NDArray[np.int64]]
    ) -> tuple[int, list[bytes], NDArray[np.int64], NDArray[np.int64]]:
        """Add up the counts of words of this node; returns how many, and those that are kept."""
        table = Lexicon()
        for text, counts, sights in parts:
            for word, n, sight in zip(text.split(), counts.tolist(), sights.tolist(), strict=True):
                table.add(word, n, sight)  # of ranks in order, so that the first sight stays
        counts, sights = table.counts(), table.first_sights()
        chosen = choose_words(counts, sights, max(min_count, 1))
        arena, offsets = table.spellings()
        words = [arena[offsets[i] : offsets[i + 1]].tobytes() for i in chosen]
        return len(counts), words, counts[chosen], sights[chosen]

    def settle(self, vocabulary: Vocabulary) -> dict[str, Any]:
        """Give the text the ids of the vocabulary; returns what is to be known of it."""
        begin, cpu_begin = time.perf_counter(), time.process_time()
        self.vocabulary = vocabulary
        finals = np.empty(0, np.int32)
        if self.drafts:
            assert self.lexicon is not None
            finals = np.full(self.lexicon.n_words, UNKNOWN, np.int32)
            for i, word in enumerate(vocabulary.words):
                number = self.lexicon.number_of(word.encode("utf-8", "surrogateescape"))
                if number >= 0:
                    finals[number] = i
        for number, draft in self.drafts.items():
            self.blocks[number] = draft.finish(finals, SENTENCE_END, False, False, self.threads)
        self.drafts, self.lexicon = {}, None
        self.seconds["reading"] += time.perf_counter() - begin
        self.seconds["reading_cpu"] += time.process_time() - cpu_begin
        return self.about()

    def about(self) -> dict[str, Any]:
        """Return what is to be known of the text of this node."""
        corpus = self.corpus = joined([self.blocks[number] for number in sorted(self.blocks)])
        names = ("n_kept", "n_words", "n_sentences", "n_read", "n_read_sentences", "spooled_bytes")
        about: dict[str, Any] = {name: getattr(corpus, name) for name in names}
        return about | self.seconds | {"digest": corpus.digest if corpus.segments else ""}

    # Training

    def try_out(self, params: Params) -> float:
        """Train for a moment, on weights that are thrown away; returns words a second."""
        V, D = len(self.vocabulary), params.vector_size
        trial = replace(params, workers=self.threads, epochs=1)
        inputs = zeros(V, D)
        _core.fill_randomly(inputs, D, 1, False)
        outputs = zeros(V, D) if params.negative else None
        rows = inputs, outputs, zeros(V - 1, D) if params.hs else None
        run = Run(trial, self.vocabulary, self.corpus, 0, rows, compute_loss=False)
        while run.position < len(run.chunks) and run.seconds < TRIAL_SECONDS:
            run.train_to(min(run.position + self.threads, len(run.chunks)))
        return run.words / max(run.seconds, 1e-9)

    def probe(self, n_bytes: int) -> list[NDArray[np.uint8]]:
        """Return so many bytes for each node, to see how fast they travel."""
        return [np.zeros(n_bytes, np.uint8) for _ in range(self.n)]

    def take_probe(self, *parts: NDArray[np.uint8]) -> int:
        return sum(int(part[-1]) for part in parts)

    def agreed(self, value: T) -> T:
        """Return what was passed to the first node, of which all are asked."""
        return value

    def begin(
        self,
        task: Task,
        done: int,
        states: list[dict[str, Any]] | None,
        locks: NDArray[np.float32] | None,
        *rows: NDArray[np.float32] | None,
    ) -> None:
        """Go on from these rows, float32 (n, D), after so many merges of all of them.

        `states` are what `end` returned of the nodes after the last of these, None at the start.
        """
        self.task, self.schedule = task, task.schedule
        seed = task.params.seed_number
        # Its own draws; those of the first node are one machine's.
        seed = _core.seed_of(seed, self.rank) >> 1 if self.rank else seed
        self.params = replace(task.params, workers=self.threads, seed=seed)
        inputs, outputs, nodes = (None if each is None else padded(each) for each in rows)
        assert inputs is not None
        self.rows: Rows = (inputs, outputs, nodes)
        self.matrices = [each for each in self.rows if each is not None]
        self.bases = [each.copy() for each in self.matrices] if self.n > 1 else []
        state = states[self.rank] if states is not None else None
        words = self.corpus.n_words // self.schedule.rounds_per_epoch
        run = self.run = Run(
            self.params, self.vocabulary, self.corpus, task.epochs_before, self.rows,
            locks=locks, compute_loss=task.compute_loss, state=state,
            round_ids=words if self.n > 1 else None,
        )  # fmt: skip
        if state is not None:
            self.sent_bytes, self.n_guarded = state["sent_bytes"], state["guarded"]
            self.seconds["merging"] = state["merging"]
            run.position = self.position(done * self.schedule.rounds_per_merge)
        trained = task.n_words / self.schedule.rounds_per_epoch  # by all nodes, in a round
        self.unseen = [
            pairs * trained * rounds_unseen(self.schedule, len(pairs), rows is self.rows[2])
            for rows, pairs in zip(
                self.matrices, unseen_pairs(self.params, self.vocabulary), strict=True
            )
        ]
        self.sent: list[NDArray[np.uint8]] = []
        self.kept = {}
        self.keep(done)

    def position(self, k: int) -> int:
        """Return the place of the first chunk after round k, counted in chunks from the start."""
        assert self.run is not None
        epoch, k = divmod(k, self.schedule.rounds_per_epoch)
        chunks = self.run.chunks
        words = self.corpus.n_words * k / self.schedule.rounds_per_epoch
        place = int(np.searchsorted([chunk[3] for chunk in chunks], words)) if k else 0
        if self.run.lanes is not None and self.n == 1:  # as on one machine, which rests there
            leg = self.run.lanes.n * CHUNKS_PER_LEG
            place = place // leg * leg
        return epoch * len(chunks) + place

    def train(self, k: int, *merged: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Take what was merged after the round before k, train round k, and return what it changed.

        That is a part for each node, of the rows that it merges.
        """
        assert self.run is not None
        if merged:
            self.receive(k - 1, merged)
        self.run.train_to(self.position(k))
        begin = time.perf_counter()
        self.sent = [self.packed(k, node) for node in range(self.n)]
        self.sent_bytes += sum(part.nbytes for part in self.sent) - self.sent[self.rank].nbytes
        self.seconds["merging"] += time.perf_counter() - begin
        return self.sent

    def packed(self, k: int, node: int) -> NDArray[np.uint8]:
        """Return what changed in the rows that a node merges after round k."""
        part, slots = self.room(k, node)
        for rows, base, (scales, cells), _ in slots:
            self.in_pieces(
                lambda a, b, *of: _merge.pack(of[0][a:b], of[1][a:b], self.schedule.D,
                                              of[2][a:b], of[3][a:b]),
                rows, base, scales, cells,
            )  # fmt: skip
        return part

    def merge(self, k: int, *parts: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Merge what all nodes changed in the rows of this one; returns what becomes of them."""
        begin, D = time.perf_counter(), self.schedule.D
        merged, slots = self.room(k, self.rank)
        alpha = self.alpha(k)
        opened = [self.room(k, self.rank, part)[1] for part in parts]
        guarded: list[int] = []
        for i, (_, base, (scales, cells), unseen) in enumerate(slots):
            deltas = [each[i][2] for each in opened]
            shares = -np.expm1(-alpha * HASTE * unseen).astype(np.float32)

            def work(a: int, b: int, *of: Any) -> None:
                given = [(scales[a:b], cells[a:b]) for scales, cells in of[4]]
                guarded.append(
                    _merge.merge(given, of[0][a:b], D, of[1][a:b], of[2][a:b], of[3][a:b])
                )

            self.in_pieces(work, base, shares, scales, cells, deltas)
        self.n_guarded += sum(guarded)
        self.sent_bytes += merged.nbytes * (self.n - 1)
        self.seconds["merging"] += time.perf_counter() - begin
        return merged

    def receive(self, k: int, merged: tuple[NDArray[np.uint8], ...]) -> None:
        """Let the rows that were merged after round k go on from there."""
        begin, D = time.perf_counter(), self.schedule.D
        is_full = self.schedule.is_full(k)
        for node, part in enumerate(merged):
            own = self.room(k, node, self.sent[node])[1]
            for i, (rows, base, delta, _) in enumerate(self.room(k, node, part)[1]):
                self.in_pieces(
                    lambda a, b, *of: _merge.apply(
                        of[0][a:b], of[1][a:b], D, (of[2][a:b], of[3][a:b]),
                        None if is_full else (of[4][a:b], of[5][a:b]),
                    ),
                    rows, base, *delta, *own[i][2],
                )  # fmt: skip
        self.seconds["merging"] += time.perf_counter() - begin

    def end(self, k: int, *merged: NDArray[np.uint8]) -> dict[str, Any]:
        """Take the merge of all rows after round k; returns the state of this node there."""
        assert self.run is not None
        self.receive(k, merged)
        self.keep(k // self.schedule.rounds_per_merge)
        self.run.check_weights(None)
        more = dict(
            sent_bytes=self.sent_bytes, guarded=self.n_guarded, merging=self.seconds["merging"]
        )
        return self.run.state() | more

    def words_trained(self) -> int:
        """Return how many words were passed over up to now; raises when training diverges."""
        assert self.run is not None
        self.run.check_weights(16)
        return self.run.words

    # What these stand on

    def alpha(self, k: int) -> float:
        """Return the learning rate after round k."""
        start, end = self.params.start_alpha, self.params.end_alpha
        return start + (end - start) * k / self.schedule.rounds

    def room(
        self, k: int, node: int, part: NDArray[np.uint8] | None = None
    ) -> tuple[NDArray[np.uint8], list[Any]]:
        """Open a part of the rows that a node merges after round k, a new one if none is given.

        Returns it, and for each matrix rows, base, (scales, cells) and unseen pairs.
        """
        schedule, D = self.schedule, self.schedule.D
        matrices = self.matrices if self.bases else []  # of one node nothing is merged
        bounds = [schedule.bounds(len(rows), k, node) for rows in matrices]
        n = sum(stop - start for start, stop in bounds)
        if part is None:
            part = np.empty(n * (D + 4), np.uint8)
        scales = part[: 4 * n].view(np.float32)
        cells = part[4 * n :].view(np.int8).reshape(n, D)
        slots, at = [], 0
        for i, (start, stop) in enumerate(bounds):
            rows, base, unseen = self.matrices[i], self.bases[i], self.unseen[i]
            if rows is self.rows[2]:  # nodes near the root, which are used most, come last
                start, stop = len(rows) - stop, len(rows) - start
            here, there = slice(at, at + stop - start), slice(start, stop)
            at += stop - start
            slots.append((rows[there], base[there], (scales[here], cells[here]), unseen[there]))
        return part, slots

    def in_pieces(self, work: Callable[..., None], *arrays: Any) -> None:
        """Call work(from, to, *arrays) for pieces of their rows, on the threads of this node."""
        n = len(arrays[0])
        if self.threads == 1 or n * self.schedule.D <= PIECE:
            work(0, n, *arrays)
            return
        size = max(PIECE // self.schedule.D, -(-n // self.threads), 1)
        pieces = [(a, min(a + size, n)) for a in range(0, n, size)]
        share_out(lambda _, piece: work(*piece, *arrays), pieces, min(self.threads, len(pieces)))

    def keep(self, done: int) -> None:
        """Keep the rows of this node and the next one, after so many merges of all rows.

        Whichever node is lost, another has its rows; and a merge that not all nodes have taken is
        undone, so that the rows before it are kept, too.
        """
        self.kept = {before: rows for before, rows in self.kept.items() if before == done - 1}
        self.kept[done] = {
            node: [rows[a:b, : self.schedule.D].copy() for rows, a, b in self.own(node)]
            for node in {self.rank, (self.rank + 1) % self.n}
        }

    def own(self, node: int) -> list[tuple[NDArray[np.float32], int, int]]:
        """Return the matrices, with the rows that a node keeps."""
        full = self.schedule.rounds_per_merge
        return [(rows, *self.schedule.bounds(len(rows), full, node)) for rows in self.matrices]

    def rows_kept(self, done: int, nodes: list[int]) -> list[Any]:
        """Return the rows of nodes after so many merges of all rows, a list of matrices each."""
        return [self.kept[done][node] for node in nodes]


def rounds_unseen(schedule: Schedule, size: int, is_reversed: bool) -> NDArray[np.float64]:
    """Return after how many rounds each row of a matrix is merged."""
    ends = [schedule.rows(size, 1 << level) for level in range(schedule.levels + 1)]
    rounds = np.exp2(np.searchsorted(ends, np.arange(size), "right"))
    return rounds[::-1] if is_reversed else rounds


def unseen_pairs(params: Params, vocabulary: Vocabulary) -> list[NDArray[np.float64]]:
    """Return how many pairs update each row of the matrices for a word passed over.

    A pair is one of an input row and an output row or node, whatever its label.
    """
    kept = vocabulary.counts * vocabulary.keep_probabilities(params.sample).astype(np.float64)
    share = kept / vocabulary.total
    windows = windows_per_word(params)
    of_output = windows if params.sg else 1  # CBOW has one hidden vector a window
    terms, found = 0.0, []
    if params.negative:
        noise = vocabulary.noise_weights(params.ns_exponent)
        terms += 1 + params.negative
        found.append(of_output * (share + params.negative * share.sum() * noise / noise.sum()))
    if params.hs:
        offsets, path = vocabulary.huffman_paths(_core.ROW_FLOATS)
        lengths = np.diff(offsets)
        terms += float((share * lengths).sum() / share.sum())
        through = np.bincount(path[: offsets[-1]] >> 1, np.repeat(share, lengths), len(share) - 1)
        found.append(of_output * through[: len(share) - 1])
    return [windows * share * terms, *found]


def joined(blocks: list[Corpus]) -> Corpus:
    """Return the blocks of a text as one corpus."""
    if len(blocks) == 1:
        return blocks[0]
    names = ("n_kept", "n_words", "n_sentences", "n_read", "n_read_sentences", "spooled_bytes")
    sums: dict[str, Any] = {name: sum(getattr(block, name) for block in blocks) for name in names}
    return Corpus([segment for block in blocks for segment in block.segments], **sums)
