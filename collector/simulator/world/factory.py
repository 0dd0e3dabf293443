"""A factory of simulated videos: ids, curves and counts of a timetable's line, from a seed."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from collector.simulator.world.curves import Shape, show_shape
from collector.simulator.world.protocol import Channel
from collector.simulator.world.video import SimulatedVideo

_ANNOUNCED_BEFORE = timedelta(hours=2)
_ID_LENGTH = 11
_CHANNEL_ID_LENGTH = 22


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoFactory:
    """Makes videos; equal seeds make equal ones. ``scale`` is views per unit of weight."""

    seed: int
    scale: float

    def broadcast(
        self,
        channel: Channel,
        title: str,
        starts_at: datetime,
        *,
        minutes: float,
        weight: float,
        announced_at: datetime | None = None,
        late: timedelta = timedelta(0),
    ) -> SimulatedVideo:
        """Return a broadcast scheduled for ``starts_at`` that goes on the air ``late``."""
        native_id = video_id(self.seed, channel.channel_id, title, starts_at)
        random = self._random(native_id)
        started_at = starts_at + late
        return SimulatedVideo(
            native_id=native_id,
            channel_id=channel.channel_id,
            title=title,
            published_at=announced_at or starts_at - _ANNOUNCED_BEFORE,
            shape=show_shape(random),
            live_views=weight * self.scale * random.uniform(0.85, 1.15),
            replay_share=random.uniform(0.25, 0.45),
            watch_seconds=random.uniform(360, 540),
            scheduled_at=starts_at,
            started_at=started_at,
            ended_at=started_at + timedelta(minutes=minutes),
            likes_share=random.uniform(0.015, 0.04),
            comments_share=random.uniform(0.0003, 0.0009),
        )

    def upload(
        self, channel: Channel, title: str, published_at: datetime, *, weight: float
    ) -> SimulatedVideo:
        """Return an ordinary video, which is no broadcast and never counted."""
        native_id = video_id(self.seed, channel.channel_id, title, published_at)
        return SimulatedVideo(
            native_id=native_id,
            channel_id=channel.channel_id,
            title=title,
            published_at=published_at,
            shape=Shape(((0.0, 1.0), (1.0, 1.0))),
            live_views=weight * self.scale * self._random(native_id).uniform(0.8, 1.2),
            replay_share=1.0,
            watch_seconds=60,
        )

    def _random(self, native_id: str) -> Random:
        return Random(f"{self.seed}:{native_id}")  # noqa: S311 - a seeded scenario, not a secret


def make_channel(seed: int, handle: str, title: str) -> Channel:
    """Return a channel whose id follows from seed and handle."""
    return Channel(
        channel_id="UC" + _letters(f"{seed}:{handle}", _CHANNEL_ID_LENGTH),
        handle=handle,
        title=title,
    )


def video_id(seed: int, *facts: object) -> str:
    """Return an id like YouTube's that follows from seed and facts."""
    return _letters(":".join(str(fact) for fact in (seed, *facts)), _ID_LENGTH)


def _letters(text: str, length: int) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode()[:length]
