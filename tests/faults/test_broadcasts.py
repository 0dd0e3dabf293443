"""What broadcasts do that nobody announced: fall, vanish, drop, come back, be renamed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector.app import collector
from collector.config.load import load_config
from storage.model import Status
from storage.read_model.reader import ReadModel
from tests.support.collector_process import IDS, Clock, Three, rig, stored

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
FIRST = f"youtube:{IDS[0]}"
COUNTS = [1000, 1500, 1400, 1450, 900, 2000]


class Odd(Three):
    """Three broadcasts, the first of which is as the test says for a stretch of minutes."""

    def __init__(self, start, odd):
        super().__init__(start)
        self.odd = odd

    def video(self, native_id, at):
        video = super().video(native_id, at)
        if native_id != IDS[0]:
            return video
        return self.odd(video, int((at - self.start).total_seconds() // 60))


def counted(video, minute):
    return replace(video, views=COUNTS[min(minute, 5)])


@pytest.mark.fault(row=9)
def test_a_count_that_falls_is_kept_as_it_was_told_and_dated(tmp_path, monkeypatch, fault_record):
    clock = Clock(START)

    async def go():
        async with rig(tmp_path, Odd(START, counted), clock, monkeypatch) as ready:
            await ready.collector.discover()
            for _ in COUNTS:
                await ready.collector.poll()
                clock.forward(seconds=60)
            await ready.collector.publish()
            assert ready.collector.store.verify() == []

    asyncio.run(go())
    told = "SELECT views FROM snapshot WHERE broadcast LIKE '%AAAA' ORDER BY observed_at"
    assert [views for (views,) in stored(tmp_path, told)] == COUNTS
    falls = stored(tmp_path, "SELECT before, after FROM correction ORDER BY observed_at")
    assert falls == [(1500, 1400), (1450, 900)]
    state = ReadModel(tmp_path / "data" / "published").open().state()
    assert state.filter(broadcast=FIRST)["views"].to_list() == [2000]
    fault_record(
        9,
        "a count goes down",
        "views of 1,500, then 1,400; of 1,450, then 900",
        "every count kept as it was told; each fall is a correction with its time, drawn as one",
        0,
    )


@pytest.mark.fault(row=10)
def test_what_is_deleted_is_gone_at_the_second_look_and_looked_for_three_times_more(
    tmp_path, monkeypatch, fault_record
):
    clock = Clock(START)
    stage = Odd(START, lambda video, minute: video if minute < 1 else None)

    async def go():
        async with rig(tmp_path, stage, clock, monkeypatch) as ready:
            looks, before = [], 0
            await ready.collector.discover()
            entry = ready.collector.trackers[0].queue.entries[FIRST]
            await ready.collector.poll()
            while entry.next_due_at is not None:
                clock.at = entry.next_due_at
                await ready.collector.poll()
                looks.append((entry.broadcast.status, clock.at))
                assert len(looks) < 9
                before += 1
                if before == 3:  # a restart goes on where it was
                    await ready.collector.writer(ready.collector.store.close)
                    break
            async with collector(load_config(tmp_path / "config.yaml"), now=clock) as again:
                entry = again.trackers[0].queue.entries[FIRST]
                while entry.next_due_at is not None:
                    clock.at = entry.next_due_at
                    await again.poll()
                    looks.append((entry.broadcast.status, clock.at))
                    assert len(looks) < 9
                await again.publish()
            return looks

    looks = asyncio.run(go())
    assert [status for status, _ in looks] == [Status.LIVE, *[Status.GONE] * 4]
    gone_at = looks[1][1]
    hours = [(at - gone_at) / timedelta(hours=1) for _, at in looks[2:]]
    assert hours == [1, 24, 168]
    published = ReadModel(tmp_path / "data" / "published").open()
    assert published.state().filter(broadcast=FIRST)["views"].to_list() == [1000]
    assert set(published.gaps().filter(broadcast=FIRST)["reason"]) == {"missing"}
    fault_record(
        10,
        "an id is missing from the answer",
        "a broadcast on the air is deleted; the collector is restarted meanwhile",
        "gap `missing`; at the second answer gone; looked for after 1 h, 1 d, 7 d; history stays",
        60,
    )


@pytest.mark.fault(row=11)
def test_a_broadcast_that_ends_by_mistake_and_one_that_comes_back_are_one_each(
    tmp_path, monkeypatch, fault_record
):
    clock = Clock(START)
    ends = {3, 6, 7, 8}  # once by mistake, then for three minutes
    began = START + timedelta(minutes=9)

    def odd(video, minute):
        if minute in ends:
            return replace(video, status=Status.ENDED, concurrent_viewers=None)
        return video if minute < 9 else replace(video, started_at=began, views=1100)

    async def go():
        async with rig(tmp_path, Odd(START, odd), clock, monkeypatch) as ready:
            await ready.collector.discover()
            entry = ready.collector.trackers[0].queue.entries[FIRST]
            states = []
            for _ in range(12):
                await ready.collector.poll()
                states.append(entry.broadcast.status)
                clock.forward(seconds=60)
            await ready.collector.publish()
            assert ready.collector.store.verify() == []
            return states

    states = asyncio.run(go())
    live, ended = Status.LIVE, Status.ENDED
    assert states[:7] == [live] * 7, "one answer ends nothing"
    assert states[7] == ended
    assert states[-1] == live
    state = ReadModel(tmp_path / "data" / "published").open().state()
    assert state.height == 3
    assert state.filter(broadcast=FIRST)["ended_at"].to_list() == [None]
    lasting = "SELECT count(*) FROM segment WHERE broadcast LIKE '%AAAA' AND ended_at IS NULL"
    assert stored(tmp_path, lasting) == [(1,)]
    [(total,)] = stored(tmp_path, "SELECT sum(views_delta) FROM views_delta")
    assert total == sum(state["views"])
    fault_record(
        11,
        "live, ended, live again",
        "one answer that says ended, then three, then live with another start",
        "the end is believed at the second answer and dated to the first; back on the air is "
        "another segment of the same broadcast, counted once",
        60,
    )
