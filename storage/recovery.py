"""Puts a damaged database aside and brings back the newest sound one, so that collecting goes on.

Nothing is deleted: the damaged files stay in ``quarantine/<utc>/`` beside the database, with a note
of what was lost. The note is what the dashboard's banner shows, until a person removes the folder.
"""

import json
import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from storage.database.backup import STAMP, list_backups, scan_backup
from storage.database.lock import WriterLock
from storage.errors import StoreDamaged, StoreUnfit, StoreUnwritable
from storage.model import GapReason, Loss, Miss, Status, Tick
from storage.store import Store

logger = logging.getLogger(__name__)

FOLDER = "quarantine"
_NOTE = "lost.json"
_BARE = ".without-log"
_FOLLOWED = {Status.UNKNOWN, Status.UPCOMING, Status.LIVE, Status.ENDED}


def open_sound(
    path: Path,
    *,
    now: Callable[[], datetime],
    simulated: bool,
    backup_folder: Path,
    force_new: bool = False,
) -> Store:
    """Open the database after reading all of it; if it is damaged, restore and open that.

    Raises:
        StoreLocked: another process writes it.
        StoreUnwritable: its folder cannot be written.
        StoreUnfit: it is sound, but not for this program.
        StoreDamaged: it is damaged, there is no sound copy, and ``force_new`` is not given.
    """
    lock = WriterLock(path)
    staged = _staged(path)
    if staged.exists() and not path.exists():
        staged.replace(path)  # an earlier restoration was killed at its last step
    try:
        return _scanned(lock, path, now, simulated=simulated, folder=backup_folder)
    except StoreUnfit:
        raise
    except StoreDamaged as damage:
        lock = WriterLock(path)
        try:
            loss = _replace(path, damage, now(), backup_folder, force_new=force_new)
        except BaseException:
            lock.release()
            raise
    store = _scanned(lock, path, now, simulated=simulated, folder=backup_folder)
    store.renew_identity()
    _record_gaps(store, loss.until)
    return store


def newest_loss(database: Path) -> Loss | None:
    """Return what the newest quarantine beside ``database`` says; ``None`` when there is none."""
    for note in sorted((database.parent / FOLDER).glob(f"*/{_NOTE}"), reverse=True):
        try:
            return Loss.from_fields(json.loads(note.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            logger.warning("%s cannot be read", note)
    return None


def _scanned(
    lock: WriterLock, path: Path, now: Callable[[], datetime], *, simulated: bool, folder: Path
) -> Store:
    if path.exists() and path.stat().st_size == 0:
        # Some versions of DuckDB take an empty file for a new database.
        lock.release()
        raise StoreDamaged(path, "the file is empty")
    store = Store.open_locked(lock, path, now, simulated=simulated, backups=folder)
    try:
        store.scan()
    except BaseException:
        store.close()
        raise
    return store


def _replace(
    path: Path, damage: StoreDamaged, at: datetime, backup_folder: Path, *, force_new: bool
) -> Loss:
    """Move the damaged files away and put the newest sound copy in their place."""
    sound = _newest_sound(path, backup_folder)
    if sound is None and not force_new:
        raise StoreDamaged(
            path,
            f"{damage.detail}. There is no verified backup in {backup_folder}: bring one there, or"
            " put the file aside and begin a new database with --force-new",
        ) from damage
    aside = path.parent / FOLDER / f"{at.astimezone(UTC):{STAMP}}"
    staged = _staged(path)
    try:
        aside.mkdir(parents=True, exist_ok=True)
        since, name = None, None
        if sound:
            shutil.copyfile(sound, staged)
            since, name = _newest_poll(staged), sound.name.removesuffix(_BARE)
        loss = Loss(
            since=since,
            until=at,
            restored_from=name,
            quarantine=aside.name,
            detail=damage.detail,
        )
        (aside / _NOTE).write_text(json.dumps(loss.fields(), indent=1), "utf-8")
        # The log goes first: a restored file must never meet the damaged one's log.
        for damaged in (path.with_name(path.name + ".wal"), path):
            if damaged.exists():
                damaged.replace(aside / damaged.name)
        if sound:
            staged.replace(path)
        path.with_name(path.name + _BARE).unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnwritable(path, error.strerror or str(error)) from error
    logger.error(
        "%s is damaged (%s) and was put into %s; %s. What was recorded %s may be missing",
        path,
        damage.detail,
        aside,
        f"restored from {name}" if name else "a new database was begun",
        f"since {since:%Y-%m-%d %H:%M} UTC" if since else "before now",
    )
    return loss


def _newest_sound(path: Path, backup_folder: Path) -> Path | None:
    """Find the copy that lost least: the file without its damaged log, else a verified backup."""
    if path.with_name(path.name + ".wal").exists():
        bare = path.with_name(path.name + _BARE)
        shutil.copyfile(path, bare)
        if _is_sound(bare) and _newest_poll(bare):
            return bare
        bare.unlink()
    return next(
        (backup.path for backup in list_backups(backup_folder) if backup.is_unharmed()), None
    )


def _staged(path: Path) -> Path:
    return path.with_name(path.name + ".restoring")


def _is_sound(path: Path) -> bool:
    try:
        return "snapshot" in scan_backup(path)
    except duckdb.Error:
        return False


def _newest_poll(path: Path) -> datetime | None:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        [[at]] = connection.execute("SELECT max(finished_at)::VARCHAR FROM poll").fetchall()
    return datetime.fromisoformat(at) if at else None


def _record_gaps(store: Store, at: datetime) -> None:
    """Open a gap, with its reason, of everything that was followed."""
    followed = (
        broadcast.broadcast for broadcast in store.tracked() if broadcast.next_due_at is not None
    )
    misses = tuple(
        Miss(broadcast=broadcast.key, at=at, reason=GapReason.NOT_KEPT, poll_id=0)
        for broadcast in followed
        if broadcast.status in _FOLLOWED
    )
    store.record(Tick(at=at, misses=misses))
