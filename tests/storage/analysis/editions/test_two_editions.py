"""Two editions side by side."""

from dataclasses import astuple, replace

import pytest

from storage.analysis.editions.comparison import compare, per_visitor
from tests.support.published_rows import HOUR, laid_out

YEAR = 365 * 24 * HOUR


def test_alike_editions_differ_by_what_an_hour_brings():
    now = laid_out("now", 0, {"x": {0: 100, 1: 200, 2: 300}})
    before = laid_out("before", -YEAR, {"x": {0: 50, 1: 100, 2: 150}})
    found = compare(now, before)
    assert found.like_for_like == found.everything
    assert (found.everything.now, found.everything.before, found.everything.ratio) == (600, 300, 2)
    assert (found.attribution.per_hour, found.attribution.airtime) == (300, 0)
    assert (found.hours, found.masked, found.platforms, found.refused) == (3, 0, ("x",), ())


def test_only_hours_that_both_have_passed_are_alike():
    now = laid_out("now", 0, {"x": {0: 100}}, hours=1)
    before = laid_out("before", -YEAR, {"x": {0: 40, 1: 40, 2: 40}})
    found = compare(now, before)
    assert found.like_for_like
    assert (found.like_for_like.now, found.like_for_like.before) == (100, 40)
    assert (found.everything.now, found.everything.before) == (100, 120)
    assert found.attribution.hours == -80


def test_an_hour_that_a_gap_touches_counts_in_neither():
    now = laid_out("now", 0, {"x": {0: 100, 1: 1, 2: 300}}, gaps=[("x", 65, 125)])
    before = laid_out("before", -YEAR, {"x": {0: 50, 1: 50, 2: 50}})
    found = compare(now, before)
    assert found.masked == 2, "what was made in the gap is told in the hour that it ends in"
    assert found.like_for_like
    assert (found.like_for_like.now, found.like_for_like.before) == (100, 50)
    other_way = compare(before, now)
    assert other_way.like_for_like
    assert (other_way.like_for_like.now, other_way.like_for_like.before) == (50, 100)
    brief = laid_out("now", 0, {"x": {0: 100, 1: 1, 2: 300}}, gaps=[("x", 65, 69)])
    assert compare(brief, before).masked == 0


def test_what_was_told_before_the_opening_is_not_alike():
    now = laid_out("now", 0, {"x": {-1: 1_000, 0: 100}})
    before = laid_out("before", -YEAR, {"x": {-1: 7, 0: 50}})
    found = compare(now, before)
    assert found.like_for_like
    assert (found.like_for_like.now, found.everything.now) == (100, 1_100)
    assert (found.attribution.hours, found.attribution.per_hour) == (993, 50)


def test_hours_before_the_first_look_are_not_quiet_hours():
    now = laid_out("now", 0, {"x": {1: 900, 2: 10}})
    before = laid_out("before", -YEAR, {"x": {0: 50, 1: 50, 2: 50}})
    found = compare(now, before)
    assert found.like_for_like
    assert (found.like_for_like.now, found.like_for_like.before) == (10, 50)


def test_more_platforms_and_more_airtime_are_told_apart():
    now = laid_out("now", 0, {"x": {0: 100, 1: 100}, "tiktok": {0: 70}}, airtime={"x": 2, "tiktok": 1})  # fmt: skip
    before = laid_out("before", -YEAR, {"x": {0: 100}}, airtime={"x": 1})
    found = compare(now, before)
    assert found.platforms == ("x",)
    assert (found.attribution.platforms, found.attribution.airtime) == (70, 100)
    assert found.attribution.per_hour == 0
    assert found.attribution
    assert sum(astuple(found.attribution)) == found.everything.difference == 170


def test_unknown_airtime_explains_nothing():
    now = laid_out("now", 0, {"x": {0: 100}}, airtime={"x": 0})
    before = laid_out("before", -YEAR, {"x": {0: 30}})
    assert compare(now, before).attribution.unexplained == 70


def test_another_definition_is_refused_or_bridged():
    august = 99 * 24 * HOUR
    now = laid_out("now", august + HOUR, {"youtube": {0: 300}})
    before = laid_out("before", 0, {"youtube": {0: 100}})
    refused = compare(now, before)
    assert refused.refused == ("youtube",)
    assert refused.like_for_like is None
    assert refused.attribution.definition == refused.everything.difference == 200
    keys = ("youtube@2005-04-23", "youtube@2026-08-24")
    bridged = compare(now, before, {keys: 2.5})
    assert (bridged.refused, bridged.bridged) == ((), ("youtube",))
    assert bridged.attribution.definition == pytest.approx(150)
    assert bridged.attribution.per_hour == pytest.approx(50)
    assert bridged.attribution
    assert sum(astuple(bridged.attribution)) == pytest.approx(200)


def test_a_definition_that_changed_meanwhile_is_refused():
    change = 99 * 24 * HOUR - 12 * HOUR
    now = laid_out("now", change - HOUR, {"youtube": {0: 300, 1: 300, 2: 300}})
    assert now.definitions["youtube"] == ("youtube@2005-04-23", "youtube@2026-08-24")
    assert compare(now, now).refused == ("youtube",)


def test_several_sources_are_one_measure_where_both_have_them():
    now = laid_out("now", 0, {"youtube": {0: 300}})
    both = replace(now, definitions={"youtube": ("youtube.rss@2005-04-23", "youtube@2005-04-23")})
    assert compare(both, both).platforms == ("youtube",)
    assert compare(both, now).refused == ("youtube",)
    assert compare(replace(now, definitions={}), now).refused == ("youtube",), (
        "unknown is not alike"
    )


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
    found = compare(laid_out("now", 0, growth), laid_out("before", -YEAR, growth))
    assert (found.everything.now, found.everything.before) == (None, None)
    assert (found.everything.difference, found.everything.ratio) == (None, None)
    assert (found.attribution, found.like_for_like) == (None, None)
