"""What is downloaded: archives, workbooks and text, each bounded and each fault with its line."""

import zipfile
from typing import Any

import pytest

from storage.imports.errors import BrokenFile
from storage.imports.parse import csv_table, files
from storage.imports.parse.files import tables as opened
from tests.support.xlsx_files import workbook


def save(tmp_path, body, name="file.csv"):
    path = tmp_path / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def packed(tmp_path, name="file.zip", **members):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, body in members.items():
            archive.writestr(member, body)
    return path


def sheet_of(cell, *, namespace="schemas.openxmlformats.org/spreadsheetml/2006"):
    rows = (
        f"<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c>{cell}</row>" if cell else ""
    )
    return f'<worksheet xmlns="http://{namespace}/main"><sheetData>{rows}</sheetData></worksheet>'


def sheet_cell(tmp_path, cell, **said):
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([], sheet=sheet_of(cell, **said)))
    [table] = opened(path)
    return table.rows[0].cells[1]


@pytest.mark.parametrize(
    "body",
    [
        "a,b\n1,2\n",
        "\ufeffa,b\n1,2\n",
        "a;b\r\n1;2\r\n",
        "sep=;\na;b\n1;2",
        "a\tb\n1\t2\n",
        "\n\na,b\n1,2\n\n",
        "a,b\n1,2\n".encode("utf-16"),
    ],
)
def test_a_table_is_read_however_it_is_delimited_and_marked(tmp_path, body):
    [table] = opened(save(tmp_path, body))
    assert table.columns == ("a", "b")
    assert [row.cells for row in table.rows] == [("1", "2")]


def test_a_title_alone_above_the_columns_is_no_column(tmp_path):
    body = 'sep=,\r\n"Facebook reach"\r\n"Date","Primary"\r\n"2025-05-17T00:00:00","7"\r\n'
    [table] = opened(save(tmp_path, body.encode("utf-16")))
    assert (table.title, table.columns) == ("Facebook reach", ("Date", "Primary"))
    assert [(row.line, row.cells[1]) for row in table.rows] == [(4, "7")]


def test_without_a_line_that_says_the_delimiter_one_cell_is_a_column(tmp_path):
    with pytest.raises(BrokenFile, match="2 cells in a row; expected 1"):
        opened(save(tmp_path, "a\n1,2\n"))


def test_rows_know_their_lines_also_behind_titles_of_many(tmp_path):
    [table] = opened(save(tmp_path, 'a,b\n"two\nlines \u2028 long",2\n3,4\n'))
    assert [(row.line, row.cells[1]) for row in table.rows] == [(3, "2"), (4, "4")]


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        ("vidéo,b\n1,2\n".encode("latin-1"), 1, "byte 0xe9 is not UTF-8"),
        ("a,b\n1,2\nmatinée,2\n".encode("cp1252"), 3, "byte 0xe9 is not UTF-8"),
        (b"a,b\n1,2\n\0,2\n", 3, "NUL"),
        ('a,b\n1,"2\n', 2, "not CSV"),
        ("a,b\n1,2\n12,5,7\n", 3, "3 cells in a row; expected 2"),
        ("a,b\n1\n", 2, "1 cells in a row; expected 2"),
        ("", None, "empty"),
    ],
)
def test_what_is_broken_says_the_line_and_a_remedy(tmp_path, body, line, problem):
    with pytest.raises(BrokenFile, match=problem) as caught:
        opened(save(tmp_path, body))
    assert caught.value.line == line
    assert caught.value.remedy


def test_an_archive_gives_its_tables_and_nothing_hidden(tmp_path):
    path = packed(
        tmp_path,
        **{
            "Table data.csv": "a,b\n1,2\n",
            "__MACOSX/._Table data.csv": b"\0\0",
            ".hidden.csv": b"\0",
            "picture.png": b"\x89PNG",
        },
    )
    assert [one.name for one in opened(path)] == ["file.zip/Table data.csv"]


def test_a_name_in_utf8_that_does_not_say_so_is_read_all_the_same(tmp_path):
    name = "Données du tableau.csv".encode()
    path = packed(tmp_path, **{"X" * len(name): "a,b\n1,2\n"})
    path.write_bytes(path.read_bytes().replace(b"X" * len(name), name))
    assert [one.name for one in opened(path)] == ["file.zip/Données du tableau.csv"]


def test_what_unpacks_to_more_than_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 100_000)
    parts: dict[str, Any] = {"a.csv": b"a,b\n" + b"1,2\n" * 50_000}
    bomb = packed(tmp_path, **parts)
    assert bomb.stat().st_size < 10_000
    with pytest.raises(BrokenFile, match="unpacked"):
        opened(bomb)
    halves = packed(
        tmp_path, "two.zip", **dict.fromkeys(("a.csv", "b.csv"), b"a,b\n" + b"1,2\n" * 15_000)
    )
    with pytest.raises(BrokenFile, match="unpacked"):
        opened(halves)
    with pytest.raises(BrokenFile, match="larger than"):
        opened(save(tmp_path, "a,b\n" + "1,2\n" * 50_000))


def test_an_archive_of_very_many_files_is_refused(tmp_path):
    path = packed(
        tmp_path, **{f"{number}.csv": "a\n1\n" for number in range(files.MOST_MEMBERS + 1)}
    )
    with pytest.raises(BrokenFile, match="more than 200 files"):
        opened(path)


def test_a_table_of_very_many_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_table, "MOST_ROWS", 10)
    with pytest.raises(BrokenFile, match="more than 10 rows") as caught:
        opened(save(tmp_path, "a\n" + "1\n" * 11))
    assert caught.value.line == 12


def test_an_archive_that_is_damaged_or_holds_no_table_says_so(tmp_path):
    whole = packed(tmp_path, **{"a.csv": "a,b\n" + "1,2\n" * 500}).read_bytes()
    spoilt = bytearray(whole)
    spoilt[60] ^= 0xFF
    with pytest.raises(BrokenFile, match="not a readable archive"):
        opened(save(tmp_path, bytes(spoilt), "spoilt.zip"))
    with pytest.raises(BrokenFile, match="no table in the file"):
        opened(packed(tmp_path, "empty.zip", **{"readme.md": "nothing"}))


def test_a_workbook_is_read_as_text_with_nothing_computed(tmp_path):
    path = tmp_path / "book.xlsx"
    rows = [["Video title", "Post time", "Total views"], ["=1+1", 45794.5, 1200], ["<b>", None, 3]]
    path.write_bytes(workbook(rows, dates=[1]))
    [table] = opened(path)
    assert table.columns == ("Video title", "Post time", "Total views")
    assert [row.cells for row in table.rows] == [
        ("=1+1", "2025-05-17 12:00:00", "1200"),
        ("<b>", "", "3"),
    ]


def test_a_workbook_with_entities_is_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet>&a;</worksheet>'
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([["a"]], sheet=bomb))
    with pytest.raises(BrokenFile, match="not a readable workbook"):
        opened(path)


def test_a_digest_is_that_of_the_bytes(tmp_path):
    path = save(tmp_path, b"abc")
    assert files.digest(path).startswith("ba7816bf8f01cfea")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>4500</v></c>", "4500"),
        ('<c t="n"><v>4500.0</v></c>', "4500"),
        ("<c><v>2.1004500E7</v></c>", "21004500"),
        ("<c><v>1.2e+3</v></c>", "1200"),
        ("<c><v>-5.0</v></c>", "-5"),
        ("<c><v>0.0</v></c>", "0"),
        ("<c><v>9120.4999999999996</v></c>", "9120.5"),
        ("<c><v>1.251E2</v></c>", "125.1"),
        ("<c><v>9007199254740992</v></c>", "9007199254740992"),
        ('<c t="str"><f>A1</f><v>text</v></c>', "text"),
        ('<c t="inlineStr"><is><r><t>two </t></r><r><t>runs</t></r></is></c>', "two runs"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c t="d"><v>2025-05-17T12:00:00</v></c>', "2025-05-17T12:00:00"),
        ('<c s="1"><v>45794.5</v></c>', "2025-05-17 12:00:00"),
        ('<c s="1"><v>4.5794E4</v></c>', "2025-05-17"),
        ('<c s="1"><v>45794.479166666664</v></c>', "2025-05-17 11:30:00"),
        ('<c s="1"><v>1E300</v></c>', "1E300"),
        ("<c><v>none</v></c>", "none"),
        ("<c/>", ""),
    ],
)
@pytest.mark.parametrize(
    "namespace",
    ["schemas.openxmlformats.org/spreadsheetml/2006", "purl.oclc.org/ooxml/spreadsheetml"],
)
def test_a_cell_is_what_it_is_however_a_program_wrote_it(tmp_path, namespace, cell, text):
    assert sheet_cell(tmp_path, cell, namespace=namespace) == text


@pytest.mark.parametrize("literal", ["2.056E18", "2056000000000000123", "-1E16"])
def test_a_number_that_no_double_holds_is_seen_to_be_rounded(tmp_path, literal):
    assert "E+" in sheet_cell(tmp_path, f"<c><v>{literal}</v></c>")


def test_days_of_an_old_mac_begin_in_1904(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(
        workbook([["Date"], [44332]], dates=[0], properties='<workbookPr date1904="1"/>')
    )
    [table] = opened(path)
    assert table.rows[0].cells == ("2025-05-17",)


def test_sheets_are_read_whatever_they_are_called_and_one_without_rows_is_none(tmp_path):
    path = packed(
        tmp_path,
        "book.xlsx",
        **{
            "xl/workbook.xml": "<workbook/>",
            "xl/worksheets/sheet10.xml": sheet_of("<c><v>10</v></c>"),
            "xl/worksheets/sheet2.xml": sheet_of("<c><v>2</v></c>"),
            "xl/worksheets/data.xml": sheet_of(""),
        },
    )
    assert [(one.name, one.rows[0].cells[1]) for one in opened(path)] == [
        ("book.xlsx/sheet2", "2"),
        ("book.xlsx/sheet10", "10"),
    ]
    empty = packed(tmp_path, "empty.xlsx", **{"xl/workbook.xml": "<workbook/>"})
    with pytest.raises(BrokenFile, match="no table in the file: it holds empty sheets"):
        opened(empty)


OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (OLD_EXCEL, "an old Excel file (.xls), which is not read"),
        (OLD_EXCEL + "EncryptedPackage".encode("utf-16-le"), "a workbook with a password"),
        (b"\xef\xbb\xbf\r\n<HTML><table>", "a web page"),
        (b"<?xml version='1.0'?><Workbook/>", "an XML file"),
        (b"%PDF-1.7", "a PDF"),
        (b'{"rows": []}', "JSON"),
        (b"\x1f\x8b\x08", "a compressed file"),
    ],
)
@pytest.mark.parametrize("name", ["Content.xls", "Content.xlsx", "Content.csv"])
def test_another_kind_of_file_is_told_for_what_it_is_whatever_its_name(
    tmp_path, body, problem, name
):
    with pytest.raises(BrokenFile) as caught:
        opened(save(tmp_path, body, name))
    assert caught.value.problem.startswith(problem)
    assert caught.value.remedy == "export it anew, as CSV or XLSX"
    with pytest.raises(BrokenFile, match="which is not read"):
        opened(packed(tmp_path, **{"Content.csv": body}))


def test_an_archive_without_a_table_says_what_it_holds(tmp_path):
    with pytest.raises(BrokenFile, match="it holds Content") as caught:
        opened(packed(tmp_path, **{"Content.xls": OLD_EXCEL, "mimetype": "text"}))
    assert "XLSX" in caught.value.remedy
