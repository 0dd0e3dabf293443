"""Editions on top of each other, by hours since each opening: this one thick, the others thin and grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.charts.downsample import Point, outside
from dashboard.charts.growth import ChartRequest
from dashboard.charts.panel import Panel, Stroke, panel_series
from dashboard.charts.partial_lines import partial_lines
from dashboard.charts.scale import scale
from dashboard.charts.theme import Spec, Theme
from dashboard.view_model.platforms import ordered
from storage.analysis.epoch import Span, instants, milliseconds
from storage.analysis.unseen import UnseenInterval, common_unseen, silences

_STEP_MINUTES = 15
_STEP_MS = _STEP_MINUTES * 60_000
_A_DAY = 24 * 60 // _STEP_MINUTES
_HEIGHT = 380
_TOP, _AXIS = 16, 34
_SIDE = {"en": 64, "fr": 68, "ar": 82}  # as in dashboard/charts/echarts.py
_LETTER, _LEAST_LABELS, _MOST_LABELS = 7.0, 120, 290  # pixels
_NARROW_EDGE, _NARROW = 14, 620
_DASHES = ("solid", "dashed", "dotted")


@dataclass(frozen=True, kw_only=True)
class EditionCurveSeries:
    """One edition's running sum: ``sums`` has ``minute`` and ``views``; ``chosen`` is drawn thick."""

    name: str
    opened_at: datetime
    ends_at: datetime
    sums: pl.DataFrame
    unseen: tuple[UnseenInterval, ...]
    platforms: Sequence[str]
    chosen: bool


def draw(courses: Sequence[EditionCurveSeries], look: Theme) -> ChartRequest | None:
    """Draw them up to a day after the longest; None when there is nothing to draw."""
    drawn = [(one, _points(one)) for one in courses]
    told = [(one, line) for one, line in drawn if any(value is not None for _, value in line)]
    if not told:
        return None
    longest = max((one.ends_at - one.opened_at).total_seconds() / 60 for one, _ in told)
    last = int(longest) // _STEP_MINUTES + _A_DAY
    strokes = [
        part
        for rank, (one, line) in _ranked(told)
        for part in _strokes(one, _within(line, last), rank, look)
    ]
    largest = max((v for s in strokes for _, v in s.points if v is not None), default=0.0)
    panel = Panel(caption="", height=_HEIGHT, scale=scale(largest), strokes=strokes)
    broken = any(value is None for _, line in told for _, value in line)
    values = "; ".join(s.label for s in strokes if s.label)
    return ChartRequest(
        spec=_spec(panel, look, last),
        height=_TOP + _HEIGHT + _AXIS,
        alt=look.words.say("editions.alt", values=look.words.isolate(values)),
        notes=tuple(
            look.words.say(key)
            for key, so in (
                ("editions.in_part", len(strokes) > len(told)),
                ("editions.broken", broken),
            )
            if so
        ),
    )


def _ranked(
    told: list[tuple[EditionCurveSeries, list[Point]]],
) -> list[tuple[int, tuple[EditionCurveSeries, list[Point]]]]:
    """The others first, numbered, and the chosen one last, so that it lies above them."""
    others = [pair for pair in told if not pair[0].chosen]
    return [*enumerate(others), *((0, pair) for pair in told if pair[0].chosen)]


def _points(one: EditionCurveSeries) -> list[Point]:
    """The last sum seen in each step since the opening; a null where a step or more was not seen."""
    gaps = _silent(one)
    told = one.sums.filter(pl.col("views").is_not_null())
    times, views = instants(told["minute"]), told["views"].to_list()
    kept = outside(times, gaps)
    opened = milliseconds(one.opened_at)
    stepped: dict[int, float | None] = {
        (int(at) - opened) // _STEP_MS: float(value)
        for at, value, seen in zip(times, views, kept, strict=True)
        if seen
    }
    for started, ended in gaps:
        stepped.setdefault(((started + ended) // 2 - opened) // _STEP_MS, None)
    return sorted((step, value) for step, value in stepped.items() if step >= 0)


def _within(line: list[Point], last: int) -> list[Point]:
    return [(at, value) for at, value in line if at <= last]


def _strokes(one: EditionCurveSeries, line: list[Point], rank: int, look: Theme) -> list[Stroke]:
    """The curve, and apart from it what was seen of it in part only, as a thinner dashed one."""
    told = [value for _, value in line if value is not None]
    label = (
        f"{look.words.isolate(one.name)} {look.words.compact(round(told[-1]))}" if told else None
    )
    whole = Stroke(
        name=one.name,
        color=look.ink.accent if one.chosen else look.ink.muted,
        points=line,
        label=label,
        width=3.6 if one.chosen else 1.6,
        dash="solid" if one.chosen else _DASHES[rank % len(_DASHES)],
    )
    partly = look.words.say("editions.partly", edition=look.words.isolate(one.name))
    return partial_lines(whole, _partly(one), partly)


def _silent(one: EditionCurveSeries) -> list[Span]:
    """When no platform of it was seen."""
    return common_unseen(silences(one.unseen, each) for each in ordered(one.platforms))


def _partly(one: EditionCurveSeries) -> list[Span]:
    """When some platform of it was not seen, but others were, in whole steps since the opening.

    The step in which it is seen again lies within: into it falls what came unseen.
    """
    opened, gaps = milliseconds(one.opened_at), _silent(one)
    return [
        ((part.started - opened) // _STEP_MS, (part.ended - opened) // _STEP_MS + 1)
        for part in one.unseen
        if part.platform in one.platforms
        and not any(start <= part.started and part.ended <= end for start, end in gaps)
    ]


def _spec(panel: Panel, look: Theme, last: int) -> Spec:
    ink, words = look.ink, look.words
    side = _SIDE[words.language]
    letters = max(len(stroke.label or "") for stroke in panel.strokes)
    labels = min(max(_LEAST_LABELS, round(letters * _LETTER) + 12), _MOST_LABELS)
    left, right = (labels, side) if look.mirrored else (side, labels)
    series = panel_series(panel, 0, look, 0)
    for one in series:
        one.pop("dimensions", None)
        if one.get("encode"):
            one["dimensions"] = ["at", "value", "text"]
        if "endLabel" in one:  # it may lie over another line
            one["endLabel"] |= {"textBorderColor": ink.page, "textBorderWidth": 4}
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
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": panel.scale.top,
            "interval": panel.scale.step,
            "position": "right" if look.mirrored else "left",
            "axisLabel": {"show": False},
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "splitLine": {"show": False},
        },
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "transitionDuration": 0,
            "axisPointer": {"type": "line", "lineStyle": {"color": ink.muted, "type": "dashed"}},
            "backgroundColor": ink.card,
            "borderColor": ink.rule,
            "textStyle": {"color": ink.text, "fontSize": 13},
        },
        "series": [*series, _days(last, look)],
        "media": [{"query": {"maxWidth": _NARROW}, "option": _narrow(series, look)}],
    }


def _label(step: int, look: Theme) -> str:
    hours, minutes = divmod(step * _STEP_MINUTES, 60)
    at = look.words.say("editions.at", hours=look.words.number(hours), minutes=f"{minutes:02}")
    return look.words.run(at)


def _days(last: int, look: Theme) -> Spec:
    """A line at the beginning of each day, named below the axis: a category axis cannot do it."""
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
    """On a phone the labels move inside, above the ends of their lines."""
    side = _SIDE[look.words.language] - 18
    left, right = (_NARROW_EDGE, side) if look.mirrored else (side, _NARROW_EDGE)
    inside = [
        {
            "id": one["id"],
            "endLabel": {
                "align": "left" if look.mirrored else "right",
                "verticalAlign": "bottom",
                "offset": [0, one["endLabel"]["offset"][1] - 6],
            },
        }
        for one in series
        if "endLabel" in one
    ]
    return {"grid": {"left": left, "right": right}, "series": inside}
