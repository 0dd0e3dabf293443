"""Facebook's Pages, live videos and videos as nodes of the graph.

A live video and its recording are two nodes with different ids. Just after the stop the viewers
still stand there, so the status has to be read first.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from collector.simulator.meta import nodes
from collector.simulator.meta.nodes import BODIES, ERRORS, Node, NodeEdge, Params
from collector.simulator.meta.server import Business
from collector.simulator.world.protocol import Channel, PlatformWorld, Video, World
from storage.model import Status

#: For this long after the end a broadcast is being processed and is no video yet.
PROCESSING = timedelta(seconds=60)
_LIVE_STATUS = {Status.LIVE: "LIVE", Status.ENDED: "VOD"}


class FacebookNodes:
    """The nodes; ids of videos and posts follow from the live video's."""

    name = "facebook"
    business = Business(kind="pages", code=80001, account="Page")

    def __init__(self, world: World) -> None:
        self.world = PlatformWorld(world, self.name)

    def pages(self) -> Sequence[str]:
        """Return the id of every Page."""
        return [page.channel_id for page in self.world.channels()]

    def node(self, name: str, at: datetime) -> Node | None:
        """Return a Page by id or username, a live video, its recording or its post."""
        page = self.world.channel(name) or self.world.named(name)
        if page is not None:
            return self._page(page, at)
        post = name.partition("_")[2]
        live = self.world.video(live_id_of(post or name), at)
        if live is None:
            return None
        if post:
            return _post(live)
        return self._live(live, at) if name == live.native_id else _recording(live)

    def _page(self, page: Channel, at: datetime) -> Node:
        def live_videos(params: Params) -> NodeEdge:
            statuses = _statuses(params)
            lives = self.world.videos(page.channel_id, at)
            return NodeEdge(
                entries=[
                    self._live(live, at)
                    for live in lives
                    if statuses is None or _status(live, at) in statuses
                ]
            )

        def videos(params: Params) -> NodeEdge:
            del params
            lives = self.world.videos(page.channel_id, at)
            return NodeEdge(entries=[_recording(live) for live in lives if live.started_at])

        edges = {"live_videos": live_videos, "videos": videos}
        return nodes.build_node("facebook_page", page.channel_id, edges, page=page)

    def _live(self, live: Video, at: datetime) -> Node:
        page = self.world.channel(live.channel_id)
        status = _status(live, at)
        viewers = live.concurrent_viewers
        if status == "LIVE_STOPPED" and live.ended_at is not None:
            before = self.world.video(live.native_id, live.ended_at - timedelta(seconds=1))
            viewers = before.concurrent_viewers if before else None
        return nodes.build_node(
            "live_video",
            live.channel_id,
            _counted_edges(live),
            live=live,
            video_id=video_id_of(live.native_id),
            status=status,
            description=live.description or None,
            handle=page.handle if page else live.channel_id,
            viewers=viewers,
            page_name=page.title if page else "",
            recording=_recording(live),
        )


def video_id_of(live_id: str) -> str:
    """Return the id of the recording of a live video: another node."""
    return f"2{live_id[1:]}"


def live_id_of(native_id: str) -> str:
    """Return the live video's id of that of its recording, its post or itself."""
    return f"1{native_id[1:]}"


def _post_id_of(live: Video) -> str:
    return f"{live.channel_id}_3{live.native_id[1:]}"


def _counted_edges(live: Video) -> Any:
    return nodes.total_edges(reactions=live.likes, likes=live.likes, comments=live.comments)


def _recording(live: Video) -> Node:
    length = 0.0
    if live.started_at is not None and live.ended_at is not None:
        length = (live.ended_at - live.started_at).total_seconds()

    def video_insights(params: Params) -> NodeEdge:
        return _insights(live, params)

    return nodes.build_node(
        "video",
        live.channel_id,
        {"video_insights": video_insights, **_counted_edges(live)},
        live=live,
        video_id=video_id_of(live.native_id),
        description=live.description or None,
        updated_at=live.ended_at or live.published_at,
        post_views=None if live.views is None else live.views * 97 // 100,
        live_status=_LIVE_STATUS.get(live.status),
        live_audience=None if live.views is None else live.views * 6 // 10,
        length=length,
        post_id=_post_id_of(live),
    )


def _insights(live: Video, params: Params) -> NodeEdge:
    views = live.views or 0
    counts: dict[str, Any] = {
        "total_video_views": views,
        "post_media_view": views,
        "total_video_complete_views": views // 20,
        "total_video_30s_views": views * 2 // 5,
        "total_video_reactions_by_type_total": {"like": live.likes or 0},
    }
    metrics = nodes.split_metrics(params, "total_video_views")
    for metric in metrics:
        if metric not in counts:
            raise ERRORS.error("unknown_metric", metric=metric)
    if live.status is not Status.ENDED or live.views is None:
        return NodeEdge()  # no figures yet, which is not zero
    return nodes.insights("facebook_insight", counts, metrics, video_id_of(live.native_id))


def _post(live: Video) -> Node:
    # Never shared is not said as zero.
    shares = {"count": live.shares} if live.shares else None
    edges = nodes.total_edges(reactions=live.likes, comments=live.comments)
    return nodes.build_node(
        "post", live.channel_id, edges, live=live, post_id=_post_id_of(live), shares=shares
    )


def _status(live: Video, at: datetime) -> str:
    if live.status is Status.UPCOMING:
        return "SCHEDULED_UNPUBLISHED"
    if live.status is Status.LIVE:
        return "LIVE"
    ended_at = live.ended_at
    return "LIVE_STOPPED" if ended_at is not None and at < ended_at + PROCESSING else "VOD"


def _statuses(params: Params) -> list[str] | None:
    text = params.get("broadcast_status")
    if not text:
        return None
    known: list[str] = BODIES["live_statuses"]
    refusal = ERRORS.error(
        "bad_parameter", name="broadcast_status", expected="a JSON list of: " + ", ".join(known)
    )
    try:
        listed: Any = json.loads(text)
    except ValueError:
        raise refusal from None
    if not isinstance(listed, list):
        raise refusal
    statuses = [str(status) for status in cast("list[Any]", listed)]
    if not set(statuses) <= set(known):
        raise refusal
    return statuses
