"""One edition of the picture: total, tiles per platform, what is on air, and its curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard.view_model.freshness import (
    Freshness,
    LastObservation,
    last_observation,
    of_broadcast,
    of_platform,
)
from dashboard.view_model.platforms import ordered
from dashboard.view_model.sources import failing, last_seen
from storage.analysis.growth import cumulative, per_minute
from storage.analysis.totals import Total, edition_total, platform_totals
from storage.analysis.unseen import WATCHED, UnseenInterval, sample_times, unseen_intervals
from storage.model import Annotation, Names, Status

_RECENT_MINUTES = 120
_RECENT_STEP = 4
_LONGEST_MEAN = 30
_AFTER_END = timedelta(days=3)  # later polls of old broadcasts would squeeze the event itself
FEED = "rss"  # the keyless source: views only, and late


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
    resolution: pl.DataFrame  # how often platforms renew their counts, as measured
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformTile:
    """One platform. ``views`` None: it did not tell any; ``last_hour`` None: not known."""

    platform: str
    views: int | None
    views_at: datetime | None  # the newest telling among its broadcasts
    concurrent_viewers: int | None
    observed_at: datetime | None
    stalest_at: datetime | None  # when the stalest of what is on air was observed
    live: int
    untold: int  # broadcasts of which it is not known whether they are on air
    broadcasts: int
    freshness: Freshness
    from_feed: bool
    last_hour: int | None
    recent: tuple[float | None, ...]  # views per minute (viewers, where no views are told), 2 hours


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastRow:
    """One broadcast as it is listed. ``title`` is the platform's own text: untrusted."""

    broadcast: str
    platform: str
    account: str
    title: str
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
    from_feed: bool


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
    city: Names
    starts_at: datetime
    ends_at: datetime
    target_views: int | None
    total: Total
    last_hour: int | None
    tiles: tuple[PlatformTile, ...]
    on_air: tuple[BroadcastRow, ...]
    broadcasts: tuple[BroadcastRow, ...]  # all, newest first
    curves: Curves
    gaps: pl.DataFrame
    watched: pl.DataFrame  # of every broadcast: what tells when it was to be seen
    unseen: tuple[UnseenInterval, ...]  # up to ``until``
    until: datetime  # now, or a few days after its end
    corrections: pl.DataFrame
    source: pl.DataFrame  # the minutes the curves were made of
    telling: list[str]  # the platforms that told views
    annotations: tuple[Annotation, ...] = ()

    @property
    def platforms(self) -> list[str]:
        """Its platforms in the fixed order."""
        return [tile.platform for tile in self.tiles]


def build_edition(
    row: Mapping[str, Any], tables: EditionTables, now: datetime, before: EditionModel | None
) -> EditionModel:
    """Build one edition; its curves are taken from ``before`` when no minute has changed."""
    key: str = row["edition"]
    mine = pl.col("edition") == key
    state = tables.state.filter(mine & (pl.col("status") != Status.UPLOAD.value))
    minutes = tables.minutes[key]
    told = state.filter(pl.col("views").is_not_null())["platform"].unique().sort().to_list()
    same = before is not None and before.telling == told and before.source.equals(minutes)
    curves = before.curves if before and same else curves_of(minutes, told)
    listed = tuple(_shown(state, tables.accounts, now))
    gaps, watched = tables.gaps.filter(mine), state.select(WATCHED)
    until = min(now, row["ends_at"] + _AFTER_END)
    on_air = tuple(one for one in listed if one.status is Status.LIVE)
    return EditionModel(
        key=key,
        names=Names(ar=row["name_ar"], fr=row["name_fr"], en=row["name_en"]),
        city=Names(ar=row["city_ar"], fr=row["city_fr"], en=row["city_en"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        target_views=row["target_views"],
        total=edition_total(tables.state, key),
        last_hour=_last_hour(curves.cumulative.filter(pl.col("platform").is_null()), now),
        tiles=_tiles(state, tables, curves, key, now),
        on_air=tuple(sorted(on_air, key=lambda one: -(one.concurrent_viewers or -1))),
        broadcasts=listed,
        curves=curves,
        gaps=gaps,
        watched=watched,
        unseen=unseen_intervals(watched, gaps, sample_times(curves.viewers), until),
        until=until,
        corrections=tables.corrections.filter(mine),
        source=minutes,
        telling=told,
        annotations=tables.annotations,
    )


def curves_of(minutes: pl.DataFrame, telling: Sequence[str]) -> Curves:
    """The curves of an edition from its minutes; views of the platforms ``telling`` any.

    A platform that tells none has no line: its growth is unknown, not zero.
    """
    counted = minutes.filter(pl.col("platform").is_in(list(telling)))
    return Curves(
        cumulative=cumulative(counted),
        rates=per_minute(counted).filter(pl.col("platform").is_not_null()),
        viewers=minutes.select("minute", "platform", "concurrent_viewers"),
    )


def _tiles(
    state: pl.DataFrame, tables: EditionTables, curves: Curves, key: str, now: datetime
) -> tuple[PlatformTile, ...]:
    totals = {row["platform"]: row for row in platform_totals(tables.state, key).to_dicts()}
    tiles: list[PlatformTile] = []
    for platform in ordered([*totals, *state["platform"].to_list()]):
        mine = state.filter(pl.col("platform") == platform)
        told = totals.get(platform, {})
        health = tables.health.filter(pl.col("platform") == platform)
        curve = curves.cumulative.filter(pl.col("platform") == platform)
        observed = mine["observed_at"].max()
        tiles.append(
            PlatformTile(
                platform=platform,
                views=told.get("views"),
                views_at=told.get("newest_views_at"),
                concurrent_viewers=told.get("concurrent_viewers"),
                observed_at=observed if isinstance(observed, datetime) else None,
                stalest_at=last_observation(last_seen(mine)),
                live=mine.filter(pl.col("status") == Status.LIVE.value).height,
                untold=mine.filter(pl.col("status") == Status.UNKNOWN.value).height,
                broadcasts=mine.height,
                freshness=of_platform(last_seen(mine), now, failing=failing(health)),
                from_feed=bool((mine["source"] == FEED).any()),
                last_hour=_last_hour(curve, now),
                recent=_recent(_pace(curves, platform, told.get("views")), now),
            )
        )
    return tuple(tiles)


def _last_hour(curve: pl.DataFrame, now: datetime) -> int | None:
    """Views gained in the hour before ``now``; None unless seen at both its ends."""
    if curve.is_empty():
        return None
    end, start = curve.row(-1, named=True), now - timedelta(hours=1)
    before = curve.filter(pl.col("minute") <= start)
    if before.is_empty() or end["views"] is None or now - end["minute"] > timedelta(minutes=10):
        return None
    begin = before.row(-1, named=True)
    if begin["views"] is None or start - begin["minute"] > timedelta(minutes=10):
        return None
    return end["views"] - begin["views"]


def _pace(curves: Curves, platform: str, views: int | None) -> pl.DataFrame:
    """The platform's views per minute; its viewers when it tells no views."""
    mine = pl.col("platform") == platform
    if views is None:
        return curves.viewers.filter(mine).select(
            "minute", pl.lit(1, pl.Int64).alias("minutes"), pace="concurrent_viewers"
        )
    return curves.rates.filter(mine).select("minute", "minutes", pace="views_per_minute")


def _recent(paces: pl.DataFrame, now: datetime) -> tuple[float | None, ...]:
    """The pace of the last two hours in steps; None where nothing is known.

    A rate over several minutes stands for all of them, up to half an hour.
    """
    since = now - timedelta(minutes=_RECENT_MINUTES)
    found: list[list[float]] = [[] for _ in range(_RECENT_MINUTES // _RECENT_STEP)]
    for minute, minutes, pace in paces.filter(pl.col("minute") >= since).iter_rows():
        if pace is None or minutes is None or minutes > _LONGEST_MEAN:
            continue
        last = int((minute - since).total_seconds() // 60)
        first = max(0, last - minutes + 1)
        for step in range(first // _RECENT_STEP, last // _RECENT_STEP + 1):
            if step < len(found):
                found[step].append(max(0.0, pace))
    if not any(found):
        return ()
    return tuple(sum(paces) / len(paces) if paces else None for paces in found)


def _shown(state: pl.DataFrame, accounts: pl.DataFrame, now: datetime) -> list[BroadcastRow]:
    known: dict[str, str] = dict(accounts.select("account", "name").iter_rows())
    started = pl.coalesce("started_at", "scheduled_at", "published_at", "discovered_at")
    found: list[BroadcastRow] = []
    for row in state.sort(started, descending=True).iter_rows(named=True):
        status = Status(row["status"])
        when = LastObservation(
            status=status,
            observed_at=row["observed_at"],
            interval_seconds=row["interval_seconds"],
        )
        found.append(
            BroadcastRow(
                broadcast=row["broadcast"],
                platform=row["platform"],
                account=known.get(row["account"]) or row["account"],
                title=row["title"],
                url=row["url"],
                status=status,
                scheduled_at=row["scheduled_at"],
                started_at=row["started_at"],
                ended_at=row["ended_at"],
                observed_at=row["observed_at"],
                views=row["views"],
                views_at=row["views_at"],
                concurrent_viewers=row["concurrent_viewers"],
                likes=row["likes"],
                freshness=of_broadcast(when, now),
                from_feed=row["source"] == FEED,
            )
        )
    return found
