"""Real YouTube bodies recorded by others, served on loopback and polled by the real collector."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from collector.simulator.wire.faults import InjectedFault
from collector.simulator.world.protocol import Channel
from storage.model import Tick
from tests.support.builders import broadcast
from tests.support.collector_process import Clock, rig, stored

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
VIDEOS = "/youtube/v3/videos"
STATUSES = {"400": 400, "401": 401, "403": 403, "404": 404, "not-activated": 403}


class Empty:
    """A channel with nothing on it: every answer of the test is a recorded one."""

    def channels(self):
        return [Channel(channel_id="UC0000000000000000000000", handle="@test", title="Test")]

    def listing(self, channel_id, at):
        return []

    def mounts(self, at):
        return []

    def video(self, native_id, at):
        return None


def status_of(name):
    return next((status for word, status in STATUSES.items() if word in name), 200)


def videos_in(body):
    """Read a body as a person would: each video's id and its counts, as they stand there."""
    try:
        items = json.loads(body)["items"]
    except (ValueError, KeyError, TypeError):
        return {}
    videos = {}
    for item in items if isinstance(items, list) else []:
        if item.get("kind", "").endswith("#video") and isinstance(item.get("id"), str):
            statistics = item.get("statistics", {})
            live = item.get("liveStreamingDetails", {})
            counts = [statistics.get(key) for key in ("viewCount", "likeCount", "commentCount")]
            counts.append(live.get("concurrentViewers"))
            videos[item["id"]] = tuple(None if one is None else int(one) for one in counts)
    return videos


def test_every_recorded_body_gives_its_own_numbers_or_none(shared, tmp_path, monkeypatch):
    bodies = {
        path.name: path.read_bytes()
        for path in sorted((shared / "recordings" / "youtube").glob("*.json"))
    }
    assert len(bodies) >= 40
    clock = Clock(START)
    expected: dict[tuple[str, datetime], tuple[int | None, ...]] = {}

    async def go():
        async with rig(tmp_path, Empty(), clock, monkeypatch) as ready:
            tracker = ready.collector.trackers[0]
            for name, body in bodies.items():
                videos = videos_in(body)
                asked = videos or {"ASKEDFOR001": ()}
                known = [
                    broadcast(one, account="youtube:@test", edition=None, discovered_at=clock.at)
                    for one in asked
                ]
                ready.collector.store.record(Tick(at=clock.at, broadcasts=tuple(known)))
                tracker.health.pauses.clear()
                tracker.meter._closed_until.clear()
                tracker.queue.entries.clear()
                tracker.queue._heap.clear()
                for one in known:
                    tracker.queue.add(one, clock.at)
                ready.platforms.faults.clear()
                ready.platforms.faults.add(
                    InjectedFault(path=VIDEOS, body=body, status=status_of(name))
                )
                await ready.collector.poll()
                expected.update(
                    {(f"youtube:{key}", clock.at): told for key, told in videos.items()}
                )
                clock.forward(minutes=5)
            assert ready.collector.store.verify() == []

    asyncio.run(go())
    rows = stored(
        tmp_path,
        "SELECT broadcast, observed_at, views, likes, comments, concurrent_viewers FROM snapshot",
    )
    assert {(key, at.astimezone(UTC)): tuple(counts) for key, at, *counts in rows} == expected
    assert len(expected) > 60
    polls = stored(tmp_path, "SELECT outcome, count(*) FROM poll GROUP BY 1")
    assert sum(count for _, count in polls) == len(bodies)
    assert {"auth", "rejected", "quota", "bad_payload"} <= {outcome for outcome, _ in polls}
