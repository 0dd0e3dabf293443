"""Stretches the intervals of the cadence so that a bucket lasts until its period ends. Pure.

What matters least is polled less often first: archived broadcasts, then cooling ones, upcoming
ones, those that just ended, and only when all of these are at their slowest, what is live. With
plenty left, everything but the live ones is polled up to twice as often; those already ride on
one call a minute.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from collector.scheduling.cadence import DAY, HOUR
from storage.model import Broadcast, Status

#: What polls cost beyond their share of a full batch: places that stay free.
UNFILLED = 1.15
#: The share of what is left that is planned with; the rest is for what comes unannounced.
PLANNED_SHARE = 0.95
#: How far the stretch moves towards what is needed at each look, and how often that is.
STEP = 0.3
LOOK_AGAIN = timedelta(minutes=5)

_QUICKEST = 0.5
_NOTICEABLE = 1.01  # a stretch that goes back by steps comes ever nearer to 1
_ROUND_TO_SECONDS = 10.0
_PRECISION = 40  # halvings of a factor's range: exact to a second in a day


class Priority(IntEnum):
    """What is polled less often first comes first."""

    ARCHIVED = 0
    COOLING = 1
    UPCOMING = 2
    ENDED = 3
    LIVE = 4


#: The longest interval each rank is stretched to, in seconds.
SLOWEST: Mapping[Priority, float] = {
    Priority.ARCHIVED: DAY,
    Priority.COOLING: 6 * HOUR,
    Priority.UPCOMING: HOUR,
    Priority.ENDED: HOUR / 2,
    Priority.LIVE: HOUR / 6,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """One broadcast of a bucket: its rank, and the interval the cadence gives it."""

    rank: Priority
    interval_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Throttle:
    """By how much the intervals of each rank are multiplied; 1 where nothing is said."""

    factors: Mapping[Priority, float] = field(default_factory=dict[Priority, float])

    def interval(self, need: Demand) -> float:
        """Return the need's interval in seconds, stretched, at most to its rank's slowest."""
        return _stretched(need, self.factors.get(need.rank, 1.0))

    def towards(self, wanted: "Throttle") -> "Throttle":
        """Return the stretch a step nearer to ``wanted``: a sudden need is no lasting one."""
        return Throttle(
            factors={
                rank: self.factors.get(rank, 1.0)
                + STEP * (wanted.factors.get(rank, 1.0) - self.factors.get(rank, 1.0))
                for rank in Priority
            }
        )


def priority_of(broadcast: Broadcast, now: datetime) -> Priority:
    """Return how early polls of a broadcast are given up."""
    match broadcast.status:
        case Status.LIVE:
            return Priority.LIVE
        case Status.UPCOMING:
            return Priority.LIVE if _is_imminent(broadcast, now) else Priority.UPCOMING
        case Status.GONE | Status.UPLOAD:
            return Priority.ARCHIVED
        case Status.ENDED | Status.UNKNOWN:
            since = broadcast.ended_at or broadcast.published_at or broadcast.discovered_at
            age = now - since
            if age < timedelta(hours=1):
                return Priority.ENDED
            return Priority.COOLING if age < timedelta(days=3) else Priority.ARCHIVED


def _is_imminent(broadcast: Broadcast, now: datetime) -> bool:
    """Tell whether it may go on the air before a stretched poll would come: that start is lost."""
    if broadcast.scheduled_at is None:
        return False
    until = broadcast.scheduled_at - now
    return -timedelta(hours=1) < until <= timedelta(hours=2)


def demand_of(broadcast: Broadcast, wanted_seconds: float, now: datetime) -> Demand:
    """Return what the broadcast needs, rounded: thousands of needs become a few hundred."""
    rounded = max(_ROUND_TO_SECONDS, round(wanted_seconds / _ROUND_TO_SECONDS) * _ROUND_TO_SECONDS)
    return Demand(rank=priority_of(broadcast, now), interval_seconds=rounded)


def affordable(*, units: int, used: int, reserve: int, cost: int, seconds_left: float) -> float:
    """Return the calls a second that what is left of a bucket allows; ``cost`` is a call's units."""
    left = PLANNED_SHARE * units - reserve - used
    return max(left, 0.0) / max(cost, 1) / max(seconds_left, 1.0)


def calls_per_second(needs: Iterable[Demand], stretch: Throttle, batch_size: int) -> float:
    """Return how many calls the needs make a second: their share of batches, at least the grid's.

    While anything is polled every minute there is a call a minute, however few are due.
    """
    return _calls(Counter(needs), stretch.factors, batch_size)


def fit_throttle(needs: Iterable[Demand], affordable_calls: float, batch_size: int) -> Throttle:
    """Return the least stretch with which the needs fit into the affordable calls a second.

    Where even the slowest is too much, all is at its slowest and the ledger will stop the rest.
    """
    counted = Counter(needs)
    factors = dict.fromkeys(Priority, 1.0)
    if _calls(counted, factors, batch_size) <= affordable_calls:
        return Throttle(factors=_quickened(counted, affordable_calls, batch_size))
    for rank in Priority:
        factors[rank] = _least(counted, factors, rank, affordable_calls, batch_size)
        if _calls(counted, factors, batch_size) <= affordable_calls:
            break
    return Throttle(factors=factors)


def shed_archived(stretch: Throttle) -> list[Priority]:
    """Return the ranks that are polled less often than the cadence wants, the first given up first."""
    # A rank of which nothing is polled has nothing to give up, and those after it still may.
    return [rank for rank in Priority if stretch.factors.get(rank, 1.0) > _NOTICEABLE]


def _quickened(
    counted: Counter[Demand], affordable_calls: float, batch_size: int
) -> dict[Priority, float]:
    """Use what is left over for the ranks that matter most, live ones excepted."""
    factors = dict.fromkeys(Priority, 1.0)
    for rank in (Priority.ENDED, Priority.COOLING, Priority.ARCHIVED):
        lower, upper = _QUICKEST, 1.0
        for _ in range(_PRECISION):
            middle = (lower + upper) / 2
            fits = _calls(counted, {**factors, rank: middle}, batch_size) <= affordable_calls
            lower, upper = (lower, middle) if fits else (middle, upper)
        factors[rank] = upper
    return factors


def _least(
    counted: Counter[Demand],
    factors: Mapping[Priority, float],
    rank: Priority,
    affordable_calls: float,
    batch_size: int,
) -> float:
    """Return the least factor of one rank that is enough, or its greatest where none is."""
    intervals = [need.interval_seconds for need in counted if need.rank is rank]
    lower, upper = 1.0, max(1.0, SLOWEST[rank] / min(intervals, default=SLOWEST[rank]))
    for _ in range(_PRECISION):
        middle = (lower + upper) / 2
        fits = _calls(counted, {**factors, rank: middle}, batch_size) <= affordable_calls
        lower, upper = (lower, middle) if fits else (middle, upper)
    return upper


def _calls(counted: Counter[Demand], factors: Mapping[Priority, float], batch_size: int) -> float:
    intervals = {need: _stretched(need, factors.get(need.rank, 1.0)) for need in counted}
    share = sum(number / intervals[need] for need, number in counted.items()) / batch_size
    # One call carries whatever is due in the same minute: the shortest interval sets the pace.
    return UNFILLED * share + (1 / min(intervals.values()) if intervals else 0.0)


def _stretched(need: Demand, factor: float) -> float:
    slowest = max(SLOWEST[need.rank], need.interval_seconds)
    return min(need.interval_seconds * factor, slowest)
