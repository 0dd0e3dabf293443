"""One coordinate system of a chart: its curves with labels at their ends, and what is marked in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboard.charts.downsample import Point
from dashboard.charts.scale import Scale, spread, tick_lines
from dashboard.charts.theme import Spec, Theme

_LABEL_APART = 17.0


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One drawn curve, thinned. ``label`` stands at its end; ``None`` for none."""

    name: str
    color: str
    points: Sequence[Point]
    label: str | None
    width: float = 2.2
    dash: str = "solid"
    fill: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One coordinate system: its unit in words, its strokes, and what is marked in it."""

    caption: str
    height: int
    scale: Scale
    strokes: Sequence[Stroke]
    areas: Spec = field(default_factory=dict)
    lines: Sequence[Spec] = ()
    spots: Sequence[Spec] = ()
    rows: int = 0  # of names that stand above it


def panel_series(panel: Panel, index: int, look: Theme, shift: int) -> list[Spec]:
    """The panel's curves, and last an empty series that carries ticks, bands and marks.

    ``index`` is the panel's place in the figure, ``shift`` the milliseconds from UTC to its axis.
    """
    place = {"xAxisIndex": index, "yAxisIndex": index, "type": "line", "symbol": "none"}
    ground: Spec = {
        **place,
        "id": f"{index}-ground",
        "silent": True,
        "data": [],
        "tooltip": {"show": False},
        "markLine": tick_lines(panel.scale, look),
        "z": 0,
    }
    if panel.areas:
        ground["markArea"] = panel.areas
    ground["markLine"]["data"] += list(panel.lines)
    if panel.spots:
        ground["markPoint"] = {"silent": True, "animation": False, "data": list(panel.spots)}
    ends = [s.points[-1][1] or 0.0 if s.points else 0.0 for s in panel.strokes]
    wished = [panel.scale.pixel(value, panel.height) for value in ends]
    labelled = [i for i, stroke in enumerate(panel.strokes) if stroke.label]
    placed = spread(
        [wished[i] for i in labelled], apart=look.size(_LABEL_APART), lowest=float(panel.height)
    )
    moved = {i: at - wished[i] for i, at in zip(labelled, placed, strict=True)}
    return [
        {
            **place,
            "id": f"{index}-{number}",
            **_line(stroke, look, shift),
            **_end_label(stroke, moved.get(number), look),
        }
        for number, stroke in enumerate(panel.strokes)
    ] + [ground]


def _line(stroke: Stroke, look: Theme, shift: int) -> Spec:
    words = look.words
    line: Spec = {
        "name": words.run(stroke.name),
        "dimensions": [
            {"name": "at", "type": "time"},
            {"name": "value", "type": "number"},
            {"name": "text", "type": "ordinal"},
        ],
        # The reader's own way of writing the number comes along as text: ECharts knows no French.
        "encode": {"x": "at", "y": "value", "tooltip": ["text"]},
        "data": [
            [at + shift, value, words.number(round(value)) if value is not None else "—"]
            for at, value in stroke.points
        ],
        "connectNulls": False,
        "lineStyle": {"width": stroke.width, "type": stroke.dash, "color": stroke.color},
        "itemStyle": {"color": stroke.color},
        "emphasis": {"disabled": True},
        "z": 3,
    }
    if stroke.fill:
        line["areaStyle"] = {"color": stroke.color, "opacity": 0.14}
    return line


def _end_label(stroke: Stroke, moved: float | None, look: Theme) -> Spec:
    if stroke.label is None or moved is None:
        return {}
    return {
        "endLabel": {
            "show": True,
            "formatter": look.words.run(stroke.label),
            "color": stroke.color,
            "fontWeight": 600,
            "fontSize": look.size(12),
            "align": "right" if look.mirrored else "left",
            "offset": [-8 if look.mirrored else 8, round(moved, 1)],
        }
    }
