"""Writes units down before they are spent, so that a crash can only over-count them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from collector.contract import Bucket
from collector.errors import QuotaExceeded
from collector.exchange import Request
from collector.quota import allows, quota_day, resets_at
from collector.writer import Writer
from storage.model import Pause
from storage.store import Store


class Ledger:
    """What is left of every bucket; kept in storage over restarts."""

    def __init__(
        self,
        buckets: Iterable[Bucket],
        pauses: Iterable[Pause],
        *,
        store: Store,
        writer: Writer,
        now: Callable[[], datetime],
    ) -> None:
        self.buckets = {bucket.name: bucket for bucket in buckets}
        self._closed_until = {
            pause.bucket: pause.until for pause in pauses if pause.bucket and pause.until
        }
        self._spent: dict[tuple[str, date], int] = {}
        self._store = store
        self._writer = writer
        self._now = now

    async def charge(self, request: Request) -> None:
        """Charge a request that is about to be made.

        Raises:
            QuotaExceeded: the bucket's day is used up, by our count or by the platform's word.
        """
        if request.bucket is None:
            return
        bucket, now = self.buckets[request.bucket], self._now()
        closed_until = self._closed_until.get(bucket.name)
        spent = await self.spent(bucket)
        enough = allows(bucket, spent=spent, units=request.units, from_reserve=request.from_reserve)
        if (closed_until and now < closed_until) or not enough:
            until = resets_at(now, bucket.time_zone)
            detail = f"{bucket.name}: {spent} of {bucket.daily_units} units used today"
            raise QuotaExceeded(request.platform, detail, bucket=bucket.name, until=until)
        day = quota_day(now, bucket.time_zone)
        # Counted before the write is awaited: another request may be charged meanwhile.
        self._spent[bucket.name, day] += request.units
        await self._writer(self._store.spend, bucket.name, day, request.units)

    async def spent(self, bucket: Bucket) -> int:
        """Return the units spent of today's allowance."""
        day = quota_day(self._now(), bucket.time_zone)
        if (bucket.name, day) not in self._spent:
            stored = await self._writer(self._store.spent, bucket.name, day)
            self._spent.setdefault((bucket.name, day), stored)
        return self._spent[bucket.name, day]

    def close_bucket(self, name: str) -> datetime:
        """Believe the platform that the bucket is empty; return when its next day begins."""
        until = resets_at(self._now(), self.buckets[name].time_zone)
        self._closed_until[name] = until
        return until
