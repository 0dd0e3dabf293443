"""Asks the DuckDB file: short questions, and those of ``queries/``."""

from collections.abc import Mapping

import duckdb
import polars as pl

from storage.database.literals import fill_placeholders
from storage.database.sql_files import read_query


class Questions:
    """What may be asked of a connection to a migrated database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Return the answer to one short SELECT."""
        return self._connection.sql(fill_placeholders(sql, params or {})).pl()

    def ask(
        self, question: str, *, tables: Mapping[str, pl.DataFrame] | None = None, **params: object
    ) -> pl.DataFrame:
        """Return the answer to ``queries/question.sql``; ``tables`` frames are its other tables."""
        for name, rows in (tables or {}).items():
            self._connection.register(name, rows.to_arrow())  # pyright: ignore[reportUnknownArgumentType] - as above
        try:
            return self.rows(read_query(question), params)
        finally:
            for name in tables or {}:
                self._connection.unregister(name)
