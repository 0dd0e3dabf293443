"""Adding a platform takes one file and one folder, as CONTRIBUTING.md has it."""

import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

import collector.platforms
from collector.platforms import platforms
from dashboard.charts.theme import color
from dashboard.view_model.platforms import name, ordered
from dashboard.view_model.watch_links import moment_address
from storage.definitions.platforms import known_platforms, unit_of
from storage.model import Unit
from tests.support.transcripts import SITUATIONS, missing_situations, replay_transcript
from tests.test_readme import facts as platform_facts

FILE = '''"""Imaginary: a service that nobody runs."""

from dataclasses import replace
from typing import ClassVar

from collector.contract.exchange import Request
from collector.contract.http_errors import failure_of
from collector.contract.json_fields import count, id_of, rows_of
from collector.contract.platform_protocol import Platform, PlatformSettings
from collector.contract.poll_result import PollResult
from collector.contract.readings import Discovery, handle_of, snapshot_of
from storage.model import Metric


class ImaginarySettings(PlatformSettings):
    """``platforms: imaginary:``."""

    api_url: str = "https://imaginary.example"


class Imaginary(Platform[ImaginarySettings]):
    """Channels that say how many watch."""

    name = "imaginary"
    display_name = "Imaginary TV"
    Settings = ImaginarySettings
    batch_size = 10
    metrics: ClassVar = {Metric.CONCURRENT_VIEWERS: "watching at that instant"}
    tracked_after_end_seconds = 0.0

    def group(self, broadcast, now):
        return "all"

    def resolve(self, account):
        yield from ()
        return replace(account, native_id=handle_of(account))

    def probe(self, account):
        response = yield self._channels()
        return f"{len(rows_of(response, 'channels'))} channels"

    def discover(self, account, known, now, *, may_spend):
        yield self._channels()
        return Discovery()

    def poll(self, broadcasts, accounts, now):
        response = yield self._channels()
        if response.status != 200:
            raise failure_of(response)
        result = PollResult(broadcasts, _read, id_of)
        result.take_items(response, rows_of(response, "channels"))
        return result.readings(absent_is_gone=True)

    def _channels(self):
        url = f"{self.settings.api_url}/channels"
        return Request(platform=self.name, url=url, source="channels")


def _read(channel, broadcast, response):
    watching = count(channel, "watching")
    return broadcast, snapshot_of(broadcast, response, concurrent_viewers=watching)
'''
POLL_LIVE = """
call: poll
broadcasts: [{native_id: one}, {native_id: two}, {native_id: three}]
exchange:
  - request: {url: https://imaginary.example/channels}
    response: {json: {channels: [{id: one, watching: 7}, {id: two, watching: many}]}}
expect:
  snapshots: [{broadcast: "imaginary:one", concurrent_viewers: 7}]
  missing: ["imaginary:three"]
  unreadable: ["watching is 'many', not a count"]
"""
ERROR_AUTH = """
call: poll
broadcasts: [{native_id: one}]
exchange:
  - response: {status: 401}
expect: {error: AuthFailed, detail: HTTP 401}
"""


@pytest.fixture
def imaginary(tmp_path, monkeypatch):
    """The folder of transcripts of a platform that has been added to the others."""
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms" / "imaginary.py").write_text(FILE, encoding="utf-8")
    path = [*collector.platforms.__path__, str(tmp_path / "platforms")]
    monkeypatch.setattr(collector.platforms, "__path__", path)
    folder = tmp_path / "fixtures" / "imaginary"
    folder.mkdir(parents=True)
    (folder / "poll_live.yaml").write_text(POLL_LIVE, encoding="utf-8")
    (folder / "error_auth.yaml").write_text(ERROR_AUTH, encoding="utf-8")
    yield folder
    sys.modules.pop("collector.platforms.imaginary", None)
    collector.platforms.__dict__.pop("imaginary", None)


def test_the_registry_finds_the_file(imaginary):
    assert platforms()["imaginary"].__name__ == "Imaginary"
    assert {"icecast", "youtube"} < set(platforms())


def test_its_transcripts_replay_without_test_code(imaginary):
    for path in sorted(imaginary.glob("*.yaml")):
        replay_transcript(path)


def test_what_every_platform_has_by_default_is_not_written_again(imaginary):
    platform = platforms()["imaginary"](platforms()["imaginary"].Settings())
    assert (platform.buckets, platform.grant) == ((), None)
    response: Any = None  # no platform that counts nothing looks at it
    assert platform.limits(response) == ()
    assert platform.paid_discovery_seconds == 0


def test_storage_and_dashboard_need_no_line_of_it(imaginary):
    assert name("imaginary") == "Imaginary"
    assert ordered(["imaginary", "icecast"]) == ["icecast", "imaginary"]
    assert color("imaginary", dark=False) != color("icecast", dark=False)
    assert unit_of("imaginary", "imaginary.calls") is Unit.CALL
    at = datetime(2026, 5, 17, tzinfo=UTC)
    assert moment_address("imaginary", "https://imaginary.example/1", at, at) is None


def test_its_facts_reach_the_dashboard_by_the_made_file_alone(imaginary, monkeypatch, tmp_path):
    (tmp_path / "platforms.toml").write_text(platform_facts(), encoding="utf-8")
    monkeypatch.setattr("storage.definitions.platforms.FILE", tmp_path / "platforms.toml")
    known_platforms.cache_clear()
    try:
        assert name("imaginary") == "Imaginary TV"
    finally:
        known_platforms.cache_clear()


def test_a_misspelt_setting_is_refused(imaginary):
    with pytest.raises(ValidationError, match="api_ulr"):
        platforms()["imaginary"].Settings(api_ulr="https://elsewhere.example")


def test_a_platform_that_cannot_poll_is_refused(imaginary):
    text = FILE.replace("def poll(", "def ask(")
    (imaginary.parents[1] / "platforms" / "imaginary.py").write_text(text, encoding="utf-8")
    with pytest.raises(TypeError, match="poll"):
        platforms()["imaginary"](platforms()["imaginary"].Settings())


def test_a_transcript_that_expects_another_number_fails(imaginary):
    path = imaginary / "poll_live.yaml"
    path.write_text(POLL_LIVE.replace("concurrent_viewers: 7", "concurrent_viewers: 8"))
    with pytest.raises(AssertionError):
        replay_transcript(path)


def test_the_situations_it_does_not_show_are_named(imaginary):
    shown = {"poll_live", "error_auth"}
    assert missing_situations(imaginary) == [one for one in SITUATIONS if one not in shown]


def test_a_file_without_its_class_is_refused_by_name(imaginary):
    (imaginary.parents[1] / "platforms" / "imaginary.py").write_text("")
    with pytest.raises(TypeError, match=r"imaginary\.py must hold one class"):
        platforms()
