"""Makes copies of the database and proves them: a copy counts only with its verification beside it.

``<utc>.duckdb`` is the copy and ``<utc>.json`` what was found when it was read back in full; without
the second, or with another SHA-256 than it names, the first is never restored.
"""

import hashlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from storage.chain.links import Head
from storage.database.checksum import checksum, table_checksum, tables
from storage.database.connection import remove_database, translate_errors
from storage.errors import StoreDamaged, StoreUnwritable
from storage.system.durable_files import sync
from storage.system.ordinary_files import make_folder
from storage.system.summed_json import with_sum, without_sum

BACKUPS_KEPT = 7
STAMP = "%Y%m%dT%H%M%SZ"
_PARTIAL = ".partial"
#: What an earlier release wrote, without a sum.
_UNSUMMED_KEYS = ("path", "made_at", "recorded_at", "rows", "bytes", "sha256")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """A verified copy. ``rows`` are the rows of each table; ``recorded_at`` the newest poll in it.

    ``head`` is that of its chain; ``None`` where an earlier release made it.
    """

    path: Path
    made_at: datetime
    recorded_at: datetime | None
    rows: dict[str, int]
    bytes: int
    sha256: str
    head: Head | None = None

    def is_unharmed(self) -> bool:
        """Tell whether the file is still the one that was verified; reads all of it.

        Raises:
            OSError: it is gone, or cannot be read just now.
        """
        return self.path.stat().st_size == self.bytes and _sha256(self.path) == self.sha256


class Interruption:
    """Lets another thread end a backup, whichever connection it works on."""

    def __init__(self) -> None:
        self.is_asked = False
        self._connection: duckdb.DuckDBPyConnection | None = None

    def ask(self) -> None:
        """Interrupt what runs, and what comes next; a question that is about to begin may not hear it."""
        self.is_asked = True
        if connection := self._connection:
            with suppress(duckdb.Error):  # it was closed meanwhile
                connection.interrupt()

    @contextmanager
    def over(self, connection: duckdb.DuckDBPyConnection) -> Generator[None]:
        """Let ``connection`` be interrupted within the block.

        Raises:
            duckdb.InterruptException: it was asked for already.
        """
        if self.is_asked:
            raise duckdb.InterruptException
        self._connection = connection
        try:
            yield
        finally:
            self._connection = None


def make_backup(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    at: datetime,
    copies: int = BACKUPS_KEPT,
    progress: Progress | None = None,
    interruption: Interruption | None = None,
) -> Backup:
    """Copy what ``cursor`` sees into ``folder``, read the copy back in full and compare.

    It works in a transaction of its own and holds up no writer. ``progress`` is told tables done
    and of. Afterwards all are deleted but the newest ``copies``, and the one that holds most.

    Raises:
        StoreUnwritable: the folder or its disk refuses; nothing is left there.
        StoreDamaged: the database cannot be read in full, or the copy is not equal to it.
        duckdb.InterruptException: an ``interruption`` was asked for; nothing is left there.
    """
    interruption = interruption or Interruption()
    path = folder / f"{at.astimezone(UTC):{STAMP}}.duckdb"
    partial = path.with_name(path.name + _PARTIAL)
    try:
        make_folder(folder)
        remove_database(partial)
        with interruption.over(cursor):
            counted = _copy(cursor, partial, progress)
        rows_found = scan_backup(partial, interruption)
        if rows_found != counted:
            wrong = sorted(name for name in counted if rows_found.get(name) != counted[name])
            raise StoreDamaged(partial, f"the copy differs from the database in {', '.join(wrong)}")
        backup = Backup(
            path=path,
            made_at=at,
            recorded_at=_recorded_at(partial),
            rows={name: rows for name, (rows, _) in rows_found.items()},
            bytes=partial.stat().st_size,
            sha256=_sha256(partial),
            head=_head(partial),
        )
        sync(partial)
        partial.replace(path)
        _note(backup)
    except OSError as error:
        raise StoreUnwritable(folder, error.strerror or str(error)) from error
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise translate_errors(partial, error) from error
    finally:
        with suppress(OSError):
            remove_database(partial)
    _prune(list_backups(folder), copies)
    return backup


def _prune(backups: Sequence[Backup], copies: int) -> None:
    """Delete all but the newest ``copies``, and an older one that holds more polls than each of them.

    After an older database was put back the newer copies hold less: what they lack is in that one alone.
    """
    most = max((_polls(backup) for backup in backups[:copies]), default=0)
    for old in sorted(backups[copies:], key=_polls, reverse=True):
        try:
            if _polls(old) > most and old.is_unharmed():
                most = _polls(old)
                continue
        except OSError:  # it may hold most: looked at again after the next copy
            continue
        old.path.unlink(missing_ok=True)
        old.path.with_suffix(".json").unlink(missing_ok=True)


def _polls(backup: Backup) -> int:
    return backup.rows.get("poll", 0)


def list_backups(folder: Path) -> list[Backup]:
    """Return the verified copies in ``folder``, newest first; see :meth:`Backup.is_unharmed`."""
    return survey_backups(folder)[0]


def survey_backups(folder: Path) -> tuple[list[Backup], dict[str, str]]:
    """Return the verified copies, newest first, and why each other one cannot be taken by its name."""
    backups: list[Backup] = []
    troubles: dict[str, str] = {}
    try:
        notes = [path for path in folder.iterdir() if path.suffix == ".json"]
    except FileNotFoundError:
        notes = []
    except OSError as error:
        return [], {str(folder): cannot_be_read(error)}
    for note in sorted(notes):
        name = note.with_suffix(".duckdb").name
        try:
            backup = _read(note)
            backup.path.stat()
            backups.append(backup)
        except OSError as error:
            troubles[name] = cannot_be_read(error)
        except (ValueError, KeyError, TypeError):
            troubles[name] = "its note is damaged"
    return sorted(backups, key=lambda backup: backup.made_at, reverse=True), troubles


def cannot_be_read(error: OSError) -> str:
    """Say of a copy that it may be sound and cannot be read just now."""
    return f"it cannot be read just now: {error.strerror or error}"


def scan_backup(path: Path, interruption: Interruption | None = None) -> dict[str, tuple[int, int]]:
    """Read a closed database in full; give the rows of each table with a sum of their hashes.

    Raises:
        duckdb.Error: it cannot be opened, or a block of it is damaged.
    """
    with (
        duckdb.connect(str(path), read_only=True, config={"threads": 1}) as connection,
        (interruption or Interruption()).over(connection),
    ):
        return checksum(connection)


def _copy(
    cursor: duckdb.DuckDBPyConnection, path: Path, progress: Progress | None
) -> dict[str, tuple[int, int]]:
    [[source]] = cursor.execute("SELECT current_database()").fetchall()
    cursor.execute(f"ATTACH '{_quoted(str(path), chr(39))}' AS backup_copy")
    try:
        cursor.begin()
        names = tables(cursor)
        cursor.execute(f'COPY FROM DATABASE "{_quoted(source, chr(34))}" TO backup_copy (SCHEMA)')
        counted: dict[str, tuple[int, int]] = {}
        for done, name in enumerate(names, start=1):
            counted[name] = table_checksum(cursor, name)
            cursor.execute(f"INSERT INTO backup_copy.{name} SELECT * FROM {name}")  # noqa: S608 - a table of ours
            if progress:
                progress(done, len(names))
        cursor.commit()
    except duckdb.Error:
        with suppress(duckdb.Error):  # the failure may have rolled it back already
            cursor.rollback()
        raise
    finally:
        with suppress(duckdb.Error):  # closing the cursor closes it too
            cursor.execute("DETACH backup_copy")
    return counted


def _recorded_at(path: Path) -> datetime | None:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        [[at]] = connection.execute("SELECT max(finished_at)::VARCHAR FROM poll").fetchall()
    return datetime.fromisoformat(at) if at else None


def _head(path: Path) -> Head | None:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if "chain" not in tables(connection):
            return None  # a copy that is made before a migration
        newest = connection.execute(
            "SELECT tick, recorded_at::VARCHAR, hash FROM chain ORDER BY tick DESC LIMIT 1"
        ).fetchall()
    for tick, at, digest in newest:
        return Head(tick=tick, recorded_at=datetime.fromisoformat(at).astimezone(UTC), hash=digest)
    return None


def _note(backup: Backup) -> None:
    path = backup.path.with_suffix(".json")
    fields = asdict(backup) | {
        "path": backup.path.name,
        "made_at": backup.made_at.isoformat(),
        "recorded_at": backup.recorded_at.isoformat() if backup.recorded_at else None,
        "head": backup.head.fields() if backup.head else None,
    }
    partial = path.with_name(path.name + _PARTIAL)
    partial.write_text(with_sum(fields, indent=1), "utf-8")
    sync(partial)
    partial.replace(path)


def _read(path: Path) -> Backup:
    """Read what was found of a copy; raises OSError, ValueError, KeyError or TypeError."""
    fields = without_sum(path.read_bytes(), of_before=_UNSUMMED_KEYS)
    recorded_at = fields["recorded_at"]
    return Backup(
        path=path.with_name(fields["path"]),
        made_at=datetime.fromisoformat(fields["made_at"]),
        recorded_at=datetime.fromisoformat(recorded_at) if recorded_at else None,
        rows=dict(fields["rows"]),
        bytes=int(fields["bytes"]),
        sha256=str(fields["sha256"]),
        head=Head.from_fields(head) if (head := fields.get("head")) else None,
    )


def _quoted(text: str, mark: str) -> str:
    return text.replace(mark, mark * 2)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
