"""Six real broadcasts, recorded every 5 seconds, served on loopback and polled by the collector."""

import asyncio
import csv
import json
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.simulator.world.protocol import Channel, Video
from storage.model import Status
from tests.support.collector_process import Clock, rig, stored

CHANNEL = Channel(channel_id="UC0000000000000000000000", handle="@recorded", title="Recorded")
RECORDED_EVERY = timedelta(seconds=5)
POLLED_EVERY = timedelta(seconds=30)  # each sixth value: all of them would take minutes


class Series:
    """One metric of one broadcast: at any instant, what was last recorded."""

    def __init__(self):
        self.times: list[datetime] = []
        self.values: list[int | None] = []

    def add(self, at, value):
        self.times.append(at)
        self.values.append(value)

    def at(self, at):
        if not self.times or at >= self.times[-1] + RECORDED_EVERY:
            return None  # the key had vanished from the answers by then
        index = bisect_right(self.times, at) - 1
        return self.values[index] if index >= 0 else None


class RecordedStage:
    """The recorded broadcasts, each on air as long as its recording lasts."""

    def __init__(self, folder: Path):
        self.series: dict[str, dict[str, Series]] = defaultdict(lambda: defaultdict(Series))
        with (folder / "youtube_live_5s_2021.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                at = datetime.fromisoformat(row["ts_utc"]).astimezone(UTC)
                value = int(row["value"]) if row["value"] else None
                self.series[row["series_id"]][row["metric"]].add(at, value)
        meta = json.loads((folder / "youtube_live_5s_2021.meta.json").read_text("utf-8"))
        self.titles = {one["video_id"]: one["title"] for one in meta}

    def span(self, native_id):
        times = self.series[native_id]["viewCount"].times
        return times[0], times[-1]

    def channels(self):
        return [CHANNEL]

    def listing(self, channel_id, at):
        return [one for one in self.series if self.span(one)[0] <= at]

    def mounts(self, at):
        return []

    def video(self, native_id, at):
        if native_id not in self.series or at < self.span(native_id)[0]:
            return None
        begins, ends = self.span(native_id)
        metrics, seen_at = self.series[native_id], min(at, ends)
        live = at <= ends
        return Video(
            native_id=native_id,
            channel_id=CHANNEL.channel_id,
            title=self.titles[native_id],
            published_at=begins,
            status=Status.LIVE if live else Status.ENDED,
            views=metrics["viewCount"].at(seen_at),
            concurrent_viewers=metrics["concurrentViewers"].at(at) if live else None,
            likes=metrics["likeCount"].at(seen_at),
            started_at=begins,
            ended_at=None if live else ends,
        )


def polled(stage, folder, monkeypatch):
    """Poll every broadcast from its first second to its end; return the instants of the polls."""
    spans = sorted(stage.span(one) for one in stage.series)
    clock = Clock(spans[0][0])
    cadence = {"tick_seconds": 30, "grid_seconds": 30, "live_seconds": 30}

    async def go():
        async with rig(folder, stage, clock, monkeypatch, cadence=cadence) as ready:
            for begins, ends in spans:
                clock.at = max(clock.at, begins)
                await ready.collector.discover()
                while clock.at <= ends + 2 * POLLED_EVERY:
                    await ready.collector.poll()
                    clock.at += POLLED_EVERY
            await ready.collector.publish()
            assert ready.collector.store.verify() == []

    asyncio.run(go())


@pytest.mark.end_to_end
def test_every_stored_snapshot_equals_the_series_at_its_instant(shared, tmp_path, monkeypatch):
    stage = RecordedStage(shared / "timeseries")
    polled(stage, tmp_path, monkeypatch)
    rows = stored(
        tmp_path,
        "SELECT broadcast, observed_at, views, concurrent_viewers, likes FROM snapshot",
    )
    falls = frozen = 0
    before: dict[str, tuple[int, int]] = {}
    for broadcast, observed_at, views, viewers, likes in sorted(rows, key=lambda row: row[1]):
        truth = stage.video(broadcast.removeprefix("youtube:"), observed_at.astimezone(UTC))
        # YouTube leaves the key out when nobody watches: absent, and never a 0 of ours.
        assert (views, viewers or 0, likes) == (
            truth.views,
            truth.concurrent_viewers or 0,
            truth.likes,
        )
        assert viewers != 0
        last_views, last_likes = before.get(broadcast, (-1, -1))
        frozen += views == last_views
        falls += likes is not None and likes < last_likes
        assert likes is not None
        before[broadcast] = (views, likes)
    expected = sum((end - begin) // POLLED_EVERY for begin, end in map(stage.span, stage.series))
    assert len(rows) >= expected
    assert frozen > 100, "the recordings freeze for minutes, and that is kept"
    corrections = stored(tmp_path, "SELECT count(*) FROM correction WHERE metric = 'likes'")
    assert falls == corrections[0][0] > 0
    last = {key: stage.span(key)[1] for key in stage.series}
    for key, ended_at in last.items():
        found = stored(
            tmp_path,
            f"SELECT status, ended_at FROM broadcast WHERE broadcast = 'youtube:{key}'"  # noqa: S608 - our own ids
            " ORDER BY tick DESC LIMIT 1",
        )
        assert found[0][0] == "ended"
        assert found[0][1].astimezone(UTC) == ended_at
