"""Twitch: Helix, the public API.

needs: an app's client id and secret
discovers: streams on the air and the channel's schedule
counts while live: concurrent viewers
counts afterwards: views of the archive video, where the channel keeps one
batch: 100 channels a call
refresh: not documented
a view is: one play of the archive video after the stream; while live none are counted

Facts: a broadcast is a stream, whose id is another one each time. ``first`` is 20 unless said, which
would silently drop streams. A channel that is off the air has no row; ``viewer_count`` 0 on a row is
zero viewers. ``type`` is "" where Twitch failed. The archive names its stream in ``stream_id``; it
expires or is deleted, and is only known to be gone when asked for by its id: 404 where every id is
unknown. A planned segment has an id of its own, and leaves the schedule once its start has passed:
the stream is a broadcast of its own. ``users.view_count`` is void. There are no likes or comments.
How long the API goes on listing a stream after its end is not verified.
Documents: dev.twitch.tv/docs/api/reference, as of 2026-02-27; dev.twitch.tv/docs/api/guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import SecretStr

from collector.contract.errors import OF_ONE_CALL, CredentialMissing, Rejected, Unreadable
from collector.contract.exchange import Exchange, Request, Response
from collector.contract.oauth import AppGrant
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.quota import Limit
from collector.contract.readings import Discovery, Readings, handle_of
from collector.platforms.twitch.responses import (
    named_id,
    plan_of,
    rows,
    schedule_readings,
    segments,
    stream_of,
    stream_readings,
    video_of,
    video_readings,
)
from storage.model import AIRING_RESUMES_WITHIN, Account, Broadcast, Metric, Status, Unit
from storage.names import lowered


class TwitchSettings(PlatformSettings):
    """``platforms: twitch:``; the app is registered at dev.twitch.tv/console."""

    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    api_url: str = "https://api.twitch.tv/helix"
    token_url: str = "https://id.twitch.tv/oauth2/token"  # noqa: S105 - an address


class Twitch(Platform[TwitchSettings]):
    """Streams while they are on the air, then the archive videos they leave."""

    name = "twitch"
    display_name = "Twitch"
    handle_examples: ClassVar = ("dgsn",)
    sites: ClassVar = ("twitch.tv",)
    other_pages: ClassVar = frozenset({"videos", "directory", "collections", "p"})
    documented_limit = "800 points a minute, 1 point a call"
    unit = Unit.POINT
    #: In the form of dev.twitch.tv/docs/embed/video-and-clips, which its pages take as ``t``.
    moment_address = "?t={hms}"
    recording_path = "/videos/"  # until its archive is known, it has the channel's address
    Settings = TwitchSettings
    batch_size = 100
    metrics: ClassVar = {
        Metric.CONCURRENT_VIEWERS: "watching the stream at that instant",
        Metric.VIEWS: "plays of the archive video after the stream",
    }
    tracked_after_end_seconds = timedelta(days=14).total_seconds()

    def __init__(self, settings: TwitchSettings) -> None:
        super().__init__(settings)
        self.grant = AppGrant.from_settings(
            self.name, settings.token_url, settings.client_id, settings.client_secret
        )

    def limits(self, response: Response) -> Sequence[Limit]:
        """Read the points left of the minute, from ``Ratelimit-*``."""
        return Limit.from_headers(response, "twitch.points", "ratelimit")

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which may share a poll: streams, archives known by id, or one channel's others."""
        if broadcast.status is Status.UPCOMING:
            return f"schedule {broadcast.account}"
        if broadcast.status is not Status.ENDED:
            return "streams"
        if broadcast.ended_at is None or now - broadcast.ended_at <= AIRING_RESUMES_WITHIN:
            return "streams"  # which alone tell that it is on the air again
        return "videos" if video_of(broadcast) else f"archive {broadcast.account}"

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a login or a channel's address into the user id; 1 point."""
        login = lowered(handle_of(account))
        response = yield self._call("users", {"login": login})
        for user in rows(response):
            if native_id := named_id(user):
                return replace(account, native_id=native_id)
        detail = f"users: no channel has the login {login!r}"
        raise Rejected(self.name, detail, status=response.status)

    def probe(self, account: Account) -> Exchange[str]:
        """Look the channel up, which proves the app's token; 1 point."""
        response = yield self._call("users", {"id": account.native_id or ""})
        return "the app's token works" if rows(response) else "the token works; no such channel"

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the stream on the air and the planned segments; 2 points."""
        del now, may_spend  # points come back every minute
        channel = account.native_id or ""
        streams = yield self._call("streams", {"user_id": [channel], "first": "100"})
        on_air = Discovery.of_list(
            streams, rows(streams), stream_of, named_id, account=account, known=known
        )
        try:
            schedule = yield self._call("schedule", {"broadcaster_id": channel, "first": "25"})
            planned = Discovery.of_list(
                schedule, segments(schedule), plan_of, named_id, account=account, known=known
            )
        except OF_ONE_CALL as error:  # what is on the air was found all the same
            planned = Discovery(unreadable=(Unreadable(self.name, error.detail),))
        return Discovery(
            broadcasts=on_air.broadcasts + planned.broadcasts,
            unreadable=on_air.unreadable + planned.unreadable,
        )

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the streams, the archives or the schedule of broadcasts of one group."""
        first = broadcasts[0]
        group = self.group(first, now)
        channel = accounts[first.account].native_id or ""
        if group == "videos":
            ids = [video_of(broadcast) for broadcast in broadcasts]
            response = yield self._call("videos", {"id": ids})
            return video_readings(response, broadcasts, by_id=True)
        if group.startswith("archive"):
            params = {"user_id": channel, "type": "archive", "sort": "time", "first": "100"}
            response = yield self._call("videos", params)
            return video_readings(response, broadcasts, by_id=False)
        if group.startswith("schedule"):
            params = {"broadcaster_id": channel, "first": "25"}
            response = yield self._call("schedule", params)
            return schedule_readings(response, broadcasts)
        channels = {
            broadcast.key: accounts[broadcast.account].native_id or "" for broadcast in broadcasts
        }
        ids = list(dict.fromkeys(channels.values()))
        response = yield self._call("streams", {"user_id": ids, "first": "100"})
        return stream_readings(response, broadcasts, channels)

    def _call(self, path: str, params: Mapping[str, str | Sequence[str]]) -> Request:
        if not (self.settings.client_id and self.settings.client_secret):
            detail = "no app; set LIVETALLY_TWITCH_CLIENT_ID and LIVETALLY_TWITCH_CLIENT_SECRET"
            raise CredentialMissing(self.name, detail)
        return Request(
            platform=self.name,
            url=f"{self.settings.api_url}/{path}",
            source=path,
            params=params,
            secrets={"Client-Id": self.settings.client_id.get_secret_value()},
            token=self.name,
        )
