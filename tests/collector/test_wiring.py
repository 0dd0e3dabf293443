"""What a collector takes over of its past where the configuration is another one now."""

import asyncio
import json

import polars as pl
import pytest
import yaml

from collector.app import collector
from collector.config.load import load_config
from storage.read_model.reader import ReadModel
from tests.support.builders import NOON
from tests.support.collector_process import Clock
from tests.support.loopback_server import reply, serving

NAMES = dict.fromkeys(("ar", "fr", "en"), "Test")
ON_AIR = {"online": True, "viewerCount": 7, "lastConnectTime": "2026-05-17T11:00:00Z"}
OPEN, CLOSED = True, False


def config_of(accounts):
    edition = {"key": "test", "names": NAMES, "city": NAMES}
    return {
        "programme": {"key": "test", "names": NAMES, "time_zone": "UTC"},
        "editions": [{**edition, "starts_on": "2026-05-16", "ends_on": "2026-05-21"}],
        "accounts": [{"platform": "owncast", "handle": handle} for handle in accounts],
        "allow_private_addresses": True,
    }


async def collect(folder, clock, *rounds):
    """Collect once with each list of accounts, a new start each time, an hour apart."""
    path = folder / "config.yaml"
    async with serving(reply(json.dumps(ON_AIR).encode())) as server:
        for is_followed in rounds:
            accounts = [server.address, "http://127.0.0.1:9"][0 if is_followed else 1 :]
            path.write_text(yaml.safe_dump(config_of(accounts)))
            async with collector(load_config(path), now=clock) as ready:
                await ready.discover()
                await ready.poll()
                await ready.publish()
            clock.forward(hours=1)


@pytest.mark.parametrize(
    ("rounds", "status", "gaps"),
    [
        ((True, False), "unknown", [("not_followed", OPEN, 1)]),
        ((True, False, False, False), "unknown", [("not_followed", OPEN, 1)]),
        ((True, False, True), "live", [("not_followed", CLOSED, 1)]),
    ],
)
def test_what_nobody_asks_for_any_more_is_not_on_the_air(tmp_path, rounds, status, gaps):
    asyncio.run(collect(tmp_path, Clock(NOON), *rounds))
    published = ReadModel(tmp_path / "data" / "published").open()
    found = published.gaps().select("reason", pl.col("ended_at").is_null(), "missed_polls")
    assert found.rows() == gaps
    assert published.state()["status"].to_list() == [status]
    assert published.state()["edition"].to_list() == ["test"], "its counts stay"
