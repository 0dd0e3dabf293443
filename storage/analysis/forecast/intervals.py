"""Puts a forecast together: ranges of the final sum and of when a target is passed, and its chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from storage.analysis.forecast.conformal import (
    Halfway,
    Scores,
    calibrate,
    doubt,
    own_scores,
    spread_of,
)
from storage.analysis.forecast.ensemble import Ensemble, blend_methods
from storage.analysis.forecast.inputs import ForecastInputs, Values
from storage.analysis.forecast.methods import logarithms
from storage.analysis.forecast.past_errors import HALFWAY, SCORES

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

    target: float
    chance: float
    hours: Mapping[float, float]


@dataclass(frozen=True, kw_only=True)
class ForecastIntervals:
    """What is to come. Sums count from the opening, as those of the sight.

    ``path``: sums at each of ``hours``, a row per quantile of :data:`QUANTILES`. ``methods``: what
    each method says of the final sum. ``missed``: the median share of the final sum by which the blend
    missed at earlier hours; ``None`` where none could be tried.
    """

    middle: float
    ranges: Sequence[Range]
    hours: Values
    path: Values
    passing: Passing | None
    methods: Mapping[str, float]
    weights: Mapping[str, float]
    missed: float | None
    tried_hours: int
    tried_editions: int


def forecast_intervals(
    sight: ForecastInputs,
    *,
    target: float | None = None,
    public: Sequence[float] = SCORES,
    halfway: Halfway = HALFWAY,
) -> ForecastIntervals | None:
    """Forecast ``sight``; ``None`` where it has not grown. ``target`` counts from the opening.

    ``public``: scores of past forecasts to calibrate on beside its own; ``halfway``: how far apart
    those of nearer hours lie. A path never falls: what was passed stays passed.
    """
    if sight.views <= 0:
        return None
    blend = blend_methods(sight)
    whole: Values = np.arange(np.floor(sight.now) + 1, np.ceil(sight.end), dtype=np.float64)
    hours = np.append(whole, sight.end)
    scores = calibrate(own_scores(blend), public, sight.unseen)
    ahead = _Ahead(
        sight=sight,
        hours=hours,
        growth=blend.growth(sight, hours),
        apart=doubt(sight, blend.missed_before) * spread_of(sight, hours, halfway),
    )
    path = ahead.sums(scores.quantiles(np.array(QUANTILES)))
    final = path[:, -1]
    passing = None
    if target is not None:
        passing = _passing(ahead, scores, target)
    return ForecastIntervals(
        middle=float(final[_MIDDLE]),
        ranges=[
            Range(level=level, low=float(final[place]), high=float(final[-1 - place]))
            for place, level in enumerate(LEVELS)
        ],
        hours=hours,
        path=path,
        passing=passing,
        methods=_finals(sight),
        weights=blend.weights,
        missed=_missed(blend),
        tried_hours=len(blend.hours),
        tried_editions=len(blend.editions),
    )


@dataclass(frozen=True, kw_only=True)
class _Ahead:
    """What is said of each of ``hours``: the logarithm of the growth, and how far apart scores are there."""

    sight: ForecastInputs
    hours: Values
    growth: Values
    apart: Values

    def sums(self, scores: Values) -> Values:
        """Give the sums that these scores come to, a row each, which never fall."""
        sums = self.sight.views + np.exp(self.growth + scores[:, None] * self.apart)
        return np.maximum.accumulate(sums, axis=1)


def _passing(ahead: _Ahead, scores: Scores, target: float) -> Passing:
    """Give how often what was said fell short by as much as ``target`` needs, and the hour if it does."""
    sight = ahead.sight
    if sight.views >= target:
        return Passing(target=target, chance=1.0, hours=dict.fromkeys(QUANTILES, sight.now))
    needed = (float(np.log(target - sight.views)) - ahead.growth[-1]) / ahead.apart[-1]
    chance = scores.share_above(needed)
    if needed > scores.values[-1]:
        return Passing(target=target, chance=chance, hours={})
    passing = scores.quantiles(1 - chance * (1 - np.array(QUANTILES)))
    hours = [target_reached(sight, ahead.hours, sums, target) for sums in ahead.sums(passing)]
    return Passing(
        target=target,
        chance=chance,
        hours={
            # A score as large as is needed passes it at the end, but for the last digit.
            quantile: sight.end if hour is None else hour
            for quantile, hour in zip(QUANTILES, hours, strict=True)
        },
    )


def target_reached(
    sight: ForecastInputs, hours: Values, sums: Values, target: float
) -> float | None:
    """Give the hour at which a path reaches ``target``; ``None``: not by its end."""
    if sight.views >= target:
        return sight.now
    if sums[-1] < target:
        return None
    rising = np.maximum.accumulate(np.append(sight.views, sums))
    return float(np.interp(target, rising, np.append(sight.now, hours)))


def _finals(sight: ForecastInputs) -> dict[str, float]:
    said = logarithms(sight, np.array([sight.end]))
    return {name: sight.views + float(np.exp(one[0])) for name, one in said.items()}


def _missed(blend: Ensemble) -> float | None:
    """Give the median miss of the sum at earlier hours, as a share of it."""
    if not blend.hours:
        return None
    return float(np.median([abs(np.expm1(blend.missed(one))) * one.rest for one in blend.hours]))
