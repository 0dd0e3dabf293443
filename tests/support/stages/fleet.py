"""A world of many channels, to find out what a day of polling them costs.

Each channel broadcasts 0.7 times a day, half of it in the evening: the fleet that the cadence's
unit counts were measured on.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from collector.simulator.world.factory import VideoFactory, make_channel
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scripted import ScriptedWorld
from collector.simulator.world.video import SimulatedVideo

BROADCASTS_A_DAY = 0.7
EVENING_SHARE = 0.5
EVENING_HOURS = (18.0, 23.0)
#: So long that of 100 channels about 24 are on the air at once in the evening.
MINUTES = (75.0, 300.0)
ANNOUNCED_SHARE = 0.5


def fleet(
    start: datetime, *, seed: int, channels: int = 100, days_before: int = 14, days_after: int = 2
) -> ScriptedWorld:
    """Return a world of ``channels`` from ``days_before`` the start to ``days_after`` it."""
    accounts = [
        make_channel(seed, f"@fleet{number:04}", f"Fleet {number}") for number in range(channels)
    ]
    first = start - timedelta(days=days_before)
    videos = [
        video
        for account in accounts
        for day in range(days_before + days_after)
        for video in _day(account, first + timedelta(days=day), seed)
    ]
    return ScriptedWorld(accounts, videos)


def _day(channel: Channel, midnight: datetime, seed: int) -> Iterator[SimulatedVideo]:
    random = Random(f"{seed}:{channel.handle}:{midnight.isoformat()}")
    if random.random() >= BROADCASTS_A_DAY:
        return
    hours = EVENING_HOURS if random.random() < EVENING_SHARE else (0.0, 24.0)
    starts_at = midnight + timedelta(hours=random.uniform(*hours))
    video = VideoFactory(seed=seed, scale=1).broadcast(
        channel,
        f"Broadcast of {starts_at:%d %B}",
        starts_at.replace(microsecond=0),
        minutes=random.uniform(*MINUTES),
        weight=random.lognormvariate(9, 1.2),
    )
    # Those not announced beforehand appear when they go on the air.
    yield video if random.random() < ANNOUNCED_SHARE else replace(video, published_at=starts_at)
