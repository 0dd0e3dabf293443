"""Speaks X's API v2: users, their posts, posts by id, and OAuth 2.0 with rotating refresh tokens.

Posts are paid for: each one once a UTC day, however often it is returned. Without credits left the
answer is a 402; over a rate limit a 429; what is not there stands in ``errors`` of a 200.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.simulator.wire.endpoint import Call, Endpoints, SimulatedError
from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.oauth import Client, InvalidClient, InvalidGrant, Issuer
from collector.simulator.wire.rate_limit import Windows
from collector.simulator.world.protocol import PlatformWorld, Video, World
from collector.simulator.x import errors, posts, queries

WINDOW = timedelta(minutes=15)
_SCOPE = "tweet.read users.read offline.access"
_POST_PARAMETERS = ("post.fields", "tweet.fields", "expansions", "media.fields", "user.fields")


@dataclass(frozen=True, kw_only=True, slots=True)
class XTerms:
    """What the app may ask: ``post_credits`` are posts it has paid for, ``None`` is without end."""

    bearer: str = "x-bearer-simulated"
    post_credits: int | None = None
    users_by: int = 300
    user_posts: int = 10_000
    posts: int = 3500


class XServer:
    """The platform. ``calls`` counts by method; ``charged`` the posts by UTC day, each once."""

    def __init__(
        self, stage: World, *, now: Callable[[], datetime], terms: XTerms, faults: FaultScript
    ) -> None:
        self.stage = PlatformWorld(stage, "x")
        self.terms = terms
        self.client = Client()
        self.issuer = Issuer(
            name="x",
            now=now,
            access_lasts=timedelta(hours=2),
            refresh_lasts=timedelta(days=180),
            person=next((one.channel_id for one in self.stage.channels()), ""),
        )
        self.revoked = False  # the app's bearer token
        self.charged: defaultdict[date, set[str]] = defaultdict(set)
        self._endpoints = Endpoints(now=now, faults=faults)
        self._windows = Windows(WINDOW)

    @property
    def calls(self) -> Counter[str]:
        """The calls by method."""
        return self._endpoints.calls

    @property
    def paid(self) -> int:
        """The posts paid for so far: a post counts again each UTC day."""
        return sum(len(one) for one in self.charged.values())

    def routes(self) -> list[Route]:
        """Return the routes, below a prefix that stands for the platform's own host."""
        of, terms = self._endpoints.of, self.terms
        users = of("users/by", self._limited("users/by", terms.users_by, self._users))
        timeline = of("users/:id/tweets", self._limited("tweets", terms.user_posts, self._timeline))
        lookup = of("tweets", self._limited("lookup", terms.posts, self._lookup))
        return [
            Route("/x/2/users/by", users),
            Route("/x/2/users/me", of("users/me", self._limited("me", terms.users_by, self._me))),
            Route("/x/2/users/{id}/tweets", timeline),
            Route("/x/2/usage/tweets", of("usage/tweets", self._limited("usage", 50, self._usage))),
            Route("/x/2/tweets", lookup),
            Route("/x/2/oauth2/token", of("oauth2/token", self._token), methods=["POST"]),
            Route("/x/i/oauth2/authorize", of("consent", self._consent)),
        ]

    def _limited(
        self, name: str, limit: int, method: Callable[[Call], Response]
    ) -> Callable[[Call], Response]:
        """Return ``method`` behind the token and the limit of its 15 minutes."""

        def limited(call: Call) -> Response:
            token = call.bearer
            is_app = token == self.terms.bearer and not self.revoked
            if not is_app and self.issuer.valid(token) is None:
                raise errors.unauthorized()
            used, resets_at = self._windows.add(f"{name} {token}", call.at)
            headers = {
                "x-rate-limit-limit": str(limit),
                "x-rate-limit-remaining": str(max(limit - used, 0)),
                "x-rate-limit-reset": str(int(resets_at.timestamp())),
            }
            try:
                if used > limit:
                    raise errors.rate_limited()
                response = method(call)
            except SimulatedError as refusal:
                refusal.response.headers.update(headers)
                raise
            response.headers.update(headers)
            return response

        return limited

    def _users(self, call: Call) -> Response:
        queries.only(
            call.query, "usernames", "user.fields", "expansions", "tweet.fields", "post.fields"
        )
        names = queries.listed(call.query, "usernames")
        if not names:
            raise errors.missing("usernames")
        if len(names) > queries.MOST:
            raise errors.invalid("usernames", str(len(names)), f"at most {queries.MOST} names")
        found = {name: self.stage.named(name) for name in names}
        wanted = queries.fields(call.query, "user.fields", posts.USER_FIELDS)
        shown = [posts.user(one, wanted) for one in found.values() if one is not None]
        lost = [
            errors.not_found("user", "usernames", name) for name, one in found.items() if not one
        ]
        return JSONResponse(queries.present(data=shown, errors=lost))

    def _me(self, call: Call) -> Response:
        issued = self.issuer.valid(call.bearer)
        person = self.stage.channel(issued.owner) if issued else None
        if person is None:
            raise errors.unauthorized()  # an app is nobody
        wanted = queries.fields(call.query, "user.fields", posts.USER_FIELDS)
        return JSONResponse({"data": posts.user(person, wanted)})

    def _usage(self, call: Call) -> Response:
        queries.only(call.query, "days", "usage.fields")
        daily = [
            {
                "date": day.isoformat(),
                "usage": [{"app_id": "12345678", "tweets_consumed": len(ids)}],
            }
            for day, ids in sorted(self.charged.items())
        ]
        usage = {
            "daily_project_usage": daily,
            "project_id": "1234567890",
            "project_cap": self.terms.post_credits or 3_000_000,
            "project_usage": self.paid,
        }
        return JSONResponse({"data": usage})

    def _timeline(self, call: Call) -> Response:
        query = call.query
        queries.only(
            query,
            "since_id",
            "until_id",
            "start_time",
            "end_time",
            "max_results",
            "exclude",
            "pagination_token",
            *_POST_PARAMETERS,
        )
        channel = self.stage.channel(call.path["id"])
        if channel is None:
            return errors.no_such_user(call.path["id"])
        size, start = queries.page_size(query), queries.page_start(query)
        since = queries.since(query)
        listed = self.stage.videos(channel.channel_id, call.at)
        listed = [one for one in listed if int(one.native_id) > since]
        page = listed[start : start + size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0].native_id, "oldest_id": page[-1].native_id}
        if start + size < len(listed):
            meta["next_token"] = queries.page_token(start + size)
        self._charge(page, call.at)
        return JSONResponse(queries.present(**self._bodies(page, query)) | {"meta": meta})

    def _lookup(self, call: Call) -> Response:
        queries.only(call.query, "ids", *_POST_PARAMETERS)
        ids = queries.listed(call.query, "ids")
        if not ids:
            raise errors.missing("ids")
        if len(ids) > queries.MOST:
            raise errors.invalid("ids", str(len(ids)), f"at most {queries.MOST} ids")
        for one in ids:
            if not one.isdecimal():
                raise errors.invalid("ids", one, "a number")
        found = {one: self.stage.video(one, call.at) for one in dict.fromkeys(ids)}
        shown = [video for video in found.values() if video is not None]
        lost = [
            errors.not_found("tweet", "ids", one) for one, video in found.items() if video is None
        ]
        self._charge(shown, call.at)
        return JSONResponse(queries.present(**self._bodies(shown, call.query), errors=lost))

    def _bodies(self, shown: Sequence[Video], query: Mapping[str, str]) -> dict[str, Any]:
        wanted = queries.fields(query, "post.fields", posts.POST_FIELDS) | queries.fields(
            query, "tweet.fields", posts.POST_FIELDS
        )
        of_media = queries.fields(query, "media.fields", posts.MEDIA_FIELDS)
        older = "post.fields" not in query
        data = [posts.post(one, wanted, older_words=older) for one in shown]
        if "attachments.media_keys" not in queries.listed(query, "expansions"):
            return {"data": data}
        media = [posts.medium(one, of_media) for one in shown if posts.media_key(one)]
        return {"data": data, "includes": {"media": media} if media else None}

    def _charge(self, shown: Sequence[Video], at: datetime) -> None:
        """Charge the posts not yet paid for this UTC day; refuse where they cannot be paid."""
        today = at.astimezone(UTC).date()
        new = {one.native_id for one in shown} - self.charged[today]
        if self.terms.post_credits is not None and self.paid + len(new) > self.terms.post_credits:
            raise errors.no_credits()
        self.charged[today] |= new

    def _consent(self, call: Call) -> Response:
        if call.query.get("code_challenge_method", "S256") != "S256":
            raise errors.bad_token("invalid_request", "code_challenge_method must be S256")
        try:
            return RedirectResponse(self.issuer.consent(call.query), HTTPStatus.FOUND)
        except InvalidGrant:
            raise errors.bad_token("invalid_request", "redirect_uri is missing") from None

    def _token(self, call: Call) -> Response:
        form = call.form
        try:
            self._check_client(call, form)
            if form.get("grant_type") == "refresh_token":
                issued = self.issuer.refresh(form)
            else:
                issued = self.issuer.redeem(form)
        except InvalidClient:
            raise errors.bad_token("unauthorized_client", "Missing or wrong client.") from None
        except InvalidGrant:
            description = "Value passed for the token was invalid."
            raise errors.bad_token("invalid_grant", description) from None
        return JSONResponse(
            {
                "token_type": "bearer",
                "expires_in": self.issuer.seconds_left(issued.expires_at),
                "access_token": issued.access_token,
                "scope": issued.scope or _SCOPE,
                "refresh_token": issued.refresh_token,
            }
        )

    def _check_client(self, call: Call, form: Mapping[str, str]) -> None:
        """Accept a confidential client's Basic header, or a public client's id in the form."""
        scheme, _, pair = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            if form.get("client_id") != self.client.client_id:
                raise InvalidClient
            return
        try:
            client_id, _, secret = base64.b64decode(pair).decode().partition(":")
        except ValueError:
            raise InvalidClient from None
        self.client.check(client_id, secret)
