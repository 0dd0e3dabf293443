"""Peak error: by how much a peak may have been higher than the largest value that was polled. Pure.

Between two values seen, viewers are taken to wander: a wandering line that passes through both values
stays, with the chance below, under a known height (the maximum of a Brownian bridge). How large its
steps are is told by those near by, without the largest of them: one value that leaps, and one that
falls for good, is no wandering, and a low between two higher values is filled up first. The bound is
the highest of these heights. It grows with the noise of the series, and is wider where few steps tell
how noisy it is. How often it holds on real series is measured in benchmarks/accuracy.py.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

#: Fewer values do not tell how much a series moves between two of them: no bound is given.
LEAST_VALUES = 8
#: How many steps on either side of one tell how it may have moved: by the third largest of them, where
#: there are few in all the second or first, one place for so many.
BESIDE, RANK, A_PLACE = 6, 3, 7
#: Of all steps, the largest are left out: a value has two, and this share of them.
LEFT_OUT = 0.1
#: How often the line may rise above the height reckoned for one step.
CHANCE = 0.01
#: Steps are taken for larger, as the largest are left out; and by this share of 1/their number.
WIDER, FEW = 1.4, 6.0
#: Beside the first and the last step there are no others.
_NONE = -1.0


def highest_peak(runs: Sequence[Sequence[int]]) -> float | None:
    """Return the height that the series hardly passed, in viewers; ``None``: too few values to say.

    ``runs`` are values seen one interval apart; between two runs nothing was seen, and nothing is
    said of it.
    """
    every = sorted(step for run in runs for step in _steps(run))
    if sum(map(len, runs)) < LEAST_VALUES or not every:
        return None
    usual = every[: max(1, len(every) - 2 - int(LEFT_OUT * len(every)))]
    least = math.sqrt(sum(step * step for step in usual) / len(usual))
    wider = WIDER * (1 + FEW / len(every))
    rank = min(RANK, 1 + len(every) // A_PLACE)
    best = float(max(max(run) for run in runs if run))
    for run in runs:
        if len(run) > 1:
            values = np.array(run, np.float64)
            size = np.maximum(least, _sizes(_steps(_filled(run)), rank)) * wider
            spread = np.diff(values) ** 2 - 2 * size * size * math.log(CHANCE)
            heights = (values[:-1] + values[1:] + np.sqrt(spread)) / 2
            best = max(best, float(heights.max()))
    return best


def _sizes(steps: Sequence[int], rank: int) -> np.ndarray:
    """Return by step the ``rank``-th largest of those near it, the smallest of them where there are fewer."""
    padded = np.full(len(steps) + 2 * BESIDE, _NONE)
    padded[BESIDE:-BESIDE] = steps
    near = np.sort(sliding_window_view(padded, 2 * BESIDE + 1), axis=1)
    few = np.count_nonzero(near > _NONE, axis=1)
    return near[np.arange(len(near)), -np.minimum(rank, few)]


def _steps(run: Sequence[int]) -> list[int]:
    return [abs(after - before) for before, after in pairwise(run)]


def _filled(run: Sequence[int]) -> list[int]:
    """Raise each value between two higher ones to the lower of them."""
    lows = (
        max(value, min(left, right))
        for left, value, right in zip(run, run[1:], run[2:], strict=False)
    )
    return [*run[:1], *lows, *run[1:][-1:]]
