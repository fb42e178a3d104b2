"""How far a job is: told to a callable, in a bar, or in a line now and then."""

import importlib
import importlib.util
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from .checks import check_callable
from .streams import flush, is_terminal

# Between two lines where they stay: in a file, or a pipe.
SECONDS_BETWEEN_LINES = 5.0
# A file that is read or written in a shorter time needs no line.
PATIENCE_SECONDS = 1.0


class Bar(NamedTuple):
    """What a bar shows."""

    done: int
    total: int  # 0: not known
    unit: str
    description: str
    more: str  # what stands behind the bar


class Told(Protocol):
    """How far a job is, and how it is said."""

    what: str
    seconds: float
    finished: bool

    def __str__(self) -> str: ...

    def bar(self) -> Bar: ...


@dataclass
class Progress:
    """How far it is; what a `progress` callable is given about ten times a second."""

    words: int  # trained or passed over so far, of all epochs; read, loaded or saved so far
    total_words: int  # 0: not known
    seconds: float  # since it began
    alpha: float  # learning rate now
    workers: int
    finished: bool  # this is the last one
    loss: float = math.nan  # of the present epoch so far, the mean; NaN: none is computed
    epoch: int = 1  # that is trained, from 1 on
    epochs: int = 1
    what: str = "training"  # or "reading" (a corpus), "loading", "saving" (a file of vectors)

    @property
    def share(self) -> float:
        return min(self.words / self.total_words, 1.0) if self.total_words else 0.0

    @property
    def words_per_second(self) -> float:
        return self.words / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        return seconds_left(self.seconds, self.share)

    def __str__(self) -> str:
        if self.what == "reading":
            return f"reading  {self.words:,} tokens  {self.words_per_second:,.0f} tokens/s"
        if self.what != "training":
            share = f"{self.share:6.1%}  " if self.total_words else ""
            left = f"  {duration(self.seconds_left)} left" if self.total_words else ""
            return (
                f"{self.what}  {share}{self.words:,} words  "
                f"{self.words_per_second:,.0f} words/s{left}"
            )
        loss = "" if math.isnan(self.loss) else f"loss {self.loss:.4f}  "
        return (
            f"epoch {self.epoch}/{self.epochs}  {self.share:6.1%}  "
            f"{self.words_per_second:,.0f} words/s  alpha {self.alpha:.5f}  {loss}"
            f"{duration(self.seconds_left)} left"
        )

    def bar(self) -> Bar:
        total = max(self.total_words, self.words) if self.total_words else 0
        if self.what != "training":
            return Bar(self.words, total, " words", self.what, "")
        loss = "" if math.isnan(self.loss) else f", loss {self.loss:.4f}"
        about = f"epoch {self.epoch}/{self.epochs}"
        return Bar(self.words, total, " words", about, f"alpha {self.alpha:.5f}{loss}")


# What `progress` may be; see Word2Vec.
Show: TypeAlias = bool | Callable[[Progress], object] | None

AnyTold = TypeVar("AnyTold", bound=Told)


def shower(
    progress: bool | Callable[[AnyTold], object] | None,
) -> Callable[[AnyTold], object] | None:
    """Return what shows progress: the callable given, a bar, lines on standard error, or nothing.

    None stands for True in a notebook and at a terminal, else for False.
    """
    if progress is None:
        progress = is_terminal(sys.stderr) or is_notebook()
    if isinstance(progress, bool):
        # Standard error is None in a program without a console.
        return Line() if progress and sys.stderr is not None else None
    check_callable("progress", progress, "True, False, or a function that is given a Progress")
    return progress


def reading(show: Callable[[Progress], object] | None) -> Callable[[int], None] | None:
    """Return what shows how many tokens have been read, about ten times a second."""
    if show is None:
        return None
    begin = time.perf_counter()
    last = begin

    def show_read(n_read: int) -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last >= 0.1:
            last = now
            show(Progress(n_read, 0, now - begin, 0.0, 0, False, what="reading"))

    return show_read


def of_rows(progress: Show, what: str) -> Callable[[int, int], None] | None:
    """Return what shows how many rows of a file have been loaded or saved, and of how many.

    About ten times a second; a callable of the user's hears the end of the shortest job, too.
    """
    show = shower(progress)
    if show is None:
        return None
    begin = time.perf_counter()
    first = begin if callable(progress) else begin + PATIENCE_SECONDS
    last, is_over = -math.inf, False

    def show_rows(n: int, total: int) -> None:
        nonlocal last, is_over
        now, finished = time.perf_counter(), 0 < total <= n
        if now >= first and not is_over and (finished or now - last >= 0.1):
            last, is_over = now, finished
            show(Progress(n, total, now - begin, 0.0, 0, finished, what=what))

    return show_rows


def throttled(show: Callable[[Progress], object], stream: Any) -> Callable[[Progress], object]:
    """Pass on what a terminal can show; to a file or pipe one line a second, and the last."""
    interval = 0.1 if is_terminal(stream) else 1.0
    last = -interval

    def maybe_show(now: Progress) -> None:
        nonlocal last
        if now.finished or now.seconds - last >= interval:
            last = now.seconds
            show(now)

    return maybe_show


class Line:
    """A bar of tqdm where that is installed, else a line that is written over, on standard error.

    Where standard error is no terminal and no notebook's, lines that stay, every few seconds.
    """

    def __init__(self) -> None:
        self.last = time.monotonic() if self.stays else -math.inf
        self.width = 0
        self.what = ""
        self.bar: Any = None

    @property
    def stays(self) -> bool:
        return not is_terminal(sys.stderr) and not is_notebook()

    def __call__(self, now: Told) -> None:
        if sys.stderr is None or getattr(sys.stderr, "closed", False):
            return
        if self.stays:
            if now.finished or time.monotonic() - self.last >= SECONDS_BETWEEN_LINES:
                self.last = time.monotonic()
                write(f"{now}\n")
            return
        bar = tqdm()
        if bar is None or now.what == "reading":
            self.write_over(now)
        else:
            self.move(bar, now)

    def write_over(self, now: Told) -> None:
        text = str(now)
        begin = "\n" if self.what not in ("", now.what) else "\r"
        self.width = max(len(text), self.width if begin == "\r" else 0)
        self.what = now.what
        write(f"{begin}{text:<{self.width}}{chr(10) if now.finished else ''}")

    def move(self, bar: Any, now: Told) -> None:
        """Move the bar, which tqdm draws in a notebook, too."""
        shown = now.bar()
        if self.bar is None:
            if self.what:
                write("\n")
            total = shown.total or None
            self.bar = bar(total=total, unit=shown.unit, unit_scale=True, leave=True)
        self.bar.set_description(shown.description, refresh=False)
        self.bar.set_postfix_str(shown.more, refresh=False)
        self.bar.total = shown.total or None
        self.bar.update(shown.done - self.bar.n)
        if now.finished:
            self.bar.close()


def tqdm() -> Any:
    """Return the bar of tqdm that suits this place, None where it is not installed."""
    # In a notebook without ipywidgets, tqdm.auto warns, and draws the bar of text all the same.
    is_text = is_notebook() and importlib.util.find_spec("ipywidgets") is None
    try:
        return importlib.import_module("tqdm" if is_text else "tqdm.auto").tqdm
    except ImportError:
        return None


def is_notebook() -> bool:
    """Whether this runs in Jupyter."""
    return "ipykernel" in sys.modules and "IPython" in sys.modules


def write(text: str) -> None:
    sys.stderr.write(text)
    flush(sys.stderr)


def seconds_left(seconds: float, share: float) -> float:
    """Return how long the rest of a job takes, of which a share took so long; inf: not known.

    >>> seconds_left(6.0, 0.5)
    6.0
    """
    return seconds * (1 / share - 1) if share else math.inf


def duration(seconds: float) -> str:
    """Return hours, minutes and seconds as 0:00:00.

    >>> duration(3725)
    '1:02:05'
    """
    if seconds > 100 * 86_400:
        return "?"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
