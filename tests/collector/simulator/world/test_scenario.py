"""The demo shows what it is there to show, whenever it is started."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from collector.simulator.world import titles
from collector.simulator.world.curves import REPLAY_EXPONENT
from collector.simulator.world.scenario import SETTLED_AFTER, Scenario, build_scenario
from collector.simulator.world.video import SimulatedVideo
from storage.model import Edition, Status
from tests.support.simulator_examples import START
from tests.support.stages.fleet import fleet

STARTS = [
    START,
    datetime(2026, 11, 24, 0, 5, tzinfo=UTC),  # just after midnight
    datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC),  # just before it, in Ramadan's other offset
    datetime(2026, 1, 2, 11, 0, tzinfo=UTC),  # an edition over the turn of the year
]


def total(event: Scenario, edition: Edition, at: datetime) -> int:
    """The newest views of each broadcast of the edition, deleted ones as last seen."""
    views = 0
    for video in event.world.videos:
        if video.counts and event.edition_at(video.begins_at) == edition:
            gone_at = video.deleted_at or at
            last = video.observe(min(at, gone_at - timedelta(seconds=1)))
            views += (last and last.views) or 0
    return views


def on(event: Scenario, platform: str) -> list[SimulatedVideo]:
    own = {channel.channel_id for channel in event.world.channels() if channel.platform == platform}
    return [video for video in event.world.videos if video.channel_id in own]


def broadcasts(event: Scenario, platform: str = "youtube") -> list[Any]:
    return [video for video in on(event, platform) if video.started_at]


@pytest.fixture(params=STARTS, ids=lambda start: f"{start:%m-%dT%H:%M}")
def started(request: pytest.FixtureRequest) -> Scenario:
    return build_scenario(request.param, seed=request.param.day)


def test_equal_seeds_give_equal_scenarios_and_others_do_not() -> None:
    assert build_scenario(START, seed=3).world.videos == build_scenario(START, seed=3).world.videos
    assert build_scenario(START, seed=3).world.videos != build_scenario(START, seed=4).world.videos


def test_any_instant_is_answered_the_same_in_any_order(event: Scenario) -> None:
    instants = [START + timedelta(minutes=7 * step) for step in range(20)]
    ids = [video.native_id for video in event.world.videos[-25:]]
    forwards = {
        (native_id, at): event.world.video(native_id, at) for at in instants for native_id in ids
    }
    backwards = {
        (native_id, at): event.world.video(native_id, at)
        for at in reversed(instants)
        for native_id in reversed(ids)
    }
    assert forwards == backwards


def test_ids_are_unique_and_look_like_each_platforms(event: Scenario) -> None:
    ids = [video.native_id for video in event.world.videos]
    assert len(set(ids)) == len(ids)
    lengths = {"youtube": 11, "facebook": 16, "instagram": 17, "x": 19, "tiktok": 19}
    for platform, length in lengths.items():
        own = on(event, platform)
        assert {len(video.native_id) for video in own} == {length}
        if platform != "youtube":
            assert all(video.native_id.isdecimal() for video in own)
    channels = [channel for channel in event.world.channels() if channel.platform == "youtube"]
    assert {len(channel.channel_id) for channel in channels} == {24}


@pytest.mark.parametrize("platform", ["x", "tiktok"])
def test_ids_of_posts_grow_with_time(event: Scenario, platform: str) -> None:
    posts = sorted(on(event, platform), key=lambda video: video.published_at)
    for earlier, later in pairwise(posts):
        if earlier.published_at < later.published_at:
            assert int(earlier.native_id) < int(later.native_id)


def test_each_session_is_a_simulcast_with_other_people_watching(started: Scenario) -> None:
    for session in broadcasts(started):
        at = session.started_at + (session.ended_at - session.started_at) / 4
        same = [
            video
            for platform in ("facebook", "instagram", "x")
            for video in broadcasts(started, platform)
            if video.started_at == session.started_at and session.title in video.title
        ]
        assert len(same) == 3
        watching = [video.observe(at).concurrent_viewers for video in (session, *same)]
        shown = [viewers for viewers in watching if viewers is not None]
        assert len(set(shown)) == len(shown) >= 2
        assert [video.ended_at < session.ended_at for video in same] == [False, True, False]


def test_x_counts_impressions_of_posts_and_views_of_recordings_alone(started: Scenario) -> None:
    at = started.start
    posts = [post for video in on(started, "x") if (post := video.observe(at))]
    assert all(post.impressions is not None for post in posts)
    assert {post.clip for post in posts if post.views is None} == {False}
    assert {post.clip for post in posts if post.views is not None} == {True}


def test_tiktok_shows_clips_alone(started: Scenario) -> None:
    assert {video.clip for video in on(started, "tiktok")} == {True}


def test_every_platform_has_a_part_of_the_total(started: Scenario) -> None:
    everywhere = total(started, started.current, started.start)
    parts = {}
    for platform in ("youtube", "facebook", "instagram", "x", "tiktok"):
        parts[platform] = sum(
            public.views or 0
            for video in on(started, platform)
            if video.counts
            and started.edition_at(video.begins_at) == started.current
            and (public := video.observe(started.start))
        )
    assert all(part > 0.01 * everywhere for part in parts.values())
    assert max(parts, key=lambda name: parts[name]) == "youtube"
    assert parts["youtube"] < 0.6 * everywhere


def test_the_demo_starts_at_14_to_16_million_of_20(started: Scenario) -> None:
    assert started.current.target_views == 20_000_000
    assert 14e6 < total(started, started.current, started.start) < 16e6


def test_the_earlier_edition_ended_near_20_million(started: Scenario) -> None:
    settled_at = started.earlier.ends_at + SETTLED_AFTER
    assert 19.5e6 < total(started, started.earlier, settled_at) < 20.7e6


def test_the_total_grows_by_thousands_a_minute(started: Scenario) -> None:
    at = [started.start + timedelta(minutes=minutes) for minutes in (0, 30)]
    before, after = (total(started, started.current, instant) for instant in at)
    assert 3_000 < (after - before) / 30 < 20_000


def test_something_is_on_the_air_at_the_start_and_for_two_hours(started: Scenario) -> None:
    for minutes in range(0, 120, 5):
        at = started.start + timedelta(minutes=minutes)
        assert any(video.status(at) is Status.LIVE for video in broadcasts(started))
    assert {mount.path for mount in started.world.mounts(started.start)} == {
        "/radio.mp3",
        "/radio-64.mp3",
    }


def test_the_demo_lies_within_the_current_edition(started: Scenario) -> None:
    assert started.edition_at(started.start) == started.current
    assert started.edition_at(started.start + timedelta(hours=24)) == started.current
    for edition in started.editions:
        lasting = edition.ends_at - edition.starts_at
        assert abs(lasting - timedelta(days=5)) <= timedelta(hours=1)


def test_one_goes_on_the_air_about_two_minutes_after_the_start(started: Scenario) -> None:
    soon = [
        video
        for video in broadcasts(started)
        if video.published_at < started.start
        and timedelta(minutes=2) <= video.started_at - started.start < timedelta(minutes=3)
    ]
    assert [video.status(started.start) for video in soon] == [Status.UPCOMING]


def test_a_stream_drops_and_comes_back_as_another_broadcast(started: Scenario) -> None:
    talks = [
        video
        for video in broadcasts(started)
        if video.title == titles.TRAFFIC_TALK and video.ended_at > started.start
    ]
    dropped, again = sorted(talks, key=lambda video: video.started_at)[:2]
    assert dropped.status(started.start) is Status.LIVE
    assert timedelta(0) < again.started_at - dropped.ended_at < timedelta(minutes=5)
    assert again.observe(started.start) is None


def test_there_are_uploads_that_are_no_broadcasts(started: Scenario) -> None:
    videos = [video.observe(started.start) for video in started.world.videos]
    uploads = [video for video in videos if video and video.status is Status.UPLOAD]
    assert len(uploads) >= 5
    assert all(video.started_at is None for video in uploads)


def test_hidden_counts_and_a_deletion_are_there(started: Scenario) -> None:
    assert [video.title for video in broadcasts(started) if video.viewers_hidden]
    assert [video.title for video in broadcasts(started) if video.likes_share is None]
    deleted = [video for video in broadcasts(started) if video.deleted_at]
    assert [video.deleted_at < started.start for video in deleted] == [True]


def test_the_platform_corrects_views_by_one_in_a_hundred(started: Scenario) -> None:
    corrected = [video for video in broadcasts(started) if video.corrections]
    assert len(corrected) == 2
    for video in corrected:
        (correction,) = video.corrections
        before = video.observe(correction.at - timedelta(seconds=1))
        after = video.observe(correction.at)
        assert -0.0101 < (after.views - before.views) / before.views < -0.008
    assert any(video.corrections[0].at > started.start for video in corrected)


def test_counters_stand_still_and_jump(event: Scenario) -> None:
    k9 = next(
        video
        for video in broadcasts(event)
        if video.title == titles.K9 and video.status(START) is Status.LIVE
    )
    views = [k9.observe(START + timedelta(seconds=5 * step)).views for step in range(720)]
    steps = [after - before for before, after in pairwise(views)]
    assert sum(step == 0 for step in steps) > 0.8 * len(steps)
    assert max(steps) > 1_000


def test_likes_fall_by_one_or_two_now_and_then(event: Scenario) -> None:
    falls: set[int] = set()
    for video in broadcasts(event):
        at = video.ended_at + timedelta(days=3)
        likes = [
            (video.observe(at + timedelta(minutes=step)) or video.observe(video.started_at)).likes
            for step in range(400)
        ]
        if None not in likes and video.deleted_at is None:
            falls |= {before - after for before, after in pairwise(likes)}
    assert {fall for fall in falls if fall > 0} <= {1, 2}
    assert max(falls) >= 1


def test_a_fleet_broadcasts_0_7_times_a_day_and_half_of_it_in_the_evening() -> None:
    midnight = datetime(2026, 5, 16, tzinfo=UTC)
    world = fleet(midnight, seed=1, channels=100)
    videos = world.videos
    assert len(videos) / (100 * 16) == pytest.approx(0.7, abs=0.05)
    evening = [video for video in videos if 18 <= video.started_at.hour < 23]
    assert len(evening) / len(videos) == pytest.approx(0.5 + 0.5 * 5 / 24, abs=0.05)
    assert world.mounts(midnight) == []


def test_the_exponent_is_the_one_the_cadence_was_derived_for() -> None:
    assert pytest.approx(1.3) == REPLAY_EXPONENT + 1
