"""Windows of time in which calls are counted, for the simulated platforms' rate limits."""

from collections import defaultdict, deque
from datetime import datetime, timedelta


class RollingWindow:
    """How many calls a key made within the last ``window``; older ones are forgotten."""

    def __init__(self, window: timedelta) -> None:
        self.window = window
        self._calls: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def used(self, key: str, at: datetime) -> int:
        """Return the calls of ``key`` in the window that ends at ``at``."""
        calls = self._calls[key]
        while calls and calls[0] <= at - self.window:
            calls.popleft()
        return len(calls)

    def add(self, key: str, at: datetime) -> None:
        """Count a call."""
        self._calls[key].append(at)

    def time_until_free(self, key: str, at: datetime) -> timedelta:
        """Return how long until the oldest call of the window is forgotten."""
        calls = self._calls[key]
        return calls[0] + self.window - at if calls else timedelta(0)


class FixedWindow:
    """How many calls a key made in its present window, which begins with its first call."""

    def __init__(self, window: timedelta) -> None:
        self.window = window
        self._open: dict[str, tuple[datetime, int]] = {}

    def add(self, key: str, at: datetime) -> tuple[int, datetime]:
        """Count a call; return how many there are now and when they are forgotten."""
        begun, used = self._open.get(key, (at, 0))
        if at >= begun + self.window:
            begun, used = at, 0
        self._open[key] = (begun, used + 1)
        return used + 1, begun + self.window
