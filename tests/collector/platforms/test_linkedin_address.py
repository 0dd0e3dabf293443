"""LinkedIn's lists reach the server as its documentation writes them: bare signs, URNs encoded once."""

import asyncio
import json
from datetime import UTC, datetime

from pydantic import SecretStr

from collector.platforms.linkedin import LinkedIn
from collector.redaction import Secrets
from collector.transport.address_guard import Addresses
from collector.transport.client import Transport, Unmetered
from storage.model import Account
from tests.support.builders import broadcast
from tests.support.loopback_server import reply, serving

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
ACCOUNT = Account(
    key="linkedin:dgsn",
    platform="linkedin",
    handle="dgsn",
    name="dgsn",
    native_id="2414183",
    resolved_at=None,
)
URNS = ("urn:li:ugcPost:71", "urn:li:ugcPost:72")


def post(urn):
    return broadcast(urn, platform="linkedin", account=ACCOUNT.key)


def body(fields):
    return reply(json.dumps(fields).encode())


def asked_by_a_poll():
    answers = (
        body({"results": {urn: {"reactionSummaries": {}} for urn in URNS}}),
        body({"elements": []}),
        body({"elements": [{"value": 7}]}),
    )

    async def go():
        async with serving(*answers) as server:
            settings = LinkedIn.Settings(
                access_token=SecretStr("a-token"), api_url=f"{server.address}/rest"
            )
            transport = Transport(
                "linkedin",
                now=lambda: AT,
                budget=Unmetered(),
                deadline_seconds=3,
                secrets=Secrets(),
                addresses=Addresses(private=True),
            )
            async with transport:
                exchange = LinkedIn(settings).poll(
                    [post(urn) for urn in URNS], {ACCOUNT.key: ACCOUNT}, AT
                )
                return await transport.run(exchange), server.asked

    return asyncio.run(go())


def test_lists_and_urns_arrive_as_documented():
    readings, asked = asked_by_a_poll()
    assert [one.views for one in readings.snapshots] == [7, 7]
    first_lines = [head.splitlines()[0] for head in asked]
    two = "List(urn%3Ali%3AugcPost%3A71,urn%3Ali%3AugcPost%3A72)"
    page = "urn%3Ali%3Aorganization%3A2414183"
    finder = f"q=organizationalEntity&organizationalEntity={page}"
    analytics = "/rest/videoAnalytics?q=entity&entity=urn%3Ali%3AugcPost%3A{}&type=VIDEO_VIEW&aggregation=ALL"
    assert first_lines == [
        f"GET /rest/socialMetadata?ids={two} HTTP/1.1",
        f"GET /rest/organizationalEntityShareStatistics?{finder}&ugcPosts={two} HTTP/1.1",
        f"GET {analytics.format(71)} HTTP/1.1",
        f"GET {analytics.format(72)} HTTP/1.1",
    ]
    assert all("linkedin-version: 202609" in head.lower() for head in asked)
    assert all("x-restli-protocol-version: 2.0.0" in head.lower() for head in asked)
