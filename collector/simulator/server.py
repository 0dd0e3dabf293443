"""Serves simulated platforms on loopback: in a thread for tests, as a process for the demo.

``python -m collector.simulator.server --port 8900 --seed 7 --start 2026-05-16T18:00:00Z`` prints
one JSON line with the addresses once it listens, and ends with 0 on SIGTERM or Ctrl-C.
"""

import argparse
import json
import signal
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from collector.simulator.facebook import Facebook
from collector.simulator.faults import FaultScript
from collector.simulator.graph import VERSION, Graph, GraphTerms
from collector.simulator.icecast import Icecast
from collector.simulator.instagram import Instagram
from collector.simulator.scenario import scenario
from collector.simulator.stage import Stage
from collector.simulator.tiktok import TikTok, TikTokTerms
from collector.simulator.x import X, XTerms
from collector.simulator.youtube import Terms, YouTube

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class SocialTerms:
    """What the app is granted on the platforms that have terms of their own."""

    facebook: GraphTerms = field(default_factory=GraphTerms)
    instagram: GraphTerms = field(default_factory=GraphTerms)
    x: XTerms = field(default_factory=XTerms)
    tiktok: TikTokTerms = field(default_factory=TikTokTerms)


@dataclass(frozen=True, kw_only=True)
class Platforms:
    """The simulated platforms, their faults, and the one address they are all served at."""

    address: str  # http://127.0.0.1:port
    youtube: YouTube
    facebook: Graph
    instagram: Graph
    x: X
    tiktok: TikTok
    icecast: Icecast
    faults: FaultScript

    @property
    def youtube_api(self) -> str:
        """Return the base of the Data API's methods."""
        return f"{self.address}/youtube/v3"

    @property
    def youtube_feed(self) -> str:
        """Return the address of the channels' feeds."""
        return f"{self.address}/feeds/videos.xml"

    @property
    def graph_api(self) -> dict[str, str]:
        """Return the base of the graph with its version, by platform."""
        return {name: f"{self.address}/{name}/{VERSION}" for name in ("facebook", "instagram")}

    @property
    def x_api(self) -> str:
        """Return the base of X's API without its version."""
        return f"{self.address}/x"

    @property
    def tiktok_api(self) -> str:
        """Return the base of TikTok's API with its version."""
        return f"{self.address}/tiktok/v2"


@contextmanager
def serving(
    stage: Stage,
    *,
    now: Callable[[], datetime],
    terms: Terms | None = None,
    social: SocialTerms | None = None,
    port: int = 0,
) -> Generator[Platforms]:
    """Serve ``stage`` from a thread of this process until the block ends; port 0 takes any."""
    with _listener(port) as listener:
        platforms, server = _assembled(
            stage, now, terms or Terms(), social or SocialTerms(), listener
        )
        thread = threading.Thread(target=server.run, args=([listener],), name="simulator")
        thread.start()
        try:
            yield platforms
        finally:
            server.should_exit = True
            thread.join()


@asynccontextmanager
async def serving_async(
    stage: Stage, *, now: Callable[[], datetime], terms: Terms | None = None, port: int = 0
) -> AsyncGenerator[Platforms]:
    """Do as :func:`serving` in an ``async with``; the server keeps its own thread and loop."""
    with serving(stage, now=now, terms=terms, port=port) as platforms:
        yield platforms


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the seeded scenario until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="collector.simulator.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=_moment, help="when the demo starts, ISO 8601; default now")
    given = parser.parse_args(arguments)
    stage = scenario(given.start or _clock(), seed=given.seed).stage
    try:
        listening = _listener(given.port)
    except OSError as error:
        parser.error(f"cannot listen on port {given.port}: {error.strerror}")
    with listening as listener:
        platforms, server = _assembled(stage, _clock, Terms(), SocialTerms(), listener)
        _end_on_signals(server)
        addresses = {
            "address": platforms.address,
            "youtube_api": platforms.youtube_api,
            "youtube_feed": platforms.youtube_feed,
            "youtube_key": platforms.youtube.terms.key,
        }
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        server.run([listener])
    return 0


def _end_on_signals(server: uvicorn.Server) -> None:
    """End with 0: uvicorn raises the signals it ended on again, and this is what they meet."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def _assembled(
    stage: Stage,
    now: Callable[[], datetime],
    terms: Terms,
    social: SocialTerms,
    listener: socket.socket,
) -> tuple[Platforms, uvicorn.Server]:
    faults = FaultScript()
    platforms = Platforms(
        address=f"http://{LOOPBACK}:{listener.getsockname()[1]}",
        youtube=YouTube(stage, now=now, terms=terms, faults=faults),
        facebook=Graph(Facebook(stage), now=now, terms=social.facebook, faults=faults),
        instagram=Graph(Instagram(stage), now=now, terms=social.instagram, faults=faults),
        x=X(stage, now=now, terms=social.x, faults=faults),
        tiktok=TikTok(stage, now=now, terms=social.tiktok, faults=faults),
        icecast=Icecast(stage, now=now, started_at=now(), faults=faults),
        faults=faults,
    )
    served = (
        platforms.youtube,
        platforms.facebook,
        platforms.instagram,
        platforms.x,
        platforms.tiktok,
        platforms.icecast,
    )
    app = Starlette(routes=[route for platform in served for route in platform.routes()])
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return platforms, uvicorn.Server(config)


def _listener(port: int) -> socket.socket:
    """Listen before the server runs, so that whoever knows the address may call at once."""
    return socket.create_server((LOOPBACK, port), backlog=128)


def _clock() -> datetime:
    return datetime.now(UTC)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("needs a time zone, for example a Z at the end")
    return at.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
