"""Puts the copy that holds most in a damaged database's place, in steps that survive a kill.

``.restoring`` is a copy that is being made, ``.restored`` one that is whole: from then on the next
start only completes what was begun. Nothing is deleted: what was damaged is put into quarantine.
"""

import logging
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb

from storage.database.connection import remove_database, translate_errors
from storage.database.log import log_of
from storage.errors import StoreDamaged, StoreUnwritable
from storage.model import Loss
from storage.recovery.copies import Copy, choose_copy, read_in_full, room_for
from storage.recovery.quarantine import new_quarantine, newest_loss, quarantine_of, write_note
from storage.system.durable_files import sync

logger = logging.getLogger(__name__)


def restore(
    path: Path,
    damage: StoreDamaged,
    at: datetime,
    *,
    simulated: bool,
    backup_folder: Path,
    force_new: bool,
) -> None:
    """Put the damaged files aside and the copy that holds most in their place, or nothing.

    Raises:
        StoreDamaged: there is no sound copy, and ``force_new`` is not given.
        StoreUnwritable: there is no room for a copy; all is as it was.
    """
    copy, others = choose_copy(path, backup_folder, simulated=simulated)
    if copy is None and not force_new:
        troubles = "".join(f"; {other.name}: {other.trouble}" for other in others if other.trouble)
        raise StoreDamaged(
            path,
            f"{damage.detail}. There is no verified backup in {backup_folder} that can be taken"
            f"{troubles}: bring one there, or put the file aside and begin a new database with --force-new",
        ) from damage
    with room_for(path):
        if copy:
            _stage(copy, _restoring(path), simulated=simulated)
        folder = new_quarantine(path, at)
        loss = Loss(
            since=copy.contents.newest_poll if copy else None,
            until=at,
            restored_from=copy.contents.name if copy else None,
            quarantine=folder.name,
            detail=damage.detail,
            others=others,
        )
        write_note(folder, loss)
        if copy:
            _restoring(path).replace(_restored(path))
            sync(path.parent)
        _exchange(path, folder)
    logger.error("%s is damaged (%s); %s", path, damage.detail, describe_loss(loss, folder))


def complete_restoration(path: Path, at: datetime) -> None:
    """Go on with a restoration that was killed when its copy was whole.

    Raises:
        StoreUnwritable: the folder refuses.
    """
    with room_for(path):
        if _restored(path).exists():
            loss = newest_loss(path)
            _exchange(path, quarantine_of(path, loss) if loss else new_quarantine(path, at))
        elif _restoring(path).exists() and not path.exists():
            _restoring(path).replace(path)  # as an earlier version left it


def describe_loss(loss: Loss, folder: Path) -> str:
    """Say for the log what took a database's place, what may be missing and what else there is."""
    others = "".join(
        f"; {other.name}: "
        + (other.trouble or f"{other.polls} polls, the newest of {other.newest_poll}")
        for other in loss.others
    )
    source = f"restored from {loss.restored_from}" if loss.restored_from else "begun anew"
    since = f"since {loss.since:%Y-%m-%d %H:%M} UTC" if loss.since else "before now"
    return f"{source if not loss.behind else 'left as it is'}. What was recorded {since} may be missing; see {folder}{others}"


def _stage(copy: Copy, staged: Path, *, simulated: bool) -> None:
    """Make a closed copy in which the log is, and read it in full."""
    try:
        remove_database(staged)
        shutil.copyfile(copy.source, staged)
        if copy.log is not None:
            log_of(staged).write_bytes(copy.log)
            with duckdb.connect(str(staged), config={"threads": 1}) as connection:
                connection.execute("CHECKPOINT")
            log_of(staged).unlink(missing_ok=True)  # what DuckDB took for none, it leaves
        contents = read_in_full(staged, copy.contents.name, simulated=simulated)
        if contents != copy.contents:
            raise StoreUnwritable(
                staged, f"it was copied and holds {contents}, not {copy.contents}"
            )
        sync(staged)
    except BaseException as error:
        with suppress(OSError):
            remove_database(staged)
        if isinstance(error, duckdb.Error):
            raise StoreUnwritable(staged, str(translate_errors(staged, error))) from error
        raise


def _exchange(path: Path, folder: Path) -> None:
    """Move the damaged files to ``folder`` and the whole copy, if there is one, in their place.

    The file goes first: without it, its log is not taken for another's.
    """
    for damaged in (path, *sorted(path.parent.glob(f"{path.name}.wal*"))):
        if damaged.exists():
            damaged.replace(folder / damaged.name)
    if _restored(path).exists():
        sync(folder)
        _restored(path).replace(path)
    sync(path.parent)


def _restoring(path: Path) -> Path:
    return path.with_name(f"{path.name}.restoring")


def _restored(path: Path) -> Path:
    return path.with_name(f"{path.name}.restored")
