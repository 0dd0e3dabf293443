"""What Meta's usage headers say: how much of a limit is used, and for how long calls are refused.

Documents: developers.facebook.com/docs/graph-api/overview/rate-limiting. Pure.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, cast

from collector.contract.exchange import Response, bucket_of, parse_json
from collector.contract.http_errors import retry_after_seconds
from collector.contract.json_fields import fields_of
from collector.contract.quota import Limit
from collector.platforms._meta.errors import number

_LEAST_WAIT_SECONDS = 300.0
_MOST_MINUTES = 24 * 60
_APP = "app"
_PER_CENT = ("call_count", "total_time", "total_cputime")


def limits_of(response: Response) -> list[Limit]:
    """Read the usage headers: per cent of limits whose size Meta does not tell.

    What they say of the whole app, of one page or of one business case stands under a name of its
    own, with the fullest of its three: calls, time and time of processors. All but the app's are those
    of the account asked about. ``resets_at`` is Meta's estimate where it gives one, else when the
    rolling hour is over.
    """
    limits: list[Limit] = []
    for name, use in _uses(response.headers):
        shares = [used for key in _PER_CENT if (used := number(use, key)) is not None]
        if shares:
            scope = None if name == _APP else response.scope
            limits.append(
                Limit(
                    name=bucket_of(response.platform, name, scope),
                    used=max(shares),
                    limit=100,
                    resets_at=response.received_at + timedelta(minutes=_minutes(use) or 60),
                    scope=scope,
                )
            )
    return limits


def wait_seconds(response: Response) -> float:
    """Return how long Meta says that calls are refused: at least five minutes, at most a day."""
    headers = response.headers
    least = retry_after_seconds(headers, response.received_at, default=_LEAST_WAIT_SECONDS)
    waits = (60.0 * _minutes(use) for _, use in _uses(headers))
    return max(least, _LEAST_WAIT_SECONDS, *waits)


def _uses(headers: Mapping[str, str]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Return every use that the headers tell of, named for what it is a use of."""
    for header, name in (("x-app-usage", _APP), ("x-page-usage", "page")):
        yield name, _object_in(headers, header)
    for owner, uses in _object_in(headers, "x-business-use-case-usage").items():
        for use in cast("list[Any]", uses) if isinstance(uses, list) else []:
            if isinstance(use, dict):
                fields = cast("dict[str, Any]", use)
                yield f"{fields.get('type')}.{owner}", fields


def _minutes(use: Mapping[str, Any]) -> int:
    return min(number(use, "estimated_time_to_regain_access") or 0, _MOST_MINUTES)


def _object_in(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    """Return a header that holds a JSON object; one that cannot be read says nothing."""
    try:
        return fields_of(parse_json(headers.get(name, "{}")))
    except (ValueError, RecursionError):
        return {}
