"""The backup job: daily, while nothing is on air if it can wait, beside the polls that go on."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from collector.config.sections import StorageSection
from storage.database.backup import list_backups
from storage.errors import StoreDamaged, StoreUnwritable
from storage.store import Store
from storage.system.ordinary_files import NotOrdinary

logger = logging.getLogger(__name__)

#: How often the job checks whether a backup is due.
LOOK_SECONDS = 600
#: A backup waits for a quiet time until it is this much overdue.
PATIENCE = 1.5


def is_due(age_seconds: float | None, every_seconds: float, *, on_air: bool) -> bool:
    """Tell whether to make a backup now; ``age_seconds`` is the newest one's, ``None`` of none."""
    if age_seconds is None:
        return True
    return age_seconds >= every_seconds * (PATIENCE if on_air else 1)


async def back_up_when_due(
    store: Store, section: StorageSection, *, on_air: bool, now: Callable[[], datetime]
) -> bool:
    """Make a backup if one is due, and tell whether one was made; failing is logged and tried again."""
    backups = await asyncio.to_thread(list_backups, section.backups)
    age = (now() - backups[0].made_at).total_seconds() if backups else None
    if not is_due(age, section.backup_seconds, on_air=on_air):
        return False
    try:
        backup = await asyncio.to_thread(
            store.back_up, section.backups, copies=section.backups_kept
        )
    except (StoreUnwritable, NotOrdinary) as error:
        logger.warning("no backup was made: %s", error)
    except StoreDamaged as error:
        # What is recorded from now on is readable; at the next start the newest backup is restored.
        logger.error("no backup was made, and a restart would restore the last one: %s", error)  # noqa: TRY400 - the disk's fault, no traceback
    else:
        logger.info("backup made and read back in full: %s", backup.path)
        return True
    return False
