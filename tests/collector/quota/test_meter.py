"""The ledger on a real store: several buckets, months, settled costs and the platform's own word."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from collector.contract.errors import QuotaExceeded, RateLimited
from collector.contract.exchange import Request, Response
from collector.contract.quota import Bucket, Limit, Period
from collector.quota.meter import QuotaMeter
from collector.recording.recorder import Recorder
from collector.recording.writer import Writer
from storage.store import Store

POSTS = Bucket(name="x.posts", units=100, time_zone="UTC")
SPEND = Bucket(name="x.spend", units=1000, time_zone="UTC", period=Period.MONTH)
EVENING = datetime(2026, 5, 31, 23, 0, tzinfo=UTC)


def request(posts, *, settle=None, source="tweets"):
    return Request(
        platform="x",
        url="https://x/",
        source=source,
        costs={"x.posts": posts, "x.spend": 5 * posts},
        settle=settle,
    )


def answer(at=EVENING):
    return Response(platform="x", source="tweets", status=200, headers={}, body=b"", received_at=at)


def with_ledger(tmp_path, work, at=EVENING):
    """Let ``work`` use a ledger whose clock is the list it is given."""
    clock = [at]

    async def go():
        writer = Writer()
        store = Store.open(tmp_path / "t.duckdb", now=lambda: clock[0], simulated=True)
        try:
            ledger = QuotaMeter(
                [POSTS, SPEND],
                [],
                recorder=Recorder(store, writer, now=lambda: clock[0]),
                now=lambda: clock[0],
            )
            return await work(ledger, clock)
        finally:
            store.close()
            writer.close()

    return asyncio.run(go())


async def left(ledger):
    return await ledger.spent(POSTS), await ledger.spent(SPEND)


def test_a_request_is_charged_to_all_of_its_buckets_or_to_none(tmp_path):
    async def work(ledger, clock):
        await ledger.charge(request(90))
        with pytest.raises(QuotaExceeded) as caught:
            await ledger.charge(request(20))
        return caught.value, await left(ledger)

    error, spent = with_ledger(tmp_path, work)
    assert error.bucket == "x.posts"
    assert error.until == datetime(2026, 6, 1, tzinfo=UTC)
    assert spent == (90, 450)


def test_days_begin_anew_and_months_go_on_until_they_end(tmp_path):
    async def work(ledger, clock):
        await ledger.charge(request(100))
        clock[0] = datetime(2026, 5, 30, 12, tzinfo=UTC)
        await ledger.charge(request(100))
        clock[0] = datetime(2026, 5, 29, 12, tzinfo=UTC)
        with pytest.raises(QuotaExceeded) as caught:
            await ledger.charge(request(1))
        clock[0] = datetime(2026, 6, 1, tzinfo=UTC)
        await ledger.charge(request(1))
        return caught.value, await left(ledger)

    error, spent = with_ledger(tmp_path, work)
    assert error.bucket == "x.spend"
    assert error.until == datetime(2026, 6, 1, tzinfo=UTC)
    assert "this month" in error.detail
    assert spent == (1, 5)


def test_what_an_answer_says_it_cost_takes_the_place_of_what_was_feared(tmp_path):
    async def work(ledger, clock):
        asked = request(50, settle=lambda response: {"x.posts": 2, "x.spend": 10})
        await ledger.charge(asked)
        before = await left(ledger)
        await ledger.settle(asked, answer())
        return before, await left(ledger)

    assert with_ledger(tmp_path, work) == ((50, 250), (2, 10))


def test_what_was_settled_is_still_so_after_a_restart(tmp_path):
    async def work(ledger, clock):
        asked = request(50, settle=lambda response: {"x.posts": 2})
        await ledger.charge(asked)
        await ledger.settle(asked, answer())

    with_ledger(tmp_path, work)

    async def again(ledger, clock):
        return await left(ledger)

    assert with_ledger(tmp_path, again) == (2, 0)


def test_many_requests_at_once_never_spend_more_than_there_is(tmp_path):
    async def work(ledger, clock):
        asked = (ledger.charge(request(30)) for _ in range(10))
        results = await asyncio.gather(*asked, return_exceptions=True)
        return [type(one).__name__ for one in results if one], await left(ledger)

    refused, spent = with_ledger(tmp_path, work)
    assert refused == ["QuotaExceeded"] * 7
    assert spent == (90, 450)


def test_a_limit_that_the_platform_says_is_reached_stops_its_requests_until_it_ends(tmp_path):
    limit = Limit(
        name="x.tweets",
        used=900,
        limit=900,
        resets_at=EVENING + timedelta(minutes=10),
        source="tweets",
    )

    async def work(ledger, clock):
        ledger.observe([limit])
        with pytest.raises(RateLimited) as caught:
            await ledger.charge(request(1))
        await ledger.charge(request(1, source="users"))
        clock[0] = limit.resets_at
        await ledger.charge(request(1))
        return caught.value

    error = with_ledger(tmp_path, work)
    assert error.retry_after_seconds == 600
    assert error.bucket == "x.tweets"
