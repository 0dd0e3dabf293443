"""What is acknowledged stands in a log whose name is on the disk."""

import pytest

from storage.database import connection
from storage.database.log import log_of
from tests.support.ticks import A, opened, seen, tick, told


@pytest.fixture
def synced(monkeypatch):
    """The folders and files that were synced, in order."""
    paths, sync = [], connection.sync

    def noted(path):
        paths.append(path)
        sync(path)

    monkeypatch.setattr(connection, "sync", noted)
    return paths


def test_a_log_that_is_made_anew_has_its_name_synced_before_a_tick_is_acknowledged(
    tmp_path, synced
):
    store = opened(tmp_path / "store.duckdb")
    store.record(told())
    for minute in range(1, 4):
        store.checkpoint()
        assert not log_of(store.path).exists(), "nothing is to be made anew"
        synced.clear()
        store.record(tick(seen(A, minute, minute)))
        assert log_of(store.path).exists()
        assert synced == [tmp_path]
        store.record(tick(seen(A, minute + 0.5, minute)))
        assert synced == [tmp_path], "a log that is there costs nothing"
    store.close()
