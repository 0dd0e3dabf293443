import io
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from livetally import cli
from storage.cli.print_status import status_tables
from storage.model import CopyContents, Loss, SourceState
from storage.read_model.heartbeat import Heartbeat, WriteFailure
from tests.support import published_edition
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import Rehearsal
from tests.support.published_manifest import change_manifest

ROOT = Path(__file__).resolve().parents[3]


def test_status_says_in_one_line_that_another_version_is_published_and_what_to_do(tmp_path):
    shutil.copy(ROOT / "config.yaml", tmp_path)
    published = tmp_path / "data" / "published"
    published.mkdir(parents=True)
    (published / "manifest.json").write_text(json.dumps({"schema_version": 900}))
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "config.yaml"), "status"])
    assert done.exit_code == 1
    line = done.stderr.strip()
    assert len(line.splitlines()) == 1, line
    assert "has version 900, this program reads" in line
    assert "run `livetally storage republish`" in line
    assert "livetally up" not in line


@pytest.fixture
def place(tmp_path):
    """A configuration beside a read model that a test publishes into."""
    shutil.copy(ROOT / "config.yaml", tmp_path)
    (tmp_path / "data").mkdir()
    return tmp_path


def publish(place, **what):
    at = datetime.now(UTC)
    published_edition.publish(place / "data" / "published", Rehearsal(now=at, **what))


def status(place, *options):
    return CliRunner().invoke(cli, ["--config", str(place / "config.yaml"), "status", *options])


def test_status_says_what_the_disk_refuses_and_what_was_lost(place):
    publish(place)
    folder = place / "data" / "published"
    at = datetime.now(UTC)
    beat = Heartbeat(at=at, refusal=WriteFailure(since=at, rows=1234, dropped=56))
    (folder / "heartbeat.json").write_text(beat.to_json(1))
    loss = Loss(since=None, until=at, restored_from=None, quarantine="Q", detail="one block")
    change_manifest(folder, loss=loss.fields())
    said = " ".join(status(place).stdout.split())
    assert "1,234 rows wait in memory, 56 were dropped" in said
    assert "was damaged and begun anew: what was recorded from the beginning to" in said
    found = json.loads(status(place, "--json").stdout)
    assert found["refusal"]["dropped"] == 56
    assert found["loss"]["quarantine"] == "Q"


def test_status_says_that_the_database_is_behind_and_what_other_copies_hold(place):
    publish(place)
    at = datetime(2026, 5, 17, 12, tzinfo=UTC)
    others = (
        CopyContents(name="B1", newest_poll=at, polls=1208),
        CopyContents(name="B2", newest_poll=None, polls=0, trouble="it cannot be read just now"),
    )
    loss = Loss(
        since=at,
        until=at,
        restored_from=None,
        quarantine="Q",
        detail="one tick",
        behind=True,
        others=others,
    )
    change_manifest(place / "data" / "published", loss=loss.fields())
    said = " ".join(status(place).stdout.split())
    assert "holds less than is known of it (one tick): what was recorded from" in said
    assert "B1: 1,208 polls, to 2026-05-17T12:00:00+00:00. B2: it cannot be read just now." in said
    assert Loss.from_fields(json.loads(status(place, "--json").stdout)["loss"]) == loss


def test_status_exits_0_while_all_is_well_and_shows_each_state(place):
    publish(place)
    done = status(place)
    assert done.exit_code == 0, done.output
    assert "state" in done.stdout
    assert "ok" in done.stdout
    assert "needs a person" not in done.stdout


def test_who_is_watching_is_told_where_no_views_are(place):
    publish(place, views=False)
    found = json.loads(status(place, "--json").stdout)
    [edition] = [each for each in found["editions"] if each["live"]]
    assert edition["views"] is None
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(status_tables(found))
    [row] = [line for line in console.export_text().splitlines() if edition["edition"] in line]
    cells = [cell.strip() for cell in row.strip("│ ").split("│")]
    assert cells[1] == "not told"
    assert cells[4] == f"{edition['concurrent_viewers']:,}"


def test_a_source_that_needs_a_person_ends_in_1_and_is_named(place):
    publish(place, state=SourceState.NEEDS_LOGIN)
    done = status(place)
    assert done.exit_code == 1
    assert "needs a person: youtube" in done.stdout
    done = status(place, "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["needs_a_person"] == ["youtube"]
    assert found["collector_is_dead"] is False


@pytest.mark.parametrize("seconds_ago", [None, 500])
def test_a_dead_collector_ends_in_1(place, seconds_ago):
    publish(place, heartbeat_seconds_ago=seconds_ago)
    done = status(place, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["collector_is_dead"] is True


@pytest.mark.end_to_end
def test_watching_shows_what_comes_and_ctrl_c_ends_it_with_0(place):
    """In a terminal of its own, as a person has it."""
    terminal, theirs = pty.openpty()
    command = ["--config", str(place / "config.yaml"), "status", "--watch"]
    process = subprocess.Popen(
        [sys.executable, "-m", "livetally", *command],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "140", "LINES": "50"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        seen = _read_until(terminal, b"start the collector")
        publish(place)
        seen += _read_until(terminal, b"youtube.statistics")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert b"Traceback" not in seen


def _read_until(terminal, wanted):
    seen = b""
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, seen
        seen += os.read(terminal, 65_536)
    return seen


def test_watching_is_for_people(place):
    assert status(place, "--watch", "--json").exit_code == 2


def test_status_says_what_a_short_quota_gives_up(place, monkeypatch):
    publish(place)
    monkeypatch.setenv("TERM", "xterm")  # rich narrows what it writes to a dumb one
    monkeypatch.setenv("COLUMNS", "200")
    done = status(place)
    assert done.exit_code == 0, done.output
    [line] = [line for line in done.output.splitlines() if "youtube.statistics" in line]
    assert "polled less often: archived, cooling" in line
    told = json.loads(status(place, "--json").stdout)
    by_bucket = {one["bucket"]: one["given_up"] for one in told["sources"]}
    assert by_bucket["youtube.statistics"] == ["archived", "cooling"]
    assert by_bucket["youtube.data"] == []
