"""Keeps what was put aside, with a note of what was lost, until a person removes the folder.

The note is what the dashboard's banner shows. It is settled when the database has a new id, under
which nothing is taken for published that it does not hold, and gaps with their reason.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.database.backup import STAMP
from storage.model import GapReason, Loss, Miss, Status, Tick
from storage.store import Store
from storage.system.durable_files import sync
from storage.system.summed_json import with_sum, without_sum

logger = logging.getLogger(__name__)

FOLDER = "quarantine"
_NOTE = "lost.json"
_SETTLED = "settled"
_UNSUMMED_KEYS = ("since", "until", "restored_from", "quarantine", "detail")
_FOLLOWED = {Status.UNKNOWN, Status.UPCOMING, Status.LIVE, Status.ENDED}


def newest_loss(database: Path) -> Loss | None:
    """Return what the newest quarantine beside ``database`` says; ``None`` when there is none."""
    note = _newest_note(database)
    return Loss.from_fields(note[1]) if note else None


def new_quarantine(database: Path, at: datetime) -> Path:
    """Make a folder of its own beside ``database``."""
    stamp = f"{at.astimezone(UTC):{STAMP}}"
    taken = len(list((database.parent / FOLDER).glob(f"{stamp}*")))
    folder = database.parent / FOLDER / (f"{stamp}-{taken + 1}" if taken else stamp)
    folder.mkdir(parents=True)
    return folder


def quarantine_of(database: Path, loss: Loss) -> Path:
    """Return the folder that ``loss`` names."""
    return database.parent / FOLDER / loss.quarantine


def write_note(folder: Path, loss: Loss) -> None:
    """Say durably what was lost; it is not settled yet."""
    _write(folder, loss.fields() | {_SETTLED: False})


def settle(store: Store) -> None:
    """Give the store a new id and gaps with their reason, if the newest loss is not settled."""
    note = _newest_note(store.path)
    if note is None:
        return
    folder, fields = note
    if fields.get(_SETTLED, True):
        return
    store.renew_identity()
    _record_gaps(store, Loss.from_fields(fields).until)
    store.checkpoint()
    _write(folder, fields | {_SETTLED: True})


def _newest_note(database: Path) -> tuple[Path, dict[str, Any]] | None:
    for note in sorted((database.parent / FOLDER).glob(f"*/{_NOTE}"), reverse=True):
        try:
            fields = without_sum(note.read_bytes(), of_before=_UNSUMMED_KEYS)
            Loss.from_fields(fields)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            logger.warning("%s cannot be read", note)
        else:
            return note.parent, fields
    return None


def _write(folder: Path, fields: dict[str, Any]) -> None:
    partial = folder / f"{_NOTE}.partial"
    partial.write_text(with_sum(fields, indent=1), "utf-8")
    sync(partial)
    partial.replace(folder / _NOTE)
    for holder in (folder, folder.parent, folder.parent.parent):
        sync(holder)


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
