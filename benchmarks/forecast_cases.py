"""Real series as editions, and how far a forecast of each misses: what `forecast.py` counts and prints."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from storage.analysis.forecast.conformal import PUBLIC, Errors, PublicErrors, doubt
from storage.analysis.forecast.ensemble import Ensemble, blend_methods
from storage.analysis.forecast.inputs import CumulativeCurve, ForecastInputs, PastEdition, Values
from storage.analysis.forecast.intervals import (
    LEVELS,
    Passing,
    look_ahead,
    target_reached,
)
from storage.analysis.forecast.methods import average_pace, logarithms

ELAPSED = (0.10, 0.25, 0.50, 0.75, 0.90)
LATE = 0.75
LEAST_ROWS, LEAST_HOURS, LEAST_GROWTH = 20, 48.0, 100.0
MOST_FALLEN = 0.1  # of the growth: no forecast foresees that a platform takes views back
REFUSED_HOURS = 24.0
MOST_PASTS = 12
HOLD = 3.0  # median intervals for which a number of viewers holds, as in the analysis
SCORES = 41
#: One last stretch in so many brought as much as a finale.
FINALES = 20
#: Shares of the growth to come at the average pace, as a team sets a target.
AIMS = (0.5, 0.8, 1.0, 1.25)
SEED = 1


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
    """A series at a share of its time. ``score``: its miss as calibrated on.

    ``finale``: by how much more than the average pace the rest brought, a logarithm.
    """

    series: Series
    elapsed: float
    inputs: ForecastInputs
    blend: Ensemble
    score: float
    finale: float


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A target of a case, what was said of it, and whether it was passed.

    ``held``: how much of the time in which it was reached lies in its range: between two rows nobody
    saw when.
    """

    chance: float
    passed: bool
    held: float


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was said of a case, and how far it missed: shares of the final sum, and of the whole time.

    ``hour`` is of the sum half-way to the end; ``hour_held`` as :class:`Aim` says it.
    """

    case: Case
    final: dict[str, float]
    hour: dict[str, float]
    held: dict[float, bool]
    hour_held: float
    aims: list[Aim]


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


def laid_out(families: dict[str, list[Series]], *, known: bool) -> tuple[list[Case], int]:
    """Give every case, and how many the forecast would refuse.

    ``known``: with up to twelve others of its file as the editions before it; else with none.
    """
    random = np.random.default_rng(SEED)
    cases: list[Case] = []
    refused = 0
    for family in families.values():
        for one in family if len(family) > 1 or not known else ():
            rest = [other.past for other in family if other is not one]
            chosen = random.permutation(len(rest))[:MOST_PASTS] if known else ()
            whole = ForecastInputs(
                curve=one.curve, end=one.past.end, pasts=tuple(rest[place] for place in chosen)
            )
            for elapsed in ELAPSED:
                inputs = whole.until(elapsed * whole.end)
                if inputs.now < REFUSED_HOURS or inputs.views <= 0:
                    refused += 1
                    continue
                cases.append(case_of(one, elapsed, inputs))
    return cases, refused


def case_of(one: Series, elapsed: float, inputs: ForecastInputs) -> Case:
    """Measure what a forecast misses, by its doubt, as the calibration counts it."""
    end = np.array([inputs.end])
    came = float(np.log(max(one.past.views - inputs.views, 1.0)))
    blend = blend_methods(inputs)
    missed = came - float(blend.growth(inputs, end)[0])
    return Case(
        series=one,
        elapsed=elapsed,
        inputs=inputs,
        blend=blend,
        score=missed / doubt(inputs, blend.missed_before),
        finale=came - float(logarithms(inputs, end)["average_pace"][0]),
    )


def calibrated(known: Sequence[Case], first: Sequence[Case]) -> PublicErrors:
    """Calibrate on these cases; what is shipped stands in where there are none."""
    if not known or not first:
        return PUBLIC
    late = [case for case in first if case.elapsed >= LATE]
    (most,) = weighted([case.finale for case in late], late, np.array([1 - 1 / FINALES]))
    return PublicErrors(
        series=len({(case.series.family, case.series.name) for case in first}),
        known=errors(known),
        first=errors(first),
        finale=round(max(float(most), 0.0), 3),
    )


def errors(cases: Sequence[Case]) -> Errors:
    """Thin the scores of ``cases`` out to evenly spaced quantiles."""
    places = (np.arange(SCORES) + 0.5) / SCORES
    scores = weighted([case.score for case in cases], cases, places)
    return Errors(scores=[round(float(score), 3) for score in scores], missed=[], held=0.0)


def weighted(values: Iterable[float], cases: Sequence[Case], levels: Values) -> Values:
    """Give quantiles over ``cases`` in which a file counts by the root of their number.

    By their number one file of many would be all; alike, one of a single series as much as it.
    """
    count = Counter(case.series.family for case in cases)
    weights = np.array([count[case.series.family] ** -0.5 for case in cases])
    told = np.array(list(values))
    order = np.argsort(told, kind="stable")
    below = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    return np.interp(levels, below, told[order])


def judged(case: Case, calibrated_on: PublicErrors) -> Result:
    """Forecast a case and compare with what came."""
    inputs, truth = case.inputs, case.series.past.views
    ahead = look_ahead(inputs, case.blend, calibrated_on)
    ends = {level: (1 - level) / 2 for level in LEVELS}
    sums = {level: ahead.path(np.array([low, 1 - low]))[:, -1] for level, low in ends.items()}
    grown = logarithms(inputs, ahead.hours)
    final = {name: inputs.views + float(np.exp(said[-1])) for name, said in grown.items()}
    final["blend"] = float(ahead.path(np.array([0.5]))[0, -1])
    half = inputs.views + max(truth - inputs.views, 1.0) / 2
    passing, seen = ahead.passing(half), crossed(case.series.curve, half, inputs.now)
    hour = {
        name: target_reached(inputs, ahead.hours, inputs.views + np.exp(said), half)
        for name, said in grown.items()
    } | {"blend": passing.hours.get(0.5)}
    pace = average_pace(inputs, np.array([inputs.end]))
    aims: list[Aim] = []
    for share in AIMS if pace is not None else ():
        target = inputs.views + share * float(pace[0])
        said, when = ahead.passing(target), crossed(case.series.curve, target, inputs.now)
        aims.append(
            Aim(chance=said.chance, passed=bool(np.isfinite(when[1])), held=held(said, when))
        )
    return Result(
        case=case,
        final={name: abs(sum_ / truth - 1) for name, sum_ in final.items()},
        hour={name: missed_by(at, seen, inputs.end) for name, at in hour.items()},
        held={level: bool(low <= truth <= high) for level, (low, high) in sums.items()},
        hour_held=held(passing, seen),
        aims=aims,
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


def missed_by(hour: float | None, seen: tuple[float, float], end: float) -> float:
    """Give how far from the crossing an hour is, as a share of the whole; not by the end: the end."""
    after, before = seen
    said = end if hour is None else hour
    return max(after - said, said - before, 0.0) / end


def held(said: Passing, seen: tuple[float, float]) -> float:
    """Give how much of the time in which it was reached the 80 % range of hours holds."""
    after, before = seen
    begin, end = (said.hours.get(quantile, np.inf) for quantile in (0.9, 0.1))
    if before <= after or before == np.inf:
        return float(begin <= before and end >= after)
    return max(0.0, min(end, before) - max(begin, after)) / (before - after)
