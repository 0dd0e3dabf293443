"""Hours of an event at a clock of its own, with faults by chance: does anything grow or go missing?

Everything is real but the clock and the platforms: HTTP on loopback, the whole collector, DuckDB.
Run by hand: ``.venv/bin/python benchmarks/soak.py --hours 24``
"""

import argparse
import asyncio
import gc
import logging
import os
import random
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from benchmarks.poll_cycle import configured
from collector.app import Collector, collector
from collector.config.load import load_config
from collector.simulator.platforms import Platforms
from collector.simulator.wire.faults import InjectedFault
from collector.simulator.wire.server import serving
from storage.read_model.reader import ReadModel
from tests.support.stages.evening import evening

START = datetime(2026, 5, 16, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DISCOVERED_EVERY = 10
PUBLISHED_EVERY = 5
#: The share of minutes in which something fails, and of how much of a platform's calls.
FAULTY = 0.15
AN_HOUR = 60
#: What comes later than this after a live broadcast's snapshot leaves minutes out.
ON_TIME = timedelta(seconds=90)
KINDS = (
    {"status": 503, "headers": {"Retry-After": "60"}},
    {"status": 429, "headers": {"Retry-After": "90"}},
    {"status": 200, "body": b"<html>Sorry</html>"},
    {"keep_bytes": 40},
    {"hang_up": True},
)


@dataclass(frozen=True, kw_only=True)
class Size:
    """What the process holds at one moment; ``sockets`` come and go with the pools' connections."""

    memory: int
    files: int
    sockets: int
    tasks: int


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """What came of it. ``units`` are each bucket's spent of what it grants."""

    hours: float
    seconds: float
    broadcasts: int
    snapshots: int
    faults: int
    gaps: int
    unexplained: int
    units: dict[str, tuple[int, int]]
    early: Size
    late: Size

    def growth(self, part: str) -> float:
        """Return by what share a part has grown since the start was over."""
        before = getattr(self.early, part)
        return (getattr(self.late, part) - before) / before


def main() -> None:
    """Soak, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.getLogger("collector").setLevel(logging.ERROR)  # failures are what this is about
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(soak(Path(folder), hours=given.hours, seed=given.seed))
    print(
        "| hours | took s | broadcasts | snapshots | faults | gaps | unexplained minutes |", end=""
    )
    print(" memory | files | sockets | tasks | units |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    parts = " | ".join(
        f"{getattr(found.late, part):,} ({100 * found.growth(part):+.1f} %)"
        for part in ("memory", "files", "sockets", "tasks")
    )
    units = ", ".join(f"{name} {spent} of {all_}" for name, (spent, all_) in found.units.items())
    print(
        f"| {found.hours:g} | {found.seconds:.0f} | {found.broadcasts} | {found.snapshots:,} "
        f"| {found.faults} | {found.gaps} | {found.unexplained} | {parts} | {units} |"
    )


async def soak(
    folder: Path, *, hours: float, seed: int, accounts: int = 4, each: int = 10
) -> Soaked:
    """Collect for simulated ``hours``: 200 broadcasts unless said otherwise."""
    clock, begun, chance = [START], time.monotonic(), random.Random(seed)
    stage = evening(START, seed=seed, accounts=accounts, each=each)
    minutes, faults = int(hours * 60), 0
    with serving(stage, now=lambda: clock[0]) as platforms:
        before = dict(os.environ)
        os.environ.update(platforms.environment)
        try:
            config = load_config(configured(folder, stage, platforms))
            async with collector(config, now=lambda: clock[0]) as ready:
                early = Size(memory=1, files=1, sockets=1, tasks=1)
                for minute in range(minutes):
                    faults += _spoil(platforms, chance)
                    if minute % DISCOVERED_EVERY == 0:
                        await ready.discover()
                    await ready.poll()
                    if minute % PUBLISHED_EVERY == 0:
                        await ready.publish()
                    clock[0] += MINUTE
                    if minute == min(minutes // 3, 2 * AN_HOUR):
                        early = _size()
                await ready.publish()
                late, units = _size(), await _units(ready)
                broadcasts = sum(len(one.queue.entries) for one in ready.trackers)
                snapshots, unexplained = _missing(ready)
        finally:
            os.environ.clear()
            os.environ.update(before)
    return Soaked(
        hours=hours,
        seconds=time.monotonic() - begun,
        broadcasts=broadcasts,
        snapshots=snapshots,
        faults=faults,
        gaps=ReadModel(config.storage.read_model).open().gaps().height,
        unexplained=unexplained,
        units=units,
        early=early,
        late=late,
    )


def _spoil(platforms: Platforms, chance: random.Random) -> int:
    """Let something fail for this minute, or nothing."""
    platforms.faults.clear()
    paths = sorted(platforms.faults.calls)
    if not paths or chance.random() > FAULTY:
        return 0
    kind = chance.choice(KINDS)
    chosen = chance.sample(paths, k=min(len(paths), chance.randint(1, 5)))
    platforms.faults.add(*(InjectedFault(path=path, **kind) for path in chosen))
    return 1


def _size() -> Size:
    gc.collect()
    opened = [_named(one) for one in Path("/proc/self/fd").iterdir()]
    sockets = sum(name.startswith("socket:") for name in opened)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Size(
        memory=pages * os.sysconf("SC_PAGE_SIZE"),
        files=len(opened) - sockets,
        sockets=sockets,
        tasks=len(asyncio.all_tasks()),
    )


def _named(descriptor: Path) -> str:
    """Say what it is; the one that lists the others is gone by then."""
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


async def _units(ready: Collector) -> dict[str, tuple[int, int]]:
    return {
        bucket.name: (await tracker.meter.spent(bucket), bucket.units)
        for tracker in ready.trackers
        for bucket in tracker.platform.buckets
    }


def _missing(ready: Collector) -> tuple[int, int]:
    """Count the snapshots, and the stretches between two of a live broadcast that no gap covers."""
    with ready.store.reading() as (database, _):
        seen = database.rows("SELECT broadcast, observed_at, status FROM snapshot")
        gaps = database.rows("SELECT broadcast, started_at, ended_at FROM gap")
    stretches = (
        seen.sort("broadcast", "observed_at")
        .with_columns(since=pl.col("observed_at").shift(1).over("broadcast"))
        .filter(pl.col("status") == "live", pl.col("observed_at") - pl.col("since") > ON_TIME)
    )
    covered = stretches.join(gaps, on="broadcast").filter(
        pl.col("started_at") < pl.col("observed_at"), pl.col("ended_at") > pl.col("since")
    )
    explained = covered.select("broadcast", "observed_at").unique()
    return seen.height, stretches.height - explained.height


if __name__ == "__main__":
    main()
