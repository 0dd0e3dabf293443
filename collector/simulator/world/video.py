"""One simulated video and one source of a simulated radio: their counts at any instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from collector.simulator.world.curves import (
    LARGEST_WOBBLE,
    Shape,
    refreshed_seconds,
    replayed,
    wobble,
)
from collector.simulator.world.protocol import Mount, Video
from storage.model import Status

_LIKES_FALL_ONCE_IN = 40
_ENOUGH_LIKES = 100
_TITLE_LASTS = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """The platform takes back ``share`` of the views it had counted, at ``at``."""

    at: datetime
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedVideo:
    """A video from before it exists to after it is deleted.

    A broadcast has ``started_at`` and ``ended_at``; an ordinary upload has neither, and all its
    views are replays. ``live_views`` are gathered on the air, ``replay_share`` as many of them
    again in all the time after. Shares of ``None`` are counts that are hidden or not offered. A
    ``clip`` is an upload that counts: some platforms show nothing of their lives but these.
    """

    native_id: str
    channel_id: str
    title: str
    published_at: datetime
    shape: Shape
    live_views: float
    replay_share: float
    watch_seconds: float
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    deleted_at: datetime | None = None
    likes_share: float | None = 0.03
    comments_share: float | None = 0.0006
    shares_share: float | None = None
    impressions_share: float | None = None
    views_hidden: bool = False
    viewers_hidden: bool = False
    clip: bool = False
    description: str = ""
    corrections: tuple[Correction, ...] = ()

    @property
    def begins_at(self) -> datetime:
        """When it goes on the air, or is posted if it never does."""
        return self.started_at or self.published_at

    @property
    def counts(self) -> bool:
        """Whether its views count towards an edition: ordinary uploads' never do."""
        return (self.started_at is not None or self.clip) and not self.views_hidden

    def observe(self, at: datetime) -> Video | None:
        """Return the video as it is at ``at``, or ``None`` if it is not public then."""
        if at < self.published_at or (self.deleted_at is not None and at >= self.deleted_at):
            return None
        status = self.status(at)
        counted_at = self._counted_at(at)
        plays = self.plays(counted_at)
        return Video(
            native_id=self.native_id,
            channel_id=self.channel_id,
            title=self.title,
            published_at=self.published_at,
            status=status,
            views=None if self.views_hidden else self._views(at, plays),
            concurrent_viewers=self.concurrent_viewers(at),
            likes=self._likes(counted_at, plays),
            comments=_part_of(plays, self.comments_share),
            shares=_part_of(plays, self.shares_share),
            impressions=_part_of(plays, self.impressions_share),
            description=self.description,
            clip=self.clip,
            scheduled_at=self.scheduled_at,
            started_at=self.started_at if status in (Status.LIVE, Status.ENDED) else None,
            ended_at=self.ended_at if status is Status.ENDED else None,
        )

    def status(self, at: datetime) -> Status:
        """Return the state at ``at``."""
        if self.started_at is None or self.ended_at is None:
            return Status.ENDED if self.clip else Status.UPLOAD
        if at < self.started_at:
            return Status.UPCOMING
        return Status.LIVE if at < self.ended_at else Status.ENDED

    def plays(self, at: datetime) -> float:
        """Return the plays until ``at``, before freezes and corrections; never falls."""
        begun = self.begins_at
        if at <= begun:
            return 0.0
        if self.started_at is None or self.ended_at is None:
            return self.live_views * self.replay_share * replayed((at - begun).total_seconds())
        airtime = (self.ended_at - self.started_at).total_seconds()
        aired = min((at - begun).total_seconds() / airtime, 1.0)
        on_air = self.live_views
        if aired < 1:
            on_air *= self.shape.area(aired) / self.shape.area(1)
        after = replayed((at - self.ended_at).total_seconds())
        return on_air + self.live_views * self.replay_share * after

    def concurrent_viewers(self, at: datetime) -> int | None:
        """Return who is watching at ``at``; ``None`` when hidden or not on the air."""
        if self.viewers_hidden or self.status(at) is not Status.LIVE:
            return None
        if self.started_at is None or self.ended_at is None:
            return None
        airtime = (self.ended_at - self.started_at).total_seconds()
        age = (at - self.started_at).total_seconds()
        # Each view lasts watch_seconds, so this many watch at the peak to give that many views.
        peak = self.live_views * self.watch_seconds / (airtime * self.shape.area(1))
        return round(peak * self.shape.level(age / airtime) * wobble(self.native_id, age))

    def _counted_at(self, at: datetime) -> datetime:
        """Return when the counter shown at ``at`` was last brought up to date."""
        age = (at - self.published_at).total_seconds()
        return self.published_at + timedelta(seconds=refreshed_seconds(self.native_id, age))

    def _views(self, at: datetime, plays: float) -> int:
        taken_back = sum(
            correction.share * self.plays(correction.at)
            for correction in self.corrections
            if correction.at <= at
        )
        return max(int(plays - taken_back), 0)

    def _likes(self, counted_at: datetime, plays: float) -> int | None:
        if self.likes_share is None:
            return None
        likes = int(plays * self.likes_share)
        # People take likes back, one or two at a time, as in the recorded series.
        chance = crc32(f"{self.native_id}{counted_at.timestamp():.0f}".encode())
        fell = likes > _ENOUGH_LIKES and chance % _LIKES_FALL_ONCE_IN == 0
        return likes - 1 - chance % 2 if fell else likes


def _part_of(plays: float, share: float | None) -> int | None:
    return None if share is None else int(plays * share)


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A source connected to an Icecast mount from ``started_at`` to ``ended_at`` (exclusive)."""

    path: str
    server_name: str
    titles: Sequence[str]
    shape: Shape
    listeners_at_peak: int
    started_at: datetime
    ended_at: datetime
    bitrate: int = 128

    def observe(self, at: datetime) -> Mount | None:
        """Return the mount as it is at ``at``, or ``None`` when its source is not connected."""
        if not self.started_at <= at < self.ended_at:
            return None
        age = (at - self.started_at).total_seconds()
        share = age / (self.ended_at - self.started_at).total_seconds()
        level = self.shape.level(share) * wobble(self.path, age)
        highest = self.shape.highest(share) * LARGEST_WOBBLE
        slot = int(age // _TITLE_LASTS.total_seconds())
        return Mount(
            path=self.path,
            listeners=round(self.listeners_at_peak * level),
            listener_peak=round(self.listeners_at_peak * highest),
            stream_started_at=self.started_at,
            server_name=self.server_name,
            title=self.titles[slot % len(self.titles)] if self.titles else None,
            bitrate=self.bitrate,
        )
