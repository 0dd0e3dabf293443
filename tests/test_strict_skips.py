"""In CI a skip is a failure unless pyproject.toml lists its reason."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SKIPPING = """
import pytest

def test_listed():
    pytest.skip("a listed reason, with details")

@pytest.mark.skipif(True, reason="a reason that nobody listed")
def test_unlisted():
    pass

def test_that_passes():
    pass
"""


def run(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    """Run the three tests above with the project's conftest."""
    (folder / "test_skipping.py").write_text(SKIPPING)
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n    fault: x\n    searches: x\nallowed_skips = a listed reason\n"
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_that_is_not_listed_fails_in_ci(tmp_path):
    done = run(tmp_path, "1")
    assert done.returncode == 1
    assert "1 passed, 1 skipped, 1 error" in done.stdout
    assert "'a reason that nobody listed' is not in allowed_skips" in done.stdout


@pytest.mark.parametrize("ci", ["", "0"])
def test_elsewhere_it_is_counted_with_its_reason(tmp_path, ci):
    done = run(tmp_path, ci)
    assert done.returncode == 0
    assert "2 tests left out: " in done.stdout
    assert "a reason that nobody listed (1)" in done.stdout
