"""Quotas as platforms state them: what we count, and what they count."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Period(StrEnum):
    """How long an allowance lasts."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """An allowance of units that we count ourselves, before they are spent.

    Its period begins at midnight in ``time_zone``. The last ``reserve_units`` are kept for
    requests that say they may use them: finding broadcasts must stay possible when polling has
    spent the rest.
    """

    name: str
    units: int
    time_zone: str
    reserve_units: int = 0
    period: Period = Period.DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What an answer's headers say of a limit the platform counts itself.

    ``used`` of ``limit`` in the platform's own unit (calls, points, per cent); all of it is there
    again at ``resets_at``. ``source`` is the one kind of request it holds for, ``None`` for all.
    """

    name: str
    used: int
    limit: int
    resets_at: datetime
    source: str | None = None
