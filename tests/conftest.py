"""Fixtures that every test may use, each named for a state."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder of real material beside the checkout; a test that needs it skips without."""
    if not SHARED.is_dir():
        pytest.skip("needs the real material of ../shared, which is not beside this checkout")
    return SHARED
