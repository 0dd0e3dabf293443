"""The sum so far, and where it may go: a dashed band of which 8 in 10 hold what comes.

The solid line ends where the newest count does; what follows is drawn apart from it, and dashed.
"""

from dataclasses import replace

from dashboard.charts.echarts import figure, height
from dashboard.charts.growth import ChartRequest, CurveData
from dashboard.charts.panel import Panel, Stroke
from dashboard.charts.scale import scale
from dashboard.charts.theme import Spec, Theme
from dashboard.charts.views_over_time import sum_strokes, target_line
from dashboard.view_model.platforms import ordered
from storage.analysis.epoch import instants, milliseconds
from storage.analysis.forecast.result import Forecast

_BODY = 360
_POINTS = 400
_NEAR = 1.6  # a target further above what may come would flatten the curve


def draw(trace: CurveData, found: Forecast, look: Theme) -> ChartRequest:
    """Draw the sum of ``trace``, which ends with the picture, and the forecast from there on."""
    ink, words = look.ink, look.words
    total = trace.cumulative.filter(trace.cumulative["platform"].is_null())
    usual = next(one for one in found.ranges if one.level == 0.8)  # noqa: PLR2004 - 8 in 10
    target = found.target.target if found.target else None
    largest = float(max(usual.high, found.views))
    if target is not None and largest < target <= _NEAR * largest:
        largest = float(target)
    measure = scale(largest)
    seen = [
        replace(one, label=None)
        for one in sum_strokes(
            total,
            ordered(trace.cumulative["platform"].drop_nulls()),
            look,
            unseen=trace.unseen,
            falls=trace.corrections.filter(trace.corrections["metric"] == "views"),
            points=_POINTS,
        )
    ]
    to_come = [
        Stroke(
            name=words.say(f"forecast.chart_{key}"),
            points=_points(found, column),
            label=f"{words.isolate(words.say(f'forecast.chart_{key}_short'))} {words.compact(value)}",
            color=ink.accent,
            dash="dashed",
            width=width,
        )
        for key, column, value, width in (
            ("high", "high_80", usual.high, 1.4),
            ("middle", "middle", found.middle, 2.2),
            ("low", "low_80", usual.low, 1.4),
        )
    ]
    panel = Panel(
        caption=words.say("chart.unit_views"),
        height=_BODY,
        scale=measure,
        strokes=[*seen, *to_come],
        lines=target_line(target, measure.top, look),
    )
    start = int(instants(total["minute"]).min())
    shift = look.shift(trace.until)
    spec = figure([panel], look, start=start, end=milliseconds(found.ends_at), shift=shift)
    spec["series"] += _band(found, look, shift)
    _on_a_phone(spec, middle=f"0-{len(seen) + 1}", low=f"0-{len(seen) + 2}")
    return ChartRequest(
        spec=spec, height=height([panel], look, zoom=False), alt=_alt(found, look), notes=()
    )


def _points(found: Forecast, column: str) -> list[tuple[int, float | None]]:
    times = instants(found.path["at"]).tolist()
    return [(int(at), float(value)) for at, value in zip(times, found.path[column], strict=True)]


def _band(found: Forecast, look: Theme, shift: int) -> list[Spec]:
    """The stretch between the band's two edges, filled: ECharts stacks the upper on the lower."""
    common: Spec = {
        "type": "line",
        "xAxisIndex": 0,
        "yAxisIndex": 0,
        "stack": "band",
        "symbol": "none",
        "silent": True,
        "tooltip": {"show": False},
        "lineStyle": {"opacity": 0},
        "emphasis": {"disabled": True},
        "z": 2,
    }
    times = instants(found.path["at"]).tolist()
    low, high = found.path["low_80"].to_list(), found.path["high_80"].to_list()
    rise = [above - below for below, above in zip(low, high, strict=True)]
    return [
        {
            **common,
            "id": name,
            "data": [[int(at) + shift, value] for at, value in zip(times, values, strict=True)],
            **fill,
        }
        for name, values, fill in (
            ("band-low", low, {}),
            ("band-high", rise, {"areaStyle": {"color": look.ink.accent, "opacity": 0.16}}),
        )
    ]


def _on_a_phone(spec: Spec, *, middle: str, low: str) -> None:
    """Labels stand inside there: the middle's would cover the band, and the low one goes below it."""
    narrow = next(one["option"] for one in spec["media"] if "query" in one)
    for one in narrow["series"]:
        if one["id"] == middle:
            one["endLabel"] = {"show": False}
        elif one["id"] == low:
            one["endLabel"] |= {
                "verticalAlign": "top",
                "offset": [one["endLabel"]["offset"][0], 12],
            }


def _alt(found: Forecast, look: Theme) -> str:
    """The chart in a sentence, the range first."""
    words = look.words
    usual = next(one for one in found.ranges if one.level == 0.8)  # noqa: PLR2004 - 8 in 10
    values = {
        "low": words.number(usual.low),
        "high": words.number(usual.high),
        "middle": words.number(found.middle),
        "views": words.number(found.views),
        "at": words.full(found.as_of),
        "ends": words.full(found.ends_at),
    }
    isolated = {name: words.isolate(value) for name, value in values.items()}
    return words.say("forecast.alt", **isolated)
