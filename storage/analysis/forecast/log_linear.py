"""Log-linear (Szabo and Huberman): the logarithm of the final sum is that of today's and a constant.

The constant is the mean of it over earlier editions: arXiv 0811.0405.
"""

import numpy as np

from storage.analysis.forecast.edition_shape import shares
from storage.analysis.forecast.inputs import ForecastInputs, Values


def growth(sight: ForecastInputs, hours: Values) -> Values | None:
    """Give the growth from now to each of ``hours``; ``None`` without an earlier edition."""
    found = shares(sight, hours)
    if found is None:
        return None
    return sight.views * np.expm1(np.mean(np.log1p(found), axis=0))
