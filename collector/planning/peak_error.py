"""Error of a measured peak by the time between two polls.

Measured on six editions of one marathon (Games Done Quick, 2017 to 2020, a count a minute, all
phases of the grid); other events have other curves. For a plan, before anything is polled: the
bound of a peak that was polled is in :mod:`storage.analysis.viewers.peak_error`.
"""

from bisect import bisect_left
from dataclasses import dataclass

#: Minutes between two polls, and per cent of the peak that are missed: median, worst.
MEASURED = (
    (1.0, 0.0, 0.0),
    (2.0, 0.0, 0.8),
    (5.0, 0.2, 1.5),
    (10.0, 0.7, 3.3),
    (15.0, 1.0, 3.6),
    (30.0, 2.0, 7.7),
    (60.0, 3.7, 12.4),
    (240.0, 8.1, 21.1),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PeakError:
    """Per cent of the true peak by which the largest count read lies below it."""

    median_percent: float
    worst_percent: float


def peak_error(interval_seconds: float) -> PeakError | None:
    """Return the error of a poll each ``interval_seconds``; ``None`` beyond 4 hours.

    Between the intervals measured it is interpolated in a straight line.
    """
    minutes = max(interval_seconds / 60, MEASURED[0][0])
    after = bisect_left(MEASURED, minutes, key=lambda row: row[0])
    if after == len(MEASURED):
        return None
    if MEASURED[after][0] == minutes:
        return PeakError(median_percent=MEASURED[after][1], worst_percent=MEASURED[after][2])
    lower, upper = MEASURED[after - 1], MEASURED[after]
    share = (minutes - lower[0]) / (upper[0] - lower[0])
    median, worst = (
        low + share * (high - low) for low, high in zip(lower[1:], upper[1:], strict=True)
    )
    return PeakError(median_percent=median, worst_percent=worst)
