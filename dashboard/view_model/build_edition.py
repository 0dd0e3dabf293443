"""Builds what is shown of one edition from the published tables. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard.view_model.edition import (
    BroadcastRow,
    Curves,
    EditionModel,
    EditionTables,
    ImportedSeries,
    PlatformTile,
)
from dashboard.view_model.platforms import ordered
from dashboard.view_model.sources import failing
from storage.analysis.editions.curve import looked_at_until
from storage.analysis.freshness import (
    broadcast_freshness,
    last_observation,
    observations,
    platform_freshness,
)
from storage.analysis.sight import (
    AccountSight,
    sees_all,
    sights_of_edition,
)
from storage.analysis.unseen import WATCHED, sample_times, unseen_intervals
from storage.analysis.views.growth import cumulative, per_minute
from storage.analysis.views.totals import edition_total, platform_totals
from storage.definitions.platforms import is_keyless
from storage.model import HistoryStanding, Names, Status

_RECENT_MINUTES = 120
_RECENT_STEP = 4
_LONGEST_MEAN = 30
_NEWEST_AGE = timedelta(minutes=10)  # of a count that stands for the moment it is compared at
_SHOWN = (HistoryStanding.COUNTED.value, HistoryStanding.MEASURED.value)
_ROW_COLUMNS = (
    "broadcast", "platform", "title", "url", "scheduled_at", "started_at", "ended_at",
    "observed_at", "views", "views_at", "concurrent_viewers", "likes",
)  # fmt: skip


def build_edition(
    row: Mapping[str, Any],
    tables: EditionTables,
    sights: Sequence[AccountSight],
    now: datetime,
    before: EditionModel | None,
) -> EditionModel:
    """Build one edition; its curves are taken from ``before`` when no minute has changed."""
    key: str = row["edition"]
    mine = pl.col("edition") == key
    state = tables.state.filter(mine & (pl.col("status") != Status.UPLOAD.value))
    minutes = tables.minutes[key]
    unchanged = before is not None and before.minutes.equals(minutes)
    curves = before.curves if before and unchanged else build_curves(minutes)
    broadcasts = _broadcast_rows(state, tables, now)
    sights = _sights_about(row, tables, sights, now)
    is_untold = (pl.col("status") == Status.UNKNOWN.value) & (pl.col("interval_seconds") > 0)
    on_air = [broadcast for broadcast in broadcasts if broadcast.status is Status.LIVE]
    gaps, watched = tables.gaps.filter(mine), state.select(WATCHED)
    until = looked_at_until(row["ends_at"], now)
    return EditionModel(
        key=key,
        names=names_of(row),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        target_views=row["target_views"],
        total=edition_total(tables.state, key),
        last_hour=_last_hour(curves.cumulative.filter(pl.col("platform").is_null()), now),
        tiles=_tiles(state, tables, curves, row, sights=sights, now=now),
        on_air=tuple(sorted(on_air, key=lambda row: -(row.concurrent_viewers or -1))),
        broadcasts=tuple(broadcasts),
        curves=curves,
        gaps=gaps,
        watched=watched,
        unseen=unseen_intervals(watched, gaps, sample_times(curves.viewers), until),
        until=until,
        corrections=tables.corrections.filter(mine),
        minutes=minutes,
        annotations=tables.annotations,
        sights=sights,
        untold=state.filter(is_untold).height,
        imported=_imported(tables.history.filter(mine)),
        beside=tables.beside
        and build_edition(row, tables.beside, (), now, before and before.beside),
    )


def _imported(history: pl.DataFrame) -> tuple[ImportedSeries, ...]:
    """Return what counts of an edition's imported history, or would if nothing were measured."""
    shown = history.filter(pl.col("standing").is_in(list(_SHOWN)))
    columns = ("platform", "metric", "source", "name", "resolution_seconds")
    rows = shown.select("standing", *columns).unique(maintain_order=True)
    return tuple(
        ImportedSeries(standing=HistoryStanding(standing), **dict(zip(columns, row, strict=True)))
        for standing, *row in rows.iter_rows()
    )


def names_of(row: Mapping[str, Any]) -> Names:
    """Return the three columns of a row's name as a value."""
    return Names(ar=row["name_ar"], fr=row["name_fr"], en=row["name_en"])


def build_curves(minutes: pl.DataFrame) -> Curves:
    """Return the curves of an edition from its minutes.

    A platform that told no views has no line of them: its growth is unknown, not zero.
    """
    return Curves(
        cumulative=cumulative(minutes),
        rates=per_minute(minutes).filter(pl.col("platform").is_not_null()),
        viewers=minutes.select("minute", "platform", "concurrent_viewers"),
    )


def _sights_about(
    row: Mapping[str, Any], tables: EditionTables, sights: Sequence[AccountSight], now: datetime
) -> tuple[AccountSight, ...]:
    """Return the sights that the edition is about; of imported history, none is."""
    mine = tables.history.filter(pl.col("edition") == row["edition"])
    if (mine["standing"] == str(HistoryStanding.COUNTED)).any():
        return ()
    return sights_of_edition(sights, tables.editions, tables.state, row["edition"], now)


def _tiles(
    state: pl.DataFrame,
    tables: EditionTables,
    curves: Curves,
    row: Mapping[str, Any],
    *,
    sights: Sequence[AccountSight],
    now: datetime,
) -> tuple[PlatformTile, ...]:
    key, is_over = row["edition"], now >= row["ends_at"]
    totals = {row["platform"]: row for row in platform_totals(tables.state, key).to_dicts()}
    tiles: list[PlatformTile] = []
    for platform in ordered([*totals, *state["platform"].to_list()]):
        mine = state.filter(pl.col("platform") == platform)
        total = totals.get(platform, {})
        health = tables.health.filter(pl.col("platform") == platform)
        curve = curves.cumulative.filter(pl.col("platform") == platform)
        observed, last = mine["observed_at"].max(), observations(mine, tables.gaps)
        live = mine.filter(pl.col("status") == Status.LIVE.value).height
        untold = mine.filter(pl.col("status") == Status.UNKNOWN.value).height
        of_platform = [sight for sight in sights if sight.platform == platform]
        blind = any(sight.fails for sight in of_platform)
        is_failing = (failing(health) or blind) and (live > 0 or not is_over)
        tiles.append(
            PlatformTile(
                platform=platform,
                views=total.get("views"),
                views_at=total.get("newest_views_at"),
                concurrent_viewers=total.get("concurrent_viewers"),
                observed_at=observed if isinstance(observed, datetime) else None,
                stalest_at=last_observation(last),
                live=live,
                status_unknown=untold,
                broadcasts=mine.height,
                is_off_air=not live and not untold and (is_over or sees_all(of_platform)),
                freshness=platform_freshness(last, now, failing=is_failing),
                from_feed=any(is_keyless(platform, source) for source in mine["source"]),
                last_hour=_last_hour(curve, now),
                recent=_recent(_pace(curves, platform, total.get("views")), now),
            )
        )
    return tuple(tiles)


def _last_hour(curve: pl.DataFrame, now: datetime) -> int | None:
    """Return the views gained in the hour before ``now``; None unless seen at both its ends."""
    if curve.is_empty():
        return None
    end, start = curve.row(-1, named=True), now - timedelta(hours=1)
    before = curve.filter(pl.col("minute") <= start)
    if before.is_empty() or end["views"] is None or now - end["minute"] > _NEWEST_AGE:
        return None
    begin = before.row(-1, named=True)
    if begin["views"] is None or start - begin["minute"] > _NEWEST_AGE:
        return None
    return end["views"] - begin["views"]


def _pace(curves: Curves, platform: str, views: int | None) -> pl.DataFrame:
    """Return the platform's views per minute; its viewers when it reports no views."""
    mine = pl.col("platform") == platform
    if views is None:
        return curves.viewers.filter(mine).select(
            "minute", pl.lit(1, pl.Int64).alias("minutes"), pace="concurrent_viewers"
        )
    return curves.rates.filter(mine).select("minute", "minutes", pace="views_per_minute")


def _recent(paces: pl.DataFrame, now: datetime) -> tuple[float | None, ...]:
    """Return the pace of the last two hours in steps; None where nothing is known.

    A rate over several minutes stands for all of them, up to half an hour.
    """
    since = now - timedelta(minutes=_RECENT_MINUTES)
    steps: list[list[float]] = [[] for _ in range(_RECENT_MINUTES // _RECENT_STEP)]
    for minute, minutes, pace in paces.filter(pl.col("minute") >= since).iter_rows():
        if pace is None or minutes is None or minutes > _LONGEST_MEAN:
            continue
        last = int((minute - since).total_seconds() // 60)
        first = max(0, last - minutes + 1)
        for step in range(first // _RECENT_STEP, last // _RECENT_STEP + 1):
            if step < len(steps):
                steps[step].append(max(0.0, pace))
    if not any(steps):
        return ()
    return tuple(sum(step) / len(step) if step else None for step in steps)


def _broadcast_rows(
    state: pl.DataFrame, tables: EditionTables, now: datetime
) -> list[BroadcastRow]:
    account_names: dict[str, str] = dict(tables.accounts.select("account", "name").iter_rows())
    started = pl.coalesce("started_at", "scheduled_at", "published_at", "discovered_at")
    state = state.sort(started, descending=True)
    return [
        BroadcastRow(
            **columns,
            account=account_names.get(account) or account,
            status=observation.status,
            freshness=broadcast_freshness(observation, now),
            from_feed=is_keyless(columns["platform"], source),
        )
        for columns, account, source, observation in zip(
            state.select(_ROW_COLUMNS).iter_rows(named=True),
            state["account"],
            state["source"],
            observations(state, tables.gaps),
            strict=True,
        )
    ]
