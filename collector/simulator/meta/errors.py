"""The error bodies of Meta's Graph API, as documented and observed."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from collector.simulator.wire.endpoint import SimulatedError

_TRACE = "AmFGcW3hwDB7qFbl"


def ids_are_gone() -> SimulatedError:
    """Describe what the root's ``ids`` gets since v26: a 500, of all things."""
    message = "The ids query parameter is deprecated in v26.0+"
    return _error(message, code=100, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def no_token() -> SimulatedError:
    """Describe what a call without a token gets."""
    return _error("An access token is required to request this resource.", code=104)


def unknown_token() -> SimulatedError:
    """Describe what something that was never a token gets."""
    return _error("Invalid OAuth access token - Cannot parse access token", code=190)


def expired_token(ended_at: datetime, at: datetime) -> SimulatedError:
    """Describe what a token gets after its end."""
    message = (
        f"Error validating access token: Session has expired at unix time {ended_at:%s}. "
        f"The current unix time is {at:%s}."
    )
    return _error(message, code=190, subcode=463)


def not_there(native_id: str) -> SimulatedError:
    """Describe what an id gets that is deleted, never was, or may not be seen."""
    message = (
        f"Unsupported get request. Object with ID '{native_id}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation."
    )
    return _error(message, code=100, subcode=33, kind="GraphMethodException")


def unknown_path(name: str) -> SimulatedError:
    """Describe what an edge that does not exist gets."""
    return _error(f"Unknown path components: /{name}", code=2500)


def unknown_field(name: str, kind: str) -> SimulatedError:
    """Describe what a field that a node does not have gets: the whole call fails."""
    return _error(
        f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})", code=100
    )


def bad_fields(text: str) -> SimulatedError:
    """Describe what a ``fields`` parameter that cannot be read gets."""
    return _error(f"Syntax error in the fields parameter near: {text[:40]}", code=2500)


def bad_parameter(name: str, wanted: str) -> SimulatedError:
    """Describe what a parameter of the wrong form gets."""
    return _error(f"(#100) Param {name} must be {wanted}", code=100)


def unknown_metric(metric: str) -> SimulatedError:
    """Describe what one dead metric does to the whole call."""
    message = f"(#100) The value must be a valid insights metric: {metric}"
    return _error(message, code=100)


def metric_not_supported(metrics: str) -> SimulatedError:
    """Describe what a metric gets that a kind of Instagram media does not have."""
    message = (
        f"(#100) The Media Insights API does not support the {metrics} metric for this media "
        "product type."
    )
    return _error(message, code=100)


def too_many_in_batch(most: int) -> SimulatedError:
    """Describe what more than the most a batch may hold gets."""
    message = f"Too many requests in batch message. Maximum batch size is {most}"
    return _error(message, code=100, kind="GraphBatchException")


def app_limit() -> SimulatedError:
    """Describe what an app that calls too often gets."""
    return _error("(#4) Application request limit reached", code=4)


def business_limit(code: int, what: str) -> SimulatedError:
    """Describe what one Page's or one Instagram account's limit gets."""
    message = (
        f"(#{code}) There have been too many calls to this {what} account. Wait a bit and try "
        "again. For more info, please refer to "
        "https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
    )
    return _error(message, code=code)


def bad_code() -> SimulatedError:
    """Describe what a code gets that is used up, wrong or another address's."""
    return _error("This authorization code has been used.", code=100, subcode=36009)


def bad_client() -> SimulatedError:
    """Describe what a wrong app id or secret gets."""
    return _error("Error validating client secret.", code=1)


def _error(
    message: str,
    *,
    code: int,
    subcode: int | None = None,
    kind: str = "OAuthException",
    status: HTTPStatus = HTTPStatus.BAD_REQUEST,
) -> SimulatedError:
    error: dict[str, Any] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error["fbtrace_id"] = _TRACE
    return SimulatedError(JSONResponse({"error": error}, status_code=status))
