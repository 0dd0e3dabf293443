"""Which edition a broadcast belongs to. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.model import Broadcast, Edition

#: Announced or begun a little before the opening, it still belongs to the edition.
MARGIN = timedelta(hours=12)


def edition_of(broadcast: Broadcast, editions: Sequence[Edition]) -> str | None:
    """Return the key of the edition whose time it falls into, ``None`` when no edition's.

    What matches nothing is kept and listed, and counts towards no edition.
    """
    at = broadcast.started_at or broadcast.scheduled_at or broadcast.published_at
    if at is None:
        return None
    for edition in editions:
        if edition.starts_at - MARGIN <= at < edition.ends_at:
            return edition.key
    return None


def is_on(now: datetime, editions: Sequence[Edition]) -> bool:
    """Tell whether an edition is on, or about to open, at ``now``."""
    return any(edition.starts_at - MARGIN <= now < edition.ends_at for edition in editions)
