"""YouTube's resources as JSON: a video, its statistics, a playlist's entry, a channel.

Counts are strings, and a key is absent where its owner hides the count: hidden is not zero.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from collector.simulator.wire.templates import Templates
from collector.simulator.world.protocol import Channel, Video
from storage.model import Status

Resource: TypeAlias = dict[str, Any]

BODIES = Templates(Path(__file__).with_name("bodies.yaml"), moment="%Y-%m-%dT%H:%M:%SZ")
_CONTENT = {Status.UPCOMING: "upcoming", Status.LIVE: "live"}


def listing(
    kind: str, entries: Sequence[Resource], *, total: int, page_size: int, **pages: str | None
) -> Resource:
    """Return a list answer; ``pages`` are the page tokens that exist."""
    tokens = {name: token for name, token in pages.items() if token is not None}
    paging = {"totalResults": total, "resultsPerPage": page_size}
    return (
        {"kind": kind, "etag": etag(entries), "items": list(entries)}
        | tokens
        | {"pageInfo": paging}
    )


def etag(content: Any) -> str:
    """Return a tag that changes with ``content``."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:27]


def video_resource(parts: Iterable[str], video: Video, channel: Channel) -> Resource:
    """Return a video for ``videos.list``."""
    is_live = video.status is Status.LIVE
    if video.status is Status.UPLOAD:
        parts = [part for part in parts if part != "liveStreamingDetails"]
    return _resource(
        "video",
        video.native_id,
        parts,
        video=video,
        channel=channel,
        pictures=f"https://i.ytimg.com/vi/{video.native_id}",
        content=_CONTENT.get(video.status, "none"),
        duration=_duration(_seconds_long(video)),
        upload_status="uploaded" if is_live else "processed",
        viewers=video.concurrent_viewers if is_live and video.concurrent_viewers else None,
        chat=None if video.status is Status.ENDED else "Cg0KC" + etag(video.native_id),
    )


def statistics_resource(parts: Iterable[str], video: Video) -> Resource:
    """Return a video for ``videos.batchGetStats``."""
    seconds = _seconds_long(video)
    return _resource("videoStats", video.native_id, parts, video=video, seconds=seconds)


def channel_resource(parts: Iterable[str], channel: Channel, videos: int) -> Resource:
    """Return a channel that has published ``videos``."""
    return _resource(
        "channel",
        channel.channel_id,
        parts,
        channel=channel,
        handle=channel.handle.lower(),
        videos=videos,
        pictures=f"https://yt3.ggpht.com/{channel.channel_id}",
    )


def playlist_resource(
    parts: Iterable[str], video: Video, channel: Channel, playlist: str, position: int
) -> Resource:
    """Return a playlist's entry; ``position`` counts from 0."""
    return _resource(
        "playlistItem",
        etag([playlist, video.native_id]),
        parts,
        video=video,
        channel=channel,
        playlist=playlist,
        position=position,
        pictures=f"https://i.ytimg.com/vi/{video.native_id}",
    )


def _resource(kind: str, native_id: str, parts: Iterable[str], **fields: Any) -> Resource:
    """Return a resource with ``parts``, without the keys that are not there."""
    filled: Resource = {}
    for part in parts:
        if part != "id":
            body: Resource = BODIES.fill(kind, part, **fields)
            filled[part] = {key: value for key, value in body.items() if value is not None}
    return {"kind": f"youtube#{kind}", "etag": etag([native_id, filled]), "id": native_id} | filled


def _seconds_long(video: Video) -> int:
    if video.started_at is None or video.ended_at is None:
        return 0
    return round((video.ended_at - video.started_at).total_seconds())


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    units = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    length = "".join(f"{count}{unit}" for count, unit in units if count)
    return f"PT{length}" if length else "P0D"
