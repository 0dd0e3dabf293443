"""Rows 22 and 23: databases of older releases, and a migration that is killed."""

import subprocess
import sys
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
from tests.support import released_databases
from tests.support.builders import NOON
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
            if table != "migration":
                assert rows(store, f"SELECT count(*) FROM {table}") == [(count,)]  # noqa: S608 - a table of ours
    assert after == {one.number: one.name for one in [*known_migrations(), NEXT]}
    [backup] = list_backups(tmp_path / "backups")
    assert backup.is_unharmed()
    assert {table: backup.rows[table] for table in before} == before
    fault_record(
        row=22,
        fault=f"database of schema {number}",
        injected="built from the numbered SQL, a row in each table",
        outcome="backed up, then brought forward in one transaction; every row kept",
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
        outcome="an older one is backed up, then brought forward in one transaction with every row; a "
        "newer one is refused with exit code 4 and the remedy, and left as it is",
        recovery_seconds=None,
    )


_MIGRATING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.database import connection
from storage.database.migrate import Migration, known_migrations
from storage.store import Store
steps = known_migrations()
sql = "".join(
    f"ALTER TABLE snapshot ADD COLUMN next_{i} BIGINT; UPDATE snapshot SET next_{i} = {i};"
    f"CREATE TABLE next_{i} AS SELECT * FROM range(5000);" for i in range(4)
)
step = Migration(number=len(steps) + 1, name="next", sql=sql)
connection.known_migrations = lambda: [*steps, step]
print("go", flush=True)
Store.open(Path(sys.argv[1]), now=lambda: datetime.now(UTC), simulated=True).close()
print("done", flush=True)
"""
POINTS = 8


@pytest.mark.fault(row=23)
def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new(path, fault_record):
    released_databases.build(path, NEWEST)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "INSERT INTO snapshot SELECT s.* REPLACE (s.tick + i AS tick,"
            " s.observed_at + to_seconds(i) AS observed_at)"
            " FROM snapshot s, range(1, 5000) r(i)"
        )
    original = path.read_bytes()
    whole = _killed_after(path, None)
    found = set()
    slowest = 0.0
    for point in range(POINTS):
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        path.write_bytes(original)
        _killed_after(path, whole * (point + 0.5) / POINTS)
        begun = time.monotonic()
        with duckdb.connect(str(path)) as connection:
            slowest = max(slowest, time.monotonic() - begun)
            columns = connection.execute("DESCRIBE snapshot").fetchall()
            added = sum(name.startswith("next_") for name, *_ in columns)
            made = sum(name.startswith("next_") for name in released_databases.tables(connection))
            [[number]] = connection.execute("SELECT max(number) FROM migration").fetchall()
            [[count]] = connection.execute("SELECT count(*) FROM snapshot").fetchall()
        assert (number, added, made) in {(NEWEST, 0, 0), (NEWEST + 1, 4, 4)}
        assert count == 5_000
        found.add(number)
    assert NEWEST in found, "every kill came too late"
    fault_record(
        row=23,
        fault="kill -9 during a migration",
        injected=f"SIGKILL at {POINTS} points of a migration",
        outcome="the old schema or the new, with every row; never between",
        recovery_seconds=slowest,
    )


def _killed_after(path: Path, seconds: float | None) -> float:
    """Migrate in a process of its own, killed after so long; how long it took if it was not."""
    argv = [sys.executable, "-c", _MIGRATING, str(path)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        begun = time.monotonic()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        return time.monotonic() - begun
