"""A second start: what it is told of all that runs."""

import os

import pytest

from storage import keeper
from storage.database.lock import WriterLock
from storage.keeper import AlreadyRunning, kept_running_once

PAGES = ["dashboard on http://127.0.0.1:8501"]


def refused(database, pages=PAGES):
    with pytest.raises(AlreadyRunning) as error, kept_running_once(database, lambda: pages):
        pytest.fail("it was let in")
    return f"{error.value}; {error.value.remedy}"


def test_what_another_up_keeps_is_named_and_ended_with_it(tmp_path):
    database = tmp_path / "livetally.duckdb"
    with kept_running_once(database, list):
        said = refused(database)
        assert f"`livetally up` (process {os.getpid()}), {PAGES[0]}; " in said
        assert f"`kill {os.getpid()}`, ends all of it" in said
    with kept_running_once(database, list):
        pass  # free again


def test_a_collector_that_nobody_keeps_is_named_with_the_pages_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "_LEFTOVERS_SECONDS", 0.5)
    database = tmp_path / "livetally.duckdb"
    collector = WriterLock(database)
    said = refused(database)
    assert f"collector (process {os.getpid()}), {PAGES[0]}; " in said
    assert f"`kill {os.getpid()}`, and what serves pages likewise" in said
    collector.release()
    with kept_running_once(database, list):
        WriterLock(database).release()  # the collector itself is not kept out


def test_a_folder_that_cannot_be_written_keeps_nobody_from_trying(tmp_path):
    with kept_running_once(tmp_path / f"{'d' * 300}.duckdb", list):  # no disk takes the name
        pass
