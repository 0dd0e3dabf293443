"""YouTube's public Atom feed of a channel's newest 15 videos, as ``collector.platforms.youtube`` reads it.

An outage answers 404, and a consent page 200 with HTML: neither is a feed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collector.contract.errors import Unavailable, Unreadable
from collector.contract.exchange import Response
from collector.contract.http_errors import failure_of
from collector.contract.json_fields import count, moment, text
from collector.contract.poll_result import PollResult
from collector.contract.readings import Readings, snapshot_of
from storage.model import Broadcast, Snapshot, Status

_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
_YT = "{http://www.youtube.com/xml/schemas/2015}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_MEDIA = "{http://search.yahoo.com/mrss/}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    """A video that a list shows; where the list does not tell its state, the next poll does."""

    native_id: str
    title: str | None
    published_at: datetime | None
    description: str = ""
    status: Status = Status.UNKNOWN
    scheduled_at: datetime | None = None
    started_at: datetime | None = None


def entries(response: Response, *, channel_id: str | None = None) -> list[Element]:
    """Return the feed's entries, those of one channel if it is named.

    An outage's 404 and a consent page's 200 are no feed.
    """
    if response.status in _REFUSALS:
        raise failure_of(response, keyless=True)
    if response.status != HTTPStatus.OK:
        raise Unavailable("youtube", f"rss: HTTP {response.status}")
    try:
        feed = fromstring(response.body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unreadable("youtube", "rss: not XML", body=response.text()) from None
    if feed.tag != f"{_ATOM}feed":
        raise Unreadable("youtube", "rss: no Atom feed", body=response.text())
    listed = feed.findall(f"{_ATOM}entry")
    if channel_id is None:
        return listed
    return [entry for entry in listed if entry.findtext(f"{_YT}channelId") in (None, channel_id)]


def broadcasts_in_feed(entry: Element) -> FeedEntry:
    """Read one entry; one without an id, or with a bad time, raises ``ValueError``."""
    native_id = entry_id(entry)
    if not native_id:
        raise ValueError("entry without videoId")
    fields = {name: entry.findtext(f"{_ATOM}{name}") for name in ("title", "published")}
    published_at = moment(fields, "published")
    return FeedEntry(native_id=native_id, title=text(fields, "title"), published_at=published_at)


def entry_id(entry: Element) -> str | None:
    """Return the video's id, where the entry has one."""
    return entry.findtext(f"{_YT}videoId")


def in_playlists(broadcast: Broadcast, shown: Mapping[str, Sequence[FeedEntry]]) -> Broadcast:
    """Note the playlists that show a broadcast; a feed is short, so none is ever taken away."""
    more = tuple(
        playlist
        for playlist, listed in shown.items()
        if playlist not in broadcast.playlists
        and any(entry.native_id == broadcast.native_id for entry in listed)
    )
    return replace(broadcast, playlists=(*broadcast.playlists, *more)) if more else broadcast


def feed_readings(response: Response, broadcasts: Sequence[Broadcast]) -> Readings:
    """Return views only: the feed tells neither state nor viewers, and only the newest 15."""
    result = PollResult(broadcasts, _read, entry_id)
    # An entry without an id is of none that is asked for.
    result.take_items(response, [entry for entry in entries(response) if entry_id(entry)])
    return result.readings()


def _read(entry: Element, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    statistics = entry.find(f"{_MEDIA}group/{_MEDIA}community/{_MEDIA}statistics")
    views = None if statistics is None else count(statistics.attrib, "views")
    return broadcast, snapshot_of(broadcast, response, views=views)
