"""The world protocol: what the simulated platforms are asked about, the truth at an instant.

A world knows; the servers in this package only say it in a platform's own words. Anything that
can answer these four questions can be served: a seeded scenario, or a recorded series.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage.model import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """An account as its platform knows it: a channel, a page, a profile.

    On YouTube ``channel_id`` is ``UC…`` and ``handle`` begins with ``@``; elsewhere the one is
    digits or letters and the other the name in the account's address.
    """

    channel_id: str
    handle: str
    title: str
    platform: str = "youtube"

    @property
    def uploads(self) -> str:
        """The id of YouTube's playlist of everything it has published."""
        return "UU" + self.channel_id[2:]

    @property
    def broadcasts(self) -> str:
        """The id of YouTube's playlist of its live broadcasts."""
        return "UULV" + self.channel_id[2:]


@dataclass(frozen=True, kw_only=True, slots=True)
class Video:
    """A video or post at one instant: upcoming, live or ended, or ``UPLOAD`` if never broadcast.

    ``None`` as a count means hidden by its owner, not counted on its platform or, for viewers,
    not on the air. A ``clip`` was posted as it is and never on the air.
    """

    native_id: str
    channel_id: str
    title: str
    published_at: datetime
    status: Status
    views: int | None
    concurrent_viewers: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    impressions: int | None = None
    off_air_viewers: int | None = None  # told in no simulation
    description: str = ""
    clip: bool = False
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """An Icecast mount on the air at one instant. ``path`` begins with a slash."""

    path: str
    listeners: int
    listener_peak: int  # since this source connected
    stream_started_at: datetime
    server_name: str
    title: str | None = None
    bitrate: int = 128


class World(Protocol):
    """The truth at an instant. Answers depend on the arguments alone."""

    def channels(self) -> Sequence[Channel]:
        """Return every channel of every platform; ids are unique over all of them."""
        ...

    def listing(self, channel_id: str, at: datetime) -> Sequence[str]:
        """Return the ids of a channel's public videos at ``at``, newest first."""
        ...

    def video(self, native_id: str, at: datetime) -> Video | None:
        """Return a video at ``at``; ``None`` if not public: unknown, not yet, or deleted."""
        ...

    def mounts(self, at: datetime) -> Sequence[Mount]:
        """Return the mounts on the air at ``at``."""
        ...


class PlatformWorld:
    """The part of a world that one platform shows: its own channels and their videos alone."""

    def __init__(self, world: World, platform: str) -> None:
        self.platform = platform
        self._world = world
        self._own = {
            channel.channel_id: channel
            for channel in world.channels()
            if channel.platform == platform
        }

    def channels(self) -> Sequence[Channel]:
        """Return the platform's channels."""
        return list(self._own.values())

    def channel(self, native_id: str) -> Channel | None:
        """Return the channel of an id, or ``None``."""
        return self._own.get(native_id)

    def named(self, handle: str) -> Channel | None:
        """Return the channel of a handle, whatever its case and with or without ``@``."""
        bare = handle.lower().removeprefix("@")
        for channel in self._own.values():
            if channel.handle.lower().removeprefix("@") == bare:
                return channel
        return None

    def listing(self, channel_id: str, at: datetime) -> Sequence[str]:
        """Return the ids of a channel's public videos at ``at``, newest first."""
        return self._world.listing(channel_id, at) if channel_id in self._own else []

    def videos(self, channel_id: str, at: datetime, *, limit: int | None = None) -> list[Video]:
        """Return a channel's public videos at ``at``, newest first; ``limit`` of them at most."""
        ids = self.listing(channel_id, at)[:limit]
        videos = (self._world.video(native_id, at) for native_id in ids)
        return [video for video in videos if video is not None]

    def video(self, native_id: str, at: datetime) -> Video | None:
        """Return one of the platform's videos at ``at``; ``None`` if it is not public then."""
        video = self._world.video(native_id, at)
        return video if video is not None and video.channel_id in self._own else None
