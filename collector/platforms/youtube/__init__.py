"""YouTube: Data API v3, and the public feed where there is no key.

needs: an API key; without one, views only, from the public feed
discovers: the public feed (free), else the live and uploads playlists (1 unit); scheduled ones by owner (2 units)
counts while live: views, concurrent viewers, likes, comments
counts afterwards: views, likes, comments
batch: 50 broadcasts a call
refresh: about 5 minutes for views (one old report, not verified)
a view is: since 2026-08-24 any start of playback, before that a validated play

Facts: counts are strings; likes, comments and concurrent viewers are absent when hidden; deleted
and private ids are silently absent, and of none there may be no ``items`` but a total of 0; a wrong key is HTTP 400; ``videos:batchGetStats`` has its own
quota bucket and neither title nor state. The feed lists the newest 15 and lags by about 15
minutes, and its outages answer 404, which therefore never means that a channel is gone.
With ``owner`` the accounts' owners log in, and ``liveBroadcasts.list`` tells what they have
scheduled, persistent broadcasts too (``broadcastType`` hides those by default). Its filters exclude
each other: with ``broadcastStatus``, ``mine`` is implied. Private broadcasts are left out, since a
key cannot count them. A consent that is missing costs that list alone, and is told of.
Documents: developers.google.com/youtube/v3/docs, revision 2026-11-04.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from collector.contract.errors import (
    OF_ONE_CALL,
    AuthFailed,
    CredentialMissing,
    PlatformError,
    Rejected,
    Unreadable,
)
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.json_fields import fields_of, id_of, mapping, moment, sift, text
from collector.contract.oauth import PersonGrant
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.quota import Bucket
from collector.contract.readings import Discovery, Readings, blank_broadcast
from collector.platforms.youtube.feed import (
    FeedEntry,
    broadcasts_in_feed,
    entries,
    entry_id,
    feed_readings,
    in_playlists,
)
from collector.platforms.youtube.owner import (
    FOR_A_REFRESH_TOKEN,
    OF_ANY_TYPE,
    SCOPES,
    broadcasts_of_owner,
)
from collector.platforms.youtube.responses import items_of
from collector.platforms.youtube.videos import readings_of
from storage.model import Account, Broadcast, Metric, Status, Unit

UNITS = "youtube.units"
STATISTICS_UNITS = "youtube.batchGetStats"
#: A quota day begins at midnight here: developers.google.com/youtube/v3/determine_quota_cost.
QUOTA_TIME_ZONE = "America/Los_Angeles"
#: For this long after the end ``videos.list`` is asked, which alone tells that it is on air again.
END_IS_FRESH = timedelta(hours=1)
FIELDS = (
    "items(id,snippet(title,description,channelId,liveBroadcastContent,publishedAt),"
    "statistics,liveStreamingDetails),pageInfo(totalResults)"
)
_CHANNEL_ID_LENGTH = 24


class YouTubeSettings(PlatformSettings):
    """``platforms: youtube:`` of the configuration; the key comes from the environment."""

    api_key: SecretStr | None = None
    api_url: str = "https://www.googleapis.com/youtube/v3"
    feed_url: str = "https://www.youtube.com/feeds/videos.xml"
    daily_units: int = Field(default=10_000, ge=1)
    statistics_daily_units: int = Field(default=10_000, ge=1)
    reserve_units: int = Field(default=300, ge=0)
    owner: bool = False
    client_id: str = ""
    client_secret: SecretStr | None = None
    authorize_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

    @model_validator(mode="after")
    def _owner_has_an_app(self) -> Self:
        if self.owner and not (self.api_key and self.client_id and self.client_secret):
            raise ValueError(
                "owner: true needs client_id, LIVETALLY_YOUTUBE_CLIENT_SECRET and _API_KEY"
            )
        return self


class YouTube(Platform[YouTubeSettings]):
    """The Data API with a key, the public feed without."""

    name = "youtube"
    display_name = "YouTube"
    handle_examples: ClassVar = ("UCxxxxxxxxxxxxxxxxxxxxxx", "@DGSN")
    sites: ClassVar = ("youtube.com",)
    profile_pages: ClassVar = {"@{}": "@{}", "channel/{}": "{}"}
    order, colors = 1, ("#CA4C09", "#EC781A")
    documented_limit = "10,000 units a day, and 10,000 more for counts after the end"
    unit = Unit.UNIT
    has_playlists = True
    keyless_source = "rss"
    other_sites: ClassVar = {"youtu.be": "youtube.com"}
    moment_address = "?t={seconds}s"  # as its share dialog writes it
    retention_terms = (
        "statistics fetched with an API key may be kept for 30 days; with the owner's login, or the "
        "derived-metrics amendment, longer (YouTube API Services, Developer Policies III.E.4)"
    )
    Settings = YouTubeSettings
    batch_size = 50
    metrics: ClassVar = {
        Metric.VIEWS: "starts of playback, as YouTube validates them",
        Metric.CONCURRENT_VIEWERS: "watching at that instant, unless the owner hides it",
        Metric.LIKES: "likes, unless the owner hides them",
        Metric.COMMENTS: "comments below the video; the live chat is not counted",
    }
    tracked_after_end_seconds = timedelta(days=30).total_seconds()
    #: 100 accounts every 10 minutes would be 14,400 of 10,000 units a day.
    paid_discovery_seconds = timedelta(hours=1).total_seconds()

    def __init__(self, settings: YouTubeSettings) -> None:
        super().__init__(settings)
        self.buckets = _buckets(settings)
        secret = settings.client_secret
        if settings.owner and secret:
            self.grant = PersonGrant(
                platform=self.name,
                authorize_url=settings.authorize_url,
                token_url=settings.token_url,
                client_id=settings.client_id,
                client_secret=secret.get_secret_value(),
                scopes=SCOPES,
                extra=FOR_A_REFRESH_TOKEN,
            )

    @property
    def tells_state(self) -> bool:
        """Tell whether its answers say what is on the air: the public feed does not."""
        return self.settings.api_key is not None

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: a feed's, those long ended, or all others."""
        if self.settings.api_key is None:
            return f"feed {broadcast.account}"
        ended = broadcast.status is Status.ENDED and broadcast.ended_at is not None
        if ended and broadcast.ended_at and now - broadcast.ended_at > END_IS_FRESH:
            return "statistics"
        return "videos"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn ``@handle``, a channel id or a channel's address into its id; at most 1 unit."""
        name = account.handle.rstrip("/").rsplit("/", 1)[-1]
        if name.startswith("UC") and len(name) == _CHANNEL_ID_LENGTH:
            yield from ()
            return replace(account, native_id=name)
        params = {"part": "id,snippet", "forHandle": name}
        response = yield self._call("channels", params, from_reserve=True)
        for channel in items_of(response, UNITS):
            if native_id := id_of(channel):
                return replace(account, native_id=native_id)
        detail = f"channels.list: no channel has the handle {name!r}"
        raise Rejected(self.name, detail, status=response.status)

    def probe(self, account: Account) -> Exchange[str]:
        """Look the channel up (1 unit), or read its feed where there is no key."""
        if self.settings.api_key is None:
            shown = entries((yield self._feed(account)))
            return f"no API key: views only, from the public feed ({len(shown)} videos)"
        name = {"id": account.native_id or ""}
        response = yield self._call("channels", {"part": "id", **name}, from_reserve=True)
        return (
            "the API key works" if items_of(response, UNITS) else "the key works; no such channel"
        )

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """List the channel's newest videos: by the feed, or by playlist where that fails.

        Their state is unknown until a poll has told it, so that finding them costs no unit. The
        owner's own list comes first, and tells it. Each of the account's ``playlists`` has a feed
        too, which tells what stands in it: known broadcasts are marked by it as well.
        """
        del now
        own, not_own, own_failed = list[FeedEntry](), list[Unreadable](), False
        if self.grant and may_spend:
            own, not_own, own_failed = yield from self._own(account)
        try:
            response = yield self._feed(account)
            newest, unreadable = sift(response, entries(response), broadcasts_in_feed, entry_id)
        except PlatformError:
            if self.settings.api_key is None or not may_spend:
                raise
            response, items = yield from self._playlist(account)
            newest, unreadable = sift(response, items, _read_playlist_item, id_of)
        shown, faults = yield from self._shown_in_playlists(account)
        listed = [entry for entries_shown in shown.values() for entry in entries_shown]
        ids = {broadcast.native_id for broadcast in known}
        # The owner's word is the fullest, and comes last.
        candidates = {entry.native_id: entry for entry in (*listed, *newest, *own)}
        new = [
            _broadcast_of(entry, account, response)
            for native_id, entry in candidates.items()
            if native_id not in ids
        ]
        marked = [in_playlists(broadcast, shown) for broadcast in known]
        again = [after for after, before in zip(marked, known, strict=True) if after is not before]
        return Discovery(
            broadcasts=(*again, *(in_playlists(broadcast, shown) for broadcast in new)),
            unreadable=(*not_own, *unreadable, *faults),
            paid_failed=own_failed,
        )

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for statistics and live details of every broadcast at once."""
        if self.settings.api_key is None:
            response = yield self._feed(accounts[broadcasts[0].account])
            return feed_readings(response, broadcasts)
        ids = ",".join(broadcast.native_id for broadcast in broadcasts)
        if all(self.group(broadcast, now) == "statistics" for broadcast in broadcasts):
            params = {"part": "id,snippet,statistics", "id": ids}
            response = yield self._call("videos:batchGetStats", params, bucket=STATISTICS_UNITS)
            return readings_of(items_of(response, STATISTICS_UNITS), response, broadcasts)
        params = {"part": "snippet,statistics,liveStreamingDetails", "id": ids, "fields": FIELDS}
        response = yield self._call("videos", params)
        return readings_of(items_of(response, UNITS), response, broadcasts)

    def _own(self, account: Account) -> Exchange[tuple[list[FeedEntry], list[Unreadable], bool]]:
        """List what the account's owner has on the air and scheduled, and tell whether that failed."""
        own: list[FeedEntry] = []
        unreadable: list[Unreadable] = []
        for wanted in ("active", "upcoming"):
            params = {"part": "id,snippet,status", "broadcastStatus": wanted, **OF_ANY_TYPE}
            request = self._call("liveBroadcasts", params, from_reserve=True)
            try:
                response = yield replace(request, secrets={}, token=account.key)
                items = items_of(response, UNITS)
            except (AuthFailed, CredentialMissing, *OF_ONE_CALL) as error:
                return own, [*unreadable, Unreadable(self.name, error.detail)], True
            read = partial(broadcasts_of_owner, account)
            good, bad = sift(response, items, read, id_of)
            own += filter(None, good)
            unreadable += bad
        return own, unreadable, False

    def _shown_in_playlists(
        self, account: Account
    ) -> Exchange[tuple[dict[str, list[FeedEntry]], list[Unreadable]]]:
        """Read the feeds of the account's playlists; one that fails is set aside for the others.

        A playlist may hold other channels' videos: those are not the account's.
        """
        shown: dict[str, list[FeedEntry]] = {}
        faults: list[Unreadable] = []
        for playlist in account.playlists:
            try:
                response = yield self._feed_of(playlist_id=playlist)
                mine = entries(response, channel_id=account.native_id)
            except PlatformError as error:
                faults.append(Unreadable(self.name, f"playlist {playlist}: {error.detail}"))
                continue
            shown[playlist], unreadable = sift(response, mine, broadcasts_in_feed, entry_id)
            faults += unreadable
        return shown, faults

    def _playlist(self, account: Account) -> Exchange[tuple[Response, list[Any]]]:
        """List the playlist of live broadcasts, or of all uploads where a channel has none."""
        suffix = (account.native_id or "")[2:]
        for prefix in ("UULV", "UU"):
            params = {"part": "contentDetails", "playlistId": prefix + suffix, "maxResults": "50"}
            response = yield self._call("playlistItems", params, from_reserve=True)
            if response.status != HTTPStatus.NOT_FOUND:
                return response, items_of(response, UNITS)
        detail = f"playlistItems.list: channel {account.native_id} has no playlist"
        raise Rejected(self.name, detail, status=HTTPStatus.NOT_FOUND)

    def _call(
        self,
        method: str,
        params: Mapping[str, str],
        *,
        bucket: str = UNITS,
        from_reserve: bool = False,
    ) -> Request:
        if self.settings.api_key is None:
            detail = "no API key; set LIVETALLY_YOUTUBE_API_KEY, or name accounts by channel id"
            raise CredentialMissing(self.name, detail)
        return Request(
            platform=self.name,
            url=f"{self.settings.api_url}/{method}",
            source=method,
            params=params,
            secrets={"X-Goog-Api-Key": self.settings.api_key.get_secret_value()},
            costs={bucket: 1},
            from_reserve=from_reserve,
        )

    def _feed(self, account: Account) -> Request:
        return self._feed_of(channel_id=account.native_id or "")

    def _feed_of(self, **params: str) -> Request:
        return Request(platform=self.name, url=self.settings.feed_url, source="rss", params=params)


def _buckets(settings: YouTubeSettings) -> Sequence[Bucket]:
    if settings.api_key is None:
        return ()
    polling = Bucket(
        name=UNITS,
        units=settings.daily_units,
        time_zone=QUOTA_TIME_ZONE,
        reserve_units=settings.reserve_units,
    )
    statistics = Bucket(
        name=STATISTICS_UNITS,
        units=settings.statistics_daily_units,
        time_zone=QUOTA_TIME_ZONE,
    )
    return (polling, statistics)


def _read_playlist_item(item: Any) -> FeedEntry:
    details = mapping(fields_of(item), "contentDetails")
    native_id = text(details, "videoId")
    if not native_id:
        raise ValueError("item without videoId")
    published_at = moment(details, "videoPublishedAt")
    return FeedEntry(native_id=native_id, title=None, published_at=published_at)


def _broadcast_of(entry: FeedEntry, account: Account, response: Response) -> Broadcast:
    url = f"https://www.youtube.com/watch?v={entry.native_id}"
    return replace(
        blank_broadcast(account, entry.native_id, response, url=url, status=entry.status),
        title=entry.title or entry.native_id,
        description=entry.description,
        published_at=entry.published_at,
        scheduled_at=entry.scheduled_at,
        started_at=entry.started_at,
    )
