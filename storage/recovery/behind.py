"""Notices a database that is behind what is known of it: an older copy, a log that is gone.

What was published, and backups, know a later time. What was published is put aside before it is
overwritten: of what is gone it is the only record.
"""

import logging
import shutil
from datetime import datetime
from pathlib import Path

from storage.database.backup import survey_backups
from storage.model import CopyContents, Loss, PublishedState
from storage.recovery.copies import contents_of, room_for
from storage.recovery.quarantine import (
    new_quarantine,
    newest_loss,
    quarantine_of,
    settle,
    write_note,
)
from storage.recovery.restore import describe_loss
from storage.store import Store

logger = logging.getLogger(__name__)

_PUBLISHED = "published"


def notice_newer_backups(store: Store, backup_folder: Path, *, at: datetime) -> None:
    """Write a loss down if a backup of this very database holds a newer poll than it does."""
    newest, begun_at = store.newest_poll(), store.identified_at
    backups, _ = survey_backups(backup_folder)
    ours = [backup for backup in backups if backup.made_at > begun_at]
    held = tuple(map(contents_of, ours))
    if any(_is_later(copy.newest_poll, newest) for copy in held):
        _write_down(store, at, "a backup of it holds what it does not", since=newest, others=held)
        settle(store)


def set_published_aside(
    store: Store, folder: Path, published: PublishedState, *, at: datetime
) -> None:
    """Keep what ``folder`` publishes, if ``store`` does not hold it, and write down what is missing.

    A loss that was written down since that publication explains it.

    Raises:
        StoreUnwritable: there is no room for it; nothing was overwritten.
    """
    if published.store_id == store.store_id and published.tick <= store.tick():
        return
    loss = newest_loss(store.path)
    if loss is None or loss.until < published.published_at:
        newest = store.newest_poll()
        if published.store_id == store.store_id:
            detail = f"its newest tick is {store.tick()}, and {published.tick} was published"
        else:
            detail = "what was published is of another database"
            # One that was polled since then may hold nothing of what the other one did.
            newest = None if _is_later(newest, published.published_at) else newest
        until = max(at, published.published_at)
        loss = _write_down(store, until, detail, since=newest, others=())
    aside = quarantine_of(store.path, loss) / _PUBLISHED
    if not aside.exists():
        partial = aside.with_name(f"{_PUBLISHED}.partial")
        with room_for(aside):
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(folder, partial)
            partial.replace(aside)
    settle(store)


def _write_down(
    store: Store,
    until: datetime,
    detail: str,
    *,
    since: datetime | None,
    others: tuple[CopyContents, ...],
) -> Loss:
    with room_for(store.path):
        folder = new_quarantine(store.path, until)
        loss = Loss(
            since=since,
            until=until,
            restored_from=None,
            quarantine=folder.name,
            detail=detail,
            behind=True,
            others=others,
        )
        write_note(folder, loss)
    logger.error("%s is behind (%s); %s", store.path, detail, describe_loss(loss, folder))
    return loss


def _is_later(at: datetime | None, than: datetime | None) -> bool:
    return at is not None and (than is None or at > than)
