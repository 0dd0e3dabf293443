"""What this machine has: memory, and room on a disk."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def memory_bytes(cgroups: Path = _CGROUPS, own: Path = Path("/proc/self/cgroup")) -> int | None:
    """Return the memory that processes here may take, as the machine or a container limits it.

    ``None``: this system does not tell.
    """
    limits: list[int] = []
    with suppress(OSError, ValueError, AttributeError):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for path in _limits(cgroups, own):
        with suppress(OSError, ValueError):  # "max" is no number, and no limit
            limits.append(int(path.read_text()))
    return min((limit for limit in limits if limit > 0), default=None)


def free_bytes(folder: Path) -> int | None:
    """Return the room that is left where ``folder`` is, or will be; ``None``: it is not told."""
    with suppress(OSError):
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        return shutil.disk_usage(existing).free
    return None


def _limits(cgroups: Path, own: Path) -> list[Path]:
    """Name the files that may limit us, ours and those of the groups we are in."""
    lines: list[str] = []
    with suppress(OSError):
        lines = own.read_text().splitlines()
    files: list[Path] = []
    for line in lines:
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if controllers in ("", "memory"):
            root = cgroups / controllers
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            inner = root / group.lstrip("/")
            files += [
                folder / name
                for folder in (inner, *inner.parents)
                if root in (folder, *folder.parents)
            ]
    return files
