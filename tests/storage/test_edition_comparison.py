"""Two editions side by side."""

import polars as pl
import pytest

from storage import schema
from storage.analysis.courses import course
from storage.analysis.editions import compare, per_visitor
from tests.storage.shown import DEFINITION, ORDINARY
from tests.storage.sights import at

HOUR = 60
YEAR = 365 * 24 * HOUR


def edition(name, opening, growth, *, hours=3, airtime=None, gaps=(), source="videos"):
    """A course: growth by platform and hour after the opening; each platform one broadcast."""
    rows = [
        (at(opening + HOUR * hour), name, platform, views, None, 1)
        for platform, by_hour in growth.items()
        for hour, views in by_hour.items()
    ]
    state = [
        {**ORDINARY, "broadcast": f"{platform}:{name}", "platform": platform, "edition": name,
         "source": source, "views": 1}
        for platform in growth
    ]  # fmt: skip
    lengths = airtime or dict.fromkeys(growth, hours)
    segments = [
        {"airing": "x", "broadcast": f"{platform}:{name}", "started_at": at(opening),
         "ended_at": at(opening + HOUR * length)}
        for platform, length in lengths.items() if length
    ]  # fmt: skip
    return course(
        name,
        opened_at=at(opening),
        until=at(opening + HOUR * hours),
        edition_minutes=pl.DataFrame(rows, schema=schema.EDITION_MINUTES, orient="row"),
        state=pl.DataFrame(state, schema=schema.STATE),
        segments=pl.DataFrame(segments, schema=schema.SEGMENTS),
        gaps=pl.DataFrame(
            [{"broadcast": f"{where}:{name}", "started_at": at(opening + since),
              "ended_at": at(opening + until)} for where, since, until in gaps],
            schema=schema.GAPS,
        ),
        definition=DEFINITION,
    )  # fmt: skip


def test_alike_editions_differ_by_what_an_hour_brings():
    now = edition("now", 0, {"x": {0: 100, 1: 200, 2: 300}})
    before = edition("before", -YEAR, {"x": {0: 50, 1: 100, 2: 150}})
    found = compare(now, before)
    assert found.like_for_like == found.everything
    assert (found.everything.now, found.everything.before, found.everything.ratio) == (600, 300, 2)
    assert (found.attribution.per_hour, found.attribution.airtime) == (300, 0)
    assert (found.hours, found.masked, found.platforms, found.refused) == (3, 0, ("x",), ())


def test_only_hours_that_both_have_passed_are_alike():
    now = edition("now", 0, {"x": {0: 100}}, hours=1)
    before = edition("before", -YEAR, {"x": {0: 40, 1: 40, 2: 40}})
    found = compare(now, before)
    assert found.like_for_like
    assert (found.like_for_like.now, found.like_for_like.before) == (100, 40)
    assert (found.everything.now, found.everything.before) == (100, 120)
    assert found.attribution.hours == -80


def test_an_hour_that_a_gap_touches_counts_in_neither():
    now = edition("now", 0, {"x": {0: 100, 1: 1, 2: 300}}, gaps=[("x", 65, 125)])
    before = edition("before", -YEAR, {"x": {0: 50, 1: 50, 2: 50}})
    found = compare(now, before)
    assert found.masked == 2, "what was made in the gap is told in the hour that it ends in"
    assert found.like_for_like
    assert (found.like_for_like.now, found.like_for_like.before) == (100, 50)
    brief = edition("now", 0, {"x": {0: 100, 1: 1, 2: 300}}, gaps=[("x", 65, 69)])
    assert compare(brief, before).masked == 0


def test_hours_before_the_first_look_are_not_quiet_hours():
    now = edition("now", 0, {"x": {1: 900, 2: 10}})
    before = edition("before", -YEAR, {"x": {0: 50, 1: 50, 2: 50}})
    found = compare(now, before)
    assert found.like_for_like
    assert (found.like_for_like.now, found.like_for_like.before) == (10, 50)


def test_more_platforms_and_more_airtime_are_told_apart():
    now = edition("now", 0, {"x": {0: 100, 1: 100}, "tiktok": {0: 70}}, airtime={"x": 2, "tiktok": 1})  # fmt: skip
    before = edition("before", -YEAR, {"x": {0: 100}}, airtime={"x": 1})
    found = compare(now, before)
    assert found.platforms == ("x",)
    assert (found.attribution.platforms, found.attribution.airtime) == (70, 100)
    assert found.attribution.per_hour == 0
    assert found.attribution.total == found.everything.difference == 170


def test_unknown_airtime_explains_nothing():
    now = edition("now", 0, {"x": {0: 100}}, airtime={"x": 0})
    before = edition("before", -YEAR, {"x": {0: 30}})
    assert compare(now, before).attribution.unexplained == 70


def test_another_definition_is_refused_or_bridged():
    august = 99 * 24 * HOUR
    now = edition("now", august + HOUR, {"youtube": {0: 300}})
    before = edition("before", 0, {"youtube": {0: 100}})
    refused = compare(now, before)
    assert refused.refused == ("youtube",)
    assert refused.like_for_like is None
    assert refused.attribution.definition == refused.everything.difference == 200
    keys = ("youtube@2005-04-23", "youtube@2026-08-24")
    bridged = compare(now, before, {keys: 2.5})
    assert (bridged.refused, bridged.bridged) == ((), ("youtube",))
    assert bridged.attribution.definition == pytest.approx(150)
    assert bridged.attribution.per_hour == pytest.approx(50)
    assert bridged.attribution.total == pytest.approx(200)


def test_a_definition_that_changed_meanwhile_is_refused():
    change = 99 * 24 * HOUR - 12 * HOUR
    now = edition("now", change - HOUR, {"youtube": {0: 300, 1: 300, 2: 300}})
    assert now.definitions["youtube"] == ("youtube@2005-04-23", "youtube@2026-08-24")
    assert compare(now, now).refused == ("youtube",)


def test_reported_stands_beside_measured():
    row = {"reported_visitors": 200, "reported_views": 1000}
    found = per_visitor(row, 600)
    assert found
    assert (found.visitors, found.reported, found.measured) == (200, 5.0, 3.0)
    assert per_visitor({"reported_visitors": None, "reported_views": 1}, 5) is None
    silent = per_visitor({"reported_visitors": 200, "reported_views": None}, None)
    assert silent
    assert (silent.reported, silent.measured) == (None, None)


@pytest.mark.parametrize("growth", [{}, {"x": {}}])
def test_nothing_compares_with_nothing(growth):
    found = compare(edition("now", 0, growth), edition("before", -YEAR, growth))
    assert (found.everything.now, found.attribution.total) == (0, 0)
    assert found.everything.ratio is None
