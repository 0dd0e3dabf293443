"""The methods of the YouTube Data API as functions of a world, an instant and parameters."""

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from starlette.datastructures import QueryParams

from collector.simulator.wire.page_tokens import page_start, page_token
from collector.simulator.wire.templates import Templates
from collector.simulator.world.protocol import Channel, PlatformWorld, Video
from collector.simulator.youtube import resources
from collector.simulator.youtube.fields import BadSelector, parse_selector, select
from storage.model import Status

Body: TypeAlias = dict[str, Any]
#: Raises :class:`~collector.simulator.wire.templates.SimulatedError` instead of answering.
Method: TypeAlias = Callable[[PlatformWorld, datetime, QueryParams], Body]

ERRORS = Templates(Path(__file__).with_name("errors.yaml"))
MOST_IDS = 50
MOST_RESULTS = 50
_MARK = "PT"


def answer(method: Method, world: PlatformWorld, at: datetime, params: QueryParams) -> Body:
    """Return what ``method`` answers, reduced to the ``fields`` of the parameters."""
    body = method(world, at, params)
    if "fields" not in params:
        return body
    try:
        return select(body, parse_selector(params["fields"]))
    except BadSelector:
        raise ERRORS.error("invalid_field_selection", selector=params["fields"]) from None


def videos(world: PlatformWorld, at: datetime, params: QueryParams) -> Body:
    """Answer ``videos.list``; ids that are not public are silently absent."""
    parts = _parts(params, "video")
    entries = [
        resources.video_resource(parts, video, channel)
        for video in _requested_videos(world, at, params)
        if (channel := world.channel(video.channel_id)) is not None
    ]
    count = len(entries)
    return resources.listing("youtube#videoListResponse", entries, total=count, page_size=count)


def videos_statistics(world: PlatformWorld, at: datetime, params: QueryParams) -> Body:
    """Answer ``videos.batchGetStats``: neither title, state nor viewers."""
    parts = _parts(params, "videoStats")
    videos = _requested_videos(world, at, params)
    entries = [resources.statistics_resource(parts, video) for video in videos]
    kind = "youtube#batchGetStatsResponse"
    return {"kind": kind, "etag": resources.etag(entries), "items": entries}


def channels(world: PlatformWorld, at: datetime, params: QueryParams) -> Body:
    """Answer ``channels.list`` by id or handle; without a match, ``items`` is absent."""
    parts = _parts(params, "channel")
    handle = params.get("forHandle", "").lower().removeprefix("@")
    ids = _ids(params)
    if not handle and not ids:
        expected = "managedByMe, forHandle, forUsername, mine, id"
        raise ERRORS.error("no_filter", expected=expected)
    entries = [
        resources.channel_resource(parts, channel, len(world.listing(channel.channel_id, at)))
        for channel in world.channels()
        if channel.channel_id in ids or channel.handle.lower().removeprefix("@") == handle
    ]
    body = resources.listing(
        "youtube#channelListResponse", entries, total=len(entries), page_size=5
    )
    if not entries:
        del body["items"]
    return body


def playlist_entries(world: PlatformWorld, at: datetime, params: QueryParams) -> Body:
    """Answer ``playlistItems.list`` for a channel's uploads (UU…) or broadcasts (UULV…)."""
    parts = _parts(params, "playlistItem")
    playlist = params.get("playlistId")
    if playlist is None:
        raise ERRORS.error("no_filter", expected="id, playlistId")
    size, start = _page_size(params), _page_start(params)
    channel, listed = _playlist(world, at, playlist)
    entries = [
        resources.playlist_resource(parts, video, channel, playlist, position)
        for position, video in enumerate(listed[start : start + size], start)
    ]
    return resources.listing(
        "youtube#playlistItemListResponse",
        entries,
        total=len(listed),
        page_size=size,
        nextPageToken=page_token(_MARK, start + size) if start + size < len(listed) else None,
        prevPageToken=page_token(_MARK, max(start - size, 0)) if start else None,
    )


def _playlist(world: PlatformWorld, at: datetime, playlist: str) -> tuple[Channel, list[Video]]:
    for channel in world.channels():
        if playlist not in (channel.uploads, channel.broadcasts):
            continue
        listed = world.videos(channel.channel_id, at)
        if playlist == channel.broadcasts:
            listed = [video for video in listed if video.status is not Status.UPLOAD]
        if listed or playlist == channel.uploads:
            return channel, listed
    # A channel that never broadcast has no playlist of broadcasts.
    raise ERRORS.error("playlist_not_found")


def _requested_videos(world: PlatformWorld, at: datetime, params: QueryParams) -> list[Video]:
    ids = _ids(params)
    if not ids:
        raise ERRORS.error("no_filter", expected="chart, id, myRating")
    if len(ids) > MOST_IDS:
        raise ERRORS.error("too_many_ids")
    videos = (world.video(native_id, at) for native_id in dict.fromkeys(ids))
    return [video for video in videos if video is not None]


def _ids(params: QueryParams) -> list[str]:
    return _split(params, "id")


def _parts(params: QueryParams, resource: str) -> list[str]:
    """Return the parts of a resource that are asked for; an unknown one fails the call."""
    parts = [part for text in _split(params, "part") if (part := text.strip())]
    if not parts:
        raise ERRORS.error("missing_parameter", name="part")
    known: Collection[str] = resources.BODIES[resource]
    for part in parts:
        if part not in known and part != "id":
            raise ERRORS.error("unknown_part", part=part)
    return parts


def _split(params: QueryParams, name: str) -> list[str]:
    """Return the entries of a comma list, of repeated parameters, or of both."""
    return [entry for text in params.getlist(name) for entry in text.split(",") if entry]


def _page_size(params: QueryParams) -> int:
    size = params.get("maxResults", "5")
    if not size.isdecimal() or int(size) > MOST_RESULTS:
        raise ERRORS.error("invalid_value", name="maxResults", value=size)
    return int(size)


def _page_start(params: QueryParams) -> int:
    token = params.get("pageToken")
    start = 0 if token is None else page_start(_MARK, token)
    if start is None:
        raise ERRORS.error("invalid_page_token")
    return start
