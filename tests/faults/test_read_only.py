"""Row 16: a disk that may only be read, at the start and while the collector runs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from collector.simulator.wire.server import serving
from storage.read_model.reader import ReadModel
from storage.store import Store
from tests.end_to_end.test_process import collecting, manifest, simulated, until
from tests.support.collector_process import CHANNEL, Three, config_for, stored
from tests.support.patience import PATIENCE_SECONDS

__all__ = ["simulated"]

pytestmark = pytest.mark.end_to_end
ROOT = Path(__file__).resolve().parents[2]
WRITES = "pwrite64,write,ftruncate,fsync,openat"


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
            timeout=PATIENCE_SECONDS,
        )

    with serving(Three(now()), now=now) as platforms:
        config = yaml.safe_dump(config_for(platforms, [CHANNEL]), allow_unicode=True)
        (small_disk / "config.yaml").write_text(config)
        first = once()
        assert first.returncode == 0, first.stderr
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
        fault="the disk may only be read, at the start",
        injected="mount -o remount,ro",
        outcome="exit code 3 with the path",
        recovery_seconds=took,
    )


def _remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


@pytest.mark.fault(row=16)
@pytest.mark.timeout(300)
def test_while_it_runs_it_polls_on_and_writes_all_when_it_may(simulated, fault_record):
    if os.geteuid() != 0 or shutil.which("strace") is None:
        pytest.skip("needs root, and Debian's package strace")
    log = simulated / "log"
    with log.open("w", encoding="utf-8") as output:
        process = collecting(simulated, "collect", "run", output=output)
        until(lambda: manifest(simulated)["generation"] > 2, process, 60)
        with read_only(simulated / "data", process.pid):
            until(lambda: "rows wait in memory" in log.read_text("utf-8"), process, 60)
            before = manifest(simulated)["generation"]
            time.sleep(4)
            assert manifest(simulated)["generation"] == before, "nothing was refused"
            assert ReadModel(simulated / "data" / "published").open().state().height > 0
        begun = time.monotonic()
        until(lambda: "nothing waits any more" in log.read_text("utf-8"), process, 60)
        until(lambda: manifest(simulated)["generation"] > before + 1, process, 60)
        recovered = time.monotonic() - begun
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    said = log.read_text("utf-8")
    assert "Read-only file system" in said
    assert "Traceback" not in said, said
    with closing(
        Store.open(simulated / "data" / "livetally.duckdb", now=now, simulated=True)
    ) as it:
        assert it.verify() == []
    assert stored(simulated, "SELECT count(*) FROM gap WHERE reason = 'not_kept'") == [(0,)]
    polls = "SELECT count(*), count(DISTINCT poll_id) FROM poll"
    [(every, each)] = stored(simulated, polls)
    assert every == each, "recorded twice"
    fault_record(
        row=16,
        fault="the disk may only be read, at the start or while the collector runs",
        injected="mount -o remount,ro; for some seconds EROFS to every write of database and read model",
        outcome="at the start exit code 3 with the path; later polls go on, what they see waits in "
        "memory and is recorded when it may be, without a restart; readers go on",
        recovery_seconds=recovered,
    )


class read_only:  # noqa: N801 - reads as what it does
    """Answer what the process writes below ``folder`` as the kernel does on a read-only disk.

    Not by a remount: the kernel refuses one while a file is open for writing. What turns a disk
    read-only under a running program is the kernel itself, after an error of the device.
    """

    def __init__(self, folder: Path, pid: int) -> None:
        names = ["livetally.duckdb", "livetally.duckdb.wal"]
        published = ["manifest.json", "manifest.json.new", "heartbeat.json", "heartbeat.json.new"]
        paths = [folder / one for one in names] + [folder / "published" / one for one in published]
        only = [word for path in paths for word in ("-P", str(path))]
        self._argv = ["strace", "-f", "-qq", "-p", str(pid), *only, "-o", "/dev/null"]
        self._argv += ["-e", f"trace={WRITES}", "-e", f"inject={WRITES}:error=EROFS"]

    def __enter__(self) -> None:
        self._tracer = subprocess.Popen(self._argv)

    def __exit__(self, *gone: object) -> None:
        self._tracer.terminate()
        self._tracer.wait(PATIENCE_SECONDS)
