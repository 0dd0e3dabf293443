"""Dailymotion: the public reads of the Platform API.

needs: nothing
discovers: the live videos among the newest 100
counts while live: views, likes, concurrent viewers
counts afterwards: views, likes
batch: 100 videos a call
refresh: not documented
a view is: a start of playback, as far as the player's documents tell

Facts: a live video keeps its id on and off the air, so a broadcast is the id with the time it went on
the air (``live_airing_time``); views and likes are the video's, all its sessions together, and stand
with the newest session only. ``audience`` null is not to be counted, which is not 0. Times are Unix
seconds. ``views_total`` is deprecated since 2026-03-09: an answer without it says nothing of views,
and 400 is asked again once without it. 403 stands for refusal and for throttling alike, and a call
remembers no other: it is throttling where the error speaks of limits, spam or too many calls, and a
refusal otherwise. How many ``ids`` a call takes, and a login in ``/user/``, are not verified.
Documents: developers.dailymotion.com/api/platform-api/reference and its changelog of 2026-03-09.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from collector.contract.errors import PlatformError, RateLimited, Rejected, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.http_errors import failure_of, retry_after_seconds
from collector.contract.json_fields import (
    count,
    fields_of,
    goes_on,
    mapping,
    rows_of,
    sift,
    text,
    unix_time,
    whole_text,
)
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.readings import Discovery, Readings, blank_broadcast, handle_of, snapshot_of
from storage.model import Account, Broadcast, Metric, Snapshot, Status

FIELDS = (
    "id,title,description,mode,onair,audience,likes_total,created_time,start_time,end_time,"
    "live_airing_time"
)
WITHDRAWN = "views_total"
_XID = re.compile(r"[A-Za-z0-9]{1,32}")
_THROTTLED = re.compile(r"rate|limit|spam|throttl|too many|too_many|activity", re.IGNORECASE)
_THROTTLED_SECONDS = 900.0
_VIDEO = "https://www.dailymotion.com/video/"


class DailymotionSettings(PlatformSettings):
    """``platforms: dailymotion:``."""

    api_url: str = "https://api.dailymotion.com"


class Dailymotion(Platform[DailymotionSettings]):
    """Live videos by the public interface, which asks for no credential."""

    name = "dailymotion"
    display_name = "Dailymotion"
    handle_examples: ClassVar = ("dgsn",)
    sites: ClassVar = ("dailymotion.com",)
    profile_pages: ClassVar = {"user/{}": "{}", "{}": "{}"}
    other_pages: ClassVar = frozenset({"video", "playlist", "search", "topic"})
    documented_limit = "not documented for reads"
    Settings = DailymotionSettings
    batch_size = 100
    metrics: ClassVar = {
        Metric.VIEWS: "views of the video since it was published, all its sessions together",
        Metric.CONCURRENT_VIEWERS: "live audience at that instant",
        Metric.LIKES: "likes of the video",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Put all together: one call answers for 100 videos of anyone."""
        del broadcast, now
        return "videos"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a login or a channel's address into the user's id."""
        login = handle_of(account)
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", login):
            detail = f"invalid handle {account.handle!r}: expected a login or a channel's address"
            raise Rejected(self.name, detail, status=0)
        response = yield self._call(f"user/{login}", {"fields": "id,screenname"}, "user")
        return replace(account, native_id=_user_of(response))

    def probe(self, account: Account) -> Exchange[str]:
        """Look the user up: nothing is to be proved but that the interface answers."""
        response = yield self._call(f"user/{account.native_id}", {"fields": "id"}, "user")
        return f"public reads work (user {_user_of(response)})"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the live videos among the newest 100 that no known broadcast goes on with."""
        del may_spend  # nothing here is counted
        params = {"owners": account.native_id or "", "fields": FIELDS, "sort": "recent"}
        response = yield self._call("videos", {**params, "limit": "100", "page": "1"}, "videos")
        sessions, unreadable = sift(
            response, _rows(response), lambda row: _read_new(row, account, response, now), _xid_of
        )
        new = (
            session
            for session in sessions
            if session and not any(_is_same(session, before) for before in known)
        )
        return Discovery(broadcasts=tuple(new), unreadable=tuple(unreadable))

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the videos at once; once more without views if they are refused."""
        del accounts, now
        ids = ",".join(dict.fromkeys(_xid(broadcast) for broadcast in broadcasts))
        params = {"ids": ids, "limit": "100"}
        fields = f"{FIELDS},{WITHDRAWN}"
        response = yield self._call("videos", {**params, "fields": fields}, "videos")
        if response.status == HTTPStatus.BAD_REQUEST:
            response = yield self._call("videos", {**params, "fields": FIELDS}, "videos")
        by_xid: dict[str, list[Broadcast]] = {}
        for broadcast in broadcasts:
            by_xid.setdefault(_xid(broadcast), []).append(broadcast)
        # Each session of a video is read alone, so that its gap says why where it cannot be.
        rows = [
            (session.native_id if session else _xid_of(row), row)
            for row in _rows(response)
            for session in by_xid.get(_xid_of(row) or "") or [None]
        ]
        result = PollResult(broadcasts, _read, lambda named_row: named_row[0], strict=True)
        result.take_items(response, rows)
        return result.readings(absent_is_gone=not goes_on(response, "has_more"))

    def _call(self, path: str, params: Mapping[str, str], source: str) -> Request:
        url = f"{self.settings.api_url}/{path}"
        return Request(platform=self.name, url=url, source=source, params=params)


def _rows(response: Response) -> list[Any]:
    if response.status != HTTPStatus.OK:
        raise _error_of(response)
    return rows_of(response, "list")


def _error_of(response: Response) -> PlatformError:
    """Return what the error means; 403 is throttling where its text speaks of it."""
    try:
        error = mapping(fields_of(response.json()), "error")
        reason = whole_text(mapping(error, "error_data"), "reason")
        parts = (text(error, "type"), reason, whole_text(error, "message"))
        words = " ".join(part for part in parts if part)
    except (Unreadable, ValueError):
        words = ""
    if response.status == HTTPStatus.FORBIDDEN and _THROTTLED.search(words):
        wait = retry_after_seconds(
            response.headers, response.received_at, default=_THROTTLED_SECONDS
        )
        detail = f"{response.source}: HTTP 403 {words}"
        return RateLimited("dailymotion", detail, retry_after_seconds=wait)
    return failure_of(response, words, keyless=True)


def _user_of(response: Response) -> str:
    if response.status != HTTPStatus.OK:
        raise _error_of(response)
    try:
        native_id = fields_of(response.json()).get("id")
        if not isinstance(native_id, str) or not _XID.fullmatch(native_id):
            raise ValueError("no id of a user")
    except ValueError as error:
        raise Unreadable("dailymotion", f"user: {error}", body=response.text()) from None
    return native_id


def _xid(broadcast: Broadcast) -> str:
    return broadcast.native_id.split("@", 1)[0]


def _xid_of(row: Any) -> str | None:
    try:
        xid = fields_of(row).get("id")
    except ValueError:
        return None
    return xid if isinstance(xid, str) and _XID.fullmatch(xid) else None


def _is_same(new: Broadcast, old: Broadcast) -> bool:
    """Tell whether the known broadcast is this session, or the plan that becomes it."""
    if _xid(new) != _xid(old):
        return False
    return old.status is Status.UPCOMING or old.started_at == new.started_at


def _onair(fields: Mapping[str, Any]) -> bool | None:
    onair = fields.get("onair")
    if onair is not None and not isinstance(onair, bool):
        raise ValueError("onair is neither true nor false")
    return onair


def _read_new(row: Any, account: Account, response: Response, now: datetime) -> Broadcast | None:
    """Return a live video's session; ``None`` for a recording and for what was never on air."""
    fields, xid = fields_of(row), _xid_of(row)
    if xid is None:
        raise ValueError("video without id")
    if fields.get("mode") != "live":
        return None
    onair = _onair(fields)
    aired_at, planned_at = (
        unix_time(fields, "live_airing_time"),
        unix_time(fields, "start_time"),
    )
    is_planned = not onair and planned_at is not None and planned_at > now
    if not (onair or is_planned or aired_at):
        return None
    status = Status.UPCOMING if is_planned else Status.LIVE if onair else Status.ENDED
    begun = planned_at if is_planned else aired_at or planned_at
    native_id = f"{xid}@{begun:%Y%m%dT%H%M%SZ}" if begun else xid
    return replace(
        blank_broadcast(account, native_id, response, url=_VIDEO + xid, status=status),
        title=text(fields, "title") or xid,
        description=text(fields, "description") or "",
        published_at=unix_time(fields, "created_time"),
        scheduled_at=planned_at,
        started_at=None if is_planned else aired_at,
        ended_at=unix_time(fields, "end_time") if status is Status.ENDED else None,
    )


def _read(
    named_row: tuple[str | None, Any], broadcast: Broadcast, response: Response
) -> tuple[Broadcast, Snapshot]:
    """Return the session as this answer describes it, with its counts if it is the newest."""
    fields = fields_of(named_row[1])
    onair, aired_at = _onair(fields), unix_time(fields, "live_airing_time")
    is_newest = None in (broadcast.started_at, aired_at) or aired_at == broadcast.started_at
    facts = replace(broadcast, title=text(fields, "title") or broadcast.title)
    if not is_newest or (onair is False and broadcast.status is not Status.UPCOMING):
        ended_at = broadcast.ended_at or unix_time(fields, "end_time")
        facts = replace(facts, status=Status.ENDED, ended_at=ended_at)
    elif onair:
        started_at = aired_at or broadcast.started_at
        facts = replace(facts, status=Status.LIVE, started_at=started_at, ended_at=None)
    elif broadcast.status is Status.UPCOMING:
        planned_at = unix_time(fields, "start_time") or broadcast.scheduled_at
        facts = replace(facts, scheduled_at=planned_at)
    views, likes = count(fields, WITHDRAWN), count(fields, "likes_total")
    audience = count(fields, "audience")
    return facts, snapshot_of(
        facts,
        response,
        views=views if is_newest else None,
        likes=likes if is_newest else None,
        concurrent_viewers=audience if facts.status is Status.LIVE else None,
    )
