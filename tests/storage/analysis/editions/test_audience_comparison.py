"""Audiences of two editions side by side, through what a real store published."""

from pathlib import Path

import pytest

from storage.reports.edition import report_of
from tests.support.published_event import HOUR, YEAR, Followed, publish_event

DAY = 24 * HOUR


def watched(since: int, until: int, viewers: int) -> dict[int, int]:
    return dict.fromkeys(range(since, until), viewers)


def compared(tmp_path: Path, *followed: Followed, **event) -> dict:
    folder = publish_event(tmp_path / "published", followed, **{"published": 45 * DAY, **event})
    return report_of(folder, "e2026")["comparison"]


def figures(pair: dict, *names: str) -> list[tuple]:
    return [
        tuple(side["peak"]["viewers"] if name == "peak" else side[name] for name in names)
        for side in (pair["now"], pair["before"])
    ]


def test_two_editions_without_views_are_compared_by_their_audience(tmp_path):
    found = compared(
        tmp_path,
        Followed(key="twitch:a", edition="e2025", viewers=watched(0, 120, 40), ends=120),
        Followed(key="twitch:b", viewers=watched(0, 180, 90), ends=180),
    )
    audience = found["audience"]
    assert figures(audience["everything"], "peak", "hours_watched", "average", "airtime_hours") == [
        (90, 270.0, 90.0, 3.0),
        (40, 80.0, 40.0, 2.0),
    ]
    assert (audience["hours"], audience["platforms"]) == (2, ["twitch"])
    assert figures(audience["like_for_like"], "peak", "hours_watched", "airtime_hours") == [
        (90, 180.0, 2.0),
        (40, 80.0, 2.0),
    ]
    assert (found["everything"]["now"], found["attribution"]) == (None, None)


def test_hours_that_one_was_not_on_the_air_in_or_not_seen_in_are_not_alike(tmp_path):
    seen_in_part = watched(0, 60, 10) | watched(90, 180, 10)
    found = compared(
        tmp_path,
        Followed(key="icecast:/a", edition="e2025", viewers=seen_in_part, ends=180),
        Followed(key="icecast:/b", viewers=watched(60, 240, 20), ends=240),
    )
    like = found["audience"]["like_for_like"]
    assert found["audience"]["hours"] == 1, "the third: the first two were not seen in both"
    assert figures(like, "hours_watched") == [(20.0,), (10.0,)]


def test_only_platforms_that_told_viewers_of_both_are_alike(tmp_path):
    found = compared(
        tmp_path,
        Followed(key="twitch:a", edition="e2025", viewers=watched(0, 60, 40), ends=60),
        Followed(key="twitch:b", viewers=watched(0, 60, 50), ends=60),
        Followed(key="kick:b", viewers=watched(0, 60, 7), ends=60),
    )
    assert found["audience"]["platforms"] == ["twitch"]
    assert figures(found["audience"]["everything"], "peak") == [(57,), (40,)]
    assert figures(found["audience"]["like_for_like"], "peak") == [(50,), (40,)]


def test_audiences_on_different_platforms_stand_beside_each_other_but_are_not_alike(tmp_path):
    views = {minute: 500 * minute for minute in range(60)}
    found = compared(
        tmp_path,
        Followed(key="twitch:a", edition="e2025", viewers=watched(0, 60, 40), ends=60),
        Followed(key="youtube:b", viewers=watched(0, 60, 50), views=views, ends=60),
    )
    assert figures(found["audience"]["everything"], "peak") == [(50,), (40,)]
    assert (found["audience"]["like_for_like"], found["audience"]["hours"]) == (None, 0)
    assert (found["everything"]["now"], found["everything"]["before"]) == (29_500, None)


def test_the_latest_measured_edition_is_the_one_before_whatever_it_told(tmp_path):
    """Of three, the one in between was never measured; one to come is none before."""
    openings = {"e2024": -2 * YEAR, "e2025": -YEAR, "e2026": 0, "e2027": YEAR}
    found = compared(
        tmp_path,
        Followed(key="kick:a", edition="e2024", viewers=watched(0, 60, 40), ends=60),
        Followed(key="kick:b", viewers=watched(0, 60, 50), ends=60),
        openings=openings,
    )
    assert found["before"] == "e2024"


@pytest.mark.parametrize("days", [8, 45, 400])
def test_an_edition_is_looked_at_until_three_days_after_its_end_whenever_that_is_asked(
    tmp_path, days
):
    """Its last broadcast was never seen to end: it does not watch on for years."""
    on_air = dict.fromkeys(range(0, 5 * DAY + 60, 60), 50)
    found = compared(
        tmp_path,
        Followed(key="twitch:a", edition="e2025", viewers=watched(0, 60, 40), ends=60),
        Followed(key="twitch:b", viewers=on_air),
        published=days * DAY,
    )
    assert found["hours"] == 192
    assert found["everything"]["airtime_now"] == 192.0
    assert found["audience"]["everything"]["now"]["airtime_hours"] == 192.0


def test_a_shorter_edition_bounds_the_hours_that_are_alike(tmp_path):
    found = compared(
        tmp_path,
        Followed(key="youtube:a", edition="e2025", views={0: 1, 30: 9}, ends=40),
        Followed(key="youtube:b", views={0: 1, 30: 9, 100 * HOUR: 90}, ends=101 * HOUR),
        hours={"e2025": 24, "e2026": 120},
    )
    assert found["hours"] == 24 + 72
    like = found["like_for_like"]
    assert (like["now"], like["before"]) == (9, 9), "nobody followed the other at hour 100"


def test_an_hour_in_which_nothing_was_followed_any_more_is_not_seen(tmp_path):
    """The one before grew in an hour when nobody looked at this one's broadcasts any more."""
    found = compared(
        tmp_path,
        Followed(key="youtube:a", edition="e2025", views={0: 10, 6 * HOUR: 500}, ends=7 * HOUR),
        Followed(key="youtube:b", views={0: 10, 60: 20}, ends=90),
    )
    like = found["like_for_like"]
    assert (like["now"], like["before"]) == (20, 10)
    assert found["masked"] > 0
