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
A text of signs, points and digits that is no JSON number (``-``, ``3.``, ``.7``) stands there without
quotes: it gets them here, and nothing else of a broken page is mended.
A mount disappears when its source stops; another ``stream_start`` is another connection. Without any
source there is no ``source``, beside the server's own fields.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from collector.contract.errors import PlatformError, Rejected
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import failure_of
from collector.contract.json_fields import (
    count,
    fields_of,
    moment,
    set_aside_whole,
    sift,
    text,
)
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.profile_pages import server_of
from collector.contract.readings import Discovery, Readings, blank_broadcast, resumes, snapshot_of
from storage.model import AIRING_RESUMES_WITHIN, Account, Broadcast, Metric, Snapshot, Status

#: A string, which stays as it is, or what stands bare behind a colon.
_STRING_OR_BARE = re.compile(r'"(?:[^"\\]|\\.)*+"?|:([^"\[\]{},]*+)', re.DOTALL)
_WHOLE_OR_NULL = re.compile(r"\s*(-?(0|[1-9][0-9]*)|null)\s*")


class Icecast(Platform[PlatformSettings]):
    """A server's public status page."""

    name = "icecast"
    display_name = "Icecast"
    handle_examples: ClassVar = (
        "http://radio.example.org:8000/live.mp3",
        "http://radio.example.org:8000",
    )
    order, colors = 6, ("#773311", "#FFCC00")
    documented_limit = "none"
    batch_size = 1000
    metrics: ClassVar = {
        Metric.CONCURRENT_VIEWERS: "open listener connections to the mount at that instant",
    }
    tracked_after_end_seconds = AIRING_RESUMES_WITHIN.total_seconds()

    def server_of(self, account: Account) -> str:
        """Return the server of the account's mounts."""
        return _server_of(account.handle)

    @classmethod
    def handle_at(cls, address: SplitResult) -> str | None:
        """Return the mount, or of a page of the server itself the server with all its mounts."""
        mount = address.path.removesuffix(".m3u").removesuffix(".xspf").removesuffix(".vclt")
        is_page = (
            mount in {"", "/"} or mount.endswith((".xsl", ".json")) or mount.startswith("/admin/")
        )
        return server_of(address) if is_page else server_of(address) + mount.rstrip("/")

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
        return f"{len(_sources_in(response))} mounts on the air"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the mounts on the air that do not go on with a known broadcast."""
        del now, may_spend  # nothing here costs anything
        address = account.native_id or account.handle
        only_mount = urlsplit(address).path
        response = yield _status_of(_server_of(address))
        sources, unreadable = sift(response, _sources_in(response), _parse_source, _mount_of)
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
        by_mount: dict[str | None, list[Any]] = {}
        for source in _sources_in(response):
            by_mount.setdefault(_mount_of(source), []).append(source)
        # Each broadcast of a mount is read alone, so that its gap says why where it cannot be.
        rows = [
            (broadcast.native_id, source)
            for broadcast in broadcasts
            for source in by_mount.get(urlsplit(broadcast.url).path, ())
        ]
        result = PollResult(broadcasts, _read, lambda row: row[0])
        result.take_items(response, [*rows, *((None, source) for source in by_mount.get(None, ()))])
        result.end_absent(response)
        return result.readings()


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


def _sources_in(response: Response) -> list[Any]:
    """Return the sources that the page shows; what is no list and no source cannot be read as one."""
    if response.status != HTTPStatus.OK:
        raise _error_of(response)
    quoted = _STRING_OR_BARE.sub(_quoted, response.text())
    with set_aside_whole(response):
        page = replace(response, body=quoted.encode()).json()
        icestats = fields_of(fields_of(page).get("icestats"))
    sources = icestats.get("source", [] if text(icestats, "server_id") else None)
    return sources if isinstance(sources, list) else [sources]  # pyright: ignore[reportUnknownVariableType] - JSON


def _quoted(piece: re.Match[str]) -> str:
    """Put quotes around a bare value that JSON has no meaning for, or another one than its sender's."""
    bare, behind = piece[1], piece.string[piece.end() : piece.end() + 1]
    if bare is None or behind not in (",", "}") or _WHOLE_OR_NULL.fullmatch(bare):
        return piece[0]
    return f":{json.dumps(bare.strip())}"


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
        path = urlsplit(text(fields_of(source), "listenurl") or "").path
    except ValueError:
        return None
    return path if path.startswith("/") else None


def _error_of(response: Response) -> PlatformError:
    error = failure_of(response, keyless=True)
    if not isinstance(error, Rejected):
        return error
    detail = f"{error.detail}; is this an Icecast server with its web files?"
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


def _read(
    row: tuple[str | None, Any], broadcast: Broadcast, response: Response
) -> tuple[Broadcast, Snapshot]:
    """Return the broadcast with its listeners; ended where its mount carries another one."""
    source = _parse_source(row[1])
    if not resumes(broadcast, source.started_at):
        ended = replace(broadcast, status=Status.ENDED)
        return ended, snapshot_of(ended, response)
    live = replace(broadcast, status=Status.LIVE, ended_at=None)
    return live, snapshot_of(live, response, concurrent_viewers=source.listeners)
