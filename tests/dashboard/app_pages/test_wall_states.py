"""The states of an edition on the wall, from before it opens to long after it ended."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dashboard.components import wall
from dashboard.i18n.words import words
from storage.analysis.freshness import Freshness
from tests.dashboard.view_model.test_root import picture_of
from tests.support.published_edition import Rehearsal

EN = words("en", "Africa/Casablanca")


@pytest.fixture
def over(published, now):
    """The edition whose broadcasts have all ended."""
    return picture_of(published("over", Rehearsal(now=now, live=False)), now).edition(None)


def edition_of(folder, now, key=None) -> Any:
    return picture_of(folder, now).edition(key)


def test_before_the_start_the_hero_counts_down_to_it(live, now):
    rabat = edition_of(live, now, "rabat")
    early = rabat.starts_at - timedelta(days=3, hours=4, minutes=12)
    shown = wall.hero(rabat, EN, early)
    assert "Opens in" in shown
    assert '<p class="figure words"><bdi>3 days 4 h</bdi></p>' in shown
    assert EN.full(rabat.starts_at) in shown
    assert ">0<" not in shown


def test_the_last_minute_is_counted_in_seconds_and_arabic_joins_its_units(live, now):
    rabat = edition_of(live, now, "rabat")
    assert "40 s" in wall.hero(rabat, EN, rabat.starts_at - timedelta(seconds=40))
    arabic = wall.hero(rabat, words("ar"), rabat.starts_at - timedelta(hours=2, minutes=3))
    assert "ساعتين و3 دقائق" in arabic


def test_soon_after_the_end_counts_still_move_and_then_they_are_final(over):
    soon = over.ends_at + timedelta(hours=5)
    assert "counts still move" in wall.now_line(replace(over, until=soon), EN, soon)
    assert "Sum of platform-reported views" in wall.hero(replace(over, until=soon), EN, soon)
    later = over.ends_at + timedelta(days=43)
    closed = replace(over, until=over.ends_at + timedelta(days=3))
    assert "Final sum" not in wall.hero(closed, EN, later), "nobody asked after the end"
    asked = tuple(replace(sight, seen_at=later) for sight in over.sights)
    closed = replace(closed, sights=asked)
    assert "counts still move" not in wall.now_line(closed, EN, later)
    hero = wall.hero(closed, EN, later)
    assert "Final sum of platform-reported views" in hero
    assert f"frozen at <bdi>{EN.full(over.total.as_of)}</bdi>" in hero


def test_the_number_steps_back_while_nobody_counts(live, now):
    edition = edition_of(live, now)
    assert '<p class="figure">' in wall.hero(edition, EN, now)
    dead = wall.hero(edition, EN, now, silent_since=now - timedelta(minutes=9))
    assert '<p class="figure old">' in dead


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_what_was_on_air_when_last_seen_is_not_said_to_be_on_air(live, now, language):
    edition, said = edition_of(live, now), words(language)
    (tile,) = [one for one in edition.tiles if one.platform == "youtube"]
    old = replace(edition, tiles=(replace(tile, freshness=Freshness.STALE),))
    is_on, was_on = (said.plural(f"tile.{key}", tile.live) for key in ("on_air", "were_on_air"))
    assert is_on != was_on
    assert was_on in bare(wall.tiles(old, said, now, dark=False))
    assert was_on not in bare(wall.tiles(edition, said, now, dark=False))


def bare(html: str) -> str:
    """The words of it."""
    return re.sub("<[^>]+>|[\u2066-\u2069]", "", html)
