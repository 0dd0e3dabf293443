"""The file itself: one writer, kept over kills, refused when it is not ours."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from storage.errors import StoreDamaged, StoreLocked
from storage.store import Store
from storage.system.ordinary_files import NotOrdinary
from tests.support.builders import NOON, seen

KILLS = 20
#: What `make test-duckdb2` lays over the installed packages is laid over the writer's too.
LAID_OVER = [path for path in [os.environ.get("PYTHONPATH")] if path]
WRITING = """
import sys
from datetime import timedelta
from pathlib import Path
from storage.model import Tick
from storage.store import Store
from tests.support.builders import NOON, broadcast, edition, programme, snapshot

store = Store.open(Path(sys.argv[1]), now=lambda: NOON, simulated=True)
store.event.save_programme(programme(), [edition()])
names = [f"V{number}" for number in range(50)]
if not store.tracked():
    store.record(Tick(at=NOON, broadcasts=tuple(broadcast(name) for name in names)))
step = int(sys.argv[2])
while True:
    step += 1
    at = NOON + timedelta(seconds=step)
    taken = tuple((step, snapshot(f"youtube:{name}", at, views=step * 10)) for name in names)
    store.record(Tick(at=at, snapshots=taken))
    print(step, flush=True)
"""


@pytest.mark.timeout(900)
def test_killed_twenty_times_while_it_writes_nothing_acknowledged_is_lost(path, record_property):
    step, slowest = 0, 0.0
    for kill in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITING, str(path), str(step)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *LAID_OVER])},
        )
        acknowledged = [int(process.stdout.readline())]
        time.sleep(0.02 * (kill % 7))
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.communicate()[0].split()]
        step = acknowledged[-1]
        begun = time.monotonic()
        store = Store.open(path, now=lambda: NOON, simulated=True)
        slowest = max(slowest, time.monotonic() - begun)
        with store.reading() as (database, _):
            counts = database.rows(
                "SELECT epoch(observed_at)::BIGINT AS at, count(*) AS n FROM snapshot GROUP BY 1"
            )
        kept = dict(counts.iter_rows())
        assert set(kept.values()) == {50}, "no tick is there in part"
        assert all(int((NOON + timedelta(seconds=one)).timestamp()) in kept for one in acknowledged)
        step = max(step, *(at - int(NOON.timestamp()) for at in kept))
        store.close()
    store = Store.open(path, now=lambda: NOON, simulated=True)
    assert store.verify() == []
    store.close()
    record_property("slowest_reopen_seconds", slowest)  # told and not asserted: machines are noisy


def test_a_second_writer_is_refused_and_told_who_the_first_is(store, path, clock):
    with pytest.raises(StoreLocked) as caught:
        Store.open(path, now=clock, simulated=True)
    assert caught.value.pid == os.getpid()


def test_simulated_and_real_numbers_are_never_mixed(store, path, clock):
    store.close()
    with pytest.raises(StoreDamaged, match="simulated"):
        Store.open(path, now=clock, simulated=False)


def test_what_is_not_a_database_is_refused_and_left_as_it_is(path, clock):
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreDamaged):
        Store.open(path, now=clock, simulated=True)
    assert path.read_bytes().startswith(b"not a database")


def test_a_folder_that_cannot_be_is_named(tmp_path, clock):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotOrdinary, match="file"):
        Store.open(tmp_path / "file" / "livetally.duckdb", now=clock, simulated=True)


def test_verify_finds_what_was_changed_behind_its_back(store, path, clock):
    store.record(seen(NOON + timedelta(seconds=60), A=10))
    store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE snapshot SET views = 11")
    again = Store.open(path, now=clock, simulated=True)
    assert again.verify() != []
    again.rebuild_rollups()
    [finding] = again.verify()
    assert finding == "tick 2 of 2026-05-17 12:01:00 UTC: its rows are not those that were recorded"
    again.close()
