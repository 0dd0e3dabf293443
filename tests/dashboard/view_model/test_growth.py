"""What the wall, status and Broadcasts read does not grow with the history: counted in files and rows."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from dashboard.view_model.broadcasts import Order, list_broadcasts, read_sparks, select_broadcasts
from dashboard.view_model.refresher import Refresher
from storage.model import Tick
from storage.read_model.publisher import Publisher
from storage.read_model.reader import Published
from storage.reports.status import status_of
from storage.store import Store
from tests.support.builders import NOON, account, broadcast, edition, programme, snapshot

DAYS, SHOWN = 6, 4


class History:
    """A store with a broadcast a UTC day, each seen for an hour, and published after the last."""

    def __init__(self, folder: Path, days: int) -> None:
        self.published, self.now = folder / "published", NOON
        self._store = Store.open(folder / "store.duckdb", now=lambda: self.now, simulated=True)
        until = NOON + timedelta(days=days + 1)
        self._store.event.save_programme(programme(), [edition(ends_at=until)])
        self._store.event.save_accounts([account()])
        for day in range(days):
            begun = NOON + timedelta(days=day)
            facts = {"started_at": begun, "ended_at": begun + timedelta(hours=1)}
            told = broadcast(f"D{day}", discovered_at=begun, **facts)
            self._store.record(Tick(at=begun, broadcasts=(told,)))
            for minute in range(0, 61, 5):
                self.see(begun + timedelta(minutes=minute), day)
        self.publisher = Publisher(
            self._store, self.published, now=lambda: self.now, version="test"
        )
        self.publisher.republish_all()

    def see(self, at, day: int) -> None:
        self.now = at
        views = 100 * day + int((at - NOON).total_seconds()) // 60
        told = snapshot(f"youtube:D{day}", at, views=views, concurrent_viewers=50)
        self._store.record(Tick(at=at, snapshots=((1, told),)))

    def go_on(self, day: int) -> None:
        """See the newest broadcast once more, and publish that."""
        self.see(self.now + timedelta(minutes=5), day)
        self.publisher.publish([])

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def read(monkeypatch) -> dict[str, int]:
    """Count the published files that are scanned, and their rows."""
    counts = {"files": 0, "rows": 0}
    scan = Published._scanned

    def counted(self: Published, table: str, paths: list[Path]) -> pl.LazyFrame:
        counts["files"] += len(paths)
        counts["rows"] += sum(pl.scan_parquet(p).select(pl.len()).collect().item() for p in paths)
        return scan(self, table, paths)

    monkeypatch.setattr(Published, "_scanned", counted)
    return counts


def wall(history: History, days: int, count: Callable[[], None]) -> None:
    refresher = Refresher(history.published, refresh_seconds=5, now=lambda: history.now)
    refresher.refresh()
    history.go_on(days - 1)
    count()
    refresher.refresh()
    assert refresher.current.failed_since is None
    assert refresher.current.model.edition(None).minutes.height > 13 * (days - 1)


def broadcasts(history: History, days: int, count: Callable[[], None]) -> None:
    refresher = Refresher(history.published, refresh_seconds=5, now=lambda: history.now)
    refresher.refresh()
    model = refresher.current.model
    assert model is not None
    edition = model.edition(None)
    assert edition is not None
    listed = select_broadcasts(list_broadcasts(model.tables, edition), order=Order.NEWEST)
    assert len(listed) == days
    shown = [row.shown for row in listed[:SHOWN]]
    count()
    sparks = refresher.generation_cache.get_or_build(
        "sparks", model, lambda minutes: read_sparks(shown, minutes)
    )
    assert sparks is not None
    assert len(sparks) == SHOWN


def status(history: History, days: int, count: Callable[[], None]) -> None:
    count()
    [told] = status_of(history.published, now=history.now)["editions"]
    assert told["broadcasts"] == days


@pytest.mark.parametrize("page", [wall, broadcasts, status])
def test_twice_the_history_is_not_twice_the_reading(tmp_path, read, page):
    cost = {}
    for days in (DAYS, 2 * DAYS):
        history = History(tmp_path / str(days), days)

        def count() -> None:
            read.update(files=0, rows=0)

        page(history, days, count)
        history.close()
        cost[days] = dict(read)
    once, twice = cost[DAYS], cost[2 * DAYS]
    assert once["files"] > 0
    assert twice["files"] <= once["files"]
    # A row a broadcast is there; of their minutes, which are many more, none is read twice.
    assert twice["rows"] - once["rows"] <= 5 * DAYS
