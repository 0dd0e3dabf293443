"""Reads a database in full: every block is checked, and two copies can be told apart."""

import duckdb


def checksum(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Return the rows of each table with a sum of their hashes, whatever their order.

    DuckDB checks a block against its checksum when it reads it, and opening a file reads few.

    Raises:
        duckdb.Error: a block is damaged.
    """
    return {name: table_checksum(connection, name) for name in tables(connection)}


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Name the tables of the database."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY 1"
    ).fetchall()
    return [str(name) for (name,) in rows]


def table_checksum(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """Return the rows of one table with a sum of their hashes."""
    [[rows, hashes]] = connection.execute(
        f"SELECT count(*), coalesce(sum(hash(*COLUMNS(*))::HUGEINT), 0) FROM {table}"  # noqa: S608 - a table of ours
    ).fetchall()
    return int(rows), int(hashes)
