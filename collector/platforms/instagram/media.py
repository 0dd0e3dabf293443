"""Instagram's live videos and their replays as ``collector.platforms.instagram`` reads them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.contract.exchange import Response
from collector.contract.json_fields import count, fields_of, id_of, mapping, text
from collector.contract.readings import blank_broadcast, snapshot_of
from collector.platforms._meta.facebook_login import page_name
from collector.platforms._meta.graph import insight_value, time_of
from storage.model import Account, Broadcast, Snapshot, Status

#: A replay is shared between the end, as near as it was seen, and this long after it.
REPLAY_WITHIN = timedelta(hours=1)
END_SEEN_WITHIN = timedelta(minutes=5)
LIVE_FACTS = ("id", "timestamp", "permalink", "video_title", "live_status")
COUNTS = ("like_count", "comments_count", "shares_count")
LIVE_COUNTS = ("current_live_viewer_count", "view_count", *COUNTS)
REPLAY = ("id", "media_type", "timestamp", "permalink", "caption", *COUNTS, "insights")


def read_live(item: Any, before: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    """Return the broadcast as a list of what is live shows it, with its counts."""
    fields = fields_of(item)
    facts = _with_facts(fields, before)
    live = facts.status is Status.LIVE
    return facts, snapshot_of(
        facts,
        response,
        views=count(fields, "view_count"),
        concurrent_viewers=count(fields, "current_live_viewer_count") if live else None,
        likes=count(fields, "like_count"),
        comments=count(fields, "comments_count"),
        shares=count(fields, "shares_count"),
    )


def check_live(item: Any) -> None:
    """Refuse what tells more than was asked for: another list says nothing of who is on the air."""
    fields = fields_of(item)
    unasked = fields.keys() - {*LIVE_FACTS, *LIVE_COUNTS}
    if unasked or not isinstance(fields["id"], str):
        message = f"item of another list: {', '.join(sorted(unasked))[:60]}"
        raise ValueError(message)


def read_new(item: Any, account: Account, response: Response) -> Broadcast:
    """Return the broadcast that a list of what is live shows."""
    fields, native_id = fields_of(item), id_of(item)
    if not native_id:
        raise ValueError("item without id")
    url = f"https://www.instagram.com/{page_name(account.handle)}/live/"
    blank = blank_broadcast(account, native_id, response, url=url, status=Status.LIVE)
    return _with_facts(fields, blank)


def _with_facts(fields: dict[str, Any], before: Broadcast) -> Broadcast:
    ended = text(fields, "live_status") == "ENDED"
    begun = time_of(fields, "timestamp") or before.started_at
    return replace(
        before,
        status=Status.ENDED if ended else Status.LIVE,
        title=text(fields, "video_title") or before.title,
        url=text(fields, "permalink") or before.url,
        published_at=begun,
        started_at=begun,
        ended_at=before.ended_at if ended else None,
    )


def read_candidate(
    item: Any, broadcast: Broadcast, until: datetime, response: Response
) -> tuple[Broadcast, Snapshot] | None:
    """Return the broadcast with the address and counts of a media that may be its replay."""
    fields = fields_of(item)
    url = text(fields, "permalink")
    if url is None or not (url == broadcast.url or _fits(fields, broadcast, until)):
        return None
    ended = replace(broadcast, url=url, status=Status.ENDED)
    return ended, snapshot_of(
        ended,
        response,
        views=insight_value(mapping(fields, "insights"), "views"),
        likes=count(fields, "like_count"),
        comments=count(fields, "comments_count"),
        shares=count(fields, "shares_count"),
    )


def _fits(fields: dict[str, Any], broadcast: Broadcast, until: datetime) -> bool:
    posted_at = time_of(fields, "timestamp")
    if text(fields, "media_type") != "VIDEO" or posted_at is None or posted_at > until:
        return False
    if broadcast.title == broadcast.native_id:
        over_at = broadcast.ended_at
        return over_at is not None and posted_at >= over_at - END_SEEN_WITHIN
    begun = broadcast.started_at or broadcast.discovered_at
    caption = (text(fields, "caption") or "").casefold()
    return posted_at >= begun and broadcast.title.casefold() in caption
