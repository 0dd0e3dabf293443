"""Pacing of a platform's polls: longer intervals where a bucket would not last. Pure."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from collector.contract.platform_protocol import AnyPlatform
from collector.quota.period import resets_at
from collector.quota.request_cost import RequestCosts
from collector.quota.throttle import (
    UPDATE_EVERY,
    Demand,
    Priority,
    Throttle,
    affordable,
    demand_of,
    fit_throttle,
    priority_of,
    slowed_priorities,
)
from storage.model import Account, Broadcast

logger = logging.getLogger(__name__)


class Pacing:
    """By how much the polls of one platform are slowed, bucket by bucket."""

    def __init__(self, platform: AnyPlatform, accounts: Mapping[str, Account]) -> None:
        self.throttles: dict[str, Throttle] = {}
        self.costs = RequestCosts(platform, accounts)
        self._platform = platform
        self._updated_at: datetime | None = None

    def interval(self, broadcast: Broadcast, wanted_seconds: float, now: datetime) -> float:
        """Return the interval that the broadcast's buckets allow, in seconds."""
        demand = Demand(priority=priority_of(broadcast, now), interval_seconds=wanted_seconds)
        allowed = [
            self.throttles[bucket].interval(demand)
            for bucket in self._shared_buckets(broadcast, now)
            if bucket in self.throttles
        ]
        return max(allowed, default=wanted_seconds)

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time to update; a clock that was set back does not delay it."""
        if not self._platform.buckets or self._updated_at is None:
            return bool(self._platform.buckets)
        return not now - UPDATE_EVERY < self._updated_at <= now

    def update(
        self, wanted: Iterable[tuple[Broadcast, float]], spent: Mapping[str, int], now: datetime
    ) -> None:
        """Move the throttles towards those that :meth:`fit` returns, and log what is slowed."""
        for name, fitted in self.fit(wanted, spent, now).items():
            before = self.throttles.get(name)
            # The first one after a start counts in full: a restart must not overspend.
            self.throttles[name] = before.towards(fitted) if before else fitted
            self._log_slowed(name, before)
        self._updated_at = now

    def fit(
        self, wanted: Iterable[tuple[Broadcast, float]], spent: Mapping[str, int], now: datetime
    ) -> dict[str, Throttle]:
        """Return the throttle of each bucket with which it lasts until its period ends.

        ``wanted`` are the broadcasts that are polled, with the interval in seconds that the cadence
        gives each; ``spent`` are the units of each bucket's current period.
        """
        demands: defaultdict[str, list[Demand]] = defaultdict(list)
        for broadcast, seconds in wanted:
            demand = demand_of(broadcast, seconds, now)
            for name in self._shared_buckets(broadcast, now):
                demands[name].append(demand)
        throttles: dict[str, Throttle] = {}
        for bucket in self._platform.buckets:
            calls = affordable(
                units=bucket.units,
                used=spent[bucket.name],
                reserve=bucket.reserve_units,
                cost=self.costs.highest(bucket.name),
                seconds_left=(resets_at(now, bucket) - now).total_seconds(),
            )
            batch_size = self._platform.batch_size
            throttles[bucket.name] = fit_throttle(demands[bucket.name], calls, batch_size)
        return throttles

    def slowed(self, bucket: str) -> Sequence[Priority]:
        """Return what is polled less often than wanted, the first given up first."""
        throttle = self.throttles.get(bucket)
        return slowed_priorities(throttle) if throttle else ()

    def _shared_buckets(self, broadcast: Broadcast, now: datetime) -> Iterable[str]:
        # Where each broadcast is paid for, the meter alone decides: no batch makes it cheaper.
        return self.costs.cost_of(broadcast, now).call

    def _log_slowed(self, bucket: str, before: Throttle | None) -> None:
        slowed = self.slowed(bucket)
        if slowed and slowed != (slowed_priorities(before) if before else []):
            names = ", ".join(priority.name.lower() for priority in slowed)
            logger.warning("%s is short: polled less often are %s", bucket, names)
