"""Milestones: when a sum of views passed one, as exactly as it was seen, and what pace a target needs.

Between two observed minutes nothing is known, so a crossing is an interval, not an instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from storage.schema import UTC

#: The target, in views, of an edition that has none and of which no views are told.
_USUAL_TARGET = 20_000_000
#: The shares of a target that are milestones on the way to it.
_ON_THE_WAY = (1 / 20, 1 / 4, 1 / 2, 3 / 4)

CROSSINGS = pl.Schema(
    {
        "milestone": pl.Int64(),
        "after": UTC,  # the sum was still below; null: it was there when first seen
        "before": UTC,  # the sum was seen to have reached it; null: not yet
        "views_below": pl.Int64(),  # the last sum seen below
        "views_above": pl.Int64(),  # the first sum seen that reached it
        "fell_at": UTC,  # a correction took it below again; null: never
        "stands": pl.Boolean(),  # the newest sum reaches it
    }
)

_HOUR = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """What is left to a target. Views an hour are a mean over the time left.

    ``missing`` is 0 once it is reached, and then the pace is 0. ``hours_left`` is 0 after the end;
    ``views_per_hour`` is ``None`` when views are missing and no time is left.
    """

    target: int
    missing: int
    hours_left: float
    views_per_hour: float | None


def milestones(target: int | None, views: int | None) -> tuple[int, ...]:
    """Return the milestones on the way to ``target``, which is the last of them.

    Without a target they lead to the next round number that ``views`` do not pass.
    """
    if target is None:
        target = _USUAL_TARGET if views is None else _round_above(views)
    on_the_way = {_two_digits(round(share * target)) for share in _ON_THE_WAY}
    return tuple(sorted({step for step in on_the_way if step} | {target}))


def _two_digits(views: int) -> int:
    return round(views, 2 - len(str(views)))


def _round_above(views: int) -> int:
    """Return the least of 1, 2 and 5 times a power of ten, 10 or more, that is no less than ``views``."""
    power = 10 ** max(1, len(str(max(views, 1))) - 1)
    return next(times * power for times in (1, 2, 5, 10) if times * power >= views)


def crossings(sums: pl.DataFrame, steps: Sequence[int]) -> pl.DataFrame:
    """Return a :data:`CROSSINGS` row per milestone of ``steps``, least first; without ``sums`` it tells nothing.

    ``sums`` are ``minute`` and ``views`` of one running sum, oldest first
    (:func:`storage.analysis.views.growth.cumulative`). A row speaks of its whole minute: a sum seen below
    in minute 12:05 was below at 12:05, and one seen above in 12:07 was above by 12:08.
    """
    rows = [_crossing(sums, milestone) for milestone in sorted(set(steps))]
    return pl.DataFrame(rows, schema=CROSSINGS)


def required_pace(
    views: int | None, target: int, *, at: datetime, ends_at: datetime
) -> Pace | None:
    """Return the pace that reaches ``target`` by ``ends_at``; ``None``: how many there are was never told."""
    if views is None:
        return None
    missing = max(0, target - views)
    hours = max(0.0, (ends_at - at).total_seconds() / _HOUR)
    pace = 0.0 if not missing else (missing / hours if hours else None)
    return Pace(target=target, missing=missing, hours_left=hours, views_per_hour=pace)


def _crossing(sums: pl.DataFrame, milestone: int) -> dict[str, Any]:
    reached = (sums["views"] >= milestone).to_list()
    row: dict[str, Any] = dict.fromkeys(CROSSINGS)
    row |= {"milestone": milestone, "stands": bool(reached and reached[-1])}
    if True not in reached:
        if reached:
            row |= {"after": sums["minute"][-1], "views_below": sums["views"][-1]}
        return row
    first = reached.index(True)
    row |= {
        "before": sums["minute"][first] + timedelta(minutes=1),
        "views_above": sums["views"][first],
    }
    if first:
        row |= {"after": sums["minute"][first - 1], "views_below": sums["views"][first - 1]}
    if False in reached[first:]:
        row["fell_at"] = sums["minute"][first + reached[first:].index(False)]
    return row
