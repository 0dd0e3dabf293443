"""Who watches now, and who watched when last seen: the two are never one number. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.i18n.markup import phrase
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel, PlatformTile
from dashboard.view_model.freshness import Freshness

#: Late already counts: an audience moves within minutes, other than a sum of views.
LATE = frozenset({Freshness.LATE, Freshness.STALE, Freshness.ERROR})


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewersNow:
    """The audience on air. ``now`` None: no platform that answers in time tells any viewers."""

    now: int | None
    late: tuple[PlatformTile, ...]  # told viewers, a while ago; in no sum with ``now``

    @property
    def last_seen(self) -> int | None:
        """The late platforms' viewers together; None when none is late."""
        return sum(tile.concurrent_viewers or 0 for tile in self.late) if self.late else None


def viewers_now(edition: EditionModel) -> ViewersNow:
    """Return the audience of what is on air, apart by whether its platform answers in time."""
    telling = [tile for tile in edition.tiles if tile.live and tile.concurrent_viewers is not None]
    current = [tile.concurrent_viewers or 0 for tile in telling if tile.freshness not in LATE]
    return ViewersNow(
        now=sum(current) if current else None,
        late=tuple(tile for tile in telling if tile.freshness in LATE),
    )


def seen_between(late: tuple[PlatformTile, ...]) -> tuple[datetime, datetime] | None:
    """Return from when to when the late platforms' viewers are; None when no time is known."""
    times = [tile.stalest_at for tile in late if tile.stalest_at is not None]
    return (min(times), max(times)) if times else None


def last_hour(edition: EditionModel) -> int | None:
    """Return the views gained in the last hour; None while a platform is late.

    Its part of them is unknown.
    """
    late = any(tile.freshness in LATE for tile in edition.tiles)
    return None if late else edition.last_hour


def unrenewed(edition: EditionModel) -> EditionModel:
    """Return the edition while nobody renews it: what was fresh is of a while ago."""
    return replace(
        edition,
        tiles=tuple(replace(tile, freshness=_aged(tile.freshness)) for tile in edition.tiles),
        on_air=tuple(replace(row, freshness=_aged(row.freshness)) for row in edition.on_air),
    )


def _aged(freshness: Freshness) -> Freshness:
    return Freshness.STALE if freshness in {Freshness.FRESH, Freshness.LATE} else freshness


def viewers_claim(words: Words, now: str, past: str) -> str:
    """Return the words of ``now``, and those of ``past`` for an open page no longer renewed."""
    return f'<span class="is">{phrase(words, now)}</span><span class="was">{phrase(words, past)}</span>'


def viewers_unit(words: Words, *, old: bool) -> str:
    """Return what stands after a number of viewers; ``old``: they watched a while ago."""
    if old:
        return phrase(words, "tile.watched")
    return viewers_claim(words, "tile.watching", "tile.watched")
