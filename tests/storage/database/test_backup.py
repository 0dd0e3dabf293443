"""Copies of the database: whole, proven, few, and made while the store is written."""

import json
import shutil
import time
from contextlib import closing
from datetime import timedelta
from threading import Thread

import duckdb
import pytest
from typer.testing import CliRunner

from livetally import cli
from storage.database import backup
from storage.database.backup import list_backups
from storage.errors import StoreDamaged, StoreUnwritable
from storage.store import Store
from tests.support.builders import NOON, broadcast, edition, programme
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ticks import A, due, opened, poll, rows, seen, tick, told


def filled(path, clock):
    store = Store.open(path, now=lambda: clock[0], simulated=True)
    store.event.save_programme(programme(), [edition()])
    store.record(told(broadcast("A")))
    store.record(tick(seen(A, 1, 10), polls=[poll(1, 1)], dues=[due(A, 2)]))
    return store


def test_a_backup_holds_what_was_recorded_and_says_so(path, tmp_path):
    told_of = []
    with closing(filled(path, [NOON])) as store:
        made = store.back_up(
            tmp_path / "backups", progress=lambda done, of: told_of.append((done, of))
        )
        expected = {
            name: rows(store, f"SELECT count(*) FROM {name}")[0][0]  # noqa: S608 - a table of ours
            for (name,) in rows(store, "SELECT table_name FROM duckdb_tables()")
        }
    assert made.rows == expected
    assert made.recorded_at == NOON + timedelta(minutes=1)
    assert list_backups(tmp_path / "backups") == [made]
    assert made.is_unharmed()
    assert told_of[-1] == (len(expected), len(expected))
    copy = tmp_path / "restored.duckdb"
    shutil.copy(made.path, copy)
    with closing(Store.open(copy, now=lambda: NOON, simulated=True)) as store:
        assert store.verify() == []
        assert [one.broadcast.key for one in store.tracked()] == [A]


def test_the_newest_are_kept_and_the_store_is_written_between_them(path, tmp_path):
    clock = [NOON]
    with closing(filled(path, clock)) as store:
        for minute in range(2, 12):
            clock[0] = NOON + timedelta(minutes=minute)
            store.record(tick(seen(A, minute, minute), polls=[poll(minute, minute)]))
            store.back_up(tmp_path / "backups", copies=3)
    found = list_backups(tmp_path / "backups")
    assert [one.rows["snapshot"] for one in found] == [11, 10, 9]
    assert len(list((tmp_path / "backups").iterdir())) == 2 * 3


def test_the_one_that_holds_most_is_kept_beside_the_newest(path, tmp_path):
    """As after an older copy was put back: what was recorded before is in older backups alone."""
    clock, folder = [NOON], tmp_path / "backups"

    def record_and_copy(store, minutes):
        for minute in minutes:
            clock[0] = NOON + timedelta(minutes=minute)
            store.record(tick(seen(A, minute, minute), polls=[poll(minute, minute)]))
            store.back_up(folder, copies=2)
        return [one.rows["poll"] for one in list_backups(folder)]

    older = tmp_path / "older.duckdb"
    with closing(filled(path, clock)) as store:
        store.checkpoint()
        shutil.copy(path, older)
        assert record_and_copy(store, range(2, 6)) == [5, 4]
    best = list_backups(folder)[0]
    with closing(Store.open(older, now=lambda: clock[0], simulated=True)) as store:
        assert record_and_copy(store, range(10, 13)) == [4, 3, 5]
        assert list_backups(folder)[-1] == best
        assert record_and_copy(store, [13]) == [5, 4], "the newer ones hold as much now"


def test_an_older_copy_that_changed_is_no_better_one(path, tmp_path):
    clock, folder = [NOON], tmp_path / "backups"
    with closing(filled(path, clock)) as store:
        for minute in (2, 3):
            store.record(tick(seen(A, minute, minute), polls=[poll(minute, minute)]))
            store.back_up(folder)
            clock[0] += timedelta(minutes=1)
    best, second = list_backups(folder)
    best.path.write_bytes(best.path.read_bytes()[:-1])
    with closing(filled(tmp_path / "another.duckdb", clock)) as store:
        made = store.back_up(folder, copies=1)
    assert list_backups(folder) == [made, second]


def test_what_is_recorded_while_a_backup_is_made_is_not_half_in_it(path, tmp_path):
    with closing(filled(path, [NOON])) as store:

        def meanwhile(done, of):
            store.record(tick(seen(A, 10 + done, done), polls=[poll(10 + done, 10 + done)]))

        made = store.back_up(tmp_path / "backups", progress=meanwhile)
        assert rows(store, "SELECT count(*) FROM snapshot")[0][0] > made.rows["snapshot"]
    assert made.rows["snapshot"] == made.rows["poll"] == 1


def test_a_store_that_closes_does_not_wait_for_the_copy_to_be_read_back(path, tmp_path):
    closing_store = []
    store = filled(path, [NOON])

    def close_when_copied(done, of):
        if done == of:
            closing_store.append(Thread(target=store.close))
            closing_store[0].start()
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not store._interruption.is_asked and time.monotonic() < deadline:
                time.sleep(0.01)

    with pytest.raises(StoreUnwritable, match="closed meanwhile"):
        store.back_up(tmp_path / "backups", progress=close_when_copied)
    closing_store[0].join(PATIENCE_SECONDS)
    assert list((tmp_path / "backups").iterdir()) == [], "half a backup is left"
    opened(path).close()


def test_a_copy_that_differs_is_no_backup(path, tmp_path, monkeypatch):
    """As when the disk gives back something else than was written."""
    scan = backup.scan_backup
    monkeypatch.setattr(backup, "scan_backup", lambda *of: scan(*of) | {"snapshot": (1, 0)})
    with closing(filled(path, [NOON])) as store, pytest.raises(StoreDamaged, match="snapshot"):
        store.back_up(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def config(folder):
    shutil.copy("config.yaml", folder / "config.yaml")
    return ["--config", str(folder / "config.yaml"), "storage", "backup"]


def test_the_command_makes_one_and_tells_a_script_where(tmp_path):
    filled(tmp_path / "data" / "livetally.duckdb", [NOON]).close()
    done = CliRunner().invoke(cli, [*config(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    told_of = json.loads(done.stdout)
    assert told_of["rows"]["snapshot"] == 1
    with duckdb.connect(told_of["file"], read_only=True) as connection:
        assert connection.execute("SELECT views FROM snapshot").fetchall() == [(10,)]
    said = CliRunner().invoke(cli, config(tmp_path))
    assert "read back in full" in said.stdout


def test_the_command_says_when_there_is_nothing_or_a_collector_runs(tmp_path):
    assert CliRunner().invoke(cli, config(tmp_path)).exit_code == 2
    with closing(filled(tmp_path / "data" / "livetally.duckdb", [NOON])):
        assert CliRunner().invoke(cli, config(tmp_path)).exit_code == 5
