"""How much memory bad answers and large rosters take, each in a process of its own."""

import json
import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.model import Due, Status, Tick
from storage.store import Store
from tests.support.builders import broadcast
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
KILOBYTES_A_BROADCAST = 5
CROWD = 20_000
DUE = 1_000


def now():
    return datetime.now(UTC)


def swallowed():
    """Let a process of its own take them in; return what it measured."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile_bodies"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
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
        "packed twice": "thing: unknown content encoding 'gzip, gzip': expected gzip, deflate",
        "no gzip": "thing: body is not valid gzip",
    }
    assert found["grown"] < 20 * MEGABYTE
    fault_record(
        7,
        "truncated JSON, HTML with status 200, a gzip bomb, 50 MB",
        "each in the place of an answer; 50 MB and a bomb of 200 MB in a process that is measured",
        "gap `bad_payload`; at most 5 MB read, less than 20 MB more memory; 2 kB kept to look at",
        60,
    )


def track(database, crowd, start):
    """Leave a database that tracks ``crowd`` broadcasts, as a collector before would have."""
    store = Store.open(database, now=now, simulated=True)
    broadcasts = tuple(
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
        for number in range(crowd)
    )
    later = now() + timedelta(hours=1)
    dues = tuple(
        Due(
            broadcast=tracked.key,
            next_due_at=later if number >= DUE else start,
            interval_seconds=3600,
        )
        for number, tracked in enumerate(broadcasts)
    )
    store.record(Tick(at=start, broadcasts=broadcasts, dues=dues))
    store.close()


RESUME = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import collector.app
from collector.scheduling.due_queue import DueQueue
from storage.store import Store
from tests.support.peak_memory import highest_bytes
store = Store.reopen(Path(sys.argv[1]), now=lambda: datetime.now(UTC))
queue = DueQueue(store.tracked(), datetime.now(UTC))
store.quota.spend("youtube.units", datetime.now(UTC).date(), 1)
print(len(queue.entries), highest_bytes())
store.close()
"""


def peak_of_resuming(database, crowd):
    """Return the most bytes that a process held which resumed ``crowd`` broadcasts."""
    track(database, crowd, now() - timedelta(hours=1))
    done = subprocess.run(
        [sys.executable, "-c", RESUME, str(database)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    tracked, peak = map(int, done.stdout.split())
    assert tracked == crowd
    return peak


@pytest.mark.fault(row=31)
def test_a_tracked_broadcast_takes_less_than_five_kilobytes(tmp_path, fault_record):
    """What the libraries take differs from machine to machine; what a broadcast takes does not."""
    libraries = peak_of_resuming(tmp_path / "alone.duckdb", 1)
    peak = peak_of_resuming(tmp_path / "crowd.duckdb", CROWD)
    kilobytes = (peak - libraries) / CROWD / KILOBYTE
    fault_record(
        31,
        "little memory",
        "20,000 tracked broadcasts, resumed by a process that is measured beside one with a single "
        "broadcast",
        f"resumed with {math.ceil(kilobytes)} kB a broadcast, of less than "
        f"{KILOBYTES_A_BROADCAST} wanted",
        None,
    )
    assert kilobytes < KILOBYTES_A_BROADCAST
