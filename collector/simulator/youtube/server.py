"""Speaks the YouTube Data API v3 and the public feed, from any stage.

It counts calls and units as Google does: each call costs a unit of its bucket's Los Angeles day,
also when it is answered with an error; a call without a valid key costs nothing.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from collector.simulator.wire.endpoint import SimulatedError
from collector.simulator.wire.faults import FaultScript
from collector.simulator.world.protocol import PlatformWorld, World
from collector.simulator.youtube import errors, methods
from collector.simulator.youtube.feed import Outage, feed

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


class YouTubeServer:
    """The platform. ``calls`` counts by method, ``units`` by bucket and Los Angeles day."""

    def __init__(
        self, stage: World, *, now: Callable[[], datetime], terms: YouTubeTerms, faults: FaultScript
    ) -> None:
        self.stage = PlatformWorld(stage, "youtube")
        self.terms = terms
        self.faults = faults
        self.calls: Counter[str] = Counter()
        self.units: Counter[tuple[str, date]] = Counter()
        self._now = now

    def routes(self) -> list[Route]:
        """Return the routes, at the paths they have below the platform's own hosts."""
        statistics = self._endpoint(
            "videos.batchGetStats", methods.videos_statistics, STATISTICS_BUCKET
        )
        return [
            Route("/youtube/v3/videos", self._endpoint("videos.list", methods.videos)),
            Route("/youtube/v3/videos:batchGetStats", statistics),
            Route("/youtube/v3/channels", self._endpoint("channels.list", methods.channels)),
            Route(
                "/youtube/v3/playlistItems",
                self._endpoint("playlistItems.list", methods.playlist_entries),
            ),
            Route("/feeds/videos.xml", self._feed),
        ]

    def spent(self, bucket: str, at: datetime) -> int:
        """Return the units of ``bucket`` spent on the Los Angeles day of ``at``."""
        return self.units[bucket, at.astimezone(QUOTA_ZONE).date()]

    def _endpoint(
        self, name: str, method: methods.Method, bucket: str = DEFAULT_BUCKET
    ) -> Callable[[Request], Awaitable[ASGIApp]]:
        async def endpoint(request: Request) -> ASGIApp:
            self.calls[name] += 1
            return await self.faults.answer(request.url.path, self._answer(request, method, bucket))

        return endpoint

    def _answer(self, request: Request, method: methods.Method, bucket: str) -> Response:
        at = self._now()
        try:
            self._charge(request, bucket, at)
            return JSONResponse(methods.answer(method, self.stage, at, request.query_params))
        except SimulatedError as refusal:
            return refusal.response

    def _charge(self, request: Request, bucket: str, at: datetime) -> None:
        """Take a unit of ``bucket``; refuse without the key or without units left."""
        key = request.headers.get("X-Goog-Api-Key") or request.query_params.get("key")
        if key is None:
            raise errors.no_key()
        if key != self.terms.key:
            raise errors.wrong_key()
        day = at.astimezone(QUOTA_ZONE).date()
        if self.units[bucket, day] >= self.terms.units(bucket):
            raise errors.quota_exceeded()
        self.units[bucket, day] += 1

    async def _feed(self, request: Request) -> ASGIApp:
        self.calls["feed"] += 1
        response = feed(
            self.stage,
            request.query_params.get("channel_id") or request.query_params.get("playlist_id"),
            self._now(),
            lag=self.terms.feed_lag,
            outages=self.terms.feed_outages,
        )
        return await self.faults.answer(request.url.path, response)
