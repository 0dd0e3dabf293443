"""PeerTube: a channel or an account on its own instance.

needs: nothing
discovers: lives on the air, and scheduled ones where the instance lists them
counts while live: views, concurrent viewers, likes, comments (version 8)
counts afterwards: views, likes, comments (version 8) of the replay
batch: the newest 100 videos of a channel in one call; others one by one
refresh: 30 minutes for views, 2 minutes for viewers, as instances are set up by default
a view is: 10 s watched (30 s before version 6), once an hour for one viewer

Facts: counts are asked where the channel lives: other instances hold delayed copies, and refuse
with ``does_not_respect_follow_constraints``. Views are written every 30 minutes, viewers lag 2 to
4 minutes and are 0 after a restart of the server. ``state.id`` 1 is published, 4 waits for its
live, 5 is over. A live that keeps its replay becomes that video under the same id; a permanent
live has one id for all its sessions, and its views add up. ``publishedAt`` is when a live went on
the air, some seconds late, and is set anew when its replay is published; the replay's
``live-session`` tells both ends of the live, without a login, and 404 where none was kept.
``viewers`` and ``comments`` are missing in the lists of older versions; a live's viewers are then
asked for alone. Video made private, protected or deleted: 401, 403 and 404.
Sources: support/doc/api/openapi.yaml 7.0.0, @peertube/peertube-types 8.1.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from collector.contract.errors import AccessDenied, PlatformError, Rejected, Unreadable
from collector.contract.exchange import Exchange, Request, Response, bucket_of
from collector.contract.http_errors import failure_of
from collector.contract.json_fields import (
    count,
    fields_of,
    identity,
    listed,
    mapping,
    moment,
    rows_of,
    set_aside_whole,
    text,
    whole_text,
)
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.profile_pages import server_of, words_of
from collector.contract.quota import Limit
from collector.contract.readings import Discovery, Readings, blank_broadcast, snapshot_of
from storage.model import Account, Broadcast, Metric, Snapshot, Status

_KINDS = {
    "c": "video-channels",
    "video-channels": "video-channels",
    "a": "accounts",
    "accounts": "accounts",
}
_PUBLISHED, _WAITING, _OVER = 1, 4, 5
_NEWEST = {"sort": "-publishedAt", "count": "100", "skipCount": "true", "nsfw": "both"}
Reading = tuple[Broadcast, Snapshot]
_WINDOW = timedelta(seconds=10)
#: Each replay's session is asked for once, a few at a poll: 50 calls in 10 s are all there are.
_SESSIONS_A_POLL = 5


class PeerTube(Platform[PlatformSettings]):
    """An instance's public REST interface."""

    name = "peertube"
    display_name = "PeerTube"
    handle_examples: ClassVar = ("https://video.example.org/c/dgsn", "dgsn@video.example.org")
    documented_limit = "50 calls in 10 seconds"
    #: As its share dialog writes it; a permanent live, whose replays stand apart, does not heed it.
    moment_address = "?start={hms}"
    batch_size = 100
    metrics: ClassVar = {
        Metric.VIEWS: "viewers who watched 10 s, each once an hour",
        Metric.CONCURRENT_VIEWERS: "viewers heard of in the last 2 minutes",
        Metric.LIKES: "likes",
        Metric.COMMENTS: "comments, from version 8 on",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()

    def __init__(self, settings: PlatformSettings) -> None:
        super().__init__(settings)
        self._sessions_asked: set[str] = set()  # native ids of replays

    def limits(self, response: Response) -> Sequence[Limit]:
        """Read the calls that are left of these ten seconds."""
        whole_at = response.received_at + _WINDOW
        name = bucket_of(self.name, "calls", response.scope)
        return Limit.from_headers(response, name, "x-ratelimit", resets_at=whole_at)

    def server_of(self, account: Account) -> str:
        """Return the instance that is asked: once it is known, the channel's own."""
        if account.native_id:
            return _server_of(account)
        return _candidates(account.handle, self.name)[0][0]

    @classmethod
    def handle_at(cls, address: SplitResult) -> str | None:
        """Return the address of the channel or account, or its name on the instance it lives on."""
        match words_of(address):
            case [kind, name, *_] if kind in _KINDS:
                return name if "@" in name else f"{server_of(address)}/{kind}/{name}"
            case _:
                return None

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which broadcasts may share a poll: those of one channel or account."""
        del now
        return broadcast.account

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn an address, or ``name@host``, into the address of the channel's own instance."""
        for server, kind, name in _candidates(account.handle, self.name):
            response = yield _ask(f"{server}/api/v1/{kind}/{name}", kind)
            if response.status == HTTPStatus.NOT_FOUND:
                continue
            _refuse(response)
            with set_aside_whole(response):
                channel = fields_of(response.json())
                host, own_name = text(channel, "host"), text(channel, "name")
                if not host or not own_name:
                    raise ValueError("no host or name")
            scheme = urlsplit(server).scheme
            return replace(account, native_id=f"{scheme}://{host}/{kind}/{own_name}")
        detail = f"no channel or account {account.handle!r} on that instance"
        raise Rejected(self.name, detail, status=HTTPStatus.NOT_FOUND)

    def probe(self, account: Account) -> Exchange[str]:
        """List the newest videos."""
        response = yield _list_of(account, {})
        return f"{len(_items(response))} videos in its newest 100"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the lives that are on the air or scheduled and not known."""
        del now, may_spend  # nothing here costs anything
        lives = {"isLive": "true"}
        response = yield _list_of(account, {**lives, "includeScheduledLive": "true"})
        if response.status == HTTPStatus.BAD_REQUEST:  # a version that does not know the word
            response = yield _list_of(account, lives)
        return Discovery.of_list(
            response, _items(response), _read_new, _id_of, account=account, known=known
        )

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Read the counts of a channel's newest videos, and alone what the list does not tell."""
        del now
        account = accounts[broadcasts[0].account]
        response = yield _list_of(account, {})
        sessions: dict[str, Mapping[str, datetime]] = {}

        def read(item: Any, broadcast: Broadcast, response: Response) -> Reading:
            return _read(item, broadcast, response, sessions.get(broadcast.native_id, {}))

        result = PollResult(broadcasts, read, _id_of)
        items = _items(response)
        yield from self._ask_sessions(_server_of(account), items, result.waiting, sessions)
        result.take_items(response, (item for item in items if _tells_viewers(item)))
        for native_id in list(result.waiting):
            address = f"{_server_of(account)}/api/v1/videos/{native_id}"
            try:
                answer = yield _ask(address, "videos")
            except (
                PlatformError
            ) as error:  # the instance does not answer: nor would it for the others
                for waiting_id in list(result.waiting):
                    result.fail(waiting_id, error)
                break
            try:
                _take_alone(answer, native_id, result)
            except PlatformError as error:
                result.fail(native_id, error)
        return result.readings()

    def _ask_sessions(
        self,
        server: str,
        items: Sequence[Any],
        waiting: Mapping[str, Broadcast],
        sessions: dict[str, Mapping[str, datetime]],
    ) -> Exchange[None]:
        """Ask when the lives were that have become replays; none is the worse for a failure."""
        items_by_id = {_id_of(item): item for item in items}
        replays = [
            native_id
            for native_id, broadcast in waiting.items()
            if items_by_id.get(native_id, {}).get("isLive") is False
            and native_id not in self._sessions_asked
            and _begins_as_published(broadcast)
        ]
        for native_id in replays[:_SESSIONS_A_POLL]:
            try:
                address = f"{server}/api/v1/videos/{native_id}/live-session"
                session = _session_of((yield _ask(address, "live-session")))
            except PlatformError:
                return  # the instance does not answer just now: asked again at the next poll
            self._sessions_asked.add(native_id)
            if session:
                sessions[native_id] = session


#: Made private, protected by a password, or deleted.
_NOT_SHOWN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def _take_alone(response: Response, native_id: str, result: PollResult[Any]) -> None:
    """Read one video's own answer; a proxy's page says nothing of what is deleted."""
    is_own_word = any(_problem(response).values())
    if response.status in _NOT_SHOWN and is_own_word and not _is_elsewhere(response):
        result.miss(native_id)
    else:
        if response.status != HTTPStatus.OK:
            raise _error_of(response, of_one=True)
        result.take_items(response, [response.json()])


def _candidates(handle: str, platform: str) -> list[tuple[str, str, str]]:
    """Return where a handle may be found: server, kind and name."""
    if "//" in handle:
        parts = urlsplit(handle)
        words = [word for word in parts.path.split("/") if word]
        if parts.scheme in ("http", "https") and len(words) >= 2 and words[0] in _KINDS:  # noqa: PLR2004 - kind and name
            server = f"{parts.scheme}://{parts.netloc}"
            return [(server, _KINDS[words[0]], words[1])]
    name, at, host = handle.removeprefix("@").partition("@")
    if at and name and host and "/" not in handle:
        return [(f"https://{host}", kind, name) for kind in ("video-channels", "accounts")]
    detail = f"invalid handle {handle!r}: expected https://host/c/channel, https://host/a/account or name@host"
    raise Rejected(platform, detail, status=0)


def _server_of(account: Account) -> str:
    parts = urlsplit(account.native_id or "")
    return f"{parts.scheme}://{parts.netloc}"


def _ask(address: str, source: str, params: Mapping[str, str] | None = None) -> Request:
    server = urlsplit(address).netloc
    return Request(
        platform="peertube", url=address, source=source, params=params or {}, scope=server
    )


def _list_of(account: Account, params: Mapping[str, str]) -> Request:
    path = urlsplit(account.native_id or "").path
    return _ask(f"{_server_of(account)}/api/v1{path}/videos", "list", {**_NEWEST, **params})


def _refuse(response: Response) -> None:
    if response.status != HTTPStatus.OK:
        raise _error_of(response)


def _error_of(response: Response, *, of_one: bool = False) -> PlatformError:
    """Return what a status means; a refusal ``of_one`` video, where the list is read, is its own."""
    problem = _problem(response)
    words = " ".join(problem[name] for name in ("code", "detail") if problem.get(name))
    error = failure_of(response, words, keyless=True)
    if isinstance(error, AccessDenied) and (of_one or _is_elsewhere(response)):
        return Rejected("peertube", error.detail, status=response.status)
    return error


def _problem(response: Response) -> dict[str, str]:
    """Return the texts of a problem body; none where a proxy answers with a page."""
    try:
        fields = fields_of(response.json())
    except (Unreadable, ValueError):
        return {}
    names = ("code", "detail", "error", "type")
    return {name: whole_text(fields, name) or "" for name in names}


def _is_elsewhere(response: Response) -> bool:
    """Tell whether the video is another instance's; some versions say so only in ``type``."""
    names = (words.rsplit("/", 1)[-1] for words in _problem(response).values())
    return "does_not_respect_follow_constraints" in names


def _items(response: Response) -> list[Any]:
    _refuse(response)
    return rows_of(response, "data")


def _id_of(item: Any) -> str | None:
    return identity(item, "uuid")


def _tells_viewers(item: Any) -> bool:
    """Tell whether the list says how many watch, if it is a live: version 7 lists do not."""
    return _id_of(item) is not None and not (
        item.get("isLive") is True and item.get("viewers") is None
    )


def _status_of(fields: dict[str, Any], before: Status) -> Status:
    state = count(mapping(fields, "state"), "id") if fields.get("state") is not None else _PUBLISHED
    is_live = fields.get("isLive")
    if not isinstance(is_live, bool):
        message = f"isLive is {is_live!r:.60}, neither true nor false"
        raise ValueError(message)
    if not is_live or state == _OVER:
        return Status.ENDED
    if state == _WAITING:  # a permanent live waits again after each session
        return Status.ENDED if before in (Status.LIVE, Status.ENDED) else Status.UPCOMING
    return Status.LIVE if state == _PUBLISHED else before


def _session_of(response: Response) -> Mapping[str, datetime]:
    """Return when a replay's live began and ended; nothing where that is not told."""
    if response.status in _NOT_SHOWN:
        return {}
    _refuse(response)
    try:
        fields = fields_of(response.json())
        begun, ended = moment(fields, "startDate"), moment(fields, "endDate")
    except ValueError:
        return {}
    return {"started_at": begun, "ended_at": ended} if begun and ended and begun < ended else {}


def _begins_as_published(broadcast: Broadcast) -> bool:
    """Tell whether no session has told yet when the live began."""
    return broadcast.started_at is None or broadcast.started_at == broadcast.published_at


def _with_facts(
    broadcast: Broadcast, fields: dict[str, Any], session: Mapping[str, datetime]
) -> Broadcast:
    status = _status_of(fields, broadcast.status)
    published_at = moment(fields, "publishedAt")
    began_at = broadcast.started_at or (published_at if status is Status.LIVE else None)
    ended_at = broadcast.ended_at if status is Status.ENDED else None
    return replace(
        broadcast,
        status=status,
        title=text(fields, "name") or broadcast.title,
        description=_description(fields) or broadcast.description,
        published_at=published_at or broadcast.published_at,
        scheduled_at=_scheduled_at(fields) or broadcast.scheduled_at,
        started_at=session.get("started_at", began_at),
        ended_at=session.get("ended_at", ended_at),
    )


def _description(fields: dict[str, Any]) -> str:
    return text(fields, "truncatedDescription") or text(fields, "description") or ""


def _scheduled_at(fields: dict[str, Any]) -> datetime | None:
    schedules = listed(fields, "liveSchedules")
    return moment(fields_of(schedules[0]), "startAt") if schedules else None


def _read(
    item: Any, broadcast: Broadcast, response: Response, session: Mapping[str, datetime]
) -> Reading:
    facts = _with_facts(broadcast, fields_of(item), session)
    live = facts.status is Status.LIVE
    return facts, snapshot_of(
        facts,
        response,
        views=count(item, "views"),
        # A replay has viewers too: who watches it now did not watch the broadcast.
        concurrent_viewers=count(item, "viewers") if live else None,
        likes=count(item, "likes"),
        comments=count(item, "comments"),
    )


def _read_new(item: Any, account: Account, response: Response) -> Broadcast:
    fields, native_id = fields_of(item), _id_of(item)
    if native_id is None:
        raise ValueError("video without uuid")
    url = f"{_server_of(account)}/w/{text(fields, 'shortUUID') or native_id}"
    status = _status_of(fields, Status.UNKNOWN)
    published_at = moment(fields, "publishedAt")
    return replace(
        blank_broadcast(account, native_id, response, url=url, status=status),
        title=text(fields, "name") or native_id,
        description=_description(fields),
        published_at=published_at,
        started_at=published_at if status is Status.LIVE else None,
        scheduled_at=_scheduled_at(fields),
    )
