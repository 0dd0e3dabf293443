"""The YouTube Data API v3 and the public feed, answered from any world.

Calls and units are counted as Google does: each call costs a unit of its bucket's Los Angeles
day, also when it is answered with an error; a call without a valid key costs nothing.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.platform_server import Call, PlatformServer
from collector.simulator.world.protocol import PlatformWorld, World
from collector.simulator.youtube import methods
from collector.simulator.youtube.feed import Outage, feed_response

QUOTA_ZONE = ZoneInfo("America/Los_Angeles")
DEFAULT_BUCKET = "default"
STATISTICS_BUCKET = "batchGetStats"


@dataclass(frozen=True, kw_only=True, slots=True)
class YouTubeTerms:
    """What the simulated project is granted, and how late the feed is."""

    key: str = "simulated-key"
    default_units: int = 10_000
    statistics_units: int = 10_000
    feed_lag: timedelta = timedelta(minutes=15)
    feed_outages: Sequence[Outage] = ()

    def units(self, bucket: str) -> int:
        """Return what ``bucket`` holds each day."""
        return self.statistics_units if bucket == STATISTICS_BUCKET else self.default_units


class YouTubeServer(PlatformServer):
    """The platform. ``units`` counts by bucket and Los Angeles day."""

    def __init__(
        self, world: World, *, now: Callable[[], datetime], terms: YouTubeTerms, faults: FaultScript
    ) -> None:
        super().__init__(now=now, faults=faults)
        self.world = PlatformWorld(world, "youtube")
        self.terms = terms
        self.units: Counter[tuple[str, date]] = Counter()

    def routes(self) -> list[Route]:
        """Return the routes, at the paths they have below the platform's own hosts."""
        statistics = methods.videos_statistics
        return [
            self._route("videos", "videos.list", methods.videos),
            self._route(
                "videos:batchGetStats", "videos.batchGetStats", statistics, STATISTICS_BUCKET
            ),
            self._route("channels", "channels.list", methods.channels),
            self._route("playlistItems", "playlistItems.list", methods.playlist_entries),
            self.route("/feeds/videos.xml", "feed", self._feed),
        ]

    def spent(self, bucket: str, at: datetime) -> int:
        """Return the units of ``bucket`` spent on the Los Angeles day of ``at``."""
        return self.units[bucket, at.astimezone(QUOTA_ZONE).date()]

    def _route(
        self, path: str, name: str, method: methods.Method, bucket: str = DEFAULT_BUCKET
    ) -> Route:
        def charged(call: Call) -> dict[str, Any]:
            self._charge(call, bucket)
            return methods.answer(method, self.world, call.at, call.query)

        return self.route(f"/youtube/v3/{path}", name, charged)

    def _charge(self, call: Call, bucket: str) -> None:
        """Charge ``bucket`` a unit; refuse without the key or without units left."""
        key = call.headers.get("X-Goog-Api-Key") or call.query.get("key")
        if key is None:
            raise methods.ERRORS.error("no_key")
        if key != self.terms.key:
            raise methods.ERRORS.error("wrong_key")
        if self.spent(bucket, call.at) >= self.terms.units(bucket):
            raise methods.ERRORS.error("quota_exceeded")
        self.units[bucket, call.at.astimezone(QUOTA_ZONE).date()] += 1

    def _feed(self, call: Call) -> Response:
        return feed_response(
            self.world,
            call.query.get("channel_id") or call.query.get("playlist_id"),
            call.at,
            lag=self.terms.feed_lag,
            outages=self.terms.feed_outages,
        )
