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

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1 << 20
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


def crowded(database, start):
    """Leave a database that tracks them, as a collector before would have."""
    store = Store.open(database, now=now, simulated=True)
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


RESUME = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import collector.app
from collector.scheduling.due_queue import Roster
from storage.store import Store
from tests.support.peak_memory import highest_bytes
store = Store.reopen(Path(sys.argv[1]), now=lambda: datetime.now(UTC))
roster = Roster(store.tracked(), datetime.now(UTC))
store.spend("youtube.units", datetime.now(UTC).date(), 1)
print(len(roster.entries), highest_bytes())
store.close()
"""


@pytest.mark.fault(row=31)
def test_twenty_thousand_tracked_broadcasts_fit_into_250_megabytes(tmp_path, fault_record):
    database = tmp_path / "livetally.duckdb"
    crowded(database, now() - timedelta(hours=1))
    done = subprocess.run(
        [sys.executable, "-c", RESUME, str(database)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    tracked, peak = map(int, done.stdout.split())
    megabytes = peak // MEGABYTE
    outcome = f"resumed with {math.ceil(megabytes / 10) * 10} MB, of less than 250 wanted"
    injected = "20,000 tracked broadcasts, resumed by a process that is measured"
    fault_record(31, "little memory", injected, outcome, None)
    assert tracked == CROWD
    assert megabytes < 250
