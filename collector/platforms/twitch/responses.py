"""Twitch's answers as ``collector.platforms.twitch`` reads them: streams, archives, plans, and errors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from collector.contract.exchange import Response
from collector.contract.http_errors import error_text, failure_of
from collector.contract.json_fields import count, fields_of, goes_on, moment, rows_of, text
from collector.contract.poll_result import PollResult, native_id_of
from collector.contract.readings import Readings, blank_broadcast, handle_of, snapshot_of
from storage.model import Account, Broadcast, Snapshot, Status

_VIDEO = "https://www.twitch.tv/videos/"


def rows(response: Response) -> list[Any]:
    """Return the answer's rows, or raise what its status means."""
    if response.status == HTTPStatus.OK:
        return rows_of(response, "data")
    words = error_text(response, "error", "message")
    raise failure_of(response, words, reset_header="ratelimit-reset")


def segments(response: Response) -> list[Any]:
    """Return the planned segments; 404 says that the channel has no schedule."""
    if _finds_nothing(response):
        return []
    return (
        rows_of(response, "data", "segments")
        if response.status == HTTPStatus.OK
        else rows(response)
    )


def _finds_nothing(response: Response) -> bool:
    """Tell whether Twitch itself says 404: a proxy's page does not say that anything is gone."""
    is_own_word = error_text(response, "error", "message") != ""
    return response.status == HTTPStatus.NOT_FOUND and is_own_word


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
    native_id = named_id(row)
    if not native_id:
        raise ValueError("segment without id")
    return _plan_in(row, replace(_blank(native_id, account, response), status=Status.UPCOMING))


def _plan_in(row: Any, broadcast: Broadcast) -> Broadcast | None:
    fields = fields_of(row)
    scheduled_at = moment(fields, "start_time")
    if scheduled_at is None:
        raise ValueError("segment without start_time")
    if moment(fields, "canceled_until"):
        return None
    title = text(fields, "title") or broadcast.title
    return replace(broadcast, title=title, scheduled_at=scheduled_at)


def _blank(native_id: str, account: Account, response: Response) -> Broadcast:
    url = f"https://www.twitch.tv/{handle_of(account).lower()}"
    return blank_broadcast(account, native_id, response, url=url, status=Status.UNKNOWN)


def stream_readings(
    response: Response, broadcasts: Sequence[Broadcast], channels: Mapping[str, str]
) -> Readings:
    """Return what the streams say; a broadcast without a row has ended."""
    result = PollResult(
        broadcasts,
        _read_stream,
        named_id,
        check_other=_live_fields,
        channels=channels,
        channel_of=lambda row: _id_in(_fields_or_empty(row), "user_id"),
    )
    result.take_items(response, rows(response))
    result.end_absent(response)
    return result.readings()


def _read_stream(row: Any, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    fields = _live_fields(row)
    facts = replace(
        broadcast,
        status=Status.LIVE,
        title=text(fields, "title") or broadcast.title,
        started_at=moment(fields, "started_at") or broadcast.started_at,
        ended_at=None,
    )
    viewers = count(fields, "viewer_count")
    return facts, snapshot_of(facts, response, concurrent_viewers=viewers)


def video_readings(response: Response, broadcasts: Sequence[Broadcast], *, by_id: bool) -> Readings:
    """Return the views of the archives; only those asked for by id can be known to be gone."""
    if by_id and _finds_nothing(response):  # every id is unknown
        return Readings(missing=tuple(broadcast.key for broadcast in broadcasts))
    name = "id" if by_id else "stream_id"
    result = PollResult(
        broadcasts,
        _read_video,
        lambda row: _id_in(_fields_or_empty(row), name),
        item_id_of=video_of if by_id else native_id_of,
    )
    # An archive without the id of a stream is of none that is asked for.
    result.take_items(response, [row for row in rows(response) if by_id or _has_stream(row)])
    return result.readings(absent_is_gone=by_id)


def _has_stream(row: Any) -> bool:
    fields = _fields_or_empty(row)
    return not fields or fields.get("stream_id") is not None


def _read_video(row: Any, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    fields = fields_of(row)
    video = _id_in(fields, "id")
    if not video:
        raise ValueError("video without id")
    facts = replace(broadcast, url=_VIDEO + video)
    return facts, snapshot_of(facts, response, views=count(fields, "view_count"))


def schedule_readings(response: Response, broadcasts: Sequence[Broadcast]) -> Readings:
    """Return the plans that still stand; no counts. A cancelled or past one is missing."""
    result = PollResult(broadcasts, _read_plan, named_id)
    result.take_items(response, segments(response))
    is_all = response.status != HTTPStatus.OK or not goes_on(response, "pagination", "cursor")
    return result.readings(absent_is_gone=is_all)


def _read_plan(
    row: Any, broadcast: Broadcast, response: Response
) -> tuple[Broadcast, Snapshot] | None:
    plan = _plan_in(row, broadcast)
    return plan and (plan, snapshot_of(plan, response))
