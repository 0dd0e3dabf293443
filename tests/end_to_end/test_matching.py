"""From the configuration's keywords and playlists to what is published and listed."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from collector.simulator.wire.faults import InjectedFault
from collector.simulator.wire.server import serving
from storage.model import Status
from storage.read_model.reader import ReadModel
from tests.support.collector_process import CHANNEL, IDS, KEY, Clock, Three, config_for, rig, stored

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
LIVES = CHANNEL.broadcasts  # the simulated channel's playlist of them
BELONGING = "SELECT native_id, edition, match_reason, playlists FROM broadcast ORDER BY native_id"
NAMES = {"ar": "تجربة", "fr": "Essai", "en": "Test"}


def editions(**match):
    days = {"starts_on": "2021-04-19", "ends_on": "2021-04-23"}
    return [{"key": "test", "names": NAMES, "city": NAMES, **days, "match": match}]


def accounts(**facts):
    return [{"platform": "youtube", "handle": CHANNEL.handle, **facts}]


def run(folder, monkeypatch, clock, *, polls=1, **sections):
    """Discover and poll once, publish and stop."""

    async def go():
        async with rig(folder, Three(START), clock, monkeypatch, **sections) as ready:
            found = await ready.collector.discover()
            for _ in range(polls):
                await ready.collector.poll()
                clock.forward(seconds=60)
            await ready.collector.publish()
            assert ready.collector.store.verify() == []
            return found

    return asyncio.run(go())


def test_what_no_keyword_fits_is_kept_listed_with_its_reason_and_counts_for_none(
    tmp_path, monkeypatch
):
    run(tmp_path, monkeypatch, Clock(START), editions=editions(keywords=[IDS[0], "nowhere"]))
    state = ReadModel(tmp_path / "data" / "published").open().state()
    assert state.select("native_id", "edition", "match_reason").rows() == [
        (IDS[0], "test", f"time+keyword:{IDS[0]}"),
        (IDS[1], None, "no keyword of test"),
        (IDS[2], None, "no keyword of test"),
    ]
    assert set(state["status"]) == {Status.LIVE}
    assert state["views"].null_count() == 0, "it is polled all the same"
    minutes = ReadModel(tmp_path / "data" / "published").open().edition_minutes("test")
    assert minutes["views_delta"].sum() == state["views"][0]


def test_another_configuration_moves_what_is_known_at_the_next_start(tmp_path, monkeypatch):
    clock = Clock(START)
    run(tmp_path, monkeypatch, clock)
    assert {row[2] for row in stored(tmp_path, BELONGING)} == {"time"}
    match = {"include": [f"https://youtu.be/{IDS[0]}"], "exclude": [f"youtube:{IDS[1]}"]}
    run(tmp_path, monkeypatch, clock, editions=editions(keywords=["nowhere"], **match))
    assert [row[1:3] for row in stored(tmp_path, BELONGING)] == [
        ("test", "included"),
        (None, "excluded"),
        (None, "no keyword of test"),
    ]


def test_a_known_broadcast_is_marked_when_it_appears_in_a_playlist(tmp_path, monkeypatch):
    clock = Clock(START)
    long_ago = {"starts_on": "2020-01-01", "ends_on": "2020-01-05"}
    found = run(tmp_path, monkeypatch, clock, editions=[{**editions()[0], **long_ago}])
    assert len(found) == 3
    assert {row[1:] for row in map(_hashable, stored(tmp_path, BELONGING))} == {
        (None, "no edition was on", ())
    }
    dues = stored(tmp_path, "SELECT broadcast, max(next_due_at) FROM due GROUP BY ALL ORDER BY ALL")
    found = run(
        tmp_path,
        monkeypatch,
        clock,
        polls=0,
        editions=[{**editions(playlists=[LIVES])[0], **long_ago}],
        accounts=accounts(playlists=[LIVES]),
    )
    assert found == [], "it is not new"
    assert {row[1:] for row in map(_hashable, stored(tmp_path, BELONGING))} == {
        ("test", f"playlist:{LIVES}", (LIVES,))
    }
    after = stored(
        tmp_path, "SELECT broadcast, max(next_due_at) FROM due GROUP BY ALL ORDER BY ALL"
    )
    assert after == dues, "nor due sooner"
    # A later poll, which knows nothing of playlists, leaves them as they are.
    again: dict[str, Any] = {"editions": [{**editions(playlists=[LIVES])[0], **long_ago}]}
    run(tmp_path, monkeypatch, clock, **again, accounts=accounts(playlists=[LIVES]))
    assert {row[3] for row in map(_hashable, stored(tmp_path, BELONGING))} == {(LIVES,)}


def test_a_playlist_that_fails_is_set_aside_and_the_channel_is_still_read(tmp_path, monkeypatch):
    async def go():
        sections: dict[str, Any] = {"accounts": accounts(playlists=[LIVES])}
        async with rig(tmp_path, Three(START), Clock(START), monkeypatch, **sections) as ready:
            feed = "/feeds/videos.xml"
            ready.platforms.faults.add(InjectedFault(path=feed, first=2, last=2, status=404))
            return await ready.collector.discover()

    assert len(asyncio.run(go())) == 3
    [(reason,)] = stored(tmp_path, "SELECT reason FROM set_aside")
    assert reason == f"playlist {LIVES}: rss: HTTP 404"


def test_the_command_lists_each_broadcast_with_its_edition_and_the_reason(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY, "simulated-key")
    stage = Three(START)
    with serving(stage, now=Clock(START)) as platforms:
        sections: dict[str, Any] = {
            "editions": editions(include=[f"youtube:{IDS[0]}"], keywords=["nowhere"])
        }
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(config_for(platforms, stage.channels(), **sections)))
        argv = [sys.executable, "-m", "livetally", f"--config={path}", "collect", "discover"]
        as_json = subprocess.run([*argv, "--json"], check=True, capture_output=True, text=True)
        environment = {**os.environ, "COLUMNS": "200"}
        table = subprocess.run(argv, check=True, capture_output=True, text=True, env=environment)
    found = json.loads(as_json.stdout)["broadcasts"]
    assert [(one["edition"], one["match_reason"]) for one in found] == [
        ("test", "included"),
        (None, "no keyword of test"),
        (None, "no keyword of test"),
    ]
    assert "included" in table.stdout
    assert "no keyword of test" in table.stdout


def _hashable(row):
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)
