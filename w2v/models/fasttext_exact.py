"""fastText's own bytes: the dictionary of a text, the matrices before training, and their training.

Owns what release 0.9.2 of the tool does on one thread with skipgram and cbow, built without fused
multiply-adds; the loops are _fasttext_exact.pyx's, the files formats/fasttext.py's. V is the number
of words, D the dimensions.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..formats.subwords import Subwords
from ..shared import streams
from ..shared.types import AnyPath
from . import _fasttext_exact

LINE_END = b"</s>"
# Slots of the table of noise words, about.
NOISE_SLOTS = 10_000_000
# More different entries than this let the tool drop rare ones while it reads.
MOST_ENTRIES = 22_500_000
LOSSES = {"hs": 1, "ns": 2, "softmax": 3, "ova": 4}
READ_BYTES = 1 << 24
# Lines that are trained between two looks at Ctrl-C.
LINES = 1000


@dataclass(frozen=True, kw_only=True)
class ExactSettings:
    """What the tool is called with, by its names and with its defaults.

    `lr` and `t` are doubles; the command gives those that it was told rounded to float32.
    """

    model: str = "skipgram"
    lr: float = 0.05
    dim: int = 100
    ws: int = 5
    epoch: int = 5
    min_count: int = 5
    min_count_label: int = 0
    neg: int = 5
    loss: str = "ns"
    bucket: int = 2_000_000
    min_n: int = 3
    max_n: int = 6
    lr_update_rate: int = 100
    t: float = 1e-4
    label: str = "__label__"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.model not in ("skipgram", "cbow"):
            raise ValueError(f"model={self.model!r}: skipgram or cbow is expected")
        if self.loss not in LOSSES:
            raise ValueError(f"loss={self.loss!r}: one of {', '.join(LOSSES)} is expected")
        for name in ("dim", "ws", "epoch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: 1 or more is expected")
        for name in ("neg", "min_count", "min_count_label", "bucket", "seed"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)}: 0 or more is expected")
        if self.max_n > 0 and self.min_n <= self.max_n and self.bucket == 0:
            raise ValueError("bucket=0: n-grams need a bucket, 1 or more; or max_n=0, without them")

    @property
    def is_cbow(self) -> bool:
        return self.model == "cbow"

    @property
    def loss_number(self) -> int:
        return LOSSES[self.loss]


@dataclass
class ExactModel:
    """What the tool would write: its dictionary and its matrices.

    Attributes
    ----------
    entries : V words, in the order of their rows, and then the labels.
    counts : int64 (entries,).
    n_words, n_tokens : V; how many tokens the text has, those that were dropped included.
    subwords : which n-grams words have; without any, `bucket` is 0.
    inputs : float32 (V + bucket, D), the rows of words and then those of n-grams.
    outputs : float32 (V, D).
    """

    settings: ExactSettings
    entries: list[bytes]
    counts: NDArray[np.int64]
    n_words: int
    n_tokens: int
    subwords: Subwords
    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]


class Dictionary:
    """Words and labels with their counts, in the order in which they were seen, or sorted."""

    def __init__(self, label: str):
        self.label = os.fsencode(label)
        self.counts: dict[bytes, int] = {}
        self.n_tokens, self.least = 0, 1

    def add(self, tokens: list[bytes]) -> None:
        self.n_tokens += len(tokens)
        counts = self.counts
        is_large = len(counts) + len(tokens) > MOST_ENTRIES
        for token in tokens:
            counts[token] = counts.get(token, 0) + 1
            while is_large and len(counts) > MOST_ENTRIES:
                self.least += 1
                self.sort(self.least, self.least)
                counts = self.counts

    def is_label(self, token: bytes) -> bool:
        return token.startswith(self.label)

    def sort(self, min_count: int, min_count_label: int) -> None:
        """Sort entries as the tool does, and drop the rare ones."""
        entries = list(self.counts)
        counts = np.fromiter(self.counts.values(), np.int64, len(entries))
        kinds = np.fromiter(map(self.is_label, entries), np.int8, len(entries))
        order = _fasttext_exact.dictionary_order(kinds, counts)
        least = np.where(kinds[order], min_count_label, min_count)
        order = order[counts[order] >= least].tolist()
        self.counts = {entries[i]: int(counts[i]) for i in order}


def train_exact(
    path: AnyPath,
    settings: ExactSettings,
    pretrained: AnyPath | None = None,
    on_progress: Callable[[ExactModel, float], object] | None = None,
) -> ExactModel:
    """Train as release 0.9.2 of fastText on one thread, to the byte.

    Parameters
    ----------
    path : a text.
    pretrained : a .vec file, whose vectors its words begin with; all of its words are in the model.
    on_progress : is called with the model and the share that is done now and then.

    Raises OSError; ValueError where nothing is left to train, or a file is not as expected;
    FloatingPointError where training diverges.
    """
    found = Dictionary(settings.label)
    for tokens in tokens_of(path):
        found.add(tokens)
    found.sort(settings.min_count, settings.min_count_label)
    given = None if pretrained is None else read_vectors(pretrained, settings.dim)
    if given is not None:
        found.add(given[0])
        found.sort(1, 0)
    entries = list(found.counts)
    V = sum(not found.is_label(entry) for entry in entries)
    if not V or (settings.loss == "ns" and V < 2 and settings.neg):
        raise ValueError(
            f"min_count={settings.min_count} leaves {V} words of {os.fspath(path)!r}, too few to "
            "train; lower it"
        )
    counts = np.fromiter(found.counts.values(), np.int64, len(entries))
    subwords = Subwords(settings.min_n, settings.max_n, settings.bucket if settings.max_n else 0)
    inputs = np.zeros((V + subwords.bucket, settings.dim), np.float32)
    _fasttext_exact.fill_as_one_thread(inputs, settings.seed)
    ids = {entry: i for i, entry in enumerate(entries)}
    if given is not None:
        rows = [(ids[word], i) for i, word in enumerate(given[0]) if ids[word] < V]
        to, taken = np.array(rows, np.int64).reshape(-1, 2).T
        inputs[to] = given[1][taken]
    outputs = np.zeros((V, settings.dim), np.float32)
    model = ExactModel(settings, entries, counts, V, found.n_tokens, subwords, inputs, outputs)
    fit_exact(model, numbers_of(path, ids), on_progress)
    return model


def fit_exact(
    model: ExactModel,
    tokens: NDArray[np.int32],
    on_progress: Callable[[ExactModel, float], object] | None,
) -> None:
    """Train the matrices of a model on the entries of a text, int32 (n,), -1 for other tokens."""
    settings, V = model.settings, model.n_words
    words, counts = model.entries[:V], model.counts[:V]
    offsets, buckets = model.subwords.table(words)
    parts = np.empty(len(buckets) + V, np.int32)
    offsets = offsets + np.arange(V + 1)
    is_own = np.zeros(len(parts), bool)
    is_own[offsets[:-1]] = True
    parts[is_own], parts[~is_own] = np.arange(V), V + buckets.astype(np.int64)
    share = counts.astype(np.float32) / np.float32(model.n_tokens)
    ratio = settings.t / share.astype(np.float64)
    targets = np.zeros(0, np.int32)
    if settings.loss == "ns":
        slots = _fasttext_exact.noise_slots(counts, NOISE_SLOTS)
        targets = np.repeat(np.arange(V, dtype=np.int32), slots)
    paths = np.zeros(V + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int8)
    if settings.loss == "hs":
        paths = _fasttext_exact.huffman_paths(counts)
    total = settings.epoch * model.n_tokens
    line_end = words.index(LINE_END) if LINE_END in words else -1
    trainer = _fasttext_exact.Trainer(
        tokens, V, line_end, offsets, parts, (np.sqrt(ratio) + ratio).astype(np.float32), targets,
        paths, model.inputs, model.outputs, settings, total,
    )  # fmt: skip
    while trainer.train(LINES):
        if on_progress is not None:
            on_progress(model, trainer.count / total)
    if trainer.is_nan:
        raise FloatingPointError(
            f"lr={settings.lr:g}: training diverged after {trainer.count:,} of {total:,} tokens; "
            f"try lr={settings.lr / 4:g}"
        )


def tokens_of(path: AnyPath) -> Iterator[list[bytes]]:
    """Yield the tokens of a text piece by piece, with </s> for each LF.

    A token is what lies between blanks of C's locale and NUL; its bytes may be anything.
    """
    rest = b""
    with streams.open_bytes(os.fspath(path)) as file:
        while piece := file.read(READ_BYTES):
            piece = (rest + piece).replace(b"\0", b" ")
            tokens = piece.replace(b"\n", b" </s> ").split()
            rest = b""
            if piece[-1:] not in b" \n\r\t\v\f":
                rest = tokens.pop()  # may go on
            yield tokens
    yield [rest] if rest else []


def numbers_of(path: AnyPath, ids: dict[bytes, int]) -> NDArray[np.int32]:
    """Return the entries that the tokens of a text are, int32 (n,), -1 for those that are none."""
    parts = [
        np.fromiter((ids.get(token, -1) for token in tokens), np.int32, len(tokens))
        for tokens in tokens_of(path)
    ]
    return np.concatenate(parts)


def read_vectors(path: AnyPath, dim: int) -> tuple[list[bytes], NDArray[np.float32]]:
    """Return words and vectors, float32 (n, D), of a .vec file with a header.

    Raises ValueError where it has no header, other dimensions, or what is no number.
    """
    with streams.open_bytes(os.fspath(path)) as file:
        data = file.read().split()
    name = os.fspath(path)
    try:
        n, D = int(data[0]), int(data[1])
    except (IndexError, ValueError):
        raise ValueError(f"pretrained={name!r}: its first line has no two numbers") from None
    if dim != D:
        raise ValueError(f"pretrained={name!r}: its vectors have {D} dimensions; pass dim={D}")
    if len(data) < 2 + n * (D + 1):
        raise ValueError(f"pretrained={name!r}: it promises {n:,} vectors, and ends before")
    rows = [data[i : i + D + 1] for i in range(2, 2 + n * (D + 1), D + 1)]
    try:
        vectors = np.array([row[1:] for row in rows]).astype(np.float32).reshape(n, D)
    except ValueError as error:
        raise ValueError(f"pretrained={name!r}: {error}") from None
    return [row[0] for row in rows], vectors
