"""Draws a line dashed where it is a sum of which a part was not seen."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.charts.downsample import Point
from dashboard.charts.panel import Stroke
from storage.analysis.epoch import Span

_WIDTH = 0.65  # of the solid line


def partial_lines(stroke: Stroke, spans: Sequence[Span], name: str) -> list[Stroke]:
    """The stroke with a dashed one of ``name`` for what lies in ``spans``, where anything does.

    The label stands at the end of the one that comes last.
    """
    within = [any(start < at < end for start, end in spans) for at, _ in stroke.points]
    if not any(within):
        return [stroke]
    last = next(
        (
            one
            for one, (_, value) in zip(within[::-1], stroke.points[::-1], strict=True)
            if value is not None
        ),
        False,
    )
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
    solid = replace(stroke, points=_only(stroke.points, [not one for one in within]))
    return [replace(solid, label=None) if last else solid, dashed]


def _only(points: Sequence[Point], wanted: Sequence[bool]) -> list[Point]:
    """The wanted points, and one null for those between them: a tooltip names every point."""
    kept: list[Point] = []
    for (at, value), one in zip(points, wanted, strict=True):
        if one:
            kept.append((at, value))
        elif kept and kept[-1][1] is not None:
            kept.append((at, None))
    return kept
