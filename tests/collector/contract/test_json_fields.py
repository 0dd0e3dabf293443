"""Single values out of untrusted JSON."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.contract.errors import AuthFailed, RateLimited, Rejected, Unavailable, Unreadable
from collector.contract.exchange import Response
from collector.contract.http_errors import error_text, failure_of, retry_after_seconds
from collector.contract.json_fields import (
    LARGEST_COUNT,
    count,
    first_line,
    goes_on,
    id_of,
    identity,
    listed,
    mapping,
    moment,
    rows_of,
    text,
    total,
    unix_time,
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
    "written",
    ["2026-05-17T10:00:00Z", "2026-05-17T11:00:00+01:00", "2026-05-17T10:00:00+0000"],
)
def test_times_become_utc(written):
    assert moment({"at": written}, "at") == NOW


@pytest.mark.parametrize("written", ["2026-05-17T10:00:00", "soon", 5, "9999-99-99T00:00:00Z"])
def test_a_time_without_its_offset_is_refused(written):
    with pytest.raises(ValueError, match="at is"):
        moment({"at": written}, "at")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0001-01-01T00:00:00Z",
        "0",
        0,
        "0001-01-01T00:00:00",
        "0001-01-01T02:00:00+02:00",
        "0001-01-01T00:00:00+02:00",
        "0001-01-01T00:00:00.000-0500",
        "00010101T000000Z",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "-0001-11-30T00:00:00+00:00",
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000000+00:00",
        "1970-01-01T01:00:00+01:00",
        "1969-12-31T19:00:00-05:00",
        "1970-01-01",
        "1970-01-01 00:00:00 UTC",
        "0001-01-01 00:00:00 +0000 UTC",
        "19700101T000000Z",
    ],
)
def test_what_stands_for_no_time_is_not_told(written):
    assert moment({"at": written}, "at") is None


@pytest.mark.parametrize("written", [0, "0", 0.0, "0.0", -1, -62135596800, "-62135596800", "000"])
@pytest.mark.parametrize("per_second", [1, 1000])
def test_unix_time_zero_and_what_lies_before_it_are_not_told(written, per_second):
    assert unix_time({"at": written}, "at", per_second=per_second) is None


def test_seconds_taken_for_milliseconds_are_no_time():
    assert unix_time({"at": 1779012000}, "at", per_second=1000) is None


def test_a_hostile_title_is_kept_as_text_that_anything_can_hold():
    title = "\u202e<script>\0\ud800" + "x" * 1_000_000
    cut = text({"title": title}, "title")
    assert cut is not None
    assert len(cut) == 1000
    assert cut.startswith("\u202e<script>")
    assert "\0" not in cut
    cut.encode()


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


def test_unix_times_are_read_in_seconds_or_parts_of_them():
    assert unix_time({"at": 1779012000}, "at") == NOW
    assert unix_time({"at": "1779012000000"}, "at", per_second=1000) == NOW
    assert unix_time({}, "at") is None


@pytest.mark.parametrize("written", [2**60, "soon", 1.5])
def test_what_is_no_unix_time_is_refused_by_name(written):
    with pytest.raises(ValueError, match="at is"):
        unix_time({"at": written}, "at")


def test_nested_objects_and_lists_may_be_absent_or_null_but_nothing_else():
    assert mapping({"a": None}, "a") == mapping({}, "a") == {}
    assert listed({"a": None}, "a") == listed({}, "a") == []
    with pytest.raises(ValueError, match="object"):
        mapping({"a": 0}, "a")
    with pytest.raises(ValueError, match="a is"):
        listed({"a": {}}, "a")


def test_what_has_no_id_is_nameless():
    assert id_of({"id": "21"}) == id_of({"id": 21}) == "21"
    assert id_of({"id": None}) is id_of({}) is id_of(["id"]) is id_of("id") is None


def test_a_total_is_of_what_was_told_and_of_nothing_is_not_told():
    assert total(3, None, 4) == 7
    assert total(0, None) == 0
    assert total(None, None) is None
    assert total() is None


def test_the_first_line_is_the_first_with_anything_on_it():
    assert first_line("\n  \n  مباشر  \nتتمة") == "مباشر"
    assert first_line(" \n") == ""


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, AuthFailed),
        (403, AuthFailed),
        (404, Rejected),
        (408, Unavailable),
        (429, RateLimited),
        (500, Unavailable),
        (302, Rejected),
    ],
)
def test_a_status_that_a_platform_gives_no_meaning_of_its_own_has_one_remedy(status, error):
    answer = Response(
        platform="x", source="tweets", status=status, headers={}, body=b"", received_at=NOW
    )
    failure = failure_of(answer, "no luck")
    assert type(failure) is error
    assert str(failure) == f"x: tweets: HTTP {status} no luck"


def _response(body, status=200):
    return Response(platform="x", source="y", status=status, headers={}, body=body, received_at=NOW)


def test_rows_are_found_at_the_end_of_their_path_and_nowhere_else():
    assert rows_of(_response(b'{"data":{"rows":[1]}}'), "data", "rows") == [1]
    for body in (b'{"data":[]}', b'{"data":{}}', b"[]", b"null"):
        with pytest.raises(Unreadable):
            rows_of(_response(body), "data", "rows")


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b'{"paging":{"next":"/2"}}', True),
        (b'{"paging":{"next":null}}', False),
        (b'{"paging":{"next":""}}', False),
        (b'{"paging":{}}', False),
        (b'{"paging":null}', False),
        (b"{}", False),
        (b'{"paging":17}', True),
    ],
)
def test_an_answer_goes_on_where_it_says_so_or_cannot_be_read(body, more):
    assert goes_on(_response(body), "paging", "next") is more


def test_an_error_body_says_what_stands_under_its_names_and_nothing_if_it_is_no_object():
    assert error_text(_response(b'{"error":"no","code":7}', 500), "error", "code") == "no 7"
    assert error_text(_response(b"<html>", 500), "error") == ""


def test_a_sum_that_no_file_can_hold_is_refused():
    assert total(LARGEST_COUNT, None, 0) == LARGEST_COUNT
    with pytest.raises(ValueError, match="the sum is 9223372036854775808, not a count"):
        total(LARGEST_COUNT, 1)


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"id": "a\0\ud800"}, "a\ufffd?"),
        ({"id": 7}, "7"),
        ({"id": ""}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_things_name_can_be_kept_or_is_none(item, name):
    assert identity(item, "id") == name
