"""The sum so far, and where it may go: a dashed band of which 8 in 10 hold what comes.

The solid line ends where the newest count does; what follows is drawn apart from it, and dashed.
"""

from dataclasses import replace

from dashboard.charts.echarts import figure, height
from dashboard.charts.growth import ChartRequest, CurveData
from dashboard.charts.panel import Panel, Stroke, time_span
from dashboard.charts.scale import scale
from dashboard.charts.theme import Spec, Theme
from dashboard.charts.views_over_time import sum_strokes, target_line
from dashboard.view_model.platforms import ordered
from storage.analysis.epoch import instants, milliseconds
from storage.analysis.forecast.result import FinalTotal, Forecast, ForecastFigure

_BODY = 360
_POINTS = 400
_NEAR = 1.6  # a target further above what may come would flatten the curve


def draw(trace: CurveData, forecast: Forecast, look: Theme) -> ChartRequest:
    """Draw the sum of ``trace``, which ends with the picture, and the forecast from there on."""
    ink, words = look.ink, look.words
    total = trace.cumulative.filter(trace.cumulative["platform"].is_null())
    usual = _usual(forecast)
    target = forecast.target.target if forecast.target else None
    of_views = forecast.of is ForecastFigure.VIEWS
    largest = float(max(usual.high, forecast.views))
    if target is not None and largest < target <= _NEAR * largest:
        largest = float(target)
    measure = scale(largest)
    measured = [
        replace(stroke, label=None)
        for stroke in sum_strokes(
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
            points=_points(forecast, column),
            label=f"{words.isolate(words.say(f'forecast.chart_{key}_short'))} {words.compact(value)}",
            color=ink.accent,
            dash="dashed",
            width=width,
        )
        for key, column, value, width in (
            ("high", "high_80", usual.high, 1.4),
            ("middle", "middle", forecast.middle, 2.2),
            ("low", "low_80", usual.low, 1.4),
        )
    ]
    panel = Panel(
        caption=words.say("chart.unit_views" if of_views else "forecast.hours.axis"),
        height=_BODY,
        scale=measure,
        strokes=[*measured, *to_come],
        lines=target_line(target, measure.top, look),
    )
    start, _ = time_span(total["minute"])
    shift = look.shift(trace.until)
    spec = figure([panel], look, start=start, end=milliseconds(forecast.ends_at), shift=shift)
    spec["series"] += _band(forecast, look, shift)
    _adapt_to_phone(spec, middle=f"0-{len(measured) + 1}", low=f"0-{len(measured) + 2}")
    return ChartRequest(
        spec=spec, height=height([panel], look, zoom=False), alt=_alt(forecast, look), notes=()
    )


def _usual(forecast: Forecast) -> FinalTotal:
    return next(total for total in forecast.ranges if total.level == 0.8)  # noqa: PLR2004 - 8 in 10


def _points(forecast: Forecast, column: str) -> list[tuple[int, float | None]]:
    times, values = instants(forecast.path["at"]).tolist(), forecast.path[column]
    return [(int(at), float(value)) for at, value in zip(times, values, strict=True)]


def _band(forecast: Forecast, look: Theme, shift: int) -> list[Spec]:
    """Fill the stretch between the band's two edges: ECharts stacks the upper on the lower."""
    shared: Spec = {
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
    times = instants(forecast.path["at"]).tolist()
    low, high = forecast.path["low_80"].to_list(), forecast.path["high_80"].to_list()
    rise = [above - below for below, above in zip(low, high, strict=True)]
    return [
        {
            **shared,
            "id": name,
            "data": [[int(at) + shift, value] for at, value in zip(times, values, strict=True)],
            **fill,
        }
        for name, values, fill in (
            ("band-low", low, {}),
            ("band-high", rise, {"areaStyle": {"color": look.ink.accent, "opacity": 0.16}}),
        )
    ]


def _adapt_to_phone(spec: Spec, *, middle: str, low: str) -> None:
    """Hide the middle's label, which would cover the band there, and put the low one below it."""
    narrow = next(option["option"] for option in spec["media"] if "query" in option)
    for curve in narrow["series"]:
        if curve["id"] == middle:
            curve["endLabel"] = {"show": False}
        elif curve["id"] == low:
            curve["endLabel"] |= {
                "verticalAlign": "top",
                "offset": [curve["endLabel"]["offset"][0], 12],
            }


def _alt(forecast: Forecast, look: Theme) -> str:
    """Return the chart in a sentence, the range first."""
    words, usual = look.words, _usual(forecast)
    values = {
        "low": words.number(usual.low),
        "high": words.number(usual.high),
        "middle": words.number(forecast.middle),
        "views": words.number(forecast.views),
        "at": words.full(forecast.as_of),
        "ends": words.full(forecast.ends_at),
    }
    isolated = {name: words.isolate(value) for name, value in values.items()}
    of_views = forecast.of is ForecastFigure.VIEWS
    return words.say("forecast.alt" if of_views else "forecast.hours.alt", **isolated)
