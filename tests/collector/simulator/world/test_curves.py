"""The curves keep what was measured of real broadcasts, for any seed and at any age."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.simulator.world.curves import (
    LARGEST_WOBBLE,
    Shape,
    refreshed_seconds,
    replayed,
    show_shape,
    wobble,
)
from collector.simulator.world.video import SimulatedVideo

BEGUN = datetime(2026, 5, 16, 10, 0, tzinfo=UTC)
SEEDS = st.text(max_size=12)
AGES = st.floats(0, 30 * 86_400)
SHARES = st.floats(0, 1)


def _shape(seed: int) -> Shape:
    return show_shape(Random(seed))


def shapes() -> st.SearchStrategy[Shape]:
    return st.integers(0, 10_000).map(_shape)


def videos() -> st.SearchStrategy[SimulatedVideo]:
    return st.builds(
        lambda native_id, shape, views, minutes: SimulatedVideo(
            native_id=native_id,
            channel_id="UC",
            title="",
            published_at=BEGUN - timedelta(hours=1),
            shape=shape,
            live_views=views,
            replay_share=0.3,
            watch_seconds=420,
            started_at=BEGUN,
            ended_at=BEGUN + timedelta(minutes=minutes),
        ),
        SEEDS,
        shapes(),
        st.floats(10, 5e6),
        st.floats(1, 600),
    )


@given(SEEDS, AGES)
def test_a_counter_is_never_ahead_of_its_time(seed: str, age: float) -> None:
    assert 0 <= age - refreshed_seconds(seed, age) <= 830


@given(SEEDS, AGES, AGES)
def test_a_counter_never_goes_back_to_an_older_state(seed: str, age: float, other: float) -> None:
    earlier, later = sorted((age, other))
    assert refreshed_seconds(seed, earlier) <= refreshed_seconds(seed, later)


@given(SEEDS, st.integers(0, 200))
def test_each_freeze_lasts_thirty_seconds_to_fourteen_minutes(seed: str, block: int) -> None:
    ages = [block * 900 + second for second in range(1800)]
    refreshes = sorted({refreshed_seconds(seed, age) for age in ages})
    lengths = [after - before for before, after in pairwise(refreshes)]
    assert all(29.9 <= length <= 830 for length in lengths)


@given(shapes(), SHARES)
def test_the_area_grows_with_the_level(shape: Shape, share: float) -> None:
    step = 1e-4
    to = min(share + step, 1.0)
    grown = shape.area(to) - shape.area(share)
    assert grown == pytest.approx((to - share) * shape.level((share + to) / 2), abs=1e-6)


@given(shapes(), SHARES)
def test_no_level_is_above_the_highest_so_far(shape: Shape, share: float) -> None:
    assert shape.level(share) <= shape.highest(share) <= 1


@given(SEEDS, AGES)
def test_a_wobble_stays_near_one(seed: str, age: float) -> None:
    assert 2 - LARGEST_WOBBLE <= wobble(seed, age) <= LARGEST_WOBBLE


@given(AGES, AGES)
def test_replays_go_on_ever_more_slowly(age: float, other: float) -> None:
    earlier, later = sorted((age, other))
    assert 0 <= replayed(earlier) <= replayed(later) < 1
    assert (
        replayed(later + 60) - replayed(later) <= replayed(earlier + 60) - replayed(earlier) + 1e-12
    )


def test_the_rate_of_replays_falls_as_age_to_the_minus_1_3() -> None:
    def rate(days: float) -> float:
        return replayed(days * 86_400 + 1) - replayed(days * 86_400)

    assert rate(10) / rate(100) == pytest.approx(10**1.3, rel=0.01)


@given(videos(), AGES, AGES)
def test_plays_never_fall(video: SimulatedVideo, age: float, other: float) -> None:
    ages = sorted((age, other))
    earlier, later = (BEGUN + timedelta(seconds=seconds) for seconds in ages)
    assert video.plays(earlier) <= video.plays(later) + 1e-6


@given(videos())
def test_a_broadcast_ends_with_its_live_views(video: SimulatedVideo) -> None:
    assert video.ended_at is not None
    assert video.plays(video.ended_at) == pytest.approx(video.live_views)


@given(videos())
def test_views_follow_viewers(video: SimulatedVideo) -> None:
    """Everyone watches for ``watch_seconds``, so viewer-seconds over that are the views."""
    assert video.ended_at is not None
    airtime = (video.ended_at - BEGUN).total_seconds()
    viewers = [
        video.concurrent_viewers(BEGUN + timedelta(seconds=airtime * (step + 0.5) / 200)) or 0
        for step in range(200)
    ]
    views = sum(viewers) * airtime / 200 / video.watch_seconds
    rounding = airtime / video.watch_seconds
    assert views == pytest.approx(video.live_views, rel=0.05, abs=rounding)


@given(videos(), AGES)
def test_a_video_never_has_negative_counts(video: SimulatedVideo, age: float) -> None:
    public = video.observe(BEGUN + timedelta(seconds=age))
    assert public is not None
    counts = (public.views, public.likes, public.comments, public.concurrent_viewers)
    assert all(count is None or count >= 0 for count in counts)
