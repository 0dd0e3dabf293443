"""How a source fares, from the platform's answer to what is published."""

import asyncio
from datetime import UTC, datetime

import pytest

from storage.read_model.reader import ReadModel
from storage.reports.status import status_of
from tests.support.collector_process import Clock, Three, rig

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
NOBODY = [{"platform": "youtube", "handle": "@nobody"}]


@pytest.mark.parametrize(
    ("given", "expected", "people"),
    [
        ({}, "ok", []),
        ({"key": "a-key-that-was-revoked"}, "needs_login", ["youtube"]),
        ({"accounts": NOBODY}, "gone", ["youtube"]),
    ],
)
def test_the_published_state_is_what_the_platform_s_answers_come_to(
    tmp_path, monkeypatch, given, expected, people
):
    clock = Clock(START)

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch, **given) as ready:
            await ready.collector.discover()
            await ready.collector.poll()
            await ready.collector.publish()
            await ready.collector.beat()

    asyncio.run(go())
    folder = tmp_path / "data" / "published"
    assert set(ReadModel(folder).open().health()["state"]) == {expected}
    found = status_of(folder, now=clock())
    assert found["needs_a_person"] == people
    assert found["collector_is_dead"] is False


def test_a_poll_that_is_due_and_not_made_is_late_until_it_is(tmp_path, monkeypatch, caplog):
    clock, states = Clock(START), []

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            collector = ready.collector
            await collector.discover()
            await collector.poll()
            for poll in (False, True):
                clock.forward(minutes=5)
                if poll:
                    await collector.poll()
                await collector.beat()
                await collector.publish()
                published = ReadModel(tmp_path / "data" / "published").open()
                states.append(set(published.health()["state"]))

    caplog.set_level("INFO", "collector.jobs.source_health")
    asyncio.run(go())
    assert states == [{"late"}, {"ok"}]
    told = [
        one.getMessage() for one in caplog.records if one.name == "collector.jobs.source_health"
    ]
    assert told[0] == "youtube is late: what is due has waited for 240 s"
    assert len(told) == 2
