"""Reads exported files as other programs would, and runs the command."""

import json
import re
import zipfile
from pathlib import Path

import polars as pl
from defusedxml import ElementTree

from tests.support.commands import run_storage

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED = re.compile("_x([0-9a-fA-F]{4})_")


def run(place, *words: str):
    return run_storage(place, "export", "--edition", "test-2026", *words)


def exported(place, folder: Path, what: str, form: str, *words: str) -> Path:
    out = folder / f"{what}.{form}"
    done = run(place, "--what", what, "--out", str(out), *words)
    assert done.exit_code == 0, done.output
    return out


def rows_of(path: Path) -> pl.DataFrame:
    """The rows of any of the four kinds as text, without what guards them in CSV."""
    match path.suffix:
        case ".parquet":
            return pl.read_parquet(path)
        case ".json":
            return pl.DataFrame(
                json.loads(path.read_text("utf-8"))["rows"], infer_schema_length=None
            )
        case ".csv":
            return pl.read_csv(path, infer_schema=False)
    name, *_ = (one for one in sheets(path) if one in {"minutes", "raw", "summary"})
    head, *rows = sheets(path)[name]
    width = len(head)
    padded = [{at: row.get(at) for at in range(width)} for row in rows]
    return pl.DataFrame(
        [{head[at]: row[at] for at in range(width)} for row in padded], infer_schema_length=None
    )


def sheets(path: Path) -> dict[str, list[dict[int, object]]]:
    """Cells of every sheet by row and column: text as str, numbers as float. Formulas are refused."""
    with zipfile.ZipFile(path) as book:
        named = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
        return {
            sheet.attrib["name"]: cells(book.read(f"xl/worksheets/sheet{number}.xml"))
            for number, sheet in enumerate(named, start=1)
        }


def cells(xml: bytes) -> list[dict[int, object]]:
    found = []
    for row in ElementTree.fromstring(xml).iter(f"{_MAIN}row"):
        told = {}
        for cell in row.iter(f"{_MAIN}c"):
            assert cell.find(f"{_MAIN}f") is None, "a formula"
            letters = cell.attrib["r"].rstrip("0123456789")
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - 64
            if cell.get("t") == "inlineStr":
                text = "".join(part.text or "" for part in cell.iter(f"{_MAIN}t"))
                told[column - 1] = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
            else:
                told[column - 1] = float(cell.findtext(f"{_MAIN}v", ""))
        found.append(told)
    return found
