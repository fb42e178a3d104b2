"""Engines: where the nodes of a cluster live, and how what they return reaches others.

Owns the six calls that an engine is: in this process (local), Ray's actors, MPI's ranks. What nodes
do, and when, is models/'s; an engine knows nothing of it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol


class NodesDied(Exception):
    """Some nodes are gone, with all they had; `ranks` says which."""

    def __init__(self, ranks: list[int]):
        super().__init__(f"nodes {', '.join(map(str, ranks))} died")
        self.ranks = ranks


class Engine(Protocol):
    """What carries nodes.

    Handles stand for what a call returned, and are arguments of other calls, by position, where the
    node has what they stand for. Calls of a node are made in their order.
    """

    n: int
    is_writer: bool  # whether this process is the one that writes files and messages
    is_serial: bool  # whether nodes take turns
    threads: int | None  # of each node; None: all cores of its machine

    def start(self, make: Callable[[int], Any]) -> None:
        """Make the nodes, make(rank) each where it lives."""
        ...

    def all(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[Any]:
        """Call a method of each node with its arguments; returns handles of what they return."""
        ...

    def exchange(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """Call a method that returns a list of n parts; returns handles: part j of node i at i, j.

        Part j can be an argument of node j alone.
        """
        ...

    def get(self, handles: Sequence[Any]) -> list[Any]:
        """Return what handles of `all` stand for; raises NodesDied, or what a node raised."""
        ...

    def put(self, value: Any) -> Any:
        """Return a handle of a value that many calls take."""
        ...

    def restart(self, ranks: Sequence[int]) -> None:
        """Make nodes anew that died."""
        ...

    def close(self) -> None: ...


class Local:
    """All nodes in this process, one after the other: to test, and to see what merging costs."""

    is_writer, is_serial = True, True

    def __init__(self, n: int | None, threads: int | None):
        self.n, self.threads = n or 2, threads or 1
        self.nodes: list[Any] = []

    def start(self, make: Callable[[int], Any]) -> None:
        self.make = make
        self.nodes = [make(rank) for rank in range(self.n)]

    def all(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[Any]:
        dead = [rank for rank, node in enumerate(self.nodes) if node is None]
        if dead:
            raise NodesDied(dead)
        return [
            getattr(node, method)(*each) for node, each in zip(self.nodes, arguments, strict=True)
        ]

    def exchange(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[list[Any]]:
        return self.all(method, arguments)

    def get(self, handles: Sequence[Any]) -> list[Any]:
        return list(handles)

    def put(self, value: Any) -> Any:
        return value

    def restart(self, ranks: Sequence[int]) -> None:
        for rank in ranks:
            self.nodes[rank] = self.make(rank)

    def close(self) -> None:
        self.nodes = []


ENGINES: dict[str, Callable[[int | None, int | None], Any]] = {"local": Local}
