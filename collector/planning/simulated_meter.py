"""What a plan spends of each bucket, period by period: the ledger of calls that nobody made. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from collector.contract.quota import Bucket
from collector.quota.period import period_start


@dataclass(slots=True)
class SimulatedBucket:
    """What was spent of one bucket in one period, and what was refused; in its own units."""

    polls: float = 0.0
    discovery: float = 0.0
    refused: float = 0.0

    @property
    def spent(self) -> float:
        """Return all that was spent."""
        return self.polls + self.discovery


class SimulatedMeter:
    """The purses of one platform's buckets. Fractions of a unit are rates, not rounding."""

    def __init__(self, buckets: Iterable[Bucket]) -> None:
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._of: defaultdict[tuple[str, date], SimulatedBucket] = defaultdict(SimulatedBucket)

    def now(self, name: str, now: datetime) -> SimulatedBucket:
        """Return the purse of the period that ``now`` is in."""
        return self._of[name, period_start(now, self._buckets[name])]

    def of(self, name: str) -> list[SimulatedBucket]:
        """Return the purses of all periods of a bucket."""
        return [purse for (whose, _), purse in self._of.items() if whose == name]

    def pay_for_polls(self, name: str, units: float, now: datetime) -> None:
        """Spend what is left above the reserve; what goes beyond is refused."""
        purse, left = self.now(name, now), self._left(name, now)
        purse.polls += min(units, left)
        purse.refused += max(units - left, 0.0)

    def pay_for_discovery(self, name: str, units: float, now: datetime) -> None:
        """Spend what is left, reserve included; what goes beyond is refused."""
        purse, bucket = self.now(name, now), self._buckets[name]
        left = max(bucket.units - purse.spent, 0.0)
        purse.discovery += min(units, left)
        purse.refused += max(units - left, 0.0)

    def pay_whole(self, costs: Mapping[str, int], now: datetime) -> bool:
        """Pay for one broadcast out of all of its buckets, or out of none; tell whether it did."""
        short = [name for name, units in costs.items() if units > self._left(name, now)]
        for name in short:
            self.now(name, now).refused += costs[name]
        if short:
            return False
        for name, units in costs.items():
            self.now(name, now).polls += units
        return True

    def _left(self, name: str, now: datetime) -> float:
        bucket = self._buckets[name]
        return max(bucket.units - bucket.reserve_units - self.now(name, now).spent, 0.0)
