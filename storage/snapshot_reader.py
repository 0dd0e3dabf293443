"""Reads what was observed out of a database that nobody writes, or out of a copy of one.

It opens the file read-only: nothing is migrated and nothing is changed, so a verified backup stays
what was verified.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from storage.chain.links import Head
from storage.database.connection import translate_errors
from storage.database.sql_files import read_query
from storage.errors import LiveTallyError, StoreDamaged
from storage.read_model.manifest import Manifest
from storage.schema import POLLS
from storage.store.frames import MISS, SNAPSHOT
from storage.system.ordinary_files import check_ordinary

#: :data:`storage.store.frames.SNAPSHOT` rows with the definition that was in force.
OBSERVED = pl.Schema({**SNAPSHOT, "definition": pl.String()})

ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_HOUR = timedelta(hours=1)
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": 1,
}


class OtherDatabase(LiveTallyError):
    """The read model was not published from this database as it is; the text says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseInfo:
    """Whose database it is, and of which transaction. ``polled_at``: ``None`` where nothing was asked."""

    store_id: str
    tick: int
    polled_at: datetime | None


class SnapshotReader:
    """An open database; every answer is about ``broadcasts`` from ``since`` to before ``until``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Use :func:`open_reader`, which opens and closes."""
        self._connection = connection

    def about(self) -> DatabaseInfo:
        """Say whose database it is."""
        return DatabaseInfo(**self._ask("raw_about").row(0, named=True))

    def head(self) -> Head:
        """Return the newest head of the chain."""
        newest = "SELECT tick, recorded_at, hash FROM chain ORDER BY tick DESC LIMIT 1"
        return Head(**self._connection.sql(newest).pl().row(0, named=True))

    def hours(
        self, broadcasts: Sequence[str], since: datetime, until: datetime
    ) -> list[tuple[datetime, datetime]]:
        """Return the stretches, an hour each, in which anything was observed."""
        parameters = {"broadcasts": list(broadcasts), "since": since, "until": until}
        hours: list[datetime] = self._ask("raw_hours", **parameters)["hour"].to_list()
        return [(max(hour, since), min(hour + _HOUR, until)) for hour in hours]

    def count(self, broadcasts: Sequence[str], since: datetime, until: datetime) -> int:
        """Return how many snapshots there are."""
        parameters = {"broadcasts": list(broadcasts), "since": since, "until": until}
        return self._ask("raw_count", **parameters).item()

    def snapshots(
        self, broadcasts: Sequence[str], since: datetime, until: datetime
    ) -> pl.DataFrame:
        """Return :data:`OBSERVED` rows by broadcast, oldest first."""
        parameters = {"broadcasts": list(broadcasts), "since": since, "until": until}
        return self._ask("raw_snapshots", **parameters).cast(OBSERVED)

    def polls(self, broadcasts: Sequence[str], since: datetime, until: datetime) -> pl.DataFrame:
        """Return :data:`storage.schema.POLLS` rows of all polls that asked for one of them."""
        parameters = {"broadcasts": list(broadcasts), "since": since, "until": until}
        return self._ask("raw_polls", **parameters).cast(POLLS)

    def misses(self, broadcasts: Sequence[str], since: datetime, until: datetime) -> pl.DataFrame:
        """Return :data:`storage.store.frames.MISS` rows."""
        parameters = {"broadcasts": list(broadcasts), "since": since, "until": until}
        return self._ask("raw_misses", **parameters).cast(MISS)

    def _ask(self, question: str, **params: object) -> pl.DataFrame:
        return self._connection.sql(read_query(question), params=params).pl()


def keys_of_edition(raw: SnapshotReader, manifest: Manifest, path: Path) -> None:
    """See that what was published is a picture of this database, which may be an older copy.

    Raises:
        OtherDatabase: it is not.
    """
    about = raw.about()
    if about.store_id != manifest.store_id:
        text = f"the read model was published from another database than {path}"
        raise OtherDatabase(f"{text}: run `livetally storage republish`")
    if about.tick > manifest.tick:
        text = f"{path} holds more than was published"
        raise OtherDatabase(f"{text}: run `livetally storage republish`")


@contextmanager
def open_reader(path: Path) -> Generator[SnapshotReader, None, None]:
    """Open ``path`` for reading alone.

    Raises:
        FileNotFoundError: it is not there.
        NotOrdinary: it is a pipe, a device or a folder.
        StoreLocked: a collector writes it.
        StoreDamaged: it cannot be read, or a version wrote it that kept other columns.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    check_ordinary(path)
    try:
        connection = duckdb.connect(str(path), read_only=True, config=_CONFIG)
    except duckdb.Error as error:
        raise translate_errors(path, error) from error
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield SnapshotReader(connection)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise StoreDamaged(path, f"{error}; `livetally storage verify` brings it up") from error
    except duckdb.Error as error:
        raise translate_errors(path, error) from error
    finally:
        connection.close()
