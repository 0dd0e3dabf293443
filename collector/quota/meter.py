"""Meter of a platform's quotas: units are stored before they are spent, so a crash only over-counts."""

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from collector.contract.errors import QuotaExceeded, RateLimited
from collector.contract.exchange import Request, Response
from collector.contract.quota import Bucket, Limit
from collector.quota.period import allows, period_start, resets_at
from collector.recording.recorder import Recorder
from storage.model import Pause

#: A platform's midnight may come a little after ours, and not everyone has to ask at once.
LATEST_AFTER_MIDNIGHT_SECONDS = 60.0


class QuotaMeter:
    """Units spent of every bucket, stored over restarts, and the platform's own limits.

    ``limits`` are those of the newest answers, by name.
    """

    def __init__(
        self,
        buckets: Iterable[Bucket],
        pauses: Iterable[Pause],
        *,
        recorder: Recorder,
        now: Callable[[], datetime],
    ) -> None:
        self.buckets = {bucket.name: bucket for bucket in buckets}
        self.limits: dict[str, Limit] = {}
        self._closed_until = {
            pause.bucket: pause.until for pause in pauses if pause.bucket and pause.until
        }
        self._spent: dict[tuple[str, date], int] = {}
        self._recorder = recorder
        self._now = now

    async def charge(self, request: Request) -> None:
        """Charge a request that is about to be made to all of its buckets, or to none.

        Raises:
            QuotaExceeded: a bucket's period is used up, by our count or by the platform's word.
            RateLimited: the platform said that a limit is reached.
        """
        self._refuse_at_limit(request)
        costs = [(self.buckets[name], units) for name, units in request.costs.items()]
        for bucket, _ in costs:
            await self.spent(bucket)
        # From here to the counting nothing is awaited: another request may be charged meanwhile.
        for bucket, units in costs:
            self._refuse_over_quota(request, bucket, units)
        for bucket, units in costs:
            self._add(self._period(bucket), units)
        for bucket, units in costs:
            await self._recorder.spend(*self._period(bucket), units)

    async def settle(self, request: Request, response: Response) -> None:
        """Correct the charge of a request by what its answer says it cost."""
        if request.settle is None:
            return
        cost = request.settle(response)
        for name, charged in request.costs.items():
            difference = cost.get(name, 0) - charged
            if difference:
                period = self._period(self.buckets[name])
                self._add(period, difference)
                await self._recorder.spend(*period, difference)

    def observe(self, limits: Iterable[Limit]) -> None:
        """Remember the platform's limits as an answer states them."""
        self.limits |= {limit.name: limit for limit in limits}

    async def spent(self, bucket: Bucket) -> int:
        """Return the units spent of the bucket's current period."""
        period = self._period(bucket)
        if period not in self._spent:
            stored = await self._recorder.spent(*period)
            self._spent.setdefault(period, stored)
        return self._spent[period]

    async def spent_by_bucket(self) -> dict[str, int]:
        """Return the units spent of each bucket's current period, by the bucket's name."""
        return {name: await self.spent(bucket) for name, bucket in self.buckets.items()}

    def hold(self, name: str, until: datetime) -> None:
        """Let no request of a limit be made before ``until``: the platform asked for it."""
        self._closed_until[name] = until

    def reopen(self, name: str | None) -> None:
        """Let a bucket or limit be asked again: what closed it is not so any more."""
        if name is not None:
            self._closed_until.pop(name, None)

    def close_bucket(self, name: str) -> datetime:
        """Close a bucket that the platform calls empty; return when it is asked again.

        That is within a minute after the next period begins.
        """
        after = random.uniform(0, LATEST_AFTER_MIDNIGHT_SECONDS)  # noqa: S311 - spreads calls, hides nothing
        until = resets_at(self._now(), self.buckets[name]) + timedelta(seconds=after)
        self._closed_until[name] = until
        return until

    def _refuse_at_limit(self, request: Request) -> None:
        now = self._now()
        for limit in self.limits.values():
            reached = limit.used >= limit.limit and now < limit.resets_at
            concerned = limit.source in (None, request.source)
            if reached and concerned and limit.scope in (None, request.scope):
                is_of_all = limit.source is None and limit.scope is not None
                raise RateLimited(
                    request.platform,
                    f"{limit.name}: {limit.used} of {limit.limit} used, as the platform says",
                    retry_after_seconds=(limit.resets_at - now).total_seconds(),
                    bucket=None if is_of_all else limit.name,
                    of_account=is_of_all,
                )
        held_until = self._closed_until.get(request.bucket)
        if held_until and now < held_until:
            raise RateLimited(
                request.platform,
                f"{request.bucket}: the platform wants to be asked later",
                retry_after_seconds=(held_until - now).total_seconds(),
                bucket=request.bucket,
            )

    def _refuse_over_quota(self, request: Request, bucket: Bucket, units: int) -> None:
        now, spent = self._now(), self._spent.get(self._period(bucket), 0)
        closed_until = self._closed_until.get(bucket.name)
        enough = allows(bucket, spent=spent, units=units, from_reserve=request.from_reserve)
        if (closed_until and now < closed_until) or not enough:
            when = "today" if bucket.period == "day" else "this month"
            detail = f"{bucket.name}: {spent} of {bucket.units} units used {when}"
            until = resets_at(now, bucket)
            raise QuotaExceeded(request.platform, detail, bucket=bucket.name, until=until)

    def _add(self, period: tuple[str, date], units: int) -> None:
        self._spent[period] = self._spent.get(period, 0) + units

    def _period(self, bucket: Bucket) -> tuple[str, date]:
        return bucket.name, period_start(self._now(), bucket)
