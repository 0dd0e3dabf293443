"""Editions of the real cases, recorded and published, in the report and on the page of editions."""

import json
from datetime import datetime
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.server.settings import DashboardSettings
from storage.reports.edition import report_of
from tests.support.builders import NOON
from tests.support.dashboard_settings import handed_over
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_event import Followed, publish_event

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
CASES = ("told-zero.json", "viewers-only.json")
#: How the cases write what was told in each minute on the air.
COURSES = {
    "4000 + minute": lambda minute: 4_000 + minute,
    "500 * minute": lambda minute: 500 * minute,
    None: None,
}
#: What is tracked after the end of an edition, in hours.
TRACKED_AFTER = 72


def told(shared, name):
    return json.loads((shared / "cases/comparison" / name).read_text("utf-8"))


def minutes_of(written, on_air):
    """What was told, by minute; a dictionary of them stands as it is."""
    if isinstance(written, dict):
        return {int(minute): value for minute, value in written.items()}
    course = COURSES[written]
    return {minute: course(minute) for minute in range(*on_air)} if course else {}


def followed(spec):
    on_air = spec.get("on_air_minutes", (0, 0))
    return Followed(
        key=spec["key"],
        edition=spec.get("edition", "e2026"),
        views=minutes_of(spec["views"], on_air),
        viewers=minutes_of(spec.get("viewers"), on_air),
        ends=on_air[1] or None,
    )


def after_noon(moment):
    return int((datetime.fromisoformat(moment) - NOON).total_seconds() / 60)


@pytest.fixture
def both(shared, tmp_path):
    """Two editions, of which the earlier one tells viewers and no views."""
    case = told(shared, "viewers-only.json")
    editions = {each["key"]: each for each in case["editions"]}
    return publish_event(
        tmp_path / "both",
        [followed(each) for each in case["broadcasts"]],
        openings={key: after_noon(each["opens"]) for key, each in editions.items()},
        hours={key: each["days"] * 24 for key, each in editions.items()},
        published=after_noon(case["published_at"]),
    )


@pytest.fixture
def alone(shared, tmp_path):
    """Editions of one broadcast each, by its key: one told 0 views, the other none."""
    case = told(shared, "told-zero.json")
    return {
        each["key"]: publish_event(
            tmp_path / each["key"].replace(":", "-"),
            [followed(each)],
            openings={"e2026": 0},
            published=10,
        )
        for each in case["broadcasts"]
    }


def page_of(folder):
    """The page of editions as a reader of English is sent it."""
    try:
        with handed_over(DashboardSettings(read_model=folder)):
            app = AppTest.from_file(str(APP), default_timeout=PATIENCE_SECONDS)
            app.query_params["lang"], app.query_params["edition"] = "en", "e2026"
            app.run()
            app.switch_page("app_pages/editions.py").run()
    finally:
        st.cache_resource.clear()
    assert not app.exception
    pieces = [element.proto.body for element in app.get("html")]
    return "\n".join(each for each in pieces if each.startswith('<div class="lt'))


def below(report):
    return {row["views_below"] for row in report["milestones"]}


def test_every_case_is_tried(shared):
    assert sorted(CASES) == sorted(path.name for path in (shared / "cases/comparison").iterdir())


def test_an_edition_that_told_viewers_alone_has_no_views_to_compare_with(both):
    report = report_of(both, "e2026")
    compared = report["comparison"]
    everything = compared["everything"]
    assert (everything["now"], everything["before"]) == (59_500, None)
    assert (everything["difference"], everything["ratio"]) == (None, None)
    assert (compared["attribution"], compared["like_for_like"]) == (None, None)
    assert compared["hours"] == 5 * 24 + TRACKED_AFTER
    before = report_of(both, "e2025")
    assert before["totals"]["views"] is None
    assert before["milestones"]
    assert below(before) == {None}
    assert not any(row["stands"] for row in before["milestones"])


def test_the_audiences_of_both_stand_side_by_side(both):
    report = report_of(both, "e2026")
    sides = report["comparison"]["audience"]["everything"]
    for each in (sides["now"], sides["before"], report_of(both, "e2025")["audience"]):
        assert (each["peak"]["viewers"], each["hours_watched"]) == (4_119, 8_119.0)


def test_the_page_of_editions_says_that_no_views_were_told(both):
    page = page_of(both)
    assert "<b>not told</b>" in page
    assert "lt-parts" not in page
    assert page.count('<td class="n"><bdi dir="ltr">8,119</bdi></td>') == 2
    assert page.count('<b><bdi dir="ltr">4,119</bdi></b>') == 2
    assert '<td class="w none">not told</td>' in page
    assert '<b><bdi dir="ltr">0</bdi></b>' not in page


@pytest.mark.parametrize(
    ("key", "views", "claim", "milestones"),
    [
        ("youtube:c", 0, "0 views so far", True),
        ("youtube:d", None, "No platform of this edition has told views", False),
    ],
)
def test_a_told_0_is_0_and_what_was_not_told_is_none(alone, key, views, claim, milestones):
    report = report_of(alone[key], "e2026")
    assert report["totals"]["views"] == views
    assert below(report) == {views}
    assert {row["before"] for row in report["milestones"]} == {None}
    page = page_of(alone[key])
    assert claim in page
    assert ("<h2>Milestones</h2>" in page) == milestones
