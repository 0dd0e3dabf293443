"""Rows 22 and 23: databases of older releases, and a migration that is killed."""

import shutil
import signal
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from storage.database import connection as databases
from storage.database.backup import list_backups
from storage.database.migrate import Migration, known_migrations
from storage.errors import StoreUnfit
from storage.recovery import open_sound
from tests.support import killed_migration, released_databases
from tests.support.builders import NOON
from tests.support.killed_children import IDLE, killing
from tests.support.ticks import rows

ROOT = Path(__file__).resolve().parents[2]
NEWEST = len(known_migrations())
#: What a next release might do; it stands after the newest, so that there is always one to come.
NEXT = Migration(
    number=NEWEST + 1,
    name=f"{NEWEST + 1:04d}_next",
    sql="ALTER TABLE snapshot ADD COLUMN next BIGINT; CREATE TABLE next_table (a BIGINT)",
)


def now():
    return NOON


@pytest.mark.fault(row=22)
@pytest.mark.parametrize("number", range(1, NEWEST + 1))
def test_a_released_schema_is_backed_up_and_brought_forward_with_all_its_rows(
    number, path, tmp_path, monkeypatch, fault_record
):
    before = released_databases.build(path, number)
    monkeypatch.setattr(databases, "known_migrations", lambda: [*known_migrations(), NEXT])
    begun = time.monotonic()
    with closing(
        open_sound(path, now=now, simulated=True, backup_folder=tmp_path / "backups")
    ) as store:
        took = time.monotonic() - begun
        assert store.verify() == []
        assert [one.broadcast.key for one in store.tracked()] == ["youtube:A"]
        after = dict(rows(store, "SELECT number, name FROM migration"))
        for table, count in before.items():
            if table not in {"migration", "chain"}:  # a chain begins when it is opened
                assert rows(store, f"SELECT count(*) FROM {table}") == [(count,)]  # noqa: S608 - a table of ours
    assert after == {one.number: one.name for one in [*known_migrations(), NEXT]}
    [backup] = list_backups(tmp_path / "backups")
    assert backup.is_unharmed()
    assert {table: backup.rows[table] for table in before} == before
    fault_record(
        row=22,
        fault=f"database of schema {number}",
        injected="built from the numbered SQL, a row in each table",
        outcome="backed up, then a copy is brought forward and put in its place; every row kept",
        recovery_seconds=took,
    )


@pytest.mark.fault(row=22)
def test_a_newer_schema_is_refused_with_the_remedy_and_left_alone(path, tmp_path, fault_record):
    released_databases.build(path, NEWEST)
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO migration VALUES (99, '0099_future', now())")
    content = path.read_bytes()
    with pytest.raises(StoreUnfit, match=r"is sound, but not for this program: .*upgrade first"):
        open_sound(path, now=now, simulated=True, backup_folder=tmp_path / "backups")
    assert path.read_bytes() == content
    assert not (path.parent / "quarantine").exists()
    fault_record(
        row=22,
        fault="a database of another release",
        injected="one of every schema that was released, made from the numbered SQL with a row in each "
        "table, and one newer than is known",
        outcome="an older one is backed up, and a copy with every row brought forward in its place; a "
        "newer one is refused with exit code 4 and the remedy, and left as it is",
        recovery_seconds=None,
    )


#: Of the many writes of a log every fourth; all of the others.
EVERY = {"write": 4}


@pytest.mark.fault(row=23)
@pytest.mark.parametrize("call", [*IDLE])
def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new(
    path, tmp_path, call, fault_record
):
    released_databases.build(path, NEWEST)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "INSERT INTO snapshot SELECT s.* REPLACE (s.tick + i AS tick,"
            " s.observed_at + to_seconds(i) AS observed_at)"
            " FROM snapshot s, range(1, 5000) r(i)"
        )
        original = shutil.copytree(path.parent, tmp_path / "original")  # with its log
    assert (original / f"{path.name}.wal").stat().st_size > 0
    ends: list[int] = []
    found: list[int] = []
    slowest = 0.0
    with killing(killed_migration) as kill:
        which = 0  # first not killed at all, which shows that it is the kill that ends the others
        while not ends or ends[-1] == -signal.SIGKILL or which == 1:
            shutil.rmtree(path.parent)
            shutil.copytree(original, path.parent)
            ends.append(kill(path, call, which))
            begun = time.monotonic()
            found.append(_schema_of_a_whole(path))
            slowest = max(slowest, time.monotonic() - begun)
            which += EVERY.get(call, 1) if which else 1
    assert (ends[0], ends[-1]) == (0, 0)
    assert (found[0], found[-1]) == (NEWEST + 1, NEWEST + 1)
    assert found == [found[0], *sorted(found[1:])], "the new schema, once there, stays"
    assert set(ends[1:-1]) <= {-signal.SIGKILL}
    if call == "fsync":
        assert {NEWEST, NEWEST + 1} == set(found[1:-1]), "only one outcome was met"
    fault_record(
        row=23,
        fault="kill -9 during a migration",
        injected="SIGKILL at the calls that write, sync, cut, copy, rename or unlink of a migration that "
        "fills what it alters; without the kill it succeeds",
        outcome="the old schema or the new, with every row, the log's too; never between",
        recovery_seconds=slowest,
    )


def _schema_of_a_whole(path: Path) -> int:
    """Return the schema of a database that has every row and nothing of another schema."""
    with duckdb.connect(str(path)) as connection:
        columns = connection.execute("DESCRIBE snapshot").fetchall()
        added = sum(name.startswith("next_") for name, *_ in columns)
        made = sum(name.startswith("next_") for name in released_databases.tables(connection))
        [[number]] = connection.execute("SELECT max(number) FROM migration").fetchall()
        [[count]] = connection.execute("SELECT count(*) FROM snapshot").fetchall()
    assert (number, added, made) in {(NEWEST, 0, 0), (NEWEST + 1, 4, 4)}
    assert count == 5_000
    return number
