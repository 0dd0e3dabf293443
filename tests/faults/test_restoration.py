"""Rows 36 and 38: a restoration that is killed, and one for which the disk has no room."""

import os
import shutil
import signal
import time
from datetime import timedelta

import pytest

from storage.database.log import log_of
from storage.errors import StoreUnwritable
from storage.recovery import newest_loss
from tests.support import killed_restoration
from tests.support.builders import NOON
from tests.support.damaged_database import KilledDatabase, polls_in, started
from tests.support.killed_children import killing

#: Of the many calls of a kind so many are left out.
EVERY = {"pwrite64": 5, "write": 3, "fsync": 2}


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> KilledDatabase:
    return KilledDatabase(tmp_path_factory.mktemp("killed"), checkpointed=20, logged=40)


def damaged(killed: KilledDatabase) -> tuple[bytes, int]:
    at = len(killed.log) * 6 // 10
    return killed.log[:at] + bytes([killed.log[at] ^ 1]) + killed.log[at + 1 :], at


@pytest.mark.fault(row=36)
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("call", ["rename", "unlink", "fsync", "pwrite64", "write", "sendfile"])
def test_a_restoration_that_is_killed_is_completed_by_the_next_start(
    killed, tmp_path, call, fault_record
):
    log, at = damaged(killed)
    kept = killed.polls_with(log[:at], tmp_path / "before")
    killed.back_up(b"", tmp_path / "backups", minute=200)
    ends: list[int] = []
    slowest = 0.0
    with killing(killed_restoration) as kill:
        which = 0  # first not killed at all, which shows that it is the kill that ends the others
        while not ends or ends[-1] == -signal.SIGKILL or which == 1:
            path = killed.laid_into(tmp_path / "data", log)
            ends.append(kill(path, call, which))
            begun = time.monotonic()
            with started(path, tmp_path / "backups") as store:
                slowest = max(slowest, time.monotonic() - begun)
                assert polls_in(store) == kept
            loss = newest_loss(path)
            assert loss is not None
            assert loss.since == NOON + timedelta(minutes=kept)
            aside = path.parent / "quarantine"
            assert killed.database in [file.read_bytes() for file in aside.glob(f"*/{path.name}")]
            assert log in [file.read_bytes() for file in aside.glob(f"*/{log_of(path).name}")]
            left = {file.name for file in path.parent.iterdir()}
            assert left == {path.name, f"{path.name}.lock", "quarantine"}
            shutil.rmtree(path.parent)
            which += EVERY.get(call, 1) if which else 1
    assert (ends[0], ends[-1]) == (0, 0)
    assert set(ends[1:-1]) == {-signal.SIGKILL}
    fault_record(
        row=36,
        fault="kill -9 during a restoration",
        injected="SIGKILL at the calls that write, sync, copy, rename or unlink of a start on a damaged log; "
        "without the kill it succeeds",
        outcome="the next start goes on: the same copy is taken, and what was damaged is in quarantine as it "
        "was, whole",
        recovery_seconds=slowest,
    )


@pytest.mark.fault(row=38)
@pytest.mark.parametrize("room", [0, 400_000])
def test_without_room_for_a_copy_nothing_is_touched_until_there_is(
    killed, small_disk, tmp_path, room, fault_record
):
    """Room for nothing at all, and for the log but not for the file."""
    log, at = damaged(killed)
    kept = killed.polls_with(log[:at], tmp_path / "before")
    path = killed.laid_into(small_disk / "data", log)
    log_of(path).with_name(f"{path.name}.lock").write_bytes(b"1" * 32)
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_bsize - room))
    with pytest.raises(StoreUnwritable, match="No space left"), started(path, tmp_path / "none"):
        pass
    assert path.read_bytes() == killed.database
    assert log_of(path).read_bytes() == log
    assert newest_loss(path) is None
    ballast.unlink()
    begun = time.monotonic()
    with started(path, tmp_path / "none") as store:
        took = time.monotonic() - begun
        assert polls_in(store) == kept
    fault_record(
        row=38,
        fault="the log is damaged, and the disk has no room for a copy",
        injected="a tmpfs of 24 MB filled to the last byte, or but for the log's length",
        outcome="refused with exit code 3 and left as it was; when there is room, the copy that holds most",
        recovery_seconds=took,
    )
