"""The back-test of the forecast: what it prints, and what it finds on files of real series."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl

from tests.support.patience import PATIENCE_SECONDS

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "forecast.py"
COLUMNS = ("series_id", "ts_utc", "metric", "value")


def backtest(path: Path) -> str:
    run = subprocess.run(
        [sys.executable, str(BENCHMARK), str(path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2_000:]
    return run.stdout


def row(text: str, title: str) -> list[str]:
    """Give the cells of the first row of this title."""
    found = next(line for line in text.splitlines() if line.startswith(f"| {title} |"))
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def test_a_steady_series_is_foreseen_by_its_pace(tmp_path: Path):
    hours = np.arange(0, 241, 6)
    opened = pl.datetime(2026, 5, 17, time_zone="UTC")
    series = [
        pl.select(
            series_id=pl.lit(name),
            ts_utc=(opened + pl.duration(hours=pl.lit(pl.Series(hours)))).dt.to_string(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            metric=pl.lit("views"),
            value=pl.Series(rate * hours),
        )
        for name, rate in (("a", 100), ("b", 250), ("c", 7_000))
    ]
    path = tmp_path / "steady.csv"
    pl.concat(series).write_csv(path)
    text = backtest(path)
    assert "3 series of 1 files, 15 forecasts as a first edition, 15 with earlier" in text
    assert row(text, "average pace")[-1] == "0.0 / 0.0"
    assert (
        float(row(text, "blend")[-1].split(" / ")[1]) < 1
    )  # scores lean a little below what is said


def test_ranges_hold_and_a_chance_is_what_it_says_on_files_left_out(shared: Path, tmp_path: Path):
    for name in (
        "multi_platform_per_video_2026",
        "twitch_dreamsmp_hourly_2021",
        "youtube_channels_small_2025_26",
    ):
        (tmp_path / f"{name}.csv").symlink_to(shared / "timeseries" / f"{name}.csv")
    text = backtest(tmp_path)
    parts = text.split("### ")[1:]
    assert [one.splitlines()[0] for one in parts] == ["Earlier editions known", "First edition"]
    for part in parts:
        held = int(row(part, "80% of the final sum")[0].rstrip("%"))
        assert 75 <= held <= 85
        over = re.search(r"mean of the files: ([+-]\d+)%", part)
        assert over is not None
        assert int(over[1]) <= 10
        chances = re.findall(
            r"^\| (\d+% to \d+%) \| (\d+) \| (\d+)% \| (\d+)% \|", part, re.MULTILINE
        )
        assert len(chances) == 6
        for chance, targets, said, passed in chances:
            spread = 100 * np.sqrt(0.25 / int(targets))
            assert abs(int(said) - int(passed)) <= 2 * spread + 5, chance
