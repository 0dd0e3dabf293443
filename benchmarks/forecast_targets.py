"""Targets set without knowing what came: how often they were passed, and when, beside what was said."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from forecast_cases import ELAPSED, Case, Known, crossed, held

from storage.analysis.forecast.intervals import forecast_intervals
from storage.analysis.forecast.methods import average_pace

#: Shares of the growth to come at the average pace, as a team sets a target.
AIMS = (0.5, 0.8, 1.0, 1.25)
CHANCES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True, kw_only=True)
class Aim:
    """One target. ``held`` and ``touched``: of the time in which it was passed, as :func:`held` counts."""

    elapsed: float
    chance: float
    passed: bool
    held: float
    touched: bool


def aimed(case: Case, calibrated_on: Known) -> list[Aim]:
    """Say of each target of a case whether and when it would be passed, and look what came."""
    inputs = case.inputs
    at_pace = average_pace(inputs, np.array([inputs.end]))
    if at_pace is None:
        return []
    return [aim(case, calibrated_on, inputs.views + share * float(at_pace[0])) for share in AIMS]


def aim(case: Case, calibrated_on: Known, target: float) -> Aim:
    """Say it of one target."""
    found = forecast_intervals(
        case.inputs,
        target=target,
        public=calibrated_on.scores,
        halfway=calibrated_on.halfway,
    )
    if found is None or found.passing is None:
        raise AssertionError("a sum that grows can be forecast")
    seen = crossed(case.series.curve, target, case.inputs.now)
    share, touched = held(found.passing, seen)
    return Aim(
        elapsed=case.elapsed,
        chance=found.passing.chance,
        passed=bool(np.isfinite(seen[1])),
        held=share,
        touched=touched,
    )


def print_chances(aims: Sequence[Aim]) -> None:
    """Print how often targets were passed by how often that was said, and how often in the hours said."""
    print("| chance said | targets | said, mean | passed |\n" + "|---" * 4 + "|")
    for low, high in itertools.pairwise(CHANCES):
        part = [one for one in aims if low <= one.chance < high]
        if part:
            said, passed = np.mean([(one.chance, one.passed) for one in part], axis=0)
            print(f"| {low:.0%} to {high:.0%} | {len(part)} | {said:.0%} | {passed:.0%} |")
    print("\n| of targets that were passed | all |" + "".join(f" {one:.0%} |" for one in ELAPSED))
    print("|---" * (2 + len(ELAPSED)) + "|")
    passed = [one for one in aims if one.passed]
    parts = [passed, *([one for one in passed if one.elapsed == at] for at in ELAPSED)]
    print("| 80% of the time |" + shares((one.held for one in part) for part in parts))
    print("| the same, at most |" + shares((one.touched for one in part) for part in parts))
    print()


def shares(parts: Iterable[Iterable[float]]) -> str:
    """Lay means out as a row; a dash where there is nothing to say."""
    lists = [list(part) for part in parts]
    return "".join(f" {np.mean(part):.0%} |" if part else " - |" for part in lists)
