"""Publishing, while polls are asked: a publication that is held in its middle holds up nothing else."""

import asyncio
import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from storage.read_model.reader import NotPublished, ReadModel
from tests.support.collector_process import Clock, Three, rig, stored
from tests.support.patience import PATIENCE_SECONDS

START = datetime(2021, 4, 19, 10, tzinfo=UTC)
#: Polls and heartbeats that have to pass a publication that is held.
ENOUGH = 3


def hold(folder, generation):
    """Let the publication of ``generation`` wait for ever, after it has written its first files.

    Opening a pipe that nobody reads does not return: a disk that hangs does the same.
    """
    pipe = folder / "data" / "published" / "state" / f"{generation:08d}.parquet"
    pipe.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pipe)
    return pipe


def is_held(folder, generation):
    """Tell whether a publication has written a file, and so has come to what holds it."""
    files = (folder / "data" / "published").glob(f"*/*{generation:08d}.parquet")
    return any(path.is_file() for path in files)


def release(pipe):
    """Let what waits for the pipe go on, and fail: what is no file cannot be synced."""
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    pipe.unlink()
    return reader


async def until(true):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - files are looked for, and of them comes no event
            await asyncio.sleep(0.01)


def beaten_at(folder):
    with suppress(FileNotFoundError):
        text = (folder / "data" / "published" / "heartbeat.json").read_text()
        return datetime.fromisoformat(json.loads(text)["at"])
    return None


def test_polls_are_asked_recorded_and_published_after_one_that_is_held(tmp_path, monkeypatch):
    clock = Clock(START)
    model = ReadModel(tmp_path / "data" / "published")

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            collector = ready.collector
            await collector.discover()
            await collector.poll()
            await collector.publish()
            first = model.open()
            clock.forward(minutes=1)
            await collector.poll()
            pipe = hold(tmp_path, 2)
            publishing = asyncio.create_task(collector.publish())
            await until(lambda: is_held(tmp_path, 2))
            tick = collector.store.tick()
            async with asyncio.timeout(PATIENCE_SECONDS):
                for _ in range(ENOUGH):
                    clock.forward(minutes=1)
                    assert await collector.poll() == 1
                    await collector.beat()
                    await collector.checkpoint()
                    assert beaten_at(tmp_path) == clock()
            assert collector.store.tick() == tick + ENOUGH, "what was polled was not recorded"
            assert not publishing.done(), "nothing was held"
            assert model.open().manifest == first.manifest, "half a generation was published"
            assert model.open().state().equals(first.state())
            reader = release(pipe)
            await publishing
            os.close(reader)
            await collector.publish()
            second = model.open()
            assert second.manifest.tick == tick + ENOUGH, "what came meanwhile is in the next"
            assert second.state()["observed_at"].max() == clock()
            assert collector.store.verify() == []

    asyncio.run(go())


@pytest.mark.parametrize("held", [True, False])
def test_a_collector_polls_beats_and_stops_whatever_is_published(tmp_path, monkeypatch, held):
    """From its first publication on, which is asked for by the first poll; and none is lost."""
    clock, stop = Clock(START), asyncio.Event()
    cadence = {"tick_seconds": 1, "live_seconds": 60, "grid_seconds": 60}
    polled, beats = [], set()
    pipe = hold(tmp_path, 1) if held else None

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch, cadence=cadence) as ready:
            running = asyncio.create_task(ready.collector.run(stop))
            if pipe:
                await until(lambda: is_held(tmp_path, 1))

            def enough():
                clock.forward(minutes=1)
                polled.append(ready.collector.store.tick())
                beats.add(beaten_at(tmp_path))
                return len(set(polled)) > ENOUGH and len(beats) > ENOUGH

            await until(enough)
            stop.set()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await running

    asyncio.run(go())
    model = ReadModel(tmp_path / "data" / "published")
    last = stored(tmp_path, "SELECT max(tick) FROM poll")[0][0]
    assert last >= polled[-1], "what was recorded is kept"
    if pipe:
        with pytest.raises(NotPublished):
            model.open()
        os.close(release(pipe))
    else:
        assert model.open().manifest.tick == last, "the last ticks are published at a stop"


def test_a_publication_that_was_broken_off_leaves_the_one_before(tmp_path, monkeypatch):
    """It ends before its next file, and the next publication has all that it was to show."""
    clock = Clock(START)
    model = ReadModel(tmp_path / "data" / "published")

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            collector = ready.collector
            await collector.discover()
            await collector.poll()
            await collector.publish()
            clock.forward(minutes=1)
            await collector.poll()
            pipe = hold(tmp_path, 2)
            publishing = asyncio.create_task(collector.publish())
            await until(lambda: is_held(tmp_path, 2))
            await collector.publication.finish(collector.publish(), seconds=0.05)
            assert not publishing.done(), "the end of it was waited for"
            reader = release(pipe)
            await publishing
            os.close(reader)
            assert model.open().manifest.generation == 1
            clock.forward(minutes=1)
            await collector.publish()
            assert model.open().manifest.generation == 2
            assert model.open().manifest.tick == collector.store.tick()
            assert model.open().state()["observed_at"].max() == clock() - timedelta(minutes=1)

    asyncio.run(go())
