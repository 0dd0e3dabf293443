"""What is missing pauses nothing; what was refused is asked at once when it is mended; looks that fail come soon."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from collector.app import collector
from collector.config.load import load_config
from collector.doctor import examine
from collector.jobs.resumption import leave_request
from storage.model import GapReason, SourceState
from storage.read_model.reader import ReadModel
from tests.support.collector_process import Clock, stored
from tests.support.refusing_server import Answer, refusing_server
from tests.support.two_accounts import (
    handles_at,
    opened,
    save_logins,
    set_secrets,
    takes_login,
    tick,
    ways,
    write_config,
)

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
#: Every way of asking that takes a credential.
WITH_CREDENTIAL = [(name, way) for name, way in ways() if way]


async def edited(ready, path):
    """Let the configuration as it stands now take over, as an edit does."""
    assert await ready.rewire(load_config(path))


def paused(ready):
    [tracker] = ready.trackers
    return tracker.health.pauses


@pytest.mark.fault(row=46)
@pytest.mark.parametrize("how", ["restart", "edit"])
@pytest.mark.parametrize("asking", WITH_CREDENTIAL)
def test_absent_then_refused_then_mended_is_asked_within_one_tick(
    tmp_path, monkeypatch, fault_record, asking, how
):
    clock, (name, way) = Clock(START), asking
    handles = handles_at(name, ("", ""))

    def give(value):
        set_secrets(monkeypatch, name, way, value)
        if value and takes_login(name, way):
            save_logins(tmp_path, name, handles, START, value)

    async def go(server):
        path = write_config(tmp_path, name, handles, server.address)
        server.answer = lambda _path: Answer(status=401, body={"error": {"code": 190}})
        asked, ready, stack = list[int](), None, AsyncExitStack()
        for value in (None, "wrong", "right"):
            give(value)
            if how == "restart" or ready is None:
                await stack.aclose()
                ready = await stack.enter_async_context(opened(path, clock))
            else:
                await edited(ready, path)
            server.asked.clear()
            await tick(ready, clock)
            asked.append(len(server.asked))
            state = ready.trackers[0].state()
            if value is None:
                assert paused(ready) == {}, "a credential that is missing pauses nothing"
                assert state is SourceState.NO_CREDENTIAL
            else:
                assert state is SourceState.NEEDS_LOGIN
            for _ in range(3):
                await tick(ready, clock, seconds=300)
            assert len(server.asked) == asked[-1], "one call an hour, and none without a credential"
        kept = [pause.fingerprint for pause in paused(ready).values()]
        await stack.aclose()
        return asked, kept

    with refusing_server() as server:
        (absent, refused, mended), kept = asyncio.run(go(server))
    assert absent == 0
    assert refused >= 1
    assert mended >= 1
    assert all(len(each or "") == 16 for each in kept)
    secrets = [f"right-{secret}" for secret in way] + [f"right-{handle}" for handle in handles]
    dump = str(stored(tmp_path, "SELECT * FROM pause")) + str(
        stored(tmp_path, "SELECT * FROM poll")
    )
    assert not any(secret in dump for secret in secrets)
    assert ("no_credential",) in stored(tmp_path, "SELECT DISTINCT outcome FROM poll")
    fault_record(
        46,
        "a credential is missing, then wrong, then right",
        "each kind of every platform, by a restart and by an edit",
        "missing pauses nothing; wrong is asked once an hour; whatever differs from what was refused"
        " is asked within one tick. A pause keeps a fingerprint of it, and no secret",
        15,
    )


@pytest.mark.fault(row=46)
def test_another_handle_ends_what_was_refused_to_the_one_before(tmp_path, monkeypatch):
    clock = Clock(START)

    async def go(server):
        server.answer = lambda _path: Answer(status=401)
        set_secrets(monkeypatch, "youtube", ("api_key",), "wrong")
        async with opened(
            write_config(tmp_path, "youtube", ["@event"], server.address), clock
        ) as ready:
            await tick(ready, clock)
            assert [pause.reason for pause in paused(ready).values()] == [GapReason.AUTH]
            server.asked.clear()
            path = write_config(tmp_path, "youtube", ["UC" + "a" * 22], server.address)
            await edited(ready, path)
            await tick(ready, clock)
            return server.asked

    with refusing_server() as server:
        asked = asyncio.run(go(server))
    assert asked[0][0] == "/feed_url"


@pytest.mark.fault(row=46)
def test_an_edit_of_something_else_ends_no_wait_that_a_platform_asked_for(tmp_path, monkeypatch):
    clock = Clock(START)

    async def go(server):
        server.answer = lambda _path: Answer(status=429, headers={"Retry-After": "1800"})
        set_secrets(monkeypatch, "youtube", ("api_key",), "mine")
        async with opened(
            write_config(tmp_path, "youtube", ["@event"], server.address), clock
        ) as ready:
            await tick(ready, clock)
            handles = ["@event", "@another"]
            path = write_config(tmp_path, "youtube", handles, server.address, daily_units=500)
            await edited(ready, path)
            server.asked.clear()
            await tick(ready, clock)
            assert server.asked == []
            set_secrets(monkeypatch, "youtube", ("api_key",), "another")
            await edited(ready, path)
            await tick(ready, clock)
            assert server.asked, "another key has limits of its own"

    with refusing_server() as server:
        asyncio.run(go(server))


@pytest.mark.fault(row=46)
def test_a_login_while_it_runs_ends_the_pause_without_a_restart(tmp_path, monkeypatch):
    clock = Clock(START)
    way = ("client_secret",)

    async def go(server):
        server.answer = lambda _path: Answer(status=401)
        set_secrets(monkeypatch, "tiktok", way, "mine")
        path = write_config(tmp_path, "tiktok", ["@first", "@second"], server.address)
        async with opened(path, clock) as ready:
            await tick(ready, clock)
            assert server.asked == []
            save_logins(tmp_path, "tiktok", ["@first"], START, "void")
            await tick(ready, clock)
            assert server.asked
            assert list(paused(ready)) == ["tiktok:@first"]
            server.asked.clear()
            await tick(ready, clock)
            assert server.asked == []
            save_logins(tmp_path, "tiktok", ["@first"], START, "new")
            await tick(ready, clock)
            return server.asked

    with refusing_server() as server:
        assert asyncio.run(go(server))


@pytest.mark.fault(row=47)
def test_a_pause_is_told_at_each_start_and_a_person_can_end_it(
    tmp_path, monkeypatch, caplog, fault_record
):
    clock = Clock(START)

    async def go(server):
        server.answer = lambda _path: Answer(status=401)
        set_secrets(monkeypatch, "youtube", ("api_key",), "refused")
        path = write_config(tmp_path, "youtube", ["@event"], server.address)
        async with opened(path, clock) as ready:
            await tick(ready, clock)
            await ready.publish()
        [told] = [
            one
            for one in await examine(load_config(path), now=clock)
            if one.subject == "youtube" and "not asked before 2021-04-20 11:00 UTC" in one.finding
        ]
        assert told.remedy.endswith("livetally collect resume youtube")
        for _ in range(2):
            caplog.clear()
            server.asked.clear()
            async with collector(load_config(path), now=clock) as ready:
                await tick(ready, clock)
                await tick(ready, clock)
                told = [one.getMessage() for one in caplog.records]
                assert [text for text in told if "youtube needs a person" in text] == told
                assert len(told) == 1
                assert server.asked == []
                leave_request(ready.config.storage.database, ["youtube"])
                await ready.resume()
                await tick(ready, clock)
                assert len(server.asked) == 1
        return path

    with refusing_server() as server:
        asyncio.run(go(server))
    fault_record(
        47,
        "a pause is carried over a restart",
        "of a key that is refused; then a person says that it is mended",
        "told once at each start and by `doctor`; `collect resume` has it asked within one tick",
        15,
    )


@pytest.mark.fault(row=48)
def test_after_a_look_that_failed_the_next_comes_soon_and_each_account_waits_by_itself(
    tmp_path, fault_record
):
    clock = Clock(START)
    looks = {"ill": list[datetime](), "well": list[datetime]()}

    async def go(well, ill):
        handles = handles_at("owncast", (ill.address, well.address))
        path = write_config(tmp_path, "owncast", handles, "unused")

        def noted(name, answer):
            def answer_to(_path):
                looks[name].append(clock.at)
                return answer

            return answer_to

        well.answer = noted("well", Answer(body={"online": False}))
        ill.answer = noted("ill", Answer(status=404))
        async with opened(path, clock) as ready:
            [tracker] = ready.trackers
            await tick(ready, clock, seconds=0)
            assert tracker.next_look_at == START + timedelta(minutes=1)
            for _ in range(4 * 36):
                await tick(ready, clock)
            await ready.publish()
            shown = ReadModel(tmp_path / "data" / "published").open().health()
            assert shown["next_look_at"].to_list() == [tracker.next_look_at]
            assert tracker.next_look_at > clock.at
            # It answers again: from then on it is asked as often as any.
            ill.answer = noted("ill", Answer(body={"online": False}))
            for _ in range(4 * 25):
                await tick(ready, clock)

    with refusing_server() as well, refusing_server() as ill:
        asyncio.run(go(well, ill))

    def waits(name):
        return [(after - before) / timedelta(minutes=1) for before, after in pairwise(looks[name])]

    assert waits("ill")[:7] == [1, 2, 4, 8, 10, 10, 10]
    assert set(waits("well")) == {10}
    fault_record(
        48,
        "a platform cannot be reached at the start",
        "a look for broadcasts fails, beside an account that answers",
        "looked for again after 1, 2, 4, 8 min up to the interval, and at once when a pause is over;"
        " each account by itself; when is shown",
        60,
    )


@pytest.mark.fault(row=48)
def test_the_end_of_a_pause_is_a_look_at_once_and_a_turn_in_a_pause_is_none(tmp_path):
    clock = Clock(START)

    async def go(server):
        path = write_config(tmp_path, "owncast", [server.address], "unused")
        server.answer = lambda _path: Answer(status=429, headers={"Retry-After": "540"})
        async with opened(path, clock) as ready:
            await tick(ready, clock, seconds=0, every=3600)
            server.asked.clear()
            for _ in range(9 * 4 - 1):
                await tick(ready, clock, every=3600)
            assert server.asked == []
            assert ready.trackers[0].next_look_at == START + timedelta(seconds=540)
            await tick(ready, clock, every=3600)
            return server.asked

    with refusing_server() as server:
        assert len(asyncio.run(go(server))) == 1
    assert clock.at == START + timedelta(minutes=9)


@pytest.mark.fault(row=48)
def test_a_paid_look_that_failed_is_made_again_before_its_hour_is_over(tmp_path, monkeypatch):
    clock, paid = Clock(START), list[datetime]()

    async def go(server):
        def answer(path):
            if path == "/feed_url":
                return Answer(status=404)
            paid.append(clock.at)
            return Answer(status=500)

        server.answer = answer
        set_secrets(monkeypatch, "youtube", ("api_key",), "mine")
        path = write_config(tmp_path, "youtube", ["UC" + "a" * 22], server.address)
        async with opened(path, clock) as ready:
            for _ in range(18):
                await tick(ready, clock, seconds=60)

    with refusing_server() as server:
        asyncio.run(go(server))
    minutes = sorted({(at - START) / timedelta(minutes=1) for at in paid})
    assert minutes == [1, 2, 4, 8, 16]


@pytest.mark.fault(row=50)
def test_what_is_announced_without_a_time_waits_longer_and_longer_and_is_there_at_the_opening(
    tmp_path, fault_record
):
    """The edition opens on 19 April, and counts from 12 hours before."""
    clock, asked = Clock(datetime(2021, 4, 8, tzinfo=UTC)), list[datetime]()
    opening = datetime(2021, 4, 18, 12, tzinfo=UTC)

    async def go(server):
        waiting = {"uuid": "u1", "name": "Soon", "isLive": True, "state": {"id": 4}, "viewers": 0}
        host = server.address.partition("//")[2]
        body = {"host": host, "name": "event", "data": [waiting]}
        server.answer = lambda _path: Answer(body=body)
        handles = handles_at("peertube", (server.address, ""))[:1]
        path = write_config(tmp_path, "peertube", handles, "unused")
        async with opened(path, clock) as ready:
            await tick(ready, clock, seconds=0)
            [entry] = ready.trackers[0].queue.entries.values()
            while clock.at < opening + timedelta(hours=1):
                asked.append(clock.at)
                assert entry.next_due_at is not None
                clock.at = entry.next_due_at
                await ready.poll()

    with refusing_server() as server:
        asyncio.run(go(server))
    waits = [(after - before) / timedelta(minutes=1) for before, after in pairwise(asked)]
    before = [wait for wait, at in zip(waits, asked, strict=False) if at < opening]
    assert before[:5] == [10] * 5
    assert max(before) > 6 * 60
    assert len(before) < 6 * 24 * 10 / 2, "not every 10 minutes for days"
    assert any(opening <= at <= opening + timedelta(minutes=2) for at in asked)
    assert waits[-3:] == [10] * 3
    fault_record(
        50,
        "announced and never begun",
        "a broadcast without a time, ten days before its edition",
        "polled every 10 min while an edition is on, before it with waits that grow to a day; at the"
        " opening it is asked",
        None,
    )
