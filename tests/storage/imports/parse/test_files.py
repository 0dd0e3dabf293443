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
    with pytest.raises(BrokenFile, match="no CSV file in the archive"):
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
