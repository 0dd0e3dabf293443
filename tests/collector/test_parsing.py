"""Single values out of untrusted JSON."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import AuthFailed, RateLimited, Rejected, Unavailable, Unreadable
from collector.exchange import Response
from collector.parsing import (
    LARGEST_COUNT,
    count,
    error_of_status,
    error_text,
    listed,
    moment,
    retry_after_seconds,
    text,
    unix_moment,
)

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
REFUSED = ["12abc", "-1", -1, str(2**63), 2**63, "", " 5", "1e3", 1.5, True, [1], {}, "١٢", "0x1"]


@pytest.mark.parametrize("value", REFUSED)
def test_what_is_not_a_count_is_refused_by_name(value):
    with pytest.raises(ValueError, match="viewCount"):
        count({"viewCount": value}, "viewCount")


@given(st.integers(0, LARGEST_COUNT))
def test_a_count_is_read_exactly_as_number_or_digits(value):
    assert value == count({"n": value}, "n") == count({"n": str(value)}, "n")


def test_absent_and_null_are_none_and_zero_is_zero():
    assert count({}, "n") is None
    assert count({"n": None}, "n") is None
    assert count({"n": "0"}, "n") == 0


@pytest.mark.parametrize(
    "told",
    ["2026-05-17T10:00:00Z", "2026-05-17T11:00:00+01:00", "2026-05-17T10:00:00+0000"],
)
def test_times_become_utc(told):
    assert moment({"at": told}, "at") == NOW


@pytest.mark.parametrize("told", ["2026-05-17T10:00:00", "soon", 5, "9999-99-99T00:00:00Z"])
def test_a_time_without_its_offset_is_refused(told):
    with pytest.raises(ValueError, match="at is"):
        moment({"at": told}, "at")


def test_a_hostile_title_is_kept_as_text_that_anything_can_hold():
    title = "\u202e<script>\0\ud800" + "x" * 1_000_000
    kept = text({"title": title}, "title")
    assert len(kept) == 1000
    assert kept.startswith("\u202e<script>")
    assert "\0" not in kept
    kept.encode()


def test_numbers_in_a_text_field_become_their_digits():
    assert text({"server_name": 2026}, "server_name") == "2026"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("90", 90),
        ("Sun, 17 May 2026 10:02:00 GMT", 120),
        ("0", 1),
        ("-5", 60),
        ("999999999", 3600),
        ("Sun, 17 May 2020 10:02:00 GMT", 1),
        ("soon", 60),
        (None, 60),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_kept_within_an_hour(header, seconds):
    headers = {} if header is None else {"retry-after": header}
    assert seconds == retry_after_seconds(headers, NOW, default=60)


def test_retry_after_counts_from_the_answer():
    later = NOW + timedelta(seconds=60)
    assert retry_after_seconds({"retry-after": "Sun, 17 May 2026 10:02:00 GMT"}, later, 5) == 60


@pytest.mark.parametrize("seconds", [1779012000, "1779012000"])
def test_unix_seconds_become_utc(seconds):
    assert unix_moment({"at": seconds}, "at") == NOW


def test_unix_seconds_that_no_calendar_holds_are_refused():
    assert unix_moment({"at": None}, "at") is None
    with pytest.raises(ValueError, match="Unix seconds"):
        unix_moment({"at": LARGEST_COUNT}, "at")


def _response(body, status=200):
    return Response(platform="x", source="y", status=status, headers={}, body=body, received_at=NOW)


def test_a_list_is_found_at_the_end_of_its_path_and_nowhere_else():
    assert listed(_response(b'{"data":{"rows":[1]}}'), "data", "rows") == [1]
    for body in (b'{"data":[]}', b'{"data":{}}', b"[]", b"null"):
        with pytest.raises(Unreadable):
            listed(_response(body), "data", "rows")


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, AuthFailed),
        (403, AuthFailed),
        (429, RateLimited),
        (408, Unavailable),
        (502, Unavailable),
        (404, Rejected),
        (302, Rejected),
    ],
)
def test_a_status_means_its_remedy(status, remedy):
    response = _response(b'{"error":"no","code":7}', status)
    error = error_of_status(response, error_text(response, "error", "code"))
    assert type(error) is remedy
    assert error.detail == f"y: HTTP {status} no 7"


def test_an_error_body_that_is_no_object_says_nothing():
    assert error_text(_response(b"<html>", 500), "error") == ""
