"""Reads files that stand for far more than they weigh, as an import would; prints what came of it."""

import io
import json
import struct
import sys
import tempfile
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from storage.imports.assign import AssignmentTarget, Lookup
from storage.imports.errors import BrokenFile
from storage.imports.parse.files import MOST_BYTES
from storage.imports.read_file import read_file
from storage.imports.read_rows import ImportOptions
from storage.schema import EDITIONS
from storage.tables.long_form import COLUMNS
from tests.support.import_files import FIXTURES
from tests.support.peak_memory import highest_bytes

MILLION = 1_000_000
SHEET = "xl/worksheets/sheet1.xml"
HEAD = ",".join(COLUMNS)


def packed(parts, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return stream.getvalue()


def book(sheet="<worksheet/>", **parts):
    named = {f"xl/{name}.xml": body for name, body in parts.items()}
    return packed({"xl/workbook.xml": "<workbook/>", SHEET: sheet, **named})


def rows(body):
    return book(f"<worksheet><sheetData>{body}</sheetData></worksheet>")


def lying(size):
    """A directory that says ``size`` bytes of what are 100 MB."""
    content = bytearray(packed({"a.csv": "a,b\n" + "1,2\n" * 25 * MILLION}))
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, size)
    return bytes(content)


def long_directory(entries):
    """An archive of a million names and no file."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    directory = entry * entries
    counts = struct.pack("<HHIIH", 65_535, 65_535, len(directory), 0, 0)
    return directory + b"PK\x05\x06" + bytes(4) + counts


SHARED = book(
    "<worksheet>" + '<row><c t="s"><v>0</v></c></row>' * 400_000 + "</worksheet>",
    sharedStrings=f"<sst><si><t>{'word ' * 20_000}</t></si></sst>",
)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
#: Each bomb, and what its refusal says.
BOMBS = {
    "cells.xlsx": (lambda: rows("<row>" + "<c/>" * MILLION + "</row>"), "elements in a row"),
    "rows.xlsx": (lambda: rows("<row/>" * 4_500_000), "more than 4,000,000 elements"),
    "wide.xlsx": (lambda: rows('<row><c r="XFD1"><v>1</v></c></row>'), "more than 400 columns"),
    "padded.xlsx": (
        lambda: rows(
            '<row><c r="OJ1"><v>1</v></c></row>' + '<row><c r="A2"><v>1</v></c></row>' * 500_000
        ),
        "more than 4,000,000 cells",
    ),
    "shared.xlsx": (lambda: SHARED, "more than 32,000,000 characters in cells"),
    "nested.xlsx": (lambda: rows("<row>" * 100_000), "elements in each other"),
    "text.xlsx": (
        lambda: book(sharedStrings=f"<sst><si><t>{'x' * 30 * MILLION}</t></si></sst>"),
        "characters in a row",
    ),
    "attributes.xlsx": (
        lambda: book("<worksheet " + " ".join(f'a{n}=""' for n in range(2 * MILLION)) + "/>"),
        "more than 1,000,000 bytes in a tag",
    ),
    "entities.xlsx": (lambda: book(ENTITIES), "not a readable workbook"),
    "formats.xlsx": (
        lambda: book(
            styles='<styleSheet><numFmt formatCode="' + "[" * 900_000 + '"/></styleSheet>'
        ),
        "no table in the file",
    ),
    "lies.zip": (lambda: lying(10), "not a readable archive"),
    "lies_more.zip": (lambda: lying(2**32 - 2), "larger than 32 MB unpacked"),
    "directory.zip": (lambda: long_directory(MILLION), "no more than 1,000,000 are read"),
    "bzip2.zip": (
        lambda: packed({"a.csv": bytes(500 * MILLION)}, zipfile.ZIP_BZIP2),
        "packed by method 12",
    ),
    "flat.csv": (lambda: b"a,b\n" + b"x" * (MOST_BYTES - 4), "a row of more than 1,000,000"),
    "lines.csv": (lambda: b"a\n" * (MOST_BYTES // 2), "more than 500,000 rows"),
    "above.csv": (lambda: b"two words\n" * (MOST_BYTES // 10), "more than 500,000 rows"),
    "empty.csv": (lambda: b"\n" * MOST_BYTES, "no columns in the first 500,000 lines"),
    "wide.csv": (lambda: b"a," * MILLION, "a row of more than 1,000,000"),
    "columns.csv": (lambda: b"a," * 400_000, "more than 400 columns"),
    "tall.csv": (lambda: b'a,b\n"' + b'\n","' * 7 * MILLION, "a row of more than 1,000,000"),
    "quote.csv": (lambda: b'a,b\n"1,2\n' + b"1,2\n" * 7 * MILLION, "a quote may not be closed"),
    "cells.csv": (lambda: b",".join([b"ab"] * 390 + [b"\n"]) * 27_000, "more than 4,000,000 cells"),
    "plain.csv": (lambda: f"{HEAD}\n".encode() + b"x" * 100 * MILLION, "a row of more than"),
    "plain_tall.csv": (
        lambda: f"{HEAD}\n".encode() + b'"\n",' * 25 * MILLION,
        "a row of more than",
    ),
    "plain_quote.csv": (
        lambda: f'{HEAD}\n"'.encode() + b"1,2\n" * 25 * MILLION,
        "a quote may not be closed",
    ),
}


def opened(path):
    lookup = Lookup(broadcasts={}, accounts=[], editions=EDITIONS.to_frame())
    at = datetime(2026, 6, 1, tzinfo=UTC)
    options = ImportOptions(as_of=at, zone=ZoneInfo("UTC"), path=str(path), lifetime=True)
    reading = read_file(path, lookup, AssignmentTarget(), options)
    return sum(1 for _ in reading.batches)


def read_all(folder):
    """Read a sound file first, so that what libraries take is set apart."""
    opened(FIXTURES / "studio_en.csv")
    found = {}
    with (folder / "gigabytes.csv").open("wb") as file:
        file.write(b"a")
        file.truncate(3_900 * MILLION)
    for name, (make, _) in BOMBS.items():
        path = folder / name
        body = make()
        path.write_bytes(body)
        del body
    for path in sorted(folder.iterdir()):
        # What was held so far is forgotten: making them took memory too.
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before, begun = highest_bytes(), time.process_time()
        try:
            problem = f"{opened(path)} batches"
        except BrokenFile as error:
            problem = error.problem
            assert error.remedy
        found[path.name] = {
            "problem": problem,
            "grown": highest_bytes() - before,
            "seconds": time.process_time() - begun,
        }
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        json.dump(read_all(Path(name)), sys.stdout)
