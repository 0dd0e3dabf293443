"""What the simulated platforms are asked about: the truth at an instant.

A stage knows; the servers in this package only say it in a platform's own words. Anything that
can answer these four questions can be served: a seeded scenario, or a recorded series.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage.model import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A YouTube channel. ``channel_id`` is ``UC…``, ``handle`` begins with ``@``."""

    channel_id: str
    handle: str
    title: str

    @property
    def uploads(self) -> str:
        """Return the id of the playlist of everything it has published."""
        return "UU" + self.channel_id[2:]

    @property
    def broadcasts(self) -> str:
        """Return the id of the playlist of its live broadcasts."""
        return "UULV" + self.channel_id[2:]


@dataclass(frozen=True, kw_only=True, slots=True)
class Video:
    """A video at one instant: upcoming, live or ended, or ``Status.UPLOAD`` if never broadcast.

    ``None`` as a count means hidden by its owner (or, for viewers, not on the air).
    """

    native_id: str
    channel_id: str
    title: str
    published_at: datetime
    status: Status
    views: int
    concurrent_viewers: int | None = None
    likes: int | None = None
    comments: int | None = None
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


class Stage(Protocol):
    """The truth at an instant. Answers depend on the arguments alone."""

    def channels(self) -> Sequence[Channel]:
        """Return every channel."""
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
