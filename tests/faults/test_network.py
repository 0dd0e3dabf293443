"""Names that do not resolve, answers that do not come, and platforms that ask for fewer calls."""

import asyncio
import logging
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from collector.simulator.wire.faults import InjectedFault
from storage.read_model.reader import ReadModel
from tests.support.collector_process import IDS, Clock, Three, rig, stored
from tests.support.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
VIDEOS = "/youtube/v3/videos"


def gaps(folder):
    return ReadModel(folder / "data" / "published").open().gaps()


class Resolver:
    """The system's resolver: it finds what it is asked for, fails, or hangs until it is let go."""

    def __init__(self):
        self.mood = "finds"
        self.hanging = 0
        self.let_go = threading.Event()
        self._real = socket.getaddrinfo

    def __call__(self, host, port, *rest, **more):
        if self.mood == "hangs":
            self.hanging += 1
            self.let_go.wait()
        if self.mood != "finds":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return self._real(host, port, *rest, **more)


@pytest.mark.fault(row=1)
def test_a_name_that_does_not_resolve_is_a_gap_and_is_told_once(
    tmp_path, monkeypatch, caplog, fault_record
):
    caplog.set_level(logging.INFO, "collector.jobs.source_health")
    clock, resolver = Clock(START), Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            # Each call needs a connection, and so an address, of its own.
            ready.platforms.faults.add(InjectedFault(path="*", headers={"Connection": "close"}))
            await ready.collector.discover()
            for mood in ("finds", "fails", "hangs", "finds"):
                clock.forward(seconds=60)
                resolver.mood = mood
                assert await ready.collector.poll() == 1
            assert resolver.hanging, "the poll waited for an answer that had not come yet"
            resolver.let_go.set()
            await ready.collector.publish()

    asyncio.run(go())
    assert stored(tmp_path, "SELECT outcome FROM poll WHERE purpose = 'poll' ORDER BY poll_id") == [
        ("ok",), ("dns",), ("dns",), ("ok",)
    ]  # fmt: skip
    found = gaps(tmp_path)
    assert found["reason"].to_list() == ["dns"] * len(IDS)
    assert (found["ended_at"] - found["started_at"]).unique().to_list() == [timedelta(seconds=180)]
    assert [
        one.levelname for one in caplog.records if one.name == "collector.jobs.source_health"
    ] == [
        "WARNING",
        "INFO",
    ]
    fault_record(
        1,
        "DNS fails or hangs",
        "the system's resolver fails, then never answers",
        "gap `dns` after at most 5 s of waiting; one warning, one line on recovery",
        60,
    )


@pytest.mark.fault(row=2)
def test_answers_that_do_not_come_in_time_are_gaps_of_that_platform(
    tmp_path, monkeypatch, fault_record
):
    clock = Clock(START)

    async def go():
        cadence = {"tick_seconds": 4}  # a poll may take 0.8 of it
        async with rig(tmp_path, Three(START), clock, monkeypatch, cadence=cadence) as ready:
            await ready.collector.discover()
            await ready.collector.poll()
            late = InjectedFault(path=VIDEOS, first=2, last=3, delay_seconds=PATIENCE_SECONDS)
            ready.platforms.faults.add(
                late, InjectedFault(path=VIDEOS, first=4, last=6, hang_up=True)
            )
            for _ in range(4):
                clock.forward(seconds=60)
                await asyncio.wait_for(ready.collector.poll(), PATIENCE_SECONDS / 2)
            await ready.collector.publish()

    asyncio.run(go())
    outcomes = stored(tmp_path, "SELECT outcome FROM poll WHERE purpose = 'poll' ORDER BY poll_id")
    assert outcomes[:3] == [("ok",), ("timeout",), ("timeout",)]
    assert outcomes[-1] == ("ok",)
    assert set(gaps(tmp_path)["reason"]) <= {"timeout", "unreachable"}
    assert gaps(tmp_path).filter(broadcast=f"youtube:{IDS[0]}")["reason"].to_list()[0] == "timeout"
    fault_record(
        2,
        "connecting or reading takes for ever, a byte now and then",
        "a server that answers late, dribbles bytes, or hangs up in the middle",
        "each poll ends within 10 s, gap `timeout`; the next tick asks again",
        60,
    )


WAITS = {
    "90": 90,
    "999999999": 3600,
    "-5": 60,
    "soon": 60,
    format_datetime(START + timedelta(minutes=10)): 600 - 60,
    format_datetime(START - timedelta(days=1)): 1,
}


@pytest.mark.fault(row=3)
@pytest.mark.parametrize(("retry_after", "seconds"), WAITS.items(), ids=WAITS)
def test_no_call_is_made_before_the_instant_a_platform_names(
    tmp_path, monkeypatch, fault_record, retry_after, seconds
):
    clock, at = Clock(START), START + timedelta(seconds=60)
    headers = {"Retry-After": retry_after}

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            calls = ready.platforms.faults.calls
            await ready.collector.discover()
            await ready.collector.poll()
            ready.platforms.faults.add(
                InjectedFault(path=VIDEOS, first=2, last=4, status=429, headers=headers)
            )
            clock.at = at
            await ready.collector.poll()
            refused = calls[VIDEOS]
            while (clock.at - at).total_seconds() < seconds - 15:
                clock.forward(seconds=15)
                await ready.collector.poll()
                await ready.collector.discover()
                assert calls[VIDEOS] == refused
            ready.platforms.faults.clear()
            clock.forward(seconds=75)
            await ready.collector.poll()
            assert calls[VIDEOS] == refused + 1
            await ready.collector.publish()

    asyncio.run(go())
    assert gaps(tmp_path)["reason"].to_list() == ["rate_limited"] * len(IDS)
    fault_record(
        3,
        "429 with Retry-After",
        "in seconds, as a date, in the past, negative, absurd, no number",
        "no call before that instant, at most an hour later; gap `rate_limited`",
        75,
    )
