"""What a platform may answer on a bad day: each leaves a clear record, and the rest is kept."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from collector.simulator.wire.faults import InjectedFault
from storage.read_model.reader import ReadModel
from tests.support.collector_process import CHANNEL, IDS, Clock, Three, rig, stored

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
VIDEOS = "/youtube/v3/videos"


def item(native_id, views, title="A title"):
    return {
        "id": native_id,
        "snippet": {"title": title, "liveBroadcastContent": "live"},
        "statistics": {"viewCount": views},
        "liveStreamingDetails": {"actualStartTime": "2021-04-20T10:00:00Z"},
    }


def told(*items):
    return json.dumps({"items": items}, ensure_ascii=False).encode()


def polled_with(folder, monkeypatch, **fault):
    """Poll once well, once with the fault, once well again; return what was published."""
    clock = Clock(START)

    async def go():
        async with rig(folder, Three(START), clock, monkeypatch) as ready:
            await ready.collector.discover()
            await ready.collector.poll()
            clock.forward(seconds=60)
            ready.platforms.faults.add(InjectedFault(path=VIDEOS, first=2, last=2, **fault))
            await ready.collector.poll()
            clock.forward(seconds=60)
            await ready.collector.poll()
            await ready.collector.publish()
            assert ready.collector.store.verify() == []

    asyncio.run(go())
    return ReadModel(folder / "data" / "published").open()


BAD_BODIES = {
    "truncated": {"keep_bytes": 120},
    "html with status 200": {"body": b"<html>Sorry</html>"},
    "50 MB": {"body": b" " * (50 << 20)},
    "not an object": {"body": b"[1, 2]"},
    "nothing": {"body": b""},
}


@pytest.mark.fault(row=7)
@pytest.mark.parametrize("fault", BAD_BODIES.values(), ids=BAD_BODIES)
def test_an_unreadable_answer_is_a_gap_with_its_reason_and_its_start_is_kept(
    tmp_path, monkeypatch, fault
):
    published = polled_with(tmp_path, monkeypatch, **fault)
    gaps = published.gaps()
    assert gaps["reason"].unique().to_list() == ["bad_payload"]
    assert gaps.height == 3
    assert (gaps["ended_at"] - gaps["started_at"]).dt.total_seconds().to_list() == [120] * 3
    aside = stored(tmp_path, "SELECT reason, length(body) FROM set_aside")
    assert len(aside) == 1
    assert aside[0][1] <= 2000
    assert stored(tmp_path, "SELECT count(*) FROM snapshot") == [(6,)]


@pytest.mark.fault(
    row=8,
    fault="wrong types, missing statistics, 12abc, -1, 2^63, null, NaN",
    injected="one item of an answer so; and every field of every platform's answers, spoilt by Hypothesis",
    outcome="that item is set aside with at most 2 kB of it; the others are stored",
)
@pytest.mark.parametrize("views", ["12abc", -1, str(2**63), 1.5, True, "NaN"])
def test_one_bad_item_is_set_aside_and_the_others_are_stored(tmp_path, monkeypatch, views):
    bad, good, other = IDS
    body = told(item(bad, views), item(good, "7"), {"statistics": {}}, item(other, "0"))
    published = polled_with(tmp_path, monkeypatch, body=body)
    assert published.gaps()["broadcast"].to_list() == [f"youtube:{bad}"]
    at = START.replace(minute=1)
    rows = stored(
        tmp_path,
        f"SELECT broadcast, views FROM snapshot WHERE observed_at = '{at}' ORDER BY 1",  # noqa: S608 - our own time
    )
    assert rows == [(f"youtube:{good}", 7), (f"youtube:{other}", 0)]
    reasons = stored(tmp_path, "SELECT reason FROM set_aside ORDER BY reason")
    assert len(reasons) == 2
    assert any("viewCount is" in reason for (reason,) in reasons)
    assert any("without id" in reason for (reason,) in reasons)


@pytest.mark.fault(
    row=24,
    fault="a title of 1 MB, from right to left, with NUL, emoji, lone surrogates",
    injected="in an answer of the platform",
    outcome="kept as valid text of at most 1,000 characters",
)
def test_a_title_of_a_megabyte_with_everything_in_it_stays_text(tmp_path, monkeypatch):
    title = "\u202e<script>alert(1)</script>\0[x](javascript:1) $x$ " + "ع" * 500_000
    body = told(*(item(one, "5", title) for one in IDS))
    state = polled_with(tmp_path, monkeypatch, body=body).state()
    # The next answer brought the ordinary title back; the hostile one was kept meanwhile.
    assert state["title"].to_list() == [f"Broadcast {one}" for one in IDS]
    assert stored(tmp_path, "SELECT max(length(title)) <= 1000 FROM broadcast") == [(True,)]


def test_a_hostile_title_is_published_as_it_stands_cut_to_a_thousand(tmp_path, monkeypatch):
    title = "\u202e<script>alert(1)</script>\0" + "ع" * 500_000
    clock = Clock(START)

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            body = told(*(item(one, "5", title) for one in IDS))
            ready.platforms.faults.add(InjectedFault(path=VIDEOS, body=body))
            await ready.collector.discover()
            await ready.collector.poll()
            await ready.collector.publish()

    asyncio.run(go())
    titles = ReadModel(tmp_path / "data" / "published").open().state()["title"].to_list()
    assert all(one.startswith("\u202e<script>alert(1)</script>") for one in titles)
    assert all(len(one) == 1000 and "\0" not in one for one in titles)


@pytest.mark.fault(row=27)
def test_a_refused_key_pauses_the_platform_and_says_so_without_the_key(tmp_path, monkeypatch):
    clock = Clock(START)
    wrong = "AIzaCanaryCanaryCanaryCanaryCanaryCanary"

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch, key=wrong) as ready:
            account = "youtube:@test"
            tracker = ready.collector.trackers[0]
            resolved = dict(tracker.accounts)
            tracker.accounts[account] = resolved[account].__class__(
                **{
                    **{
                        name: getattr(resolved[account], name)
                        for name in resolved[account].__slots__
                    },
                    "native_id": CHANNEL.channel_id,
                }
            )
            await ready.collector.discover()
            await ready.collector.poll()
            calls = ready.platforms.faults.calls[VIDEOS]
            for _ in range(10):
                clock.forward(seconds=60)
                await ready.collector.poll()
            assert ready.platforms.faults.calls[VIDEOS] == calls == 1
            await ready.collector.publish()

    asyncio.run(go())
    published = ReadModel(tmp_path / "data" / "published").open()
    assert published.health()["paused_reason"].unique().to_list() == ["auth"]
    assert set(published.state()["gap_reason"]) == {"auth"}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert wrong.encode() not in path.read_bytes(), f"{path} holds the key"
