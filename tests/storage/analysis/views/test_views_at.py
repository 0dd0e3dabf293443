"""Totals as of an instant, milestones on the way, and the pace a target needs."""

import polars as pl
import pytest

from storage.analysis.views.milestones import CROSSINGS, crossings, required_pace
from storage.analysis.views.totals import matched
from storage.analysis.views.views_at import Knowledge, sums, total_at
from storage.schema import UTC
from tests.support.published_rows import DEFINITION, gap, minutes, on_air, shown
from tests.support.ticks import at


def total(seen, minute, knowledge=Knowledge.AT_INSTANT):
    return total_at(seen, at(minute), knowledge=knowledge, definition=DEFINITION)


def fall(broadcast, minute, before, after, metric="views"):
    return {
        "broadcast": broadcast,
        "platform": "youtube",
        "edition": "e",
        "metric": metric,
        "observed_at": at(minute),
        "before": before,
        "after": after,
        "poll_id": 1,
    }


def test_then_is_what_was_last_told():
    seen = shown(minutes("a", {}, {0: 10, 5: None, 9: 30}) + minutes("b", {}, {3: 5}))
    assert [total(seen, minute).views for minute in (-1, 0, 4, 9)] == [None, 10, 15, 35]
    parts = total(seen, 8).parts
    assert parts.select("broadcast", "views", "told_at").rows() == [("a", 10, at(0)), ("b", 5, at(3))]  # fmt: skip


def test_now_takes_back_what_the_platform_took_back():
    seen = shown(
        minutes("a", {}, {0: 100, 5: 200, 9: 150, 12: 300}),
        corrections=[fall("a", 9, 200, 150), fall("a", 9, 7, 6, metric="likes")],
    )
    assert [total(seen, minute).views for minute in (0, 5, 9, 12)] == [100, 200, 150, 300]
    known = [total(seen, minute, Knowledge.NOW).views for minute in (0, 5, 9, 12)]
    assert known == [100, 150, 150, 300]
    assert total(seen, 5).corrections.is_empty(), "nobody had heard of it then"
    assert total(seen, 5, Knowledge.NOW).corrections["after"].to_list() == [150]


def test_a_later_definition_takes_nothing_back():
    day = 24 * 60
    change = 99 * day  # 2026-08-24, from 2026-05-17
    seen = shown(minutes("a", {}, {0: 500, change: 400}))
    assert total(seen, 0, Knowledge.NOW).views == 500
    assert total(seen, 0).definitions == ["youtube@2005-04-23"]
    assert total(seen, change).definitions == ["youtube@2026-08-24"]


def test_live_and_replay_where_the_end_was_seen():
    rows = minutes("a", {}, {0: 10, 19: 100, 60: 130}) + minutes("b", {}, {0: 10, 60: 50})
    seen = shown(rows, segments=[on_air("a", 0, 20), on_air("b", 0, 20)])
    parts = {row["broadcast"]: row for row in total(seen, 60).parts.rows(named=True)}
    assert (parts["a"]["live_views"], parts["a"]["replay_views"]) == (100, 30)
    assert (parts["b"]["live_views"], parts["b"]["replay_views"]) == (None, None)
    both = sums(total(seen, 60).parts, "platform").row(0, named=True)
    assert (both["views"], both["live_views"]) == (180, None)
    during = total(seen, 19).parts.row(0, named=True)
    assert (during["live_views"], during["replay_views"]) == (100, 0)


def test_coverage_is_of_the_time_on_air_by_then():
    seen = shown(minutes("a", {}, {0: 1}), segments=[on_air("a", 0, None)], gaps=[gap("a", 10, 20)])
    assert [total(seen, minute).coverage for minute in (0, 10, 20, 40)] == [None, 1.0, 0.5, 0.75]


def test_gaps_that_overlap_count_once():
    nested = [gap("a", 0, 10), gap("a", 2, 3), gap("a", 5, 6)]
    seen = shown(minutes("a", {}, {0: 1}), segments=[on_air("a", 0, 20)], gaps=nested)
    assert total(seen, 20).coverage == 0.5


def test_any_group_is_asked_alike():
    seen = shown(minutes("youtube:a", {}, {0: 10}) + minutes("x:b", {}, {0: 5}))
    assert total(seen.of_broadcasts(matched(seen.state, "e")["broadcast"]), 0).views == 15
    assert total(seen.of_broadcasts(matched(seen.state, "none")["broadcast"]), 0).views is None
    assert total(seen.of_platform("x"), 0).views == 5
    assert total(seen.of_account("youtube:@test"), 0).views == 15
    assert total(seen.of_broadcasts(["x:b"]), 0).views == 5


def curve(**by_minute: int) -> pl.DataFrame:
    rows = [(at(int(name[1:])), views) for name, views in by_minute.items()]
    return pl.DataFrame(rows, schema={"minute": UTC, "views": pl.Int64}, orient="row")


def test_a_crossing_is_an_interval():
    found = crossings(curve(m0=90, m4=120, m5=95, m9=130), [100, 120, 500])
    assert found.schema == CROSSINGS
    assert found.rows() == [
        (100, at(0), at(5), 90, 120, at(5), True),
        (120, at(0), at(5), 90, 120, at(5), True),
        (500, at(9), None, 130, None, None, False),
    ]


def test_what_was_there_when_first_seen_has_no_beginning():
    (row,) = crossings(curve(m0=900), [100]).rows(named=True)
    assert (row["after"], row["before"]) == (None, at(1))
    (row,) = crossings(curve(m0=900, m3=80), [100]).rows(named=True)
    assert (row["fell_at"], row["stands"]) == (at(3), False)
    (row,) = crossings(curve(), [100]).rows(named=True)
    assert (row["after"], row["before"], row["stands"]) == (None, None, False)


@pytest.mark.parametrize(
    ("views", "minute", "pace"),
    [(400, 0, 600.0), (400, 30, 1200.0), (400, 60, None), (1000, 30, 0.0), (1200, 99, 0.0)],
)
def test_required_pace(views, minute, pace):
    found = required_pace(views, 1000, at=at(minute), ends_at=at(60))
    assert found
    assert found.views_per_hour == pace


def test_no_pace_from_a_number_nobody_told():
    assert required_pace(None, 1000, at=at(0), ends_at=at(60)) is None


@pytest.mark.parametrize("second", [0, 20 / 60, 59 / 60])
def test_the_second_of_the_minute_decides_on_no_split(second):
    rows = minutes("a", {}, {0: 10, 10: 90, 20: None, 30: 95})
    seen = shown(rows, segments=[on_air("a", second, 20 + second)])
    (part,) = total(seen, 60).parts.rows(named=True)
    assert (part["live_views"], part["replay_views"]) == (90, 5), "told ten minutes before the end"
