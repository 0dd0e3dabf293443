"""What an edition will cost each platform's buckets, reckoned beforehand. Pure.

The imagined broadcasts go through the collector's own cadence, budget and prices, half an hour at
a time; only the calls are reckoned as rates instead of being made.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collector.contract.platform_protocol import Platform
from collector.contract.quota import Bucket, Period
from collector.planning.peak_error import peak_error
from collector.planning.result import BucketPlan, PlatformPlan
from collector.planning.simulated_meter import SimulatedBucket, SimulatedMeter
from collector.planning.timetable import PlannedBroadcast
from collector.quota.period import resets_at
from collector.quota.request_cost import DiscoveryCost, RequestCosts, discovery_cost
from collector.quota.throttle import (
    Demand,
    Priority,
    Throttle,
    affordable,
    calls_per_second,
    demand_of,
    fit_throttle,
    shed_archived,
)
from collector.scheduling.cadence import Cadence, interval_seconds
from storage.model import Account, Broadcast, Status

STEP = timedelta(minutes=30)
#: Calls that a poll makes beside its first one, of each broadcast in it: see the platforms' headers.
_FURTHER_CALLS: Mapping[str, Mapping[Priority, int]] = {
    "linkedin": dict.fromkeys(Priority, 1),
    "vimeo": {Priority.LIVE: 1},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanInputs:
    """What a platform is planned with; discovery in seconds between two looks at an account."""

    platform: Platform
    accounts: Mapping[str, Account]
    cadence: Cadence
    discovery_seconds: float
    documented_limit: str


def simulate_platform(
    around: PlanInputs,
    coming: Sequence[PlannedBroadcast],
    begins: datetime,
    ends: datetime,
    *,
    with_aftermath: bool,
) -> PlatformPlan:
    """Reckon from ``begins`` to ``ends``, and, where money is counted by the month, what follows."""
    reckoning = _Simulation(around, coming, begins)
    monthly = any(bucket.period is Period.MONTH for bucket in around.platform.buckets)
    tail = around.platform.tracked_after_end_seconds if monthly and with_aftermath else 0.0
    for now in _steps(begins, ends + timedelta(seconds=tail)):
        reckoning.step(now, discovers=now < ends)
    return reckoning.result()


@dataclass(slots=True)
class _Day:
    polls: float = 0.0
    discovery_calls: float = 0.0


@dataclass
class _Simulation:
    """The running sums of one platform's plan."""

    around: PlanInputs
    coming: Sequence[PlannedBroadcast]
    begins: datetime
    days: dict[int, _Day] = field(default_factory=lambda: defaultdict[int, _Day](_Day))
    observed_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    asked_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    given_up: dict[str, set[Priority]] = field(
        default_factory=lambda: defaultdict[str, set[Priority]](set)
    )
    most_calls_a_minute: float = 0.0
    live_seconds: list[float] = field(default_factory=list[float])
    live_at_once: int = 0

    def __post_init__(self) -> None:
        self.purses = SimulatedMeter(self.around.platform.buckets)
        # A handle that was never resolved costs what a resolved one does.
        accounts = {
            key: replace(one, native_id=one.native_id or "0")
            for key, one in self.around.accounts.items()
        }
        self.prices = RequestCosts(self.around.platform, accounts)
        any_account = next(iter(accounts.values()))
        self.discovery: DiscoveryCost = discovery_cost(
            self.around.platform, any_account, self.begins
        )

    def step(self, now: datetime, *, discovers: bool) -> None:
        """Reckon the half hour from ``now``."""
        wanted = list(self._wanted(now))
        live = sum(broadcast.status is Status.LIVE for broadcast, _ in wanted)
        self.live_at_once = max(self.live_at_once, live)
        stretches = self._fitted(wanted, now)
        groups: defaultdict[str, list[tuple[Broadcast, Demand]]] = defaultdict(list)
        for broadcast, seconds in wanted:
            need = self._stretched(broadcast, seconds, stretches, now)
            groups[self.around.platform.group(broadcast, now)].append((broadcast, need))
        calls = 0.0
        for members in groups.values():
            made = self._calls(members)
            calls += made
            self._pay(members, made, now)
        found = self._discover(now) if discovers else 0.0
        day = self.days[(now - self.begins).days]
        day.polls += calls
        day.discovery_calls += found
        self.most_calls_a_minute = max(
            self.most_calls_a_minute, (calls + found) * 60 / STEP.total_seconds()
        )

    def result(self) -> PlatformPlan:
        """Return the sums of the busiest day, and of each bucket's fullest period."""
        around, busiest = self.around, max(self.days.values(), key=lambda day: day.polls)
        wanted = max(around.cadence.live_seconds, around.cadence.refresh_live_seconds / 2)
        coarsest = max(self.live_seconds, default=None)
        per_day = len(self.coming) / max(len({one.starts_at.date() for one in self.coming}), 1)
        return PlatformPlan(
            platform=around.platform.name,
            accounts=len(around.accounts),
            broadcasts_a_day=round(per_day),
            live_at_once=self.live_at_once,
            polls=busiest.polls,
            discovery_calls=busiest.discovery_calls,
            most_calls_a_minute=self.most_calls_a_minute,
            documented_limit=around.documented_limit,
            buckets=tuple(self._bucket(bucket) for bucket in around.platform.buckets),
            wanted_live_seconds=wanted if coarsest is not None else None,
            coarsest_live_seconds=coarsest,
            peak_under_read=peak_error(coarsest) if coarsest is not None else None,
        )

    def _wanted(self, now: datetime) -> Iterator[tuple[Broadcast, float]]:
        for one in self.coming:
            if one.appears_at > now:
                continue
            broadcast = one.at(now, self.observed_at.get(one.native_id))
            seconds = interval_seconds(
                broadcast,
                now,
                self.around.cadence,
                tracked_after_end_seconds=self.around.platform.tracked_after_end_seconds,
            )
            if seconds is not None:
                yield broadcast, seconds

    def _fitted(
        self, wanted: Sequence[tuple[Broadcast, float]], now: datetime
    ) -> dict[str, Throttle]:
        needs: defaultdict[str, list[Demand]] = defaultdict(list)
        for broadcast, seconds in wanted:
            for name in self.prices.of(broadcast, now).call:
                needs[name].append(demand_of(broadcast, seconds, now))
        stretches: dict[str, Throttle] = {}
        for bucket in self.around.platform.buckets:
            calls = affordable(
                units=bucket.units,
                used=round(self.purses.now(bucket.name, now).spent),
                reserve=bucket.reserve_units,
                cost=self.prices.dearest(bucket.name),
                seconds_left=(resets_at(now, bucket) - now).total_seconds(),
            )
            stretch = fit_throttle(needs[bucket.name], calls, self.around.platform.batch_size)
            stretches[bucket.name] = stretch
            self.given_up[bucket.name] |= set(shed_archived(stretch))
        return stretches

    def _stretched(
        self, broadcast: Broadcast, seconds: float, stretches: Mapping[str, Throttle], now: datetime
    ) -> Demand:
        need = demand_of(broadcast, seconds, now)
        allowed = [stretches[name].interval(need) for name in self.prices.of(broadcast, now).call]
        finest = self.around.cadence.finest_seconds(broadcast.status)
        return Demand(
            rank=need.rank,
            interval_seconds=max(max(allowed, default=need.interval_seconds), finest),
        )

    def _calls(self, members: Sequence[tuple[Broadcast, Demand]]) -> float:
        needs = [need for _, need in members]
        live = [need.interval_seconds for one, need in members if one.status is Status.LIVE]
        self.live_seconds += [max(live)] if live else []
        further = _FURTHER_CALLS.get(self.around.platform.name, {})
        rate = calls_per_second(needs, Throttle(), self.around.platform.batch_size)
        rate += sum(further.get(need.rank, 0) / need.interval_seconds for need in needs)
        return rate * STEP.total_seconds()

    def _pay(
        self, members: Sequence[tuple[Broadcast, Demand]], calls: float, now: datetime
    ) -> None:
        """Charge the calls of one group, and each of its broadcasts where it is paid for."""
        price = self.prices.of(members[0][0], now)
        for name, units in price.call.items():
            self.purses.pay_for_polls(name, units * calls, now)
        for broadcast, need in members:
            last = self.asked_at.get(broadcast.native_id, broadcast.discovered_at)
            if (now - last).total_seconds() < need.interval_seconds:
                continue
            self.asked_at[broadcast.native_id] = now
            if self.purses.pay_whole(price.each, now):
                self.observed_at[broadcast.native_id] = now

    def _discover(self, now: datetime) -> float:
        """Charge the half hour's looks at all accounts; return how many there are."""
        step, accounts = STEP.total_seconds(), len(self.around.accounts)
        new = sum(now <= one.appears_at < now + STEP for one in self.coming)
        for bucket in self.around.platform.buckets:
            looks = accounts * step / self._between_paid_looks()
            units = looks * self.discovery.call.get(bucket.name, 0)
            units += new * self.discovery.each.get(bucket.name, 0)
            self.purses.pay_for_discovery(bucket.name, units, now)
        playlists = sum(len(one.playlists) for one in self.around.accounts.values())
        return (accounts + playlists) * step / self.around.discovery_seconds

    def _between_paid_looks(self) -> float:
        return max(self.around.discovery_seconds, self.around.platform.paid_discovery_seconds)

    def _bucket(self, bucket: Bucket) -> BucketPlan:
        mine = self.purses.of(bucket.name)
        fullest = max(mine, key=lambda purse: purse.spent, default=SimulatedBucket())
        looks = len(self.around.accounts) * timedelta(days=1).total_seconds()
        fallback = self.discovery.fallback.get(bucket.name, 0)
        return BucketPlan(
            name=bucket.name,
            period=bucket.period,
            limit=bucket.units,
            reserve=bucket.reserve_units,
            used=fullest.spent,
            used_in_all=sum(purse.spent for purse in mine),
            of_which_discovery=fullest.discovery,
            discovery_if_the_free_way_fails=fallback * looks / self._between_paid_looks(),
            refused=sum(purse.refused for purse in mine),
            given_up=tuple(sorted(self.given_up[bucket.name])),
        )


def _steps(begins: datetime, ends: datetime) -> Iterator[datetime]:
    now = begins
    while now < ends:
        yield now
        now += STEP
