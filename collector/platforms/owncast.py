"""Owncast: the status of one server, which is one channel.

needs: nothing
discovers: whether the server is on the air
counts while live: concurrent viewers
counts afterwards: nothing
batch: one call a server
refresh: 5 s; a viewer is dropped after 15 s of silence
a view is: not counted; a viewer is a player that fetched the stream in the last 15 s

Facts: ``viewerCount`` is left out both when it is 0 and when the administrator hides it. One
answer cannot tell which, so an absent count is never taken for 0. A session is told by
``lastConnectTime``; a connection within 15 minutes of the last goes on with the same broadcast.
A server that does not answer, or whose proxy does, is not off the air: only ``online: false`` is.
Sources: owncast/owncast webserver/handlers/status.go, services/stream/stats.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from collector.contract.errors import Rejected
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import failure_of
from collector.contract.json_fields import count, fields_of, moment, set_aside_whole, text
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.profile_pages import server_of
from collector.contract.readings import Discovery, Readings, blank_broadcast, resumes, snapshot_of
from storage.model import AIRING_RESUMES_WITHIN, Account, Broadcast, Metric, Snapshot, Status


class Owncast(Platform[PlatformSettings]):
    """A server's public status."""

    name = "owncast"
    display_name = "Owncast"
    handle_examples: ClassVar = ("https://live.example.org",)
    documented_limit = "none"
    batch_size = 100
    metrics: ClassVar = {
        Metric.CONCURRENT_VIEWERS: "players that fetched the stream in the last 15 s",
    }
    tracked_after_end_seconds = AIRING_RESUMES_WITHIN.total_seconds()

    def server_of(self, account: Account) -> str:
        """Return the account's address: a server is one channel."""
        return _server_of(account.native_id or account.handle)

    @classmethod
    def handle_at(cls, address: SplitResult) -> str | None:
        """Return the server, whichever of its pages it is."""
        return server_of(address)

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which broadcasts may share a poll: those of one server."""
        del now
        return broadcast.url

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn the address into ``scheme://host[:port]``; no call is needed."""
        address = urlsplit(_server_of(account.handle))
        if address.scheme not in ("http", "https") or not address.hostname:
            detail = f"invalid handle {account.handle!r}: expected an address like https://live.example.org"
            raise Rejected(self.name, detail, status=0)
        yield from ()
        return replace(account, native_id=_server_of(account.handle))

    def probe(self, account: Account) -> Exchange[str]:
        """Read the status."""
        response = yield _status_of(account.native_id or account.handle)
        status = _read(response)
        version = text(status, "versionNumber") or "of unknown version"
        return f"Owncast {version}, {'on' if status.get('online') is True else 'off'} the air"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the session on the air that does not go on with a known broadcast."""
        del now, may_spend  # nothing here costs anything
        server = account.native_id or account.handle
        response = yield _status_of(server)
        with set_aside_whole(response):
            status = _read(response)
            if not _is_online(status):
                return Discovery()
            started_at = moment(status, "lastConnectTime")
            if any(resumes(broadcast, started_at) for broadcast in known):
                return Discovery()
            return Discovery(broadcasts=(_new(account, server, status, started_at, response),))

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Read the server's viewers; a broadcast of another session has ended."""
        del accounts, now  # a server's address is the broadcast's own
        response = yield _status_of(broadcasts[0].url)
        with set_aside_whole(response):
            status = _read(response)
            online, started_at = _is_online(status), moment(status, "lastConnectTime")
            viewers = count(status, "viewerCount")
            ended_at = moment(status, "lastDisconnectTime")
            title = text(status, "streamTitle")
        snapshots: list[Snapshot] = []
        changed: list[Broadcast] = []
        for broadcast in broadcasts:
            live = online and resumes(broadcast, started_at)
            facts = replace(
                broadcast,
                status=Status.LIVE if live else Status.ENDED,
                title=(title if live else None) or broadcast.title,
                ended_at=None if live else broadcast.ended_at or (None if online else ended_at),
            )
            if facts != broadcast:
                changed.append(facts)
            watching = viewers if live else None
            snapshots.append(snapshot_of(facts, response, concurrent_viewers=watching))
        return Readings(snapshots=tuple(snapshots), broadcasts=tuple(changed))


def _server_of(handle: str) -> str:
    """Return ``scheme://host[:port]`` of an address, or of a bare host."""
    parts = urlsplit(handle if "//" in handle else f"https://{handle}")
    return f"{parts.scheme}://{parts.netloc}"


def _status_of(server: str) -> Request:
    return Request(platform="owncast", url=f"{server}/api/status", source="status")


def _read(response: Response) -> dict[str, Any]:
    if response.status == HTTPStatus.NOT_FOUND:
        detail = "status: HTTP 404; is this an Owncast server?"
        raise Rejected("owncast", detail, status=response.status)
    if response.status != HTTPStatus.OK:
        raise failure_of(response, keyless=True)
    with set_aside_whole(response):
        return fields_of(response.json())


def _is_online(status: Mapping[str, Any]) -> bool:
    online = status.get("online")
    if not isinstance(online, bool):
        message = f"online is {online!r:.60}, neither true nor false"
        raise ValueError(message)
    return online


def _new(
    account: Account,
    server: str,
    status: Mapping[str, Any],
    started_at: datetime | None,
    response: Response,
) -> Broadcast:
    begun = (started_at or response.received_at).strftime("%Y%m%dT%H%M%SZ")
    native_id = f"{urlsplit(server).netloc}@{begun}"
    return replace(
        blank_broadcast(account, native_id, response, url=server, status=Status.LIVE),
        title=text(status, "streamTitle") or account.name,
        published_at=started_at,
        started_at=started_at,
    )
