"""Editions on top of each other, by hours since each opening: this one thick, the others thin and grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.charts.downsample import Point, outside
from dashboard.charts.echarts import SIDE, tooltip, value_axis
from dashboard.charts.growth import ChartRequest
from dashboard.charts.panel import Panel, Stroke, largest_value, panel_series, partial_lines
from dashboard.charts.scale import scale
from dashboard.charts.theme import Spec, Theme
from dashboard.charts.views_over_time import end_label
from dashboard.view_model.platforms import ordered
from storage.analysis.epoch import Span, instants, milliseconds
from storage.analysis.unseen import UnseenInterval, common_unseen, silences

_STEP_MINUTES = 15
_STEP_MS = _STEP_MINUTES * 60_000
_A_DAY = 24 * 60 // _STEP_MINUTES
_HEIGHT = 380
_TOP, _AXIS = 16, 34
_LETTER, _LEAST_LABELS, _MOST_LABELS = 7.0, 120, 290  # pixels
_NARROW_EDGE, _NARROW = 14, 620
_DASHES = ("solid", "dashed", "dotted")


@dataclass(frozen=True, kw_only=True)
class EditionCurveSeries:
    """One edition's running sum: ``sums`` has ``minute`` (UTC) and ``views``; ``chosen`` is thick."""

    name: str
    opened_at: datetime
    ends_at: datetime
    sums: pl.DataFrame
    unseen: tuple[UnseenInterval, ...]
    platforms: Sequence[str]
    chosen: bool


def draw(
    courses: Sequence[EditionCurveSeries], look: Theme, *, of_viewers: bool = False
) -> ChartRequest | None:
    """Draw them up to a day after the longest; None when there is nothing to draw.

    ``of_viewers``: they are viewers, which do not add up.
    """
    lines = [(course, _points(course)) for course in courses]
    pairs = [(course, line) for course, line in lines if _values(line)]
    if not pairs:
        return None
    longest = max((course.ends_at - course.opened_at).total_seconds() / 60 for course, _ in pairs)
    last = int(longest) // _STEP_MINUTES + _A_DAY
    strokes = [
        part
        for rank, (course, line) in _ranked(pairs)
        for part in _strokes(course, [point for point in line if point[0] <= last], rank, look)
    ]
    measure = scale(largest_value(strokes))
    panel = Panel(caption="", height=_HEIGHT, scale=measure, strokes=strokes)
    values = "; ".join(stroke.label for stroke in strokes if stroke.label)
    notes = {
        "editions.in_part": len(strokes) > len(pairs) and not of_viewers,
        "editions.broken": any(value is None for _, line in pairs for _, value in line),
    }
    return ChartRequest(
        spec=_spec(panel, look, last),
        height=_TOP + _HEIGHT + _AXIS,
        alt=look.words.say(
            "editions.viewers_alt" if of_viewers else "editions.alt",
            values=look.words.isolate(values),
        ),
        notes=tuple(look.words.say(key) for key, applies in notes.items() if applies),
    )


def _values(line: Sequence[Point]) -> list[float]:
    return [value for _, value in line if value is not None]


def _ranked(
    pairs: list[tuple[EditionCurveSeries, list[Point]]],
) -> list[tuple[int, tuple[EditionCurveSeries, list[Point]]]]:
    """Put the others first, numbered, and the chosen one last, so that it lies above them."""
    others = [pair for pair in pairs if not pair[0].chosen]
    return [*enumerate(others), *((0, pair) for pair in pairs if pair[0].chosen)]


def _points(course: EditionCurveSeries) -> list[Point]:
    """Return the last sum seen in each step since the opening; null where a step was not seen.

    Points are numbers of steps since the opening with a sum of views.
    """
    gaps, opened = _silent(course), milliseconds(course.opened_at)
    sums = course.sums.filter(pl.col("views").is_not_null())
    times, views = instants(sums["minute"]), sums["views"].to_list()
    stepped: dict[int, float | None] = {
        (int(at) - opened) // _STEP_MS: float(value)
        for at, value, counts in zip(times, views, outside(times, gaps), strict=True)
        if counts
    }
    for started, ended in gaps:
        stepped.setdefault(((started + ended) // 2 - opened) // _STEP_MS, None)
    return sorted((step, value) for step, value in stepped.items() if step >= 0)


def _strokes(course: EditionCurveSeries, line: list[Point], rank: int, look: Theme) -> list[Stroke]:
    """Return the curve, and apart from it what was seen of it in part only, thinner and dashed."""
    stroke = Stroke(
        name=course.name,
        color=look.ink.accent if course.chosen else look.ink.muted,
        points=line,
        label=end_label(course.name, line, look),
        width=3.6 if course.chosen else 1.6,
        dash="solid" if course.chosen else _DASHES[rank % len(_DASHES)],
    )
    partly = look.words.say("editions.partly", edition=look.words.isolate(course.name))
    return partial_lines(stroke, _partly(course), partly)


def _silent(course: EditionCurveSeries) -> list[Span]:
    """Return when no platform of it was seen."""
    return common_unseen(silences(course.unseen, each) for each in ordered(course.platforms))


def _partly(course: EditionCurveSeries) -> list[Span]:
    """Return when some platform of it was not seen, but others were, in steps since the opening.

    The step in which it is seen again lies within: into it falls what came unseen.
    """
    opened, gaps = milliseconds(course.opened_at), _silent(course)
    return [
        ((part.started - opened) // _STEP_MS, (part.ended - opened) // _STEP_MS + 1)
        for part in course.unseen
        if part.platform in course.platforms
        and not any(start <= part.started and part.ended <= end for start, end in gaps)
    ]


def _spec(panel: Panel, look: Theme, last: int) -> Spec:
    ink, side = look.ink, SIDE[look.words.language]
    letters = max(len(stroke.label or "") for stroke in panel.strokes)
    labels = min(max(_LEAST_LABELS, round(letters * _LETTER) + 12), _MOST_LABELS)
    left, right = (labels, side) if look.mirrored else (side, labels)
    series = panel_series(panel, 0, look, 0)
    for curve in series:
        curve.pop("dimensions", None)
        if curve.get("encode"):
            curve["dimensions"] = ["at", "value", "text"]
        if "endLabel" in curve:  # it may lie over another line
            curve["endLabel"] |= {"textBorderColor": ink.page, "textBorderWidth": 4}
    return {
        "animation": False,
        "grid": {"left": left, "right": right, "top": _TOP, "height": panel.height},
        "xAxis": {
            "type": "category",
            "data": [_label(step, look) for step in range(last + 1)],
            "inverse": look.mirrored,
            "boundaryGap": False,
            "axisLine": {"lineStyle": {"color": ink.muted}},
            "axisTick": {"show": False},
            "axisLabel": {"show": False},
            "splitLine": {"show": False},
        },
        "yAxis": value_axis(0, panel.scale, look),
        "tooltip": tooltip(look),
        "series": [*series, _days(last, look)],
        "media": [{"query": {"maxWidth": _NARROW}, "option": _narrow(series, look)}],
    }


def _label(step: int, look: Theme) -> str:
    hours, minutes = divmod(step * _STEP_MINUTES, 60)
    at = look.words.say("editions.at", hours=look.words.number(hours), minutes=f"{minutes:02}")
    return look.words.run(at)


def _days(last: int, look: Theme) -> Spec:
    """Draw a line at the beginning of each day, named below the axis: no category axis does it."""
    ink, words = look.ink, look.words
    marks: list[Spec] = [
        {
            "xAxis": step,
            "lineStyle": {"color": ink.rule, "width": 1, "type": "solid"},
            "label": {
                "position": "start",
                "formatter": words.run(
                    words.say("editions.day", count=words.number(step // _A_DAY + 1))
                ),
                "color": ink.muted,
                "fontSize": 12,
                "distance": 8,
                "align": "left" if not look.mirrored else "right",
            },
        }
        for step in range(0, last, _A_DAY)
    ]
    return {
        "id": "days",
        "type": "line",
        "silent": True,
        "data": [],
        "tooltip": {"show": False},
        "markLine": {"silent": True, "z": 1, "symbol": "none", "animation": False, "data": marks},
    }


def _narrow(series: Sequence[Spec], look: Theme) -> Spec:
    """Return the phone's changes: the labels move inside, above the ends of their lines."""
    side = SIDE[look.words.language] - 18
    left, right = (_NARROW_EDGE, side) if look.mirrored else (side, _NARROW_EDGE)
    inside = [
        {
            "id": curve["id"],
            "endLabel": {
                "align": "left" if look.mirrored else "right",
                "verticalAlign": "bottom",
                "offset": [0, curve["endLabel"]["offset"][1] - 6],
            },
        }
        for curve in series
        if "endLabel" in curve
    ]
    return {"grid": {"left": left, "right": right}, "series": inside}
