"""Edition's shape: it grows from here on by the share that earlier editions did from the same hour."""

import numpy as np

from storage.analysis.forecast.inputs import ForecastInputs, Values


def growth(sight: ForecastInputs, hours: Values) -> Values | None:
    """Give the growth from now to each of ``hours``; ``None`` without an earlier edition."""
    found = shares(sight, hours)
    return None if found is None else sight.views * np.median(found, axis=0)


def shares(sight: ForecastInputs, hours: Values) -> Values | None:
    """Give what each earlier edition grew from the same hour on, by what it had then: a row each.

    Of an edition of another length the hour is taken in proportion.
    """
    if sight.views <= 0:
        return None
    rows: list[Values] = []
    for past in sight.pasts:
        stretch = past.end / sight.end
        had = past.curve.then(sight.now * stretch)
        if had > 0:
            rows.append(np.maximum(past.curve.at(hours * stretch) - had, 0.0) / had)
    return np.stack(rows) if rows else None
