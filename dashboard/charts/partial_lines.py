"""Lines that are dashed where they are sums of which a part was not seen."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.charts.downsample import Point
from dashboard.charts.panel import Stroke
from storage.analysis.epoch import Span

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
