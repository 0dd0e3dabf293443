"""Icecast 2.4: listeners per mount of a streaming server.

needs: nothing
discovers: every mount on the air, or the one named in the address
counts while live: concurrent listeners
counts afterwards: nothing
batch: all mounts of a server in one call
refresh: 3 s
a view is: not counted; a listener is one open connection to the mount

Facts: the stylesheet ``status-json.xsl`` of Icecast 2.4.4 turns whatever looks like a number into
a JSON number, so a server named "2026" arrives as an int. ``source`` is absent, an object or an
array. Names sent as UTF-8 come back read as Latin-1 (seen with 2.4.4), which is undone here.
A mount disappears when its source stops; another ``stream_start`` is another connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from collector.contract.errors import Rejected, Unavailable, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.json_fields import count, fields_of, mapping, moment, sift, text
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.readings import Discovery, Readings, blank_broadcast, resumes, snapshot_of
from storage.model import AIRING_RESUMES_WITHIN, Account, Broadcast, Metric, Snapshot, Status


class Icecast(Platform[PlatformSettings]):
    """A server's public status page."""

    name = "icecast"
    display_name = "Icecast"
    order, colors = 6, ("#773311", "#FFCC00")
    documented_limit = "none"
    batch_size = 1000
    metrics: ClassVar = {
        Metric.CONCURRENT_VIEWERS: "open listener connections to the mount at that instant",
    }
    tracked_after_end_seconds = AIRING_RESUMES_WITHIN.total_seconds()

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which broadcasts may share a poll: those of one server."""
        del now  # a server answers the same for all ages
        return _server_of(broadcast.url)

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn the address into ``scheme://host:port[/mount]``; no call is needed."""
        address = urlsplit(account.handle)
        if address.scheme not in ("http", "https") or not address.netloc:
            detail = f"invalid handle {account.handle!r}: expected an address like http://host:8000"
            raise Rejected(self.name, detail, status=0)
        yield from ()
        return replace(account, native_id=_server_of(account.handle) + address.path.rstrip("/"))

    def probe(self, account: Account) -> Exchange[str]:
        """Read the status page."""
        response = yield _status_of(_server_of(account.handle))
        sources, _ = _parse_status(response)
        return f"{len(sources)} mounts on the air"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the mounts on the air that do not go on with a known broadcast."""
        del now, may_spend  # nothing here costs anything
        address = account.native_id or account.handle
        only_mount = urlsplit(address).path
        response = yield _status_of(_server_of(address))
        sources, unreadable = _parse_status(response)
        new = tuple(
            _new(account, _server_of(address), source, response)
            for source in sources
            if only_mount in ("", source.mount)
            and not any(_goes_on(broadcast, source) for broadcast in known)
        )
        return Discovery(broadcasts=new, unreadable=tuple(unreadable))

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Read the listeners of every mount of one server at once."""
        del accounts, now  # a mount's address is the broadcast's own
        response = yield _status_of(_server_of(broadcasts[0].url))
        sources, unreadable = _parse_status(response)
        broken = {error.native_id for error in unreadable}
        snapshots: list[Snapshot] = []
        changed: list[Broadcast] = []
        for broadcast in broadcasts:
            if urlsplit(broadcast.url).path in broken:
                continue  # on the air, but what it says cannot be read: neither live nor ended
            source = next((each for each in sources if _goes_on(broadcast, each)), None)
            status = Status.ENDED if source is None else Status.LIVE
            facts = replace(broadcast, status=status, ended_at=None)
            listeners = None if source is None else source.listeners
            snapshots.append(snapshot_of(facts, response, concurrent_viewers=listeners))
            if status != broadcast.status:
                changed.append(facts)
        return Readings(
            snapshots=tuple(snapshots),
            broadcasts=tuple(changed),
            unreadable=tuple(_by_broadcast(error, broadcasts) for error in unreadable),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """One connected source as the status page shows it."""

    mount: str
    title: str
    listeners: int | None
    started_at: datetime | None


def _server_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _status_of(server: str) -> Request:
    return Request(platform="icecast", url=f"{server}/status-json.xsl", source="status-json")


def _parse_status(response: Response) -> tuple[list[_Source], list[Unreadable]]:
    """Return the sources on the air and those that could not be read."""
    if response.status != HTTPStatus.OK:
        raise _error_of(response)
    try:
        icestats = mapping(fields_of(response.json()), "icestats")
    except ValueError as error:
        raise Unreadable("icecast", f"status-json: {error}", body=response.text()) from None
    listed = icestats.get("source", [])
    items = cast("list[Any]", listed) if isinstance(listed, list) else [listed]
    return sift(response, items, _parse_source, _mount_of)


def _parse_source(source: Any) -> _Source:
    fields = fields_of(source)
    mount = _mount_of(source)
    if not mount:
        raise ValueError("source without listenurl")
    return _Source(
        mount=mount,
        title=_mended(text(fields, "title") or text(fields, "server_name") or mount),
        listeners=count(fields, "listeners"),
        started_at=moment(fields, "stream_start_iso8601"),
    )


def _mended(name: str) -> str:
    """Return the name as its sender wrote it: valid UTF-8 behind Latin-1 is no accident."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def _mount_of(source: Any) -> str | None:
    """Return the path of ``listenurl``: its host is whatever the server is configured with."""
    try:
        return urlsplit(text(fields_of(source), "listenurl") or "").path or None
    except ValueError:
        return None


def _error_of(response: Response) -> Unavailable | Rejected:
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable("icecast", f"status-json: HTTP {response.status}")
    detail = f"status-json: HTTP {response.status}; is this an Icecast server with its web files?"
    return Rejected("icecast", detail, status=response.status)


def _goes_on(broadcast: Broadcast, source: _Source) -> bool:
    return source.mount == urlsplit(broadcast.url).path and resumes(broadcast, source.started_at)


def _new(account: Account, server: str, source: _Source, response: Response) -> Broadcast:
    begun = (source.started_at or response.received_at).strftime("%Y%m%dT%H%M%SZ")
    native_id, url = f"{urlsplit(server).netloc}{source.mount}@{begun}", f"{server}{source.mount}"
    return replace(
        blank_broadcast(account, native_id, response, url=url, status=Status.LIVE),
        title=source.title,
        published_at=source.started_at,
        started_at=source.started_at,
    )


def _by_broadcast(error: Unreadable, broadcasts: Sequence[Broadcast]) -> Unreadable:
    """Name the broadcast whose mount could not be read, so that its gap says why."""
    for broadcast in broadcasts:
        if urlsplit(broadcast.url).path == error.native_id:
            named = broadcast.native_id
            return Unreadable("icecast", error.detail, native_id=named, body=error.body)
    return error
