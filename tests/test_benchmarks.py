"""The benchmarks that can be small run to their end, so that a figure can be measured again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.mark.parametrize(
    "asked",
    [
        ("at_size.py", "2000:2", "--cells", "help|edition over|collector|evidence"),
        ("budget.py", "--channels", "3"),
        ("chain.py", "2"),
        ("export.py", "raw", "0.02", "csv"),
        ("forecast_speed.py",),
        ("poll_cycle.py",),
        ("read_model.py", "2000"),
        ("storage_record.py", "2"),
    ],
    ids=lambda asked: asked[0],
)
def test_a_benchmark_prints_its_table(asked: tuple[str, ...]):
    run = subprocess.run(
        [sys.executable, str(BENCHMARKS / asked[0]), *asked[1:]],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2_000:]
    rows = [line for line in run.stdout.splitlines() if line.startswith("|")]
    assert len(rows) >= 3, run.stdout  # a head, a rule, and something measured
