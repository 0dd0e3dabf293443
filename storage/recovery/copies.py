"""Weighs the copies that could take a damaged database's place, each by what it holds."""

import re
import shutil
from bisect import bisect_right
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from storage.database.backup import Backup, cannot_be_read, survey_backups
from storage.database.checksum import checksum
from storage.database.connection import remove_database
from storage.database.log import ENTRY_HEAD_BYTES, HEAD, commit_ends, has_named_head, log_of
from storage.database.migrate import known_migrations, schema_of
from storage.errors import StoreUnwritable
from storage.model import CopyContents

_TRIAL = ".trial"
_POSITION = re.compile(r"at byte position (\d+)")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A database that was read in full: ``source``, and ``log`` to be brought into it."""

    contents: CopyContents
    source: Path
    log: bytes | None = None


def choose_copy(
    path: Path, backup_folder: Path, *, simulated: bool
) -> tuple[Copy | None, tuple[CopyContents, ...]]:
    """Return the copy with the newest poll, at a tie with the most, and what each other one holds.

    The copies are the file with its log up to the damage, the file alone, and the verified backups.
    ``None`` when none of them is sound and has a poll.

    Raises:
        StoreUnwritable: there is no room to look.
    """
    others: list[CopyContents] = []
    best = None
    if path.exists():
        for copy in (*_with_log(path, simulated=simulated), _alone(path, simulated=simulated)):
            best = _better(best, copy, others)
    backups, unreadable = survey_backups(backup_folder)
    others += [_troubled(name, trouble) for name, trouble in unreadable.items()]
    for backup in sorted(backups, key=lambda backup: _worth(contents_of(backup)), reverse=True):
        copy = contents_of(backup)
        if _worth(copy) > _worth(best.contents if best else None):
            copy = _checked(backup, copy, simulated=simulated)
        best = _better(best, Copy(contents=copy, source=backup.path), others)
    return best, tuple(others)


def _better(best: Copy | None, copy: Copy, others: list[CopyContents]) -> Copy | None:
    """Return the copy that is worth more; the other one goes to ``others``."""
    if _worth(copy.contents) <= _worth(best.contents if best else None):
        others.append(copy.contents)
        return best
    if best:
        others.append(best.contents)
    return copy


def _worth(copy: CopyContents | None) -> tuple[datetime, int]:
    """Order copies; one that cannot be taken, or has no poll, is worth what none is."""
    if copy is None or copy.trouble or copy.newest_poll is None:
        return _NEVER, 0
    return copy.newest_poll, copy.polls


def read_in_full(path: Path, name: str, *, simulated: bool) -> CopyContents:
    """Read every block; say what is in it, or why it is not for this program.

    Raises:
        duckdb.Error: it cannot be opened, or a block is damaged.
    """
    with duckdb.connect(str(path), read_only=True, config={"threads": 1}) as connection:
        if "snapshot" not in checksum(connection):
            return _troubled(name, "it is no database of LiveTally")
        if schema_of(connection) > len(known_migrations()):
            return _troubled(name, "a newer version wrote it")
        if connection.execute("SELECT simulated FROM about").fetchall() != [(simulated,)]:
            return _troubled(
                name, f"it does not hold {'simulated' if simulated else 'real'} numbers"
            )
        connection.execute("SET TimeZone = 'UTC'")
        [[newest, polls]] = connection.execute(
            "SELECT max(finished_at)::VARCHAR, count(*) FROM poll"
        ).fetchall()
    return CopyContents(
        name=name, newest_poll=datetime.fromisoformat(newest) if newest else None, polls=int(polls)
    )


@contextmanager
def _trial(path: Path) -> Generator[Path]:
    """Yield another name of the closed file ``path``, beside which a log of ours may stand."""
    trial = path.with_name(path.name + _TRIAL)
    try:
        with room_for(path):
            remove_database(trial)
            try:
                trial.hardlink_to(path)  # of a symbolic one DuckDB would read the log of its target
            except OSError:  # a file system without links
                shutil.copyfile(path, trial)
        yield trial
    finally:
        remove_database(trial)


@contextmanager
def room_for(path: Path) -> Generator[None]:
    """Turn an ``OSError`` of writing beside ``path`` into one of ours: nothing is decided yet."""
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(path, error.strerror or str(error)) from error


def _troubled(name: str, trouble: str) -> CopyContents:
    return CopyContents(name=name, newest_poll=None, polls=0, trouble=trouble)


def contents_of(backup: Backup) -> CopyContents:
    """Return what was found in ``backup`` when it was verified."""
    return CopyContents(
        name=backup.path.name, newest_poll=backup.recorded_at, polls=backup.rows.get("poll", 0)
    )


def _with_log(path: Path, *, simulated: bool) -> list[Copy]:
    """Return the file with as much of its log as can be brought into it; empty without a log."""
    name = f"{path.name} with its log"
    try:
        log = log_of(path).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        return [Copy(contents=_troubled(name, cannot_be_read(error)), source=path)]
    if not has_named_head(log):  # then it is the same in every log, and can be written anew
        log = HEAD + log[len(HEAD) :]
    with _trial(path) as trial:

        def look(end: int) -> CopyContents:
            with room_for(path):
                log_of(trial).write_bytes(log[:end])
            extent = "" if end == len(log) else f" up to byte {end}"
            return read_in_full(trial, f"{name}{extent}", simulated=simulated)

        if cut := _longest(log, look):
            end, contents = cut
            return [Copy(contents=contents, source=path, log=log[:end])]
    return [Copy(contents=_troubled(name, "no part of it can be read"), source=path)]


def _longest(log: bytes, look: Callable[[int], CopyContents]) -> tuple[int, CopyContents] | None:
    """Return after how many bytes to cut ``log`` so that it loses least, and what it then holds.

    DuckDB's message names the entry that it does not take; where it names none, the last
    transaction that it takes is searched for by halves.
    """
    ends = sorted({*commit_ends(log), len(log)})
    low, high, best = -1, len(ends) - 1, None
    guess = high
    while low < high:
        try:
            contents = look(ends[guess])
        except duckdb.Error as error:
            high = guess - 1
            named = _POSITION.search(str(error))
            if named:
                high = min(high, bisect_right(ends, int(named[1]) - ENTRY_HEAD_BYTES) - 1)
            guess = high if named else (low + high + 1) // 2
        else:
            best, low = (ends[guess], contents), guess
            guess = (low + high + 1) // 2
    return best


def _alone(path: Path, *, simulated: bool) -> Copy:
    name = f"{path.name} without its log" if log_of(path).exists() else path.name
    with _trial(path) as trial:
        try:
            contents = read_in_full(trial, name, simulated=simulated)
        except duckdb.Error as error:
            contents = _troubled(name, str(error).splitlines()[0])
    return Copy(contents=contents, source=path)


def _checked(backup: Backup, contents: CopyContents, *, simulated: bool) -> CopyContents:
    """Return what ``backup`` holds, or why it cannot be taken."""
    try:
        if not backup.is_unharmed():
            return _troubled(contents.name, "it has changed since it was verified")
        return read_in_full(backup.path, contents.name, simulated=simulated)
    except OSError as error:
        return _troubled(contents.name, cannot_be_read(error))
    except duckdb.Error as error:
        return _troubled(contents.name, str(error).splitlines()[0])
