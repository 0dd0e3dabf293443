"""Speaks TikTok's Display API v2: the videos an account has posted, and Login Kit's tokens.

Lives are not there at all. Every answer is an envelope whose ``error.code`` is ``ok`` or not, some
errors come with a 200, and the token endpoint's errors are flat. Refresh tokens rotate.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, cast

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.simulator.tiktok import bodies
from collector.simulator.wire.endpoint import Call, Endpoints
from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.oauth import Client, InvalidClient, InvalidGrant, Issued, Issuer
from collector.simulator.wire.rate_limit import Rolling
from collector.simulator.world.protocol import Channel, PlatformWorld, World

MOST = 20
_SCOPE = "user.info.basic,user.info.profile,user.info.stats,video.list"


@dataclass(frozen=True, kw_only=True, slots=True)
class TikTokTerms:
    """How many calls a minute each endpoint takes of one account, and what was consented to."""

    calls_a_minute: int = 600
    scope: str = _SCOPE


class TikTokServer:
    """The platform. ``calls`` counts by method. ``token(handle)`` works from the start."""

    def __init__(
        self, stage: World, *, now: Callable[[], datetime], terms: TikTokTerms, faults: FaultScript
    ) -> None:
        self.stage = PlatformWorld(stage, "tiktok")
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
                raise bodies.refusal("access_token_invalid", message, HTTPStatus.UNAUTHORIZED)
            if name != "user/info" and "video.list" not in issued.scope:
                message = "The user did not authorize the scope required for this request."
                raise bodies.refusal("scope_not_authorized", message, HTTPStatus.UNAUTHORIZED)
            key = f"{name} {owner.channel_id}"
            if self._made.used(key, call.at) >= self.terms.calls_a_minute:
                message = "The API rate limit was exceeded. Please try again later."
                raise bodies.refusal("rate_limit_exceeded", message, HTTPStatus.TOO_MANY_REQUESTS)
            self._made.add(key, call.at)
            return bodies.envelope(method(call, owner))

        return authorised

    def _list(self, call: Call, owner: Channel) -> dict[str, Any]:
        wanted, given = bodies.fields(call.query, bodies.VIDEO_FIELDS), bodies.json_of(call)
        size = given.get("max_count", 10)
        cursor = given.get("cursor")
        if not isinstance(size, int) or not 1 <= size <= MOST:
            raise bodies.invalid("max_count must be between 1 and 20")
        if cursor is not None and not isinstance(cursor, int):
            raise bodies.invalid("cursor must be an int64")
        listed = [
            one
            for one in self.stage.videos(owner.channel_id, call.at)
            if one.clip and (not cursor or bodies.milliseconds(one.published_at) < cursor)
        ]
        page = listed[:size]
        last = bodies.milliseconds(page[-1].published_at) if page else 0
        return {
            "videos": [bodies.body_of(one, owner, wanted) for one in page],
            "cursor": last,
            "has_more": len(listed) > size,
        }

    def _query(self, call: Call, owner: Channel) -> dict[str, Any]:
        wanted, given = bodies.fields(call.query, bodies.VIDEO_FIELDS), bodies.json_of(call)
        filters = given.get("filters")
        ids = (
            cast("dict[str, Any]", filters).get("video_ids") if isinstance(filters, dict) else None
        )
        if not isinstance(ids, list) or not ids:
            raise bodies.invalid("filters.video_ids must be given")
        named = [str(one) for one in cast("list[Any]", ids)]
        if len(named) > MOST:
            raise bodies.invalid("filters.video_ids must hold at most 20 ids")
        found = (self.stage.video(one, call.at) for one in dict.fromkeys(named))
        # Someone else's and deleted ones are silently absent.
        own = [one for one in found if one and one.clip and one.channel_id == owner.channel_id]
        return {"videos": [bodies.body_of(one, owner, wanted) for one in own]}

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
        wanted = bodies.fields(call.query, bodies.USER_FIELDS)
        issued = self.issuer.valid(call.bearer)
        for name, scope in (
            ("username", "user.info.profile"),
            ("follower_count", "user.info.stats"),
        ):
            if issued and name in wanted and scope not in issued.scope:
                message = f"The scope {scope} is required for the field {name}."
                # The documents give this one no status; failures may come with a 200.
                raise bodies.refusal("scope_permission_missed", message, HTTPStatus.OK)
        return {"user": {name: known[name] for name in sorted(wanted) if name in known}}

    def _consent(self, call: Call) -> Response:
        try:
            return RedirectResponse(self.issuer.consent(call.query), HTTPStatus.FOUND)
        except InvalidGrant:
            raise bodies.flat("invalid_request", "The request parameters are malformed.") from None

    def _token(self, call: Call) -> Response:
        form = call.form
        try:
            self.client.check(form.get("client_key"), form.get("client_secret"))
            if form.get("grant_type") == "refresh_token":
                issued = self.issuer.refresh(form)
            else:
                issued = self.issuer.redeem(form)
        except InvalidClient:
            raise bodies.flat("invalid_client", "Client key or secret is incorrect.") from None
        except InvalidGrant:
            raise bodies.flat(
                "invalid_grant", "The grant is invalid, expired or used up."
            ) from None
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
