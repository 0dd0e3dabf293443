"""YouTube's resources as JSON: what a video, a statistic, a playlist entry or a channel looks like.

Counts are strings, and a key is absent where its owner hides the count: hidden is not zero.
Documents: developers.google.com/youtube/v3/docs.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from collector.simulator.world.protocol import Channel, Video
from storage.model import Status

Resource: TypeAlias = dict[str, Any]
Part: TypeAlias = Callable[[Video, Channel], Resource | None]

_CONTENT = {Status.UPCOMING: "upcoming", Status.LIVE: "live"}


def moment(at: datetime) -> str:
    """Return ``at`` as the API writes it: UTC to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def resource(kind: str, native_id: str, parts: Mapping[str, Resource | None]) -> Resource:
    """Return a resource with those of its parts that exist."""
    present = {name: part for name, part in parts.items() if part is not None}
    return {"kind": kind, "etag": etag([native_id, present]), "id": native_id} | present


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


def video_parts(
    wanted: Iterable[str], video: Video, channel: Channel
) -> dict[str, Resource | None]:
    """Return the wanted parts of a video for ``videos.list``."""
    return {name: VIDEO_PARTS[name](video, channel) for name in wanted if name != "id"}


def statistics_parts(
    wanted: Iterable[str], video: Video, channel: Channel
) -> dict[str, Resource | None]:
    """Return the wanted parts of a video for ``videos.batchGetStats``."""
    return {name: STATISTICS_PARTS[name](video, channel) for name in wanted if name != "id"}


def channel_parts(
    wanted: Iterable[str], channel: Channel, videos: int
) -> dict[str, Resource | None]:
    """Return the wanted parts of a channel that has published ``videos``."""
    parts: dict[str, Resource] = {
        "snippet": {
            "title": channel.title,
            "description": "",
            "customUrl": channel.handle.lower(),
            "publishedAt": "2019-01-14T09:00:00Z",
            "thumbnails": _thumbnails(f"https://yt3.ggpht.com/{channel.channel_id}"),
            "localized": {"title": channel.title, "description": ""},
            "country": "MA",
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
        "statistics": {
            "viewCount": "160361638",
            "subscriberCount": "1920000",
            "hiddenSubscriberCount": False,
            "videoCount": str(videos),
        },
    }
    return {name: parts[name] for name in wanted if name != "id"}


def playlist_parts(
    wanted: Iterable[str], video: Video, channel: Channel, playlist: str, position: int
) -> dict[str, Resource | None]:
    """Return the wanted parts of a playlist's entry; ``position`` counts from 0."""
    published_at = moment(video.published_at)
    thumbnails = _thumbnails(f"https://i.ytimg.com/vi/{video.native_id}")
    parts: dict[str, Resource] = {
        "snippet": {
            "publishedAt": published_at,
            "channelId": channel.channel_id,
            "title": video.title,
            "description": "",
            "thumbnails": thumbnails,
            "channelTitle": channel.title,
            "playlistId": playlist,
            "position": position,
            "resourceId": {"kind": "youtube#video", "videoId": video.native_id},
            "videoOwnerChannelTitle": channel.title,
            "videoOwnerChannelId": channel.channel_id,
        },
        "contentDetails": {"videoId": video.native_id, "videoPublishedAt": published_at},
        "status": {"privacyStatus": "public"},
    }
    return {name: parts[name] for name in wanted if name != "id"}


def _snippet(video: Video, channel: Channel) -> Resource:
    return {
        "publishedAt": moment(video.published_at),
        "channelId": video.channel_id,
        "title": video.title,
        "description": "",
        "thumbnails": _thumbnails(f"https://i.ytimg.com/vi/{video.native_id}"),
        "channelTitle": channel.title,
        "categoryId": "25",
        # A past broadcast reads "none" like an upload; only its liveStreamingDetails remain.
        "liveBroadcastContent": _CONTENT.get(video.status, "none"),
        "localized": {"title": video.title, "description": ""},
    }


def _statistics(video: Video, channel: Channel) -> Resource:
    del channel
    return _counts({"viewCount": video.views, "likeCount": video.likes}) | _counts(
        {"favoriteCount": 0, "commentCount": video.comments}
    )


def _batch_statistics(video: Video, channel: Channel) -> Resource:
    del channel
    return _counts(
        {"viewCount": video.views, "likeCount": video.likes, "commentCount": video.comments}
    )


def _live_streaming_details(video: Video, channel: Channel) -> Resource | None:
    del channel
    if video.status is Status.UPLOAD:
        return None
    times = {
        "actualStartTime": video.started_at,
        "actualEndTime": video.ended_at,
        "scheduledStartTime": video.scheduled_at,
    }
    details: Resource = {name: moment(at) for name, at in times.items() if at is not None}
    if video.status is Status.LIVE and video.concurrent_viewers:
        # Absent when hidden, and also while nobody watches.
        details["concurrentViewers"] = str(video.concurrent_viewers)
    if video.status is not Status.ENDED:
        details["activeLiveChatId"] = "Cg0KC" + etag(video.native_id)
    return details


def _counts(counts: Mapping[str, int | None]) -> Resource:
    return {name: str(count) for name, count in counts.items() if count is not None}


def _seconds_long(video: Video) -> int:
    if video.started_at is None or video.ended_at is None:
        return 0
    return round((video.ended_at - video.started_at).total_seconds())


def _content_details(video: Video, channel: Channel) -> Resource:
    del channel
    minutes, seconds = divmod(_seconds_long(video), 60)
    hours, minutes = divmod(minutes, 60)
    named = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    length = "".join(f"{count}{unit}" for count, unit in named if count)
    return {
        "duration": f"PT{length}" if length else "P0D",
        "dimension": "2d",
        "definition": "hd",
        "caption": "false",
        "licensedContent": False,
        "contentRating": {},
        "projection": "rectangular",
    }


def _thumbnails(folder: str) -> Resource:
    sizes = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}
    return {
        name: {"url": f"{folder}/{name}.jpg", "width": width, "height": height}
        for name, (width, height) in sizes.items()
    }


VIDEO_PARTS: dict[str, Part] = {
    "snippet": _snippet,
    "contentDetails": _content_details,
    "status": lambda video, _: {
        "uploadStatus": "uploaded" if video.status is Status.LIVE else "processed",
        "privacyStatus": "public",
        "license": "youtube",
        "embeddable": True,
        "publicStatsViewable": True,
    },
    "statistics": _statistics,
    "liveStreamingDetails": _live_streaming_details,
}
STATISTICS_PARTS: dict[str, Part] = {
    "snippet": lambda video, _: {"publishTime": moment(video.published_at)},
    "statistics": _batch_statistics,
    "contentDetails": lambda video, _: {"duration": f"{_seconds_long(video)}s"},
}
CHANNEL_PARTS = ("snippet", "contentDetails", "statistics")
PLAYLIST_PARTS = ("snippet", "contentDetails", "status")
