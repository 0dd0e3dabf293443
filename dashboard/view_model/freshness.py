"""How far a number may be trusted as current: pure, from times and intervals alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from storage.model import LATE_INTERVALS, Status

STALE_SECONDS = 600.0
_GRACE_SECONDS = 20.0  # an answer takes its time; never call it late for that
_DEFAULT_INTERVAL_SECONDS = 60.0


class Freshness(StrEnum):
    """From best to worst for something on air; the others are not expected to move."""

    FRESH = "fresh"
    LATE = "late"  # more than LATE_INTERVALS intervals
    STALE = "stale"  # and more than STALE_SECONDS
    ERROR = "error"  # the platform refuses or fails, and the number is not fresh
    WAITING = "waiting"  # nothing has been on air yet
    ENDED = "ended"  # nothing is on air any more


#: What is not shown as if it were current.
OLD = frozenset({Freshness.STALE, Freshness.ERROR})

_WORST = (Freshness.STALE, Freshness.LATE, Freshness.FRESH)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastObservation:
    """When a broadcast was last observed, and how often it is planned to be."""

    status: Status
    observed_at: datetime | None
    interval_seconds: float | None


def observations(state: pl.DataFrame) -> list[LastObservation]:
    """Return the last observation of each row of ``state``, in its order."""
    columns = ("status", "observed_at", "interval_seconds")
    return [
        LastObservation(status=Status(status), observed_at=observed_at, interval_seconds=interval)
        for status, observed_at, interval in state.select(columns).iter_rows()
    ]


def broadcast_freshness(observation: LastObservation, now: datetime) -> Freshness:
    """Return the freshness of one broadcast."""
    status, interval = observation.status, observation.interval_seconds
    if status in {Status.ENDED, Status.GONE, Status.UPLOAD}:
        return Freshness.ENDED
    if status is Status.UPCOMING or observation.observed_at is None:
        return Freshness.WAITING
    if status is Status.UNKNOWN and not interval:
        return Freshness.ENDED  # a post whose state nobody tells, and which is not polled any more
    age = (now - observation.observed_at).total_seconds()
    if age <= LATE_INTERVALS * (interval or _DEFAULT_INTERVAL_SECONDS) + _GRACE_SECONDS:
        return Freshness.FRESH
    return Freshness.STALE if age > STALE_SECONDS else Freshness.LATE


def last_observation(broadcasts: Iterable[LastObservation]) -> datetime | None:
    """Return how old a platform's numbers are: when the stalest broadcast on air was observed.

    While nothing is on air, when any was last observed; None when none ever was.
    """
    times = [(entry.observed_at, entry.status) for entry in broadcasts if entry.observed_at]
    on_air = [at for at, status in times if status is Status.LIVE]
    return min(on_air, default=max((at for at, _ in times), default=None))


def platform_freshness(
    broadcasts: Iterable[LastObservation], now: datetime, *, failing: bool
) -> Freshness:
    """Return the worst of what is on air.

    ``failing``: the platform's polls are paused, or the last one failed.
    """
    states = {broadcast_freshness(broadcast, now) for broadcast in broadcasts}
    worst = next((state for state in _WORST if state in states), None)
    if worst is None:
        quiet = Freshness.ENDED if Freshness.ENDED in states else Freshness.WAITING
        return Freshness.ERROR if failing and quiet is Freshness.WAITING else quiet
    return Freshness.ERROR if failing and worst is not Freshness.FRESH else worst
