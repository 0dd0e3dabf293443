"""What the simulator's tests share: a scenario, served; the platforms' examples."""

import json
from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest

from collector.simulator.scenario import Scenario, scenario
from collector.simulator.server import Platforms, serving
from storage.model import Status
from tests.collector.simulator.truths import EXAMPLES, START, Clock


@pytest.fixture(scope="session")
def event() -> Scenario:
    return scenario(START, seed=7)


@pytest.fixture(scope="session")
def one_clock() -> Clock:
    return Clock(START)


@pytest.fixture
def clock(one_clock: Clock) -> Generator[Clock]:
    """The clock of ``served``, at the start of the demo again for each test."""
    yield one_clock
    one_clock.at = START


@pytest.fixture(scope="session")
def served(event: Scenario, one_clock: Clock) -> Generator[Platforms]:
    """One server for all tests that only read from it; its counts go on counting."""
    with serving(event.stage, now=one_clock) as platforms:
        yield platforms


@pytest.fixture(scope="session")
def client(served: Platforms) -> Generator[httpx.Client]:
    headers = {"X-Goog-Api-Key": served.youtube.terms.key}
    with httpx.Client(base_url=served.address, headers=headers, trust_env=False) as client:
        yield client


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
    found: dict[Status, list[str]] = {}
    for airing in event.stage.airings:
        video = airing.at(START)
        if video is not None:
            found.setdefault(video.status, []).append(video.native_id)
    return found
