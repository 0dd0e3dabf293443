"""A world in which five platforms broadcast at once, to find out what one round of polling costs.

Each platform has ``accounts`` accounts with ``each`` broadcasts that went on the air a few minutes
before the start; on TikTok, which shows no lives, these are clips that were posted then.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from collector.simulator.world import simulcast
from collector.simulator.world.factory import VideoFactory, make_channel
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scripted import ScriptedWorld
from collector.simulator.world.video import SimulatedVideo

PLATFORMS = ("youtube", "facebook", "instagram", "x", "tiktok")
_ON_AIR_SINCE = timedelta(minutes=5)
_MINUTES = 180


def evening(start: datetime, *, seed: int, accounts: int = 10, each: int = 10) -> ScriptedWorld:
    """Return the world: ``accounts`` times ``each`` broadcasts on every platform."""
    channels: list[Channel] = []
    videos: list[SimulatedVideo] = []
    for number in range(accounts):
        accounts_by_platform = _presences(seed, number)
        channels.extend(accounts_by_platform.values())
        for place in range(each):
            begun = start - _ON_AIR_SINCE - timedelta(seconds=place)
            videos.extend(_session(accounts_by_platform, f"Session {number}.{place}", begun, seed))
    return ScriptedWorld(channels, videos)


def _presences(seed: int, number: int) -> dict[str, Channel]:
    handle = f"evening{number:03}"
    social = {
        channel.platform: channel for channel in simulcast.presences(seed * 1000 + number, handle)
    }
    return {"youtube": make_channel(seed, f"@{handle}", handle), **social}


def _session(
    channels: dict[str, Channel], title: str, begun: datetime, seed: int
) -> Iterator[SimulatedVideo]:
    factory = VideoFactory(seed=seed, scale=1)
    session = factory.broadcast(
        channels["youtube"], title, begun, minutes=_MINUTES, weight=20_000, announced_at=begun
    )
    yield session
    yield simulcast.facebook_live(channels["facebook"], session, seed)
    yield simulcast.instagram_live(channels["instagram"], session, seed)
    yield simulcast.x_post(channels["x"], session, seed)
    yield simulcast.clip(channels["tiktok"], session, begun, simulcast.ON_TIKTOK, seed)
