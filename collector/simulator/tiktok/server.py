"""TikTok's Display API v2: the videos an account has posted, and Login Kit's tokens.

Lives are not there at all. Every answer is an envelope whose ``error.code`` is ``ok`` or not, some
errors come with a 200, and the token endpoint's errors are flat. Refresh tokens rotate.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeAlias, cast

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.oauth import Client, Issued, Issuer, refusals_from
from collector.simulator.wire.platform_server import Call, PlatformServer
from collector.simulator.wire.rate_limit import RollingWindow
from collector.simulator.wire.templates import SimulatedError, Templates
from collector.simulator.world.protocol import Channel, PlatformWorld, Video, World

#: Answers a call for the account whose token came with it.
OwnersMethod: TypeAlias = Callable[[Call, Issued, Channel], dict[str, Any]]

BODIES = Templates(Path(__file__).with_name("bodies.yaml"))
ERRORS = Templates(Path(__file__).with_name("errors.yaml"))
MOST = 20
_SCOPE = "user.info.basic,user.info.profile,user.info.stats,video.list"
#: The fields of a user that need more than the basic scope.
_SCOPE_BY_FIELD = {"username": "user.info.profile", "follower_count": "user.info.stats"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TikTokTerms:
    """How many calls a minute each endpoint takes of one account, and what was consented to."""

    calls_a_minute: int = 600
    scope: str = _SCOPE


class TikTokServer(PlatformServer):
    """The platform. ``tokens`` holds a pair for each handle, which works from the start."""

    def __init__(
        self, world: World, *, now: Callable[[], datetime], terms: TikTokTerms, faults: FaultScript
    ) -> None:
        super().__init__(now=now, faults=faults)
        self.world = PlatformWorld(world, "tiktok")
        self.terms = terms
        self.client = Client()
        self.started_at = now()
        accounts = self.world.channels()
        self.issuer = Issuer(
            name="tiktok",
            now=now,
            hex_challenge=True,
            person=accounts[0].channel_id if accounts else "",
        )
        self.tokens = {
            account.handle: self.issuer.issue(
                account.channel_id, scope=terms.scope, label=account.handle
            )
            for account in accounts
        }
        self._window = RollingWindow(timedelta(minutes=1))

    def routes(self) -> list[Route]:
        """Return the routes, below a prefix that stands for the platform's own host."""
        return [
            self._authorised("video/list", self._list, "POST"),
            self._authorised("video/query", self._query, "POST"),
            self._authorised("user/info", self._user, "GET"),
            self.route("/tiktok/v2/oauth/token/", "oauth/token", self._token, "POST"),
            self.route("/tiktok/v2/auth/authorize/", "consent", self._consent),
        ]

    def _authorised(self, name: str, method: OwnersMethod, verb: str) -> Route:
        """Return the route of a method behind the owner's token, its scope and the minute's limit."""

        def authorised(call: Call) -> dict[str, Any]:
            issued = self.issuer.find_valid(call.bearer)
            owner = self.world.channel(issued.owner) if issued else None
            if issued is None or owner is None:
                raise ERRORS.error("access_token_invalid")
            if name != "user/info" and "video.list" not in issued.scope:
                raise ERRORS.error("scope_not_authorized")
            key = f"{name} {owner.channel_id}"
            if self._window.used(key, call.at) >= self.terms.calls_a_minute:
                raise ERRORS.error("rate_limit_exceeded")
            self._window.add(key, call.at)
            return BODIES.fill("envelope", content=method(call, issued, owner))

        return self.route(f"/tiktok/v2/{name}/", name, authorised, verb)

    def _list(self, call: Call, issued: Issued, owner: Channel) -> dict[str, Any]:
        del issued
        selected, request = _fields(call, "video_fields"), _json_of(call)
        size, cursor = request.get("max_count", 10), request.get("cursor")
        if not isinstance(size, int) or not 1 <= size <= MOST:
            raise _invalid("max_count must be between 1 and 20")
        if cursor is not None and not isinstance(cursor, int):
            raise _invalid("cursor must be an int64")
        listed = [
            video
            for video in self.world.videos(owner.channel_id, call.at)
            if video.clip and (not cursor or _milliseconds(video.published_at) < cursor)
        ]
        page = listed[:size]
        return {
            "videos": [_video(video, owner, selected) for video in page],
            "cursor": _milliseconds(page[-1].published_at) if page else 0,
            "has_more": len(listed) > size,
        }

    def _query(self, call: Call, issued: Issued, owner: Channel) -> dict[str, Any]:
        del issued
        selected, filters = _fields(call, "video_fields"), _json_of(call).get("filters")
        ids = (
            cast("dict[str, Any]", filters).get("video_ids") if isinstance(filters, dict) else None
        )
        if not isinstance(ids, list) or not ids:
            raise _invalid("filters.video_ids must be given")
        texts = [str(native_id) for native_id in cast("list[Any]", ids)]
        if len(texts) > MOST:
            raise _invalid("filters.video_ids must hold at most 20 ids")
        videos = (self.world.video(native_id, call.at) for native_id in dict.fromkeys(texts))
        # Someone else's and deleted ones are silently absent.
        own = (video for video in videos if video and video.channel_id == owner.channel_id)
        return {"videos": [_video(video, owner, selected) for video in own if video.clip]}

    def _user(self, call: Call, issued: Issued, owner: Channel) -> dict[str, Any]:
        selected = _fields(call, "user_fields")
        for name, scope in _SCOPE_BY_FIELD.items():
            if name in selected and scope not in issued.scope:
                raise ERRORS.error("scope_permission_missed", scope=scope, name=name)
        videos = len(self.world.listing(owner.channel_id, call.at))
        return {"user": BODIES.select("user", "fields", selected, owner=owner, videos=videos)}

    @refusals_from(ERRORS)
    def _consent(self, call: Call) -> Response:
        return RedirectResponse(self.issuer.consent(call.query), HTTPStatus.FOUND)

    @refusals_from(ERRORS)
    def _token(self, call: Call) -> dict[str, Any]:
        form = call.form
        self.client.check_credentials(form.get("client_key"), form.get("client_secret"))
        issued = self.issuer.exchange(form)
        return BODIES.fill(
            "token",
            issued=issued,
            scope=issued.scope or self.terms.scope,
            expires_in=self.issuer.seconds_left(issued.expires_at),
            refresh_expires_in=self.issuer.seconds_left(issued.refresh_expires_at),
        )


def _invalid(message: str) -> SimulatedError:
    return ERRORS.error("invalid_params", message=message)


def _video(video: Video, owner: Channel, selected: set[str]) -> dict[str, Any]:
    return BODIES.select(
        "video",
        "fields",
        selected,
        video=video,
        owner=owner,
        posted_at=int(video.published_at.timestamp()),
        description=video.description or video.title,
    )


def _fields(call: Call, name: str) -> set[str]:
    """Return the fields asked for, which stand in the address of a POST too."""
    selected = {field.strip() for field in call.query.get("fields", "").split(",") if field.strip()}
    if not selected:
        raise _invalid("fields must be given in the query")
    unknown = selected.difference(BODIES[name])
    if unknown:
        raise _invalid(f"invalid fields: {', '.join(sorted(unknown))}")
    return selected


def _json_of(call: Call) -> dict[str, Any]:
    """Return the body's JSON object; none at all is an empty one."""
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise _invalid("Content-Type must be application/json")
    try:
        request: Any = json.loads(call.body) if call.body else {}
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise _invalid("the body must be a JSON object")
    return cast("dict[str, Any]", request)


def _milliseconds(at: datetime) -> int:
    """Return ``at`` as cursors have it: Unix time in milliseconds."""
    return int(at.astimezone(UTC).timestamp()) * 1000
