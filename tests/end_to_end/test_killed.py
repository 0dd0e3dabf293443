"""A collector that is killed, over real HTTP: it never spends a unit more than there is."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from collector.simulator.wire.server import serving
from collector.simulator.youtube.server import YouTubeTerms
from tests.support.collector_process import Three, config_for, stored

pytestmark = pytest.mark.end_to_end
MIDNIGHT = datetime(2021, 4, 20, 7, tzinfo=UTC)  # in Los Angeles
QUOTA, RESERVE = 30, 5


def test_one_killed_between_the_ledger_and_the_call_counts_it_and_is_never_one_over(tmp_path):
    stage = Three(MIDNIGHT - timedelta(hours=1))
    with serving(stage, now=lambda: MIDNIGHT, terms=YouTubeTerms(default_units=QUOTA)) as platforms:
        run = runs_of(tmp_path, platforms, stage)
        for dies_at in (1, 3, 8):
            done = run(dies_at)
            assert done.wait(60) == -signal.SIGKILL
        # And one killed from outside, in the middle of whatever it does.
        calls = platforms.youtube.spent("default", MIDNIGHT)
        done = run(0)
        while platforms.youtube.spent("default", MIDNIGHT) < calls + 5:
            assert done.poll() is None
            time.sleep(0.01)
        done.kill()
        assert done.wait(60) == -signal.SIGKILL
        done = run(0)
        assert done.wait(120) == 0
        kept = int((tmp_path / "spent").read_text())
        made = platforms.youtube.spent("default", MIDNIGHT)
    assert made <= kept <= QUOTA - RESERVE
    assert kept - made in (3, 4), "one a death before its call; perhaps one of the last"
    refused = stored(tmp_path, "SELECT count(*) FROM poll WHERE error LIKE '%quotaExceeded%'")
    assert refused == [(0,)], "the platform never had to refuse"


def runs_of(folder, platforms, stage):
    """Return what starts a collector on the simulated platforms; each start is a day's beginning."""
    settings = config_for(platforms, stage.channels())
    settings["platforms"]["youtube"] |= {"daily_units": QUOTA, "reserve_units": RESERVE}
    settings["storage"] = {"database": "data/livetally.duckdb"}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))
    environment = {**os.environ, **platforms.environment}

    def run(dies_at):
        module = "tests.support.poll_until_killed"
        command = [sys.executable, "-m", module, str(path), MIDNIGHT.isoformat(), str(dies_at)]
        return subprocess.Popen(command, env=environment)

    return run
