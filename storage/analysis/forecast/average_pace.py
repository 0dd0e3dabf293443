"""Average pace: it goes on as it went since the opening."""

from storage.analysis.forecast.inputs import ForecastInputs, Values


def growth(sight: ForecastInputs, hours: Values) -> Values | None:
    """Give the growth from now to each of ``hours``; ``None`` before anything was seen to grow."""
    if sight.now <= 0 or sight.views <= 0:
        return None
    return sight.views / sight.now * (hours - sight.now)
