"""A broadcast that turns out to belong to another edition, or to none."""

from dataclasses import replace

from storage.model import Status
from storage.store import Store
from tests.support.builders import broadcast
from tests.support.ticks import A, at, rows, seen, tick, told

BY_EDITION = (
    "SELECT edition, sum(views_delta)::BIGINT FROM views_delta GROUP BY edition ORDER BY edition"
)


def test_growth_moves_with_its_broadcast(store: Store):
    store.record(tick(seen(A, 0, 100), seen("youtube:B", 0, 7)))
    store.record(tick(seen(A, 1, 150)))
    store.record(told(broadcast("A", edition="another")))
    assert rows(store, BY_EDITION) == [("another", 150), ("test-2026", 7)]
    assert store.verify() == []


def test_growth_moves_in_the_tick_that_also_sees_more(store: Store):
    store.record(tick(seen(A, 0, 100)))
    moved = told(broadcast("A", edition=None))
    store.record(replace(moved, snapshots=tick(seen(A, 1, 130), seen(A, -1, 20)).snapshots))
    assert rows(store, BY_EDITION) == [("test-2026", 0), (None, 130)]
    assert store.verify() == []


def test_an_upload_counts_for_no_edition(store: Store):
    store.record(tick(seen(A, 0, 100)))
    store.record(told(broadcast("A", status=Status.UPLOAD)))
    assert rows(store, BY_EDITION) == [("test-2026", 0), (None, 100)]
    store.record(tick(seen(A, 1, 130)))
    assert rows(store, BY_EDITION) == [("test-2026", 0), (None, 130)]
    assert store.verify() == []


def test_every_day_it_was_seen_on_is_published_anew(store: Store):
    day = 24 * 60
    store.record(tick(seen(A, 0, 1), seen(A, day, 1), seen("youtube:B", 2 * day, 5)))
    before = store.tick()
    store.record(told(broadcast("A", edition="another")))
    with store.reading() as (database, _):
        touched = database.ask("touched_hours", tick=before)["hour"].dt.date()
    assert touched.unique().sort().to_list() == [at(0).date(), at(day).date()]


def test_a_title_alone_moves_nothing(store: Store):
    store.record(tick(seen(A, 0, 100)))
    before = rows(store, "SELECT * FROM views_delta")
    store.record(told(broadcast("A", title="another")))
    assert rows(store, "SELECT * FROM views_delta") == before
