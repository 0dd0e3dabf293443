"""Schemas that follow one another."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from storage.database import connection as databases
from storage.database.connection import Database
from storage.database.migrate import Migration, apply_migrations, known_migrations
from storage.errors import StoreDamaged, StoreUnfit
from storage.model import Status
from storage.read_model.publisher import Publisher
from storage.read_model.reader import NotPublished, ReadModel
from storage.schema import TABLES
from storage.store import Store
from tests.support.builders import NOON
from tests.support.published_manifest import as_without_sums
from tests.support.ticks import A, at, opened, rows, seen, tick, told
from tests.support.ticks import known as known_of

FIRST = Migration(number=1, name="0001_first", sql="CREATE TABLE one (a INTEGER)")
SECOND = Migration(number=2, name="0002_second", sql="CREATE TABLE two (a INTEGER)")


@pytest.fixture
def migrated(path: Path, clock, monkeypatch):
    """Open the database with these migrations, as a release that has them would; give what is in it."""

    def open_with(*migrations: Migration) -> tuple[list[tuple[int, str]], set[str]]:
        monkeypatch.setattr(databases, "known_migrations", lambda: list(migrations))
        Database(path, now=clock).close()
        return found(path)

    return open_with


def found(path: Path) -> tuple[list[tuple[int, str]], set[str]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        kept = connection.execute("SELECT number, name FROM migration ORDER BY number").fetchall()
        names = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    return kept, {name for (name,) in names} - {"migration"}


def test_each_step_is_applied_once_with_its_record(migrated):
    assert migrated(FIRST) == ([(1, "0001_first")], {"one"})
    both = [(1, "0001_first"), (2, "0002_second")], {"one", "two"}
    assert migrated(FIRST, SECOND) == both
    assert migrated(FIRST, SECOND) == both


def test_a_step_that_fails_leaves_the_file_as_it_was_and_is_said(migrated, path: Path):
    broken = Migration(
        number=2, name="0002_broken", sql="CREATE TABLE two (a INTEGER); SELECT nonsense"
    )
    migrated(FIRST)
    before = path.read_bytes()
    with pytest.raises(StoreUnfit, match=r"cannot be brought to schema 2: Binder Error.*nonsense"):
        migrated(FIRST, broken)
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.migrating*")) == []
    assert migrated(FIRST, SECOND)[1] == {"one", "two"}


def test_a_step_may_alter_what_it_has_filled_and_two_releases_may_be_skipped(migrated, path: Path):
    """In one transaction DuckDB commits none of these: an ALTER after an UPDATE of the same table."""
    migrated(FIRST)
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO one SELECT range FROM range(10)")
    fills = [
        Migration(
            number=number,
            name=f"{number:04d}_fills",
            sql=f"ALTER TABLE one ADD COLUMN b{number} BIGINT; UPDATE one SET b{number} = a;"  # noqa: S608 - ours
            f"ALTER TABLE one ADD COLUMN c{number} BIGINT; DELETE FROM one WHERE a = {number};"
            f"ALTER TABLE one DROP COLUMN c{number}",
        )
        for number in (2, 3)
    ]
    migrated(FIRST, *fills)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("SELECT sum(b2), sum(b3) FROM one").fetchall() == [(40, 40)]


def test_a_log_without_its_file_is_not_begun_anew(path: Path, clock):
    path.parent.mkdir()
    path.with_name(f"{path.name}.wal").write_bytes(b"what a file that is gone had not taken in yet")
    with pytest.raises(StoreDamaged, match=r"\.wal is there without it"):
        Database(path, now=clock)


def test_a_commit_that_cannot_be_is_not_a_disk_that_refuses(path: Path, clock):
    database = Database(path, now=clock)
    database.execute("CREATE TABLE t AS SELECT range a FROM range(9)")

    def alter_what_was_filled() -> None:
        with database.transaction():
            database.execute("UPDATE t SET a = 1")
            database.execute("ALTER TABLE t ADD COLUMN b BIGINT")

    with pytest.raises(duckdb.TransactionException):
        alter_what_was_filled()
    database.close()


def test_a_newer_schema_is_refused(path: Path, clock):
    Store.open(path, now=clock, simulated=True).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO migration VALUES (99, '0099_future', now())")
    with pytest.raises(StoreDamaged, match="upgrade"):
        Store.open(path, now=clock, simulated=True)


def test_the_files_are_numbered_without_a_hole():
    assert [step.number for step in known_migrations()] == list(
        range(1, len(known_migrations()) + 1)
    )


@pytest.mark.parametrize("name", ["0002_hole.sql", "1_short.sql", "0001first.sql"])
def test_a_misnamed_file_is_refused(tmp_path: Path, name: str):
    (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError, match=name):
        known_migrations(tmp_path)


#: A file as the first release left it: one broadcast, live, dropped, live again, and not yet ended.
FIRST_RELEASE = """
INSERT INTO about VALUES ('store', true, TIMESTAMPTZ '2026-05-17 11:00:00Z');
INSERT INTO broadcast VALUES (1, 'youtube:A', 'youtube', 'youtube:@dgsn', 'A', 'test-2026', 'بث مباشر',
    'https://www.youtube.com/watch?v=A', 'live', NULL, NULL, NULL, NULL, TIMESTAMPTZ '2026-05-17 12:00:00Z');
INSERT INTO snapshot VALUES
    (2, 1, 'youtube:A', TIMESTAMPTZ '2026-05-17 12:00:00Z', 'live', 10, 5, 1, 0, NULL, 'videos', 'youtube@2005-04-23'),
    (3, 2, 'youtube:A', TIMESTAMPTZ '2026-05-17 12:01:00Z', 'unknown', 20, NULL, NULL, NULL, NULL, 'rss', 'youtube@2005-04-23'),
    (4, 3, 'youtube:A', TIMESTAMPTZ '2026-05-17 12:02:00Z', 'ended', 30, NULL, 1, 0, NULL, 'videos', 'youtube@2005-04-23'),
    (5, 4, 'youtube:A', TIMESTAMPTZ '2026-05-17 12:04:00Z', 'live', 40, 7, 2, 0, NULL, 'videos', 'youtube@2005-04-23');
INSERT INTO views_delta VALUES
    (2, TIMESTAMPTZ '2026-05-17 12:00:00Z', 'test-2026', 'youtube', 10),
    (3, TIMESTAMPTZ '2026-05-17 12:01:00Z', 'test-2026', 'youtube', 10),
    (4, TIMESTAMPTZ '2026-05-17 12:02:00Z', 'test-2026', 'youtube', 10),
    (5, TIMESTAMPTZ '2026-05-17 12:04:00Z', 'test-2026', 'youtube', 10);
"""


@pytest.fixture
def first_release(path: Path) -> Path:
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        apply_migrations(connection, known_migrations()[:1], at=NOON)
        connection.execute(FIRST_RELEASE)
    return path


def test_a_file_of_the_first_release_is_carried_over_whole(first_release: Path):
    store = opened(first_release)
    assert store.verify() == []
    [tracked] = store.tracked()
    facts = tracked.broadcast
    assert (facts.title, facts.description, facts.playlists) == ("بث مباشر", "", ())
    assert facts.match_reason is None
    assert known_of(store, A)["views"] == 40
    assert known_of(store, A)["impressions"] is None, "nobody said so before, which is not zero"
    segments = rows(store, "SELECT started_at, ended_at FROM segment ORDER BY started_at")
    assert segments == [(at(0), at(2)), (at(4), None)]
    store.record(tick(seen(A, 5, 50, impressions=9)))
    assert known_of(store, A)["impressions"] == 9
    assert store.verify() == []
    store.close()


def test_a_peak_told_off_the_air_gives_way_to_that_of_the_broadcast(path: Path):
    """Before they had a name of their own, who waits or stays counted as viewers."""
    waiting = [
        seen(A, minute, 5, concurrent_viewers=220, status=Status.UPCOMING) for minute in (0, 1)
    ]
    live = [seen(A, minute, 9, concurrent_viewers=140) for minute in (2, 3)]
    after = seen(A, 4, 9, concurrent_viewers=260, status=Status.ENDED)
    store = opened(path)
    store.record(told())
    store.record(tick(*waiting, *live, after))
    store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM migration WHERE number >= 5")
        connection.execute("DROP TABLE chain; DROP TABLE superseded")
        connection.execute("ALTER TABLE pause DROP COLUMN fingerprint")
        for table in ("snapshot", "state"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN off_air_viewers")
        connection.execute(
            "UPDATE state SET peak_concurrent_viewers = 260, peak_at = $at", {"at": at(4)}
        )
    store = opened(path)
    assert store.verify() == []
    state = known_of(store, A)
    assert (state["peak_concurrent_viewers"], state["peak_at"]) == (140, at(2))
    kept = "SELECT concurrent_viewers FROM snapshot ORDER BY observed_at"
    assert [viewers for (viewers,) in rows(store, kept)] == [220, 220, 140, 140, 260], "as observed"
    store.close()


def test_what_was_told_off_the_air_is_published_as_no_viewers(store: Store, tmp_path: Path, clock):
    waiting = seen(A, 0, 5, concurrent_viewers=220, status=Status.UPCOMING)
    named = seen(A, 1, 5, off_air_viewers=230, status=Status.UPCOMING)
    store.record(tick(waiting, named, seen(A, 2, 9, concurrent_viewers=140)))
    Publisher(store, tmp_path / "published", now=clock, version="test").publish([])
    published = ReadModel(tmp_path / "published").open()
    minutes = published.broadcast_minutes([A]).sort("minute")
    columns = ("concurrent_viewers", "peak_concurrent_viewers", "off_air_viewers")
    assert minutes.select(columns).rows() == [
        (None, None, None),
        (None, None, 230),
        (140, 140, None),
    ]


def test_a_kill_right_after_the_migration_leaves_a_file_that_opens(first_release: Path):
    """No new column is left to DuckDB's log, from which not all defaults come back."""
    dies = (
        "import os, sys; from pathlib import Path; from tests.support.ticks import opened;"
        "store = opened(Path(sys.argv[1])); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", dies, str(first_release)], check=False)
    assert done.returncode == 9
    assert not first_release.with_name(first_release.name + ".wal").exists()
    store = opened(first_release)
    assert store.verify() == []
    assert store.tracked()[0].broadcast.playlists == ()
    store.close()


def test_a_read_model_of_an_earlier_version_is_refused_and_then_written_anew(
    store: Store, tmp_path: Path, clock
):
    folder = tmp_path / "published"
    store.record(tick(seen(A, 0, 5), seen(A, 2 * 24 * 60, 9)))
    Publisher(store, folder, now=clock, version="test").publish([])
    as_without_sums(folder, schema_version=1)
    with pytest.raises(NotPublished, match=r"has version 1.*republish"):
        ReadModel(folder).open()
    Publisher(store, folder, now=clock, version="test").publish([])
    anew = ReadModel(folder).open()
    assert anew.edition_minutes("test-2026")["views_delta"].sum() == 9
    assert anew.state().schema == TABLES["state"]
