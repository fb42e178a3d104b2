"""Memory of this process and of the machine, as far as the system tells."""

import contextlib
import os
import sys
from pathlib import Path

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")

# What the kernel keeps of files: it counts as used, but gives way.
CACHED = ("inactive_file", "active_file")


def peak_bytes() -> int | None:
    """Return the most memory that this process has had so far; None where it is not known."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_bytes() -> int | None:
    """Return how much memory may still be taken, within the limits of a container, too.

    Room for swapping counts. None where the system does not tell.
    """
    machine = amounts(PROC / "meminfo")
    swap = machine.get("SwapFree", 0)
    known = [free_of_group(folder, version, swap) for folder, version in groups()]
    if "MemAvailable" in machine:
        known.append(machine["MemAvailable"] + swap)
    known.append(free_of_process())
    return min((n for n in known if n is not None), default=None)


def amounts(path: Path) -> dict[str, int]:
    """Return what a file of lines such as "MemFree: 16 kB" or "active_file 4096" says, in bytes."""
    found = {}
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            name, number, *unit = line.split()
            found[name.removesuffix(":")] = int(number) * (1024 if unit == ["kB"] else 1)
    return found


def free_of_process() -> int | None:
    """Return what the limit of this process's address space leaves: that of ulimit -v."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    with contextlib.suppress(OSError, ValueError):
        if limit != resource.RLIM_INFINITY:
            taken = int((PROC / "self/statm").read_text().split()[0])
            return max(limit - taken * os.sysconf("SC_PAGE_SIZE"), 0)
    return None


def free_of_group(folder: Path, version: int, swap: int) -> int | None:
    """Return what the limits of a control group leave, with so much swap free; None: it has none.

    `version` 1 limits memory, and memory and swap together; 2 limits each alone.
    """
    stat = amounts(folder / "memory.stat")
    # Version 1 tells of the groups inside under names of their own.
    cached = sum(stat.get(f"total_{name}", stat.get(name, 0)) for name in CACHED)
    if version == 2:
        free = left(folder, "memory.max", "memory.current")
        swap_left = left(folder, "memory.swap.max", "memory.swap.current")
        swap = swap if swap_left is None else min(swap, swap_left)
        return None if free is None else free + cached + swap
    free = left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes")
    both = left(folder, "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes")
    if free is None:
        return None
    return (free + swap if both is None else min(free + swap, both)) + cached


def left(folder: Path, limit: str, used: str) -> int | None:
    """Return what is left of a limit, None where there is none, which is called "max"."""
    with contextlib.suppress(OSError, ValueError):
        return max(int((folder / limit).read_text()) - int((folder / used).read_text()), 0)
    return None


def groups() -> list[tuple[Path, int]]:
    """Return the folders of this process's groups and of those they are in, and their versions.

    In a container names may be those outside; what it sees is then the root alone.
    """
    found = []
    with contextlib.suppress(OSError, ValueError):
        for line in (PROC / "self/cgroup").read_text().splitlines():
            number, controllers, name = line.split(":", 2)
            path = Path(name.lstrip("/"))
            for part in (path, *path.parents):
                if number == "0":
                    found.append((CGROUPS / part, 2))
                elif "memory" in controllers.split(","):
                    found.append((CGROUPS / "memory" / part, 1))
    return found
