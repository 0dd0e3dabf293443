"""The methods of the YouTube Data API as functions of a stage, an instant and parameters."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeAlias

from starlette.datastructures import QueryParams

from collector.simulator.world.protocol import Channel, Video, World
from collector.simulator.youtube import errors, resources
from collector.simulator.youtube.fields import BadSelector, parse_selector, select
from storage.model import Status

Body: TypeAlias = dict[str, Any]
#: Raises :class:`~collector.simulator.wire.endpoint.SimulatedError` instead of answering.
Method: TypeAlias = Callable[[World, datetime, QueryParams], Body]

MOST_IDS = 50
MOST_RESULTS = 50


def answer(method: Method, stage: World, at: datetime, params: QueryParams) -> Body:
    """Return what ``method`` answers, reduced to the ``fields`` asked for."""
    body = method(stage, at, params)
    if "fields" not in params:
        return body
    try:
        return select(body, parse_selector(params["fields"]))
    except BadSelector:
        raise errors.invalid_field_selection(params["fields"]) from None


def videos(stage: World, at: datetime, params: QueryParams) -> Body:
    """Answer ``videos.list``; ids that are not public are silently absent."""
    parts = _parts(params, resources.VIDEO_PARTS)
    known = _channels_by_id(stage)
    entries = [
        resources.resource(
            "youtube#video",
            video.native_id,
            resources.video_parts(parts, video, known[video.channel_id]),
        )
        for video in _asked_for(stage, at, params)
    ]
    count = len(entries)
    return resources.listing("youtube#videoListResponse", entries, total=count, page_size=count)


def videos_statistics(stage: World, at: datetime, params: QueryParams) -> Body:
    """Answer ``videos.batchGetStats``: neither title, state nor viewers."""
    parts = _parts(params, resources.STATISTICS_PARTS)
    known = _channels_by_id(stage)
    entries = [
        resources.resource(
            "youtube#videoStats",
            video.native_id,
            resources.statistics_parts(parts, video, known[video.channel_id]),
        )
        for video in _asked_for(stage, at, params)
    ]
    kind = "youtube#batchGetStatsResponse"
    return {"kind": kind, "etag": resources.etag(entries), "items": entries}


def channels(stage: World, at: datetime, params: QueryParams) -> Body:
    """Answer ``channels.list`` by id or handle; without a match, ``items`` is absent."""
    parts = _parts(params, resources.CHANNEL_PARTS)
    handle = params.get("forHandle", "").lower().removeprefix("@")
    ids = _ids(params)
    if not handle and not ids:
        raise errors.no_filter("managedByMe, forHandle, forUsername, mine, id")
    entries = [
        resources.resource(
            "youtube#channel",
            channel.channel_id,
            resources.channel_parts(parts, channel, len(stage.listing(channel.channel_id, at))),
        )
        for channel in stage.channels()
        if channel.channel_id in ids or channel.handle.lower().removeprefix("@") == handle
    ]
    body = resources.listing(
        "youtube#channelListResponse", entries, total=len(entries), page_size=5
    )
    if not entries:
        del body["items"]
    return body


def playlist_entries(stage: World, at: datetime, params: QueryParams) -> Body:
    """Answer ``playlistItems.list`` for a channel's uploads (UU…) or broadcasts (UULV…)."""
    parts = _parts(params, resources.PLAYLIST_PARTS)
    playlist = params.get("playlistId")
    if playlist is None:
        raise errors.no_filter("id, playlistId")
    size, start = _page_size(params), _page_start(params)
    channel, listed = _playlist(stage, at, playlist)
    entries = [
        resources.resource(
            "youtube#playlistItem",
            resources.etag([playlist, video.native_id]),
            resources.playlist_parts(parts, video, channel, playlist, start + offset),
        )
        for offset, video in enumerate(listed[start : start + size])
    ]
    return resources.listing(
        "youtube#playlistItemListResponse",
        entries,
        total=len(listed),
        page_size=size,
        nextPageToken=_page_token(start + size) if start + size < len(listed) else None,
        prevPageToken=_page_token(max(start - size, 0)) if start else None,
    )


def _playlist(stage: World, at: datetime, playlist: str) -> tuple[Channel, list[Video]]:
    for channel in stage.channels():
        if playlist not in (channel.uploads, channel.broadcasts):
            continue
        found = (stage.video(one, at) for one in stage.listing(channel.channel_id, at))
        listed = [video for video in found if video is not None]
        if playlist == channel.broadcasts:
            listed = [video for video in listed if video.status is not Status.UPLOAD]
        if listed or playlist == channel.uploads:
            return channel, listed
    # A channel that never broadcast has no playlist of broadcasts.
    raise errors.playlist_not_found()


def _asked_for(stage: World, at: datetime, params: QueryParams) -> list[Video]:
    ids = _ids(params)
    if not ids:
        raise errors.no_filter("chart, id, myRating")
    if len(ids) > MOST_IDS:
        raise errors.too_many_ids()
    found = (stage.video(one, at) for one in dict.fromkeys(ids))
    return [video for video in found if video is not None]


def _channels_by_id(stage: World) -> dict[str, Channel]:
    return {channel.channel_id: channel for channel in stage.channels()}


def _ids(params: QueryParams) -> list[str]:
    """Return the ids of a comma list, of repeated parameters, or of both."""
    return [one for given in params.getlist("id") for one in given.split(",") if one]


def _parts(params: QueryParams, known: Collection[str]) -> list[str]:
    given = [one.strip() for value in params.getlist("part") for one in value.split(",")]
    parts = [part for part in given if part]
    if not parts:
        raise errors.missing_parameter("part")
    for part in parts:
        if part not in known and part != "id":
            raise errors.unknown_part(part)
    return parts


def _page_size(params: QueryParams) -> int:
    given = params.get("maxResults", "5")
    if not given.isdecimal() or int(given) > MOST_RESULTS:
        raise errors.invalid_value("maxResults", given)
    return int(given)


def _page_token(start: int) -> str:
    return urlsafe_b64encode(f"PT:{start}".encode()).decode()


def _page_start(params: QueryParams) -> int:
    if "pageToken" not in params:
        return 0
    try:
        prefix, start = urlsafe_b64decode(params["pageToken"]).decode().split(":")
        if prefix == "PT":
            return int(start)
    except ValueError:
        pass
    raise errors.invalid_page_token()
