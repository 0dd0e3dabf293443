"""What is exported raw and brought in as owners' figures is exported the same."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from storage.cli import group
from tests.storage.export.opened import exported
from tests.storage.hostile import Place, published


def brought_in(place: Place, *files: Path):
    done = CliRunner().invoke(group, ["import", *map(str, files)], obj=place)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_export_import_export_is_identical(place, tmp_path, form):
    first = exported(place, tmp_path, "raw", form)
    files = []
    for name in ("second", "third"):
        folder = tmp_path / name
        folder.mkdir()
        other = published(folder)
        brought_in(other, first if not files else files[-1])
        files.append(exported(other, folder, "reported", form))
    if form == "csv":
        assert files[0].read_bytes() == files[1].read_bytes()
        assert sorted(first.read_bytes().splitlines()) == sorted(files[0].read_bytes().splitlines())
        return
    rows, twice, thrice = (pl.read_parquet(file) for file in (first, *files))
    assert twice.equals(thrice, null_equal=True), "but for when it was published"
    assert twice.equals(rows.sort(rows.columns), null_equal=True)
