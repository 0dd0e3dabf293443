"""Row 18: a writer that is killed."""

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.writing import KEYS
from tests.storage.sights import opened, rows

ROOT = Path(__file__).resolve().parents[2]
WRITING = [sys.executable, "-m", "tests.faults.writing"]
KILLS = 10


def numbers(word: str, lines: list[str]) -> list[int]:
    return [int(line.split()[1]) for line in lines if line.startswith(word)]


@pytest.mark.fault(row=18)
def test_what_was_acknowledged_survives_every_kill(path, fault_record):
    chance = random.Random(18)
    kept: list[int] = []
    slowest = 0.0
    for _ in range(KILLS):
        argv = [*WRITING, str(path), "100000"]
        with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            time.sleep(chance.uniform(0, 0.5))
            process.kill()
            kept += numbers("kept", process.stdout.read().splitlines())
        begun = time.monotonic()
        with closing(opened(path)) as store:
            slowest = max(slowest, time.monotonic() - begun)
            there = dict(rows(store, "SELECT tick, count(*) FROM snapshot GROUP BY 1"))
            assert set(there.values()) <= {len(KEYS)}, "half a tick"
            polls = {number for (number,) in rows(store, "SELECT poll_id FROM poll")}
            assert set(kept) <= polls
            assert store.verify() == []
    assert kept
    fault_record(
        row=18,
        fault="kill -9 of the writer",
        injected=f"SIGKILL {KILLS} times at random moments",
        outcome=f"all of {len(kept)} acknowledged ticks there, none in part",
        recovery_seconds=slowest,
    )
