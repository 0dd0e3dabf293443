"""What an import takes, and what it leaves as it was: on real stores and files."""

import json
import os
import shutil
from datetime import UTC, datetime

import polars as pl

from storage.definitions import OWNER_FIGURES
from storage.read_model.reader import ReadModel
from storage.store import Store
from tests.support.commands import run_storage
from tests.support.import_commands import archive, brought, reported
from tests.support.import_files import ARCHIVE, AS_OF, EDITION, FIXTURES
from tests.support.ticks import rows
from tests.support.xlsx_files import workbook


def test_an_archive_is_taken_with_source_definition_and_day(place, tmp_path):
    code, [done] = brought(place, archive(tmp_path, "studio_fr.csv", "studio_days.csv"))
    assert code == 0
    assert (done["taken"], done["known"], done["refused"]) == (18, 0, [])
    assert done["left_out"] == [{"line": 2, "reason": "Total row: a sum, not a broadcast"}]
    assert done["aside"] == [f"{ARCHIVE}/studio_days.csv: counts the same again as youtube-studio"]
    assert done["notes"] == [f"{ARCHIVE}/studio_fr.csv: figures that are left aside: Durée"]
    views = reported(place).filter(pl.col("metric") == "views").row(0, named=True)
    assert views == {
        "import_id": 1,
        "edition": EDITION,
        "platform": "youtube",
        "account": "youtube:@dgsn",
        "broadcast": "opening2025",
        "title": "Opening ceremony, live",
        "published_at": datetime(2025, 5, 17, 9, 30, tzinfo=UTC),
        "started_at": datetime(2025, 5, 17, 9, 30, tzinfo=UTC),
        "observed_at": AS_OF,
        "period_starts_at": datetime(2025, 5, 17, 7, tzinfo=UTC),
        "period_ends_at": datetime(2025, 5, 22, 7, tzinfo=UTC),
        "metric": "views",
        "value": 1_234_500.0,
        "definition": "youtube.studio@2005-04-23",
        "source": "studio",
    }
    assert views["definition"] in OWNER_FIGURES


def test_the_same_file_twice_changes_nothing_and_says_so(place, tmp_path):
    path = archive(tmp_path, "studio_en.csv")
    brought(place, path)
    before = reported(place)
    code, [again] = brought(place, path)
    assert (code, again["already_import"], again["taken"]) == (0, 1, 0)
    shutil.copy(path, tmp_path / f"copy of {ARCHIVE}")
    text = run_storage(place, "import", tmp_path / f"copy of {ARCHIVE}")
    assert "taken already (import 1, " in text.output
    assert "nothing is changed" in text.output
    assert reported(place).equals(before)


def test_the_same_figures_in_another_file_are_known_and_other_ones_refused(place, tmp_path):
    brought(place, archive(tmp_path, "studio_en.csv"))
    code, [done] = brought(place, archive(tmp_path, "studio_ar.csv"))
    assert (code, done["taken"], done["known"], done["import_id"]) == (0, 0, 18, None)
    changed = tmp_path / "table.csv"
    changed.write_text(
        (FIXTURES / "studio_en.csv").read_text("utf-8-sig").replace("1,234,500", "1,234,501")
    )
    code, [done] = brought(place, changed, "--period", "2025-05-17_2025-05-21")
    assert (code, done["taken"], done["known"]) == (1, 0, 17)
    [refused] = done["refused"]
    assert refused["line"] == 3
    assert refused["reason"] == (
        "views: 1234500.0 was reported for this already (import 1), now 1234501.0"
    )
    assert sorted(reported(place)["import_id"].unique()) == [1]


def test_a_later_export_stands_beside_the_earlier_one(place, tmp_path):
    path = archive(tmp_path, "studio_en.csv")
    brought(place, path)
    later = tmp_path / "table.csv"
    shutil.copy(FIXTURES / "studio_en.csv", later)
    done = run_storage(
        place, "import", later, "--period", "lifetime", "--as-of", "2025-06-01T00:00Z"
    )
    assert done.exit_code == 0
    assert "18 figures taken" in done.output
    assert reported(place)["observed_at"].unique().len() == 2


def test_what_was_measured_is_not_touched(place, tmp_path):
    def measured():
        store = Store.reopen(place.database, now=lambda: AS_OF)
        try:
            assert store.verify() == []
            tables = (
                "snapshot",
                "broadcast",
                "state",
                "views_delta",
                "correction",
                "segment",
                "poll",
            )
            return {name: rows(store, f"FROM {name} ORDER BY ALL") for name in tables}
        finally:
            store.close()

    before = measured()
    state = ReadModel(place.read_model).open().state()
    brought(place, archive(tmp_path, "studio_en.csv"))
    assert measured() == before
    assert ReadModel(place.read_model).open().state().equals(state)


def test_a_dry_run_says_line_by_line_what_it_would_take_and_takes_nothing(place, tmp_path):
    path = archive(tmp_path, "studio_fr.csv")
    shown = run_storage(place, "import", path, "--dry-run", "--as-of", AS_OF.isoformat())
    assert shown.exit_code == 0
    assert (
        "line 3: youtube:opening2025 views 1,234,500 as of 2025-05-24T10:00:00+00:00, counted"
        " 2025-05-17T07:00:00+00:00 to 2025-05-22T07:00:00+00:00 -> test-2025"
        " (studio, youtube.studio@2005-04-23)"
    ) in shown.output
    assert "line 2 not taken: Total row: a sum, not a broadcast" in shown.output
    assert "18 figures would be taken" in shown.output
    assert reported(place).is_empty()
    code, [as_json] = brought(place, path, "--dry-run")
    assert (code, as_json["taken"], len(as_json["would_take"])) == (0, 18, 18)
    assert as_json["would_take"][0]["line"] == 3


def test_a_workbook_is_taken(place, tmp_path):
    path = tmp_path / "content.xlsx"
    rows_ = [
        ["Video title", "Video link", "Post time", "Total views"],
        ["Opening", "https://www.tiktok.com/@dgsn/video/7505000000000000001", 45794.5, 518400],
    ]
    path.write_bytes(workbook(rows_, dates=[2]))
    code, [done] = brought(place, path)
    assert (code, done["formats"], done["taken"]) == (0, ["tiktok-posts"], 1)
    assert reported(place)["published_at"][0] == datetime(2025, 5, 17, 11, tzinfo=UTC)


def test_the_files_own_time_is_when_its_figures_stood_so(place, tmp_path):
    path = archive(tmp_path, "studio_en.csv")
    at = datetime(2025, 5, 23, 8, tzinfo=UTC)
    os.utime(path, (at.timestamp(), at.timestamp()))
    shown = run_storage(place, "import", path)
    assert "as of 2025-05-23T08:00:00+00:00" in shown.output
    assert set(reported(place)["observed_at"]) == {at}


def test_what_was_brought_in_is_listed_and_can_be_taken_out(place, tmp_path):
    brought(place, archive(tmp_path, "studio_en.csv"))
    [listed] = json.loads(run_storage(place, "imports", "--json").stdout)
    assert (listed["import_id"], listed["format"], listed["taken"], listed["refused"]) == (
        1,
        "youtube-studio",
        18,
        0,
    )
    assert len(listed["sha256"]) == 64
    assert "youtube-studio" in run_storage(place, "imports").output
    assert run_storage(place, "forget-import", 7).exit_code == 2
    assert "18 figures" in run_storage(place, "forget-import", 1).output
    assert reported(place).is_empty()
    assert ReadModel(place.read_model).open().reported().is_empty()
    assert "nothing was brought in" in run_storage(place, "imports").output


def test_a_net_count_below_zero_goes_in_and_out_again_and_is_set_against_what_was_measured(
    place, tmp_path
):
    path = tmp_path / "Content 2025-05-17_2025-05-21 DGSN.csv"
    path.write_text(
        "Content,Video title,Video publish time,Views,Likes,Comments added,Shares\n"
        'opening2025,Opening,"May 17, 2025",600,41,6,-1\n'
        'parade_2025,Parade,"May 18, 2025",305,-5,-2,0\n'
    )
    code, [done] = brought(place, path)
    assert (code, done["taken"], done["refused"]) == (0, 8, [])
    likes = reported(place).filter(pl.col("metric") == "likes")
    assert dict(zip(likes["broadcast"], likes["value"], strict=True)) == {
        "opening2025": 41,
        "parade_2025": -5,
    }
    found = json.loads(run_storage(place, "reconcile", "--json").stdout)
    assert {
        row["broadcast"]: row["reported"]
        for row in found
        if (row["level"], row["metric"]) == ("broadcast", "likes")
    } == {"youtube:opening2025": 41, "youtube:parade_2025": -5}
    assert "-5  as of" in run_storage(place, "reconcile", "--broadcasts").output
    out = tmp_path / "reported.csv"
    for name in ("reported.csv", "reported.parquet"):
        out = tmp_path / name
        words = ["--edition", EDITION, "--what", "reported", "--out", out]
        assert run_storage(place, "export", *words).exit_code == 0
        assert (
            run_storage(place, "forget-import", reported(place)["import_id"].max()).exit_code == 0
        )
        code, [done] = brought(place, out)
        assert (code, done["taken"], done["refused"]) == (0, 8, [])
        assert reported(place)["value"].min() == -5
