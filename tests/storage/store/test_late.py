"""Answers that arrive after newer ones."""

from storage.store import Store
from tests.support.ticks import A, at, growth, known, miss, opened, rows, seen, tick


def test_a_late_row_moves_growth_to_its_minute_and_no_total(store: Store):
    store.record(tick(seen(A, 0, 100)))
    store.record(tick(seen(A, 10, 300)))
    store.record(tick(seen(A, 4, 250)))
    assert growth(store) == {0: 100, 4: 150, 10: 50}
    newest = (
        "SELECT minute, views_delta FROM views_delta WHERE tick = (SELECT max(tick) FROM snapshot)"
    )
    late = sorted(rows(store, newest))
    assert late == [(at(4), 150), (at(10), -150)]
    assert store.verify() == []


def test_a_late_row_leaves_newer_state_alone(store: Store):
    store.record(tick(seen(A, 10, 300, likes=5, concurrent_viewers=7)))
    before = known(store, A)
    store.record(tick(seen(A, 4, 250, likes=4, concurrent_viewers=6)))
    assert known(store, A) == before
    assert growth(store) == {4: 250, 10: 50}


def test_a_late_row_may_be_the_peak(store: Store):
    store.record(tick(seen(A, 10, concurrent_viewers=50)))
    store.record(tick(seen(A, 4, concurrent_viewers=900)))
    state = known(store, A)
    assert (state["peak_concurrent_viewers"], state["peak_at"]) == (900, at(4))
    assert state["concurrent_viewers"] == 50


def test_a_late_row_may_be_the_last_to_tell_views(store: Store):
    store.record(tick(seen(A, 0, 100)))
    store.record(tick(seen(A, 10, None)))
    store.record(tick(seen(A, 4, 120)))
    state = known(store, A)
    assert (state["views"], state["views_at"], state["observed_at"]) == (120, at(4), at(10))
    assert sum(growth(store).values()) == 120


def test_a_late_row_can_show_a_fall_and_undo_one(store: Store):
    store.record(tick(seen(A, 0, 100)))
    store.record(tick(seen(A, 10, 90)))
    store.record(tick(seen(A, 4, 200)))
    found = rows(store, "SELECT observed_at, before, after FROM correction ORDER BY 1")
    assert found == [(at(10), 200, 90)]
    store.record(tick(seen(A, 2, 50)))
    found = rows(store, "SELECT observed_at, before, after FROM correction ORDER BY 1")
    assert found == [(at(2), 100, 50), (at(10), 200, 90)]
    assert store.verify() == []


def test_late_and_new_rows_of_a_broadcast_may_share_a_tick(store: Store):
    store.record(tick(seen(A, 10, 100)))
    store.record(tick(seen(A, 20, 300), seen(A, 5, 40), seen(A, 10, 100)))
    assert growth(store) == {5: 40, 10: 60, 20: 200}
    assert known(store, A)["observed_at"] == at(20)
    assert store.verify() == []


def test_a_late_row_of_another_day_is_counted_on_both(path, store: Store):
    day = 24 * 60
    store.record(tick(seen(A, 0, 100)))
    store.record(tick(seen(A, 2 * day, 300)))
    store.record(tick(seen(A, day, 200)))
    assert growth(store) == {0: 100, day: 100, 2 * day: 100}
    with store.reading() as (database, _):
        touched = database.ask("touched_hours", tick=store.tick() - 1)["hour"].to_list()
    assert touched == [at(day), at(2 * day)]


def test_late_rows_survive_a_restart(path, store: Store):
    store.record(tick(seen(A, 10, 100), misses=[miss("youtube:B", 3)]))
    store.record(tick(seen(A, 5, 400, concurrent_viewers=3)))
    before = known(store, A)
    store.close()
    store = opened(path)
    assert known(store, A) == before
    assert store.verify() == []
    store.close()
