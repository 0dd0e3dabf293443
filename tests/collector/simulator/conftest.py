"""What the simulator's tests share: a scenario, served; the platforms' examples."""

import json
from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest

from collector.simulator.platforms import Platforms
from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Video
from collector.simulator.world.scenario import Scenario, build_scenario
from storage.model import Status
from tests.support.simulator_examples import EXAMPLES, START, Clock


@pytest.fixture(scope="session")
def event() -> Scenario:
    return build_scenario(START, seed=7)


@pytest.fixture(scope="session")
def session_clock() -> Clock:
    return Clock(START)


@pytest.fixture
def clock(session_clock: Clock) -> Generator[Clock]:
    """The clock of ``served``, at the start of the demo again for each test."""
    yield session_clock
    session_clock.at = START


@pytest.fixture(scope="session")
def served(event: Scenario, session_clock: Clock) -> Generator[Platforms]:
    """One server for all tests that only read from it; its counts go on counting."""
    with serving(event.world, now=session_clock) as platforms:
        yield platforms


@pytest.fixture(scope="session")
def client(served: Platforms) -> Generator[httpx.Client]:
    headers = {"X-Goog-Api-Key": served.youtube.terms.key}
    with httpx.Client(base_url=served.address, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def fresh(event: Scenario, clock: Clock) -> Generator[Platforms]:
    """A server of the test's own, whose counts begin at nothing."""
    with serving(event.world, now=clock) as platforms:
        yield platforms


@pytest.fixture
def caller(fresh: Platforms) -> Generator[httpx.Client]:
    """A client of ``fresh`` without any credential."""
    with httpx.Client(base_url=fresh.address, trust_env=False) as client:
        yield client


@pytest.fixture
def on_air(event: Scenario) -> Callable[[str], Video]:
    """What a platform has on the air at the start with all its counts."""

    def find_video(platform: str) -> Video:
        own = {
            channel.channel_id for channel in event.world.channels() if channel.platform == platform
        }
        shown = (video.observe(START) for video in event.world.videos if video.channel_id in own)
        return next(
            video
            for video in shown
            if video and video.status is Status.LIVE and video.likes is not None
        )

    return find_video


@pytest.fixture
def example() -> Callable[[str], str]:
    def read(name: str) -> str:
        path = EXAMPLES / name
        if not path.exists():
            pytest.skip(f"the platforms' examples are not beside this checkout: {name}")
        return path.read_text(encoding="utf-8")

    return read


@pytest.fixture
def example_json(example: Callable[[str], str]) -> Callable[[str], Any]:
    return lambda name: json.loads(example(name))


@pytest.fixture(scope="session")
def ids_by_status(event: Scenario) -> dict[Status, list[str]]:
    """The ids of the videos at the start, by the state they are in then."""
    ids: dict[Status, list[str]] = {}
    for video in event.world.videos:
        public = video.observe(START)
        if public is not None:
            ids.setdefault(public.status, []).append(public.native_id)
    return ids
