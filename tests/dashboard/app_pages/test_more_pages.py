"""The broadcasts, one broadcast, the editions and the method, each as its page shows it."""

import json
import re
from datetime import timedelta

import pytest

from tests.support import published_edition
from tests.support.published_edition import HOSTILE, Rehearsal

PAGES = ("broadcasts", "broadcast", "editions", "method")
LANGUAGES = ("en", "fr", "ar")


@pytest.fixture
def opened(open_page):
    """Open one of these pages; what the address asks for stays when the page is switched to."""

    def at(folder, page: str, **query: str):
        app = open_page(folder, "wall", **query)
        app.switch_page(f"app_pages/{page}.py")
        app.query_params.update(query)
        return app.run()

    return at


def charts(app) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("echarts_chart")]


def text(app) -> str:
    """What our pages show as HTML, without style and script."""
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith(("<style", "<script")))


def plain(app) -> str:
    return re.sub("<[^>]+>", "", text(app))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_opens_in_every_language_and_leaves_no_key_untranslated(
    opened, live, page, language
):
    app = opened(live, page, lang=language, id="youtube:DAY3")
    shown = text(app)
    assert not app.exception
    assert {"en": "Simulated", "fr": "Simulation", "ar": "محاكاة"}[language] in shown
    sheets = "".join(element.proto.body for element in app.get("html"))
    assert (".stApp { direction: rtl; }" in sheets) == (language == "ar")
    assert not re.findall(r">(?:broadcasts?|editions|method|metric|reason)\.[a-z_.]+<", shown)
    assert "{" not in shown


@pytest.mark.parametrize("page", PAGES)
def test_before_anything_is_published_it_says_what_to_run(opened, tmp_path, page):
    app = opened(tmp_path / "nothing", page, lang="en")
    assert not app.exception
    assert "livetally demo" in text(app)


@pytest.mark.parametrize("page", PAGES)
def test_with_a_dead_collector_its_age_is_said(opened, published, now, page):
    folder = published("dead", Rehearsal(now=now - timedelta(minutes=14)))
    app = opened(folder, page, lang="en", id="youtube:DAY3")
    assert not app.exception
    assert re.search(r"last sign of life 1[45] min ago", plain(app))
    assert "Watching now" not in text(app)


def test_an_edition_to_come_has_a_countdown_and_no_zeros(opened, tmp_path, now):
    folder = published_edition.publish_nothing_but_editions(tmp_path / "empty", now)
    for page, wanted in (
        ("broadcasts", "No broadcast of this edition is known yet"),
        ("editions", "Nothing was measured of this edition yet"),
        ("method", "What each platform counts"),
    ):
        app = opened(folder, page, lang="en", edition="rabat")
        assert not app.exception
        assert wanted in plain(app)
        if page != "method":
            assert re.search(r"opens in (199|200) days", plain(app))


def test_the_table_has_a_row_per_broadcast_and_leads_to_each(opened, live):
    shown = text(opened(live, "broadcasts", lang="fr"))
    assert "7 diffusions" in re.sub("<[^>]+>", "", shown)
    assert shown.count("<tr><td") == 7
    assert 'href="broadcast?lang=fr&amp;id=youtube%3ADAY2"' in shown
    assert 'href="https://www.youtube.com/watch?v=DAY2"' in shown
    assert 'aria-sort="descending"' in shown


def test_every_choice_stands_in_the_address_and_is_read_from_it(opened, live):
    app = opened(live, "broadcasts", lang="en", phase="over", sort="newest", platform="youtube")
    shown = text(app)
    assert "3 broadcasts" in plain(app)
    assert shown.index("id=youtube%3ADAY2") < shown.index("id=youtube%3ADAY1B")
    app.text_input(key="choose-q").set_value("stands").run()
    assert app.query_params["q"] in ("stands", ["stands"])
    assert "1 broadcast" in plain(app)
    app.text_input(key="choose-q").set_value("none such").run()
    assert "No broadcast matches" in plain(app)
    app.text_input(key="choose-q").set_value("").run()
    assert "q" not in app.query_params


def test_what_was_watched_before_a_silence_is_not_said_to_be_watched_now(opened, published, now):
    folder = published("failing", Rehearsal(now=now, failing_minutes=45))
    shown = plain(opened(folder, "broadcasts", lang="en", platform="youtube"))
    assert "when last seen" in shown
    assert not re.search(r"[0-9] watching", shown)
    assert "stale" in shown


def test_nonsense_in_the_address_is_passed_over(opened, live):
    app = opened(
        live,
        "broadcasts",
        lang="en",
        edition="<b>",
        sort="<b>",
        phase="9",
        platform="a,b",
        rows="'",
    )
    assert not app.exception
    assert "7 broadcasts" in plain(app)


def test_from_a_tile_to_the_polls_are_two_clicks(opened, open_page, live):
    wall = text(open_page(live, lang="en"))
    assert 'href="broadcasts?lang=en&amp;platform=youtube"' in wall
    listed = text(opened(live, "broadcasts", lang="en", platform="youtube"))
    assert 'href="broadcast?lang=en&amp;id=youtube%3ADAY3"' in listed
    shown = opened(live, "broadcast", lang="en", id="youtube:DAY3")
    assert re.search(r"#\d+", plain(shown))
    assert "Readings, newest first" in plain(shown)


def test_one_broadcast_shows_its_peak_its_moment_and_its_gap(opened, live):
    app = opened(live, "broadcast", lang="en", id="youtube:DAY2")
    shown = plain(app)
    assert re.search(r"watch\?v=DAY2&amp;t=\d+s", text(app))
    assert "Peak audience" in shown
    assert "a lower bound" in shown
    assert "the platform could not be reached" in shown
    assert "fewer than five earlier broadcasts" in shown
    assert "Playbacks from their first frame" in shown
    (spec,) = charts(app)
    assert len(spec["grid"]) == 3


def test_a_broadcast_to_come_counts_down(opened, live):
    shown = plain(opened(live, "broadcast", lang="en", id="youtube:SOON"))
    assert "Begins in" in shown
    assert "Peak audience" not in shown


@pytest.mark.parametrize("asked", ["youtube:NONE", "<script>alert(1)</script>", ""])
def test_an_unknown_broadcast_is_said_to_be_unknown(opened, live, asked):
    app = opened(live, "broadcast", lang="en", id=asked)
    assert not app.exception
    assert "No such broadcast" in plain(app)
    assert "<script>alert" not in text(app)


def test_editions_draws_by_hours_and_names_the_milestones(opened, live):
    app = opened(live, "editions", lang="en")
    (spec,) = charts(app)
    assert spec["xAxis"]["type"] == "category"
    shown = plain(app)
    assert "no other edition was measured" in shown
    assert re.search(r"\d+ h and \d+ min after the opening", shown)
    assert "not reported" in shown


def test_the_method_says_what_a_view_is_on_the_platforms_of_the_edition_first(opened, live):
    shown = text(opened(live, "method", lang="ar"))
    first, _, others = shown.partition("<details")
    assert "مرات التشغيل منذ الصورة الأولى" in first
    assert "Twitch" not in first
    assert "Twitch" in others
    assert "\N{MINUS SIGN}300,000" in shown


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_hostile_title_is_plain_text(opened, published, now, page, language):
    titles = tuple((key, HOSTILE) for key in ("DAY1", "DAY2", "DAY3"))
    folder = published("hostile", Rehearsal(now=now, titles=titles))
    app = opened(folder, page, lang=language, id="youtube:DAY1")
    ours = text(app)
    assert not app.exception
    assert "<script>" not in ours
    assert "<img" not in ours
    assert "javascript:" not in "".join(re.findall(r'href="[^"]*"', ours))
    if page != "editions":
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in ours
