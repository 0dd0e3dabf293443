"""Lines of a table that are no rows: sums, and lines about the table."""

import zipfile

import pytest

from storage.imports.errors import BrokenFile
from storage.imports.formats.registry import recognise
from storage.imports.parse.csv_table import parse_csv
from storage.imports.parse.files import tables
from tests.support.import_files import given
from tests.support.xlsx_files import workbook

NAME = "Content 2026-05-17_2026-05-21 Channel"
HEAD = ["Content", "Video title", "Video publish time", "Views"]
OPENING = ["AAAAAAAAA01", "Opening", "May 17, 2026", "600"]
PARADE = ["AAAAAAAAA02", "Parade", "May 18, 2026", "305"]
TOTAL = ["Total", "", "", "905"]
FOOTERS = [
    "Showing top 500 results",
    "Affichage des 500 premiers résultats",
    "يتم عرض أهم 500 نتيجة",
    "Die 500 besten Ergebnisse werden angezeigt",
    "上位500件の結果を表示",
]


def text_of(rows):
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)


def read(text, *, name=f"{NAME}.csv", **said):
    [one], _ = recognise([parse_csv(text, name=name)])
    return one.read(given(path=name, **said))


def views(reading):
    return [figure.counts["views"] for figure in reading.figures]


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize(
    "rows",
    [
        [HEAD, TOTAL, OPENING, PARADE, ["{}"]],
        [HEAD, TOTAL, OPENING, PARADE, ["{}", "", "", ""]],
        [HEAD, TOTAL, OPENING, PARADE, ["{}", "", "", "", "", ""]],
        [HEAD, OPENING, PARADE, TOTAL, ["{}"]],
        [HEAD, OPENING, PARADE, ["{}"], TOTAL],
        [HEAD, OPENING, PARADE, ["{}"], ["Data may be late"]],
        [["{}"], HEAD, OPENING, PARADE],
        [["{}", "", "", ""], HEAD, OPENING, PARADE, TOTAL],
    ],
)
def test_a_line_about_the_table_is_known_by_its_column_in_any_language(rows, footer):
    written = [[cell.format(footer) for cell in row] for row in rows]
    reading = read("\ufeff" + text_of(written).replace("\n", "\r\n"))
    assert views(reading) == [600, 305]
    assert reading.refused == ()
    assert f"'{footer}': the table is cut there; export fewer days" in " ".join(reading.notes)


def test_footers_are_known_in_archives_and_workbooks(tmp_path):
    rows = [HEAD, TOTAL, OPENING, PARADE, [FOOTERS[0]]]
    archive = tmp_path / f"{NAME}.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("Table data.csv", text_of(rows))
    path = tmp_path / f"{NAME}.xlsx"
    path.write_bytes(workbook(rows))
    above = tmp_path / f"{NAME} above.xlsx"
    above.write_bytes(workbook([[FOOTERS[0]], HEAD, [*OPENING[:3], 600], ["", "", "", 600]]))
    for file, counted in ((archive, [600, 305]), (path, [600, 305]), (above, [600])):
        [one], _ = recognise(tables(file))
        reading = one.read(given(path=str(file)))
        assert views(reading) == counted
        assert "the table is cut there" in reading.notes[0]


@pytest.mark.parametrize(
    "short", [["Showing top 500 results"], ["AAAAAAAAA03"], ["AAAA"], ["905"], ["Total"]]
)
def test_a_row_in_the_middle_that_lacks_cells_is_broken(short):
    with pytest.raises(BrokenFile, match="1 cells in a row; expected 4") as caught:
        read(text_of([HEAD, OPENING, short, PARADE]))
    assert caught.value.line == 3


@pytest.mark.parametrize("short", [["AAAAAAAAA03"], ["AAAA"], ["905"], ["AAAAAAAAA03", "Open"]])
def test_a_last_row_that_was_cut_off_is_broken(short):
    with pytest.raises(BrokenFile, match="cells in a row; expected 4"):
        read(text_of([HEAD, OPENING, PARADE, short]))


def test_a_text_in_the_middle_or_an_unknown_id_is_refused_as_a_row():
    reading = read(
        text_of(
            [HEAD, OPENING, ["Showing top 500 results", "", "", ""], PARADE, ["AAA", "", "", ""]]
        )
    )
    assert [row.line for row in reading.refused] == [3, 5]


def test_where_a_format_is_not_cut_a_line_about_it_is_only_named():
    text = text_of(
        [
            ["Date", "Video Views", "Profile Views"],
            ["2026-05-17", "5", "1"],
            ["Made by TikTok in May 2026"],
        ]
    )
    reading = read(text, name="Overview.csv")
    assert views(reading) == [5]
    assert reading.notes == ("line 3, 'Made by TikTok in May 2026': about the table, not read",)


@pytest.mark.parametrize(
    "label", ["Total", "Gesamt", "Totale", "Total general", "Összesen", "الإجمالي", "", "-"]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_total_row_is_one_without_an_id_whatever_it_is_called(label, first):
    total = [label, "", "", "905"]
    rows = [HEAD, total, OPENING, PARADE] if first else [HEAD, OPENING, PARADE, total]
    reading = read(text_of(rows))
    assert views(reading) == [600, 305]
    assert (len(reading.left_out), reading.refused, reading.notes) == (1, (), ())


@pytest.mark.parametrize("label", ["Total", "Gesamt", "Összesen", "الإجمالي", ""])
def test_a_total_row_of_days_is_one_without_a_day(label):
    rows = [
        ["Date", "Video Views", "Profile Views"],
        ["2026-05-17", "5", "1"],
        ["2026-05-18", "7", "1"],
        [label, "12", "2"],
    ]
    reading = read(text_of(rows), name="Overview.csv")
    assert views(reading) == [5, 7]
    assert [row.line for row in reading.left_out] == [4]


def test_a_row_in_the_middle_without_a_day_is_refused_and_not_of_all_days():
    rows = [
        ["Date", "Video Views", "Profile Views"],
        ["2026-05-17", "5", "1"],
        ["soon", "6", "1"],
        ["", "6", "1"],
        ["2026-05-18", "7", "1"],
    ]
    reading = read(text_of(rows), name="Overview.csv")
    assert views(reading) == [5, 7]
    assert [row.reason for row in reading.refused] == [
        "invalid date 'soon': expected e.g. 2026-05-17",
        "no day in this row",
    ]


@pytest.mark.parametrize("title", ["Total", "TOTAL", "Gesamt", "الإجمالي", "Totaux"])
def test_a_title_never_makes_a_total_row(title):
    address = "https://www.tiktok.com/@example/video/7641293139424051211"
    rows = [
        ["Video title", "Video link", "Post time", "Total views"],
        [title, address, "May 18", "6200"],
        ["Total", "", "", "6200"],
    ]
    reading = read(text_of(rows), name="Content.csv")
    assert views(reading) == [6200]
    assert [row.line for row in reading.left_out] == [3]
    lost = read(text_of([*rows[:2], ["Second day", "", "", "310"]]), name="Content.csv")
    assert [row.reason for row in lost.refused] == ["no broadcast id in this row"]


@pytest.mark.parametrize(
    ("total", "note"),
    [
        ("905", None),
        ("900", None),
        ("907", "the Total row counts 2 views more than the rows, perhaps of what was deleted"),
        (
            "1,800",
            "the Total row says 1,800 views, its rows 905: the export does not hold everything",
        ),
    ],
)
def test_a_total_row_counts_what_was_deleted_too(total, note):
    reading = read(text_of([HEAD, ["Total", "", "", total], OPENING, PARADE]))
    assert reading.notes == ((note,) if note else ())


def test_the_check_is_of_every_count_and_of_refused_rows_too():
    head = ["Content", "Video title", "Views", "Likes", "Peak concurrent viewers"]
    rows = [
        head,
        ["Total", "", "905", "40", "900"],
        ["AAAAAAAAA01", "a", "600", "30", "5"],
        ["bad", "b", "305", "9", "6"],
    ]
    reading = read(text_of(rows))
    assert len(reading.refused) == 1
    assert reading.notes == (
        "the Total row counts 1 likes more than the rows, perhaps of what was deleted",
    )


@pytest.mark.parametrize(("total", "notes"), [("500", 0), ("503", 2), (None, 1)])
def test_a_table_as_long_as_such_tables_get_is_cut_unless_its_total_says_not(total, notes):
    rows = [[f"AAAAAAAA{at:03}", "a", "", "1"] for at in range(500)]
    reading = read(text_of([HEAD, *([["Total", "", "", total]] if total else []), *rows]))
    assert len(reading.figures) == 500
    assert len(reading.notes) == notes
    if notes:
        assert "500 rows, where such tables are cut" in reading.notes[0]
    if total == "503":
        assert "does not hold everything" in reading.notes[1]


def test_only_the_line_that_says_how_long_a_table_may_be_says_that_it_is_cut():
    [plain, other] = read(
        text_of([HEAD, OPENING, ["Showing top 500 results"], ["Data may be late"]])
    ).notes
    assert "'Showing top 500 results': the table is cut there" in plain
    assert other == "line 4, 'Data may be late': about the table, not read"
    assert read(text_of([["Channel analytics, May 2026"], HEAD, OPENING])).notes == ()
    [unnumbered] = read(text_of([HEAD, OPENING, ["Only the best results"]])).notes
    assert "the table is cut there" in unnumbered
