"""How a source fares: from what is known to one word, told once."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.contract.errors import (
    AuthFailed,
    CredentialMissing,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Unavailable,
)
from collector.jobs.source_health import (
    AUTH_PROBE,
    BAD_TICKS_UNTIL_PAUSE,
    LATE_AFTER_SECONDS,
    SourceHealth,
    source_state,
)
from storage.model import GapReason, Pause, Poll, SourceState

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINE = ("youtube:a", "youtube:b")


def pause(reason):
    return Pause(
        platform="youtube", bucket=None, reason=reason, until=NOW + HOUR, detail="no", at=NOW
    )


def state(watch, now=NOW, *, bucket=None, overdue_seconds=0.0):
    return watch.state(now, accounts=MINE, overdue_seconds=overdue_seconds, bucket=bucket)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, SourceState.OK),
        ({"overdue_seconds": LATE_AFTER_SECONDS}, SourceState.OK),
        ({"overdue_seconds": LATE_AFTER_SECONDS + 1}, SourceState.LATE),
        ({"failures": 1}, SourceState.FAILING),
        ({"failures": 1, "overdue_seconds": 1_000}, SourceState.FAILING),
        ({"pause": pause(GapReason.RATE_LIMITED)}, SourceState.RATE_LIMITED),
        ({"pause": pause(GapReason.QUOTA), "failures": 3}, SourceState.PAUSED),
        ({"pause": pause(GapReason.QUOTA), "is_gone": True}, SourceState.GONE),
        ({"failures": 9, "is_gone": True}, SourceState.GONE),
        ({"pause": pause(GapReason.AUTH), "is_gone": True}, SourceState.NEEDS_LOGIN),
    ],
)
def test_what_a_person_must_mend_comes_first(known, expected):
    nothing = {"pause": None, "failures": 0, "is_gone": False, "overdue_seconds": 0.0}
    assert source_state(**(nothing | known)) is expected


def test_a_refused_credential_waits_for_a_person_until_an_answer_comes():
    watch = SourceHealth("youtube", ())
    watch.failed(AuthFailed("youtube", "revoked"), NOW, None)
    later = NOW + 3 * AUTH_PROBE
    assert watch.paused(later) is None
    assert state(watch, later) is SourceState.NEEDS_LOGIN
    [ended] = watch.succeeded(later)
    assert ended.reason is GapReason.AUTH
    assert state(watch, later) is SourceState.OK


def test_the_token_of_one_account_needs_a_person_until_that_account_is_answered(caplog):
    caplog.set_level("INFO")
    watch = SourceHealth("youtube", ())
    watch.failed(AuthFailed("youtube", "revoked"), NOW, None, account="youtube:a")
    later = NOW + 3 * AUTH_PROBE
    assert watch.succeeded(later, account="youtube:b") == []
    assert watch.listed(later, account="youtube:a", token=None) == []
    assert state(watch, later) is SourceState.NEEDS_LOGIN
    [ended] = watch.listed(later, account="youtube:a", token="youtube:a")
    assert ended.bucket == "youtube:a"
    assert state(watch, later) is SourceState.OK
    assert [one.getMessage() for one in caplog.records] == [
        "youtube:a needs a person, its credential is refused: revoked (asked again at 2026-05-17 11:00:00 UTC)",
        "youtube:a answers again",
    ]


def test_a_platform_that_answers_nothing_is_failing_and_told_so_once(caplog):
    caplog.set_level("INFO")
    watch = SourceHealth("youtube", ())
    down = Poll(
        poll_id=1,
        platform="youtube",
        purpose="poll",
        source="videos",
        started_at=NOW,
        finished_at=NOW,
        asked=1,
        answered=0,
        requests=1,
        outcome=GapReason.TIMEOUT,
        error="down",
    )
    for _ in range(2 * BAD_TICKS_UNTIL_PAUSE):
        watch.failed(Unavailable("youtube", "down"), NOW, None)
        watch.ticked([down], 0, NOW)
    assert watch.paused(NOW)
    assert state(watch) is SourceState.FAILING
    watch.listed(NOW + HOUR, account="youtube:a", token=None)
    assert state(watch, NOW + HOUR) is SourceState.FAILING
    watch.succeeded(NOW + HOUR)
    watch.ticked([], 1, NOW + HOUR)
    assert state(watch, NOW + HOUR) is SourceState.OK
    assert [one.getMessage() for one in caplog.records] == [
        "youtube is failing: down",
        "youtube answers again",
    ]


def test_an_empty_bucket_is_that_buckets_state_alone():
    watch = SourceHealth("youtube", ())
    empty = QuotaExceeded("youtube", "used up", bucket="youtube.statistics")
    watch.failed(empty, NOW, NOW + HOUR)
    assert state(watch, bucket="youtube.statistics") is SourceState.PAUSED
    assert state(watch, bucket="youtube.data") is SourceState.OK
    assert state(watch, NOW + HOUR, bucket="youtube.statistics") is SourceState.OK


def test_a_platform_is_gone_when_it_knows_none_of_the_accounts():
    watch = SourceHealth("youtube", ())
    unknown = Rejected("youtube", "no such channel", status=404)
    watch.failed(unknown, NOW, None, account="youtube:a")
    assert state(watch) is SourceState.FAILING
    watch.failed(unknown, NOW, None, account="youtube:b")
    assert state(watch) is SourceState.GONE
    watch.succeeded(NOW, account="youtube:b")
    assert state(watch) is SourceState.OK


def test_a_refusal_for_another_reason_is_no_account_that_is_gone():
    watch = SourceHealth("youtube", ())
    for account in MINE:
        watch.failed(Rejected("youtube", "bad", status=400), NOW, None, account=account)
    assert state(watch) is SourceState.FAILING


def test_each_way_down_is_told_once_and_each_recovery_once(caplog):
    caplog.set_level("INFO")
    watch = SourceHealth("youtube", ())
    empty = QuotaExceeded("youtube", "10 of 10", bucket="youtube.statistics")
    for _ in range(3):
        # The other bucket answers all the while: that is no recovery of this one.
        watch.failed(empty, NOW, NOW + HOUR)
        watch.succeeded(NOW)
    watch.failed(Unavailable("youtube", "down"), NOW, None)
    watch.failed(RateLimited("youtube", "slower", retry_after_seconds=60), NOW, None)
    watch.failed(RateLimited("youtube", "slower", retry_after_seconds=60), NOW, None)
    watch.succeeded(NOW + HOUR)
    assert [one.getMessage() for one in caplog.records] == [
        "youtube.statistics is paused: 10 of 10 (asked again at 2026-05-17 11:00:00 UTC)",
        "youtube is failing: down",
        "youtube is asked less: slower (asked again at 2026-05-17 10:01:00 UTC)",
        "youtube answers again",
        "youtube.statistics answers again",
    ]


def test_a_pause_that_a_restart_carries_over_is_told_once(caplog):
    watch = SourceHealth("youtube", [pause(GapReason.AUTH)])
    watch.report_pauses(NOW)
    watch.failed(AuthFailed("youtube", "revoked"), NOW, None)
    assert [one.getMessage() for one in caplog.records] == [
        "youtube needs a person, its credential is refused: no (asked again at 2026-05-17 11:00:00 UTC)"
    ]


def test_a_missing_credential_pauses_nothing_and_is_told_once_of_all_who_lack_it(caplog):
    watch = SourceHealth("youtube", ())
    for account in MINE * 2:
        missing = CredentialMissing("youtube", "no API key; set it")
        assert watch.failed(missing, NOW, None, account=account) is None
    assert watch.pauses == {}
    assert state(watch) is SourceState.NO_CREDENTIAL
    assert [one.getMessage() for one in caplog.records] == [
        "youtube:a cannot be asked: no API key; set it"
    ]
    watch.listed(NOW, account="youtube:a", token=None)
    assert state(watch) is SourceState.NO_CREDENTIAL
    watch.succeeded(NOW, accounts=["youtube:b"])
    assert state(watch) is SourceState.OK


def test_what_fails_at_one_server_is_that_servers_alone():
    servers = {"owncast:a": "https://a", "owncast:b": "https://b", "owncast:c": "https://b"}
    watch = SourceHealth("owncast", (), servers)
    down = Poll(
        poll_id=1,
        platform="owncast",
        purpose="poll",
        source="status",
        started_at=NOW,
        finished_at=NOW,
        asked=1,
        answered=0,
        requests=1,
        outcome="server_error",
        error="down",
    )
    for _ in range(BAD_TICKS_UNTIL_PAUSE):
        watch.failed(Unavailable("owncast", "down"), NOW, None, account="owncast:b")
        watch.ticked([down], 0, NOW, "https://b")
        watch.succeeded(NOW, accounts=["owncast:a"])
        watch.ticked([], 1, NOW, "https://a")
    assert watch.pause_of("owncast:a", NOW) is None
    assert watch.pause_of("owncast:b", NOW) is watch.pause_of("owncast:c", NOW) is not None
    assert not watch.is_on_probation
    assert watch.pause_to_show(servers, NOW)[1] == ("owncast:b", "owncast:c")
    later = NOW + HOUR
    watch.succeeded(later, accounts=["owncast:c"])
    watch.ticked([], 1, later, "https://b")
    assert watch.pauses == {}
    assert not watch.is_troubled


def test_lateness_is_told_once_and_its_end_once(caplog):
    caplog.set_level("INFO")
    watch = SourceHealth("youtube", ())
    changes = []
    for overdue in (10, 100, 110, 0, 0):
        now_state = state(watch, overdue_seconds=overdue)
        changes.append(watch.report_lateness(now_state, overdue))
    assert changes == [False, True, False, True, False]
    assert [one.getMessage() for one in caplog.records] == [
        "youtube is late: what is due has waited for 100 s",
        "youtube is on time again",
    ]
