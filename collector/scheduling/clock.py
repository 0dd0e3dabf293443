"""Clock of the collector: the machine's, except that it never goes back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

#: A wall clock that departs from the monotonic one by more than this has been set.
STEP_SECONDS = 0.5
#: While it is ahead, a second of this clock lasts so much longer, until the machine's has caught up.
SLOWED = 0.1


class SteadyClock:
    """The time in UTC. Where the machine's clock is set back, it goes on by the monotonic one.

    It then runs a tenth slower until the machine's clock has caught up: what is observed keeps its
    order, and times are wrong by less and less. A clock that is set forward is followed at once.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._ran = monotonic()
        self._drift = wall() - self._ran
        self._latest = 0.0
        self.ahead_seconds = 0.0  # of the machine's clock

    def __call__(self) -> datetime:
        """Return the time in UTC."""
        ran = self._monotonic()
        drift = self._wall() - ran
        step = drift - self._drift
        caught_up = SLOWED * (ran - self._ran)
        if abs(step) <= STEP_SECONDS:
            step = 0.0
        self.ahead_seconds = max(self.ahead_seconds - step - caught_up, 0.0)
        self._ran, self._drift = ran, drift
        # A wall clock is also nudged by less than a step.
        self._latest = max(self._latest, drift + ran + self.ahead_seconds)
        return datetime.fromtimestamp(self._latest, UTC)
