"""How many watch at each instant, a line per platform; a gauge, so never summed over time."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl

from dashboard.charts.colors import color
from dashboard.charts.downsample import thin
from dashboard.charts.gaps import Band, band_areas
from dashboard.charts.panel import Panel, Stroke
from dashboard.charts.partial_lines import partial_lines
from dashboard.charts.scale import scale
from dashboard.charts.theme import Theme
from dashboard.view_model.platforms import name, ordered
from storage.analysis.epoch import Span, instants
from storage.analysis.unseen import UnseenInterval, partly, silences

_LONGEST_STEP_MS = 10 * 60_000  # beyond it nothing is said about the time between two samples


def panel(
    viewers: pl.DataFrame,
    look: Theme,
    *,
    unseen: Sequence[UnseenInterval],
    found_bands: Sequence[Band],
    until: datetime,
    points: int,
    height: int,
    worded: bool,
) -> Panel:
    """Draw ``viewers`` (minute, platform, concurrent_viewers); null where no number was told."""
    told = viewers.filter(pl.col("concurrent_viewers").is_not_null())
    platforms = ordered(told["platform"].unique())
    newest = int(instants(viewers["minute"]).max()) if viewers.height else 0
    strokes: list[Stroke] = []
    for platform in platforms:
        mine = told.filter(pl.col("platform") == platform).sort("minute")
        times = instants(mine["minute"])
        values = mine["concurrent_viewers"].cast(pl.Float64).to_numpy()
        wide = np.flatnonzero(np.diff(times) > _LONGEST_STEP_MS)
        rare: list[Span] = [(int(times[i]), int(times[i + 1])) for i in wide]
        drawn = thin(times, values, gaps=[*silences(unseen, platform), *rare], points=points)
        label = name(platform)
        if newest - times[-1] <= _LONGEST_STEP_MS:  # an older number is none of now
            last = look.words.compact(round(float(values[-1])))
            label = f"{look.words.isolate(label)} {last}"
        shown = look.words.say("chart.viewers_of", platform=look.words.isolate(name(platform)))
        shade = color(platform, dark=look.dark, among=platforms)
        line = Stroke(name=shown, color=shade, points=drawn, label=label, width=1.8)
        rest = look.words.say("chart.viewers_in_part", platform=look.words.isolate(name(platform)))
        strokes += partial_lines(line, partly(unseen, platform), rest)
    largest = max((v for s in strokes for _, v in s.points if v is not None), default=0.0)
    times = instants(viewers["minute"])
    start, end = (int(times.min()), int(times.max())) if len(times) else (0, 0)
    return Panel(
        caption=look.words.say("chart.unit_viewers"),
        height=height,
        scale=scale(largest),
        strokes=strokes,
        areas=band_areas(
            found_bands, look, start=start, end=end, shift=look.shift(until), worded=worded
        ),
    )
