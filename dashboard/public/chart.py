"""The growth curve as an inline SVG that is drawn by any browser, at any width, without a script.

The curves are stretched to the plot; the words stand beside them in pixels of the screen, so that
they read the same on a phone and on a desk. Colours are classes: the page's style knows the themes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dashboard.charts import growth, viewers_over_time, views_over_time
from dashboard.charts.colors import color
from dashboard.charts.gaps import Band, bands
from dashboard.charts.growth import CurveData
from dashboard.charts.panel import Panel
from dashboard.charts.theme import Theme
from dashboard.i18n.words import Words
from dashboard.public.plot import LOWEST, Plot
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name
from storage.analysis.epoch import instants
from storage.analysis.unseen import sample_times


@dataclass(frozen=True, kw_only=True)
class PublicCurve:
    """The chart as HTML, and in words where its lines break."""

    svg: str
    of_views: bool
    notes: tuple[str, ...]


def curve(edition: EditionModel, words: Words, *, points: int = 150) -> PublicCurve | None:
    """Draw the edition's views, or its viewers where no views are told; None without either.

    A curve has about ``points`` points.
    """
    look = Theme(words=words)
    trace = _trace(edition)
    drawing = growth.wall_chart(trace, look, target=edition.target_views, points=points)
    if drawing is None:
        return None
    found = bands(sample_times(trace.viewers), trace.unseen, trace.until)
    times = instants(trace.viewers["minute"])
    start, last = int(times.min()), int(times.max())
    plot = Plot(
        panel=_panel(trace, look, found, edition.target_views, points),
        found=found,
        start=start,
        end=max(start + 60_000, last, *(band.ended for band in found)),
        classes=_classes(edition.platforms),
        look=look,
    )
    return PublicCurve(
        svg=plot.drawn(drawing.alt, edition.target_views if trace.cumulative.height else None),
        of_views=bool(trace.cumulative.height),
        notes=drawing.notes,
    )


def _trace(edition: EditionModel) -> CurveData:
    return CurveData(
        cumulative=edition.curves.cumulative,
        rates=edition.curves.rates,
        viewers=edition.curves.viewers,
        unseen=edition.unseen,
        corrections=edition.corrections,
        until=edition.until,
    ).within(None, edition.until)


def _panel(
    trace: CurveData, look: Theme, found: Sequence[Band], target: int | None, points: int
) -> Panel:
    if trace.cumulative.height:
        return views_over_time.panel(
            trace.cumulative,
            look,
            unseen=trace.unseen,
            corrections=trace.corrections,
            found_bands=found,
            target=target,
            until=trace.until,
            points=points,
            height=int(LOWEST),
        )
    return viewers_over_time.panel(
        trace.viewers.filter(pl.col("platform").is_not_null()),
        look,
        unseen=trace.unseen,
        found_bands=found,
        until=trace.until,
        points=points,
        height=int(LOWEST),
        worded=False,
    )


def _classes(platforms: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """The class and the name that go with a curve's colour; the sum has the ink's."""
    return {
        color(platform, dark=False, among=platforms): (platform, name(platform))
        for platform in platforms
    }
