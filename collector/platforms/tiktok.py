"""TikTok: Display API v2, the videos that the account's owner has posted.

needs: an approved app with the scope video.list, and the owner's consent
discovers: the owner's public videos, newest first
counts while live: nothing; TikTok has no official count of a live room
counts afterwards: views, likes, comments, shares of the replay or video posted
batch: 20 videos a call
refresh: not told
a view is: not defined by TikTok

Facts: no official interface gives live rooms, viewers or gifts, and a video does not tell whether
it is the replay of a LIVE: its status stays unknown and its cadence follows its age. Own account
only: an id that is not one's own, or deleted, is silently absent. ``fields`` stands in the address
although the call is a POST; ``cursor`` is in milliseconds, ``create_time`` in seconds. Every
answer has an ``error``, which is none when its code is "ok" (0 in version 1), and may come with
HTTP 200. Access lasts 2 hours, the refresh token 180 days and good for one use. A program that
listens on loopback must send PKCE's challenge in hexadecimal. Order of the list and a view's
definition are not documented; counts of fields that were not asked for are absent.
Documents: developers.tiktok.com, Display API and Login Kit for Desktop, checked 2026-11-23.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import SecretStr

from collector.contract.errors import (
    AuthFailed,
    CredentialMissing,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import failure_of, retry_after_seconds
from collector.contract.json_fields import (
    count,
    fields_of,
    first_line,
    id_of,
    mapping,
    rows_in,
    set_aside_whole,
    text,
    unix_time,
    whole_text,
)
from collector.contract.oauth import PersonGrant, s256_in_hex
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.readings import Discovery, Readings, blank_broadcast, snapshot_of
from storage.model import Account, Broadcast, Metric, Snapshot, Status

PAGE, MOST_PAGES = 20, 5
FACTS = "id,title,video_description,create_time,share_url"
COUNTS = "id,view_count,like_count,comment_count,share_count"
#: The limit of a method counts the calls of the last minute.
WINDOW_SECONDS = 60.0


class TikTokSettings(PlatformSettings):
    """``platforms: tiktok:`` of the configuration; the secret comes from the environment."""

    client_key: str = ""
    client_secret: SecretStr | None = None
    api_url: str = "https://open.tiktokapis.com/v2"
    token_url: str = "https://open.tiktokapis.com/v2/oauth/token/"  # noqa: S105 - an address
    authorize_url: str = "https://www.tiktok.com/v2/auth/authorize/"


class TikTok(Platform[TikTokSettings]):
    """The Display API by the owner's token."""

    name = "tiktok"
    display_name = "TikTok"
    handle_examples: ClassVar = ("@dgsn.maroc",)
    sites: ClassVar = ("tiktok.com",)
    profile_pages: ClassVar = {"@{}": "@{}"}
    order, colors = 5, ("#2B6F58", "#31F297")
    documented_limit = "600 calls a minute and method"
    post_status = Status.UNKNOWN
    Settings = TikTokSettings
    batch_size = 20
    metrics: ClassVar = {
        Metric.VIEWS: "views of the posted video, as TikTok counts them",
        Metric.LIKES: "likes of the video",
        Metric.COMMENTS: "comments on the video",
        Metric.SHARES: "shares of the video",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()

    def __init__(self, settings: TikTokSettings) -> None:
        super().__init__(settings)
        secret = settings.client_secret
        if settings.client_key and secret:
            self.grant = PersonGrant(
                platform=self.name,
                authorize_url=settings.authorize_url,
                token_url=settings.token_url,
                client_id=settings.client_key,
                client_id_name="client_key",
                client_secret=secret.get_secret_value(),
                scopes=("user.info.basic", "video.list"),
                scope_separator=",",
                challenge=s256_in_hex,
            )

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: those of one owner."""
        del now  # one call answers for all ages
        return broadcast.account

    def resolve(self, account: Account) -> Exchange[Account]:
        """Ask who consented: a name cannot be looked up, and need not be."""
        response = yield self._call("user/info", account.key, "open_id,display_name")
        with set_aside_whole(response):
            native_id = text(_user(response), "open_id")
            if not native_id:
                raise ValueError("user without open_id")
        return replace(account, native_id=native_id)

    def probe(self, account: Account) -> Exchange[str]:
        """Ask who consented."""
        response = yield self._call("user/info", account.key, "open_id,display_name")
        return f"the token of {text(_user(response), 'display_name') or 'its owner'} works"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the owner's videos until a page has nothing new."""
        del now, may_spend  # nothing here costs anything
        new: list[Broadcast] = []
        unreadable: list[Unreadable] = []
        page: dict[str, int] = {"max_count": PAGE}
        for _ in range(MOST_PAGES):
            response = yield self._call("video/list", account.key, FACTS, page)
            fields = _data_of(response)
            listing = Discovery.of_list(
                response,
                _videos(fields, response),
                _read_new,
                id_of,
                account=account,
                known=(*known, *new),
            )
            new += listing.broadcasts
            unreadable += listing.unreadable
            cursor = _cursor(fields, response)
            if not listing.broadcasts or cursor is None:
                break
            page = {"max_count": PAGE, "cursor": cursor}
        return Discovery(broadcasts=tuple(new), unreadable=tuple(unreadable))

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the counts of up to 20 of the owner's videos."""
        del accounts, now  # a video is asked for by its id
        result = PollResult(broadcasts, _read, id_of, strict=True)
        filters = {"filters": {"video_ids": list(result.waiting)}}
        response = yield self._call("video/query", broadcasts[0].account, COUNTS, filters)
        result.take_items(response, _videos(_data_of(response), response))
        return result.readings(absent_is_gone=True)

    def _call(self, method: str, account: str, fields: str, body: Any = None) -> Request:
        if self.grant is None:
            detail = "no app; set client_key and LIVETALLY_TIKTOK_CLIENT_SECRET, then log in"
            raise CredentialMissing(self.name, detail)
        return Request(
            platform=self.name,
            url=f"{self.settings.api_url}/{method}/",
            source=method,
            params={"fields": fields},
            json=body,
            token=account,
        )


def _data_of(response: Response) -> dict[str, Any]:
    """Return the answer's ``data``, or raise what its status or its ``error`` means."""
    try:
        with set_aside_whole(response):
            fields = fields_of(response.json())
            error, answer = mapping(fields, "error"), mapping(fields, "data")
    except Unreadable:
        if response.status != HTTPStatus.OK:
            raise failure_of(response) from None
        raise
    code = text(error, "code")
    if response.status != HTTPStatus.OK or code not in ("ok", "0", None):
        raise _error_of(response, code or "", whole_text(error, "message") or "")
    with set_aside_whole(response):
        if code is None:
            raise ValueError("an answer without error.code")
    return answer


def _error_of(response: Response, code: str, message: str) -> PlatformError:
    words = f"{code} {message}".strip()
    detail = f"{response.source}: HTTP {response.status} {words}"
    match code:
        case "access_token_invalid" | "scope_not_authorized" | "scope_permission_missed":
            return AuthFailed("tiktok", detail)
        case "rate_limit_exceeded":
            wait = retry_after_seconds(
                response.headers, response.received_at, default=WINDOW_SECONDS
            )
            return RateLimited("tiktok", detail, retry_after_seconds=wait, bucket=response.bucket)
        case "internal_error":
            return Unavailable("tiktok", detail)
        case _ if response.status != HTTPStatus.OK:
            return failure_of(response, words)
        case _ if code.startswith("invalid_"):
            return Rejected("tiktok", detail, status=response.status)
        case _:  # a code unknown to us is no proof of a mistake of ours
            return Unavailable("tiktok", detail)


def _user(response: Response) -> dict[str, Any]:
    answer = _data_of(response)
    with set_aside_whole(response):
        return mapping(answer, "user")


def _videos(fields: Mapping[str, Any], response: Response) -> list[Any]:
    """Return the videos listed; nobody's are gone because an answer has no list."""
    with set_aside_whole(response):
        return rows_in(fields, "videos")


def _cursor(fields: Mapping[str, Any], response: Response) -> int | None:
    """Return where the next page begins, ``None`` at the end."""
    with set_aside_whole(response):
        return count(fields, "cursor") if fields.get("has_more") is True else None


def _read_new(video: Any, account: Account, response: Response) -> Broadcast:
    fields = fields_of(video)
    native_id = id_of(video)
    if not native_id:
        raise ValueError("video without id")
    description = text(fields, "video_description") or ""
    title = first_line(text(fields, "title") or "") or first_line(description) or native_id
    url = (text(fields, "share_url") or "").split("?")[0]
    return replace(
        blank_broadcast(account, native_id, response, url=url, status=Status.UNKNOWN),
        title=title,
        description=description,
        published_at=unix_time(fields, "create_time"),
    )


def _read(video: Any, broadcast: Broadcast, response: Response) -> tuple[Broadcast, Snapshot]:
    fields = fields_of(video)
    return broadcast, snapshot_of(
        broadcast,
        response,
        views=count(fields, "view_count"),
        likes=count(fields, "like_count"),
        comments=count(fields, "comment_count"),
        shares=count(fields, "share_count"),
    )
