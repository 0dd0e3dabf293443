"""The growth curve as an inline SVG that any browser draws, at any width, without a script.

The curves are stretched to the plot; the words stand beside them in pixels of the screen, so that
they read the same on a phone and on a desk. Colours are classes: the page's style knows the themes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from dashboard.charts import growth, viewers_over_time, views_over_time
from dashboard.charts.downsample import Point
from dashboard.charts.gaps import Band
from dashboard.charts.growth import CurveData
from dashboard.charts.panel import Panel, PanelContext, Stroke, time_span
from dashboard.charts.scale import spread, tick_text
from dashboard.charts.theme import Theme, color
from dashboard.i18n.markup import attribute, bdi
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name
from storage.analysis.epoch import milliseconds

_LOWEST = 280.0  # pixels: the plot's height on a phone, where labels are closest
_ACROSS, _DOWN = 1000, 600  # the grid that points are rounded to
_LABEL_APART = 18.0
_SHOWN_SHARE = 0.004  # of the width; a narrower band would be a hairline
_TIMES = 6
_FEW_TIMES = 4
_HOUR_STEPS = (1, 2, 3, 6, 12)
_SUM = "sum"


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
    look, target = Theme(words=words), edition.target_views
    trace = _trace(edition)
    chart = growth.wall_chart(trace, look, target=target, points=points)
    if chart is None:
        return None
    of_views = bool(trace.cumulative.height)
    start, last = time_span(trace.viewers["minute"])
    context = trace.context(look, points=points, height=int(_LOWEST))
    plot = _Plot(
        panel=_panel(trace, context, target),
        bands=context.bands,
        start=start,
        end=max([start + 60_000, last, *(band.ended for band in context.bands)]),
        classes=_classes(edition.platforms),
        look=look,
    )
    return PublicCurve(
        svg=plot.svg(chart.alt, target if of_views else None),
        of_views=of_views,
        notes=chart.notes,
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


def _panel(trace: CurveData, context: PanelContext, target: int | None) -> Panel:
    if trace.cumulative.height:
        corrections = trace.corrections
        return views_over_time.panel(
            trace.cumulative, context, corrections=corrections, target=target
        )
    viewers = trace.viewers.filter(pl.col("platform").is_not_null())
    return viewers_over_time.panel(viewers, context)


def _classes(platforms: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """Return the class and the name that go with a curve's colour; the sum has the ink's."""
    return {
        color(platform, dark=False, among=platforms): (platform, name(platform))
        for platform in platforms
    }


@dataclass(frozen=True, kw_only=True)
class _Plot:
    """A panel's curves and what stands beside them. ``start`` and ``end`` in UTC milliseconds."""

    panel: Panel
    bands: Sequence[Band]
    start: int
    end: int
    classes: Mapping[str, tuple[str, str]]  # by a curve's colour: its class and its name
    look: Theme

    def svg(self, alt: str, target: int | None) -> str:
        """Return all of it as SVG; ``alt`` for who cannot see it."""
        parts = [
            *self._gaps(),
            *self._grid(),
            *self._target(target),
            self._curves(),
            *self._spots(),
            *self._ends(),
            *self._times(),
        ]
        label = attribute(alt)
        return f'<svg class="plot" role="img" aria-label="{label}">{"".join(parts)}</svg>'

    def _across(self, at: float) -> float:
        return (at - self.start) / (self.end - self.start)

    def _down(self, value: float) -> float:
        return self.panel.scale.pixel(value, 1)

    def _gaps(self) -> Iterator[str]:
        for band in self.bands:
            left, right = max(0.0, self._across(band.started)), min(1.0, self._across(band.ended))
            if right - left >= _SHOWN_SHARE:
                kind = "gap part" if band.partial else "gap"
                width = _percent(right - left)
                yield f'<rect class="{kind}" x="{_percent(left)}" y="0" width="{width}" height="100%"/>'

    def _grid(self) -> Iterator[str]:
        for tick in self.panel.scale.ticks:
            y = _percent(self._down(tick))
            yield f'<line class="rule" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
            text = self.look.words.run(tick_text(tick, self.look))
            yield f'<text class="tick" y="{y}" dy="-5">{bdi_text(text)}</text>'

    def _target(self, target: int | None) -> Iterator[str]:
        if target is None or target > self.panel.scale.top:
            return
        words, y = self.look.words, _percent(self._down(target))
        text = words.run(words.say("public.goal_label", target=words.compact_tick(target)))
        yield f'<line class="aim" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
        yield f'<text class="aim" x="100%" y="{y}" dy="-6" text-anchor="end">{bdi_text(text)}</text>'

    def _curves(self) -> str:
        lines = "".join(
            f'<path class="{self._class(stroke)}{" dash" if stroke.dash != "solid" else ""}" d="{path}"/>'
            for stroke in reversed(self.panel.strokes)
            if (path := self._path(stroke.points))
        )
        return (
            f'<svg width="100%" height="100%" viewBox="0 0 {_ACROSS} {_DOWN}"'
            f' preserveAspectRatio="none">{lines}</svg>'
        )

    def _class(self, stroke: Stroke) -> str:
        return self.classes.get(stroke.color, (_SUM, ""))[0]

    def _path(self, points: Sequence[Point]) -> str:
        written: list[str] = []
        pen: tuple[int, int] | None = None
        for at, value in points:
            if value is None:
                pen = None
                continue
            here = (round(self._across(at) * _ACROSS), round(self._down(value) * _DOWN))
            if pen is None:
                written.append(f"M{here[0]} {here[1]}h0")  # a lone sample is a dot
            elif here != pen:
                written.append(f"l{here[0] - pen[0]} {here[1] - pen[1]}")
            pen = here
        return "".join(written).replace(" -", "-")

    def _spots(self) -> Iterator[str]:
        shift = self.look.shift(datetime.fromtimestamp(self.end / 1000, UTC))
        for spot in self.panel.spots:
            at, value = spot["coord"]
            x, y = _percent(self._across(at - shift)), _percent(self._down(value))
            text = bdi_text(spot["label"]["formatter"])
            yield f'<text class="fall" x="{x}" y="{y}" dy="14" text-anchor="middle">▲</text>'
            yield f'<text class="fall wide" x="{x}" y="{y}" dy="30" text-anchor="middle">{text}</text>'

    def _ends(self) -> Iterator[str]:
        """Write the names at the ends of the lines, moved apart as little as is needed."""
        strokes = [stroke for stroke in self.panel.strokes if stroke.label]
        last = [next(v for _, v in reversed(each.points) if v is not None) for each in strokes]
        wished = [self.panel.scale.pixel(value, _LOWEST) for value in last]
        heights = spread(wished, apart=_LABEL_APART, lowest=_LOWEST)
        words = self.look.words
        for stroke, value, y in zip(strokes, last, heights, strict=True):
            label = self.classes.get(stroke.color, (_SUM, words.say("chart.sum")))[1]
            much = f'<tspan class="wide"> {bdi_text(words.compact(round(value)))}</tspan>'
            yield (
                f'<text class="end {self._class(stroke)}" x="100%" y="{_percent(y / _LOWEST)}"'
                f' dx="8" dy="4">{bdi_text(label)}{much}</text>'
            )

    def _times(self) -> Iterator[str]:
        marks = list(times_between(self.start, self.end, self.look.words))
        for index, (at, text) in enumerate(marks):
            x = _percent(self._across(at))
            often = " wide" if len(marks) > _FEW_TIMES and index % 2 else ""
            yield f'<line class="notch" x1="{x}" x2="{x}" y1="100%" y2="100%"/>'
            yield f'<text class="tick{often}" x="{x}" y="100%" dy="20" text-anchor="middle">{bdi_text(text)}</text>'


def times_between(start: int, end: int, words: Words) -> Iterator[tuple[int, str]]:
    """Yield up to six round moments between two (UTC milliseconds): hours, or days over more."""
    hours = (end - start) / 3_600_000
    step = next((step for step in _HOUR_STEPS if hours / step <= _TIMES), None)
    days = 1 if step else -(-int(hours / 24) // _TIMES) or 1
    at = datetime.fromtimestamp(start / 1000, words.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    while (moment := milliseconds(at)) < end:
        if moment > start:
            midnight = at.hour == 0
            yield moment, words.run(words.day(at)) if midnight or step is None else words.clock(at)
        at += timedelta(hours=step) if step else timedelta(days=days)


def bdi_text(text: str) -> str:
    """Return text for an SVG ``<text>``, which has no ``<bdi>``: escaped, its direction as it comes."""
    return bdi(text).removeprefix("<bdi>").removesuffix("</bdi>")


def _percent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"
