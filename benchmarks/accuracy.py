"""What polling every so many minutes costs in accuracy, on real broadcasts that were read every 5 s.

Each series is read again at each interval, beginning at each of its 5 s offsets (phases), and goes
through the same analysis as published minutes; the truth is the whole series. A phase's bound holds if
the true peak is no higher. Runs for some minutes.

    python benchmarks/accuracy.py youtube_live_5s_2021.csv
"""

import statistics
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from storage import schema
from storage.analysis.dataset import build_dataset
from storage.analysis.viewers.audience import Audience, audience

INTERVALS = (1, 2, 5, 10, 15, 30, 60)  # minutes
READ_SECONDS = 5
START = datetime(2026, 5, 17, tzinfo=UTC)


def main(path: Path) -> None:
    """Print a row per interval; errors in percent of the truth."""
    print(
        "| every | phases | peak under-read p50 / p95 / max | average p50 / p95 | hours watched"
        " p50 / p95 | bound stated | held | bound above the peak p50 |\n|" + "---|" * 8
    )
    whole = series(path)
    for every in INTERVALS:
        print(measured(whole, every), flush=True)


def series(path: Path) -> list[list[int]]:
    """Read the viewers of each broadcast, in order, 5 s apart."""
    rows = pl.read_csv(path, schema_overrides={"value": pl.Float64}).filter(
        pl.col("metric") == "concurrentViewers"
    )
    by_broadcast = rows.sort("series_id", "ts_utc").group_by("series_id", maintain_order=True)
    return by_broadcast.agg(pl.col("value").cast(pl.Int64))["value"].to_list()


def phases(values: list[int], every: int) -> Iterator[tuple[int, list[int]]]:
    """Give what each phase reads, and how many seconds after the beginning it reads first."""
    step = every * 60 // READ_SECONDS
    for phase in range(min(step, len(values))):
        yield phase * READ_SECONDS, values[phase::step]


def seen(values: list[int], every: int, late_seconds: int, length_seconds: int) -> Audience:
    """Measure the audience of one phase as if it had been collected; its first poll is at minute 0."""
    rows = [
        {"minute": START + timedelta(minutes=every * step), "broadcast": "a",
         "concurrent_viewers": value, "peak_concurrent_viewers": value, "snapshots": 1}
        for step, value in enumerate(values)
    ]  # fmt: skip
    began = START - timedelta(seconds=late_seconds)
    ended = began + timedelta(seconds=length_seconds)
    on_air = {"airing": "a", "broadcast": "a", "started_at": began, "ended_at": ended}
    found = build_dataset(
        state=pl.DataFrame([{"broadcast": "a"}], schema=schema.STATE),
        minutes=pl.DataFrame(rows, schema=schema.BROADCAST_MINUTES),
        gaps=pl.DataFrame(schema=schema.GAPS),
        corrections=pl.DataFrame(schema=schema.CORRECTIONS),
        segments=pl.DataFrame([on_air], schema=schema.SEGMENTS),
    )
    return audience(found, until=ended + timedelta(minutes=1))


def measured(whole: list[list[int]], every: int) -> str:
    """Give one interval's line of the table."""
    peaks: list[float] = []
    averages: list[float] = []
    hours: list[float] = []
    above: list[float] = []
    held = 0
    for values in whole:
        length = len(values) * READ_SECONDS
        average = statistics.fmean(values)
        for late, read in phases(values, every):
            found = seen(read, every, late, length)
            if found.peak is None or found.average is None or found.hours_watched is None:
                raise AssertionError("a phase that read something measured nothing")
            peaks.append(1 - found.peak.viewers / max(values))
            averages.append(abs(found.average / average - 1))
            hours.append(abs(found.hours_watched / (average * length / 3600) - 1))
            if found.peak.under_read is not None:
                above.append(found.peak.under_read)
                held += (found.peak.hardly_above or 0) >= max(values)
    stated = len(above) / len(peaks)
    return (
        f"| {every} min | {len(peaks):,} | {percents(peaks, 0.5, 0.95, 1)} |"
        f" {percents(averages, 0.5, 0.95)} | {percents(hours, 0.5, 0.95)} | {stated:.0%} |"
        f" {f'{held / len(above):.1%}' if above else 'none'} |"
        f" {percents(above, 0.5) if above else 'none'} |"
    )


def percents(shares: list[float], *quantiles: float) -> str:
    """Give quantiles in percent."""
    found = (pl.Series(shares).quantile(quantile, "nearest") for quantile in quantiles)
    return " / ".join(f"{100 * (share or 0):.2f}" for share in found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
