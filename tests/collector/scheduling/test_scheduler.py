"""The jobs on APScheduler's grid, in real time."""

import asyncio
import logging
import time

from collector.scheduling.scheduler import Scheduler


def test_jobs_run_at_once_then_on_the_grid_and_what_runs_is_drained():
    runs: list[float] = []
    finished: list[bool] = []

    async def tick():
        runs.append(time.time())

    async def slow():
        await asyncio.sleep(1.5)
        finished.append(True)

    async def go():
        schedule = Scheduler()
        schedule.every(1, "tick", tick, at_once=True)
        schedule.every(60, "slow", slow, at_once=True)
        schedule.start()
        begun = time.time()
        await asyncio.sleep(2.2)
        assert runs[0] - begun < 0.5
        schedule.every(60, "late", slow, at_once=True)
        await asyncio.sleep(0.2)
        await schedule.drain(asyncio.Event())
        stopped = len(runs)
        await asyncio.sleep(1.2)
        assert len(runs) == stopped

    asyncio.run(go())
    assert len(runs) >= 3
    assert all(at % 1 < 0.5 for at in runs[1:]), "aligned to whole seconds"
    assert finished == [True, True], "a job that ran when it was stopped came to its end"


def test_a_failing_job_is_told_and_keeps_its_turn(caplog):
    caplog.set_level(logging.ERROR)
    runs: list[int] = []

    async def fails():
        runs.append(1)
        raise RuntimeError("once more")

    async def go():
        schedule = Scheduler()
        schedule.every(1, "fails", fails, at_once=True)
        schedule.start()
        await asyncio.sleep(2.3)
        await schedule.drain(asyncio.Event())

    asyncio.run(go())
    assert len(runs) >= 2
    assert any("fails failed" in one.message for one in caplog.records)


def test_a_clock_set_back_re_arms_every_job(monkeypatch, caplog):
    """Without it, a job would wait for an hour that comes a second time."""
    caplog.set_level(logging.WARNING)
    runs: list[bool] = []

    async def tick():
        runs.append(True)

    async def go():
        schedule = Scheduler()
        schedule.every(7200, "tick", tick, at_once=False)
        schedule.start()
        await asyncio.sleep(1.2)
        assert runs == []
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() - 86_400)
        await asyncio.sleep(1.8)
        await schedule.drain(asyncio.Event())

    asyncio.run(go())
    # Only the watch sees the test's clock: armed for yesterday, the job is due at once.
    assert runs == [True]
    assert any("the clock was set" in one.message for one in caplog.records)
