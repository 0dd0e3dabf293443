"""What of a chart depends on how wide it is: on a phone, labels move inside and names go."""

from collections.abc import Sequence

from dashboard.charts.theme import Spec, Theme

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
