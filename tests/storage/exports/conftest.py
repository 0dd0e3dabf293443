"""The edition that these tests start from."""

from pathlib import Path

import pytest

from tests.support.published_hostile import Place, published


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return published(tmp_path)
