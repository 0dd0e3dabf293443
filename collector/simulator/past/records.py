"""Broadcasts and snapshots as each platform's file would have recorded them, and what it cannot learn.

What the file cannot learn from its platform is not in the past either: neither X nor TikTok tells
whether a broadcast runs, Facebook's list does not tell shares, and an Instagram live that has ended tells
nothing until its replay is found.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.simulator.meta.facebook import video_id_of
from collector.simulator.meta.instagram import replay_id_of
from collector.simulator.world.protocol import Channel, Video
from collector.simulator.x.posts import link_of, text_of
from storage.model import Broadcast, Edition, Snapshot, Status

HOUR = timedelta(hours=1)
#: From then on Facebook's views come from its insights.
INSIGHTS_AFTER = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedPast:
    """How one platform's file records. ``source`` follows from a video and the age of its end.

    ``tells_state`` is false where age alone sets the pace and the state stays unknown.
    """

    url: Callable[[Video, Channel], str]
    source: Callable[[Video, timedelta | None], str]
    tells_state: bool = True
    tells_shares: bool = True
    silent_after_end: timedelta = timedelta(0)


def broadcast_of(
    video: Video, channel: Channel, *, discovered_at: datetime, edition: Edition | None
) -> Broadcast:
    """Return the broadcast as its platform describes it."""
    recording = RECORDED_AS[channel.platform]
    broadcast = Broadcast(
        key=f"{channel.platform}:{video.native_id}",
        platform=channel.platform,
        account=f"{channel.platform}:{channel.handle}",
        native_id=video.native_id,
        title=video.title,
        url=recording.url(video, channel),
        status=video.status,
        published_at=video.published_at,
        scheduled_at=video.scheduled_at,
        started_at=video.started_at,
        ended_at=video.ended_at,
        discovered_at=discovered_at,
        description=text_of(video) if channel.platform == "x" else video.description,
        edition=None if edition is None else edition.key,
    )
    if recording.tells_state:
        return broadcast
    return replace(broadcast, status=Status.UNKNOWN, started_at=None, ended_at=None)


def snapshot_of(video: Video, channel: Channel, at: datetime) -> Snapshot:
    """Return the counts that a poll at ``at`` would have given."""
    recording = RECORDED_AS[channel.platform]
    age = None if video.ended_at is None else at - video.ended_at
    silent = age is not None and age <= recording.silent_after_end
    return Snapshot(
        broadcast=f"{channel.platform}:{video.native_id}",
        observed_at=at,
        status=video.status if recording.tells_state else Status.UNKNOWN,
        source=recording.source(video, age),
        views=None if silent else video.views,
        concurrent_viewers=video.concurrent_viewers,
        likes=None if silent else video.likes,
        comments=None if silent else video.comments,
        shares=None if silent or not recording.tells_shares else video.shares,
        impressions=video.impressions,
    )


def _later(before: str, after: str, than: timedelta) -> Callable[[Video, timedelta | None], str]:
    """Return ``before`` until ``than`` after the end, and ``after`` from then on."""
    return lambda _, age: after if age is not None and age > than else before


def _x_url(video: Video, channel: Channel) -> str:
    del channel
    linked = link_of(video)
    return linked if "/broadcasts/" in linked else f"https://x.com/i/status/{video.native_id}"


def _instagram_url(video: Video, channel: Channel) -> str:
    del channel
    native_id = replay_id_of(video.native_id) if video.ended_at else video.native_id
    return f"https://www.instagram.com/p/{native_id}/"


RECORDED_AS = {
    "youtube": RecordedPast(
        url=lambda video, _: f"https://www.youtube.com/watch?v={video.native_id}",
        source=_later("videos", "videos:batchGetStats", HOUR),
    ),
    "facebook": RecordedPast(
        url=lambda video, page: (
            f"https://www.facebook.com/{page.handle}/videos/{video_id_of(video.native_id)}/"
        ),
        source=_later("live_videos", "video_insights", INSIGHTS_AFTER),
        tells_shares=False,
    ),
    "instagram": RecordedPast(
        url=_instagram_url, source=_later("live_media", "media", HOUR), silent_after_end=HOUR
    ),
    "x": RecordedPast(url=_x_url, source=lambda _, __: "tweets", tells_state=False),
    "tiktok": RecordedPast(
        url=lambda video, account: (
            f"https://www.tiktok.com/@{account.handle}/video/{video.native_id}"
        ),
        source=lambda _, __: "video/query",
        tells_state=False,
    ),
}
