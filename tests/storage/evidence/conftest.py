"""The edition that these tests start from."""

from pathlib import Path

import pytest

from tests.storage.hostile import Place, published


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return published(tmp_path)
