"""What one poll means for each broadcast that was asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.contract.errors import (
    AuthFailed,
    QuotaExceeded,
    RateLimited,
    Unavailable,
    Unreadable,
)
from collector.contract.readings import Readings
from collector.jobs.poll_outcome import PollAttempt, answered_outcome, failed_outcome
from collector.jobs.source_health import SourceHealth
from collector.scheduling.due_queue import QueueEntry
from storage.model import GapReason, Poll, Status
from tests.support.builders import broadcast, snapshot

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)


def attempt(*entries):
    poll = Poll(
        poll_id=7,
        platform="youtube",
        purpose="poll",
        source="videos",
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=1),
        asked=len(entries),
        answered=0,
        requests=1,
        outcome="ok",
        error=None,
    )
    return PollAttempt(poll=poll, entries=entries)


def entry(name="a", absences=0, **facts):
    one = broadcast(name, **facts)
    return QueueEntry(broadcast=one, next_due_at=None, interval_seconds=60.0, absences=absences)


def reasons(outcome):
    return {miss.broadcast: miss.reason for miss in outcome.misses}


def test_everyone_asked_for_is_accounted_for():
    seen = snapshot("youtube:a", NOW, views=1)
    readings = Readings(
        snapshots=(seen,),
        missing=("youtube:b",),
        unreadable=(Unreadable("youtube", "bad", native_id="c", body="x"),),
    )
    outcome = answered_outcome(attempt(entry("a"), entry("b"), entry("c"), entry("d")), readings)
    assert outcome.snapshots == ((7, seen),)
    assert reasons(outcome) == {
        "youtube:b": GapReason.MISSING,
        "youtube:c": GapReason.BAD_PAYLOAD,
        "youtube:d": GapReason.MISSING,
    }
    assert outcome.set_aside[0].broadcast == "youtube:c"
    assert (outcome.poll.asked, outcome.poll.answered) == (4, 1)


def test_each_broadcast_that_failed_has_a_gap_of_its_own_reason_and_what_pauses_is_the_polls():
    slow = Unavailable("youtube", "slow", reason=GapReason.TIMEOUT)
    wait = RateLimited("youtube", "wait", retry_after_seconds=9)
    readings = Readings(
        snapshots=(snapshot("youtube:a", NOW, views=1),),
        unreadable=(Unreadable("youtube", "bad", native_id="d", body="x"),),
        failures={"youtube:b": slow, "youtube:c": wait},
    )
    outcome = answered_outcome(attempt(*map(entry, "abcd")), readings)
    assert reasons(outcome) == {
        "youtube:b": GapReason.TIMEOUT,
        "youtube:c": GapReason.RATE_LIMITED,
        "youtube:d": GapReason.BAD_PAYLOAD,
    }
    assert (outcome.poll.outcome, outcome.poll.error) == ("rate_limited", "wait; slow; bad")
    assert [aside.broadcast for aside in outcome.set_aside] == ["youtube:d"]
    assert not outcome.failed


def test_absent_once_is_missing_and_absent_twice_is_gone():
    once = answered_outcome(attempt(entry(absences=0)), Readings(missing=("youtube:a",)))
    twice = answered_outcome(attempt(entry(absences=1)), Readings(missing=("youtube:a",)))
    assert once.broadcasts == ()
    assert [one.status for one in twice.broadcasts] == [Status.GONE]
    assert twice.broadcasts[0].ended_at == NOW + timedelta(seconds=1)


def test_what_fell_off_a_list_of_the_newest_is_never_called_gone():
    outcome = answered_outcome(attempt(entry(absences=5)), Readings(unlisted=("youtube:a",)))
    assert outcome.broadcasts == ()
    assert reasons(outcome) == {"youtube:a": GapReason.MISSING}


def test_what_an_unreadable_item_may_have_been_is_unread_and_not_missing():
    odd = Unreadable("youtube", "item without id")
    readings = Readings(unlisted=("youtube:a",), unreadable=(odd,))
    outcome = answered_outcome(attempt(entry("a"), entry("b")), readings)
    assert set(reasons(outcome).values()) == {GapReason.BAD_PAYLOAD}


def test_an_end_without_its_time_is_believed_at_the_second_answer_and_was_at_the_first():
    said = Readings(broadcasts=(broadcast("a", status=Status.ENDED),))
    first = answered_outcome(attempt(entry(status=Status.LIVE)), said)
    assert [one.status for one in first.broadcasts] == [Status.LIVE]
    assert first.ending == {"youtube:a"}
    seen_at = NOW - timedelta(minutes=1)
    waiting = entry(status=Status.LIVE)
    waiting.end_seen_at = seen_at
    second = answered_outcome(attempt(waiting), said)
    assert [(one.status, one.ended_at) for one in second.broadcasts] == [(Status.ENDED, seen_at)]
    assert second.ending == frozenset()


def test_an_end_whose_time_the_platform_tells_is_believed_at_once():
    ended = broadcast("a", status=Status.ENDED, ended_at=NOW - timedelta(seconds=20))
    outcome = answered_outcome(attempt(entry(status=Status.LIVE)), Readings(broadcasts=(ended,)))
    assert outcome.broadcasts == (ended,)
    assert outcome.ending == frozenset()


def test_an_end_that_was_known_keeps_its_time():
    earlier = NOW - timedelta(minutes=5)
    ended = broadcast("a", status=Status.ENDED)
    again = answered_outcome(
        attempt(entry(status=Status.ENDED, ended_at=earlier)), Readings(broadcasts=(ended,))
    )
    assert again.broadcasts[0].ended_at == earlier


def test_a_failed_poll_is_a_gap_with_its_reason_for_everyone():
    error = Unavailable("youtube", "slow", reason=GapReason.TIMEOUT)
    outcome = failed_outcome(attempt(entry("a"), entry("b")), error)
    assert set(reasons(outcome).values()) == {GapReason.TIMEOUT}
    assert outcome.poll.outcome == GapReason.TIMEOUT
    assert outcome.snapshots == ()


def test_each_failure_asks_for_its_own_pause():
    watch = SourceHealth("youtube", ())
    midnight = NOW + timedelta(hours=3)
    auth = watch.failed(AuthFailed("youtube", "no"), NOW, None)
    assert (auth.bucket, auth.until) == (None, NOW + timedelta(hours=1))
    quota = watch.failed(QuotaExceeded("youtube", "no", bucket="units"), NOW, midnight)
    assert (quota.bucket, quota.until) == ("units", midnight)
    slow = watch.failed(RateLimited("youtube", "no", retry_after_seconds=90), NOW, None)
    assert slow.until == NOW + timedelta(seconds=90)
    assert watch.failed(Unavailable("youtube", "no"), NOW, None) is None
    assert watch.paused(NOW + timedelta(seconds=89)) is slow
    assert watch.paused(NOW + timedelta(seconds=91)) is None


def polled(outcome):
    return failed_outcome(attempt(entry()), Unavailable("youtube", "down", reason=outcome)).poll


def test_trouble_is_told_once_and_recovery_once(caplog):
    caplog.set_level("INFO")
    watch = SourceHealth("youtube", ())
    for _ in range(4):
        watch.failed(Unavailable("youtube", "down"), NOW, None)
        watch.ticked([polled(GapReason.SERVER_ERROR)], 0, NOW)
    watch.recovered()  # discovery may find another way: polls still fail
    watch.ticked([], 1, NOW)
    watch.ticked([], 1, NOW)
    assert [one.message for one in caplog.records] == [
        "youtube is failing: down",
        "youtube answers again",
    ]


def test_after_five_bad_ticks_polls_pause_for_a_minute_then_longer_up_to_15():
    watch = SourceHealth("youtube", ())
    now, waits = NOW, []
    for _ in range(11):
        watch.ticked([polled(GapReason.TIMEOUT)], 0, now)
        pause = watch.paused(now)
        waits.append((pause.until - now).total_seconds() / 60 if pause else 0)
        now += timedelta(minutes=waits[-1] or 1)
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]
    assert watch.pauses[None].reason is GapReason.TIMEOUT
    assert watch.is_on_probation
    assert [one.reason for one in watch.succeeded(now)] == [GapReason.TIMEOUT]
    watch.ticked([], 1, now)
    assert (watch.is_on_probation, watch.bad_ticks[None]) == (False, 0)


def test_ticks_that_a_quota_or_a_part_of_the_platform_spoils_are_not_bad():
    watch = SourceHealth("youtube", ())
    for _ in range(9):
        watch.ticked([polled(GapReason.QUOTA)], 0, NOW)
        watch.ticked([polled(GapReason.TIMEOUT)], 1, NOW)
    assert watch.bad_ticks[None] == 0


def test_a_refused_credential_of_one_account_pauses_that_account_alone():
    watch = SourceHealth("tiktok", ())
    watch.failed(AuthFailed("tiktok", "no"), NOW, None, account="tiktok:@a")
    assert watch.pause_of("tiktok:@a", NOW).reason is GapReason.AUTH
    assert watch.pause_of("tiktok:@b", NOW) is None
    assert not watch.is_on_probation
    later = NOW + timedelta(hours=1)
    assert watch.pause_of("tiktok:@a", later) is None
    assert [one.bucket for one in watch.succeeded(later, account="tiktok:@a")] == ["tiktok:@a"]


def test_an_answer_of_the_same_tick_does_not_end_the_pause_that_another_poll_asked_for():
    watch = SourceHealth("youtube", ())
    watch.failed(RateLimited("youtube", "no", retry_after_seconds=90), NOW, None)
    assert watch.succeeded(NOW) == []
    assert watch.paused(NOW)


def test_a_buckets_pause_is_over_when_its_time_is():
    watch = SourceHealth("youtube", [])
    error = QuotaExceeded("youtube", "empty", bucket="youtube.units")
    watch.failed(error, NOW, NOW + timedelta(hours=1))
    assert watch.paused(NOW) is None
    assert watch.paused(NOW, "youtube.units").reason is GapReason.QUOTA
    assert watch.paused(NOW + timedelta(hours=1), "youtube.units") is None


@pytest.mark.parametrize(
    ("status", "stays"), [("live", True), ("ended", True), ("gone", True), ("upcoming", False)]
)
def test_the_dates_that_placed_a_broadcast_are_taken_once(status, stays):
    first, later = NOW - timedelta(hours=3), NOW
    known = entry("a", status=Status(status), published_at=first, scheduled_at=first)
    again = broadcast(
        "a", status=Status.ENDED, published_at=later, scheduled_at=later, ended_at=later
    )
    [changed] = answered_outcome(attempt(known), Readings(broadcasts=(again,))).broadcasts
    expected = first if stays else later
    assert (changed.published_at, changed.scheduled_at) == (expected, expected)
    blank = entry("a", status=Status(status))
    [changed] = answered_outcome(attempt(blank), Readings(broadcasts=(again,))).broadcasts
    assert changed.published_at == later, "what was not known is taken"
