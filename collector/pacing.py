"""Keeps a platform's polls within its buckets: looks at what is left, and stretches intervals.

What a poll costs is read from the platform itself: the first request of its exchange says so, and
is never sent.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from collector.budget import LOOK_AGAIN, Need, Rank, Stretch, affordable, fitting, rank_of, shed
from collector.contract import Bucket, Platform
from collector.errors import PlatformError
from collector.ledger import Ledger
from collector.quota import resets_at
from storage.model import Account, Broadcast

logger = logging.getLogger(__name__)

_ROUND_TO_SECONDS = 10.0  # so that thousands of needs become a few hundred


class Pacing:
    """By how much the polls of one platform are stretched, bucket by bucket."""

    def __init__(self, platform: Platform, accounts: Mapping[str, Account], ledger: Ledger) -> None:
        self.stretches: dict[str, Stretch] = {}
        self._platform = platform
        self._accounts = accounts
        self._ledger = ledger
        self._looked_at: datetime | None = None
        self._costs: dict[str, Mapping[str, int]] = {}

    def interval(self, broadcast: Broadcast, wanted_seconds: float, now: datetime) -> float:
        """Return the interval that the broadcast's buckets allow, in seconds."""
        need = Need(rank=rank_of(broadcast, now), interval_seconds=wanted_seconds)
        allowed = [
            self.stretches[bucket].interval(need)
            for bucket in self._costs_of(broadcast, now)
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
        needs: defaultdict[str, list[Need]] = defaultdict(list)
        for broadcast, seconds in wanted:
            rounded = max(_ROUND_TO_SECONDS, round(seconds / _ROUND_TO_SECONDS) * _ROUND_TO_SECONDS)
            need = Need(rank=rank_of(broadcast, now), interval_seconds=rounded)
            for bucket in self._costs_of(broadcast, now):
                needs[bucket].append(need)
        for bucket in self._platform.buckets:
            before = self.stretches.get(bucket.name)
            after = await self._fitted(bucket, needs[bucket.name], now)
            # The first look after a start counts whole: a restart must not overspend.
            self.stretches[bucket.name] = before.towards(after) if before else after
            self._tell(bucket, before, self.stretches[bucket.name])
        self._looked_at = now

    def given_up(self, bucket: str) -> Sequence[Rank]:
        """Return what is polled less often than wanted, the first given up first."""
        stretch = self.stretches.get(bucket)
        return shed(stretch) if stretch else ()

    async def _fitted(self, bucket: Bucket, needs: list[Need], now: datetime) -> Stretch:
        calls = affordable(
            units=bucket.units,
            used=await self._ledger.spent(bucket),
            reserve=bucket.reserve_units,
            cost=max((cost.get(bucket.name, 0) for cost in self._costs.values()), default=1),
            seconds_left=(resets_at(now, bucket) - now).total_seconds(),
        )
        return fitting(needs, calls, self._platform.batch_size)

    def _costs_of(self, broadcast: Broadcast, now: datetime) -> Mapping[str, int]:
        """Return what one call costs that asks for the broadcast, if more in it cost no more."""
        group = self._platform.group(broadcast, now)
        if group not in self._costs:
            one = self._first_costs([broadcast], now)
            two = self._first_costs([broadcast, broadcast], now)
            # Where each broadcast is paid for, the ledger alone decides: no batch makes it cheaper.
            self._costs[group] = {name: units for name, units in one.items() if two[name] == units}
        return self._costs[group]

    def _first_costs(self, broadcasts: list[Broadcast], now: datetime) -> Mapping[str, int]:
        exchange = self._platform.poll(broadcasts, self._accounts, now)
        try:
            return next(exchange).costs
        except (StopIteration, PlatformError):
            return {}
        finally:
            exchange.close()

    def _tell(self, bucket: Bucket, before: Stretch | None, after: Stretch) -> None:
        given_up = shed(after)
        if given_up and given_up != (shed(before) if before else []):
            names = ", ".join(rank.name.lower() for rank in given_up)
            logger.warning("%s is short: polled less often are %s", bucket.name, names)
