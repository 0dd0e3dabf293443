"""Every row of the fault matrix has a test, and the page that tells of it names them all."""

import re
from pathlib import Path

from tests.faults import table

TESTS = Path(__file__).resolve().parents[1]


def test_every_row_has_a_marked_test():
    marks = (
        re.findall(r"mark\.fault\(\s*row=(\d+)", path.read_text("utf-8"))
        for path in TESTS.rglob("test_*.py")
    )
    assert {int(row) for found in marks for row in found} == set(table.PROOFS)


def test_every_row_stands_on_the_page_and_proves_a_guarantee():
    page = table.DOCUMENT.read_text("utf-8")
    told = {int(row) for row in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert told == set(table.PROOFS)
    assert all(f"**{key}** {words}" in page for key, words in table.GUARANTEES.items())
    named = {guarantee for guarantees in table.PROOFS.values() for guarantee in guarantees}
    assert named == set(table.GUARANTEES)


def test_what_was_seen_is_written_as_it_was(tmp_path):
    record = (
        '{"row": %d, "fault": "a|b", "injected": "i", "outcome": "o", "recovery_seconds": %s}\n'
    )
    for row, seconds in ((1, 3), (2, "null"), (3, 900)):
        (tmp_path / f"{row:02}-test.jsonl").write_text(record % (row, seconds))
    lines = table.text(table.seen(tmp_path)).splitlines()
    assert lines[-3:] == [
        "| 1 | a\\|b | i | o | at most 5 s |",
        "| 2 | a\\|b | i | o | - |",
        "| 3 | a\\|b | i | o | 15 min |",
    ]
