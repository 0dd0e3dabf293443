"""Row 19: a damaged database is put aside, and the newest verified backup takes its place."""

import json
import shutil
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from collector.recording.spool import Spool
from storage.database.backup import list_backups
from storage.errors import StoreDamaged
from storage.recovery import newest_loss, open_sound
from storage.store import Store
from tests.end_to_end.test_process import collecting, manifest, simulated, until
from tests.support.builders import NOON, broadcast, edition, programme
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ticks import due, poll, rows, seen, tick, told

__all__ = ["simulated"]

pytestmark = pytest.mark.fault(row=19)
KEYS = [f"youtube:V{number}" for number in range(200)]


class Damaged:
    """A database of 60 ticks whose backup holds the first 30."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / "livetally.duckdb"
        self.backups = folder / "backups"
        self.log = self.path.with_name(self.path.name + ".wal")

    def now(self):
        return NOON + timedelta(hours=2)

    def open(self, *, force_new: bool = False) -> Store:
        return open_sound(
            self.path,
            now=self.now,
            simulated=True,
            backup_folder=self.backups,
            force_new=force_new,
        )


def record(store: Store, minutes: range) -> None:
    for minute in minutes:
        chance = Random(minute)  # what does not compress fills more blocks
        counts = (seen(key, minute, chance.randrange(10**15)) for key in KEYS)
        store.record(tick(*counts, polls=[poll(minute, minute)]))


@pytest.fixture
def damaged(tmp_path) -> Damaged:
    found = Damaged(tmp_path)
    with closing(found.open()) as store:
        store.event.save_programme(programme(), [edition()])
        store.record(told(*(broadcast(key.partition(":")[2]) for key in KEYS)))
        record(store, range(1, 31))
        store.back_up(found.backups)
        record(store, range(31, 61))
    return found


def minutes_up_to(share: float, path: Path) -> int:
    """Read how many minutes DuckDB finds in a log that ends there: it reads one that is cut as far as it goes."""
    copy = path.with_name("cut")
    log = path.with_name(path.name + ".wal").read_bytes()
    shutil.copy(path, copy)
    copy.with_name("cut.wal").write_bytes(log[: int(share * len(log))])
    with duckdb.connect(str(copy)) as connection:
        [[minutes]] = connection.execute("SELECT count(*) FROM poll").fetchall()
    copy.unlink()
    return int(minutes)


def flip(path: Path, share: float) -> None:
    content = bytearray(path.read_bytes())
    content[min(int(share * len(content)), len(content) - 1)] ^= 0xFF
    path.write_bytes(content)


# Header, both headers of the states, and blocks near the beginning, the middle and the end.
FLIPS = [0.0, 0.005, 0.012, 0.1, 0.45, 0.7, 0.97]


@pytest.mark.parametrize("share", FLIPS)
def test_a_flipped_byte_is_found_or_was_in_no_use(damaged, share, fault_record):
    flip(damaged.path, share)
    begun = time.monotonic()
    with closing(damaged.open()) as store:
        took = time.monotonic() - begun
        kept = rows(store, "SELECT count(*) FROM snapshot")[0][0]
        assert store.verify() == []
    loss = newest_loss(damaged.path)
    assert kept == (60 if loss is None else 30) * len(KEYS)
    fault_record(
        row=19,
        fault=f"one byte flipped at {share:.1%} of the file",
        injected="written into the closed file",
        outcome="in no use: nothing lost" if loss is None else "quarantined, backup restored",
        recovery_seconds=took,
    )


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
def test_a_truncated_file_is_replaced_by_the_backup_and_says_what_is_missing(
    damaged, share, fault_record
):
    content = damaged.path.read_bytes()
    damaged.path.write_bytes(content[: int(share * len(content))])
    begun = time.monotonic()
    with closing(damaged.open()) as store:
        took = time.monotonic() - begun
        assert rows(store, "SELECT count(*) FROM snapshot") == [(30 * len(KEYS),)]
        assert store.verify() == []
        record(store, range(121, 122))
    loss = newest_loss(damaged.path)
    assert loss is not None
    assert loss.since == NOON + timedelta(minutes=30)
    assert loss.until == damaged.now()
    aside = damaged.path.parent / "quarantine" / loss.quarantine
    assert (aside / damaged.path.name).read_bytes() == content[: int(share * len(content))]
    fault_record(
        row=19,
        fault=f"file cut to {share:.1%} of its length",
        injected="written into the closed file",
        outcome="quarantined, backup restored, loss dated",
        recovery_seconds=took,
    )


def test_everything_followed_has_a_gap_for_the_stretch_that_was_lost(tmp_path):
    found = Damaged(tmp_path)
    with closing(found.open()) as store:
        store.record(told(broadcast("A")))
        store.record(tick(seen("youtube:A", 1, 5), dues=[due("youtube:A", 2)], polls=[poll(1, 1)]))
        store.back_up(found.backups)
    flip(found.path, 0.0)
    with closing(found.open()) as store:
        store.record(tick(seen("youtube:A", 121, 9), polls=[poll(2, 121)]))
        gaps = rows(store, "SELECT reason, started_at, ended_at FROM gap")
    at = [NOON + timedelta(minutes=minute) for minute in (1, 121)]
    assert gaps == [("not_kept", *at)]


def test_a_damaged_log_costs_only_what_stands_behind_the_damage(damaged, fault_record):
    """The file with what stands before it holds more than the backup, and than the file alone."""
    copy = damaged.path.with_name("copy")
    with closing(damaged.open()) as store:
        with store.reading() as (database, _):
            database.execute("CHECKPOINT")
            database.execute("SET checkpoint_threshold = '1GB'")
        record(store, range(61, 90))
        shutil.copy(damaged.path, copy)
        shutil.copy(damaged.log, copy.with_name("copy.wal"))
    copy.replace(damaged.path)
    copy.with_name("copy.wal").replace(damaged.log)
    before = minutes_up_to(0.5, damaged.path)
    assert 60 < before < 89
    flip(damaged.log, 0.5)
    with pytest.raises(duckdb.IOException):
        duckdb.connect(str(damaged.path))
    begun = time.monotonic()
    with closing(damaged.open()) as store:
        took = time.monotonic() - begun
        assert rows(store, "SELECT count(*) FROM snapshot") == [(before * len(KEYS),)]
        assert store.verify() == []
    loss = newest_loss(damaged.path)
    assert loss is not None
    assert loss.since == NOON + timedelta(minutes=before)
    assert [other.polls for other in loss.others] == [60, 30]
    fault_record(
        row=19,
        fault="the database or its log is damaged",
        injected="a byte flipped at seven places of the file, the file cut at four, the log of a "
        "killed writer flipped; without and with backups, some of them damaged too",
        outcome="read in full at the start: put into quarantine/, the copy that holds most restored (the "
        "file with its log up to the damage, the file alone, or a verified backup), what is missing "
        "dated on a banner and as gaps; without a copy exit code 4, unless --force-new",
        recovery_seconds=took,
    )


def test_without_a_backup_it_refuses_until_told_to_begin_anew(damaged, fault_record):
    shutil.rmtree(damaged.backups)
    flip(damaged.path, 0.0)
    content = damaged.path.read_bytes()
    with pytest.raises(StoreDamaged, match="--force-new"):
        damaged.open()
    assert damaged.path.read_bytes() == content, "nothing was touched"
    with closing(damaged.open(force_new=True)) as store:
        assert rows(store, "SELECT count(*) FROM snapshot") == [(0,)]
    loss = newest_loss(damaged.path)
    assert loss is not None
    assert loss.since is None
    fault_record(
        row=19,
        fault="damaged, and no backup",
        injected="one byte of the header flipped",
        outcome="refused with exit code 4 and its remedy; --force-new begins anew",
        recovery_seconds=None,
    )


def test_the_command_exits_4_says_why_and_begins_anew_only_when_told(simulated):
    path = simulated / "data" / "livetally.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 1000)
    refused = collecting(simulated, "collect", "run")
    said, _ = refused.communicate(timeout=PATIENCE_SECONDS)
    assert refused.returncode == 4, said
    assert "There is no verified backup in" in said
    assert "--force-new" in said
    assert "Traceback" not in said
    anew = collecting(simulated, "collect", "run", "--force-new")
    until(lambda: manifest(simulated)["generation"] > 0, anew)
    assert manifest(simulated)["loss"]["restored_from"] is None
    anew.terminate()
    anew.communicate(timeout=PATIENCE_SECONDS)
    assert anew.returncode == 0


def test_damage_found_while_it_runs_is_a_disk_that_refuses_until_a_restart(damaged, caplog):
    with closing(damaged.open()) as store:
        spool = Spool(store, now=damaged.now)
        with store.reading() as (database, _):
            database.close()  # as a fatal error ends a connection
        with pytest.raises(duckdb.ConnectionException):
            store.verify()
        flip(damaged.path, 0.0)
        record_through(spool, range(61, 64))
        assert not spool.drain()
        assert "cannot be read" in caplog.text
        assert spool.refusal is not None
        assert spool.refusal.rows == 3 * (len(KEYS) + 1)
    with closing(damaged.open()) as store:
        assert rows(store, "SELECT count(*) FROM snapshot") == [(30 * len(KEYS),)]
        Spool(store, now=damaged.now).record(tick(seen(KEYS[0], 121, 9), polls=[poll(99, 121)]))


def record_through(spool: Spool, minutes: range) -> None:
    for minute in minutes:
        counts = (seen(key, minute, minute) for key in KEYS)
        spool.record(tick(*counts, polls=[poll(minute, minute)]))


def test_a_backup_that_is_not_verified_or_has_changed_since_is_never_restored(damaged):
    [verified] = list_backups(damaged.backups)
    unverified = verified.path.with_name("20990101T000000Z.duckdb")
    shutil.copy(verified.path, unverified)
    later = verified.path.with_name("20980101T000000Z.json")
    note = json.loads(verified.path.with_suffix(".json").read_text())
    changed = note | {"path": "20980101T000000Z.duckdb", "made_at": "2098-01-01T00:00:00+00:00"}
    later.write_text(json.dumps(changed))
    shutil.copy(verified.path, later.with_suffix(".duckdb"))
    flip(later.with_suffix(".duckdb"), 0.5)
    flip(damaged.path, 0.0)
    damaged.open().close()
    loss = newest_loss(damaged.path)
    assert loss is not None
    assert loss.restored_from == verified.path.name


def test_killed_at_the_last_step_of_a_restoration_it_completes_it(damaged):
    [verified] = list_backups(damaged.backups)
    damaged.path.replace(damaged.path.with_name("moved away"))
    shutil.copy(verified.path, damaged.path.with_name(damaged.path.name + ".restoring"))
    with closing(damaged.open()) as store:
        assert rows(store, "SELECT count(*) FROM snapshot") == [(30 * len(KEYS),)]
