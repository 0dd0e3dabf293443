"""What of a chart depends on how wide it is: on a phone, labels move inside and names go."""

from collections.abc import Sequence

from dashboard.charts.theme import Spec, Theme

_SIDE = {"en": 46, "fr": 50, "ar": 64}  # for the ticks; Arabic spells the magnitude out
_EDGE = 14
_NARROW = 620  # pixels


def media(
    series: Sequence[Spec], look: Theme, *, panels: int, sides: tuple[int, int], zoom: bool
) -> list[Spec]:
    """The two ways, for ECharts to choose from whenever the chart is resized.

    ``sides`` are the left and right margins of the wide one. It is spelled out, because ECharts
    takes nothing back that a narrow screen once changed.
    """
    side = look.size(_SIDE[look.words.language])
    narrow = (_EDGE, side) if look.mirrored else (side, _EDGE)
    inside = [_inside(one, look) for one in series]
    return [
        {
            "query": {"maxWidth": _NARROW},
            "option": _placed(inside, narrow, panels=panels, zoom=zoom),
        },
        {"option": _placed([_beside(one) for one in series], sides, panels=panels, zoom=zoom)},
    ]


def _placed(series: list[Spec], sides: tuple[int, int], *, panels: int, zoom: bool) -> Spec:
    margins = {"left": sides[0], "right": sides[1]}
    option: Spec = {"grid": [margins] * panels, "series": series}
    return option | {"dataZoom": [margins]} if zoom else option


def _inside(one: Spec, look: Theme) -> Spec:
    """A series with its label above its line's end, in the first panel; in the others without."""
    option: Spec = {"id": one["id"]}
    if "endLabel" in one:
        option["endLabel"] = _above(one["endLabel"], look) if one["xAxisIndex"] == 0 else _HIDDEN
    if "markLine" in one:
        option["markLine"] = {"data": _unnamed(one["markLine"]["data"])}
    return option


_HIDDEN: Spec = {"show": False}


def _beside(one: Spec) -> Spec:
    """A series with its label beside its line's end."""
    option: Spec = {"id": one["id"]}
    if "endLabel" in one:
        option["endLabel"] = one["endLabel"] | {"verticalAlign": "middle", "textBorderWidth": 0}
    if "markLine" in one:
        option["markLine"] = {"data": one["markLine"]["data"]}
    return option


def _unnamed(lines: Sequence[Spec]) -> list[Spec]:
    """The lines, those that stand upright without their names: there is no room for them."""
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
