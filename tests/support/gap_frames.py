"""Broadcasts and gaps as they are published, in minutes after a start, for tests of the charts."""

from datetime import UTC, datetime, timedelta

import polars as pl

from storage.analysis.unseen import WATCHED
from storage.schema import GAPS, STATE

START = datetime(2025, 5, 19, 8, 0, tzinfo=UTC)


def at(minute: int | None, second: int = 20) -> datetime | None:
    return None if minute is None else START + timedelta(minutes=minute, seconds=second)


def broadcast(
    key: str, *, starts: int = 0, ends: int | None = None, status: str = "", platform: str = ""
) -> dict:
    """One on air from minute ``starts`` to ``ends``, or still."""
    return {
        "broadcast": key,
        "platform": platform or key.split(":", maxsplit=1)[0],
        "status": status or ("live" if ends is None else "ended"),
        "discovered_at": at(starts, 0),
        "started_at": at(starts, 0),
        "ended_at": at(ends, 0),
        "observed_at": None,
    }


def watched(*broadcasts: dict) -> pl.DataFrame:
    return pl.DataFrame(list(broadcasts), schema={key: STATE[key] for key in WATCHED})


def gap(key: str, first: int, last: int | None, reason: str = "unreachable") -> pl.DataFrame:
    row = {
        "broadcast": key,
        "platform": key.split(":", maxsplit=1)[0],
        "edition": "e",
        "reason": reason,
        "started_at": at(first),
        "ended_at": at(last),
        "missed_polls": 3,
    }
    return pl.DataFrame([row], schema=GAPS)
