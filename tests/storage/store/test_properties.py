"""What must hold however snapshots come: cut into any ticks, in any order, twice."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.definitions import load
from storage.store import Store, fold, frames
from storage.store.gaps import GapState, PollAnswer, update_gap
from tests.support.builders import NOON
from tests.support.ticks import A, B, at, opened, seen, tick, told

DEFINITIONS = load()
COUNTED = pl.DataFrame(
    {"broadcast": [A, B], "platform": ["youtube"] * 2, "edition": ["one", None]},
    schema=frames.COUNTED,
)
EMPTY = fold.entered_state(pl.DataFrame(schema=frames.STATE), COUNTED)
count = st.none() | st.integers(min_value=0, max_value=40)
snapshots = st.builds(
    seen,
    st.sampled_from([A, B]),
    st.integers(min_value=0, max_value=12).map(lambda step: step / 2),
    views=count,
    concurrent_viewers=count,
    likes=count,
)
#: Equal instants give equal counts: a poll has one answer.
sights = st.lists(snapshots, max_size=14, unique_by=lambda one: (one.broadcast, one.observed_at))


class Kept:
    """All that the file would hold, folded tick by tick in memory."""

    def __init__(self):
        self.state = EMPTY
        self.snapshots = fold.NO_HISTORY
        self.growth = Counter()
        self.corrections = set()

    def take(self, seen_now):
        rows = frames.snapshots([(1, one) for one in seen_now])
        placed = fold.join_snapshots(self.state, rows, DEFINITIONS)
        behind = placed.late_broadcasts
        folded = fold.apply_tick(
            self.state,
            placed,
            self.snapshots.filter(pl.col("broadcast").is_in(behind)),
            misses=frames.misses([]),
            opened_at=NOON,
        )
        late = [folded.snapshots] if folded.snapshots.height else []
        self.snapshots = pl.concat(
            [self.snapshots, placed.fresh.select(fold.STORED_COLUMNS), *late]
        )
        for minute, edition, _, delta in folded.deltas.select(
            "minute", "edition", "platform", "views_delta"
        ).rows():
            self.growth[minute, edition] += delta
        self.corrections = {row for row in self.corrections if row[0] not in behind} | set(
            folded.corrections.select(
                "broadcast", "metric", "observed_at", "before", "after"
            ).rows()
        )
        self.state = fold.state_after(self.state, folded, frames.dues([]))
        assert self.state["broadcast"].is_sorted()
        return self

    def picture(self):
        growth = {key: delta for key, delta in self.growth.items() if delta}
        return self.state.rows(), growth, self.corrections, sorted(self.snapshots.rows(), key=str)


def recounted(all_seen):
    """Growth, corrections and newest views by hand."""
    growth, corrections, newest = Counter(), set(), {}
    for key, edition in ((A, "one"), (B, None)):
        mine = sorted(
            (one for one in all_seen if one.broadcast == key), key=lambda one: one.observed_at
        )
        for metric in ("views", "likes"):
            told_ones = [one for one in mine if getattr(one, metric) is not None]
            for before, after in pairwise(told_ones):
                was, now = getattr(before, metric), getattr(after, metric)
                if now < was:
                    corrections.add((key, metric, after.observed_at, was, now))
        last = 0
        for one in mine:
            if one.views is not None:
                growth[one.observed_at.replace(second=0), edition] += one.views - last
                last = newest[key] = one.views
    return {key: delta for key, delta in growth.items() if delta}, corrections, newest


@given(sights, st.data())
@settings(deadline=None, max_examples=60)
def test_any_split_into_ticks_in_any_order_comes_to_the_same(all_seen, draw):
    at_once = Kept().take(all_seen)
    order = draw.draw(st.permutations(all_seen))
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(order)), max_size=4)))
    in_parts = Kept()
    for start, end in pairwise([0, *cuts, len(order)]):
        in_parts.take(order[start:end])
    assert in_parts.picture() == at_once.picture()


@given(sights, st.data())
@settings(deadline=None, max_examples=40)
def test_what_is_taken_again_changes_nothing(all_seen, draw):
    once = Kept().take(all_seen)
    before = once.picture()
    again = draw.draw(st.lists(st.sampled_from(all_seen), max_size=5)) if all_seen else []
    assert once.take(again).take(all_seen).picture() == before


@given(sights)
@settings(deadline=None, max_examples=60)
def test_growth_falls_and_sums_are_those_counted_by_hand(all_seen):
    kept = Kept()
    for one in reversed(all_seen):
        kept.take([one])
    growth, corrections, newest = recounted(all_seen)
    _, kept_growth, kept_corrections, _ = kept.picture()
    assert kept_growth == growth
    assert kept_corrections == corrections, "a fall is never hidden, none is invented"
    assert sum(kept.growth.values()) == sum(newest.values())
    peaks = kept.state.filter(pl.col("peak_concurrent_viewers").is_not_null())
    for key, peak, peak_at in peaks.select(
        "broadcast", "peak_concurrent_viewers", "peak_at"
    ).rows():
        viewers = {
            one.observed_at: one.concurrent_viewers
            for one in all_seen
            if one.broadcast == key and one.concurrent_viewers is not None
        }
        assert peak == max(viewers.values())
        assert peak_at == min(when for when, number in viewers.items() if number == peak)


@given(st.lists(sights, max_size=4))
@settings(deadline=None, max_examples=8)
def test_the_file_agrees_with_a_recount_and_with_its_replay(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("store") / "store.duckdb"
    store = opened(path)
    store.record(told())
    for part in parts:
        store.record(tick(*part))
    assert store.verify() == []
    state = in_memory(store)
    store.close()
    store = opened(path)
    assert in_memory(store) == state
    store.rebuild_rollups()
    assert in_memory(store) == state
    assert store.verify() == []
    store.close()


def in_memory(store: Store):
    with store.reading() as (_, memory):
        return memory.state.sort("broadcast").rows()


answers = st.lists(
    st.builds(
        PollAnswer,
        at=st.integers(0, 50).map(at),
        reason=st.none() | st.sampled_from(["timeout", "quota"]),
    ),
    max_size=12,
)


@given(answers)
@settings(deadline=None)
def test_gaps_lie_one_after_another_and_miss_every_missed_poll(taken):
    taken.sort(key=lambda answer: (answer.at, answer.reason is None))
    watch, closed = update_gap(
        GapState(observed_at=None, interval_seconds=None), taken, opened_at=NOON
    )
    for before, after in pairwise(closed):
        assert before.started_at <= before.ended_at <= after.started_at
    counted = sum(gap.missed_polls for gap in closed) + watch.gap_missed_polls
    seen_at = [answer.at for answer in taken if answer.reason is None]
    newest = max(seen_at, default=NOON - timedelta(days=1))
    missed = [answer for answer in taken if answer.reason is not None]
    told_too_late = [
        answer for answer in missed if any(one == answer.at for one in seen_at if one <= newest)
    ]
    assert len(missed) - len(told_too_late) <= counted <= len(missed)
