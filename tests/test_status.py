import json
import shutil
from pathlib import Path

from typer.testing import CliRunner

from livetally import cli

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
