"""The one table: it can be scrolled without a mouse, and says what a cell does not know."""

import re

import polars as pl
import pytest

from dashboard.components import forecast, wall
from dashboard.components.table import (
    Cell,
    Column,
    SheetColumn,
    bars,
    csv_bytes,
    section,
    sheet_of,
    table,
)
from dashboard.i18n.words import words
from tests.dashboard.view_model.test_root import picture_of
from tests.support.published_forecast import edition, hour

EN = words("en", "Africa/Casablanca")
HEAD = (Column("t", "onair.broadcast", named=True), Column("n", "onair.views"))


def boxes(html: str) -> list[str]:
    return re.findall(r'<div class="lt-scroll[^>]*>', html)


def test_every_table_can_be_scrolled_with_a_keyboard_and_has_a_name(live, now):
    edition_now = picture_of(live, now).edition(None)
    rehearsed = edition(platform="youtube")
    noon = rehearsed.row["starts_at"] + (hour(60) - hour(0))
    ranges = forecast.ranges(rehearsed.forecast(noon), EN, noon)
    assert edition_now is not None
    on_air = wall.on_air(edition_now, EN, now, dark=False)
    for html in (on_air, ranges, table(EN, HEAD, [], caption="Views")):
        assert boxes(html)
        for box in boxes(html):
            assert 'tabindex="0" role="group" aria-label="' in box
            assert 'aria-label=""' not in box


def test_a_caption_is_text():
    assert 'aria-label="&lt;b&gt;&quot;"' in table(EN, HEAD, [], caption='<b>"')


def test_a_cell_without_a_value_is_told_to_be_so():
    html = table(EN, HEAD, [("A", None)], caption="Views")
    assert f'<td class="n none" data-label="Views">{EN.say("onair.not_told")}</td>' in html


def test_only_cards_carry_labels_and_a_column_that_names_itself_has_none():
    cards = table(EN, HEAD, [("A", "1")], caption="Views")
    assert '<td class="t">A</td><td class="n" data-label="Views">1</td>' in cards
    assert "data-label" not in table(EN, HEAD, [("A", "1")], caption="Views", scroll="tall plain")
    other = table(EN, HEAD, [("A", Cell("1", key="onair.ended"))], caption="Views")
    assert 'data-label="Ended">1<' in other


def test_the_order_and_the_chosen_row_are_marked():
    rows = [("A", "2"), ("B", Cell("1", "muted"))]
    html = table(EN, HEAD, rows, caption="Views", sorted_by="onair.views", chosen=1)
    assert '<th scope="col" class="n" aria-sort="descending">' in html
    assert html.count("aria-sort") == 1
    assert '<tr class="chosen"><td class="t">B</td><td class="n muted"' in html
    assert html.count("chosen") == 1


def test_a_row_may_have_a_heading_of_its_own():
    head = (Column("n", "editions.milestone", heads=True), Column("w", heading="<b>Rabat</b>"))
    html = table(EN, head, [("10", "today")], caption="Milestones", scroll="milestones")
    assert '<th scope="col" class="w"><b>Rabat</b></th>' in html
    assert '<th scope="row" class="n">10</th><td class="w">today</td>' in html


def test_a_row_of_another_length_than_the_head_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        table(EN, HEAD, [("A",)], caption="Views")


def test_a_part_is_its_heading_and_what_follows():
    assert section("Gaps", "<p>none</p>", "") == (
        '<section class="lt-part"><h2>Gaps</h2><p>none</p></section>'
    )


def test_the_highest_bar_is_full_and_an_unknown_one_is_a_foot():
    html = bars((1.0, None, 2.0, -3.0), "pace", cls="lt-bars")
    assert re.findall(r"height:(\d+)%", html) == ["50", "100", "0"]
    assert html.count('<i class="none">') == 1
    assert re.findall(r"height:(\d+)%", bars((0.0,), "pace", cls="lt-bars")) == ["0"]


def test_a_sheet_shows_the_first_rows_and_a_null_as_untold():
    frame = pl.DataFrame({"name": ["<i>"] * 300, "views": [None] + [1234.6] * 299})
    columns = (
        SheetColumn(name="name", heading="editions.edition", kind="text"),
        SheetColumn(name="views", heading="editions.measured", kind="number"),
    )
    sheet = sheet_of(frame, columns, EN, csv=csv_bytes(frame), file_name="a.csv")
    assert sheet.html.count("<tr>") == 241
    assert '<td class="t"><bdi>&lt;i&gt;</bdi></td><td class="n none">not told</td>' in sheet.html
    assert '<td class="n"><bdi dir="ltr">1,235</bdi></td>' in sheet.html
    assert sheet.csv.count(b"\n") == 301


def test_no_cell_of_a_file_is_run_as_a_formula():
    frame = pl.DataFrame({"title": ["=1+1", "plain"]})
    assert csv_bytes(frame) == b"\xef\xbb\xbftitle\n'=1+1\nplain\n"
