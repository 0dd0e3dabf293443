"""A poll of which single parts fail: who is asked again, who waits, and who has to act."""

import asyncio
import json

import pytest
import yaml

from collector.app import collector
from collector.config.load import load_config
from tests.support.builders import NOON
from tests.support.collector_process import Clock, stored
from tests.support.loopback_server import reply, serving

NAMES = {"ar": "تجربة", "fr": "Essai", "en": "Test"}
LISTED = [{"id": one, "status": "LIVE", "title": one} for one in "12"]
GOOD = {"code": 200, "body": json.dumps({"id": "2", "status": "LIVE", "live_views": 9})}


def refused(code, message, status=400, **more):
    error = {"error": {"message": message, "code": code, **more}}
    return {"code": status, "body": json.dumps(error)}


def body(value):
    return reply(json.dumps(value).encode())


def config_at(address):
    return {
        "programme": {"key": "test", "names": NAMES, "time_zone": "Africa/Casablanca"},
        "editions": [
            {
                "key": "test",
                "names": NAMES,
                "city": NAMES,
                "starts_on": "2026-05-16",
                "ends_on": "2026-05-21",
            }
        ],
        "accounts": [{"platform": "facebook", "handle": "100200300400"}],
        "platforms": {"facebook": {"api_url": address}},
        "allow_private_addresses": True,
    }


@pytest.mark.parametrize(
    ("part", "reason", "paused"),
    [
        (None, "timeout", []),
        (refused(2, "Service trouble.", 500), "server_error", []),
        (refused(200, "Not allowed.", 403), "auth", []),
        (refused(32, "Too many calls."), "rate_limited", [("rate_limited", 300)]),
        (refused(190, "Over.", error_subcode=463), "auth", [("auth", 3600)]),
    ],
)
def test_a_part_that_fails_has_its_reason_and_acts_as_the_whole_call_does(
    tmp_path, monkeypatch, part, reason, paused
):
    monkeypatch.setenv("LIVETALLY_FACEBOOK_PAGE_TOKEN", "a-page-token")
    clock = Clock(NOON)

    async def go():
        lists = body({"data": LISTED}), body({"data": LISTED}), body({"data": []})
        async with serving(*lists, body([part, GOOD])) as server:
            path = tmp_path / "config.yaml"
            path.write_text(yaml.safe_dump(config_at(server.address)))
            async with collector(load_config(path), now=clock) as ready:
                await ready.discover()
                await ready.poll()
                clock.forward(seconds=60)
                await ready.poll()
                pauses = ready.trackers[0].health.pauses.values()
                return [(str(each.reason), (each.until - clock.at).seconds) for each in pauses]

    assert asyncio.run(go()) == paused
    assert stored(
        tmp_path, "SELECT broadcast, concurrent_viewers FROM snapshot WHERE poll_id = 3"
    ) == [("facebook:2", 9)]
    misses = stored(tmp_path, "SELECT broadcast, reason FROM miss")
    assert misses == [("facebook:1", reason)]
    assert stored(tmp_path, "SELECT outcome, answered FROM poll WHERE purpose = 'poll'") == [
        ("ok", 2),
        (reason, 1),
    ]
