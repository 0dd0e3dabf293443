"""YouTube's public feed of a channel: Atom as observed, late, and sometimes not there at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from html import escape

from starlette.responses import Response

from collector.simulator.world.protocol import Channel, PlatformWorld, Video
from collector.simulator.youtube.resources import BODIES
from storage.model import Status

#: The feed lists this many of the newest videos, upcoming broadcasts among them.
ENTRIES = 15


class OutageKind(StrEnum):
    """How the feed fails."""

    NOT_FOUND = "not_found"  # 404 for channels that exist
    SERVER_ERROR = "server_error"
    CONSENT_PAGE = "consent_page"  # 200, HTML, no entries


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """A time in which every feed fails; ``until`` is exclusive."""

    since: datetime
    until: datetime
    kind: OutageKind = OutageKind.NOT_FOUND


def feed_response(
    world: PlatformWorld,
    listing: str | None,
    at: datetime,
    *,
    lag: timedelta,
    outages: Sequence[Outage] = (),
) -> Response:
    """Return the feed of a channel, or of its uploads (UU…) or broadcasts (UULV…), at ``at``.

    Counts are as they were ``lag`` before.
    """
    for outage in outages:
        if outage.since <= at < outage.until:
            return _failure(outage.kind)
    for channel in world.channels():
        if listing in (channel.channel_id, channel.uploads, channel.broadcasts):
            videos = world.videos(channel.channel_id, at, limit=ENTRIES)
            if listing == channel.broadcasts:
                videos = [video for video in videos if video.status is not Status.UPLOAD]
            entries = "".join(
                _entry(video, world.video(video.native_id, at - lag), channel) for video in videos
            )
            return Response(_document(channel, entries), media_type="text/xml; charset=UTF-8")
    return _failure(OutageKind.NOT_FOUND)


def _failure(kind: OutageKind) -> Response:
    return Response(**BODIES.fill("feed_outage", kind))


def _document(channel: Channel, entries: str) -> str:
    return BODIES.fill(
        "feed",
        channel=channel,
        bare_id=channel.channel_id[2:],
        author=_escaped(channel.title),
        entries=entries,
    )


def _entry(video: Video, earlier: Video | None, channel: Channel) -> str:
    upcoming = video.status is Status.UPCOMING
    return BODIES.fill(
        "feed_entry",
        video=video,
        channel=channel,
        title=_escaped(video.title),
        author=_escaped(channel.title),
        published_at=_moment(video.published_at),
        updated_at=_moment(video.started_at or video.published_at),
        likes=(earlier.likes if earlier else None) or 0,
        views=0 if upcoming or earlier is None else earlier.views or 0,
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _escaped(text: str) -> str:
    """Escape ``text``, without the control characters that XML has no way to write."""
    return escape("".join(letter for letter in text if letter >= " " or letter in "\t\n\r"))
