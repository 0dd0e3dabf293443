"""Hours watched in the place of views, for an edition of which no platform tells views."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from storage.analysis.dataset import build_dataset
from storage.analysis.forecast.hours_watched import hours_as_views, only_viewers
from storage.model import IMPORTED
from storage.schema import BROADCAST_MINUTES, CORRECTIONS, GAPS, SEGMENTS, STATE

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def dataset_of(minutes, *, key="twitch:1", ended_at=None):
    state = {"broadcast": key, "platform": "twitch", "ended_at": ended_at}
    rows = [
        {"broadcast": key, "minute": NOON + at * MINUTE, "concurrent_viewers": viewers}
        for at, viewers in minutes.items()
    ]
    on_air = {"broadcast": key, "airing": key, "started_at": NOON, "ended_at": ended_at}
    return build_dataset(
        state=pl.DataFrame([state], schema=STATE),
        minutes=pl.DataFrame(rows, schema=BROADCAST_MINUTES),
        gaps=GAPS.to_frame(),
        corrections=CORRECTIONS.to_frame(),
        segments=pl.DataFrame([on_air], schema=SEGMENTS),
    )


def test_viewers_that_hold_are_hours_watched_in_their_last_minute():
    _, growth = hours_as_views(dataset_of({0: 60, 30: 120, 60: 0}), NOON + 2 * HOUR)
    assert growth.rows() == [
        (NOON + 29 * MINUTE, "twitch", 30.0),
        (NOON + 59 * MINUTE, "twitch", 60.0),
        (NOON + 119 * MINUTE, "twitch", 0.0),
    ]


def test_the_sums_of_a_broadcast_are_its_hours():
    dataset, _ = hours_as_views(dataset_of({0: 60, 30: 120, 60: 0}), NOON + HOUR)
    assert dataset.minutes["views"].to_list() == [30.0, 90.0]


@pytest.mark.parametrize(
    ("key", "final", "is_known"),
    [
        ("twitch:1", False, True),
        (f"{IMPORTED}e:twitch:1", False, False),
        (f"{IMPORTED}e:twitch:1", True, True),
    ],
)
def test_after_an_end_nothing_grows_and_a_file_that_stops_tells_none(key, final, is_known):
    dataset = dataset_of({0: 60, 1: 60}, key=key, ended_at=NOON + 2 * MINUTE)
    _, growth = hours_as_views(dataset, NOON + HOUR, final=final)
    known = growth.filter(pl.col("minute") == NOON + 59 * MINUTE)
    assert known["views_delta"].to_list() == ([0.0] if is_known else [])


@pytest.mark.parametrize(
    ("views", "viewers", "expected"), [(None, 5, True), (0, 5, False), (None, None, False)]
)
def test_it_is_for_viewers_without_views_alone(views, viewers, expected):
    dataset = dataset_of({0: viewers})
    state = dataset.state.with_columns(views=pl.lit(views, dtype=pl.Int64))
    assert only_viewers(replace(dataset, state=state)) is expected
