"""The moments that editors named: a line through every panel, the name above the first."""

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
    """Draw the annotations, which lie between ``start`` and ``end``, into the panels.

    Both are UTC milliseconds, and ``shift`` those from UTC to the axis.
    """
    if not panels or not annotations:
        return list(panels)
    ordered = sorted(annotations, key=lambda annotation: annotation.at)
    span = max(1, end - start)
    shares = [(milliseconds(annotation.at) - start) / span for annotation in ordered]
    sides = [_side(share) for share in shares]
    texts = [_short(annotation.names, look) for annotation in ordered]
    rows = _rows(texts, shares, look)

    def lines(*, named: bool) -> list[Spec]:
        return [
            _line_at(annotation, text, look, shift, row=row if named else None, side=side)
            for annotation, text, side, row in zip(ordered, texts, sides, rows, strict=True)
        ]

    first = panels[0]
    return [
        replace(first, lines=[*first.lines, *lines(named=True)], rows=max(rows) + 1),
        *(replace(panel, lines=[*panel.lines, *lines(named=False)]) for panel in panels[1:]),
    ]


def annotation_text(annotation: Annotation, look: Theme) -> str:
    """Return the annotation in words, for the notes below the chart."""
    words = look.words
    at = words.isolate(f"{words.day(annotation.at)}, {words.clock(annotation.at)}")
    return words.say("chart.annotation_line", at=at, name=_name(annotation.names, look))


def _rows(texts: Sequence[str], shares: Sequence[float], look: Theme) -> list[int]:
    """Return the row of each name, such that none reaches into another of the same row.

    ``shares`` say where on the axis each stands, in order.
    """
    taken: list[float] = []  # how far each row is taken, in pixels
    rows: list[int] = []
    for text, share in zip(texts, shares, strict=True):
        width = len(text) * look.size(_LETTER)
        since = share * _WIDTH - width * _BEFORE[_side(share)]
        row = next((i for i, until in enumerate(taken) if until <= since), len(taken))
        taken[row : row + 1] = [since + width]
        rows.append(row)
    return rows


def _side(share: float) -> str:
    """Return how a name stands to its line, so that it stays above the chart."""
    return "left" if share < _EDGE else "right" if share > 1 - _EDGE else "center"


def _line_at(
    annotation: Annotation, text: str, look: Theme, shift: int, *, row: int | None, side: str
) -> Spec:
    """Return the line with its name in ``row`` above the chart; None: without it."""
    ink = look.ink
    if look.mirrored:
        side = {"left": "right", "right": "left"}.get(side, side)
    return {
        "xAxis": milliseconds(annotation.at) + shift,
        "lineStyle": {"color": ink.muted, "width": 1, "type": "solid", "opacity": 0.7},
        "label": {
            "show": row is not None,
            "position": "end",
            "rotate": 0,
            "align": side,
            "distance": [0, look.size(_ABOVE + _ROW * (row or 0))],
            "formatter": look.words.run(text),
            "color": ink.text,
            "fontSize": look.size(12),
        },
    }


def _name(names: Names, look: Theme) -> str:
    return untrusted({"ar": names.ar, "fr": names.fr, "en": names.en}[look.words.language])


def _short(names: Names, look: Theme) -> str:
    text = _name(names, look)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
