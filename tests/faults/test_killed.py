"""Rows 17 and 18: a disk that fails to sync, and a writer that is killed."""

import random
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.ticks import opened, rows
from tests.support.writer_process import KEYS, writing

ROOT = Path(__file__).resolve().parents[2]
WRITING = [sys.executable, "-m", "tests.support.writer_process"]
KILLS = 50
TICKS = 100
#: The number of the tick that tells of the broadcasts, and has no poll.
FACTS = 0


def numbers(word: str, lines: list[str]) -> list[int]:
    return [int(line.split()[1]) for line in lines if line.startswith(word)]


@pytest.mark.fault(row=18)
def test_what_was_acknowledged_survives_every_kill(path, fault_record):
    chance = random.Random(18)
    kept: list[int] = []
    slowest = 0.0
    for _ in range(KILLS):
        writer = writing(path, checkpoint_every=9)
        time.sleep(chance.uniform(0, 0.3))
        kept += writer.kill()
        begun = time.monotonic()
        with closing(opened(path)) as store:
            slowest = max(slowest, time.monotonic() - begun)
            there = dict(rows(store, "SELECT tick, count(*) FROM snapshot GROUP BY 1"))
            assert set(there.values()) <= {len(KEYS)}, "half a tick"
            polls = {number for (number,) in rows(store, "SELECT poll_id FROM poll")}
            assert set(kept) - {FACTS} <= polls
            assert store.verify() == []
    assert len(set(kept)) > KILLS, "hardly anything was kept before the kills"
    fault_record(
        row=18,
        fault="kill -9 of the writer",
        injected=f"SIGKILL {KILLS} times at random moments, some while the log is brought into the file",
        outcome="every acknowledged tick is there, none in part",
        recovery_seconds=slowest,
    )


@pytest.mark.fault(row=17)
def test_a_sync_that_fails_is_neither_acknowledged_nor_taken_for_damage(path, fault_record):
    if shutil.which("strace") is None:
        pytest.skip("needs Debian's package strace")
    opened(path).close()  # made while the disk is well: its many syncs would hardly all succeed
    # The fourth and every fifth after it: of the log at a commit, and of the file at a checkpoint.
    failing = "fsync,fdatasync:error=EIO:when=4+5"
    only = ["--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-e", f"inject={failing}"]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *only, *WRITING, str(path), str(TICKS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    kept, refused = numbers("kept", lines), numbers("refused", lines)
    assert len(refused) > TICKS // 20, "no sync failed"
    begun = time.monotonic()
    with closing(opened(path)) as store:
        took = time.monotonic() - begun
        polls = [number for (number,) in rows(store, "SELECT poll_id FROM poll ORDER BY 1")]
        assert set(kept) - {FACTS} <= set(polls)
        assert len(polls) == len(set(polls)), "recorded twice"
        assert len(kept) >= TICKS, "it does not go on"
        there = dict(rows(store, "SELECT tick, count(*) FROM snapshot GROUP BY 1"))
        assert set(there.values()) == {len(KEYS)}
        assert store.verify() == []
    fault_record(
        row=17,
        fault="the disk fails to sync: EIO",
        injected="strace under a writer: every fifth fsync fails",
        outcome="a tick whose sync failed is not acknowledged and waits for the next try; then each "
        "is there once; nothing is taken for damage",
        recovery_seconds=took,
    )
