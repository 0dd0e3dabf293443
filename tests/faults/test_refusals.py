"""Quotas, credentials and storms: asked as little as the platform can bear, and no less."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from collector.app import collector
from collector.config.load import load_config
from collector.contract.grants import Token
from collector.simulator.wire.faults import InjectedFault
from storage.read_model.reader import ReadModel
from tests.support.collector_process import Clock, Three, rig, stored
from tests.support.stages.evening import evening

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
VIDEOS = "/youtube/v3/videos"
USED_UP = b'{"error": {"code": 403, "message": "quota", "errors": [{"reason": "quotaExceeded"}]}}'
REFUSED = b'{"error": {"code": 401, "message": "no", "errors": [{"reason": "authError"}]}}'

#: An hour before a midnight in Los Angeles, and how long the day is that ends there.
DAYS = {
    "23 hours": datetime(2026, 3, 9, 6, tzinfo=UTC),
    "25 hours": datetime(2026, 11, 2, 7, tzinfo=UTC),
    "24 hours": datetime(2026, 5, 18, 6, tzinfo=UTC),
}


async def minutes(ready, clock, count):
    for _ in range(count):
        clock.forward(seconds=60)
        await ready.poll()


@pytest.mark.fault(row=4)
@pytest.mark.parametrize("start", DAYS.values(), ids=DAYS)
def test_a_used_up_quota_is_left_alone_until_midnight_los_angeles_over_a_restart_too(
    tmp_path, monkeypatch, fault_record, start
):
    clock, midnight = Clock(start), start + timedelta(hours=1)
    stage = Three(start - timedelta(hours=1))

    async def go():
        async with rig(tmp_path, stage, clock, monkeypatch) as ready:
            calls = ready.platforms.faults.calls
            await ready.collector.discover()
            await ready.collector.poll()
            ready.platforms.faults.add(
                InjectedFault(path=VIDEOS, first=2, last=2, status=403, body=USED_UP)
            )
            await minutes(ready.collector, clock, 10)
            assert calls[VIDEOS] == 2
            await ready.collector.publish()
            paused = ReadModel(tmp_path / "data" / "published").open().health()
            resets = paused["paused_until"].drop_nulls()
            assert paused["paused_reason"].drop_nulls().unique().to_list() == ["quota"]
            assert all(midnight <= at <= midnight + timedelta(seconds=60) for at in resets)
            config = load_config(tmp_path / "config.yaml")
            await ready.collector.writer(ready.collector.store.close)
            async with collector(config, now=clock) as again:
                await minutes(again, clock, 49)
                assert clock.at == midnight - timedelta(minutes=1)
                assert calls[VIDEOS] == 2
                await minutes(again, clock, 3)
                assert calls[VIDEOS] > 2
                await again.publish()

    asyncio.run(go())
    assert set(ReadModel(tmp_path / "data" / "published").open().gaps()["reason"]) == {"quota"}
    fault_record(
        4,
        "403 quotaExceeded",
        "the platform says so an hour before midnight in Los Angeles, on days of 23, 24 and 25 h",
        "no call until midnight there and up to a minute more, over a restart too; shown as paused",
        3600,
    )


@pytest.mark.fault(row=5)
def test_a_refused_credential_is_tried_once_an_hour_until_it_is_taken(
    tmp_path, monkeypatch, fault_record
):
    clock = Clock(START)

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            calls = ready.platforms.faults.calls
            await ready.collector.discover()
            await ready.collector.poll()
            ready.platforms.faults.add(
                InjectedFault(path=VIDEOS, first=2, last=4, status=401, body=REFUSED)
            )
            seen = []
            for _ in range(4):
                await minutes(ready.collector, clock, 59)
                await ready.collector.discover()
                await minutes(ready.collector, clock, 1)
                seen.append(calls[VIDEOS])
            # An hour after each refusal one call; the third time it is taken.
            assert seen[:3] == [2, 3, 4]
            assert calls[VIDEOS] > 4
            await ready.collector.publish()

    asyncio.run(go())
    found = ReadModel(tmp_path / "data" / "published").open().gaps()
    assert set(found["reason"]) == {"auth"}
    fault_record(
        5,
        "401, Graph code 190",
        "the key is refused for hours; of one account of several the token is revoked",
        "one renewal where there is one, then a call an hour; the other accounts go on; exit unchanged",
        3600,
    )


@pytest.mark.fault(row=5)
def test_the_token_of_one_account_does_not_stop_the_other_accounts(tmp_path, monkeypatch):
    clock = Clock(START)
    stage = evening(START, seed=9, accounts=2, each=2)

    async def go():
        async with rig(tmp_path, stage, clock, monkeypatch) as ready:
            [tiktok] = [one for one in ready.collector.trackers if one.platform.name == "tiktok"]
            await ready.collector.discover()
            await ready.collector.poll()
            first, second = tiktok.accounts
            void = Token(access_token="void", obtained_at=START, refresh_token="revoked")
            tiktok.transport.tokens._files.save(first, void)
            for _ in range(4):
                clock.forward(seconds=180)
                await ready.collector.poll()
            assert tiktok.health.paused(clock.at) is None
            assert tiktok.health.paused(clock.at, first).reason == "auth"
            await ready.collector.publish()
            return first, second

    first, second = asyncio.run(go())
    health = ReadModel(tmp_path / "data" / "published").open().health()
    assert health.filter(platform="tiktok")["paused_reason"].to_list() == ["auth"]
    rows = stored(
        tmp_path,
        "SELECT account, count(*) FROM snapshot JOIN broadcast USING (broadcast) "
        "WHERE platform = 'tiktok' GROUP BY 1 ORDER BY 1",
    )
    assert rows == [(first, 2), (second, 10)]
    assert stored(
        tmp_path, "SELECT count(*) FROM poll WHERE platform = 'tiktok' AND outcome = 'auth'"
    ) == [(1,)]


@pytest.mark.fault(row=6)
def test_a_storm_of_an_hour_is_met_with_a_call_a_minute_at_most_and_is_over_within_15(
    tmp_path, monkeypatch, fault_record
):
    clock = Clock(START)
    stage = evening(START, seed=2, accounts=6, each=1)
    waits = []
    accounts = [
        {"platform": one.platform, "handle": one.handle}
        for one in stage.channels()
        if one.platform in ("facebook", "youtube")
    ]
    busy = {"status": 503, "body": b"{}", "headers": {"Retry-After": "60"}}

    async def go():
        async with rig(tmp_path, stage, clock, monkeypatch, accounts=accounts) as ready:
            everywhere = ready.platforms.faults
            await ready.collector.discover()
            await ready.collector.poll()
            paths = [one for one in everywhere.calls if one.startswith("/facebook/")]
            everywhere.add(*(InjectedFault(path=one, **busy) for one in paths))

            def asked():
                return sum(everywhere.calls[one] for one in paths)

            for minute in range(61):
                before = asked()
                await minutes(ready.collector, clock, 1)
                if minute % 10 == 0:
                    await ready.collector.discover()
                waits.append(asked() - before)
            everywhere.clear()
            begun = clock.at
            [facebook] = [
                one for one in ready.collector.trackers if one.platform.name == "facebook"
            ]
            while facebook.health.is_on_probation:
                await minutes(ready.collector, clock, 1)
            assert not facebook.health.is_troubled
            await ready.collector.publish()
            return (clock.at - begun).total_seconds()

    took = asyncio.run(go())
    assert took <= 15 * 60
    tries = [number for number, calls in enumerate(waits) if calls]
    assert tries[:6] == [0, 1, 2, 3, 4, 5], "five ticks as ever, then one after a minute"
    assert all(waits[number] == 1 for number in tries[5:]), "one poll for six accounts"
    later = [after - before for before, after in pairwise(tries[4:])]
    assert later == [1, 2, 4, 8, 15, 15]
    reasons = ReadModel(tmp_path / "data" / "published").open().gaps()
    assert set(reasons["reason"]) == {"server_error"}
    others = stored(
        tmp_path, "SELECT count(*) FROM poll WHERE platform <> 'facebook' AND outcome <> 'ok'"
    )
    assert others == [(0,)]
    fault_record(
        6,
        "5xx for an hour",
        "503 to every call of one of two platforms",
        "after five ticks one poll tries alone: after 1, 2, 4, 8, 15 min; the others go on",
        took,
    )
