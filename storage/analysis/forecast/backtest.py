"""Back-tests of the methods: at earlier hours, and in earlier editions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from storage.analysis.forecast.inputs import ForecastInputs
from storage.analysis.forecast.methods import least, logarithms

#: Shares of the time so far at which a forecast of today's sum is tried.
ORIGINS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: From fewer sums there is nothing to go by.
_LEAST_SEEN = 2


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One forecast of a sum that is known: by how much each method said too much.

    ``misses`` are differences of logarithms of the growth. ``rest``: the share of the sum that was
    still to come.
    """

    misses: Mapping[str, float]
    rest: float


def earlier_hours(inputs: ForecastInputs) -> list[Trial]:
    """Forecast the newest sum from earlier hours."""
    trials = (
        trial(inputs.until(share * inputs.now), inputs.now, inputs.views) for share in ORIGINS
    )
    return [earlier for earlier in trials if earlier]


def earlier_editions(inputs: ForecastInputs) -> list[tuple[ForecastInputs, Trial]]:
    """Forecast the final sum of each earlier edition, from the same share of its time.

    The others are its past. Each comes with what was known of it then.
    """
    trials: list[tuple[ForecastInputs, Trial]] = []
    for place, past in enumerate(inputs.pasts):
        rest = (*inputs.pasts[:place], *inputs.pasts[place + 1 :])
        curve = past.curve.until(inputs.now / inputs.end * past.end)
        earlier = ForecastInputs(curve=curve, end=past.end, pasts=rest)
        past_trial = trial(earlier, past.end, past.views)
        if past_trial:
            trials.append((earlier, past_trial))
    return trials


def trial(inputs: ForecastInputs, hour: float, views: float) -> Trial | None:
    """Forecast ``views`` at ``hour`` from ``inputs``; ``None`` where there is nothing to go by."""
    if inputs.curve.hours.size < _LEAST_SEEN or min(inputs.views, views) <= 0 or hour <= inputs.now:
        return None
    hours = np.array([hour])
    came = max(views - inputs.views, float(least(inputs, hours)[0]))
    growths = logarithms(replace(inputs, end=max(inputs.end, hour)), hours)
    return Trial(
        misses={name: float(growth[0]) - float(np.log(came)) for name, growth in growths.items()},
        rest=came / (inputs.views + came),
    )
