"""Brings a database to the newest schema: numbered SQL files, those missing applied together or not at all."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from storage.database.literals import fill_placeholders

FOLDER = Path(__file__).with_name("migrations")
_NAME = re.compile(r"(\d{4})_\w+\.sql")


class SchemaTooNew(Exception):
    """The file was written by a newer LiveTally."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One step from schema ``number - 1`` to schema ``number``."""

    number: int
    name: str
    sql: str


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Read the migrations of ``folder`` in order.

    Raises:
        ValueError: a file is not named ``0001_words.sql``, or a number is missing or repeated.
    """
    migrations: list[Migration] = []
    for expected, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != expected:
            raise ValueError(f"{path.name}: expected {expected:04d}_words.sql")
        migrations.append(Migration(number=expected, name=path.stem, sql=path.read_text("utf-8")))
    return migrations


def schema_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the schema of an open file; 0 for one that no migration has touched."""
    # All rows are fetched: DuckDB 2.0 lets no other statement run beside an unfinished answer.
    tables = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = 'migration'"
        " AND database_name = current_database()"
    ).fetchall()
    if not tables:
        return 0
    [row] = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchall()
    return int(row[0])


def migrate(
    connection: duckdb.DuckDBPyConnection, *, at: datetime, migrations: list[Migration]
) -> int:
    """Apply all that is missing, with its record, in one transaction; return the schema.

    Raises:
        SchemaTooNew: the file's schema is newer than the newest of ``migrations``.
    """
    current = schema_of(connection)
    newest = migrations[-1].number if migrations else 0
    if current > newest:
        raise SchemaTooNew(f"its schema is {current}, this version knows {newest}: upgrade first")
    if current == newest:
        return newest
    connection.begin()
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration"
            " (number INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
        )
        for step in migrations[current:]:
            connection.execute(step.sql)
            row = {"number": step.number, "name": step.name, "at": at}
            connection.execute(
                fill_placeholders("INSERT INTO migration VALUES ($number, $name, $at)", row)
            )
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    return newest
