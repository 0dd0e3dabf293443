from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboard.components import broadcast, broadcast_figures, broadcasts, provenance
from dashboard.components.links import Links, inward, outward
from dashboard.i18n.markup import phrase, plural
from dashboard.i18n.words import words
from dashboard.view_model import broadcast as one_broadcast
from dashboard.view_model import broadcasts as listing
from dashboard.view_model.broadcasts import BroadcastPhase, Order
from dashboard.view_model.refresher import Refresher
from storage.analysis.viewers.audience import audience
from storage.analysis.viewers.doubtful import Doubt
from storage.model import Metric, Status
from tests.support.published_edition import HOSTILE, Rehearsal
from tests.support.published_rows import minutes as rows_of
from tests.support.published_rows import on_air, shown
from tests.support.ticks import at


def made(folder: Path, now: datetime) -> Any:
    producer = Refresher(folder, refresh_seconds=3600, now=lambda: now)
    producer.refresh()
    assert producer.current.model is not None
    return producer


@pytest.fixture
def everything(live, now):
    """The rehearsal's broadcasts as they are listed, and its edition."""
    producer = made(live, now)
    picture = producer.current.model
    edition = picture.edition("el-jadida")
    sparks = producer.generation_cache.get_or_build(
        "all", picture, lambda read: listing.read_sparks(edition.broadcasts, read)
    )
    return edition, [
        replace(row, spark=sparks.get(row.shown.broadcast))
        for row in listing.list_broadcasts(picture.tables, edition)
    ]


def keys(listed) -> list[str]:
    return [one.shown.broadcast.split(":", 1)[1] for one in listed]


def test_most_views_come_first_and_what_told_none_comes_last(everything):
    _, listed = everything
    ordered = listing.select_broadcasts(listed)
    views = [one.shown.views for one in ordered]
    told = [count for count in views if count is not None]
    assert told == sorted(told, reverse=True)
    assert views[len(told) :] == [None] * (len(views) - len(told))
    assert keys(ordered)[:2] == ["DAY2", "DAY1"]


def test_watching_now_is_asked_of_what_is_on_the_air_only(everything):
    _, listed = everything
    ordered = listing.select_broadcasts(listed, order=Order.VIEWERS)
    assert ordered[0].shown.broadcast == "youtube:DAY3"
    over = replace(listed[0], shown=replace(listed[0].shown, concurrent_viewers=10**9))
    over = replace(over, shown=replace(over.shown, status=Status.ENDED))
    assert (
        listing.select_broadcasts([*listed, over], order=Order.VIEWERS)[0].shown.broadcast
        == "youtube:DAY3"
    )


def test_what_is_to_come_is_newest_and_is_found_by_its_state(everything):
    _, listed = everything
    assert keys(listing.select_broadcasts(listed, order=Order.NEWEST))[0] == "SOON"
    assert keys(listing.select_broadcasts(listed, phase=BroadcastPhase.UPCOMING)) == ["SOON"]
    assert set(keys(listing.select_broadcasts(listed, phase=BroadcastPhase.OVER))) == {
        "DAY1",
        "DAY1B",
        "DAY2",
    }


def test_titles_are_found_however_they_are_spelt(everything):
    _, listed = everything
    assert keys(listing.select_broadcasts(listed, wanted="الإفتتاح الرسمى")) == ["DAY1"]
    assert keys(listing.select_broadcasts(listed, wanted="demonstration")) == ["DAY3B"]
    assert listing.select_broadcasts(listed, wanted="nothing of the kind") == []


def test_a_spark_shows_a_gap_as_a_gap(everything):
    _, listed = everything
    (day2,) = [one for one in listed if one.shown.broadcast == "youtube:DAY2"]
    assert day2.spark is not None
    assert day2.spark.of_viewers
    # It ran from 30 to 20 hours ago and was not seen from 27 to 21.
    unseen = [step for step, value in enumerate(day2.spark.values) if value is None]
    steps = len(day2.spark.values)
    assert unseen == list(range(unseen[0], unseen[-1] + 1))
    assert 0.25 * steps <= unseen[0] <= 0.4 * steps
    assert 0.8 * steps <= unseen[-1] <= steps


def test_without_viewers_a_spark_shows_the_views_gained(everything, now):
    edition, _ = everything
    shown = replace(edition.broadcasts[-1], started_at=now - timedelta(hours=2), ended_at=now)
    frame = pl.DataFrame(
        {
            "minute": [now - timedelta(minutes=120 - minute) for minute in range(120)],
            "broadcast": [shown.broadcast] * 120,
            "views": [10 * minute for minute in range(120)],
            "concurrent_viewers": [None] * 120,
        },
        schema_overrides={"concurrent_viewers": pl.Int64},
    )
    spark = listing.build_sparks([shown], frame.lazy())[shown.broadcast]
    assert not spark.of_viewers
    assert spark.values[0] is None  # what it had before has no beginning
    assert sum(value or 0 for value in spark.values) == pytest.approx(10 * 119 - 40, abs=11)


def test_the_table_counts_its_rows_in_six_arabic_forms():
    said = [broadcasts.counted(count, count, words("ar")) for count in (0, 1, 2, 3, 11, 100)]
    assert len(set(said)) == 6
    assert "بثان" in said[2]


def test_a_file_says_that_it_is_simulated_and_runs_no_formula(everything):
    edition, listed = everything
    evil = replace(listed[0], shown=replace(listed[0].shown, title="=HYPERLINK(1)"))
    told = broadcasts.csv([evil], edition.key, simulated=True).decode("utf-8-sig")
    header, row = told.strip().split("\n")
    assert header.startswith("broadcast,edition,platform")
    assert "'=HYPERLINK(1)" in row
    assert row.endswith(",simulated")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", "https://", "http://[x"],
)
def test_only_addresses_of_the_web_become_links(url):
    assert outward(url, "there") is None


def test_a_link_keeps_the_readers_choices_and_breaks_out_of_nothing():
    to = Links(query={"lang": "ar"}).to("broadcast", id='a"b&<c>', sort=None)
    assert to == "broadcast?lang=ar&id=a%22b%26%3Cc%3E"
    assert "&quot;" in (outward('https://x.example/"onmouseover="y', "there") or "")
    assert 'href="broadcast?lang=ar&amp;id=' in inward(to, "x")


@pytest.fixture
def study(live, now):
    """One broadcast of the rehearsal, built as its page builds it."""
    producer = made(live, now)
    picture = producer.current.model

    def of(key: str):
        found = one_broadcast.find_broadcast(picture, key)
        assert found is not None
        return producer.generation_cache.get_or_build(
            key, picture, lambda read: one_broadcast.broadcast_model(picture, *found, read)
        )

    return of


def test_a_broadcasts_readings_are_its_minutes_and_name_their_polls(study, now):
    one = study("youtube:DAY3")
    newest = one.readings.row(0, named=True)
    assert newest["minute"] == one.minutes["minute"].max()
    assert newest["views"] == one.shown.views
    assert one.readings.height == one.minutes.height
    polled = one.readings.drop_nulls("polls")
    assert polled.height
    assert all(polls for polls in polled["polls"].to_list())
    assert (polled["minute"] > now - timedelta(hours=25)).all()


def test_its_audience_is_that_of_the_analysis_and_its_gap_is_told(study):
    one = study("youtube:DAY2")
    assert one.audience.peak is not None
    assert one.audience.peak.viewers == one.minutes["peak_concurrent_viewers"].max()
    assert one.audience.coverage == pytest.approx(0.4, abs=0.02)
    assert one.failures["reason"].to_list() == ["unreachable"]
    assert one.usual is None  # too few earlier ones


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_what_is_doubtful_or_frozen_stands_beside_its_figure(study, now, language):
    one, say = study("youtube:DAY3"), words(language)
    told = {minute: 0 if minute in (30, 31) else 1000 for minute in range(60)}
    found = audience(shown(rows_of("a", told), segments=[on_air("a", 0, 60)]), until=at(60))
    since = now - timedelta(hours=2)
    page = broadcast_figures.figures(
        replace(one, audience=found, frozen={Metric.VIEWS: since}), say, now
    )
    assert phrase(say, "broadcast.frozen", at=say.moment(since, now)) in page
    assert plural(say, "broadcast.doubtful", 2) in page
    assert phrase(say, "broadcast.without", count=say.number(1000)) in page
    sound = broadcast_figures.figures(replace(one, frozen={}), say, now)
    assert plural(say, "broadcast.doubtful", 2) not in sound
    doubt = pl.when(pl.int_range(pl.len()) == 1).then(pl.lit(str(Doubt.FELL))).alias("doubt")
    readings = provenance.readings(replace(one, readings=one.readings.with_columns(doubt)), say)
    assert readings.count(phrase(say, f"doubt.{Doubt.FELL}")) == 1
    file = provenance.csv(
        replace(one, readings=one.readings.with_columns(doubt)), simulated=True
    ).decode("utf-8-sig")
    assert file.count(str(Doubt.FELL)) == 1


def test_a_moment_on_two_accounts_leads_to_the_other(study):
    one = study("youtube:DAY1")
    shown = broadcast.moment(
        one, words("en"), datetime.now(UTC), dark=False, links=Links(query={"lang": "en"})
    )
    assert "The same moment elsewhere" in shown
    assert one.moment is not None


def test_a_hostile_title_stays_text_in_table_and_page(published, now):
    titles = (("DAY1", HOSTILE), ("SOON", HOSTILE))
    producer = made(published("hostile-list", Rehearsal(now=now, titles=titles)), now)
    picture = producer.current.model
    found = one_broadcast.find_broadcast(picture, "youtube:DAY1")
    assert found is not None
    edition, shown = found
    one = producer.generation_cache.get_or_build(
        1, picture, lambda read: one_broadcast.broadcast_model(picture, edition, shown, read)
    )
    head = broadcast.head(one, words("ar"), now, dark=True, links=Links())
    assert "<script>" not in head
    assert "&lt;script&gt;" in head
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in head


def test_a_study_is_built_once_a_generation(live, now):
    producer = made(live, now)
    picture = producer.current.model
    built: list[int] = []

    def build(_):
        built.append(1)
        return len(built)

    assert [producer.generation_cache.get_or_build("x", picture, build) for _ in range(3)] == [
        1,
        1,
        1,
    ]
    later = replace(picture, origin=replace(picture.origin, generation=10**6))
    assert producer.generation_cache.get_or_build("x", later, build) == 2
    assert built == [1, 1]


def test_what_can_no_longer_be_read_leaves_what_was_built(live, now):
    producer = made(live, now)
    picture = producer.current.model
    assert producer.generation_cache.get_or_build("y", picture, lambda _: "first") == "first"
    later = replace(picture, origin=replace(picture.origin, generation=10**6))

    def broken(_):
        raise OSError("gone")

    assert producer.generation_cache.get_or_build("y", later, broken) == "first"
    assert producer.generation_cache.get_or_build("z", later, broken) is None
