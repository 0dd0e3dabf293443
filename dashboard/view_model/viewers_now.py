"""Who watches now, and who watched when last seen: the two are never one number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.view_model.edition import BroadcastRow, EditionModel
from storage.analysis import sight
from storage.analysis.freshness import LATE, Freshness


@dataclass(frozen=True, kw_only=True, slots=True)
class LateViewers:
    """One platform's viewers of a while ago. ``seen_at``: when the stalest were told."""

    platform: str
    viewers: int
    seen_at: datetime | None
    is_failing: bool  # it does not answer; else it is late


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewersNow:
    """The audience on air. ``now`` None: no broadcast that answers in time tells any viewers."""

    now: int | None
    late: tuple[LateViewers, ...]  # in no sum with ``now``

    @property
    def last_seen(self) -> int | None:
        """The late viewers together; None when none is late."""
        return sum(late.viewers for late in self.late) if self.late else None


def viewers_now(edition: EditionModel) -> ViewersNow:
    """Return the audience of what is on air, apart by whether each broadcast answers in time."""
    late: dict[str, list[BroadcastRow]] = {}
    for row in edition.on_air:
        if row.concurrent_viewers is not None and row.freshness is not Freshness.FRESH:
            late.setdefault(row.platform, []).append(row)
    return ViewersNow(
        now=viewers_of(edition.on_air),
        late=tuple(
            LateViewers(
                platform=tile.platform,
                viewers=sum(row.concurrent_viewers or 0 for row in late[tile.platform]),
                seen_at=min(
                    (row.observed_at for row in late[tile.platform] if row.observed_at),
                    default=None,
                ),
                is_failing=tile.freshness is Freshness.ERROR,
            )
            for tile in edition.tiles
            if tile.platform in late
        ),
    )


def viewers_of(on_air: Sequence[BroadcastRow], platform: str | None = None) -> int | None:
    """Return who watches ``platform`` (None: all) now; None where nobody in time tells viewers."""
    fresh = [
        row.concurrent_viewers
        for row in on_air
        if row.concurrent_viewers is not None
        and row.freshness is Freshness.FRESH
        and platform in {None, row.platform}
    ]
    return sum(fresh) if fresh else None


def seen_between(late: Sequence[LateViewers]) -> tuple[datetime, datetime] | None:
    """Return from when to when the late platforms' viewers are; None when no time is known."""
    times = [each.seen_at for each in late if each.seen_at is not None]
    return (min(times), max(times)) if times else None


def last_hour(edition: EditionModel) -> int | None:
    """Return the views gained in the last hour; None while a platform is late.

    Its part of them is unknown.
    """
    late = any(tile.freshness in LATE for tile in edition.tiles)
    return None if late else edition.last_hour


def unrenewed(edition: EditionModel) -> EditionModel:
    """Return the edition while nobody renews it: what was fresh is of a while ago, and nothing is seen."""
    is_over = edition.until >= edition.ends_at
    return replace(
        edition,
        tiles=tuple(
            replace(
                tile,
                freshness=_aged(tile.freshness),
                is_off_air=tile.is_off_air and is_over,
            )
            for tile in edition.tiles
        ),
        on_air=tuple(replace(row, freshness=_aged(row.freshness)) for row in edition.on_air),
        broadcasts=tuple(
            replace(row, freshness=_aged(row.freshness)) for row in edition.broadcasts
        ),
        sights=tuple(sight.unrenewed(each) for each in edition.sights),
    )


def _aged(freshness: Freshness) -> Freshness:
    return Freshness.STALE if freshness in {Freshness.FRESH, Freshness.LATE} else freshness
