"""A live of PeerTube's that becomes its replay, as the stand-in of the cases tells it."""

import asyncio
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from collector.app import collector
from collector.config.load import load_config
from tests.support.collector_process import Clock, stored
from tests.support.patience import PATIENCE_SECONDS

NAMES = dict.fromkeys(("ar", "fr", "en"), "Week")
NOW = datetime.now(UTC)
YESTERDAY = NOW.date() - timedelta(days=1)


@pytest.fixture
def stand_in(shared, tmp_path):
    """The address of the stand-in, and the file that names its stage."""
    script, stage = shared / "cases/first-event/peertube_stand_in.py", tmp_path / "stage"
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stage.write_text("live")
    with subprocess.Popen([sys.executable, script, str(port), stage]) as process:
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not answers(port):
                assert time.monotonic() < until
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", stage
        finally:
            process.kill()


def answers(port):
    with closing(socket.socket()) as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


async def collect_once(config, clock):
    async with collector(load_config(config), now=clock) as ready:
        await ready.discover()
        await ready.poll()


@pytest.mark.parametrize("stages", [("replay",), ("over", "over", "replay")])
def test_a_replay_stays_where_its_live_was(stand_in, tmp_path, stages):
    address, stage = stand_in
    config, clock = tmp_path / "config.yaml", Clock(NOW)
    week = {"key": "week", "names": NAMES, "city": NAMES}
    week |= {"starts_on": YESTERDAY - timedelta(days=2), "ends_on": YESTERDAY}
    facts = {
        "programme": {"key": "test", "names": NAMES, "time_zone": "UTC"},
        "editions": [week],
        "accounts": [{"platform": "peertube", "handle": f"{address}/c/event"}],
        "allow_private_addresses": True,
    }
    config.write_text(yaml.safe_dump(facts))
    for name in ("live", *stages):
        stage.write_text(name)
        asyncio.run(collect_once(config, clock))
        clock.forward(hours=1)
    [placed] = stored(tmp_path, "SELECT edition, match_reason, status FROM broadcast")
    assert placed == ("week", "time", "ended")
    assert stored(tmp_path, "SELECT views FROM snapshot ORDER BY tick DESC LIMIT 1") == [(8,)]
    went_on_air = datetime.combine(NOW.date(), datetime.min.time()) - timedelta(hours=3)
    dates = stored(
        tmp_path,
        "SELECT published_at, started_at, ended_at FROM broadcast",
    )
    assert [at.astimezone(UTC).replace(tzinfo=None) for at in dates[0]] == [
        went_on_air,
        went_on_air - timedelta(seconds=10),
        went_on_air + timedelta(hours=2),
    ]
