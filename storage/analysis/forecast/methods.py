"""The methods by name: each continues a sum of views from now on.

A method returns the growth from now to each of the hours, and ``None`` where it cannot say. What it says
is kept within bounds before it is used.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from storage.analysis.forecast import programme_method
from storage.analysis.forecast.inputs import ForecastInputs, Values

Method = Callable[[ForecastInputs, Values], Values | None]

#: No method says less than this share of the average pace: a counter at rest may be frozen.
LEAST_SHARE = 0.02
_DAY_HOURS = 24.0
#: Shares of the time so far between which and now the power of :func:`decay` is measured.
_FRACTIONS = np.array((0.5, 0.625, 0.75))
_LEAST_POWER, _MOST_POWER = 0.05, 1.6
#: Powers that spread as much as this count for half.
_DOUBT = 0.1


def average_pace(inputs: ForecastInputs, hours: Values) -> Values | None:
    """Continue as since the opening; ``None`` before anything was seen to grow."""
    if not inputs.has_grown:
        return None
    return inputs.views / inputs.now * (hours - inputs.now)


def last_day(inputs: ForecastInputs, hours: Values) -> Values | None:
    """Continue as in the last 24 hours; ``None`` before anything was seen to grow."""
    if not inputs.has_grown:
        return None
    since = max(0.0, inputs.now - _DAY_HOURS)
    gained = inputs.views - inputs.curve.at_hour(since)
    return max(gained, 0.0) / (inputs.now - since) * (hours - inputs.now)


def edition_shape(inputs: ForecastInputs, hours: Values) -> Values | None:
    """Grow by the share that earlier editions did from the same hour on, their median.

    Of an edition of another length the hour is taken in proportion. ``None`` without an earlier edition.
    """
    shares: list[Values] = []
    for past in inputs.pasts if inputs.views > 0 else ():
        scale = past.end / inputs.end
        before = past.curve.at_hour(inputs.now * scale)
        if before > 0:
            shares.append(np.maximum(past.curve.views_at(hours * scale) - before, 0.0) / before)
    return inputs.views * np.median(np.stack(shares), axis=0) if shares else None


def decay(inputs: ForecastInputs, hours: Values) -> Values | None:
    """Follow a power of the time since the opening, as views after a broadcast do.

    Crane and Sornette (PNAS 2008) saw such powers in five million videos. The power is measured between
    fractions of the time so far and now, and drawn towards 1, a steady pace, as far as these disagree.
    ``None`` before anything was seen to grow.
    """
    if not inputs.has_grown:
        return None
    before = inputs.curve.views_at(inputs.now * _FRACTIONS)
    known = before > 0
    if not known.any():
        return None
    powers = np.log(inputs.views / before[known]) / -np.log(_FRACTIONS[known])
    trust = 1 / (1 + (float(np.std(powers)) / _DOUBT) ** 2)
    power = float(np.clip(1 + (np.median(powers) - 1) * trust, _LEAST_POWER, _MOST_POWER))
    return inputs.views * ((hours / inputs.now) ** power - 1)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "average_pace": average_pace,
        "last_day": last_day,
        "edition_shape": edition_shape,
        "decay": decay,
        "programme": programme_method.growth,
    }
)


def least(inputs: ForecastInputs, hours: Values) -> Values:
    """Return the least growth to each of ``hours`` that is reckoned with; above 0 after now."""
    pace = max(inputs.views, 1.0) / max(inputs.now, 1.0)
    return LEAST_SHARE * pace * (hours - inputs.now)


def logarithms(inputs: ForecastInputs, hours: Values) -> dict[str, Values]:
    """Return the logarithm of the growth to each of ``hours`` (after now) that each method says."""
    floor = least(inputs, hours)
    growths = {name: method(inputs, hours) for name, method in METHODS.items()}
    return {
        name: np.log(np.maximum(growth, floor))
        for name, growth in growths.items()
        if growth is not None
    }
