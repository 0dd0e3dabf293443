"""Views gained per minute: the pace, which says what a sum hides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from dashboard.charts.colors import color
from dashboard.charts.downsample import thin
from dashboard.charts.gaps import Band, band_areas
from dashboard.charts.panel import Panel, Stroke
from dashboard.charts.scale import scale
from dashboard.charts.theme import Theme
from dashboard.view_model.platforms import name, ordered
from storage.analysis.epoch import instants
from storage.analysis.unseen import UnseenInterval, join_unseen

_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360)


def width_minutes(minutes: int, points: int) -> int:
    """The narrowest of the round bin widths that shows ``minutes`` in at most ``points`` bins."""
    return next((w for w in _WIDTHS if minutes <= w * points), _WIDTHS[-1])


def average(rates: pl.DataFrame, *, width: int) -> pl.DataFrame:
    """Average ``rates`` (minute, platform, views_per_minute, minutes) over bins of ``width`` minutes.

    Weighted by the minutes each rate stands for. A bin without any rate has no row. Falls stay in:
    the average of a bin with a correction is what it is, and drawn no lower than zero.
    """
    weight = pl.col("minutes").cast(pl.Float64)
    return (
        rates.filter(pl.col("platform").is_not_null() & pl.col("views_per_minute").is_not_null())
        .with_columns(minute=pl.col("minute").dt.truncate(f"{width}m"))
        .group_by("platform", "minute")
        .agg(views_per_minute=(pl.col("views_per_minute") * weight).sum() / weight.sum())
        .sort("platform", "minute")
    )


def settled_until(rates: pl.DataFrame, unseen: Sequence[UnseenInterval]) -> pl.DataFrame:
    """Replace the rates of each unseen stretch by their mean over the whole of it.

    While a part is not seen the sum grows too slowly, and in the minute of its return by all that
    was missed: neither is a pace. Of a stretch that lasts there is no rate yet.
    """
    kept = rates.select("minute", "platform", "views_per_minute", "minutes")
    for platform in {one.platform for one in unseen}:
        for one in join_unseen(unseen, platform):
            since, until = (datetime.fromtimestamp(at / 1000, UTC) for at in one.span)
            inside = (
                (pl.col("platform") == platform)
                & (pl.col("minute") > since)
                & (pl.col("minute") <= until)
            ).fill_null(value=False)
            rows = kept.filter(inside)
            kept = kept.filter(~inside)
            if rows.height and not one.ongoing:
                weight = pl.col("minutes").cast(pl.Float64)
                mean = rows.group_by("platform").agg(
                    pl.col("minute").max(),
                    (pl.col("views_per_minute") * weight).sum() / weight.sum(),
                    pl.col("minutes").sum(),
                )
                kept = pl.concat([kept, mean.select(kept.columns)])
    return kept.sort("minute", "platform")


def panel(
    rates: pl.DataFrame,
    look: Theme,
    *,
    unseen: Sequence[UnseenInterval],
    found_bands: Sequence[Band],
    until: datetime,
    points: int,
    height: int,
) -> Panel:
    """Draw ``rates`` (minute, platform, views_per_minute, minutes), one line per platform."""
    words = look.words
    first, last = _ends(rates)
    width = width_minutes(int((last - first).total_seconds() // 60) + 1, points)
    bins = average(settled_until(rates, unseen), width=width)
    platforms = ordered(bins["platform"].unique())
    strokes: list[Stroke] = []
    for platform in platforms:
        mine = bins.filter(pl.col("platform") == platform)
        values = np.maximum(mine["views_per_minute"].to_numpy().astype(np.float64), 0)
        drawn = thin(
            instants(mine["minute"]),
            values,
            gaps=[one.span for one in join_unseen(unseen, platform)],
            points=points,
        )
        shade = color(platform, dark=look.dark, among=platforms)
        label = name(platform) if len(platforms) > 1 else None
        strokes.append(
            Stroke(
                name=words.say("chart.rate_of", platform=words.isolate(name(platform))),
                color=shade,
                points=drawn,
                label=label,
                width=1.6,
                fill=len(platforms) == 1,
            )
        )
    largest = max((v for s in strokes for _, v in s.points if v is not None), default=0.0)
    key = "chart.unit_rate" if width == 1 else "chart.unit_rate_averaged"
    start, end = int(first.timestamp() * 1000), int(last.timestamp() * 1000)
    return Panel(
        caption=words.say(key, minutes=words.number(width)),
        height=height,
        scale=scale(largest),
        strokes=strokes,
        areas=band_areas(
            found_bands, look, start=start, end=end, shift=look.shift(until), worded=False
        ),
    )


def _ends(rates: pl.DataFrame) -> tuple[datetime, datetime]:
    first, last = rates["minute"].min(), rates["minute"].max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        epoch = datetime.fromtimestamp(0, UTC)
        return epoch, epoch + timedelta(minutes=1)
    return first, last
