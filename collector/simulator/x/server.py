"""X's API v2: users, their posts, posts by id, and OAuth 2.0 with rotating refresh tokens.

Posts are paid for: each one once a UTC day, however often it is returned. Without credits left the
answer is a 402; over a rate limit a 429; what is not there stands in ``errors`` of a 200.
"""

import base64
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.oauth import Client, InvalidClient, Issuer, refusals_from
from collector.simulator.wire.platform_server import Call, Method, PlatformServer, respond
from collector.simulator.wire.rate_limit import FixedWindow
from collector.simulator.wire.templates import SimulatedError
from collector.simulator.world.protocol import PlatformWorld, Video, World
from collector.simulator.x import posts, queries
from collector.simulator.x.posts import BODIES
from collector.simulator.x.queries import ERRORS

WINDOW = timedelta(minutes=15)
_SCOPE = "tweet.read users.read offline.access"
_TIMELINE_PARAMETERS = (
    "since_id",
    "until_id",
    "start_time",
    "end_time",
    "max_results",
    "exclude",
    "pagination_token",
)
_POST_PARAMETERS = ("post.fields", "tweet.fields", "expansions", "media.fields", "user.fields")


@dataclass(frozen=True, kw_only=True, slots=True)
class XTerms:
    """What the app may ask: ``post_credits`` are posts it has paid for, ``None`` is without end."""

    bearer: str = "x-bearer-simulated"
    post_credits: int | None = None
    users_by: int = 300
    user_posts: int = 10_000
    posts: int = 3500


class XServer(PlatformServer):
    """The platform. ``charged`` holds the posts paid for by UTC day, each once."""

    def __init__(
        self, world: World, *, now: Callable[[], datetime], terms: XTerms, faults: FaultScript
    ) -> None:
        super().__init__(now=now, faults=faults)
        self.world = PlatformWorld(world, "x")
        self.terms = terms
        self.client = Client()
        self.issuer = Issuer(
            name="x",
            now=now,
            person=next((channel.channel_id for channel in self.world.channels()), ""),
        )
        self.revoked = False  # the app's bearer token
        self.charged: defaultdict[date, set[str]] = defaultdict(set)
        self._window = FixedWindow(WINDOW)

    @property
    def paid(self) -> int:
        """The posts paid for so far: a post counts again each UTC day."""
        return sum(len(ids) for ids in self.charged.values())

    def routes(self) -> list[Route]:
        """Return the routes, below a prefix that stands for the platform's own host."""
        terms = self.terms
        return [
            self._limited("users/by", "users/by", terms.users_by, self._users),
            self._limited("users/me", "users/me", terms.users_by, self._me),
            self._limited(
                "users/{id}/tweets", "users/:id/tweets", terms.user_posts, self._timeline
            ),
            self._limited("usage/tweets", "usage/tweets", 50, self._usage),
            self._limited("tweets", "tweets", terms.posts, self._lookup),
            self.route("/x/2/oauth2/token", "oauth2/token", self._token, "POST"),
            self.route("/x/i/oauth2/authorize", "consent", self._consent),
        ]

    def _limited(self, path: str, name: str, limit: int, method: Method) -> Route:
        """Return the route of a method behind the token and the limit of its 15 minutes."""

        def limited(call: Call) -> Response:
            token = call.bearer
            is_app = token == self.terms.bearer and not self.revoked
            if not is_app and self.issuer.find_valid(token) is None:
                raise ERRORS.error("unauthorized")
            used, resets_at = self._window.add(f"{name} {token}", call.at)
            headers = {
                "x-rate-limit-limit": str(limit),
                "x-rate-limit-remaining": str(max(limit - used, 0)),
                "x-rate-limit-reset": str(int(resets_at.timestamp())),
            }

            try:
                if used > limit:
                    raise ERRORS.error("rate_limited")
                response = respond(method(call))
            except SimulatedError as refusal:
                response = refusal.response
            response.headers.update(headers)
            return response

        return self.route(f"/x/2/{path}", name, limited)

    def _users(self, call: Call) -> dict[str, Any]:
        queries.refuse_unknown(
            call.query, "usernames", "user.fields", "expansions", "tweet.fields", "post.fields"
        )
        names = queries.require_entries(call.query, "usernames", "names")
        channels = {name: self.world.named(name) for name in names}
        selected = queries.parse_fields(call.query, "user.fields")
        users = [posts.user_body(channel, selected) for channel in channels.values() if channel]
        missing = [
            BODIES.fill("missing_user", parameter="usernames", value=name)
            for name, channel in channels.items()
            if not channel
        ]
        return queries.keep_present(data=users, errors=missing)

    def _me(self, call: Call) -> dict[str, Any]:
        issued = self.issuer.find_valid(call.bearer)
        person = self.world.channel(issued.owner) if issued else None
        if person is None:
            raise ERRORS.error("unauthorized")  # an app is nobody
        return {"data": posts.user_body(person, queries.parse_fields(call.query, "user.fields"))}

    def _usage(self, call: Call) -> dict[str, Any]:
        queries.refuse_unknown(call.query, "days", "usage.fields")
        days = [
            BODIES.fill("usage_of_day", date=day.isoformat(), posts=len(ids))
            for day, ids in sorted(self.charged.items())
        ]
        cap = self.terms.post_credits or 3_000_000
        return {"data": BODIES.fill("usage", days=days, cap=cap, used=self.paid)}

    def _timeline(self, call: Call) -> dict[str, Any]:
        query, user_id = call.query, call.path["id"]
        queries.refuse_unknown(query, *_TIMELINE_PARAMETERS, *_POST_PARAMETERS)
        channel = self.world.channel(user_id)
        if channel is None:
            missing = BODIES.fill("missing_user", parameter="id", value=user_id)
            raise ERRORS.error("no_such_user", missing=missing)
        size, start = queries.parse_page_size(query), queries.parse_page_start(query)
        since = queries.parse_number(query.get("since_id", "0"), "since_id")
        videos = self.world.videos(channel.channel_id, call.at)
        videos = [video for video in videos if int(video.native_id) > since]
        page = videos[start : start + size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0].native_id, "oldest_id": page[-1].native_id}
        if start + size < len(videos):
            meta["next_token"] = queries.next_page_token(start + size)
        self._charge(page, call.at)
        return queries.keep_present(**self._bodies(page, query)) | {"meta": meta}

    def _lookup(self, call: Call) -> dict[str, Any]:
        queries.refuse_unknown(call.query, "ids", *_POST_PARAMETERS)
        ids = queries.require_entries(call.query, "ids", "ids")
        for native_id in ids:
            queries.parse_number(native_id, "ids")
        videos = {native_id: self.world.video(native_id, call.at) for native_id in ids}
        public = [video for video in videos.values() if video is not None]
        missing = [
            BODIES.fill("missing_post", value=native_id)
            for native_id, video in videos.items()
            if video is None
        ]
        self._charge(public, call.at)
        return queries.keep_present(**self._bodies(public, call.query), errors=missing)

    def _bodies(self, videos: Sequence[Video], query: Mapping[str, str]) -> dict[str, Any]:
        selected = queries.parse_fields(query, "post.fields") | queries.parse_fields(
            query, "tweet.fields"
        )
        of_media = queries.parse_fields(query, "media.fields")
        older = "post.fields" not in query
        bodies = [posts.post_body(video, selected, older_words=older) for video in videos]
        if "attachments.media_keys" not in queries.split(query, "expansions"):
            return {"data": bodies}
        media = [posts.medium_body(video, of_media) for video in videos if posts.media_key(video)]
        return {"data": bodies, "includes": {"media": media} if media else None}

    def _charge(self, videos: Sequence[Video], at: datetime) -> None:
        """Charge the posts not yet paid for this UTC day; refuse where they cannot be paid."""
        today = at.astimezone(UTC).date()
        new = {video.native_id for video in videos} - self.charged[today]
        if self.terms.post_credits is not None and self.paid + len(new) > self.terms.post_credits:
            raise ERRORS.error("no_credits")
        self.charged[today] |= new

    @refusals_from(ERRORS)
    def _consent(self, call: Call) -> Response:
        if call.query.get("code_challenge_method", "S256") != "S256":
            raise ERRORS.error("invalid_challenge_method")
        return RedirectResponse(self.issuer.consent(call.query), HTTPStatus.FOUND)

    @refusals_from(ERRORS)
    def _token(self, call: Call) -> dict[str, Any]:
        self._check_client(call)
        issued = self.issuer.exchange(call.form)
        expires_in = self.issuer.seconds_left(issued.expires_at)
        return BODIES.fill(
            "token", issued=issued, expires_in=expires_in, scope=issued.scope or _SCOPE
        )

    def _check_client(self, call: Call) -> None:
        """Accept a confidential client's Basic header, or a public client's id in the form."""
        scheme, _, pair = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            if call.form.get("client_id") != self.client.client_id:
                raise InvalidClient
            return
        try:
            client_id, _, secret = base64.b64decode(pair).decode().partition(":")
        except ValueError:
            raise InvalidClient from None
        self.client.check_credentials(client_id, secret)
