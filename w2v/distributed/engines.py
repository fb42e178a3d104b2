"""Engines: where the nodes of a cluster live, and how what they return reaches others.

Owns the calls that an engine is: in this process (local), Ray's actors, MPI's ranks. What nodes
do, and when, is models/'s; an engine knows nothing of it.
"""

import functools
import math
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, cast

from ..shared.optional import needed
from ..shared.threads import usable_cores

T = TypeVar("T")

# Of Ray: for an actor to begin, and to begin anew where it was before it is moved; for all actors
# to say whether they live.
START_SECONDS = 300.0
HERE_SECONDS = 12.0
PING_SECONDS = 5.0


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
    is_shared: bool  # whether each node runs the same program around it, and makes the same calls
    threads: int | None  # of each node; None: all cores of its machine

    @staticmethod
    def writes() -> bool:
        """Whether `is_writer` will be true here."""
        ...

    def together(self, find: Callable[[], T]) -> T:
        """Return what is found here; raises what it raises in any process that is_shared."""
        ...

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

    def close(self, error: BaseException | None) -> None:
        """End, after an error or none."""
        ...


class OneProgram:
    """What is simple where one program calls all nodes."""

    @staticmethod
    def writes() -> bool:
        return True

    def together(self, find: Callable[[], T]) -> T:
        return find()


class Local(OneProgram):
    """All nodes in this process, one after the other: to test, and to see what merging costs."""

    is_writer, is_serial, is_shared = True, True, False

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

    def close(self, error: BaseException | None) -> None:
        self.nodes = []


class Host:
    """An actor of Ray with a node in it."""

    def __init__(self, make: Callable[[int], Any], rank: int):
        self.node = make(rank)

    def is_ready(self) -> bool:
        return True

    def place(self) -> str:
        """Return the machine that it is on."""
        context: Any = needed("ray", 'cluster="ray"', "'w2v[ray]'").get_runtime_context()
        return str(context.get_node_id())

    def call(self, method: str, *arguments: Any) -> Any:
        return getattr(self.node, method)(*arguments)

    def parts(self, method: str, *arguments: Any) -> Any:
        """Call what returns a list of parts; of one Ray wants it itself."""
        parts = self.call(method, *arguments)
        return parts if len(parts) > 1 else parts[0]


class Ray(OneProgram):
    """Nodes in actors of Ray, a node a machine unless told otherwise.

    Joins the cluster that this program or machine belongs to; where there is none it starts one of
    this machine alone.
    """

    is_writer, is_serial, is_shared = True, False, False

    def __init__(self, n: int | None, threads: int | None):
        ray = self.ray = needed("ray", 'cluster="ray"', "'w2v[ray]'")
        # What depends on a node that died is noticed here (get), not by Ray's messages about it.
        os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
        self.is_ours = not ray.is_initialized()
        if self.is_ours:
            usual = dict(log_to_driver=False, logging_level="warning")
            try:
                ray.init(address="auto", **usual)
            except ConnectionError:
                ray.init(address="local", include_dashboard=False, **usual)
        self.machines = self.usable()
        if not self.machines:
            self.close(None)
            raise ValueError('cluster="ray": no machine of the running cluster has a CPU to use')
        self.n = n or len(self.machines)
        # Of each node: a share of the smallest machine.
        share = min(cpus for _, cpus in self.machines) / math.ceil(self.n / len(self.machines))
        self.threads = threads or max(int(share), 1)
        self.cpus = min(float(self.threads), share)
        self.actors: list[Any] = []

    def start(self, make: Callable[[int], Any]) -> None:
        self.make = make
        self.places = [self.machines[rank % len(self.machines)][0] for rank in range(self.n)]
        self.actors = [self.actor(rank, self.cpus, True) for rank in range(self.n)]
        if not self.wait_for(self.actors, START_SECONDS):
            raise RuntimeError(
                f'cluster="ray": {self.n} nodes of {self.cpus:g} CPUs each found no room in '
                f"{START_SECONDS:.0f} s; ray status says what else runs (nodes=, threads=)"
            )
        self.places = self.ray.get([actor.place.remote() for actor in self.actors])

    def usable(self) -> list[tuple[str, float]]:
        """Return the machines that have CPUs, and how many, always in the same order."""
        machines = [each for each in self.ray.nodes() if each["Alive"]]
        cpus = [(each["NodeID"], each["Resources"].get("CPU", 0.0)) for each in machines]
        return sorted(each for each in cpus if each[1] > 0)

    def actor(self, rank: int, cpus: float, is_soft: bool) -> Any:
        """Return a new actor for a node on its machine, or, `is_soft`, where there is room."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        strategy = NodeAffinitySchedulingStrategy(self.places[rank], soft=is_soft)
        options = dict(num_cpus=cpus, scheduling_strategy=strategy, max_restarts=0)
        return self.ray.remote(Host).options(**options).remote(self.make, rank)

    def wait_for(self, actors: Sequence[Any], seconds: float) -> bool:
        """Whether actors begin within so many seconds."""
        ready = [actor.is_ready.remote() for actor in actors]
        if len(self.ray.wait(ready, num_returns=len(ready), timeout=seconds)[0]) < len(ready):
            return False
        try:
            return bool(self.ray.get(ready))
        except self.ray.exceptions.RayError:  # on a machine that is just going
            return False

    def all(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[Any]:
        return [
            actor.call.remote(method, *each)
            for actor, each in zip(self.actors, arguments, strict=True)
        ]

    def exchange(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[list[Any]]:
        found = [
            actor.parts.options(num_returns=self.n).remote(method, *each)
            for actor, each in zip(self.actors, arguments, strict=True)
        ]
        return found if self.n > 1 else [[each] for each in found]

    def get(self, handles: Sequence[Any]) -> list[Any]:
        errors = self.ray.exceptions
        try:
            found: list[Any] = self.ray.get(list(handles))
            return found
        except errors.RayTaskError as error:
            if not isinstance(error.cause, errors.RayError):
                raise error.cause from None  # a node's own
        except errors.RayError:
            pass
        raise NodesDied(self.dead())

    def dead(self) -> list[int]:
        """Return the nodes whose actors are gone; others may be at work."""
        pings = [actor.is_ready.remote() for actor in self.actors]
        said, _ = self.ray.wait(pings, num_returns=self.n, timeout=PING_SECONDS)
        dead = []
        for rank, ping in enumerate(pings):
            if ping not in said:
                continue
            try:
                self.ray.get(ping)
            except self.ray.exceptions.RayError:
                self.ray.kill(self.actors[rank])  # if it was only out of reach
                dead.append(rank)
        return dead

    def put(self, value: Any) -> Any:
        return self.ray.put(value)

    def restart(self, ranks: Sequence[int]) -> None:
        suspects = {self.places[rank] for rank in ranks}
        for rank in ranks:
            # Where it was, if the machine lives, of which Ray hears late that it does not; on a
            # machine with room; or else beside another node.
            if self.begin(rank, self.places[rank], self.cpus, HERE_SECONDS):
                continue
            others = [place for place, _ in self.usable() if place not in suspects]
            others.sort(key=lambda place: [self.places.count(place), place])
            if not others:
                raise RuntimeError(f'cluster="ray": no machine is left for node {rank}')
            has_room = self.places.count(others[0]) == 0
            if not self.begin(rank, others[0], self.cpus if has_room else 0.0, START_SECONDS):
                raise NodesDied(list(ranks))

    def begin(self, rank: int, place: str, cpus: float, seconds: float) -> bool:
        """Whether a node begins on a machine within so many seconds."""
        self.places[rank] = place
        self.actors[rank] = self.actor(rank, cpus, False)
        if self.wait_for([self.actors[rank]], seconds):
            return True
        self.ray.kill(self.actors[rank])
        return False

    def close(self, error: BaseException | None) -> None:
        for actor in getattr(self, "actors", ()):
            self.ray.kill(actor)
        if self.is_ours:
            self.ray.shutdown()


class Failure:
    """An exception that travels as a value, so that all ranks of MPI raise it."""

    def __init__(self, error: Exception):
        self.error = error


class Mpi:
    """A node in each rank of MPI, all of which run the same program and make the same calls.

    Where a rank dies, MPI ends them all; a checkpoint is gone on with.
    """

    is_serial, is_shared = False, True

    def __init__(self, n: int | None, threads: int | None):
        mpi = mpi_of()
        self.comm, self.at_end = mpi.COMM_WORLD, mpi.COMM_WORLD.Dup()
        self.n, self.rank = self.comm.size, self.comm.rank
        if n not in (None, self.n):
            raise ValueError(
                f"nodes={n}: mpiexec has started {self.n} ranks; leave nodes out, or start this "
                f"program with mpiexec -n {n}"
            )
        self.is_writer = self.rank == 0
        beside = self.comm.Split_type(mpi.COMM_TYPE_SHARED).size
        self.threads = threads or max((os.cpu_count() or 1) // beside, 1)
        if threads is None and beside == 1:
            self.threads = usable_cores()
        self.raised: BaseException | None = None
        self.node: Any = None

    @staticmethod
    def writes() -> bool:
        return bool(mpi_of().COMM_WORLD.rank == 0)

    def together(self, find: Callable[[], T]) -> T:
        found = self.attempt(find)
        # What it is stays here; only errors travel.
        self.checked(self.comm.allgather(found if isinstance(found, Failure) else None))
        return cast("T", found)

    def start(self, make: Callable[[int], Any]) -> None:
        self.node = self.together(lambda: make(self.rank))

    def all(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[Any]:
        call = functools.partial(getattr(self.node, method), *arguments[self.rank])
        return self.checked(self.comm.allgather(self.attempt(call)))

    def exchange(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[list[Any]]:
        made = self.attempt(functools.partial(getattr(self.node, method), *arguments[self.rank]))
        parts = [made] * self.n if isinstance(made, Failure) else made
        mine = self.checked(self.comm.alltoall(parts))
        return [[part if j == self.rank else None for j in range(self.n)] for part in mine]

    def attempt(self, call: Callable[[], Any]) -> Any:
        """Return what a call returns, or its Failure."""
        try:
            return call()
        except Exception as error:
            return Failure(error)

    def checked(self, found: list[Any]) -> list[Any]:
        """Return what came of all ranks; raises the first of their exceptions."""
        for each in found:
            if isinstance(each, Failure):
                self.raised = each.error
                raise each.error
        return found

    def get(self, handles: Sequence[Any]) -> list[Any]:
        return list(handles)

    def put(self, value: Any) -> Any:
        return value

    def restart(self, ranks: Sequence[int]) -> None:
        raise NotImplementedError("MPI ends all ranks when one dies")

    def close(self, error: BaseException | None) -> None:
        if error is None or error is self.raised:
            return
        # Either all ranks fail so, or the others would wait for this one.
        all_of_them = self.at_end.Ibarrier()
        begin = time.monotonic()
        while not all_of_them.Test():
            if time.monotonic() - begin > PING_SECONDS:
                import traceback  # here, since few need it

                traceback.print_exception(error)
                self.comm.Abort(1)
            time.sleep(0.01)


def mpi_of() -> Any:
    """Return mpi4py's MPI; raises ModuleNotFoundError saying what is missing."""
    try:
        return needed("mpi4py.MPI", 'cluster="mpi"', "'w2v[mpi]'")
    except RuntimeError as error:  # there is no library of MPI
        raise ModuleNotFoundError(
            f'cluster="mpi" needs a library of MPI: pip install mpich ({error})'
        ) from None


ENGINES: dict[str, Any] = {
    "ray": Ray, "mpi": Mpi, "local": Local,
}  # fmt: skip
