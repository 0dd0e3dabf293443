"""Errors of HTTP answers, by status."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from collector.contract.errors import (
    AccessDenied,
    AuthFailed,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Response
from collector.contract.json_fields import DIGITS, fields_of, moment, unix_time, whole_text


def error_text(response: Response, *names: str) -> str:
    """Return what an error body says under ``names``; nothing where it is no object."""
    try:
        fields = fields_of(response.json())
    except (Unreadable, ValueError):
        return ""
    return " ".join(words for name in names if (words := whole_text(fields, name)))


def failure_of(
    response: Response, words: str = "", *, reset_header: str = "", keyless: bool = False
) -> PlatformError:
    """Return what an answer's status means where the platform gives it no meaning of its own.

    ``words`` are the platform's own; ``reset_header`` tells when a reached limit is whole again.
    ``keyless``: no credential was shown that could have been refused.
    """
    platform, status = response.platform, response.status
    detail = f"{response.source}: HTTP {status} {words}".rstrip()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = retry_after_seconds(response.headers, response.received_at, default=60)
        wait = seconds_to_reset(response, reset_header, default=wait)
        return RateLimited(platform, detail, retry_after_seconds=wait)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AccessDenied(platform, detail) if keyless else AuthFailed(platform, detail)
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
    return _bounded(seconds)


def reset_time(response: Response, header: str) -> datetime | None:
    """Return when a limit is whole again: Unix seconds, an RFC 3339 time or an HTTP date."""
    value = response.headers.get(header, "")
    for read in (unix_time, moment, _http_date):
        try:
            return read({header: value}, header)
        except ValueError:
            continue
    return None


def seconds_to_reset(response: Response, header: str, *, default: float) -> float:
    """Return how long until a limit is whole again, between 1 second and 1 hour."""
    resets_at = reset_time(response, header)
    return _bounded((resets_at - response.received_at).total_seconds()) if resets_at else default


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), 3600.0)


def _http_date(fields: Mapping[str, str], name: str) -> datetime:
    at = parsedate_to_datetime(fields[name])
    if at.tzinfo is None:
        raise ValueError("a time without zone")
    return at


def _until(http_date: str, now: datetime) -> float:
    return (parsedate_to_datetime(http_date) - now).total_seconds()
