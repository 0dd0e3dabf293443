"""Threads: posts that announce or replay a broadcast, by the Threads API v1.0.

needs: an access token, or an app of one's own and the account owner's login
discovers: the newest 25 posts with a video, or a link to where broadcasts are (1 call)
counts while live: nothing: Threads carries no live video
counts afterwards: impressions, likes, comments, shares
batch: one post a call
refresh: not told
a view is: not counted; "views" here are times a post was played or displayed: impressions

Facts: Threads has no live product, so a post stands as a broadcast that is over: status ENDED,
begun and ended when it was published, counted from then on like the archive of a broadcast. It is
one if it carries a video or links to a host where broadcasts are (``broadcast_hosts``). Reposts
(``REPOST_FACADE``) have no insights. Shares are reposts and quotes together; what Threads calls
"shares" is sending a post on and is not asked for. Counts of no insights yet are an empty list,
which is not 0. Errors are those of the Graph API; whether the usage headers come from this host too
is not verified. Only the token's own account can be read, and the login is checked against the
account's name. The interface's batch is not documented for this host.
Documents: developers.facebook.com/docs/threads, insights, threads-media and long-lived-tokens.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from pydantic import SecretStr

from collector.contract.errors import Rejected, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.json_fields import fields_of, id_of, identity, listed, text, total
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.quota import Limit
from collector.contract.readings import Discovery, Readings, blank_broadcast, snapshot_of
from collector.platforms._meta.errors import graph_error_of
from collector.platforms._meta.facebook_login import page_name
from collector.platforms._meta.fields import RequestSizes
from collector.platforms._meta.graph import (
    GraphRequests,
    insight_value,
    time_of,
)
from collector.platforms._meta.instagram_login import InstagramLogin
from collector.platforms._meta.usage import limits_of
from storage.model import Account, Broadcast, Metric, Snapshot, Status, Unit
from storage.names import lowered

SCOPES = ("threads_basic", "threads_manage_insights")
POST = ("id", "media_type", "permalink", "text", "timestamp", "link_attachment_url")
METRICS = ("views", "likes", "replies", "reposts", "quotes")
#: What is left out where an error names no metric, the first first.
OPTIONAL = (("views",), ("reposts", "quotes"), ("replies",))
_HOST = re.compile(r"https?://(?:www\.|m\.)?([\w.-]+)", re.IGNORECASE)


class ThreadsSettings(PlatformSettings):
    """``platforms: threads:`` of the configuration; secrets come from the environment."""

    access_token: SecretStr | None = None
    app_id: str = ""
    app_secret: SecretStr | None = None
    version: str = "v1.0"
    api_url: str = "https://graph.threads.net"
    authorize_url: str = "https://threads.net/oauth/authorize"
    token_url: str = "https://graph.threads.net/oauth/access_token"  # noqa: S105 - an address
    broadcast_hosts: tuple[str, ...] = (
        "dailymotion.com",
        "facebook.com",
        "fb.watch",
        "instagram.com",
        "kick.com",
        "tiktok.com",
        "twitch.tv",
        "vimeo.com",
        "youtu.be",
        "youtube.com",
    )


class Threads(Platform[ThreadsSettings]):
    """The Threads API with the token of the account's owner."""

    name = "threads"
    display_name = "Threads"
    handle_examples: ClassVar = ("dgsn.maroc",)
    sites: ClassVar = ("threads.com", "threads.net")
    profile_pages: ClassVar = {"@{}": "{}"}
    documented_limit = "48,000 calls a day, more for accounts that are seen more"
    unit = Unit.PER_CENT
    post_status = Status.ENDED
    Settings = ThreadsSettings
    batch_size = 1
    metrics: ClassVar = {
        Metric.IMPRESSIONS: "times the post was played or displayed",
        Metric.LIKES: "likes of the post",
        Metric.COMMENTS: "replies to the post",
        Metric.SHARES: "reposts and quotes together",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()

    def __init__(self, settings: ThreadsSettings) -> None:
        super().__init__(settings)
        self.grant = _grant_of(settings)
        self._sizes = RequestSizes(metrics=True)
        self._graph = GraphRequests(
            platform=self.name,
            api_url=settings.api_url,
            version=settings.version,
            bearer=settings.access_token,
            grant=self.grant,
            tells_version=False,
        )

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: none."""
        del now
        return broadcast.key

    def resolve(self, account: Account) -> Exchange[Account]:
        """Return the account that the token is of, and no other."""
        params = {"source": "me", "fields": "id,username"}
        fields = self._graph.fields_in((yield self._graph.get(account, "me", **params)))
        native_id, username = text(fields, "id"), text(fields, "username") or ""
        name = page_name(account.handle).removeprefix("@")
        if not native_id:
            raise Unreadable(self.name, "me: no id")
        if name not in (native_id, username) and lowered(name) != lowered(username):
            detail = f"the token is of @{username}, not of {account.handle}"
            raise Rejected(self.name, detail, status=200)
        return replace(account, native_id=native_id)

    def probe(self, account: Account) -> Exchange[str]:
        """Ask whose the token is."""
        params = {"source": "me", "fields": "id,username"}
        response = yield self._graph.get(account, "me", **params)
        username = text(self._graph.fields_in(response), "username")
        return f"the token works for @{username}"

    def limits(self, response: Response) -> Sequence[Limit]:
        """Return what the usage headers say."""
        return limits_of(response)

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the account's newest posts and keep those that belong to a broadcast."""
        del now, may_spend  # nothing here costs units
        self._sizes.forget(account)
        params = {"fields": ",".join(POST), "limit": "25"}
        path = f"{account.native_id}/threads"
        response = yield self._graph.get(account, path, source="threads", **params)
        items, _ = self._graph.items_in(response)
        return Discovery.of_list(
            response,
            items,
            self._read_new,
            id_of,
            account=account,
            known=known,
        )

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Read one post's insights, without those that are refused for it."""
        del now
        [post] = broadcasts
        account, metrics = accounts[post.account], list[str]()

        def request_of(names: Sequence[str], limit: int) -> Request:
            del limit  # it is one post
            metrics[:] = names
            params = {"source": "insights", "metric": ",".join(names)}
            return self._graph.get(account, f"{post.native_id}/insights", **params)

        response = yield from self._sizes.ask(
            account, post.native_id, request_of, METRICS, OPTIONAL
        )
        fault = graph_error_of(response)
        if fault and fault.is_gone:
            return Readings(missing=(post.key,))
        self._graph.items_in(response)
        fields = self._graph.fields_in(response)
        result = PollResult([post], partial(_read, metrics), lambda _: post.native_id)
        result.take_items(response, [fields])
        return result.readings()

    def _read_new(self, item: Any, account: Account, response: Response) -> Broadcast | None:
        """Return a post that belongs to a broadcast, ``None`` for any other."""
        fields, native_id = fields_of(item), id_of(item)
        if not native_id:
            raise ValueError("post without id")
        kind, words = text(fields, "media_type"), text(fields, "text") or ""
        links = f"{words} {text(fields, 'link_attachment_url') or ''}"
        if kind == "REPOST_FACADE" or not (kind == "VIDEO" or self._links_to_broadcast(links)):
            return None
        published_at = time_of(fields, "timestamp")
        url = text(fields, "permalink") or "https://www.threads.net/"
        return replace(
            blank_broadcast(account, native_id, response, url=url, status=Status.ENDED),
            title=words.strip().partition("\n")[0] or native_id,
            published_at=published_at,
            started_at=published_at,
            ended_at=published_at,
            description=words,
        )

    def _links_to_broadcast(self, words: str) -> bool:
        hosts = [lowered(host) for host in _HOST.findall(words)]
        return any(
            host == site or host.endswith(f".{site}")
            for host in hosts
            for site in self.settings.broadcast_hosts
        )


def _grant_of(settings: ThreadsSettings) -> InstagramLogin | None:
    if settings.access_token or not settings.app_id or settings.app_secret is None:
        return None
    return InstagramLogin(
        platform="threads",
        kind="th",
        api_url=settings.api_url,
        token_url=settings.token_url,
        authorize_url=settings.authorize_url,
        app_id=settings.app_id,
        app_secret=settings.app_secret.get_secret_value(),
        scopes=SCOPES,
    )


def _read(
    metrics: Sequence[str], fields: dict[str, Any], post: Broadcast, response: Response
) -> tuple[Broadcast, Snapshot]:
    names = {identity(item, "name") for item in listed(fields, "data")}
    if names and not names & {*METRICS}:
        raise ValueError("no metric that was asked for")
    both = {"reposts", "quotes"} <= set(metrics)
    counts = {metric: insight_value(fields, metric) for metric in METRICS}
    return post, snapshot_of(
        post,
        response,
        impressions=counts["views"],
        likes=counts["likes"],
        comments=counts["replies"],
        # One of the two alone would be another count.
        shares=total(counts["reposts"], counts["quotes"]) if both else None,
    )
