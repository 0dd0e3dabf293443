"""Totals and growth, from published frames."""

import polars as pl
import pytest

from storage.analysis.views.growth import CUMULATIVE, PER_MINUTE, cumulative, per_minute
from storage.analysis.views.totals import PLATFORM_TOTALS, edition_total, platform_totals
from storage.schema import EDITION_MINUTES, STATE
from tests.support.ticks import at


def state(*rows: dict) -> pl.DataFrame:
    ordinary = {"platform": "youtube", "edition": "e", "status": "live"}
    return pl.DataFrame([{**ordinary, **row} for row in rows], schema=STATE)


def minutes(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"minute": at(minute), "edition": "e", "platform": platform, "views_delta": delta}
            for minute, platform, delta in rows
        ],
        schema=EDITION_MINUTES,
    )


def test_a_total_sums_what_was_told_and_says_when():
    total = edition_total(
        state(
            {"views": 10, "views_at": at(3), "concurrent_viewers": 5},
            {
                "views": 7,
                "views_at": at(9),
                "platform": "other",
                "status": "ended",
                "concurrent_viewers": 99,
            },
            {"views": None, "platform": "icecast", "concurrent_viewers": 2},
            {"views": 1_000, "views_at": at(9), "edition": "another"},
            {"views": 1_000, "views_at": at(9), "status": "upload"},
        ),
        "e",
    )
    assert (total.views, total.as_of, total.broadcasts, total.live) == (17, at(9), 3, 2)
    assert total.concurrent_viewers == 7, "an ended broadcast's last count watches nothing now"


def test_nothing_told_is_none_and_told_zero_is_zero():
    silent = edition_total(state({"views": None}), "e")
    assert (silent.views, silent.as_of, silent.concurrent_viewers) == (None, None, None)
    zero = edition_total(state({"views": 0, "views_at": at(0), "concurrent_viewers": 0}), "e")
    assert (zero.views, zero.as_of, zero.concurrent_viewers) == (0, at(0), 0)
    absent = edition_total(state(), "e")
    assert (absent.views, absent.broadcasts) == (None, 0)


def test_parts_add_up_and_carry_their_ages_and_definitions():
    parts = platform_totals(
        state(
            {"views": 10, "views_at": at(3), "definition": "youtube@2026-08-24"},
            {
                "views": 5,
                "views_at": at(1),
                "definition": "youtube.rss@2026-08-24",
                "status": "ended",
            },
            {"views": None, "platform": "icecast", "concurrent_viewers": 4},
        ),
        "e",
    )
    assert parts.schema == PLATFORM_TOTALS
    youtube, icecast = parts.rows(named=True)
    assert (youtube["views"], youtube["oldest_views_at"], youtube["newest_views_at"]) == (
        15,
        at(1),
        at(3),
    )
    assert youtube["definitions"] == ["youtube.rss@2026-08-24", "youtube@2026-08-24"]
    assert (icecast["views"], icecast["concurrent_viewers"], icecast["live"]) == (None, 4, 1)


def test_cumulative_is_the_running_sum_by_platform_and_in_all():
    rows = cumulative(minutes((0, "a", 10), (0, "b", 5), (1, "a", -3), (5, "b", 2)))
    assert rows.schema == CUMULATIVE
    total = rows.filter(pl.col("platform").is_null())
    assert total["views"].to_list() == [15, 12, 14]
    assert rows.filter(pl.col("platform") == "a")["views"].to_list() == [10, 7]
    assert cumulative(minutes()).is_empty()


def test_a_rate_over_several_minutes_is_their_mean_and_says_so():
    rows = per_minute(minutes((0, "a", 100), (1, "a", 6), (11, "a", -40)))
    assert rows.schema == PER_MINUTE
    mine = rows.filter(pl.col("platform") == "a")
    assert mine["views_per_minute"].to_list() == [None, 6.0, -4.0]
    assert mine["spread"].to_list() == [False, False, True]


@pytest.mark.parametrize("question", [cumulative, per_minute])
def test_growth_of_nothing_is_nothing(question):
    assert question(minutes()).is_empty()
