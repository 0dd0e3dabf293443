"""Draws the moments that editors named: a line through every panel, the name above the first."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.charts.panel import Panel
from dashboard.charts.theme import Spec, Theme
from dashboard.i18n.markup import untrusted
from storage.analysis.epoch import milliseconds
from storage.model import Annotation, Names

_LONGEST = 30  # letters of a name that stand above the chart; all of it stands below
_ROW = 16
_LETTER = 7.0  # pixels, widely
_WIDTH = 900.0  # pixels of a usual chart
_ABOVE = 6
_EDGE = 0.15  # of the axis: nearer to an end, a name stands on the inner side of its line
_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}  # the share of a name before its line


def annotation_lines(
    panels: Sequence[Panel],
    annotations: Sequence[Annotation],
    look: Theme,
    *,
    start: int,
    end: int,
    shift: int,
) -> list[Panel]:
    """The panels with the annotations, which lie between ``start`` and ``end``, drawn in."""
    if not panels or not annotations:
        return list(panels)
    ordered = sorted(annotations, key=lambda one: one.at)
    rows = _rows(ordered, look, start=start, end=end)
    sides = [_side(one, start=start, end=end) for one in ordered]
    placed = list(zip(ordered, sides, rows, strict=True))
    named = [_line(one, look, shift, row=row, side=side) for one, side, row in placed]
    bare = [_line(one, look, shift, row=None, side=side) for one, side, _ in placed]
    first = panels[0]
    return [
        replace(first, lines=[*first.lines, *named], rows=max(rows) + 1),
        *(replace(panel, lines=[*panel.lines, *bare]) for panel in panels[1:]),
    ]


def annotation_text(annotation: Annotation, look: Theme) -> str:
    """The annotation in words, for the notes below the chart."""
    words = look.words
    at = f"{words.day(annotation.at)}, {words.clock(annotation.at)}"
    return words.say(
        "chart.annotation_line", at=words.isolate(at), name=_name(annotation.names, look)
    )


def _rows(ordered: Sequence[Annotation], look: Theme, *, start: int, end: int) -> list[int]:
    """The row of each name, such that none reaches into another of the same row."""
    taken: list[float] = []  # how far each row is taken, in pixels
    found: list[int] = []
    for one in ordered:
        at = (milliseconds(one.at) - start) / max(1, end - start) * _WIDTH
        width = len(_short(one.names, look)) * look.size(_LETTER)
        since = at - width * _BEFORE[_side(one, start=start, end=end)]
        row = next((i for i, until in enumerate(taken) if until <= since), len(taken))
        taken[row : row + 1] = [since + width]
        found.append(row)
    return found


def _side(one: Annotation, *, start: int, end: int) -> str:
    """How its name stands to its line, so that it stays above the chart."""
    share = (milliseconds(one.at) - start) / max(1, end - start)
    return "left" if share < _EDGE else "right" if share > 1 - _EDGE else "center"


def _line(one: Annotation, look: Theme, shift: int, *, row: int | None, side: str) -> Spec:
    ink = look.ink
    if look.mirrored:
        side = {"left": "right", "right": "left"}.get(side, side)
    return {
        "xAxis": milliseconds(one.at) + shift,
        "lineStyle": {"color": ink.muted, "width": 1, "type": "solid", "opacity": 0.7},
        "label": {
            "show": row is not None,
            "position": "end",
            "rotate": 0,
            "align": side,
            "distance": [0, look.size(_ABOVE + _ROW * (row or 0))],
            "formatter": look.words.run(_short(one.names, look)),
            "color": ink.text,
            "fontSize": look.size(12),
        },
    }


def _name(names: Names, look: Theme) -> str:
    return untrusted({"ar": names.ar, "fr": names.fr, "en": names.en}[look.words.language])


def _short(names: Names, look: Theme) -> str:
    text = _name(names, look)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
