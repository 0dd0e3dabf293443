"""What a spreadsheet would run as a formula is text in what it is given."""

import csv as csvlib
import io
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.i18n.words import words
from dashboard.session import growth_controls

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
STARTS = ["=", "+", "-", "@", "\t", "\r", "\0"]


def exported(platform, views=5, edition="test-2026"):
    rows = pl.DataFrame(
        {
            "minute": [AT],
            "platform": [platform],
            "views": [views],
            "views_per_minute": [-1.5],
            "concurrent_viewers": [None],
        },
        schema_overrides={"concurrent_viewers": pl.Int64, "views": pl.Int64},
    )
    written = growth_controls.csv(rows, edition, words("en"), simulated=False)
    [row] = csvlib.DictReader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    return row


@pytest.mark.fault(row=26)
@settings(deadline=None)
@given(st.sampled_from(STARTS), st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_no_cell_of_text_begins_as_a_formula_does(first, rest):
    text = first + rest
    row = exported(text, edition=text)
    for cell in (row["platform"], row["edition"]):
        assert cell == "'" + text


@pytest.mark.fault(
    row=26,
    fault="a cell of an export begins with = + - @ TAB CR NUL",
    injected="names of editions and platforms that do, by Hypothesis",
    outcome="the cell begins with ' and holds the rest unchanged; numbers stay numbers",
)
@settings(deadline=None)
@given(st.integers(-(10**12), 10**12))
def test_numbers_stay_numbers_and_what_is_harmless_stays_as_it_is(views):
    row = exported("youtube", views)
    assert int(row["views"]) == views
    assert float(row["views_per_minute"]) == -1.5
    assert row["concurrent_viewers"] == ""
    assert (row["platform"], row["edition"]) == ("youtube", "test-2026")
