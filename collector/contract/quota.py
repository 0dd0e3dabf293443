"""Quotas as platforms state them: what we count, and what they count."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from collector.contract.exchange import Response
from collector.contract.http_errors import reset_time
from collector.contract.json_fields import count


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
    again at ``resets_at``. ``source`` is the one kind of request it holds for, ``scope`` the one account
    or server, ``None`` for all.
    """

    name: str
    used: int
    limit: int
    resets_at: datetime
    source: str | None = None
    scope: str | None = None

    @classmethod
    def from_headers(
        cls,
        response: Response,
        name: str,
        prefix: str,
        *,
        source: str | None = None,
        resets_at: datetime | None = None,
    ) -> tuple[Self, ...]:
        """Read ``{prefix}-limit``, ``-remaining`` and ``-reset``; none where one cannot be read.

        ``resets_at`` stands in for a reset that the headers do not tell.
        """
        try:
            limit = count(response.headers, f"{prefix}-limit")
            remaining = count(response.headers, f"{prefix}-remaining")
        except ValueError:
            return ()
        resets_at = reset_time(response, f"{prefix}-reset") or resets_at
        if limit is None or remaining is None or resets_at is None:
            return ()
        used = max(limit - remaining, 0)
        return (
            cls(
                name=name,
                used=used,
                limit=limit,
                resets_at=resets_at,
                source=source,
                scope=response.scope,
            ),
        )
