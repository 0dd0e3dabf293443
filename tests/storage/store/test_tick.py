"""What a tick leaves in the file and in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.model import SetAside, Status
from storage.store import Store
from tests.support.builders import broadcast
from tests.support.ticks import (
    A,
    B,
    at,
    due,
    growth,
    known,
    miss,
    opened,
    poll,
    rows,
    seen,
    tick,
    told,
)

COUNTS = "SELECT views, concurrent_viewers, likes, comments, shares FROM snapshot ORDER BY ALL"


def test_none_zero_and_absence_stay_three_things(store: Store):
    store.record(tick(seen(A, 0, views=0, concurrent_viewers=None, likes=0)))
    assert rows(store, COUNTS) == [(0, None, 0, None, None)]
    assert (known(store, A)["views"], known(store, A)["likes"]) == (0, 0)
    assert known(store, A)["concurrent_viewers"] is None
    assert known(store, B)["observed_at"] is None


def test_a_tick_recorded_twice_is_recorded_once(store: Store):
    again = tick(seen(A, 0, 10), seen(A, 1, 15), seen(B, 1, 7))
    store.record(again)
    store.record(again)
    assert len(rows(store, "SELECT 1 FROM snapshot")) == 3
    assert growth(store) == {0: 10, 1: 12}
    assert store.verify() == []


def test_equal_instants_in_one_tick_are_recorded_once(store: Store):
    store.record(tick(seen(A, 0, 10), seen(A, 0, 11), seen(A, 0, 10)))
    assert rows(store, "SELECT views FROM snapshot") == [(10,)]


def test_several_snapshots_come_in_any_order(store: Store):
    store.record(tick(seen(A, 3, 30), seen(A, 1, 10), seen(B, 2, 5), seen(A, 2, 20)))
    assert growth(store) == {1: 10, 2: 15, 3: 10}
    assert known(store, A)["views"] == 30
    assert store.verify() == []


@pytest.mark.fault(row=9)
def test_a_fall_is_a_correction_and_a_negative_growth(store: Store):
    store.record(tick(seen(A, 0, 100, likes=9, comments=5, shares=3)))
    store.record(tick(seen(A, 1, 90, likes=8, comments=4, shares=2)))
    assert growth(store) == {0: 100, 1: -10}
    found = rows(store, "SELECT metric, before, after FROM correction ORDER BY metric")
    assert found == [("comments", 5, 4), ("likes", 9, 8), ("shares", 3, 2), ("views", 100, 90)]


def test_a_fall_past_a_hidden_count_is_not_hidden(store: Store):
    store.record(tick(seen(A, 0, 100, likes=9)))
    store.record(tick(seen(A, 1, None, likes=None)))
    store.record(tick(seen(A, 2, 80, likes=7)))
    found = rows(store, "SELECT metric, before, after FROM correction ORDER BY metric")
    assert found == [("likes", 9, 7), ("views", 100, 80)]


def test_a_gauge_is_never_differenced_and_its_peak_is_kept(store: Store):
    store.record(tick(seen(A, 0, concurrent_viewers=50)))
    store.record(tick(seen(A, 1, concurrent_viewers=90), seen(A, 2, concurrent_viewers=90)))
    store.record(tick(seen(A, 3, concurrent_viewers=10)))
    assert rows(store, "SELECT 1 FROM correction") == []
    assert growth(store) == {}
    assert (known(store, A)["concurrent_viewers"], known(store, A)["peak_concurrent_viewers"]) == (
        10,
        90,
    )
    assert known(store, A)["peak_at"] == at(1)


def test_hidden_views_stay_in_the_sum_with_their_own_time(store: Store):
    store.record(tick(seen(A, 0, 100, likes=3)))
    store.record(tick(seen(A, 5, None, concurrent_viewers=8)))
    state = known(store, A)
    assert (state["views"], state["views_at"], state["observed_at"]) == (100, at(0), at(5))
    assert state["likes"] is None
    assert sum(growth(store).values()) == 100


def test_the_definition_in_force_is_kept_with_each_snapshot(store: Store):
    before_the_change, after_it = seen(A, 0, 1), seen(A, 60 * 24 * 120, 2)
    feed = replace(after_it, broadcast=B, source="rss")
    store.record(tick(before_the_change, after_it, feed))
    found = rows(store, "SELECT definition FROM snapshot ORDER BY observed_at, source")
    assert found == [("youtube@2005-04-23",), ("youtube.rss@2026-08-24",), ("youtube@2026-08-24",)]


@pytest.mark.fault(row=24)
def test_a_title_is_cut_and_cleaned_and_stays_text(empty_store: Store):
    hostile = "\0<script>\N{RIGHT-TO-LEFT OVERRIDE}\ud800" + "x" * 1_000_000
    empty_store.record(told(broadcast("A", title=hostile)))
    title = empty_store.tracked()[0].broadcast.title
    assert title.startswith("<script>\N{RIGHT-TO-LEFT OVERRIDE}?xxx")
    assert len(title) <= 1000
    assert rows(empty_store, "SELECT title FROM broadcast") == [(title,)]


def test_a_body_set_aside_is_cut_to_two_kilobytes_of_valid_text(store: Store):
    aside = SetAside(
        poll_id=1,
        platform="youtube",
        broadcast=None,
        at=at(0),
        reason="not JSON",
        body="é\0" * 5_000,
    )
    store.record(tick(set_aside=[aside]))
    (body,) = rows(store, "SELECT body FROM set_aside")[0]
    assert len(body.encode()) <= 2_000
    assert set(body) == {"é"}


@pytest.mark.fault(row=24)
def test_a_lone_surrogate_in_an_answer_does_not_cost_the_tick(store: Store):
    store.record(tick(seen(A, 0, 5), polls=[poll(1, 0, error="bad \ud83d text")]))
    assert rows(store, "SELECT error FROM poll") == [("bad ? text",)]


@pytest.mark.parametrize(
    "strange",
    [
        tick(seen("youtube:X", 0, 1)),
        tick(misses=[miss("youtube:X", 0)]),
        tick(dues=[due("youtube:X", 1)]),
    ],
)
def test_what_speaks_of_an_unknown_broadcast_is_refused_whole(store: Store, strange):
    with pytest.raises(ValueError, match="youtube:X"):
        store.record(replace(strange, polls=(poll(1, 0),)))
    assert rows(store, "SELECT 1 FROM poll") == []
    store.record(tick(seen(A, 0, 1)))
    assert store.verify() == []


def test_a_store_that_knows_no_broadcast_keeps_polls_and_refuses_snapshots(empty_store: Store):
    empty_store.record(tick(polls=[poll(1, 0, outcome="timeout")]))
    assert rows(empty_store, "SELECT outcome FROM poll") == [("timeout",)]
    with pytest.raises(ValueError, match="youtube:A"):
        empty_store.record(tick(seen(A, 0, 1)))
    empty_store.record(told(broadcast("A")))
    empty_store.record(tick(seen(A, 0, 1)))
    assert empty_store.verify() == []


@pytest.mark.parametrize("name", ["0", "Z", "Z\u00e9", "\u0645"])
def test_a_broadcast_is_found_wherever_its_key_sorts(store: Store, name):
    store.record(told(broadcast(name), broadcast("z", platform="icecast")))
    store.record(tick(seen(f"youtube:{name}", 0, 4), seen(B, 0, 2), seen("icecast:z", 0, 1)))
    assert known(store, f"youtube:{name}")["views"] == 4
    assert known(store, B)["views"] == 2
    assert known(store, "icecast:z")["views"] == 1
    assert store.verify() == []


def test_a_restart_resumes_where_it_was(path, store: Store):
    store.record(tick(seen(A, 0, 10), misses=[miss(B, 0)], dues=[due(A, 1), due(B, 2, 120)]))
    store.record(tick(misses=[miss(B, 2)], dues=[due(B, 4, 120)], polls=[poll(7, 2)]))
    before = store.tracked()
    store.close()
    store = opened(path)
    assert sorted(store.tracked(), key=str) == sorted(before, key=str)
    by_key = {tracked.broadcast.key: tracked for tracked in store.tracked()}
    assert (by_key[B].missed_polls, by_key[B].interval_seconds, by_key[B].next_due_at) == (
        2,
        120,
        at(4),
    )
    assert by_key[A].observed_at == at(0)
    assert store.next_poll_id() == 8
    assert store.next_poll_id() == 9
    store.close()


def test_the_state_kept_now_and_then_is_the_state_replayed(path, store: Store, monkeypatch):
    monkeypatch.setattr("storage.store.tick.KEEP_AFTER_ROWS", 7)
    for minute in range(20):
        store.record(
            tick(seen(A, minute, minute), misses=[miss(B, minute)], dues=[due(A, minute + 1)])
        )
    before = sorted(store.tracked(), key=str)
    assert len(rows(store, "SELECT 1 FROM due")) < 7
    assert store.verify() == []
    store.close()
    store = opened(path)
    assert sorted(store.tracked(), key=str) == before
    assert store.verify() == []
    store.close()


def test_a_changed_broadcast_replaces_what_was_known(store: Store):
    ended = broadcast("A", status=Status.ENDED, ended_at=at(9))
    store.record(told(ended))
    store.record(told(ended))
    assert [tracked.broadcast for tracked in store.tracked() if tracked.broadcast.key == A] == [
        ended
    ]
    assert len(rows(store, "SELECT 1 FROM broadcast")) == 3


def test_a_tick_that_leaves_nothing_keeps_its_number(store: Store):
    before = store.tick()
    store.record(tick())
    store.record(tick(seen(A, 0, 1)))
    store.record(tick(seen(A, 0, 1)))
    assert store.tick() == before + 1


def test_a_naive_time_is_refused(store: Store):
    naive = replace(seen(A, 0, 1), observed_at=at(0).replace(tzinfo=None))
    with pytest.raises(TypeError):
        store.record(tick(naive))


def test_microseconds_and_zones_are_kept(store: Store):
    precise = at(0) + timedelta(microseconds=123_457)
    store.record(tick(replace(seen(A, 0, 1), observed_at=precise)))
    assert rows(store, "SELECT observed_at FROM snapshot")[0][0] == precise
    assert known(store, A)["observed_at"] == precise


def test_many_broadcasts_of_no_playlist_are_written_without_a_word(store: Store, capfd):
    many = tuple(broadcast(f"MANY{number:08d}") for number in range(50))
    store.record(replace(tick(), broadcasts=many))
    unlisted = rows(store, "SELECT count(*) FROM broadcast WHERE playlists = []")
    assert unlisted == rows(store, "SELECT count(*) FROM broadcast") != [(0,)]
    assert "aligned" not in capfd.readouterr().err
