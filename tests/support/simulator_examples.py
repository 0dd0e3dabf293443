"""Fixtures of the simulator's tests: an instant, a clock to advance, the platforms' examples."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "platforms" / "examples"
START = datetime(2026, 5, 16, 18, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is advanced."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)
