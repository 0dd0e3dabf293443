"""Row 15: a disk that is full. The collector goes on, and records in order when there is room."""

import asyncio
import logging
import os
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from prometheus_client.openmetrics.exposition import generate_latest

from collector.recording.spool import MOST_ROWS, Spool
from storage.database import connection
from storage.database.backup import list_backups
from storage.errors import StoreUnwritable
from storage.read_model.heartbeat import WriteFailure
from storage.read_model.reader import ReadModel
from storage.reports.status import status_of
from tests.storage.database.test_backup import filled
from tests.storage.store.test_full_disk import files_no_larger_than
from tests.support.builders import NOON, broadcast
from tests.support.collector_process import Clock, Three, rig, stored
from tests.support.ticks import A, known, opened, poll, rows, seen, tick, told

pytestmark = pytest.mark.fault(row=15)
START = datetime(2021, 4, 19, 9, tzinfo=UTC)
KEYS = [f"youtube:V{number}" for number in range(300)]


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    os.write(file.fileno(), b"x" * size)
            except OSError:
                continue
    return path


def test_a_collector_polls_on_a_full_disk_and_records_all_of_it_later(
    small_disk, monkeypatch, fault_record, caplog
):
    recovered = asyncio.run(outage(small_disk, monkeypatch, caplog))
    counts = stored(small_disk, "SELECT broadcast, count(*) FROM snapshot GROUP BY 1")
    assert {count for _, count in counts} == {32}
    assert stored(small_disk, "SELECT count(*) FROM gap") == [(0,)]
    observed = stored(small_disk, "SELECT observed_at FROM snapshot ORDER BY tick, observed_at")
    assert observed == sorted(observed)
    fault_record(
        row=15,
        fault="the disk is full",
        injected="a tmpfs of 24 MB filled to the last byte for 30 minutes; a limit on the size of "
        "files in the middle of a checkpoint",
        outcome="polls go on; what they see waits in memory, as status, the dashboard and the metrics "
        "say, and is recorded in order without a restart; beyond 10,000 rows the oldest are dropped, "
        "counted, and said as gaps; no tick is counted twice",
        recovery_seconds=recovered,
    )


async def outage(small_disk, monkeypatch, caplog) -> float:
    """Half an hour without room; how long it took to record it when there was room again."""
    clock = Clock(START + timedelta(minutes=1))
    async with rig(small_disk, Three(START), clock, monkeypatch) as running:
        await running.collector.discover()
        await running.collector.poll()
        await running.collector.publish()
        await running.collector.beat()
        published_folder = small_disk / "data" / "published"
        published = ReadModel(published_folder)
        before = published.open().state()
        polls = before_outage = running.collector.store.tick()
        filler = fill(small_disk)
        with caplog.at_level(logging.WARNING):
            for _ in range(30):
                clock.forward(minutes=1)
                polls += await running.collector.poll()
                await running.collector.publish()
                await running.collector.beat()
        assert running.collector.recorder.waiting_rows() > 0, "the disk was not full"
        assert polls - before_outage == 30
        warned = [one for one in caplog.records if "wait in memory" in one.message]
        assert 1 <= len(warned) <= 31, "at most one a minute"
        assert published.open().state().height == before.height, "readers go on"
        found = status_of(published_folder, now=clock())
        assert not found["collector_is_dead"]
        assert found["refusal"]["rows"] == running.collector.recorder.waiting_rows()
        assert found["refusal"]["since"] == running.collector.recorder.refusal.since.isoformat()
        scraped = generate_latest(running.collector.metrics.registry).decode()
        assert f"livetally_spool_rows {running.collector.recorder.waiting_rows():.1f}" in scraped
        filler.unlink()
        begun = time.monotonic()
        clock.forward(minutes=1)
        await running.collector.poll()
        await running.collector.publish()
        recovered = time.monotonic() - begun
        assert running.collector.recorder.waiting_rows() == 0
        await running.collector.beat()
        assert status_of(published_folder, now=clock())["refusal"] is None
        assert running.collector.store.verify() == []
    return recovered


def test_beyond_its_bound_the_oldest_is_dropped_counted_and_said(path, fault_record, caplog):
    now = Clock(NOON)
    with closing(opened(path)) as store:
        store.record(told(*(broadcast(key.partition(":")[2]) for key in KEYS)))
        spool = Spool(store, now=now)
        with store.reading() as (database, _):
            database.execute("SET checkpoint_threshold = '1GB'")
        with files_no_larger_than(100), caplog.at_level(logging.WARNING):
            for minute in range(1, 44):
                now.at = NOON + timedelta(minutes=minute)
                spool.record(
                    tick(*(seen(key, minute, minute) for key in KEYS), polls=[poll(minute, minute)])
                )
            assert not spool.drain()
        assert MOST_ROWS == 10_000, "what the table of faults says"
        assert spool.waiting_rows() == 9_933  # 33 ticks of 301 rows
        since = NOON + timedelta(minutes=1)
        assert spool.refusal == WriteFailure(since=since, rows=9_933, dropped=3_010)
        assert "9933 of at most 10000 rows wait in memory, 3010 were dropped" in caplog.text
        begun = time.monotonic()
        assert spool.drain()
        recovered = time.monotonic() - begun
        assert spool.refusal is None
        assert spool.dropped_rows == 3_010
        kept = rows(store, "SELECT count(*), min(observed_at) FROM snapshot")
        assert kept == [(33 * len(KEYS), NOON + timedelta(minutes=11))]
        said = rows(store, "SELECT outcome, asked, error FROM poll WHERE source = 'spool'")
        assert [(outcome, asked) for outcome, asked, _ in said] == [("not_kept", 10)]
        assert "3000 snapshots" in said[0][2]
        gaps = rows(store, "SELECT reason, count(*) FROM gap GROUP BY 1")
        assert gaps == [("not_kept", 300)]
        assert store.verify() == []
    fault_record(
        row=15,
        fault="disk full for longer than memory holds",
        injected="RLIMIT_FSIZE while 12,943 rows are told",
        outcome="the oldest 3,000 of 12,900 snapshots dropped, counted, and said in poll and gaps",
        recovery_seconds=recovered,
    )


def test_a_tick_that_was_kept_although_it_failed_is_not_counted_twice(
    path, monkeypatch, fault_record
):
    """The checkpoint after the commit fails, and the file cannot be opened anew at once."""
    connect = connection._connect
    refusals = 0

    def refusing(at: Path):
        nonlocal refusals
        refusals += 1
        if refusals % 3:
            raise StoreUnwritable(at, "refused by this test")
        return connect(at)

    with closing(opened(path)) as store:
        store.record(told(*(broadcast(key.partition(":")[2]) for key in KEYS)))
        spool = Spool(store, now=Clock(NOON), most_rows=100_000)
        with store.reading() as (database, _):
            database.execute("SET checkpoint_threshold = '100KB'")
        monkeypatch.setattr(connection, "_connect", refusing)
        with files_no_larger_than(700_000):
            for minute in range(1, 80):
                chance = Random(minute)
                counts = (
                    seen(key, minute, chance.randrange(10**15), likes=chance.randrange(10**15))
                    for key in KEYS
                )
                spool.record(tick(*counts, polls=[poll(minute, minute)]))
                spool.drain()
        assert refusals > 0, "no connection was lost"
        monkeypatch.setattr(connection, "_connect", connect)
        assert spool.drain()
        assert rows(store, "SELECT count(*), count(DISTINCT poll_id) FROM poll") == [(79, 79)]
        assert rows(store, "SELECT count(*) FROM snapshot") == [(79 * len(KEYS),)]
        assert known(store, KEYS[0])["missed_polls"] == 0
        assert store.verify() == []
    fault_record(
        row=15,
        fault="disk full in a checkpoint, the file not to be opened anew",
        injected="RLIMIT_FSIZE, and two of three attempts to open refused",
        outcome="every tick recorded exactly once",
        recovery_seconds=None,
    )


def test_a_full_disk_for_backups_costs_the_backup_alone(path, small_disk):
    folder = small_disk / "backups"
    with closing(filled(path, [NOON])) as store:
        fill(small_disk)
        with pytest.raises(StoreUnwritable):
            store.back_up(folder)
        store.record(tick(seen(A, 3, 11), polls=[poll(2, 3)]))
        assert rows(store, "SELECT count(*) FROM snapshot") == [(2,)]
        (small_disk / "filler").unlink()
        assert list_backups(folder) == []
        store.back_up(folder)
        assert [one.rows["snapshot"] for one in list_backups(folder)] == [2]
        assert len(list(folder.iterdir())) == 2
