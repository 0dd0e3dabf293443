"""config.yaml edited under a running collector."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from collector.config.reload import ConfigWatcher
from collector.jobs.discovery import Look
from storage.read_model.reader import NotPublished, ReadModel
from tests.end_to_end.test_process import collecting, manifest, simulated, until
from tests.support.collector_process import Clock, Three, rig

__all__ = ["simulated"]

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)


def edit(path, change):
    """Write the changed configuration beside it, and put it in its place in one step."""
    settings = yaml.safe_load(path.read_text("utf-8"))
    change(settings)
    beside = path.with_suffix(".new")
    beside.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    beside.replace(path)


def platforms_seen(folder):
    try:
        return set(ReadModel(folder / "data" / "published").open().state()["platform"])
    except NotPublished:
        return set()


def edited(edits) -> Any:
    """What the watcher makes of the newest edit."""
    return edits.look()


@pytest.mark.fault(row=21)
@pytest.mark.timeout(240)
def test_a_running_collector_takes_over_a_good_edit_and_refuses_a_bad_one(simulated, fault_record):
    path = simulated / "config.yaml"
    radio = []
    edit(path, lambda settings: radio.append(settings["accounts"].pop()))
    log = simulated / "log"
    with log.open("w", encoding="utf-8") as stderr:
        process = collecting(simulated, "collect", "run", output=stderr)
        until(lambda: platforms_seen(simulated) == {"youtube"}, process)
        begun = time.monotonic()
        edit(path, lambda settings: settings["accounts"].append(radio[0]))
        until(lambda: "icecast" in platforms_seen(simulated), process, 60)
        took = time.monotonic() - begun
        good = path.read_text("utf-8")
        path.write_text(good + "zzz: 1\n", "utf-8")
        wrong = f"config.yaml:{len(good.splitlines()) + 1}: zzz: unknown key"
        until(lambda: wrong in log.read_text("utf-8"), process, 60)
        generation = manifest(simulated)["generation"]
        until(lambda: manifest(simulated)["generation"] > generation + 2, process, 60)
        process.terminate()
        assert process.wait(40) == 0
    said = log.read_text("utf-8")
    assert said.count(wrong) == 1
    assert said.count("is in force") == 1
    assert "Traceback" not in said
    fault_record(
        21,
        "config edited while running",
        "os.replace with an account more, then an unknown key",
        "the account is followed without a restart; the bad edit is told once, with its line",
        took,
    )


@pytest.mark.fault(row=21)
def test_an_edit_takes_over_as_a_whole_and_what_was_known_stays(tmp_path, monkeypatch):
    clock = Clock(START)

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            collector = ready.collector
            edits = ConfigWatcher(collector.config)
            await collector.discover()
            await collector.poll()
            spent = ready.platforms.youtube.spent("default", START)
            tracker = collector.trackers[0]
            collector.discoverers[0].paid["youtube:@test"] = Look(at=START)
            assert {one.edition for one in broadcasts(collector)} == {"test"}

            def change(settings):
                settings["cadence"] = {"live_seconds": 120}
                settings["editions"][0] |= {"key": "renamed", "target_views": 7}
                settings["platforms"]["youtube"]["daily_units"] = 5_000

            edit(tmp_path / "config.yaml", change)
            assert edits.look() is None
            await collector.rewire(edited(edits))
            after = collector.trackers[0]
            assert after is not tracker
            assert collector.discoverers[0].paid == {"youtube:@test": Look(at=START)}
            assert after.cadence.live_seconds == 120
            assert after.meter.buckets["youtube.units"].units == 5_000
            assert await after.meter.spent(after.meter.buckets["youtube.units"]) == spent
            assert {one.edition for one in broadcasts(collector)} == {"renamed"}
            clock.forward(seconds=120)
            assert await collector.poll() == 1
            await collector.publish()

    asyncio.run(go())
    published = ReadModel(tmp_path / "data" / "published").open()
    assert published.editions()["target_views"].to_list() == [7]
    assert set(published.state()["observed_at"]) == {START + timedelta(seconds=120)}


def test_the_programme_is_shown_before_anything_was_polled_and_again_when_it_was_edited(
    tmp_path, monkeypatch
):
    targets, generations = list[list[int]](), list[int]()

    async def go():
        async with rig(tmp_path, Three(START), Clock(START), monkeypatch) as ready:
            collector = ready.collector
            edits = ConfigWatcher(collector.config)

            async def shown():
                await collector.publish()
                found = ReadModel(tmp_path / "data" / "published").open()
                targets.append(found.editions()["target_views"].to_list())
                generations.append(found.manifest.generation)

            await shown()
            await shown()

            def change(settings):
                settings["editions"][0]["target_views"] = 7
                settings["accounts"] = []

            edit(tmp_path / "config.yaml", change)
            edits.look()
            await collector.rewire(edited(edits))
            await shown()

    asyncio.run(go())
    assert targets[0] == targets[1] != targets[2] == [7]
    assert generations[0] == generations[1] < generations[2]


@pytest.mark.fault(row=21)
def test_accounts_that_are_taken_out_are_not_asked_for_any_more(tmp_path, monkeypatch, caplog):
    clock = Clock(START)

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            collector = ready.collector
            edits = ConfigWatcher(collector.config)
            await collector.discover()
            await collector.poll()
            other = {"platform": "youtube", "handle": "@nobody"}
            edit(tmp_path / "config.yaml", lambda settings: settings.update(accounts=[other]))
            edits.look()
            await collector.rewire(edited(edits))
            clock.forward(seconds=60)
            assert await collector.poll() == 0
            edit(tmp_path / "config.yaml", lambda settings: settings.update(accounts=[]))
            edits.look()
            await collector.rewire(edited(edits))
            assert collector.trackers == []
            assert await collector.poll() == 0

    asyncio.run(go())
    assert "3 broadcasts are not polled any more: not in the configuration: youtube:" in caplog.text


def broadcasts(collector):
    return [one.broadcast for one in collector.trackers[0].queue.entries.values()]
