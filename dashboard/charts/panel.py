"""One coordinate system of a chart: its curves with labels at their ends, and what is marked in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from dashboard.charts.downsample import Point
from dashboard.charts.gaps import Band, band_areas
from dashboard.charts.scale import Scale, scale, spread, tick_lines
from dashboard.charts.theme import Spec, Theme
from storage.analysis.epoch import Span, instants
from storage.analysis.unseen import UnseenInterval

_LABEL_APART = 17.0


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One drawn curve, thinned. ``label`` stands at its end; None: no label.

    ``points`` are UTC milliseconds (or steps of a category axis) with a value, None where the line
    breaks; ``width`` is in pixels.
    """

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
    height: int  # pixels
    scale: Scale
    strokes: Sequence[Stroke]
    areas: Spec = field(default_factory=dict)
    lines: Sequence[Spec] = ()
    spots: Sequence[Spec] = ()
    rows: int = 0  # of names that stand above it


@dataclass(frozen=True, kw_only=True)
class PanelContext:
    """What a panel is drawn with beside its numbers."""

    look: Theme
    unseen: Sequence[UnseenInterval]
    bands: Sequence[Band]
    until: datetime  # the last moment of the chart, whose UTC offset its axis has throughout
    points: int  # about how many a curve is thinned to
    height: int  # pixels of what is drawn in, without captions and axes
    worded: bool = True  # whether the bands carry words


def time_span(minutes: pl.Series) -> tuple[int, int]:
    """Return the first and the last of times as UTC milliseconds; zeros without any."""
    times = instants(minutes)
    return (int(times.min()), int(times.max())) if len(times) else (0, 0)


def largest_value(strokes: Sequence[Stroke]) -> float:
    """Return the largest value drawn; 0 where none is."""
    values = (value for stroke in strokes for _, value in stroke.points)
    return max((value for value in values if value is not None), default=0.0)


def time_panel(
    context: PanelContext,
    caption: str,
    strokes: Sequence[Stroke],
    minutes: pl.Series,
    *,
    measure: Scale | None = None,
    lines: Sequence[Spec] = (),
    spots: Sequence[Spec] = (),
) -> Panel:
    """Return a panel over the span of ``minutes`` with the context's bands in it.

    ``caption`` is its unit; ``measure`` None: a scale that holds the largest value.
    """
    start, end = time_span(minutes)
    shift = context.look.shift(context.until)
    return Panel(
        caption=caption,
        height=context.height,
        scale=measure or scale(largest_value(strokes)),
        strokes=strokes,
        areas=band_areas(
            context.bands, context.look, start=start, end=end, shift=shift, worded=context.worded
        ),
        lines=lines,
        spots=spots,
    )


def panel_series(panel: Panel, index: int, look: Theme, shift: int) -> list[Spec]:
    """Return the panel's curves, and last an empty series that carries ticks, bands and marks.

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
    heights = spread(
        [wished[i] for i in labelled], apart=look.size(_LABEL_APART), lowest=float(panel.height)
    )
    moved = {i: at - wished[i] for i, at in zip(labelled, heights, strict=True)}
    return [
        {
            **place,
            "id": f"{index}-{number}",
            **_curve(stroke, look, shift),
            **_end_label(stroke, moved.get(number), look),
        }
        for number, stroke in enumerate(panel.strokes)
    ] + [ground]


def _curve(stroke: Stroke, look: Theme, shift: int) -> Spec:
    words = look.words
    curve: Spec = {
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
        curve["areaStyle"] = {"color": stroke.color, "opacity": 0.14}
    return curve


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


_WIDTH = 0.65  # of the solid line


def partial_lines(stroke: Stroke, spans: Sequence[Span], name: str) -> list[Stroke]:
    """Return the stroke with a dashed one of ``name`` for what lies in ``spans``, where anything does.

    The label stands at the end of the one that comes last.
    """
    within = [any(start < at < end for start, end in spans) for at, _ in stroke.points]
    if not any(within):
        return [stroke]
    ends = [
        inside
        for inside, (_, value) in zip(within, stroke.points, strict=True)
        if value is not None
    ]
    last = bool(ends) and ends[-1]
    touching = [any(start <= at <= end for start, end in spans) for at, _ in stroke.points]
    dashed = replace(
        stroke,
        name=name,
        points=_only(stroke.points, touching),
        label=stroke.label if last else None,
        width=stroke.width * _WIDTH,
        dash="dashed",
        fill=False,
    )
    solid = replace(stroke, points=_only(stroke.points, [not inside for inside in within]))
    return [replace(solid, label=None) if last else solid, dashed]


def _only(points: Sequence[Point], wanted: Sequence[bool]) -> list[Point]:
    """Return the wanted points, and one null for those between them: a tooltip names every point."""
    chosen: list[Point] = []
    for (at, value), keeps in zip(points, wanted, strict=True):
        if keeps:
            chosen.append((at, value))
        elif chosen and chosen[-1][1] is not None:
            chosen.append((at, None))
    return chosen
