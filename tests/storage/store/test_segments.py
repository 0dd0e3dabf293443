"""Stretches seen on the air, however the answers come."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.model import Status
from storage.store import Store, frames, segments
from tests.support.ticks import A, B, at, opened, rows, seen, tick

ALL = "SELECT broadcast, started_at, ended_at FROM segment ORDER BY ALL"
LIVE, ENDED, UNKNOWN = Status.LIVE, Status.ENDED, Status.UNKNOWN
NOTHING = frames.snapshots([])


def answers(store: Store, *told: tuple[float, Status]) -> None:
    store.record(tick(*(seen(A, minutes, status=status) for minutes, status in told)))


@pytest.mark.fault(row=11)
def test_a_drop_and_a_return_are_two_segments(store: Store):
    for minute, status in enumerate([LIVE, LIVE, ENDED, ENDED, LIVE]):
        answers(store, (minute, status))
    assert rows(store, ALL) == [(A, at(0), at(2)), (A, at(4), None)]
    assert store.verify() == []


def test_all_of_it_in_one_tick_is_the_same(store: Store):
    answers(store, (0, LIVE), (1, LIVE), (2, ENDED), (3, ENDED), (4, LIVE))
    assert rows(store, ALL) == [(A, at(0), at(2)), (A, at(4), None)]


def test_an_answer_without_a_state_ends_nothing(store: Store):
    answers(store, (0, LIVE))
    answers(store, (1, UNKNOWN))
    answers(store, (2, LIVE))
    assert rows(store, ALL) == [(A, at(0), None)]


def test_a_late_answer_parts_what_seemed_one(store: Store):
    answers(store, (0, LIVE))
    answers(store, (9, LIVE))
    answers(store, (4, ENDED))
    assert rows(store, ALL) == [(A, at(0), at(4)), (A, at(9), None)]
    assert store.verify() == []


def test_it_stands_after_a_restart_and_a_quiet_tick_writes_nothing(store: Store, path):
    answers(store, (0, LIVE))
    store.close()
    again = opened(path)
    with again.reading() as (_, memory):
        before = memory.segments
    again.record(tick(seen(A, 1), seen(B, 1, status=ENDED)))
    with again.reading() as (_, memory):
        assert memory.segments is before
    answers(again, (2, ENDED))
    assert rows(again, ALL) == [(A, at(0), at(2))]
    again.close()


@pytest.mark.parametrize(
    "damage", ["UPDATE segment SET ended_at = started_at", "DELETE FROM segment"]
)
def test_verify_sees_a_wrong_segment_and_a_recount_mends_it(store: Store, damage: str):
    answers(store, (0, LIVE), (2, ENDED))
    with store.reading() as (database, _):
        database.execute(damage)
    [finding] = store.verify()
    assert finding.startswith("segments: ")
    store.rebuild_rollups()
    assert store.verify() == []
    assert rows(store, ALL) == [(A, at(0), at(2))]


told = st.lists(
    st.tuples(
        st.sampled_from([A, B]),
        st.integers(0, 15),
        st.sampled_from([LIVE, ENDED, UNKNOWN, Status.UPCOMING]),
    ),
    max_size=16,
    unique_by=lambda one: one[:2],
)


@given(told, st.data())
@settings(deadline=None, max_examples=80)
def test_any_split_into_ticks_gives_what_is_counted_by_hand(all_told, draw):
    by_hand = []
    for key in (A, B):
        on_air = None
        for _, minute, status in sorted(one for one in all_told if one[0] == key):
            if status is LIVE and on_air is None:
                on_air = minute
            elif status not in (LIVE, UNKNOWN) and on_air is not None:
                by_hand.append((key, at(on_air), at(minute)))
                on_air = None
        if on_air is not None:
            by_hand.append((key, at(on_air), None))
    order = draw.draw(st.permutations(all_told))
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(order)), max_size=4)))
    known = segments.trace_segments(NOTHING)
    kept = NOTHING
    for start, end in pairwise([0, *cuts, len(order)]):
        new = frames.snapshots(
            [(1, seen(key, minute, status=status)) for key, minute, status in order[start:end]]
        )
        newest = kept.group_by("broadcast").agg(newest=pl.col("observed_at").max())
        beside = new.join(newest, on="broadcast", how="left")
        behind = beside.filter(pl.col("observed_at") < pl.col("newest"))["broadcast"]
        is_late = pl.col("broadcast").is_in(behind.implode())
        fresh = new.filter(~is_late)
        was_live = segments.on_air(fresh["broadcast"], known)
        known, _ = segments.update_segments(
            known, fresh, was_live, new.filter(is_late), kept.filter(is_late)
        )
        kept = kept.vstack(new)
    assert sorted(known.rows(), key=str) == sorted(by_hand, key=str)
