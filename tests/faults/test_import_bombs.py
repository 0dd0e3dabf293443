"""Row 73: files that stand for far more than they weigh, given to an import or a check."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from storage.evidence import archive
from storage.system.bounded_zip import MOST_DIRECTORY_BYTES
from tests.support.import_bombs import BOMBS, long_directory
from tests.support.import_commands import archive as exported
from tests.support.import_commands import brought
from tests.support.import_files import Place, store_in
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_000_000
MOST_GROWTH = 500 * MEGABYTE
#: Of a process's own time: what is not bounded goes on for minutes.
MOST_SECONDS = 60
#: Those that are small, and so quickly made.
SMALL = ("cells.xlsx", "nested.xlsx", "entities.xlsx", "wide.xlsx", "columns.csv", "bzip2.zip")


@pytest.mark.fault(row=73)
def test_what_stands_for_more_than_it_weighs_is_refused_in_bounded_memory(fault_record):
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.import_bombs"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 3,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    expected = {name: problem for name, (_, problem) in BOMBS.items()}
    expected["gigabytes.csv"] = "larger than 32 MB"
    assert outcomes.keys() == expected.keys()
    for name, outcome in outcomes.items():
        assert expected[name] in outcome["problem"], name
        assert outcome["grown"] < MOST_GROWTH, (name, outcome)
        assert outcome["seconds"] < MOST_SECONDS, (name, outcome)
    fault_record(
        73,
        "an import that stands for far more than it weighs",
        f"{len(outcomes)} CSV, ZIP and XLSX files in a process that is measured: a million cells in a row, "
        "wide, padded and empty rows, a text that every row names, elements in elements, entities, a tag of "
        "megabytes, a directory that lies or is too long, bzip2, a line of gigabytes, a quote that is never closed",
        "each refused with what it has, the limit and the remedy; less than 500 MB more memory; "
        "the other files of the call are imported",
        None,
    )


@pytest.fixture
def place(tmp_path):
    store_in(tmp_path).close()
    return Place(tmp_path / "livetally.duckdb", tmp_path / "published")


@pytest.mark.fault(row=73)
def test_the_other_files_of_a_call_are_imported(place, tmp_path):
    paths = [tmp_path / name for name in SMALL]
    for path in paths:
        path.write_bytes(BOMBS[path.name][0]())
    good = exported(tmp_path, "studio_en.csv")
    code, reports = brought(place, *paths[:3], good, *paths[3:])
    assert code == 2
    assert [report["taken"] for report in reports] == [0, 0, 0, 18, 0, 0, 0]
    for report in reports:
        if report["taken"] == 0:
            assert BOMBS[report["file"]][1] in report["fault"]["problem"]
            assert report["fault"]["remedy"]


@pytest.mark.fault(row=73)
def test_a_bundle_whose_directory_is_too_long_or_names_a_part_again_and_again_is_refused():
    with pytest.raises(archive.NotAnArchive, match="no more than 1,000,000 are read"):
        archive.unpack(long_directory(MOST_DIRECTORY_BYTES // 47 + 1))
    content = bytearray(archive.pack(dict.fromkeys(archive.NAMES, b"x" * 1_000)))
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<II", content, at + 20, len(content), len(content))
        at += 4
    with pytest.raises(archive.NotAnArchive, match="its directory says"):
        archive.unpack(bytes(content))
