"""YouTube units a day, by replaying a day in the simulator under a fake clock.

Everything is real but the clock: HTTP on loopback, the ledger, DuckDB. Run by hand:
``.venv/bin/python benchmarks/youtube_units.py --channels 100 --hours 24``
"""

import argparse
import asyncio
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from collector.app import collector
from collector.config.load import load_config
from collector.simulator.platforms import Platforms
from collector.simulator.wire.server import serving
from tests.support.stages.fleet import fleet

#: A Los Angeles midnight, so that the replayed hours are of one quota day.
START = datetime(2026, 5, 18, 7, tzinfo=UTC)
TICK = timedelta(seconds=15)
DISCOVERY = timedelta(seconds=600)
UNCOUNTED_HOURS = 1  # the first hour finds two weeks of earlier broadcasts at once


def main() -> None:
    """Replay and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--hours", type=float, default=24)
    given = parser.parse_args()
    clock = [START - timedelta(hours=UNCOUNTED_HOURS)]
    stage = fleet(START, seed=1, channels=given.channels)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(stage, now=lambda: clock[0]) as platforms,
    ):
        os.environ["LIVETALLY_YOUTUBE_API_KEY"] = platforms.youtube.terms.key
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(configuration(platforms)))
        live = asyncio.run(replay(path, clock, given.hours))
        spent = {
            bucket: platforms.youtube.spent(bucket, START)
            for bucket in ("default", "batchGetStats")
        }
        calls = dict(platforms.youtube.calls)
    per_day = {bucket: units * 24 / given.hours for bucket, units in spent.items()}
    print("| channels | hours | most live at once | units a day | batchGetStats a day | calls |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {given.channels} | {given.hours:g} | {live} | {per_day['default']:,.0f} "
        f"| {per_day['batchGetStats']:,.0f} | {calls} |"
    )


async def replay(path: Path, clock: list[datetime], hours: float) -> int:
    """Tick through the day; return how many broadcasts were live at most."""
    most, discovered_at = 0, clock[0] - DISCOVERY
    end = START + timedelta(hours=hours)
    async with collector(load_config(path), now=lambda: clock[0]) as ready:
        entries = ready.trackers[0].queue.entries
        while clock[0] < end:
            if clock[0] - discovered_at >= DISCOVERY:
                await ready.discover()
                discovered_at = clock[0]
                most = max(most, sum(one.broadcast.status == "live" for one in entries.values()))
            await ready.poll()
            clock[0] += TICK
    return most


def configuration(platforms: Platforms) -> dict[str, object]:
    """Return a configuration of every channel of the fleet."""
    names = {"ar": "قياس", "fr": "Mesure", "en": "Benchmark"}
    day = START.date()
    edition = {"key": "day", "names": names, "city": names, "starts_on": day, "ends_on": day}
    return {
        "simulated": True,
        "allow_private_addresses": True,
        "programme": {"key": "benchmark", "names": names, "time_zone": "UTC"},
        "editions": [edition],
        "accounts": [
            {"platform": "youtube", "handle": one.handle}
            for one in platforms.youtube.world.channels()
        ],
        "platforms": {
            "youtube": {"api_url": platforms.youtube_api, "feed_url": platforms.youtube_feed}
        },
    }


if __name__ == "__main__":
    main()
