"""The machine's clock is set, and the machine sleeps, under the real collector as a process."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from collector.simulator.wire.server import serving
from collector.simulator.world.scenario import build_scenario
from tests.support.collector_process import config_for, stored
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
VIDEOS = "/youtube/v3/videos"
HOUR = 3600
#: On a busy machine every call may be under way as it falls asleep once, hardly each time.
NIGHTS = 3

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(LIBRARY is None, reason="needs Debian's package faketime"),
]


def now():
    return datetime.now(UTC)


class Machine:
    """A collector that runs with a clock of its own, and the platforms it asks."""

    def __init__(self, folder, platforms):
        self.folder = folder
        self.platforms = platforms
        self._offset = folder / "clock"
        self.set_clock(0)
        environment = {
            **os.environ,
            **platforms.environment,
            "PYTHONFAULTHANDLER": "1",  # where it hangs, should it hang
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._offset),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        argv = [sys.executable, "-m", "livetally", "--config", str(folder / "config.yaml")]
        self.process = subprocess.Popen(
            [*argv, "collect", "run"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def set_clock(self, seconds):
        written = self._offset.with_suffix(".new")
        written.write_text(f"{seconds:+d}s\n")
        written.replace(self._offset)

    def calls(self):
        return self.platforms.faults.calls[VIDEOS]

    def polled(self, more=1, within=PATIENCE_SECONDS):
        """Wait until so many calls more were made; return how long it took."""
        begun, before = time.monotonic(), self.calls()
        while self.calls() < before + more:
            assert self.process.poll() is None, self.process.stdout.read()
            if time.monotonic() - begun > within:
                self.process.send_signal(signal.SIGABRT)
                pytest.fail("polled no more:\n" + self.process.stdout.read())
            time.sleep(0.02)
        return time.monotonic() - begun

    def stopped(self):
        """End it as systemd does; return what it said."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 0, said
        assert "Traceback" not in said
        return said


@pytest.fixture
def machine(tmp_path):
    event = build_scenario(now() - timedelta(minutes=1), seed=3)
    with serving(event.world, now=now) as platforms:
        youtube = [one for one in event.world.channels() if one.platform == "youtube"]
        config = config_for(
            platforms,
            youtube,
            cadence={"tick_seconds": 1, "grid_seconds": 1, "live_seconds": 1},
            storage={"publish_seconds": 1},
        )
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))
        running = Machine(tmp_path, platforms)
        try:
            running.polled(3)
            yield running
        finally:
            running.process.kill()
            running.process.communicate()


def live_ones_in_order(folder):
    """The times of each broadcast's snapshots, in the order in which they were polled."""
    told = stored(folder, "SELECT broadcast, observed_at FROM snapshot ORDER BY poll_id")
    times = {}
    for broadcast, observed_at in told:
        times.setdefault(broadcast, []).append(observed_at)
    return times


@pytest.mark.fault(row=12)
def test_a_clock_that_is_set_stops_nothing_and_times_never_go_back(machine, fault_record):
    slowest = 0.0
    for offset in (-HOUR, 8 * HOUR, 30 * 24 * HOUR):
        machine.set_clock(offset)
        slowest = max(slowest, machine.polled(3))
    said = machine.stopped()
    assert said.count("the clock was set by") == 3
    for times in live_ones_in_order(machine.folder).values():
        assert times == sorted(set(times))
    steps = stored(
        machine.folder,
        "SELECT broadcast, count(*) FROM gap WHERE reason = 'clock_step' GROUP BY ALL",
    )
    assert steps
    assert {number for _, number in steps} <= {1, 2, 3}
    jumps = stored(
        machine.folder,
        "SELECT max(ended_at - started_at) > INTERVAL 20 DAY FROM gap WHERE reason = 'clock_step'",
    )
    assert jumps == [(True,)]
    # Three polls of a second each and what the noise of the machine adds.
    assert slowest < 30
    fault_record(
        12,
        "the clock is set by -1 h, +8 h, +30 d",
        "libfaketime under the running collector; the monotonic clock is the machine's",
        "polls go on at the next tick; observed_at never goes back; gap `clock_step` at each step",
        slowest / 3,
    )


@pytest.mark.fault(row=13)
def test_a_machine_that_slept_eight_hours_polls_once_and_says_what_it_missed(machine, fault_record):
    woke = 0.0
    for night in range(1, NIGHTS + 1):
        machine.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        machine.set_clock(8 * HOUR * night)
        before = machine.calls()
        machine.process.send_signal(signal.SIGCONT)
        first = machine.polled(1)
        # A tick a second, each of which is one call: nothing is made up for.
        begun = time.monotonic()
        machine.polled(2)
        ticks = time.monotonic() - begun + first
        assert machine.calls() - before <= 2 * ticks + 3
        woke = max(woke, first)
    machine.stopped()
    slept = stored(
        machine.folder,
        "SELECT DISTINCT reason FROM gap WHERE ended_at - started_at > INTERVAL 7 HOUR",
    )
    assert ("clock_step",) in slept
    # What was being asked as it fell asleep, and what had ended.
    assert {reason for (reason,) in slept} <= {"clock_step", "timeout", "late"}
    fault_record(
        13,
        "the machine sleeps for 8 h",
        "SIGSTOP, the clock 8 h later, SIGCONT",
        "one call for each batch at the next tick, none made up for; gap `clock_step` of 8 h",
        woke,
    )
