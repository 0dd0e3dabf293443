import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from livetally import cli
from tests.dashboard import rehearsal
from tests.dashboard.rehearsal import Rehearsal

ROOT = Path(__file__).resolve().parents[1]


def test_status_says_in_one_line_that_another_version_is_published_and_what_to_do(tmp_path):
    shutil.copy(ROOT / "config.yaml", tmp_path)
    published = tmp_path / "data" / "published"
    published.mkdir(parents=True)
    (published / "manifest.json").write_text(json.dumps({"schema_version": 900}))
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "config.yaml"), "status"])
    assert done.exit_code == 1
    (line,) = done.stderr.strip().splitlines()
    assert "has version 900, this program reads" in line
    assert "run `livetally storage republish`" in line
    assert "livetally up" not in line


def test_status_says_what_a_short_quota_gives_up(tmp_path, monkeypatch):
    shutil.copy(ROOT / "config.yaml", tmp_path)
    now = datetime(2026, 5, 18, 20, tzinfo=UTC)
    made = rehearsal.publish(tmp_path / "made", Rehearsal(now=now))
    shutil.copytree(made, tmp_path / "data" / "published")
    monkeypatch.setenv("COLUMNS", "200")
    command = ["--config", str(tmp_path / "config.yaml"), "status"]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    [line] = [line for line in done.output.splitlines() if "youtube.statistics" in line]
    assert "polled less often: archived, cooling" in line
    told = json.loads(CliRunner().invoke(cli, [*command, "--json"]).output)
    by_bucket = {one["bucket"]: one["given_up"] for one in told["sources"]}
    assert by_bucket["youtube.statistics"] == ["archived", "cooling"]
    assert by_bucket["youtube.data"] == []
