"""Instagram: live videos of professional accounts, by the Instagram Platform v26.0.

needs: an access token, or an app of one's own and the account owner's login
discovers: what is live at that moment, nothing announced (1 call)
counts while live: views, concurrent viewers, likes, comments, shares
counts afterwards: views, likes, comments, shares of the replay, where the owner shares one
batch: all of an account's broadcasts in one call
refresh: not told while live; up to 48 hours for views of the replay
a view is: a play of the replay, as insights count it; for a live video not documented

Facts: ``live_media`` lists only what is on the air; what has left a list that could be read is
over. The replay is another media with an id of its own. It is told by its address once it was
found; before that by its time: the only video posted between the start and an hour after the end,
under the live video's title, or without one not before the end. Where several fit nothing is
said. Field names are those of facebook-business 26.0.3; the public page lists fewer, and those
that an error names are left out. With Instagram's own login (``login: instagram``) there are
neither title, views nor shares while live. An owner who has the page through a Business Manager
consents to ``ads_read`` too (``more_scopes``), else there is HTTP 403. ``live_status`` is not documented: only ENDED is
believed. Hearts of a live video (``live_reactions``) may be many from one person: they are no
likes and not asked for. Insights of too few viewers, or none yet, are an empty list, which is not 0.
Documents: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/
live_media, ig-user/media, reference/instagram-media/insights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import SecretStr

from collector.contract.errors import Rejected, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.grants import Consentable
from collector.contract.json_fields import fields_of, id_of, mapping, sift, text
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.quota import Limit
from collector.contract.readings import Discovery, Readings
from collector.platforms._meta.facebook_login import FacebookLogin, page_name
from collector.platforms._meta.fields import RequestSizes, render_fields
from collector.platforms._meta.graph import GraphRequests
from collector.platforms._meta.instagram_login import InstagramLogin
from collector.platforms._meta.usage import limits_of
from collector.platforms.instagram.media import (
    LIVE_COUNTS,
    LIVE_FACTS,
    REPLAY,
    REPLAY_WITHIN,
    check_live,
    read_candidate,
    read_live,
    read_new,
)
from storage.model import Account, Broadcast, Metric, Status, Unit
from storage.names import lowered

#: For this long what has left the list is looked for on it: one empty answer is not the end.
END_IS_FRESH = timedelta(hours=1)
#: As many as a list shows without being asked for a number.
MOST_LIVE = 25
SCOPES = (
    "instagram_basic",
    "instagram_manage_insights",
    "pages_show_list",
    "pages_read_engagement",
)
OWN_SCOPES = ("instagram_business_basic", "instagram_business_manage_insights")
#: What Instagram's own login does not know: IGMediaForIGOnlyAPI of facebook-business.
NOT_WITH_OWN_LOGIN = frozenset({"video_title", "live_status", "view_count", "shares_count"})
OPTIONAL = (("insights",), ("shares_count", "view_count"), ("video_title", "live_status"))
EDGES = {"insights": "insights.metric(views).period(lifetime){name,period,values,total_value}"}


class InstagramSettings(PlatformSettings):
    """``platforms: instagram:`` of the configuration; secrets come from the environment."""

    access_token: SecretStr | None = None
    app_id: str = ""
    app_secret: SecretStr | None = None
    login: Literal["facebook", "instagram"] = "facebook"
    more_scopes: tuple[str, ...] = ()
    version: str = "v26.0"
    api_url: str = "https://graph.facebook.com"
    authorize_url: str = "https://www.facebook.com/v26.0/dialog/oauth"
    own_api_url: str = "https://graph.instagram.com"
    own_authorize_url: str = "https://www.instagram.com/oauth/authorize"
    own_token_url: str = "https://api.instagram.com/oauth/access_token"  # noqa: S105 - an address


class Instagram(Platform[InstagramSettings]):
    """The Instagram Platform, through Facebook's login or Instagram's own."""

    name = "instagram"
    display_name = "Instagram"
    handle_examples: ClassVar = ("dgsn.maroc",)
    sites: ClassVar = ("instagram.com",)
    other_pages: ClassVar = frozenset({"p", "reel", "reels", "stories", "tv", "explore"})
    order, colors = 3, ("#905C9A", "#D143FB")
    documented_limit = "4,800 calls a day for each time the account was on a screen that day"
    unit = Unit.PER_CENT
    Settings = InstagramSettings
    batch_size = 25
    metrics: ClassVar = {
        Metric.VIEWS: "plays, as Instagram counts them",
        Metric.CONCURRENT_VIEWERS: "watching at that instant",
        Metric.LIKES: "likes of the live video or its replay, not its hearts",
        Metric.COMMENTS: "comments",
        Metric.SHARES: "shares, where the owner is told",
    }
    tracked_after_end_seconds = timedelta(days=14).total_seconds()

    def __init__(self, settings: InstagramSettings) -> None:
        super().__init__(settings)
        self.grant = _grant_of(settings)
        self._is_own = settings.login == "instagram"
        self._sizes = RequestSizes()
        self._graph = GraphRequests(
            platform=self.name,
            api_url=settings.own_api_url if self._is_own else settings.api_url,
            version=settings.version,
            bearer=settings.access_token,
            grant=self.grant,
        )

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: what is live on one account, or each replay alone."""
        if _is_over(broadcast, now):
            return f"replay {broadcast.key}"
        return f"live {broadcast.account}"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Find the account's number among those that the token may read; a number needs no call."""
        name = lowered(page_name(account.handle))
        if name.isdecimal():
            yield from ()
            return replace(account, native_id=name)
        accounts = yield from self._accounts(account)
        for fields in accounts:
            if lowered(text(fields, "username") or "") == name:
                native_id = text(fields, "user_id") or text(fields, "id")
                if native_id:
                    return replace(account, native_id=native_id)
        readable = ", ".join(text(fields, "username") or "?" for fields in accounts) or "none"
        detail = f"the token does not read {account.handle}, but: {readable}"
        raise Rejected(self.name, detail, status=200)

    def probe(self, account: Account) -> Exchange[str]:
        """Ask what is live."""
        response = yield self._live(account, ("id",))
        items, _ = self._graph.items_in(response)
        return f"the token works; {len(items)} live now{self._graph.other_version(response)}"

    def limits(self, response: Response) -> Sequence[Limit]:
        """Return what the usage headers say."""
        return limits_of(response)

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List what the account has on the air."""
        del now, may_spend  # nothing here costs units
        self._sizes.forget(account)
        response = yield from self._ask(account, LIVE_FACTS)
        items, _ = self._graph.items_in(response)
        return Discovery.of_list(response, items, read_new, id_of, account=account, known=known)

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Read what is live on the account, or look for the replay of what was."""
        account = accounts[broadcasts[0].account]
        if _is_over(broadcasts[0], now):
            return (yield from self._replay(account, broadcasts[0]))
        response = yield from self._ask(account, (*LIVE_FACTS, *LIVE_COUNTS))
        items, goes_on = self._graph.items_in(response)
        result = PollResult(broadcasts, read_live, id_of, check_other=check_live)
        result.take_items(response, items)
        if not goes_on:
            result.end_absent(response)
        return result.readings()

    def _replay(self, account: Account, broadcast: Broadcast) -> Exchange[Readings]:
        begun = broadcast.started_at or broadcast.discovered_at
        until = (broadcast.ended_at or begun) + REPLAY_WITHIN

        def request_of(names: Sequence[str], limit: int) -> Request:
            return self._graph.get(
                account,
                f"{account.native_id}/media",
                source="media",
                fields=render_fields(names, EDGES),
                since=str(int(begun.timestamp())),
                until=str(int(until.timestamp())),
                limit=str(limit),
            )

        response = yield from self._sizes.ask(
            account, broadcast.key, request_of, self._known(REPLAY), OPTIONAL, limit=50
        )
        items, goes_on = self._graph.items_in(response)
        candidates, unreadable = sift(
            response,
            items,
            lambda item: read_candidate(item, broadcast, until, response),
            id_of,
        )
        by_url = {facts.url: (facts, snapshot) for facts, snapshot in filter(None, candidates)}
        if broadcast.url not in by_url and (len(by_url) != 1 or goes_on or unreadable):
            return Readings(unlisted=(broadcast.key,), unreadable=tuple(unreadable))
        facts, snapshot = by_url.get(broadcast.url) or next(iter(by_url.values()))
        changed = replace(broadcast, url=facts.url)
        return Readings(
            snapshots=(snapshot,), broadcasts=(changed,) if changed != broadcast else ()
        )

    def _accounts(self, account: Account) -> Exchange[list[dict[str, Any]]]:
        """List the accounts that the token reads: its own, or those of its owner's pages."""
        if self._is_own:
            params = {"source": "me", "fields": "user_id,username"}
            return [self._graph.fields_in((yield self._graph.get(account, "me", **params)))]
        fields = "instagram_business_account{id,username}"
        request = self._graph.get(
            account, "me/accounts", source="accounts", fields=fields, limit="100"
        )
        pages, _ = self._graph.items_in((yield request))
        try:
            linked = [mapping(fields_of(page), "instagram_business_account") for page in pages]
        except ValueError as error:
            raise Unreadable(self.name, f"accounts: {error}") from None
        return [account for account in linked if account]

    def _ask(self, account: Account, fields: Sequence[str]) -> Exchange[Response]:
        def request_of(names: Sequence[str], limit: int) -> Request:
            return self._live(account, names, limit)

        return (
            yield from self._sizes.ask(
                account, "live_media", request_of, self._known(fields), OPTIONAL, limit=MOST_LIVE
            )
        )

    def _live(self, account: Account, names: Sequence[str], limit: int = MOST_LIVE) -> Request:
        params = {"source": "live_media", "fields": render_fields(names, EDGES)}
        params |= {"limit": str(limit)} if limit < MOST_LIVE else {}
        return self._graph.get(account, f"{account.native_id}/live_media", **params)

    def _known(self, fields: Sequence[str]) -> list[str]:
        unknown = NOT_WITH_OWN_LOGIN if self._is_own else frozenset[str]()
        return [name for name in fields if name not in unknown]


def _is_over(broadcast: Broadcast, now: datetime) -> bool:
    ended_at = broadcast.ended_at if broadcast.status is Status.ENDED else None
    return ended_at is not None and now - ended_at > END_IS_FRESH


def _grant_of(settings: InstagramSettings) -> Consentable | None:
    if settings.access_token or not settings.app_id or settings.app_secret is None:
        return None
    secret = settings.app_secret.get_secret_value()
    if settings.login == "instagram":
        return InstagramLogin(
            platform="instagram",
            kind="ig",
            api_url=settings.own_api_url,
            token_url=settings.own_token_url,
            authorize_url=settings.own_authorize_url,
            app_id=settings.app_id,
            app_secret=secret,
            scopes=(*OWN_SCOPES, *settings.more_scopes),
        )
    return FacebookLogin(
        platform="instagram",
        api_url=settings.api_url,
        version=settings.version,
        authorize_url=settings.authorize_url,
        app_id=settings.app_id,
        app_secret=secret,
        scopes=(*SCOPES, *settings.more_scopes),
        of_page=False,  # live_media wants the person's own token
    )
