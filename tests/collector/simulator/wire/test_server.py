"""The server listens on loopback only, ends when told to and leaves nothing behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from collector.simulator.wire.server import serving
from collector.simulator.world.scenario import Scenario
from tests.support.patience import PATIENCE_SECONDS
from tests.support.simulator_examples import Clock

CHECKOUT = Path(__file__).resolve().parents[4]


def test_it_leaves_no_thread_and_no_listener(event: Scenario, clock: Clock) -> None:
    before = threading.enumerate()
    with serving(event.world, now=clock) as served:
        assert httpx.get(f"{served.address}/status-json.xsl", trust_env=False).status_code == 200
    assert threading.enumerate() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{served.address}/status-json.xsl", trust_env=False)


def test_it_ends_even_when_a_test_fails(event: Scenario, clock: Clock) -> None:
    before = threading.enumerate()
    with pytest.raises(ZeroDivisionError), serving(event.world, now=clock):
        _ = 1 / 0
    assert threading.enumerate() == before


def test_it_serves_within_a_running_loop(event: Scenario, clock: Clock) -> None:
    async def ask() -> int:
        with serving(event.world, now=clock) as served:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{served.address}/status-json.xsl")).status_code

    assert asyncio.run(ask()) == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_tells_its_addresses_and_ends_with_0(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "collector.simulator.wire.server", "--seed", "7"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        addresses = json.loads(process.stdout.readline())
        params = {"part": "id", "forHandle": "@OpenDaysSimulated", "key": addresses["youtube_key"]}
        url = f"{addresses['youtube_api']}/channels"
        answer = httpx.get(url, params=params, trust_env=False)
        assert answer.json()["pageInfo"]["totalResults"] == 1
        os.kill(process.pid, number)
        output, complaints = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert output + complaints == ""


def test_a_taken_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "collector.simulator.wire.server", "--port", port]
        ended = subprocess.run(
            command,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert ended.returncode == 2
    assert f"port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr
