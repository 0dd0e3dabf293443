"""A published file that is not the one that was written: never read, found, and written anew."""

import json
import os
import shutil
from collections import Counter
from random import Random
from types import SimpleNamespace

import pytest

from storage.model import Annotation, Names
from storage.read_model.publisher import Publisher
from storage.read_model.reader import DamagedFile, ReadModel
from tests.support.builders import NOON, seen
from tests.support.commands import run_storage
from tests.support.damaged_files import DAMAGES, damage_file
from tests.support.published_manifest import as_without_sums, read_manifest
from tests.support.published_picture import files_of, picture_of, shown_of
from tests.support.ticks import at

DAY = 86_400
OPENING = Annotation(at=NOON, names=Names(ar="حفل الافتتاح", fr="Ouverture", en="Opening"))


def record(store, minutes):
    for minute in minutes:
        counts = {name: 1_000 * minute + ord(name) for name in "ABC"}
        store.record(seen(at(minute), **counts))


@pytest.fixture
def publisher(store, tmp_path, clock):
    return Publisher(store, tmp_path / "published", now=clock, version="test")


@pytest.fixture
def folder(store, publisher, clock, tmp_path):
    """A day that is over and two hours of the next, and beside it another folder like it."""
    record(store, range(0, 90, 2))
    clock.forward(DAY)
    record(store, range(24 * 60, 24 * 60 + 90, 2))
    publisher.publish([], [OPENING])
    shutil.copytree(tmp_path / "published", tmp_path / "other")
    record(store, [24 * 60 + 91])
    publisher.publish([])
    publisher.heartbeat()
    return tmp_path / "published"


@pytest.fixture
def place(folder, path, tmp_path):
    return SimpleNamespace(
        read_model=folder, database=path, backups=tmp_path / "backups", tokens=tmp_path / "tokens"
    )


def other_publisher(store, folder, clock):
    return Publisher(store, folder, now=clock, version="test")


@pytest.mark.parametrize("name", DAMAGES)
def test_no_damage_of_any_file_is_shown_as_a_number(folder, name):
    running, sound, chance = ReadModel(folder), picture_of(ReadModel(folder)), Random(name)
    assert shown_of(running, sound) == "right"
    outcomes = Counter[str]()
    for path in files_of(folder):
        content = damage_file(path, DAMAGES[name], chance)
        outcomes.update([shown_of(ReadModel(folder), sound), shown_of(running, sound)])
        path.write_bytes(content)
    assert set(outcomes) == {"refused", "right"}, outcomes
    assert outcomes["refused"] > outcomes["right"]
    assert shown_of(running, sound) == "right", "what is sound again is read again"


def test_without_sums_the_same_bits_are_other_numbers(folder):
    as_without_sums(folder)
    path = max(folder.glob("broadcast_minutes/*"), key=lambda one: one.stat().st_size)
    chance, sound, wrong = Random(5), ReadModel(folder).open().broadcast_minutes(), 0
    for _ in range(300):
        content = damage_file(path, DAMAGES["one bit"], chance)
        try:
            wrong += not ReadModel(folder).open().broadcast_minutes().equals(sound)
        except BaseException as error:  # noqa: BLE001 - polars panics on some
            assert not isinstance(error, DamagedFile)
        path.write_bytes(content)
    assert wrong > 0


def test_a_reader_reads_a_file_once_for_its_sum(folder):
    [running, fresh], state = (ReadModel(folder), ReadModel(folder)), only_state(folder)
    assert running.open().state().height == 3
    before = state.stat()
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    os.utime(state, ns=(before.st_atime_ns, before.st_mtime_ns))
    running.open()._checked(["state/00000002.parquet"])
    with pytest.raises(DamagedFile, match=r"state/00000002\.parquet is damaged: its content"):
        fresh.open().state()
    os.utime(state)
    with pytest.raises(DamagedFile):
        running.open().state()


def only_state(folder):
    return folder / read_manifest(folder)["tables"]["state"]


def test_what_is_no_file_is_refused_and_holds_nobody_up(folder):
    state = only_state(folder)
    state.unlink()
    os.mkfifo(state)
    with pytest.raises(DamagedFile, match="it is no file"):
        ReadModel(folder).open().state()
    state.unlink()
    state.mkdir()
    with pytest.raises(DamagedFile, match="it is no file"):
        ReadModel(folder).open().state()


@pytest.mark.parametrize("name", ["one bit", "cut short", "another's under its name", "missing"])
def test_the_writer_writes_anew_what_differs_and_says_it_at_its_start(
    store, folder, clock, name, caplog
):
    sound, chance, before = picture_of(ReadModel(folder)), Random(name), read_manifest(folder)
    days = before["days"]["broadcast_minutes"].values()
    files = [before["tables"]["editions"], *days, "manifest.json"]
    for file in files:
        damage_file(folder / file, DAMAGES[name], chance)
    other_publisher(store, folder, clock).publish([])
    for file in files:
        assert f"{file} is damaged and is written anew from the database" in caplog.text
    anew = picture_of(ReadModel(folder))
    changed = {
        key for key, value in anew.items() if key in NOT_ROWS or not value.equals(sound[key])
    }
    assert changed == NOT_ROWS
    assert anew["annotations"] == (OPENING,)
    after = read_manifest(folder)
    assert set(after["days"]["broadcast_minutes"].values()).isdisjoint(files)
    assert after["days"]["edition_minutes"].keys() == before["days"]["edition_minutes"].keys()
    assert ReadModel(folder).findings() == []


#: What a picture has beside rows.
NOT_ROWS = {
    "generation", "published_at", "version", "simulated", "programme", "store_id", "tick", "loss",
    "annotations", "refusal", "beat",
}  # fmt: skip


def test_a_writer_that_runs_notices_what_is_written_over_at_its_next_publication(
    publisher, folder, caplog
):
    sound = picture_of(ReadModel(folder))
    path = folder / next(iter(read_manifest(folder)["days"]["broadcast_minutes"].values()))
    path.write_bytes(b"")
    publisher.publish([])
    assert f"{path} is damaged and is written anew from the database: it has 0 bytes" in caplog.text
    name = "Published minutes"
    assert picture_of(ReadModel(folder))[name].equals(sound[name])
    caplog.clear()
    publisher.publish([])
    assert "damaged" not in caplog.text


def test_a_writer_that_runs_finds_what_rotted_when_it_reads_all(publisher, folder, caplog):
    path = only_state(folder)
    before = path.stat()
    damage_file(path, DAMAGES["one bit"], Random(1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not publisher.check_files(in_full=False)
    assert publisher.check_files()
    assert f"{path} is damaged" in caplog.text
    publisher.publish([])
    assert not publisher.check_files()
    assert ReadModel(folder).open().state().height == 3
    assert only_state(folder) != path


def test_what_is_sound_is_neither_written_anew_nor_spoken_of(store, folder, clock, caplog):
    before = read_manifest(folder)
    again = other_publisher(store, folder, clock)
    assert not again.check_files()
    again.publish([])
    assert read_manifest(folder)["days"] == before["days"]
    assert "damaged" not in caplog.text


def test_a_folder_of_before_sums_is_read_until_it_is_written_anew(store, folder, clock, caplog):
    sound = picture_of(ReadModel(folder))
    as_without_sums(folder)
    assert shown_of(ReadModel(folder), sound) == "right"
    assert ReadModel(folder).findings() == []
    other_publisher(store, folder, clock).publish([])
    assert caplog.text == ""
    fields = read_manifest(folder)
    assert fields["schema_version"] == 6
    days = (file for files in fields["days"].values() for file in files.values())
    assert fields["sums"].keys() == {*fields["tables"].values(), *days}
    assert picture_of(ReadModel(folder))["annotations"] == (OPENING,)


@pytest.mark.parametrize("name", ["one bit", "cut short", "another's under its name", "missing"])
def test_verify_finds_every_damaged_file(store, folder, place, name):
    store.close()
    sound = run_storage(place, "verify")
    assert (sound.exit_code, sound.stdout) == (0, "sound\n")
    fields, chance = read_manifest(folder), Random(name)
    day = fields["days"]["edition_minutes"]["2026-05-17"]
    damaged = [fields["tables"]["health"], day]
    for file in damaged:
        damage_file(folder / file, DAMAGES[name], chance)
    found = run_storage(place, "verify")
    assert found.exit_code == 1
    assert [f"{folder / file} is damaged" in found.stdout for file in damaged] == [True, True]
    if name == "missing":
        return
    for file in ("heartbeat.json", "generations/00000001.json", "manifest.json"):
        damage_file(folder / file, DAMAGES[name], chance)
        assert f"{folder / file} is damaged" in run_storage(place, "verify").stdout


def test_verify_reads_what_is_published_where_there_is_no_database(store, folder, place):
    store.close()
    place.database.unlink()
    assert json.loads(run_storage(place, "verify", "--json").stdout) == {
        "sound": True,
        "findings": [],
    }
    state = only_state(folder)
    state.write_bytes(state.read_bytes()[:-1])
    found = run_storage(place, "verify", "--json")
    assert found.exit_code == 1
    [finding] = json.loads(found.stdout)["findings"]
    assert finding.startswith(f"{state} is damaged: it has ")
    shutil.rmtree(folder)
    nothing = run_storage(place, "verify")
    assert nothing.exit_code == 2
    assert "no database yet" in nothing.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("report", "--edition", "test-2026"),
        ("export", "--edition", "test-2026", "--what", "minutes", "--out", "OUT"),
        ("export", "--edition", "test-2026", "--what", "summary", "--out", "OUT"),
        ("evidence", "--edition", "test-2026", "--out", "OUT"),
    ],
)
def test_commands_end_with_the_file_and_the_remedy(store, place, folder, tmp_path, words):
    store.close()
    words = [str(tmp_path / "out.csv") if word == "OUT" else word for word in words]
    fields = read_manifest(folder)
    minutes = fields["days"]["broadcast_minutes"]["2026-05-17"]
    damaged = folder / (fields["tables"]["state"] if words[0] == "evidence" else minutes)
    damage_file(damaged, DAMAGES["one bit"], Random(7))
    done = run_storage(place, *words)
    assert done.exit_code == 4, done.output
    assert f"{damaged} is damaged: its content is not what was written" in done.stderr
    assert "run `livetally storage republish`" in done.stderr
    assert not (tmp_path / "out.csv").exists()
    assert run_storage(place, "republish").exit_code == 0
    again = run_storage(place, *words)
    assert again.exit_code == 0, again.output
