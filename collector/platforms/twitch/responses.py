"""Twitch's answers as ``collector.platforms.twitch`` reads them: streams, archives, plans, and errors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from collector.contract.errors import RateLimited
from collector.contract.exchange import Response
from collector.contract.http_errors import error_text, failure_of
from collector.contract.json_fields import count, fields_of, moment, rows_of, sift, text, unix_time
from collector.contract.readings import Readings
from storage.model import Account, Broadcast, Snapshot, Status

_VIDEO = "https://www.twitch.tv/videos/"


def rows(response: Response) -> list[Any]:
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


def segments(response: Response) -> list[Any]:
    """Return the planned segments; 404 says that the channel has no schedule."""
    if response.status != HTTPStatus.OK:
        return [] if response.status == HTTPStatus.NOT_FOUND else rows(response)
    return rows_of(response, "data", "segments")


def _goes_on(response: Response) -> bool:
    """Tell whether there is another page: what is absent from this one may stand there."""
    if response.status != HTTPStatus.OK:
        return False
    return bool(_fields_or_empty(_fields_or_empty(response.json()).get("pagination")).get("cursor"))


def _fields_or_empty(value: Any) -> dict[str, Any]:
    try:
        return fields_of(value)
    except ValueError:
        return {}


def _id_in(fields: Mapping[str, Any], name: str) -> str | None:
    """Return an id, which Twitch writes as text; whatever else stands there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def named_id(row: Any) -> str | None:
    """Return the id of a row, ``None`` where it has none that can be read."""
    return _id_in(_fields_or_empty(row), "id")


def video_of(broadcast: Broadcast) -> str:
    """Return the id of the archive that was found for a stream: its address keeps it."""
    return broadcast.url.removeprefix(_VIDEO) if broadcast.url.startswith(_VIDEO) else ""


def _live_fields(row: Any) -> dict[str, Any]:
    fields = fields_of(row)
    if not _id_in(fields, "id"):
        raise ValueError("stream without id")
    if fields.get("type") != "live":
        raise ValueError(f"type is {str(fields.get('type'))[:20]!r}, not 'live'")
    return fields


def stream_of(row: Any, account: Account, response: Response) -> Broadcast | None:
    """Return a stream on the air as a broadcast; raises ValueError where it is none of ``account``'s."""
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


def plan_of(row: Any, account: Account, response: Response) -> Broadcast | None:
    """Return a planned segment as a broadcast to come; ``None`` where it is cancelled."""
    fields = fields_of(row)
    native_id, scheduled_at = _id_in(fields, "id"), moment(fields, "start_time")
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
        discovered_at=response.received_at,
    )


def stream_readings(
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
        return named_id(row)

    snapshots, unreadable = sift(response, rows(response), parse, named)
    seen = [one for one in snapshots if one]
    unsure = {_id_in(_fields_or_empty(row), "user_id") for row in broken}
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


def video_readings(response: Response, broadcasts: Sequence[Broadcast], *, by_id: bool) -> Readings:
    """Return the views of the archives; only those asked for by id can be known to be gone."""
    waiting = {(video_of(one) if by_id else one.native_id): one for one in broadcasts}
    if by_id and response.status == HTTPStatus.NOT_FOUND:  # every id is unknown
        return Readings(missing=tuple(one.key for one in broadcasts))
    changed: list[Broadcast] = []

    def parse(row: Any) -> Snapshot | None:
        fields = fields_of(row)
        video = _id_in(fields, "id")
        if not video:
            raise ValueError("video without id")
        broadcast = waiting.get((video if by_id else _id_in(fields, "stream_id")) or "")
        if broadcast is None:
            return None  # the archive of a stream that is not asked for
        snapshot = _snapshot(broadcast, response, views=count(fields, "view_count"))
        del waiting[video if by_id else broadcast.native_id]
        facts = replace(broadcast, url=_VIDEO + video)
        if facts != broadcast:
            changed.append(facts)
        return snapshot

    def named(row: Any) -> str | None:
        fields = _fields_or_empty(row)
        whose = waiting.get(_id_in(fields, "id" if by_id else "stream_id") or "")
        return whose.native_id if whose else None

    snapshots, unreadable = sift(response, rows(response), parse, named)
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


def schedule_readings(
    response: Response, broadcasts: Sequence[Broadcast], account: Account
) -> Readings:
    """Return the plans that still stand; no counts. A cancelled or past one is missing."""
    waiting = {broadcast.native_id: broadcast for broadcast in broadcasts}
    plans, unreadable = sift(
        response, segments(response), lambda row: plan_of(row, account, response), named_id
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
