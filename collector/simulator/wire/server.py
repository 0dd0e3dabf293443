"""The server of all simulated platforms on loopback: a thread for tests, a process for the demo.

``python -m collector.simulator.wire.server --port 8900 --seed 7 --start 2026-05-16T18:00:00Z`` prints
one JSON line with the addresses once it listens, and ends with 0 on SIGTERM or Ctrl-C.
"""

import argparse
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from collector.simulator.platforms import Platforms, SocialTerms, assemble_platforms
from collector.simulator.world.protocol import World
from collector.simulator.world.scenario import build_scenario
from collector.simulator.youtube.server import YouTubeTerms
from storage.system.processes import end_with_parent, stop_signals

LOOPBACK = "127.0.0.1"


@contextmanager
def serving(
    world: World,
    *,
    now: Callable[[], datetime],
    terms: YouTubeTerms | None = None,
    social: SocialTerms | None = None,
    port: int = 0,
) -> Generator[Platforms]:
    """Serve ``world`` from a thread of this process until the block ends; port 0 takes any."""
    with _listen(port) as listener:
        platforms, server = _assemble(world, now, terms, social, listener)
        thread = threading.Thread(target=server.run, args=([listener],), name="simulator")
        thread.start()
        try:
            yield platforms
        finally:
            server.should_exit = True
            thread.join()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the seeded scenario until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="collector.simulator.wire.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=_moment, help="when the demo starts, ISO 8601; default now")
    options = parser.parse_args(arguments)
    world = build_scenario(options.start or _utc_now(), seed=options.seed).world
    try:
        listening = _listen(options.port)
    except OSError as error:
        parser.error(f"cannot listen on port {options.port}: {error.strerror}")
    with listening as listener:
        platforms, server = _assemble(world, _utc_now, None, None, listener)
        _end_on_signals(server)
        addresses = {
            "address": platforms.address,
            "youtube_api": platforms.youtube_api,
            "youtube_feed": platforms.youtube_feed,
            "youtube_key": platforms.youtube.terms.key,
            "platforms": platforms.sections,
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

    for number in stop_signals():
        signal.signal(number, end)


def _assemble(
    world: World,
    now: Callable[[], datetime],
    terms: YouTubeTerms | None,
    social: SocialTerms | None,
    listener: socket.socket,
) -> tuple[Platforms, uvicorn.Server]:
    address = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    platforms = assemble_platforms(world, address, now=now, terms=terms, social=social)
    app = Starlette(routes=platforms.routes())
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


def _listen(port: int) -> socket.socket:
    """Listen before the server runs, so that whoever knows the address may call at once."""
    return socket.create_server((LOOPBACK, port), backlog=128)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"invalid time '{text}': expected e.g. 2026-05-17T12:00Z"
        raise argparse.ArgumentTypeError(message) from None
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"time without UTC offset '{text}': write '{text}Z' for UTC"
        )
    return at.astimezone(UTC)


if __name__ == "__main__":
    end_with_parent()
    sys.exit(main())
