"""Calls that one round of polling costs on each of the five main platforms.

Everything is real but the clock and the platforms: HTTP on loopback, the whole collector, DuckDB.
Run by hand: ``.venv/bin/python benchmarks/poll_cycle.py --accounts 10 --each 10``
"""

import argparse
import asyncio
import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from collector.app import Collector, collector
from collector.config.load import load_config
from collector.jobs.tracker import Tracker
from collector.simulator.platforms import Platforms
from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import World
from tests.support.stages.evening import PLATFORMS, evening

START = datetime(2026, 5, 16, 18, tzinfo=UTC)
#: So long that everything is due again, also what is polled by its age alone.
A_ROUND = timedelta(seconds=150)


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one platform was asked; ``groups`` are the sizes of what may share a call."""

    platform: str
    accounts: int
    broadcasts: int
    batch_size: int
    groups: tuple[int, ...]
    first_discovery_calls: int
    discovery_calls: int
    poll_calls: int
    snapshots: int


def main() -> None:
    """Poll one round and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10, help="accounts on each platform")
    parser.add_argument("--each", type=int, default=10, help="live broadcasts of each account")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show(asyncio.run(measure(Path(folder), accounts=given.accounts, each=given.each)))


def show(rounds: list[Round]) -> None:
    """Print the table."""
    print("| platform | live | accounts | batch | calls a poll round | calls a discovery |")
    print("|---|---|---|---|---|---|")
    for one in rounds:
        print(
            f"| {one.platform} | {one.broadcasts} | {one.accounts} | {one.batch_size} "
            f"| {one.poll_calls} | {one.discovery_calls} |"
        )
    live, polls = (
        sum(getattr(one, name) for one in rounds) for name in ("broadcasts", "poll_calls")
    )
    print(f"| all | {live} | | | {polls} | {sum(one.discovery_calls for one in rounds)} |")


async def measure(folder: Path, *, accounts: int, each: int) -> list[Round]:
    """Discover, poll, and poll again when all is due; return that second round."""
    clock = [START]
    stage = evening(START, seed=1, accounts=accounts, each=each)
    with serving(stage, now=lambda: clock[0]) as all_:
        before = dict(os.environ)
        os.environ.update(all_.environment)
        try:
            path = configured(folder, stage, all_)
            async with collector(load_config(path), now=lambda: clock[0]) as ready:
                return await _round(ready, all_, clock)
        finally:
            os.environ.clear()
            os.environ.update(before)


async def _round(ready: Collector, platforms: Platforms, clock: list[datetime]) -> list[Round]:
    first = await _calls_of(ready.discover, platforms)
    await ready.poll()
    clock[0] += A_ROUND
    discovery = await _calls_of(ready.discover, platforms)
    groups = {one.platform.name: _groups(one, clock[0]) for one in ready.trackers}
    polls = await _calls_of(ready.poll, platforms)
    trackers = {one.platform.name: one for one in ready.trackers}
    return [
        Round(
            platform=name,
            accounts=len(trackers[name].accounts),
            broadcasts=len(trackers[name].queue.entries),
            batch_size=trackers[name].platform.batch_size,
            groups=groups[name],
            first_discovery_calls=first[name],
            discovery_calls=discovery[name],
            poll_calls=polls[name],
            snapshots=_seen_at(trackers[name], clock[0]),
        )
        for name in PLATFORMS
    ]


async def _calls_of(job, platforms: Platforms) -> Counter[str]:
    """Return the calls that each server counted during ``job``."""
    before = _counted(platforms)
    await job()
    return _counted(platforms) - before


def _counted(platforms: Platforms) -> Counter[str]:
    return Counter({name: getattr(platforms, name).calls.total() for name in PLATFORMS})


def _groups(tracker: Tracker, now: datetime) -> tuple[int, ...]:
    group = tracker.platform.group
    sizes = Counter(group(one.broadcast, now) for one in tracker.queue.entries.values())
    return tuple(sizes.values())


def _seen_at(tracker: Tracker, at: datetime) -> int:
    return sum(one.broadcast.observed_at == at for one in tracker.queue.entries.values())


def configured(folder: Path, stage: World, platforms: Platforms) -> Path:
    """Write a configuration that points at the simulated platforms; return its path."""
    names = {"ar": "قياس", "fr": "Mesure", "en": "Benchmark"}
    day = START.date()
    platforms.save_tokens(folder / "tokens")
    settings = {
        "simulated": True,
        "allow_private_addresses": True,
        "programme": {"key": "benchmark", "names": names, "time_zone": "UTC"},
        "editions": [
            {"key": "day", "names": names, "city": names, "starts_on": day, "ends_on": day}
        ],
        "accounts": [{"platform": one.platform, "handle": one.handle} for one in stage.channels()],
        "platforms": platforms.sections,
        "storage": {"tokens": "tokens"},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))
    return path


if __name__ == "__main__":
    main()
