"""Answers of YouTube's Data API: their items, or the error that their status and body mean."""

from http import HTTPStatus
from typing import Any, cast

from collector.contract.errors import (
    AuthFailed,
    PlatformError,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Response
from collector.contract.http_errors import retry_after_seconds
from collector.contract.json_fields import (
    count,
    fields_of,
    mapping,
    rows_in,
    set_aside_whole,
    text,
    whole_text,
)


def items_of(response: Response, bucket: str) -> list[Any]:
    """Return the answer's items, or raise what its status or error body means.

    An answer without ``items`` has none only where it says so: ``totalResults`` is 0.
    """
    if response.status != HTTPStatus.OK:
        raise error_of(response, bucket)
    with set_aside_whole(response):
        fields = fields_of(response.json())
        if fields.get("items") is None and count(mapping(fields, "pageInfo"), "totalResults") == 0:
            return []
        return rows_in(fields, "items")


def error_of(response: Response, bucket: str) -> PlatformError:
    """Return the error that the reasons in the body name, or else the status."""
    reasons, message = _reasons_of(response)
    status = response.status
    detail = f"{response.source}: HTTP {status} {'/'.join(sorted(reasons))} {message}".rstrip()
    if reasons & {"quotaExceeded", "dailyLimitExceeded"}:
        return QuotaExceeded("youtube", detail, bucket=bucket)
    limited = reasons & {"rateLimitExceeded", "userRateLimitExceeded"}
    if limited or status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = retry_after_seconds(response.headers, response.received_at, default=60)
        return RateLimited("youtube", detail, retry_after_seconds=wait)
    if reasons & _REFUSED_CREDENTIALS or status == HTTPStatus.UNAUTHORIZED:
        return AuthFailed("youtube", detail)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unavailable("youtube", detail)
    return Rejected("youtube", detail, status=status)


#: A wrong key is HTTP 400 and says so only in ``details``: all places of a reason are read.
_REFUSED_CREDENTIALS = {
    "API_KEY_INVALID",
    "CREDENTIALS_MISSING",
    "PERMISSION_DENIED",
    "SERVICE_DISABLED",
    "accessNotConfigured",
    "authError",
    "ipRefererBlocked",
    "keyExpired",
    "keyInvalid",
    "required",
}


def _reasons_of(response: Response) -> tuple[set[str], str]:
    """Return every reason an error body gives, and its message; nothing if it is none."""
    try:
        error: Any = response.json()["error"]
        listed: list[Any] = [*error.get("errors", []), *error.get("details", []), error]
    except (Unreadable, AttributeError, KeyError, TypeError):
        return set(), ""
    causes = [cast("dict[str, Any]", cause) for cause in listed if isinstance(cause, dict)]
    reasons = (text(cause, key) for cause in causes for key in ("reason", "status"))
    return set(filter(None, reasons)), whole_text(error, "message") or ""
