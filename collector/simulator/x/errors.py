"""The error bodies of X's API v2, as documented and observed: problems, and one older shape."""

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from collector.simulator.wire.endpoint import SimulatedError

PROBLEMS = "https://api.x.com/2/problems"


def unauthorized() -> SimulatedError:
    """Describe what a missing, unknown or ended token gets."""
    return _problem(HTTPStatus.UNAUTHORIZED, "Unauthorized", "Unauthorized", "about:blank")


def invalid(name: str, value: str, wanted: str) -> SimulatedError:
    """Describe what a parameter out of its range gets."""
    message = f"The `{name}` query parameter value [{value}] is not {wanted}"
    return _invalid(name, value, message)


def unknown_parameter(name: str) -> SimulatedError:
    """Describe what a parameter that the endpoint does not have gets."""
    return _invalid(name, "", f"The query parameter [{name}] is not one of the allowed ones")


def missing(name: str) -> SimulatedError:
    """Describe what a call without a required parameter gets."""
    return _invalid(name, "", f"The `{name}` query parameter can not be empty")


def no_credits() -> SimulatedError:
    """Describe what an account without credits gets."""
    detail = (
        "Your enrolled account [1918540743066472448] does not have any credits to fulfill this "
        "request."
    )
    kind = "https://api.twitter.com/2/problems/credits"
    return _problem(HTTPStatus.PAYMENT_REQUIRED, "CreditsDepleted", detail, kind, bare=True)


def rate_limited() -> SimulatedError:
    """Describe what one call too many gets: in the older shape."""
    body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    return SimulatedError(JSONResponse(body, status_code=HTTPStatus.TOO_MANY_REQUESTS))


def not_found(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """Return the entry of ``errors`` for an id or name that is not there; the answer is a 200."""
    said = f"usernames: [{value}]" if kind == "user" else f"id: [{value}]"
    thing = "user" if kind == "user" else "tweet"
    return {
        "value": value,
        "detail": f"Could not find {thing} with {said}.",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }


def no_such_user(native_id: str) -> JSONResponse:
    """Return what the posts of an unknown user are answered with: a 200 without data."""
    return JSONResponse({"errors": [not_found("user", "id", native_id)]})


def bad_token(error: str, description: str) -> SimulatedError:
    """Describe what the token endpoint says of a code or refresh token it does not take."""
    body = {"error": error, "error_description": description}
    return SimulatedError(JSONResponse(body, status_code=HTTPStatus.BAD_REQUEST))


def _invalid(name: str, value: str, message: str) -> SimulatedError:
    detail = "One or more parameters to your request was invalid."
    body = {
        "errors": [{"parameters": {name: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": detail,
        "type": f"{PROBLEMS}/invalid-request",
    }
    return SimulatedError(JSONResponse(body, status_code=HTTPStatus.BAD_REQUEST))


def _problem(
    status: HTTPStatus, title: str, detail: str, kind: str, *, bare: bool = False
) -> SimulatedError:
    body: dict[str, Any] = {"title": title, "detail": detail, "type": kind}
    if not bare:
        body["status"] = status.value
    return SimulatedError(JSONResponse(body, status_code=status))
