"""Databases of every released schema, made from the numbered SQL with a row in every table."""

from pathlib import Path

import duckdb

from storage.database.migrate import apply_migrations, known_migrations
from tests.support.builders import NOON

#: What a column of a type holds, where the meaning matters to those who read it.
_MEANT = {
    "status": "'live'",
    "reason": "'timeout'",
    "gap_reason": "NULL",
    "gap_started_at": "NULL",
    "ended_at": "NULL",  # of a broadcast that is live
    "broadcast": "'youtube:A'",
    "platform": "'youtube'",
    "edition": "'test-2026'",
    "simulated": "true",
    "views_delta": "5",
    "views": "5",
    "definition": "'youtube@2005-04-23'",  # in force then for any source
}
_VALUES = {
    "VARCHAR": "'text'",
    "BIGINT": "1",
    "BOOLEAN": "true",
    "DOUBLE": "60",
    "DATE": "DATE '2026-05-17'",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ '2026-05-17 12:00:00+00'",
    "VARCHAR[]": "['source']",
}
#: A correction or a gap that no snapshot speaks of would be unsound; a chain begins when it is opened.
_EMPTY = {
    "migration",
    "correction",
    "gap",
    "state",
    "touched_day",
    "miss",
    "set_aside",
    "chain",
    "superseded",
}


def build(path: Path, number: int) -> dict[str, int]:
    """Make the database as schema ``number`` had it; give the rows of each table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        apply_migrations(connection, known_migrations()[:number], at=NOON)
        for table in tables(connection):
            if table not in _EMPTY:
                columns = connection.execute(f"DESCRIBE {table}").fetchall()
                values = ", ".join(_MEANT.get(name, _VALUES[kind]) for name, kind, *_ in columns)
                connection.execute(f"INSERT INTO {table} VALUES ({values})")  # noqa: S608 - a table of ours
        return counted(connection)


def counted(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]  # noqa: S608 - a table of ours
        for table in tables(connection)
    }


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    return [name for (name,) in found]
