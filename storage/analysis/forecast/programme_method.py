"""Programme: what has ended goes on by one decay law, and what is to come airs as the days so far did.

After a broadcast leaves the air its views grow by a power of its age, in proportion to those it had
then; the power is measured over all that have ended. New views come with airtime: each hour of the
day is taken to have as much of it as it had on the days before.
"""

from dataclasses import dataclass

import numpy as np

from storage.analysis.forecast.inputs import Airings, ForecastInputs, Values

#: Hours after the end at which the growth since is measured.
_AGES = np.array((2.0, 4.0, 8.0, 16.0, 32.0, 64.0))
#: Fewer broadcasts that ended, at an age, say nothing of it.
LEAST_ENDED = 5
_DAY = 24


@dataclass(frozen=True, kw_only=True)
class Law:
    """Views after the end: ``share`` x age ** ``power`` of those at the end; age in hours."""

    share: float
    power: float

    def grown(self, age: Values) -> Values:
        """Return the growth since the end, by the views at the end, at an age of at least 0 hours."""
        return self.share * np.maximum(age, 0.0) ** self.power


def growth(inputs: ForecastInputs, hours: Values) -> Values | None:
    """Return the growth from now to each of ``hours``; ``None`` where no law or no airtime is known."""
    airings = inputs.airings
    if airings is None or airings.views.shape[1] < _DAY:
        return None
    law = fit_law(airings)
    aired = float(airings.airtime.sum())
    if law is None or aired <= 0:
        return None
    at_end = _at_end(airings)
    over = ~np.isnan(at_end)
    ages = inputs.now - airings.ended[over]
    replays = [
        float((at_end[over] * (law.grown(ages + hour - inputs.now) - law.grown(ages))).sum())
        for hour in hours
    ]
    while_live = np.where(over, np.nan_to_num(at_end), airings.views[:, -1]).sum() / aired
    return np.array(replays) + while_live * _to_come(inputs, airings, hours, law)


def fit_law(airings: Airings) -> Law | None:
    """Fit the law to all broadcasts that ended; ``None`` where too few did, at two ages at least."""
    at_end = _at_end(airings)
    last = airings.views.shape[1]
    ages: list[float] = []
    shares: list[float] = []
    for age in _AGES:
        place = np.ceil(airings.ended + age) - 1
        fit = ~np.isnan(at_end) & (at_end > 0) & (place < last)
        if fit.sum() < LEAST_ENDED:
            break
        aged = airings.views[fit, place[fit].astype(int)]
        share = float((aged - at_end[fit]).sum() / at_end[fit].sum())
        if share > 0:
            ages.append(float(age))
            shares.append(share)
    if len(ages) < 2:  # noqa: PLR2004 - a line has two points
        return None
    power, share = np.polyfit(np.log(ages), np.log(shares), 1)
    return Law(share=float(np.exp(share)), power=float(np.clip(power, 0.05, 1.0)))


def _at_end(airings: Airings) -> Values:
    """Return the views at the end of the hour in which each broadcast ended; not a number while on air."""
    last = airings.views.shape[1]
    place = np.ceil(airings.ended) - 1
    ended = ~np.isnan(place) & (place >= 0) & (place < last)
    chosen = np.where(ended, place, 0).astype(np.intp)
    views = np.take_along_axis(airings.views, chosen[:, None], axis=1)[:, 0]
    return np.where(ended, views, np.nan)


def _to_come(inputs: ForecastInputs, airings: Airings, hours: Values, law: Law) -> Values:
    """Return the airtime from now to each of ``hours``, and what its views grow by after, in hours of it."""
    passed = airings.airtime.sum(axis=0)
    daily = np.array([passed[hour::_DAY].mean() for hour in range(_DAY)])
    slots = np.arange(int(inputs.now), int(np.ceil(hours.max())))
    begins = np.maximum(slots, inputs.now)
    planned = daily[slots % _DAY] * (slots + 1 - begins)
    to_come = [
        float((planned * np.clip(hour - begins, 0, 1) * (1 + law.grown(hour - slots - 1))).sum())
        for hour in hours
    ]
    return np.array(to_come)
