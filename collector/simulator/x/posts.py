"""X's posts, media and users as JSON, in both spellings the platform has.

Asked by ``post.fields`` it says reposts, by ``tweet.fields`` retweets. A post that announces a
broadcast links to it and carries no medium; a clip carries one, whose views are those of the video.
"""

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

from collector.simulator.wire.templates import Templates
from collector.simulator.world.protocol import Channel, Video

BODIES = Templates(Path(__file__).with_name("bodies.yaml"), moment="%Y-%m-%dT%H:%M:%S.000Z")
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def post_body(video: Video, selected: Collection[str], *, older_words: bool) -> dict[str, Any]:
    """Return a post with the ``selected`` fields beside those that are always there."""
    text, short_link, link, key = (
        text_of(video),
        _short_link(video),
        link_of(video),
        media_key(video),
    )
    shares, likes, start = video.shares or 0, video.likes or 0, text.index(short_link)
    return _body(
        "post",
        selected,
        video=video,
        text=text,
        history="edit_history_tweet_ids" if older_words else "edit_history_post_ids",
        reposts="retweet_count" if older_words else "repost_count",
        repost_count=shares - shares // 10,
        quotes=shares // 10,
        replies=video.comments or 0,
        likes=likes,
        bookmarks=likes // 12,
        impressions=video.impressions or 0,
        attachments={"media_keys": [key]} if key else None,
        start=start,
        end=start + len(short_link),
        short_link=short_link,
        link=link,
        display_link=link.removeprefix("https://")[:26],
    )


def medium_body(video: Video, selected: Collection[str]) -> dict[str, Any]:
    """Return the medium of a clip."""
    return _body("medium", selected, video=video, key=media_key(video))


def user_body(channel: Channel, selected: Collection[str]) -> dict[str, Any]:
    """Return a user."""
    return _body("user", selected, channel=channel)


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


def _body(name: str, selected: Collection[str], **fields: Any) -> dict[str, Any]:
    return BODIES.fill(name, "always", **fields) | BODIES.select(name, "fields", selected, **fields)


def _short_link(video: Video) -> str:
    return f"https://t.co/{_letters(video.native_id, 10)}"


def _letters(text: str, length: int) -> str:
    digest = sha256(text.encode()).digest()
    return "".join(_ALPHABET[number % len(_ALPHABET)] for number in digest[:length])
