"""Cuts the minutes of the read model into files: the open UTC day by hours, every other day whole.

A tick then costs the hour it falls in, however full the day; and a reader of years opens one file a
day. A stretch is named by its beginning: ``2026-05-17`` is that day, ``2026-05-17T13`` that hour.
Pure.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

_DAY_CHARACTERS = len("2026-05-17")


def day_of(name: str) -> str:
    """Return the day that a stretch is or lies in, as its name."""
    return name[:_DAY_CHARACTERS]


def bounds(name: str) -> tuple[datetime, datetime]:
    """Return the first instant of a stretch, and the first after it."""
    since = datetime.fromisoformat(name).replace(tzinfo=UTC)
    return since, since + (timedelta(days=1) if day_of(name) == name else timedelta(hours=1))


def stale_partitions(
    touched: Iterable[datetime], names: Iterable[str], *, today: date
) -> list[str]:
    """Name the stretches to write, given the hours touched and those ``names`` until now.

    A day that is over is written whole as soon as it is found cut into hours. One that was written
    whole already is not cut again, so no minute stands in two files.
    """
    names = set(names)
    hours = {f"{hour:%Y-%m-%dT%H}" for hour in touched}
    cut = {str(today)} - names
    days = {day_of(name) for name in hours | {name for name in names if day_of(name) != name}} - cut
    return sorted(days | {name for name in hours if day_of(name) in cut})
