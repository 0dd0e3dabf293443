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


async def polled(folder, parts, read_out):
    """Poll two broadcasts that are listed, then one by one in batches whose first parts are these."""
    clock = Clock(NOON)
    listed = body({"data": LISTED})
    batches = [answer for part in parts for answer in (body({"data": []}), body([part, GOOD]))]
    async with serving(listed, listed, *batches) as server:
        path = folder / "config.yaml"
        path.write_text(yaml.safe_dump(config_at(server.address)))
        async with collector(load_config(path), now=clock) as ready:
            await ready.discover()
            await ready.poll()
            for _ in parts:
                clock.forward(seconds=60)
                await ready.poll()
            return read_out(ready, clock)


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

    def pauses(ready, clock):
        pauses = ready.trackers[0].health.pauses.values()
        return [(str(each.reason), (each.until - clock.at).seconds) for each in pauses]

    assert asyncio.run(polled(tmp_path, [part], pauses)) == paused
    assert stored(
        tmp_path, "SELECT broadcast, concurrent_viewers FROM snapshot WHERE poll_id = 3"
    ) == [("facebook:2", 9)]
    misses = stored(tmp_path, "SELECT broadcast, reason FROM miss")
    assert misses == [("facebook:1", reason)]
    assert stored(tmp_path, "SELECT outcome, answered FROM poll WHERE purpose = 'poll'") == [
        ("ok", 2),
        (reason, 1),
    ]


def test_one_that_fails_between_two_absences_was_absent_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVETALLY_FACEBOOK_PAGE_TOKEN", "a-page-token")
    gone = refused(100, "Unsupported get request.", error_subcode=33)

    def statuses(ready, clock):
        del clock
        entries = ready.trackers[0].queue.entries
        return [str(entries[f"facebook:{one}"].broadcast.status) for one in "12"]

    answers = [gone, refused(2, "Service trouble.", 500), gone]
    assert asyncio.run(polled(tmp_path, answers[:2], statuses)) == ["live", "live"]
    (tmp_path / "again").mkdir()
    assert asyncio.run(polled(tmp_path / "again", answers, statuses)) == ["gone", "live"]
