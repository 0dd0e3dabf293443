"""Row 16: a disk that may only be read."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from collector.simulator.server import serving
from storage.read import ReadModel
from tests.end_to_end.rig import Three, config_for

ROOT = Path(__file__).resolve().parents[2]


def now():
    return datetime.now(UTC)


@pytest.mark.fault(row=16)
def test_at_start_it_exits_3_with_the_path_and_readers_go_on(small_disk, fault_record):
    def once() -> subprocess.CompletedProcess[str]:
        config = str(small_disk / "config.yaml")
        return subprocess.run(
            [sys.executable, "-m", "livetally", "--config", config, "collect", "once"],
            cwd=ROOT,
            env={**os.environ, "LIVETALLY_YOUTUBE_API_KEY": "simulated-key"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    with serving(Three(now()), now=now) as platforms:
        config = yaml.safe_dump(config_for(platforms), allow_unicode=True)
        (small_disk / "config.yaml").write_text(config)
        assert once().returncode == 0
        _remount(small_disk, "ro")
        refused = once()
        assert refused.returncode == 3, refused.stderr
        assert str(small_disk / "data" / "livetally.duckdb") in refused.stderr
        assert "Traceback" not in refused.stderr
        assert ReadModel(small_disk / "data" / "published").open().state().height == 3
        _remount(small_disk, "rw")
        begun = time.monotonic()
        assert once().returncode == 0
        took = time.monotonic() - begun
    fault_record(
        row=16,
        fault="read-only disk at start",
        injected="mount -o remount,ro",
        outcome="exit code 3 with the path; the read model is read; mended by remounting",
        recovery_seconds=took,
    )


def _remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)
