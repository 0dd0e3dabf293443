"""Stretches that were not seen."""

from datetime import timedelta

import pytest

from storage.model import GapReason
from storage.store import Store
from storage.store.gaps import GapState, PollAnswer, update_gap
from tests.support.ticks import A, at, due, known, miss, opened, rows, seen, tick, told

CLOSED = "SELECT reason, started_at, ended_at, missed_polls FROM gap ORDER BY started_at, ended_at"


def test_a_miss_opens_a_gap_at_the_last_answer(store: Store):
    store.record(tick(seen(A, 0, 1)))
    store.record(tick(misses=[miss(A, 1)]))
    store.record(tick(misses=[miss(A, 2)]))
    state = known(store, A)
    assert (state["gap_started_at"], state["gap_reason"]) == (at(0), "timeout")
    assert (state["gap_missed_polls"], state["missed_polls"]) == (2, 2)
    assert rows(store, CLOSED) == []


def test_a_gap_of_what_was_never_seen_starts_at_the_miss(store: Store):
    store.record(tick(misses=[miss(A, 3)]))
    assert known(store, A)["gap_started_at"] == at(3)


def test_an_answer_closes_the_gap_when_it_was_observed(store: Store):
    store.record(tick(seen(A, 0, 1)))
    store.record(tick(misses=[miss(A, 1)]))
    store.record(tick(seen(A, 2, 5)))
    assert rows(store, CLOSED) == [("timeout", at(0), at(2), 1)]
    state = known(store, A)
    assert (state["gap_started_at"], state["gap_reason"], state["missed_polls"]) == (None, None, 0)


def test_another_reason_is_another_gap(store: Store):
    store.record(tick(seen(A, 0, 1)))
    store.record(tick(misses=[miss(A, 1), miss(A, 2)]))
    store.record(tick(misses=[miss(A, 3, GapReason.QUOTA)]))
    store.record(tick(seen(A, 4, 5)))
    assert rows(store, CLOSED) == [("timeout", at(0), at(3), 2), ("quota", at(3), at(4), 1)]


def test_a_miss_and_an_answer_in_one_tick_are_taken_in_order(store: Store):
    store.record(tick(seen(A, 0, 1)))
    store.record(tick(seen(A, 2, 5), misses=[miss(A, 1)]))
    assert rows(store, CLOSED) == [("timeout", at(0), at(2), 1)]
    store.record(tick(seen(A, 3, 5), misses=[miss(A, 4)]))
    assert known(store, A)["gap_started_at"] == at(3)


def test_a_miss_older_than_the_newest_answer_opens_nothing(store: Store):
    store.record(tick(seen(A, 5, 1)))
    store.record(tick(misses=[miss(A, 4)]))
    assert known(store, A)["gap_started_at"] is None


def test_an_answer_long_after_the_planned_one_leaves_a_gap(store: Store):
    store.record(tick(seen(A, 0, 1), dues=[due(A, 1, 60)]))
    store.record(tick(seen(A, 3, 2), dues=[due(A, 4, 60)]))
    assert rows(store, CLOSED) == []
    store.record(tick(seen(A, 7, 3)))
    assert rows(store, CLOSED) == [("late", at(3), at(7), 0)]


def test_nothing_planned_means_nothing_is_late(store: Store):
    store.record(tick(seen(A, 0, 1)))
    store.record(tick(seen(A, 600, 2)))
    assert rows(store, CLOSED) == []


def test_what_passed_while_nobody_watched_is_the_collectors_gap(path, store: Store):
    store.record(tick(seen(A, 0, 1), dues=[due(A, 1, 60)]))
    store.close()
    store = opened(path, at=at(30))
    store.record(tick(seen(A, 31, 2)))
    assert rows(store, CLOSED) == [("collector_down", at(0), at(31), 0)]
    store.close()


def test_an_open_gap_survives_a_restart(path, store: Store):
    store.record(tick(seen(A, 0, 1)))
    store.record(tick(misses=[miss(A, 1), miss(A, 2, GapReason.AUTH)]))
    store.close()
    store = opened(path, at=at(30))
    state = known(store, A)
    assert (state["gap_started_at"], state["gap_reason"]) == (at(2), "auth")
    assert (state["gap_missed_polls"], state["missed_polls"]) == (1, 2)
    store.record(tick(seen(A, 31, 2)))
    assert rows(store, CLOSED)[-1] == ("auth", at(2), at(31), 1)
    store.close()


def test_a_thousand_broadcasts_may_be_missed_and_return_together(empty_store: Store):
    from tests.support.builders import broadcast  # noqa: PLC0415 - only here

    many = [broadcast(f"V{number}") for number in range(1000)]
    empty_store.record(told(*many))
    empty_store.record(tick(misses=[miss(one.key, 1) for one in many]))
    assert sum(tracked.missed_polls for tracked in empty_store.tracked()) == 1000
    empty_store.record(tick(*(seen(one.key, 2, 1) for one in many)))
    assert rows(empty_store, "SELECT count(*), sum(missed_polls)::INT FROM gap") == [(1000, 1000)]


@pytest.mark.parametrize(("seconds", "late"), [(180, False), (181, True)])
def test_three_intervals_are_still_in_time(seconds, late):
    watch = GapState(observed_at=at(0), interval_seconds=60)
    answer = PollAnswer(at=at(0) + timedelta(seconds=seconds), reason=None)
    _, closed = update_gap(watch, [answer], opened_at=at(-1))
    assert bool(closed) is late


def test_a_gap_never_ends_before_it_starts():
    watch, _ = update_gap(
        GapState(observed_at=None, interval_seconds=None),
        [PollAnswer(at=at(5), reason="timeout")],
        opened_at=at(0),
    )
    _, closed = update_gap(watch, [PollAnswer(at=at(4), reason=None)], opened_at=at(0))
    assert (closed[0].started_at, closed[0].ended_at) == (at(5), at(5))
