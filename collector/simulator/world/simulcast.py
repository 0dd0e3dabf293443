"""YouTube's broadcasts on the other platforms: the same session, seen by other people.

Each platform has an account, ids and habits of its own: Instagram's lives are shorter, X announces in
a post and shows a recording, TikTok shows nothing but clips.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

from collector.simulator.world import titles
from collector.simulator.world.curves import CUT_OFF, RETURNING, Shape, show_shape
from collector.simulator.world.protocol import Channel
from collector.simulator.world.video import SimulatedVideo

#: Views on the other platforms for each view on YouTube.
ON_FACEBOOK = 0.6
ON_INSTAGRAM = 0.3
ON_TIKTOK = 0.25
ON_X_CLIPS = 0.08
#: How many times X's posts are on a screen for each view on YouTube.
X_IMPRESSIONS = 0.9
#: All of the above with YouTube's own view: what a view on YouTube makes on the five together.
ALL_TOGETHER = 1 + ON_FACEBOOK + ON_INSTAGRAM + 2 * ON_TIKTOK + ON_X_CLIPS

_INSTAGRAM_LASTS = timedelta(minutes=45)
_X_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
_STEADY = Shape(((0.0, 1.0), (1.0, 1.0)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Presences:
    """The institution's accounts beside YouTube's."""

    facebook: Channel
    instagram: Channel
    x: Channel
    tiktok: Channel

    def __iter__(self) -> Iterator[Channel]:
        """Yield each of them."""
        yield from (self.facebook, self.instagram, self.x, self.tiktok)


def presences(seed: int, handle: str | None = None) -> Presences:
    """Return the accounts of a seed: the demo's, or those of one ``handle``."""

    def presence(platform: str, own_handle: str, native_id: str) -> Channel:
        return Channel(
            platform=platform,
            channel_id=native_id,
            handle=handle or own_handle,
            title=handle or titles.MAIN_CHANNEL,
        )

    instagram_id = f"17841{_digits(12, seed, 'instagram')}"
    return Presences(
        facebook=presence("facebook", "OpenDaysSimulated", f"10{_digits(13, seed, 'page')}"),
        instagram=presence("instagram", "opendays.simulated", instagram_id),
        x=presence("x", "OpenDaysSim", f"12{_digits(17, seed, 'x')}"),
        tiktok=presence("tiktok", "opendays.simulated", f"_000{_digits(16, seed, 'tiktok')}"),
    )


def simulcasts(
    presences: Presences, broadcasts: Iterable[SimulatedVideo], *, seed: int
) -> list[SimulatedVideo]:
    """Return what the other platforms show of YouTube's broadcasts; uploads stay YouTube's."""
    return [
        video
        for broadcast in broadcasts
        if broadcast.started_at is not None and broadcast.ended_at is not None
        for video in _elsewhere(
            presences, broadcast, broadcast.started_at, broadcast.ended_at, seed
        )
    ]


def _elsewhere(
    presences: Presences, video: SimulatedVideo, started_at: datetime, ended_at: datetime, seed: int
) -> Iterator[SimulatedVideo]:
    yield facebook_live(presences.facebook, video, seed)
    yield x_post(presences.x, video, seed)
    yield clip(presences.x, video, ended_at + timedelta(minutes=8), ON_X_CLIPS, seed)
    yield clip(presences.tiktok, video, started_at + timedelta(minutes=12), ON_TIKTOK, seed)
    yield clip(presences.tiktok, video, ended_at + timedelta(minutes=15), ON_TIKTOK, seed)
    yield instagram_live(presences.instagram, video, seed)


def facebook_live(channel: Channel, video: SimulatedVideo, seed: int) -> SimulatedVideo:
    """Return the broadcast on a Page, at the same time and as long."""
    random = _random(seed, channel, video.native_id)
    return _simulcast(
        video,
        channel,
        native_id=f"1{_digits(15, seed, channel.channel_id, video.native_id)}",
        title=f"{video.title} | مباشر",
        published_at=video.published_at,
        share=ON_FACEBOOK,
        random=random,
    )


def instagram_live(channel: Channel, video: SimulatedVideo, seed: int) -> SimulatedVideo:
    """Return the live on Instagram, which is not announced and ends before the broadcast does."""
    random = _random(seed, channel, video.native_id)
    started_at = video.started_at or video.published_at
    until = video.ended_at or started_at
    live = _simulcast(
        video,
        channel,
        native_id=f"180{_digits(14, seed, channel.channel_id, video.native_id)}",
        title=video.title,
        published_at=started_at,
        share=ON_INSTAGRAM,
        random=random,
    )
    ended_at = min(started_at + _INSTAGRAM_LASTS, started_at + 0.8 * (until - started_at))
    return replace(live, scheduled_at=None, ended_at=ended_at.replace(microsecond=0))


def x_post(channel: Channel, video: SimulatedVideo, seed: int) -> SimulatedVideo:
    """Return the post that announces the broadcast: on screens, but nobody's view."""
    random = _random(seed, channel, video.native_id)
    begun = video.started_at or video.published_at
    post = _simulcast(
        video,
        channel,
        native_id=_snowflake(begun, seed, video.native_id),
        title=f"مباشر الآن: {video.title}",
        published_at=begun,
        share=X_IMPRESSIONS,
        random=random,
    )
    return replace(
        post,
        scheduled_at=None,
        views_hidden=True,
        viewers_hidden=True,
        impressions_share=1.0,
        likes_share=random.uniform(0.004, 0.01),
        shares_share=random.uniform(0.001, 0.003),
    )


def clip(
    channel: Channel, video: SimulatedVideo, posted_at: datetime, share: float, seed: int
) -> SimulatedVideo:
    """Return a short video of the session, posted as it is."""
    posted_at = posted_at.replace(microsecond=0)
    make_id = _snowflake if channel.platform == "x" else _tiktok_id
    native_id = make_id(posted_at, seed, channel.channel_id, video.native_id)
    random = _random(seed, channel, native_id)
    return SimulatedVideo(
        native_id=native_id,
        channel_id=channel.channel_id,
        title=video.title,
        description=titles.HASHTAGS,
        published_at=posted_at,
        shape=_STEADY,
        live_views=video.live_views * share * random.uniform(0.7, 1.3) * 1.4,
        replay_share=1.0,
        watch_seconds=20,
        likes_share=random.uniform(0.03, 0.08),
        comments_share=random.uniform(0.001, 0.003),
        shares_share=random.uniform(0.002, 0.01),
        impressions_share=random.uniform(2, 4) if channel.platform == "x" else None,
        clip=True,
    )


def _simulcast(
    video: SimulatedVideo,
    channel: Channel,
    *,
    native_id: str,
    title: str,
    published_at: datetime,
    share: float,
    random: Random,
) -> SimulatedVideo:
    """Return the broadcast as another account's: other people, so another curve."""
    fails = video.shape in (CUT_OFF, RETURNING)  # one encoder feeds them all
    return replace(
        video,
        native_id=native_id,
        channel_id=channel.channel_id,
        title=title,
        description=titles.HASHTAGS,
        published_at=published_at,
        shape=video.shape if fails else show_shape(random),
        live_views=video.live_views * share * random.uniform(0.8, 1.2),
        watch_seconds=random.uniform(200, 420),
        likes_share=random.uniform(0.02, 0.06),
        comments_share=random.uniform(0.001, 0.004),
        shares_share=random.uniform(0.002, 0.008),
        viewers_hidden=False,
        deleted_at=None,
        corrections=(),
    )


def _random(seed: int, channel: Channel, native_id: str) -> Random:
    return Random(f"{seed}:{channel.platform}:{native_id}")  # noqa: S311 - a seeded scenario


def _digits(length: int, *facts: object) -> str:
    digest = sha256(":".join(map(str, facts)).encode()).digest()
    return str(int.from_bytes(digest, "big"))[-length:]


def _snowflake(at: datetime, *facts: object) -> str:
    """Return an id as X makes them: it grows with time."""
    milliseconds = (at - _X_EPOCH) // timedelta(milliseconds=1)
    return str((milliseconds << 22) + int(_digits(9, *facts)) % (1 << 22))


def _tiktok_id(at: datetime, *facts: object) -> str:
    """Return an id as TikTok makes them: it grows with time."""
    return str((int(at.timestamp()) << 32) + int(_digits(12, *facts)) % (1 << 32))
