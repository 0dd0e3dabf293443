"""Numbered SQL files that bring a database to the newest schema, and which of them a file lacks."""

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


def missing_migrations(
    connection: duckdb.DuckDBPyConnection, migrations: list[Migration]
) -> list[Migration]:
    """Return those of ``migrations`` that an open file lacks.

    Raises:
        SchemaTooNew: the file's schema is newer than the newest of them.
    """
    current, newest = schema_of(connection), len(migrations)
    if current > newest:
        raise SchemaTooNew(f"its schema is {current}, this version knows {newest}: upgrade first")
    return migrations[current:]


def apply_migrations(
    connection: duckdb.DuckDBPyConnection, steps: list[Migration], *, at: datetime
) -> None:
    """Apply ``steps`` to a file that the caller throws away if one fails.

    Each statement is committed for itself: DuckDB cannot commit what alters a table after it was
    filled in the same transaction, and two releases that are sound alone may come to that together.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migration"
        " (number INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
    )
    for step in steps:
        connection.execute(step.sql)
        row = {"number": step.number, "name": step.name, "at": at}
        connection.execute(
            fill_placeholders("INSERT INTO migration VALUES ($number, $name, $at)", row)
        )
