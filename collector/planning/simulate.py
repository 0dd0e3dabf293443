"""Simulation of what an edition costs each platform's buckets. Pure.

The planned broadcasts go through the collector's own cadence, pacing and request costs, half an
hour at a time; calls are rates instead of being made, and may be fractions.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from collector.contract.platform_protocol import AnyPlatform
from collector.contract.quota import Bucket, Period
from collector.planning.peak_error import peak_error
from collector.planning.result import BucketPlan, PlatformPlan
from collector.planning.timetable import PlannedBroadcast
from collector.quota.pacing import Pacing
from collector.quota.period import period_start
from collector.quota.request_cost import discovery_cost
from collector.quota.throttle import (
    Demand,
    Priority,
    Throttle,
    calls_per_second,
    demand_of,
    slowed_priorities,
)
from collector.scheduling.cadence import Cadence, interval_seconds
from storage.model import Account, Broadcast, Status

STEP = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanInputs:
    """What a platform is planned with.

    ``discovery_seconds`` lie between two discoveries of an account.
    """

    platform: AnyPlatform
    accounts: Mapping[str, Account]
    cadence: Cadence
    discovery_seconds: float
    documented_limit: str


def simulate_platform(
    inputs: PlanInputs,
    planned: Sequence[PlannedBroadcast],
    begins: datetime,
    ends: datetime,
    *,
    with_aftermath: bool,
) -> PlatformPlan:
    """Return the plan from ``begins`` to ``ends`` and, where a bucket lasts a month, what follows."""
    simulation = _Simulation(inputs, planned, begins)
    monthly = any(bucket.period is Period.MONTH for bucket in inputs.platform.buckets)
    tail = inputs.platform.tracked_after_end_seconds if monthly and with_aftermath else 0.0
    now = begins
    while now < ends + timedelta(seconds=tail):
        simulation.step(now, discovers=now < ends)
        now += STEP
    return simulation.result()


@dataclass(slots=True)
class _MeterPeriod:
    """Units of one bucket in one period that polls and discovery spent, and that were refused."""

    polls: float = 0.0
    discovery: float = 0.0
    refused: float = 0.0

    @property
    def spent(self) -> float:
        return self.polls + self.discovery


class _SimulatedMeter:
    """The meter of calls that nobody made. Fractions of a unit are rates, not rounding."""

    def __init__(self, buckets: Sequence[Bucket]) -> None:
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._periods: defaultdict[tuple[str, date], _MeterPeriod] = defaultdict(_MeterPeriod)

    def period(self, name: str, now: datetime) -> _MeterPeriod:
        return self._periods[name, period_start(now, self._buckets[name])]

    def periods(self, name: str) -> list[_MeterPeriod]:
        return [period for (bucket, _), period in self._periods.items() if bucket == name]

    def spent_by_bucket(self, now: datetime) -> dict[str, int]:
        return {name: round(self.period(name, now).spent) for name in self._buckets}

    def charge(self, name: str, units: float, now: datetime, *, discovery: bool = False) -> None:
        """Charge what is left, for ``discovery`` with the reserve; what goes beyond is refused."""
        period = self.period(name, now)
        charged = min(units, self._left(name, now, from_reserve=discovery))
        if discovery:
            period.discovery += charged
        else:
            period.polls += charged
        period.refused += units - charged

    def charge_all(self, costs: Mapping[str, int], now: datetime) -> bool:
        """Charge one broadcast to all of its buckets, or to none; tell whether it did."""
        short = [name for name, units in costs.items() if units > self._left(name, now)]
        for name in short:
            self.period(name, now).refused += costs[name]
        if short:
            return False
        for name, units in costs.items():
            self.period(name, now).polls += units
        return True

    def _left(self, name: str, now: datetime, *, from_reserve: bool = False) -> float:
        bucket = self._buckets[name]
        reserve = 0 if from_reserve else bucket.reserve_units
        return max(bucket.units - reserve - self.period(name, now).spent, 0.0)


@dataclass(slots=True)
class _Day:
    polls: float = 0.0
    discovery_calls: float = 0.0


@dataclass
class _Simulation:
    """The running sums of one platform's plan."""

    inputs: PlanInputs
    planned: Sequence[PlannedBroadcast]
    begins: datetime
    days: dict[int, _Day] = field(default_factory=lambda: defaultdict[int, _Day](_Day))
    observed_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    asked_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    slowed: dict[str, set[Priority]] = field(
        default_factory=lambda: defaultdict[str, set[Priority]](set)
    )
    most_calls_a_minute: float = 0.0
    coarsest_live_seconds: float | None = None
    live_at_once: int = 0

    def __post_init__(self) -> None:
        self.platform = self.inputs.platform
        self.meter = _SimulatedMeter(self.platform.buckets)
        # A handle that was never resolved costs what a resolved one does.
        accounts = {
            key: replace(account, native_id=account.native_id or "0")
            for key, account in self.inputs.accounts.items()
        }
        self.pacing = Pacing(self.platform, accounts)
        any_account = next(iter(accounts.values()))
        self.discovery = discovery_cost(self.platform, any_account, self.begins)

    def step(self, now: datetime, *, discovers: bool) -> None:
        """Simulate the half hour from ``now``."""
        wanted = list(self._wanted(now))
        live = sum(broadcast.status is Status.LIVE for broadcast, _ in wanted)
        self.live_at_once = max(self.live_at_once, live)
        # The collector's throttle moves by steps of minutes: in half an hour it gets there.
        self.pacing.throttles = self.pacing.fit(wanted, self.meter.spent_by_bucket(now), now)
        for name, throttle in self.pacing.throttles.items():
            self.slowed[name] |= set(slowed_priorities(throttle))
        groups: defaultdict[str, list[tuple[Broadcast, Demand]]] = defaultdict(list)
        for broadcast, seconds in wanted:
            demand = self._paced(broadcast, seconds, now)
            groups[self.platform.group(broadcast, now)].append((broadcast, demand))
        polls = 0.0
        for members in groups.values():
            calls = self._calls(members)
            polls += calls
            self._charge(members, calls, now)
        discovery_calls = self._discover(now) if discovers else 0.0
        day = self.days[(now - self.begins).days]
        day.polls += polls
        day.discovery_calls += discovery_calls
        self.most_calls_a_minute = max(
            self.most_calls_a_minute, (polls + discovery_calls) * 60 / STEP.total_seconds()
        )

    def result(self) -> PlatformPlan:
        """Return the sums of the busiest day, and of each bucket's fullest period."""
        cadence, busiest = self.inputs.cadence, max(self.days.values(), key=lambda day: day.polls)
        wanted = max(cadence.live_seconds, cadence.finest_seconds(Status.LIVE))
        coarsest = self.coarsest_live_seconds
        days = {broadcast.starts_at.date() for broadcast in self.planned}
        return PlatformPlan(
            platform=self.platform.name,
            accounts=len(self.inputs.accounts),
            broadcasts_a_day=round(len(self.planned) / max(len(days), 1)),
            live_at_once=self.live_at_once,
            polls=busiest.polls,
            discovery_calls=busiest.discovery_calls,
            most_calls_a_minute=self.most_calls_a_minute,
            documented_limit=self.inputs.documented_limit,
            buckets=tuple(self._bucket_plan(bucket) for bucket in self.platform.buckets),
            wanted_live_seconds=wanted if coarsest is not None else None,
            coarsest_live_seconds=coarsest,
            peak_under_read=peak_error(coarsest) if coarsest is not None else None,
        )

    def _wanted(self, now: datetime) -> Iterator[tuple[Broadcast, float]]:
        for planned in self.planned:
            if planned.appears_at > now:
                continue
            broadcast = planned.broadcast_at(now, self.observed_at.get(planned.native_id))
            tracked = self.platform.tracked_after_end_seconds
            seconds = interval_seconds(
                broadcast, now, self.inputs.cadence, tracked_after_end_seconds=tracked
            )
            if seconds is not None:
                yield broadcast, seconds

    def _paced(self, broadcast: Broadcast, seconds: float, now: datetime) -> Demand:
        demand = demand_of(broadcast, seconds, now)
        paced = self.pacing.interval(broadcast, demand.interval_seconds, now)
        finest = self.inputs.cadence.finest_seconds(broadcast.status)
        return replace(demand, interval_seconds=max(paced, finest))

    def _calls(self, members: Sequence[tuple[Broadcast, Demand]]) -> float:
        demands = [demand for _, demand in members]
        for broadcast, demand in members:
            if broadcast.status is Status.LIVE:
                coarsest = self.coarsest_live_seconds or 0.0
                self.coarsest_live_seconds = max(coarsest, demand.interval_seconds)
        rate = calls_per_second(demands, Throttle(), self.platform.batch_size)
        for demand in demands:
            is_live = demand.priority is Priority.LIVE
            further = self.platform.further_calls + is_live * self.platform.further_live_calls
            rate += further / demand.interval_seconds
        return rate * STEP.total_seconds()

    def _charge(
        self, members: Sequence[tuple[Broadcast, Demand]], calls: float, now: datetime
    ) -> None:
        """Charge the calls of one group, and each of its broadcasts where it is paid for."""
        cost = self.pacing.costs.cost_of(members[0][0], now)
        for name, units in cost.call.items():
            self.meter.charge(name, units * calls, now)
        for broadcast, demand in members:
            last = self.asked_at.get(broadcast.native_id, broadcast.discovered_at)
            if (now - last).total_seconds() < demand.interval_seconds:
                continue
            self.asked_at[broadcast.native_id] = now
            if self.meter.charge_all(cost.each, now):
                self.observed_at[broadcast.native_id] = now

    def _discover(self, now: datetime) -> float:
        """Charge the half hour's discoveries of all accounts; return how many calls they are."""
        step, accounts = STEP.total_seconds(), self.inputs.accounts.values()
        new = sum(now <= planned.appears_at < now + STEP for planned in self.planned)
        for bucket in self.platform.buckets:
            discoveries = len(accounts) * step / self._paid_discovery_seconds()
            units = discoveries * self.discovery.call.get(bucket.name, 0)
            units += new * self.discovery.each.get(bucket.name, 0)
            self.meter.charge(bucket.name, units, now, discovery=True)
        playlists = sum(len(account.playlists) for account in accounts)
        return (len(accounts) + playlists) * step / self.inputs.discovery_seconds

    def _paid_discovery_seconds(self) -> float:
        return max(self.inputs.discovery_seconds, self.platform.paid_discovery_seconds)

    def _bucket_plan(self, bucket: Bucket) -> BucketPlan:
        periods = self.meter.periods(bucket.name)
        fullest = max(periods, key=lambda period: period.spent, default=_MeterPeriod())
        discoveries = len(self.inputs.accounts) * timedelta(days=1).total_seconds()
        fallback = self.discovery.fallback.get(bucket.name, 0)
        return BucketPlan(
            name=bucket.name,
            period=bucket.period,
            limit=bucket.units,
            reserve=bucket.reserve_units,
            used=fullest.spent,
            used_in_all=sum(period.spent for period in periods),
            of_which_discovery=fullest.discovery,
            discovery_if_the_free_way_fails=fallback * discoveries / self._paid_discovery_seconds(),
            refused=sum(period.refused for period in periods),
            given_up=tuple(sorted(self.slowed[bucket.name])),
        )
