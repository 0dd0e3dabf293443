"""Ranges of the final sum and of when a target is passed, and the chance of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from storage.analysis.forecast.conformal import (
    PUBLIC,
    PublicErrors,
    Scores,
    calibrate,
    doubt,
    doubt_of_finales,
    own_scores,
)
from storage.analysis.forecast.ensemble import Ensemble, blend_methods
from storage.analysis.forecast.inputs import ForecastInputs, Values
from storage.analysis.forecast.methods import logarithms

#: How often each range is meant to hold what comes, the widest first.
LEVELS = (0.95, 0.8, 0.5)
#: The ends of each range, and the middle.
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
_MIDDLE = QUANTILES.index(0.5)


@dataclass(frozen=True, kw_only=True)
class Range:
    """Between ``low`` and ``high`` it lies so often as ``level`` says."""

    level: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Passing:
    """Whether a target is passed, and when if so, in hours since the opening.

    ``chance``: of passing it by the end. ``hours`` holds the hour per quantile of :data:`QUANTILES`, of
    those cases in which it is passed; it is empty where no past miss was large enough to pass it.
    """

    chance: float
    hours: Mapping[float, float]


@dataclass(frozen=True, kw_only=True)
class ForecastIntervals:
    """What is to come. Sums count from the opening, as those of the inputs.

    ``path``: sums at each of ``hours``, a row per quantile of :data:`QUANTILES`. ``methods``: what
    each method says of the final sum. ``missed``: the median share of the final sum by which the blend
    missed in ``tried_editions`` earlier editions, at the same share of their time; ``None`` without one.
    """

    middle: float
    ranges: Sequence[Range]
    hours: Values
    path: Values
    passing: Passing | None
    methods: Mapping[str, float]
    weights: Mapping[str, float]
    missed: float | None
    tried_editions: int


def forecast_intervals(
    inputs: ForecastInputs,
    *,
    target: float | None = None,
    public: PublicErrors = PUBLIC,
) -> ForecastIntervals | None:
    """Forecast ``inputs``; ``None`` where it has not grown. ``target`` counts from the opening.

    ``public``: misses of past forecasts to calibrate on beside its own. A path never falls: what was
    passed stays passed.
    """
    if inputs.views <= 0:
        return None
    blend = blend_methods(inputs)
    ahead = look_ahead(inputs, blend, public)
    path = ahead.path(np.array(QUANTILES))
    final = path[:, -1]
    return ForecastIntervals(
        middle=float(final[_MIDDLE]),
        ranges=[
            Range(level=level, low=float(final[place]), high=float(final[-1 - place]))
            for place, level in enumerate(LEVELS)
        ],
        hours=ahead.hours,
        path=path,
        passing=None if target is None else ahead.passing(target),
        methods=_finals(inputs),
        weights=blend.weights,
        missed=_missed(blend),
        tried_editions=len(blend.editions),
    )


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What is said of each of ``hours``: the logarithm of the growth, and by what ``doubt`` it is scored."""

    inputs: ForecastInputs
    hours: Values
    growth: Values
    doubt: float
    scores: Scores

    def path(self, levels: Values) -> Values:
        """Return the sums above which the rest of these shares lies, a row each, which never fall."""
        apart = self.scores.quantiles(levels)[:, None] * self.doubt
        return np.maximum.accumulate(self.inputs.views + np.exp(self.growth + apart), axis=1)

    def passing(self, target: float) -> Passing:
        """Return how often what was said fell short by as much as ``target`` needs, and the hour if it does."""
        inputs = self.inputs
        if inputs.views >= target:
            return Passing(chance=1.0, hours=dict.fromkeys(QUANTILES, inputs.now))
        needed = (float(np.log(target - inputs.views)) - self.growth[-1]) / self.doubt
        chance = self.scores.share_above(needed)
        if needed > self.scores.values[-1]:
            return Passing(chance=chance, hours={})
        passing = self.path(1 - chance * (1 - np.array(QUANTILES)))
        hours = [target_reached(inputs, self.hours, sums, target) for sums in passing]
        return Passing(
            chance=chance,
            hours={
                # A score as large as is needed passes it at the end, but for the last digit.
                quantile: inputs.end if hour is None else hour
                for quantile, hour in zip(QUANTILES, hours, strict=True)
            },
        )


def look_ahead(inputs: ForecastInputs, blend: Ensemble, public: PublicErrors) -> Ahead:
    """Calibrate what ``blend`` says of each full hour to the end, and of the end."""
    full_hours: Values = np.arange(np.floor(inputs.now) + 1, np.ceil(inputs.end), dtype=np.float64)
    hours = np.append(full_hours, inputs.end)
    scores = calibrate(own_scores(blend), public.alike(blend).scores)
    least = doubt_of_finales(inputs, blend, scores, public.finale)
    return Ahead(
        inputs=inputs,
        hours=hours,
        growth=blend.growth(inputs, hours),
        doubt=max(least, doubt(inputs, blend.missed_before)),
        scores=scores.stretched(inputs.unseen),
    )


def target_reached(
    inputs: ForecastInputs, hours: Values, sums: Values, target: float
) -> float | None:
    """Return the hour at which a path reaches ``target``; ``None``: not by its end."""
    if inputs.views >= target:
        return inputs.now
    if sums[-1] < target:
        return None
    rising = np.maximum.accumulate(np.append(inputs.views, sums))
    return float(np.interp(target, rising, np.append(inputs.now, hours)))


def _finals(inputs: ForecastInputs) -> dict[str, float]:
    growths = logarithms(inputs, np.array([inputs.end]))
    return {name: inputs.views + float(np.exp(growth[0])) for name, growth in growths.items()}


def _missed(blend: Ensemble) -> float | None:
    """Return the median miss in earlier editions, as a share of their sum."""
    misses = [abs(np.expm1(blend.missed(trial))) * trial.rest for _, trial in blend.editions]
    return float(np.median(misses)) if misses else None
