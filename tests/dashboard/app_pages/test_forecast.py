"""The forecast page: ranges first, a chance in words, how far to trust it, or why there is none."""

import re
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.charts.forecast import draw
from dashboard.charts.growth import CurveData
from dashboard.charts.theme import Theme
from dashboard.components import forecast
from dashboard.i18n.words import words
from dashboard.session.context import start_refresher
from dashboard.view_model.build_edition import build_curves
from dashboard.view_model.forecasts import EVERY, CachedForecast, ForecastCache
from storage.analysis.epoch import milliseconds
from storage.analysis.forecast.conformal import PUBLIC
from storage.analysis.forecast.preconditions import NoForecast, NoForecastReason
from storage.analysis.forecast.result import TargetTime
from storage.read_model.reader import ReadModel
from tests.dashboard.conftest import text
from tests.support.published_edition import Rehearsal
from tests.support.published_forecast import edition, hour

LANGUAGES = ("en", "fr", "ar")
SAID = {language: words(language, "Africa/Casablanca") for language in LANGUAGES}
EN = SAID["en"]
WHOLE = edition(platform="youtube", opens=hour(0) + timedelta(days=365))
NOON = WHOLE.row["starts_at"] + timedelta(hours=60)
FOUND = WHOLE.forecast(NOON)


def plain(html: str) -> str:
    return re.sub("<[^>]+>", "", html)


@pytest.mark.parametrize(
    ("share", "en", "fr", "ar"),
    [
        (0.02, "fewer than 1 in 10", "moins de 1 sur 10", "أقل من 1 من 10"),
        (0.06, "1 in 10", "1 sur 10", "1 من 10"),
        (0.78, "8 in 10", "8 sur 10", "8 من 10"),
        (0.98, "more than 9 in 10", "plus de 9 sur 10", "أكثر من 9 من 10"),
    ],
)
def test_a_chance_is_a_frequency(share, en, fr, ar):
    assert [plain(forecast.chance(SAID[one], share)) for one in LANGUAGES] == [en, fr, ar]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("chance", "told"), [(0.3, True), (0.04, False)])
def test_an_hour_is_told_if_the_target_is_passed_and_not_where_that_is_unlikely(
    language, chance, told
):
    said = SAID[language]
    early, late = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
    spans = tuple(TargetTime(level=one.level, early=early, late=late) for one in FOUND.ranges)
    goal = replace(FOUND.target, chance=chance, middle=NOON + timedelta(hours=2), ranges=spans)
    found = replace(FOUND, target=goal)
    tiles = plain(forecast.target(found, said, NOON))
    assert said.say("forecast.when") in tiles
    between = plain(forecast.when(spans[0], said, NOON))
    assert (between in tiles) == told
    assert (said.say("forecast.when_unlikely") in tiles) == (not told)
    assert (plain(forecast.ranges(found, said, NOON)).count(between) == len(spans)) == told


def test_a_range_of_hours_reads_as_one():
    span = TargetTime(level=0.8, early=NOON + timedelta(hours=1), late=NOON + timedelta(hours=3))
    assert plain(forecast.when(span, EN, NOON)) == "between 14:00 and 16:00"


def test_the_range_comes_first_and_the_middle_after():
    said = plain(forecast.headline(FOUND, EN, NOON))
    _, usual, _ = FOUND.ranges
    both = f"{EN.compact(usual.low)} to {EN.compact(usual.high)}"
    assert said.index(both) < said.index(f"middle: {EN.compact(FOUND.middle)}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("editions", [0, 1, 2, 5])
def test_the_trust_shows_errors_of_comparable_moments_and_the_time_of_the_run(language, editions):
    said = SAID[language]
    own = 0.1234 if editions else None
    found = replace(FOUND, missed=own, tried_editions=editions, public_missed=0.1567)
    seen = CachedForecast(forecast=found, made_at=NOON + timedelta(minutes=2))
    told = plain(forecast.trust(seen, found, said, NOON))
    point = "," if language == "fr" else "."
    assert f"15{point}7" in told
    for wanted in ("202", said.clock(seen.made_at), said.clock(FOUND.as_of)):
        assert wanted in told
    alone = plain(
        said.say(
            "forecast.editions_none",
            percent=said.say("forecast.percent", value=f"{100 * PUBLIC.first.held:.0f}"),
        )
    )
    assert (alone in told) == (editions == 0)
    assert (f"12{point}3" in told) == (editions > 0)
    weights = plain(forecast.methods(FOUND, said))
    assert said.say("forecast.method.programme") in weights


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(NoForecastReason))
def test_every_refusal_has_words(language, reason, open_page, live):
    open_page(live, lang=language)
    picture = start_refresher(live, 3600.0).current.model
    found = NoForecast(
        edition="e", reason=reason, available_at=NOON, platforms=("youtube", "x"), coverage=0.31
    )
    said = plain(forecast.refused(found, picture.editions[-1], SAID[language], NOON))
    assert "{" not in said
    assert ("YouTube" in said) == (reason is NoForecastReason.DEFINITION_CHANGED)
    assert ("31" in said) == (reason is NoForecastReason.TOO_LITTLE_SEEN)


def drawing(language: str = "en"):
    known = WHOLE.until(NOON)
    curves = build_curves(known.minutes)
    trace = CurveData(
        cumulative=curves.cumulative, rates=curves.rates, viewers=curves.viewers, unseen=(),
        corrections=known.seen.corrections, until=NOON,
    )  # fmt: skip
    return draw(trace, FOUND, Theme(words=words(language)))


def test_the_solid_line_ends_where_the_newest_count_does_and_the_rest_is_dashed():
    spec = drawing().spec
    series = {one["id"]: one for one in spec["series"]}
    solid, *dashed = (series[f"0-{place}"] for place in range(4))
    assert solid["lineStyle"]["type"] == "solid"
    assert solid["data"][-1][0] == milliseconds(FOUND.as_of)
    for one in dashed:
        assert one["lineStyle"]["type"] == "dashed"
        assert one["data"][0][0] > milliseconds(FOUND.as_of)
        assert one["data"][-1][0] == milliseconds(FOUND.ends_at)
    assert spec["xAxis"][0]["max"] == milliseconds(FOUND.ends_at)


def test_the_band_is_between_its_two_dashed_edges():
    series = {one["id"]: one for one in drawing().spec["series"]}
    high, _, low = (series[f"0-{place}"]["data"] for place in (1, 2, 3))
    below, rise = series["band-low"]["data"], series["band-high"]["data"]
    assert [value for _, value in below] == [value for _, value, _ in low]
    tops = [one + other for (_, one), (_, other) in zip(below, rise, strict=True)]
    assert tops == [value for _, value, _ in high]


def test_the_middle_is_named_where_there_is_room_and_not_on_a_phone():
    narrow, wide = drawing().spec["media"]
    assert "query" in narrow
    (said,) = [
        one["endLabel"]
        for one in wide["option"]["series"]
        if "middle" in one.get("endLabel", {}).get("formatter", "")
    ]
    assert said["show"]
    assert not any("middle" in str(one.get("endLabel")) for one in narrow["option"]["series"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chart_says_its_range_to_those_who_cannot_see_it(language):
    alt = drawing(language).alt
    _, usual, _ = FOUND.ranges
    for value in (usual.low, usual.high, FOUND.middle, FOUND.views):
        assert words(language).number(value) in alt


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_a_forecast_and_its_chart(open_page, live, language):
    app = open_page(live, "forecast", lang=language)
    assert not app.exception
    said = plain(text(app))
    assert SAID[language].say("forecast.held") in said
    assert SAID[language].say("forecast.chance_of") in said
    (chart,) = app.get("echarts_chart")
    assert "band-high" in chart.proto.spec


def test_the_sums_to_come_are_a_table_and_a_file():
    seen = CachedForecast(forecast=FOUND, made_at=NOON)
    sheet = forecast.sheet(seen, FOUND, words("en"), simulated=True)
    head, first, *_ = sheet.csv.decode("utf-8-sig").splitlines()
    assert head.startswith("at_utc,low_95,low_80,low_50,middle,high_50,high_80,high_95,edition")
    assert first.split(",")[4] == str(FOUND.path["middle"][0])
    assert first.endswith('forecast, simulated"')
    assert sheet.html.count("<th ") == FOUND.path.width


def test_before_24_hours_it_says_from_when(open_page, published, now):
    folder = published("live", Rehearsal(now=now))
    app = open_page(folder, "forecast", lang="en", edition="rabat")
    app.query_params.update(lang="en", edition="rabat")
    app.run()
    said = plain(text(app))
    assert "The edition has not begun." in said
    assert "There may be one from" in said
    assert not app.get("echarts_chart")


def test_what_is_forecast_is_kept_for_some_minutes(live, now):
    foresight, published = ForecastCache(), ReadModel(live).open()
    first = foresight.get_or_make(published, now)
    assert set(first) == {"el-jadida", "rabat"}
    assert foresight.get_or_make(published, now + EVERY / 2) is first
    later = foresight.get_or_make(published, now + EVERY)
    assert later["el-jadida"].made_at == now + EVERY


def test_after_the_end_what_is_counted_is_final(live, now):
    after = ForecastCache().get_or_make(ReadModel(live).open(), now + timedelta(days=4))
    forecast = after["el-jadida"].forecast
    assert isinstance(forecast, NoForecast)
    assert forecast.reason is NoForecastReason.OVER


def test_the_final_word_says_by_how_much_the_target_was_missed(open_page, live, now):
    open_page(live, lang="en")
    picture = start_refresher(live, 3600.0).current.model
    mine = picture.edition("el-jadida")
    over = NoForecast(
        edition="el-jadida",
        reason=NoForecastReason.OVER,
        available_at=None,
        platforms=(),
        coverage=None,
    )
    assert mine is not None
    views = mine.total.views
    assert views is not None
    assert f"missed, by {20_000_000 - views:,}" in plain(forecast.refused(over, mine, EN, now))
    reached = replace(mine, target_views=views - 5)
    assert f"{views - 5:,} passed, by 5" in plain(forecast.refused(over, reached, EN, now))


def test_a_forecast_that_fails_takes_nothing_else_away(open_page, live, tmp_path, caplog):
    folder = shutil.copytree(live, tmp_path / "damaged")
    days = ReadModel(folder).manifest().days["broadcast_minutes"]
    (folder / days[min(days)]).write_bytes(b"damaged")  # of a day that only the forecast reads
    app = open_page(folder, "forecast", lang="en")
    assert not app.exception
    assert "The forecast could not be made." in text(app)
    start_refresher(folder, 3600.0).refresh()
    assert (
        caplog.text.count("forecasting el-jadida failed") == 1
    )  # it is not tried at every refresh
    assert 'class="figure"' in text(open_page(folder, lang="en"))
