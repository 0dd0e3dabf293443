"""How far the forecast misses on real series, against its own methods and three dumb baselines.

Reads long-form CSV (series_id, ts_utc, metric, value), a file or all of a folder: counters of views as
they are, numbers of viewers added up to viewer-hours; other metrics are passed over. Each series is an
edition from its first row to its last, and up to twelve others of its file are the editions before it.
At 10, 25, 50 and 75 % of its time are forecast: its last sum; when it reaches the sum that is half-way
from there; whether and when it passes targets set by the average pace. Nothing of a series is in what
its own forecast is calibrated on. Series that the forecast would refuse at that hour are left out.

    python benchmarks/forecast.py PATH [--write]

``--write`` renews ``storage/analysis/forecast/public_errors.json`` from these series.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from forecast_cases import (
    ELAPSED,
    LAST_TOTAL,
    MOST_FALLEN,
    SEED,
    Case,
    Result,
    judged,
    known,
    laid_out,
    of_other_files,
    of_other_series,
    read,
)
from forecast_targets import aimed, print_chances

from storage.analysis.forecast.conformal import FILE, PublicErrors
from storage.analysis.forecast.inputs import ForecastInputs
from storage.analysis.forecast.intervals import forecast_intervals

BASELINES = ("average_pace", "last_day", LAST_TOTAL)
QUANTITIES = {"final": "final sum", "hour": "time to the half-way sum"}
Figure: TypeAlias = Callable[[list[float]], Any]
FIGURES: dict[str, Figure] = {"median": np.median, "worst": np.max}
MOST_OVER = 0.10
DRAWS = 200


def main(folder: Path, *, write: bool) -> None:
    """Print the tables."""
    families, apart = read(folder)
    if not families:
        print(f"{folder} holds no series of views to forecast: nothing to measure")
        return
    began = time.monotonic()
    cases, refused = laid_out(families)
    if not cases:
        print(f"All {refused} forecasts refused for less than 24 hours: nothing to measure")
        return
    results = [judged(case, of_other_series(cases, case)) for case in cases]
    count = sum(map(len, families.values()))
    print(
        f"{count} series of {len(families)} files, {len(cases)} forecasts; {apart} series set apart"
        f" whose counter fell by more than {MOST_FALLEN:.0%} of its growth; {refused} forecasts refused"
        f" for less than 24 hours; {(time.monotonic() - began) / len(cases):.3f} s a forecast,"
        " its back-test included\n"
    )
    by_method(results, "final sum, % of what it grew in all: median / worst", "final")
    by_method(results, "time to the half-way sum, % of the whole time: median / worst", "hour")
    held_to_the_best(results)
    covered(results)
    if len(families) > 1:
        covered([judged(case, of_other_files(cases, case)) for case in cases], "other files alone")
    print_chances([one for case in cases for one in aimed(case, of_other_series(cases, case))])
    by_family(results)
    strangers(cases)
    if write and all(at(results, elapsed) for elapsed in ELAPSED):
        write_public_errors(cases, results)


def at(results: Iterable[Result], elapsed: float) -> list[Result]:
    """Keep the forecasts made at one share of the time."""
    return [one for one in results if one.case.elapsed == elapsed]


def misses(results: Iterable[Result], what: str, name: str) -> list[float]:
    """Give how far one method missed, wherever it said something."""
    return [found[name] for one in results if name in (found := getattr(one, what))]


def cells(parts: Iterable[Sequence[float]], text: Callable[[Sequence[float]], str]) -> str:
    """Lay a row out; a dash where there is nothing to say."""
    return "".join(f" {text(part) if len(part) else '-'} |" for part in parts)


def by_method(results: list[Result], title: str, what: str) -> None:
    """Print a line a method: median and worst miss, at each share of the time; and the blend's skill."""
    print(f"| {title} |" + "".join(f" {elapsed:.0%} |" for elapsed in ELAPSED))
    print("|---" * (1 + len(ELAPSED)) + "|")
    names = {name for one in results for name in getattr(one, what)}
    missed: dict[str, list[list[float]]] = {}
    for name in sorted(names, key=lambda name: (name == "blend", name)):
        missed[name] = [misses(at(results, elapsed), what, name) for elapsed in ELAPSED]
        row = cells(missed[name], lambda part: f"{100 * np.median(part):.1f} / {100 * max(part):.0f}")  # fmt: skip
        print(f"| {name.replace('_', ' ')} |{row}")
    for name in filter(missed.__contains__, BASELINES):
        pairs = zip(missed["blend"], missed[name], strict=True)
        skill = [[1 - np.median(mine) / np.median(dumb)] if dumb else [] for mine, dumb in pairs]
        print(
            f"| skill against {name.replace('_', ' ')} |{cells(skill, lambda one: f'{one[0]:+.0%}')}"
        )
    print()


def held_to_the_best(results: list[Result]) -> None:
    """Print the blend against the best single method in each column, and whether it is near enough."""
    print("| blend over the best single method |" + "".join(f" {elapsed:.0%} |" for elapsed in ELAPSED))  # fmt: skip
    print("|---" * (1 + len(ELAPSED)) + "|")
    columns = [part for elapsed in ELAPSED if (part := at(results, elapsed))]
    near = 0
    for what, title in QUANTITIES.items():
        for word, figure in FIGURES.items():
            found = [over(part, what, figure) for part in columns]
            near += sum(more <= MOST_OVER for more, _ in found)
            told = {part[0].case.elapsed: f"{more:+.0%} {best}: {'yes' if more <= MOST_OVER else 'no'}" for part, (more, best) in zip(columns, found, strict=True)}  # fmt: skip
            print(f"| {title}, {word} |" + "".join(f" {told.get(elapsed, '-')} |" for elapsed in ELAPSED))  # fmt: skip
        print("| its median, by the draw of the series |" + cells(map(partial(at, results), ELAPSED), lambda part, what=what: f"± {100 * wavers(part, what):.0f}"))  # fmt: skip
    print(f"\nWithin {MOST_OVER:.0%} in {near} of {len(columns) * len(QUANTITIES) * len(FIGURES)} columns\n")  # fmt: skip


def over(results: Sequence[Result], what: str, figure: Figure) -> tuple[float, str]:
    """Give by how much the blend misses by more than the best single method, and which that is."""
    names = {name for one in results for name in getattr(one, what)} - {"blend"}
    singles = {name: float(figure(misses(results, what, name))) for name in sorted(names)}
    best = min(singles, key=singles.__getitem__)
    mine = float(figure(misses(results, what, "blend")))
    return (mine / singles[best] - 1 if singles[best] else float(mine > 0)), best.replace("_", " ")


def wavers(results: Sequence[Result], what: str) -> float:
    """Give the standard deviation of a column over draws of as many series, with return."""
    random = np.random.default_rng(SEED)
    draws = random.integers(len(results), size=(DRAWS, len(results)))
    return float(np.std([over([results[one] for one in draw], what, np.median)[0] for draw in draws]))  # fmt: skip


def covered(results: list[Result], on: str = "all other series") -> None:
    """Print how often ranges held what came, calibrated ``on`` something."""
    parts = [results, *(at(results, elapsed) for elapsed in ELAPSED)]
    print(f"| range, calibrated on {on} | all |" + "".join(f" {elapsed:.0%} |" for elapsed in ELAPSED))  # fmt: skip
    print("|---" * (2 + len(ELAPSED)) + "|")
    rows = {f"{level:.0%} of the final sum": partial(holds, level) for level in (0.5, 0.8, 0.95)}
    rows["80% of the time to the half-way sum"] = lambda one: one.hour_held
    rows["the same, at most"] = lambda one: one.hour_touched
    for title, held in rows.items():
        shares = ([float(held(one)) for one in part] for part in parts)
        print(f"| {title} |" + cells(shares, lambda part: f"{np.mean(part):.0%}"))
    print()


def holds(level: float, one: Result) -> bool:
    """Say whether a range of the final sum held what came."""
    return one.held[level]


def by_family(results: list[Result]) -> None:
    """Print each file's median miss of the blend and of its best method, and its coverage."""
    print("| file and metric | forecasts | blend, final sum | best single method | 80% range |\n" + "|---" * 5 + "|")  # fmt: skip
    for family in sorted({one.case.series.family for one in results}):
        mine = [one for one in results if one.case.series.family == family]
        names = {name for one in mine for name in one.final}
        medians = {name: float(np.median(misses(mine, "final", name))) for name in names}
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
        if all(one.series.family == case.series.family for one in cases):
            continue
        alone = ForecastInputs(curve=case.inputs.curve, end=case.inputs.end)
        found = forecast_intervals(alone, public=of_other_files(cases, case).scores)
        if found is not None:
            (wanted,) = (one for one in found.ranges if one.level == 0.8)
            held.append(wanted.low <= case.series.past.views <= wanted.high)
    if held:
        print(f"As a first edition, calibrated on other files alone: 80% ranges held {np.mean(held):.0%} of {len(held)}")  # fmt: skip


def write_public_errors(cases: list[Case], results: list[Result]) -> None:
    """Renew what is shipped: scores, how far apart they lie half-way, and the median misses."""
    calibrated_on = known(cases)
    medians = ((elapsed, np.median(misses(at(results, elapsed), "final", "blend"))) for elapsed in ELAPSED)  # fmt: skip
    errors = PublicErrors(
        series=len({(one.series.family, one.series.name) for one in cases}),
        forecasts=len(cases),
        scores=[round(score, 3) for score in calibrated_on.scores],
        missed=[(elapsed, round(float(median), 3)) for elapsed, median in medians],
        halfway=[(elapsed, round(times, 3)) for elapsed, times in calibrated_on.halfway],
    )
    FILE.write_text(json.dumps(asdict(errors), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    place = Path(next((one for one in sys.argv[1:] if not one.startswith("-")), "timeseries"))
    if place.exists():
        main(place, write="--write" in sys.argv)
    else:
        print(f"{place} is not there: nothing to measure. Name a folder of long-form CSV files.")
