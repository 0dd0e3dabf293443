"""How far a number may be trusted as current: pure, from the newest attempts, times and intervals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from storage.definitions.platforms import is_keyless
from storage.model import LATE_INTERVALS, Status

STALE_SECONDS = 600.0
#: What failed so often in a row is not current, whatever its age.
FAILED_ATTEMPTS = 2
_GRACE_SECONDS = 20.0  # an answer takes its time; never call it late for that
_DEFAULT_INTERVAL_SECONDS = 60.0


class Freshness(StrEnum):
    """From best to worst for something on air; the others are not expected to move."""

    FRESH = "fresh"
    LATE = "late"  # more than LATE_INTERVALS intervals, or the newest attempts failed
    STALE = "stale"  # and more than STALE_SECONDS
    ERROR = "error"  # the platform refuses or fails, and the number is not fresh
    WAITING = "waiting"  # nothing has been on air yet
    ENDED = "ended"  # nothing is on air any more


#: What is not shown as if it were current.
OLD = frozenset({Freshness.STALE, Freshness.ERROR})
#: Late already is no *now*: an audience moves within minutes, other than a sum of views.
LATE = OLD | {Freshness.LATE}

_WORST = (Freshness.STALE, Freshness.LATE, Freshness.FRESH)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastObservation:
    """When a broadcast was last observed, how often it is planned to be, and what failed since."""

    status: Status
    observed_at: datetime | None
    interval_seconds: float | None
    missed_polls: int = 0  # in a row, since it was observed
    tells_state: bool = True  # whether what answered says what is on the air


def observations(state: pl.DataFrame, gaps: pl.DataFrame) -> list[LastObservation]:
    """Return the last observation of each row of ``state``, in its order; ``gaps`` are published."""
    missed = _missed_polls(state, gaps)
    columns = ("broadcast", "platform", "source", "status", "observed_at", "interval_seconds")
    return [
        LastObservation(
            status=Status(status),
            observed_at=observed_at,
            interval_seconds=interval,
            missed_polls=missed.get(broadcast, 0),
            tells_state=not is_keyless(platform, source),
        )
        for broadcast, platform, source, status, observed_at, interval in state.select(
            columns
        ).iter_rows()
    ]


def is_in_time(observed_at: datetime, interval_seconds: float | None, now: datetime) -> bool:
    """Tell whether what was asked then, and is every ``interval_seconds``, is not late at ``now``."""
    age = (now - observed_at).total_seconds()
    return age <= LATE_INTERVALS * (interval_seconds or _DEFAULT_INTERVAL_SECONDS) + _GRACE_SECONDS


def broadcast_freshness(observation: LastObservation, now: datetime) -> Freshness:
    """Return the freshness of one broadcast."""
    status, interval = observation.status, observation.interval_seconds
    if status in {Status.ENDED, Status.GONE, Status.UPLOAD}:
        return Freshness.ENDED
    if status is Status.UPCOMING or observation.observed_at is None:
        return Freshness.WAITING
    if status is Status.UNKNOWN and not interval:
        return Freshness.ENDED  # a post whose state nobody tells, and which is not polled any more
    is_told = observation.tells_state or status is not Status.LIVE
    failed = observation.missed_polls >= FAILED_ATTEMPTS
    if is_told and not failed and is_in_time(observation.observed_at, interval, now):
        return Freshness.FRESH
    age = (now - observation.observed_at).total_seconds()
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
    quiet = Freshness.ENDED if Freshness.ENDED in states else Freshness.WAITING
    worst = next((state for state in _WORST if state in states), quiet)
    return Freshness.ERROR if failing and worst is not Freshness.FRESH else worst


def _missed_polls(state: pl.DataFrame, gaps: pl.DataFrame) -> dict[str, int]:
    """Count what failed since each broadcast was observed: a gap a reason, one after another."""
    observed = gaps.join(state.select("broadcast", "observed_at"), on="broadcast")
    since = pl.col("observed_at").is_null() | (pl.col("started_at") >= pl.col("observed_at"))
    missed = observed.filter(since).group_by("broadcast").agg(pl.col("missed_polls").sum())
    return dict(missed.iter_rows())
