"""What a publication of everything holds up: poll numbers, ticks and heartbeats meanwhile, and a stop.

Takes a folder with ``store.duckdb`` (benchmarks/read_model.py fills one), works on a copy, and
publishes all of it twice: in the store's own thread, as it was done, and beside it. Every quarter of
a second a poll is numbered and recorded, and a heartbeat is written. A third time it is stopped.

    python benchmarks/publish_beside.py FOLDER
"""

import asyncio
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from collector.recording.own_thread import OwnThread
from collector.recording.recorder import Recorder
from collector.recording.writer import Writer
from storage.database.read_view import ViewEnded
from storage.model import Poll, Tick
from storage.read_model.publisher import Publisher
from storage.store import Store

EVERY_SECONDS = 0.25
STOPPED_AFTER_SECONDS = 2.0


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def main(source: Path) -> None:
    """Print one line each way."""
    print(
        "| published | s | ticks recorded meanwhile | longest wait of one, s | of a heartbeat, s |"
    )
    print("|---|---|---|---|---|")
    for beside in (False, True):
        with tempfile.TemporaryDirectory(dir=source.parent) as folder:
            await measure(copied(source, Path(folder)), beside=beside)
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        await measure_stop(copied(source, Path(folder)))


def copied(source: Path, folder: Path) -> Path:
    """Copy the database of ``source``."""
    shutil.copyfile(source / "store.duckdb", folder / "store.duckdb")
    return folder


async def measure(folder: Path, *, beside: bool) -> None:
    """Publish all, and record what can be recorded meanwhile."""
    writer, pulse = Writer(), OwnThread("heartbeat")
    press = OwnThread("publisher") if beside else writer
    store = Store.reopen(folder / "store.duckdb", now=now)
    recorder = Recorder(store, writer, now=now)
    publisher = Publisher(store, folder / "published", now=now, version="benchmark")
    ticks, waits, beats = 0, [0.0], [0.0]
    begun = time.monotonic()
    publishing = asyncio.ensure_future(press(publisher.republish_all))
    while not publishing.done():
        at = time.monotonic()
        await recorder.record(Tick(at=now(), polls=(poll(recorder.next_poll_id()),)))
        ticks += not publishing.done()
        waits.append(time.monotonic() - at)
        at = time.monotonic()
        await (pulse if beside else writer)(publisher.heartbeat)
        beats.append(time.monotonic() - at)
        await asyncio.sleep(EVERY_SECONDS)
    took = time.monotonic() - begun
    name = "beside the store's thread" if beside else "in the store's thread"
    print(f"| {name} | {took:.1f} | {ticks} | {max(waits):.2f} | {max(beats):.2f} |", flush=True)
    store.close()
    writer.close()


async def measure_stop(folder: Path) -> None:
    """Publish all, and stop in the middle."""
    press = OwnThread("publisher")
    store = Store.reopen(folder / "store.duckdb", now=now)
    publisher = Publisher(store, folder / "published", now=now, version="benchmark")
    publishing = asyncio.ensure_future(press(publisher.republish_all))
    await asyncio.sleep(STOPPED_AFTER_SECONDS)
    begun = time.monotonic()
    publisher.stop()
    with suppress(ViewEnded):
        await publishing
    ended = time.monotonic() - begun
    store.close()
    closed = time.monotonic() - begun
    print(f"\nStopped: publication ended after {ended:.2f} s, store closed after {closed:.2f} s.")


def poll(number: int) -> Poll:
    """Return a poll of nothing."""
    at = now()
    return Poll(
        poll_id=number,
        platform="youtube",
        purpose="poll",
        source="videos",
        started_at=at,
        finished_at=at,
        asked=0,
        answered=0,
        requests=1,
        outcome="ok",
        error=None,
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
