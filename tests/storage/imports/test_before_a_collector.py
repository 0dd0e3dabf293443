"""An import before any collector has run, and beside a configuration that was edited since."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from livetally import cli
from storage.database.lock import WriterLock
from storage.read_model.reader import ReadModel
from storage.store import Store
from tests.support.builders import account, edition
from tests.support.commands import run_storage
from tests.support.import_commands import archive, brought, reported
from tests.support.import_files import AS_OF, EDITION, Place, configured, earlier_edition, store_in

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "data"
    return Place(folder / "livetally.duckdb", folder / "published", folder / "backups")


def stored(place):
    store = Store.reopen(place.database, now=lambda: AS_OF)
    try:
        return store.event.editions["edition"].to_list(), store.event.accounts()
    finally:
        store.close()


def test_an_import_makes_the_database_and_the_editions_and_publishes_them(empty, tmp_path):
    code, [done] = brought(empty, archive(tmp_path, "studio_en.csv"))
    assert (code, done["taken"]) == (0, 18)
    assert set(reported(empty)["edition"]) == {EDITION}
    published = ReadModel(empty.read_model).open()
    assert published.reported().height == 18
    assert published.editions()["edition"].to_list() == [EDITION, "test-2026"]
    assert run_storage(empty, "reconcile").exit_code == 0


def test_a_dry_run_on_an_empty_folder_leaves_it_empty(empty, tmp_path):
    code, [done] = brought(empty, archive(tmp_path, "studio_en.csv"), "--dry-run")
    assert (code, done["taken"]) == (0, 18)
    assert not empty.database.parent.exists()


def test_what_was_edited_in_the_configuration_since_is_taken_over(tmp_path):
    store_in(tmp_path).close()
    later = earlier_edition(key="renamed-2025")
    new = account(key="tiktok:@dgsn", platform="tiktok", handle="@dgsn", native_id=None)
    event = configured(editions=[later, edition()], accounts=[account(native_id=None), new])
    place = Place(tmp_path / "livetally.duckdb", tmp_path / "published", event=event)
    brought(place, archive(tmp_path, "studio_en.csv"))
    editions, accounts = stored(place)
    assert set(reported(place)["edition"]) == {"renamed-2025"}
    assert editions == ["renamed-2025", "test-2026"]
    ids = {one.key: one.native_id for one in accounts}
    assert ids == {
        "youtube:@dgsn": account().native_id,
        "x:@dgsn_maroc": "77",
        "tiktok:@dgsn": None,
    }


def test_a_collector_that_makes_the_database_just_now_is_named(empty, tmp_path):
    empty.database.parent.mkdir()
    lock = WriterLock(empty.database)
    try:
        done = run_storage(empty, "import", archive(tmp_path, "studio_en.csv"))
    finally:
        lock.release()
    assert done.exit_code == 5
    assert "stop it first" in done.output
    assert not empty.database.exists()


def test_simulated_numbers_do_not_meet_real_ones(tmp_path):
    store_in(tmp_path).close()
    place = Place(
        tmp_path / "livetally.duckdb", tmp_path / "published", event=configured(simulated=False)
    )
    done = run_storage(place, "import", archive(tmp_path, "studio_en.csv"))
    assert done.exit_code == 4
    assert "not for this program" in done.output
    assert reported(place).is_empty()


def test_the_whole_command_reads_its_editions_from_the_configuration(tmp_path):
    shutil.copy(ROOT / "config.yaml", tmp_path)
    table = tmp_path / "plain.csv"
    table.write_text("Content,Video title,Views\nAAAAAAAAA01,Opening,600\n")
    words = ["storage", "import", str(table), "--period", "lifetime", "--edition", "nowhere"]
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "config.yaml"), *words])
    assert done.exit_code == 2
    assert "unknown edition 'nowhere': expected one of" in done.output
