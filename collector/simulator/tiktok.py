"""Speaks TikTok's Display API v2: the videos an account has posted, and Login Kit's tokens.

Lives are not there at all. Every answer is an envelope whose ``error.code`` is ``ok`` or not, some
errors come with a 200, and the token endpoint's errors are flat. Refresh tokens rotate.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, cast

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.simulator.allowance import Rolling
from collector.simulator.endpoints import Call, Endpoints, Refused
from collector.simulator.faults import FaultScript
from collector.simulator.oauth import Client, InvalidClient, InvalidGrant, Issued, Issuer
from collector.simulator.stage import Channel, PlatformStage, Stage, Video

MOST = 20
_LOG = "202605161800000102030405060708090A"
_SCOPE = "user.info.basic,user.info.profile,user.info.stats,video.list"
_VIDEO_FIELDS = frozenset(
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
_USER_FIELDS = frozenset(
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


@dataclass(frozen=True, kw_only=True, slots=True)
class TikTokTerms:
    """How many calls a minute each endpoint takes of one account, and what was consented to."""

    calls_a_minute: int = 600
    scope: str = _SCOPE


class TikTok:
    """The platform. ``calls`` counts by method. ``token(handle)`` works from the start."""

    def __init__(
        self, stage: Stage, *, now: Callable[[], datetime], terms: TikTokTerms, faults: FaultScript
    ) -> None:
        self.stage = PlatformStage(stage, "tiktok")
        self.terms = terms
        self.client = Client()
        self.started_at = now()
        accounts = self.stage.channels()
        self.issuer = Issuer(
            name="tiktok",
            now=now,
            access_lasts=timedelta(hours=2),
            refresh_lasts=timedelta(days=180),
            hex_challenge=True,
            person=accounts[0].channel_id if accounts else "",
        )
        self.tokens = {
            one.handle: self.issuer.issue(one.channel_id, scope=terms.scope, label=one.handle)
            for one in accounts
        }
        self._endpoints = Endpoints(now=now, faults=faults)
        self._made = Rolling(timedelta(minutes=1))

    @property
    def calls(self) -> Counter[str]:
        """The calls by method."""
        return self._endpoints.calls

    def routes(self) -> list[Route]:
        """Return the routes, below a prefix that stands for the platform's own host."""
        of, base = self._endpoints.of, "/tiktok/v2"
        listing = of("video/list", self._authorised("video/list", self._list))
        query = of("video/query", self._authorised("video/query", self._query))
        person = of("user/info", self._authorised("user/info", self._user))
        return [
            Route(f"{base}/video/list/", listing, methods=["POST"]),
            Route(f"{base}/video/query/", query, methods=["POST"]),
            Route(f"{base}/user/info/", person),
            Route(f"{base}/oauth/token/", of("oauth/token", self._token), methods=["POST"]),
            Route(f"{base}/auth/authorize/", of("consent", self._consent)),
        ]

    def _authorised(
        self, name: str, method: Callable[[Call, Channel], dict[str, Any]]
    ) -> Callable[[Call], Response]:
        """Return ``method`` behind the owner's token, its scope and the minute's limit."""

        def authorised(call: Call) -> Response:
            issued = self.issuer.valid(call.bearer)
            owner = self.stage.channel(issued.owner) if issued else None
            if issued is None or owner is None:
                message = "The access token is invalid or not found in the request."
                raise _refused("access_token_invalid", message, HTTPStatus.UNAUTHORIZED)
            if name != "user/info" and "video.list" not in issued.scope:
                message = "The user did not authorize the scope required for this request."
                raise _refused("scope_not_authorized", message, HTTPStatus.UNAUTHORIZED)
            key = f"{name} {owner.channel_id}"
            if self._made.used(key, call.at) >= self.terms.calls_a_minute:
                message = "The API rate limit was exceeded. Please try again later."
                raise _refused("rate_limit_exceeded", message, HTTPStatus.TOO_MANY_REQUESTS)
            self._made.add(key, call.at)
            return _envelope(method(call, owner))

        return authorised

    def _list(self, call: Call, owner: Channel) -> dict[str, Any]:
        wanted, given = _fields(call.query, _VIDEO_FIELDS), _json(call)
        size = given.get("max_count", 10)
        cursor = given.get("cursor")
        if not isinstance(size, int) or not 1 <= size <= MOST:
            raise _invalid("max_count must be between 1 and 20")
        if cursor is not None and not isinstance(cursor, int):
            raise _invalid("cursor must be an int64")
        listed = [
            one
            for one in self.stage.videos(owner.channel_id, call.at)
            if one.clip and (not cursor or _milliseconds(one.published_at) < cursor)
        ]
        page = listed[:size]
        last = _milliseconds(page[-1].published_at) if page else 0
        return {
            "videos": [_video(one, owner, wanted) for one in page],
            "cursor": last,
            "has_more": len(listed) > size,
        }

    def _query(self, call: Call, owner: Channel) -> dict[str, Any]:
        wanted, given = _fields(call.query, _VIDEO_FIELDS), _json(call)
        filters = given.get("filters")
        ids = (
            cast("dict[str, Any]", filters).get("video_ids") if isinstance(filters, dict) else None
        )
        if not isinstance(ids, list) or not ids:
            raise _invalid("filters.video_ids must be given")
        named = [str(one) for one in cast("list[Any]", ids)]
        if len(named) > MOST:
            raise _invalid("filters.video_ids must hold at most 20 ids")
        found = (self.stage.video(one, call.at) for one in dict.fromkeys(named))
        # Someone else's and deleted ones are silently absent.
        own = [one for one in found if one and one.clip and one.channel_id == owner.channel_id]
        return {"videos": [_video(one, owner, wanted) for one in own]}

    def _user(self, call: Call, owner: Channel) -> dict[str, Any]:
        known = {
            "open_id": owner.channel_id,
            "union_id": f"u-{owner.channel_id}",
            "avatar_url": "https://p16-sign.tiktokcdn.com/avatar.jpeg",
            "display_name": owner.title,
            "username": owner.handle,
            "is_verified": True,
            "follower_count": 480_000,
            "video_count": len(self.stage.listing(owner.channel_id, call.at)),
        }
        wanted = _fields(call.query, _USER_FIELDS)
        issued = self.issuer.valid(call.bearer)
        for name, scope in (
            ("username", "user.info.profile"),
            ("follower_count", "user.info.stats"),
        ):
            if issued and name in wanted and scope not in issued.scope:
                message = f"The scope {scope} is required for the field {name}."
                # The documents give this one no status; failures may come with a 200.
                raise _refused("scope_permission_missed", message, HTTPStatus.OK)
        return {"user": {name: known[name] for name in sorted(wanted) if name in known}}

    def _consent(self, call: Call) -> Response:
        try:
            return RedirectResponse(self.issuer.consent(call.query), HTTPStatus.FOUND)
        except InvalidGrant:
            raise _flat("invalid_request", "The request parameters are malformed.") from None

    def _token(self, call: Call) -> Response:
        form = call.form
        try:
            self.client.check(form.get("client_key"), form.get("client_secret"))
            if form.get("grant_type") == "refresh_token":
                issued = self.issuer.refresh(form)
            else:
                issued = self.issuer.redeem(form)
        except InvalidClient:
            raise _flat("invalid_client", "Client key or secret is incorrect.") from None
        except InvalidGrant:
            raise _flat("invalid_grant", "The grant is invalid, expired or used up.") from None
        return JSONResponse(self._pair(issued))

    def _pair(self, issued: Issued) -> dict[str, Any]:
        return {
            "open_id": issued.owner,
            "scope": issued.scope or self.terms.scope,
            "access_token": issued.access_token,
            "expires_in": self.issuer.seconds_left(issued.expires_at),
            "refresh_token": issued.refresh_token,
            "refresh_expires_in": self.issuer.seconds_left(issued.refresh_expires_at),
            "token_type": "Bearer",
        }


def _video(video: Video, owner: Channel, wanted: set[str]) -> dict[str, Any]:
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


def _envelope(
    content: Mapping[str, Any],
    code: str = "ok",
    message: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> JSONResponse:
    error = {"code": code, "message": message, "log_id": _LOG}
    return JSONResponse({"data": content, "error": error}, status_code=status)


def _refused(code: str, message: str, status: HTTPStatus) -> Refused:
    return Refused(_envelope({}, code, message, status))


def _invalid(message: str) -> Refused:
    return _refused("invalid_params", message, HTTPStatus.BAD_REQUEST)


def _flat(error: str, description: str) -> Refused:
    """Describe what the token endpoint refuses: no envelope, and a 200 all the same."""
    body = {"error": error, "error_description": description, "log_id": _LOG}
    return Refused(JSONResponse(body))


def _fields(query: Mapping[str, str], known: frozenset[str]) -> set[str]:
    wanted = {one.strip() for one in query.get("fields", "").split(",") if one.strip()}
    if not wanted:
        raise _invalid("fields must be given in the query")
    if not wanted <= known:
        raise _invalid(f"invalid fields: {', '.join(sorted(wanted - known))}")
    return wanted


def _json(call: Call) -> dict[str, Any]:
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise _invalid("Content-Type must be application/json")
    try:
        given: Any = call.json() if call.body else {}
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _invalid("the body must be a JSON object")
    return cast("dict[str, Any]", given)


def _milliseconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) * 1000
