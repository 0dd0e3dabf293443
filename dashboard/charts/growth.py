"""Puts an edition's (or a broadcast's) curves together: views, their rate, and the viewers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl

from dashboard.charts import rate_over_time, viewers_over_time, views_over_time
from dashboard.charts.annotations import annotation_lines, annotation_text
from dashboard.charts.corrections import fall_sentence, falls
from dashboard.charts.echarts import figure, height
from dashboard.charts.gaps import Band, bands, sentence
from dashboard.charts.panel import Panel
from dashboard.charts.theme import Spec, Theme
from storage.analysis.epoch import instants, milliseconds
from storage.analysis.unseen import MINUTE_MS, UnseenInterval, sample_times
from storage.model import Annotation

_NOTES = 5
_RATE_BINS = 360


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

    def within(self, since: datetime | None, until: datetime) -> "CurveData":
        """The same without what lies outside; None for the beginning."""
        start = since or datetime.fromtimestamp(0, UTC)
        inside = pl.col("minute").is_between(start, until)
        lower, upper = milliseconds(start), milliseconds(until) + MINUTE_MS
        return CurveData(
            cumulative=self.cumulative.filter(inside),
            rates=self.rates.filter(inside),
            viewers=self.viewers.filter(inside),
            unseen=tuple(
                replace(one, started=max(one.started, lower), ended=min(one.ended, upper))
                for one in self.unseen
                if one.started < upper and one.ended > lower
            ),
            corrections=self.corrections.filter(pl.col("observed_at").is_between(start, until)),
            until=until,
            annotations=tuple(one for one in self.annotations if start <= one.at <= until),
        )

    def of_platforms(self, platforms: Sequence[str]) -> "CurveData":
        """The same for some platforms only, their sum made anew."""
        chosen = pl.col("platform").is_in(list(platforms))
        parts = self.cumulative.filter(chosen)
        return CurveData(
            cumulative=pl.concat([parts, summed(parts)]),
            rates=self.rates.filter(chosen),
            viewers=self.viewers.filter(chosen),
            unseen=tuple(one for one in self.unseen if one.platform in platforms),
            corrections=self.corrections.filter(chosen),
            until=self.until,
            annotations=self.annotations,
        )


@dataclass(frozen=True, kw_only=True)
class ChartRequest:
    """A chart with what must stand beside it: its height in pixels, its text, its notes."""

    spec: Spec
    height: int
    alt: str
    notes: tuple[str, ...]


def summed(parts: pl.DataFrame) -> pl.DataFrame:
    """The sum of the platforms' last known views at each minute in which one was seen."""
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
    """The wall's chart: the views alone, without zoom. None when there is nothing to draw.

    ``body`` is the height of what is drawn in, in pixels.
    """
    return _draw(trace, look, target=target, points=points, full=False, body=body)


def growth_chart(
    trace: CurveData, look: Theme, *, target: int | None, points: int = 1500, zoom: bool = True
) -> ChartRequest | None:
    """The growth page's chart: views, rate and viewers on one time axis, with ``zoom`` or without.

    Without it the panels are lower: nobody is there who could scroll either.
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
    minutes = trace.viewers["minute"]
    if minutes.is_empty():
        return None
    found = bands(sample_times(trace.viewers), trace.unseen, trace.until)
    start = int(instants(minutes).min())
    last = int(instants(minutes).max())
    end = max(last, *(band.ended for band in found)) if found else last
    panels = _panels(trace, look, found, target=target, points=points, full=full, body=body)
    inside = [one for one in trace.annotations if start <= milliseconds(one.at) <= end]
    panels = annotation_lines(
        panels, inside, look, start=start, end=end, shift=look.shift(trace.until)
    )
    latest = _latest(trace.cumulative)
    as_of = look.words.full(datetime.fromtimestamp(last / 1000, UTC))
    notes = [sentence(band, look) for band in sorted(found, key=lambda b: b.started - b.ended)]
    return ChartRequest(
        spec=figure(panels, look, start=start, end=end, shift=look.shift(trace.until), zoom=zoom),
        height=height(panels, look, zoom=zoom),
        alt=views_over_time.alt(latest, look, as_of, key="alt_growth" if full else "alt_views"),
        notes=(
            *notes[:_NOTES],
            *_corrected(trace.corrections, trace.cumulative, look),
            *(annotation_text(one, look) for one in inside),
        ),
    )


def _panels(
    trace: CurveData,
    look: Theme,
    found: Sequence[Band],
    *,
    target: int | None,
    points: int,
    full: bool,
    body: int,
) -> list[Panel]:
    """The panels there is something to draw in; only the first one's bands carry words."""
    panels: list[Panel] = []
    if trace.cumulative.height:
        panels.append(
            views_over_time.panel(
                trace.cumulative,
                look,
                unseen=trace.unseen,
                corrections=trace.corrections,
                found_bands=found,
                target=target,
                until=trace.until,
                points=points,
                height=body,
            )
        )
    if full and trace.rates.height:
        panels.append(
            rate_over_time.panel(
                trace.rates,
                look,
                unseen=trace.unseen,
                found_bands=found,
                until=trace.until,
                points=min(points, _RATE_BINS),
                height=_lesser(body),
            )
        )
    if (full or not panels) and trace.viewers["concurrent_viewers"].is_not_null().any():
        panels.append(
            viewers_over_time.panel(
                trace.viewers,
                look,
                unseen=trace.unseen,
                found_bands=found,
                until=trace.until,
                points=points,
                height=_lesser(body) if full else body,
                worded=not panels,
            )
        )
    return panels


def _lesser(body: int) -> int:
    """The height of the panels below the first."""
    return round(body * 0.45)


def _latest(cumulative: pl.DataFrame) -> dict[str, int]:
    named = cumulative.filter(pl.col("platform").is_not_null() & pl.col("views").is_not_null())
    newest = named.sort("minute").group_by("platform").last()
    return dict(newest.select("platform", "views").iter_rows())


def _corrected(corrections: pl.DataFrame, cumulative: pl.DataFrame, look: Theme) -> list[str]:
    highest = cumulative["views"].max()
    least = views_over_time.NOTED_SHARE * highest if isinstance(highest, int) else 0
    large = [one for one in falls(corrections) if one.views >= least]
    return [fall_sentence(one, look) for one in large[:_NOTES]]
