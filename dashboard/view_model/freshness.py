"""Says how far a number may be trusted as current: pure, from times and intervals alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.model import LATE_INTERVALS, Status

STALE_SECONDS = 600.0
_GRACE_SECONDS = 20.0  # an answer takes its time; never call it late for that
_DEFAULT_INTERVAL_SECONDS = 60.0


class Freshness(StrEnum):
    """From best to worst for something on air; the others are not expected to move."""

    FRESH = "fresh"
    LATE = "late"  # more than three intervals
    STALE = "stale"  # and more than ten minutes
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


def of_broadcast(seen: LastObservation, now: datetime) -> Freshness:
    """The freshness of one broadcast."""
    if seen.status in {Status.ENDED, Status.GONE, Status.UPLOAD}:
        return Freshness.ENDED
    if seen.status is Status.UPCOMING or seen.observed_at is None:
        return Freshness.WAITING
    if seen.status is Status.UNKNOWN and not seen.interval_seconds:
        return Freshness.ENDED  # a post whose state nobody tells, and which is not polled any more
    age = (now - seen.observed_at).total_seconds()
    allowed = LATE_INTERVALS * (seen.interval_seconds or _DEFAULT_INTERVAL_SECONDS) + _GRACE_SECONDS
    if age <= allowed:
        return Freshness.FRESH
    return Freshness.STALE if age > STALE_SECONDS else Freshness.LATE


def last_observation(broadcasts: Iterable[LastObservation]) -> datetime | None:
    """How old a platform's numbers are: when the stalest broadcast on air was observed.

    While nothing is on air, when any was last observed; None when none ever was.
    """
    each = [one for one in broadcasts if one.observed_at is not None]
    on_air = [one.observed_at for one in each if one.status is Status.LIVE and one.observed_at]
    return min(
        on_air, default=max((one.observed_at for one in each if one.observed_at), default=None)
    )


def of_platform(
    broadcasts: Iterable[LastObservation], now: datetime, *, failing: bool
) -> Freshness:
    """The worst of what is on air; ``failing`` when its polls are paused or the last one failed."""
    each = [of_broadcast(seen, now) for seen in broadcasts]
    worst = next((state for state in _WORST if state in each), None)
    if worst is None:
        quiet = Freshness.ENDED if Freshness.ENDED in each else Freshness.WAITING
        return Freshness.ERROR if failing and quiet is Freshness.WAITING else quiet
    return Freshness.ERROR if failing and worst is not Freshness.FRESH else worst
