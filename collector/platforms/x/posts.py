"""X's posts and broadcasts as ``collector.platforms.x`` reads them: states and counts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from collector.contract.exchange import Response
from collector.contract.json_fields import count, id_of, mapping, total, unix_time
from collector.contract.poll_result import PollResult
from collector.contract.readings import Readings, snapshot_of
from collector.platforms.x.responses import PostResponse, error_of_problem, kind_of, text_or_mark
from storage.model import Broadcast, Snapshot, Status

_BROADCAST_LINK = re.compile(
    r"https?://(?:[a-z]+\.)?(?:x|twitter)\.com/i/broadcasts/([A-Za-z0-9]{13})(?![A-Za-z0-9])"
)
#: As the Activity API and older broadcasts spell them; X publishes no full list.
_STATES = {
    "running": Status.LIVE,
    "live": Status.LIVE,
    "ended": Status.ENDED,
    "timed_out": Status.ENDED,
    "not_started": Status.UPCOMING,
    "scheduled": Status.UPCOMING,
}


def broadcast_id(url: str) -> str | None:
    """Return the id of the broadcast that an address leads to; ``None`` if it leads elsewhere."""
    link = _BROADCAST_LINK.match(url)
    return link.group(1) if link else None


def readings_of(
    answer: PostResponse,
    response: Response,
    broadcasts: Sequence[Broadcast],
    airings: Mapping[str | None, Mapping[str, Any]],
    *,
    is_free: bool = False,
) -> Readings:
    """Return a snapshot of each post that came; X says itself which ones are no more."""

    def read(
        post: Any, broadcast: Broadcast, response: Response
    ) -> tuple[Broadcast, Snapshot] | None:
        link = broadcast_id(broadcast.url)
        airing = airings.get(link) if link else None
        facts = _with_airing(broadcast, airing)
        return facts, _snapshot(facts, airing, post, answer.media_of(post), response)

    result = PollResult(broadcasts, read, id_of, strict=True)
    result.take_items(response, answer.posts)
    for problem in answer.problems:
        native_id = text_or_mark(problem, "resource_id")
        if kind_of(problem) in ("resource-not-found", "not-authorized-for-resource"):
            result.miss(native_id)
        else:
            result.fail(native_id, error_of_problem(response, problem, is_free=is_free))
    if answer.general:
        result.fail_rest(error_of_problem(response, answer.general[0], is_free=is_free))
    result.unreadable += answer.unreadable
    return result.readings()


def _snapshot(
    facts: Broadcast,
    airing: Mapping[str, Any] | None,
    post: Mapping[str, Any],
    media: Sequence[Mapping[str, Any]],
    response: Response,
) -> Snapshot:
    plays = [count(mapping(medium, "public_metrics"), "view_count") for medium in media]
    metrics = mapping(post, "public_metrics")
    reposts = count(metrics, "repost_count")
    return snapshot_of(
        facts,
        response,
        source="broadcasts" if airing else None,
        views=count(airing, "total_watched") if airing else total(*plays),
        concurrent_viewers=count(airing or {}, "total_watching"),
        likes=count(metrics, "like_count"),
        comments=count(metrics, "reply_count"),
        shares=total(
            count(metrics, "retweet_count") if reposts is None else reposts,
            count(metrics, "quote_count"),
        ),
        impressions=count(metrics, "impression_count"),
    )


def _with_airing(broadcast: Broadcast, airing: Mapping[str, Any] | None) -> Broadcast:
    """Return the broadcast as the Livestream API tells of it; a state unknown to us tells nothing."""
    status = _STATES.get(text_or_mark(airing or {}, "state").casefold())
    if airing is None or status is None:
        return broadcast
    scheduled_at, started_at, ended_at = (
        unix_time(airing, name, per_second=1000)
        for name in ("scheduled_start_ms", "start_ms", "end_ms")
    )
    return replace(
        broadcast,
        status=status,
        scheduled_at=scheduled_at or broadcast.scheduled_at,
        started_at=started_at or broadcast.started_at,
        ended_at=ended_at if status is Status.ENDED else None,
    )
