"""Summary of an edition, its platforms, accounts and broadcasts: all from one pass over the minutes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import coverage_by_key
from storage.analysis.viewers.audience import Audience, AudienceFigures, audience, audiences
from storage.analysis.viewers.single_audiences import (
    on_air_seconds,
    silent_audience,
    single_audiences,
)
from storage.analysis.viewers.viewer_intervals import AddingViewers, hold_part
from storage.analysis.views.views_at import SUMS, Knowledge, TotalAt, sums, total_at
from storage.exports.published_tables import ExportTable, Progress
from storage.schema import UTC

ROWS_A_BATCH = 50_000
_LEVELS = ("edition", "platform", "account", "broadcast")
_HOUR = 3600
_NO_SUMS = {**dict.fromkeys(SUMS), "corrections": 0}

SUMMARY = pl.Schema(
    {
        "level": pl.String,
        "platform": pl.String,
        "account": pl.String,
        "broadcast": pl.String,
        "title": pl.String,
        "broadcasts": pl.Int64,
        "views": pl.Int64,
        "views_as_known_now": pl.Int64,
        "live_views": pl.Int64,
        "replay_views": pl.Int64,
        "oldest_told_at": UTC,
        "newest_told_at": UTC,
        "definitions": pl.String,
        "corrections": pl.Int64,
        "peak_viewers": pl.Int64,
        "peak_at": UTC,
        "peak_hardly_above": pl.Int64,
        "average_viewers": pl.Float64,
        "average_viewers_at_least": pl.Float64,
        "hours_watched": pl.Float64,
        "airtime_hours": pl.Float64,
        "seen_hours": pl.Float64,
        "viewers_coverage": pl.Float64,
        "doubtful_minutes": pl.Float64,
        "peak_viewers_without": pl.Int64,
        "average_viewers_without": pl.Float64,
        "hours_watched_without": pl.Float64,
        "coverage": pl.Float64,
    }
)


def summary(
    dataset: Dataset,
    until: datetime,
    *,
    looked_until: datetime,
    definition: pl.Expr,
    progress: Progress,
) -> ExportTable:
    """Return the edition, its platforms, accounts and broadcasts as of ``until``.

    Audience and coverage are up to ``looked_until``, some days after the edition's end at most.
    """
    totals = [
        total_at(dataset, until, knowledge=knowledge, definition=definition)
        for knowledge in Knowledge
    ]
    rows = _summary(dataset, totals, looked_until, progress)
    return ExportTable(name="summary", columns=SUMMARY, batches=rows)


def _summary(
    dataset: Dataset, totals: Sequence[TotalAt], until: datetime, progress: Progress
) -> Iterator[pl.DataFrame]:
    watched = _watched(dataset, until, progress)
    state = dataset.state.sort("platform", "account", "broadcast").with_columns(edition=pl.lit(""))
    named_by = ("platform", "account", "broadcast", "title")
    columns = dict(zip(_LEVELS, (named_by[:0], named_by[:1], named_by[:2], named_by), strict=True))
    rows: list[dict[str, Any]] = []
    for level, named in columns.items():
        covered = coverage_by_key(dataset.segments, dataset.gaps, until, _keys(dataset, level))
        views, views_now = (_sums_by(level, total) for total in totals)
        for names in state.unique(level, keep="first", maintain_order=True).to_dicts():
            key = names[level]
            rows.append(
                {
                    "level": level,
                    **{name: names[name] for name in named},
                    **_views(views.get(key, _NO_SUMS), views_now.get(key, _NO_SUMS)),
                    **watched[level][key],
                    "coverage": covered.get(key),
                }
            )
    for start in range(0, len(rows), ROWS_A_BATCH):
        yield pl.DataFrame(rows[start : start + ROWS_A_BATCH], schema=SUMMARY)


def _keys(dataset: Dataset, level: str) -> pl.DataFrame:
    """Return the key of each broadcast at a level; that of the edition is ""."""
    key = pl.lit("") if level == "edition" else pl.col(level)
    return dataset.state.select("broadcast", key=key)


def _watched(
    dataset: Dataset, until: datetime, progress: Progress
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the columns of the audience by level and key."""
    added = {level: AddingViewers(_keys(dataset, level)) for level in _LEVELS[:-1]}
    airtime = on_air_seconds(dataset, until)
    by_broadcast = {
        name: _viewers(silent_audience(airtime.get(name, 0.0)), airtime.get(name, 0.0) / _HOUR)
        for name in dataset.state["broadcast"]
    }
    doubtful: set[str] = set()
    done = 0
    for part in dataset.in_parts():
        held = hold_part(part, until=until)
        by_broadcast |= {
            name: _viewers(each, airtime.get(name, 0.0) / _HOUR)
            for name, each in single_audiences(held, airtime)
        }
        doubtful |= set(held.doubtful["broadcast"])
        for each in added.values():
            each.add(held)
        done += part.minutes["broadcast"].n_unique()
        progress(done, dataset.state.height)
    by_broadcast |= {
        name: _viewers(audience(each, until=until), airtime.get(name, 0.0) / _HOUR)
        for name, each in dataset.of_broadcasts(sorted(doubtful)).by_broadcast()
    }
    return {
        **{
            level: {
                key: _viewers(each, each.airtime_hours)
                for key, each in audiences(dataset, adding, until=until).items()
            }
            for level, adding in added.items()
        },
        "broadcast": by_broadcast,
    }


def _sums_by(level: str, total: TotalAt) -> dict[str, dict[str, Any]]:
    """Return the sums of the parts of a level, with how often their views fell; the key of the edition is ""."""
    falls = total.corrections.group_by("broadcast").agg(corrections=pl.len())
    parts = total.parts.join(falls, on="broadcast", how="left").with_columns(edition=pl.lit(""))
    fallen = parts.group_by(level).agg(pl.col("corrections").sum())
    rows = sums(parts, level).join(fallen, on=level, how="left", nulls_equal=True)
    return {row[level]: row for row in rows.iter_rows(named=True)}


def _views(views: dict[str, Any], views_now: dict[str, Any]) -> dict[str, Any]:
    names = ("broadcasts", "views", "live_views", "replay_views", "oldest_told_at")
    return {
        **{name: views[name] for name in (*names, "newest_told_at")},
        "views_as_known_now": views_now["views"],
        "definitions": "; ".join(views["definitions"] or ()) or None,
        "corrections": views["corrections"],
    }


def _viewers(watched: AudienceFigures, airtime_hours: float) -> dict[str, Any]:
    peak = watched.peak
    doubtful = watched.doubtful if isinstance(watched, Audience) else None
    without = doubtful.without if doubtful else None
    return {
        "peak_viewers": peak.viewers if peak else None,
        "peak_at": peak.at if peak else None,
        "peak_hardly_above": peak.hardly_above if peak else None,
        "average_viewers": watched.average,
        "average_viewers_at_least": watched.average_at_least,
        "hours_watched": watched.hours_watched,
        "airtime_hours": airtime_hours,
        "seen_hours": watched.seen_hours,
        "viewers_coverage": watched.coverage,
        "doubtful_minutes": doubtful.minutes if doubtful else 0.0,
        "peak_viewers_without": without.peak.viewers if without and without.peak else None,
        "average_viewers_without": without.average if without else None,
        "hours_watched_without": without.hours_watched if without else None,
    }
