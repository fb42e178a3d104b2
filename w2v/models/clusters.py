"""Clusters: what a user says of one, the nodes that come of it, and the text that they read.

Owns settings and their errors, reading and the vocabulary of a cluster, and nodes made anew; a run
on them is cluster_run.py's. V is the number of words, D the dimensions.
"""

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ..corpus.ids import Corpus
from ..corpus.parts import Part, cut_files
from ..corpus.vocabulary import Vocabulary, choose_words
from ..distributed.engines import ENGINES, Engine, NodesDied
from ..shared import paths, streams
from ..shared.checks import MAX_WORKERS, NoWords, check_number
from ..shared.logs import log
from ..shared.types import AnyPath
from .node import Node
from .params import Params, SubwordParams

T = TypeVar("T")

# Blocks that the text is cut into for each node, where nodes get different shares.
BLOCKS_PER_NODE = 16
# Encodings in which a line feed may be a part of something else.
WIDE = ("utf-16", "utf-32", "utf_16", "utf_32", "utf16", "utf32", "ucs")


@dataclass(frozen=True)
class Cluster:
    """Machines that train a model together; what `cluster` of train and Word2Vec is.

    One machine with many cores is faster than a few with a network between them, unless the text
    has billions of words: each node trains alone for a round, then rows are merged, and all of them
    have to be several times an epoch, or rare words suffer. Training says how long that will take,
    and warns where one machine would be as fast.

    Parameters
    ----------
    engine : "ray", which joins the running cluster, or starts one on this machine; "mpi", in
        programs that mpiexec starts; "local", all nodes in this process, one after the other, to
        see what it costs in quality.
    nodes : how many; None: one a machine, under MPI one a rank, local 2.
    threads : of each node; None: `workers`, or the cores of its machine, local 1. With one thread,
        or deterministic=True, nodes, seed and merges say what bytes come out, on any engine.
    merges : how often all rows are merged in an epoch, 4 by default. Fewer send less; rare words
        are the first to suffer. Frequent rows are merged more often, up to 128 times as often.
    checkpoint : as `checkpoint` of train.
    speeds : how fast each node is beside others, which get text accordingly; "measure": what the
        first epoch shows; None: they are equal.

    Raises TypeError or ValueError naming the argument.

    >>> import pathlib
    >>> import w2v
    >>> n_written = pathlib.Path("lines.txt").write_text("tea and milk\\nbread and butter\\n" * 99)
    >>> w2v.train("lines.txt", vector_size=8, cluster=w2v.Cluster("local", nodes=2))
    <Word2Vec: 5 words, 8 dimensions>
    """

    engine: str
    nodes: int | None = None
    threads: int | None = None
    merges: int = 4
    checkpoint: AnyPath | None = None
    speeds: Sequence[float] | str | None = None

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ValueError(f"engine={self.engine!r}: {', '.join(ENGINES)} are there")
        for name, high in (("nodes", 4096), ("threads", MAX_WORKERS)):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), int, 1, high)
        check_number("merges", self.merges, int, 1, 10_000)
        if isinstance(self.speeds, str) or self.speeds is None:
            if self.speeds not in (None, "measure"):
                raise ValueError(f'speeds={self.speeds!r}: numbers, "measure" or None is expected')
            return
        if self.nodes is None or len(self.speeds) != self.nodes:
            raise ValueError(
                f"speeds={list(self.speeds)}: one for each node is expected, and nodes={self.nodes}"
            )
        for speed in self.speeds:
            check_number("speeds", speed, float, 0, above=True)

    @property
    def is_shared(self) -> bool:
        """Whether each node runs the program that asks for it; see Engine."""
        return bool(ENGINES[self.engine].is_shared)

    @property
    def is_writer(self) -> bool:
        """Whether this process is the one that writes files; see Engine."""
        return bool(ENGINES[self.engine].writes())


def cluster_of(given: Cluster | str) -> Cluster:
    """Return a cluster that is given by itself or by its engine's name."""
    if isinstance(given, Cluster):
        return given
    if isinstance(given, str):
        return Cluster(given)
    raise TypeError(f'cluster={given!r}: "ray", "mpi", "local" or a w2v.Cluster is expected')


def check_cluster(cluster: Cluster, params: Params, tokenizer: Any) -> None:
    """Raise ValueError when a cluster does not train so."""
    if params.exact:
        raise ValueError("exact=True: the C tool's bytes come of one machine; leave cluster out")
    if isinstance(params, SubwordParams):
        raise ValueError("cluster: it trains words without subwords; leave it out")
    if params.phrases:
        raise ValueError(
            f"phrases={params.phrases}: a cluster joins none; write the text with w2v phrases first"
        )
    if tokenizer is not None:
        raise ValueError(
            "tokenizer: nodes split text at blanks; write tokens separated by blanks to files first"
        )


def files_of(corpus: Any) -> list[str]:
    """Return the files of a corpus; raises TypeError when it is something else."""
    files = paths.find_files(corpus)
    if files is None or streams.STDIN in files:
        what = type(corpus).__name__ if files is None else "standard input"
        raise TypeError(
            f"corpus: {what} is here alone, and all nodes of a cluster read the text; write it to "
            "files that each machine has under the same name (a line a sentence), and pass their "
            "paths or a glob pattern"
        )
    return list(map(os.path.abspath, files))  # nodes may be in other folders


class Crew:
    """The nodes of a cluster, and what has to be told to one that is made anew.

    Used in a `with` block, after which they are gone. What the cluster leaves open is as in
    `usual`, the state of a run that is gone on with, or as the engine finds it.
    """

    def __init__(
        self, cluster: Cluster, params: Params, encoding: str, errors: str | None,
        usual: dict[str, Any] | None = None,
    ):  # fmt: skip
        self.cluster, self.encoding, self.errors = cluster, encoding, errors
        n, threads = cluster.nodes, cluster.threads
        if usual is not None:
            n, threads = n or len(usual["nodes"]), threads or usual["threads"]
        engine = ENGINES[cluster.engine](n, threads or params.workers)
        self.engine: Engine = engine
        self.n = engine.n
        self.n_lost = 0
        if cluster.speeds is not None and not isinstance(cluster.speeds, str):
            self.speeds = list(map(float, cluster.speeds))
        else:
            self.speeds = [1.0] * self.n
        self.vocabulary: Vocabulary | None = None
        self.say: Callable[[str], None] | None = None  # what will be sent; None: to the log
        self.make: Callable[[int], Node] = functools.partial(
            Node, self.n, engine.threads, encoding, errors
        )

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.engine.close(error)

    def each(self, *arguments: Any) -> list[tuple[Any, ...]]:
        """Return the same arguments for each node."""
        return [arguments] * self.n

    def all(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method of all nodes with the same arguments, and return what they return."""
        return self.engine.get(self.engine.all(method, self.each(*arguments)))

    # Text

    def read(self, files: list[str], params: Params, vocabulary: Vocabulary | None) -> Corpus:
        """Let the nodes read their shares of the text, against a vocabulary or a new one.

        It is `vocabulary` then. Returns the corpus but for its ids, which nodes have.
        """
        n = self.n * BLOCKS_PER_NODE if self.cluster.speeds is not None else self.n
        may_cut = not self.encoding.lower().startswith(WIDE)
        self.text = self.engine.together(lambda: cut_files(files, n, may_cut))
        self.bounds = dealt(n, self.speeds)
        self.engine.start(self.make)
        read = self.surviving(lambda: self.engine.all("read", [(each,) for each in self.shares()]))
        self.n_read = sum(tokens for tokens, _ in read)
        what = paths.shortened(", ".join(files))
        if not self.n_read:
            raise NoWords(f"corpus={what} is empty: it holds no words")
        self.vocabulary = vocabulary or self.count(params)
        return self.settle(what)

    def shares(self) -> list[dict[int, list[Part]]]:
        """Return the blocks of each node, by their numbers."""
        return [
            {number: self.text[number] for number in range(start, stop)}
            for start, stop in zip(self.bounds, self.bounds[1:], strict=False)
        ]

    def count(self, params: Params) -> Vocabulary:
        """Return the vocabulary of the text, one machine's: words, order and counts."""

        def add_up() -> list[Any]:
            parts = self.engine.exchange("words", self.each())
            return self.engine.all(
                "add_up",
                [(params.min_count, *(parts[i][j] for i in range(self.n))) for j in range(self.n)],
            )

        found = self.surviving(add_up)
        n_words = sum(n for n, _, _, _ in found)
        spellings = [word for _, words, _, _ in found for word in words]
        counts = np.concatenate([counts for _, _, counts, _ in found])
        sights = np.concatenate([sights for _, _, _, sights in found])
        chosen = choose_words(counts, sights, max(params.min_count, 1), params.max_final_vocab)
        if not len(chosen):
            raise ValueError(
                f"min_count={params.min_count}, max_final_vocab={params.max_final_vocab} leave 0 "
                f"of {n_words:,} words; lower the one or raise the other"
            )
        words = [spellings[i].decode("utf-8", "surrogateescape") for i in chosen.tolist()]
        return Vocabulary(words, counts[chosen])

    def settle(self, what: str) -> Corpus:
        """Let the nodes take the vocabulary; returns the corpus."""
        found = self.surviving(
            lambda: self.engine.all("settle", self.each(self.engine.put(self.vocabulary)))
        )
        self.words = [each["n_words"] for each in found]
        names = ("n_kept", "n_words", "n_sentences", "n_read", "n_read_sentences", "spooled_bytes")
        sums: dict[str, Any] = {name: sum(each[name] for each in found) for name in names}
        corpus = Corpus([], **sums)
        assert self.vocabulary is not None
        if not corpus.n_kept:
            raise NoWords(
                f"corpus={what} holds none of the {len(self.vocabulary):,} vocabulary words",
                corpus.n_read,
            )
        if 0 in self.words:
            raise ValueError(
                f"nodes={self.n}: the share of node {self.words.index(0)} of the text has no words "
                "of the vocabulary; take fewer nodes, or more files where they are compressed"
            )
        digests = [each["digest"] for each in found]
        # That of one node is one machine's.
        corpus.__dict__["digest"] = digests[0] if self.n == 1 else digest_of(digests)
        corpus.seconds = max(each["reading"] for each in found)
        corpus.cpu_seconds = sum(each["reading_cpu"] for each in found)
        return corpus

    def deal(self, speeds: list[float]) -> None:
        """Deal the text anew, by the speeds of the nodes."""
        self.speeds, self.bounds = speeds, dealt(len(self.text), speeds)
        self.refresh()

    def refresh(self) -> None:
        """Let nodes read what they have not read yet of their shares."""
        self.surviving(lambda: self.engine.all("read", [(each,) for each in self.shares()]))
        self.settle("the text")

    # Nodes that die

    def surviving(self, call: Callable[[], list[Any]]) -> list[Any]:
        """Return what a call of all nodes returns that may be made again, whoever dies."""
        while True:
            try:
                return self.engine.get(call())
            except NodesDied as death:
                self.revive(death.ranks)

    def revive(self, ranks: list[int]) -> None:
        """Make nodes anew, and let them read their shares."""
        while ranks:
            self.n_lost += len(ranks)
            log("warning", "cluster: nodes %s are gone; making them anew", ranks)
            try:
                self.engine.restart(ranks)
                calls = self.engine.all("read", [(each,) for each in self.shares()])
                self.engine.get(calls)
                if self.vocabulary is not None:
                    self.engine.get(
                        self.engine.all("settle", self.each(self.engine.put(self.vocabulary)))
                    )
                return
            except NodesDied as death:
                ranks = death.ranks


def dealt(n_blocks: int, speeds: Sequence[float]) -> list[int]:
    """Return where the blocks of each node begin, and the last one's end: by their speeds.

    Each gets one at least.

    >>> dealt(8, [1, 2, 1])
    [0, 2, 6, 8]
    >>> dealt(4, [1, 0.001, 1])
    [0, 2, 3, 4]
    """
    n, total = len(speeds), sum(speeds)
    bounds = [0]
    for node in range(1, n):
        bound = round(n_blocks * sum(speeds[:node]) / total)
        bounds.append(min(max(bound, bounds[-1] + 1), n_blocks - (n - node)))
    return [*bounds, n_blocks]


def digest_of(digests: list[str]) -> str:
    """Return a digest of digests."""
    import hashlib  # here, since few need it

    return hashlib.blake2b("".join(digests).encode(), digest_size=8).hexdigest()
