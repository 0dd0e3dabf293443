"""Instagram's professional accounts and their media as nodes of the graph (Facebook Login).

``live_media`` lists only what is on the air at that moment; an ended live vanishes at once. Its
replay is another medium with an id of its own, which goes on counting. Insights exist for posted
media alone. Fields: facebook-business 26.0.3.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from collector.simulator.meta import errors
from collector.simulator.meta.nodes import Node, NodeEdge, Params, moment
from collector.simulator.meta.server import Business
from collector.simulator.world.protocol import Channel, PlatformWorld, Video, World
from storage.model import Status

#: The owner shares the replay this long after the end.
SHARED_AFTER = timedelta(minutes=2)
#: Fields that exist and are never said here.
_OTHER_MEDIA_FIELDS = [
    "alt_text",
    "audio_id",
    "boost_eligibility_info",
    "copyright_check_information",
    "has_poll",
    "has_slider",
    "ig_id",
    "ingest_first_video_received_time",
    "ingest_is_ready_to_start",
    "ingest_key",
    "ingest_last_heartbeat_time",
    "ingest_state",
    "ingest_url",
    "ingest_video_height",
    "ingest_video_width",
    "is_ai_generated",
    "is_comment_enabled",
    "is_shared_to_feed",
    "legacy_instagram_media_id",
    "media_audio_type",
    "media_url",
    "owner",
    "reposts_count",
    "saved_count",
    "shortcode",
    "thumbnail_url",
]
_REELS = ["views", "reach", "likes", "comments", "shares", "saved", "total_interactions"]


class InstagramNodes:
    """The nodes: a Page that leads to its account, the account, and its media."""

    name = "instagram"
    business = Business(kind="instagram", code=80002, what="Instagram")

    def __init__(self, stage: World) -> None:
        self.stage = PlatformWorld(stage, self.name)

    def pages(self) -> Sequence[str]:
        """Return the id of the Page of each account."""
        return [page_id_of(one.channel_id) for one in self.stage.channels()]

    def node(self, name: str, at: datetime) -> Node | None:
        """Return a Page by id or username, an account by id, or a medium."""
        account = self.stage.channel(name)
        if account is not None:
            return self._account(account, at)
        for one in self.stage.channels():
            if name in (page_id_of(one.channel_id), one.handle):
                return self._page(one, at)
        medium = self.stage.video(live_id_of(name), at)
        if medium is None:
            return None
        is_there = _is_shared(medium, at) if name != medium.native_id else _is_live(medium)
        return self._medium(medium) if is_there else None

    def _page(self, account: Channel, at: datetime) -> Node:
        page = page_id_of(account.channel_id)
        fields = {
            "id": page,
            "name": account.title,
            "username": account.handle,
            "instagram_business_account": self._account(account, at),
        }
        return Node(kind="Page", fields=fields, unsaid=("name", "id"), owner=account.channel_id)

    def _account(self, account: Channel, at: datetime) -> Node:
        def media(params: Params) -> NodeEdge:
            shared = (one for one in self.stage.videos(account.channel_id, at))
            found = [one for one in shared if _is_shared(one, at) and _is_within(one, params)]
            return NodeEdge(entries=[self._medium(one) for one in found])

        def live_media(params: Params) -> NodeEdge:
            del params
            found = self.stage.videos(account.channel_id, at)
            return NodeEdge(entries=[self._medium(one) for one in found if _is_live(one)])

        fields = {
            "id": account.channel_id,
            "username": account.handle,
            "name": account.title,
            "followers_count": 640_000,
            "media_count": len(self.stage.listing(account.channel_id, at)),
            "profile_picture_url": None,
        }
        return Node(
            kind="IGUser",
            fields=fields,
            edges={"media": media, "live_media": live_media},
            owner=account.channel_id,
        )

    def _medium(self, medium: Video) -> Node:
        account = self.stage.channel(medium.channel_id)
        is_live = _is_live(medium)
        native_id = medium.native_id if is_live else replay_id_of(medium.native_id)
        fields: dict[str, Any] = dict.fromkeys(_OTHER_MEDIA_FIELDS)
        fields |= {
            "id": native_id,
            "media_type": "BROADCAST" if is_live else "VIDEO",
            "media_product_type": "LIVE" if is_live else "REELS",
            "timestamp": moment(medium.started_at if is_live else _shared_at(medium)),
            "permalink": f"https://www.instagram.com/p/{native_id}/",
            "username": account.handle if account else None,
            "video_title": medium.title if is_live else None,
            "caption": None if is_live else medium.title,
            "live_status": "STARTED" if is_live else None,
            "current_live_viewer_count": medium.concurrent_viewers if is_live else None,
            "view_count": medium.views,
            "total_views_count": medium.views,
            "like_count": medium.likes,
            "total_like_count": medium.likes,
            "comments_count": medium.comments,
            "total_comments_count": medium.comments,
            "shares_count": medium.shares,
            "live_reactions": _reactions(medium) if is_live else None,
        }
        edges: dict[str, Callable[[Params], NodeEdge]] = {
            "comments": lambda _: NodeEdge(total=medium.comments)
        }
        if not is_live:
            edges["insights"] = lambda params: NodeEdge(entries=_insights(medium, params))
        return Node(kind="IGMedia", fields=fields, edges=edges, owner=medium.channel_id)


def page_id_of(account_id: str) -> str:
    """Return the id of the Page that an account is linked to."""
    return f"9{account_id[-14:]}"


def replay_id_of(live_id: str) -> str:
    """Return the id of the replay of a live: another medium."""
    return f"179{live_id[3:]}"


def live_id_of(native_id: str) -> str:
    """Return the live's id of that of its replay or itself."""
    return f"180{native_id[3:]}"


def _is_live(medium: Video) -> bool:
    return medium.status is Status.LIVE


def _shared_at(medium: Video) -> datetime | None:
    return None if medium.ended_at is None else medium.ended_at + SHARED_AFTER


def _is_shared(medium: Video, at: datetime) -> bool:
    shared_at = _shared_at(medium)
    return shared_at is not None and shared_at <= at


def _is_within(medium: Video, params: Params) -> bool:
    """Tell whether a replay was shared between ``since`` and ``until``, in seconds of Unix time."""
    shared_at = (_shared_at(medium) or medium.published_at).timestamp()
    since, until = (params.get(name, "") for name in ("since", "until"))
    if any(given and not given.isdecimal() for given in (since, until)):
        raise errors.bad_parameter("since", "Unix time")
    return int(since or 0) <= shared_at and (not until or shared_at <= int(until))


def _reactions(medium: Video) -> dict[str, Any]:
    return {"total_reactions": medium.likes, "reactions": []}


def _insights(medium: Video, params: Params) -> list[dict[str, Any]]:
    asked = [one for one in params.get("metric", "").split(",") if one]
    if not asked:
        raise errors.bad_parameter("metric", "given")
    unsupported = [one for one in asked if one not in _REELS]
    if unsupported:
        raise errors.metric_not_supported(", ".join(unsupported))
    views, shares = medium.views or 0, medium.shares or 0
    counted = {
        "views": views,
        "reach": views * 7 // 10,
        "likes": medium.likes or 0,
        "comments": medium.comments or 0,
        "shares": shares,
        "saved": shares // 2,
        "total_interactions": (medium.likes or 0) + (medium.comments or 0) + shares,
    }
    return [
        {
            "name": metric,
            "period": "lifetime",
            "values": [{"value": counted[metric]}],
            "title": metric.replace("_", " "),
            "description": f"The number of {metric.replace('_', ' ')}.",
            "id": f"{replay_id_of(medium.native_id)}/insights/{metric}/lifetime",
        }
        for metric in asked
    ]
