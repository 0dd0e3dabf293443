"""CPU of a collector that tracks 500 broadcasts of which none is live, as a share of one core.

Real processes and real time: ``.venv/bin/python benchmarks/idle_cpu.py --seconds 120``
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Channel, Mount, Video
from storage.model import Status

CHANNELS, EACH = 50, 10


class Quiet:
    """Fifty channels with ten broadcasts each, which ended within the last five days."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def channels(self) -> list[Channel]:
        """Return the channels."""
        return [
            Channel(channel_id=f"UC{number:022d}", handle=f"@c{number}", title=f"Channel {number}")
            for number in range(CHANNELS)
        ]

    def listing(self, channel_id: str, at: datetime) -> list[str]:
        """Return a channel's broadcasts."""
        del at
        return [f"{int(channel_id[2:]):05d}{number:06d}" for number in range(EACH)]

    def mounts(self, at: datetime) -> list[Mount]:
        """Return no mount."""
        del at
        return []

    def video(self, native_id: str, at: datetime) -> Video:
        """Return an ended broadcast that still gathers some views."""
        ended_at = self.now - timedelta(hours=12 * (int(native_id[5:]) + 1))
        return Video(
            native_id=native_id,
            channel_id=f"UC{int(native_id[:5]):022d}",
            title=native_id,
            published_at=ended_at - timedelta(hours=2),
            status=Status.ENDED,
            views=1000 + int((at - ended_at).total_seconds()),
            started_at=ended_at - timedelta(hours=1),
            ended_at=ended_at,
        )


def main() -> None:
    """Run, wait for the start to be over, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    given = parser.parse_args()
    stage = Quiet(datetime.now(UTC))
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(stage, now=lambda: datetime.now(UTC)) as platforms,
    ):
        names = {"ar": "قياس", "fr": "Mesure", "en": "Benchmark"}
        today = stage.now.date()
        edition = {"key": "day", "names": names, "city": names}
        edition |= {"starts_on": today - timedelta(days=6), "ends_on": today}
        config = {
            "simulated": True,
            "allow_private_addresses": True,
            "programme": {"key": "benchmark", "names": names, "time_zone": "UTC"},
            "editions": [edition],
            "accounts": [{"platform": "youtube", "handle": one.handle} for one in stage.channels()],
            "platforms": {
                "youtube": {"api_url": platforms.youtube_api, "feed_url": platforms.youtube_feed}
            },
        }
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        argv = [sys.executable, "-m", "livetally", "--config", str(path), "collect", "run"]
        key = {"LIVETALLY_YOUTUBE_API_KEY": platforms.youtube.terms.key}
        process = subprocess.Popen(argv, env={**os.environ, **key}, stderr=subprocess.DEVNULL)
        time.sleep(40)
        before, begun = cpu_seconds(process.pid), time.monotonic()
        time.sleep(given.seconds)
        if process.poll() is not None:
            raise SystemExit("the collector did not last")
        used, passed = cpu_seconds(process.pid) - before, time.monotonic() - begun
        process.terminate()
        process.wait()
    print("| tracked broadcasts | seconds | CPU of one core |")
    print("|---|---|---|")
    print(f"| {CHANNELS * EACH} | {passed:.0f} | {100 * used / passed:.2f} % |")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
