"""Views gained per minute: the pace, which says what a sum hides."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl

from dashboard.charts.downsample import thin
from dashboard.charts.panel import Panel, PanelContext, Stroke, time_panel, time_span
from dashboard.charts.theme import color
from dashboard.view_model.platforms import name, ordered
from storage.analysis.epoch import instants
from storage.analysis.unseen import MINUTE_MS, UnseenInterval, join_unseen

_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360)


def width_minutes(minutes: int, points: int) -> int:
    """Return the narrowest of the round bin widths that shows ``minutes`` in at most ``points`` bins."""
    return next((width for width in _WIDTHS if minutes <= width * points), _WIDTHS[-1])


def average(rates: pl.DataFrame, *, width: int) -> pl.DataFrame:
    """Average ``rates`` (minute, platform, views_per_minute, minutes) over bins of ``width`` minutes.

    Weighted by the minutes each rate stands for. A bin without any rate has no row. Falls stay in:
    the average of a bin with a correction is what it is, and drawn no lower than zero.
    """
    return (
        rates.filter(pl.col("platform").is_not_null() & pl.col("views_per_minute").is_not_null())
        .with_columns(minute=pl.col("minute").dt.truncate(f"{width}m"))
        .group_by("platform", "minute")
        .agg(_weighted_mean())
        .sort("platform", "minute")
    )


def settled_until(rates: pl.DataFrame, unseen: Sequence[UnseenInterval]) -> pl.DataFrame:
    """Replace the rates of each unseen stretch by their mean over all of it.

    While a part is not seen the sum grows too slowly, and in the minute of its return by all that
    was missed: neither is a pace. Of a stretch that lasts there is no rate yet.
    """
    settled = rates.select("minute", "platform", "views_per_minute", "minutes")
    for platform in {interval.platform for interval in unseen}:
        for interval in join_unseen(unseen, platform):
            since, until = (datetime.fromtimestamp(at / 1000, UTC) for at in interval.span)
            inside = (
                (pl.col("platform") == platform)
                & (pl.col("minute") > since)
                & (pl.col("minute") <= until)
            ).fill_null(value=False)
            rows = settled.filter(inside)
            settled = settled.filter(~inside)
            if rows.height and not interval.ongoing:
                mean = rows.group_by("platform").agg(
                    pl.col("minute").max(), _weighted_mean(), pl.col("minutes").sum()
                )
                settled = pl.concat([settled, mean.select(settled.columns)])
    return settled.sort("minute", "platform")


def _weighted_mean() -> pl.Expr:
    """Return the mean of the rates, each counting by the minutes it stands for."""
    weight = pl.col("minutes").cast(pl.Float64)
    return (pl.col("views_per_minute") * weight).sum() / weight.sum()


def panel(rates: pl.DataFrame, context: PanelContext) -> Panel:
    """Draw ``rates`` (minute, platform, views_per_minute, minutes), one line per platform."""
    look, words, unseen = context.look, context.look.words, context.unseen
    start, end = time_span(rates["minute"])
    width = width_minutes((end - start) // MINUTE_MS + 1, context.points)
    bins = average(settled_until(rates, unseen), width=width)
    platforms = ordered(bins["platform"].unique())
    strokes: list[Stroke] = []
    for platform in platforms:
        mine = bins.filter(pl.col("platform") == platform)
        values = np.maximum(mine["views_per_minute"].to_numpy().astype(np.float64), 0)
        gaps = [interval.span for interval in join_unseen(unseen, platform)]
        strokes.append(
            Stroke(
                name=words.say("chart.rate_of", platform=words.isolate(name(platform))),
                color=color(platform, dark=look.dark, among=platforms),
                points=thin(instants(mine["minute"]), values, gaps=gaps, points=context.points),
                label=name(platform) if len(platforms) > 1 else None,
                width=1.6,
                fill=len(platforms) == 1,
            )
        )
    key = "chart.unit_rate" if width == 1 else "chart.unit_rate_averaged"
    caption = words.say(key, minutes=words.number(width))
    return time_panel(context, caption, strokes, rates["minute"])
