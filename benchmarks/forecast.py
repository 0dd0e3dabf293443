"""How far the forecast misses on real series, and how often its ranges hold, by file.

Reads long-form CSV (series_id, ts_utc, metric, value), a file or all of a folder: counters of views as
they are, numbers of viewers added up to viewer-hours; other metrics are passed over. Each series is an
edition from its first row to its last, forecast twice: with up to twelve others of its file as the
editions before it (*known*), and with none (*first*). At 10, 25, 50, 75 and 90 % of its time are
forecast: its last sum; when it reaches the sum that is half-way from there; whether and when it passes
targets set by the average pace. Each is calibrated on all other files (one file alone: on what is
shipped). Series that the forecast would refuse at that hour are left out.

    python benchmarks/forecast.py PATH [--write]

``--write`` renews ``storage/analysis/forecast/public_errors.json`` from these series.
"""

import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from forecast_cases import (
    ELAPSED,
    MOST_FALLEN,
    SEED,
    Case,
    Result,
    calibrated,
    judged,
    laid_out,
    read,
)

from storage.analysis.forecast.conformal import FILE

Results: TypeAlias = Sequence[Result]
KINDS = {"known": "earlier editions known", "first": "first edition"}
LEVELS = (0.5, 0.8, 0.95)
CHANCES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
DRAWS = 200
LEAST_FOLD = 4  # forecasts: of fewer the best method is chance


def main(folder: Path, *, write: bool) -> None:
    """Print the tables."""
    families, apart = read(folder)
    if not families:
        print(f"{folder} holds no series of views to forecast: nothing to measure")
        return
    began = time.monotonic()
    cases: dict[str, list[Case]] = {}
    for kind in KINDS:
        cases[kind], refused = laid_out(families, known=kind == "known")
    if not cases["first"]:
        print(f"All {refused} forecasts refused for less than 24 hours: nothing to measure")
        return
    publics = {
        family: calibrated(*(others(cases[kind], family) for kind in KINDS)) for family in families
    }
    results = {
        kind: [judged(case, publics[case.series.family]) for case in cases[kind]] for kind in KINDS
    }
    count = sum(map(len, cases.values()))
    print(
        f"{sum(map(len, families.values()))} series of {len(families)} files,"
        f" {len(cases['first'])} forecasts as a first edition, {len(cases['known'])} with earlier ones"
        f" known; {apart} series set apart whose counter fell by more than {MOST_FALLEN:.0%} of its"
        f" growth; {refused} forecasts refused for less than 24 hours;"
        f" {(time.monotonic() - began) / count:.3f} s a forecast, its back-test included\n"
    )
    for kind, told in KINDS.items():
        if found := results[kind]:
            print(f"### {told.capitalize()}\n")
            missed(found, "final sum, % of it: median / mean", "final")
            missed(found, "time to the half-way sum, % of the whole: median / mean", "hour")
            against_the_best(found)
            covered(found)
            chances(found)
    if write:
        write_public_errors(cases, results)


def others(cases: Sequence[Case], family: str) -> list[Case]:
    """Leave one file out."""
    return [case for case in cases if case.series.family != family]


def at(results: Results, elapsed: float) -> list[Result]:
    """Keep the forecasts made at one share of the time."""
    return [one for one in results if one.case.elapsed == elapsed]


def of(results: Results, family: str) -> list[Result]:
    """Keep the forecasts of one file."""
    return [one for one in results if one.case.series.family == family]


def files(results: Results) -> list[str]:
    """Give the files in order."""
    return sorted({one.case.series.family for one in results})


def misses(results: Results, what: str, name: str) -> list[float]:
    """Give how far one method missed, wherever it said something."""
    return [told[name] for one in results if name in (told := getattr(one, what))]


def print_row(title: str, parts: Iterable[Sequence[float]], text: Callable[[Sequence[float]], str]) -> None:  # fmt: skip
    """Print a row; a dash where there is nothing to say."""
    print(f"| {title} |" + "".join(f" {text(part) if len(part) else '-'} |" for part in parts))


def print_head(title: str, columns: Iterable[str]) -> None:
    """Print a table's head."""
    names = [title, *columns]
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|")


def missed(results: Results, title: str, what: str) -> None:
    """Print a line a method: its median and mean miss, at each share of the time."""
    print_head(title, (f"{elapsed:.0%}" for elapsed in ELAPSED))
    names = {name for one in results for name in getattr(one, what)}
    for name in sorted(names, key=lambda name: (name == "blend", name)):
        parts = [misses(at(results, elapsed), what, name) for elapsed in ELAPSED]
        print_row(name.replace("_", " "), parts, lambda part: f"{100 * np.median(part):.1f} / {100 * np.mean(part):.1f}")  # fmt: skip
    print()


def against_the_best(results: Results) -> None:
    """Print by file how far the blend misses, against the single methods there and on the others."""
    print_head("file, mean miss of the final sum", ("forecasts", "blend", "method best on other files", "best on this one", "blend over it, ± by the draw"))  # fmt: skip
    ratios: list[float] = []
    for family in files(results):
        mine = of(results, family)
        rest = [one for one in results if one.case.series.family != family] or mine
        if len(mine) < LEAST_FOLD:
            continue
        elsewhere, here, blend = best(rest), best(mine), mean(mine, "blend")
        more = over(mine, here)
        ratios.append(1 + more)
        random = np.random.default_rng(SEED)
        draws = random.integers(len(mine), size=(DRAWS, len(mine)))
        spread = np.std([over([mine[one] for one in draw], here) for draw in draws])
        told = [f"{name.replace('_', ' ')} {mean(mine, name):.1%}" for name in (elsewhere, here)]
        print(f"| {family} | {len(mine)} | {blend:.1%} | {told[0]} | {told[1]} | {more:+.0%} ± {100 * spread:.0f} |")  # fmt: skip
    if ratios:
        print(f"\nOver the best in hindsight, mean of the files: {np.exp(np.mean(np.log(ratios))) - 1:+.0%}\n")  # fmt: skip


def best(results: Results) -> str:
    """Give the single method that missed least where all of them spoke."""
    names = set.intersection(*(set(one.final) for one in results)) - {"blend"}
    return min(sorted(names), key=partial(mean, results))


def mean(results: Results, name: str) -> float:
    """Give a method's mean miss of the final sum."""
    return float(np.mean(misses(results, "final", name)))


def over(results: Results, name: str) -> float:
    """Give by how much the blend misses more than a method."""
    return mean(results, "blend") / max(mean(results, name), 1e-9) - 1


def covered(results: Results) -> None:
    """Print how often ranges held what came: by the share of the time, then by file."""
    parts = [results, *(at(results, elapsed) for elapsed in ELAPSED)]
    print_head("range held", ("all", *(f"{elapsed:.0%}" for elapsed in ELAPSED)))
    for level in LEVELS:
        print_row(f"{level:.0%} of the final sum", [[one.held[level] for one in part] for part in parts], percent)  # fmt: skip
    print_row("80% of the time to the half-way sum", [[one.hour_held for one in part] for part in parts], percent)  # fmt: skip
    passed = [[aim.held for one in part for aim in one.aims if aim.passed] for part in parts]
    print_row("80% of the time to targets that were passed", passed, percent)
    print()
    print_head("file", ("forecasts", *(f"{level:.0%}" for level in LEVELS)))
    for family in files(results):
        mine = of(results, family)
        shares = [[one.held[level] for one in mine] for level in LEVELS]
        print_row(f"{family} | {len(mine)}", shares, percent)
    print()


def percent(part: Sequence[float]) -> str:
    """Write a mean as a share."""
    return f"{np.mean(part):.0%}"


def chances(results: Results) -> None:
    """Print how often targets were passed by how often that was said.

    The last column counts a file by the root of its forecasts, as the calibration does.
    """
    count = Counter(one.case.series.family for one in results)
    aims = [(aim, count[one.case.series.family] ** -0.5) for one in results for aim in one.aims]
    print_head("chance said", ("targets", "said, mean", "passed", "by the root of each file"))
    for low, high in itertools.pairwise(CHANCES):
        part = [(aim, weight) for aim, weight in aims if low <= aim.chance < high]
        if part:
            told = np.array([(aim.chance, aim.passed) for aim, _ in part])
            said, passed = told.mean(axis=0)
            evenly = np.average(told[:, 1], weights=[weight for _, weight in part])
            print(f"| {low:.0%} to {high:.0%} | {len(part)} | {said:.0%} | {passed:.0%} | {evenly:.0%} |")  # fmt: skip
    print()


def write_public_errors(cases: dict[str, list[Case]], results: dict[str, list[Result]]) -> None:
    """Renew what is shipped: scores of all files, and how they fared on files left out."""
    public = calibrated(cases["known"], cases["first"])
    told = {
        kind: replace(
            getattr(public, kind),
            missed=[
                (elapsed, round(float(np.median(misses(at(found, elapsed), "final", "blend"))), 3))
                for elapsed in ELAPSED
            ],
            held=round(float(np.mean([one.held[0.8] for one in found])), 3),
        )
        for kind, found in results.items()
    }
    FILE.write_text(json.dumps(asdict(replace(public, **told)), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    place = Path(next((one for one in sys.argv[1:] if not one.startswith("-")), "timeseries"))
    if place.exists():
        main(place, write="--write" in sys.argv)
    else:
        print(f"{place} is not there: nothing to measure. Name a folder of long-form CSV files.")
