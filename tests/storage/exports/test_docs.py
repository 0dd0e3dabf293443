"""Every command of docs/export.md is run, in its order, on an edition of that name."""

import re
import shlex
from pathlib import Path

import pytest

from storage.exports.request import ExportKind
from storage.exports.xlsx import LIMIT
from tests.support.commands import run_storage
from tests.support.published_hostile import published

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "export.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_command_of_the_page_does_what_it_says(tmp_path, monkeypatch, block):
    place = published(tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in block.splitlines():
        program, storage, *words = shlex.split(command.replace("open-days-2026", "test-2026"))
        assert (program, storage) == ("livetally", "storage")
        done = run_storage(place, *words)
        assert done.exit_code == 0, (command, done.output)
        out = words[words.index("--out") + 1] if "--out" in words else words[-1]
        assert out == "-" or Path(out).stat().st_size
        if out.endswith(".csv"):
            assert Path(f"{out}.about.json").exists()


def test_the_page_names_what_can_be_asked_for():
    assert len(COMMANDS) == 7
    for what in ExportKind:
        assert f"| `{what}` |" in PAGE
    assert f"{LIMIT - 1:,} rows" in PAGE
