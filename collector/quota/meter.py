"""Writes units down before they are spent, so that a crash can only over-count them."""

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from collector.contract.errors import QuotaExceeded, RateLimited
from collector.contract.exchange import Request, Response
from collector.contract.quota import Bucket, Limit
from collector.quota.period import allows, period_start, resets_at
from collector.recording.spool import Spool
from collector.recording.writer import Writer
from storage.model import Pause
from storage.store import Store

#: A platform's midnight may come a little after ours, and not everyone has to ask at once.
LATEST_AFTER_MIDNIGHT_SECONDS = 60.0


class QuotaMeter:
    """What is left of every bucket, kept in storage over restarts, and of the platform's limits.

    ``limits`` are as the newest answers told them, by name.
    """

    def __init__(
        self,
        buckets: Iterable[Bucket],
        pauses: Iterable[Pause],
        *,
        store: Store | Spool,
        writer: Writer,
        now: Callable[[], datetime],
    ) -> None:
        self.buckets = {bucket.name: bucket for bucket in buckets}
        self.limits: dict[str, Limit] = {}
        self._closed_until = {
            pause.bucket: pause.until for pause in pauses if pause.bucket and pause.until
        }
        self._spent: dict[tuple[str, date], int] = {}
        self._store = store
        self._writer = writer
        self._now = now

    async def charge(self, request: Request) -> None:
        """Charge a request that is about to be made, to all of its buckets or to none.

        Raises:
            QuotaExceeded: a bucket's period is used up, by our count or by the platform's word.
            RateLimited: the platform said that a limit is reached.
        """
        self._heed_limits(request)
        costs = [(self.buckets[name], units) for name, units in request.costs.items()]
        for bucket, _ in costs:
            await self.spent(bucket)
        # From here to the counting nothing is awaited: another request may be charged meanwhile.
        for bucket, units in costs:
            self._check(request, bucket, units)
        for bucket, units in costs:
            period = self._period(bucket)
            self._spent[period] = self._spent.get(period, 0) + units
        for bucket, units in costs:
            await self._writer(self._store.spend, *self._period(bucket), units)

    async def settle(self, request: Request, response: Response) -> None:
        """Correct what was charged by what the answer says it cost."""
        if request.settle is None:
            return
        cost = request.settle(response)
        for name, charged in request.costs.items():
            difference = cost.get(name, 0) - charged
            if difference:
                period = self._period(self.buckets[name])
                self._spent[period] = self._spent.get(period, 0) + difference
                await self._writer(self._store.spend, *period, difference)

    def observe(self, limits: Iterable[Limit]) -> None:
        """Remember what an answer said of the platform's limits."""
        self.limits |= {limit.name: limit for limit in limits}

    async def spent(self, bucket: Bucket) -> int:
        """Return the units spent of the current period's allowance."""
        period = self._period(bucket)
        if period not in self._spent:
            stored = await self._writer(self._store.spent, *period)
            self._spent.setdefault(period, stored)
        return self._spent[period]

    def close_bucket(self, name: str) -> datetime:
        """Believe the platform that the bucket is empty; return when it is asked again.

        That is within a minute after the next period begins.
        """
        after = random.uniform(0, LATEST_AFTER_MIDNIGHT_SECONDS)  # noqa: S311 - spreads calls, hides nothing
        until = resets_at(self._now(), self.buckets[name]) + timedelta(seconds=after)
        self._closed_until[name] = until
        return until

    def _heed_limits(self, request: Request) -> None:
        now = self._now()
        for limit in self.limits.values():
            reached = limit.used >= limit.limit and now < limit.resets_at
            if reached and limit.source in (None, request.source):
                raise RateLimited(
                    request.platform,
                    f"{limit.name}: {limit.used} of {limit.limit} used, as the platform says",
                    retry_after_seconds=(limit.resets_at - now).total_seconds(),
                    bucket=limit.name,
                )

    def _check(self, request: Request, bucket: Bucket, units: int) -> None:
        now, spent = self._now(), self._spent.get(self._period(bucket), 0)
        closed_until = self._closed_until.get(bucket.name)
        enough = allows(bucket, spent=spent, units=units, from_reserve=request.from_reserve)
        if (closed_until and now < closed_until) or not enough:
            when = "today" if bucket.period == "day" else "this month"
            detail = f"{bucket.name}: {spent} of {bucket.units} units used {when}"
            until = resets_at(now, bucket)
            raise QuotaExceeded(request.platform, detail, bucket=bucket.name, until=until)

    def _period(self, bucket: Bucket) -> tuple[str, date]:
        return bucket.name, period_start(self._now(), bucket)
