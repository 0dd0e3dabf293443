"""Conformal prediction: misses of the past as ranges that hold as often as they say.

A miss is counted by how doubtful its forecast was; the quantiles of such scores, times the doubt of
today, are the ranges of today.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from storage.analysis.forecast.backtest import earlier_hours
from storage.analysis.forecast.ensemble import MOST_MISSED, Ensemble
from storage.analysis.forecast.inputs import ForecastInputs, Values
from storage.analysis.forecast.methods import logarithms

FILE = Path(__file__).with_name("public_errors.json")
_LEAST_DOUBT = 0.15
_OF_MISSES = 0.3
_OF_SPREAD = 0.5
#: By so much more for each logarithm of the whole time by the time so far.
_OF_TIME = 0.2
#: What is taken where no earlier hour could be tried.
_UNTRIED = 0.3
#: So many earlier editions weigh as much as all public series together.
_PUBLIC = 40.0
#: Where all the time on the air was unseen, scores would lie so many times further apart.
_UNSEEN = 2.0
#: Shares of the time: from the first on ranges are kept as wide as finales, from the second on in full.
_FINALE = (0.5, 0.75)
_HIGH = 0.9  # the upper end of the usual range


@dataclass(frozen=True, kw_only=True)
class Errors:
    """How far forecasts of public series missed.

    ``scores``: misses by the doubt of their forecast, positive where too little was said, as evenly
    spaced quantiles. ``missed``: by the share of the time that had passed, the median miss as a share of
    the final sum. ``held``: how often 80 % ranges held on files that their scores were not from.
    """

    scores: Sequence[float]
    missed: Sequence[tuple[float, float]]
    held: float


@dataclass(frozen=True, kw_only=True)
class PublicErrors:
    """Misses on public ``series``: with earlier ones ``known``, and as a ``first`` edition has none.

    ``finale``: by how much more than the average pace one last stretch in twenty brought, a logarithm.
    """

    series: int
    known: Errors
    first: Errors
    finale: float

    @classmethod
    def load(cls) -> "PublicErrors":
        """Read :data:`FILE`, which ``benchmarks/forecast.py --write`` writes."""
        file = json.loads(FILE.read_text("utf-8"))
        return cls(**file | {kind: Errors(**file[kind]) for kind in ("known", "first")})

    def alike(self, blend: Ensemble) -> Errors:
        """Return those of forecasts that knew as much as ``blend``: earlier editions or none."""
        return self.known if blend.editions else self.first


PUBLIC = PublicErrors.load()


def doubt(inputs: ForecastInputs, hours_missed: Sequence[float]) -> float:
    """Return how doubtful a forecast is, in logarithms of growth.

    It is by ``hours_missed``, misses at earlier hours, by how far the methods are apart, and by how much
    of the time is still to come.
    """
    misses = np.minimum(np.abs(hours_missed), MOST_MISSED) if len(hours_missed) else [_UNTRIED]
    finals = [float(growth[0]) for growth in logarithms(inputs, np.array([inputs.end])).values()]
    apart = float(np.std(finals)) if finals else 0.0
    today = _LEAST_DOUBT + _OF_MISSES * float(np.mean(misses)) + _OF_SPREAD * apart
    return today * (1 + _OF_TIME * float(np.log(inputs.end / inputs.now)))


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

    def stretched(self, unseen: float) -> "Scores":
        """Spread them further around their middle, the more of the time was ``unseen`` (a share)."""
        (middle,) = self.quantiles(np.array([0.5]))
        return replace(self, values=middle + (self.values - middle) * (1 + _UNSEEN * unseen))


def calibrate(own: Sequence[float], public: Sequence[float]) -> Scores:
    """Put together an edition's ``own`` past and the ``public`` series.

    Of its own past each score counts both ways: a few editions tell how far a forecast misses, but
    their direction is chance, and what of it is not is in the weights of the blend.
    """
    values = np.array([*own, *(-score for score in own), *public])
    shares = (0.5, 2 * len(own)), (_PUBLIC / len(public), len(public))
    weights = np.concatenate([np.full(count, share) for share, count in shares])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    return Scores(values=values, below=(np.cumsum(weights) - weights / 2) / weights.sum())


def doubt_of_finales(
    inputs: ForecastInputs, blend: Ensemble, scores: Scores, public: float
) -> float:
    """Return the least doubt near the end: a calm edition's range is as wide as finales were.

    The upper end of the usual range lies ``public`` above what is said, or as far as earlier editions'
    were missed from the same share of their time (median); before the last quarter less, down to 0.
    """
    missed = [abs(blend.missed(trial)) for _, trial in blend.editions]
    (high,) = scores.quantiles(np.array([_HIGH]))
    if high <= 0:
        return 0.0
    most = max(public, float(np.median(missed)) if missed else 0.0)
    return float(np.interp(inputs.now / inputs.end, _FINALE, (0.0, most / high)))


def own_scores(blend: Ensemble) -> list[float]:
    """Return by how much it said too little in earlier editions, in doubts of then."""
    scores: list[float] = []
    for inputs, trial in blend.editions:
        missed = [blend.missed(earlier) for earlier in earlier_hours(inputs)]
        scores.append(-blend.missed(trial) / doubt(inputs, missed))
    return scores
