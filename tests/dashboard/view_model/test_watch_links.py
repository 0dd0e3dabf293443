"""Where a moment is in a recording: only where the platform's own address can say it."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.view_model.watch_links import moment_address

BEGUN = datetime(2026, 5, 17, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("platform", "url", "wanted"),
    [
        ("youtube", "https://y.example/watch?v=1", "https://y.example/watch?v=1&t=4663s"),
        ("youtube", "https://y.example/live/1", "https://y.example/live/1?t=4663s"),
        ("youtube", "https://y.example/live/1#a", "https://y.example/live/1?t=4663s#a"),
        (
            "twitch",
            "https://www.twitch.tv/videos/77",
            "https://www.twitch.tv/videos/77?t=1h17m43s",
        ),
        ("twitch", "https://www.twitch.tv/dgsn", None),  # the channel's page: no recording
        ("vimeo", "https://vimeo.com/97", "https://vimeo.com/97#t=4663s"),
        ("vimeo", "https://vimeo.com/97#x", "https://vimeo.com/97#t=4663s"),
        ("peertube", "https://tube.example/w/ab", "https://tube.example/w/ab?start=1h17m43s"),
        ("dailymotion", "https://www.dailymotion.com/video/x1", None),
        ("facebook", "https://www.facebook.com/dgsn/videos/1", None),
        ("icecast", "http://127.0.0.1:8000/live", None),
        ("a_platform_to_come", "https://x.example/1", None),
    ],
)
def test_a_moment_has_the_address_that_its_platform_offers(platform, url, wanted):
    at = BEGUN + timedelta(hours=1, minutes=17, seconds=43)
    assert moment_address(platform, url, BEGUN, at) == wanted


@pytest.mark.parametrize(
    ("begun", "at"),
    [(BEGUN, BEGUN - timedelta(seconds=5)), (None, BEGUN), (BEGUN, None)],
)
def test_no_moment_is_before_the_beginning_or_of_an_unknown_time(begun, at):
    assert moment_address("youtube", "https://y.example/watch?v=1", begun, at) is None


def test_the_first_second_is_a_moment():
    assert moment_address("twitch", "https://www.twitch.tv/videos/7", BEGUN, BEGUN) == (
        "https://www.twitch.tv/videos/7?t=0h0m0s"
    )
