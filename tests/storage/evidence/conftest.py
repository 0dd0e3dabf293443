"""The edition that these tests start from."""

from pathlib import Path

import pytest

from tests.support.commands import run_storage
from tests.support.published_hostile import Place, published


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return published(tmp_path)


@pytest.fixture
def made(place: Place, tmp_path: Path) -> Path:
    path = tmp_path / "evidence.zip"
    done = run_storage(place, "evidence", "--edition", "test-2026", "--out", str(path))
    assert done.exit_code == 0, done.output
    return path
