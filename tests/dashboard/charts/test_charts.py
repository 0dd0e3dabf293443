import json
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from dashboard.charts import growth, theme
from dashboard.charts.growth import CurveData
from dashboard.charts.headline import headline
from dashboard.charts.rate_over_time import average, settled_until, width_minutes
from dashboard.charts.scale import scale, spread
from dashboard.charts.theme import Theme
from dashboard.i18n.words import words
from storage.analysis.unseen import sample_times, unseen_intervals
from storage.analysis.views.growth import cumulative, per_minute
from storage.definitions.platforms import known_platforms
from storage.model import Annotation, Names
from storage.schema import CORRECTIONS, EDITION_MINUTES, GAPS
from tests.support.gap_frames import START, broadcast, gap, watched

LOOK = Theme(words=words("en", "Africa/Casablanca"))


def minutes(*platforms: str, skip: range = range(0), length: int = 300) -> pl.DataFrame:
    """Both grow by 1,000 a minute; the first is silent in ``skip``."""
    rows = [
        {
            "minute": START + timedelta(minutes=minute),
            "edition": "e",
            "platform": platform,
            "views_delta": 1_000,
            "concurrent_viewers": 50,
            "broadcasts_observed": 1,
        }
        for platform in platforms
        for minute in range(length)
        if not (platform == platforms[0] and minute in skip)
    ]
    return pl.DataFrame(rows, schema=EDITION_MINUTES)


def correction(minute: int, fall: int) -> pl.DataFrame:
    row = {
        "broadcast": "youtube:A",
        "platform": "youtube",
        "edition": "e",
        "metric": "views",
        "observed_at": START + timedelta(minutes=minute, seconds=9),
        "before": 1_000_000,
        "after": 1_000_000 - fall,
        "poll_id": 1,
    }
    return pl.DataFrame([row], schema=CORRECTIONS)


def trace(
    rows: pl.DataFrame,
    gaps: pl.DataFrame | None = None,
    falls: pl.DataFrame | None = None,
    state: pl.DataFrame | None = None,
) -> CurveData:
    """Of one broadcast on air per platform, unless ``state`` says more."""
    live = watched(*(broadcast(f"{one}:A") for one in rows["platform"].unique()))
    viewers = rows.select("minute", "platform", "concurrent_viewers")
    until = START + timedelta(minutes=300)
    unseen = pl.DataFrame(schema=GAPS) if gaps is None else gaps
    return CurveData(
        cumulative=cumulative(rows),
        rates=per_minute(rows).filter(pl.col("platform").is_not_null()),
        viewers=viewers,
        unseen=unseen_intervals(
            live if state is None else state, unseen, sample_times(viewers), until
        ),
        corrections=pl.DataFrame(schema=CORRECTIONS) if falls is None else falls,
        until=until,
    )


def lines(drawing: Any) -> dict[str, dict]:
    return {one["name"]: one for one in drawing.spec["series"] if "name" in one}


def ground(drawing: Any) -> dict:
    return next(one for one in drawing.spec["series"] if one["id"] == "0-ground")


def test_platforms_come_in_their_fixed_order_with_their_colours_and_the_sum_first():
    drawn = lines(growth.wall_chart(trace(minutes("x", "facebook", "youtube")), LOOK, target=None))
    assert list(drawn) == ["Sum", "YouTube", "Facebook", "X"]
    assert drawn["YouTube"]["lineStyle"]["color"] == "#CA4C09"


def test_one_platform_alone_has_no_sum_beside_it():
    assert list(lines(growth.wall_chart(trace(minutes("youtube")), LOOK, target=None))) == [
        "YouTube"
    ]


def test_a_gap_breaks_its_platforms_line_and_is_a_named_band():
    rows = minutes("youtube", skip=range(100, 160))
    drawing = growth.wall_chart(trace(rows, gap("youtube:A", 99, 160)), LOOK, target=None)
    values = [value for _, value, _ in lines(drawing)["YouTube"]["data"]]
    assert values.count(None) == 1
    (area,) = ground(drawing)["markArea"]["data"]
    assert area[0]["label"]["formatter"] == "no data 10:39 to 11:40"
    assert drawing.notes[0].startswith("No data from YouTube on 19 May, 10:39 to 11:40")


def test_the_sum_is_dashed_where_one_platform_was_missing():
    rows = minutes("youtube", "facebook", skip=range(100, 160))
    drawn = lines(growth.wall_chart(trace(rows, gap("youtube:A", 99, 160)), LOOK, target=None))
    dashed = drawn["Sum, a part not seen"]
    assert dashed["lineStyle"]["type"] == "dashed"
    assert any(value is not None for _, value, _ in dashed["data"])
    assert None not in [value for _, value, _ in drawn["Facebook"]["data"]]


def test_one_archived_broadcast_unseen_for_hours_does_not_break_its_platforms_line():
    hourly = minutes("youtube").filter(pl.col("minute").dt.minute() == 0)
    old = watched(*(broadcast(f"youtube:{key}", starts=-900, ends=-800) for key in "ABC"))
    drawing = growth.wall_chart(
        trace(hourly, gap("youtube:A", 0, 240), state=old), LOOK, target=None
    )
    assert None not in [value for _, value, _ in lines(drawing)["YouTube"]["data"]]
    assert ground(drawing)["markArea"]["data"] == []
    assert drawing.notes == ()


def test_a_broadcast_on_air_unseen_among_others_is_a_fainter_band_with_its_count():
    live = watched(*(broadcast(f"youtube:{key}") for key in "ABC"))
    drawing = growth.growth_chart(
        trace(minutes("youtube"), gap("youtube:A", 100, 160), state=live), LOOK, target=None
    )
    drawn = lines(drawing)
    (area,) = ground(drawing)["markArea"]["data"]
    assert area[0]["label"]["formatter"] == "1 of 3 not seen"
    assert area[0]["itemStyle"]["color"] == theme.LIGHT.faint
    assert drawing.notes[0].startswith("1 of 3 broadcasts on air on YouTube not seen on 19 May")
    dashed = drawn["YouTube, seen in part"]
    assert dashed["lineStyle"]["type"] == "dashed"
    assert [value for _, value, _ in dashed["data"]].count(None) == 1
    assert len(dashed["data"]) == 62
    assert len(drawn["YouTube"]["data"]) == 300 - 59 + 1


def test_the_label_stands_at_the_end_of_the_line_be_it_dashed():
    rows = minutes("youtube", "facebook").filter(
        (pl.col("platform") == "facebook") | (pl.col("minute") <= START + timedelta(minutes=200))
    )
    drawn = lines(growth.wall_chart(trace(rows, gap("youtube:A", 200, None)), LOOK, target=None))
    assert "endLabel" not in drawn["Sum"]
    assert drawn["Sum, a part not seen"]["endLabel"]["formatter"] == "Sum 501K"


def test_an_audience_of_long_ago_has_no_number_at_its_end():
    rows = minutes("youtube", "facebook").with_columns(
        concurrent_viewers=pl.when(
            (pl.col("platform") == "facebook") & (pl.col("minute") > START + timedelta(minutes=90))
        )
        .then(None)
        .otherwise("concurrent_viewers")
    )
    drawn = lines(growth.growth_chart(trace(rows), LOOK, target=None))
    assert drawn["YouTube, watching"]["endLabel"]["formatter"] == "YouTube 50"
    assert drawn["Facebook, watching"]["endLabel"]["formatter"] == "Facebook"


def test_an_archived_answer_is_not_drawn_while_nothing_on_air_was_seen():
    rows = minutes("youtube", skip=range(101, 130)).filter(
        ~pl.col("minute").is_between(START + timedelta(minutes=131), START + timedelta(minutes=159))
    )
    state = watched(broadcast("youtube:A"), broadcast("youtube:OLD", starts=-900, ends=-800))
    drawing = growth.wall_chart(
        trace(rows, gap("youtube:A", 100, 160), state=state), LOOK, target=None
    )
    inside = [
        value
        for at, value, _ in lines(drawing)["YouTube"]["data"]
        if 100 < (at - 3_600_000) // 60_000 - START.timestamp() // 60 < 160
    ]
    assert inside == [None]


def test_the_rate_of_a_stretch_seen_in_part_is_its_mean_and_not_the_jump_at_its_end():
    rows = minutes("youtube").with_columns(
        views_delta=pl.when(pl.col("minute") == START + timedelta(minutes=160))
        .then(61_000)
        .otherwise("views_delta")
    )
    live = watched(broadcast("youtube:A"), broadcast("youtube:B"))
    found = trace(rows, gap("youtube:A", 100, 160), state=live)
    rates = settled_until(found.rates, found.unseen)
    assert rates["views_per_minute"].max() == 2_000
    assert rates.filter(pl.col("minutes") == 60)["views_per_minute"].to_list() == [2_000]


def test_a_period_shows_the_part_of_a_stretch_that_lies_in_it():
    live = watched(broadcast("youtube:A"), broadcast("youtube:B"))
    whole = trace(minutes("youtube"), gap("youtube:A", 100, 160), state=live)
    part = whole.within(START + timedelta(minutes=130), START + timedelta(minutes=200))
    assert "1 of 2" in growth.wall_chart(part, LOOK, target=None).notes[0]
    assert whole.within(START + timedelta(minutes=200), whole.until).unseen == ()


def test_a_gap_that_lasts_reaches_up_to_now():
    rows = minutes("youtube", length=200)
    drawing = growth.wall_chart(trace(rows, gap("youtube:A", 199, None)), LOOK, target=None)
    (area,) = ground(drawing)["markArea"]["data"]
    assert area[1]["xAxis"] == drawing.spec["xAxis"][0]["max"]
    assert "since" in drawing.notes[0]


def test_a_large_correction_is_named_at_its_fall_and_a_small_one_is_not():
    falls = pl.concat([correction(120, 200_000), correction(200, 12)])
    drawing = growth.wall_chart(trace(minutes("youtube"), falls=falls), LOOK, target=None)
    (spot,) = ground(drawing)["markPoint"]["data"]
    assert spot["label"]["formatter"] == "corrected \N{MINUS SIGN}200,000"
    assert len([note for note in drawing.notes if "corrected" in note]) == 1


def test_the_axis_starts_at_zero_and_the_target_shows_only_in_range():
    near = growth.wall_chart(trace(minutes("youtube")), LOOK, target=350_000)
    far = growth.wall_chart(trace(minutes("youtube")), LOOK, target=20_000_000)
    assert near.spec["yAxis"][0]["min"] == 0
    assert 350_000 in [line["yAxis"] for line in ground(near)["markLine"]["data"]]
    assert 20_000_000 not in [line["yAxis"] for line in ground(far)["markLine"]["data"]]


def test_time_is_the_events():
    drawing = growth.wall_chart(trace(minutes("youtube")), LOOK, target=None)
    utc = int(START.timestamp() * 1000)
    assert drawing.spec["xAxis"][0]["min"] == utc + 3_600_000


def test_numbers_in_the_tooltip_are_written_in_the_readers_language():
    french = Theme(words=words("fr", "Africa/Casablanca"))
    drawn = lines(growth.wall_chart(trace(minutes("youtube")), french, target=None))
    assert drawn["YouTube"]["data"][-1][2] == "300\u202f000"


def test_explore_puts_three_panels_on_one_time_axis_with_one_zoom():
    drawing = growth.growth_chart(trace(minutes("youtube", "icecast")), LOOK, target=None)
    assert len(drawing.spec["grid"]) == 3
    assert len({(axis["min"], axis["max"]) for axis in drawing.spec["xAxis"]}) == 1
    assert drawing.spec["dataZoom"][0]["xAxisIndex"] == [0, 1, 2]


def test_viewers_of_hours_apart_are_not_connected():
    rows = minutes("youtube", skip=range(50, 200))
    drawn = lines(growth.growth_chart(trace(rows), LOOK, target=None))
    assert None in [value for _, value, _ in drawn["YouTube, watching"]["data"]]


def test_nothing_to_draw_is_no_chart():
    assert growth.wall_chart(trace(minutes("youtube", length=0)), LOOK, target=None) is None


def test_the_text_alternative_holds_the_newest_values():
    drawing = growth.wall_chart(trace(minutes("youtube", "facebook")), LOOK, target=None)
    assert "YouTube 300,000; Facebook 300,000" in drawing.alt


def test_choosing_platforms_makes_their_sum_anew():
    chosen = trace(minutes("youtube", "facebook", "x")).of_platforms(["facebook", "x"])
    total = chosen.cumulative.filter(pl.col("platform").is_null())
    assert total["views"].max() == 600_000


def test_a_rate_is_averaged_with_the_minutes_it_stands_for():
    rates = pl.DataFrame(
        {
            "minute": [START, START + timedelta(minutes=4)],
            "platform": ["youtube", "youtube"],
            "views_per_minute": [10.0, 20.0],
            "minutes": [1, 3],
        }
    )
    assert average(rates, width=10)["views_per_minute"].to_list() == [17.5]


def test_the_narrowest_bins_that_fit_are_taken():
    assert width_minutes(300, 360) == 1
    assert width_minutes(3 * 1440, 360) == 15


def test_ticks_are_round_few_and_hold_the_largest():
    for largest in (1, 7, 93, 4_100, 13_000_000, 29_000_000):
        measure = scale(largest)
        assert measure.top >= largest
        assert 2 <= len(measure.ticks) <= 6


def test_labels_at_the_line_ends_never_overlap_nor_leave_the_panel():
    placed = spread([100.0, 101.0, 102.0, 298.0, 299.0], apart=17, lowest=300)
    assert all(b - a >= 16.99 for a, b in pairwise(placed))
    assert max(placed) <= 300


def noted(*minutes: int) -> tuple[Annotation, ...]:
    names = [f"Moment {minute}" for minute in minutes]
    return tuple(
        Annotation(
            at=START + timedelta(minutes=minute),
            names=Names(ar=f"لحظة {minute}", fr=name, en=name),
        )
        for minute, name in zip(minutes, names, strict=True)
    )


def test_doubtful_viewers_are_ringed_and_said_below():
    doubted = tuple((START + timedelta(minutes=minute), 0) for minute in (120, 400))
    drawing = growth.growth_chart(
        replace(trace(minutes("youtube")), doubtful=doubted).within(
            None, START + timedelta(minutes=300)
        ),
        LOOK,
        target=None,
    )
    marked = [one["markPoint"]["data"] for one in drawing.spec["series"] if "markPoint" in one]
    at = int((START + timedelta(minutes=120)).timestamp() * 1000) + 3_600_000
    assert [[spot["coord"] for spot in spots] for spots in marked] == [[[at, 0]]]
    assert any(note.startswith("1 number of viewers is ringed") for note in drawing.notes)
    plain = growth.growth_chart(trace(minutes("youtube")), LOOK, target=None)
    assert not any("ringed" in note for note in plain.notes)


def test_an_annotation_is_a_line_through_every_panel_named_above_the_first():
    found = replace(trace(minutes("youtube")), annotations=noted(120))
    drawing = growth.growth_chart(found, LOOK, target=None)
    at = int((START + timedelta(minutes=120)).timestamp() * 1000) + 3_600_000
    grounds = [one for one in drawing.spec["series"] if one["id"].endswith("-ground")]
    lines = [line for one in grounds for line in one["markLine"]["data"] if "xAxis" in line]
    assert [(line["xAxis"], line["label"]["show"]) for line in lines] == [
        (at, True),
        (at, False),
        (at, False),
    ]
    assert lines[0]["label"]["formatter"] == "Moment 120"
    assert "19 May, 11:00: Moment 120" in drawing.notes
    narrow, wide = drawing.spec["media"]
    assert "query" not in wide  # so it is what a chart goes back to
    beside = next(one for one in wide["option"]["series"] if one["id"] == "0-ground")
    assert any(line["label"].get("show") for line in beside["markLine"]["data"] if "xAxis" in line)
    phone = next(one for one in narrow["option"]["series"] if one["id"] == "0-ground")
    assert not any(
        line["label"].get("show") for line in phone["markLine"]["data"] if "xAxis" in line
    )


def test_names_of_annotations_close_together_stand_in_rows_of_their_own():
    found = replace(trace(minutes("youtube")), annotations=noted(120, 122, 290))
    plain = growth.wall_chart(trace(minutes("youtube")), LOOK, target=None)
    drawing = growth.wall_chart(found, LOOK, target=None)
    lines = [line for line in ground(drawing)["markLine"]["data"] if "xAxis" in line]
    assert [line["label"]["distance"][1] for line in lines] == [6, 22, 6]
    assert drawing.height == plain.height + 2 * 16


def test_an_annotation_outside_the_period_is_not_drawn():
    found = replace(trace(minutes("youtube")), annotations=noted(120, 400))
    part = found.within(START + timedelta(minutes=130), START + timedelta(minutes=200))
    assert len(growth.wall_chart(found, LOOK, target=None).notes) == 1
    assert growth.wall_chart(part, LOOK, target=None).notes == ()


def test_the_sentence_above_says_the_newest_total_and_what_a_period_gained():
    found, now = trace(minutes("youtube", "facebook")), START + timedelta(minutes=301)
    assert headline(found, LOOK, now, since=False) == "600,000 views so far, as of 13:59"
    hour = found.within(START + timedelta(minutes=239), found.until)
    assert headline(hour, LOOK, now, since=True).startswith("+120,000 views in this period")
    silent = replace(found, cumulative=found.cumulative.clear())
    assert headline(silent, LOOK, now, since=False) == "100 watching, as of 13:59"


def test_from_afar_every_word_of_a_chart_is_large_enough():
    far = Theme(words=words("ar", "Africa/Casablanca"), dark=True, scale=1.85)
    drawing = growth.wall_chart(trace(minutes("youtube", "facebook")), far, target=600_000)
    sizes = re.findall(r'"fontSize": ([\d.]+)', json.dumps(drawing.spec))
    assert min(float(size) for size in sizes) >= 20


def test_the_time_axis_has_the_digits_of_the_page():
    eastern = Theme(words=words("ar", "Africa/Casablanca", eastern=True))
    drawing = growth.wall_chart(trace(minutes("youtube")), eastern, target=None)
    assert drawing.spec["xAxis"][0]["axisLabel"]["fontFamily"].startswith("'Eastern Digits'")
    assert not re.search("[0-9]", lines(drawing)["\u2067YouTube\u2069"]["data"][-1][2])


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_every_colour_can_be_read_on_its_page(dark):
    ink = theme.ink(dark=dark)
    named = [name for name, facts in known_platforms().items() if facts.colors]
    platforms = [*named, "peertube", "linkedin", "twitch"]
    colors = [theme.color(one, dark=dark, among=platforms) for one in platforms]
    assert len(set(colors)) == len(colors)
    inks = [ink.text, ink.muted, ink.accent, ink.good, ink.warn, ink.bad]
    assert [c for c in (*colors, *inks) if contrast(c, ink.page) < 4.5] == []
    assert [c for c in inks if contrast(c, ink.card) < 4.5] == []
