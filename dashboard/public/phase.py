"""Where the event stands, for the wide public: one word that decides what a page shows."""

from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.components import wall
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.freshness import Freshness
from storage.model import Status

#: Counts move for some days after the end; then what stands is called final.
SETTLING = timedelta(days=3)
_UNSURE = {Freshness.STALE, Freshness.LATE}


class EditionPhase(StrEnum):
    """From nothing published to the final count."""

    EMPTY = "empty"  # nothing is published, or no edition
    BEFORE = "before"
    LIVE = "live"
    UNSURE = "unsure"  # on air when last seen, which is a while ago
    QUIET = "quiet"  # between two broadcasts of a running edition
    SETTLING = "settling"  # over, and counts still move
    FINAL = "final"


def edition_phase(edition: EditionModel | None, now: datetime) -> EditionPhase:
    """Return the phase of ``edition`` at ``now``."""
    if edition is None:
        return EditionPhase.EMPTY
    if edition.on_air:
        unseen = all(row.freshness in _UNSURE for row in edition.on_air)
        return EditionPhase.UNSURE if unseen else EditionPhase.LIVE
    if now < edition.starts_at and edition.total.views is None:
        return EditionPhase.BEFORE
    if now < edition.ends_at:
        return EditionPhase.QUIET
    return EditionPhase.SETTLING if now < edition.ends_at + SETTLING else EditionPhase.FINAL


def begins_at(edition: EditionModel) -> datetime:
    """Return when the first broadcast is to begin; the edition's start where none is announced."""
    announced = [
        row.scheduled_at
        for row in edition.broadcasts
        if row.status is Status.UPCOMING and row.scheduled_at
    ]
    return min(announced, default=edition.starts_at)


def counted_at(edition: EditionModel | None) -> datetime | None:
    """Return when a platform last answered about this edition; None: none did."""
    return wall.newest(edition) if edition else None
