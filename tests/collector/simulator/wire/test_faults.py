"""Faults spoil the calls they name and no others."""

import json
from collections.abc import Generator

import httpx
import pytest

from collector.simulator.platforms import Platforms
from collector.simulator.wire.faults import InjectedFault
from collector.simulator.wire.server import serving
from collector.simulator.world.scenario import Scenario
from tests.support.patience import PATIENCE_SECONDS
from tests.support.simulator_examples import Clock

VIDEOS = "/youtube/v3/videos"
CALL = f"{VIDEOS}?part=id&id=x"


@pytest.fixture
def spoilt(event: Scenario, clock: Clock) -> Generator[tuple[Platforms, httpx.Client]]:
    with (
        serving(event.world, now=clock) as served,
        httpx.Client(
            base_url=served.address,
            headers={"X-Goog-Api-Key": served.youtube.terms.key},
            trust_env=False,
            timeout=PATIENCE_SECONDS,
        ) as client,
    ):
        yield served, client


def test_only_the_calls_named_are_spoilt(spoilt: tuple[Platforms, httpx.Client]) -> None:
    served, client = spoilt
    served.faults.add(InjectedFault(path=VIDEOS, first=2, last=3, status=503, body=b"no backend"))
    assert [client.get(CALL).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert client.get("/status-json.xsl").status_code == 200
    assert served.faults.calls[VIDEOS] == 4
    assert served.youtube.calls["videos.list"] == 4


def test_the_fault_added_last_wins_and_all_may_be_forgotten(
    spoilt: tuple[Platforms, httpx.Client],
) -> None:
    served, client = spoilt
    served.faults.add(InjectedFault(path="*", status=500), InjectedFault(path=VIDEOS, status=429))
    assert client.get(CALL).status_code == 429
    assert client.get("/status-json.xsl").status_code == 500
    served.faults.clear()
    assert client.get(CALL).status_code == 200


def test_a_truncated_body_is_announced_as_long_as_it_is(
    spoilt: tuple[Platforms, httpx.Client],
) -> None:
    served, client = spoilt
    served.faults.add(InjectedFault(path=VIDEOS, keep_bytes=20))
    answer = client.get(CALL)
    assert answer.status_code == 200
    assert len(answer.content) == 20
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_connection_may_be_closed_in_the_middle(spoilt: tuple[Platforms, httpx.Client]) -> None:
    served, client = spoilt
    served.faults.add(InjectedFault(path=VIDEOS, hang_up=True, last=1))
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(CALL)
    assert client.get(CALL).status_code == 200


def test_headers_and_bodies_are_replaced(spoilt: tuple[Platforms, httpx.Client]) -> None:
    served, client = spoilt
    headers = {"Retry-After": "30", "Content-Type": "text/html"}
    served.faults.add(InjectedFault(path=VIDEOS, status=429, body=b"<html>", headers=headers))
    answer = client.get(CALL)
    assert answer.headers["retry-after"] == "30"
    assert answer.headers["content-type"] == "text/html"
    assert answer.content == b"<html>"


def test_a_late_answer_comes_too_late_for_the_impatient(
    spoilt: tuple[Platforms, httpx.Client],
) -> None:
    served, client = spoilt
    served.faults.add(InjectedFault(path=VIDEOS, delay_seconds=30, last=1))
    with pytest.raises(httpx.ReadTimeout):
        client.get(CALL, timeout=0.05)
    assert client.get(CALL).status_code == 200


def test_a_spoilt_call_costs_a_unit_all_the_same(
    spoilt: tuple[Platforms, httpx.Client], clock: Clock
) -> None:
    served, client = spoilt
    served.faults.add(InjectedFault(path=VIDEOS, status=500))
    client.get(CALL)
    assert served.youtube.spent("default", clock.at) == 1
