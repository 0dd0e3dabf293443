"""Peak error: by how much a peak may have been higher than the largest value that was polled. Pure.

Between two values seen, viewers are taken to wander: with steps as large as the largest of those
near by, a wandering line that passes through both values stays, with the chance below, under a known
height (the maximum of a Brownian bridge). The bound is the highest of these heights. It grows with
the noise of the series, and is wider where few steps tell how noisy it is. How often it holds on real
series is measured in benchmarks/accuracy.py.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

#: Fewer values do not tell how much a series moves between two of them: no bound is given.
LEAST_VALUES = 8
#: How many steps on either side of one tell how it may have moved.
BESIDE = 3
#: How often the line may rise above the height reckoned for one step.
CHANCE = 0.05
#: Steps are taken for larger by this share of 1/their number.
FEW = 2.0


def highest_peak(runs: Sequence[Sequence[int]]) -> float | None:
    """Return the height that the series hardly passed, in viewers; ``None``: too few values to say.

    ``runs`` are values seen one interval apart; between two runs nothing was seen, and nothing is
    said of it.
    """
    values = sum(len(run) for run in runs)
    steps = [[abs(after - before) for before, after in _pairs(run)] for run in runs]
    count = sum(len(of_run) for of_run in steps)
    if values < LEAST_VALUES or not count:
        return None
    usual = math.sqrt(sum(step * step for of_run in steps for step in of_run) / count)
    wider = 1 + FEW / count
    best = float(max(max(run) for run in runs if run))
    for run, of_run in zip(runs, steps, strict=True):
        for place, (before, after) in enumerate(_pairs(run)):
            near = of_run[max(0, place - BESIDE) : place + BESIDE + 1]
            size = max([usual, *near]) * wider
            spread = (after - before) ** 2 - 2 * size * size * math.log(CHANCE)
            best = max(best, (before + after + math.sqrt(spread)) / 2)
    return best


def _pairs(run: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(run))
