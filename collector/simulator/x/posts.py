"""X's posts, media and users as JSON, in both spellings the platform has.

Asked by ``post.fields`` it says reposts, by ``tweet.fields`` retweets. A post that announces a
broadcast links to it and carries no medium; a clip carries one, whose views are those of the video.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from collector.simulator.world.protocol import Channel, Video

POST_FIELDS = frozenset(
    [
        "article",
        "attachments",
        "author_id",
        "card_uri",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "edit_history_post_ids",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "media_metadata",
        "note_tweet",
        "note_post",
        "possibly_sensitive",
        "public_metrics",
        "referenced_posts",
        "referenced_tweets",
        "reply_settings",
        "scopes",
        "source",
        "suggested_source_links",
        "text",
        "withheld",
    ]
)
MEDIA_FIELDS = frozenset(
    [
        "alt_text",
        "duration_ms",
        "height",
        "media_key",
        "preview_image_url",
        "public_metrics",
        "type",
        "url",
        "variants",
        "width",
    ]
)
USER_FIELDS = frozenset(
    [
        "created_at",
        "description",
        "entities",
        "id",
        "location",
        "name",
        "pinned_tweet_id",
        "profile_image_url",
        "protected",
        "public_metrics",
        "url",
        "username",
        "verified",
        "verified_type",
        "withheld",
    ]
)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def post(video: Video, wanted: Collection[str], *, older_words: bool) -> dict[str, Any]:
    """Return a post with the ``wanted`` fields beside those that are always there."""
    history = "edit_history_tweet_ids" if older_words else "edit_history_post_ids"
    said = text_of(video)
    body: dict[str, Any] = {"id": video.native_id, "text": said, history: [video.native_id]}
    key = media_key(video)
    more: dict[str, Any] = {
        "created_at": moment(video.published_at),
        "author_id": video.channel_id,
        "conversation_id": video.native_id,
        "lang": "ar",
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "public_metrics": _metrics(video, older_words=older_words),
        "attachments": {"media_keys": [key]} if key else None,
        "entities": {"urls": [_link(video, said)]},
    }
    return body | {name: more[name] for name in sorted(wanted) if more.get(name) is not None}


def medium(video: Video, wanted: Collection[str]) -> dict[str, Any]:
    """Return the medium of a clip."""
    more = {
        "duration_ms": 1_200_000,
        "height": 1280,
        "width": 720,
        "preview_image_url": f"https://pbs.twimg.com/amplify_video_thumb/{video.native_id}/img.jpg",
        "public_metrics": {"view_count": video.views},
    }
    always = {"media_key": media_key(video), "type": "video"}
    return always | {name: more[name] for name in sorted(wanted) if name in more}


def user(channel: Channel, wanted: Collection[str]) -> dict[str, Any]:
    """Return a user."""
    more = {"created_at": "2019-01-14T09:00:00.000Z", "protected": False, "verified": True}
    always = {"id": channel.channel_id, "username": channel.handle, "name": channel.title}
    return always | {name: more[name] for name in sorted(wanted) if name in more}


def text_of(video: Video) -> str:
    """Return a post's text: the title's line, what goes with it, and a shortened link."""
    return "\n".join(part for part in (video.title, video.description, _short_link(video)) if part)


def link_of(video: Video) -> str:
    """Return where a post's link leads: to the broadcast, or to its own medium."""
    if media_key(video):
        return f"https://x.com/i/status/{video.native_id}/video/1"
    return f"https://x.com/i/broadcasts/{_letters(f'broadcast{video.native_id}', 13)}"


def media_key(video: Video) -> str | None:
    """Return the key of a post's medium, ``None`` where it has none."""
    return f"13_{video.native_id}" if video.views is not None else None


def moment(at: datetime) -> str:
    """Return ``at`` as the API writes it: UTC to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _metrics(video: Video, *, older_words: bool) -> dict[str, int]:
    shares = video.shares or 0
    quotes = shares // 10
    reposts = "retweet_count" if older_words else "repost_count"
    return {
        reposts: shares - quotes,
        "reply_count": video.comments or 0,
        "like_count": video.likes or 0,
        "quote_count": quotes,
        "bookmark_count": (video.likes or 0) // 12,
        "impression_count": video.impressions or 0,
    }


def _link(video: Video, said: str) -> dict[str, Any]:
    link, to = _short_link(video), link_of(video)
    start = said.index(link)
    return {
        "start": start,
        "end": start + len(link),
        "url": link,
        "expanded_url": to,
        "display_url": to.removeprefix("https://")[:26],
    }


def _short_link(video: Video) -> str:
    return f"https://t.co/{_letters(video.native_id, 10)}"


def _letters(text: str, length: int) -> str:
    digest = sha256(text.encode()).digest()
    return "".join(_ALPHABET[one % len(_ALPHABET)] for one in digest[:length])
