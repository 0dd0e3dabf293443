"""Row 37: the power fails while ticks are recorded, and nothing that was not synced reaches the disk."""

import random
import time

import pytest

from tests.faults.conftest import LosingDisk
from tests.support.damaged_database import started
from tests.support.ticks import rows
from tests.support.writer_process import KEYS, writing

LOSSES = 20
#: The number of the tick that tells of the broadcasts, and has no poll.
FACTS = 0


@pytest.mark.fault(row=37)
@pytest.mark.timeout(1200)
def test_what_was_acknowledged_survives_a_loss_of_power(
    losing_disk: LosingDisk, tmp_path, fault_record
):
    chance = random.Random(37)
    path = losing_disk.folder / "data" / "livetally.duckdb"
    kept: set[int] = set()
    slowest, gone = 0.0, 0
    for number in range(LOSSES):
        writer = writing(path, checkpoint_every=7)
        unsynced = losing_disk.folder / f"unsynced {number}"
        time.sleep(chance.uniform(0.05, 0.5))
        unsynced.write_text("is in memory only")
        # Who loses power acknowledges nothing more: the kernel may call a sync done that was cut off.
        kept |= set(writer.kill(then=losing_disk.lose_power))
        losing_disk.restart()
        gone += not unsynced.exists() or not unsynced.stat().st_size
        begun = time.monotonic()
        with started(path, tmp_path / "backups") as store:
            slowest = max(slowest, time.monotonic() - begun)
            there = dict(rows(store, "SELECT tick, count(*) FROM snapshot GROUP BY 1"))
            assert set(there.values()) <= {len(KEYS)}, "half a tick"
            polls = {poll for (poll,) in rows(store, "SELECT poll_id FROM poll")}
            assert kept - {FACTS} <= polls
            assert store.verify() == []
    assert gone == LOSSES, "the disk did not lose what was not synced"
    assert len(kept) > LOSSES, "hardly anything was kept before the losses"
    fault_record(
        row=37,
        fault="the power fails",
        injected=f"writer and ext4 end together without a flush, {LOSSES} times at random moments: what was not "
        "synced is gone; the log is brought into the file meanwhile",
        outcome="every acknowledged tick is there, none in part",
        recovery_seconds=slowest,
    )
