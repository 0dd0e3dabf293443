"""YouTube's public feed of a channel: Atom as observed, late, and sometimes not there at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from html import escape

from starlette.responses import Response

from collector.simulator.world.protocol import Channel, Video, World
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
    """A stretch in which every feed fails; ``until`` is exclusive."""

    since: datetime
    until: datetime
    kind: OutageKind = OutageKind.NOT_FOUND


def feed(
    stage: World,
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
            return _failing(outage.kind)
    channel = next(
        (
            one
            for one in stage.channels()
            if listing in (one.channel_id, one.uploads, one.broadcasts)
        ),
        None,
    )
    if channel is None:
        return _failing(OutageKind.NOT_FOUND)
    newest = stage.listing(channel.channel_id, at)[:ENTRIES]
    videos = [video for video in (stage.video(one, at) for one in newest) if video is not None]
    if listing == channel.broadcasts:
        videos = [video for video in videos if video.status is not Status.UPLOAD]
    entries = "".join(
        _entry(video, stage.video(video.native_id, at - lag), channel) for video in videos
    )
    return Response(_document(channel, entries), media_type="text/xml; charset=UTF-8")


def _failing(kind: OutageKind) -> Response:
    if kind is OutageKind.CONSENT_PAGE:
        page = (
            "<!doctype html><html><head><title>Before you continue to YouTube</title></head>"
            '<body><form action="https://consent.youtube.com/save" method="POST"></form></body></html>'
        )
        return Response(page, media_type="text/html; charset=utf-8")
    if kind is OutageKind.SERVER_ERROR:
        return Response("<html><body>Server Error</body></html>", 500, media_type="text/html")
    page = "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title></html>"
    return Response(page, status_code=404, media_type="text/html; charset=UTF-8")


def _document(channel: Channel, entries: str) -> str:
    page = f"https://www.youtube.com/channel/{channel.channel_id}"
    feed_url = f"http://www.youtube.com/feeds/videos.xml?channel_id={channel.channel_id}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
 <link rel="self" href="{feed_url}"/>
 <id>yt:channel:{channel.channel_id[2:]}</id>
 <yt:channelId>{channel.channel_id[2:]}</yt:channelId>
 <title>{_text(channel.title)}</title>
 <link rel="alternate" href="{page}"/>
 <author><name>{_text(channel.title)}</name><uri>{page}</uri></author>
 <published>2019-01-14T09:00:00+00:00</published>
{entries}</feed>
"""


def _entry(video: Video, earlier: Video | None, channel: Channel) -> str:
    upcoming = video.status is Status.UPCOMING
    views = 0 if upcoming or earlier is None else earlier.views or 0
    likes = None if earlier is None else earlier.likes
    title = _text(video.title)
    watch = f"https://www.youtube.com/watch?v={video.native_id}"
    return f""" <entry>
  <id>yt:video:{video.native_id}</id>
  <yt:videoId>{video.native_id}</yt:videoId>
  <yt:channelId>{channel.channel_id}</yt:channelId>
  <title>{title}</title>
  <link rel="alternate" href="{watch}"/>
  <author><name>{_text(channel.title)}</name><uri>https://www.youtube.com/channel/{channel.channel_id}</uri></author>
  <published>{_moment(video.published_at)}</published>
  <updated>{_moment(video.started_at or video.published_at)}</updated>
  <media:group>
   <media:title>{title}</media:title>
   <media:content url="https://www.youtube.com/v/{video.native_id}?version=3" type="application/x-shockwave-flash" width="640" height="390"/>
   <media:thumbnail url="https://i1.ytimg.com/vi/{video.native_id}/hqdefault.jpg" width="480" height="360"/>
   <media:description></media:description>
   <media:community>
    <media:starRating count="{likes or 0}" average="5.00" min="1" max="5"/>
    <media:statistics views="{views}"/>
   </media:community>
  </media:group>
 </entry>
"""


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _text(text: str) -> str:
    """Escape ``text``, without the control characters that XML has no way to write."""
    return escape("".join(one for one in text if one >= " " or one in "\t\n\r"))
