"""A source that stopped: what it told last is in no *now*, however young it is."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from collector.simulator.wire.faults import InjectedFault
from dashboard.components import wall
from dashboard.i18n.words import words
from dashboard.public.documents import pages
from dashboard.view_model.refresher import Refresher
from storage.reports.status import status_of
from tests.support.collector_process import Clock, Three, rig

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
VIDEOS = "/youtube/v3/videos"


def what_is_said(folder, now):
    """Return ``live.json``, the edition's status and the wall, as of ``now``."""
    refresher = Refresher(folder, refresh_seconds=3600, now=lambda: now)
    refresher.refresh()
    told = json.loads(pages(refresher.current, now, language="en")["live.json"])
    edition = refresher.current.model.edition(None)
    assert edition is not None
    tiles = wall.tiles(edition, words("en", "UTC"), now, dark=False)
    return told, status_of(folder, now=now)["editions"][0], tiles


@pytest.mark.fault(row=71)
def test_after_two_failed_polls_nobody_is_said_to_watch_now(tmp_path, monkeypatch, fault_record):
    clock, said = Clock(START), []

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            await ready.collector.discover()
            await ready.collector.poll()
            ready.platforms.faults.add(InjectedFault(path=VIDEOS, first=2, last=9, hang_up=True))
            for _ in range(3):
                await ready.collector.publish()
                await ready.collector.beat()
                said.append(what_is_said(tmp_path / "data" / "published", clock()))
                clock.forward(seconds=60)
                assert await ready.collector.poll() == 1

    asyncio.run(go())
    assert [told["concurrent_viewers"] for told, _, _ in said] == [15, 15, None]
    assert [told["late"] for told, _, _ in said] == [[], [], ["youtube"]]
    assert [told["state"] for told, _, _ in said] == ["live", "live", "unsure"]
    on_air = [(status["live"], status["live_when_last_seen"]) for _, status, _ in said]
    assert on_air == [(3, 0), (3, 0), (0, 3)]
    assert [status["concurrent_viewers"] for _, status, _ in said] == [15, 15, None]
    assert [">fresh<" in tiles for _, _, tiles in said] == [True, True, False]
    assert "watching when last seen" in said[2][2]
    fault_record(
        71,
        "a source stops while it is on air",
        "every poll fails from one minute on; 2 minutes after its last answer",
        "after the second failure it is not fresh and its viewers are in no sum of now, on no page",
        120,
    )
