"""Keeps a platform's polls within its buckets: looks at what is left, and stretches intervals."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from collector.contract.platform_protocol import Platform
from collector.contract.quota import Bucket
from collector.quota.meter import QuotaMeter
from collector.quota.period import resets_at
from collector.quota.request_cost import RequestCosts
from collector.quota.throttle import (
    LOOK_AGAIN,
    Demand,
    Priority,
    Throttle,
    affordable,
    demand_of,
    fit_throttle,
    priority_of,
    shed_archived,
)
from storage.model import Account, Broadcast

logger = logging.getLogger(__name__)


class Pacing:
    """By how much the polls of one platform are stretched, bucket by bucket."""

    def __init__(
        self, platform: Platform, accounts: Mapping[str, Account], ledger: QuotaMeter
    ) -> None:
        self.stretches: dict[str, Throttle] = {}
        self._platform = platform
        self._ledger = ledger
        self._looked_at: datetime | None = None
        self._prices = RequestCosts(platform, accounts)

    def interval(self, broadcast: Broadcast, wanted_seconds: float, now: datetime) -> float:
        """Return the interval that the broadcast's buckets allow, in seconds."""
        need = Demand(rank=priority_of(broadcast, now), interval_seconds=wanted_seconds)
        allowed = [
            self.stretches[bucket].interval(need)
            for bucket in self._shared(broadcast, now)
            if bucket in self.stretches
        ]
        return max(allowed, default=wanted_seconds)

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time to look again; a clock that was set back does not delay it."""
        if not self._platform.buckets or self._looked_at is None:
            return bool(self._platform.buckets)
        return not now - LOOK_AGAIN < self._looked_at <= now

    async def look(self, wanted: Iterable[tuple[Broadcast, float]], now: datetime) -> None:
        """Compare what the polls need, each at its wanted interval, with what is left."""
        needs: defaultdict[str, list[Demand]] = defaultdict(list)
        for broadcast, seconds in wanted:
            need = demand_of(broadcast, seconds, now)
            for bucket in self._shared(broadcast, now):
                needs[bucket].append(need)
        for bucket in self._platform.buckets:
            before = self.stretches.get(bucket.name)
            after = await self._fitted(bucket, needs[bucket.name], now)
            # The first look after a start counts whole: a restart must not overspend.
            self.stretches[bucket.name] = before.towards(after) if before else after
            self._tell(bucket, before, self.stretches[bucket.name])
        self._looked_at = now

    def given_up(self, bucket: str) -> Sequence[Priority]:
        """Return what is polled less often than wanted, the first given up first."""
        stretch = self.stretches.get(bucket)
        return shed_archived(stretch) if stretch else ()

    async def _fitted(self, bucket: Bucket, needs: list[Demand], now: datetime) -> Throttle:
        calls = affordable(
            units=bucket.units,
            used=await self._ledger.spent(bucket),
            reserve=bucket.reserve_units,
            cost=self._prices.dearest(bucket.name),
            seconds_left=(resets_at(now, bucket) - now).total_seconds(),
        )
        return fit_throttle(needs, calls, self._platform.batch_size)

    def _shared(self, broadcast: Broadcast, now: datetime) -> Mapping[str, int]:
        # Where each broadcast is paid for, the ledger alone decides: no batch makes it cheaper.
        return self._prices.of(broadcast, now).call

    def _tell(self, bucket: Bucket, before: Throttle | None, after: Throttle) -> None:
        given_up = shed_archived(after)
        if given_up and given_up != (shed_archived(before) if before else []):
            names = ", ".join(rank.name.lower() for rank in given_up)
            logger.warning("%s is short: polled less often are %s", bucket.name, names)
