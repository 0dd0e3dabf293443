"""What YouTube tells a channel's owner alone: the scheduled and persistent broadcasts."""

from typing import Any

from collector.contract.json_fields import fields_of, identity, mapping, moment, text
from collector.platforms.youtube.feed import FeedEntry
from storage.model import Account, Status

SCOPES = (
    "https://www.googleapis.com/auth/youtube.readonly",
    "https://www.googleapis.com/auth/yt-analytics.readonly",
)
#: Without these, Google gives a refresh token the first time only, or never.
FOR_A_REFRESH_TOKEN = {"access_type": "offline", "prompt": "consent"}
OF_ANY_TYPE = {"broadcastType": "all", "maxResults": "50"}
LIFE_CYCLE = {
    "created": Status.UPCOMING,
    "ready": Status.UPCOMING,
    "testStarting": Status.UPCOMING,
    "testing": Status.UPCOMING,
    "liveStarting": Status.UPCOMING,
    "live": Status.LIVE,
}


def broadcasts_of_owner(account: Account, item: Any) -> FeedEntry | None:
    """Read one of the owner's broadcasts; ``None`` for one that only the owner sees."""
    fields, native_id = fields_of(item), identity(item, "id")
    snippet, status = mapping(fields, "snippet"), mapping(fields, "status")
    if not native_id:
        raise ValueError("broadcast without id")
    if text(snippet, "channelId") != account.native_id:
        raise ValueError("another channel's: whoever logged in is not this account's owner")
    if text(status, "privacyStatus") == "private":
        return None
    return FeedEntry(
        native_id=native_id,
        title=text(snippet, "title"),
        published_at=moment(snippet, "publishedAt"),
        description=text(snippet, "description") or "",
        status=LIFE_CYCLE.get(text(status, "lifeCycleStatus") or "", Status.UNKNOWN),
        scheduled_at=moment(snippet, "scheduledStartTime"),
        started_at=moment(snippet, "actualStartTime"),
    )
