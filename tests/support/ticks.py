"""What a test sees: broadcasts, snapshots and ticks, in minutes after noon."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from storage.model import (
    Broadcast,
    Due,
    GapReason,
    Miss,
    Poll,
    SetAside,
    Snapshot,
    Status,
    Tick,
)
from storage.store import Store
from tests.support.builders import NOON, broadcast

A, B = "youtube:A", "youtube:B"
#: When the stores of these tests open: before all that they see, unless a test says otherwise.
OPENED = datetime(2026, 5, 1, tzinfo=UTC)


def opened(path: Path, *, at: datetime = OPENED, simulated: bool = True) -> Store:
    return Store.open(path, now=lambda: at, simulated=simulated)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def seen(key: str, minutes: float, views: int | None = None, **counts: Any) -> Snapshot:
    return Snapshot(
        **{
            "broadcast": key,
            "observed_at": at(minutes),
            "status": Status.LIVE,
            "views": views,
            "concurrent_viewers": None,
            "likes": None,
            "comments": None,
            "shares": None,
            "source": "videos",
            **counts,
        }
    )


def miss(key: str, minutes: float, reason: GapReason = GapReason.TIMEOUT) -> Miss:
    return Miss(broadcast=key, at=at(minutes), reason=reason, poll_id=1)


def due(key: str, minutes: float, interval_seconds: float = 60) -> Due:
    return Due(broadcast=key, next_due_at=at(minutes), interval_seconds=interval_seconds)


def poll(poll_id: int, minutes: float, **facts: Any) -> Poll:
    return Poll(
        **{
            "poll_id": poll_id,
            "platform": "youtube",
            "purpose": "poll",
            "source": "videos",
            "started_at": at(minutes),
            "finished_at": at(minutes),
            "asked": 1,
            "answered": 1,
            "requests": 1,
            "outcome": "ok",
            "error": None,
            **facts,
        }
    )


def told(*facts: Broadcast) -> Tick:
    return Tick(at=NOON, broadcasts=facts or (broadcast("A"), broadcast("B")))


def tick(*snapshots: Snapshot, misses: Iterable[Miss] = (), dues: Iterable[Due] = (),
         polls: Iterable[Poll] = (), set_aside: Iterable[SetAside] = ()) -> Tick:  # fmt: skip
    return Tick(
        at=NOON,
        snapshots=tuple((1, snapshot) for snapshot in snapshots),
        misses=tuple(misses),
        dues=tuple(dues),
        polls=tuple(polls),
        set_aside=tuple(set_aside),
    )


def rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    with store.reading() as (database, _):
        return database.rows(sql).rows()


def known(store: Store, key: str) -> dict[str, Any]:
    """Where the store says that a broadcast stands."""
    with store.reading() as (_, memory):
        return memory.state.row(by_predicate=_is(key), named=True)


def growth(store: Store) -> dict[float, int]:
    """Signed growth by minute after noon."""
    found = rows(store, "SELECT minute, sum(views_delta)::BIGINT FROM views_delta GROUP BY ALL")
    return {(minute - NOON).total_seconds() / 60: delta for minute, delta in sorted(found) if delta}


def _is(key: str):
    import polars as pl  # noqa: PLC0415 - one use, in a test's tool

    return pl.col("broadcast") == key
