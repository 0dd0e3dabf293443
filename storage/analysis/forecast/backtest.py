"""Asks how each method would have done before: at earlier hours, and in earlier editions."""

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


def earlier_hours(sight: ForecastInputs) -> list[Trial]:
    """Forecast the newest sum from earlier hours."""
    tried = (trial(sight.until(share * sight.now), sight.now, sight.views) for share in ORIGINS)
    return [one for one in tried if one]


def earlier_editions(sight: ForecastInputs) -> list[tuple[ForecastInputs, Trial]]:
    """Forecast the final sum of each earlier edition, from the same share of its time.

    The others are its past. Each comes with what was known of it then.
    """
    found: list[tuple[ForecastInputs, Trial]] = []
    for place, past in enumerate(sight.pasts):
        rest = (*sight.pasts[:place], *sight.pasts[place + 1 :])
        curve = past.curve.until(sight.now / sight.end * past.end)
        then = ForecastInputs(curve=curve, end=past.end, pasts=rest)
        one = trial(then, past.end, past.views)
        if one:
            found.append((then, one))
    return found


def trial(then: ForecastInputs, hour: float, views: float) -> Trial | None:
    """Forecast ``views`` at ``hour`` from ``then``; ``None`` where there is nothing to go by."""
    if then.curve.hours.size < _LEAST_SEEN or min(then.views, views) <= 0 or hour <= then.now:
        return None
    hours = np.array([hour])
    came = max(views - then.views, float(least(then, hours)[0]))
    said = logarithms(replace(then, end=max(then.end, hour)), hours)
    return Trial(
        misses={name: float(growth[0]) - float(np.log(came)) for name, growth in said.items()},
        rest=came / (then.views + came),
    )
