"""Audience: viewers over time, peak, average, hours watched, airtime.

Everything stands on the numbers of viewers that platforms told, held as :mod:`storage.analysis.viewers.viewer_intervals`
says. Units are persons (viewers), hours and seconds; times are UTC, to the minute.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import (
    close_intervals,
    seconds_by_key,
    total_seconds,
    unite,
    whole_minutes,
)
from storage.analysis.viewers.peak_error import highest_peak
from storage.analysis.viewers.viewer_intervals import (
    AddingViewers,
    ViewerSum,
    hold_part,
)

_HOUR, _MINUTE = 3600, 60
_SECOND = 1_000_000
#: A bound further above the peak is wide; of so few viewers single persons are much.
WIDE, FEW_VIEWERS = 0.15, 500
#: So few values tell little of how a series moves.
FEW_VALUES = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Peak:
    """The largest sum of viewers seen at one instant, and when: a lower bound.

    ``hardly_above`` is what it was hardly higher than between two polls (held in at least 95 % of
    trials on real series), never less than ``viewers``; ``None`` where too little was seen to say.
    What happened in gaps is not in it. ``few_values``: few polls told how the audience moves.
    """

    viewers: int
    at: datetime
    hardly_above: int | None
    few_values: bool = False

    @property
    def under_read(self) -> float | None:
        """By what share of the peak the true one may be higher; ``None``: not known."""
        if self.hardly_above is None or self.viewers == 0:
            return None
        return self.hardly_above / self.viewers - 1

    @property
    def wide(self) -> str | None:
        """Why the bound is wide: ``few_viewers`` or ``few_values``; ``None``: it is not, or unsteady."""
        if (self.under_read or 0) <= WIDE:
            return None
        if self.viewers <= FEW_VIEWERS:
            return "few_viewers"
        return "few_values" if self.few_values else None


@dataclass(frozen=True, kw_only=True, slots=True)
class AudienceFigures:
    """What an audience comes to. What no platform reported is ``None``, never 0.

    ``peak``: of the sum, not the sum of peaks.
    ``average``: average minute audience, persons: hours watched by hour seen; time-weighted.
    ``average_at_least``: hours watched by hour of airtime, as if nobody had watched what was not
    seen: a lower bound, equal to ``average`` where all was seen. Unlike ``average``, a gap in a
    quiet hour does not raise it. ``None`` where the airtime is not known.
    ``hours_watched``: person-hours, an estimate from values that hold until the next; gaps are left
    out, so it is low by what happened in them.
    ``seen_hours``: time at which at least one of them told its viewers, never more than the airtime.
    ``coverage``: of the broadcasts' time on the air together, the share with a told number of viewers;
    ``None`` if never on air.
    """

    peak: Peak | None
    average: float | None
    average_at_least: float | None
    hours_watched: float | None
    seen_hours: float
    coverage: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubtful:
    """``readings``: :data:`storage.analysis.viewers.viewer_intervals.DOUBTFUL` rows, oldest first.

    ``minutes``: how long they hold, by broadcast together. ``hours_watched``: what they are of it.
    ``without``: the figures as if these had not been polled.
    """

    readings: pl.DataFrame
    minutes: float
    hours_watched: float
    without: AudienceFigures


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience(AudienceFigures):
    """The audience of some broadcasts, of all that was told.

    ``viewers``: :data:`storage.analysis.viewers.viewer_intervals.STEPS` rows, the sum over time; unseen stretches have none.
    ``airtime_hours``: time at which at least one broadcast was on the air, in whole minutes.
    ``doubtful``: which readings are in doubt, and the figures without them; ``None``: none is.
    """

    viewers: pl.DataFrame
    airtime_hours: float
    doubtful: Doubtful | None


def audience(dataset: Dataset, *, until: datetime) -> Audience:
    """Measure the audience of the broadcasts of ``dataset``, up to ``until``."""
    added = AddingViewers()
    for part in dataset.in_parts():
        added.add(hold_part(part, until=until))
    return audiences(dataset, added, until=until)[""]


def audiences(dataset: Dataset, added: AddingViewers, *, until: datetime) -> dict[str, Audience]:
    """Measure the audience of each key of ``added``, to which every part of ``dataset`` was."""
    held, sure = added.sums(), AddingViewers(added.keys)
    readings = pl.concat([each.doubtful for each in held.values()])
    if not readings.is_empty():
        minutes = readings.select("broadcast", minute="started_at")
        rest = dataset.minutes.join(minutes, on=["broadcast", "minute"], how="anti")
        for part in replace(dataset, minutes=rest).in_parts():
            sure.add(hold_part(part, until=until))
    without = sure.sums()
    on_air = added.keyed(unite(close_intervals(whole_minutes(dataset.segments), until)))
    all_on_air = seconds_by_key(on_air)
    airtime = seconds_by_key(unite(on_air.with_columns(broadcast="key")).with_columns(key="broadcast"))  # fmt: skip
    return {
        key: _audience(
            each,
            each if each.doubtful.is_empty() else without[key],
            airtime.get(key, 0.0) / _HOUR,
            all_on_air.get(key, 0.0),
        )
        for key, each in held.items()
    }


def _audience(held: ViewerSum, sure: ViewerSum, airtime: float, all_on_air: float) -> Audience:
    figures, readings, doubtful = _figures(held, sure, airtime, all_on_air), held.doubtful, None
    if not readings.is_empty():
        doubtful = Doubtful(
            readings=readings.sort("started_at", "broadcast"),
            minutes=total_seconds(readings) / _MINUTE,
            hours_watched=_watched(readings)[0],
            without=_figures(sure, sure, airtime, all_on_air),
        )
    return Audience(
        **{field.name: getattr(figures, field.name) for field in fields(figures)},
        viewers=held.steps,
        airtime_hours=airtime,
        doubtful=doubtful,
    )


def _figures(
    held: ViewerSum, sure: ViewerSum, airtime: float, all_on_air: float
) -> AudienceFigures:
    """Reckon the figures of ``held``; how far they wander is told by ``sure``. On air in hours and seconds."""
    watched, seen_hours = _watched(held.steps)
    measured = not held.steps.is_empty()
    return AudienceFigures(
        peak=_peak(held.steps, sure),
        average=watched / seen_hours if measured else None,
        average_at_least=watched / airtime if measured and airtime else None,
        hours_watched=watched if measured else None,
        seen_hours=seen_hours,
        coverage=held.held_seconds / all_on_air if all_on_air else None,
    )


def _watched(steps: pl.DataFrame) -> tuple[float, float]:
    """Return person-hours and hours of intervals that hold ``viewers``."""
    length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
    hour = _SECOND * _HOUR
    return steps.select(
        watched=(pl.col("viewers") * length).sum() / hour, seen_hours=length.sum() / hour
    ).row(0)


def _peak(steps: pl.DataFrame, sure: ViewerSum) -> Peak | None:
    if steps.is_empty():
        return None
    best = steps.sort("largest", "started_at", descending=[True, False]).row(0, named=True)
    runs = _runs(sure.steps, sure.pace)
    above = highest_peak(runs)
    return Peak(
        viewers=best["largest"],
        at=best["started_at"],
        hardly_above=None if above is None else max(best["largest"], int(above)),
        few_values=sum(map(len, runs)) < FEW_VALUES,
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
