"""LinkedIn: Community Management API, a page's video posts and announced live videos.

needs: an app approved for the Community Management API, and the consent of a page's administrator
discovers: the page's newest 50 posts, those with a video or a live video
counts while live: views, reactions, comments, reposts, impressions; nobody counts live viewers
counts afterwards: the same; views for 6 months, impressions for 12
batch: 10 posts: 1 call for reactions, 1 or 2 for impressions, and 1 a post for views
refresh: not told; taken as half an hour
a view is: playing for at least 3 seconds; a looping video counts once a load

Facts: there is no field for viewers now and no documented way to learn whether a live video runs,
so a post's status stays unknown and its cadence follows its age. Views are asked for one post at
a time, of ``ugcPost`` only; an empty list is no word. Impressions and reposts are organic ones,
given for posts with any. A summary of reactions names only the kinds there are, so an empty one
is zero. Texts are LinkedIn's "little text": hashtags and mentions in templates, reserved
characters escaped. ``List(a,b)`` stands bare in the address with each URN encoded once.
What is shown lags by minutes to hours (not verified). Limits are counted by app and member for
each UTC day and named nowhere: HTTP 429 lasts until midnight UTC. Versions end about a year after
their month. PKCE is refused with a client secret; a refresh token is given to approved partners
only, everybody else logs in again every 60 days.
Documents: learn.microsoft.com/linkedin/marketing/community-management, checked 2026-11-23.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from pydantic import Field, SecretStr

from collector.contract.errors import (
    OF_ONE_CALL,
    CredentialMissing,
    PlatformError,
    QuotaExceeded,
    Rejected,
    Unreadable,
)
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import failure_of
from collector.contract.json_fields import (
    count,
    fields_of,
    first_line,
    id_of,
    listed,
    mapping,
    set_aside_whole,
    sift,
    text,
    total,
    unix_time,
    whole_text,
)
from collector.contract.oauth import PersonGrant
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.quota import Bucket
from collector.contract.readings import Discovery, Readings, blank_broadcast, snapshot_of
from storage.model import Account, Broadcast, Metric, Snapshot, Status

CALLS = "linkedin.calls"
PAGE = 50
#: The kinds of post and the parameter that share statistics want each kind in.
KINDS = {"ugcPost": "ugcPosts", "share": "shares"}
_POST_URN = re.compile(r"urn:li:(?:ugcPost|share):\d+")
_VIDEO_URN = re.compile(r"urn:li:(?:video|liveVideo):")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|([^}]*)\}")
_MENTION = re.compile(r"@\[([^\]]*)\]\(urn:[^)]*\)")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")


class LinkedInSettings(PlatformSettings):
    """``platforms: linkedin:`` of the configuration; secrets come from the environment."""

    client_id: str = ""
    client_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    api_version: str = Field(default="202609", pattern=r"^20\d{4}$")
    daily_calls: int = Field(default=1000, ge=1)
    reserve_calls: int = Field(default=50, ge=0)
    api_url: str = "https://api.linkedin.com/rest"
    token_url: str = "https://www.linkedin.com/oauth/v2/accessToken"  # noqa: S105 - an address
    authorize_url: str = "https://www.linkedin.com/oauth/v2/authorization"


class LinkedIn(Platform[LinkedInSettings]):
    """A page's posts by its administrator's token."""

    name = "linkedin"
    display_name = "LinkedIn"
    handle_examples: ClassVar = ("dgsn-maroc", "1337")
    sites: ClassVar = ("linkedin.com",)
    profile_pages: ClassVar = dict.fromkeys(("company/{}", "showcase/{}", "school/{}"), "{}")
    documented_limit = (
        "1,000 calls a day unless configured otherwise; LinkedIn's own are in its developer portal"
    )
    post_status = Status.UNKNOWN
    further_calls = 1  # for its views
    Settings = LinkedInSettings
    batch_size = 10  # 13 calls, one after the other, within one tick
    metrics: ClassVar = {
        Metric.VIEWS: "plays of the video for at least 3 seconds",
        Metric.LIKES: "reactions of all kinds",
        Metric.COMMENTS: "comments and the answers to them",
        Metric.SHARES: "reposts",
        Metric.IMPRESSIONS: "times the post was shown, without advertising",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()
    #: One call an account each time, of an allowance that LinkedIn does not tell.
    paid_discovery_seconds = timedelta(minutes=15).total_seconds()

    def __init__(self, settings: LinkedInSettings) -> None:
        super().__init__(settings)
        self.buckets = (
            Bucket(
                name=CALLS,
                units=settings.daily_calls,
                time_zone="UTC",
                reserve_units=settings.reserve_calls,
            ),
        )
        secret = settings.client_secret
        if settings.client_id and secret:
            self.grant = PersonGrant(
                platform=self.name,
                authorize_url=settings.authorize_url,
                token_url=settings.token_url,
                client_id=settings.client_id,
                client_secret=secret.get_secret_value(),
                scopes=("r_organization_social", "rw_organization_admin"),
                challenge=None,
            )

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: those of one page."""
        del now  # the calls answer for all ages
        return broadcast.account

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a page's name or address into its number, which may also be given itself."""
        name = account.handle.split("?")[0].rstrip("/").rsplit("/", 1)[-1].removeprefix("@")
        if name.isdecimal():
            yield from ()
            return replace(account, native_id=name)
        params = {"q": "vanityName", "vanityName": name}
        response = yield self._call("organizations", account.key, params, from_reserve=True)
        for page in _elements(response):
            if native_id := id_of(page):
                return replace(account, native_id=native_id)
        detail = f"organizations: no page is called {name!r}"
        raise Rejected(self.name, detail, status=response.status)

    def probe(self, account: Account) -> Exchange[str]:
        """Read one post of the page, which only its administrators may."""
        response = yield self._posts(account, 1)
        return f"the token works; the page has {'posts' if _elements(response) else 'no posts'}"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the page's newest posts and keep those with a video."""
        del now
        if not may_spend:
            return Discovery()
        response = yield self._posts(account, PAGE)
        return Discovery.of_list(
            response, _elements(response), _read_new, id_of, account=account, known=known
        )

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for reactions of all posts at once, impressions by kind, and views of each."""
        del now
        account = accounts[broadcasts[0].account]
        ids = [broadcast.native_id for broadcast in broadcasts]
        response = yield self._call("socialMetadata", account.key, {}, lists={"ids": ids})
        social, problems = _social_of(response, ids)
        statistics: dict[str, Any] = {}
        plays: dict[str, Any] = {}

        def read(urn: str, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
            counts = social[urn], statistics.get(urn), plays.get(urn)
            return broadcast, _snapshot(broadcast, response, *counts)

        result = PollResult(broadcasts, read, str)
        for urn, problem in problems.items():
            _take_problem(urn, problem, response, result)
        for kind, parameter in KINDS.items():
            if urns := [urn for urn in social if f":{kind}:" in urn]:
                try:
                    answer = yield self._statistics(account, {parameter: urns})
                    shares, broken = _by_post(answer, kind)
                except OF_ONE_CALL as error:  # the other counts are kept
                    shares, broken = {}, [Unreadable(self.name, error.detail)]
                statistics |= shares
                result.unreadable += broken
        for urn in [urn for urn in social if ":ugcPost:" in urn]:
            params = {"q": "entity", "entity": urn, "type": "VIDEO_VIEW", "aggregation": "ALL"}
            try:
                answer = yield self._call("videoAnalytics", account.key, params)
                if answer.status != HTTPStatus.NOT_FOUND:
                    plays[urn] = next(iter(_elements(answer)), None)
            except OF_ONE_CALL as error:  # of this post's views alone
                result.unreadable.append(Unreadable(self.name, error.detail))
        result.take_items(response, social)
        return result.readings()

    def _posts(self, account: Account, newest: int) -> Request:
        params = {
            "q": "author",
            "author": f"urn:li:organization:{account.native_id}",
            "count": str(newest),
            "sortBy": "LAST_MODIFIED",
        }
        return self._call("posts", account.key, params, from_reserve=True)

    def _statistics(self, account: Account, lists: Mapping[str, Sequence[str]]) -> Request:
        page = f"urn:li:organization:{account.native_id}"
        params = {"q": "organizationalEntity", "organizationalEntity": page}
        return self._call("organizationalEntityShareStatistics", account.key, params, lists=lists)

    def _call(
        self,
        method: str,
        account: str,
        params: Mapping[str, str],
        *,
        lists: Mapping[str, Sequence[str]] | None = None,
        from_reserve: bool = False,
    ) -> Request:
        """Make a call; one with lists carries its parameters in the address, encoded already."""
        secrets: dict[str, str] = {}
        if token := self.settings.access_token:
            secrets["Authorization"] = f"Bearer {token.get_secret_value()}"
        elif self.grant is None:
            detail = "no app; set client_id and LIVETALLY_LINKEDIN_CLIENT_SECRET, then log in"
            raise CredentialMissing(self.name, detail)
        address = f"{self.settings.api_url}/{method}"
        return Request(
            platform=self.name,
            url=f"{address}?{_query(params, lists)}" if lists else address,
            source=method,
            params={} if lists else params,
            headers={
                "LinkedIn-Version": self.settings.api_version,
                "X-Restli-Protocol-Version": "2.0.0",
            },
            secrets=secrets,
            token=None if secrets else account,
            costs={CALLS: 1},
            from_reserve=from_reserve,
        )


def _query(params: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> str:
    """Write parameters as Rest.li 2.0 has them: a list's own signs bare, its members encoded."""
    plain = [f"{name}={quote(value, safe='')}" for name, value in params.items()]
    written = [
        f"{name}=List({','.join(quote(member, safe='') for member in members)})"
        for name, members in lists.items()
    ]
    return "&".join(plain + written)


def _fields_in(response: Response) -> dict[str, Any]:
    """Return the answer, or raise what its status or its body means."""
    if response.status != HTTPStatus.OK:
        raise _error_of(response)
    with set_aside_whole(response):
        return fields_of(response.json())


def _elements(response: Response) -> list[Any]:
    """Return a finder's elements; none is an empty list, not an absent one."""
    fields = _fields_in(response)
    with set_aside_whole(response):
        if fields.get("elements") is None:
            raise ValueError("no elements")
        return listed(fields, "elements")


def _error_of(response: Response) -> PlatformError:
    try:
        fields = fields_of(response.json())
    except (Unreadable, ValueError):
        fields = {}
    names = ("serviceErrorCode", "code", "message")
    words = " ".join(value for name in names if (value := whole_text(fields, name)))
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        detail = f"{response.source}: HTTP 429 {words}".rstrip()
        return QuotaExceeded("linkedin", detail, bucket=CALLS)
    if response.status == HTTPStatus.UPGRADE_REQUIRED or "version" in words.casefold():
        words = f"{words}; a newer month may have to stand in platforms.linkedin.api_version"
    return failure_of(response, words)


def _social_of(response: Response, urns: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the metadata of each of the posts, and what is wrong with the others."""
    fields = _fields_in(response)
    with set_aside_whole(response):
        results, errors = (mapping(fields, name) for name in ("results", "errors"))
        if not results and not errors:
            raise ValueError("neither results nor errors")
    problems = {unquote(urn): problem for urn, problem in errors.items() if unquote(urn) in urns}
    social = {unquote(urn): post for urn, post in results.items() if unquote(urn) in urns}
    return {urn: post for urn, post in social.items() if urn not in problems}, problems


def _take_problem(urn: str, problem: Any, response: Response, result: PollResult[str]) -> None:
    """Read what is wrong with one post as the answer that it would be alone."""
    try:
        status = fields_of(problem).get("status")
    except ValueError:
        status = None
    if status == HTTPStatus.NOT_FOUND:
        result.miss(urn)
    elif isinstance(status, int):
        part = replace(response, status=status, body=json.dumps(problem).encode())
        error = _error_of(part)
        error.pauses &= status != HTTPStatus.FORBIDDEN  # it is this post's alone
        result.fail(urn, error)
    else:
        del result.waiting[urn]
        result.set_aside(response, f"{problem!r:.60} is no error with its status", urn)


def _by_post(response: Response, kind: str) -> tuple[dict[str, Any], list[Unreadable]]:
    """Return the share statistics by post; those without any are not among them."""

    def parse(element: Any) -> tuple[str, Any]:
        fields = fields_of(element)
        return text(fields, kind) or "", fields.get("totalShareStatistics")

    shares, unreadable = sift(response, _elements(response), parse, id_of)
    return dict(shares), unreadable


def _snapshot(
    broadcast: Broadcast, response: Response, social: Any, statistics: Any, plays: Any
) -> Snapshot:
    metadata, shared = fields_of(social), fields_of(statistics or {})
    reactions = mapping(metadata, "reactionSummaries")
    likes = total(*(count(fields_of(reaction), "count") for reaction in reactions.values()))
    if not reactions and metadata.get("reactionSummaries") is not None:
        likes = 0  # of no kind any
    return snapshot_of(
        broadcast,
        response,
        views=count(fields_of(plays or {}), "value"),
        likes=likes,
        comments=count(mapping(metadata, "commentSummary"), "count"),
        shares=count(shared, "shareCount"),
        impressions=count(shared, "impressionCount"),
    )


def _read_new(post: Any, account: Account, response: Response) -> Broadcast | None:
    """Return what a published post shows: a video, a live video, or nothing of the kind."""
    urn = id_of(post) or ""
    if not _POST_URN.fullmatch(urn):
        message = f"id is {urn!r:.60}, not a post's"
        raise ValueError(message)
    fields = fields_of(post)
    content = mapping(fields, "content")
    media = mapping(content, "media")
    urns = [text(media, "id"), text(mapping(content, "reference"), "id")]
    is_published = fields.get("lifecycleState") in (None, "PUBLISHED")
    if not is_published or not any(_VIDEO_URN.match(video or "") for video in urns):
        return None
    words = _plain(text(fields, "commentary") or "")
    url = f"https://www.linkedin.com/feed/update/{urn}/"
    return replace(
        blank_broadcast(account, urn, response, url=url, status=Status.UNKNOWN),
        title=first_line(text(media, "title") or "") or first_line(words) or urn,
        description=words,
        published_at=unix_time(fields, "publishedAt", per_second=1000),
    )


def _plain(little_text: str) -> str:
    """Return the text as a reader sees it: hashtags and names without their templates."""
    named = _MENTION.sub(r"\1", _HASHTAG.sub(r"#\1", little_text))
    return _ESCAPED.sub(r"\1", named)
