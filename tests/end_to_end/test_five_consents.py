"""A person's consent on each platform becomes a token that reads, and is renewed where it can be."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import yaml

from collector.auth.token_files import TokenFiles
from collector.config.load import load_config
from collector.contract.errors import AuthFailed, PlatformError
from collector.contract.grants import Consent
from collector.doctor import examine
from collector.simulator.wire.server import serving
from collector.transport.client import Unmetered
from collector.transport.connect import connect
from tests.support.collector_process import Clock, config_for
from tests.support.stages.evening import evening

pytestmark = pytest.mark.end_to_end
START = datetime(2026, 5, 16, 18, tzinfo=UTC)
CONSENT = Consent(redirect_uri="http://127.0.0.1:1/back", state="s" * 32, verifier="v" * 64)
#: What an app of one's own needs, instead of a token that somebody else made.
APPS = {
    "facebook": ({"app_id": "simulated-client"}, "APP_SECRET", "PAGE_TOKEN"),
    "instagram": ({"app_id": "simulated-client"}, "APP_SECRET", "ACCESS_TOKEN"),
    "x": ({"client_id": "simulated-client"}, "CLIENT_SECRET", "BEARER_TOKEN"),
    "tiktok": ({}, "CLIENT_SECRET", None),
}


def configured(folder, platforms, channels, name, monkeypatch):
    app, secret, token = APPS[name]
    for variable, value in platforms.environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv(f"LIVETALLY_{name}_{secret}".upper(), "simulated-secret")
    if token:
        monkeypatch.delenv(f"LIVETALLY_{name}_{token}".upper())
    settings = config_for(platforms, channels)
    settings["accounts"] = [one for one in settings["accounts"] if one["platform"] == name]
    settings["platforms"][name] |= app
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings))
    return load_config(path)


def consented(platform):
    """Return the code that the consent page sends its visitor back with."""
    consent = httpx.get(platform.grant.consent_address(CONSENT), trust_env=False)
    back = httpx.URL(consent.headers["location"])
    assert consent.status_code == 302
    assert back.params["state"] == CONSENT.state
    return back.params["code"]


@pytest.mark.parametrize("name", APPS)
def test_a_consent_leads_to_a_token_that_reads(tmp_path, monkeypatch, name):
    clock = Clock(START)
    stage = evening(START, seed=5, accounts=1, each=2)

    async def go(config, code):
        platform, vault = config.platforms[name], TokenFiles(config.storage.tokens)
        [account] = config.accounts
        async with connect(
            platform, config, budget=Unmetered(), deadline_seconds=20, now=clock
        ) as transport:
            token = await transport.run(platform.grant.redeem(code, CONSENT, account))
            vault.save(account.key, token)
            with pytest.raises(PlatformError):  # a code is good for one use
                await transport.run(platform.grant.redeem(code, CONSENT, account))
            resolved = await transport.run(platform.resolve(account))
            assert resolved.native_id
            await transport.run(platform.probe(resolved))
            found = await transport.run(platform.discover(resolved, [], clock(), may_spend=True))
            assert len(found.broadcasts) == 2
            told = await transport.run(platform.grant.inspect(token))
            return token, told

    with serving(stage, now=clock) as platforms:
        config = configured(tmp_path, platforms, stage.channels(), name, monkeypatch)
        token, told = asyncio.run(go(config, consented(config.platforms[name])))
    lasts = {"facebook": None, "instagram": 60 * 86_400, "x": 7200, "tiktok": 7200}[name]
    ends = None if lasts is None else START + timedelta(seconds=lasts)
    assert token.expires_at == ends
    assert told.expires_at == ends


@pytest.mark.parametrize("name", ["instagram", "x", "tiktok"])
def test_a_token_is_renewed_and_what_was_used_up_is_refused(tmp_path, monkeypatch, name):
    clock = Clock(START)
    stage = evening(START, seed=6, accounts=1, each=1)

    async def go(config, code):
        platform = config.platforms[name]
        [account] = config.accounts
        async with connect(
            platform, config, budget=Unmetered(), deadline_seconds=20, now=clock
        ) as transport:
            token = await transport.run(platform.grant.redeem(code, CONSENT, account))
            clock.forward(seconds=7000)
            fresh = await transport.run(platform.grant.renew(token))
            assert fresh.access_token != token.access_token
            assert fresh.expires_at > token.expires_at
            clock.forward(days=61)
            with pytest.raises(AuthFailed):
                await transport.run(platform.grant.renew(token))

    with serving(stage, now=clock) as platforms:
        config = configured(tmp_path, platforms, stage.channels(), name, monkeypatch)
        asyncio.run(go(config, consented(config.platforms[name])))


def test_the_doctor_finds_every_platform_well(tmp_path, monkeypatch):
    clock = Clock(START)
    stage = evening(START, seed=7, accounts=1, each=1)
    with serving(stage, now=clock) as platforms:
        for variable, value in platforms.environment.items():
            monkeypatch.setenv(variable, value)
        platforms.save_tokens(tmp_path / "data" / "tokens")
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(config_for(platforms, stage.channels())))
        config = load_config(path)
        findings = asyncio.run(examine(config, now=clock))
    accounts = {one.key for one in config.accounts}
    examined = [one for one in findings if one.subject in accounts]
    assert {one.subject for one in examined} == accounts
    assert [one for one in examined if one.remedy] == []
