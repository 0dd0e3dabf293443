"""How long raw snapshots are kept, from the configuration to the file."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from collector.config.load import load_config
from collector.contract.errors import ConfigError
from collector.doctor import examine
from collector.jobs.retention import explain_retention, purged_before
from storage.read_model.reader import ReadModel
from tests.collector.config.test_load import GOOD, written
from tests.support.collector_process import CHANNEL, Clock, Three, rig, stored

START = datetime(2021, 4, 20, 10, tzinfo=UTC)


def test_nothing_is_kept_longer_than_said_though_it_is_looked_at_once_a_day():
    before = purged_before(30, START)
    assert START + timedelta(days=1) - before == timedelta(days=30)


def test_the_terms_are_told_whether_or_not_anything_is_deleted():
    assert "may be kept for 30 days" in str(explain_retention("youtube", None))
    assert "kept for 45 days" in str(explain_retention("youtube", 45))
    assert explain_retention("icecast", None) is None
    assert explain_retention("icecast", 9) == "kept for 9 days"


@pytest.mark.parametrize("wrong", ["{yuotube: 30}", "{youtube: 1}", "{youtube: soon}"])
def test_a_wrong_retention_is_refused_by_its_line(tmp_path, wrong):
    path = written(tmp_path, GOOD + f"storage:\n  retention_days: {wrong}\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:17: storage\.retention_days"):
        load_config(path)


@pytest.mark.end_to_end
def test_the_daily_purge_deletes_publishes_and_leaves_the_total(tmp_path, monkeypatch):
    clock, told = Clock(START), []

    async def go():
        keep = {"retention_days": {"youtube": 2}}
        async with rig(tmp_path, Three(START), clock, monkeypatch, storage=keep) as ready:
            collector = ready.collector
            await collector.discover()
            for _ in range(20):
                await collector.poll()
                clock.forward(minutes=10)
            await collector.publish()
            told.append(ReadModel(tmp_path / "data" / "published").open().state()["views"].sum())
            clock.forward(days=2)
            await collector.purge()
            await collector.publish()
            told.append(ReadModel(tmp_path / "data" / "published").open().state()["views"].sum())
            assert await collector.writer(collector.store.verify) == []
            found = await examine(collector.config, now=clock)
            assert any(one.finding.startswith("kept for 2 days") for one in found)

    asyncio.run(go())
    assert told[0] == told[1] > 3_000
    [(platform, snapshots)] = stored(tmp_path, "SELECT platform, snapshots FROM purge")
    assert platform == CHANNEL.platform
    assert snapshots > 30
