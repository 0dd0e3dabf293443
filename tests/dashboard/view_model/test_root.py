from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboard.components import health as health_page
from dashboard.components import wall
from dashboard.i18n.words import words
from dashboard.view_model.refresher import Refresher, read_tables
from dashboard.view_model.root import DashboardModel, build_model
from storage.analysis.freshness import Freshness
from storage.analysis.refresh_rate import RESOLUTION
from storage.model import Status
from storage.read_model.history_reader import WithHistory
from storage.read_model.reader import ReadModel
from tests.support.published_edition import Rehearsal

NOT_MEASURED = pl.DataFrame(schema=RESOLUTION)


def picture_of(folder: Path, now: datetime) -> DashboardModel:
    producer = Refresher(folder, refresh_seconds=60, now=lambda: now)
    producer.refresh()
    assert producer.current.failed_since is None
    assert producer.current.model is not None
    return producer.current.model


@pytest.fixture
def picture(live, now) -> DashboardModel:
    return picture_of(live, now)


def test_the_edition_on_air_is_the_current_one(picture):
    assert picture.current == "el-jadida"
    assert [one.key for one in picture.editions] == ["rabat", "el-jadida"]


def test_an_unknown_edition_falls_back_to_the_current_one(picture):
    assert picture.edition("nowhere") == picture.edition(None)
    assert picture.edition("rabat").key == "rabat"


def test_the_total_is_the_sum_of_the_tiles_that_tell_views(picture):
    edition = picture.edition(None)
    told = [tile.views for tile in edition.tiles if tile.views is not None]
    assert edition.total.views == sum(told)
    assert edition.total.views == edition.curves.cumulative["views"].tail(1).item()


def test_a_platform_without_views_has_none_and_no_line(picture):
    edition = picture.edition(None)
    icecast = next(tile for tile in edition.tiles if tile.platform == "icecast")
    assert icecast.views is None
    assert icecast.concurrent_viewers > 0
    assert "icecast" not in edition.curves.cumulative["platform"].to_list()
    assert "icecast" in edition.curves.viewers["platform"].to_list()


def test_what_is_on_air_comes_with_most_viewers_first(picture):
    edition = picture.edition(None)
    assert [one.status for one in edition.on_air] == [Status.LIVE] * 3
    viewers = [one.concurrent_viewers for one in edition.on_air]
    assert viewers == sorted(viewers, reverse=True)


def test_hidden_likes_stay_unknown(picture):
    by_key = {one.broadcast: one for one in picture.edition(None).broadcasts}
    assert by_key["youtube:DAY3B"].likes is None
    assert by_key["youtube:DAY3"].likes > 0


def test_the_last_hour_is_told_only_when_both_its_ends_were_seen(published, picture, now):
    assert picture.edition(None).last_hour > 0
    failing = picture_of(published("failing", Rehearsal(now=now, failing_minutes=45)), now)
    assert failing.edition(None).last_hour is None


def test_a_silent_platform_grows_stale_and_its_gap_stays_open(published, now):
    failing = picture_of(published("failing", Rehearsal(now=now, failing_minutes=45)), now)
    tiles = {tile.platform: tile for tile in failing.edition(None).tiles}
    assert tiles["youtube"].freshness in {Freshness.STALE, Freshness.ERROR}
    assert tiles["icecast"].freshness == Freshness.FRESH
    assert failing.gaps["ended_at"][0] is None


def test_freshness_follows_the_clock_though_nothing_new_is_published(live, now):
    later = picture_of(live, now + timedelta(minutes=20))
    assert {tile.freshness for tile in later.edition(None).tiles} == {Freshness.STALE}


def test_what_did_not_change_is_taken_from_the_picture_before(live, now):
    published = ReadModel(live).open_as(WithHistory)
    before = picture_of(live, now)
    after = build_model(
        read_tables(published, NOT_MEASURED), before.origin, now + timedelta(seconds=5), before
    )
    assert after.edition(None).curves is before.edition(None).curves


def edition_of(model: DashboardModel) -> Any:
    """The edition that is shown where none is asked for."""
    return model.edition(None)


def test_live_broadcasts_outside_any_edition_are_counted_apart(live, now):
    published = read_tables(ReadModel(live).open_as(WithHistory), NOT_MEASURED)
    orphan = published.state.with_columns(
        edition=pl.when(pl.col("broadcast") != "youtube:DAY3").then("edition")
    )
    before = picture_of(live, now)
    changed = replace(published, state=orphan)
    assert build_model(changed, before.origin, now, None).unmatched_live == 1


def test_sources_say_quota_polls_and_errors(picture):
    youtube = next(one for one in picture.sources if one.platform == "youtube")
    assert [(b.name, b.used, b.limit) for b in youtube.buckets] == [
        ("youtube.data", 1_412, 10_000),
        ("youtube.statistics", 8_460, 10_000),
    ]
    assert youtube.failed_polls > 0
    assert "no connection" in youtube.last_error
    assert not youtube.failing


def test_what_is_unknown_to_be_on_air_is_counted_apart_from_what_is_not(live, now):
    """X and TikTok do not say whether a post is on air: that is unknown, not none."""
    published = read_tables(ReadModel(live).open_as(WithHistory), NOT_MEASURED)
    unsaid = pl.when(pl.col("platform") == "icecast").then(pl.lit(Status.UNKNOWN.value))
    state = published.state.with_columns(status=unsaid.otherwise("status"))
    health = published.health.with_columns(
        live=pl.when(pl.col("platform") == "icecast").then(0).otherwise("live")
    )
    picture = build_model(
        replace(published, state=state, health=health), picture_of(live, now).origin, now, None
    )
    tile = next(one for one in picture.edition(None).tiles if one.platform == "icecast")
    source = next(one for one in picture.sources if one.platform == "icecast")
    assert (tile.live, tile.status_unknown, source.live, source.status_unknown) == (0, 1, 0, 1)
    assert "unknown how many on air" in wall.tiles(
        edition_of(picture), words("en"), now, dark=False
    )
    shown = health_page.sources(picture, words("en"), now, dark=False)
    assert "unknown whether <bdi>1</bdi> is on air" in shown
    assert "<bdi>0</bdi> on air" not in shown
