"""Holds the one connection to the DuckDB file: opening, transactions, SQL files, appended frames."""

import re
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from storage.database.checksum import checksum
from storage.database.literals import fill_placeholders
from storage.database.log import find_log_damage, log_of
from storage.database.migrate import (
    Migration,
    SchemaTooNew,
    apply_migrations,
    known_migrations,
    missing_migrations,
)
from storage.database.questions import Questions
from storage.errors import StoreDamaged, StoreLocked, StoreUnfit, StoreUnwritable
from storage.system.durable_files import sync

#: Lets one thread at a time use the database: entered around every use by a part of the store.
Turn = Callable[[], AbstractContextManager[None]]

_HOLDER = re.compile(r"PID (\d+)")
_DAMAGE = re.compile(
    r"not a valid DuckDB|Corrupt |Could not read enough bytes|truncated",
    re.IGNORECASE,
)
_DISK = re.compile(r"Could not |No space left|Input/output error")

#: Nothing is downloaded or loaded behind our back: what is needed is in the wheel.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": 1,
    # A checkpoint costs a tick a tenth of a second, a megabyte of log a restart a hundredth.
    "checkpoint_threshold": "64MB",
}


class Database(Questions):
    """A migrated database, open for writing; the caller holds the :class:`~storage.database.lock.WriterLock`.

    Not safe to use from two threads at once: the store sees to that.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        before_migrating: Callable[["Database"], None] | None = None,
    ) -> None:
        """Open ``path``, creating it if need be, and migrate it.

        A file that an older version wrote is given to ``before_migrating`` first.

        Raises:
            StoreLocked: another program, such as DuckDB's own shell, has the file open.
            StoreUnwritable: the file or its folder cannot be written.
            StoreDamaged: it is not a database.
            StoreUnfit: it was written by a newer version.
        """
        self.path = path
        self._columns: dict[str, list[str]] = {}
        if not path.exists():
            _migrate_aside(path, known_migrations(), at=now())
        super().__init__(_connect(path))
        try:
            steps = missing_migrations(self._connection, known_migrations())
            if steps:
                if before_migrating:
                    before_migrating(self)
                self.checkpoint()
                self.close()
                _migrate_aside(path, steps, at=now())
                self._connection = _connect(path)
        except SchemaTooNew as error:
            self.close()
            raise StoreUnfit(path, str(error)) from None
        except duckdb.Error as error:
            self.close()
            raise translate_errors(path, error) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the same file, for another thread; close it when done."""
        return self._connection.cursor()

    def lost(self) -> bool:
        """Tell whether a fatal error ended the connection: all it is asked fails until reopened."""
        try:
            self._connection.execute("SELECT 1").fetchall()
        except duckdb.Error:
            return True
        return False

    def reopen(self) -> None:
        """Open the file anew after a fatal error; what was committed is in it.

        Raises:
            StoreUnwritable: the disk still refuses.
            StoreDamaged: the file turned out to be unreadable.
        """
        self._connection.close()
        self._connection = _connect(self.path)

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Write all or nothing: commit at the end, roll back on any error.

        Raises:
            StoreUnwritable: the disk is full or refuses. Nothing of the transaction is kept; but if
                the connection is :meth:`lost`, only the file knows.
            StoreDamaged: the file turned out to be unreadable.
        """
        log_is_there = log_of(self.path).exists()
        try:
            self._connection.begin()
            try:
                yield
            except BaseException:
                self._abandon()
                raise
            self._connection.commit()
            if not log_is_there:
                # DuckDB syncs the log that it makes after a checkpoint, and not its name in the folder.
                with suppress(OSError):  # the commit stands
                    sync(self.path.parent)
        except duckdb.Error as error:
            self._abandon()
            raise translate_errors(self.path, error) from error

    def checkpoint(self) -> None:
        """Bring the log into the file and sync both.

        Raises:
            StoreUnwritable: the disk refuses.
        """
        try:
            self._connection.execute("CHECKPOINT")
        except duckdb.Error as error:
            raise translate_errors(self.path, error) from error

    def scan(self) -> None:
        """Read every block of the file.

        Raises:
            StoreDamaged: one of them is damaged.
        """
        try:
            checksum(self._connection)
        except duckdb.Error as error:
            raise translate_errors(self.path, error) from error

    def append(self, table: str, rows: pl.DataFrame, **constants: int) -> None:
        """Append ``rows`` to ``table``, with the same ``constants`` in each; none is no work."""
        if rows.is_empty():
            return
        complete = _with_constants(rows, constants)[self._columns_of(table)]
        # A bare capsule is read as it is; any other kind of Arrow goes through pyarrow's scanner,
        # whose threads cost as much as the insert.
        self._connection.from_arrow(complete.__arrow_c_stream__()).insert_into(table)

    def replace(self, table: str, rows: pl.DataFrame, **constants: int) -> None:
        """Delete all rows of ``table`` and append ``rows``, inside a transaction."""
        self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours
        self.append(table, rows, **constants)

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> None:
        """Run one short statement whose values are named parameters."""
        self._connection.execute(fill_placeholders(sql, params or {}))

    def _columns_of(self, table: str) -> list[str]:
        if table not in self._columns:
            columns = self._connection.execute(f"DESCRIBE {table}").fetchall()
            self._columns[table] = [str(column[0]) for column in columns]
        return self._columns[table]

    def _abandon(self) -> None:
        try:
            self._connection.rollback()
        except duckdb.Error:  # nothing was begun, or the failure rolled it back already
            return


def _with_constants(rows: pl.DataFrame, constants: Mapping[str, int]) -> pl.DataFrame:
    """Return ``rows`` with the same ``constants`` in each."""
    columns = [pl.Series(name, [value]) for name, value in constants.items()]
    return rows.hstack([column.new_from_index(0, rows.height) for column in columns])


def translate_errors(
    path: Path, error: duckdb.Error
) -> StoreLocked | StoreUnwritable | StoreDamaged | duckdb.Error:
    """Return our word for DuckDB's error; an error of our own SQL stays what it is."""
    text = _first_line(error)
    if "replaying WAL" in text:  # of whatever class: an entry that was read may say anything
        return StoreDamaged(path, text)
    if isinstance(error, duckdb.IOException):
        return _translated_io(path, text, _HOLDER.search(str(error)))
    if isinstance(error, duckdb.TransactionException):
        # A log that cannot grow fails the commit; so does what DuckDB cannot commit.
        return StoreUnwritable(path, text) if _DISK.search(text) else error
    if isinstance(error, duckdb.FatalException) and not _DAMAGE.search(text):
        return StoreUnwritable(path, text)  # a file that cannot grow, or be synced
    if isinstance(
        error, duckdb.FatalException | duckdb.InternalException | duckdb.SerializationException
    ):
        return StoreDamaged(path, text)
    return error


def remove_database(path: Path) -> None:
    """Delete a closed file and its log, where they are."""
    for file in (path, log_of(path)):
        file.unlink(missing_ok=True)


def _translated_io(
    path: Path, text: str, holder: re.Match[str] | None
) -> StoreLocked | StoreUnwritable | StoreDamaged:
    if "set lock" in text.lower():  # a damaged file names a "block"
        return StoreLocked(path, int(holder[1]) if holder else None)
    if "newer version" in text or "older version" in text:
        return StoreUnfit(path, text)
    return StoreDamaged(path, text) if _DAMAGE.search(text) else StoreUnwritable(path, text)


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0] if str(error) else error.__class__.__name__


def _migrate_aside(path: Path, steps: list[Migration], *, at: datetime) -> None:
    """Apply ``steps`` to a copy of the closed file and put that in its place.

    Killed or refused at any moment, the file is the old one, whole, or the new one.
    """
    aside = path.with_name(f"{path.name}.migrating")
    log = log_of(path)
    if log.exists():  # of a file that is gone; DuckDB would begin anew and drop it
        raise StoreDamaged(path, f"{log.name} is there without it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_database(aside)
        if path.exists():
            shutil.copyfile(path, aside)
        connection = _connect(aside)
        try:
            apply_migrations(connection, steps, at=at)
        finally:
            connection.close()
        sync(aside)
        aside.replace(path)
        sync(path.parent)
    except OSError as error:
        raise StoreUnwritable(path, error.strerror or str(error)) from error
    except duckdb.Error as error:
        translated = translate_errors(path, error)
        if translated is error:
            detail = f"it cannot be brought to schema {steps[-1].number}: {_first_line(error)}"
            raise StoreUnfit(path, detail) from error
        raise translated from error
    finally:
        with suppress(OSError):
            remove_database(aside)


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    with suppress(OSError):  # none, or one that cannot be read: DuckDB says so
        if damage := find_log_damage(log_of(path).read_bytes()):
            raise StoreDamaged(path, damage)
    try:
        connection = duckdb.connect(str(path), config=_CONFIG)
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise translate_errors(path, error) from error
    return connection
