"""`livetally storage export`: the same rows in four kinds of file, with what one must know."""

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from storage.exports import published_tables
from storage.exports import xlsx as workbook
from storage.exports.raw_table import csv_bytes, raw_figures
from storage.exports.request import ExportKind, ExportRequest
from storage.read_model.reader import ReadModel
from storage.snapshot_reader import open_reader
from storage.store import Store
from storage.tables import long_form_csv, long_form_parquet
from storage.tables.build import clean_text
from storage.tables.csv_escape import unescape
from tests.support.export_readers import exported, rows_of, run, sheets
from tests.support.published_hostile import HOSTILE, MINUTES
from tests.support.ticks import at

FORMS = ("csv", "json", "xlsx", "parquet")
WHATS = ("raw", "minutes", "summary")
TITLES = {clean_text(title) for title in HOSTILE.values()}


@contextmanager
def written_by_another(path: Path) -> Iterator[None]:
    """A collector's process that has the database open."""
    code = f"from storage.store import Store; from datetime import datetime, UTC; s = Store.reopen(__import__('pathlib').Path({str(path)!r}), now=lambda: datetime.now(UTC)); print('open', flush=True); input(); s.close()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "open\n"
        yield
        process.communicate("\n")


def about(path):
    match path.suffix:
        case ".csv":
            return json.loads(path.with_name(path.name + ".about.json").read_text("utf-8"))
        case ".json":
            return json.loads(path.read_text("utf-8"))["about"]
    return json.loads(pq.read_schema(path).metadata[b"livetally"])


@pytest.mark.parametrize("what", WHATS)
def test_all_kinds_hold_the_same_rows(place, tmp_path, what):
    files = {form: exported(place, tmp_path, what, form) for form in FORMS}
    truth = rows_of(files["parquet"])
    assert truth.height > 0
    for form in ("csv", "json", "xlsx"):
        rows = rows_of(files[form])
        assert (rows.height, rows.columns) == (truth.height, truth.columns)
        for name, dtype in truth.schema.items():
            if not dtype.is_numeric():
                continue
            mine, theirs = (side[name].cast(pl.Float64).to_list() for side in (rows, truth))
            assert mine == [one if one is None else pytest.approx(one) for one in theirs], name


@pytest.mark.parametrize("what", WHATS)
def test_no_title_is_computed_and_none_is_lost(place, tmp_path, what):
    csv, json_, xlsx, parquet = (
        rows_of(exported(place, tmp_path, what, form))["title"].drop_nulls().unique().to_list()
        for form in ("csv", "json", "xlsx", "parquet")
    )
    assert set(parquet) == set(json_) == TITLES
    assert {unescape(title) for title in csv} == TITLES
    assert not any(title.startswith(("=", "+", "-", "@", "\t", "\r")) for title in csv)
    assert set(xlsx) == TITLES, "text as it was: sheets() refuses formulas"


def test_numbers_stay_numbers_and_unsaid_stays_unsaid(place, tmp_path):
    rows = rows_of(exported(place, tmp_path, "minutes", "xlsx"))
    seen = rows.filter(pl.col("broadcast") == "youtube:K")
    assert seen["views"].to_list() == [float(minute) for minute in range(MINUTES)]
    assert seen["concurrent_viewers"].to_list() == [0.0] * (MINUTES - 1) + [None]
    assert seen["likes"].null_count() == MINUTES, "not said is empty, said zero is 0"


def test_a_minute_that_was_not_seen_has_no_row_but_a_gap(place, tmp_path):
    path = exported(place, tmp_path, "minutes", "csv")
    first = rows_of(path).filter(pl.col("broadcast") == "youtube:A")
    assert "2026-05-17T12:07:00Z" not in first["minute"].to_list()
    (gap,) = about(path)["gaps"]
    assert (gap["broadcast"], gap["reason"]) == ("youtube:A", "timeout")
    (fall,) = about(path)["corrections"]
    assert (fall["before"], fall["after"]) == (40, 25)


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
@pytest.mark.parametrize("what", WHATS)
def test_every_file_says_what_one_must_know(place, tmp_path, what, form):
    path = exported(place, tmp_path, what, form)
    told = about(path)
    assert (told["program"], told["simulated"], told["time_zone"]) == ("livetally", True, "UTC")
    assert told["version"]
    assert told["event_time_zone"] == "Africa/Casablanca"
    assert told["as_of"] == at(MINUTES + 1).isoformat()
    assert set(told["coverage"]) == {"all", "x", "youtube"}
    assert 0 < told["coverage"]["youtube"] < told["coverage"]["x"] == 1
    assert list(told["columns"]) == rows_of(path).columns
    assert {one["platform"] for one in told["definitions"]} == {"x", "youtube"}


def test_a_workbook_says_it_on_sheets_of_its_own(place, tmp_path):
    book = sheets(exported(place, tmp_path, "summary", "xlsx"))
    assert list(book) == ["about", "definitions", "gaps", "corrections", "summary"]
    told = {row[0]: row[1] for row in book["about"]}
    assert told["simulated"] == "True"
    assert told["time_zone"] == "UTC"
    assert len(book["gaps"]) == 2


def test_standard_output_carries_the_description_before_a_csv(place):
    done = run(place, "--what", "raw", "--out", "-")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "# simulated: True" in lines
    read = [*long_form_csv.read_csv(io.StringIO(done.stdout, newline=""))]
    assert sum(batch.rows.height for batch in read) > 0
    assert not any(batch.refused for batch in read)


def test_the_same_state_gives_the_same_bytes(place, tmp_path):
    for what in WHATS:
        for form in FORMS:
            once, again = (tmp_path / name for name in ("once", "again"))
            once.mkdir(exist_ok=True)
            again.mkdir(exist_ok=True)
            files = [exported(place, folder, what, form) for folder in (once, again)]
            assert files[0].read_bytes() == files[1].read_bytes(), (what, form)


def test_raw_is_what_import_reads_and_writes_back_the_same(place, tmp_path):
    path = exported(place, tmp_path, "raw", "csv")
    with path.open(encoding="utf-8", newline="") as lines:
        batches = list(long_form_csv.read_csv(lines))
    assert not [refused for batch in batches for refused in batch.refused]
    rows = pl.concat([batch.rows for batch in batches])
    assert long_form_csv.csv_text(rows).encode() == path.read_bytes()
    parquet = pl.concat(
        [
            batch.rows
            for batch in long_form_parquet.read_parquet(exported(place, tmp_path, "raw", "parquet"))
        ]
    )
    same = pl.col("title").replace("", None)
    assert rows.with_columns(same).equals(parquet.with_columns(same), null_equal=True)


def test_raw_has_a_row_for_every_count_asked_for(place, tmp_path):
    rows = rows_of(exported(place, tmp_path, "raw", "parquet"))
    views = rows.filter((pl.col("metric") == "views") & (pl.col("broadcast") == "A"))
    assert views["value"].to_list() == [0, 10, 20, 30, 40, 25, 60, 80, 90, 100, 110]
    likes = rows.filter((pl.col("metric") == "likes") & (pl.col("broadcast") == "A"))
    assert likes["value"].to_list() == [None] * (MINUTES - 1)


def test_raw_csv_says_beforehand_how_large_it_will_be(place, tmp_path):
    out = tmp_path / "raw.csv"
    done = run(place, "--what", "raw", "--out", str(out))
    expected = int(done.stderr.split()[1].replace(",", ""))
    assert abs(expected - out.stat().st_size / 1_000_000) <= 1
    assert "are free" in done.stderr


def test_raw_csv_that_has_no_room_is_not_begun(place, tmp_path, monkeypatch):
    out = tmp_path / "raw.csv"
    full = shutil.disk_usage(tmp_path)._replace(free=1_000)
    monkeypatch.setattr("storage.exports.run.shutil.disk_usage", lambda _: full)
    done = run(place, "--what", "raw", "--out", str(out))
    assert (done.exit_code, list(tmp_path.glob("raw.csv*"))) == (3, [])
    assert "0 MB are free" in done.stderr
    assert rows_of(exported(place, tmp_path, "raw", "parquet")).height, "it takes a fiftieth"


def test_raw_csv_is_reckoned_from_all_its_snapshots(place):
    request = ExportRequest(edition="test-2026", what=ExportKind.RAW)
    state = ReadModel(place.read_model).open().state().filter(edition="test-2026")
    with open_reader(place.database) as raw:
        table = raw_figures(raw, state, request, lambda *_: None)
        written = io.BytesIO()
        long_form_csv.write_csv(table.batches, written)
        assert csv_bytes(raw, state, request) == pytest.approx(written.tell(), rel=0.2)
        later = replace(request, since=at(10**5))
        assert csv_bytes(raw, state, later) == 0


def test_the_part_that_was_asked_for(place, tmp_path):
    bounds = ("--from", at(3).isoformat(), "--to", at(6).isoformat(), "--platform", "x")
    for what in ("minutes", "raw"):
        rows = rows_of(exported(place, tmp_path, what, "parquet", *bounds))
        assert set(rows["platform"]) == {"x"}
        times = rows["minute" if what == "minutes" else "observed_at"].unique().sort().to_list()
        assert times == [at(3), at(4), at(5)]
    early = rows_of(exported(place, tmp_path, "summary", "parquet", "--to", at(5.5).isoformat()))
    whole = early.filter(pl.col("level") == "edition").row(0, named=True)
    assert whole["views"] == 25 + 12 * 5
    assert whole["corrections"] == 1


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(place, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "LIMIT", 100)
    monkeypatch.setattr(published_tables, "ROWS_A_BATCH", 7)
    book = sheets(exported(place, tmp_path, "minutes", "xlsx"))
    assert [name for name in book if name.startswith("minutes")] == ["minutes", "minutes 2"]
    assert len(book["minutes"]) == 100
    assert len(book["minutes"]) + len(book["minutes 2"]) - 2 == 13 * MINUTES - 1


def test_while_a_collector_writes_raw_waits_and_the_others_do_not(place, tmp_path):
    with written_by_another(place.database):
        done = run(place, "--what", "raw", "--out", str(tmp_path / "raw.csv"))
        assert (done.exit_code, done.stdout) == (5, "")
        assert "--database" in done.stderr
        assert not (tmp_path / "raw.csv").exists()
        assert rows_of(exported(place, tmp_path, "minutes", "csv")).height
        assert rows_of(exported(place, tmp_path, "summary", "csv")).height


def test_raw_of_a_copy_leaves_the_copy_as_it_was(place, tmp_path):
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(place.database.read_bytes())
    before = copy.read_bytes()
    with written_by_another(place.database):
        path = exported(place, tmp_path, "raw", "parquet", "--database", str(copy))
    assert rows_of(path).height
    assert copy.read_bytes() == before


def test_a_database_of_another_programme_is_refused(place, tmp_path):
    other = tmp_path / "other.duckdb"
    Store.open(other, now=lambda: at(0), simulated=True).close()
    done = run(place, "--what", "raw", "--out", str(tmp_path / "x.csv"), "--database", str(other))
    assert done.exit_code == 1
    assert "another database" in done.stderr


def test_what_is_no_database_is_said_in_a_line(place, tmp_path):
    (tmp_path / "x.duckdb").write_text("not one")
    for file, code in (("x.duckdb", 4), ("nowhere.duckdb", 2)):
        copy = str(tmp_path / file)
        done = run(place, "--what", "raw", "--out", str(tmp_path / "x.csv"), "--database", copy)
        assert done.exit_code == code, done.output
        assert done.stderr.count("\n") == 1


def test_a_database_of_an_older_version_says_how_to_bring_it_up(place, tmp_path):
    with duckdb.connect(str(place.database)) as connection:
        connection.execute("ALTER TABLE snapshot DROP COLUMN impressions")
    done = run(place, "--what", "raw", "--out", str(tmp_path / "x.csv"))
    assert done.exit_code == 4
    assert "livetally storage verify" in done.stderr
    assert list(tmp_path.glob("x.csv*")) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--platform", "kick"), (1, "nothing on 'kick'; expected one of x, youtube")),
        (("--what", "summary", "--from", "2026-05-17T12:00Z"), (2, "--from")),
        (("--from", "2026-05-17T13:00Z", "--to", "2026-05-17T12:00Z"), (2, "not before")),
        (("--out", "x.doc"), (2, "--format")),
        (("--out", "-", "--json"), (2, "standard output")),
        (("--out", "nowhere/x.csv"), (2, "nowhere")),
    ],
)
def test_what_cannot_be_done_is_said(place, tmp_path, monkeypatch, words, says):
    code, text = says
    monkeypatch.chdir(tmp_path)
    done = run(place, "--out", "x.csv", *words)
    assert done.exit_code == code
    assert text in " ".join(done.stderr.split())
    assert not (tmp_path / "x.csv").exists()


def test_json_says_what_was_written(place, tmp_path):
    done = run(place, "--out", str(tmp_path / "x.csv"), "--json")
    told = json.loads(done.stdout)
    assert told["rows"] == 13 * MINUTES - 1
    assert told["simulated"] is True
    assert told["about"].endswith("x.csv.about.json")
