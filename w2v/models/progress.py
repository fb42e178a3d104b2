"""What a run of training tells: its progress while it lasts, a report when it is done."""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO, TypeAlias

from ..shared.html import table
from ..shared.streams import flush, is_terminal
from .params import Params


@dataclass
class Progress:
    """How far training is; what a `progress` callable is given about ten times a second."""

    words: int  # trained or passed over so far, of all epochs
    total_words: int
    seconds: float  # since training began
    alpha: float  # learning rate now
    workers: int
    finished: bool  # this is the last one
    loss: float = math.nan  # of the present epoch so far, the mean; NaN: none is computed

    @property
    def share(self) -> float:
        return min(self.words / self.total_words, 1.0)

    @property
    def words_per_second(self) -> float:
        return self.words / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        return self.seconds * (1 / self.share - 1) if self.share else math.inf


@dataclass
class Report:
    """What a training run did."""

    tokens_read: int  # of the corpus, once
    words: int  # ids passed in all epochs, sentence marks included where they count
    words_trained: int  # of these, centre words that survived subsampling
    sentences: int  # in all epochs
    pairs: int  # of a centre and a word of its context, in all epochs
    epochs: int
    seconds: float
    workers: int
    kernel: str
    spooled_bytes: int  # of ids kept in a temporary file instead of memory
    seed: int
    losses: list[float]  # of each epoch, the mean; see Word2Vec; empty if it was not computed

    @classmethod
    def of_nothing(cls, params: Params, n_read: int) -> "Report":
        """Return the report about a corpus of so many tokens, none of which is a known word."""
        return cls(
            tokens_read=n_read, words=0, words_trained=0, sentences=0, pairs=0, epochs=0,
            seconds=0.0, workers=0, kernel=params.kernel_name, spooled_bytes=0,
            seed=params.seed_number, losses=[],
        )  # fmt: skip

    def facts(self) -> list[tuple[str, object]]:
        """Return what to show of it: names and values."""
        speed = self.words / self.seconds if self.seconds else 0
        return [
            ("trained", f"{self.words_trained:,} of {self.words:,} words, {self.pairs:,} pairs"),
            ("epochs", self.epochs),
            ("time", f"{self.seconds:.1f} s, {speed:,.0f} words a second"),
            ("on", f"{self.workers} threads, {self.kernel}, seed {self.seed}"),
        ]

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return table("Report", self.facts(), self.losses)

    def __iter__(self) -> Iterator[int]:
        """Give the words trained and the words read, the pair that gensim's train returns."""
        return iter((self.words_trained, self.words))


# What `progress` may be; see Word2Vec.
Show: TypeAlias = bool | Callable[[Progress], object] | None


def shower(progress: Show) -> Callable[[Progress], object] | None:
    """Return what shows progress: the callable given, the line on standard error, or nothing."""
    if progress is None:
        progress = is_terminal(sys.stderr)
    if progress is True and sys.stderr is not None:  # None in a program without a console
        return throttled(show_line, sys.stderr)
    return None if isinstance(progress, bool) else progress


def throttled(show: Callable[[Progress], object], stream: TextIO) -> Callable[[Progress], object]:
    """Pass on what a terminal can show; to a file or pipe one line a second, and the last."""
    interval = 0.1 if is_terminal(stream) else 1.0
    last = -interval

    def maybe_show(now: Progress) -> None:
        nonlocal last
        if now.finished or now.seconds - last >= interval:
            last = now.seconds
            show(now)

    return maybe_show


def show_line(now: Progress) -> None:
    if sys.stderr is None or getattr(sys.stderr, "closed", False):
        return
    loss = "" if math.isnan(now.loss) else f"loss {now.loss:.4f}  "
    print(
        f"\r{now.share:6.1%}  {now.words_per_second:,.0f} words/s  alpha {now.alpha:.5f}  {loss}"
        f"{duration(now.seconds_left)} left  ",
        end="\n" if now.finished else "",
        file=sys.stderr,
    )
    flush(sys.stderr)


def duration(seconds: float) -> str:
    """Return hours, minutes and seconds as 0:00:00.

    >>> duration(3725)
    '1:02:05'
    """
    if seconds > 100 * 86_400:
        return "?"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
