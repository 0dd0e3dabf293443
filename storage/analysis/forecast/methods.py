"""The methods by name, and what any of them says is kept within bounds before it is used."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from storage.analysis.forecast import (
    average_pace,
    decay,
    edition_shape,
    last_day,
    log_linear,
    programme_method,
)
from storage.analysis.forecast.inputs import ForecastInputs, Values

#: Gives the growth from now to each of the hours; ``None`` where it cannot say.
Method = Callable[[ForecastInputs, Values], Values | None]

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "average_pace": average_pace.growth,
        "last_day": last_day.growth,
        "edition_shape": edition_shape.growth,
        "log_linear": log_linear.growth,
        "decay": decay.growth,
        "programme": programme_method.growth,
    }
)

#: No method says less than this share of the average pace: a counter at rest may be frozen.
LEAST_SHARE = 0.02


def least(sight: ForecastInputs, hours: Values) -> Values:
    """Give the least growth to each of ``hours`` that is reckoned with; above 0 after now."""
    pace = max(sight.views, 1.0) / max(sight.now, 1.0)
    return LEAST_SHARE * pace * (hours - sight.now)


def logarithms(sight: ForecastInputs, hours: Values) -> dict[str, Values]:
    """Give the logarithm of the growth to each of ``hours`` (after now) that each method says."""
    floor = least(sight, hours)
    found: dict[str, Values] = {}
    for name, method in METHODS.items():
        growth = method(sight, hours)
        if growth is not None:
            found[name] = np.log(np.maximum(growth, floor))
    return found
