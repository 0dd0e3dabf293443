import asyncio
from datetime import UTC, datetime

import pytest

from collector.jobs.backup import is_due
from storage.database.backup import list_backups
from tests.support.collector_process import Clock, Three, rig

START = datetime(2021, 4, 19, 10, tzinfo=UTC)
DAY = 86_400


@pytest.mark.parametrize(
    ("age", "on_air", "due"),
    [
        (None, True, True),
        (None, False, True),
        (DAY - 1, False, False),
        (DAY, False, True),
        (DAY, True, False),
        (1.5 * DAY, True, True),
    ],
)
def test_a_backup_waits_for_a_quiet_time_but_not_for_ever(age, on_air, due):
    assert is_due(age, DAY, on_air=on_air) is due


def test_the_collector_makes_one_a_day_and_keeps_as_many_as_it_is_told(tmp_path, monkeypatch):
    clock = Clock(START)

    async def go():
        storage = {"backups_kept": 2}
        async with rig(tmp_path, Three(START), clock, monkeypatch, storage=storage) as ready:
            await ready.collector.discover()
            for _ in range(4):
                await ready.collector.poll()
                await ready.collector.back_up()
                clock.forward(hours=1)
                await ready.collector.back_up()
                clock.forward(hours=36)

    asyncio.run(go())
    made = [one.made_at for one in list_backups(tmp_path / "data" / "backups")]
    assert [(one - START).total_seconds() / 3600 for one in made] == [3 * 37, 2 * 37]
