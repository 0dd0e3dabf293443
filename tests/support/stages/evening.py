"""A stage on which five platforms broadcast at once, to find out what one round of polling costs.

Each platform has ``accounts`` accounts with ``each`` broadcasts that went on the air a few minutes
before the start; on TikTok, which shows no lives, these are clips that were posted then.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from collector.simulator.world import simulcast
from collector.simulator.world.factory import VideoFactory, channel
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scripted import ScriptedWorld
from collector.simulator.world.video import SimulatedVideo

PLATFORMS = ("youtube", "facebook", "instagram", "x", "tiktok")
_ON_AIR_SINCE = timedelta(minutes=5)
_MINUTES = 180


def evening(start: datetime, *, seed: int, accounts: int = 10, each: int = 10) -> ScriptedWorld:
    """Return the stage: ``accounts`` times ``each`` broadcasts on every platform."""
    channels: list[Channel] = []
    airings: list[SimulatedVideo] = []
    for number in range(accounts):
        on = _presences(seed, number)
        channels.extend(on.values())
        for place in range(each):
            begun = start - _ON_AIR_SINCE - timedelta(seconds=place)
            airings.extend(_session(on, f"Session {number}.{place}", begun, seed))
    return ScriptedWorld(channels, airings)


def _presences(seed: int, number: int) -> dict[str, Channel]:
    handle = f"evening{number:03}"
    social = {one.platform: one for one in simulcast.presences(seed * 1000 + number, handle)}
    return {"youtube": channel(seed, f"@{handle}", handle), **social}


def _session(
    on: dict[str, Channel], title: str, begun: datetime, seed: int
) -> Iterator[SimulatedVideo]:
    cast = VideoFactory(seed=seed, scale=1)
    session = cast.broadcast(
        on["youtube"], title, begun, minutes=_MINUTES, weight=20_000, announced_at=begun
    )
    yield session
    yield simulcast.facebook_live(on["facebook"], session, seed)
    yield simulcast.instagram_live(on["instagram"], session, seed)
    yield simulcast.x_post(on["x"], session, seed)
    yield simulcast.clip(on["tiktok"], session, begun, simulcast.ON_TIKTOK, seed)
