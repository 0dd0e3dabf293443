"""Editions side by side: curves by hours since the opening, milestones, and what made the difference. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel
from storage.analysis.edition_comparison import Comparison, PerVisitor, compare, per_visitor
from storage.analysis.edition_curve import EditionCurve, edition_curve
from storage.analysis.milestones import crossings
from storage.definitions import in_force, load
from storage.model import Reported


@dataclass(frozen=True, kw_only=True, slots=True)
class Milestone:
    """When a sum of views was passed, as it was seen: after one minute and before another.

    ``after`` None: it was there when first seen. ``before`` None: not reached. ``fell_at``: a
    correction took it below again, and ``stands`` says whether it is reached now.
    """

    views: int
    after: datetime | None
    before: datetime | None
    fell_at: datetime | None
    stands: bool


@dataclass(frozen=True, kw_only=True)
class EditionFigures:
    """One edition's figures. Measured ones are ours; reported ones are of press releases."""

    edition: EditionModel
    reported_views: Reported | None
    reported_visitors: Reported | None
    per_visitor: PerVisitor | None
    milestones: tuple[Milestone, ...]  # empty: nothing was measured
    hours: int  # whole hours from its opening to now, or to a few days after its end

    @property
    def measured(self) -> bool:
        """Whether any views were measured."""
        return bool(self.milestones)


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """All editions, newest first, and one of them beside an earlier one.

    ``comparison`` None: no other was measured. ``at_hour`` holds the sums of both at the last hour
    since the opening that both passed; None where one has none.
    """

    figures: tuple[EditionFigures, ...]
    now: EditionFigures | None
    before: EditionFigures | None
    comparison: Comparison | None
    hour: int
    at_hour: tuple[int | None, int | None]


def side_by_side(picture: DashboardModel, now: str, before: str | None) -> SideBySide:
    """Put edition ``now`` beside ``before``, or beside the latest earlier one that was measured."""
    rows = {row["edition"]: row for row in picture.tables.editions.iter_rows(named=True)}
    figures = tuple(_figures(one, rows[one.key], picture.built_at) for one in picture.editions)
    chosen = next((one for one in figures if one.edition.key == now), None)
    other = _other(figures, chosen, before)
    found, hour = None, 0
    if chosen and other and chosen.measured:
        found = compare(_course(chosen, picture), _course(other, picture))
        hour = min(chosen.hours, other.hours)
    return SideBySide(
        figures=figures,
        now=chosen,
        before=other,
        comparison=found,
        hour=hour,
        at_hour=(_at(chosen, hour), _at(other, hour)),
    )


def sums(edition: EditionModel) -> pl.DataFrame:
    """The running sum of all platforms: ``minute`` and ``views``."""
    return edition.curves.cumulative.filter(pl.col("platform").is_null()).select("minute", "views")


def by_hour(found: SideBySide) -> pl.DataFrame:
    """The sums as the curves have them: ``edition``, ``hour`` since its opening, ``views`` last seen in it."""
    parts = [
        sums(one.edition)
        .filter(pl.col("views").is_not_null())
        .with_columns(
            edition=pl.lit(one.edition.key),
            hour=(pl.col("minute") - pl.lit(one.edition.starts_at)).dt.total_seconds() // 3600,
        )
        .filter(pl.col("hour") >= 0)
        .group_by("edition", "hour", maintain_order=True)
        .agg(pl.col("views").last())
        for one in found.figures
        if one.measured
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_BY_HOUR)


_BY_HOUR = pl.Schema({"edition": pl.String, "hour": pl.Int64, "views": pl.Int64})


def _figures(edition: EditionModel, row: dict[str, Any], now: datetime) -> EditionFigures:
    told = sums(edition).filter(pl.col("views").is_not_null())
    passed = crossings(told) if told.height else None
    until = min(now, edition.until)
    return EditionFigures(
        edition=edition,
        reported_views=_reported(row, "views"),
        reported_visitors=_reported(row, "visitors"),
        per_visitor=per_visitor(row, edition.total.views),
        milestones=()
        if passed is None
        else tuple(
            Milestone(
                views=one["milestone"],
                after=one["after"],
                before=one["before"],
                fell_at=one["fell_at"],
                stands=one["stands"],
            )
            for one in passed.iter_rows(named=True)
        ),
        hours=max(0, int((until - edition.starts_at).total_seconds() // 3600)),
    )


def _reported(row: dict[str, Any], name: str) -> Reported | None:
    value = row[f"reported_{name}"]
    if value is None:
        return None
    sources: Sequence[str] = row[f"reported_{name}_sources"] or ()
    wording = row[f"reported_{name}_wording"] or ""
    return Reported(value=value, wording=wording, sources=tuple(sources))


def _other(
    figures: Sequence[EditionFigures], chosen: EditionFigures | None, asked: str | None
) -> EditionFigures | None:
    if chosen is None:
        return None
    measured = [one for one in figures if one.measured and one is not chosen]
    wanted = [one for one in measured if one.edition.key == asked]
    earlier = [one for one in measured if one.edition.starts_at < chosen.edition.starts_at]
    return next(iter([*wanted, *earlier]), None)


def _course(figures: EditionFigures, picture: DashboardModel) -> EditionCurve:
    edition, tables = figures.edition, picture.tables
    return edition_curve(
        edition.key,
        opened_at=edition.starts_at,
        until=picture.built_at,
        edition_minutes=edition.source,
        state=tables.state,
        segments=tables.segments,
        gaps=tables.gaps,
        definition=in_force(load()),
    )


def _at(figures: EditionFigures | None, hour: int) -> int | None:
    """The sum last seen by that hour since the opening."""
    if figures is None or not hour:
        return None
    limit = pl.lit(figures.edition.starts_at).dt.cast_time_unit("us") + pl.duration(hours=hour)
    told = sums(figures.edition).filter(pl.col("minute") < limit, pl.col("views").is_not_null())
    return told["views"][-1] if told.height else None
