"""Conformal prediction: misses of the past as ranges that hold as often as they say.

A miss is counted by how doubtful its forecast was; the quantiles of such scores, times the doubt of
today, are the ranges of today.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from storage.analysis.forecast.backtest import earlier_hours
from storage.analysis.forecast.ensemble import MOST_MISSED, Ensemble, make_up
from storage.analysis.forecast.inputs import ForecastInputs, Values
from storage.analysis.forecast.methods import logarithms

#: By the share of the time that has passed: how many times as far apart scores lie half-way to the end.
Halfway: TypeAlias = Sequence[tuple[float, float]]

FILE = Path(__file__).with_name("public_errors.json")
_LEAST_DOUBT = 0.15
_OF_MISSES = 0.4
_OF_SPREAD = 0.3
#: What is taken where no earlier hour could be tried.
_UNTRIED = 0.3
#: So many earlier editions weigh as much as all public series together.
_PUBLIC = 40.0
#: Where all the time on the air was unseen, scores would lie so many times further apart.
_UNSEEN = 2.0
_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class PublicErrors:
    """How far forecasts of public series missed: a first edition has no past of its own.

    ``series``, ``forecasts``: on how many of them it was measured. ``scores``: misses by the doubt of their
    forecast, positive where too little was said, as evenly spaced quantiles. ``missed``: by the share of the
    time that had passed, the median miss as a share of the final sum.
    """

    series: int
    forecasts: int
    scores: Sequence[float]
    missed: Sequence[tuple[float, float]]
    halfway: Halfway

    @classmethod
    def load(cls) -> "PublicErrors":
        """Read :data:`FILE`, which ``benchmarks/forecast.py --write`` writes."""
        return cls(**json.loads(FILE.read_text("utf-8")))


PUBLIC = PublicErrors.load()


def doubt(inputs: ForecastInputs, hours_missed: Sequence[float]) -> float:
    """Return how doubtful a forecast is, in logarithms of growth.

    It is by ``hours_missed``, misses at earlier hours, and by how far the methods are apart.
    """
    misses = np.minimum(np.abs(hours_missed), MOST_MISSED) if len(hours_missed) else [_UNTRIED]
    finals = [float(growth[0]) for growth in logarithms(inputs, np.array([inputs.end])).values()]
    apart = float(np.std(finals)) if finals else 0.0
    return _LEAST_DOUBT + _OF_MISSES * float(np.mean(misses)) + _OF_SPREAD * apart


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores in order; positive: too little was said. ``below``: the share of all that lies below each."""

    values: Values
    below: Values

    def quantiles(self, levels: Values) -> Values:
        """Return the scores that lie above these shares of all."""
        return np.interp(levels, self.below, self.values)

    def share_above(self, score: float) -> float:
        """Return how often one is above ``score``: never 0 or 1, for no past shows what cannot be."""
        return 1 - float(np.interp(np.array([score]), self.values, self.below)[0])


def calibrate(own: Sequence[float], public: Sequence[float], unseen: float) -> Scores:
    """Put together an edition's ``own`` past and the ``public`` series.

    Of its own past each score counts both ways: a few editions tell how far a forecast misses, but
    their direction is chance, and what of it is not is in the weights of the blend. The more of it was
    ``unseen`` (a share), the further they are spread around their middle.
    """
    values = np.array([*own, *(-score for score in own), *public])
    shares = (0.5, 2 * len(own)), (_PUBLIC / len(public), len(public))
    weights = np.concatenate([np.full(count, share) for share, count in shares])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    below = (np.cumsum(weights) - weights / 2) / weights.sum()
    middle = np.interp(np.array([_HALF]), below, values)
    return Scores(values=middle + (values - middle) * (1 + _UNSEEN * unseen), below=below)


def spread_of(inputs: ForecastInputs, hours: Values, halfway: Halfway) -> Values:
    """Return how many times as far as those of the end scores lie apart at each of ``hours``.

    ``halfway`` says it of half of the time to come, by the share of the time that has passed.
    """
    passed, times = zip(*halfway, strict=True)
    half = float(np.interp(inputs.now / inputs.end, passed, times))
    to_come = (hours - inputs.now) / (inputs.end - inputs.now)
    return np.interp(to_come, (_HALF, 1.0), (half, 1.0))


def own_scores(blend: Ensemble) -> list[float]:
    """Return by how much it said too little in earlier editions, in doubts of then."""
    scores: list[float] = []
    for inputs, trial in blend.editions:
        missed = [blend.missed(earlier) for earlier in earlier_hours(inputs)]
        scores.append(-(blend.missed(trial) + make_up(inputs, missed)) / doubt(inputs, missed))
    return scores
