"""Decay: the sum follows a power of the time since the opening, as views after a broadcast do.

Crane and Sornette (PNAS 2008) saw such powers in five million videos. The power is measured between
fractions of the time so far, and drawn towards 1, a steady pace, as far as these disagree and as the
time is short.
"""

import numpy as np

from storage.analysis.forecast.inputs import ForecastInputs, Values

_FRACTIONS = np.array((0.25, 0.375, 0.5, 0.625, 0.75))
LEAST, MOST = 0.2, 1.6
#: Powers that spread as much as this count for half.
_DOUBT = 0.25


def growth(sight: ForecastInputs, hours: Values) -> Values | None:
    """Give the growth from now to each of ``hours``; ``None`` before anything was seen to grow."""
    power = exponent(sight)
    if power is None:
        return None
    return sight.views * ((hours / sight.now) ** power - 1)


def exponent(sight: ForecastInputs) -> float | None:
    """Give the power of time that the sum so far follows; ``None`` where it has not grown."""
    if sight.now <= 0 or sight.views <= 0:
        return None
    had = sight.curve.at(sight.now * _FRACTIONS)
    told = had > 0
    if not told.any():
        return None
    powers = np.log(sight.views / had[told]) / -np.log(_FRACTIONS[told])
    doubt = float(np.std(powers)) / _DOUBT
    trust = sight.beyond_a_day / (1 + doubt**2)
    return float(np.clip(1 + (np.median(powers) - 1) * trust, LEAST, MOST))
