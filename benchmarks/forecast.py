"""How far the forecast misses on real series, against its own methods and three dumb baselines.

Reads long-form CSV (series_id, ts_utc, metric, value), a file or all of a folder: counters of views as
they are, numbers of viewers added up to viewer-hours; other metrics are passed over. Each series is an edition from its first row to its last, and up to twelve
others of its file are the editions before it. At 10, 25, 50 and 75 % of its time its last sum is
forecast, and when it reaches the sum that is half-way from there. Nothing of a series is in what its
own forecast is calibrated on. Series that the forecast would refuse at that hour are left out.

    python benchmarks/forecast.py PATH [--write]

``--write`` renews ``storage/analysis/forecast/past_errors.py`` from these series.
"""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from storage.analysis.forecast import past_errors
from storage.analysis.forecast.blend import blended
from storage.analysis.forecast.calibration import doubt
from storage.analysis.forecast.methods import logarithms
from storage.analysis.forecast.outlook import outlook, reached
from storage.analysis.forecast.sight import Curve, Past, Sight

ELAPSED = (0.10, 0.25, 0.50, 0.75)
LEAST_ROWS, LEAST_HOURS, LEAST_GROWTH = 20, 48.0, 100.0
MOST_FALLEN = 0.1  # of the growth: no forecast foresees that a platform takes views back
REFUSED_HOURS = 24.0
MOST_PASTS = 12
HOLD = 3.0  # median intervals for which a number of viewers holds, as in the analysis
SCORES = 41
SEED = 1
LAST_TOTAL = "last edition's total"
BASELINES = ("average_pace", "last_day", LAST_TOTAL)


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series as an edition: ``family`` is its file and metric."""

    family: str
    name: str
    curve: Curve

    @property
    def past(self) -> Past:
        """The same as something that is over."""
        return Past(curve=self.curve, end=float(self.curve.hours[-1]))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A series at a share of its time, its sum half-way from there, and its miss as calibrated on."""

    series: Series
    elapsed: float
    sight: Sight
    target: float
    score: float


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was said of a case, and how far it missed: shares of the final sum, and of the whole time."""

    case: Case
    final: dict[str, float]
    hour: dict[str, float]
    held: dict[float, bool]
    hour_held: bool


def main(folder: Path, *, write: bool) -> None:
    """Print the tables."""
    families, apart = read(folder)
    if not families:
        print(f"{folder} holds no series of views to forecast: nothing to measure")
        return
    began = time.monotonic()
    cases, refused = laid_out(families)
    results = [judged(case, others(cases, case)) for case in cases]
    count = sum(map(len, families.values()))
    print(
        f"{count} series of {len(families)} files, {len(cases)} forecasts; {apart} series set apart"
        f" whose counter fell by more than {MOST_FALLEN:.0%} of its growth; {refused} forecasts refused"
        f" for less than 24 hours; {(time.monotonic() - began) / len(cases):.3f} s a forecast,"
        " its back-test included\n"
    )
    by_method(results, "final sum, % of what it grew in all: median / worst", "final")
    by_method(results, "time to the half-way sum, % of the whole time: median / worst", "hour")
    covered(results)
    by_family(results)
    strangers(cases)
    if write:
        written(cases, results)


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


def curve_of(rows: pl.DataFrame, *, gauge: bool) -> Curve | None:
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
    return Curve(hours=hours[1:], views=views) if views.max() >= LEAST_GROWTH else None


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
                whole = Sight(curve=one.curve, end=one.past.end, pasts=pasts)
                sight = whole.until(elapsed * whole.end)
                if sight.now < REFUSED_HOURS or sight.views <= 0:
                    refused += 1
                    continue
                cases.append(case_of(one, elapsed, sight))
    return cases, refused


def case_of(one: Series, elapsed: float, sight: Sight) -> Case:
    """Measure what a forecast misses, by its doubt, as the calibration counts it."""
    came = max(one.past.views - sight.views, 1.0)
    blend = blended(sight)
    said = float(blend.growth(sight, np.array([sight.end]))[0])
    step = doubt(sight, [blend.missed(each) for each in blend.hours])
    return Case(
        series=one,
        elapsed=elapsed,
        sight=sight,
        target=sight.views + came / 2,
        score=(float(np.log(came)) - said) / step,
    )


def others(cases: Iterable[Case], case: Case) -> list[float]:
    """Give the scores of all other series, as they are shipped; those that are, where it is alone."""
    mine = (case.series.family, case.series.name)
    rest = [one.score for one in cases if (one.series.family, one.series.name) != mine]
    return shipped(rest) if rest else list(past_errors.SCORES)


def shipped(scores: Iterable[float]) -> list[float]:
    """Thin scores out to evenly spaced quantiles."""
    places = (np.arange(SCORES) + 0.5) / SCORES
    return [float(score) for score in np.quantile(np.array(list(scores)), places)]


def judged(case: Case, public: list[float]) -> Result:
    """Forecast a case and compare with what came."""
    sight, truth = case.sight, case.series.past.views
    found = outlook(sight, target=case.target, public=public)
    if found is None or found.passing is None:
        raise AssertionError("a sum that grows can be forecast")
    final = {name: abs(said / truth - 1) for name, said in found.methods.items()}
    final["blend"] = abs(found.middle / truth - 1)
    if sight.pasts:
        final[LAST_TOTAL] = abs(float(np.median([past.views for past in sight.pasts])) / truth - 1)
    after, before = crossed(case.series.curve, case.target, sight.now)
    hour = {
        name: missed_by(reached(sight, found.hours, sight.views + np.exp(said), case.target), after, before, sight)
        for name, said in logarithms(sight, found.hours).items()
    }  # fmt: skip
    hour["blend"] = missed_by(found.passing.hours[0.5], after, before, sight)
    early, late = found.passing.hours[0.9], found.passing.hours[0.1]
    return Result(
        case=case,
        final=final,
        hour=hour,
        held={one.level: one.low <= truth <= one.high for one in found.ranges},
        hour_held=early is not None and early <= before and (late is None or late >= after),
    )


def crossed(curve: Curve, target: float, now: float) -> tuple[float, float]:
    """Give the hours between which a sum was seen to reach ``target``, after ``now``."""
    place = int(np.argmax((curve.views >= target) & (curve.hours > now)))
    return float(curve.hours[max(place - 1, 0)]), float(curve.hours[place])


def missed_by(hour: float | None, after: float, before: float, sight: Sight) -> float:
    """Give how far from the crossing an hour is, as a share of the whole; not by the end: the end."""
    said = sight.end if hour is None else hour
    return max(after - said, said - before, 0.0) / sight.end


def at(results: Iterable[Result], elapsed: float) -> list[Result]:
    """Keep the forecasts made at one share of the time."""
    return [one for one in results if one.case.elapsed == elapsed]


def by_method(results: list[Result], title: str, what: str) -> None:
    """Print a line a method: median and worst miss, at each share of the time."""
    print(f"| {title} |" + "".join(f" {elapsed:.0%} |" for elapsed in ELAPSED))
    print("|---" * (1 + len(ELAPSED)) + "|")
    names = sorted({name for one in results for name in getattr(one, what)})
    medians: dict[str, list[float]] = {}
    for name in sorted(names, key=lambda name: (name == "blend", name)):
        cells = []
        for elapsed in ELAPSED:
            misses = [getattr(one, what).get(name, np.nan) for one in at(results, elapsed)]
            medians.setdefault(name, []).append(float(np.nanmedian(misses)))
            cells.append(f"{100 * np.nanmedian(misses):.1f} / {100 * np.nanmax(misses):.0f}")
        print(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    for name in BASELINES:
        if name in medians:
            skill = [
                1 - mine / dumb for mine, dumb in zip(medians["blend"], medians[name], strict=True)
            ]
            print(f"| skill against {name.replace('_', ' ')} | " + " | ".join(f"{one:+.0%}" for one in skill) + " |")  # fmt: skip
    best = [min(one[place] for name, one in medians.items() if name != "blend") for place in range(len(ELAPSED))]  # fmt: skip
    over = [mine / single - 1 for mine, single in zip(medians["blend"], best, strict=True)]
    print("| blend, more than the best single one | " + " | ".join(f"{one:+.0%}" for one in over) + " |\n")  # fmt: skip


def covered(results: list[Result]) -> None:
    """Print how often ranges held what came."""
    print("| range | all |" + "".join(f" {elapsed:.0%} |" for elapsed in ELAPSED))
    print("|---" * (2 + len(ELAPSED)) + "|")
    for level in (0.5, 0.8, 0.95):
        parts = [results, *(at(results, elapsed) for elapsed in ELAPSED)]
        print(f"| {level:.0%} of the final sum | " + " | ".join(f"{np.mean([one.held[level] for one in part]):.0%}" for part in parts) + " |")  # fmt: skip
    parts = [results, *(at(results, elapsed) for elapsed in ELAPSED)]
    print("| 80% of the time to the half-way sum | " + " | ".join(f"{np.mean([one.hour_held for one in part]):.0%}" for part in parts) + " |\n")  # fmt: skip


def by_family(results: list[Result]) -> None:
    """Print each file's median miss of the blend and of its best method, and its coverage."""
    print("| file and metric | forecasts | blend, final sum | best single method | 80% range |\n" + "|---" * 5 + "|")  # fmt: skip
    for family in sorted({one.case.series.family for one in results}):
        mine = [one for one in results if one.case.series.family == family]
        names = {name for one in mine for name in one.final}
        medians = {name: float(np.nanmedian([one.final.get(name, np.nan) for one in mine])) for name in names}  # fmt: skip
        best = min(names - {"blend"}, key=medians.__getitem__)
        print(
            f"| {family} | {len(mine)} | {medians['blend']:.1%} | {best.replace('_', ' ')} {medians[best]:.1%} |"
            f" {np.mean([one.held[0.8] for one in mine]):.0%} |"
        )
    print()


def strangers(cases: list[Case]) -> None:
    """Print how often ranges hold where nothing of the same file is known: neither pasts nor scores."""
    held: list[bool] = []
    for case in cases:
        rest = [one.score for one in cases if one.series.family != case.series.family]
        if not rest:
            continue
        alone = Sight(curve=case.sight.curve, end=case.sight.end)
        found = outlook(alone, public=shipped(rest))
        if found is not None:
            (wanted,) = (one for one in found.ranges if one.level == 0.8)
            held.append(wanted.low <= case.series.past.views <= wanted.high)
    if held:
        print(f"As a first edition, calibrated on other files alone: 80% ranges held {np.mean(held):.0%} of {len(held)}")  # fmt: skip


def written(cases: list[Case], results: list[Result]) -> None:
    """Renew what is shipped: the scores of all series, and the median miss at each share of the time."""
    scores = ",\n    ".join(f"{score:.3f}" for score in shipped(one.score for one in cases))
    medians = {elapsed: float(np.median([one.final["blend"] for one in at(results, elapsed)])) for elapsed in ELAPSED}  # fmt: skip
    missed = ",\n    ".join(f"({elapsed}, {median:.3f})" for elapsed, median in medians.items())
    count = len({(one.series.family, one.series.name) for one in cases})
    Path(past_errors.__file__).write_text(TEMPLATE.format(scores=scores, missed=missed, series=count, forecasts=len(cases)), "utf-8")  # fmt: skip


TEMPLATE = '''"""How far forecasts of public series missed. Written by `benchmarks/forecast.py --write`, not by hand."""

#: What it was measured on.
SERIES, FORECASTS = {series}, {forecasts}

#: Misses by the doubt of their forecast, positive where too little was said: evenly spaced quantiles.
SCORES = (
    {scores},
)

#: By the share of the time that had passed: the median miss, as a share of the final sum.
MISSED = (
    {missed},
)
'''


if __name__ == "__main__":
    place = Path(next((one for one in sys.argv[1:] if not one.startswith("-")), "timeseries"))
    if place.exists():
        main(place, write="--write" in sys.argv)
    else:
        print(f"{place} is not there: nothing to measure. Name a folder of long-form CSV files.")
