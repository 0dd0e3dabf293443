"""What polling every so many minutes costs in accuracy, on real broadcasts that were read more often.

Each series is read again at each interval, beginning at each of its offsets (phases), and goes
through the same analysis as published minutes; the truth is the whole series. A phase's bound holds if
the true peak is no higher. Files are in the long form (5 s apart), or have a row a minute with
``time`` and ``num_viewers``. Runs for some minutes.

    python benchmarks/accuracy.py youtube_live_5s_2021.csv
    python benchmarks/accuracy.py gdq-stats/site/static/data/*/*/*timeseries.csv
"""

import statistics
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from storage import schema
from storage.analysis.dataset import build_dataset
from storage.analysis.viewers.audience import Audience, audience

INTERVALS = (1, 2, 5, 10, 15, 30, 60)  # minutes
READ_SECONDS = 5
LARGE = 500  # viewers at the peak
START = datetime(2026, 5, 17, tzinfo=UTC)

Values: TypeAlias = Sequence[int | None]


def main(paths: Sequence[Path]) -> None:
    """Print a row per interval and size of audience; errors in percent of the truth."""
    print(
        "| every | peak | phases | peak under-read p50 / p95 / max | average p50 / p95 | hours watched"
        " p50 / p95 | bound stated | held | bound above the peak p50 / p95 |\n|" + "---|" * 9
    )
    minutes = [values for path in paths if (values := by_minute(path))]
    whole = [values for path in paths if not by_minute(path) for values in series(path)]
    for every in INTERVALS:
        for large in (False, True):
            chosen = [
                (values, seconds)
                for each, seconds in ((whole, READ_SECONDS), (minutes, 60))
                for values in each
                if (peak_of(values) > LARGE) == large
            ]
            if chosen:
                print(measured(chosen, every, large=large), flush=True)


def series(path: Path) -> list[list[int]]:
    """Read the viewers of each broadcast, in order, 5 s apart."""
    rows = pl.read_csv(path, schema_overrides={"value": pl.Float64}).filter(
        pl.col("metric") == "concurrentViewers"
    )
    by_broadcast = rows.sort("series_id", "ts_utc").group_by("series_id", maintain_order=True)
    return by_broadcast.agg(pl.col("value").cast(pl.Int64))["value"].to_list()


def by_minute(path: Path) -> list[int | None]:
    """Read the viewers of one broadcast, a minute apart; ``None`` where none were told."""
    rows = pl.read_csv(path, infer_schema_length=None)
    if "num_viewers" not in rows.columns:
        return []
    ordered = rows.unique("time", keep="first").sort("time")
    return ordered["num_viewers"].cast(pl.Int64).to_list()


def peak_of(values: Values) -> int:
    """Return the largest of what was told."""
    return max(value for value in values if value is not None)


def phases(
    values: Sequence[Any], every: int, read_seconds: int = READ_SECONDS
) -> Iterator[tuple[int, Any]]:
    """Give what each phase reads, and how many seconds after the beginning it reads first."""
    step = every * 60 // read_seconds
    for phase in range(min(step, len(values))):
        yield phase * read_seconds, values[phase::step]


def seen(values: Values, every: int, late_seconds: int, length_seconds: int) -> Audience:
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


def measured(chosen: Sequence[tuple[Values, int]], every: int, *, large: bool) -> str:
    """Give one interval's line of the table."""
    peaks: list[float] = []
    averages: list[float] = []
    hours: list[float] = []
    above: list[float] = []
    held = 0
    for values, seconds in chosen:
        length, peak = len(values) * seconds, peak_of(values)
        average = statistics.fmean(value for value in values if value is not None)
        for late, read in phases(values, every, seconds):
            found = seen(read, every, late, length)
            if found.peak is None or found.average is None or found.hours_watched is None:
                raise AssertionError("a phase that read something measured nothing")
            peaks.append(1 - found.peak.viewers / peak)
            averages.append(abs(found.average / average - 1))
            hours.append(abs(found.hours_watched / (average * length / 3600) - 1))
            if found.peak.under_read is not None:
                above.append(found.peak.under_read)
                held += (found.peak.hardly_above or 0) >= peak
    stated, size = len(above) / len(peaks), f"{'over' if large else 'to'} {LARGE}"
    return (
        f"| {every} min | {size} | {len(peaks):,} | {percents(peaks, 0.5, 0.95, 1)} |"
        f" {percents(averages, 0.5, 0.95)} | {percents(hours, 0.5, 0.95)} | {stated:.0%} |"
        f" {f'{held / len(above):.1%}' if above else 'none'} |"
        f" {percents(above, 0.5, 0.95) if above else 'none'} |"
    )


def percents(shares: list[float], *quantiles: float) -> str:
    """Give quantiles in percent."""
    found = (pl.Series(shares).quantile(quantile, "nearest") for quantile in quantiles)
    return " / ".join(f"{100 * (share or 0):.2f}" for share in found)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
