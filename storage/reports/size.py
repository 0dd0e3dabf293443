"""How large what is kept is, how fast it grows, and when a command or the disk ends at it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from storage.read_model.manifest import Manifest
from storage.system import machine

MB, GB = 1_000_000, 1_000_000_000
#: The most memory of each, in bytes: (with nothing kept, a snapshot). The difference of the peaks of
#: `benchmarks/at_size.py` at 10 M and at 1 M snapshots, the larger of long and wide, by that of rows.
#: Measured anew when a command is changed; benchmarks/README.md has the table.
MEMORY: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "storage report": (290 * MB, 150),
        "storage evidence": (590 * MB, 880),
        "storage evidence --check": (570 * MB, 1_095),
        "storage verify": (310 * MB, 320),
        "storage export --what raw": (360 * MB, 30),
        "the dashboard": (330 * MB, 435),
    }
)
#: From here on it is said without being asked for.
MUCH_OF_MEMORY, FEW_DAYS = 0.5, 30.0
#: What an empty database takes, and how few snapshots say nothing of what another one takes.
_EMPTY_DATABASE, _TOO_FEW = 5 * MB, 1_000


def size_of(manifest: Manifest, database: Path, backups: Path) -> dict[str, Any] | None:
    """Return sizes, growth, needs and what is left, ready for JSON; ``None``: nothing is known.

    Sizes are in bytes, growth is a day's; a figure that is not known is ``None``.
    """
    snapshots = manifest.snapshots
    if snapshots is None:
        return None
    files = {
        "database": _bytes_in(database, database.with_name(f"{database.name}.wal")),
        "published": sum(total.length for total in manifest.sums.values()) or None,
        "backups": _bytes_in(*backups.glob("*.duckdb")),
    }
    growing = growth(
        snapshots.total, snapshots.a_day, files, copies=len([*backups.glob("*.duckdb")])
    )
    free = machine.free_bytes(database.parent)
    command, need = largest_need(snapshots.total)
    memory = machine.memory_bytes()
    return {
        "snapshots": snapshots.total,
        "snapshots_a_day": snapshots.a_day,
        **{f"{name}_bytes": size for name, size in files.items()},
        "bytes_a_day": growing,
        "disk_free_bytes": free,
        "disk_days": None if free is None or not growing else round(free / growing, 1),
        "largest_command": command,
        "memory_needed_bytes": need,
        "memory_bytes": memory,
        "memory_days": days_of_memory(snapshots.total, snapshots.a_day, memory),
    }


def growth(
    total: int, a_day: float | None, files: Mapping[str, int | None], *, copies: int
) -> int | None:
    """Return the bytes that a day adds to the files, each of the ``copies`` a database's; ``None``: not known."""
    database = files["database"]
    if a_day is None or database is None or total < _TOO_FEW:
        return None
    grown = max(0, database - _EMPTY_DATABASE) * (1 + copies) + (files["published"] or 0)
    return round(grown / total * a_day)


def largest_need(snapshots: int) -> tuple[str, int]:
    """Return which command takes the most memory with so many snapshots, and how many bytes."""
    needs = {command: base + each * snapshots for command, (base, each) in MEMORY.items()}
    command = max(needs, key=needs.__getitem__)
    return command, needs[command]


def days_of_memory(total: int, a_day: float | None, memory: int | None) -> float | None:
    """Return in how many days some command takes all the memory; 0 where one does, ``None``: not known, or never."""
    if memory is None or (not a_day and largest_need(total)[1] < memory):
        return None
    most = min((memory - base) / each for base, each in MEMORY.values())
    return max(0.0, round((most - total) / a_day, 1)) if a_day else 0.0


def describe_size(size: Mapping[str, Any]) -> str:
    """Say how much there is, and how fast it grows."""
    pace = size["snapshots_a_day"]
    grows = "" if pace is None else f", {pace:,.0f} more a day"
    files = [
        f"{name} {_written(size[f'{name}_bytes'])}"
        for name in ("database", "published", "backups")
        if size[f"{name}_bytes"] is not None
    ]
    added = "" if size["bytes_a_day"] is None else f"; {_written(size['bytes_a_day'])} more a day"
    return f"{size['snapshots']:,} snapshots{grows}; {', '.join(files)}{added}"


def memory_need(size: Mapping[str, Any]) -> str:
    """Say how much memory the largest command takes, and how much there is."""
    command, machine_has = size["largest_command"], size["memory_bytes"]
    has = "" if machine_has is None else f" of the {_written(machine_has)} here"
    days = size["memory_days"]
    ends = f", and all of it in {days:,.0f} days at this growth" if days else ""
    return f"{command} takes about {_written(size['memory_needed_bytes'])}{has}{ends}"


def disk_left(size: Mapping[str, Any]) -> str | None:
    """Say for how many days there is room; ``None``: not known."""
    days = size["disk_days"]
    return (
        None
        if days is None
        else f"{_written(size['disk_free_bytes'])} free: {days:,.0f} days at this growth"
    )


def memory_remedy(size: Mapping[str, Any]) -> str:
    """Say what to do about memory; empty while there is enough."""
    has = size["memory_bytes"]
    if has is None or size["memory_needed_bytes"] <= MUCH_OF_MEMORY * has:
        return ""
    return (
        "run it on a larger machine, on a copy of the database; or keep less: "
        "storage.retention_days, after `livetally storage export --what raw --format parquet`"
    )


def disk_remedy(size: Mapping[str, Any]) -> str:
    """Say what to do about the disk; empty while there is room for long."""
    days = size["disk_days"]
    if days is None or days >= FEW_DAYS:
        return ""
    return (
        "make room, keep fewer backups (storage.backups_kept), or keep less: "
        "storage.retention_days, after `livetally storage export --what raw --format parquet`"
    )


def warnings_of(size: Mapping[str, Any]) -> list[str]:
    """Say what ends soon, each with what to do; nothing while nothing does."""
    lines = ((memory_need(size), memory_remedy(size)), (disk_left(size), disk_remedy(size)))
    return [f"{finding}: {remedy}" for finding, remedy in lines if remedy]


def _bytes_in(*files: Path) -> int | None:
    """Return what the files that are there take; ``None`` where none is."""
    sizes: list[int] = []
    for file in files:
        try:
            sizes.append(file.stat().st_size)
        except OSError:
            continue
    return sum(sizes) if sizes else None


def _written(count: int) -> str:
    """Write bytes in the unit that suits."""
    return f"{count / GB:,.1f} GB" if count >= GB else f"{count / MB:,.1f} MB"
