"""Who is due, who rides along, and in how few calls."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.scheduling.batching import batch_broadcasts
from collector.scheduling.due_queue import DueQueue, QueueEntry
from storage.model import Tracked
from tests.support.builders import broadcast

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)


def entry(name, due_in, interval=60.0):
    due_at = None if due_in is None else NOW + timedelta(seconds=due_in)
    return QueueEntry(broadcast=broadcast(name), next_due_at=due_at, interval_seconds=interval)


def roster(*entries):
    ready = DueQueue((), NOW)
    for one in entries:
        ready.put(one)
    return ready


def names(entries):
    return [one.broadcast.native_id for one in entries]


def same_group(one, now):
    return "all"


def test_the_longest_overdue_comes_first_and_only_once():
    ready = roster(entry("a", -5), entry("b", -50), entry("c", 5), entry("d", None))
    assert names(ready.take_due(NOW)) == ["b", "a"]
    assert ready.take_due(NOW) == []
    assert ready.next_due_at() == NOW + timedelta(seconds=5)


def test_a_new_due_time_supersedes_the_old_one():
    one = entry("a", -5)
    ready = roster(one)
    one.next_due_at = NOW + timedelta(seconds=60)
    ready.put(one)
    assert ready.take_due(NOW) == []
    assert names(ready.take_due(NOW + timedelta(seconds=60))) == ["a"]


def test_a_restart_resumes_due_times_and_what_was_never_scheduled_is_due_at_once():
    known = {"observed_at": None, "missed_polls": 0}
    later = NOW + timedelta(hours=1)
    ready = DueQueue(
        [
            Tracked(broadcast=broadcast("a"), next_due_at=later, interval_seconds=60.0, **known),
            Tracked(broadcast=broadcast("b"), next_due_at=None, interval_seconds=None, **known),
            Tracked(broadcast=broadcast("c"), next_due_at=None, interval_seconds=0.0, **known),
        ],
        NOW,
    )
    assert names(ready.take_due(NOW)) == ["b"]
    assert names(ready.take_due(later)) == ["a"]
    assert ready.next_due_at() is None


def test_free_places_go_to_the_ripest_and_the_unripe_stay():
    ready = roster(entry("due", -1), entry("ripe", 10), entry("riper", 5), entry("unripe", 50))
    due = ready.take_due(NOW)
    [batch] = batch_broadcasts(due, ready.ripest(NOW), size=50, group=same_group, now=NOW)
    assert names(batch) == ["due", "riper", "ripe"]


def test_a_full_call_takes_no_passenger():
    due = [entry("a", -1), entry("b", -1)]
    batches = batch_broadcasts(due, [entry("c", 1)], size=2, group=same_group, now=NOW)
    assert [names(batch) for batch in batches] == [["a", "b"]]


def test_groups_never_share_a_call():
    due = [entry("a", -1), entry("b", -1)]
    ripe = [entry("c", 1)]
    batches = batch_broadcasts(due, ripe, size=50, group=lambda one, now: one.native_id, now=NOW)
    assert [names(batch) for batch in batches] == [["a"], ["b"]]


@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 50))
def test_the_number_of_calls_is_the_smallest_possible(count, size, waiting):
    due = [entry(f"due{number}", -1) for number in range(count)]
    ripe = [entry(f"ripe{number}", 1) for number in range(waiting)]
    batches = batch_broadcasts(due, ripe, size=size, group=same_group, now=NOW)
    assert len(batches) == -(-count // size)
    assert all(len(batch) <= size for batch in batches)
    everyone = [name for batch in batches for name in names(batch)]
    assert len(everyone) == len(set(everyone))
    assert set(names(due)) <= set(everyone)
