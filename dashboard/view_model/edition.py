"""What is shown of one edition: its total, tiles per platform, broadcasts and curves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from storage.analysis.freshness import Freshness
from storage.analysis.sight import AccountSight, EditionFacts, EditionPhase, edition_phase, sees_all
from storage.analysis.unseen import UnseenInterval
from storage.analysis.views.totals import Total
from storage.model import IMPORTED, Annotation, HistoryStanding, Names, Status
from storage.schema import HISTORY, LOOKS


@dataclass(frozen=True, kw_only=True)
class EditionTables:
    """What is published, as :mod:`storage.schema` has it; minutes by edition."""

    editions: pl.DataFrame
    accounts: pl.DataFrame
    state: pl.DataFrame
    gaps: pl.DataFrame
    corrections: pl.DataFrame
    polls: pl.DataFrame
    health: pl.DataFrame
    minutes: Mapping[str, pl.DataFrame]
    segments: pl.DataFrame
    sessions: pl.DataFrame
    refresh_rates: pl.DataFrame  # how often platforms renew their counts, as measured
    annotations: tuple[Annotation, ...] = ()
    history: pl.DataFrame = field(default_factory=HISTORY.to_frame)
    looks: pl.DataFrame = field(default_factory=LOOKS.to_frame)
    beside: "EditionTables | None" = None  # of imported history alone; None: none stands beside


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformTile:
    """One platform. ``views`` None: it reports none; ``last_hour`` None: not known."""

    platform: str
    views: int | None
    views_at: datetime | None  # when the newest of its broadcasts' views were observed
    concurrent_viewers: int | None
    observed_at: datetime | None
    stalest_at: datetime | None  # when the stalest of what is on air was observed
    live: int  # broadcasts on air
    status_unknown: int  # broadcasts of which it is not known whether they are on air
    broadcasts: int
    is_off_air: bool  # whether it is known that nothing of it is on air
    freshness: Freshness
    from_feed: bool
    last_hour: int | None  # views gained in the hour before now
    recent: tuple[float | None, ...]  # views per minute (viewers, where it reports none), 2 hours


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastRow:
    """One broadcast as it is listed; a count is None where the platform did not report it."""

    broadcast: str  # its key
    platform: str
    account: str  # its name, or its key where it has none
    title: str  # the platform's own text: untrusted
    url: str | None
    status: Status
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    observed_at: datetime | None
    views: int | None
    views_at: datetime | None
    concurrent_viewers: int | None
    likes: int | None
    freshness: Freshness
    from_feed: bool  # last seen by the keyless source: views only, and late

    @property
    def is_imported(self) -> bool:
        """Whether it is of imported history."""
        return self.broadcast.startswith(IMPORTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedSeries:
    """What another program measured, and in which file it was brought in."""

    platform: str
    metric: str
    source: str  # the program
    name: str  # the file's
    resolution_seconds: int
    standing: HistoryStanding


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """The edition over time: cumulative views, their rate and the viewers, per platform."""

    cumulative: pl.DataFrame  # minute, platform (null: sum), views
    rates: pl.DataFrame  # minute, platform, views_per_minute, minutes
    viewers: pl.DataFrame  # minute, platform, concurrent_viewers


@dataclass(frozen=True, kw_only=True)
class EditionModel:
    """Everything shown of one edition."""

    key: str
    names: Names
    starts_at: datetime
    ends_at: datetime
    target_views: int | None
    total: Total
    last_hour: int | None  # views gained in the hour before now; None: not known
    tiles: tuple[PlatformTile, ...]
    on_air: tuple[BroadcastRow, ...]  # most viewers first
    broadcasts: tuple[BroadcastRow, ...]  # all, newest first
    curves: Curves
    gaps: pl.DataFrame
    watched: pl.DataFrame  # of every broadcast: what tells when it was to be seen
    unseen: tuple[UnseenInterval, ...]  # up to ``until``
    until: datetime  # now, or a few days after its end
    corrections: pl.DataFrame
    minutes: pl.DataFrame  # what the curves were made of
    annotations: tuple[Annotation, ...] = ()
    sights: tuple[AccountSight, ...] = ()  # of the accounts that it is about
    untold: int = 0  # broadcasts that are still asked for, and whose state nobody tells
    imported: tuple[ImportedSeries, ...] = ()  # what of imported history counts, or stands beside
    beside: "EditionModel | None" = None  # imported history beside what was measured

    @property
    def is_imported(self) -> bool:
        """Whether nothing of it was measured, and all is imported history."""
        return any(series.standing is HistoryStanding.COUNTED for series in self.imported)

    def phase(self, now: datetime) -> EditionPhase:
        """Return where it stands at ``now``, from what is seen of its accounts."""
        facts = EditionFacts(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            on_air=[row.freshness for row in self.on_air],
            untold=self.untold,
            is_counted=self.total.views is not None or self.tells_viewers,
            sights=self.sights,
        )
        return edition_phase(facts, now)

    @property
    def begins_at(self) -> datetime:
        """When its first broadcast is to begin; its own start where none is announced."""
        announced = [
            row.scheduled_at
            for row in self.broadcasts
            if row.status is Status.UPCOMING and row.scheduled_at
        ]
        return min(announced, default=self.starts_at)

    @property
    def unseen_accounts(self) -> tuple[AccountSight, ...]:
        """The accounts of which it is not known whether they are on the air."""
        return tuple(sight for sight in self.sights if not sight.is_seen)

    @property
    def has_not_begun(self) -> bool:
        """Whether it is known that no broadcast of it has begun."""
        return sees_all(self.sights) and all(
            row.status is Status.UPCOMING for row in self.broadcasts
        )

    @property
    def seen_at(self) -> datetime | None:
        """When an account or a broadcast last answered; None: none did."""
        answers = [
            *(tile.observed_at for tile in self.tiles),
            *(sight.seen_at for sight in self.sights),
        ]
        return max(filter(None, answers), default=None)

    @property
    def counted_at(self) -> datetime | None:
        """When a platform last told of a broadcast of it; None: none did."""
        return max((tile.observed_at for tile in self.tiles if tile.observed_at), default=None)

    @property
    def tells_viewers(self) -> bool:
        """Whether viewers were told of it."""
        return self.curves.viewers["concurrent_viewers"].count() > 0

    @property
    def view_platforms(self) -> list[str]:
        """The platforms that have told views."""
        return self.curves.cumulative["platform"].drop_nulls().unique().sort().to_list()

    @property
    def platforms(self) -> list[str]:
        """Its platforms in the fixed order."""
        return [tile.platform for tile in self.tiles]
