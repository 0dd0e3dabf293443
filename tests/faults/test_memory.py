"""How much memory bad answers and large rosters take, each in a process of its own."""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from collector.config import load_config
from collector.simulator.server import serving
from storage.model import Due, Status, Tick
from storage.store import Store
from tests.builders import broadcast
from tests.end_to_end.rig import Three, config_for, stored

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1 << 20
CROWD = 20_000
DUE = 1_000


def now():
    return datetime.now(UTC)


def swallowed():
    """Let a process of its own take them in; return what it measured."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("swallow.py"))],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.fault(row=7)
def test_bombs_and_floods_take_no_more_memory_than_a_body_may_have(fault_record):
    found = swallowed()
    assert found["details"] == {
        "flood": "thing: body over 5 MB",
        "bomb": "thing: body over 5 MB",
        "packed twice": "thing: body packed as 'gzip, gzip'",
        "no gzip": "thing: body is no gzip",
    }
    assert found["grown"] < 20 * MEGABYTE
    fault_record(
        7,
        "truncated JSON, HTML with status 200, a gzip bomb, 50 MB",
        "each in the place of an answer; 50 MB and a bomb of 200 MB in a process that is measured",
        "gap `bad_payload`; at most 5 MB read, less than 20 MB more memory; 2 kB kept to look at",
        60,
    )


class Crowd(Three):
    """A channel that shows nothing new, of which every id is a broadcast that has ended."""

    def listing(self, channel_id, at):
        return []

    def video(self, native_id, at):
        video = super().video(native_id, at)
        ended_at = self.start + timedelta(minutes=50)
        return replace(video, status=Status.ENDED, concurrent_viewers=None, ended_at=ended_at)


def crowded(folder, config, start):
    """Leave a database that tracks them, as a collector before would have."""
    store = Store.open(config.storage.database, now=now, simulated=True)
    told = tuple(
        broadcast(
            f"CROWD{number:06}",
            account="youtube:@test",
            title=f"Broadcast {number} of an institution that never stops",
            status=Status.ENDED,
            started_at=start,
            ended_at=start + timedelta(minutes=50),
            discovered_at=start,
            edition="test",
        )
        for number in range(CROWD)
    )
    later = now() + timedelta(hours=1)
    dues = tuple(
        Due(broadcast=one.key, next_due_at=later if place >= DUE else start, interval_seconds=3600)
        for place, one in enumerate(told)
    )
    store.record(Tick(at=start, broadcasts=told, dues=dues))
    store.close()


@pytest.mark.end_to_end
@pytest.mark.fault(row=31)
def test_twenty_thousand_tracked_broadcasts_fit_into_250_megabytes(
    tmp_path, monkeypatch, fault_record
):
    start = now() - timedelta(hours=1)
    stage = Crowd(start)
    with serving(stage, now=now) as platforms:
        for name, secret in platforms.environment.items():
            monkeypatch.setenv(name, secret)
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(config_for(platforms, stage.channels())))
        crowded(tmp_path, load_config(path), start)
        argv = [sys.executable, "-m", "livetally", "--config", str(path), "collect", "once"]
        process = subprocess.Popen(argv, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert stored(tmp_path, "SELECT count(*) FROM broadcast") == [(CROWD,)]
    assert stored(tmp_path, "SELECT count(*) >= 1000 FROM snapshot") == [(True,)]
    megabytes = usage.ru_maxrss >> 10
    assert megabytes < 250
    fault_record(
        31,
        "little memory",
        "20,000 tracked broadcasts, 1,000 of them due at once, polled and published by a measured process",
        f"at most {math.ceil(megabytes / 10) * 10} MB; the service is started again should it be killed",
        None,
    )
