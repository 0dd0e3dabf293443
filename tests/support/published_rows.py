"""Published rows that a test of the analysis starts from, in minutes after noon."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from storage import schema
from storage.analysis.dataset import Dataset, build_dataset
from storage.analysis.editions.curve import edition_curve
from storage.definitions import in_force, load
from tests.support.ticks import at

DEFINITION = in_force(load())
HOUR = 60  # minutes
ORDINARY = {
    "platform": "youtube",
    "account": "youtube:@test",
    "edition": "e",
    "status": "live",
    "source": "videos",
}


def minutes(
    broadcast: str, viewers: Mapping[Any, int | None], views: Mapping[Any, int | None] | None = None
) -> list[dict]:
    """Rows of one broadcast: viewers and views by minute after noon."""
    views = views or {}
    return [
        {
            **_place(broadcast),
            "minute": at(minute),
            "views": views.get(minute),
            "concurrent_viewers": viewers.get(minute),
            "peak_concurrent_viewers": viewers.get(minute),
            "snapshots": 1,
        }
        for minute in sorted({*viewers, *views})
    ]


def gap(broadcast: str, since: float, until: float | None) -> dict:
    ended_at = None if until is None else at(until)
    return {
        **_place(broadcast),
        "reason": "timeout",
        "started_at": at(since),
        "ended_at": ended_at,
        "missed_polls": 1,
    }


def on_air(broadcast: str, since: float, until: float | None) -> dict:
    ended_at = None if until is None else at(until)
    return {"airing": broadcast, "broadcast": broadcast, "started_at": at(since), "ended_at": ended_at}  # fmt: skip


def shown(
    rows: Iterable[dict],
    *,
    gaps: Iterable[dict] = (),
    segments: Iterable[dict] = (),
    corrections: Iterable[dict] = (),
    state: Iterable[dict] = (),
) -> Dataset:
    """Records of these rows; a broadcast that ``state`` does not tell of is an ordinary live one."""
    rows, told = list(rows), list(state)
    names = dict.fromkeys([row["broadcast"] for row in [*rows, *segments]])
    facts = {name: {"broadcast": name, **ORDINARY, **_place(name)} for name in names}
    for row in told:
        facts[row["broadcast"]] = {**ORDINARY, **_place(row["broadcast"]), **row}
    return build_dataset(
        state=pl.DataFrame(list(facts.values()), schema=schema.STATE),
        minutes=pl.DataFrame(rows, schema=schema.BROADCAST_MINUTES),
        gaps=pl.DataFrame(list(gaps), schema=schema.GAPS),
        corrections=pl.DataFrame(list(corrections), schema=schema.CORRECTIONS),
        segments=pl.DataFrame(list(segments), schema=schema.SEGMENTS),
    )


def laid_out(name, opening, growth, *, hours=3, airtime=None, gaps=(), source="videos"):
    """A course: growth by platform and hour after the opening; each platform one broadcast."""
    rows = [
        (at(opening + HOUR * hour), name, platform, views, None, 1)
        for platform, by_hour in growth.items()
        for hour, views in by_hour.items()
    ]
    state = [
        {**ORDINARY, "broadcast": f"{platform}:{name}", "platform": platform, "edition": name,
         "source": source, "views": 1}
        for platform in growth
    ]  # fmt: skip
    lengths = airtime or dict.fromkeys(growth, hours)
    segments = [
        {"airing": "x", "broadcast": f"{platform}:{name}", "started_at": at(opening),
         "ended_at": at(opening + HOUR * length)}
        for platform, length in lengths.items() if length
    ]  # fmt: skip
    return edition_curve(
        name,
        opened_at=at(opening),
        ends_at=at(opening + HOUR * hours),
        until=at(opening + HOUR * hours),
        edition_minutes=pl.DataFrame(rows, schema=schema.EDITION_MINUTES, orient="row"),
        state=pl.DataFrame(state, schema=schema.STATE),
        segments=pl.DataFrame(segments, schema=schema.SEGMENTS),
        gaps=pl.DataFrame(
            [{"broadcast": f"{where}:{name}", "started_at": at(opening + since),
              "ended_at": at(opening + until)} for where, since, until in gaps],
            schema=schema.GAPS,
        ),
        definition=DEFINITION,
    )  # fmt: skip


def _place(broadcast: str) -> dict:
    platform = broadcast.partition(":")[0] if ":" in broadcast else "youtube"
    return {"broadcast": broadcast, "platform": platform, "edition": "e"}
