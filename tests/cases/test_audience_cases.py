"""Audiences of the real cases, reckoned from the minutes that they name: a row a case."""

import json

import polars as pl
import pytest

from storage.analysis.viewers.audience import audience
from tests.support.published_rows import gap, minutes, on_air, shown
from tests.support.ticks import at

RIGHT = {
    "waiting-room.json": {"peak": 140, "peak_at": 0, "viewer_hours": 21.0, "seen_hours": 0.15},
    "after-the-end.json": {"peak": 140, "peak_at": 0, "viewer_hours": 21.0, "seen_hours": 0.15},
    "gap-end.json": {"peak": 600, "peak_at": 0, "viewer_hours": 130.0, "seen_hours": 13 / 60},
    "one-false-zero.json": {"peak": 1_011, "peak_at": 18, "viewer_hours": 983.3, "seen_hours": 1.0},
}
COVERAGE = {"gap-end.json": 0.65}
ALIKE = 0.02  # two bounds "about" the same


def told(shared, name):
    return json.loads((shared / "cases/audience" / name).read_text("utf-8"))


def measured(case, *, rows="minutes", gaps=()):
    """The audience of the one broadcast of a case."""
    seen = shown(
        minutes("a", dict(case[rows])),
        gaps=[gap("a", *each) for each in gaps],
        segments=[on_air("a", *each) for each in case["segments"]],
    )
    return audience(seen, until=at(case["until"]))


def test_every_case_is_tried(shared):
    assert sorted(RIGHT) == sorted(path.name for path in (shared / "cases/audience").iterdir())


@pytest.mark.parametrize("name", RIGHT)
def test_an_audience_is_what_was_told_on_the_air(shared, name):
    case, right = told(shared, name), RIGHT[name]
    for each in case.get("variants", [{"gap": None}]):
        found = measured(case, gaps=[each["gap"]] if each["gap"] else ())
        assert found.peak
        assert (found.peak.viewers, found.peak.at) == (right["peak"], at(right["peak_at"]))
        assert found.hours_watched == pytest.approx(right["viewer_hours"], abs=0.05)
        assert found.seen_hours == pytest.approx(right["seen_hours"])
        assert found.coverage == pytest.approx(COVERAGE.get(name, 1.0))
        [[since, until]] = case["segments"]
        assert found.airtime_hours == pytest.approx((until - since) / 60)


@pytest.mark.parametrize("variant", [0, 1])
def test_the_answer_that_ends_a_gap_holds_until_the_next(shared, variant):
    case = told(shared, "gap-end.json")
    held = measured(case, gaps=[case["variants"][variant]["gap"]]).viewers
    assert held.select("started_at", "ended_at").rows() == [
        (at(since), at(until)) for since, until in [(0, 4), (4, 5), (12, 16), (16, 20)]
    ]


def test_one_false_zero_is_kept_and_marked_and_widens_no_bound(shared):
    case = told(shared, "one-false-zero.json")
    found, without = measured(case), measured(case, rows="without")
    assert found.viewers.filter(pl.col("started_at") == at(30))["viewers"].to_list() == [0]
    assert found.doubtful
    assert found.doubtful.readings.select("started_at", "viewers", "reason").rows() == [
        (at(30), 0, "fell_and_came_back")
    ]
    assert without.doubtful is None
    assert found.peak
    assert without.peak
    assert found.peak.hardly_above == pytest.approx(without.peak.hardly_above, rel=ALIKE)
    assert without.peak.hardly_above == pytest.approx(1_024, rel=ALIKE)
