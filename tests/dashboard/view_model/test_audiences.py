"""Editions that tell viewers and no views, on the Editions page."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from dashboard.components import editions, milestones, wall
from dashboard.i18n.words import LANGUAGES, words
from dashboard.view_model import comparison
from dashboard.view_model.comparison import Audiences, SideBySide
from tests.dashboard.view_model.test_broadcasts import made
from tests.support.published_event import HOUR, Followed, publish_event
from tests.support.ticks import at

NOW = at(3 * HOUR)
EARLIER = Followed(key="twitch:a", edition="e2025", viewers=dict.fromkeys(range(120), 40), ends=120)
LATER = Followed(key="twitch:b", viewers=dict.fromkeys(range(120), 90), ends=120)
VIEWS = {minute: 500 * minute for minute in range(120)}


def pages(tmp_path: Path, *followed: Followed, now: datetime = NOW) -> tuple[SideBySide, Audiences]:
    folder = publish_event(tmp_path / "published", followed, published=3 * HOUR)
    refresher = made(folder, now)
    model = refresher.current.model
    pair = comparison.side_by_side(model, "e2026", None)
    measured = refresher.generation_cache.get_or_build(
        "audiences", model, lambda read: comparison.audiences(pair, model, read)
    )
    assert measured is not None
    return pair, measured


def test_an_edition_with_viewers_and_no_views_is_measured_and_compared(tmp_path):
    pair, measured = pages(tmp_path, EARLIER, LATER)
    assert pair.now
    assert pair.before
    assert [(one.measured, one.tells_views) for one in (pair.now, pair.before)] == [
        (True, False)
    ] * 2
    shown = editions.audience(pair, measured, words("en"), NOW)
    for figure in ("90", "40", "180", "80"):
        assert f">{figure}<" in shown
    assert "not told" not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_was_measured_is_said_only_where_no_answer_was_stored(tmp_path, language):
    spoken = words(language)
    nothing = (spoken.say("editions.claim_none"), spoken.say("editions.not_measured"))
    pair, _ = pages(tmp_path, LATER)
    assert pair.now
    shown = editions.headline(pair, spoken) + milestones.reported(pair, spoken)
    assert shown.count(nothing[1]) == 1, "of e2025 alone, of which no answer was stored"
    assert nothing[0] not in shown
    assert milestones.milestones(pair, spoken, NOW) == ""
    never = comparison.side_by_side(made(tmp_path / "published", NOW).current.model, "e2025", None)
    assert editions.headline(never, spoken) == nothing[0]


def test_a_radio_alone_shows_its_audience_without_another_beside_it(tmp_path):
    radio = Followed(key="icecast:/live", viewers=dict.fromkeys(range(30), 8), ends=30)
    pair, measured = pages(tmp_path, radio)
    assert measured.compared is None
    shown = editions.audience(pair, measured, words("en"), NOW)
    assert ">8<" in shown
    assert shown.count("lt-side") == shown.count("lt-sides") + 1
    assert editions.sides(pair, words("en")) == ""


def test_the_wall_of_a_radio_tells_who_listens_now_and_waits_for_no_views(tmp_path):
    radio = Followed(key="icecast:/live", viewers=dict.fromkeys(range(30), 8))
    folder = publish_event(tmp_path / "published", [radio], published=30)
    edition = made(folder, at(30)).current.model.edition("e2026")
    assert edition
    shown = wall.hero(edition, words("en"), at(30))
    assert "Watching now" in shown
    assert ">8<" in shown
    over = replace(edition, on_air=())
    for language in LANGUAGES:
        ended = wall.hero(over, words(language), NOW)
        assert words(language).say("total.viewers_alone") in ended
        assert "—" in ended, "who is not seen to watch is not nobody"


def test_views_beside_an_edition_that_told_none_have_no_difference(tmp_path):
    later = Followed(key="youtube:b", viewers=LATER.viewers, views=VIEWS, ends=120)
    pair, measured = pages(tmp_path, EARLIER, later)
    sides = editions.sides(pair, words("en"))
    assert "59,500" in sides
    assert "not told" in sides
    assert editions.attribution(pair, words("en")) == ""
    assert ">0<" not in sides
    assert "told views" in editions.headline(pair, words("en"))
    assert "not told" in milestones.milestones(pair, words("en"), NOW)
    assert measured.compared
    assert measured.compared.like_for_like is None


def test_the_milestones_are_those_of_the_editions_own_target(tmp_path):
    later = Followed(key="youtube:b", views={0: 0, 30: 600}, ends=60)
    pair, _ = pages(tmp_path, later)
    assert pair.steps == (100, 500, 1_000, 1_500, 2_000)
    shown = milestones.milestones(pair, words("en"), NOW)
    assert shown.count("not yet") == 3
    assert "1,000,000" not in shown


def test_the_audience_as_a_file_tells_each_edition_and_which_hours(tmp_path):
    pair, measured = pages(tmp_path, EARLIER, LATER)
    rows = pl.read_csv(editions.audience_csv(pair, measured, simulated=True))
    assert rows.select("edition", "hours", "peak_viewers", "hours_watched").rows() == [
        ("e2026", "all", 90, 180.0),
        ("e2025", "all", 40, 80.0),
        ("e2026", "like_for_like", 90, 180.0),
        ("e2025", "like_for_like", 40, 80.0),
    ]
    assert set(rows["source"]) == {"simulated"}
