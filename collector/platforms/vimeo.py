"""Vimeo: API 3.4.

needs: the owner's token, or an app's id and secret (then no concurrent viewers)
discovers: the live videos among the newest 100
counts while live: views, likes, comments; concurrent viewers for owners of a plan with live events
counts afterwards: views, likes, comments
batch: 50 broadcasts a call, and one more for each on the air
refresh: not documented
a view is: one play of the video

Facts: ids stand in ``uri`` only. ``stats.plays`` is null where the owner hides it, which is not 0.
``live`` is null for all but the owner: then the state stays unknown. ``live_stats`` is an address of
its own, expected for owners only; without it, or where it is refused, concurrent viewers are not said.
``error_code`` comes as number or text, ``X-RateLimit-Reset`` as Unix seconds or a date. How many
``uris`` one call takes is not verified: 50 are asked for. Asking for ``fields`` raises the limit.
Documents: vimeo/openapi 3.4 (2019), Vimeo's own client models (2023), help.vimeo.com 12427783954065.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import SecretStr

from collector.contract.errors import (
    AuthFailed,
    CredentialMissing,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import error_text, failure_of
from collector.contract.json_fields import (
    count,
    fields_of,
    goes_on,
    mapping,
    moment,
    rows_of,
    text,
)
from collector.contract.oauth import AppGrant
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.quota import Limit
from collector.contract.readings import Discovery, Readings, blank_broadcast, handle_of, snapshot_of
from storage.model import Account, Broadcast, Metric, Snapshot, Status

FIELDS = (
    "uri,name,description,type,link,created_time,release_time,live.status,"
    "live.scheduled_start_time,live.active_time,live.ended_time,stats.plays,"
    "metadata.connections.likes.total,metadata.connections.comments.total,"
    "metadata.connections.live_stats.uri"
)
_STATUS = {
    "unavailable": Status.UPCOMING,
    "pending": Status.UPCOMING,
    "ready": Status.UPCOMING,
    "streaming": Status.LIVE,
    "streaming_error": Status.LIVE,
    "archiving": Status.ENDED,
    "archive_error": Status.ENDED,
    "done": Status.ENDED,
}
_VIDEO = re.compile(r"/videos/([0-9]{1,20})")
_USER = re.compile(r"/users/([0-9]{1,20})")
_LIVE_STATS = re.compile(r"(/[A-Za-z0-9_]+)+")
_AUTH_CODES = {"1001", "2300", "8000", "8001", "8002", "8003"}
_BUSY_CODES = {"4000", "7000", "7100"}


class VimeoSettings(PlatformSettings):
    """``platforms: vimeo:``; the token's scopes are public, private and stats."""

    token: SecretStr | None = None
    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    api_url: str = "https://api.vimeo.com"
    token_url: str = "https://api.vimeo.com/oauth/authorize/client"  # noqa: S105 - an address


class Vimeo(Platform[VimeoSettings]):
    """Live videos, by the owner's token or an app's."""

    name = "vimeo"
    display_name = "Vimeo"
    handle_examples: ClassVar = ("dgsn",)
    sites: ClassVar = ("vimeo.com",)
    other_pages: ClassVar = frozenset(
        {"watch", "channels", "ondemand", "event", "showcase", "groups"}
    )
    documented_limit = "told by every answer; it depends on the owner's plan"
    further_live_calls = 1  # for its viewers
    moment_address = "#t={seconds}s"  # in the fragment, which no server sees
    Settings = VimeoSettings
    batch_size = 50
    metrics: ClassVar = {
        Metric.VIEWS: "plays of the video, unless the owner hides them",
        Metric.CONCURRENT_VIEWERS: "watching at that instant; told to owners with live events",
        Metric.LIKES: "likes",
        Metric.COMMENTS: "comments below the video",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()

    def __init__(self, settings: VimeoSettings) -> None:
        super().__init__(settings)
        app = settings.client_id, settings.client_secret
        self.grant = (
            AppGrant.from_settings(self.name, settings.token_url, *app, scope="public", basic=True)
            if settings.token is None
            else None
        )

    def limits(self, response: Response) -> Sequence[Limit]:
        """Read the calls left of the minute, from ``X-RateLimit-*``."""
        return Limit.from_headers(response, "vimeo.calls", "x-ratelimit")

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Put all together: one call answers for 50 videos of anyone."""
        del broadcast, now
        return "videos"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a name or a profile's address into the user's number."""
        name = handle_of(account)
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            detail = f"invalid handle {account.handle!r}: expected a Vimeo name or profile address"
            raise Rejected(self.name, detail, status=0)
        response = yield self._call(f"/users/{name}", {"fields": "uri"}, "users")
        native_id = _number(_object(response), _USER)
        if native_id is None:
            raise Unreadable(self.name, "users: no uri of a user", body=response.text())
        return replace(account, native_id=native_id)

    def probe(self, account: Account) -> Exchange[str]:
        """Look the user up, which proves the token."""
        response = yield self._call(f"/users/{account.native_id}", {"fields": "uri"}, "users")
        _object(response)
        return "the owner's token works" if self.settings.token else "the app's token works"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the live videos among the newest 100."""
        del now, may_spend  # calls come back every minute
        params = {"sort": "date", "direction": "desc", "per_page": "100", "fields": FIELDS}
        path = f"/users/{account.native_id}/videos"
        response = yield self._call(path, params, "users/videos")
        return Discovery.of_list(
            response, _rows(response), _read_new, _id_of, account=account, known=known
        )

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the videos at once, then for the viewers of those on the air."""
        del accounts, now
        uris = ",".join(f"/videos/{broadcast.native_id}" for broadcast in broadcasts)
        params = {"uris": uris, "per_page": "100", "fields": FIELDS}
        response = yield self._call("/videos", params, "videos")
        rows = _rows(response)
        result = PollResult(broadcasts, _read, _id_of, strict=True)
        result.take_items(response, rows)
        readings = result.readings(absent_is_gone=not goes_on(response, "paging", "next"))
        addresses = {f"vimeo:{_id_of(row)}": _live_stats_address(row) for row in rows}
        snapshots, unreadable = list(readings.snapshots), list(readings.unreadable)
        for index, snapshot in enumerate(snapshots):
            address = addresses.get(snapshot.broadcast)
            if address is None or snapshot.status is not Status.LIVE:
                continue
            try:
                viewers = _viewers((yield self._call(address, {}, "live_stats")))
            except PlatformError as error:
                # The other counts stand; the poll tells why this one is not among them.
                unreadable.append(Unreadable(self.name, error.detail))
            else:
                # The definition is that of the videos, whose answer gives the other counts.
                snapshots[index] = replace(snapshot, concurrent_viewers=viewers)
        return replace(readings, snapshots=tuple(snapshots), unreadable=tuple(unreadable))

    def _call(self, path: str, params: Mapping[str, str], source: str) -> Request:
        secrets: dict[str, str] = {}
        if self.settings.token:
            secrets["Authorization"] = f"bearer {self.settings.token.get_secret_value()}"
        elif self.grant is None:
            detail = "no token; set LIVETALLY_VIMEO_TOKEN, or _CLIENT_ID and _CLIENT_SECRET"
            raise CredentialMissing(self.name, detail)
        return Request(
            platform=self.name,
            url=self.settings.api_url + path,
            source=source,
            params=params,
            headers={"Accept": "application/vnd.vimeo.*+json;version=3.4"},
            secrets=secrets,
            token=None if secrets else self.name,
        )


def _rows(response: Response) -> list[Any]:
    if response.status != HTTPStatus.OK:
        raise _error_of(response)
    return rows_of(response, "data")


def _object(response: Response) -> dict[str, Any]:
    if response.status != HTTPStatus.OK:
        raise _error_of(response)
    try:
        return fields_of(response.json())
    except ValueError as error:
        detail = f"{response.source}: {error}"
        raise Unreadable("vimeo", detail, body=response.text()) from None


def _error_of(response: Response) -> PlatformError:
    words = error_text(response, "error_code", "developer_message", "error")
    code = error_text(response, "error_code")
    error = failure_of(response, words, reset_header="x-ratelimit-reset")
    if isinstance(error, RateLimited):
        return error
    if code in _AUTH_CODES:
        return AuthFailed("vimeo", error.detail)
    if code in _BUSY_CODES:
        return Unavailable("vimeo", error.detail)
    return error


def _number(fields: Mapping[str, Any], form: re.Pattern[str]) -> str | None:
    uri = fields.get("uri")
    match = form.match(uri) if isinstance(uri, str) else None
    return match.group(1) if match else None


def _id_of(row: Any) -> str | None:
    try:
        return _number(fields_of(row), _VIDEO)
    except ValueError:
        return None


def _part(fields: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """Return a nested object; an absent or null one is empty."""
    part = dict(fields)
    for name in path:
        part = {} if part.get(name) is None else mapping(part, name)
    return part


def _read_new(row: Any, account: Account, response: Response) -> Broadcast | None:
    """Return a live video as a broadcast; ``None`` for an ordinary one."""
    fields = fields_of(row)
    native_id = _number(fields, _VIDEO)
    if native_id is None:
        raise ValueError("video without uri")
    if fields.get("type") != "live" and not _part(fields, "live"):
        return None
    url = f"https://vimeo.com/{native_id}"
    blank = blank_broadcast(account, native_id, response, url=url, status=Status.UNKNOWN)
    return _with_facts(blank, fields)


def _with_facts(broadcast: Broadcast, fields: Mapping[str, Any]) -> Broadcast:
    """Return the broadcast as this answer describes it; what the answer omits stays."""
    live = _part(fields, "live")
    status = _STATUS.get(str(live.get("status")), broadcast.status)
    ended_at = moment(live, "ended_time") or broadcast.ended_at
    return replace(
        broadcast,
        status=status,
        title=text(fields, "name") or broadcast.title,
        description=text(fields, "description") or broadcast.description,
        published_at=moment(fields, "release_time")
        or moment(fields, "created_time")
        or broadcast.published_at,
        scheduled_at=moment(live, "scheduled_start_time") or broadcast.scheduled_at,
        started_at=moment(live, "active_time") or broadcast.started_at,
        ended_at=ended_at if status is Status.ENDED else None,
    )


def _read(row: Any, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    fields = fields_of(row)
    facts = _with_facts(broadcast, fields)
    return facts, snapshot_of(
        facts,
        response,
        views=count(_part(fields, "stats"), "plays"),
        likes=count(_part(fields, "metadata", "connections", "likes"), "total"),
        comments=count(_part(fields, "metadata", "connections", "comments"), "total"),
    )


def _live_stats_address(row: Any) -> str | None:
    """Return where the viewers of a live video are told, ``None`` where this token may not ask."""
    try:
        address = _part(fields_of(row), "metadata", "connections", "live_stats").get("uri")
    except ValueError:
        return None
    return address if isinstance(address, str) and _LIVE_STATS.fullmatch(address) else None


def _viewers(response: Response) -> int | None:
    """Return the viewers now; ``None`` where they are not for this token to know."""
    if response.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        return None
    fields = _object(response)
    try:
        return count(_part(fields, "viewers"), "current")
    except ValueError as error:
        raise Unreadable("vimeo", f"live_stats: {error}", body=response.text()) from None
