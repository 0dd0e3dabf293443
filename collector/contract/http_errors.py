"""Errors of HTTP answers, by status."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from collector.contract.errors import (
    AuthFailed,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Response
from collector.contract.json_fields import DIGITS, fields_of, text


def error_text(response: Response, *names: str) -> str:
    """Return what an error body says under ``names``; nothing where it is no object."""
    try:
        fields = fields_of(response.json())
    except (Unreadable, ValueError):
        return ""
    return " ".join(said for name in names if (said := text(fields, name)))


def failure_of(response: Response, said: str = "") -> PlatformError:
    """Return what an answer's status means where the platform gives it no meaning of its own."""
    platform, status = response.platform, response.status
    detail = f"{response.source}: HTTP {status} {said[:200]}".rstrip()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = retry_after_seconds(response.headers, response.received_at, default=60)
        return RateLimited(platform, detail, retry_after_seconds=wait)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AuthFailed(platform, detail)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unavailable(platform, detail)
    return Rejected(platform, detail, status=status)


def retry_after_seconds(headers: Mapping[str, str], now: datetime, default: float) -> float:
    """Return what Retry-After asks for, in seconds from ``now``, between 1 second and 1 hour.

    It comes as seconds or as an HTTP date; ``default`` stands for an absent or absurd one.
    """
    value = headers.get("retry-after", "")
    try:
        seconds = float(value) if DIGITS.fullmatch(value) else _until(value, now)
    except (TypeError, ValueError):
        seconds = default
    return min(max(seconds, 1.0), 3600.0)


def _until(http_date: str, now: datetime) -> float:
    return (parsedate_to_datetime(http_date) - now).total_seconds()
