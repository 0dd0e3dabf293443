"""Factors by which the cadence's intervals grow so that a bucket lasts until its period ends. Pure.

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
#: How far a throttle moves towards what is needed at each update, and how often that is.
STEP = 0.3
UPDATE_EVERY = timedelta(minutes=5)

_QUICKEST = 0.5
_NOTICEABLE = 1.01  # a factor that goes back by steps comes ever nearer to 1
_ROUND_TO_SECONDS = 10.0
_PRECISION = 40  # halvings of a factor's range: exact to a second in a day


class Priority(IntEnum):
    """What is polled less often first comes first."""

    ARCHIVED = 0
    COOLING = 1
    UPCOMING = 2
    ENDED = 3
    LIVE = 4


#: The longest interval of each priority, in seconds.
SLOWEST: Mapping[Priority, float] = {
    Priority.ARCHIVED: DAY,
    Priority.COOLING: 6 * HOUR,
    Priority.UPCOMING: HOUR,
    Priority.ENDED: HOUR / 2,
    Priority.LIVE: HOUR / 6,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """One broadcast of a bucket: its priority, and the interval the cadence gives it."""

    priority: Priority
    interval_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Throttle:
    """Factors of the intervals by priority; 1 where there is none."""

    factors: Mapping[Priority, float] = field(default_factory=dict[Priority, float])

    def interval(self, demand: Demand) -> float:
        """Return the slowed interval in seconds, at most the priority's slowest."""
        return _slowed(demand, self.factors.get(demand.priority, 1.0))

    def towards(self, wanted: "Throttle") -> "Throttle":
        """Return the throttle a step nearer to ``wanted``: a sudden need is no lasting one."""
        factors = {priority: self.factors.get(priority, 1.0) for priority in Priority}
        return Throttle(
            factors={
                priority: factor + STEP * (wanted.factors.get(priority, 1.0) - factor)
                for priority, factor in factors.items()
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
    """Tell whether it may go on the air before a slowed poll would come: that start is lost."""
    if broadcast.scheduled_at is None:
        return False
    until = broadcast.scheduled_at - now
    return -timedelta(hours=1) < until <= timedelta(hours=2)


def demand_of(broadcast: Broadcast, wanted_seconds: float, now: datetime) -> Demand:
    """Return the broadcast's demand, rounded: thousands of demands become a few hundred."""
    rounded = max(_ROUND_TO_SECONDS, round(wanted_seconds / _ROUND_TO_SECONDS) * _ROUND_TO_SECONDS)
    return Demand(priority=priority_of(broadcast, now), interval_seconds=rounded)


def affordable(*, units: int, used: int, reserve: int, cost: int, seconds_left: float) -> float:
    """Return the calls a second that what is left of a bucket allows; ``cost`` is a call's units."""
    left = PLANNED_SHARE * units - reserve - used
    return max(left, 0.0) / max(cost, 1) / max(seconds_left, 1.0)


def calls_per_second(demands: Iterable[Demand], throttle: Throttle, batch_size: int) -> float:
    """Return the calls a second for all demands: their share of batches, at least the grid's.

    While anything is polled every minute there is a call a minute, however few are due.
    """
    return _calls(Counter(demands), throttle.factors, batch_size)


def fit_throttle(demands: Iterable[Demand], affordable_calls: float, batch_size: int) -> Throttle:
    """Return the least throttle with which the demands fit into the affordable calls a second.

    Where even the slowest is too much, all is at its slowest and the meter will stop the rest.
    What is left over is used for the priorities that matter most, live ones excepted.
    """
    counted = Counter(demands)
    factors = dict.fromkeys(Priority, 1.0)

    def fits() -> bool:
        return _calls(counted, factors, batch_size) <= affordable_calls

    def set_least(priority: Priority, lower: float, upper: float) -> bool:
        """Set the least factor of one priority that is enough, or ``upper`` where none is."""
        for _ in range(_PRECISION):
            factors[priority] = (lower + upper) / 2
            lower, upper = (lower, factors[priority]) if fits() else (factors[priority], upper)
        factors[priority] = upper
        return fits()

    if fits():
        for priority in (Priority.ENDED, Priority.COOLING, Priority.ARCHIVED):
            set_least(priority, _QUICKEST, 1.0)
        return Throttle(factors=factors)
    for priority in Priority:
        intervals = [demand.interval_seconds for demand in counted if demand.priority is priority]
        slowest = SLOWEST[priority]
        if set_least(priority, 1.0, max(1.0, slowest / min(intervals, default=slowest))):
            break
    return Throttle(factors=factors)


def slowed_priorities(throttle: Throttle) -> list[Priority]:
    """Return what is polled less often than the cadence wants, the first given up first."""
    # A priority of which nothing is polled has nothing to give up, and those after it still may.
    return [priority for priority in Priority if throttle.factors.get(priority, 1.0) > _NOTICEABLE]


def _calls(counted: Counter[Demand], factors: Mapping[Priority, float], batch_size: int) -> float:
    intervals = {demand: _slowed(demand, factors.get(demand.priority, 1.0)) for demand in counted}
    share = sum(number / intervals[demand] for demand, number in counted.items()) / batch_size
    # One call carries whatever is due in the same minute: the shortest interval sets the pace.
    return UNFILLED * share + (1 / min(intervals.values()) if intervals else 0.0)


def _slowed(demand: Demand, factor: float) -> float:
    slowest = max(SLOWEST[demand.priority], demand.interval_seconds)
    return min(demand.interval_seconds * factor, slowest)
