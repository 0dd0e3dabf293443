"""The ensemble of the methods: the more one missed before, the less it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from storage.analysis.forecast.backtest import Trial, earlier_editions, earlier_hours
from storage.analysis.forecast.inputs import ForecastInputs, Values
from storage.analysis.forecast.methods import logarithms

#: Before any trial each method is taken to miss by this much, which counts as one trial.
_FIRST_MISS = 0.3
#: All trials of a kind together count as so many.
_TRIALS = 2.0
#: Earlier editions count in full from this many on.
_EDITIONS = 4
#: One trial says no more than this: a wild miss must not decide alone.
MOST_MISSED = 1.5
#: Weights are misses to the power of minus this: twice the miss is a sixteenth of the weight.
_POWER = 4.0


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """The methods' weights, which add up to 1, and the trials that they come from.

    ``hours``: of earlier hours. ``editions``: of earlier editions, each as it was seen then.
    """

    weights: Mapping[str, float]
    hours: Sequence[Trial]
    editions: Sequence[tuple[ForecastInputs, Trial]]

    def missed(self, trial: Trial) -> float:
        """Return how far the blend misses in a trial, of the methods that say something there."""
        weights = {name: self.weights[name] for name in trial.misses if name in self.weights}
        total = sum(weights.values())
        missed = sum(weight * trial.misses[name] for name, weight in weights.items())
        return missed / total if total else 0.0

    @property
    def missed_before(self) -> list[float]:
        """How far it misses at each of the earlier hours."""
        return [self.missed(trial) for trial in self.hours]

    def growth(self, inputs: ForecastInputs, hours: Values) -> Values:
        """Return the logarithm of the growth from now to each of ``hours``, all after now."""
        parts = (self.weights[name] * part for name, part in logarithms(inputs, hours).items())
        return sum(parts, np.zeros(hours.size))


def blend_methods(inputs: ForecastInputs) -> Ensemble:
    """Weigh the methods that can say anything of ``inputs`` by their misses before."""
    able = logarithms(inputs, np.array([inputs.end]))
    hours, editions = earlier_hours(inputs), earlier_editions(inputs)
    trials = [trial for _, trial in editions]
    raw = {name: expected(name, hours, trials) ** -_POWER for name in able}
    total = sum(raw.values())
    weights = {name: weight / total for name, weight in raw.items()}
    return Ensemble(weights=weights, hours=hours, editions=editions)


def expected(name: str, hours: Sequence[Trial], editions: Sequence[Trial]) -> float:
    """Return how far a method is taken to miss, from all that it was tried at."""
    total, count = _FIRST_MISS, 1.0
    for trials, full in ((hours, 1.0), (editions, min(1.0, len(editions) / _EDITIONS))):
        misses = [
            min(abs(trial.misses[name]), MOST_MISSED) for trial in trials if name in trial.misses
        ]
        if misses:
            weight = _TRIALS * full * len(misses) / len(trials)
            total += weight * float(np.mean(misses))
            count += weight
    return total / count
