"""A training run on a cluster: rounds, merges, rests, and what happens when nodes die.

Owns the order of calls of all nodes; what each does in one is node.py's. To a model it is as a Run
of one machine is (run.py). V is the number of words, D the dimensions.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
from ..distributed.engines import NodesDied
from ..distributed.schedule import Schedule
from ..shared.amounts import sized
from ..shared.logs import log
from ..shared.memory import peak_bytes
from ..shared.progress import Progress
from .clusters import Crew
from .node import Task
from .params import Params
from .report import Report
from .run import Rests
from .tally import Tally
from .weights import Rows

# Rounds that are called for before one has to be done; more only take memory.
ROUNDS_AHEAD = 16
# Bytes by which it is seen how fast they travel between nodes.
PROBE_BYTES = 1 << 23
# Of one machine's time, from which on a cluster's is not worth it.
WORTH = 0.9
# Seconds that a number of a row takes to be merged, on one thread, for each node.
MERGING_SECONDS = 5e-10
# A node is told to be slow when it takes so many times as long as the others, so many times,
# and seconds at least.
SLOW, SLOW_TIMES, SLOW_SECONDS = 2.0, 3, 1.0


@dataclass(frozen=True)
class Forecast:
    """What training on a cluster will take, told before."""

    schedule: Schedule
    n_words: int  # of the run
    speeds: list[float]  # words a second of each node alone
    bandwidth: float  # bytes a second that a node sends
    latency: float  # seconds of a call of all nodes
    threads: int

    @property
    def sent_bytes(self) -> int:
        """Of each node, in the run."""
        return self.schedule.sent_bytes() // self.schedule.n_nodes

    @property
    def merging_seconds(self) -> float:
        """Bytes by bandwidth, calls by latency, and what merging computes."""
        schedule, n = self.schedule, self.schedule.n_nodes
        if n == 1:
            return 0.0
        numbers = self.sent_bytes / 2 * n / (n - 1)  # of changes that a node merges, of all nodes
        return (
            self.sent_bytes / self.bandwidth + 2 * schedule.rounds * self.latency
            + 3 * numbers * MERGING_SECONDS / self.threads
        )  # fmt: skip

    @property
    def seconds(self) -> float:
        # A round lasts until the slowest has trained it; each has as much text.
        slowest = self.n_words / self.schedule.n_nodes / min(self.speeds)
        return slowest + self.merging_seconds

    @property
    def seconds_alone(self) -> float:
        return self.n_words / max(self.speeds)

    def __str__(self) -> str:
        return (
            f"{self.schedule.n_nodes} nodes send {sized(self.sent_bytes)} each in "
            f"{self.schedule.rounds:,} rounds; merging takes about {self.merging_seconds:.1f} s of "
            f"{self.seconds:.1f} s, one machine {self.seconds_alone:.1f} s"
        )


class ClusterRun:
    """One training run on the nodes of a crew; arguments and attributes as Run has them.

    A chunk, of `position` and `chunks`, is what lies between two merges of all rows. At these
    places all is in the merged rows and in what `end` of each node returns; when a node dies, all
    go back to the last one, so that the bytes are those of a run in which none did.
    """

    def __init__(
        self,
        crew: Crew,
        params: Params,
        vocabulary: Vocabulary,
        corpus: Corpus,
        epochs_before: int,
        rows: Rows,
        locks: NDArray[np.float32] | None = None,
        compute_loss: bool | None = None,
        deadline: float | None = None,
        state: dict[str, Any] | None = None,
    ):
        if deadline is not None:
            raise ValueError("time_budget: nodes of a cluster have no common clock; leave it out")
        self.crew, self.engine, self.n = crew, crew.engine, crew.n
        self.params, self.vocabulary, self.corpus = params, vocabulary, corpus
        self.epochs, self.epochs_before, self.compute_loss = (
            params.epochs,
            epochs_before,
            compute_loss,
        )
        self.locks, self.own_rows = locks, rows
        self.is_pulled, self.is_pushed = True, False  # whether the rows here and of nodes are one
        self.total_words = self.epochs * corpus.n_words
        merges = crew.cluster.merges
        self.states: list[dict[str, Any]] | None = None
        self.position, self.words, self.seconds = 0, 0, 0.0
        if state is not None:
            assert len(state["nodes"]) == self.n
            merges, self.states = state["merges"], state["nodes"]
            self.position = state["position"]
            self.words, self.seconds = self.summed("counters")[0], state["seconds"]
            if crew.speeds != state["speeds"]:
                crew.deal(state["speeds"])
        self.chunks = range(merges)
        sizes = tuple(len(each) for each in rows if each is not None)
        schedule = Schedule.of(
            self.n, sizes, params.vector_size, merges, self.epochs, corpus.n_words
        )
        self.task = Task(params, schedule, corpus.n_words, epochs_before, compute_loss)
        self.stopped = ""
        self.slow = [0] * self.n
        self.tally = self.tallied()
        self.forecast: Forecast | None = None

    @property
    def schedule(self) -> Schedule:
        return self.task.schedule

    # Training

    def train(
        self, show: Callable[[Progress], object] | None, rests: Rests | None = None
    ) -> Report:
        """Train all epochs; nodes rest at each merge of all rows while `rests` acts."""
        n = len(self.chunks)
        if self.position < self.epochs * n:
            self.foresee()
        while self.position < self.epochs * n and not self.stopped:
            if rests is not None and self.position % n == 0:
                rests.begin_epoch()
            try:
                self.push()
                self.train_chunk(show)
            except NodesDied as death:
                self.recover(death)
                continue
            ended = self.position % n == 0
            if rests is not None:
                if self.engine.is_shared:  # whether a rest is due depends on the clock of a process
                    self.pull()
                self.stopped = self.stopped or rests.rest(ended) or ""
            if ended and self.position < self.epochs * n:
                self.begin_epoch()
        self.pull()
        return self.report()

    def train_chunk(self, show: Callable[[Progress], object] | None) -> None:
        """Train the rounds up to the next merge of all rows."""
        schedule, engine = self.schedule, self.engine
        begin, before = time.perf_counter(), self.seconds
        first = self.position * schedule.rounds_per_merge + 1
        merged: list[Any] = []
        waiting: list[Any] = []
        k = first
        for k in range(first, first + schedule.rounds_per_merge):
            parts = engine.exchange("train", self.crew.each(k, *merged))
            merged = engine.all(
                "merge", [(k, *(parts[i][j] for i in range(self.n))) for j in range(self.n)]
            )
            if k % ROUNDS_AHEAD == 0:
                self.words = sum(engine.get(waiting)) or self.words
                waiting = engine.all("words_trained", self.crew.each())
                self.seconds = before + time.perf_counter() - begin
                if show is not None:
                    show(self.progress(False))
        states = engine.get(engine.all("end", self.crew.each(k, *merged)))
        self.is_pulled = False
        self.look_for_slow(states)
        self.states, self.position = states, self.position + 1
        self.words = self.summed("counters")[0]
        self.seconds = before + time.perf_counter() - begin
        self.tell()
        if show is not None:
            show(self.progress(self.position >= self.epochs * len(self.chunks)))

    def begin_epoch(self) -> None:
        """Deal the text by what the first epoch showed, if that is asked for."""
        self.is_pushed = not self.is_pulled  # what rested may have changed the rows here
        if self.crew.cluster.speeds == "measure" and self.position == len(self.chunks):
            assert self.states is not None
            seconds = [state["seconds"] for state in self.states]
            speeds = [n / max(each, 1e-9) for n, each in zip(self.crew.words, seconds, strict=True)]
            # The same on every rank, and short enough to be passed by hand.
            speeds = self.crew.all("agreed", speeds)[0]
            speeds = [float(f"{each / max(speeds):.2g}") for each in speeds]
            log("info", "cluster: speeds=%s by the first epoch", speeds)
            self.pull()
            self.crew.deal(speeds)
            self.is_pushed = False

    def push(self) -> None:
        """Let all nodes begin with the rows that are here, unless they have."""
        if self.is_pushed:
            return
        D = self.params.vector_size
        rows = [None if each is None else each[:, :D] for each in self.own_rows]
        handles = [None if each is None else self.engine.put(each) for each in rows]
        self.crew.all("begin", self.task, self.position, self.states, self.locks, *handles)
        self.is_pushed = True

    @property
    def rows(self) -> Rows:
        """The rows as they were merged last."""
        self.pull()
        return self.own_rows

    def pull(self, dead: frozenset[int] = frozenset()) -> None:
        """Fetch the rows that were merged last, while these nodes have none.

        The rows that a node kept are also with the node before it.
        """
        while not self.is_pulled:
            holders: list[list[int]] = [[] for _ in range(self.n)]
            for node in range(self.n):
                holder = next((i for i in (node, (node - 1) % self.n) if i not in dead), None)
                if holder is None:
                    self.is_pulled = True  # the rows here, of an earlier rest, are all there is
                    raise RuntimeError(
                        f"cluster: nodes {sorted(dead)} died at the same time, with rows that no "
                        "other node has; w2v.train(resume=...) goes on from the checkpoint, if any"
                    )
                holders[holder].append(node)
            try:
                self.fetch(holders)
                self.is_pulled = True
            except NodesDied as death:
                dead |= set(death.ranks)
                self.revive(death)

    def fetch(self, holders: list[list[int]]) -> None:
        """Fetch from each node the rows of these nodes."""
        calls = [(self.position, nodes) for nodes in holders]
        found = self.engine.get(self.engine.all("rows_kept", calls))
        full, D = self.schedule.rounds_per_merge, self.params.vector_size
        matrices = [each for each in self.own_rows if each is not None]
        for nodes, kept in zip(holders, found, strict=True):
            for node, parts in zip(nodes, kept, strict=True):
                for rows, part in zip(matrices, parts, strict=True):
                    start, stop = self.schedule.bounds(len(rows), full, node)
                    rows[start:stop, :D] = part

    def recover(self, death: NodesDied) -> None:
        """Make nodes anew that died, and let all go back to the last merge of all rows."""
        begin = time.monotonic()
        self.revive(death)
        self.pull(frozenset(death.ranks))
        log(
            "warning", "cluster: back after %.1f s, at %s of %s words", time.monotonic() - begin,
            f"{self.words:,}", f"{self.total_words:,}",
        )  # fmt: skip

    def revive(self, death: NodesDied) -> None:
        self.is_pushed = False
        self.crew.revive(death.ranks)

    # What is told of it

    def foresee(self) -> None:
        """Tell what will be sent and how long it takes, and whether one machine would do."""
        schedule, engine = self.schedule, self.engine
        if self.n == 1:
            return
        if engine.is_serial:
            self.say(
                f"cluster: {self.n} nodes send {sized(schedule.sent_bytes() // self.n)} each in "
                f"{schedule.rounds:,} rounds; here they take turns"
            )
            return
        speeds = self.crew.all("try_out", self.params)
        times = [min(self.probed(n) for _ in range(2)) for n in (1, PROBE_BYTES // self.n)]
        sent = PROBE_BYTES // self.n * (self.n - 1)
        self.forecast = told = Forecast(
            schedule, self.total_words, speeds, sent / max(times[1] - times[0], 1e-6),
            times[0] / 2, self.engine.threads or 1,
        )  # fmt: skip
        self.say(f"cluster: {told}")
        if told.seconds >= WORTH * told.seconds_alone and engine.is_writer:
            warnings.warn(
                f"cluster: {told}, so one would be about as fast; leave cluster out, or lower "
                f"merges={schedule.merges}",
                stacklevel=5,
            )

    def say(self, line: str) -> None:
        if self.crew.say is None:
            log("info", "%s", line)
        else:
            self.crew.say(line)

    def probed(self, n_bytes: int) -> float:
        """Return how many seconds an exchange of so many bytes takes."""
        begin = time.perf_counter()
        parts = self.engine.exchange("probe", self.crew.each(n_bytes))
        columns = [tuple(parts[i][j] for i in range(self.n)) for j in range(self.n)]
        self.engine.get(self.engine.all("take_probe", columns))
        return time.perf_counter() - begin

    def look_for_slow(self, states: list[dict[str, Any]]) -> None:
        """Log which nodes hold the others up, once."""
        before = self.states or [{"seconds": 0.0}] * self.n
        taken = [now["seconds"] - then["seconds"] for now, then in zip(states, before, strict=True)]
        usual = float(np.median(taken))
        for node, seconds in enumerate(taken):
            is_slow = seconds > max(SLOW * usual, SLOW_SECONDS)
            self.slow[node] = self.slow[node] + 1 if is_slow else 0
            if self.slow[node] == SLOW_TIMES:
                log("warning", "cluster: node %d takes %.1f times as long as the others, which "
                    'wait for it; speeds="measure" gives it less text', node,
                    seconds / max(usual, 1e-9))  # fmt: skip

    def summed(self, name: str) -> list[int]:
        """Return counters of the nodes, added up over their threads and them."""
        sums = [np.array(state[name]).sum(axis=0) for state in self.states or []]
        return np.sum(sums, axis=0).tolist()

    def tallied(self) -> Tally:
        """Return the losses of all nodes."""
        tally = Tally(self.epochs, 1, 1)
        for state in self.states or []:
            sums = np.array(state["sums"])
            tally.sums[: len(sums)] += sums
            tally.latest = max(tally.latest, len(sums) - 1)
        return tally

    def tell(self) -> None:
        """Count the losses, and log that an epoch has ended."""
        self.tally = self.tallied()
        epoch, rest = divmod(self.position, len(self.chunks))
        if not rest:
            log(
                "info", "epoch %d of %d: %s words/s so far, loss %.4f", epoch, self.epochs,
                f"{self.words / max(self.seconds, 1e-9):,.0f}", self.tally.mean(epoch - 1),
            )  # fmt: skip

    def progress(self, finished: bool) -> Progress:
        start, end = self.params.start_alpha, self.params.end_alpha
        share = min(self.words / self.total_words, 1)
        return Progress(
            self.words, self.total_words, self.seconds, start + (end - start) * share,
            self.n, finished, loss=self.tally.mean(self.tally.latest),
            epoch=min(self.position // len(self.chunks) + 1, self.epochs), epochs=self.epochs,
        )  # fmt: skip

    def check_weights(self, n: int | None) -> None:
        """Nothing: each node has looked at its rows at the last merge."""

    def report(self, interrupted: bool = False) -> Report:
        """Return what has been done up to the last merge of all rows."""
        corpus, states = self.corpus, self.states or []
        counters = self.summed("counters") if states else [0] * 5
        words, trained, sentences, pairs, marks = counters[:5]
        training = [float(state["seconds"]) for state in states]
        at_work = sum(training) if self.engine.is_serial else max(training, default=0.0)
        epochs = -(-self.position // len(self.chunks))
        return Report(
            tokens_read=corpus.n_read, tokens_known=corpus.n_kept, words=words,
            words_trained=trained, marks=marks, sentences=sentences, pairs=pairs, epochs=epochs,
            seconds=self.seconds, cpu_seconds=sum(state["cpu_seconds"] for state in states),
            reading_seconds=corpus.seconds, reading_cpu_seconds=corpus.cpu_seconds,
            peak_bytes=peak_bytes(), workers=sum(len(state["workers"]) for state in states),
            kernel=self.params.kernel_name, spooled_bytes=corpus.spooled_bytes,
            seed=self.params.seed_number, losses=self.tally.means(epochs),
            interrupted=interrupted, stopped=self.stopped, vocabulary=len(self.vocabulary),
            corpus_digest=corpus.digest, vocabulary_digest=self.vocabulary.digest,
            settings=self.params.differences(), nodes=self.n,
            rounds=self.position * self.schedule.rounds_per_merge, merges=self.position,
            bytes_sent=sum(state["sent_bytes"] for state in states),
            merging_seconds=max(self.seconds - at_work, 0.0), nodes_lost=self.crew.n_lost,
            rows_guarded=sum(state["guarded"] for state in states), node_seconds=training,
            node_speeds=self.crew.speeds,
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return what, besides the weights, an equal run goes on from; JSON takes it."""
        return {
            "position": self.position, "chunks": len(self.chunks), "merges": len(self.chunks),
            "nodes": self.states, "speeds": self.crew.speeds, "threads": self.engine.threads,
            "seconds": self.seconds,
        }  # fmt: skip
