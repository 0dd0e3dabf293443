"""Quotas and keys over real HTTP: never one unit over, and something without a key."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from collector.contract.exchange import Request
from collector.simulator.youtube.server import YouTubeTerms
from storage.read_model.reader import ReadModel
from tests.support.collector_process import Clock, Three, rig, stored
from tests.support.stages.fleet import fleet

pytestmark = pytest.mark.end_to_end
# An hour before midnight in Los Angeles.
START = datetime(2021, 4, 20, 6, tzinfo=UTC)
MIDNIGHT = START + timedelta(hours=1)


def minutes(ready, clock, count):
    async def go():
        for _ in range(count):
            await ready.collector.poll()
            clock.forward(seconds=60)

    return go()


def test_the_ledger_stops_before_the_quota_and_goes_on_at_midnight_los_angeles(
    tmp_path, monkeypatch
):
    clock = Clock(START)
    limit = 25
    granted = YouTubeTerms(default_units=limit, statistics_units=limit)

    async def go():
        stage = Three(START - timedelta(hours=1))
        async with rig(tmp_path, stage, clock, monkeypatch, terms=granted) as ready:
            settings = ready.collector.trackers[0].platform
            ledger = ready.collector.trackers[0].meter
            for name, bucket in ledger.buckets.items():
                assert bucket.time_zone == "America/Los_Angeles"
                ledger.buckets[name] = bucket.__class__(
                    name=name, units=limit, time_zone=bucket.time_zone, reserve_units=5
                )
            assert settings.batch_size == 50
            await ready.collector.discover()
            await minutes(ready, clock, 55)
            assert ready.platforms.youtube.spent("default", START) <= limit
            assert ready.collector.trackers[0].meter.buckets["youtube.units"].reserve_units == 5
            # Polling has come to its limit; what is kept back from it still finds broadcasts.
            await ledger.charge(
                Request(
                    platform="youtube",
                    url="",
                    source="playlistItems",
                    costs={"youtube.units": 1},
                    from_reserve=True,
                )
            )
            today = ready.platforms.youtube.spent("default", START)
            await minutes(ready, clock, 10)
            assert ready.platforms.youtube.spent("default", START) == today
            assert ready.platforms.youtube.spent("default", MIDNIGHT) > 0
            await ready.collector.publish()

    asyncio.run(go())
    refused = stored(tmp_path, "SELECT count(*) FROM poll WHERE error LIKE '%quotaExceeded%'")
    assert refused == [(0,)], "the platform never had to refuse"


def test_a_platform_that_says_its_quota_is_used_up_is_not_asked_again_that_day(
    tmp_path, monkeypatch
):
    clock = Clock(START)

    async def go():
        stage = Three(START - timedelta(hours=1))
        terms = YouTubeTerms(default_units=12)
        async with rig(tmp_path, stage, clock, monkeypatch, terms=terms) as ready:
            await ready.collector.discover()
            await minutes(ready, clock, 40)
            calls = ready.platforms.youtube.calls["videos.list"]
            await minutes(ready, clock, 15)
            assert ready.platforms.youtube.calls["videos.list"] == calls
            await minutes(ready, clock, 10)
            assert ready.platforms.youtube.calls["videos.list"] > calls
            await ready.collector.publish()

    asyncio.run(go())
    gaps = ReadModel(tmp_path / "data" / "published").open().gaps()
    assert "quota" in gaps["reason"].to_list()


def test_without_a_key_the_public_feed_gives_views_and_nothing_else(tmp_path, monkeypatch):
    clock = Clock(START)

    async def go():
        stage = fleet(START, seed=1, channels=2)
        accounts = [
            {"platform": "youtube", "handle": one.channel_id, "name": one.title}
            for one in stage.channels()
        ]
        async with rig(tmp_path, stage, clock, monkeypatch, key=None, accounts=accounts) as ready:
            await ready.collector.discover()
            await minutes(ready, clock, 3)
            await ready.collector.publish()
            assert set(ready.platforms.youtube.calls) == {"feed"}

    asyncio.run(go())
    state = ReadModel(tmp_path / "data" / "published").open().state().drop_nulls("observed_at")
    assert state.height > 5
    assert state["source"].unique().to_list() == ["rss"]
    assert state["views"].null_count() == 0
    assert state["likes"].null_count() == state["concurrent_viewers"].null_count() == state.height
