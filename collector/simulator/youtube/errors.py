"""The error bodies of Google's API front end and of the YouTube Data API, as they were observed."""

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from collector.simulator.wire.endpoint import SimulatedError


def wrong_key() -> SimulatedError:
    """Describe what a key that Google does not know gets: HTTP 400, not 403."""
    message = "API key not valid. Please pass a valid API key."
    details = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": {"service": "youtube.googleapis.com"},
        },
        {
            "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
            "locale": "en-US",
            "message": message,
        },
    ]
    return _error(
        HTTPStatus.BAD_REQUEST,
        message,
        {"domain": "global", "reason": "badRequest"},
        {"status": "INVALID_ARGUMENT", "details": details},
    )


def no_key() -> SimulatedError:
    """Describe what a call without any key gets."""
    message = (
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API."
    )
    return _error(
        HTTPStatus.FORBIDDEN,
        message,
        {"domain": "global", "reason": "forbidden"},
        {"status": "PERMISSION_DENIED"},
    )


def quota_exceeded() -> SimulatedError:
    """Describe what a call on an empty bucket gets; which bucket, the body does not say."""
    message = (
        "The request cannot be completed because you have exceeded your "
        '<a href="/youtube/v3/getting-started#quota">quota</a>.'
    )
    return _error(
        HTTPStatus.FORBIDDEN, message, {"domain": "youtube.quota", "reason": "quotaExceeded"}
    )


def no_filter(expected: str) -> SimulatedError:
    """Describe what a list call that names nothing to list gets."""
    return _parameter_error(
        "missingRequiredParameter",
        f"No filter selected. Expected one of: {expected}",
        {"location": "parameters.", "locationType": "other"},
    )


def missing_parameter(name: str) -> SimulatedError:
    """Describe what a call without a required parameter gets."""
    return _parameter_error(
        "missingRequiredParameter",
        f"Required parameter: {name}",
        {"location": name, "locationType": "parameter"},
    )


def invalid_value(name: str, value: str) -> SimulatedError:
    """Describe what a parameter out of its range gets."""
    return _error(
        HTTPStatus.BAD_REQUEST,
        f"Invalid value '{value}'.",
        {"domain": "global", "reason": "invalidParameter", "location": name},
        {"status": "INVALID_ARGUMENT"},
    )


def invalid_field_selection(selector: str) -> SimulatedError:
    """Describe what a ``fields`` parameter that cannot be read gets."""
    return _error(
        HTTPStatus.BAD_REQUEST,
        f"Invalid field selection {selector}",
        {
            "domain": "global",
            "reason": "invalidParameter",
            "location": "fields",
            "locationType": "parameter",
        },
    )


def invalid_page_token() -> SimulatedError:
    """Describe what a page token that was never given out gets."""
    return _parameter_error(
        "invalidPageToken",
        "The request specifies an invalid page token.",
        {"location": "pageToken", "locationType": "parameter"},
    )


def too_many_ids() -> SimulatedError:
    """Describe what more than 50 ids in one call get."""
    return _parameter_error(
        "invalidFilters",
        "The request specifies an invalid filter parameter.",
        {"location": "parameters.", "locationType": "other"},
    )


def unknown_part(part: str) -> SimulatedError:
    """Describe what a ``part`` that the method does not have gets."""
    return _error(
        HTTPStatus.BAD_REQUEST,
        part,
        {
            "domain": "youtube.part",
            "reason": "unknownPart",
            "location": "part",
            "locationType": "parameter",
        },
    )


def playlist_not_found() -> SimulatedError:
    """Describe what a playlist that does not exist gets."""
    message = (
        "The playlist identified with the request's <code>playlistId</code> parameter "
        "cannot be found."
    )
    return _error(
        HTTPStatus.NOT_FOUND,
        message,
        {
            "domain": "youtube.playlistItem",
            "reason": "playlistNotFound",
            "location": "playlistId",
            "locationType": "parameter",
        },
    )


def _parameter_error(reason: str, message: str, where: dict[str, str]) -> SimulatedError:
    named = {"domain": "youtube.parameter", "reason": reason}
    return _error(HTTPStatus.BAD_REQUEST, message, named | where)


def _error(
    status: HTTPStatus, message: str, named: dict[str, str], more: dict[str, Any] | None = None
) -> SimulatedError:
    error: dict[str, Any] = {
        "code": status.value,
        "message": message,
        "errors": [{"message": message} | named],
    }
    return SimulatedError(JSONResponse({"error": error | (more or {})}, status_code=status))
