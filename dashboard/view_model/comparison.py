"""Editions side by side: curves by hours since the opening, milestones, and what made the difference. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from dashboard.view_model.cache import Minutes
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.root import DashboardModel
from storage.analysis.dataset import build_dataset
from storage.analysis.editions.audience_comparison import (
    AudienceComparison,
    FollowedEdition,
    compare_audiences,
)
from storage.analysis.editions.comparison import Comparison, PerVisitor, compare, per_visitor
from storage.analysis.editions.curve import EditionCurve, edition_curve
from storage.analysis.first_sight import with_told_starts
from storage.analysis.viewers.audience import Audience
from storage.analysis.views.milestones import CROSSINGS, crossings, milestones
from storage.analysis.views.totals import matched
from storage.definitions import in_force, load
from storage.model import Reported


@dataclass(frozen=True, kw_only=True, slots=True)
class Milestone:
    """When a sum of views was passed, as it was observed: after one minute and before another."""

    views: int
    after: datetime | None  # None: it was there when first seen
    before: datetime | None  # None: not reached
    fell_at: datetime | None  # when a correction took it below again
    stands: bool  # whether it is reached now


@dataclass(frozen=True, kw_only=True)
class EditionFigures:
    """One edition's figures. Measured ones are ours; reported ones are of press releases."""

    edition: EditionModel
    reported_views: Reported | None
    reported_visitors: Reported | None
    per_visitor: PerVisitor | None
    milestones: tuple[Milestone, ...]  # empty: no views were told
    hours: int  # whole hours from its opening to now, or to a few days after its end

    @property
    def measured(self) -> bool:
        """Whether any answer about it was stored, of views or of viewers."""
        return not self.edition.minutes.is_empty()

    @property
    def tells_views(self) -> bool:
        """Whether views were told of it."""
        return bool(self.milestones)


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """All editions, newest first, and one of them beside an earlier one."""

    figures: tuple[EditionFigures, ...]
    now: EditionFigures | None
    before: EditionFigures | None
    comparison: Comparison | None  # None: no other was measured
    hour: int  # the last since the opening that both passed
    at_hour: tuple[int | None, int | None]  # the sums of both at that hour; None where one has none
    steps: tuple[int, ...] = ()  # the milestones, on the way to the target of ``now``


@dataclass(frozen=True, kw_only=True)
class Audiences:
    """The audience of one edition, and beside that of another; None: no other was measured."""

    now: Audience
    compared: AudienceComparison | None


def side_by_side(model: DashboardModel, now: str, before: str | None) -> SideBySide:
    """Put edition ``now`` beside ``before``, or beside the latest earlier one that was measured."""
    rows = {row["edition"]: row for row in model.tables.editions.iter_rows(named=True)}
    mine = next((edition for edition in model.editions if edition.key == now), None)
    steps = milestones(*(mine.target_views, mine.total.views) if mine else (None, None))
    figures = tuple(
        _figures(edition, rows[edition.key], model.built_at, steps) for edition in model.editions
    )
    chosen = next((entry for entry in figures if entry.edition.key == now), None)
    other = _other(figures, chosen, before)
    comparison, hour = None, 0
    if chosen and other and chosen.measured:
        comparison = compare(_curve(chosen.edition, model), _curve(other.edition, model))
        hour = min(chosen.hours, other.hours)
    return SideBySide(
        figures=figures,
        now=chosen,
        before=other,
        comparison=comparison,
        hour=hour,
        at_hour=(_sum_at(chosen, hour), _sum_at(other, hour)),
        steps=steps,
    )


def audiences(pair: SideBySide, model: DashboardModel, read: Minutes) -> Audiences | None:
    """Measure the audience of the chosen edition, beside that of the other; ``read`` gives minutes."""
    if pair.now is None:
        return None
    now = _followed(pair.now.edition, model, read)
    if pair.before is None:
        return Audiences(now=now.audience(), compared=None)
    compared = compare_audiences(now, _followed(pair.before.edition, model, read))
    return Audiences(now=compared.everything.now, compared=compared)


def sums(edition: EditionModel) -> pl.DataFrame:
    """Return the running sum of all platforms: ``minute`` and ``views``."""
    return edition.curves.cumulative.filter(pl.col("platform").is_null()).select("minute", "views")


def by_hour(comparison: SideBySide) -> pl.DataFrame:
    """Return the sums as the curves have them, a row per edition and hour (``_BY_HOUR``).

    ``hour`` counts from its opening; ``views`` is what was last observed in it.
    """
    parts = [
        sums(entry.edition)
        .with_columns(
            edition=pl.lit(entry.edition.key),
            hour=(pl.col("minute") - pl.lit(entry.edition.starts_at)).dt.total_seconds() // 3600,
        )
        .filter(pl.col("hour") >= 0)
        .group_by("edition", "hour", maintain_order=True)
        .agg(pl.col("views").last())
        for entry in comparison.figures
        if entry.tells_views
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_BY_HOUR)


_BY_HOUR = pl.Schema({"edition": pl.String, "hour": pl.Int64, "views": pl.Int64})


def _figures(
    edition: EditionModel, row: dict[str, Any], now: datetime, steps: Sequence[int]
) -> EditionFigures:
    running = sums(edition)
    passed = crossings(running, steps) if running.height else pl.DataFrame(schema=CROSSINGS)
    passed = passed.select("after", "before", "fell_at", "stands", views="milestone")
    until = min(now, edition.until)
    return EditionFigures(
        edition=edition,
        reported_views=_reported(row, "views"),
        reported_visitors=_reported(row, "visitors"),
        per_visitor=per_visitor(row, edition.total.views),
        milestones=tuple(Milestone(**columns) for columns in passed.iter_rows(named=True)),
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
    figures: Sequence[EditionFigures], chosen: EditionFigures | None, wanted: str | None
) -> EditionFigures | None:
    if chosen is None:
        return None
    measured = [entry for entry in figures if entry.measured and entry is not chosen]
    named = [entry for entry in measured if entry.edition.key == wanted]
    earlier = [entry for entry in measured if entry.edition.starts_at < chosen.edition.starts_at]
    return next(iter([*named, *earlier]), None)


def _curve(edition: EditionModel, model: DashboardModel) -> EditionCurve:
    tables = model.tables
    return edition_curve(
        edition.key,
        opened_at=edition.starts_at,
        ends_at=edition.ends_at,
        until=model.built_at,
        edition_minutes=edition.minutes,
        state=tables.state,
        segments=tables.segments,
        gaps=tables.gaps,
        definition=in_force(load()),
    )


def _followed(edition: EditionModel, model: DashboardModel, read: Minutes) -> FollowedEdition:
    tables = model.tables
    state = matched(tables.state, edition.key)
    broadcasts = state["broadcast"].to_list()
    dataset = build_dataset(
        state=state,
        minutes=read(broadcasts),
        gaps=tables.gaps,
        corrections=tables.corrections,
        segments=tables.segments,
    ).of_broadcasts(broadcasts)
    return FollowedEdition(
        dataset=with_told_starts(dataset, edition.starts_at),
        starts_at=edition.starts_at,
        ends_at=edition.ends_at,
        now=model.built_at,
    )


def _sum_at(figures: EditionFigures | None, hour: int) -> int | None:
    """Return the sum last observed by that hour since the opening."""
    if figures is None or not hour:
        return None
    limit = pl.lit(figures.edition.starts_at).dt.cast_time_unit("us") + pl.duration(hours=hour)
    passed = sums(figures.edition).filter(pl.col("minute") < limit)
    return passed["views"][-1] if passed.height else None
