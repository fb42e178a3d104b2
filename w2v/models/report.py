"""Report: what a training did, in numbers that add up, for people, programs and notebooks."""

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from ..shared import VERSION
from ..shared.amounts import sized
from ..shared.html import table
from .params import Params


def versions() -> dict[str, str]:
    """Return the versions of what computed."""
    return {"w2v": VERSION, "python": platform.python_version(), "numpy": np.__version__}


@dataclass
class Report:
    """What a training did.

    These add up: tokens_read = tokens_known + tokens_unknown, and
    words = words_trained + words_subsampled + marks.

    >>> import w2v
    >>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50 + [["tea", "once"]]
    >>> model = w2v.Word2Vec(vector_size=8, workers=1, sample=0)
    >>> model.build_vocab(corpus)
    >>> report = model.train(corpus, epochs=2)
    >>> report.tokens_read, report.tokens_known, report.tokens_unknown
    (302, 301, 1)
    >>> report.settings
    {'vector_size': 8, 'sample': 0.0, 'epochs': 2, 'workers': 1}
    """

    tokens_read: int  # of the corpus, once
    words: int  # passed over in all epochs: known tokens, and sentence marks where they count
    words_trained: int  # of these, centre words that survived subsampling
    sentences: int  # in all epochs
    pairs: int  # of a centre and a word of its context, in all epochs
    epochs: int  # that were begun
    seconds: float  # of training
    workers: int  # threads
    kernel: str
    spooled_bytes: int  # of ids kept in a temporary file instead of memory
    seed: int
    losses: list[float]  # of each epoch, the mean; see Word2Vec; empty if it was not computed
    tokens_known: int = 0  # of tokens_read, those that are words of the vocabulary
    marks: int = 0  # of words, sentence marks
    vocabulary: int = 0  # V
    cpu_seconds: float = 0.0  # of training, of all threads
    reading_seconds: float = 0.0  # until the corpus was ids
    reading_cpu_seconds: float = 0.0
    saving_seconds: float = 0.0  # of checkpoints, of which training waited so long
    checkpoints: int = 0  # written
    peak_bytes: int | None = None  # of memory, of this process, so far
    interrupted: bool = False  # by Ctrl-C, say
    stopped: str = ""  # what ended it before its last epoch
    corpus_digest: str = ""  # of the ids, in their order
    vocabulary_digest: str = ""  # of words and counts
    settings: dict[str, Any] = field(default_factory=dict)  # that are not the defaults
    evaluations: list[dict[str, Any]] = field(default_factory=list)  # see Evaluate
    versions: dict[str, str] = field(default_factory=versions)
    nodes: int = 0  # of a cluster; 0: there was none, and what follows says nothing
    rounds: int = 0  # of training and merging
    merges: int = 0  # of all rows
    bytes_sent: int = 0  # by all nodes
    merging_seconds: float = 0.0  # of `seconds`, in which the slowest node did not train
    nodes_lost: int = 0  # and made anew
    rows_guarded: int = 0  # merges of a row that would have grown beyond bounds
    node_seconds: list[float] = field(default_factory=list)  # of training, of each node
    node_speeds: list[float] = field(default_factory=list)  # by which the text was dealt

    @classmethod
    def of_nothing(cls, params: Params, n_read: int) -> "Report":
        """Return the report about a corpus of so many tokens, none of which is a known word."""
        return cls(
            tokens_read=n_read, words=0, words_trained=0, sentences=0, pairs=0, epochs=0,
            seconds=0.0, workers=0, kernel=params.kernel_name, spooled_bytes=0,
            seed=params.seed_number, losses=[], settings=params.differences(),
        )  # fmt: skip

    @property
    def tokens_unknown(self) -> int:
        """Tokens read that are no words of the vocabulary."""
        return self.tokens_read - self.tokens_known

    @property
    def words_subsampled(self) -> int:
        """Words passed over that subsampling dropped."""
        return self.words - self.words_trained - self.marks

    @property
    def words_per_second(self) -> float:
        return self.words / max(self.seconds, 1e-9)

    def __iter__(self) -> Iterator[int]:
        """Give the words trained and the words read, the pair that gensim's train returns."""
        return iter((self.words_trained, self.words))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, what follows from other numbers, too; JSON takes it."""
        derived = ("tokens_unknown", "words_subsampled", "words_per_second")
        return asdict(self) | {name: getattr(self, name) for name in derived}

    def save(self, path: Any) -> None:
        """Write it to a JSON file."""
        from ..shared.streams import replacing

        with replacing(path, "report", compress=False) as file:
            file.write(json.dumps(self.as_dict(), indent=1).encode() + b"\n")

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Report":
        """Return what as_dict made, or a release that knew less; others' names are passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def lines(self) -> list[tuple[str, str]]:
        """Return what people read: a name and a text for each line."""
        peak = f"{self.peak_bytes / 1e6:,.0f} MB" if self.peak_bytes else "not known"
        made = [
            ("tokens", f"{self.tokens_read:,} read, {self.tokens_known:,} in the vocabulary of "
             f"{self.vocabulary:,} words, {self.tokens_unknown:,} not"),
            ("words", f"{self.words:,} in {self.epochs} epochs: {self.words_trained:,} trained, "
             f"{self.words_subsampled:,} subsampled, {self.marks:,} marks"),
            ("pairs", f"{self.pairs:,} in {self.sentences:,} sentences"),
            ("loss", ", ".join(f"{loss:.4f}" for loss in self.losses) or "not computed"),
            ("time", f"reading {self.reading_seconds:.1f} s ({self.reading_cpu_seconds:.1f} CPU), "
             f"training {self.seconds:.1f} s ({self.cpu_seconds:.1f} CPU)"
             + f", saving {self.saving_seconds:.1f} s" * bool(self.checkpoints)),
            ("speed", f"{self.words_per_second:,.0f} words/s on {self.workers} threads, kernel "
             f"{self.kernel}"),
            ("memory", f"{peak} at most"),
            ("settings", spelled(self.settings) or "defaults"),
            ("digests", f"corpus {self.corpus_digest}, vocabulary {self.vocabulary_digest}"),
            ("versions", ", ".join(f"{name} {each}" for name, each in self.versions.items())),
        ]  # fmt: skip
        if self.nodes:
            made.insert(5, ("cluster", self.cluster_line()))
        made += [("evaluation", describe_evaluation(each)) for each in self.evaluations]
        if self.interrupted or self.stopped:
            made.insert(0, ("ended early", "interrupted" if self.interrupted else self.stopped))
        return made

    def cluster_line(self) -> str:
        """Return what people read about a cluster."""
        lost = f", {self.nodes_lost} nodes lost and made anew" * bool(self.nodes_lost)
        guarded = f", {self.rows_guarded:,} rows guarded" * bool(self.rows_guarded)
        return (
            f"{self.nodes} nodes, {self.rounds:,} rounds, all rows merged {self.merges} times, "
            f"{sized(self.bytes_sent)} sent, {self.merging_seconds:.1f} s of merging{lost}{guarded}"
        )

    def __str__(self) -> str:
        return "\n".join(f"{name + ':':<12}{text}" for name, text in self.lines())

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        lines = [(name, text) for name, text in self.lines() if name != "loss" or not self.losses]
        return table("Report", lines, self.losses)


def describe_evaluation(found: dict[str, Any]) -> str:
    """Return an entry of Report.evaluations as a line."""
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in found.items()
    )


def spelled(settings: dict[str, Any]) -> str:
    """Return settings as one writes them in a call."""
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())
