"""The five main platforms together, over real HTTP: what a round costs, and that all of it is true."""

import asyncio
import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks import poll_cycle
from collector.simulator.meta.server import GraphTerms
from collector.simulator.platforms import SocialTerms
from collector.simulator.world.scenario import build_scenario
from collector.simulator.world.scripted import ScriptedWorld
from collector.simulator.x.server import XTerms
from storage.model import Metric, Status
from tests.support.collector_process import Clock, rig, stored, stored_frame
from tests.support.stages.evening import PLATFORMS, evening

pytestmark = pytest.mark.end_to_end
START = datetime(2026, 5, 16, 18, tzinfo=UTC)

#: What each kind of call tells; of a live on Instagram that has ended, nothing.
COUNTS = {Metric.VIEWS, Metric.LIKES, Metric.COMMENTS}
TOLD = {
    "videos": COUNTS | {Metric.CONCURRENT_VIEWERS},
    "videos:batchGetStats": COUNTS,
    "live_videos": COUNTS | {Metric.CONCURRENT_VIEWERS},
    "video_insights": COUNTS,
    "live_media": COUNTS | {Metric.CONCURRENT_VIEWERS, Metric.SHARES},
    "media": COUNTS | {Metric.SHARES},
    "tweets": COUNTS | {Metric.SHARES, Metric.IMPRESSIONS},
    "video/query": COUNTS | {Metric.SHARES},
}


def test_a_round_of_500_live_broadcasts_costs_a_call_a_batch_and_discovery(tmp_path, capsys):
    rounds = asyncio.run(poll_cycle.measure(tmp_path, accounts=10, each=10))
    poll_cycle.show(rounds)
    assert sum(one.broadcasts for one in rounds) == 500
    assert [one.platform for one in rounds] == list(PLATFORMS)
    for one in rounds:
        assert one.broadcasts == 100
        whole = sum(math.ceil(members / one.batch_size) for members in one.groups)
        assert one.poll_calls == whole
        assert one.snapshots == 100
        assert one.first_discovery_calls == 2 * one.accounts  # the first time who they are, too
        assert one.discovery_calls == one.accounts
    assert "| facebook |" in capsys.readouterr().out


def minutes(ready, clock, count):
    async def go():
        for minute in range(count):
            if minute % 2 == 0:
                await ready.collector.discover()
            await ready.collector.poll()
            clock.forward(seconds=60)

    return go()


def test_every_stored_snapshot_is_what_the_stage_said_at_its_instant(tmp_path, monkeypatch):
    clock = Clock(START)
    event = build_scenario(START, seed=11)

    async def go():
        async with rig(tmp_path, event.world, clock, monkeypatch) as ready:
            await minutes(ready, clock, 8)
            assert ready.collector.store.verify() == []
            [x] = [one for one in ready.collector.trackers if one.platform.name == "x"]
            charged = await x.meter.spent(x.meter.buckets["x.posts"])
            assert charged >= ready.platforms.x.paid > 0, "never less than X itself charges"

    asyncio.run(go())
    seen = Counter()
    for row in stored_frame(tmp_path, "SELECT * FROM snapshot").to_dicts():
        platform, native_id = row["broadcast"].split(":", 1)
        source, status = row["source"], row["status"]
        truth = event.world.video(native_id, row["observed_at"].astimezone(UTC))
        assert truth is not None
        over = source == "live_media" and truth.status is not Status.LIVE
        for metric in set(Metric) & set(row):
            is_told = metric in TOLD[source] and not over
            told = (row["broadcast"], row["observed_at"], metric, row[metric])
            assert told == (*told[:3], getattr(truth, metric) if is_told else None)
        assert status == (Status.UNKNOWN if platform in ("x", "tiktok") else truth.status)
        seen[platform, source, status] += 1
    assert {platform for platform, _, _ in seen} == set(PLATFORMS)
    lives = {platform for platform, _, status in seen if status == Status.LIVE}
    assert lives == {"youtube", "facebook", "instagram"}
    failed = stored(tmp_path, "SELECT platform, error FROM poll WHERE outcome <> 'ok'")
    assert failed == []


def test_tokens_that_last_two_hours_are_renewed_through_the_evening(tmp_path, monkeypatch):
    clock = Clock(START)
    stage = evening(START, seed=3, accounts=2, each=2)

    async def go():
        async with rig(tmp_path, stage, clock, monkeypatch) as ready:
            for _ in range(4):
                await minutes(ready, clock, 2)
                clock.forward(hours=3)
            assert ready.platforms.tiktok.calls["oauth/token"] == 3 * 2

    asyncio.run(go())
    polls = stored(tmp_path, "SELECT outcome, error FROM poll WHERE platform = 'tiktok'")
    assert len(polls) >= 16
    assert set(polls) == {("ok", None)}


def test_without_credits_x_pauses_and_the_others_go_on(tmp_path, monkeypatch):
    clock = Clock(START)
    stage = evening(START, seed=4, accounts=2, each=3)
    social = SocialTerms(x=XTerms(post_credits=6))

    async def go():
        async with rig(tmp_path, stage, clock, monkeypatch, social=social) as ready:
            await minutes(ready, clock, 2)
            assert ready.platforms.x.paid == 6
            clock.at += timedelta(days=1)
            await minutes(ready, clock, 6)
            assert ready.platforms.x.paid == 6
            return ready.platforms.x.calls["tweets"]

    calls = asyncio.run(go())
    polls = Counter(stored(tmp_path, "SELECT platform, outcome FROM poll WHERE purpose = 'poll'"))
    assert polls["x", "quota"] >= 1
    assert calls <= 4, "after the first 402 it is not asked again"
    for platform in ("youtube", "facebook", "tiktok"):
        assert polls[platform, "ok"] >= 3
        assert {outcome for name, outcome in polls if name == platform} == {"ok"}


def test_what_a_page_lists_no_more_is_read_in_a_batch_and_a_part_may_time_out(
    tmp_path, monkeypatch
):
    clock = Clock(START)
    later = START + timedelta(minutes=50)
    first, second = (
        evening(at, seed=5, accounts=1, each=each) for at, each in ((START, 20), (later, 60))
    )
    stage = ScriptedWorld(first.channels(), [*first.videos, *second.videos])
    pages = [
        {"platform": one.platform, "handle": one.handle}
        for one in stage.channels()
        if one.platform == "facebook"
    ]
    social = SocialTerms(facebook=GraphTerms(timed_out=frozenset({3})))

    async def go():
        async with rig(tmp_path, stage, clock, monkeypatch, social=social, accounts=pages) as ready:
            await minutes(ready, clock, 1)
            clock.at = later
            await minutes(ready, clock, 1)
            assert ready.platforms.facebook.calls["batch"] == 1
            assert ready.platforms.facebook.parts == {"node": 20}

    asyncio.run(go())
    at = f"observed_at = TIMESTAMPTZ '{later.isoformat()}'"
    [(seen,)] = stored(tmp_path, f"SELECT count(*) FROM snapshot WHERE {at}")  # noqa: S608 - ours
    assert seen == 20 + 25 - 1
    [poll] = stored(
        tmp_path, "SELECT asked, answered, error FROM poll WHERE purpose = 'poll' AND asked > 20"
    )
    assert poll[:2] == (45, 44)
    assert "no answer" in poll[2]
