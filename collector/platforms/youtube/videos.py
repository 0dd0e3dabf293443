"""YouTube's videos as the Data API lists them: each one's state and counts, as a snapshot."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from collector.contract.exchange import Response
from collector.contract.json_fields import count, fields_of, id_of, mapping, moment, sift, text
from collector.contract.readings import Readings
from storage.model import Broadcast, Snapshot, Status


def readings_of(items: list[Any], response: Response, broadcasts: Sequence[Broadcast]) -> Readings:
    """Return a snapshot for each item that was asked for and can be read."""
    waiting = {broadcast.native_id: broadcast for broadcast in broadcasts}
    changed: list[Broadcast] = []

    def parse(item: Any) -> Snapshot:
        broadcast = waiting.pop(id_of(item) or "", None)
        if broadcast is None:
            raise ValueError("item without id, or with one that was not asked for")
        facts = _with_facts(broadcast, fields_of(item))
        snapshot = _snapshot(facts, item, response)
        if facts != broadcast:
            changed.append(facts)
        return snapshot

    snapshots, unreadable = sift(response, items, parse, id_of)
    return Readings(
        snapshots=tuple(snapshots),
        broadcasts=tuple(changed),
        missing=tuple(broadcast.key for broadcast in waiting.values()),
        unreadable=tuple(unreadable),
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


def _snapshot(facts: Broadcast, item: dict[str, Any], response: Response) -> Snapshot:
    statistics = mapping(item, "statistics")
    return Snapshot(
        broadcast=facts.key,
        observed_at=response.received_at,
        status=facts.status,
        views=count(statistics, "viewCount"),
        concurrent_viewers=count(mapping(item, "liveStreamingDetails"), "concurrentViewers"),
        likes=count(statistics, "likeCount"),
        comments=count(statistics, "commentCount"),
        source=response.source,
    )
