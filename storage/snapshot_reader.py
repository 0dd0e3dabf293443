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

    def linked_ticks(self) -> tuple[int, int]:
        """Return the first and the newest tick of the chain."""
        return self._rows("SELECT min(tick) AS first, max(tick) AS newest FROM chain").row(0)  # pyright: ignore[reportReturnType] - two numbers

    def links(self, since: int) -> pl.DataFrame:
        """Return the chain's links from a tick on, the first with the hash before it."""
        return self._rows(
            "SELECT tick, recorded_at, body, CASE WHEN tick = $since THEN before END AS before FROM"
            " (SELECT *, lag(hash) OVER (ORDER BY tick) AS before FROM chain)"
            " WHERE tick >= $since ORDER BY tick",
            since=since,
        )

    def ticks_of(self, polls: pl.Series) -> pl.DataFrame:
        """Return in which tick each poll was recorded, by ``poll_id``."""
        question = "SELECT DISTINCT tick, poll_id FROM {} WHERE poll_id IN (SELECT unnest($polls))"
        both = " UNION ".join(question.format(kind) for kind in ("snapshot", "poll"))
        return self._rows(both, polls=polls.to_list())

    def changed_parts(self, ticks: pl.DataFrame) -> pl.DataFrame:
        """Return what parts of ``ticks`` had at first, where a later tick changed them on purpose."""
        return self._rows(
            "SELECT of_tick AS tick, kind, key, min_by(digest, tick) AS digest, true AS altered"
            " FROM superseded WHERE of_tick IN (SELECT unnest($ticks)) GROUP BY ALL",
            ticks=ticks["tick"].unique().to_list(),
        )

    def rows_by_tick(self, kind: str, ticks: pl.DataFrame) -> pl.DataFrame:
        """Return how many rows of a table of facts each of ``ticks`` has."""
        return self._rows(
            f"SELECT tick, count(*) AS rows FROM {kind}"  # noqa: S608 - a table of ours
            " WHERE tick IN (SELECT unnest($ticks)) GROUP BY tick",
            ticks=ticks["tick"].unique().to_list(),
        )

    def facts(
        self, kind: str, columns: Sequence[str], ticks: pl.DataFrame, first: int, last: int
    ) -> pl.DataFrame:
        """Return the rows of a table of facts that are of ``ticks`` from ``first`` to ``last``."""
        inside = ticks.filter(pl.col("tick").is_between(first, last))["tick"].unique()
        return self._rows(
            f"SELECT tick, {', '.join(columns)} FROM {kind}"  # noqa: S608 - a table of ours
            " WHERE tick IN (SELECT unnest($ticks))",
            ticks=inside.to_list(),
        )

    def companions(
        self, polls: pl.DataFrame, broadcasts: Sequence[str], until: datetime
    ) -> pl.DataFrame:
        """Return the :data:`OBSERVED` rows of some polls that are of other broadcasts, or of ``until`` or later."""
        return self._rows(
            f"SELECT {', '.join(OBSERVED)} FROM snapshot"  # noqa: S608 - a table of ours
            " WHERE poll_id IN (SELECT unnest($polls))"
            " AND (broadcast NOT IN (SELECT unnest($broadcasts)) OR observed_at >= $until)",
            polls=polls["poll_id"].to_list(),
            broadcasts=list(broadcasts),
            until=until,
        ).cast(OBSERVED)

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

    def _rows(self, question: str, **params: object) -> pl.DataFrame:
        return self._connection.sql(question, params=params or None).pl()

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
