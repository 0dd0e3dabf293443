"""TikTok's answers: the envelope, its errors, the token endpoint's flat ones, and a video."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast

from starlette.responses import JSONResponse

from collector.simulator.wire.endpoint import Call, SimulatedError
from collector.simulator.world.protocol import Channel, Video

_LOG = "202605161800000102030405060708090A"
VIDEO_FIELDS = frozenset(
    [
        "id",
        "create_time",
        "cover_image_url",
        "share_url",
        "video_description",
        "duration",
        "height",
        "width",
        "title",
        "embed_html",
        "embed_link",
        "like_count",
        "comment_count",
        "share_count",
        "view_count",
        "is_top",
    ]
)
USER_FIELDS = frozenset(
    [
        "open_id",
        "union_id",
        "avatar_url",
        "avatar_url_100",
        "avatar_large_url",
        "display_name",
        "bio_description",
        "profile_deep_link",
        "is_verified",
        "username",
        "follower_count",
        "following_count",
        "likes_count",
        "video_count",
    ]
)


def body_of(video: Video, owner: Channel, wanted: set[str]) -> dict[str, Any]:
    """Return the ``wanted`` fields of a video."""
    link = f"https://www.tiktok.com/@{owner.handle}/video/{video.native_id}"
    known: dict[str, Any] = {
        "id": video.native_id,
        "create_time": int(video.published_at.timestamp()),
        "cover_image_url": f"https://p16-sign.tiktokcdn.com/{video.native_id}.jpeg",
        "share_url": f"{link}?utm_campaign=tt4d_open_api&utm_source=simulated",
        "video_description": video.description or video.title,
        "duration": 42,
        "height": 1024,
        "width": 576,
        "title": video.title,
        "embed_link": f"https://www.tiktok.com/player/v1/{video.native_id}",
        "like_count": video.likes,
        "comment_count": video.comments,
        "share_count": video.shares,
        "view_count": video.views,
    }
    return {name: known[name] for name in sorted(wanted) if known.get(name) is not None}


def envelope(
    content: Mapping[str, Any],
    code: str = "ok",
    message: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> JSONResponse:
    """Return an answer as all of them are: with an error, whose code may be ``ok``."""
    error = {"code": code, "message": message, "log_id": _LOG}
    return JSONResponse({"data": content, "error": error}, status_code=status)


def refusal(code: str, message: str, status: HTTPStatus) -> SimulatedError:
    """Describe what a call is refused with."""
    return SimulatedError(envelope({}, code, message, status))


def invalid(message: str) -> SimulatedError:
    """Describe what a mistake of the caller's gets."""
    return refusal("invalid_params", message, HTTPStatus.BAD_REQUEST)


def flat(error: str, description: str) -> SimulatedError:
    """Describe what the token endpoint refuses: no envelope, and a 200 all the same."""
    body = {"error": error, "error_description": description, "log_id": _LOG}
    return SimulatedError(JSONResponse(body))


def fields(query: Mapping[str, str], known: frozenset[str]) -> set[str]:
    """Return the fields asked for, which stand in the address of a POST too."""
    wanted = {one.strip() for one in query.get("fields", "").split(",") if one.strip()}
    if not wanted:
        raise invalid("fields must be given in the query")
    if not wanted <= known:
        raise invalid(f"invalid fields: {', '.join(sorted(wanted - known))}")
    return wanted


def json_of(call: Call) -> dict[str, Any]:
    """Return the body's JSON object; none at all is an empty one."""
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise invalid("Content-Type must be application/json")
    try:
        given: Any = call.json() if call.body else {}
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise invalid("the body must be a JSON object")
    return cast("dict[str, Any]", given)


def milliseconds(at: datetime) -> int:
    """Return ``at`` as cursors have it: Unix time in milliseconds."""
    return int(at.astimezone(UTC).timestamp()) * 1000
