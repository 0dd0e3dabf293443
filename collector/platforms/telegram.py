"""Telegram: the public preview of a channel's posts.

needs: nothing; public channels only
discovers: the channel's posts with a video among its newest 20
counts while live: nothing
counts afterwards: impressions of posts, rounded above 999 (12.3K)
batch: the newest 20 posts of a channel in one call
refresh: not told
a view is: not counted; what Telegram calls a view is an impression: the post was on a screen

Facts: ``t.me/s/{channel}`` is a preview page and not an API: exact counts, live streams and their
viewers need Telegram's own protocol with a person's session, which LiveTally does not use. Counts
above 999 are rounded on the page, so they are marked rounded in their definition. A post does not
tell whether a live stream runs: its status stays unknown and its cadence follows its age. A post
older than the page's is asked for alone. A channel that is private or gone redirects, or answers
with a page without posts, of which nothing is concluded: a page that is made otherwise has none either.
Selectors as several public parsers use them: .tgme_widget_message[data-post] and its _views,
_date, _text and _video; checked 2026-11-23, not documented by Telegram.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from http import HTTPStatus
from typing import ClassVar

from collector.contract.errors import Rejected, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import failure_of
from collector.contract.json_fields import LARGEST_COUNT, first_line, moment
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.readings import Discovery, Readings, blank_broadcast, handle_of, snapshot_of
from storage.model import Account, Broadcast, Metric, Snapshot, Status
from storage.names import lowered

#: Pages that one poll goes back; a post further back waits for its next turn.
MOST_PAGES = 5

_POST = "tgme_widget_message"
_SCALES = {"": 1, "K": 1_000, "M": 1_000_000}
_COUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([KM]?)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_VOID = frozenset({"br", "img", "input", "link", "meta", "source", "wbr", "hr"})


class TelegramSettings(PlatformSettings):
    """``platforms: telegram:`` of the configuration."""

    preview_url: str = "https://t.me"


class Telegram(Platform[TelegramSettings]):
    """A channel's preview page."""

    name = "telegram"
    display_name = "Telegram"
    handle_examples: ClassVar = ("@dgsn_maroc",)
    sites: ClassVar = ("t.me", "telegram.me")
    profile_pages: ClassVar = {"s/{}": "@{}", "{}": "@{}"}
    other_pages: ClassVar = frozenset({"c", "joinchat", "addstickers", "share"})
    documented_limit = "not told; asked at most once a minute"
    Settings = TelegramSettings
    batch_size = 20
    metrics: ClassVar = {
        Metric.IMPRESSIONS: "times a post was shown to users, rounded above 999",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()

    @property
    def tells_state(self) -> bool:
        """Tell whether its answers say what is on the air: a channel's posts do not."""
        return False

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which posts may share a poll: those of one channel."""
        del now
        return broadcast.account

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn ``@name`` or a channel's address into its name; no call is needed."""
        name = handle_of(account)
        if not _NAME.fullmatch(name):
            detail = (
                f"invalid handle {account.handle!r}: expected a public channel's name or address"
            )
            raise Rejected(self.name, detail, status=0)
        yield from ()
        return replace(account, native_id=name)

    def probe(self, account: Account) -> Exchange[str]:
        """Read the preview."""
        posts = _posts((yield self._page(account.native_id or "")))
        return f"a public channel; {len(posts)} posts in its preview"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the posts with a video that are not known."""
        del now, may_spend  # nothing here costs anything
        response = yield self._page(account.native_id or "")
        videos = [post for post in _posts(response) if post.has_video]
        return Discovery.of_list(response, videos, _read_new, _id_of, account=account, known=known)

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Read the views of a channel's posts; each that the page has left behind by its own call."""
        del now
        channel = accounts[broadcasts[0].account].native_id or ""
        names = {broadcast.key: lowered(channel) for broadcast in broadcasts}
        result = PollResult(broadcasts, _read, _id_of, channels=names, channel_of=_channel_of)
        before: int | None = None
        for _ in range(MOST_PAGES):
            if not result.waiting:
                break
            response = yield self._page(channel, before=before)
            posts = _posts(response)
            result.take_items(response, posts)
            if not posts or result.nameless:
                break
            # A page shows what lies between its oldest and newest post: what is not there is gone.
            oldest = min(_number(post.native_id) for post in posts)
            for native_id in list(result.waiting):
                if _number(native_id) >= oldest:
                    result.miss(native_id)
            before = max(map(_number, result.waiting), default=0) + 1
        return result.readings()

    def _page(self, channel: str, *, before: int | None = None) -> Request:
        return Request(
            platform=self.name,
            url=f"{self.settings.preview_url}/s/{channel}",
            source="preview",
            params={} if before is None else {"before": str(before)},
        )


@dataclass(kw_only=True, slots=True)
class _Post:
    """What the page shows of one post. ``views`` as it is written there."""

    native_id: str
    text: list[str] = field(default_factory=list[str])
    views: list[str] = field(default_factory=list[str])  # more pieces than one are no count
    published: str | None = None
    has_video: bool = False


class _Preview(HTMLParser):
    """Collects the posts of a preview page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.posts: list[_Post] = []
        self._open: list[set[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        classes = set(attributes.get("class", "").split())
        if _POST in classes:
            self.posts.append(
                _Post(native_id=attributes.get("data-post", "").replace("\0", "\ufffd"))
            )
            self._open.clear()  # whatever the post before has left open
        elif self.posts:
            post = self.posts[-1]
            if any(name.startswith(f"{_POST}_video") for name in classes):
                post.has_video = True
            if tag == "time" and self._inside(f"{_POST}_date"):
                post.published = attributes.get("datetime")
            if tag == "br" and self._inside(f"{_POST}_text"):
                post.text.append("\n")
        if tag not in _VOID:
            self._open.append(classes)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self._open:
            self._open.pop()

    def handle_data(self, text: str) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - called by position
        if not self.posts:
            return
        if self._inside(f"{_POST}_views"):
            self.posts[-1].views += text.split()
        elif self._inside(f"{_POST}_text"):
            self.posts[-1].text.append(text)

    def _inside(self, name: str) -> bool:
        return any(name in classes for classes in self._open)


def _posts(response: Response) -> list[_Post]:
    """Return the page's posts, oldest first.

    Raises:
        Rejected: the channel is private or gone.
    """
    if response.status in (HTTPStatus.FOUND, HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.NOT_FOUND):
        detail = f"preview: HTTP {response.status}; the channel is private, gone or misspelt"
        raise Rejected("telegram", detail, status=response.status)
    if response.status != HTTPStatus.OK:
        raise failure_of(response, keyless=True)
    preview = _Preview()
    preview.feed(response.text())
    if not preview.posts and "tgme_" not in response.text():
        raise Unreadable("telegram", "preview: not a channel's page", body=response.text())
    return preview.posts


def _read(post: _Post, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    impressions = _views(" ".join(post.views))
    return broadcast, snapshot_of(broadcast, response, impressions=impressions)


def _views(written: str) -> int | None:
    """Return the number behind ``987``, ``12.3K`` or ``1.2M``; ``None`` where none stands."""
    if not written:
        return None
    match = _COUNT.fullmatch(written.upper())
    number = Decimal(match[1]) * _SCALES[match[2]] if match else Decimal(-1)
    if match is None or number != int(number) or number > LARGEST_COUNT:
        message = f"views are {written[:60]!r}, not a count"
        raise ValueError(message)
    return int(number)


def _number(native_id: str) -> int:
    number = native_id.rsplit("/", 1)[-1]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0  # noqa: PLR2004 - fits 64 bits


def _id_of(post: _Post) -> str | None:
    return post.native_id if _number(post.native_id) else None


def _channel_of(post: _Post) -> str:
    return lowered(post.native_id.partition("/")[0])


def _read_new(post: _Post, account: Account, response: Response) -> Broadcast:
    words = "".join(post.text).strip()
    published_at = moment({"datetime": post.published}, "datetime")
    if _number(post.native_id) == 0:
        message = f"post {post.native_id[:60]!r} has no number"
        raise ValueError(message)
    url = f"https://t.me/{post.native_id}"
    return replace(
        blank_broadcast(account, post.native_id, response, url=url, status=Status.UNKNOWN),
        title=first_line(words)[:200] or post.native_id,
        description=words[:1000],
        published_at=published_at,
    )
