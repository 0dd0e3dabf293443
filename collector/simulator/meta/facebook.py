"""Facebook's Pages, live videos and videos as nodes of the graph.

A live video and its recording are two nodes with different ids. Just after the stop the viewers
still stand there, so the status has to be read first. Fields: facebook-business 26.0.3.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from collector.simulator.meta import errors
from collector.simulator.meta.nodes import Node, NodeEdge, Params, moment
from collector.simulator.meta.server import Business
from collector.simulator.world.protocol import Channel, PlatformWorld, Video, World
from storage.model import Status

#: For this long after the end a broadcast is being processed and is no video yet.
PROCESSING = timedelta(seconds=60)
STATUSES = [
    "UNPUBLISHED",
    "LIVE",
    "LIVE_STOPPED",
    "PROCESSING",
    "VOD",
    "SCHEDULED_UNPUBLISHED",
    "SCHEDULED_LIVE",
    "SCHEDULED_EXPIRED",
    "SCHEDULED_CANCELED",
]
#: Fields that exist and are never said here.
_OTHER_LIVE_FIELDS = [
    "ad_break_config",
    "ad_break_failure_reason",
    "copyright",
    "dash_ingest_url",
    "dash_preview_url",
    "ingest_streams",
    "is_manual_mode",
    "is_reference_only",
    "overlay_url",
    "recommended_encoder_settings",
    "secure_stream_url",
    "stream_url",
    "targeting",
]
_METRICS = [
    "total_video_views",
    "total_video_complete_views",
    "total_video_30s_views",
    "total_video_reactions_by_type_total",
    "post_media_view",
]


class FacebookNodes:
    """The nodes; ids of videos and posts follow from the live video's."""

    name = "facebook"
    business = Business(kind="pages", code=80001, what="Page")

    def __init__(self, stage: World) -> None:
        self.stage = PlatformWorld(stage, self.name)

    def pages(self) -> Sequence[str]:
        """Return the id of every Page."""
        return [page.channel_id for page in self.stage.channels()]

    def node(self, name: str, at: datetime) -> Node | None:
        """Return a Page by id or username, a live video, its recording or its post."""
        page = self.stage.channel(name) or self.stage.named(name)
        if page is not None:
            return self._page(page, at)
        post = name.partition("_")[2]
        live = self.stage.video(live_id_of(post or name), at)
        if live is None:
            return None
        if post:
            return _post(live)
        return self._live(live, at) if name == live.native_id else _recording(live)

    def _page(self, page: Channel, at: datetime) -> Node:
        def live_videos(params: Params) -> NodeEdge:
            wanted = _statuses(params)
            found = self.stage.videos(page.channel_id, at)
            shown = [one for one in found if wanted is None or _status(one, at) in wanted]
            return NodeEdge(entries=[self._live(one, at) for one in shown])

        def videos(params: Params) -> NodeEdge:
            del params
            found = self.stage.videos(page.channel_id, at)
            return NodeEdge(entries=[_recording(one) for one in found if one.started_at])

        fields = {
            "id": page.channel_id,
            "name": page.title,
            "username": page.handle,
            "link": f"https://www.facebook.com/{page.handle}",
            "fan_count": 1_250_000,
            "followers_count": 1_310_000,
            "instagram_business_account": None,
        }
        return Node(
            kind="Page",
            fields=fields,
            edges={"live_videos": live_videos, "videos": videos},
            unsaid=("name", "id"),
            owner=page.channel_id,
        )

    def _live(self, live: Video, at: datetime) -> Node:
        page = self.stage.channel(live.channel_id)
        handle = page.handle if page else live.channel_id
        status = _status(live, at)
        viewers = live.concurrent_viewers
        if status == "LIVE_STOPPED" and live.ended_at is not None:
            before = self.stage.video(live.native_id, live.ended_at - timedelta(seconds=1))
            viewers = before.concurrent_viewers if before else None
        recording = _recording(live)
        fields: dict[str, Any] = dict.fromkeys(_OTHER_LIVE_FIELDS)
        fields |= {
            "id": live.native_id,
            "status": status,
            "title": live.title,
            "description": live.description or None,
            "permalink_url": f"/{handle}/videos/{video_id_of(live.native_id)}/",
            "creation_time": moment(live.published_at),
            "planned_start_time": moment(live.scheduled_at),
            "broadcast_start_time": moment(live.started_at),
            "seconds_left": 0,
            "live_views": viewers,
            "total_views": None if live.views is None else str(live.views),
            "embed_html": f'<iframe src="https://www.facebook.com/{handle}"></iframe>',
            "from": {"name": page.title if page else "", "id": live.channel_id},
            "video": recording,
        }
        return Node(
            kind="LiveVideo",
            fields=fields,
            edges={
                "reactions": lambda _: NodeEdge(total=live.likes),
                "likes": lambda _: NodeEdge(total=live.likes),
                "comments": lambda _: NodeEdge(total=live.comments),
            },
            unsaid=("status", "stream_url", "secure_stream_url", "embed_html", "title", "id"),
            owner=live.channel_id,
        )


def video_id_of(live_id: str) -> str:
    """Return the id of the recording of a live video: another node."""
    return f"2{live_id[1:]}"


def live_id_of(native_id: str) -> str:
    """Return the live video's id of that of its recording, its post or itself."""
    return f"1{native_id[1:]}"


def _recording(live: Video) -> Node:
    length = 0.0
    if live.started_at is not None and live.ended_at is not None:
        length = (live.ended_at - live.started_at).total_seconds()
    words = {Status.LIVE: "LIVE", Status.ENDED: "VOD"}
    views = live.views
    fields = {
        "id": video_id_of(live.native_id),
        "title": live.title,
        "description": live.description or None,
        "created_time": moment(live.published_at),
        "updated_time": moment(live.ended_at or live.published_at),
        "permalink_url": f"/{live.channel_id}/videos/{video_id_of(live.native_id)}/",
        "views": views,
        # The views in this one post; the video was shown in others too.
        "post_views": None if views is None else views * 97 // 100,
        "live_status": words.get(live.status),
        "live_audience_count": None if views is None else views * 6 // 10,
        "length": length,
        "post_id": f"{live.channel_id}_{_post_id_of(live.native_id)}",
        "source": None,
        "picture": None,
    }

    def video_insights(params: Params) -> NodeEdge:
        return NodeEdge(entries=_insights(live, params))

    return Node(
        kind="Video",
        fields=fields,
        edges={
            "video_insights": video_insights,
            "reactions": lambda _: NodeEdge(total=live.likes),
            "likes": lambda _: NodeEdge(total=live.likes),
            "comments": lambda _: NodeEdge(total=live.comments),
        },
        unsaid=("updated_time", "description", "id"),
        owner=live.channel_id,
    )


def _insights(live: Video, params: Params) -> list[dict[str, Any]]:
    asked = [one for one in params.get("metric", "total_video_views").split(",") if one]
    for metric in asked:
        if metric not in _METRICS:
            raise errors.unknown_metric(metric)
    if live.status is not Status.ENDED or live.views is None:
        return []  # no figures yet, which is not zero
    counted: dict[str, Any] = {"total_video_views": live.views, "post_media_view": live.views}
    counted["total_video_complete_views"] = live.views // 20
    counted["total_video_30s_views"] = live.views * 2 // 5
    counted["total_video_reactions_by_type_total"] = {"like": live.likes or 0}
    video = video_id_of(live.native_id)
    return [
        {
            "name": metric,
            "period": "lifetime",
            "values": [{"value": counted[metric]}],
            "title": f"Lifetime {metric}",
            "description": f"Lifetime: {metric} (Total Count)",
            "id": f"{video}/video_insights/{metric}/lifetime",
        }
        for metric in asked
    ]


def _post(live: Video) -> Node:
    # Never shared is not said as zero.
    shares = {"count": live.shares} if live.shares else None
    fields = {
        "id": f"{live.channel_id}_{_post_id_of(live.native_id)}",
        "message": live.title,
        "created_time": moment(live.published_at),
        "permalink_url": f"https://www.facebook.com/{live.channel_id}/posts/{live.native_id}",
        "shares": shares,
    }
    return Node(
        kind="Post",
        fields=fields,
        edges={
            "reactions": lambda _: NodeEdge(total=live.likes),
            "comments": lambda _: NodeEdge(total=live.comments),
        },
        unsaid=("created_time", "message", "id"),
        owner=live.channel_id,
    )


def _post_id_of(live_id: str) -> str:
    return f"3{live_id[1:]}"


def _status(live: Video, at: datetime) -> str:
    if live.status is Status.UPCOMING:
        return "SCHEDULED_UNPUBLISHED"
    if live.status is Status.LIVE:
        return "LIVE"
    ended_at = live.ended_at
    return "LIVE_STOPPED" if ended_at is not None and at < ended_at + PROCESSING else "VOD"


def _statuses(params: Params) -> list[str] | None:
    given = params.get("broadcast_status")
    if not given:
        return None
    wanted = "a JSON list of: " + ", ".join(STATUSES)
    try:
        listed: Any = json.loads(given)
    except ValueError:
        raise errors.bad_parameter("broadcast_status", wanted) from None
    if not isinstance(listed, list):
        raise errors.bad_parameter("broadcast_status", wanted)
    statuses = [str(one) for one in cast("list[Any]", listed)]
    if not set(statuses) <= set(STATUSES):
        raise errors.bad_parameter("broadcast_status", wanted)
    return statuses
