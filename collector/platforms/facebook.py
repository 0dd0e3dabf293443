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
next discovery. The current page on ``/live_videos`` denies that it can be read, while the SDK 26.0.3
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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote, urljoin, urlsplit

from pydantic import SecretStr

from collector.contract.errors import PlatformError, Rejected, Unavailable, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.json_fields import count, fields_of, id_of, mapping, text
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.quota import Limit
from collector.contract.readings import Discovery, Readings, blank_broadcast, snapshot_of
from collector.platforms._meta.errors import GraphError, graph_error_of
from collector.platforms._meta.facebook_login import FacebookLogin, page_name
from collector.platforms._meta.fields import FieldRefusals, render_fields
from collector.platforms._meta.graph import (
    BATCH_SIZE,
    GraphRequests,
    insight_value,
    parts_of,
    time_of,
)
from collector.platforms._meta.usage import limits_of
from storage.model import Account, Broadcast, GapReason, Metric, Snapshot, Status, Unit

#: From then on insights have caught up with the end.
INSIGHTS_SETTLE = timedelta(days=2)
SCOPES = ("pages_show_list", "pages_read_engagement", "pages_read_user_content", "read_insights")
EDGES = {
    "reactions": "reactions.summary(total_count).limit(0)",
    "comments": "comments.summary(true).limit(0)",
    "likes": "likes.summary(true).limit(0)",
    "video_insights": "video_insights.metric(total_video_views).period(lifetime){name,period,values}",
}
STATUSES = {
    "LIVE": Status.LIVE,
    "LIVE_STOPPED": Status.ENDED,
    "PROCESSING": Status.ENDED,
    "VOD": Status.ENDED,
    "UNPUBLISHED": Status.UPCOMING,
    "SCHEDULED_UNPUBLISHED": Status.UPCOMING,
    "SCHEDULED_LIVE": Status.UPCOMING,
}
CALLED_OFF = frozenset({"SCHEDULED_CANCELED", "SCHEDULED_EXPIRED"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A page's list that shows live videos: what its nodes call things, and how ours are marked."""

    name: str
    mark: str
    status: str
    published: str
    views: str
    likes: str
    insights: str
    facts: tuple[str, ...]
    counts: tuple[str, ...]

    def native_id(self, item: Any) -> str | None:
        """Return the id under which an item's broadcast is known here; ``None`` if it has none."""
        item_id = id_of(item)
        return item_id and f"{self.mark}{item_id}"


LIVE_VIDEOS = Edge(
    name="live_videos",
    mark="",
    status="status",
    published="creation_time",
    views="total_views",
    likes="reactions",
    insights="video.video_insights",
    facts=(
        *("id", "status", "title", "description", "permalink_url", "creation_time"),
        *("planned_start_time", "broadcast_start_time", "video.length"),
    ),
    counts=("live_views", "total_views", "reactions", "comments"),
)
VIDEOS = Edge(
    name="videos",
    mark="video-",
    status="live_status",
    published="created_time",
    views="views",
    likes="likes",
    insights="video_insights",
    facts=("id", "live_status", "title", "description", "permalink_url", "created_time", "length"),
    counts=("views", "likes", "comments"),
)


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
        self._refusals = FieldRefusals()
        self._graph = GraphRequests(
            platform=self.name,
            api_url=settings.api_url,
            version=settings.version,
            bearer=settings.page_token,
            bearer_name="page_token",
            grant=self.grant,
        )

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: those of one page and list, those with insights apart."""
        settled = "insights " if _is_settled(broadcast, now) else ""
        return f"{settled}{_edge_of(broadcast).name} {broadcast.account}"

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
        self._refusals.forget(account)
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
            partial(_read_new, edge),
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
        account, edge = accounts[broadcasts[0].account], _edge_of(broadcasts[0])
        insights = (edge.insights,) if _is_settled(broadcasts[0], now) else ()
        fields = (*edge.facts, *edge.counts, *insights)
        response = yield from self._list(account, edge, fields, limit=BATCH_SIZE)
        fault, items = graph_error_of(response), list[Any]()
        if fault is None:
            items, _ = self._graph.items_in(response)
        elif not fault.refuses_edge:
            raise self._graph.error_of(response, fault)
        result = PollResult(broadcasts, partial(_read, edge), edge.native_id)
        result.take_items(response, (item for item in items if id_of(item)))
        if result.waiting:
            try:
                yield from self._absent(account, edge, fields, result)
            except PlatformError as error:  # of these alone: what the list told is kept
                for native_id in list(result.waiting):
                    result.fail(native_id, error)
        return result.readings()

    def _absent(
        self, account: Account, edge: Edge, fields: Sequence[str], result: PollResult[Any]
    ) -> Exchange[None]:
        """Read in a batch what the list does not show: old, deleted, or a list that is refused."""
        absent = list(result.waiting.values())
        ids = [broadcast.native_id.removeprefix(edge.mark) for broadcast in absent]

        def batch(names: Sequence[str]) -> Request:
            params = {"fields": render_fields(names, EDGES)}
            paths = [(native_id, params) for native_id in ids]
            return self._graph.batch(account, paths, source=edge.name)

        def faults_of(response: Response) -> list[GraphError]:
            """Tell what all parts have against the fields; one that is read has nothing."""
            if fault := graph_error_of(response):
                return [fault]
            faults = [graph_error_of(part) for part in parts_of(response, len(ids)) if part]
            return [fault for fault in faults if fault] if all(faults) else []

        response = yield from self._refusals.ask(
            account, batch, fields, _optional(edge), faults_of=faults_of
        )
        if fault := graph_error_of(response):
            raise self._graph.error_of(response, fault)
        for broadcast, part in zip(absent, parts_of(response, len(ids)), strict=True):
            try:
                self._take_part(broadcast, part, result)
            except PlatformError as error:
                result.fail(broadcast.native_id, error)

    def _take_part(
        self, broadcast: Broadcast, part: Response | None, result: PollResult[Any]
    ) -> None:
        if part is None:
            raise Unavailable(self.name, "batch: no answer", reason=GapReason.TIMEOUT)
        fault = graph_error_of(part)
        if fault and fault.is_gone:
            result.miss(broadcast.native_id)
        else:
            result.take_items(part, [self._graph.fields_in(part)])

    def _list(
        self, account: Account, edge: Edge, fields: Sequence[str], *, limit: int
    ) -> Exchange[Response]:
        def request_of(names: Sequence[str]) -> Request:
            return self._graph.get(
                account,
                f"{account.native_id}/{edge.name}",
                source=edge.name,
                fields=render_fields(names, EDGES),
                limit=str(limit),
            )

        return (yield from self._refusals.ask(account, request_of, fields, _optional(edge)))

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


def _optional(edge: Edge) -> tuple[tuple[str, ...], ...]:
    """Return what may be left out, the first first: what wants more consent than the rest."""
    needed = ("id", edge.status, edge.views, "live_views")
    facts = tuple(name for name in edge.facts if name not in needed)
    return (edge.insights,), (edge.likes, "comments"), facts


def _edge_of(broadcast: Broadcast) -> Edge:
    return VIDEOS if broadcast.native_id.startswith(VIDEOS.mark) else LIVE_VIDEOS


def _is_settled(broadcast: Broadcast, now: datetime) -> bool:
    ended_at = broadcast.ended_at if broadcast.status is Status.ENDED else None
    return ended_at is not None and now - ended_at > INSIGHTS_SETTLE


def _read_new(edge: Edge, item: Any, account: Account, response: Response) -> Broadcast | None:
    """Return the broadcast that a list shows; ``None`` for what never is or was one."""
    fields, native_id = fields_of(item), id_of(item)
    if not native_id:
        raise ValueError("item without id")
    word = text(fields, edge.status)
    if word in CALLED_OFF or (edge is VIDEOS and word is None):
        return None
    url = f"https://www.facebook.com/{native_id}"
    blank = blank_broadcast(
        account, f"{edge.mark}{native_id}", response, url=url, status=Status.UNKNOWN
    )
    return _with_facts(edge, fields, replace(blank, title=""), response.received_at)


def _with_facts(edge: Edge, fields: dict[str, Any], before: Broadcast, now: datetime) -> Broadcast:
    """Return the broadcast as this answer describes it; what the answer omits stays."""
    status = STATUSES.get(text(fields, edge.status) or "", before.status)
    description = text(fields, "description") or before.description
    first_line = description.strip().partition("\n")[0]
    address = urljoin("https://www.facebook.com/", text(fields, "permalink_url") or "")
    facts = replace(
        before,
        status=status,
        title=text(fields, "title") or before.title or first_line or before.native_id,
        description=description,
        url=address if urlsplit(address).path.strip("/") else before.url,
        published_at=time_of(fields, edge.published) or before.published_at,
        scheduled_at=time_of(fields, "planned_start_time") or before.scheduled_at,
        started_at=time_of(fields, "broadcast_start_time") or before.started_at,
    )
    if status is not Status.ENDED:
        return replace(facts, ended_at=None)
    return replace(facts, ended_at=before.ended_at or _end_of(facts, _video(edge, fields), now))


def _end_of(facts: Broadcast, video: dict[str, Any], now: datetime) -> datetime | None:
    begun = facts.started_at or facts.scheduled_at or facts.published_at
    length = video.get("length")
    if begun is None or not isinstance(length, int | float) or not 0 < length < 1e6:  # noqa: PLR2004 - 11 days
        return None
    return min(begun + timedelta(seconds=length), now)


def _read(
    edge: Edge, item: Any, before: Broadcast, response: Response
) -> tuple[Broadcast, Snapshot] | None:
    """Return the broadcast as it is now with its counts; ``None``: it was called off."""
    fields = fields_of(item)
    if text(fields, edge.status) in CALLED_OFF:
        return None
    facts = _with_facts(edge, fields, before, response.received_at)
    views = insight_value(mapping(_video(edge, fields), "video_insights"), "total_video_views")
    live = facts.status is Status.LIVE
    return facts, snapshot_of(
        facts,
        response,
        source=None if views is None else "video_insights",
        views=count(fields, edge.views) if views is None else views,
        concurrent_viewers=count(fields, "live_views") if live else None,
        likes=_total(fields, edge.likes),
        comments=_total(fields, "comments"),
    )


def _video(edge: Edge, fields: dict[str, Any]) -> dict[str, Any]:
    return fields if edge is VIDEOS else mapping(fields, "video")


def _total(fields: dict[str, Any], edge: str) -> int | None:
    return count(mapping(mapping(fields, edge), "summary"), "total_count")
