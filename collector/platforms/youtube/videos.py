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
    described = replace(
        broadcast,
        title=text(snippet, "title") or broadcast.title,
        description=(text(snippet, "description") or broadcast.description)[:1000],
        published_at=moment(snippet, "publishedAt") or broadcast.published_at,
        scheduled_at=moment(details, "scheduledStartTime") or broadcast.scheduled_at,
        started_at=moment(details, "actualStartTime") or broadcast.started_at,
        ended_at=moment(details, "actualEndTime"),
    )
    word = snippet.get("liveBroadcastContent")
    status = _status_of(word, described, is_live=bool(details)) if word or details else None
    return broadcast if status is None else replace(described, status=status)


def _status_of(word: object, described: Broadcast, *, is_live: bool) -> Status | None:
    """Tell the state: by the times that are told, and by the word, which lags, where none is.

    A past broadcast reads ``none`` like an upload but keeps its details: it ``is_live`` video.
    """
    if described.ended_at:
        return Status.ENDED
    if word == "live":
        return Status.LIVE
    if described.started_at:
        return Status.ENDED if word == "none" else Status.LIVE
    if word == "upcoming" or described.scheduled_at:
        return Status.UPCOMING
    if word != "none" or is_live:
        return None
    # What was on the air is no upload because its details are not told once.
    was_live = described.status in (Status.LIVE, Status.ENDED)
    return Status.ENDED if was_live else Status.UPLOAD
