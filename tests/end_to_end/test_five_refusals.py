"""What each platform refuses is understood for what it is, and stops nobody else."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from collector.simulator.meta.server import GraphTerms
from collector.simulator.platforms import SocialTerms
from collector.simulator.tiktok.server import TikTokTerms
from collector.simulator.wire.faults import InjectedFault
from collector.simulator.x.server import XTerms
from tests.support.collector_process import Clock, rig, stored
from tests.support.stages.evening import evening

pytestmark = pytest.mark.end_to_end
START = datetime(2026, 5, 16, 18, tzinfo=UTC)
SOCIAL = ("facebook", "instagram", "x", "tiktok")


def outcomes_of(folder, stage, monkeypatch, *, social=None, spoil=None):
    """Poll for four minutes and return the outcomes of the polls by platform."""
    clock = Clock(START)

    async def go():
        async with rig(folder, stage, clock, monkeypatch, social=social) as ready:
            await ready.collector.discover()
            await ready.collector.poll()
            if spoil:
                spoil(ready.platforms)
            for _ in range(4):
                clock.forward(seconds=60)
                await ready.collector.poll()

    asyncio.run(go())
    rows = stored(folder, "SELECT platform, outcome FROM poll WHERE purpose = 'poll'")
    outcomes = {name: Counter() for name in ("youtube", *SOCIAL)}
    for platform, outcome in rows:
        outcomes[platform][outcome] += 1
    return outcomes


def test_a_limit_that_is_reached_is_a_rate_limit_on_every_platform(tmp_path, monkeypatch):
    # Resolving, discovering and the first poll are let through; then it is too much.
    three = GraphTerms(account_calls_a_day=3)
    social = SocialTerms(
        facebook=three, instagram=three, x=XTerms(posts=1), tiktok=TikTokTerms(calls_a_minute=1)
    )
    stage = evening(START, seed=8, accounts=1, each=2)

    asked = []

    def exhaust_the_minute(platforms):
        # TikTok's window of a minute slides along with the clock: no call fits any more.
        too_many = b'{"data":{},"error":{"code":"rate_limit_exceeded","message":"","log_id":"1"}}'
        query = "/tiktok/v2/video/query/"
        platforms.faults.add(InjectedFault(path=query, status=429, body=too_many))
        asked.append(platforms.x)

    outcomes = outcomes_of(tmp_path, stage, monkeypatch, social=social, spoil=exhaust_the_minute)
    assert set(outcomes["youtube"]) == {"ok"}
    for platform in SOCIAL:
        assert set(outcomes[platform]) == {"ok", "rate_limited"}, platform
    # Meta asks for hours, TikTok for a minute; X says beforehand that nothing remains.
    assert {outcomes[name]["rate_limited"] for name in ("facebook", "instagram")} == {1}
    assert [one.calls["tweets"] for one in asked] == [1]


def test_a_token_that_is_refused_is_for_a_person_to_mend(tmp_path, monkeypatch):
    stage = evening(START, seed=9, accounts=1, each=2)

    def revoke(platforms):
        forgotten = (
            *(getattr(platforms, name).tokens.pages for name in ("facebook", "instagram")),
            *(getattr(platforms, name).tokens.long for name in ("facebook", "instagram")),
            platforms.tiktok.issuer,
        )
        for issuer in forgotten:
            issuer.by_access.clear()
            issuer.by_refresh.clear()
        platforms.x.revoked = True

    outcomes = outcomes_of(tmp_path, stage, monkeypatch, spoil=revoke)
    assert set(outcomes["youtube"]) == {"ok"}
    for platform in SOCIAL:
        assert outcomes[platform]["auth"] >= 1, platform
        assert set(outcomes[platform]) == {"ok", "auth"}, platform
    said = stored(tmp_path, "SELECT DISTINCT error FROM poll WHERE outcome = 'auth'")
    assert len(said) >= len(SOCIAL)
    assert not [text for (text,) in said if "-access-" in text or "-refresh-" in text]
