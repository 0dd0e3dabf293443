"""Twitch: Helix, the public API.

needs: an app's client id and secret
discovers: streams on the air and the channel's schedule
counts while live: concurrent viewers
counts afterwards: views of the archive video, where the channel keeps one
batch: 100 channels a call
limit: 800 points a minute, 1 point a call
refresh: not documented
a view is: one play of the archive video after the stream; while live none are counted

Facts: a broadcast is a stream, whose id is another one each time. ``first`` is 20 unless said, which
would silently drop streams. A channel that is off the air has no row; ``viewer_count`` 0 on a row is
zero viewers. ``type`` is "" where Twitch failed. The archive names its stream in ``stream_id``; it
expires or is deleted, and is only known to be gone when asked for by its id: 404 where every id is
unknown. A planned segment has an id of its own, and leaves the schedule once its start has passed:
the stream is a broadcast of its own. ``users.view_count`` is void. There are no likes or comments.
How long the API goes on listing a stream after its end is not verified.
Documents: dev.twitch.tv/docs/api/reference, as of 2026-02-27; dev.twitch.tv/docs/api/guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SecretStr

from collector.contract import Bucket, Discovery, Grant, Limit, Readings
from collector.errors import AuthFailed, RateLimited, Rejected
from collector.exchange import Exchange, Request, Response
from collector.oauth import AppGrant
from collector.parsing import (
    count,
    error_text,
    failure_of,
    fields_of,
    moment,
    rows_of,
    sift,
    text,
    unix_time,
)
from storage.model import Account, Broadcast, Metric, Snapshot, Status

#: For this long after the end the streams are asked, which alone tell that it is on air again.
END_IS_FRESH = timedelta(minutes=15)
_VIDEO = "https://www.twitch.tv/videos/"


class Twitch:
    """Streams while they are on the air, then the archive videos they leave."""

    name: ClassVar[str] = "twitch"
    metrics: ClassVar[Mapping[Metric, str]] = {
        Metric.CONCURRENT_VIEWERS: "watching the stream at that instant",
        Metric.VIEWS: "plays of the archive video after the stream",
    }
    tracked_after_end_seconds: ClassVar[float] = timedelta(days=14).total_seconds()
    paid_discovery_seconds: ClassVar[float] = 0.0

    class Settings(BaseModel):
        """``platforms: twitch:``; the app is registered at dev.twitch.tv/console."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        client_id: SecretStr | None = None
        client_secret: SecretStr | None = None
        api_url: str = "https://api.twitch.tv/helix"
        token_url: str = "https://id.twitch.tv/oauth2/token"  # noqa: S105 - an address

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.batch_size = 100
        self.buckets: Sequence[Bucket] = ()
        self.grant: Grant | None = AppGrant.of(
            self.name, settings.token_url, settings.client_id, settings.client_secret
        )

    def limits(self, response: Response) -> Sequence[Limit]:
        """Read the points left of the minute, from ``Ratelimit-*``."""
        try:
            limit = count(response.headers, "ratelimit-limit")
            left = count(response.headers, "ratelimit-remaining")
            resets_at = unix_time(response.headers, "ratelimit-reset")
        except ValueError:
            return ()
        if limit is None or left is None or resets_at is None:
            return ()
        used = max(limit - left, 0)
        return (Limit(name="twitch.points", used=used, limit=limit, resets_at=resets_at),)

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: streams, archives known by id, or one channel's others."""
        if broadcast.status is Status.UPCOMING:
            return f"schedule {broadcast.account}"
        if broadcast.status is not Status.ENDED:
            return "streams"
        if broadcast.ended_at is None or now - broadcast.ended_at <= END_IS_FRESH:
            return "streams"
        return "videos" if _video_of(broadcast) else f"archive {broadcast.account}"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a login or a channel's address into the user id; 1 point."""
        login = account.handle.rstrip("/").rsplit("/", 1)[-1].removeprefix("@").lower()
        response = yield self._call("users", {"login": login})
        for user in _rows(response):
            fields = _object(user)
            if native_id := _id(fields, "id"):
                return replace(account, native_id=native_id)
        detail = f"users: no channel has the login {login!r}"
        raise Rejected(self.name, detail, status=response.status)

    def probe(self, account: Account) -> Exchange[str]:
        """Look the channel up, which proves the app's token; 1 point."""
        response = yield self._call("users", {"id": account.native_id or ""})
        return "the app's token works" if _rows(response) else "the token works; no such channel"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the stream on the air and the planned segments; 2 points."""
        del now, may_spend  # points come back every minute
        ids = {broadcast.native_id for broadcast in known}
        channel = account.native_id or ""
        streams = yield self._call("streams", {"user_id": [channel], "first": "100"})
        found, unreadable = sift(
            streams, _rows(streams), lambda row: _stream(row, account, streams), _id_of
        )
        schedule = yield self._call("schedule", {"broadcaster_id": channel, "first": "25"})
        planned, set_aside = sift(
            schedule, _segments(schedule), lambda row: _plan(row, account, schedule), _id_of
        )
        new = [one for one in (*found, *planned) if one and one.native_id not in ids]
        return Discovery(broadcasts=tuple(new), unreadable=(*unreadable, *set_aside))

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the streams, the archives or the schedule of broadcasts of one group."""
        first = broadcasts[0]
        group = self.group(first, now)
        channel = accounts[first.account].native_id or ""
        if group == "videos":
            ids = [_video_of(broadcast) for broadcast in broadcasts]
            response = yield self._call("videos", {"id": ids})
            return _video_readings(response, broadcasts, by_id=True)
        if group.startswith("archive"):
            params = {"user_id": channel, "type": "archive", "sort": "time", "first": "100"}
            response = yield self._call("videos", params)
            return _video_readings(response, broadcasts, by_id=False)
        if group.startswith("schedule"):
            params = {"broadcaster_id": channel, "first": "25"}
            response = yield self._call("schedule", params)
            return _schedule_readings(response, broadcasts, accounts[first.account])
        channels = {one.key: accounts[one.account].native_id or "" for one in broadcasts}
        ids = list(dict.fromkeys(channels.values()))
        response = yield self._call("streams", {"user_id": ids, "first": "100"})
        return _stream_readings(response, broadcasts, channels)

    def _call(self, path: str, params: Mapping[str, str | Sequence[str]]) -> Request:
        if not (self.settings.client_id and self.settings.client_secret):
            detail = "no app; set LIVETALLY_TWITCH_CLIENT_ID and LIVETALLY_TWITCH_CLIENT_SECRET"
            raise AuthFailed(self.name, detail)
        return Request(
            platform=self.name,
            url=f"{self.settings.api_url}/{path}",
            source=path,
            params=params,
            secrets={"Client-Id": self.settings.client_id.get_secret_value()},
            token=self.name,
        )


def _rows(response: Response) -> list[Any]:
    """Return the answer's rows, or raise what its status means."""
    if response.status == HTTPStatus.OK:
        return rows_of(response, "data")
    error = failure_of(response, error_text(response, "error", "message"))
    if isinstance(error, RateLimited):
        try:
            resets_at = unix_time(response.headers, "ratelimit-reset")
        except ValueError:
            resets_at = None
        if resets_at is not None:
            wait = (resets_at - response.received_at).total_seconds()
            error.retry_after_seconds = min(max(wait, 1.0), 3600.0)
    raise error


def _segments(response: Response) -> list[Any]:
    """Return the planned segments; 404 says that the channel has no schedule."""
    if response.status != HTTPStatus.OK:
        return [] if response.status == HTTPStatus.NOT_FOUND else _rows(response)
    return rows_of(response, "data", "segments")


def _goes_on(response: Response) -> bool:
    """Tell whether there is another page: what is absent from this one may stand there."""
    if response.status != HTTPStatus.OK:
        return False
    return bool(_object(_object(response.json()).get("pagination")).get("cursor"))


def _object(value: Any) -> dict[str, Any]:
    try:
        return fields_of(value)
    except ValueError:
        return {}


def _id(fields: Mapping[str, Any], name: str) -> str | None:
    """Return an id, which Twitch writes as text; whatever else stands there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _id_of(row: Any) -> str | None:
    return _id(_object(row), "id")


def _video_of(broadcast: Broadcast) -> str:
    """Return the id of the archive that was found for a stream: its address keeps it."""
    return broadcast.url.removeprefix(_VIDEO) if broadcast.url.startswith(_VIDEO) else ""


def _live_fields(row: Any) -> dict[str, Any]:
    fields = fields_of(row)
    if not _id(fields, "id"):
        raise ValueError("stream without id")
    if fields.get("type") != "live":
        raise ValueError(f"type is {str(fields.get('type'))[:20]!r}, not 'live'")
    return fields


def _stream(row: Any, account: Account, response: Response) -> Broadcast | None:
    fields = _live_fields(row)
    if fields.get("user_id") != account.native_id:
        raise ValueError("a stream of another channel")
    started_at = moment(fields, "started_at")
    blank = _blank(fields["id"], account, response)
    return replace(
        blank,
        title=text(fields, "title") or blank.title,
        description=_tags(fields),
        status=Status.LIVE,
        published_at=started_at,
        started_at=started_at,
    )


def _tags(fields: Mapping[str, Any]) -> str:
    tags = fields.get("tags")
    return text({"tags": " ".join(map(str, tags))}, "tags") or "" if isinstance(tags, list) else ""  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON


def _plan(row: Any, account: Account, response: Response) -> Broadcast | None:
    """Return a planned segment as a broadcast to come; ``None`` where it is cancelled."""
    fields = fields_of(row)
    native_id, scheduled_at = _id(fields, "id"), moment(fields, "start_time")
    if not native_id or scheduled_at is None:
        raise ValueError("segment without id or start_time")
    if fields.get("canceled_until") is not None:
        return None
    blank = _blank(native_id, account, response)
    title = text(fields, "title") or blank.title
    return replace(blank, title=title, status=Status.UPCOMING, scheduled_at=scheduled_at)


def _blank(native_id: str, account: Account, response: Response) -> Broadcast:
    login = account.handle.rstrip("/").rsplit("/", 1)[-1].removeprefix("@").lower()
    return Broadcast(
        key=f"twitch:{native_id}",
        platform="twitch",
        account=account.key,
        native_id=native_id,
        title=native_id,
        url=f"https://www.twitch.tv/{login}",
        status=Status.UNKNOWN,
        published_at=None,
        scheduled_at=None,
        started_at=None,
        ended_at=None,
        discovered_at=response.received_at,
    )


def _stream_readings(
    response: Response, broadcasts: Sequence[Broadcast], channels: Mapping[str, str]
) -> Readings:
    """Return what the streams say; a broadcast without a row has ended."""
    waiting = {broadcast.native_id: broadcast for broadcast in broadcasts}
    changed: list[Broadcast] = []

    def parse(row: Any) -> Snapshot | None:
        fields = _live_fields(row)
        if fields["id"] not in waiting:
            return None  # the channel's next stream: discovery finds it
        broadcast = waiting[fields["id"]]
        facts = replace(
            broadcast,
            status=Status.LIVE,
            title=text(fields, "title") or broadcast.title,
            started_at=moment(fields, "started_at") or broadcast.started_at,
            ended_at=None,
        )
        viewers = count(fields, "viewer_count")
        del waiting[fields["id"]]
        if facts != broadcast:
            changed.append(facts)
        return _snapshot(facts, response, concurrent_viewers=viewers)

    broken: list[Any] = []

    def named(row: Any) -> str | None:
        broken.append(row)
        return _id_of(row)

    snapshots, unreadable = sift(response, _rows(response), parse, named)
    seen = [one for one in snapshots if one]
    unsure = {_id(_object(row), "user_id") for row in broken}
    # A broken row that does not name one of the channels may be anyone's: nobody's end is certain.
    if unsure <= set(channels.values()):
        for broadcast in waiting.values():
            if channels[broadcast.key] in unsure:
                continue
            facts = replace(broadcast, status=Status.ENDED)
            seen.append(_snapshot(facts, response))
            if facts != broadcast:
                changed.append(facts)
    return Readings(snapshots=tuple(seen), broadcasts=tuple(changed), unreadable=tuple(unreadable))


def _video_readings(
    response: Response, broadcasts: Sequence[Broadcast], *, by_id: bool
) -> Readings:
    """Return the views of the archives; only those asked for by id can be known to be gone."""
    waiting = {(_video_of(one) if by_id else one.native_id): one for one in broadcasts}
    if by_id and response.status == HTTPStatus.NOT_FOUND:  # every id is unknown
        return Readings(missing=tuple(one.key for one in broadcasts))
    changed: list[Broadcast] = []

    def parse(row: Any) -> Snapshot | None:
        fields = fields_of(row)
        video = _id(fields, "id")
        if not video:
            raise ValueError("video without id")
        broadcast = waiting.get((video if by_id else _id(fields, "stream_id")) or "")
        if broadcast is None:
            return None  # the archive of a stream that is not asked for
        snapshot = _snapshot(broadcast, response, views=count(fields, "view_count"))
        del waiting[video if by_id else broadcast.native_id]
        facts = replace(broadcast, url=_VIDEO + video)
        if facts != broadcast:
            changed.append(facts)
        return snapshot

    def named(row: Any) -> str | None:
        fields = _object(row)
        whose = waiting.get(_id(fields, "id" if by_id else "stream_id") or "")
        return whose.native_id if whose else None

    snapshots, unreadable = sift(response, _rows(response), parse, named)
    told = {error.native_id for error in unreadable}
    absent = tuple(one.key for one in waiting.values() if one.native_id not in told)
    certain = by_id and None not in told
    return Readings(
        snapshots=tuple(one for one in snapshots if one),
        broadcasts=tuple(changed),
        missing=absent if certain else (),
        unlisted=() if certain else absent,
        unreadable=tuple(unreadable),
    )


def _schedule_readings(
    response: Response, broadcasts: Sequence[Broadcast], account: Account
) -> Readings:
    """Return the plans that still stand; no counts. A cancelled or past one is missing."""
    waiting = {broadcast.native_id: broadcast for broadcast in broadcasts}
    plans, unreadable = sift(
        response, _segments(response), lambda row: _plan(row, account, response), _id_of
    )
    snapshots: list[Snapshot] = []
    changed: list[Broadcast] = []
    for plan in plans:
        broadcast = waiting.pop(plan.native_id, None) if plan else None
        if plan is None or broadcast is None:
            continue
        facts = replace(broadcast, title=plan.title, scheduled_at=plan.scheduled_at)
        snapshots.append(_snapshot(facts, response))
        if facts != broadcast:
            changed.append(facts)
    told = {error.native_id for error in unreadable}
    absent = tuple(one.key for one in waiting.values() if one.native_id not in told)
    certain = None not in told and not _goes_on(response)
    return Readings(
        snapshots=tuple(snapshots),
        broadcasts=tuple(changed),
        missing=absent if certain else (),
        unlisted=() if certain else absent,
        unreadable=tuple(unreadable),
    )


def _snapshot(
    facts: Broadcast,
    response: Response,
    *,
    concurrent_viewers: int | None = None,
    views: int | None = None,
) -> Snapshot:
    return Snapshot(
        broadcast=facts.key,
        observed_at=response.received_at,
        status=facts.status,
        source=response.source,
        concurrent_viewers=concurrent_viewers,
        views=views,
    )
