"""A view of the DuckDB file as it stood at one moment, for reading beside its writer."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import RLock

import duckdb
import polars as pl

from storage.database.connection import translate_errors
from storage.database.questions import Questions

#: How long is waited for a question to end before it is told to again.
INSIST_SECONDS = 0.05


class ViewEnded(Exception):
    """A view was ended, by a stop or because the file was opened anew: what was read is not whole."""


class ReadView(Questions):
    """The file as it stands when this is made, for a thread of its own; ticks are recorded beside it.

    DuckDB shows a transaction what was committed before it began, on a cursor of its own, and lets
    the writer commit and checkpoint meanwhile.
    """

    def __init__(self, path: Path, cursor: duckdb.DuckDBPyConnection) -> None:
        """Take over ``cursor``, of the writer's connection, while nothing is written."""
        super().__init__(cursor)
        self._path = path
        self._asking = RLock()
        self._ended = False
        cursor.execute("SET TimeZone = 'UTC'")
        cursor.begin()
        cursor.execute(
            "SELECT 1 FROM about"
        ).fetchall()  # what it shows is as of the first question

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Return the answer to one short SELECT.

        Raises:
            ViewEnded: it ended, before or meanwhile.
            StoreUnwritable, StoreDamaged: the file cannot be read.
        """
        with self._asking:
            self.go_on()
            try:
                return super().rows(sql, params)
            except duckdb.InterruptException:
                raise ViewEnded from None
            except duckdb.Error as error:
                raise translate_errors(self._path, error) from error

    def ask(
        self, question: str, *, tables: Mapping[str, pl.DataFrame] | None = None, **params: object
    ) -> pl.DataFrame:
        """Return the answer to ``queries/question.sql``; see :meth:`rows`."""
        with self._asking:
            self.go_on()
            return super().ask(question, tables=tables, **params)

    def go_on(self) -> None:
        """Do nothing while this stands.

        Raises:
            ViewEnded: it ended.
        """
        if self._ended:
            raise ViewEnded

    def stop(self) -> None:
        """Have what is asked fail, now and later; waits for nothing."""
        self._ended = True
        with suppress(duckdb.Error):  # it is closed
            self._connection.interrupt()

    def end(self) -> None:
        """Let go of the file, whatever is being asked; safe to call twice."""
        self._ended = True
        # A question that is about to begin does not hear the first word.
        while not self._asking.acquire(timeout=INSIST_SECONDS):
            self._connection.interrupt()
        try:
            self._connection.close()
        finally:
            self._asking.release()
