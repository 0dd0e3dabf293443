"""Views as they add up: a line per platform, their sum, gaps, corrections and the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from dashboard.charts.downsample import Point, thin
from dashboard.charts.panel import Panel, PanelContext, Stroke, partial_lines, time_panel
from dashboard.charts.scale import scale
from dashboard.charts.theme import Spec, Theme, color
from dashboard.view_model.platforms import name, ordered
from storage.analysis.epoch import instants, milliseconds
from storage.analysis.unseen import UnseenInterval, common_unseen, partly, silences

_NOTED = 3  # corrections with words; the others are in the table
NOTED_SHARE = 0.005  # of the axis; smaller falls would be specks
_TARGET_IN_RANGE = 0.75


def panel(
    cumulative: pl.DataFrame,
    context: PanelContext,
    *,
    corrections: pl.DataFrame,
    target: int | None,
) -> Panel:
    """Draw ``cumulative`` (minute, platform, views); rows without platform are the sum.

    ``corrections`` are counters that fell (platform, metric, observed_at, before, after). A target
    that is nearly reached makes the scale hold it; one further off is not drawn.
    """
    look, unseen, points = context.look, context.unseen, context.points
    parts = {key: part for (key, *_), part in cumulative.group_by("platform")}
    platforms = ordered(key for key in parts if isinstance(key, str))
    falls = corrections.filter(pl.col("metric") == "views")
    largest = float(cumulative["views"].max() or 0)  # pyright: ignore[reportArgumentType]  # polars types max() as any literal
    if target is not None and largest < target and largest >= target * _TARGET_IN_RANGE:
        largest = float(target)
    measure = scale(largest)
    strokes: list[Stroke] = []
    for platform in platforms:
        moments = _moments(falls.filter(pl.col("platform") == platform))
        silent = silences(unseen, platform)
        curve = _thinned(parts[platform], gaps=silent, moments=moments, points=points)
        line = Stroke(
            name=name(platform),
            color=color(platform, dark=look.dark, among=platforms),
            points=curve,
            label=end_label(name(platform), curve, look),
        )
        rest = look.words.say("chart.in_part", platform=look.words.isolate(name(platform)))
        strokes += partial_lines(line, partly(unseen, platform), rest)
    if None in parts and len(platforms) > 1:
        total = sum_strokes(parts[None], platforms, look, unseen=unseen, falls=falls, points=points)
        strokes = [*total, *strokes]
    return time_panel(
        context,
        look.words.say("chart.unit_views"),
        strokes,
        cumulative["minute"],
        measure=measure,
        lines=target_line(target, measure.top, look),
        spots=_spots(falls, parts, measure.top, look, look.shift(context.until)),
    )


def alt(latest: Mapping[str, int], look: Theme, as_of: str, *, key: str = "alt_views") -> str:
    """Return the chart in a sentence, with the newest value of each platform."""
    words = look.words
    values = "; ".join(f"{name(p)} {words.number(latest[p])}" for p in ordered(latest))
    return words.say(f"chart.{key}", values=words.isolate(values), at=words.isolate(as_of))


def _thinned(
    part: pl.DataFrame, *, gaps: list[tuple[int, int]], moments: list[int], points: int
) -> list[Point]:
    values = part["views"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return thin(instants(part["minute"]), values, gaps=gaps, corrections=moments, points=points)


def sum_strokes(
    total: pl.DataFrame,
    platforms: Sequence[str],
    look: Theme,
    *,
    unseen: Sequence[UnseenInterval],
    falls: pl.DataFrame,
    points: int,
) -> list[Stroke]:
    """Draw the sum: solid where every platform was seen, dashed where a part of it was not.

    ``total`` has ``minute`` and ``views``; the curve is thinned to about ``points`` points.
    """
    words = look.words
    silent = common_unseen(silences(unseen, platform) for platform in platforms)
    curve = _thinned(total, gaps=silent, moments=_moments(falls), points=points)
    line = Stroke(
        name=words.say("chart.sum"),
        color=look.ink.text,
        points=curve,
        label=end_label(words.say("chart.sum"), curve, look),
        width=3.2,
    )
    spans = [interval.span for interval in unseen if interval.platform in platforms]
    return partial_lines(line, spans, words.say("chart.sum_partial"))


def end_label(text: str, curve: Sequence[Point], look: Theme) -> str | None:
    """Return a curve's name with its last value; None where it has none."""
    last = next((value for _, value in reversed(curve) if value is not None), None)
    if last is None:
        return None
    return f"{look.words.isolate(text)} {look.words.compact(round(last))}"


def _moments(falls: pl.DataFrame) -> list[int]:
    return [milliseconds(at) for at in falls["observed_at"]]


def target_line(target: int | None, top: float, look: Theme) -> list[Spec]:
    """Return the target as a dashed line across; none where it is above ``top``."""
    if target is None or target > top:
        return []
    ink, words = look.ink, look.words
    label = words.say("chart.target", target=words.isolate(words.compact_tick(target)))
    return [
        {
            "yAxis": target,
            "lineStyle": {"color": ink.accent, "width": 1.5, "type": "dashed"},
            "label": {
                "position": "insideStartTop",
                "formatter": words.run(label),
                "color": ink.accent,
                "textBorderColor": ink.page,  # an annotation's line may run through it
                "textBorderWidth": 3,
                "fontWeight": 600,
                "fontSize": look.size(12),
            },
        }
    ]


def _spots(
    falls: pl.DataFrame, parts: Mapping[object, pl.DataFrame], top: float, look: Theme, shift: int
) -> list[Spec]:
    """Mark the largest corrections, each named at the foot of its fall."""
    ink, words = look.ink, look.words
    sized = falls.with_columns(fall=pl.col("before") - pl.col("after"))
    large = sized.filter(pl.col("fall") >= top * NOTED_SHARE).sort("fall", descending=True)
    spots: list[Spec] = []
    for row in large.head(_NOTED).iter_rows(named=True):
        part = parts.get(row["platform"])
        if part is None:
            continue
        since = part.filter(pl.col("minute") >= row["observed_at"].replace(second=0, microsecond=0))
        if since.is_empty() or since["views"][0] is None:
            continue
        text = words.say("chart.correction", change=words.signed(-row["fall"]))
        spots.append(
            {
                "coord": [milliseconds(since["minute"][0]) + shift, since["views"][0]],
                "symbol": "triangle",
                "symbolRotate": 180,
                "symbolSize": 9,
                "symbolOffset": [0, 8],
                "itemStyle": {"color": ink.warn},
                "label": {
                    "show": True,
                    "position": "bottom",
                    "formatter": words.run(text),
                    "color": ink.warn,
                    "fontSize": look.size(12),
                    "fontWeight": 600,
                    "textBorderColor": ink.page,
                    "textBorderWidth": 3,
                },
            }
        )
    return spots


@dataclass(frozen=True, kw_only=True, slots=True)
class Fall:
    """A platform took ``views`` back; seen at ``at``."""

    platform: str
    views: int
    at: datetime


def largest_falls(corrections: pl.DataFrame) -> list[Fall]:
    """Return the falls of views, the largest first."""
    ordered = (
        corrections.filter(pl.col("metric") == "views")
        .with_columns(fall=pl.col("before") - pl.col("after"))
        .sort("fall", descending=True)
    )
    rows = ordered.select("platform", "fall", "observed_at").iter_rows()
    return [Fall(platform=platform, views=views, at=at) for platform, views, at in rows]


def fall_sentence(fall: Fall, look: Theme) -> str:
    """Say the fall in words: whose, by how much, and when it was seen."""
    words = look.words
    return words.say(
        "chart.correction_line",
        platform=words.isolate(name(fall.platform)),
        change=words.signed(-fall.views),
        day=words.day(fall.at),
        at=words.isolate(words.clock(fall.at)),
    )
