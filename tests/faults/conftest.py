"""Faults injected for real, each recorded with what came of it.

A test marked ``@pytest.mark.fault(row=15)`` calls ``fault_record(row=15, fault=…, injected=…,
outcome=…, recovery_seconds=…)`` when it has seen the outcome. The records are JSON lines, one file a
test, in ``LIVETALLY_FAULT_RECORDS`` or else ``.pytest_cache/d/faults``; each run of a test writes its
file anew.
"""

import fcntl
import json
import os
import struct
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import published_edition
from tests.support.published_edition import Rehearsal

FaultRecord = Callable[..., None]


@pytest.fixture
def fault_record(request: pytest.FixtureRequest) -> FaultRecord:
    """Write one line: the row of the matrix, the fault, how it came about, and the outcome."""
    marker = request.node.get_closest_marker("fault")
    assert marker is not None, "mark the test with @pytest.mark.fault(row=…)"
    given = os.environ.get("LIVETALLY_FAULT_RECORDS")
    folder = Path(given) if given else request.config.cache.mkdir("faults")
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in request.node.name)
    path = folder / f"{marker.kwargs['row']:02d}-{name}.jsonl"
    path.unlink(missing_ok=True)

    def record(
        row: int, fault: str, injected: str, outcome: str, recovery_seconds: float | None
    ) -> None:
        assert row == marker.kwargs["row"]
        line = {
            "row": row,
            "fault": fault,
            "injected": injected,
            "outcome": outcome,
            "recovery_seconds": None if recovery_seconds is None else round(recovery_seconds, 3),
            "test": request.node.nodeid,
        }
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    return record


@pytest.fixture(scope="module")
def now() -> datetime:
    """When the edition of :func:`live` is looked at."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Path:
    """A published edition with broadcasts on the air."""
    return published_edition.publish(tmp_path_factory.mktemp("published"), Rehearsal(now=now))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounts a tmpfs, which needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class LosingDisk:
    """A file system on a disk that loses its power: what was not synced is gone."""

    _SHUT_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
    _WITHOUT_FLUSH = 2  # not even what stands in the journal's memory is written

    def __init__(self, image: Path, folder: Path) -> None:
        self.folder = folder
        self._image = image
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(64 << 20)
        _run("mkfs.ext4", "-q", str(image))
        self.mount()

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))

    def lose_power(self) -> None:
        """Let nothing more reach the disk, from this moment on."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(descriptor, self._SHUT_DOWN, struct.pack("I", self._WITHOUT_FLUSH))
        os.close(descriptor)

    def restart(self) -> None:
        _run("umount", str(self.folder))
        self.mount()


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{argv[0]}: {done.stderr.strip()}")


@pytest.fixture
def losing_disk(tmp_path: Path) -> Iterator[LosingDisk]:
    """An ext4 of its own on a loop device."""
    if os.geteuid() != 0:
        pytest.skip("mounts a loop device, which needs root")
    try:
        disk = LosingDisk(tmp_path / "image", tmp_path / "disk")
    except OSError as error:
        pytest.skip(f"an ext4 cannot be mounted here: {error}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk.folder)], check=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store may be opened; its folder is not there yet."""
    return tmp_path / "data" / "livetally.duckdb"
