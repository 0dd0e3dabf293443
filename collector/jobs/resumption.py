"""A person's word that what was refused is mended: `collect resume` leaves it, the collector takes it."""

from collections.abc import Iterable
from pathlib import Path


def leave_request(database: Path, platforms: Iterable[str]) -> None:
    """Ask that the platforms be asked again: by the collector that runs, or by the next one."""
    path = _path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{platform}\n" for platform in platforms)


def take_request(database: Path) -> frozenset[str]:
    """Return the platforms that are to be asked again, once."""
    path = _path(database)
    try:
        platforms = path.read_text(encoding="utf-8").split()
        path.unlink()
    except FileNotFoundError:
        return frozenset()
    return frozenset(platforms)


def _path(database: Path) -> Path:
    return database.with_suffix(".resume")
