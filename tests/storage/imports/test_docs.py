"""docs/import.md names every format that is read, as the code has it."""

import re
from pathlib import Path

import typer

from storage.cli import group
from storage.imports.formats.layout import LAYOUTS, Layout
from storage.imports.formats.registry import LONG, NAMES
from storage.tables.long_form import COLUMNS, METRICS, NAMED

DOC = (Path(__file__).resolve().parents[3] / "docs" / "import.md").read_text("utf-8")


def needed(layout: Layout) -> str:
    return ", ".join(layout.parts[part].en[0] for part in layout.needs)


def counted(layout: Layout) -> str:
    return ", ".join(layout.counts)


def test_the_table_of_formats_is_that_of_the_code():
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?) \| (.*?) \| (.*?) \|$", DOC, re.MULTILINE)
    assert rows == [
        (layout.name, layout.title, needed(layout), counted(layout)) for layout in LAYOUTS.values()
    ] + [(LONG, "LiveTally's own plain table, CSV or Parquet", ", ".join(name for name in COLUMNS if name in NAMED), "any")]  # fmt: skip
    assert [name for name, *_ in rows] == list(NAMES)


def test_the_plain_tables_columns_and_metrics_are_all_named():
    assert ",".join(COLUMNS) in DOC
    for metric in METRICS:
        assert f"`{metric}`" in DOC


def test_every_option_that_is_named_is_there():
    commands = vars(typer.main.get_command(group))["commands"].values()
    known = {option for one in commands for param in one.params for option in param.opts}
    named = set(re.findall(r"`(--[a-z-]+)", DOC))
    assert named
    assert named <= known
