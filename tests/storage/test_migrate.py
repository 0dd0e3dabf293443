"""Schemas that follow one another."""

from pathlib import Path

import duckdb
import pytest

from storage.errors import StoreDamaged
from storage.migrate import Migration, known, migrate
from storage.store import Store
from tests.builders import NOON

FIRST = Migration(number=1, name="0001_first", sql="CREATE TABLE one (a INTEGER)")
SECOND = Migration(number=2, name="0002_second", sql="CREATE TABLE two (a INTEGER)")


@pytest.fixture
def connection(tmp_path: Path):
    connection = duckdb.connect(str(tmp_path / "plain.duckdb"))
    yield connection
    connection.close()


def tables(connection) -> set[str]:
    return {
        name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    }


def test_each_step_is_applied_once_with_its_record(connection):
    assert migrate(connection, at=NOON, migrations=[FIRST]) == 1
    assert migrate(connection, at=NOON, migrations=[FIRST, SECOND]) == 2
    assert migrate(connection, at=NOON, migrations=[FIRST, SECOND]) == 2
    kept = connection.execute("SELECT number, name FROM migration ORDER BY number").fetchall()
    assert kept == [(1, "0001_first"), (2, "0002_second")]
    assert tables(connection) == {"one", "two", "migration"}


def test_a_step_that_fails_leaves_nothing_of_itself(connection):
    broken = Migration(
        number=2, name="0002_broken", sql="CREATE TABLE two (a INTEGER); SELECT nonsense"
    )
    with pytest.raises(duckdb.BinderException):
        migrate(connection, at=NOON, migrations=[FIRST, broken])
    assert tables(connection) == {"one", "migration"}
    assert migrate(connection, at=NOON, migrations=[FIRST, SECOND]) == 2


def test_a_newer_schema_is_refused(path: Path, clock):
    Store.open(path, now=clock, simulated=True).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO migration VALUES (99, '0099_future', now())")
    with pytest.raises(StoreDamaged, match="upgrade"):
        Store.open(path, now=clock, simulated=True)


def test_the_files_are_numbered_without_a_hole():
    assert [step.number for step in known()] == list(range(1, len(known()) + 1))


@pytest.mark.parametrize("name", ["0002_hole.sql", "1_short.sql", "0001first.sql"])
def test_a_misnamed_file_is_refused(tmp_path: Path, name: str):
    (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError, match=name):
        known(tmp_path)
