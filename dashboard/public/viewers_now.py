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
        return sum(one.concurrent_viewers or 0 for one in self.late) if self.late else None


def viewers_now(edition: EditionModel) -> ViewersNow:
    """The audience of what is on air, apart by whether its platform answers in time."""
    told = [one for one in edition.tiles if one.live and one.concurrent_viewers is not None]
    current = [one.concurrent_viewers or 0 for one in told if one.freshness not in LATE]
    return ViewersNow(
        now=sum(current) if current else None,
        late=tuple(one for one in told if one.freshness in LATE),
    )


def seen_between(late: tuple[PlatformTile, ...]) -> tuple[datetime, datetime] | None:
    """From when to when the late platforms' viewers are; None when no time is known."""
    times = [one.stalest_at for one in late if one.stalest_at is not None]
    return (min(times), max(times)) if times else None


def last_hour(edition: EditionModel) -> int | None:
    """Views gained in the last hour; None while a platform is late, whose part of it is unknown."""
    late = any(tile.freshness in LATE for tile in edition.tiles)
    return None if late else edition.last_hour


def unrenewed(edition: EditionModel) -> EditionModel:
    """The edition while nobody renews it: what was fresh is of a while ago."""
    return replace(
        edition,
        tiles=tuple(replace(one, freshness=_aged(one.freshness)) for one in edition.tiles),
        on_air=tuple(replace(one, freshness=_aged(one.freshness)) for one in edition.on_air),
    )


def _aged(freshness: Freshness) -> Freshness:
    return Freshness.STALE if freshness in {Freshness.FRESH, Freshness.LATE} else freshness


def viewers_claim(words: Words, now: str, then: str) -> str:
    """The words of ``now``, and those of ``then`` for when an open page is no longer renewed."""
    return f'<span class="is">{phrase(words, now)}</span><span class="was">{phrase(words, then)}</span>'
