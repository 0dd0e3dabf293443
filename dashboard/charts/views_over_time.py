"""Views as they add up: a line per platform, their sum, gaps, corrections and the target."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from dashboard.charts.colors import color
from dashboard.charts.downsample import Point, thin
from dashboard.charts.gaps import Band, band_areas
from dashboard.charts.panel import Panel, Stroke
from dashboard.charts.partial_lines import partial_lines
from dashboard.charts.scale import scale
from dashboard.charts.theme import Spec, Theme
from dashboard.view_model.platforms import name, ordered
from storage.analysis.epoch import instants, milliseconds
from storage.analysis.unseen import UnseenInterval, common_unseen, partly, silences

_NOTED = 3  # corrections with words; the others are in the table
NOTED_SHARE = 0.005  # of the axis; smaller falls would be specks
_TARGET_IN_RANGE = 0.75


def panel(
    cumulative: pl.DataFrame,
    look: Theme,
    *,
    unseen: Sequence[UnseenInterval],
    corrections: pl.DataFrame,
    found_bands: Sequence[Band],
    target: int | None,
    until: datetime,
    points: int,
    height: int,
) -> Panel:
    """Draw ``cumulative`` (minute, platform, views); rows without platform are the sum."""
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
        drawn = _thinned(parts[platform], gaps=silent, moments=moments, points=points)
        shade = color(platform, dark=look.dark, among=platforms)
        line = Stroke(
            name=name(platform), color=shade, points=drawn, label=_end_label(name(platform), drawn, look)
        )  # fmt: skip
        shown = look.words.say("chart.in_part", platform=look.words.isolate(name(platform)))
        strokes += partial_lines(line, partly(unseen, platform), shown)
    if None in parts and len(platforms) > 1:
        total = sum_strokes(parts[None], platforms, look, unseen=unseen, falls=falls, points=points)
        strokes = [*total, *strokes]
    start, end = _ends(cumulative)
    return Panel(
        caption=look.words.say("chart.unit_views"),
        height=height,
        scale=measure,
        strokes=strokes,
        areas=band_areas(found_bands, look, start=start, end=end, shift=look.shift(until)),
        lines=target_line(target, measure.top, look),
        spots=_spots(falls, parts, measure.top, look, look.shift(until)),
    )


def alt(latest: Mapping[str, int], look: Theme, as_of: str, *, key: str = "alt_views") -> str:
    """The chart in a sentence, with the newest value of each platform."""
    words = look.words
    told = "; ".join(f"{name(p)} {words.number(latest[p])}" for p in ordered(latest))
    return words.say(f"chart.{key}", values=words.isolate(told), at=words.isolate(as_of))


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
    """The sum: solid where every platform was seen, dashed where a part of it was not."""
    words = look.words
    silent = common_unseen(silences(unseen, platform) for platform in platforms)
    drawn = _thinned(total, gaps=silent, moments=_moments(falls), points=points)
    whole = Stroke(
        name=words.say("chart.sum"),
        color=look.ink.text,
        points=drawn,
        label=_end_label(words.say("chart.sum"), drawn, look),
        width=3.2,
    )
    spans = [one.span for one in unseen if one.platform in platforms]
    return partial_lines(whole, spans, words.say("chart.sum_partial"))


def _end_label(text: str, drawn: Sequence[Point], look: Theme) -> str | None:
    told = [value for _, value in drawn if value is not None]
    return f"{look.words.isolate(text)} {look.words.compact(round(told[-1]))}" if told else None


def _ends(cumulative: pl.DataFrame) -> tuple[int, int]:
    times = instants(cumulative["minute"])
    return (int(times.min()), int(times.max())) if len(times) else (0, 0)


def _moments(falls: pl.DataFrame) -> list[int]:
    return [milliseconds(at) for at in falls["observed_at"]]


def target_line(target: int | None, top: float, look: Theme) -> list[Spec]:
    """The target as a dashed line across, where it is in range."""
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
    """The largest corrections, each named at the foot of its fall."""
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
