"""Last day's rate: it goes on as in the last 24 hours."""

from storage.analysis.forecast.inputs import ForecastInputs, Values

HOURS = 24.0


def growth(sight: ForecastInputs, hours: Values) -> Values | None:
    """Give the growth from now to each of ``hours``; ``None`` before anything was seen to grow."""
    if sight.now <= 0 or sight.views <= 0:
        return None
    since = max(0.0, sight.now - HOURS)
    gained = sight.views - sight.curve.then(since)
    return max(gained, 0.0) / (sight.now - since) * (hours - sight.now)
