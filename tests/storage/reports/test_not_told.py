"""What was not told stays not told to the last table, and what was told to be 0 is 0."""

from pathlib import Path

import polars as pl
import pytest

from storage.analysis.views.growth import cumulative, per_minute
from storage.read_model.reader import ReadModel
from storage.reports.edition import report_of
from tests.support.commands import run_storage
from tests.support.published_event import HOUR, Followed, publish_event
from tests.support.ticks import at

WATCHED = {minute: 4_000 + minute for minute in range(120)}
VIEWS = {minute: 500 * minute for minute in range(120)}
TWITCH = Followed(key="twitch:a", edition="e2025", viewers=WATCHED, ends=120)
YOUTUBE = Followed(key="youtube:b", viewers=WATCHED, views=VIEWS, ends=120)
DAY = 24 * HOUR


def published(tmp_path: Path, *followed: Followed, minute: int = 45 * DAY, **event) -> Path:
    return publish_event(tmp_path / "published", followed, published=minute, **event)


def growth(folder: Path, edition: str = "e2026") -> dict[str, list[int | None]]:
    rows = ReadModel(folder).open().edition_minutes(edition)
    return {
        str(platform): part["views_delta"].to_list()
        for (platform,), part in rows.group_by("platform", maintain_order=True)
    }


def told(milestones: list[dict]) -> list[dict]:
    names = ("after", "before", "views_below", "views_above", "fell_at")
    return [row for row in milestones if row["stands"] or any(row[name] is not None for name in names)]  # fmt: skip


def test_growth_is_null_until_views_were_told_and_0_from_then_on(tmp_path):
    late = Followed(
        key="facebook:b",
        viewers={0: 5, 1: 5, 2: 5, 3: 5, DAY: 5},
        views={1: 0, 3: 40},
    )
    radio = Followed(key="icecast:/live", viewers={0: 9, 1: 9})
    assert growth(published(tmp_path, late, radio, minute=2 * DAY)) == {
        "facebook": [None, 0, 0, 40, 0],  # the last lies in the file of another day
        "icecast": [None, None],
    }


def test_a_platform_that_told_nothing_has_no_sum_and_its_minutes_are_none_of_the_sum_of_all(
    tmp_path,
):
    radio = Followed(key="icecast:/live", viewers={0: 9, 7: 9})
    videos = Followed(key="youtube:b", views={2: 100, 3: 130})
    rows = ReadModel(published(tmp_path, radio, videos)).open().edition_minutes("e2026")
    sums = cumulative(rows)
    assert sums.filter(pl.col("platform").is_null()).rows() == [
        (at(2), None, 100),
        (at(3), None, 130),
    ]
    assert "icecast" not in sums["platform"]
    assert "icecast" not in per_minute(rows)["platform"]


def test_an_edition_without_told_views_is_no_zero_beside_one_with(tmp_path):
    compared = report_of(published(tmp_path, TWITCH, YOUTUBE), "e2026")["comparison"]
    everything = compared["everything"]
    assert (everything["now"], everything["before"]) == (59_500, None)
    assert (everything["difference"], everything["ratio"]) == (None, None)
    assert (compared["attribution"], compared["like_for_like"]) == (None, None)


def test_told_0_and_not_told_are_two_things_in_totals_comparison_and_milestones(tmp_path):
    zero = Followed(key="youtube:c", views={0: 0, 1: 0, 2: 0})
    silent = Followed(key="youtube:d", edition="e2025", viewers={0: 12, 1: 12})
    folder = published(tmp_path, zero, silent)
    now, before = (report_of(folder, key) for key in ("e2026", "e2025"))
    assert (now["totals"]["views"], before["totals"]["views"]) == (0, None)
    assert {row["views_below"] for row in now["milestones"]} == {0}
    assert told(before["milestones"]) == []
    everything = now["comparison"]["everything"]
    assert (everything["now"], everything["before"]) == (0, None)


def test_a_person_reads_not_told_and_not_0(tmp_path):
    place = type("Place", (), {"read_model": published(tmp_path, TWITCH, YOUTUBE), "database": tmp_path / "none"})  # fmt: skip
    shown = run_storage(place, "report", "--edition", "e2026").stdout
    (everything,) = [line for line in shown.splitlines() if "all measured" in line]
    assert everything.count("not told") == 2
    assert "of the difference of all" not in shown
    before = run_storage(place, "report", "--edition", "e2025").stdout
    (target,) = [line for line in before.splitlines() if " 2,000 " in line]
    assert "not told" in target


@pytest.mark.parametrize("first", [0, 30])
def test_views_told_hours_after_the_opening_are_not_that_hours_growth(tmp_path, first):
    """Unless what was told first is 0: then all of the hour's growth was seen."""
    late = Followed(
        key="youtube:b",
        viewers=dict.fromkeys(range(0, 5 * HOUR, 5), 7),
        views={3 * HOUR + 10: first, 3 * HOUR + 40: first + 300, 4 * HOUR + 5: first + 420},
    )
    before = Followed(
        key="youtube:a",
        edition="e2025",
        views={minute: minute for minute in range(0, 6 * HOUR, 5)},
    )
    like = report_of(published(tmp_path, late, before), "e2026")["comparison"]["like_for_like"]
    assert like["now"] == (120 if first else 420)
