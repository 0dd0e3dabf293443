"""The collector as a process: killed, stopped, started twice."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.contract.quota import Bucket
from collector.platforms.youtube import QUOTA_TIME_ZONE, UNITS
from collector.quota.period import period_start
from collector.simulator.wire.server import serving
from collector.simulator.world.scenario import build_scenario
from storage.read_model.reader import ReadModel
from storage.store import Store
from tests.support.collector_process import config_for, stored
from tests.support.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.end_to_end
KILLS = 20
ROOT = Path(__file__).resolve().parents[2]


def now():
    return datetime.now(UTC)


def collecting(folder, *command, output=subprocess.PIPE):
    """Start the real command."""
    argv = [sys.executable, "-m", "livetally", "--config", str(folder / "config.yaml"), *command]
    environment = {**os.environ, "LIVETALLY_YOUTUBE_API_KEY": "simulated-key"}
    return subprocess.Popen(
        argv, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture
def simulated(tmp_path):
    """A folder whose configuration points at simulated platforms on the air."""
    event = build_scenario(now() - timedelta(minutes=1), seed=3)
    with serving(event.world, now=now) as platforms:
        youtube = [one for one in event.world.channels() if one.platform == "youtube"]
        config = config_for(
            platforms,
            youtube,
            cadence={"tick_seconds": 1, "grid_seconds": 1, "live_seconds": 1},
            storage={"publish_seconds": 1},
        )
        config["accounts"].append({"platform": "icecast", "handle": platforms.address})
        today = now().date()
        config["editions"][0] |= {"starts_on": today - timedelta(days=4), "ends_on": today}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))
        yield tmp_path


def manifest(folder) -> dict[str, Any]:
    path = folder / "data" / "published" / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {"generation": 0}


def until(condition, process, seconds=30):
    for _ in range(seconds * 20):
        if condition():
            return
        assert process.poll() is None, process.stdout and process.stdout.read()
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"waited in vain:\n{process.communicate()[0]}")


@pytest.mark.timeout(900)
def test_killed_twenty_times_it_loses_nothing_that_was_published(simulated, record_property):
    """What was published had been committed before: it must all be there after the kill."""
    chance = random.Random(5)
    slowest = 0.0
    for _ in range(KILLS):
        before = manifest(simulated)["generation"]
        begun = time.monotonic()
        process = collecting(simulated, "collect", "run")
        until(lambda before=before: manifest(simulated)["generation"] > before, process)
        slowest = max(slowest, time.monotonic() - begun)
        time.sleep(chance.uniform(0, 1.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        acknowledged = _acknowledged(simulated)
        kept = dict(
            stored(simulated, "SELECT broadcast, max(observed_at) FROM snapshot GROUP BY 1")
        )
        for broadcast, observed_at in acknowledged:
            assert kept[broadcast] >= observed_at
        orphans = "SELECT count(*) FROM snapshot WHERE poll_id NOT IN (SELECT poll_id FROM poll)"
        assert stored(simulated, orphans) == [(0,)]
    store = Store.open(simulated / "data" / "livetally.duckdb", now=now, simulated=True)
    assert store.verify() == []
    store.close()
    # Told and not asserted, for machines are noisy: Python's start and the first polls included.
    record_property("slowest_restart_seconds", slowest)


def _acknowledged(folder):
    state = ReadModel(folder / "data" / "published").open().state()
    told = state.drop_nulls("observed_at")
    return list(told.select("broadcast", "observed_at").iter_rows())


@pytest.mark.fault(
    row=20,
    fault="two collectors on one database",
    injected="a second process while the first runs; another after kill -9",
    outcome="the second exits with 5, names the first's PID and writes nothing; a killed one leaves no lock",
)
def test_a_second_collector_exits_5_and_names_the_first(simulated):
    first = collecting(simulated, "collect", "run")
    until(lambda: manifest(simulated)["generation"] > 0, first)
    second = collecting(simulated, "collect", "run")
    said, _ = second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode == 5
    assert str(first.pid) in said
    assert "Traceback" not in said
    first.send_signal(signal.SIGKILL)
    first.communicate()
    third = collecting(simulated, "collect", "run")
    before = manifest(simulated)["generation"]
    until(lambda: manifest(simulated)["generation"] > before, third)
    third.send_signal(signal.SIGTERM)
    said, _ = third.communicate(timeout=PATIENCE_SECONDS)
    assert third.returncode == 0, said
    assert "Traceback" not in said


def test_systemd_hears_that_it_is_ready_then_that_it_lives_then_that_it_stops(
    simulated, monkeypatch
):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(simulated / "notify"))
        listener.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(simulated / "notify"))
        process = collecting(simulated, "collect", "run")
        heard = [listener.recv(64)]
        while heard.count(b"WATCHDOG=1") < 2:
            heard.append(listener.recv(64))
        process.send_signal(signal.SIGTERM)
        while heard[-1] != b"STOPPING=1":
            heard.append(listener.recv(64))
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    assert heard[0] == b"READY=1"


def test_a_stop_waits_for_no_publication(simulated):
    """Its disk hangs for ever: nothing that it could be waited for would come."""
    published = simulated / "data" / "published"
    (published / "state").mkdir(parents=True)
    os.mkfifo(published / "state" / "00000001.parquet")
    process = collecting(simulated, "collect", "run")
    until((published / "accounts" / "00000001.parquet").exists, process)  # written before the pipe
    beats = set()
    until(lambda: beats.add(_beat(published)) or len(beats) > 3, process)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert not (published / "manifest.json").exists()
    [(polls,)] = stored(simulated, "SELECT count(*) FROM poll WHERE purpose = 'poll'")
    assert polls > 3, "polls waited for the publication"


def _beat(published):
    file = published / "heartbeat.json"
    return json.loads(file.read_text())["at"] if file.exists() else None


def test_ctrl_c_finishes_the_tick_and_exits_0(simulated):
    process = collecting(simulated, "collect", "run")
    until(lambda: manifest(simulated)["generation"] > 0, process)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    assert "Traceback" not in said


def test_a_restart_resumes_what_was_known_and_does_not_begin_the_quota_day_anew(simulated):
    for _ in range(2):
        process = collecting(simulated, "collect", "once", "--json")
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
    store = Store.open(simulated / "data" / "livetally.duckdb", now=now, simulated=True)
    tracked = store.tracked()
    spent = store.quota.spent(
        UNITS, period_start(now(), Bucket(name=UNITS, units=1, time_zone=QUOTA_TIME_ZONE))
    )
    store.close()
    assert len(tracked) == len({one.broadcast.key for one in tracked}) > 5
    # Two accounts resolved once, and a call for the state of what was found, in each run.
    assert spent >= 4


def test_a_broken_configuration_exits_2_with_file_and_line(tmp_path):
    (tmp_path / "config.yaml").write_text("programme: {}\neditions: []\nzzz: 1\n")
    process = collecting(tmp_path, "collect", "run")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert "config.yaml:3: zzz: unknown key" in said
    assert "Traceback" not in said


def test_an_unwritable_database_exits_3(simulated):
    configured = yaml.safe_load((simulated / "config.yaml").read_text())
    configured["storage"]["database"] = f"data/{'d' * 300}.duckdb"  # no disk takes the name
    (simulated / "config.yaml").write_text(yaml.safe_dump(configured, allow_unicode=True))
    process = collecting(simulated, "collect", "once")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 3, said
    assert "cannot be written" in said


def test_a_file_where_the_folder_of_data_should_be_exits_2(simulated):
    (simulated / "data").write_text("no folder")
    process = collecting(simulated, "collect", "once")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2, said
    assert "data is not a folder" in said


def test_without_accounts_discovery_says_what_to_do():
    process = collecting(ROOT, "collect", "discover")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "No accounts yet" in said
