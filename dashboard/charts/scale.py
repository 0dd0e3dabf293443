"""The value axis: from zero, with round ticks written in the reader's language.

ECharts can neither write 2,5 M for a French reader nor take a function that does, so the ticks are
drawn as labelled lines whose text is made here.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from dashboard.charts.theme import Spec, Theme

_TICKS = 4
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """From 0 to ``top`` in steps of ``step``."""

    top: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """Zero and every step up to the top."""
        return [self.step * index for index in range(round(self.top / self.step) + 1)]

    def pixel(self, value: float, height: float) -> float:
        """How far below the panel's upper edge ``value`` lies."""
        return height * (1 - min(max(value, 0), self.top) / self.top)


def scale(largest: float) -> Scale:
    """Four or five round ticks that hold ``largest``, with a little air above it."""
    wanted = max(largest, 1) * 1.04
    magnitude = 10 ** floor(log10(wanted / _TICKS))
    step = next(s * magnitude for s in _STEPS if s * magnitude * (_TICKS + 1) >= wanted)
    step = max(step, 1)
    count = int(-(-wanted // step))
    return Scale(top=step * count, step=step)


def tick_text(value: float, look: Theme) -> str:
    """Return a tick as short as its precision allows: 0, 500K, 2.5M in the reader's language."""
    words = look.words
    return words.compact_tick(int(value)) if value else words.number(0)


def tick_lines(measure: Scale, look: Theme) -> Spec:
    """Return the horizontal lines with their labels, as the ``markLine`` of a series without points."""
    ink = look.ink
    return {
        "silent": True,
        "z": 1,  # below the curves, which start at 3
        "symbol": "none",
        "animation": False,
        "data": [
            {
                "yAxis": tick,
                "lineStyle": {"color": ink.rule, "width": 1, "type": "solid"},
                "label": {
                    "position": "start",  # where time begins, whichever way it runs
                    "formatter": look.words.run(tick_text(tick, look)),
                    "color": ink.muted,
                    "fontSize": look.size(12),
                    "distance": 8,
                },
            }
            for tick in measure.ticks
        ],
    }


def spread(wished: list[float], *, apart: float, lowest: float) -> list[float]:
    """Move label heights apart as little as is needed, keeping their order within the panel.

    ``wished`` in pixels from the top, any order; the answer is in the same order.
    """
    order = sorted(range(len(wished)), key=lambda index: wished[index])
    heights = [wished[index] for index in order]
    for upper, lower in pairwise(range(len(heights))):
        heights[lower] = max(heights[lower], heights[upper] + apart)
    for index in range(len(heights) - 1, -1, -1):
        floor_here = lowest - apart * (len(heights) - 1 - index)
        heights[index] = min(heights[index], floor_here)
    answer = [0.0] * len(heights)
    for index, height in zip(order, heights, strict=True):
        answer[index] = height
    return answer
