"""Compares an edition with the latest one before it that was measured, ready for JSON."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from storage.analysis.editions.audience_comparison import FollowedEdition, compare_audiences
from storage.analysis.editions.comparison import compare
from storage.analysis.editions.curve import EditionCurve, edition_curve
from storage.analysis.viewers.audience import Audience
from storage.read_model.reader import Published
from storage.reports.records import of_edition
from storage.tables.json_values import json_value


def compare_with_before(
    published: Published, row: Mapping[str, Any], followed: FollowedEdition, definition: pl.Expr
) -> dict[str, Any] | None:
    """Compare the edition of ``row``; ``None`` where no earlier one was measured.

    One was measured where an answer was stored, whether it told views or viewers.
    """
    before = _measured_before(published, row)
    if before is None:
        return None
    earlier = FollowedEdition(
        dataset=of_edition(published, before),
        starts_at=before["starts_at"],
        ends_at=before["ends_at"],
        now=followed.now,
    )
    comparison = compare(
        _curve(published, row["edition"], followed, definition),
        _curve(published, before["edition"], earlier, definition),
    )
    views = {
        name: {**json_value(side), "difference": side.difference, "ratio": side.ratio}
        for name in ("everything", "like_for_like")
        if (side := getattr(comparison, name))
    }
    audiences = compare_audiences(followed, earlier)
    viewers = {
        name: pair and {side: audience_figures(getattr(pair, side)) for side in ("now", "before")}
        for name in ("everything", "like_for_like")
        for pair in (getattr(audiences, name),)
    }
    hours = {"platforms": list(audiences.platforms), "hours": audiences.hours}
    return {**json_value(comparison), **views, "audience": {**viewers, **hours}}


def audience_figures(audience: Audience) -> dict[str, Any]:
    """Return an audience without its viewers over time."""
    peak = audience.peak
    figures = json_value(audience)
    del figures["viewers"]
    bounded = {"under_read": peak.under_read, "wide": peak.wide} if peak else {}
    return {**figures, "peak": {**json_value(peak), **bounded} if peak else None}


def _measured_before(published: Published, row: Mapping[str, Any]) -> dict[str, Any] | None:
    earlier = published.editions().filter(pl.col("starts_at") < row["starts_at"])
    rows = earlier.sort("starts_at", descending=True).iter_rows(named=True)
    return next((each for each in rows if published.edition_minutes(each["edition"]).height), None)


def _curve(
    published: Published, edition: str, followed: FollowedEdition, definition: pl.Expr
) -> EditionCurve:
    return edition_curve(
        edition,
        opened_at=followed.starts_at,
        ends_at=followed.ends_at,
        until=followed.now,
        edition_minutes=published.edition_minutes(edition),
        state=published.state(),
        segments=published.segments(),
        gaps=published.gaps(),
        definition=definition,
    )
