import json
import re
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.session.context import start_refresher
from storage.model import Loss, SourceState
from storage.read_model.heartbeat import Heartbeat, WriteFailure
from storage.schema import READ_MODEL_VERSION
from tests.dashboard.conftest import SETTINGS, publish_as, text
from tests.support import published_edition
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import HOSTILE, Rehearsal
from tests.support.published_manifest import change_manifest

PAGES = ("wall", "growth", "forecast", "health")


def charts(app) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("echarts_chart")]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_page_opens_in_every_language_and_says_simulated(open_page, live, page, language):
    app = open_page(live, page, lang=language)
    shown = text(app)
    assert not app.exception
    assert {"en": "Simulated", "fr": "Simulation", "ar": "محاكاة"}[language] in shown
    assert f'"lang": "{language}"' in shown
    assert ('"dir": "rtl"' in shown) == (language == "ar")
    assert "Africa/Casablanca" in shown


@pytest.mark.parametrize("page", PAGES)
def test_before_anything_is_published_a_page_says_what_to_run(open_page, tmp_path, page):
    app = open_page(tmp_path / "nothing", page, lang="en")
    assert not app.exception
    assert "livetally demo" in text(app)
    assert "livetally up" in text(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_another_version_of_what_is_published_is_named_and_is_not_nothing(
    open_page, live, tmp_path, page, language
):
    word = "الإصدار" if language == "ar" else "version"
    folder = shutil.copytree(live, tmp_path / "newer")
    publish_as(folder, 900)
    app = open_page(folder, page, lang=language)
    shown = text(app)
    assert not app.exception
    assert f"{word} <bdi>900</bdi>" in shown
    assert f"{word} <bdi>{READ_MODEL_VERSION}</bdi>" in shown
    assert "livetally storage republish" in shown
    assert "livetally demo" not in shown


def test_the_picture_stays_when_another_version_is_published(open_page, live, tmp_path):
    folder = shutil.copytree(live, tmp_path / "newer")
    app = open_page(folder, lang="en")
    publish_as(folder, 900)
    start_refresher(folder, 3600.0).refresh()
    shown = text(app.run())
    assert 'class="figure"' in shown
    assert "has version <bdi>900</bdi>" in shown
    assert "livetally storage republish" in shown


@pytest.mark.parametrize("page", PAGES)
def test_an_edition_without_broadcasts_is_empty_and_not_zero(open_page, tmp_path, now, page):
    app = open_page(
        published_edition.publish_nothing_but_editions(tmp_path / "empty", now), page, lang="en"
    )
    assert not app.exception
    assert "Simulated" not in text(app)
    if page == "wall":
        assert '<p class="figure none">—</p>' in text(app)
        assert "No platform has reported views for this edition." in text(app)
        assert "No views yet" not in text(app), "nobody was asked"


def test_the_wall_shows_the_total_the_target_and_what_is_on_air(open_page, live):
    app = open_page(live, lang="en")
    shown = text(app)
    assert "of the target of <bdi>20,000,000</bdi>" in shown
    assert "Sum of platform-reported views" in shown
    assert "اليوم الثالث: البث المباشر من الجديدة" in shown
    assert "This platform reports no views." in shown
    assert "corrected \N{MINUS SIGN}300,000" in json.dumps(charts(app), ensure_ascii=False)


def test_numbers_in_french_are_grouped_by_narrow_spaces(open_page, live):
    assert "20\u202f000\u202f000" in text(open_page(live, lang="fr"))


@pytest.mark.fault(
    row=30,
    fault="the collector is dead and the dashboard alive",
    injected="no heartbeat for 14 min; one that stops while a page is open",
    outcome="the numbers stay; a banner says their age and what to run; nothing is called live",
)
@pytest.mark.parametrize("page", PAGES)
def test_with_a_dead_collector_the_numbers_stay_and_their_age_is_said(
    open_page, published, now, page
):
    folder = published("dead", Rehearsal(now=now - timedelta(minutes=14)))
    app = open_page(folder, page, lang="en")
    assert not app.exception
    assert "last sign of life <bdi>14 min</bdi> ago" in text(app)
    assert "livetally up" in text(app)
    if page == "wall":
        assert "Was live" in text(app)
        assert "broadcasts were on air" in text(app)
        assert "watching when last seen" in text(app)
        assert "watching now" not in text(app)
        assert "On air now" not in text(app)
        assert "stale" in text(app)
        assert 'class="figure old"' in text(app)


def test_a_collector_that_never_beat_is_said_to_be_silent(open_page, published, now):
    folder = published("unborn", Rehearsal(now=now, heartbeat_seconds_ago=None))
    assert "has given no sign of life" in text(open_page(folder, lang="en"))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("The disk refuses what is recorded since", "The database was damaged")),
        ("fr", ("Le disque refuse ce qui est enregistré depuis", "La base de données était")),
        ("ar", ("يرفض القرص ما يُسجَّل منذ", "تضررت قاعدة البيانات")),
    ],
)
def test_a_disk_that_refuses_and_a_database_that_was_damaged_are_said_on_top(
    open_page, live, now, language, said
):
    folder = shutil.copytree(live, live.with_name(f"refused-{language}"))
    refusal = WriteFailure(since=now - timedelta(minutes=5), rows=1234, dropped=56)
    (folder / "heartbeat.json").write_text(Heartbeat(at=now, refusal=refusal).to_json(1))
    loss = Loss(
        since=now - timedelta(hours=3),
        until=now,
        restored_from="20260517T120000Z.duckdb",
        quarantine="20260517T150000Z",
        detail="one block",
    )
    change_manifest(folder, loss=loss.fields())
    app = open_page(folder, "health", lang=language)
    shown = text(app)
    assert not app.exception
    assert all(words in shown for words in said)
    assert re.search(r"<bdi>1[,\u202f]234</bdi>.*<bdi>56</bdi>", shown)
    assert "quarantine/<bdi>20260517T150000Z</bdi>" in shown


def test_a_silent_platform_is_marked_and_the_total_says_how_old_its_part_is(
    open_page, published, now
):
    folder = published("failing", Rehearsal(now=now, failing_minutes=45))
    shown = text(open_page(folder, lang="en"))
    assert "Includes <bdi>YouTube</bdi> as of" in shown
    assert "lt-tile old" in shown


def test_where_no_views_are_told_who_is_watching_is_the_number(open_page, published, now):
    folder = published("silent", Rehearsal(now=now, views=False))
    shown = text(open_page(folder, lang="en"))
    assert '<p class="label">Watching now, where platforms tell it</p>' in shown
    assert "No platform of this edition has told views." in shown
    assert ">0<" not in shown


def test_after_the_last_broadcast_the_wall_lists_the_last_ones(open_page, published, now):
    folder = published("over", Rehearsal(now=now, live=False, simulated=False))
    shown = text(open_page(folder, lang="en"))
    assert "Nothing is on air" in shown
    assert "Last broadcasts" in shown
    assert "Simulated" not in shown


@pytest.mark.fault(
    row=25,
    fault="markup, Markdown, javascript: links, LaTeX in a title",
    injected="on every page, by AppTest and in headless Chromium",
    outcome="shown literally; nothing runs",
)
@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_title_is_plain_text(open_page, published, now, page):
    titles = tuple((key, HOSTILE) for key in ("DAY1", "DAY2", "DAY3"))
    app = open_page(published("hostile", Rehearsal(now=now, titles=titles)), page, lang="en")
    assert not app.exception
    ours = text(app).replace("<script>/* What a page does in the browser", "")
    assert "<script>" not in ours
    assert "<img" not in ours
    if page == "growth":
        options = app.selectbox(key="choose-broadcast").options
        assert any("**bold** $x^2$" in option for option in options)
    elif page != "forecast":  # which shows no titles
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in ours


def test_growth_draws_three_panels_and_names_the_gap(open_page, live):
    app = open_page(live, "growth", lang="en")
    (spec,) = charts(app)
    assert len(spec["grid"]) == 3
    assert "No data from YouTube" in text(app)
    assert "no data" in json.dumps(spec)


def test_the_address_is_the_state(open_page, live):
    app = open_page(live, "growth", lang="en")
    app.selectbox(key="choose-broadcast").select("youtube:DAY1").run()
    assert (
        app.query_params["broadcast"] == ["youtube:DAY1"]
        or app.query_params["broadcast"] == "youtube:DAY1"
    )
    assert not app.exception
    assert "الافتتاح الرسمي" in text(app)
    app.selectbox(key="choose-edition").select("rabat").run()
    assert "broadcast" not in app.query_params
    assert "Nothing has been counted" in text(app)


def test_growth_opens_as_the_address_says(open_page, live):
    app = open_page(live, "wall", lang="en", edition="el-jadida", platform="icecast", range="six")
    app.switch_page("app_pages/growth.py")
    app.query_params.update(lang="en", platform="icecast", range="six")
    app.run()
    (spec,) = charts(app)
    names = {one.get("name") for one in spec["series"]}
    assert names == {None, "Icecast, watching"}


def test_nonsense_in_the_address_is_passed_over(open_page, live):
    app = open_page(
        live, "growth", lang="xx", edition="<b>", platform="a,b", range="9", broadcast="'"
    )
    assert not app.exception
    assert charts(app)


@pytest.mark.parametrize(
    ("lang", "sentences"),
    [
        ("en", ("needs a person: it refuses the credentials", "views every minute or faster")),
        ("fr", ("attend une personne", "vues chaque minute ou plus vite")),
        ("ar", ("تنتظر تدخل شخص", "المشاهدات كل دقيقة أو أسرع")),
    ],
)
def test_health_says_how_a_source_fares_and_how_often_it_renews_its_counts(
    open_page, published, now, lang, sentences
):
    folder = published("refused", Rehearsal(now=now, state=SourceState.NEEDS_LOGIN))
    often = replace(SETTINGS, refresh_seconds=1)  # the renewals are in the second picture
    app = open_page(folder, "health", settings=often, lang=lang)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while sentences[1] not in (plain := re.sub("<[^>]+>", "", text(app))):
        assert time.monotonic() < deadline, plain
        app.run()
    assert [plain.count(sentence) for sentence in sentences] == [1, 1]


def test_what_is_failing_is_not_called_fine_beside_it(open_page, published, now, live):
    fine = re.compile("State.{0,9}fine")
    shown = re.sub("<[^>]+>", "", text(open_page(live, "health", lang="en")))
    assert fine.search(shown)
    folder = published("failing", Rehearsal(now=now, failing_minutes=45))
    shown = re.sub("<[^>]+>", "", text(open_page(folder, "health", lang="en")))
    assert re.search("YouTube.{0,9}failing", shown)
    assert not fine.search(shown)


def test_health_shows_quota_gaps_corrections_and_the_last_error(open_page, live):
    beat = Heartbeat(at=datetime.now(UTC))  # the module's own may be minutes old by now
    (live / "heartbeat.json").write_text(beat.to_json(pid=1), "utf-8")
    shown = text(open_page(live, "health", lang="en"))
    for wanted in (
        "<bdi>1,412</bdi> of <bdi>10,000</bdi> units used",
        "no connection within 10 s",
        "the platform could not be reached",
        "\N{MINUS SIGN}300,000",
        "This platform has no quota.",
        "running, last sign of life",
    ):
        assert wanted in shown


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", "polled less often: <bdi>archived, cooling (ended within 3 days)</bdi>"),
        ("fr", "relevé moins souvent : <bdi>les archives, les diffusions terminées depuis"),
        ("ar", "تُقرأ على فترات أبعد: <bdi>البثوث المؤرشفة، المنتهية منذ أقل من 3 أيام</bdi>"),
    ],
)
def test_health_says_what_a_short_quota_gives_up(open_page, live, language, wanted):
    shown = text(open_page(live, "health", lang=language))
    assert shown.count(wanted) == 1


def test_pausing_stops_the_updates_and_says_so(open_page, live):
    app = open_page(live, lang="en")
    app.toggle(key="pause").set_value(True).run()
    assert "Updates are paused" in text(app)
    app.query_params.pop("pause")  # as a timer's request that was under way brings it
    app.run()
    assert "Updates are paused" in text(app)
    links = re.findall(r'href="(broadcasts\?[^"]*)"', text(app))
    assert links
    assert all("pause=1" in one for one in links)
    app.toggle(key="pause").set_value(False).run()
    assert "Updates are paused" not in text(app)
    assert "pause=1" not in text(app)


def test_digits_and_the_direction_of_time_are_as_set_until_the_address_says_otherwise(
    open_page, live
):
    settings = replace(SETTINGS, digits="eastern", time="rtl")
    app = open_page(live, settings=settings, lang="ar")
    assert "٢٠٬٠٠٠٬٠٠٠" in text(app)
    assert charts(app)[0]["xAxis"][0]["inverse"]
    app = open_page(live, settings=settings, lang="ar", digits="latin", time="ltr")
    assert "20,000,000" in text(app)
    assert not charts(app)[0]["xAxis"][0]["inverse"]
    app = open_page(live, settings=settings, lang="fr")  # has neither
    assert "20\u202f000\u202f000" in text(app)
    assert not charts(app)[0]["xAxis"][0]["inverse"]


def test_every_chart_has_its_sentence_its_source_its_table_and_its_file(open_page, live):
    app = open_page(live, lang="en")
    shown = text(app)
    assert "views in the last 24 hours" in shown
    assert "Source: simulated platforms" in shown
    assert app.expander[0].label == "The numbers in a table"
    assert app.get("download_button")
    bare = open_page(live, lang="en", kiosk="1")
    assert charts(bare)
    assert not bare.expander
    assert not bare.get("download_button")
