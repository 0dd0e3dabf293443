"""Facebook's live videos and videos as ``collector.platforms.facebook`` reads them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from collector.contract.exchange import Response
from collector.contract.json_fields import count, fields_of, id_of, mapping, text
from collector.contract.readings import blank_broadcast, snapshot_of
from collector.platforms._meta.graph import insight_value, time_of
from storage.model import Account, Broadcast, Snapshot, Status

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

    @property
    def optional(self) -> tuple[tuple[str, ...], ...]:
        """What may be left out, the first first: what wants more consent than the rest."""
        needed = ("id", self.status, self.views, "live_views")
        facts = tuple(name for name in self.facts if name not in needed)
        return (self.insights,), (self.likes, "comments"), facts


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


def edge_of(broadcast: Broadcast) -> Edge:
    """Return the list on which a broadcast stands."""
    return VIDEOS if broadcast.native_id.startswith(VIDEOS.mark) else LIVE_VIDEOS


def read_new(edge: Edge, item: Any, account: Account, response: Response) -> Broadcast | None:
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


def read(
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
