"""Imported history: what another program measured stands in where nothing was measured, and only there."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.analysis.dataset import build_dataset
from storage.analysis.viewers.audience import audience
from storage.model import GapReason
from storage.read_model.history_reader import WithHistory
from storage.read_model.publisher import Publisher
from storage.read_model.reader import ReadModel
from storage.reports.edition import report_of
from tests.support.commands import run_storage
from tests.support.import_commands import brought
from tests.support.import_files import AS_OF, EDITION, Place, opening, store_in
from tests.support.imported_series import HOUR, MINUTE, NOON, bring, viewers
from tests.support.published_manifest import change_manifest, read_manifest
from tests.support.ticks import seen, tick, told


@pytest.fixture
def empty(tmp_path):
    """An event of which nothing was measured."""
    store_in(tmp_path).close()
    return Place(tmp_path / "livetally.duckdb", tmp_path / "published")


def published(place):
    return ReadModel(place.read_model).open_as(WithHistory)


def audience_of(place, edition=EDITION):
    rows = published(place)
    state = rows.state().filter(edition=edition)
    dataset = build_dataset(
        state=state,
        minutes=rows.scan_minutes(state["broadcast"].to_list()),
        gaps=rows.gaps(),
        corrections=rows.corrections(),
        segments=rows.segments(),
    )
    return audience(dataset.of_broadcasts(state["broadcast"]), until=AS_OF)


def test_viewers_by_the_minute_give_peak_hours_and_average(empty):
    bring(empty, viewers(120.0, 180.0, 240.0, 200.0))
    found = audience_of(empty)
    assert (found.peak.viewers, found.peak.at) == (240, NOON + 2 * MINUTE)
    assert found.hours_watched == pytest.approx(740 / 60)
    assert (found.average, found.coverage) == (185.0, 1.0)
    [row] = published(empty).state().rows(named=True)
    assert (row["peak_concurrent_viewers"], row["concurrent_viewers"]) == (240, None)
    assert found.airtime_hours == pytest.approx(4 / 60)


def test_a_value_told_hourly_holds_for_its_own_hour_alone(empty):
    bring(empty, viewers(100.0, 200.0, None, 300.0, every=HOUR))
    found = audience_of(empty)
    assert found.hours_watched == 600
    assert found.coverage == 0.75, "of the third hour nothing is known: no end, and no zero"
    gap = published(empty).gaps().row(0, named=True)
    assert gap["reason"] == GapReason.NOT_IMPORTED
    assert (gap["started_at"], gap["ended_at"]) == (NOON + 2 * HOUR, NOON + 3 * HOUR)


def test_the_report_and_the_import_say_that_it_is_imported_and_from_where(empty):
    done = bring(empty, viewers(120.0, 180.0, 240.0, 200.0))
    assert [
        (one["rows"], one["resolution_seconds"], one["standing"]) for one in done["history"]
    ] == [(4, 60, "counted")]
    report = report_of(empty.read_model, EDITION)
    assert report["audience"]["peak"]["viewers"] == 240
    assert report["totals"]["views"] is None
    [series] = report["imported"]
    assert (series["source"], series["name"], series["platform"]) == (
        "streamstats",
        "series.csv",
        "twitch",
    )
    assert len(series["sha256"]) == 64
    said = run_storage(empty, "report", "--edition", EDITION).output
    assert "IMPORTED HISTORY" in said
    assert "measured by streamstats, imported from series.csv" in said
    found = json.loads(run_storage(empty, "reconcile", "--json").stdout)
    assert [(row["level"], row["standing"]) for row in found] == [("history", "counted")]
    assert "nothing was measured of this edition" in run_storage(empty, "reconcile").output


def test_a_dry_run_says_the_same_and_takes_nothing(empty):
    done = bring(empty, viewers(120.0, 180.0), "--dry-run")
    assert [one["rows"] for one in done["history"]] == [2]
    assert not empty.read_model.joinpath("manifest.json").exists()


def test_nothing_is_mixed_with_what_was_measured(place):
    before = report_of(place.read_model, EDITION, AS_OF)
    done = bring(place, viewers(99_000.0, 98_000.0, 97_000.0))
    assert [one["standing"] for one in done["history"]] == ["measured"]
    after = report_of(place.read_model, EDITION, AS_OF)
    [series] = after.pop("imported")
    assert series["standing"] == "measured"
    del before["imported"]
    assert after == before
    assert "this edition was measured" in run_storage(place, "reconcile").output


@pytest.fixture
def place(tmp_path):
    """The same event, with the opening measured for an hour."""
    with_opening = store_in(tmp_path)
    with_opening.record(told(opening()))
    for minute in range(0, 60, 10):
        at = seen("youtube:opening2025", 0, 100 * minute, concurrent_viewers=50 + minute)
        with_opening.record(tick(replace(at, observed_at=NOON + minute * MINUTE)))
    folder = tmp_path / "published"
    Publisher(with_opening, folder, now=lambda: AS_OF, version="test").publish([])
    with_opening.close()
    return Place(tmp_path / "livetally.duckdb", folder)


def test_an_earlier_edition_that_was_imported_is_marked_where_it_is_compared(empty):
    bring(empty, viewers(120.0, 180.0))
    later = viewers(60.0, 90.0, edition="test-2026", since=datetime(2026, 5, 17, 12, tzinfo=UTC))
    bring(empty, later, name="later.csv")
    marked = [series["name"] for series in report_of(empty.read_model, "test-2026")["imported"]]
    assert marked == ["series.csv", "later.csv"]
    assert [one["name"] for one in report_of(empty.read_model, EDITION)["imported"]] == [
        "series.csv"
    ]


def test_views_give_the_curve_and_the_total(empty):
    rows = [
        *viewers(0.0, 400.0, 1_000.0, every=HOUR, metric="views"),
        *viewers(5.0, 9.0, 7.0, every=HOUR),
    ]
    bring(empty, rows)
    found = published(empty).edition_minutes(EDITION)
    assert found["minute"].to_list() == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert found["views_delta"].to_list() == [0, 400, 600]
    assert found["concurrent_viewers"].to_list() == [5, 9, 7]
    assert report_of(empty.read_model, EDITION)["totals"]["views"] == 1_000


def test_counts_of_an_hour_add_up_in_its_last_minute(empty):
    hours = [
        {
            "observed_at": AS_OF - 2 * HOUR,
            "period_starts_at": NOON + hour * HOUR,
            "period_ends_at": NOON + (hour + 1) * HOUR,
            "metric": metric,
            "value": value,
        }
        for metric, values in (
            ("views", (100.0, 50.0, 25.0)),
            ("concurrent_viewers", (10.0, 30.0, 20.0)),
        )
        for hour, value in enumerate(values)
    ]
    bring(empty, hours)
    state = published(empty).state().row(0, named=True)
    assert (state["views"], state["views_at"]) == (175, NOON + 3 * HOUR - MINUTE)
    found = audience_of(empty)
    assert (found.hours_watched, found.coverage, found.airtime_hours) == (60.0, 1.0, 3.0)


def test_of_several_series_of_a_platform_the_finest_counts_and_nothing_twice(empty):
    bring(empty, viewers(100.0, 100.0, 100.0, every=HOUR, broadcast=None, source="hourly"))
    bring(empty, viewers(*[90.0] * 60), name="fine.csv")
    bring(empty, viewers(*[95.0] * 60, source="other"), name="other.csv")
    standings = published(empty).history().select("source", "standing").rows()
    assert dict(standings) == {
        "hourly": "same_again",
        "other": "same_again",
        "streamstats": "counted",
    }
    assert audience_of(empty).peak.viewers == 90


def test_a_file_in_parts_is_one_series(empty):
    bring(empty, viewers(10.0, 20.0, broadcast=None, account="twitch:us"))
    more = viewers(30.0, 40.0, since=NOON + 2 * MINUTE, broadcast=None, account="twitch:us")
    bring(empty, more, name="more.csv")
    found = audience_of(empty)
    assert (found.hours_watched, found.coverage) == (pytest.approx(100 / 60), 1.0)
    assert published(empty).state()["broadcast"].to_list() == [
        f"imported:{EDITION}:twitch:twitch:us"
    ]


def test_a_row_without_an_edition_is_of_that_in_whose_days_it_lies(empty):
    bring(empty, viewers(10.0, 20.0, edition=None))
    assert audience_of(empty).peak.viewers == 20
    bring(empty, viewers(10.0, 20.0, edition=None, since=NOON - timedelta(days=60)), name="b.csv")
    bring(empty, viewers(10.0, 20.0, edition="elsewhere", broadcast="v2"), name="c.csv")
    standing = published(empty).history().select("edition", "standing").rows()
    assert sorted(standing, key=str) == sorted(
        [(EDITION, "counted"), (None, "no_edition"), ("elsewhere", "no_edition")], key=str
    )
    assert audience_of(empty).peak.viewers == 20


def test_a_told_zero_is_zero_and_what_is_not_told_holds_nothing(empty):
    bring(empty, [*viewers(0.0, 0.0, 60.0), {"observed_at": NOON + 3 * MINUTE, "value": None}])
    found = audience_of(empty)
    assert (found.peak.viewers, found.hours_watched) == (60, 1.0)
    assert found.seen_hours == pytest.approx(3 / 60)
    bring(
        empty,
        viewers(0.0, 0.0, edition="test-2026", since=NOON + timedelta(days=365)),
        name="z.csv",
    )


def test_readings_within_a_minute_and_beside_it_come_to_the_same(empty):
    bring(empty, viewers(100.0, 200.0, 300.0, since=NOON + timedelta(seconds=37)))
    found = audience_of(empty)
    assert (found.peak.at, found.hours_watched) == (NOON + 2 * MINUTE, 10.0)


def test_the_air_time_begins_at_a_told_start(empty):
    begun = NOON - 30 * MINUTE
    bring(empty, viewers(*[60.0] * 30, started_at=begun))
    found = audience_of(empty)
    assert (found.airtime_hours, found.coverage, found.hours_watched) == (1.0, 0.5, 30.0)


def test_a_few_counts_of_an_owner_are_no_series(empty):
    bring(empty, viewers(1_000.0, 2_000.0, 3_000.0, every=timedelta(days=1), metric="views"))
    assert published(empty).history().is_empty()
    assert published(empty).state().is_empty()


def test_an_import_that_is_forgotten_is_gone(empty):
    bring(empty, viewers(10.0, 20.0))
    assert run_storage(empty, "forget-import", "1").exit_code == 0
    assert published(empty).history().is_empty()
    assert published(empty).edition_minutes(EDITION).is_empty()


def test_a_folder_published_without_history_is_read_as_before(place):
    tables = read_manifest(place.read_model)["tables"]
    kept = {name: file for name, file in tables.items() if not name.startswith("history")}
    change_manifest(place.read_model, tables=kept)
    assert published(place).history().is_empty()
    assert published(place).state().height == 1


def test_a_short_table_is_enough_and_the_command_says_the_rest(empty):
    path = empty.database.parent / "short.csv"
    lines = [
        f"twitch,2025-05-17T12:0{minute}:00Z,concurrent_viewers,{minute}00,log" for minute in (1, 2)
    ]
    path.write_text("\n".join(["platform,observed_at,metric,value,source", *lines]) + "\n", "utf-8")
    code, [done] = brought(empty, path, "--edition", EDITION, "--account", "twitch:us")
    assert (code, done["taken"]) == (0, 2)
    [row] = published(empty).state().rows(named=True)
    assert (row["edition"], row["account"], row["source"]) == (EDITION, "twitch:us", "log")
    assert row["peak_concurrent_viewers"] == 200
