"""One training from counts: iterations, threads, progress, and what is told of them.

Owns what happens between the state before and the state after. Which tile is trained when is
tiles.py's; what a model is besides its state is glove.py's. V is the number of words, D the
dimensions.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..models.params import check, param
from ..shared.checks import MAX_DIMENSIONS, MAX_PASSES, MAX_WORKERS, unexpected
from ..shared.logs import log
from ..shared.progress import Bar, duration, seconds_left
from ..shared.threads import run_threads, usable_cores
from ._tiles import ROW_FLOATS, Trainer, kernel_names, mapped_zeros
from .matrix import MAX_WINDOW
from .tiles import Schedule, Tiles, shifts_of, sweeps_of

# What a word's vector is made of, of its row and its row as context.
VECTORS = ("sum", "word", "both")


@dataclass(frozen=True, kw_only=True)
class GloVeParams:
    """The parameters of GloVe; meanings and defaults as in GloVe's programs unless noted.

    Raises TypeError or ValueError naming the parameter, the value and the range it must lie in.
    """

    vector_size: int = param(100, int, "dimensions of the vectors (GloVe: 50)", 1, MAX_DIMENSIONS)
    window: int = param(15, int, "words to each side that are near", 1, MAX_WINDOW)
    symmetric: bool = param(
        True, bool, "whether words on both sides are near; False: only those to the right of a word"
    )
    distance_weighting: bool = param(
        True, bool, "whether a word at distance d counts 1 / d; False: 1"
    )
    min_count: int = param(5, int, "drop words that are rarer than this (GloVe: 1)", 0, 2**62)
    max_final_vocab: int | None = param(
        None, int, "keep at most so many words, by raising min_count", 1, 2**30
    )
    phrases: int = param(
        0, int, "passes of joining words that go together before words are counted", 0, MAX_PASSES
    )
    x_max: float = param(
        100.0, float, "pairs that are counted as often, or more, weigh 1", 0, 1e300, open_low=True
    )
    alpha: float = param(0.75, float, "others weigh (count / x_max) ** this", 0, 10)
    eta: float = param(0.05, float, "learning rate, which AdaGrad lowers", 0, 10, open_low=True)
    bias_eta: float = param(
        1.0,
        float,
        "learning rate of the biases: 1, as in GloVe's program since 2019, gives its costs; the "
        "paper and release 1.2 have that of the vectors, 0.05",
        0,
        10,
    )
    grad_clip: float = param(
        100.0, float, "components of gradients, but the biases', are cut to this", 0, 1e30,
        open_low=True,
    )  # fmt: skip
    iterations: int = param(25, int, "passes over all counts", 1, 1_000_000)
    vectors: str = param(
        "sum",
        str,
        "what a word's vector is: sum, of its row and its row as context; word, the former alone; "
        "both, side by side",
    )
    workers: int | None = param(
        None, int, "threads; None: all cores. They change no bit", 1, MAX_WORKERS
    )
    memory_limit: int | None = param(
        None,
        int,
        "bytes of counts that may be in memory while counting; None: a quarter of the machine's",
        1 << 20,
        2**62,
    )
    seed: int = param(1, int, "of the first vectors and the order of training", 0, 2**63 - 1)
    kernel: str | None = param(
        None, str, "the instructions that compute: avx512, avx2, baseline; None: the fastest here"
    )

    def __post_init__(self) -> None:
        for parameter in fields(self):
            value = check(parameter.name, getattr(self, parameter.name), parameter)
            object.__setattr__(self, parameter.name, value)
        if self.vectors not in VECTORS:
            raise ValueError(f"vectors={self.vectors!r}: {', '.join(VECTORS)} are possible")
        if self.kernel is not None and self.kernel not in kernel_names():
            raise ValueError(
                f"kernel={self.kernel!r} is not available; this machine has "
                f"{', '.join(kernel_names())}"
            )

    @property
    def n_workers(self) -> int:
        return self.workers or usable_cores()

    @property
    def kernel_name(self) -> str:
        return self.kernel or kernel_names()[0]


def make_params(params: dict[str, Any]) -> GloVeParams:
    known = [parameter.name for parameter in fields(GloVeParams)]
    for name in params:
        if name not in known:
            raise unexpected(name, params[name], known, FORMER)
    return GloVeParams(**params)


# Names that code written for other packages may pass, and what to write instead.
FORMER = {
    "epochs": "this is iterations",
    "iter": "this is iterations",
    "learning_rate": "this is eta",
    "no_components": "this is vector_size",
    "threads": "this is workers",
}


@dataclass
class GloVeProgress:
    """How far training is; what a `progress` callable is given about ten times a second."""

    records: int  # trained so far, in all iterations
    total_records: int
    iteration: int  # the present one, from 1
    seconds: float
    workers: int
    finished: bool
    cost: float = math.nan  # of the last whole iteration, the mean of a record
    iterations: int = 1
    what: str = "training"

    @property
    def share(self) -> float:
        return self.records / max(self.total_records, 1)

    @property
    def seconds_left(self) -> float:
        return seconds_left(self.seconds, self.share)

    def __str__(self) -> str:
        cost = "" if math.isnan(self.cost) else f"cost {self.cost:.6f}  "
        return (
            f"iteration {self.iteration}/{self.iterations}  {self.share:6.1%}  "
            f"{self.records / max(self.seconds, 1e-9):,.0f} records/s  {cost}"
            f"{duration(self.seconds_left)} left"
        )

    def bar(self) -> Bar:
        cost = "" if math.isnan(self.cost) else f"cost {self.cost:.6f}"
        about = f"iteration {self.iteration}/{self.iterations}"
        return Bar(self.records, self.total_records, " records", about, cost)


@dataclass
class GloVeReport:
    """What a training did."""

    words: int  # of the vocabulary
    records: int  # pairs of words that were counted, both halves
    tokens_read: int  # of the corpus, once; 0 where it is not known
    iterations: int
    seconds: float  # of training alone
    workers: int
    kernel: str
    seed: int
    costs: list[float] = field(default_factory=list)  # of each iteration, the mean of a record


# What `progress` may be; see GloVe.
Show: TypeAlias = bool | Callable[[GloVeProgress], object] | None


@dataclass
class State:
    """What training changes, float32 (2, V, 2, width): words and contexts, vectors and squares.

    In a row of vectors the D columns are followed by the bias of a word and a 1, or a 1 and the
    bias of a context; see step.h.
    """

    rows: NDArray[np.float32]
    D: int

    @classmethod
    def empty(cls, V: int, D: int) -> "State":
        """Return vectors of zeros, and squares of 1, where AdaGrad begins."""
        width = -(-(D + 2) // ROW_FLOATS) * ROW_FLOATS
        try:
            rows = mapped_zeros(max(4 * V * width, 1), np.float32)[: 4 * V * width]
        except (MemoryError, OSError, ValueError):
            raise MemoryError(
                f"vector_size={D}: {V:,} words need {16 * V * width / 1e9:,.1f} GB; lower "
                "vector_size or raise min_count"
            ) from None
        state = cls(rows.reshape(2, V, 2, width), D)
        state.rows[:, :, 1] = 1
        state.rows[0, :, 0, D + 1] = state.rows[1, :, 0, D] = 1
        return state

    @classmethod
    def random(cls, V: int, D: int, seed: int) -> "State":
        """Return vectors and biases uniform in (-0.5, 0.5) / D, as GloVe begins."""
        state = cls.empty(V, D)
        random = np.random.Generator(np.random.PCG64(seed))
        for side in (0, 1):
            for start in range(0, V, 4096):
                rows = state.rows[side, start : start + 4096, 0]
                drawn = (random.random((len(rows), D + 1), np.float32) - np.float32(0.5)) / D
                rows[:, :D], rows[:, D + side] = drawn[:, :D], drawn[:, D]
        return state

    def vectors(self, side: int) -> NDArray[np.float32]:
        """Words (0) or contexts (1), (V, D); a view."""
        return self.rows[side, :, 0, : self.D]

    def biases(self, side: int) -> NDArray[np.float32]:
        """(V,); a view."""
        return self.rows[side, :, 0, self.D + side]

    def squares(self, side: int) -> NDArray[np.float32]:
        """(V, D); a view."""
        return self.rows[side, :, 1, : self.D]

    def bias_squares(self, side: int) -> NDArray[np.float32]:
        """(V,); a view."""
        return self.rows[side, :, 1, self.D + side]


class Training:
    """Some iterations over the records of a matrix; `before` were trained already.

    Raises FloatingPointError when numbers grow beyond all bounds.
    """

    def __init__(self, params: GloVeParams, tiles: Tiles, state: State, before: int):
        self.params, self.tiles, self.state, self.before = params, tiles, state, before
        D, width = state.D, state.rows.shape[-1]
        rates, limits = np.zeros((2, 2, width), np.float32)
        rates[:, :D], limits[:, :D] = params.eta, params.eta * params.grad_clip
        for side in (0, 1):
            rates[side, D + side], limits[side, D + side] = params.bias_eta, np.inf
        words, contexts = state.rows.reshape(2, len(state.rows[0]), 2 * width)
        self.trainer = Trainer(D, tiles.records, words, contexts, rates, limits, params.kernel_name)
        self.n_threads = min(params.n_workers, tiles.P)
        self.seconds, self.records = 0.0, 0
        self.costs: list[float] = []

    def iterate(self, show: Callable[[GloVeProgress], object] | None) -> None:
        """Train all records once more, and append their mean cost."""
        P, iteration = self.tiles.P, self.before + len(self.costs)
        n_sweeps = sweeps_of(iteration)
        schedule = Schedule(P, shifts_of(P, self.params.seed, iteration))
        costs = np.zeros((n_sweeps, P, P))
        begin, before = time.perf_counter(), self.seconds

        def work(_: int, stop: threading.Event) -> None:
            while not stop.is_set() and (taken := schedule.take()) is not None:
                number, a, b = taken
                sweep = number // P
                cost = self.tiles.train(self.trainer, a, b, sweep, n_sweeps)
                if not math.isfinite(cost):
                    raise self.diverged(iteration)
                costs[sweep, a, b] = cost
                schedule.finish(*taken)

        def tick(finished: bool = False) -> None:
            self.seconds = before + time.perf_counter() - begin
            if show is not None:
                share = 1 if finished else 1 - schedule.n_left / (P * len(schedule.shifts))
                show(self.progress(share, finished))

        run_threads(work, self.n_threads, tick, schedule.close)
        self.costs.append(float(costs.sum()) / max(self.tiles.n, 1))
        tick(finished=True)
        log("info", "iteration %d: cost %.6f", iteration + 1, self.costs[-1])

    def progress(self, share: float, finished: bool) -> GloVeProgress:
        n, done = self.tiles.n, len(self.costs) - finished
        return GloVeProgress(
            records=round((done + share) * n),
            total_records=n * self.params.iterations,
            iteration=done + 1,
            seconds=self.seconds,
            workers=self.n_threads,
            finished=len(self.costs) == self.params.iterations,
            cost=self.costs[-1] if self.costs else math.nan,
            iterations=self.params.iterations,
        )

    def diverged(self, iteration: int) -> FloatingPointError:
        params = self.params
        name = "bias_eta" if params.bias_eta > 20 * params.eta else "eta"
        value = getattr(params, name)
        return FloatingPointError(
            f"{name}={value:g}: training diverged in iteration {iteration + 1} (the cost is no "
            f"longer finite); try {name}={value / 4:g}, or a lower grad_clip ({params.grad_clip:g})"
        )

    def report(self, words: int, tokens_read: int) -> GloVeReport:
        return GloVeReport(
            words=words, records=self.tiles.n, tokens_read=tokens_read,
            iterations=len(self.costs), seconds=self.seconds, workers=self.n_threads,
            kernel=self.params.kernel_name, seed=self.params.seed, costs=list(self.costs),
        )  # fmt: skip


def changed(params: GloVeParams, **changes: Any) -> GloVeParams:
    """Return parameters with those changes that are not None."""
    return replace(params, **{name: value for name, value in changes.items() if value is not None})
