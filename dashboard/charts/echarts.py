"""The ECharts specification of panels one above the other, and what a phone changes in it."""

from collections.abc import Sequence

from dashboard.charts.panel import Panel, panel_series
from dashboard.charts.scale import Scale
from dashboard.charts.theme import Spec, Theme

SIDE = {"en": 64, "fr": 68, "ar": 82}  # Arabic spells the magnitude out
_LABEL_SIDE = 148
_TOP = 44
_ROW = 16
_BETWEEN = 52
_AXIS = 30
_SLIDER = 44

#: ECharts writes the axis itself, with the digits 0 to 9: this font shows them as ٠ to ٩.
_EASTERN = "'Eastern Digits', 'Source Sans', 'Noto Sans Arabic', sans-serif"

_AXIS_TEXT = {
    "year": "{yyyy}",
    "month": "{d}/{M}",
    "day": "{d}/{M}",
    "hour": "{HH}:{mm}",
    "minute": "{HH}:{mm}",
    "second": "{HH}:{mm}:{ss}",
    "millisecond": "{HH}:{mm}:{ss}",
    "none": "{d}/{M} {HH}:{mm}",
}


def height(panels: Sequence[Panel], look: Theme, *, zoom: bool) -> int:
    """Return the pixels all of the chart takes, so that the page never jumps."""
    bodies = sum(panel.height for panel in panels)
    words = _TOP + _ROW * panels[0].rows + _BETWEEN * (len(panels) - 1) + _AXIS
    return bodies + look.size(words) + (_SLIDER if zoom else 0)


def figure(
    panels: Sequence[Panel], look: Theme, *, start: int, end: int, shift: int, zoom: bool = False
) -> Spec:
    """Return the specification of panels one above the other on a shared time axis.

    ``start`` and ``end`` bound the axis, in UTC milliseconds; ``shift`` has the milliseconds from
    UTC to the clock that it shows.
    """
    ink = look.ink
    axes = {"start": start + shift, "end": max(end, start + 60_000) + shift}
    tops = [look.size(_TOP + _ROW * panels[0].rows)]
    for panel in panels[:-1]:
        tops.append(tops[-1] + panel.height + look.size(_BETWEEN))
    side, labels = look.size(SIDE[look.words.language]), look.size(_LABEL_SIDE)
    left, right = (labels, side) if look.mirrored else (side, labels)
    series: list[Spec] = []
    for index, panel in enumerate(panels):
        series += panel_series(panel, index, look, shift)
    spec: Spec = {
        "useUTC": True,
        "animation": False,
        "title": [
            {
                "text": look.words.run(panel.caption),
                "top": top - look.size(34 + _ROW * panel.rows),
                **({"right": 4} if look.words.rtl else {"left": 4}),
                "textStyle": {
                    "fontSize": look.size(12),
                    "fontWeight": "normal",
                    "color": ink.muted,
                },
            }
            for panel, top in zip(panels, tops, strict=True)
        ],
        "grid": [
            {"left": left, "right": right, "top": top, "height": panel.height}
            for panel, top in zip(panels, tops, strict=True)
        ],
        "xAxis": [_time_axis(i, len(panels), look, **axes) for i in range(len(panels))],
        "yAxis": [value_axis(index, panel.scale, look) for index, panel in enumerate(panels)],
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": tooltip(look),
        "series": series,
        "media": media(series, look, panels=len(panels), sides=(left, right), zoom=zoom),
    }
    if zoom:
        spec["dataZoom"] = _zoom(look, len(panels), left, right)
    return spec


def _time_axis(index: int, panels: int, look: Theme, *, start: int, end: int) -> Spec:
    ink = look.ink
    return {
        "type": "time",
        "gridIndex": index,
        "inverse": look.mirrored,
        "min": start,
        "max": end,
        "axisLine": {"show": True, "lineStyle": {"color": ink.muted, "width": 1}},
        "axisTick": {"show": index == panels - 1, "lineStyle": {"color": ink.muted}},
        "splitLine": {"show": False},
        "axisLabel": {
            "show": index == panels - 1,
            "color": ink.muted,
            "fontSize": look.size(12),
            "rotate": 0,
            "hideOverlap": True,
            "formatter": _AXIS_TEXT,
            **({"fontFamily": _EASTERN} if look.words.eastern else {}),
        },
    }


def value_axis(index: int, measure: Scale, look: Theme) -> Spec:
    """Return the value axis of panel ``index``; its ticks are drawn by the panel itself."""
    return {
        "type": "value",
        "gridIndex": index,
        "min": 0,
        "max": measure.top,
        "interval": measure.step,
        "position": "right" if look.mirrored else "left",
        "axisLabel": {"show": False},
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitLine": {"show": False},
        "axisPointer": {"show": False},
    }


def tooltip(look: Theme) -> Spec:
    """Return the tooltip that names every curve at one moment."""
    ink = look.ink
    return {
        "trigger": "axis",
        "confine": True,
        "transitionDuration": 0,
        "axisPointer": {"type": "line", "lineStyle": {"color": ink.muted, "type": "dashed"}},
        "backgroundColor": ink.card,
        "borderColor": ink.rule,
        "textStyle": {"color": ink.text, "fontSize": look.size(13)},
        **({"extraCssText": f"font-family: {_EASTERN}"} if look.words.eastern else {}),
    }


def _zoom(look: Theme, panels: int, left: int, right: int) -> list[Spec]:
    ink = look.ink
    both = {"xAxisIndex": list(range(panels)), "filterMode": "none"}
    return [
        {
            **both,
            "type": "slider",
            "left": left,
            "right": right,
            "height": 22,
            "bottom": 6,
            "showDetail": False,
            "brushSelect": False,
            "borderColor": ink.rule,
            "fillerColor": ink.band,
            "handleStyle": {"color": ink.page, "borderColor": ink.muted},
            "moveHandleStyle": {"color": ink.rule},
            "dataBackground": {
                "lineStyle": {"color": ink.muted, "opacity": 0.6},
                "areaStyle": {"color": ink.rule, "opacity": 0.6},
            },
        },
        # The wheel scrolls the page unless Ctrl is held, and a finger scrolls it on a phone.
        {
            **both,
            "type": "inside",
            "zoomOnMouseWheel": "ctrl",
            "moveOnMouseMove": "shift",
            "moveOnMouseWheel": False,
            "preventDefaultMouseMove": False,
        },
    ]


_SIDE = {"en": 46, "fr": 50, "ar": 64}  # for the ticks; Arabic spells the magnitude out
_EDGE = 14
_NARROW = 620  # pixels


def media(
    series: Sequence[Spec], look: Theme, *, panels: int, sides: tuple[int, int], zoom: bool
) -> list[Spec]:
    """Return the two ways, for ECharts to choose from whenever the chart is resized.

    ``sides`` are the left and right margins of the wide one. It is spelled out, because ECharts
    takes nothing back that a narrow screen once changed.
    """
    side = look.size(_SIDE[look.words.language])
    narrow = (_EDGE, side) if look.mirrored else (side, _EDGE)
    inside = [_inside(each, look) for each in series]
    return [
        {
            "query": {"maxWidth": _NARROW},
            "option": _option(inside, narrow, panels=panels, zoom=zoom),
        },
        {"option": _option([_beside(each) for each in series], sides, panels=panels, zoom=zoom)},
    ]


def _option(series: list[Spec], sides: tuple[int, int], *, panels: int, zoom: bool) -> Spec:
    margins = {"left": sides[0], "right": sides[1]}
    option: Spec = {"grid": [margins] * panels, "series": series}
    return option | {"dataZoom": [margins]} if zoom else option


def _inside(series: Spec, look: Theme) -> Spec:
    """Return a series with its label above its line's end, in the first panel; in the others without."""
    option: Spec = {"id": series["id"]}
    if "endLabel" in series:
        option["endLabel"] = (
            _above(series["endLabel"], look) if series["xAxisIndex"] == 0 else _HIDDEN
        )
    if "markLine" in series:
        option["markLine"] = {"data": _unnamed(series["markLine"]["data"])}
    return option


_HIDDEN: Spec = {"show": False}


def _beside(series: Spec) -> Spec:
    """Return a series with its label beside its line's end."""
    option: Spec = {"id": series["id"]}
    if "endLabel" in series:
        option["endLabel"] = series["endLabel"] | {"verticalAlign": "middle", "textBorderWidth": 0}
    if "markLine" in series:
        option["markLine"] = {"data": series["markLine"]["data"]}
    return option


def _unnamed(lines: Sequence[Spec]) -> list[Spec]:
    """Return the lines, those that stand upright without their names: there is no room for them."""
    return [
        line | {"label": line["label"] | _HIDDEN} if "xAxis" in line else line for line in lines
    ]


def _above(label: Spec, look: Theme) -> Spec:
    x, y = label["offset"]
    return {
        "align": "left" if x < 0 else "right",
        "verticalAlign": "bottom",
        "offset": [6 if x < 0 else -6, y - 4],
        "textBorderColor": look.ink.page,
        "textBorderWidth": 3,
    }
