"""What is shown of one edition: its total, tiles per platform, broadcasts and curves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from dashboard.view_model.freshness import Freshness
from storage.analysis.unseen import UnseenInterval
from storage.analysis.views.totals import Total
from storage.model import IMPORTED, Annotation, HistoryStanding, Names, Status
from storage.schema import HISTORY


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
    imported: tuple[ImportedSeries, ...] = ()  # what of imported history counts, or stands beside
    beside: "EditionModel | None" = None  # imported history beside what was measured

    @property
    def is_imported(self) -> bool:
        """Whether nothing of it was measured, and all is imported history."""
        return any(series.standing is HistoryStanding.COUNTED for series in self.imported)

    @property
    def view_platforms(self) -> list[str]:
        """The platforms that have told views."""
        return self.curves.cumulative["platform"].drop_nulls().unique().sort().to_list()

    @property
    def platforms(self) -> list[str]:
        """Its platforms in the fixed order."""
        return [tile.platform for tile in self.tiles]
