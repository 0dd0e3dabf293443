"""Row 35: a database that is behind what was published, or behind its own backup."""

import json
import shutil
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from storage.cli.print_status import _heads
from storage.database.log import log_of
from storage.read_model.publisher import Publisher
from storage.read_model.reader import ReadModel
from storage.recovery import newest_loss, open_sound
from storage.reports.status import status_of
from storage.store import Store
from storage.system.summed_json import with_sum, without_sum
from tests.support.builders import edition, programme
from tests.support.ticks import A, B, at, due, poll, rows, seen, tick, told

KEPT, PUBLISHED, AGAIN = 30, 150, 156


class Recorded:
    """Minutes of two broadcasts, recorded and published; :meth:`lose` puts the state of minute 30 back."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / "livetally.duckdb"
        self.published, self.backups = folder / "published", folder / "backups"
        self.minute = 0

    def now(self):
        return at(self.minute)

    def open(self) -> Store:
        return open_sound(self.path, now=self.now, simulated=True, backup_folder=self.backups)

    def record(self, store: Store, minutes: range) -> None:
        publisher = Publisher(store, self.published, now=self.now, version="test")
        if store.event.programme is None:
            store.event.save_programme(programme(), [edition()])
        store.record(told())
        for self.minute in minutes:
            store.record(
                tick(
                    seen(A, self.minute, self.minute * 10),
                    seen(B, self.minute, 5),
                    dues=[due(A, self.minute + 1), due(B, self.minute + 1)],
                    polls=[poll(store.next_poll_id(), self.minute)],
                )
            )
        publisher.publish([])

    def run(self, minutes: range) -> None:
        with closing(self.open()) as store:
            self.record(store, minutes)


@pytest.fixture
def recorded(tmp_path) -> Recorded:
    return Recorded(tmp_path)


def older_copy(recorded: Recorded) -> None:
    recorded.run(range(1, KEPT + 1))
    shutil.copy(recorded.path, recorded.path.with_name("copy"))
    recorded.run(range(KEPT + 1, PUBLISHED + 1))
    recorded.path.with_name("copy").replace(recorded.path)


def killed(recorded: Recorded) -> bytes:
    """Leave the file as it was at minute 30, and beside it nothing; return the log that was there."""
    recorded.run(range(1, KEPT + 1))
    with closing(recorded.open()) as store:
        store.checkpoint()
        recorded.record(store, range(KEPT + 1, PUBLISHED + 1))
        shutil.copy(recorded.path, recorded.path.with_name("copy"))
        log = log_of(recorded.path).read_bytes()
    recorded.path.with_name("copy").replace(recorded.path)
    return log


def lost_log(recorded: Recorded) -> None:
    killed(recorded)


def emptied_log(recorded: Recorded) -> None:
    killed(recorded)
    log_of(recorded.path).write_bytes(b"")


def log_cut_to_its_head(recorded: Recorded) -> None:
    log_of(recorded.path).write_bytes(killed(recorded)[:8])


def restored_backup(recorded: Recorded) -> None:
    recorded.run(range(1, KEPT + 1))
    with closing(recorded.open()) as store:
        backup = store.back_up(recorded.backups)
    recorded.run(range(KEPT + 1, PUBLISHED + 1))
    shutil.copy(backup.path, recorded.path)


WAYS = [older_copy, lost_log, emptied_log, log_cut_to_its_head, restored_backup]


@pytest.mark.fault(row=35)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_database_behind_what_was_published_is_a_loss_with_its_dates(
    recorded, way, caplog, fault_record
):
    way(recorded)
    before = json.loads((recorded.published / "manifest.json").read_text())
    recorded.minute = PUBLISHED + 1
    begun = time.monotonic()
    with closing(recorded.open()) as store:
        recorded.record(store, range(PUBLISHED + 1, AGAIN))
        took = time.monotonic() - begun
        assert store.verify() == []
        gaps = rows(store, "SELECT broadcast, reason, started_at, ended_at FROM gap ORDER BY ALL")
    assert gaps == [(key, "not_kept", at(KEPT), at(PUBLISHED + 1)) for key in (A, B)]
    loss = newest_loss(recorded.path)
    assert loss is not None
    assert (loss.behind, loss.since, loss.until) == (True, at(KEPT), at(PUBLISHED + 1))
    assert "is behind" in caplog.text
    aside = recorded.path.parent / "quarantine" / loss.quarantine / "published"
    assert json.loads((aside / "manifest.json").read_text()) == before
    minutes = ReadModel(aside).open().broadcast_minutes()
    assert minutes.height == 2 * PUBLISHED, "what was published is still readable"
    status = status_of(recorded.published, now=recorded.now())
    assert status["loss"] == loss.fields()
    assert any("holds less than is known of it" in str(line) for line in _heads(status))
    recorded.run(range(AGAIN, AGAIN + 3))
    assert newest_loss(recorded.path) == loss, "it is told once"
    fault_record(
        row=35,
        fault="the database is behind what was published",
        injected="an older copy or a backup put in its place, its log deleted, emptied or cut to its head; "
        "another database in its place",
        outcome="a loss with its dates in the log, by status and on a banner; gaps `not_kept`, never "
        "`collector_down`; what was published is put aside before it is overwritten",
        recovery_seconds=took,
    )


@pytest.mark.fault(row=35)
def test_another_database_is_told_too_and_what_was_published_put_aside(recorded):
    recorded.run(range(1, KEPT + 1))
    recorded.path.unlink()
    recorded.minute = KEPT + 1
    recorded.run(range(KEPT + 1, KEPT + 3))
    loss = newest_loss(recorded.path)
    assert loss is not None
    assert (loss.behind, loss.since, loss.until) == (True, None, at(KEPT + 1))
    assert "another database" in loss.detail
    aside = recorded.path.parent / "quarantine" / loss.quarantine / "published"
    assert ReadModel(aside).open().broadcast_minutes().height == 2 * KEPT


@pytest.mark.fault(row=35)
def test_a_database_behind_its_own_backup_is_told_and_the_backup_named(recorded):
    """Nothing of it was published."""
    with closing(recorded.open()) as store:
        recorded.record(store, range(1, KEPT + 1))
        shutil.copy(recorded.path, recorded.path.with_name("copy"))
        store.checkpoint()
        recorded.minute += 1
        backup = store.back_up(recorded.backups)
    recorded.path.with_name("copy").replace(recorded.path)
    shutil.rmtree(recorded.published)
    recorded.minute += 1
    recorded.open().close()
    loss = newest_loss(recorded.path)
    assert loss is not None
    assert (loss.behind, loss.since) == (True, None), "the copy was made before any checkpoint"
    [named] = loss.others
    assert (named.name, named.polls) == (backup.path.name, KEPT)


def test_a_database_that_goes_on_is_told_of_nothing(recorded):
    for first in (1, 11, 21):
        recorded.run(range(first, first + 10))
        with closing(recorded.open()) as store:
            recorded.minute += 1
            store.back_up(recorded.backups)
    assert newest_loss(recorded.path) is None
    assert not (recorded.path.parent / "quarantine").exists()


def test_what_another_version_published_is_compared_too(recorded):
    older_copy(recorded)
    for path in (
        recorded.published / "manifest.json",
        *(recorded.published / "generations").glob("*.json"),
    ):
        fields = without_sum(path.read_bytes()) | {"schema_version": 1}
        path.write_text(with_sum(fields))
    recorded.minute = PUBLISHED + 1
    recorded.run(range(PUBLISHED + 1, AGAIN))
    loss = newest_loss(recorded.path)
    assert loss is not None
    assert loss.since == at(KEPT)


def test_the_loss_is_dated_until_the_last_publication_when_the_clock_went_back(recorded):
    older_copy(recorded)
    recorded.minute = KEPT + 1
    recorded.run(range(KEPT + 1, KEPT + 3))
    loss = newest_loss(recorded.path)
    assert loss is not None
    assert loss.since is not None
    assert loss.until - loss.since == timedelta(minutes=PUBLISHED - KEPT)
