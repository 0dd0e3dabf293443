"""Kick: the public API.

needs: an app's client id and secret
discovers: the stream on the air
counts while live: concurrent viewers
counts afterwards: nothing
batch: 100 channels a call
refresh: about 60 s
a view is: not counted; a viewer is one watching at that instant

Facts: ``users/livestreams`` lists active streams only: absence is the end. A stream stays listed for
some seconds after it ends. One unknown slug fails a whole ``channels`` call with 400, so slugs are
resolved one at a time. The year 0001 means never, as everywhere. In an error ``data`` is an object. Where a stream
has no id its broadcast is the channel with its start. ``viewer_count`` has been seen as 0 in the first
minutes of a stream that was watched: it is kept as said, and the definition says so. ``v2/livestreams``
has no filter by channel and would give strangers' figures. There are no plans, recordings, likes or
comments, and no headers about limits.
Documents: docs.kick.com, 2026-06-23; the shape of ``users/livestreams`` from a client's tests and the
refresh from one project's recordings, both not verified against Kick's own text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import SecretStr

from collector.contract.errors import CredentialMissing, Rejected
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import error_text, failure_of
from collector.contract.json_fields import count, fields_of, mapping, moment, rows_of, text
from collector.contract.oauth import AppGrant
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.readings import Discovery, Readings, blank_broadcast, handle_of, snapshot_of
from storage.model import AIRING_RESUMES_WITHIN, Account, Broadcast, Metric, Snapshot, Status
from storage.names import lowered


class KickSettings(PlatformSettings):
    """``platforms: kick:``; the app is made in the account's developer settings."""

    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    api_url: str = "https://api.kick.com/public/v1"
    token_url: str = "https://id.kick.com/oauth/token"  # noqa: S105 - an address


class Kick(Platform[KickSettings]):
    """Streams while they are on the air: there is nothing to ask for afterwards."""

    name = "kick"
    display_name = "Kick"
    handle_examples: ClassVar = ("dgsn",)
    sites: ClassVar = ("kick.com",)
    other_pages: ClassVar = frozenset({"video", "categories", "browse", "following"})
    Settings = KickSettings
    batch_size = 100
    metrics: ClassVar = {
        Metric.CONCURRENT_VIEWERS: "watching at that instant; 0 in the first minutes is doubtful",
    }
    tracked_after_end_seconds = AIRING_RESUMES_WITHIN.total_seconds()  # in case it comes back

    def __init__(self, settings: KickSettings) -> None:
        super().__init__(settings)
        self.grant = AppGrant.from_settings(
            self.name, settings.token_url, settings.client_id, settings.client_secret
        )

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Put all together: one call answers for 100 channels."""
        del broadcast, now
        return "streams"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a slug or a channel's address into the numeric id: this one slug alone."""
        slug = lowered(handle_of(account))
        response = yield self._call("channels", {"slug": slug})
        if response.status == HTTPStatus.BAD_REQUEST:
            detail = f"channels: no channel has the slug {slug!r} (HTTP 400)"
            raise Rejected(self.name, detail, status=response.status)
        for channel in _rows(response):
            if native_id := _number(channel, "broadcaster_user_id"):
                return replace(account, native_id=native_id)
        detail = f"channels: no channel has the slug {slug!r}"
        raise Rejected(self.name, detail, status=response.status)

    def probe(self, account: Account) -> Exchange[str]:
        """Ask for the channel, which proves the app's token."""
        channel = account.native_id or ""
        response = yield self._call("channels", {"broadcaster_user_id": channel})
        return "the app's token works" if _rows(response) else "the token works; no such channel"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the stream on the air."""
        del now, may_spend  # nothing here is counted
        channel = account.native_id or ""
        response = yield self._call("users/livestreams", {"user_id": [channel]})
        return Discovery.of_list(
            response, _rows(response), _read_new, _id_of, account=account, known=known
        )

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the streams of every channel at once."""
        del now
        channels = {
            broadcast.key: accounts[broadcast.account].native_id or "" for broadcast in broadcasts
        }
        ids = list(dict.fromkeys(channels.values()))
        response = yield self._call("users/livestreams", {"user_id": ids})
        # A row may lack the id that it had: it is told by its channel and start as well.
        by_start = {
            f"{channels[broadcast.key]}@{broadcast.started_at:%Y%m%dT%H%M%SZ}": broadcast.native_id
            for broadcast in broadcasts
            if broadcast.started_at
        }

        def id_of(row: Any) -> str | None:
            native_id = _id_of(row)
            return by_start.get(native_id or "", native_id)

        result = PollResult(broadcasts, _read, id_of, channels=channels, channel_of=_channel_of)
        result.take_items(response, _rows(response))
        result.end_absent(response)
        return result.readings()

    def _call(self, path: str, params: Mapping[str, str | Sequence[str]]) -> Request:
        if self.grant is None:
            detail = "no app; set LIVETALLY_KICK_CLIENT_ID and LIVETALLY_KICK_CLIENT_SECRET"
            raise CredentialMissing(self.name, detail)
        return Request(
            platform=self.name,
            url=f"{self.settings.api_url}/{path}",
            source=path,
            params=params,
            token=self.name,
        )


def _rows(response: Response) -> list[Any]:
    """Return the answer's rows, or raise what its status means."""
    if response.status != HTTPStatus.OK:
        raise failure_of(response, error_text(response, "error", "message"))
    return rows_of(response, "data")


def _number(row: Any, name: str) -> str | None:
    """Return a numeric id as digits; whatever else stands there is none."""
    try:
        number = count(fields_of(row), name)
    except ValueError:
        return None
    return str(number) if number else None


def _channel_of(row: Any) -> str | None:
    """Return the channel's numeric id: nested in the newest answer, flat in the older one."""
    try:
        nested = mapping(fields_of(row), "broadcaster_user")
    except ValueError:
        return None
    return _number(nested, "id") or _number(row, "broadcaster_user_id")


def _id_of(row: Any) -> str | None:
    """Return the stream's id, or channel and start where it has none."""
    try:
        fields = fields_of(row)
        started_at = moment(fields, "started_at")
    except ValueError:
        return None
    native_id, channel = fields.get("id"), _channel_of(row)
    if isinstance(native_id, str) and native_id:
        return text(fields, "id")
    return f"{channel}@{started_at:%Y%m%dT%H%M%SZ}" if channel and started_at else None


def _read_new(row: Any, account: Account, response: Response) -> Broadcast:
    fields, native_id = fields_of(row), _id_of(row)
    started_at = moment(fields, "started_at")
    if not native_id:
        raise ValueError("stream without id or start")
    if _channel_of(row) != account.native_id:
        raise ValueError("a stream of another channel")
    url = f"https://kick.com/{handle_of(account).lower()}"
    return replace(
        blank_broadcast(account, native_id, response, url=url, status=Status.LIVE),
        title=_title(fields) or native_id,
        published_at=started_at,
        started_at=started_at,
    )


def _title(fields: Mapping[str, Any]) -> str | None:
    return text(fields, "title") or text(fields, "stream_title")


def _read(row: Any, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    fields = fields_of(row)
    facts = replace(
        broadcast,
        status=Status.LIVE,
        title=_title(fields) or broadcast.title,
        started_at=moment(fields, "started_at") or broadcast.started_at,
        ended_at=None,
    )
    viewers = count(fields, "viewer_count")
    return facts, snapshot_of(facts, response, concurrent_viewers=viewers)
