"""The plain long table as an import: what went out comes back, and wrong rows are refused alone."""

from datetime import timedelta

import polars as pl

from storage.tables import long_form_csv, long_form_parquet
from storage.tables.long_form import COLUMNS
from tests.support.import_commands import archive, brought, reported
from tests.support.import_files import AS_OF, EDITION, Place, store_in


def test_the_plain_table_comes_back_the_same(place, tmp_path):
    brought(place, archive(tmp_path, "studio_en.csv"))
    first = reported(place).select(list(COLUMNS))
    out = tmp_path / "out.csv"
    out.write_text(long_form_csv.csv_text(first, heading=["for people"]), "utf-8", newline="")
    other = tmp_path / "other"
    other.mkdir()
    store_in(other).close()
    elsewhere = Place(other / "livetally.duckdb", other / "published")
    code, [done] = brought(elsewhere, out)
    assert (code, done["formats"], done["taken"], done["as_of"]) == (0, ["long"], 18, None)
    again = reported(elsewhere).select(list(COLUMNS))
    assert again.equals(first)
    assert long_form_csv.csv_text(again, heading=["for people"]) == out.read_text("utf-8")
    long_form_parquet.write_parquet([again], tmp_path / "out.parquet")
    code, [done] = brought(elsewhere, tmp_path / "out.parquet")
    assert (code, done["taken"], done["known"]) == (0, 0, 18)


def test_a_plain_table_keeps_its_right_rows_and_refuses_wrong_ones_by_line(place, tmp_path):
    right = long_form_csv.csv_text(
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
    monkeypatch.setattr(long_form_csv, "ROWS_A_BATCH", 2)
    row = {
        **dict.fromkeys(COLUMNS),
        "platform": "x",
        "metric": "likes",
        "value": 5.0,
        "source": "api",
    }
    many = [{**row, "observed_at": AS_OF + timedelta(seconds=number)} for number in range(6)]
    path = tmp_path / "plain.csv"
    path.write_bytes(
        long_form_csv.csv_text(pl.DataFrame(many, schema=COLUMNS)).encode() + b"\xe9\n"
    )
    code, [done] = brought(place, path)
    assert (code, done["fault"]["line"]) == (2, 8)
    assert reported(place).is_empty()
