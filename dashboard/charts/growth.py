"""An edition's (or a broadcast's) curves together: their charts, and what spoils them most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl

from dashboard.charts import rate_over_time, viewers_over_time, views_over_time
from dashboard.charts.annotations import annotation_lines, annotation_text
from dashboard.charts.echarts import figure, height
from dashboard.charts.gaps import Band, bands, sentence
from dashboard.charts.panel import Panel, PanelContext, time_span
from dashboard.charts.theme import Spec, Theme
from dashboard.charts.views_over_time import Fall, fall_sentence, largest_falls
from storage.analysis.epoch import milliseconds
from storage.analysis.unseen import MINUTE_MS, UnseenInterval, sample_times
from storage.model import Annotation

_NOTES = 5
_RATE_BINS = 360
_BELOW = 0.45  # of the first panel's height have those below it


@dataclass(frozen=True, kw_only=True)
class CurveData:
    """What is to be drawn, all of the same period, up to ``until``."""

    cumulative: pl.DataFrame  # minute, platform (null: the sum), views
    rates: pl.DataFrame  # minute, platform, views_per_minute, minutes
    viewers: pl.DataFrame  # minute, platform, concurrent_viewers
    unseen: tuple[UnseenInterval, ...]  # when each platform was not seen, or only in part
    corrections: pl.DataFrame
    until: datetime
    annotations: tuple[Annotation, ...] = ()
    doubtful: tuple[viewers_over_time.DoubtfulPoint, ...] = ()

    def within(self, since: datetime | None, until: datetime) -> "CurveData":
        """Return the same without what lies outside; None for the beginning."""
        start = since or datetime.fromtimestamp(0, UTC)
        inside = pl.col("minute").is_between(start, until)
        lower, upper = milliseconds(start), milliseconds(until) + MINUTE_MS
        return CurveData(
            cumulative=self.cumulative.filter(inside),
            rates=self.rates.filter(inside),
            viewers=self.viewers.filter(inside),
            unseen=tuple(
                replace(
                    interval, started=max(interval.started, lower), ended=min(interval.ended, upper)
                )
                for interval in self.unseen
                if interval.started < upper and interval.ended > lower
            ),
            corrections=self.corrections.filter(pl.col("observed_at").is_between(start, until)),
            until=until,
            annotations=tuple(each for each in self.annotations if start <= each.at <= until),
            doubtful=tuple(point for point in self.doubtful if start <= point[0] <= until),
        )

    def of_platforms(self, platforms: Sequence[str]) -> "CurveData":
        """Return the same for some platforms only, their sum made anew."""
        chosen = pl.col("platform").is_in(list(platforms))
        parts = self.cumulative.filter(chosen)
        return replace(
            self,
            cumulative=pl.concat([parts, summed(parts)]),
            rates=self.rates.filter(chosen),
            viewers=self.viewers.filter(chosen),
            unseen=tuple(interval for interval in self.unseen if interval.platform in platforms),
            corrections=self.corrections.filter(chosen),
        )

    def bands(self) -> list[Band]:
        """Return the bands of what was not seen, in order of time."""
        return bands(sample_times(self.viewers), self.unseen, self.until)

    def context(self, look: Theme, *, points: int, height: int) -> PanelContext:
        """Return what its panels are drawn with; see there for ``points`` and ``height``."""
        return PanelContext(
            look=look,
            unseen=self.unseen,
            bands=self.bands(),
            until=self.until,
            points=points,
            height=height,
        )


@dataclass(frozen=True, kw_only=True)
class ChartRequest:
    """A chart with what must stand beside it: its height in pixels, its text, its notes."""

    spec: Spec
    height: int
    alt: str
    notes: tuple[str, ...]


def summed(parts: pl.DataFrame) -> pl.DataFrame:
    """Sum the platforms' last known views at each minute in which one was seen."""
    if parts.is_empty():
        return parts.clear()
    wide = parts.pivot("platform", index="minute", values="views").sort("minute")
    filled = wide.with_columns(pl.exclude("minute").forward_fill())
    return filled.select(
        "minute",
        pl.lit(None, pl.String).alias("platform"),
        pl.sum_horizontal(pl.exclude("minute")).cast(pl.Int64).alias("views"),
    )


def wall_chart(
    trace: CurveData, look: Theme, *, target: int | None, points: int = 400, body: int = 360
) -> ChartRequest | None:
    """Draw the wall's chart: the views alone, without zoom. None when there is nothing to draw.

    A curve has about ``points`` points; ``body`` is the height of what is drawn in, in pixels.
    """
    return _draw(trace, look, target=target, points=points, full=False, body=body)


def growth_chart(
    trace: CurveData, look: Theme, *, target: int | None, points: int = 1500, zoom: bool = True
) -> ChartRequest | None:
    """Draw the growth page's chart: views, rate and viewers on one time axis.

    Without ``zoom`` the panels are lower: nobody is there who could scroll either.
    """
    body = 330 if zoom else 250
    return _draw(trace, look, target=target, points=points, full=True, body=body, zoom=zoom)


def _draw(
    trace: CurveData,
    look: Theme,
    *,
    target: int | None,
    points: int,
    full: bool,
    body: int,
    zoom: bool = False,
) -> ChartRequest | None:
    if trace.viewers.is_empty():
        return None
    context = trace.context(look, points=points, height=body)
    start, last = time_span(trace.viewers["minute"])
    axis = {
        "start": start,
        "end": max([last, *(band.ended for band in context.bands)]),
        "shift": look.shift(trace.until),
    }
    inside = [
        annotation
        for annotation in trace.annotations
        if start <= milliseconds(annotation.at) <= axis["end"]
    ]
    panels = annotation_lines(
        _panels(trace, context, target=target, full=full), inside, look, **axis
    )
    as_of = look.words.full(datetime.fromtimestamp(last / 1000, UTC))
    longest = sorted(context.bands, key=lambda band: band.started - band.ended)
    return ChartRequest(
        spec=figure(panels, look, **axis, zoom=zoom),
        height=height(panels, look, zoom=zoom),
        alt=views_over_time.alt(
            _latest(trace.cumulative), look, as_of, key="alt_growth" if full else "alt_views"
        ),
        notes=(
            *(sentence(band, look) for band in longest[:_NOTES]),
            *_corrected(trace.corrections, trace.cumulative, look),
            *(annotation_text(annotation, look) for annotation in inside),
            *_doubted(trace, look),
        ),
    )


def _panels(
    trace: CurveData, context: PanelContext, *, target: int | None, full: bool
) -> list[Panel]:
    """Draw the panels there is something to draw in; only the first one's bands carry words."""
    panels: list[Panel] = []
    below = replace(context, height=round(context.height * _BELOW), worded=False)
    if trace.cumulative.height:
        corrections = trace.corrections
        panels.append(
            views_over_time.panel(trace.cumulative, context, corrections=corrections, target=target)
        )
    if full and trace.rates.height:
        bins = replace(below, points=min(context.points, _RATE_BINS))
        panels.append(rate_over_time.panel(trace.rates, bins))
    if (full or not panels) and trace.viewers["concurrent_viewers"].is_not_null().any():
        own = replace(below if full else context, worded=not panels)
        panels.append(viewers_over_time.panel(trace.viewers, own, doubtful=trace.doubtful))
    return panels


def _doubted(trace: CurveData, look: Theme) -> list[str]:
    count = len(trace.doubtful)
    return [look.words.plural("chart.doubtful", count)] if count else []


def _latest(cumulative: pl.DataFrame) -> dict[str, int]:
    named = cumulative.filter(pl.col("platform").is_not_null() & pl.col("views").is_not_null())
    newest = named.sort("minute").group_by("platform").last()
    return dict(newest.select("platform", "views").iter_rows())


def _corrected(corrections: pl.DataFrame, cumulative: pl.DataFrame, look: Theme) -> list[str]:
    highest = cumulative["views"].max()
    least = views_over_time.NOTED_SHARE * highest if isinstance(highest, int) else 0
    large = [fall for fall in largest_falls(corrections) if fall.views >= least]
    return [fall_sentence(fall, look) for fall in large[:_NOTES]]


_LONG_MS = 3_600_000  # a shorter silence is drawn and listed, and no news above every page


@dataclass(frozen=True, kw_only=True, slots=True)
class DataQuality:
    """The longest silence that is over and the largest fall of views; ``None``: there is none."""

    silence: Band | None
    fall: Fall | None


def data_quality(trace: CurveData) -> DataQuality:
    """Return what spoils an edition's curves most."""
    long = [
        band
        for band in (trace.bands() if trace.viewers.height else ())
        if not band.ongoing and not band.partial and _length(band) >= _LONG_MS
    ]
    return DataQuality(
        silence=max(long, key=_length, default=None),
        fall=next(iter(largest_falls(trace.corrections)), None),
    )


def told_values(quality: DataQuality, look: Theme) -> list[str]:
    """Say each in a sentence, the same as below the charts."""
    silence = [sentence(quality.silence, look)] if quality.silence else []
    return silence + ([fall_sentence(quality.fall, look)] if quality.fall else [])


def _length(band: Band) -> int:
    return band.ended - band.started
