"""How many watch at each instant, a line per platform; a gauge, so never summed over time."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import numpy as np
import polars as pl

from dashboard.charts.downsample import thin
from dashboard.charts.panel import Panel, PanelContext, Stroke, partial_lines, time_panel, time_span
from dashboard.charts.theme import color
from dashboard.view_model.platforms import name, ordered
from storage.analysis.epoch import Span, instants, milliseconds
from storage.analysis.unseen import partly, silences

#: When a doubtful number of viewers was told, and how many.
DoubtfulPoint: TypeAlias = tuple[datetime, int]

_RINGED = 200
_LONGEST_STEP_MS = 10 * 60_000  # beyond it nothing is said about the time between two samples


def panel(
    viewers: pl.DataFrame, context: PanelContext, *, doubtful: Sequence[DoubtfulPoint] = ()
) -> Panel:
    """Draw ``viewers`` (minute, platform, concurrent_viewers); null where no number was told.

    The ``doubtful`` ones are ringed.
    """
    look, unseen = context.look, context.unseen
    known = viewers.filter(pl.col("concurrent_viewers").is_not_null())
    platforms = ordered(known["platform"].unique())
    _, newest = time_span(viewers["minute"])
    strokes: list[Stroke] = []
    for platform in platforms:
        mine = known.filter(pl.col("platform") == platform).sort("minute")
        times = instants(mine["minute"])
        values = mine["concurrent_viewers"].cast(pl.Float64).to_numpy()
        wide = np.flatnonzero(np.diff(times) > _LONGEST_STEP_MS)
        rare: list[Span] = [(int(times[i]), int(times[i + 1])) for i in wide]
        gaps = [*silences(unseen, platform), *rare]
        label, named = name(platform), look.words.isolate(name(platform))
        if newest - times[-1] <= _LONGEST_STEP_MS:  # an older number is none of now
            label = f"{named} {look.words.compact(round(float(values[-1])))}"
        line = Stroke(
            name=look.words.say("chart.viewers_of", platform=named),
            color=color(platform, dark=look.dark, among=platforms),
            points=thin(times, values, gaps=gaps, points=context.points),
            label=label,
            width=1.8,
        )
        rest = look.words.say("chart.viewers_in_part", platform=named)
        strokes += partial_lines(line, partly(unseen, platform), rest)
    caption, shift = look.words.say("chart.unit_viewers"), look.shift(context.until)
    spots = [
        {
            "coord": [milliseconds(at) + shift, value],
            "symbol": "circle",
            "symbolSize": 9,
            "itemStyle": {"color": "transparent", "borderColor": look.ink.warn, "borderWidth": 2},
            "label": {"show": False},
        }
        for at, value in doubtful[:_RINGED]
    ]
    return time_panel(context, caption, strokes, viewers["minute"], spots=spots)
