"""YouTube's videos as the Data API lists them: each one's state and counts, as a snapshot."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from collector.contract.exchange import Response
from collector.contract.json_fields import count, fields_of, id_of, mapping, moment, text
from collector.contract.poll_result import PollResult
from collector.contract.readings import Readings, snapshot_of
from storage.model import Broadcast, Snapshot, Status


def readings_of(items: list[Any], response: Response, broadcasts: Sequence[Broadcast]) -> Readings:
    """Return a snapshot for each item that was asked for and can be read."""
    result = PollResult(broadcasts, _read, id_of, strict=True)
    result.take_items(response, items)
    return result.readings(absent_is_gone=True)


def _read(item: Any, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    fields = fields_of(item)
    facts, statistics = _with_facts(broadcast, fields), mapping(fields, "statistics")
    return facts, snapshot_of(
        facts,
        response,
        views=count(statistics, "viewCount"),
        concurrent_viewers=count(mapping(fields, "liveStreamingDetails"), "concurrentViewers"),
        likes=count(statistics, "likeCount"),
        comments=count(statistics, "commentCount"),
    )


def _with_facts(broadcast: Broadcast, item: dict[str, Any]) -> Broadcast:
    """Return the broadcast as this answer describes it; what the answer omits stays."""
    snippet, details = mapping(item, "snippet"), mapping(item, "liveStreamingDetails")
    status = _status_of(snippet, details)
    if status is None:
        return broadcast
    return replace(
        broadcast,
        status=status,
        title=text(snippet, "title") or broadcast.title,
        description=(text(snippet, "description") or broadcast.description)[:1000],
        published_at=moment(snippet, "publishedAt") or broadcast.published_at,
        scheduled_at=moment(details, "scheduledStartTime"),
        started_at=moment(details, "actualStartTime"),
        ended_at=moment(details, "actualEndTime"),
    )


def _status_of(snippet: dict[str, Any], details: dict[str, Any]) -> Status | None:
    """Tell the state; a past broadcast reads ``none`` like an upload but keeps its details."""
    content = snippet.get("liveBroadcastContent")
    if "actualEndTime" in details:
        return Status.ENDED
    if content in ("live", "upcoming"):
        return Status(content)
    if not details:
        return Status.UPLOAD if content == "none" else None
    if "actualStartTime" not in details:
        return Status.UPCOMING
    return Status.LIVE if content is None else Status.ENDED
