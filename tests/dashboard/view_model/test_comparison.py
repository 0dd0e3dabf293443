import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest

from dashboard.charts import editions_over_hours
from dashboard.charts.editions_over_hours import EditionCurveSeries
from dashboard.charts.theme import Theme
from dashboard.components import editions, method, milestones
from dashboard.components.links import Links
from dashboard.i18n.words import LANGUAGES, table, words
from dashboard.view_model import comparison
from storage.analysis.epoch import milliseconds
from storage.definitions import load
from storage.model import Metric
from tests.dashboard.view_model.test_broadcasts import made
from tests.support.published_two_editions import both


@pytest.fixture
def picture(live, now):
    return both(made(live, now), now)


@pytest.fixture
def found(picture):
    return comparison.side_by_side(picture, "el-jadida", None)


def courses(found) -> list[EditionCurveSeries]:
    return [
        EditionCurveSeries(
            name=one.edition.names.en,
            opened_at=one.edition.starts_at,
            ends_at=one.edition.ends_at,
            sums=comparison.sums(one.edition),
            unseen=one.edition.unseen,
            platforms=one.edition.view_platforms,
            chosen=one is found.now,
        )
        for one in found.figures
        if one.measured
    ]


def shift(one: EditionCurveSeries, minutes: int) -> int:
    """How much later it would have to open for its gap to end ``minutes`` into a quarter of an hour."""
    if not one.unseen:
        return 0
    past = one.unseen[0].ended - milliseconds(one.opened_at)
    return (past - minutes * 60_000) % (15 * 60_000)


def test_the_latest_earlier_measured_edition_stands_beside(found):
    assert found.before is not None
    assert found.before.edition.key == "before"
    mine, theirs = found.at_hour
    assert theirs == pytest.approx(mine / 2, rel=0.01)
    assert "more than Before en" in editions.headline(found, words("en"))


def test_the_parts_shown_add_up_to_the_difference_of_all(found):
    parts = editions.parts_of(found.comparison.attribution)
    assert sum(value for _, value in parts) == pytest.approx(
        found.comparison.everything.difference, abs=2
    )
    shown = editions.attribution(found, words("en"))
    assert words("en").signed(found.comparison.everything.difference) in shown


def test_a_milestone_is_told_by_hours_since_its_own_opening(found, now):
    assert found.now is not None
    (million,) = [one for one in found.now.milestones if one.views == 1_000_000]
    since = million.before - found.now.edition.starts_at
    assert milestones.since_opening(since, words("en")) in milestones.milestones(
        found, words("en"), now
    )
    hours, minutes = divmod(int(since.total_seconds()) // 60, 60)
    assert milestones.since_opening(since, words("en")) == f"{hours} h and {minutes} min"


def test_not_yet_and_never_are_two_things(found, now):
    shown = milestones.milestones(found, words("en"), now)
    assert "not yet" in shown  # this one is on
    assert "not reached" in shown  # that one is over


def test_reported_figures_have_their_sources_and_enter_no_sum(found):
    shown = milestones.reported(found, words("en"))
    assert "29,000,000" in shown
    assert "more than 29 million views" in shown
    assert "<b>press</b>" not in shown
    assert "&lt;b&gt;press&lt;/b&gt;" in shown
    assert found.comparison.everything.before < 15_000_000
    assert "12.1 reported" in shown.replace("<bdi>", "").replace("</bdi>", "")


def test_an_edition_that_was_not_measured_is_not_zero(found):
    shown = milestones.reported(found, words("en"))
    assert "not measured" in shown
    assert ">0<" not in shown


def test_curves_begin_at_the_opening_the_chosen_one_thick_and_others_grey(found):
    look = Theme(words=words("en"))
    drawing = editions_over_hours.draw(courses(found), look)
    assert drawing is not None
    lines = {one["name"]: one for one in drawing.spec["series"] if one.get("name")}
    assert lines["El Jadida"]["lineStyle"]["width"] > 2 * lines["Before en"]["lineStyle"]["width"]
    assert lines["Before en"]["lineStyle"]["color"] == look.ink.muted
    steps = [at for at, *_ in lines["El Jadida"]["data"]]
    assert steps == sorted(set(steps))
    assert steps[0] >= 0
    assert drawing.spec["xAxis"]["data"][4] == "1 h 00 min after the opening"
    json.dumps(drawing.spec)


def test_a_gap_breaks_the_curve_of_an_edition(found):
    drawing = editions_over_hours.draw(courses(found), Theme(words=words("en")))
    (mine,) = [one for one in drawing.spec["series"] if one.get("name") == "El Jadida"]
    # From 27 to 21 hours before now nothing of YouTube was seen, the only platform that tells views.
    assert None in [value for _, value, _ in mine["data"]]
    assert drawing.notes == (words("en").say("editions.broken"),)


@pytest.mark.parametrize("minutes", [0, 1, 14])
def test_what_came_unseen_is_dashed_and_not_a_leap_of_the_curve(found, minutes):
    """Another platform told views all the while: the sum goes on, without what YouTube gained.

    It is seen again so many ``minutes`` into a quarter of an hour since the opening.
    """
    wider = [
        replace(
            one,
            platforms=(*one.platforms, "facebook"),
            opened_at=one.opened_at + timedelta(milliseconds=shift(one, minutes)),
        )
        for one in courses(found)
    ]
    drawing = editions_over_hours.draw(wider, Theme(words=words("en")))
    lines = {one["name"]: one for one in drawing.spec["series"] if one.get("name")}
    whole, partly = lines["El Jadida"], lines["El Jadida, a part not seen"]
    assert partly["lineStyle"]["type"] == "dashed"
    told = [value for _, value, _ in whole["data"] if value is not None]
    leaps = [
        later - sooner
        for (_, sooner, _), (_, later, _) in pairwise(whole["data"])
        if None not in (sooner, later)
    ]
    assert max(leaps) < 0.1 * max(told)
    assert words("en").say("editions.in_part") in drawing.notes


def test_nothing_measured_draws_nothing_and_says_so(found):
    (empty,) = [one for one in found.figures if not one.measured]
    assert editions_over_hours.draw([], Theme(words=words("en"))) is None
    alone = comparison.SideBySide(
        figures=(empty,), now=empty, before=None, comparison=None, hour=0, at_hour=(None, None)
    )
    assert "Nothing was measured" in editions.headline(alone, words("en"))
    assert editions.sides(alone, words("en")) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_definition_of_a_view_has_words_in_every_language(language):
    told = table(language)
    wanted = {
        f"method.counts.{one.key}.{each.metric}": each.counts
        for one in load()
        for each in one.meanings
        if each.metric in {Metric.VIEWS, Metric.CONCURRENT_VIEWERS}
    }
    assert {key for key in told if key.startswith("method.counts.")} == set(wanted)
    if language == "en":
        assert {key: told[key] for key in wanted} == wanted


def test_gaps_are_added_up_by_reason_up_to_now(picture, now):
    edition = picture.edition("el-jadida")
    (row,) = method.gaps_by_reason(edition.gaps, now).to_dicts()
    assert row["reason"] == "unreachable"
    assert row["count"] == edition.gaps.height
    assert row["lasting"] == 0
    assert row["seconds"] == pytest.approx(edition.gaps.height * 6 * 3600, rel=0.05)
    later = method.gaps_by_reason(
        edition.gaps.with_columns(ended_at=None).cast(edition.gaps.schema), now
    )
    assert later["lasting"].item() == edition.gaps.height
    assert later["seconds"].item() > row["seconds"] + timedelta(hours=20).total_seconds()


def test_a_correction_on_the_method_page_leads_to_its_broadcast(picture, now):
    shown = method.corrections(
        picture.edition("el-jadida"), words("en"), now, Links(query={"lang": "en"})
    )
    assert "\N{MINUS SIGN}300,000" in shown
    assert "broadcast?lang=en&amp;id=youtube%3ADAY1" in shown


def test_the_table_of_the_curves_has_an_hour_a_row_and_ends_where_they_do(found, picture):
    sheet = editions.sheet(found, words("fr"), simulated=True)
    rows = pl.read_csv(sheet.csv)
    mine = rows.filter(pl.col("edition") == "el-jadida")
    assert mine["views"][-1] == picture.edition("el-jadida").total.views
    assert mine["hour"].is_sorted()
    assert mine["hour"].n_unique() == mine.height
    assert set(rows["source"]) == {"simulated"}
    assert sheet.html.count("<tr>") == rows.height + 1
