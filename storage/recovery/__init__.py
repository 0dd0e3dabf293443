"""Opens the database after damage: what holds most takes its place, so that collecting goes on."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from storage.database.lock import WriterLock
from storage.errors import StoreDamaged, StoreUnfit
from storage.recovery.behind import notice_newer_backups
from storage.recovery.quarantine import newest_loss, settle
from storage.recovery.restore import complete_restoration, restore
from storage.store import Store

__all__ = ["newest_loss", "open_sound"]


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
        StoreUnwritable: its folder cannot be written, or has no room for a copy.
        StoreUnfit: it is sound, but not for this program.
        StoreDamaged: it is damaged, there is no sound copy, and ``force_new`` is not given.
    """
    lock = WriterLock(path)
    try:
        complete_restoration(path, now())
    except BaseException:
        lock.release()
        raise
    try:
        store = _scanned(lock, path, now, simulated=simulated, folder=backup_folder)
    except StoreUnfit:
        raise
    except StoreDamaged as damage:
        lock = WriterLock(path)
        try:
            restore(
                path,
                damage,
                now(),
                simulated=simulated,
                backup_folder=backup_folder,
                force_new=force_new,
            )
        except BaseException:
            lock.release()
            raise
        store = _scanned(lock, path, now, simulated=simulated, folder=backup_folder)
    try:
        settle(store)
        notice_newer_backups(store, backup_folder, at=now())
    except BaseException:
        store.close()
        raise
    return store


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
