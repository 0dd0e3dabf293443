"""Audience: viewers over time, peak, average, hours watched, airtime.

Everything stands on the numbers of viewers that platforms told, held as :mod:`storage.analysis.viewers.viewer_intervals`
says. Units are persons (viewers), hours and seconds; times are UTC, to the minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import close_intervals, total_seconds, unite, whole_minutes
from storage.analysis.viewers.peak_error import highest_peak
from storage.analysis.viewers.viewer_intervals import ViewerSum, sum_viewers

_HOUR = 3600
_SECOND = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Peak:
    """The largest sum of viewers seen at one instant, and when: a lower bound.

    ``hardly_above`` is what it was hardly higher than between two polls (held in at least 95 % of
    trials on real series), never less than ``viewers``; ``None`` where too little was seen to say.
    What happened in gaps is not in it.
    """

    viewers: int
    at: datetime
    hardly_above: int | None

    @property
    def under_read(self) -> float | None:
        """By what share of the peak the true one may be higher; ``None``: not known."""
        if self.hardly_above is None or self.viewers == 0:
            return None
        return self.hardly_above / self.viewers - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """The audience of some broadcasts. What no platform reported is ``None``, never 0.

    ``viewers``: :data:`storage.analysis.viewers.viewer_intervals.STEPS` rows, the sum over time; unseen stretches have none.
    ``peak``: of the sum, not the sum of peaks.
    ``average``: average minute audience, persons: hours watched by hour seen; time-weighted.
    ``average_at_least``: hours watched by hour of airtime, as if nobody had watched what was not
    seen: a lower bound, equal to ``average`` where all was seen. Unlike ``average``, a gap in a
    quiet hour does not raise it. ``None`` where the airtime is not known.
    ``hours_watched``: person-hours, an estimate from values that hold until the next; gaps are left
    out, so it is low by what happened in them.
    ``airtime_hours``: time at which at least one broadcast was on the air, in whole minutes.
    ``seen_hours``: time at which at least one of them told its viewers, never more than the airtime.
    ``coverage``: of the broadcasts' time on the air together, the share with a told number of viewers;
    ``None`` if never on air.
    """

    viewers: pl.DataFrame
    peak: Peak | None
    average: float | None
    average_at_least: float | None
    hours_watched: float | None
    airtime_hours: float
    seen_hours: float
    coverage: float | None


def audience(dataset: Dataset, *, until: datetime) -> Audience:
    """Measure the audience of the broadcasts of ``dataset``, up to ``until``."""
    held = sum_viewers(dataset, until=until)
    steps = held.steps
    on_air = unite(close_intervals(whole_minutes(dataset.segments), until))
    together = unite(on_air.with_columns(broadcast=pl.lit("")))
    airtime = total_seconds(together) / _HOUR
    length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
    watched, length_seen = steps.select(
        hours=(pl.col("viewers") * length).sum() / _SECOND / _HOUR,
        seen=length.sum() / _SECOND / _HOUR,
    ).row(0)
    all_on_air = total_seconds(on_air)
    measured = not steps.is_empty()
    return Audience(
        viewers=steps,
        peak=_peak(held),
        average=watched / length_seen if measured else None,
        average_at_least=watched / airtime if measured and airtime else None,
        hours_watched=watched if measured else None,
        airtime_hours=airtime,
        seen_hours=length_seen,
        coverage=held.held_seconds / all_on_air if all_on_air else None,
    )


def _peak(held: ViewerSum) -> Peak | None:
    steps = held.steps
    if steps.is_empty():
        return None
    best = steps.sort("largest", "started_at", descending=[True, False]).row(0, named=True)
    above = highest_peak(_runs(steps, held.pace))
    return Peak(
        viewers=best["largest"],
        at=best["started_at"],
        hardly_above=None if above is None else max(best["largest"], int(above)),
    )


def _runs(steps: pl.DataFrame, pace: timedelta | None) -> list[list[int]]:
    """Cut the sum into values one interval apart: ``pace``, that of the broadcast polled least often.

    A run ends where nothing was seen, and where a broadcast comes or goes: that is no wandering.
    """
    if pace is None:
        return [steps["viewers"].to_list()] if steps.height == 1 else []
    broken = (
        (pl.col("started_at") != pl.col("ended_at").shift(1))
        | (pl.col("broadcasts") != pl.col("broadcasts").shift(1))
    ).fill_null(value=True)
    into_run = pl.col("started_at") - pl.col("started_at").first().over("run")
    slot = into_run.dt.total_microseconds() // (pace.total_seconds() * _SECOND)
    cut = (
        steps.with_columns(run=broken.cum_sum())
        .with_columns(slot=slot)
        .group_by("run", "slot", maintain_order=True)
        .agg(pl.col("viewers").first())
    )
    return cut.group_by("run", maintain_order=True).agg("viewers")["viewers"].to_list()
