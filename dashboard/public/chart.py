"""The growth curve as an inline SVG that is drawn by any browser, at any width, without a script.

The curves are stretched to the plot; the words stand beside them in pixels of the screen, so that
they read the same on a phone and on a desk. Colours are classes: the page's style knows the themes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from dashboard.charts import growth, viewers_over_time, views_over_time
from dashboard.charts.downsample import Point
from dashboard.charts.gaps import Band, bands
from dashboard.charts.growth import Drawing, Trace
from dashboard.charts.look import Look, instants, milliseconds
from dashboard.charts.palette import color, name
from dashboard.charts.panel import Panel, Stroke
from dashboard.charts.scale import spread, tick_text
from dashboard.charts.sight import sample_times
from dashboard.edition import EditionPicture
from dashboard.ui.markup import attribute, bdi
from dashboard.ui.words import Words

_ACROSS, _DOWN = 1000, 600  # the grid that points are rounded to
_LOWEST_PLOT = 280.0  # pixels: the plot's height on a phone, where labels are closest
_LABEL_APART = 18.0
_SHOWN_SHARE = 0.004  # of the width; a narrower band would be a hairline
_TIMES = 6
_FEW_TIMES = 4
_HOUR_STEPS = (1, 2, 3, 6, 12)
_SUM = "sum"


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The chart as HTML, and in words where its lines break."""

    svg: str
    of_views: bool
    notes: tuple[str, ...]


def curve(edition: EditionPicture, words: Words, *, points: int = 150) -> Curve | None:
    """Draw the edition's views, or its viewers where no views are told; None without either.

    A curve has about ``points`` points.
    """
    look = Look(words=words)
    trace = _trace(edition)
    drawing = growth.wall(trace, look, target=edition.target_views, points=points)
    if drawing is None:
        return None
    found = bands(sample_times(trace.viewers), trace.unseen, trace.until)
    times = instants(trace.viewers["minute"])
    start, last = int(times.min()), int(times.max())
    plot = _Plot(
        panel=_panel(trace, look, found, edition.target_views, points),
        found=found,
        start=start,
        end=max(start + 60_000, last, *(band.ended for band in found)),
        classes=_classes(edition.platforms),
        look=look,
    )
    return Curve(
        svg=plot.drawn(drawing, edition.target_views if trace.cumulative.height else None),
        of_views=bool(trace.cumulative.height),
        notes=drawing.notes,
    )


def _trace(edition: EditionPicture) -> Trace:
    return Trace(
        cumulative=edition.curves.cumulative,
        rates=edition.curves.rates,
        viewers=edition.curves.viewers,
        unseen=edition.unseen,
        corrections=edition.corrections,
        until=edition.until,
    ).within(None, edition.until)


def _panel(
    trace: Trace, look: Look, found: Sequence[Band], target: int | None, points: int
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
            height=int(_LOWEST_PLOT),
        )
    return viewers_over_time.panel(
        trace.viewers.filter(pl.col("platform").is_not_null()),
        look,
        unseen=trace.unseen,
        found_bands=found,
        until=trace.until,
        points=points,
        height=int(_LOWEST_PLOT),
        worded=False,
    )


def _classes(platforms: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """The class and the name that go with a curve's colour; the sum has the ink's."""
    return {
        color(platform, dark=False, among=platforms): (platform, name(platform))
        for platform in platforms
    }


@dataclass(frozen=True, kw_only=True)
class _Plot:
    panel: Panel
    found: Sequence[Band]
    start: int
    end: int
    classes: Mapping[str, tuple[str, str]]
    look: Look

    def drawn(self, drawing: Drawing, target: int | None) -> str:
        parts = [
            *self._bands(),
            *self._grid(),
            *self._target(target),
            self._curves(),
            *self._spots(),
            *self._ends(),
            *self._times(),
        ]
        label = attribute(drawing.alt)
        return f'<svg class="plot" role="img" aria-label="{label}">{"".join(parts)}</svg>'

    def _across(self, at: float) -> float:
        return (at - self.start) / (self.end - self.start)

    def _down(self, value: float) -> float:
        return self.panel.scale.pixel(value, 1)

    def _bands(self) -> Iterator[str]:
        for band in self.found:
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
            f'<path class="{self._class(one)}{" dash" if one.dash != "solid" else ""}" d="{path}"/>'
            for one in reversed(self.panel.strokes)
            if (path := self._path(one.points))
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
        """The names at the ends of the lines, moved apart as little as is needed."""
        ending = [one for one in self.panel.strokes if one.label]
        told = [next(v for _, v in reversed(one.points) if v is not None) for one in ending]
        wished = [self.panel.scale.pixel(value, _LOWEST_PLOT) for value in told]
        placed = spread(wished, apart=_LABEL_APART, lowest=_LOWEST_PLOT)
        words = self.look.words
        for one, value, y in zip(ending, told, placed, strict=True):
            label = self.classes.get(one.color, (_SUM, words.say("chart.sum")))[1]
            much = f'<tspan class="wide"> {bdi_text(words.compact(round(value)))}</tspan>'
            yield (
                f'<text class="end {self._class(one)}" x="100%" y="{_percent(y / _LOWEST_PLOT)}"'
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
    """Up to six round moments between two (UTC milliseconds): hours, or days where it is longer."""
    hours = (end - start) / 3_600_000
    step = next((one for one in _HOUR_STEPS if hours / one <= _TIMES), None)
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
    """Text for an SVG ``<text>``, which has no ``<bdi>``: escaped, its direction as it comes."""
    return bdi(text).removeprefix("<bdi>").removesuffix("</bdi>")


def _percent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"
