"""The damaged logs of the real cases, given to a start. The rule is stated with own inputs in tests/faults."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The script names modules as they were called when it was written.
NAMES = {
    "from storage.database import _CONFIG": "from storage.database.connection import _CONFIG",
    "storage.quarantine": "storage.recovery",
    "from storage.backup import make\n": "from storage.database.backup import make_backup as make\n",
    "tests.storage.sights": "tests.support.ticks",
    "tests.faults.writing": "tests.support.writer_process",
}
#: Polls after a start without a backup; with one that holds all 58 it is always these.
RIGHT = {
    "none": (58, "as it was"),
    "4,096 zero bytes behind it": (58, "restored"),
    "last byte flipped": (
        58,
        "restored",
    ),  # it holds the links of the ticks, which are computed again
    "byte at 60 % flipped": (42, "restored"),
}
_LINE = re.compile(r"(.+?) +no backup: \((\d+), '(.+?)'\)  backup: \((\d+), '.+?'\)")


def test_every_case_is_tried(shared):
    assert [path.name for path in (shared / "cases/faults").glob("*.py")] == ["damaged_log.py"]


def test_a_damaged_log_costs_what_stands_behind_the_damage_and_nothing_beside_a_backup(
    shared, tmp_path
):
    text = (shared / "cases/faults/damaged_log.py").read_text("utf-8")
    for then, now in NAMES.items():
        assert then in text
        text = text.replace(then, now)
    script = tmp_path / "damaged_log.py"
    script.write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, str(script), "20", "40"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first == "polls in a verified backup beside it: 58"
    found = [match.groups() for match in map(_LINE.match, lines) if match]
    assert {what: (int(polls), how) for what, polls, how, _ in found} == RIGHT
    assert {int(beside) for *_, beside in found} == {58}
