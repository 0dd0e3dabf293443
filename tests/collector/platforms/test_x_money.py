"""X's prices on a real ledger and a real socket: what is paid, what is free, and where it stops."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from collector.contract.errors import QuotaExceeded, Unavailable
from collector.platforms.x import POSTS, X
from collector.platforms.x.responses import SPEND
from collector.quota.meter import QuotaMeter
from collector.recording.recorder import Recorder
from collector.recording.writer import Writer
from collector.redaction import Secrets
from collector.transport.address_guard import Addresses
from collector.transport.client import Transport
from storage.model import Account, Status
from storage.store import Store
from tests.support.builders import broadcast
from tests.support.loopback_server import reply, serving

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
ACCOUNT = Account(key="x:@a", platform="x", handle="@a", name="a", native_id="22", resolved_at=None)


def post(native_id, observed_at=None):
    return broadcast(
        native_id,
        platform="x",
        account=ACCOUNT.key,
        status=Status.UNKNOWN,
        discovered_at=AT - timedelta(days=1),
        observed_at=observed_at,
    )


def posts(*ids, status="200 OK"):
    return reply(json.dumps({"data": [{"id": one} for one in ids]}).encode(), status)


def with_x(tmp_path, work, *answers, **settings):
    """Let ``work`` use X by a ledger whose clock is the list it is given."""
    clock = [AT]

    async def go():
        writer = Writer()
        store = Store.open(tmp_path / "t.duckdb", now=lambda: clock[0], simulated=True)
        try:
            async with serving(*answers) as server:
                x = X(X.Settings(bearer_token=SecretStr("t"), api_url=server.address, **settings))
                ledger = QuotaMeter(
                    x.buckets,
                    [],
                    recorder=Recorder(store, writer, now=lambda: clock[0]),
                    now=lambda: clock[0],
                )
                transport = Transport(
                    "x",
                    now=lambda: clock[0],
                    budget=ledger,
                    deadline_seconds=10,
                    secrets=Secrets(),
                    addresses=Addresses(private=True),
                    limits=x.limits,
                )
                async with transport:
                    return await work(x, transport, ledger, clock, server)
        finally:
            store.close()
            writer.close()

    return asyncio.run(go())


async def spent(ledger):
    return tuple([await ledger.spent(ledger.buckets[name]) for name in (POSTS, SPEND)])


def test_a_post_costs_once_a_day_and_again_the_next(tmp_path):
    async def work(x, transport, ledger, clock, server):
        steps = []
        once = post("21")
        for hours in (0, 1, 14):
            clock[0] = AT + timedelta(hours=hours)
            await transport.run(x.poll([once], {}, clock[0]))
            once = replace(once, observed_at=clock[0])
            steps.append(await spent(ledger))
        return steps

    assert with_x(tmp_path, work, posts("21")) == [(1, 5), (1, 5), (1, 10)]


def test_a_call_just_before_midnight_is_paid_for_as_if_it_came_after(tmp_path):
    async def work(x, transport, ledger, clock, server):
        clock[0] = AT.replace(hour=23, minute=59, second=45)
        await transport.run(x.poll([post("21", observed_at=AT)], {}, clock[0]))
        return await spent(ledger)

    assert with_x(tmp_path, work, posts("21")) == (1, 5)


def test_a_deleted_post_and_a_failing_server_cost_nothing(tmp_path):
    async def work(x, transport, ledger, clock, server):
        await transport.run(x.poll([post("21"), post("22")], {}, AT))
        with pytest.raises(Unavailable):
            await transport.run(x.poll([post("23")], {}, AT))
        return await spent(ledger), len(server.asked)

    refused = posts(status="503 Service Unavailable")
    assert with_x(tmp_path, work, posts("21"), refused) == ((1, 5), 4)


def test_a_discovery_is_charged_for_what_came_and_not_for_what_was_feared(tmp_path):
    async def work(x, transport, ledger, clock, server):
        await transport.run(x.discover(ACCOUNT, [], AT, may_spend=True))
        return await spent(ledger)

    assert with_x(tmp_path, work, posts("21", "22", "23")) == (3, 15)


def test_the_months_money_stops_before_it_is_passed_and_what_is_paid_for_is_read_on(tmp_path):
    async def work(x, transport, ledger, clock, server):
        await transport.run(x.poll([post("21"), post("22")], {}, AT))
        with pytest.raises(QuotaExceeded) as caught:
            await transport.run(x.poll([post("23")], {}, AT))
        readings = await transport.run(x.poll([post("21", observed_at=AT)], {}, AT))
        return caught.value.bucket, len(server.asked), len(readings.snapshots), await spent(ledger)

    found = with_x(tmp_path, work, posts("21", "22"), posts("21"), monthly_spend_usd="0.012")
    assert found == (SPEND, 2, 1, (2, 10))


def test_a_limit_that_the_headers_say_is_reached_holds_for_its_endpoint_alone(tmp_path):
    async def work(x, transport, ledger, clock, server):
        await transport.run(x.poll([post("21")], {}, AT))
        with pytest.raises(Exception, match=r"x\.tweets: 3500 of 3500 used"):
            await transport.run(x.poll([post("21", observed_at=AT)], {}, AT))
        await transport.run(x.discover(ACCOUNT, [], AT, may_spend=True))
        return len(server.asked)

    headers = (
        "x-rate-limit-limit: 3500",
        "x-rate-limit-remaining: 0",
        f"x-rate-limit-reset: {int((AT + timedelta(minutes=15)).timestamp())}",
    )
    limited = reply(json.dumps({"data": [{"id": "21"}]}).encode(), "200 OK", *headers)
    assert with_x(tmp_path, work, limited) == 2
