"""Forecast inputs: this edition's cumulative curve by hours since the opening, and the earlier ones'.

A sum is known at the hours at which it was seen. Between two of them a straight line is taken, for
rates only: nothing of it is shown as seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CumulativeCurve:
    """A sum of views as it was seen: ``views`` at ``hours`` since the opening, which only grow.

    ``views`` count from the opening: what was there before is not in them. They may fall.
    """

    hours: Values
    views: Values

    def views_at(self, hours: Values) -> Values:
        """Return the sum at ``hours``; 0 at the opening, and the last known after the last hour."""
        known = np.concatenate(([0.0], self.hours)), np.concatenate(([0.0], self.views))
        return np.interp(hours, *known)

    def at_hour(self, hour: float) -> float:
        """Return the sum at one hour."""
        return float(self.views_at(np.array([hour]))[0])

    def until(self, hour: float) -> "CumulativeCurve":
        """Keep what was seen by ``hour``."""
        count = int(np.searchsorted(self.hours, hour, side="right"))
        return CumulativeCurve(hours=self.hours[:count], views=self.views[:count])


@dataclass(frozen=True, kw_only=True)
class PastEdition:
    """A sum that is over: an earlier edition. ``end`` is how many hours it took."""

    curve: CumulativeCurve
    end: float

    @property
    def views(self) -> float:
        """The final sum."""
        return float(self.curve.views[-1]) if self.curve.views.size else 0.0


@dataclass(frozen=True, kw_only=True)
class Airings:
    """The broadcasts of an edition by whole hours since its opening, a row each.

    ``views``: the last told by the end of each hour, 0 before any. ``airtime``: the share of each hour
    on the air. ``ended``: hours since the opening at which it left the air; not a number while it is on.
    """

    views: Values
    airtime: Values
    ended: Values

    def until(self, hour: float) -> "Airings":
        """Keep the whole hours that were over by ``hour``."""
        length = int(hour)
        ended = np.where(self.ended <= hour, self.ended, np.nan)
        return Airings(views=self.views[:, :length], airtime=self.airtime[:, :length], ended=ended)


@dataclass(frozen=True, kw_only=True)
class ForecastInputs:
    """What is known when a forecast is made.

    ``end``: hours from the opening to the planned end. ``airings``: ``None`` where only the sum is
    known. ``unseen``: the share of the time on the air that gaps took.
    """

    curve: CumulativeCurve
    end: float
    pasts: Sequence[PastEdition] = ()
    airings: Airings | None = None
    unseen: float = 0.0

    @property
    def now(self) -> float:
        """The hour of the newest sum; 0 before any."""
        return float(self.curve.hours[-1]) if self.curve.hours.size else 0.0

    @property
    def views(self) -> float:
        """The newest sum; 0 before any."""
        return float(self.curve.views[-1]) if self.curve.views.size else 0.0

    @property
    def has_grown(self) -> bool:
        """Whether there is a sum to continue."""
        return self.now > 0 and self.views > 0

    def until(self, hour: float) -> "ForecastInputs":
        """Return what was known by ``hour``."""
        airings = self.airings.until(hour) if self.airings else None
        return replace(self, curve=self.curve.until(hour), airings=airings)
