"""Costs of a platform's requests, read from the first request of an exchange, which is never sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collector.contract.errors import PlatformError, Unavailable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.platform_protocol import AnyPlatform
from storage.model import Account, Broadcast


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestCost:
    """Units by bucket: of a call, however many it asks for, and of each broadcast in it."""

    call: Mapping[str, int] = field(default_factory=dict[str, int])
    each: Mapping[str, int] = field(default_factory=dict[str, int])


class RequestCosts:
    """Costs of one platform's polls, remembered by group."""

    def __init__(self, platform: AnyPlatform, accounts: Mapping[str, Account]) -> None:
        self._platform = platform
        self._accounts = accounts
        self._known: dict[str, RequestCost] = {}

    def cost_of(self, broadcast: Broadcast, now: datetime) -> RequestCost:
        """Return what a poll that asks for the broadcast costs."""
        group = self._platform.group(broadcast, now)
        if group not in self._known:
            alone = self._first([broadcast], now)
            # Threads reads one post a call, and refuses two.
            takes_two = self._platform.batch_size > 1
            together = self._first([broadcast, broadcast], now) if takes_two else alone
            self._known[group] = RequestCost(
                call={name: units for name, units in alone.items() if together.get(name) == units},
                each={name: units for name, units in alone.items() if together.get(name) != units},
            )
        return self._known[group]

    def highest(self, bucket: str) -> int:
        """Return the most units that a call known so far costs of ``bucket``; 1 before any is known."""
        return max((cost.call.get(bucket, 0) for cost in self._known.values()), default=1)

    def _first(self, broadcasts: Sequence[Broadcast], now: datetime) -> Mapping[str, int]:
        request = _first_of(self._platform.poll(broadcasts, self._accounts, now))
        return request.costs if request else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscoveryCost:
    """Units by bucket of one discovery of one account.

    ``call`` is charged each time, or ``each`` for every new broadcast that is listed; ``fallback``
    is what the second way costs, where the first one fails.
    """

    call: Mapping[str, int]
    each: Mapping[str, int]
    fallback: Mapping[str, int]


def discovery_cost(platform: AnyPlatform, account: Account, now: datetime) -> DiscoveryCost:
    """Return what discovering the account's broadcasts costs."""
    first = _first_of(platform.discover(account, (), now, may_spend=True))
    if first is None:
        return DiscoveryCost(call={}, each={}, fallback={})
    if first.settle is not None:
        return DiscoveryCost(
            call={}, each=first.settle(_response_listing_one(first, now)), fallback={}
        )
    failing = platform.discover(account, (), now, may_spend=True)
    try:
        next(failing)
        second = failing.throw(Unavailable(platform.name, "supposed to fail")).costs
    except (StopIteration, PlatformError):
        second = {}
    finally:
        failing.close()
    return DiscoveryCost(call=first.costs, each={}, fallback={} if first.costs else second)


def _first_of(exchange: Exchange[Any]) -> Request | None:
    try:
        return next(exchange)
    except (StopIteration, PlatformError):
        return None
    finally:
        exchange.close()


def _response_listing_one(request: Request, now: datetime) -> Response:
    """Return a fake one-item response, to ask what one item costs."""
    return Response(
        platform=request.platform,
        source=request.source,
        status=200,
        headers={},
        body=json.dumps({"data": [{"id": "1"}]}).encode(),
        received_at=now,
    )
