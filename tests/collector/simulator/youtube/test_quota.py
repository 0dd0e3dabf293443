"""Units are counted as Google counts them: per bucket, per Los Angeles day, errors included."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from collector.simulator.platforms import Platforms
from collector.simulator.wire.server import serving
from collector.simulator.world.scenario import Scenario
from collector.simulator.youtube.server import DEFAULT_BUCKET, STATISTICS_BUCKET, YouTubeTerms
from tests.support.simulator_examples import Clock

VIDEOS = "/youtube/v3/videos?part=id&id=x"
STATISTICS = "/youtube/v3/videos:batchGetStats?part=id&id=x"


@pytest.fixture
def scarce(event: Scenario, clock: Clock) -> Generator[tuple[Platforms, httpx.Client]]:
    """Two units a day in each bucket; the key goes along."""
    with (
        serving(
            event.world, now=clock, terms=YouTubeTerms(default_units=2, statistics_units=2)
        ) as served,
        httpx.Client(
            base_url=served.address, headers={"X-Goog-Api-Key": "simulated-key"}, trust_env=False
        ) as client,
    ):
        yield served, client


def test_an_empty_bucket_gets_the_body_that_was_observed(
    scarce: tuple[Platforms, httpx.Client], example_json: Callable[[str], Any]
) -> None:
    _, client = scarce
    assert [client.get(VIDEOS).status_code for _ in range(3)] == [200, 200, 403]
    observed = example_json("youtube/error_403_quotaExceeded_observed.json")
    assert client.get(VIDEOS).json() == observed


def test_statistics_have_a_bucket_of_their_own(scarce: tuple[Platforms, httpx.Client]) -> None:
    _, client = scarce
    assert [client.get(VIDEOS).status_code for _ in range(3)] == [200, 200, 403]
    assert [client.get(STATISTICS).status_code for _ in range(3)] == [200, 200, 403]


def test_an_invalid_call_costs_a_unit_and_a_refused_key_none(
    scarce: tuple[Platforms, httpx.Client], clock: Clock
) -> None:
    served, client = scarce
    client.get("/youtube/v3/videos")
    client.get(VIDEOS, headers={"X-Goog-Api-Key": "wrong"})
    client.get("/feeds/videos.xml?channel_id=UCx")
    assert served.youtube.spent(DEFAULT_BUCKET, clock.at) == 1
    assert served.youtube.spent(STATISTICS_BUCKET, clock.at) == 0


def test_calls_are_counted_by_method(scarce: tuple[Platforms, httpx.Client]) -> None:
    served, client = scarce
    client.get(VIDEOS)
    client.get(VIDEOS)
    client.get(STATISTICS)
    client.get("/feeds/videos.xml?channel_id=UCx")
    expected = {"videos.list": 2, "videos.batchGetStats": 1, "feed": 1}
    assert served.youtube.calls == expected


@pytest.mark.parametrize(
    ("first_midnight", "hours"),
    [
        (datetime(2026, 3, 8, 8, tzinfo=UTC), 23),  # the clocks go forward in Los Angeles
        (datetime(2026, 5, 16, 7, tzinfo=UTC), 24),
        (datetime(2026, 11, 1, 7, tzinfo=UTC), 25),  # and back
    ],
)
def test_buckets_fill_up_at_midnight_in_los_angeles(
    scarce: tuple[Platforms, httpx.Client], clock: Clock, first_midnight: datetime, hours: int
) -> None:
    _, client = scarce
    clock.at = first_midnight
    assert [client.get(VIDEOS).status_code for _ in range(3)] == [200, 200, 403]
    clock.advance(hours=hours, seconds=-1)
    assert client.get(VIDEOS).status_code == 403
    clock.advance(seconds=1)
    assert client.get(VIDEOS).status_code == 200
