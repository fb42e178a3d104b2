"""Memory of this process and of the machine, as far as the system tells."""

import contextlib
import os
import sys
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


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

    None where the system does not tell.
    """
    known = [n for n in (free_of_machine(), *free_of_groups()) if n is not None]
    return min(known) if known else None


def free_of_machine() -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def free_of_groups() -> list[int]:
    """Return what the limits of this process's control groups leave, of both versions of these.

    What the kernel keeps of files counts as used there, but gives way.
    """
    free = []
    for folder, limit, used in groups():
        with contextlib.suppress(OSError, ValueError):
            most = int((folder / limit).read_text())
            now = int((folder / used).read_text())
            with contextlib.suppress(OSError, ValueError):
                for line in (folder / "memory.stat").read_text().splitlines():
                    if line.startswith(("inactive_file ", "total_inactive_file ")):
                        now -= int(line.split()[1])
                        break
            free.append(max(most - now, 0))
    return free


def groups() -> list[tuple[Path, str, str]]:
    """Return the folders of this process's groups and of those they are in."""
    found = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            number, controllers, name = line.split(":", 2)
            path = Path(name.lstrip("/"))
            for part in (path, *path.parents):
                if number == "0":
                    found.append((CGROUPS / part, "memory.max", "memory.current"))
                elif "memory" in controllers.split(","):
                    folder = CGROUPS / "memory" / part
                    found.append((folder, "memory.limit_in_bytes", "memory.usage_in_bytes"))
    return found
