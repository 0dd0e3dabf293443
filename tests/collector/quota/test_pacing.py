"""The pacing on a real store: what is stretched when a quota is short, and never a unit over."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr

from benchmarks import budget
from collector.contract.errors import QuotaExceeded
from collector.contract.exchange import Request, Response
from collector.platforms.icecast import Icecast
from collector.platforms.x import POSTS, SPEND, X
from collector.platforms.youtube import STATISTICS_UNITS, UNITS, YouTube
from collector.quota.meter import QuotaMeter
from collector.quota.pacing import Pacing
from collector.quota.period import period_start
from collector.quota.throttle import SLOWEST, Demand, Priority
from collector.recording.recorder import Recorder
from collector.recording.writer import Writer
from collector.scheduling.cadence import HOUR
from storage.model import Status
from storage.store import Store
from tests.support.builders import account, broadcast
from tests.support.stages.fleet import fleet

MIDNIGHT = datetime(2026, 5, 18, 7, tzinfo=UTC)  # in Los Angeles
ACCOUNTS = {"youtube:@dgsn": account()}


def youtube(**settings):
    return YouTube(YouTube.Settings(api_key=SecretStr("key"), **settings))


def with_ledger(tmp_path, platform, work, at=MIDNIGHT):
    """Let ``work`` use a ledger of the platform whose clock is the list it is given."""
    clock = [at]

    async def go():
        writer = Writer()
        store = Store.open(tmp_path / "t.duckdb", now=lambda: clock[0], simulated=True)
        try:
            ledger = QuotaMeter(
                platform.buckets,
                [],
                recorder=Recorder(store, writer, now=lambda: clock[0]),
                now=lambda: clock[0],
            )
            return await work(ledger, clock)
        finally:
            store.close()
            writer.close()

    return asyncio.run(go())


def looked(tmp_path, platform, wanted, at=MIDNIGHT, spent=0):
    """Return the pacing after its first look at what is wanted."""

    async def work(ledger, clock):
        if spent:
            await ledger.charge(charge(UNITS, spent))
        pacing = Pacing(platform, ACCOUNTS)
        pacing.update(wanted, await ledger.spent_by_bucket(), clock[0])
        return pacing

    return with_ledger(tmp_path, platform, work, at)


def charge(bucket, units):
    return Request(platform="", url="", source="", costs={bucket: units})


def many(number, interval, **facts):
    """So many broadcasts, each to be polled after ``interval`` seconds."""
    return [(broadcast(f"{facts['status']}{one}", **facts), interval) for one in range(number)]


def on_air(number):
    return many(number, 60.0, status=Status.LIVE)


#: None has a known end, so that one bucket pays for all of them.
def aged(number, age, interval):
    return many(number, interval, status=Status.UNKNOWN, published_at=MIDNIGHT - age)


def a_full_day():
    return [
        *aged(8000, timedelta(days=5), 30_000.0),
        *many(200, 600.0, status=Status.UPCOMING),
        *on_air(400),
    ]


def test_a_platform_short_of_units_gives_up_archived_first_and_live_last(tmp_path):
    given_up, live = [], []
    for number, units in enumerate((40_000, 16_800, 16_300, 9_000)):
        folder = tmp_path / str(number)
        folder.mkdir()
        pacing = looked(folder, youtube(daily_units=units), a_full_day())
        given_up.append(list(pacing.slowed(UNITS)))
        live.append(pacing.interval(broadcast(), 60.0, MIDNIGHT))
    assert given_up[0] == []
    assert given_up[1] == [Priority.ARCHIVED]
    assert given_up[-1] == [Priority.ARCHIVED, Priority.UPCOMING, Priority.LIVE], (
        "there are no others"
    )
    assert [len(ranks) for ranks in given_up] == sorted(len(ranks) for ranks in given_up)
    assert live[:2] == [60.0, 60.0]
    assert 60 < live[-1] <= SLOWEST[Priority.LIVE]


def test_each_bucket_is_stretched_by_itself(tmp_path):
    ended = {"status": Status.ENDED, "ended_at": MIDNIGHT - timedelta(days=5)}
    platform = youtube(statistics_daily_units=300)
    pacing = looked(tmp_path, platform, [*many(8000, 30_000.0, **ended), *on_air(10)])
    assert Priority.ARCHIVED in pacing.slowed(STATISTICS_UNITS)
    assert pacing.slowed(UNITS) == []
    assert pacing.interval(broadcast(**ended), 30_000.0, MIDNIGHT) > 30_000
    assert pacing.interval(broadcast(), 60.0, MIDNIGHT) == 60


def test_a_restart_counts_what_was_spent_whole_at_once(tmp_path):
    platform = youtube(daily_units=2_000)
    noon = MIDNIGHT + timedelta(hours=12)

    async def before(ledger, clock):
        clock[0] = noon
        pacing = Pacing(platform, ACCOUNTS)
        pacing.update(on_air(10), await ledger.spent_by_bucket(), noon)
        first = pacing.interval(broadcast(), 60.0, noon)
        await ledger.charge(charge(UNITS, 1_500))
        pacing.update(on_air(10), await ledger.spent_by_bucket(), noon)
        return first, pacing.interval(broadcast(), 60.0, noon)

    async def after(ledger, clock):
        clock[0] = noon
        pacing = Pacing(platform, ACCOUNTS)
        pacing.update(on_air(10), await ledger.spent_by_bucket(), noon)
        return pacing.interval(broadcast(), 60.0, noon)

    first, stepped = with_ledger(tmp_path, platform, before, noon)
    restarted = with_ledger(tmp_path, platform, after, noon)
    # 0.95 * 2,000 - 300 - 1,500 are left for 12 hours: one call carries the ten.
    needed = (1.15 * 10 / 50 + 1) * 12 * HOUR / 100
    assert first == 60
    assert restarted == pytest.approx(needed, rel=1e-3)
    assert stepped == pytest.approx(60 + 0.3 * (needed - 60), rel=1e-3)


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        (datetime(2026, 3, 8, 8, tzinfo=UTC), 23),
        (datetime(2026, 5, 18, 7, tzinfo=UTC), 24),
        (datetime(2026, 11, 1, 7, tzinfo=UTC), 25),
    ],
)
def test_a_quota_day_of_23_or_25_hours_is_filled_to_its_own_midnight(tmp_path, midnight, hours):
    pacing = looked(tmp_path, youtube(daily_units=1_000), on_air(10), at=midnight)
    needed = (1.15 * 10 / 50 + 1) * hours * HOUR / (0.95 * 1_000 - 300)
    assert pacing.interval(broadcast(), 60.0, midnight) == pytest.approx(needed, rel=1e-3)


def test_buckets_in_which_each_broadcast_is_paid_for_are_left_to_the_ledger(tmp_path):
    platform = X(X.Settings(bearer_token=SecretStr("token"), daily_posts=5))
    facts = {"platform": "x", "status": Status.UNKNOWN, "published_at": MIDNIGHT - timedelta(2)}
    posts = many(100, 4_000.0, discovered_at=MIDNIGHT - timedelta(days=2), **facts)
    pacing = looked(tmp_path, platform, posts)
    assert set(pacing.throttles) == {POSTS, SPEND}
    assert pacing.slowed(POSTS) == pacing.slowed(SPEND) == []
    assert pacing.interval(posts[0][0], 4_000.0, MIDNIGHT) == 4_000


def test_a_platform_without_buckets_is_never_looked_at(tmp_path):
    pacing = looked(tmp_path, Icecast(Icecast.Settings()), [])
    assert not pacing.is_due(MIDNIGHT)
    assert pacing.interval(broadcast(platform="icecast"), 15.0, MIDNIGHT) == 15


def test_the_budget_is_looked_at_again_after_five_minutes_and_when_the_clock_is_set_back(tmp_path):
    pacing = looked(tmp_path, youtube(), on_air(1))
    assert not pacing.is_due(MIDNIGHT + timedelta(seconds=299))
    assert pacing.is_due(MIDNIGHT + timedelta(seconds=300))
    assert pacing.is_due(MIDNIGHT - timedelta(hours=1))


def test_what_is_left_over_is_used_but_not_for_what_is_live(tmp_path):
    pacing = looked(tmp_path, youtube(), [*on_air(10), *aged(10, timedelta(days=5), 30_000.0)])
    need = Demand(priority=Priority.ARCHIVED, interval_seconds=30_000.0)
    assert pacing.throttles[UNITS].interval(need) == pytest.approx(15_000)
    assert pacing.interval(broadcast(), 60.0, MIDNIGHT) == 60


def test_neither_the_posts_of_a_day_nor_the_money_of_a_month_are_ever_passed_on_x(tmp_path):
    """Forty posts, asked for every hour of a month by the platform's own requests."""
    settings = X.Settings(bearer_token=SecretStr("token"), daily_posts=25, monthly_spend_usd=1)
    platform, spent = X(settings), {}
    start = datetime(2026, 5, 1, tzinfo=UTC)
    seen = {
        f"{one:019}": broadcast(
            f"{one:019}",
            platform="x",
            status=Status.UNKNOWN,
            discovered_at=start - timedelta(days=1),
            observed_at=start - timedelta(days=1),
        )
        for one in range(40)
    }

    async def work(ledger, clock):
        refused = 0
        for hour in range(31 * 24 + 1):
            clock[0] = start + timedelta(hours=hour)
            refused += not await ask_each_ten(ledger, clock[0])
            for bucket in platform.buckets:
                spent[bucket.name, period_start(clock[0], bucket)] = await ledger.spent(bucket)
        return refused

    async def ask_each_ten(ledger, now):
        """Ask for ten posts a call; X gives them all, and each is paid for once a UTC day."""
        answered = True
        posts = list(seen.values())
        for ten in (posts[at : at + 10] for at in range(0, 40, 10)):
            exchange = platform.poll(ten, {}, now)
            request = next(exchange)
            try:
                await ledger.charge(request)
            except QuotaExceeded:
                answered = False
                continue
            await ledger.settle(request, everything_asked_for(request, now))
            for one in ten:
                seen[one.native_id] = replace(one, observed_at=now)
        return answered

    refused = with_ledger(tmp_path, platform, work, start)
    days = {day: units for (name, day), units in spent.items() if name == POSTS}
    assert refused > 0
    assert max(days.values()) == 20, "two calls of ten; a third would be five posts over"
    assert spent[SPEND, date(2026, 5, 1)] == 900, "all but the reserve of a tenth"
    assert days[date(2026, 5, 31)] == 0, "nothing is left of the month"
    assert spent[POSTS, date(2026, 6, 1)] == 20
    assert spent[SPEND, date(2026, 6, 1)] == 100


def everything_asked_for(request, now):
    posts = [{"id": one} for one in request.params["ids"].split(",")]
    body = json.dumps({"data": posts}).encode()
    return Response(
        platform="x", source="tweets", status=200, headers={}, body=body, received_at=now
    )


class Kept(budget.Replay):
    """A replay whose units the real ledger counts, on a real store."""

    def __init__(self, design, airings, folder):
        super().__init__(design, airings)
        self.clock = [budget.START]
        self.runner = asyncio.Runner()
        self.writer = Writer()
        self.store = Store.open(folder / "t.duckdb", now=lambda: self.clock[0], simulated=True)
        self.ledger = QuotaMeter(
            [self.bucket],
            [],
            recorder=Recorder(self.store, self.writer, now=lambda: self.clock[0]),
            now=lambda: self.clock[0],
        )

    def charged(self, now):
        self.clock[0] = now
        try:
            self.runner.run(self.ledger.charge(charge("units", 1)))
        except QuotaExceeded:
            return False
        self.units[period_start(now, self.bucket)] += 1
        return True

    def close(self):
        self.runner.close()
        self.store.close()
        self.writer.close()


@pytest.mark.parametrize(
    ("quota", "enough"), [pytest.param(300, True, id="short"), pytest.param(60, False, id="absurd")]
)
def test_a_day_of_a_fleet_holds_its_quota_to_the_unit(tmp_path, quota, enough):
    """Whole, by hand: 2,000 channels on 10,000 units and 400 on 2,000 (benchmarks/README.md)."""
    airings = list(fleet(budget.START, seed=1, channels=10).videos)
    replay = Kept(budget.Design(name="short", quota=quota), airings, tmp_path)
    day = period_start(budget.START, replay.bucket)
    try:
        replay.run(budget.START + budget.DAY)
        kept = replay.store.quota.spent("units", day)
    finally:
        replay.close()
    assert kept == replay.units[day] <= quota - replay.bucket.reserve_units
    assert kept > 0.8 * quota, "and what there is is used"
    assert (replay.refused == 0) is enough, "stretched in time, nothing is asked in vain"
