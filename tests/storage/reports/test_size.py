import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.cli.print_status import _heads as heads_of
from storage.read_model import manifest as manifests
from storage.read_model.publisher import Publisher
from storage.reports import size
from storage.reports.size import GB, MB, MEMORY
from storage.reports.status import status_of
from storage.store import Store
from storage.system import machine
from tests.storage.conftest import Clock
from tests.support.builders import NOON, seen
from tests.support.published_manifest import change_manifest

FREE, HAS, DAY = 100 * GB, 16 * GB, 86_400


def sizes(**changes: object) -> dict[str, object]:
    """What is known of a store that nothing ends soon."""
    usual: dict[str, object] = {
        "snapshots": 1_000_000,
        "snapshots_a_day": 10_000.0,
        "database_bytes": 15 * MB,
        "published_bytes": 4 * MB,
        "backups_bytes": None,
        "bytes_a_day": 190_000,
        "disk_free_bytes": FREE,
        "disk_days": 400.0,
        "largest_command": "storage report",
        "memory_needed_bytes": 1 * GB,
        "memory_bytes": HAS,
        "memory_days": 900.0,
    }
    return usual | changes


def test_nothing_is_said_while_nothing_ends():
    assert size.warnings_of(sizes()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"memory_needed_bytes": 9 * GB}, "9.0 GB of the 16.0 GB here"),
        ({"disk_days": 29.0}, "29 days at this growth"),
        ({"disk_days": 0.0, "disk_free_bytes": 0}, "0.0 MB free: 0 days"),
    ],
)
def test_what_ends_soon_is_said_with_what_to_do(change: dict[str, object], words: str):
    (line,) = size.warnings_of(sizes(**change))
    assert words in line
    assert "storage.retention_days" in line


@pytest.mark.parametrize(
    "unknown",
    [
        {"memory_bytes": None, "memory_needed_bytes": 900 * GB, "memory_days": None},
        {"disk_days": None, "bytes_a_day": None, "snapshots_a_day": None},
    ],
)
def test_where_nothing_is_known_nothing_is_said(unknown: dict[str, object]):
    known = sizes(**unknown)
    assert size.warnings_of(known) == []
    assert "None" not in size.describe_size(known) + size.memory_need(known)


def test_the_need_grows_with_the_rows_and_the_days_end_where_it_is_all_of_the_memory():
    total, pace = 1_000_000, 50_000.0
    days = size.days_of_memory(total, pace, HAS)
    assert days
    _, before = size.largest_need(round(total + (days - 1) * pace))
    _, after = size.largest_need(round(total + (days + 1) * pace))
    assert before < HAS < after
    assert size.days_of_memory(total, None, HAS) is None
    assert size.days_of_memory(total, 0.0, HAS) is None
    assert size.days_of_memory(10**12, 0.0, HAS) == 0.0
    assert size.days_of_memory(10**12, pace, HAS) == 0.0
    assert all(base > 0 < each for base, each in MEMORY.values())


def test_growth_counts_the_database_once_more_for_each_backup():
    files = {"database": 5 * MB + 2_000_000, "published": 1_000_000, "backups": None}
    assert size.growth(1_000_000, 1_000.0, files, copies=0) == pytest.approx(3_000, rel=0.2)
    assert size.growth(1_000_000, 1_000.0, files, copies=7) == pytest.approx(17_000, rel=0.2)
    assert size.growth(10, 1_000.0, files, copies=7) is None
    assert size.growth(1_000_000, None, files, copies=7) is None


def test_what_is_published_says_how_many_there_are_and_how_fast_they_grow(
    store: Store, clock: Clock, tmp_path: Path
):
    folder = tmp_path / "published"
    publisher = Publisher(store, folder, now=clock, version="test")

    def published() -> manifests.KeptSnapshots | None:
        publisher.publish([])
        return manifests.load(folder / manifests.NAME).snapshots

    store.record(seen(NOON, A=1))
    clock.forward(DAY / 2)
    assert published() == manifests.KeptSnapshots(total=1, a_day=None)
    clock.forward(DAY / 2)
    store.record(seen(NOON + timedelta(seconds=DAY), 2, A=2))
    assert published() == manifests.KeptSnapshots(total=2, a_day=2.0)
    clock.forward(6 * DAY)
    assert published() == manifests.KeptSnapshots(total=2, a_day=2 / 7)
    clock.forward(10 * DAY)
    assert published() == manifests.KeptSnapshots(total=2, a_day=0.0)


def test_status_tells_the_size_and_says_a_line_only_when_it_matters(
    store: Store, clock: Clock, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "published"
    store.record(seen(NOON, A=1))
    Publisher(store, folder, now=clock, version="test").publish([])

    def status() -> dict[str, Any]:
        return status_of(folder, now=clock(), database=path, backups=tmp_path / "backups")

    known = status()["size"]
    assert (known["snapshots"], known["backups_bytes"]) == (1, None)
    assert known["database_bytes"] > 0 < known["published_bytes"]
    assert json.loads(json.dumps(known)) == known
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1 * MB)
    lines = [str(line) for line in heads_of(status())]
    assert any(line.startswith("storage ") and "of the 1.0 MB here" in line for line in lines)
    monkeypatch.setattr(machine, "memory_bytes", lambda: 900 * GB)
    assert not any("GB here" in line for line in map(str, heads_of(status())))
    assert status_of(folder, now=clock())["size"] is None


def test_a_folder_of_an_earlier_release_says_nothing_of_its_size(
    store: Store, clock: Clock, tmp_path: Path, path: Path
):
    folder = tmp_path / "published"
    Publisher(store, folder, now=clock, version="test").publish([])
    change_manifest(folder, snapshots=None)
    assert status_of(folder, now=clock(), database=path, backups=path.parent)["size"] is None
