"""X: API v2, the posts that announce a broadcast or carry a recording.

needs: an app's bearer token, or the owner's consent (PKCE); paid: a post read costs $0.005 a day
discovers: posts with a broadcast's link or a long video, each of the account's posts read once
counts while live: impressions, likes, comments, shares; viewers with the Livestream API only
counts afterwards: impressions, likes, comments, shares; views of an attached video
batch: 100 posts a call
refresh: not told
a view is: a play of the attached video, summed by X over all posts that carry it

Facts: a post on a screen is an impression and never a view. A post does not tell whether its
broadcast runs, so its status stays unknown and its cadence follows its age; the Livestream API
(Enterprise, own account; ``livestream_api``) tells state, viewers and views as strings of digits.
X describes none of them: what they count is read from their names, and a state that is unknown
here tells nothing. Videos shorter than ``shortest_video_seconds`` are
no recordings of an event: each post followed is paid for anew on every UTC day. A second post of
the same broadcast is passed over; an edited post is another post, with counts of its own.
Money: prices are per post returned; a post read today is free until 00:00 UTC ("soft guarantee"),
so only posts not observed today are charged, before the call and at the most, and settled by what
came back. What was already paid for is read on when the month's money is used up. HTTP 402 and a
usage cap close ``x.spend`` until the month ends; on a read that is free, all is quiet for an hour.
The timeline of ``app_owner``, the account that owns the app, costs a fifth by its own token.
Names: the specification says ``post.fields`` and ``repost_count``, prose and older clients
``tweet.fields`` and ``retweet_count``; which servers know which is not told, so both are tried.
HTTP 200 may carry ``errors`` for single posts, and the error bodies have two shapes.
Documents: docs.x.com (specification 2.167), PyPI xdk 0.10.6; checked 2026-11-23.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from collector.contract.errors import CredentialMissing, Rejected, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.json_fields import (
    count,
    fields_of,
    first_line,
    id_of,
    listed,
    mapping,
    moment,
    sift,
    text,
)
from collector.contract.oauth import PersonGrant
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.quota import Bucket, Limit, Period
from collector.contract.readings import Discovery, Readings, blank_broadcast
from collector.platforms.x.posts import broadcast_id, readings_of
from collector.platforms.x.responses import (
    SPEND,
    PostResponse,
    read_response,
    returned_posts,
    single_of,
    text_or_mark,
)
from storage.model import Account, Broadcast, Metric, Status, Unit
from storage.names import lowered

POSTS = "x.posts"
#: What each item returned costs: docs.x.com/x-api/getting-started/pricing.
A_POST, AN_OWN_POST, A_USER = {POSTS: 1, SPEND: 5}, {POSTS: 1, SPEND: 1}, {SPEND: 10}
NEAR_MIDNIGHT = timedelta(seconds=30)
#: Posts a page and pages a discovery: what is charged for the worst case stays small.
PAGE, MOST_PAGES = 20, 5
SPELLINGS = ("post.fields", "tweet.fields")
POST_FIELDS = "public_metrics,created_at,entities,attachments"
MEDIA_PARAMS = {
    "expansions": "attachments.media_keys",
    "media.fields": "public_metrics,type,duration_ms",
}
BROADCAST_FIELDS = "id,state,start_ms,end_ms,scheduled_start_ms,total_watching,total_watched"
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_SHORT_LINK = re.compile(r"\s*https://t\.co/\w+")


class XSettings(PlatformSettings):
    """``platforms: x:`` of the configuration; the secrets come from the environment."""

    bearer_token: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    api_url: str = "https://api.x.com"
    token_url: str = "https://api.x.com/2/oauth2/token"  # noqa: S105 - an address
    authorize_url: str = "https://x.com/i/oauth2/authorize"
    monthly_spend_usd: Decimal = Field(default=Decimal(10), ge=0)
    daily_posts: int = Field(default=500, ge=1)
    app_owner: str = ""
    livestream_api: bool = False
    shortest_video_seconds: float = Field(default=600, ge=0)


class X(Platform[XSettings]):
    """Posts by an app's or a person's token."""

    name = "x"
    display_name = "X"
    handle_examples: ClassVar = ("DGSN_MAROC",)
    sites: ClassVar = ("x.com", "twitter.com")
    other_pages: ClassVar = frozenset({"i", "home", "search", "explore", "intent", "hashtag"})
    order, colors = 4, ("#2B2B2C", "#F3F3FA")
    documented_limit = (
        "what you spend: $10 a month and 500 posts a day, unless configured otherwise"
    )
    bucket_units: ClassVar = {POSTS: Unit.POST, SPEND: Unit.TENTH_OF_A_CENT}
    post_status = Status.UNKNOWN
    other_sites: ClassVar = {"twitter.com": "x.com"}
    Settings = XSettings
    batch_size = 100
    metrics: ClassVar = {
        Metric.VIEWS: "plays of the attached video in all posts; of the broadcast, if Enterprise",
        Metric.CONCURRENT_VIEWERS: "watching now, by the Livestream API (Enterprise) only",
        Metric.LIKES: "likes of the post",
        Metric.COMMENTS: "replies to the post",
        Metric.SHARES: "reposts and quotes",
        Metric.IMPRESSIONS: "times the post was on a screen",
    }
    #: Every day of it costs half a cent a post.
    tracked_after_end_seconds = timedelta(days=14).total_seconds()
    #: Asking often costs nothing: only posts newer than the newest one seen come back.

    def __init__(self, settings: XSettings) -> None:
        super().__init__(settings)
        tenths_of_a_cent = int(settings.monthly_spend_usd * 1000)
        self.buckets = (
            Bucket(name=POSTS, units=settings.daily_posts, time_zone="UTC"),
            Bucket(
                name=SPEND,
                units=tenths_of_a_cent,
                time_zone="UTC",
                reserve_units=tenths_of_a_cent // 10,
                period=Period.MONTH,
            ),
        )
        secret, scopes = settings.client_secret, ("tweet.read", "users.read", "offline.access")
        self.grant = (
            PersonGrant(
                platform="x",
                authorize_url=settings.authorize_url,
                token_url=settings.token_url,
                client_id=settings.client_id,
                client_secret=secret.get_secret_value() if secret else None,
                basic=secret is not None,
                scopes=(*scopes, "broadcast.read") if settings.livestream_api else scopes,
            )
            if settings.client_id
            else None
        )
        self._spelling = SPELLINGS[0]  # the one that X took last
        self._newest: dict[str, str] = {}  # post seen by account; not kept over a restart

    @property
    def tells_state(self) -> bool:
        """Tell whether its answers say what is on the air: only the Livestream API does."""
        return self.settings.livestream_api

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: of one token, and all paid for today or all not."""
        by_app = self.settings.bearer_token and not self.settings.livestream_api
        paid = "paid" if _is_paid(broadcast, now) else "unpaid"
        return paid if by_app else f"{paid} {broadcast.account}"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn ``@name`` or a profile's address into the user's id ($0.010)."""
        name = _username(account.handle)
        if not _USERNAME.fullmatch(name):
            detail = f"invalid handle {account.handle!r}: expected a user name or profile address"
            raise Rejected(self.name, detail, status=0)
        response = yield self._call("users/by", account.key, {"usernames": name}, price=A_USER)
        for user in read_response(response).posts:
            native_id = id_of(user)
            if native_id and lowered(str(user.get("username"))) == lowered(name):
                return replace(account, native_id=native_id)
        raise Rejected(self.name, f"users/by: nobody is called {name!r}", status=response.status)

    def probe(self, account: Account) -> Exchange[str]:
        """Read the project's usage (free), or who the person's token belongs to ($0.010)."""
        if self.settings.bearer_token is None:
            response = yield self._call("users/me", account.key, {}, price=A_USER)
            return f"the token of @{text_or_mark(single_of(response), 'username')} works"
        params = {"days": "1", "usage.fields": "project_cap,project_usage"}
        response = yield self._call("usage/tweets", account.key, params)
        usage = single_of(response)
        read, cap = (text_or_mark(usage, name) for name in ("project_usage", "project_cap"))
        return f"the bearer token works; {read} of {cap} posts read this month"

    def limits(self, response: Response) -> Sequence[Limit]:
        """Read the endpoint's limit from ``x-rate-limit-*``."""
        source = response.source
        return Limit.from_headers(response, response.bucket, "x-rate-limit", source=source)

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Read the account's posts since the newest one seen; the first time, one page."""
        del now, may_spend  # only new posts cost, and each of them once
        newest = since = max(
            [self._newest.get(account.key, ""), *(broadcast.native_id for broadcast in known)],
            key=_age_order,
        )
        is_owner = _username(self.settings.app_owner) == _username(account.handle)
        params = {"max_results": str(PAGE), "exclude": "replies,retweets", **MEDIA_PARAMS}
        params |= {"since_id": since} if since else {}
        announced: list[Broadcast] = []
        unreadable: list[Unreadable] = []
        for page in range(1, MOST_PAGES + 1):
            response = yield from self._posts(
                f"users/{account.native_id}/tweets",
                account.key,
                params,
                price=AN_OWN_POST if is_owner else A_POST,
                at_most=PAGE,
                in_person=is_owner,
            )
            answer = read_response(response)
            announce = partial(self._announced, answer, account, response)
            carried, broken = sift(response, answer.posts, announce, id_of)
            announced += filter(None, carried)
            unreadable += broken + answer.unreadable
            newest = max([newest, *(id_of(post) or "" for post in answer.posts)], key=_age_order)
            if not answer.further or not since:
                break
            params["pagination_token"] = answer.further
            if page == MOST_PAGES:
                detail = f"users/tweets: over {MOST_PAGES * PAGE} new posts, the oldest not read"
                unreadable.append(Unreadable(self.name, detail))
        self._newest[account.key] = newest
        urls = {broadcast.url for broadcast in known}
        new: list[Broadcast] = []
        for broadcast in sorted(announced, key=lambda each: _age_order(each.native_id)):
            if broadcast.url not in urls:  # a broadcast belongs to its first post
                urls.add(broadcast.url)
                new.append(broadcast)
        return Discovery(broadcasts=tuple(new), unreadable=tuple(unreadable))

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the posts' counts; with the Livestream API for the broadcasts' own first."""
        del accounts  # a post is asked for by its id
        account = broadcasts[0].account
        links = [link for broadcast in broadcasts if (link := broadcast_id(broadcast.url))]
        airings: dict[str | None, dict[str, Any]] = {}
        if self.settings.livestream_api and links:
            params = {"ids": ",".join(links), "broadcast.fields": BROADCAST_FIELDS}
            response = yield self._call("broadcasts", account, params, in_person=True)
            items = read_response(response).posts
            airings = {id_of(airing): airing for airing in items if isinstance(airing, dict)}
        unpaid = [each.native_id for each in broadcasts if not _is_paid(each, now)]
        response = yield from self._posts(
            "tweets",
            account,
            {"ids": ",".join(broadcast.native_id for broadcast in broadcasts), **MEDIA_PARAMS},
            price=A_POST,
            at_most=len(unpaid),
            charged=frozenset(unpaid),
        )
        answer = read_response(response, is_free=not unpaid)
        return readings_of(answer, response, broadcasts, airings, is_free=not unpaid)

    def _posts(
        self, path: str, account: str, params: Mapping[str, str], **cost: Any
    ) -> Exchange[Response]:
        """Ask in the spelling that X took last, and in the other if it complains of that one."""
        request = self._call(path, account, {**params, self._spelling: POST_FIELDS}, **cost)
        response = yield request
        if response.status == HTTPStatus.BAD_REQUEST and self._spelling in response.text():
            self._spelling = SPELLINGS[1 - SPELLINGS.index(self._spelling)]
            request = self._call(path, account, {**params, self._spelling: POST_FIELDS}, **cost)
            response = yield request
        return response

    def _call(
        self,
        path: str,
        account: str,
        params: Mapping[str, str],
        *,
        price: Mapping[str, int] | None = None,
        at_most: int = 1,
        charged: frozenset[str] | None = None,
        in_person: bool = False,
    ) -> Request:
        """Make a call for which X asks ``price`` for each item returned, or each of ``charged``."""
        secrets: dict[str, str] = {}
        if self.settings.bearer_token and not in_person:
            secrets["Authorization"] = f"Bearer {self.settings.bearer_token.get_secret_value()}"
        elif self.grant is None:
            detail = "no token; set LIVETALLY_X_BEARER_TOKEN, or client_id and log in"
            raise CredentialMissing(self.name, detail)

        unit = price or {}
        feared = {name: each * at_most for name, each in unit.items() if at_most}

        def settle(response: Response) -> Mapping[str, int]:
            ids = returned_posts(response)
            if ids is None:
                return feared
            returned = len(ids if charged is None else ids & charged)
            return {name: each * returned for name, each in unit.items()}

        return Request(
            platform=self.name,
            url=f"{self.settings.api_url}/2/{path}",
            source=re.sub(r"/\d+/", "/", path),
            params=params,
            secrets=secrets,
            token=None if secrets else account,
            scope=None if secrets else account,  # who logged in has limits of their own
            costs=feared,
            settle=settle if feared else None,
            from_reserve=charged is None,
        )

    def _announced(
        self, answer: PostResponse, account: Account, response: Response, post: Any
    ) -> Broadcast | None:
        """Return what the post announces or carries: a broadcast, a long video, or nothing."""
        fields, native_id = fields_of(post), id_of(post)
        if not native_id:
            raise ValueError("post without id")
        links = [
            text(fields_of(url), "expanded_url")
            for url in listed(mapping(fields, "entities"), "urls")
        ]
        linked = next(filter(None, (broadcast_id(link or "") for link in links)), None)
        videos = [medium for medium in answer.media_of(fields) if medium.get("type") == "video"]
        lengths = [count(video, "duration_ms") for video in videos]
        shortest = self.settings.shortest_video_seconds * 1000
        if not linked and not any(length is None or length >= shortest for length in lengths):
            return None
        words = html.unescape(text(fields, "text") or "")
        url = f"https://x.com/i/{f'broadcasts/{linked}' if linked else f'status/{native_id}'}"
        return replace(
            blank_broadcast(account, native_id, response, url=url, status=Status.UNKNOWN),
            title=first_line(_SHORT_LINK.sub("", words)) or native_id,
            description=words,
            published_at=moment(fields, "created_at"),
        )


def _username(handle: str) -> str:
    return lowered(handle.rstrip("/").rsplit("/", 1)[-1].removeprefix("@"))


def _is_paid(broadcast: Broadcast, now: datetime) -> bool:
    """Tell whether X gave its post today (UTC) already: then it is free until midnight.

    A call made just before may be answered, and charged, after it.
    """
    # Discovery has read the post too, and paid for it.
    at, until = broadcast.observed_at or broadcast.discovered_at, now + NEAR_MIDNIGHT
    return at.astimezone(UTC).date() == until.astimezone(UTC).date()


def _age_order(native_id: str) -> tuple[int, str]:
    """Order ids by age without trusting that they are numbers."""
    return len(native_id), native_id
