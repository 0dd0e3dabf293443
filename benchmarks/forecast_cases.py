"""Real series as editions, and how far a forecast of each misses: what `forecast.py` counts and prints."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from storage.analysis.forecast.conformal import PUBLIC, Halfway, doubt
from storage.analysis.forecast.ensemble import blend_methods
from storage.analysis.forecast.inputs import CumulativeCurve, ForecastInputs, PastEdition
from storage.analysis.forecast.intervals import Passing, forecast_intervals, target_reached
from storage.analysis.forecast.methods import logarithms

ELAPSED = (0.10, 0.25, 0.50, 0.75)
LEAST_ROWS, LEAST_HOURS, LEAST_GROWTH = 20, 48.0, 100.0
MOST_FALLEN = 0.1  # of the growth: no forecast foresees that a platform takes views back
REFUSED_HOURS = 24.0
MOST_PASTS = 12
HOLD = 3.0  # median intervals for which a number of viewers holds, as in the analysis
SCORES = 41
LEAST_SPREAD = 10  # scores of a share of the time, from fewer no spread is measured
SEED = 1
LAST_TOTAL = "last edition's total"


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series as an edition: ``family`` is its file and metric."""

    family: str
    name: str
    curve: CumulativeCurve

    @property
    def past(self) -> PastEdition:
        """The same as something that is over."""
        return PastEdition(curve=self.curve, end=float(self.curve.hours[-1]))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A series at a share of its time, its sum half-way from there, and its misses as calibrated on.

    ``crossed``: the hours between which the half-way sum was seen to be reached. ``score`` is of the
    last sum, ``halfway`` of the half-way one.
    """

    series: Series
    elapsed: float
    inputs: ForecastInputs
    target: float
    crossed: tuple[float, float]
    score: float
    halfway: float


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a forecast is calibrated on beside its own past, as it is shipped."""

    scores: list[float]
    halfway: Halfway


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was said of a case, and how far it missed: shares of the final sum, and of the whole time.

    ``hour_held``: how much of the time in which the half-way sum was reached lies in its range: between
    two rows nobody saw when. ``hour_touched``: whether any of it does.
    """

    case: Case
    final: dict[str, float]
    hour: dict[str, float]
    held: dict[float, bool]
    hour_held: float
    hour_touched: bool


def read(folder: Path) -> tuple[dict[str, list[Series]], int]:
    """Read every file that is long enough; how many series fell too far comes along."""
    found: dict[str, list[Series]] = {}
    apart = 0
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else [folder]:
        if pl.read_csv(path, n_rows=0).columns != ["series_id", "ts_utc", "metric", "value"]:
            continue
        types = {"value": pl.Float64, "series_id": pl.String}
        rows = pl.read_csv(path, schema_overrides=types).drop_nulls("value")
        for (name, metric), part in rows.group_by("series_id", "metric", maintain_order=True):
            kind = str(metric).lower()
            curve = curve_of(part, gauge="viewer" in kind) if "view" in kind else None
            if curve is None:
                continue
            fallen = float((np.maximum.accumulate(curve.views) - curve.views).max())
            if fallen > MOST_FALLEN * curve.views[-1]:
                apart += 1
                continue
            one = Series(family=f"{path.stem} {metric}", name=str(name), curve=curve)
            found.setdefault(one.family, []).append(one)
    return found, apart


def curve_of(rows: pl.DataFrame, *, gauge: bool) -> CumulativeCurve | None:
    """Give the growth since the first row; ``None`` where it is too short or too small."""
    ordered = rows.with_columns(
        at=pl.col("ts_utc").str.to_datetime(time_zone="UTC").dt.epoch("s")
    ).unique("at", keep="last").sort("at")  # fmt: skip
    hours = ((ordered["at"] - ordered["at"][0]) / 3600).to_numpy()
    values = ordered["value"].to_numpy()
    if hours.size < LEAST_ROWS or hours[-1] < LEAST_HOURS:
        return None
    views = values[1:] - values[0]
    if gauge:
        steps = np.diff(hours)
        views = np.cumsum(values[:-1] * np.minimum(steps, HOLD * np.median(steps)))
    return CumulativeCurve(hours=hours[1:], views=views) if views.max() >= LEAST_GROWTH else None


def laid_out(families: dict[str, list[Series]]) -> tuple[list[Case], int]:
    """Give every case, and how many the forecast would refuse."""
    random = np.random.default_rng(SEED)
    cases: list[Case] = []
    refused = 0
    for family in families.values():
        for one in family:
            rest = [other.past for other in family if other is not one]
            pasts = tuple(rest[place] for place in random.permutation(len(rest))[:MOST_PASTS])
            for elapsed in ELAPSED:
                whole = ForecastInputs(curve=one.curve, end=one.past.end, pasts=pasts)
                inputs = whole.until(elapsed * whole.end)
                if inputs.now < REFUSED_HOURS or inputs.views <= 0:
                    refused += 1
                    continue
                cases.append(case_of(one, elapsed, inputs))
    return cases, refused


def case_of(one: Series, elapsed: float, inputs: ForecastInputs) -> Case:
    """Measure what a forecast misses, by its doubt, as the calibration counts it."""
    came = max(one.past.views - inputs.views, 1.0)
    after, before = crossed(one.curve, inputs.views + came / 2, inputs.now)
    blend = blend_methods(inputs)
    reached_at = min((after + before) / 2, inputs.end)
    last, half = blend.growth(inputs, np.array([inputs.end, reached_at])).tolist()
    step = doubt(inputs, blend.missed_before)
    return Case(
        series=one,
        elapsed=elapsed,
        inputs=inputs,
        target=inputs.views + came / 2,
        crossed=(after, before),
        score=(float(np.log(came)) - last) / step,
        halfway=(float(np.log(came / 2)) - half) / step,
    )


def of_other_series(cases: Iterable[Case], case: Case) -> Known:
    """Give what all other series tell."""
    mine = (case.series.family, case.series.name)
    return known([one for one in cases if (one.series.family, one.series.name) != mine])


def of_other_files(cases: Iterable[Case], case: Case) -> Known:
    """Give what the series of all other files tell."""
    return known([one for one in cases if one.series.family != case.series.family])


def known(cases: list[Case]) -> Known:
    """Calibrate on ``cases``; what is shipped stands in for what they are too few to tell.

    How far apart scores lie half-way is drawn to that of all shares of the time together: one file
    more or less moves what a single share of it tells by up to a fifth.
    """
    if not cases:
        return Known(scores=list(PUBLIC.scores), halfway=PUBLIC.halfway)
    scores = [one.score for one in cases]
    parts = [[one.halfway for one in cases if one.elapsed == elapsed] for elapsed in ELAPSED]
    halfway: Halfway = PUBLIC.halfway
    if width(scores) > 0 and min(map(len, parts)) >= LEAST_SPREAD:
        common = width([score for part in parts for score in part])
        halfway = [
            (elapsed, (width(part) + common) / 2 / width(scores))
            for elapsed, part in zip(ELAPSED, parts, strict=True)
        ]
    return Known(scores=shipped(scores), halfway=halfway)


def width(scores: list[float]) -> float:
    """Give how far apart the ends of eight in ten scores lie."""
    return float(np.subtract(*np.quantile(scores, (0.9, 0.1)))) if scores else 0.0


def shipped(scores: Iterable[float]) -> list[float]:
    """Thin scores out to evenly spaced quantiles."""
    places = (np.arange(SCORES) + 0.5) / SCORES
    return [float(score) for score in np.quantile(np.array(list(scores)), places)]


def judged(case: Case, calibrated_on: Known) -> Result:
    """Forecast a case and compare with what came."""
    inputs, truth = case.inputs, case.series.past.views
    found = forecast_intervals(
        inputs,
        target=case.target,
        public=calibrated_on.scores,
        halfway=calibrated_on.halfway,
    )
    if found is None or found.passing is None:
        raise AssertionError("a sum that grows can be forecast")
    final = {name: abs(said / truth - 1) for name, said in found.methods.items()}
    final["blend"] = abs(found.middle / truth - 1)
    if inputs.pasts:
        final[LAST_TOTAL] = abs(float(np.median([past.views for past in inputs.pasts])) / truth - 1)
    hour = {
        name: missed_by(
            target_reached(inputs, found.hours, inputs.views + np.exp(said), case.target), case
        )
        for name, said in logarithms(inputs, found.hours).items()
    }
    hour["blend"] = missed_by(found.passing.hours.get(0.5), case)
    share, touched = held(found.passing, case.crossed)
    return Result(
        case=case,
        final=final,
        hour=hour,
        held={one.level: one.low <= truth <= one.high for one in found.ranges},
        hour_held=share,
        hour_touched=touched,
    )


def crossed(curve: CumulativeCurve, target: float, now: float) -> tuple[float, float]:
    """Give the hours between which a sum was seen to reach ``target``, after ``now``.

    Where it stood still or fell it never was: that is from the last hour on.
    """
    there = (curve.views >= target) & (curve.hours > now)
    if not there.any():
        return float(curve.hours[-1]), np.inf
    place = int(np.argmax(there))
    return float(curve.hours[max(place - 1, 0)]), float(curve.hours[place])


def missed_by(hour: float | None, case: Case) -> float:
    """Give how far from the crossing an hour is, as a share of the whole; not by the end: the end."""
    after, before = case.crossed
    said = case.inputs.end if hour is None else hour
    return max(after - said, said - before, 0.0) / case.inputs.end


def held(said: Passing, seen: tuple[float, float]) -> tuple[float, bool]:
    """Give how much of ``seen`` the 80 % range of hours holds, and whether it holds any."""
    after, before = seen
    begin, end = (said.hours.get(quantile, np.inf) for quantile in (0.9, 0.1))
    touched = begin <= before and end >= after
    if before <= after or before == np.inf:
        return float(touched), touched
    return max(0.0, min(end, before) - max(begin, after)) / (before - after), touched
