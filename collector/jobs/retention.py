"""The retention job: how long raw snapshots are kept, and what a platform's terms say of that."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from collector.platforms import platforms
from collector.recording.writer import Writer
from storage.store import Store

logger = logging.getLogger(__name__)

#: How often what is too old is deleted.
PURGE_SECONDS = 86_400


def purged_before(days: int, now: datetime) -> datetime:
    """Return from before when snapshots go, so that none is ``days`` old before the next purge."""
    return now - timedelta(days=days) + timedelta(seconds=PURGE_SECONDS)


def explain_retention(platform: str, days: int | None) -> str | None:
    """Say how long snapshots of ``platform`` are kept and what its terms say; ``None``: nothing to say."""
    terms = platforms()[platform].retention_terms
    if days is None and not terms:
        return None
    period = "raw snapshots are kept without end" if days is None else f"kept for {days} days"
    advice = (
        f"; storage.retention_days: {{{platform}: 30}} deletes older ones" if days is None else ""
    )
    return f"{period}{advice}" + (f". Its terms: {terms}" if terms else "")


async def purge(
    store: Store,
    writer: Writer,
    retention_days: Mapping[str, int],
    *,
    now: Callable[[], datetime],
) -> int:
    """Delete snapshots that are too old; return how many, of all platforms together."""
    total = 0
    for platform, days in retention_days.items():
        at = now()
        before = purged_before(days, at)
        deleted = await writer(store.purge, platform, before=before, at=at)
        if deleted:
            logger.info(
                "%s: %d raw snapshots from before %s deleted, as storage.retention_days says",
                platform,
                deleted,
                before.isoformat(timespec="minutes"),
            )
        total += deleted
    return total
