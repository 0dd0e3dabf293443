"""Row 54: what is read back later than it was written, beside database and published tables."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from collector.auth.token_files import TokenFiles
from collector.contract.errors import ConfigError
from collector.contract.grants import Token
from storage.database.backup import list_backups
from storage.read_model.publisher import Publisher
from storage.read_model.reader import DamagedFile, ReadModel
from storage.system.summed_json import DamagedText, with_sum, without_sum
from tests.faults.test_damage import Damaged
from tests.support.builders import NOON, broadcast, edition, programme
from tests.support.collector_process import Clock
from tests.support.damaged_files import DAMAGES, damage_file
from tests.support.ticks import poll, seen, tick, told

pytestmark = pytest.mark.fault(row=54)

#: A file of another time is a whole one, and none is none.
INNER = [name for name in DAMAGES if name not in {"another's under its name", "missing"}]
TIMES = 25
TOKEN = Token(
    access_token="a-canary",
    obtained_at=datetime(2026, 5, 17, 10, tzinfo=UTC),
    refresh_token="r-canary",
    scopes=("video.list",),
)


def damaged(path: Path):
    """Damage a file in every way that leaves something of it, many times, and put it back."""
    chance = Random(path.name)
    for name in INNER:
        for _ in range(TIMES):
            sound = damage_file(path, DAMAGES[name], chance)
            yield name
            path.write_bytes(sound)


def test_a_token_that_was_changed_is_not_sent(tmp_path):
    files = TokenFiles(tmp_path)
    files.save("x:@dgsn", TOKEN)
    [path] = tmp_path.glob("*.json")
    for _ in damaged(path):
        with pytest.raises(ConfigError, match="delete it and log in again") as caught:
            files.load("x:@dgsn")
        assert "canary" not in str(caught.value)
    assert files.load("x:@dgsn") == TOKEN


def test_a_note_that_was_changed_proves_no_backup(tmp_path):
    found = Damaged(tmp_path)
    with closing(found.open()) as store:
        store.event.save_programme(programme(), [edition()])
        store.record(told(broadcast("A")))
        store.record(tick(seen("youtube:A", 1, 5), polls=[poll(1, 1)]))
        store.back_up(found.backups)
    [backup] = list_backups(found.backups)
    for name in damaged(backup.path.with_suffix(".json")):
        assert list_backups(found.backups) == [], name
    assert list_backups(found.backups) == [backup]


def test_a_note_of_an_earlier_release_still_proves_its_backup(tmp_path):
    found = Damaged(tmp_path)
    with closing(found.open()) as store:
        store.back_up(found.backups)
    [backup] = list_backups(found.backups)
    note = backup.path.with_suffix(".json")
    fields = without_sum(note.read_bytes())
    fields.pop("head", None)  # it is older than the chain
    note.write_text(str(fields).replace("'", '"').replace("None", "null"))
    assert list_backups(found.backups) == [replace(backup, head=None)]
    note.write_text(note.read_text().replace('"rows"', '"sows"'))
    assert list_backups(found.backups) == []


def test_heartbeat_and_manifest_say_what_was_written_or_nothing(tmp_path):
    folder, clock = tmp_path / "published", Clock(NOON)
    with closing(Damaged(tmp_path).open()) as store:
        store.event.save_programme(programme(), [edition()])
        publisher = Publisher(store, folder, now=clock, version="test")
        publisher.publish([])
        clock.forward(seconds=5)
        publisher.heartbeat()
    model = ReadModel(folder)
    for name in damaged(folder / "heartbeat.json"):
        # The newest publication is the last sign of life that can be read; a blank at the end is none.
        assert model.heartbeat_at() in {NOON, NOON + timedelta(seconds=5)}, name
    assert model.heartbeat_at() == NOON + timedelta(seconds=5)
    sound = model.manifest()
    for _ in damaged(folder / "manifest.json"):
        with pytest.raises(DamagedFile, match=r"manifest\.json is damaged"):
            model.open()
    assert model.manifest() == sound


def test_a_text_of_the_right_keys_with_another_sum_is_none(fault_record):
    text = with_sum({"views": 35_192_844, "name": "الأبواب المفتوحة"}, indent=1).encode()
    assert without_sum(text + b"  ") == {"views": 35_192_844, "name": "الأبواب المفتوحة"}
    for spoilt in (
        text.replace(b"35192844", b"35192868"),
        text.replace(b'"sum"', b'"sun"'),
        text.replace(b', "sum"', b',"sum"'),
        text.removesuffix(b"}"),
        text + b"}",
        text + b"\n",
        text[:-70] + b"}",
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"views": 35192844}',
    ):
        with pytest.raises(DamagedText):
            without_sum(spoilt)
    older = b'{"views": 35192844}'
    assert without_sum(older, of_before=("views", "name")) == {"views": 35_192_844}
    with pytest.raises(DamagedText, match="its sum is missing"):
        without_sum(b'{"viewt": 35192844}', of_before=("views", "name"))
    fault_record(
        row=54,
        fault="a file that is read back is not the one that was written",
        injected="bits turned, zeros, cuts, blocks exchanged in manifests, the heartbeat, notes of"
        " backups, tokens, public pages with their compressed copies",
        outcome="each carries its sum, public pages beside them: none is taken for another; a token is"
        " asked for anew, a backup counts as not verified, a page is not sent and is written anew",
        recovery_seconds=None,
    )
