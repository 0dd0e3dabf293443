import asyncio
import shutil
from datetime import UTC, datetime

import duckdb

from collector.app import CHECKPOINT_SECONDS
from collector.config.reload import ConfigWatcher
from storage.database.log import log_of
from tests.support.collector_process import Clock, Three, rig

START = datetime(2021, 4, 19, 10, tzinfo=UTC)


def test_what_was_recorded_is_in_the_file_without_its_log(tmp_path, monkeypatch):
    clock = Clock(START)

    async def go():
        async with rig(tmp_path, Three(START), clock, monkeypatch) as ready:
            await ready.collector.discover()
            for _ in range(3):
                await ready.collector.poll()
                clock.forward(minutes=5)
            path = ready.collector.store.path
            assert log_of(path).stat().st_size > 0, "nothing hung on the log"
            await ready.collector.checkpoint()
            shutil.copy(path, tmp_path / "alone")
            watcher = ConfigWatcher(ready.collector.config)
            schedule = ready.collector._schedule(watcher, asyncio.Event())
            assert "checkpoint" in {job.id for job in schedule._scheduler.get_jobs()}
            with ready.collector.store.reading() as (database, _):
                return database.rows("SELECT count(*) AS n FROM poll").item()

    polls = asyncio.run(go())
    with duckdb.connect(str(tmp_path / "alone"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM poll").fetchall() == [(polls,)]
    assert polls > 0
    assert CHECKPOINT_SECONDS <= 3600
