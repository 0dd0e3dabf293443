"""What cannot be read is never deleted, gone or over, on any platform, and costs nobody else's counts."""

import json
from typing import Any

import pytest

from collector.contract.errors import PlatformError, Unavailable
from collector.contract.readings import Readings
from collector.platforms import platforms
from storage.model import Metric, Status
from tests.support.odd_answers import (
    body_of,
    broadcasts_of,
    cases,
    is_list,
    items_of,
    odd_items,
    outcome_of,
    run,
    word_of,
)

PLATFORMS = sorted(platforms())
LISTS = [name for name in PLATFORMS if is_list(name)]
#: A live video on Instagram and a video on TikTok may tell the same: an id and views.
LOOK_ALIKE = {*zip(PLATFORMS, PLATFORMS, strict=True), ("instagram", "tiktok")}
WHOLE = {
    "nothing": b"",
    "null": b"null",
    "empty list": b"[]",
    "empty object": b"{}",
    "number": b"17",
    "text": b'"text"',
    "list of null": b"[null]",
    "page": b"<!doctype html><html><body>Just a moment</body></html>",
    "error of its own": b'{"error":{"code":"7001001","message":"server error"}}',
}


def counts_of(result: Any) -> dict[str, dict[str, int]]:
    """Return the counts that were read, by broadcast and metric."""
    found = {
        one.broadcast: {
            str(metric): value for metric in Metric if (value := getattr(one, metric)) is not None
        }
        for one in (result.snapshots if isinstance(result, Readings) else ())
    }
    return {key: counts for key, counts in found.items() if counts}


def taken_away(name: str, result: Any) -> set[str]:
    """Return the broadcasts that are over or gone once such an answer has come twice."""
    return {
        each.key
        for each in outcome_of(name, result).broadcasts
        if each.status in (Status.ENDED, Status.GONE)
    }


def assert_unread(name: str, result: Any) -> None:
    """Every broadcast has its gap, and is what it was."""
    assert isinstance(result, Readings | PlatformError)
    assert taken_away(name, result) == set()
    assert counts_of(result) == {}
    assert {miss.broadcast for miss in outcome_of(name, result).misses} == {
        each.key for each in broadcasts_of(name)
    }


def test_every_platform_is_asked():
    assert sorted(cases()) == PLATFORMS


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_good_answer_is_read(name):
    counts = counts_of(run(name, [body_of(name, items_of(name)), b'{"elements": []}']))
    read = [value for each in counts.values() for value in each.values()]
    assert sorted(read) == ([3, 4] if is_list(name) else [3])


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("shape", WHOLE)
def test_an_answer_that_is_none_takes_nobody_away(name, shape):
    assert_unread(name, run(name, [WHOLE[shape]]))


@pytest.mark.parametrize("name", PLATFORMS)
def test_an_answer_that_is_cut_takes_nobody_away(name):
    whole = body_of(name, items_of(name))
    for length in range(1, len(whole) - 1, 5):
        result = run(name, [whole[:length]])
        if name == "telegram" and counts_of(result):
            continue  # a page may be cut between two posts, and is read as far as it goes
        assert_unread(name, result)


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("other", PLATFORMS)
def test_the_answer_of_another_method_takes_nobody_away(name, other):
    if name != other:
        assert_unread(name, run(name, [body_of(other, items_of(other))]))


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("shape", WHOLE)
def test_an_answer_that_is_none_does_not_say_that_nothing_is_new(name, shape):
    result = run(name, [WHOLE[shape]], call="discover")
    assert isinstance(result, PlatformError) or result.unreadable
    assert isinstance(result, PlatformError) or not result.broadcasts


@pytest.mark.parametrize("name", LISTS)
def test_an_odd_item_takes_nobody_away_and_nothing_from_its_neighbours(name):
    first, second = items_of(name)
    one, other = broadcasts_of(name)
    clean = counts_of(run(name, [body_of(name, [first, second]), b'{"elements": []}']))
    strangers = [items_of(each)[0] for each in PLATFORMS if (name, each) not in LOOK_ALIKE]
    for odd in (*odd_items(name), *strangers):
        for items in ([odd, second], [second, odd]):
            result = run(name, [body_of(name, items), b'{"elements": []}'])
            assert taken_away(name, result) == set(), odd
            assert counts_of(result).get(other.key) == clean[other.key], odd
            assert counts_of(result).keys() <= {one.key, other.key}
        beside = run(name, [body_of(name, [odd, first, odd, second]), b'{"elements": []}'])
        assert counts_of(beside) == clean, odd


@pytest.mark.parametrize("name", [name for name in PLATFORMS if "unknown" in cases()[name]])
def test_an_error_that_nobody_knows_under_http_200_is_asked_again(name):
    result = run(name, [json.dumps(cases()[name]["unknown"]).encode()])
    assert isinstance(result, Unavailable)
    assert "7001001" in result.detail or "Internal Error" in result.detail


@pytest.mark.parametrize("name", [name for name in PLATFORMS if "parts" in cases()[name]])
def test_an_error_in_a_part_is_that_parts_own(name):
    result = run(name, [json.dumps(body).encode() for body in cases()[name]["parts"]])
    assert list(counts_of(result)) == [broadcasts_of(name)[1].key]
    assert word_of(name, result).startswith("gap")
