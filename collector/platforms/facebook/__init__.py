"""Facebook: a page's live videos, by the Graph API v26.0.

needs: a page token, or an app of one's own and the page owner's login
discovers: the page's newest 25 live videos, announced ones too (1 call)
counts while live: views, concurrent viewers, likes, comments
counts afterwards: views, likes, comments
batch: all of a page's broadcasts in one call
refresh: not told; views after the end once a day
a view is: not documented while live; from two days after the end 3 seconds, or the whole of a shorter video

Facts: a page's list carries all its broadcasts for one call, where a batch counts each of its
parts as a call: so the list is asked, and a batch of 50 only for those too old to stand on it.
(The root's ``?ids=`` is gone since v26.) A LiveVideo's id is not its Video's id. ``total_views`` is
a string; ``live_views`` may linger after the stop, so that ``status`` comes first. Reactions and
comments want ``pages_read_user_content``: what is refused is left out, and asked for again at the
next discovery. An answer of which Meta says that it is too much data is asked for in half the items,
then with fewer fields, and so from then on. The current page on ``/live_videos`` denies that it can be read, while the SDK 26.0.3
reads it: where it is refused, ``/videos`` stands in, without viewers, under ids of its own
(``video-N``). Insights lag by a day and want a page of 100 likes; when they tell 3-second views,
those are the snapshot's views, under a source of their own. The end of a live video is not told: it
is its start and the length of the recording. Comments are those at the top level. Shares would be
a call for each broadcast, and are not asked for. Whether times come as text or as Unix seconds is
not sure for all of them: both are read.
Documents: developers.facebook.com/docs/graph-api/reference/page/live_videos, live-video,
video/video_insights; facebook-business 26.0.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.parse import SplitResult, quote

from pydantic import SecretStr

from collector.contract.errors import AuthFailed, PlatformError, Rejected, Unavailable, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.json_fields import id_of, text
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.profile_pages import words_of
from collector.contract.quota import Limit
from collector.contract.readings import Discovery, Readings
from collector.platforms._meta.errors import graph_error_of
from collector.platforms._meta.facebook_login import FacebookLogin, page_name
from collector.platforms._meta.fields import RequestSizes, render_fields
from collector.platforms._meta.graph import BATCH_SIZE, GraphRequests
from collector.platforms._meta.usage import limits_of
from collector.platforms.facebook.nodes import (
    EDGES,
    LIVE_VIDEOS,
    VIDEOS,
    Edge,
    edge_of,
    read,
    read_new,
)
from storage.model import Account, Broadcast, GapReason, Metric, Status, Unit

#: From then on insights have caught up with the end.
INSIGHTS_SETTLE = timedelta(days=2)
SCOPES = ("pages_show_list", "pages_read_engagement", "pages_read_user_content", "read_insights")


class FacebookSettings(PlatformSettings):
    """``platforms: facebook:`` of the configuration; secrets come from the environment."""

    page_token: SecretStr | None = None
    app_id: str = ""
    app_secret: SecretStr | None = None
    version: str = "v26.0"
    api_url: str = "https://graph.facebook.com"
    authorize_url: str = "https://www.facebook.com/v26.0/dialog/oauth"


class Facebook(Platform[FacebookSettings]):
    """The Graph API with a page's token."""

    name = "facebook"
    display_name = "Facebook"
    handle_examples: ClassVar = ("DGSN.Maroc", "100064321098765")
    sites: ClassVar = ("facebook.com", "fb.com")
    other_pages: ClassVar = frozenset({"watch", "share", "events", "groups", "reel", "story.php"})
    order, colors = 2, ("#3264E4", "#719FBC")
    documented_limit = "4,800 calls a day for each person who engaged with the page that day"
    unit = Unit.PER_CENT
    other_sites: ClassVar = {"fb.com": "facebook.com"}
    Settings = FacebookSettings
    batch_size = BATCH_SIZE
    metrics: ClassVar = {
        Metric.VIEWS: "views as the live video gives them; after the end those of 3 seconds",
        Metric.CONCURRENT_VIEWERS: "watching at that instant",
        Metric.LIKES: "reactions of all kinds",
        Metric.COMMENTS: "comments at the top level",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()

    def __init__(self, settings: FacebookSettings) -> None:
        super().__init__(settings)
        self.grant = _grant_of(settings)
        self._sizes = RequestSizes()
        self._graph = GraphRequests(
            platform=self.name,
            api_url=settings.api_url,
            version=settings.version,
            bearer=settings.page_token,
            bearer_name="page_token",
            grant=self.grant,
        )

    @classmethod
    def handle_at(cls, address: SplitResult) -> str | None:
        """Return the page's name, or its number wherever there is one."""
        words = words_of(address)
        if not words or words[0].casefold() in cls.other_pages:
            return None
        return page_name(address.geturl()) or None

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: those of one page and list, those with insights apart."""
        settled = "insights " if _is_settled(broadcast, now) else ""
        return f"{settled}{edge_of(broadcast).name} {broadcast.account}"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a page's name or address into its number; a number needs no call."""
        name = page_name(account.handle)
        if name.isdecimal():
            yield from ()
            return replace(account, native_id=name)
        if not name:
            detail = f"invalid handle {account.handle!r}: expected a page's name, number or address"
            raise Rejected(self.name, detail, status=0)
        fields = self._graph.fields_in((yield self._page(account, quote(name, safe=""))))
        native_id = text(fields, "id")
        if not native_id:
            raise Unreadable(self.name, "page: no id")
        return replace(account, native_id=native_id)

    def probe(self, account: Account) -> Exchange[str]:
        """Read the page's name."""
        response = yield self._page(account, account.native_id or "")
        name = text(self._graph.fields_in(response), "name")
        return f"the token reads {name}{self._graph.other_version(response)}"

    def limits(self, response: Response) -> Sequence[Limit]:
        """Return what the usage headers say."""
        return limits_of(response)

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the page's newest live videos, or its videos where those are refused."""
        del now, may_spend  # nothing here costs units
        self._sizes.forget(account)
        edge = LIVE_VIDEOS
        response = yield from self._list(account, edge, edge.facts, limit=25)
        fault = graph_error_of(response)
        if fault and fault.refuses_edge:
            other = yield from self._list(account, VIDEOS, VIDEOS.facts, limit=25)
            if graph_error_of(other) is None:
                edge, response = VIDEOS, other
        items, _ = self._graph.items_in(response)
        listing = Discovery.of_list(
            response,
            items,
            partial(read_new, edge),
            id_of,
            account=account,
            known=known,
        )
        # The two lists show the same broadcast under two ids and one address.
        urls = {broadcast.url for broadcast in known}
        new = (broadcast for broadcast in listing.broadcasts if broadcast.url not in urls)
        return replace(listing, broadcasts=tuple(new))

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Read the page's list, and one by one in a batch only those that it does not show."""
        account, edge = accounts[broadcasts[0].account], edge_of(broadcasts[0])
        insights = (edge.insights,) if _is_settled(broadcasts[0], now) else ()
        fields = (*edge.facts, *edge.counts, *insights)
        response = yield from self._list(account, edge, fields, limit=BATCH_SIZE)
        fault = graph_error_of(response)
        if fault and not fault.refuses_edge:
            raise self._graph.error_of(response, fault)
        result = PollResult(broadcasts, partial(read, edge), edge.native_id)
        if fault is None:
            items, _ = self._graph.items_in(response)
            result.take_items(response, (item for item in items if id_of(item)))
        if result.waiting:
            yield from self._absent(account, edge, fields, result, is_listed=fault is None)
        return result.readings()

    def _absent(
        self,
        account: Account,
        edge: Edge,
        fields: Sequence[str],
        result: PollResult[Any],
        *,
        is_listed: bool,
    ) -> Exchange[None]:
        """Read in a batch what the list does not show: old, deleted, or a list that is refused."""

        def batch(fields_by_id: Mapping[str, Sequence[str]]) -> Request:
            paths = (
                (native_id, {"fields": render_fields(names, EDGES)})
                for native_id, names in fields_by_id.items()
            )
            return self._graph.batch(account, paths, source=edge.name)

        ids = [broadcast.native_id.removeprefix(edge.mark) for broadcast in result.waiting.values()]
        try:
            parts = yield from self._sizes.ask_each(
                account,
                ids,
                batch,
                fields,
                optional=edge.optional,
                parts_in=self._graph.parts_in,
            )
        except PlatformError as error:
            result.fail_rest(error)
            return
        is_readable = is_listed or any(
            isinstance(part, Response) and graph_error_of(part) is None for part in parts.values()
        )
        for item_id, part in parts.items():
            try:
                self._take_part(f"{edge.mark}{item_id}", item_id, part, result)
            except PlatformError as error:
                # Where nothing at all may be read, it is no matter of this one.
                error.pauses |= isinstance(error, AuthFailed) and not is_readable
                result.fail(f"{edge.mark}{item_id}", error)

    def _take_part(
        self,
        native_id: str,
        item_id: str,
        part: Response | PlatformError | None,
        result: PollResult[Any],
    ) -> None:
        if part is None:
            raise Unavailable(self.name, "batch: no answer", reason=GapReason.TIMEOUT)
        if isinstance(part, PlatformError):
            raise part
        fault = graph_error_of(part)
        if fault and fault.is_gone:
            result.miss(native_id)
            return
        item = self._graph.fields_in(part)
        if id_of(item) != item_id:
            raise Unreadable(self.name, f"{part.source}: item of another id", body=part.text())
        result.take_items(part, [item])

    def _list(
        self, account: Account, edge: Edge, fields: Sequence[str], *, limit: int
    ) -> Exchange[Response]:
        def request_of(names: Sequence[str], limit: int) -> Request:
            return self._graph.get(
                account,
                f"{account.native_id}/{edge.name}",
                source=edge.name,
                fields=render_fields(names, EDGES),
                limit=str(limit),
            )

        return (
            yield from self._sizes.ask(
                account, edge.name, request_of, fields, edge.optional, limit=limit
            )
        )

    def _page(self, account: Account, name: str) -> Request:
        return self._graph.get(account, name, source="page", fields="id,name")


def _grant_of(settings: FacebookSettings) -> FacebookLogin | None:
    if settings.page_token or not settings.app_id or settings.app_secret is None:
        return None
    return FacebookLogin(
        platform="facebook",
        api_url=settings.api_url,
        version=settings.version,
        authorize_url=settings.authorize_url,
        app_id=settings.app_id,
        app_secret=settings.app_secret.get_secret_value(),
        scopes=SCOPES,
        of_page=True,
    )


def _is_settled(broadcast: Broadcast, now: datetime) -> bool:
    ended_at = broadcast.ended_at if broadcast.status is Status.ENDED else None
    return ended_at is not None and now - ended_at > INSIGHTS_SETTLE
