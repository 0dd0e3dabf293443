"""`livetally storage import, imports, forget-import, reconcile` on real stores and files."""

import json
import os
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from typer.testing import CliRunner

from storage import longform
from storage.cli import group
from storage.imports.definitions import DEFINITIONS
from storage.lock import WriterLock
from storage.longform import COLUMNS
from storage.publish import Publisher
from storage.read import ReadModel
from storage.store import Store
from tests.storage.imports.given import (
    ARCHIVE,
    AS_OF,
    EDITION,
    FIXTURES,
    OPENED,
    Place,
    opening,
    store_in,
)
from tests.storage.imports.workbooks import workbook
from tests.storage.sights import rows, seen, tick, told

HOUR = timedelta(hours=1)


@pytest.fixture
def place(tmp_path):
    """An event of which the opening was measured until it had 1,200,000 views, and then no more."""
    store = store_in(tmp_path)
    began = datetime(2025, 5, 17, 9, 30, tzinfo=UTC)
    store.record(told(opening()))
    for hour, (views, watching) in enumerate([(100, 9_000), (900_000, 18_000), (1_200_000, None)]):
        one = seen("youtube:opening2025", 0, views, concurrent_viewers=watching)
        store.record(tick(replace(one, observed_at=began + hour * HOUR)))
    Publisher(store, tmp_path / "published", now=lambda: AS_OF, version="test").publish([])
    store.close()
    return Place(tmp_path / "livetally.duckdb", tmp_path / "published")


def run(place, *words):
    return CliRunner().invoke(group, [str(word) for word in words], obj=place)


def brought(place, *words):
    done = run(place, "import", *words, "--as-of", AS_OF.isoformat(), "--json")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("[") else done.output


def archive(tmp_path, *names, archived=ARCHIVE):
    path = tmp_path / archived
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.write(FIXTURES / name, name)
    return path


def reported(place):
    store = Store.reopen(place.database, now=lambda: AS_OF)
    try:
        return store.reported()
    finally:
        store.close()


def test_an_archive_is_taken_with_source_definition_and_day(place, tmp_path):
    code, [done] = brought(place, archive(tmp_path, "studio_fr.csv", "studio_days.csv"))
    assert code == 0
    assert (done["taken"], done["known"], done["refused"]) == (18, 0, [])
    assert done["left_out"] == [{"line": 2, "reason": "the Total row: a sum, no broadcast"}]
    assert done["aside"] == [f"{ARCHIVE}/studio_days.csv: counts the same again as youtube-studio"]
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
    assert views["definition"] in DEFINITIONS


def test_the_same_file_twice_changes_nothing_and_says_so(place, tmp_path):
    path = archive(tmp_path, "studio_en.csv")
    brought(place, path)
    before = reported(place)
    code, [again] = brought(place, path)
    assert (code, again["already_import"], again["taken"]) == (0, 1, 0)
    shutil.copy(path, tmp_path / f"copy of {ARCHIVE}")
    text = run(place, "import", tmp_path / f"copy of {ARCHIVE}")
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
    done = run(place, "import", later, "--period", "lifetime", "--as-of", "2025-06-01T00:00Z")
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
    shown = run(place, "import", path, "--dry-run", "--as-of", AS_OF.isoformat())
    assert shown.exit_code == 0
    assert (
        "line 3: youtube:opening2025 views 1,234,500 as of 2025-05-24T10:00:00+00:00, counted"
        " 2025-05-17T07:00:00+00:00 to 2025-05-22T07:00:00+00:00 -> test-2025"
        " (studio, youtube.studio@2005-04-23)"
    ) in shown.output
    assert "line 2 not taken: the Total row: a sum, no broadcast" in shown.output
    assert "18 figures would be taken" in shown.output
    assert reported(place).is_empty()
    code, [as_json] = brought(place, path, "--dry-run")
    assert (code, as_json["taken"], len(as_json["would_take"])) == (0, 18, 18)
    assert as_json["would_take"][0]["line"] == 3


@pytest.mark.parametrize(
    ("before", "after", "encoding", "line", "problem"),
    [
        ("\u202f", "\u00a0", "cp1252", 1, "is not UTF-8"),
        ("Contenu,", "Colonne,", "utf-8", 1, "has no column Content"),
        ("125\u202f750", "125.750", "utf-8", 4, "not written like"),
        ('"1010,25"', "1010,25", "utf-8", 4, "14 cells where 13"),
    ],
)
def test_a_broken_file_says_line_and_remedy_and_nothing_of_it_is_taken(  # noqa: PLR0917 - one case a row
    place, tmp_path, before, after, encoding, line, problem
):
    path = tmp_path / "table.csv"
    text = (FIXTURES / "studio_fr.csv").read_text("utf-8")
    assert before in text
    path.write_bytes(text.replace(before, after).encode(encoding))
    shown = run(place, "import", path, "--period", "lifetime")
    assert shown.exit_code == 2
    assert f"table.csv:{line}: " in shown.output
    assert problem in shown.output
    assert "nothing is taken; " in shown.output
    assert reported(place).is_empty()


def test_one_broken_file_does_not_keep_another_out(place, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    code, [first, second] = brought(place, bad, archive(tmp_path, "studio_en.csv"))
    assert code == 2
    assert first["fault"]["line"] == 1
    assert second["taken"] == 18


def test_what_no_edition_holds_is_refused_with_what_to_say(place, tmp_path):
    path = archive(tmp_path, "facebook_en.csv", archived="facebook.zip")
    code, [done] = brought(place, path)
    assert (code, done["taken"]) == (1, 10)
    assert done["refused"] == [
        {
            "line": 4,
            "reason": "no edition is known to hold it (2025-04-02 is in the days of none): add --edition",
        }
    ]
    code, [done] = brought(place, path, "--edition", EDITION)
    assert (code, done["taken"], done["known"]) == (1, 0, 10)
    assert done["refused"][0]["reason"] == (
        "2025-04-02 is not in the days of test-2025: add --any-day if it is of it"
    )
    code, [done] = brought(place, path, "--edition", EDITION, "--any-day")
    assert (code, done["taken"], done["known"], done["import_id"]) == (0, 5, 10, 2)
    code, [done] = brought(place, path)
    assert (code, done["already_import"], done["taken"]) == (0, 2, 0)


def test_a_figure_is_of_one_edition_and_stays_there(place):
    brought(place, FIXTURES / "facebook_fr.csv")
    words = ("--edition", "test-2026", "--any-day")
    code, [done] = brought(place, FIXTURES / "facebook_en.csv", *words)
    assert (code, done["taken"], done["known"]) == (0, 10, 5)
    opening_ = reported(place).filter(broadcast="998877665544332")
    assert set(opening_["edition"]) == {EDITION}


def test_a_broadcast_that_counts_elsewhere_is_not_moved(place, tmp_path):
    code, [done] = brought(
        place, archive(tmp_path, "studio_en.csv"), "--edition", "test-2026", "--any-day"
    )
    assert (code, done["taken"]) == (1, 9)
    assert [one["reason"] for one in done["refused"]] == [
        "opening2025 counts for test-2025, not for test-2026"
    ]


def test_a_live_video_is_known_by_its_address_where_its_id_is_another(place):
    store = Store.reopen(place.database, now=lambda: AS_OF)
    live = opening(
        key="facebook:9001",
        platform="facebook",
        native_id="9001",
        account="facebook:dgsn",
        url="https://www.facebook.com/dgsn.maroc/videos/998877665544332/",
    )
    reel = opening(
        key="instagram:555",
        platform="instagram",
        native_id="555",
        account="instagram:dgsn",
        url="https://instagram.com/reel/DAbc123",
    )
    store.record(told(live, reel))
    store.close()
    brought(place, FIXTURES / "facebook_fr.csv", FIXTURES / "instagram_en.csv")
    found = reported(place).group_by("platform", "account").agg(pl.col("broadcast").unique())
    assert sorted(found.iter_rows()) == [
        ("facebook", "facebook:dgsn", ["9001"]),
        ("instagram", "instagram:dgsn", ["555"]),
    ]


def test_accounts_are_found_by_id_and_name_and_else_as_said(place):
    brought(place, FIXTURES / "x_posts.csv", "--period", "lifetime")
    brought(place, FIXTURES / "tiktok_posts.csv", "--account", "tiktok:@dgsn")
    accounts = reported(place).group_by("platform").agg(pl.col("account").unique())
    assert dict(accounts.iter_rows()) == {"x": ["x:@dgsn_maroc"], "tiktok": ["tiktok:@dgsn"]}


def test_a_count_below_zero_is_refused_alone(place):
    code, [done] = brought(place, FIXTURES / "tiktok_days.csv")
    assert (code, done["taken"]) == (1, 6)
    assert done["refused"] == [{"line": 3, "reason": "comments: value: -2.0 is no count"}]


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
    shown = run(place, "import", path)
    assert "as of 2025-05-23T08:00:00+00:00" in shown.output
    assert set(reported(place)["observed_at"]) == {at}


def test_the_plain_table_comes_back_the_same(place, tmp_path):
    brought(place, archive(tmp_path, "studio_en.csv"))
    first = reported(place).select(list(COLUMNS))
    out = tmp_path / "out.csv"
    out.write_text(longform.csv_text(first, heading=["for people"]), "utf-8", newline="")
    other = tmp_path / "other"
    other.mkdir()
    store_in(other).close()
    elsewhere = Place(other / "livetally.duckdb", other / "published")
    code, [done] = brought(elsewhere, out)
    assert (code, done["formats"], done["taken"], done["as_of"]) == (0, ["long"], 18, None)
    again = reported(elsewhere).select(list(COLUMNS))
    assert again.equals(first)
    assert longform.csv_text(again, heading=["for people"]) == out.read_text("utf-8")
    longform.write_parquet([again], tmp_path / "out.parquet")
    code, [done] = brought(elsewhere, tmp_path / "out.parquet")
    assert (code, done["taken"], done["known"]) == (0, 0, 18)


def test_a_plain_table_keeps_its_right_rows_and_refuses_wrong_ones_by_line(place, tmp_path):
    right = longform.csv_text(
        pl.DataFrame(
            [
                {
                    **dict.fromkeys(COLUMNS),
                    "platform": "x",
                    "observed_at": AS_OF,
                    "metric": "likes",
                    "value": 5.0,
                    "source": "api",
                    "edition": EDITION,
                }
            ],
            schema=COLUMNS,
        )
    )
    path = tmp_path / "plain.csv"
    twice = right.splitlines()[1]
    path.write_text(
        f"{right}{twice}\n{twice.replace(',5,', ',6,')}\n{twice.replace(',5,', ',five,')}\n"
    )
    code, [done] = brought(place, path)
    assert (code, done["taken"], done["known"]) == (1, 1, 1)
    assert [(one["line"], one["reason"]) for one in done["refused"]] == [
        (5, "value: five is no plain number; write 1234.5"),
        (4, "likes: 5.0 was reported for this already (line 2), now 6.0"),
    ]


def test_a_plain_table_that_breaks_half_way_takes_nothing(place, tmp_path, monkeypatch):
    monkeypatch.setattr(longform, "ROWS_A_BATCH", 2)
    row = {
        **dict.fromkeys(COLUMNS),
        "platform": "x",
        "metric": "likes",
        "value": 5.0,
        "source": "api",
    }
    many = [{**row, "observed_at": AS_OF + timedelta(seconds=number)} for number in range(6)]
    path = tmp_path / "plain.csv"
    path.write_bytes(longform.csv_text(pl.DataFrame(many, schema=COLUMNS)).encode() + b"\xe9\n")
    code, [done] = brought(place, path)
    assert (code, done["fault"]["line"]) == (2, 8)
    assert reported(place).is_empty()


def test_what_was_brought_in_is_listed_and_can_be_taken_out(place, tmp_path):
    brought(place, archive(tmp_path, "studio_en.csv"))
    [listed] = json.loads(run(place, "imports", "--json").stdout)
    assert (listed["import_id"], listed["format"], listed["taken"], listed["refused"]) == (
        1,
        "youtube-studio",
        18,
        0,
    )
    assert len(listed["sha256"]) == 64
    assert "youtube-studio" in run(place, "imports").output
    assert run(place, "forget-import", 7).exit_code == 2
    assert "18 figures" in run(place, "forget-import", 1).output
    assert reported(place).is_empty()
    assert ReadModel(place.read_model).open().reported().is_empty()
    assert "nothing was brought in" in run(place, "imports").output


def test_a_running_collector_is_named_with_what_to_do(place, tmp_path):
    lock = WriterLock(place.database)
    try:
        done = run(place, "import", archive(tmp_path, "studio_en.csv"))
    finally:
        lock.release()
    assert done.exit_code == 5
    assert "stop it first" in done.output


@pytest.mark.parametrize(
    "words",
    [
        ["--edition", "test-1999"],
        ["--account", "dgsn"],
        ["--as-of", "yesterday"],
        ["--as-of", "2025-05-24T10:00"],
        ["--as-of", "2999-01-01T00:00Z"],
        ["--period", "may"],
        ["--period", "2025-05-21_2025-05-17"],
        ["--format", "excel"],
        ["--decimal", "x"],
    ],
)
def test_what_is_said_wrongly_is_answered_at_once(place, tmp_path, words):
    done = run(place, "import", archive(tmp_path, "studio_en.csv"), *words)
    assert done.exit_code == 2
    assert reported(place).is_empty()


def test_measured_and_reported_stand_side_by_side(place, tmp_path):
    brought(place, archive(tmp_path, "studio_en.csv"))
    found = json.loads(run(place, "reconcile", "--json").stdout)
    by_level = {(row["level"], row["broadcast"], row["metric"]): row for row in found}
    opening_views = by_level["broadcast", "youtube:opening2025", "views"]
    assert opening_views["reported"] == 1_234_500
    assert opening_views["measured"] == 1_200_000
    assert opening_views["difference"] == -34_500
    assert opening_views["difference_percent"] == pytest.approx(-34_500 / 12_345)
    assert opening_views["reported_at"] == "2025-05-22T07:00:00+00:00"
    assert opening_views["measured_at"] == "2025-05-17T11:30:00+00:00"
    assert opening_views["reported_definition"] == "youtube.studio@2005-04-23"
    assert opening_views["measured_definition"] == "youtube@2005-04-23"
    peak = by_level["broadcast", "youtube:opening2025", "peak_concurrent_viewers"]
    assert (peak["reported"], peak["measured"]) == (18_250, 18_000)
    # 9,000 for an hour, then 18,000 until nothing was told, which is the next row an hour later.
    average = by_level["broadcast", "youtube:opening2025", "average_concurrent_viewers"]
    assert (average["reported"], average["measured"]) == (9_120.5, 13_500)
    parade = by_level["broadcast", "youtube:-arade_2025", "views"]
    assert (parade["standing"], parade["difference"]) == ("not_measured", None)
    edition = by_level["edition", None, "views"]
    assert (edition["broadcasts"], edition["only_reported"], edition["difference"]) == (
        1,
        1,
        -34_500,
    )
    text = run(place, "reconcile", "--edition", EDITION, "--broadcasts")
    assert text.exit_code == 0
    assert "difference          -34,500  -2.79 %" in text.output
    assert "broadcasts only reported: 1" in text.output
    assert "not measured by then" in text.output
    assert "--broadcasts shows them" in run(place, "reconcile").output
    assert run(place, "reconcile", "--edition", "test-2026").exit_code == 1


def test_without_owners_figures_there_is_nothing_to_set_against(place):
    done = run(place, "reconcile")
    assert done.exit_code == 1
    assert "livetally storage import" in done.output


def test_a_database_that_knows_no_edition_says_what_to_run(tmp_path):
    path = tmp_path / "livetally.duckdb"
    Store.open(path, now=lambda: OPENED, simulated=False).close()
    done = run(Place(path, tmp_path / "published"), "import", FIXTURES / "studio_en.csv")
    assert done.exit_code == 2
    assert "livetally collect once" in done.output
