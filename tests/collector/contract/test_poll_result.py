"""The delicate rule of a poll: what an unreadable item leaves unsure."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collector.contract.errors import AuthFailed, RateLimited, Unavailable, Unreadable
from collector.contract.exchange import Response
from collector.contract.json_fields import count, id_of
from collector.contract.poll_result import PollResult
from collector.contract.readings import snapshot_of
from storage.model import Broadcast, GapReason, Status

NOW = datetime(2026, 5, 17, 10, tzinfo=UTC)
ANSWER = Response(
    platform="somewhere", source="list", status=200, headers={}, body=b"", received_at=NOW
)
CHANNELS = {"somewhere:1": "a", "somewhere:2": "b"}


def broadcast(native_id):
    return Broadcast(
        key=f"somewhere:{native_id}",
        platform="somewhere",
        account="somewhere:account",
        native_id=native_id,
        title="",
        url="",
        status=Status.LIVE,
        discovered_at=NOW,
    )


def read(item, before, response):
    return before, snapshot_of(before, response, views=count(item, "views"))


def result_of(*items, **options):
    result = PollResult(map(broadcast, "12"), read, id_of, **options)
    result.take_items(ANSWER, items)
    return result


def test_what_is_absent_is_missing_where_the_list_is_whole():
    readings = result_of({"id": "1", "views": 7}).readings(absent_is_gone=True)
    assert [snapshot.views for snapshot in readings.snapshots] == [7]
    assert (readings.missing, readings.unlisted) == (("somewhere:2",), ())


def test_a_broadcast_whose_item_is_unreadable_is_neither_missing_nor_unlisted():
    readings = result_of({"id": "1", "views": "many"}).readings(absent_is_gone=True)
    assert [error.native_id for error in readings.unreadable] == ["1"]
    assert (readings.missing, readings.unlisted) == (("somewhere:2",), ())


def test_where_an_unreadable_item_names_nobody_no_absence_is_certain():
    readings = result_of({"id": "1"}, "nonsense").readings(absent_is_gone=True)
    assert (readings.missing, readings.unlisted) == ((), ("somewhere:2",))


@pytest.mark.parametrize(
    ("items", "strict", "reasons"),
    [
        ([{"id": "1"}, {"id": "1"}], False, ["list: item listed twice"]),
        ([{"id": "3"}], False, []),
        ([{"id": "3"}], True, ["list: item that was not asked for"]),
        ([{"id": ""}], True, ["list: item without id"]),
    ],
)
def test_an_item_that_is_not_expected_says_why(items, strict, reasons):
    readings = result_of(*items, strict=strict).readings()
    assert [error.detail for error in readings.unreadable] == reasons


@pytest.mark.parametrize(
    ("items", "ended"),
    [
        ([], ["somewhere:1", "somewhere:2"]),
        ([{"id": "3", "channel": "b"}], ["somewhere:1", "somewhere:2"]),
        ([{"id": "1", "channel": "a", "views": "many"}], ["somewhere:2"]),
        ([{"id": None, "channel": "a"}], ["somewhere:2"]),
        ([{"id": None}], []),
        ([{"id": "3"}], []),
        (["nonsense"], []),
        ([{"id": None, "channel": "a"}, {"id": "3", "channel": "another's"}], []),
    ],
)
def test_only_what_is_certainly_off_the_list_has_ended(items, ended):
    result = result_of(
        *items,
        channels=CHANNELS,
        channel_of=lambda item: item.get("channel") if isinstance(item, dict) else None,
    )
    result.end_absent(ANSWER)
    readings = result.readings()
    assert [each.key for each in readings.broadcasts if each.status is Status.ENDED] == ended
    named = {f"somewhere:{error.native_id}" for error in readings.unreadable} & set(CHANNELS)
    assert {*readings.unlisted, *ended, *named} == set(CHANNELS)


@pytest.mark.parametrize(
    "odd", [None, 17, {}, {"id": None}, {"id": True}, {"id": 1.5}, {"id": "3"}]
)
def test_an_unreadable_item_that_may_be_anyones_leaves_no_absence_certain(odd):
    readings = result_of({"id": "1"}, odd, strict=True).readings(absent_is_gone=True)
    assert [snapshot.broadcast for snapshot in readings.snapshots] == ["somewhere:1"]
    assert (readings.missing, readings.unlisted) == ((), ("somewhere:2",))


def failed(**errors):
    """Return a poll of two broadcasts, of which these have failed."""
    result = result_of()
    for item_id, error in errors.items():
        result.fail(item_id.removeprefix("of_"), error)
    return result


def test_a_broadcast_that_fails_beside_another_keeps_its_own_reason():
    result = result_of({"id": "2"})
    result.fail("1", RateLimited("somewhere", "wait", retry_after_seconds=9))
    readings = result.readings(absent_is_gone=True)
    assert {key: error.reason for key, error in readings.failures.items()} == {
        "somewhere:1": GapReason.RATE_LIMITED
    }
    assert (readings.missing, readings.unlisted, readings.failed) == ((), (), False)


def test_a_failure_is_raised_where_it_is_everybodys_and_nothing_else_was_said():
    down = Unavailable("somewhere", "no answer")
    with pytest.raises(Unavailable):
        failed(of_1=down).readings()
    several = failed(of_1=down, of_2=AuthFailed("somewhere", "no")).readings()
    assert [error.reason for error in several.failures.values()] == ["server_error", "auth"]
    assert several.failed


def test_a_permission_that_is_missing_for_one_is_nobody_elses():
    readings = failed(of_1=AuthFailed("somewhere", "no", of_one=True)).readings()
    assert not readings.failed
    assert [error.pauses for error in readings.failures.values()] == [False]


def test_what_cannot_be_read_in_ones_own_answer_is_set_aside_under_its_name():
    result = result_of({"id": "2"})
    result.fail("1", Unreadable("somewhere", "not JSON", body="<html>"))
    [error] = result.readings().unreadable
    assert (error.native_id, error.body) == ("1", "<html>")


def test_the_rest_fails_together_and_what_was_read_before_is_kept():
    down = Unavailable("somewhere", "no answer")
    result = result_of({"id": "2"})
    result.fail_rest(down)
    assert result.readings().failures == {"somewhere:1": down}
    with pytest.raises(Unavailable):
        result_of().fail_rest(down)


def test_an_id_that_nobody_waits_for_may_fail_or_be_missing_without_harm():
    result = result_of({"id": "1"}, {"id": "2"})
    result.fail("1", Unavailable("somewhere", "no answer"))
    result.miss("2")
    assert (result.readings().failures, result.readings().missing) == ({}, ())


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("viewers", [None, 0, 220])
def test_who_is_told_off_the_air_is_counted_under_another_name(status, viewers):
    shown = replace(broadcast("1"), status=status)
    snapshot = snapshot_of(shown, ANSWER, concurrent_viewers=viewers)
    counted = (snapshot.concurrent_viewers, snapshot.off_air_viewers)
    assert counted == ((viewers, None) if status is Status.LIVE else (None, viewers))
